// Every condition of a run, and its measured ones beside their prediction.
import { COST_METRICS, adversaryEstimate } from '../analysis/costs.ts';
import type { RunDigest } from '../analysis/digest.ts';
import { MILLISECONDS, NUMBER, SECONDS, SHARE, estimate, estimateOf, verdictText } from '../analysis/estimate.ts';
import { deviation } from '../analysis/findings.ts';
import { plural, share } from '../analysis/format.ts';
import { faultLabel, type Model } from '../analysis/model.ts';
import type { Fate, Summary } from '../analysis/summarize.ts';
import { FATE_OF } from './faults.ts';
import { doubtNote } from './costs.ts';
import { FATE_NAMES, STACKED } from './colours.ts';
import { SPREAD_NOTE, groupHtml, type Figure } from './figure.ts';
import { EMPTY, escape, estimateCell, figure, name, table, words, type Cell } from './table.ts';

/** A condition's verdict, by the same rule as every other place that says whether something holds. */
function verdictCell(summary: Summary): Cell {
  const { fates, replicates } = summary;
  const { verdict, property } = summary.verdict;
  const fate: Fate = verdict === 'holds' ? 'ok' : verdict === 'undecided' ? 'unknown' : FATE_OF[property!];
  // Where replicates fared unlike; the verdict is of all of them.
  const mixed = STACKED.filter((one) => fates[one] > 0 && fates[one] < replicates).map(
    (one) => `<br><span class="fate ${one}">${FATE_NAMES[one]} ${share(fates[one], replicates)}</span>`,
  );
  return { html: `<span class="fate ${fate}">${escape(verdictText(summary))}</span>${mixed.join('')}`, wraps: 'evidence' };
}

export function conditionTables(model: Model): string {
  return model.series
    .map((series, index) => {
      const rows = series.conditions.map((summary): Cell[] => {
        const { keys, faulty_nodes } = summary;
        return [
          figure(String(keys.nodes)),
          words(keys.fault_kind),
          words(faultLabel(summary)),
          faulty_nodes === null ? { html: EMPTY, numeric: true } : figure(String(faulty_nodes)),
          verdictCell(summary),
          estimateCell(estimate(summary, 'latency_ms_p50', MILLISECONDS)),
          estimateCell(estimate(summary, 'finality_ms', MILLISECONDS)),
          estimateCell(adversaryEstimate(summary)),
          ...(['messages_per_decision', ...COST_METRICS] as const).map((metric) => estimateCell(estimate(summary, metric, NUMBER))),
          estimateCell(estimate(summary, 'stale_rate', SHARE)),
          estimateCell(estimate(summary, 'view_changes', NUMBER)),
        ];
      });
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
    { title: 'faulty nodes', numeric: true },
    { title: 'verdict' },
    { title: 'latency p50', numeric: true },
    { title: 'finality', numeric: true },
    { title: 'adversary', numeric: true },
    { title: 'messages', numeric: true },
    { title: 'CPU-s per tx, marginal', numeric: true },
    { title: 'provisioned', numeric: true },
    { title: 'J per tx, marginal', numeric: true },
    { title: 'provisioned', numeric: true },
    { title: 'USD per 1000 tx, marginal', numeric: true },
    { title: 'provisioned', numeric: true },
    { title: 'stale', numeric: true },
    { title: 'view changes', numeric: true },
  ],
  rows,
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
    digest.run.environment['cpu_model'] === digest.run.costs.machine
      ? ''
      : ` The cost table is of another machine (${escape(digest.run.costs.machine)}): the ratio compares machines too.`
  }</p>
${doubtNote(digest)}${groupHtml(
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
