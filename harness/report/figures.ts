// The report's figures: conditions → points and bars with their texts → SVG.
import type { Metric } from '../record/columns.ts';
import type { Summary } from '../analysis/summarize.ts';
import { MILLISECONDS, NUMBER, estimateText, evidenceText, meanOf, type Form } from '../analysis/estimate.ts';
import { adversaryText } from '../analysis/findings.ts';
import { plural } from '../analysis/format.ts';
import { claimedFaults, faultFree, faultLabel, faultPhrase, faultShare, sweptRates, type FaultRow, type Model } from '../analysis/model.ts';
import type { Series } from '../analysis/series.ts';
import { MAX_SERIES, fatePlot, linePlot, rangeOf, type Point } from './plots.ts';

interface CostMetric {
  readonly metric: Metric;
  /** On its button. */
  readonly name: string;
  /** On its axis. */
  readonly title: string;
  readonly form: Form;
  /** A value with its interval, in words. */
  readonly said: (text: string, summary: Summary) => string;
}

const after =
  (words: string): CostMetric['said'] =>
  (text) =>
    `${text} ${words}`;
const costMetric = (metric: Metric, name: string, title: string, words: string): CostMetric => ({
  metric,
  name,
  title,
  form: NUMBER,
  said: after(words),
});
const finalText = (text: string, summary: Summary): string => ['final after', text, adversaryText(summary)].join(' ').trimEnd();

const COST_METRICS: readonly CostMetric[] = [
  costMetric('cpu_s_per_tx', 'CPU time, marginal', 'marginal CPU-seconds per transaction', 'CPU-s per transaction'),
  costMetric(
    'cpu_s_per_tx_provisioned',
    'CPU time, provisioned',
    'provisioned core-seconds per transaction',
    'core-seconds per transaction, provisioned',
  ),
  costMetric('joules_per_tx', 'Energy, marginal', 'marginal joules per transaction', 'J per transaction'),
  costMetric('joules_per_tx_provisioned', 'Energy, provisioned', 'provisioned joules per transaction', 'J per transaction, provisioned'),
  costMetric('usd_per_1000_tx', 'Money, marginal', 'marginal USD per 1000 transactions', 'USD per 1000 transactions'),
  costMetric(
    'usd_per_1000_tx_provisioned',
    'Money, provisioned',
    'provisioned USD per 1000 transactions',
    'USD per 1000 transactions, provisioned',
  ),
  { metric: 'finality_ms', name: 'Finality', title: 'seconds to finality', form: MILLISECONDS, said: finalText },
  {
    metric: 'latency_ms_p50',
    name: 'Latency',
    title: 'median latency in seconds',
    form: MILLISECONDS,
    said: (text) => `median latency ${text}`,
  },
  costMetric('messages_per_decision', 'Messages', 'messages per decision', 'messages per decision'),
  costMetric('bytes_per_decision', 'Bytes', 'bytes per decision', 'bytes per decision'),
  costMetric('throughput_tps', 'Throughput', 'transactions per second', 'transactions per second'),
];

/** A mean as a point of a figure; null where there is no mean. */
function pointOf(
  summary: Summary | undefined,
  { metric, form, said }: Pick<CostMetric, 'metric' | 'form' | 'said'>,
  place: { readonly series: number; readonly x: number; readonly name: string },
): Point | null {
  const value = meanOf(summary, metric);
  if (summary === undefined || value === null) return null;
  const { series, x, name } = place;
  const { scale } = form;
  return {
    series,
    x,
    y: value.mean * scale,
    low: value.ci95 === null ? null : value.ci95.low * scale,
    high: value.ci95 === null ? null : value.ci95.high * scale,
    text: `${name}: ${said(estimateText(summary, metric, form)!, summary)}; ${plural(summary.states.done, 'replicate')}`,
  };
}

/** Drawings of one figure, of MAX_SERIES series each. A figure with more is not read; its caption says how many it leaves to the tables. */
const MAX_DRAWINGS = 6;

/** Series that are drawn together, in plan order: their colours, dashes and shapes are by their place. Swept rates are curves elsewhere. */
export function drawnSeries(model: Model): readonly (readonly Series[])[] {
  const swept = sweptRates(model);
  const series = model.series.filter((one) => !swept.has(one));
  const drawings = Math.min(MAX_DRAWINGS, Math.ceil(series.length / MAX_SERIES));
  return Array.from({ length: drawings }, (_, index) => series.slice(index * MAX_SERIES, (index + 1) * MAX_SERIES));
}

/** More numbers of nodes than this make no better curve: a figure takes some of them, evenly, ends included. */
const MAX_NODES = 40;

export function shownNodes({ nodes }: Model): readonly number[] {
  if (nodes.length <= MAX_NODES) return nodes;
  return Array.from({ length: MAX_NODES }, (_, index) => nodes[Math.round((index * (nodes.length - 1)) / (MAX_NODES - 1))]);
}

export interface CostFigure {
  readonly name: string;
  /** One for each group of drawnSeries, on the same scales; null where none of its series has the metric. */
  readonly drawings: readonly ({ readonly wide: string; readonly narrow: string } | null)[];
  /** Means of zero, for which a logarithmic axis has no place. */
  readonly zeros: number;
}

