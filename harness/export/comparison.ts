// A comparison of runs as Markdown that fits a pull request, and as data. Pure.
import type { Comparison } from '../analysis/compare.ts';
import { comparedRows, comparisonNotes, comparisonSentences, letter, type ComparedRow } from '../analysis/compare-rows.ts';
import type { Summary } from '../analysis/summarize.ts';
import { inert, markdownTable } from './markdown.ts';

/** Rows of a table that a pull request bears. */
const MOST_ROWS = 30;

function rowsTable(rows: readonly ComparedRow[], several: boolean): string {
  const shown = rows.slice(0, MOST_ROWS);
  const table = markdownTable(
    ['what', ...(several ? ['run'] : []), 'figure', 'A', several ? 'run' : 'B', several ? 'run ÷ A' : 'B ÷ A', 'test', 'why'],
    shown.map(({ subject, run, metric, a, b, ratio, test, why }) => [subject, ...(several ? [run] : []), metric, a, b, ratio, test, why]),
  );
  return rows.length > MOST_ROWS ? `${table}\n\n… and ${rows.length - MOST_ROWS} more (--out DIR writes all of them).` : table;
}

/** The comparison as GitHub shows it: the verdict first, what got worse open, the rest folded. */
export function comparisonMarkdown(comparison: Comparison): string {
  const rows = comparedRows(comparison);
  const { base, others } = comparison;
  const several = others.length > 1;
  const of = (verdict: ComparedRow['verdict']): ComparedRow[] => rows.filter((row) => row.verdict === verdict);
  const [verdict, ...rest] = comparisonSentences(comparison, rows);
  const runs = [base, ...others.map(({ run }) => run)];
  const parts = [
    '## Comparison of runs',
    `**${inert(verdict)}** ${inert(rest.join(' '))}`,
    markdownTable(
      ['run', 'folder', 'suite', 'seed', 'version', 'commit', 'Node', 'machine'],
      runs.map(({ dir, suite, seed, version, commit, node, host }, index) => [
        letter(index),
        dir,
        suite,
        String(seed),
        version,
        commit === null ? '–' : commit.slice(0, 9),
        node,
        host,
      ]),
    ),
  ];
  const worse = of('worse');
  if (worse.length > 0) parts.push('### Worse', rowsTable(worse, several));
  for (const [title, some] of [
    ['Better', of('better')],
    ['Undecided', of('undecided')],
    ['Shown and not judged', of('not judged')],
  ] as const)
    if (some.length > 0) parts.push(`<details><summary>${title}: ${some.length}</summary>`, rowsTable(some, several), '</details>');
  const notes = comparisonNotes(comparison);
  if (notes.length > 0) parts.push(notes.map((note) => `- ${inert(note)}`).join('\n'));
  parts.push(
    'Ratios are of means, with 95% intervals; paired by seed where seeds match, else Welch’s; kernels by their medians. p is adjusted for all tests together (Benjamini and Hochberg). docs/method.md says more.',
  );
  return `${parts.join('\n\n')}\n`;
}

const conditionData = ({ keys, replicates, states }: Summary): object => ({ ...keys, replicates, replicates_done: states.done });

/** The comparison as JSON for programs: every figure, also those that are the same. */
export function comparisonData(comparison: Comparison): object {
  const { base, others, threshold, regression } = comparison;
  const runData = ({ dir, suite, seed, host, version, commit, node, taken_at }: Comparison['base']): object => ({
    dir,
    suite,
    seed,
    host,
    version,
    commit,
    node,
    taken_at,
  });
  const keys = new Map(base.conditions.map(({ key, summary }) => [key, conditionData(summary)]));
  return {
    version: 1,
    regression,
    threshold,
    a: runData(base),
    others: others.map(({ run, metrics, kernels, fates, matched, only, notes }) => ({
      run: runData(run),
      matched,
      only_in_a: only.a.map(conditionData),
      only_here: only.b.map(conditionData),
      notes,
      conditions: metrics.map(({ key, a, b, ...rest }) => ({ condition: keys.get(key), ...rest, a, b })),
      verdicts: fates.map(({ key, a, b, ...rest }) => ({
        condition: keys.get(key),
        ...rest,
        a: { verdict: a.verdict.verdict, property: a.verdict.property },
        b: { verdict: b.verdict.verdict, property: b.verdict.property },
      })),
      kernels,
    })),
  };
}
