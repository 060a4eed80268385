// The report of a comparison: runs side by side, in one self-contained file like a run's. Nothing is loaded, no script runs.
import type { ChangeVerdict, Comparison } from '../analysis/compare.ts';
import { comparedRows, comparisonNotes, comparisonSentences, letter, metricsIn, type ComparedRow } from '../analysis/compare-rows.ts';
import { plural } from '../analysis/format.ts';
import { groupBy } from '../analysis/group-by.ts';
import { modelOfConditions } from '../analysis/model.ts';
import { sideBySideFigures } from './cost-figures.ts';
import { SPREAD_NOTE, groupHtml, warned } from './figure.ts';
import { lookOf } from './marks.ts';
import { page } from './page.ts';
import { escape, figure, name, prose, table, words, type Cell } from './table.ts';

/** Conditions of a metric's table; comparison.json has all. */
const MOST_CONDITIONS = 300;
const BAR = { width: 190, height: 20, margin: 6 } as const;
/** No drawn interval says more than "far outside" beyond these. */
const FARTHEST = 4;

const VERDICTS: Readonly<Record<ChangeVerdict, { readonly title: string; readonly fate: string }>> = {
  worse: { title: 'worse', fate: 'unsafe' },
  better: { title: 'better', fate: 'ok' },
  same: { title: 'the same', fate: 'ok' },
  undecided: { title: 'undecided', fate: 'unknown' },
  'not judged': { title: 'not judged', fate: 'unknown' },
};

const within = (value: number, most: number): number => Math.min(most, Math.max(1 / most, value));

/** The largest ratio that the bars of some rows have to show, either way. */
function reach(rows: readonly ComparedRow[], threshold: number): number {
  const ends = rows.flatMap(({ change }) =>
    change?.ratio == null ? [] : [change.ratio, change.interval?.low ?? 1, change.interval?.high ?? 1],
  );
  return Math.min(FARTHEST, Math.max(1 + 2 * threshold, 1.02, ...ends.map((end) => (end > 0 ? Math.max(end, 1 / end) : FARTHEST))));
}

/** A ratio and its interval on a logarithmic scale about 1, with the threshold as a band: all bars of a page have one scale. */
function bar({ change, workload, subject, metric, ratio }: ComparedRow, most: number, threshold: number): Cell {
  if (change?.ratio == null) return { html: '' };
  const { width, height, margin } = BAR;
  const x = (value: number): string =>
    (margin + ((Math.log(within(value, most)) / Math.log(most) + 1) / 2) * (width - 2 * margin)).toFixed(1);
  const middle = height / 2;
  const colour = workload === '' ? 'var(--ink)' : lookOf(workload).colour;
  const line =
    change.interval === null
      ? ''
      : `<path d="M${x(change.interval.low)} ${middle}H${x(change.interval.high)}" stroke="${colour}" stroke-width="2"/>`;
  const band = `<rect x="${x(1 / (1 + threshold))}" y="0" width="${(Number(x(1 + threshold)) - Number(x(1 / (1 + threshold)))).toFixed(1)}" height="${height}" style="fill:var(--grid)"/>`;
  const one = `<path d="M${x(1)} 0V${height}" style="stroke:var(--muted)"/>`;
  return {
    html: `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(`${subject}, ${metric}: ${ratio}`)}">${band}${one}${line}<circle cx="${x(change.ratio)}" cy="${middle}" r="4" fill="${colour}"/></svg>`,
  };
}

const verdictCell = (verdict: ChangeVerdict): Cell => ({
  html: `<span class="fate ${VERDICTS[verdict].fate}">${VERDICTS[verdict].title}</span>`,
});

/** What changed or is open, the worst first, each with its bar. */
function changeTable(rows: readonly ComparedRow[], most: number, threshold: number): string {
  if (rows.length === 0) return '<p>Nothing changed by more than the threshold, and nothing is open.</p>';
  const shown = rows.slice(0, MOST_CONDITIONS);
  return `${table({
    id: 'table-changes',
    caption: `Table 1. What changed, and what is open. The bar is the ratio with its 95% interval, from ÷ ${most.toFixed(2)} to × ${most.toFixed(2)} on a logarithmic scale; the grey band is the threshold.`,
    head: [
      { title: 'what' },
      { title: 'figure' },
      { title: 'run' },
      { title: 'A', numeric: true },
      { title: 'run', numeric: true },
      { title: 'run ÷ A', numeric: true },
      { title: 'drawn' },
      { title: 'verdict' },
      { title: 'test' },
      { title: 'why' },
    ],
    rows: shown.map((row) => [
      name(row.subject),
      words(row.metric),
      words(row.run),
      figure(row.a),
      figure(row.b),
      figure(row.ratio),
      bar(row, most, threshold),
      verdictCell(row.verdict),
      words(row.test),
      prose(row.why),
    ]),
  })}${rows.length > MOST_CONDITIONS ? `<p>${plural(rows.length - MOST_CONDITIONS, 'more row')}: comparison.json has all.</p>` : ''}`;
}

