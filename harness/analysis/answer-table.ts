// The answer's matrix or ranking as text, for summary.md and the terminal. Pure.
import { MORE_FROM, final_ms, type Answer, type AnswerCell, type AnswerRow } from './answer.ts';
import { MILLISECONDS, estimateOf, joined } from './estimate.ts';
import { times } from './format.ts';
import { MILLION_TX } from './people.ts';

/** The first column is a name; the others are words or numbers. */
export interface AnswerTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** `met: 1200 tx/s ±2% (20% to spare)`, `not measured`. */
function cellText({ verdict, text, marginText, note }: AnswerCell): string {
  const beside = [marginText, note].filter((part) => part !== '').join('; ');
  const value = [text, beside === '' ? '' : text === '' ? beside : `(${beside})`].filter((part) => part !== '').join(' ');
  return value === '' ? verdict : `${verdict}: ${value}`;
}

function costText({ cost }: AnswerRow): string {
  if (cost === null) return '–';
  const value = joined(estimateOf(cost.usd_per_1000_tx, cost.summary.replicates, MILLION_TX));
  return cost.load === '' ? value : `${value} (${cost.load})`;
}

const BRIEF: Readonly<Record<AnswerCell['verdict'], string>> = { met: 'yes', 'not met': 'no', 'not measured': '?' };

/** `yes 1200 tx/s`, `?`: without the interval, which a space keeps apart. */
const briefText = ({ verdict, text }: AnswerCell): string => (text === '' ? BRIEF[verdict] : `${BRIEF[verdict]} ${text.split(' ')[0]}`);

/** `brief`: for where there is little room; the question says there what is asked. */
export function answerTable({ kind, asked, rows }: Answer, { brief }: { brief: boolean }): AnswerTable {
  if (kind === 'requirements')
    return {
      head: [
        'mechanism',
        ...asked.map(({ title, short, text }) => (brief ? short : `${title}: ${text}`)),
        brief ? 'prov. $/M tx' : 'a million tx, provisioned',
      ],
      rows: rows.map((row) => [row.label, ...row.cells.map(brief ? briefText : cellText), costText(row)]),
    };
  const least = rows[0]?.cost?.usd_per_1000_tx.mean ?? 0;
  return {
    head: ['mechanism', 'a million tx, provisioned', 'of the least', 'finality'],
    rows: rows.map((row) => {
      const final = final_ms(row);
      return [
        row.label,
        costText(row),
        row.cost === null || least === 0 ? '–' : timesText(row.cost.usd_per_1000_tx.mean / least),
        final === null ? '–' : joined(estimateOf(final, row.calm!.replicates, MILLISECONDS)),
      ];
    }),
  };
}

/** Below a twentieth it is as much. */
export const timesText = (ratio: number): string => (ratio < MORE_FROM ? '1' : times(ratio));

/** The commands that would measure what is not known, each once, with what they would tell. */
export function answerCommands({ rows, asked }: Answer): { readonly what: string; readonly command: string }[] {
  const titles = new Map(asked.map(({ requirement, title }) => [requirement, title]));
  const whats = new Map<string, string[]>();
  for (const { workload, cells } of rows)
    for (const { command, requirement } of cells) {
      if (command === '') continue;
      const known = whats.get(command) ?? [];
      const what = titles.get(requirement)!;
      whats.set(command, known.length === 0 ? [workload, what] : known.includes(what) ? known : [...known, what]);
    }
  return [...whats].map(([command, [workload, ...what]]) => ({ what: `${workload}: ${what.join(', ')}`, command }));
}
