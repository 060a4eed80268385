// The findings of a run, by subject.
import { escape } from './table.ts';

/** Of a finding: its subject, what the subject is seen on (a basis of costs), and the rest. */
const PARTS = /^([A-Z][a-z ]*)(?:, ([a-z ]+))?: ([^]*)$/;

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Findings with one subject stand together, in the order in which the subjects come. */
export function findingsList(found: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const finding of found) {
    const [, subject = '', basis, rest = finding] = PARTS.exec(finding) ?? [];
    const said = basis === undefined ? escape(sentence(rest)) : `<b>${escape(sentence(basis))}:</b> ${escape(rest)}`;
    const group = groups.get(subject);
    if (group === undefined) groups.set(subject, [said]);
    else group.push(said);
  }
  const items = [...groups].map(([subject, said]) => {
    const html = said.length === 1 ? said[0] : `<ul>${said.map((one) => `<li>${one}</li>`).join('')}</ul>`;
    return `<dt>${escape(subject)}</dt><dd>${html}</dd>`;
  });
  return `<dl class="findings">${items.join('')}</dl>`;
}