/** A metric of every condition, a column a run. */
function sideBySide(metric: string, number: number, rows: readonly ComparedRow[], runs: readonly string[]): string {
  const subjects = [...groupBy(rows, ({ subject }) => subject)];
  const shown = subjects.slice(0, MOST_CONDITIONS);
  return `${table({
    id: `table-${metric.replace(/[^a-z0-9_]/gi, '-')}`,
    caption: `Table ${number}. ${metric}, run by run; in grey how many times as much as A.`,
    head: [{ title: 'what' }, ...runs.map((title) => ({ title, numeric: true }))],
    rows: shown.map(([subject, members]) => [
      { ...name(subject), html: `${swatch(members[0].workload)}${name(subject).html}` },
      figure(members[0].a),
      ...runs.slice(1).map((run): Cell => {
        const row = members.find((member) => member.run === run);
        return row === undefined
          ? figure('–')
          : { html: `${escape(row.b)} <small>${row.change === null ? '' : `× ${escape(row.ratio)}`}</small>`, numeric: true };
      }),
    ]),
  })}${subjects.length > MOST_CONDITIONS ? `<p>${plural(subjects.length - MOST_CONDITIONS, 'more condition')}: comparison.json has all.</p>` : ''}`;
}

/** A mechanism's colour, as in every report. */
const swatch = (workload: string): string =>
  workload === ''
    ? ''
    : `<svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="5" fill="${lookOf(workload).colour}"/></svg> `;

/** Of all conditions without faults, also those that the runs do not have in common. */
function figuresHtml({ base, others }: Comparison): string {
  const compared = [base, ...others.map(({ run }) => run)];
  const runs = compared.map(({ conditions, doubts }, index) => ({
    title: letter(index),
    model: modelOfConditions(
      conditions.map(({ summary }) => summary),
      doubts,
    ),
  }));
  const doubts = {
    noisy: compared.reduce((sum, run) => sum + run.doubts.noisy, 0),
    hosts: Math.max(...compared.map((run) => run.doubts.hosts)),
    borrowed: compared.some((run) => run.doubts.borrowed),
  };
  const figures = sideBySideFigures(runs).map((plot) => warned(plot, doubts));
  if (figures.length === 0) return '<p>No condition without faults finished.</p>';
  return groupHtml(
    figures,
    'cost',
    escape(
      `The runs side by side against the number of nodes, without faults: panels of one figure have the same scales, and a mechanism looks the same in each. CPU time, energy and money are of all nodes together. ${SPREAD_NOTE}`,
    ),
  );
}

export function comparisonHtml(comparison: Comparison): string {
  const rows = comparedRows(comparison);
  const { base, others, threshold } = comparison;
  const runs = [base, ...others.map(({ run }) => run)];
  const letters = runs.map((_, index) => letter(index));
  const rank: readonly ChangeVerdict[] = ['worse', 'better', 'undecided'];
  const changed = rank.flatMap((verdict) => rows.filter((row) => row.verdict === verdict));
  const most = reach(changed, threshold);
  const [verdict, ...sentences] = comparisonSentences(comparison, rows);
  const notes = comparisonNotes(comparison);
  const conditions = rows.filter(({ workload }) => workload !== '');
  const kernels = rows.filter(({ workload }) => workload === '');
  const metrics = metricsIn(conditions);
  const runTable = table({
    id: 'table-runs',
    caption: 'The runs. A is what the others are held against.',
    head: [
      { title: 'run' },
      ...['folder', 'suite', 'seed', 'version', 'commit', 'Node', 'machine', 'taken at'].map((title) => ({ title })),
    ],
    rows: runs.map(({ dir, suite, seed, version, commit, node, host, taken_at }, index) => [
      name(letters[index]),
      ...[dir, suite, String(seed), version, commit === null ? '–' : commit.slice(0, 9), node].map(words),
      prose(host),
      words(taken_at),
    ]),
  });
  const sections: readonly { id: string; title: string; html: string }[] = [
    {
      id: 'answer',
      title: 'Verdict',
      html: `<p><b>${escape(verdict)}</b> ${escape(sentences.join(' '))}</p>${runTable}${notes.map((note) => `<p class="warning">${escape(note)}</p>`).join('')}`,
    },
    { id: 'changes', title: 'What changed', html: changeTable(changed, most, threshold) },
    { id: 'figures', title: 'Main figures', html: figuresHtml(comparison) },
    {
      id: 'runs',
      title: 'Side by side',
      html:
        metrics.length === 0
          ? '<p>No condition is in common.</p>'
          : metrics
              .map((metric, index) =>
                sideBySide(
                  metric,
                  index + 2,
                  conditions.filter((row) => row.metric === metric),
                  letters,
                ),
              )
              .join('\n'),
    },
    ...(kernels.length === 0
      ? []
      : [{ id: 'kernels', title: 'Kernels', html: sideBySide('median rates of the kernels', metrics.length + 2, kernels, letters) }]),
  ];
  const suites = [...new Set(runs.map(({ suite }) => suite))].join(', ');
  const title = `${suites}: runs compared`;
  return page({
    title,
    body: `<header>
<h1>${escape(title)}</h1>
<p class="lead">${letters.slice(1).join(', ')} against A, at a threshold of ${Number((threshold * 100).toPrecision(3))}%</p>
<nav aria-label="Sections">${sections.map(({ id, title: text }) => `<a href="#${id}">${escape(text)}</a>`).join('')}</nav>
</header>
<main>
${sections.map(({ id, title: text, html }) => `<section id="${id}"><h2>${escape(text)}</h2>\n${html}\n</section>`).join('\n')}
</main>
<footer>Made by consensus-bench from the records of these folders. docs/method.md of the project says how runs are compared.</footer>`,
  });
}