/** Cost against the number of nodes without faults, one figure a metric that any series has. */
export async function costFigures(model: Model): Promise<CostFigure[]> {
  const groups = drawnSeries(model);
  const figures: CostFigure[] = [];
  const shown = shownNodes(model);
  if (shown.length === 0) return figures;
  for (const cost of COST_METRICS) {
    const { name, title } = cost;
    const all = groups.map((series) =>
      series.flatMap((one, index) =>
        shown.flatMap(
          (nodes) => pointOf(faultFree(one, nodes), cost, { series: index, x: nodes, name: `${one.label}, n = ${nodes}` }) ?? [],
        ),
      ),
    );
    const range = rangeOf(all.flat());
    if (range === null) continue;
    const drawings: CostFigure['drawings'][number][] = [];
    for (const [index, series] of groups.entries()) {
      const plot = {
        description: `${title} against the number of nodes, without faults: ${series.map(({ label }) => label).join(', ')}`,
        series: series.map(({ label }) => label),
        points: all[index],
        range,
        x: { title: 'nodes', log: true, values: shown },
        yTitle: title,
      };
      const wide = await linePlot({ ...plot, width: 600, height: 340, endLabels: series.length <= 6 });
      const narrow = await linePlot({ ...plot, width: 262, height: 250, endLabels: false });
      drawings.push(wide === null || narrow === null ? null : { wide, narrow });
    }
    figures.push({ name, drawings, zeros: all.flat().filter(({ y }) => y === 0).length });
  }
  return figures;
}

export interface Panel {
  readonly title: string;
  readonly note: string;
  readonly svg: string;
}

const byCount = ({ conditions }: FaultRow): boolean => conditions.every(({ keys }) => keys.fault_ratio === null);

/** What a condition's attacks together show, where somebody attacks. */
function attackText({ verdict }: Summary): string {
  const { safety } = verdict.evidence;
  return safety?.counted !== 'attacks' ? '' : ` (${evidenceText(safety)})`;
}

/** One panel a mechanism and kind of fault: what became of the replicates at each fault ratio. */
export async function fatePanels(model: Model): Promise<Panel[]> {
  const panels: Panel[] = [];
  for (const row of model.faultRows) {
    const claimed = claimedFaults(row.conditions[0]);
    const counts = byCount(row);
    const svg = await fatePlot({
      description: `Share of replicates that were ok, violated liveness or safety: ${row.series.label} under ${row.kind}, ${row.nodes} nodes`,
      xTitle: counts
        ? 'faulty nodes'
        : row.conditions.every(({ keys }) => keys.fault_count === null)
          ? 'φ: share of power or stake'
          : 'φ: share of the nodes',
      bars: row.conditions.map((summary) => ({
        label: counts ? faultLabel(summary).replace(/ = \d+$/, '') : faultLabel(summary),
        fates: summary.fates,
        pastBound: claimed !== null && (summary.faulty_nodes ?? 0) > claimed,
        text: `${row.series.label}, ${row.kind}, n = ${row.nodes}, ${faultPhrase(summary)}${attackText(summary)}`,
      })),
      width: 240,
      height: 96,
    });
    panels.push({
      title: `${row.series.label}, ${row.kind}`,
      note: `n = ${row.nodes}${claimed === null ? '' : `; claimed to bear f = ${claimed}`}`,
      svg,
    });
  }
  return panels;
}

/**
 * For each group of drawnSeries a panel a kind of fault: time to finality against the fault ratio; a line ends where nothing becomes
 * final. Sweeps over counts of nodes have no place on its axis.
 */
export async function finalityPanels(model: Model): Promise<Panel[][]> {
  const finality = COST_METRICS.find(({ metric }) => metric === 'finality_ms')!;
  const kinds = [...new Set(model.faultRows.map(({ kind }) => kind))];
  const groups: Panel[][] = [];
  for (const series of drawnSeries(model)) {
    const panels: Panel[] = [];
    for (const kind of kinds) {
      const rows = model.faultRows.filter((row) => row.kind === kind && !byCount(row) && series.includes(row.series));
      const values = [...new Set(rows.flatMap(({ conditions }) => conditions.map(faultShare)))].sort((a, b) => a - b);
      if (values.length < 2) continue;
      const svg = await linePlot({
        description: `Seconds to finality against the fault ratio under ${kind}: ${series.map(({ label }) => label).join(', ')}`,
        series: series.map(({ label }) => label),
        points: rows.flatMap((row) =>
          row.conditions.flatMap(
            (summary) =>
              pointOf(summary, finality, {
                series: series.indexOf(row.series),
                x: faultShare(summary),
                name: `${row.series.label}, ${kind}, n = ${row.nodes}, ${faultPhrase(summary)}`,
              }) ?? [],
          ),
        ),
        x: { title: 'fault ratio φ', log: false, values },
        yTitle: 'seconds to finality',
        width: 230,
        height: 190,
        endLabels: false,
      });
      if (svg !== null) panels.push({ title: kind, note: nodesNote(rows), svg });
    }
    groups.push(panels);
  }
  return groups;
}

function nodesNote(rows: readonly FaultRow[]): string {
  const nodes = [...new Set(rows.map((row) => row.nodes))];
  return nodes.length === 1 ? `n = ${nodes[0]}` : rows.map((row) => `${row.series.label}: n = ${row.nodes}`).join('; ');
}
