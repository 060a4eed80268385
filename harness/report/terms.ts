// Words with a meaning of their own: explained in a section, and linked to it where each first stands in a text.
import { escape } from './table.ts';

interface Term {
  readonly id: string;
  readonly name: string;
  readonly pattern: RegExp;
  readonly meaning: string;
}

const TERMS: readonly Term[] = [
  {
    id: 'cell',
    name: 'cell',
    pattern: /\bcells?\b/,
    meaning: 'One simulation: a mechanism with its parameters, at one number of nodes, under one fault, load and network, with one seed.',
  },
  {
    id: 'condition',
    name: 'condition',
    pattern: /\bconditions?\b/,
    meaning: 'Cells that differ in their seed alone. Means and intervals are over the cells of one condition.',
  },
  {
    id: 'replicate',
    name: 'replicate',
    pattern: /\breplicates?\b/,
    meaning: 'One of the cells of a condition, each with a seed of its own.',
  },
  {
    id: 'decision',
    name: 'decision',
    pattern: /\bdecisions?\b/,
    meaning: 'One block on the final chain, or one batch of transactions that is agreed on.',
  },
  {
    id: 'fault-ratio',
    name: 'φ',
    pattern: /φ/,
    meaning:
      'The fault ratio: the share of nodes that are faulty, rounded down to whole nodes; of an adversary or a loss of power, the exact share of all power or stake.',
  },
  {
    id: 'risk',
    name: 'risk',
    pattern: /\brisk\b/,
    meaning: 'The accepted chance that what was reported final is reversed. Finality of all mechanisms is compared at the same one.',
  },
];

export function termsSection(): string {
  const items = TERMS.map(({ id, name, meaning }) => `<dt id="term-${id}">${escape(name)}</dt><dd>${escape(meaning)}</dd>`);
  return `<dl>${items.join('')}</dl>`;
}

/** Elements whose text may hold a link. */
const TEXTS = new Set(['p', 'li', 'dd']);
/** Elements within them whose text is no sentence, or links already. */
const NO_TEXTS = new Set(['a', 'code', 'pre', 'svg', 'summary']);
/** Paragraphs that are no running text. */
const NOTICE = /^<p class="(warning|doubt|hint|caption)"/;

/** The first time that a text of the page has a term, it leads to what the term means. */
export function linkTerms(html: string): string {
  const open = [...TERMS];
  const out: string[] = [];
  const within: string[] = [];
  let at = 0;
  while (open.length > 0 && at < html.length) {
    const tag = html.indexOf('<', at);
    if (tag === -1) break;
    out.push(within.some((name) => TEXTS.has(name)) ? linked(html.slice(at, tag), open) : html.slice(at, tag));
    const [, closing, name = ''] = /^<(\/?)([a-z0-9]+)/.exec(html.slice(tag, tag + 40)) ?? [];
    // What is in a drawing is passed over: its attributes may hold any sign.
    const isPassed = closing === '' && (NO_TEXTS.has(name) || NOTICE.test(html.slice(tag, tag + 40)));
    const end = isPassed ? html.indexOf(`</${name}>`, tag) + name.length + 3 : html.indexOf('>', tag) + 1;
    out.push(html.slice(tag, end));
    at = end;
    if (TEXTS.has(name) && !isPassed) {
      if (closing === '') within.push(name);
      else within.splice(within.lastIndexOf(name));
    }
  }
  out.push(html.slice(at));
  return out.join('');
}

/** Takes the terms that it links from `open`. */
function linked(text: string, open: Term[]): string {
  let out = text;
  for (const term of [...open]) {
    const match = term.pattern.exec(out);
    // A text that another term has been linked in has a tag.
    if (match === null || out.lastIndexOf('<a', match.index) > out.lastIndexOf('</a>', match.index)) continue;
    const link = `<a class="term" href="#term-${term.id}" title="${escape(term.meaning)}">${match[0]}</a>`;
    out = out.slice(0, match.index) + link + out.slice(match.index + match[0].length);
    open.splice(open.indexOf(term), 1);
  }
  return out;
}
