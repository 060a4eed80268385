// Every condition of a run, and its measured ones beside their prediction.
import { CONDITION_COLUMNS, filledColumns } from '../analysis/costs.ts';
import type { RunDigest } from '../analysis/digest.ts';
import { SECONDS, estimateOf, verdictText } from '../analysis/estimate.ts';
import { deviation } from '../analysis/findings.ts';
import { plural, share } from '../analysis/format.ts';
import { faultLabel, type Model } from '../analysis/model.ts';
import type { Fate, Summary } from '../analysis/summarize.ts';
import { FATE_OF } from './faults.ts';
import { FATE_NAMES, STACKED } from './colours.ts';
import { SPREAD_NOTE, groupHtml, type Figure } from './figure.ts';
import { escape, estimateCell, figure, name, table, words, type Cell } from './table.ts';

/** A condition's verdict, by the same rule as every other place that says whether something holds. */
function verdictCell(summary: Summary): Cell {
  const { fates, replicates } = summary;
  const { verdict, property } = summary.verdict;
  const fate: Fate = verdict === 'holds' ? 'ok' : verdict === 'undecided' ? 'unknown' : FATE_OF[property!];
  // Where replicates fared unlike; the verdict is of all of them.
  const mixed = STACKED.filter((one) => fates[one] > 0 && fates[one] < replicates).map(
    (one) => `<br><span class="fate ${one}">${FATE_NAMES[one]} ${share(fates[one], replicates)}</span>`,
  );
  return { html: `${escape(verdictText(summary))}${mixed.join('')}`, wraps: 'evidence', fate };
}

export function conditionTables(model: Model): string {
  return model.series
    .map((series, index) => {
      // A column without a value is left out: a chain has no view changes, a vote no stale blocks.
      const columns = filledColumns(series.conditions, CONDITION_COLUMNS);
      const { keys } = series.conditions[0];
      return `<details><summary>${escape(series.label)} <span>(${plural(series.conditions.length, 'condition')})</span></summary>
<p class="lead">${escape([keys.network, `${plural(keys.tx_per_decision, 'transaction')} a decision`, `risk ${keys.risk}`, keys.parameters].filter((part) => part !== '').join('; '))}</p>
${table({
  id: `table-conditions-${index}`,
  caption: `${series.label}: every condition`,
  head: [
    { title: 'n', numeric: true },
    { title: 'fault' },
    { title: 'φ or count' },
    { title: 'verdict' },
    ...columns.map(({ title }) => ({ title, numeric: true })),
  ],
  rows: series.conditions.map((summary) => [
    figure(String(summary.keys.nodes)),
    words(summary.keys.fault_kind),
    words(faultLabel(summary)),
    verdictCell(summary),
    ...columns.map((column) => estimateCell(column.estimate(summary, { plain: false }))),
  ]),
})}</details>`;
    })
    .join('\n');
}

export function comparisonSection(model: Model, digest: RunDigest, figures: readonly Figure[]): string {
  if (model.comparisons.length === 0) return '<p>The suite has no measured cells (<code>crypto: measured</code>).</p>';
  const rows = model.comparisons.map(({ label, summary, predicted, measured, ratio }) => [
    name(label),
    figure(String(summary.keys.nodes)),
    words(`${summary.keys.fault_kind} ${faultLabel(summary)}`),
    estimateCell(estimateOf(predicted, summary.replicates, SECONDS)),
    estimateCell(estimateOf(measured, summary.replicates, SECONDS)),
    words(deviation(ratio)),
  ]);
  return `<p>Predicted: the counts of the simulation priced with the cost table. Measured: the operations of the same cells done for real on this machine, with real keys,
signatures and headers. Of mining a part is done (measured_hashes_per_block trials a block), and its cost a hash is applied to all hashes that are predicted.${
    model.doubts.borrowed
      ? ` The cost table is of another machine (${escape(digest.run.costs.machine)}): the ratio compares machines too.`
      : ''
  }</p>
${groupHtml(
  figures,
  'measured',
  `CPU time of one decision, of all nodes together: measured against predicted, a point a condition. On the line both are the same. ${SPREAD_NOTE}`,
)}
${table({
  id: 'table-measured',
  caption: 'Table 4. CPU time per decision, all nodes together.',
  head: [
    { title: 'mechanism' },
    { title: 'n', numeric: true },
    { title: 'fault' },
    { title: 'predicted', numeric: true },
    { title: 'measured', numeric: true },
    { title: 'the measurement is' },
  ],
  rows,
})}`;
}
