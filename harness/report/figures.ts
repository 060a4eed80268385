// The report's figures: conditions → points and bars with their texts → SVG.
import type { Metric } from '../record/schema.ts';
import type { MeanSummary } from '../export/statistics.ts';
import type { Summary } from '../export/summarize.ts';
import { workloads } from '../workloads.ts';
import { duration, number, plural } from './format.ts';
import {
  attacksOf,
  claimedFaults,
  faultFree,
  faultLabel,
  faultPhrase,
  faultShare,
  type FaultRow,
  type Model,
  type Series,
} from './model.ts';
import { MAX_SERIES, fatePlot, linePlot, type Point } from './plots.ts';

interface CostMetric {
  readonly metric: Metric;
  /** On its button. */
  readonly name: string;
  /** On its axis. */
  readonly title: string;
  /** From the record's unit to the axis's. */
  readonly scale: number;
  /** A value on the axis, in words. */
  readonly show: (value: number) => string;
}

const withUnit =
  (unit: string) =>
  (value: number): string =>
    `${number(value)} ${unit}`;

const COST_METRICS: readonly CostMetric[] = [
  { metric: 'cpu_s_per_tx', name: 'CPU time', title: 'CPU-seconds per transaction', scale: 1, show: withUnit('CPU-s per transaction') },
  { metric: 'joules_per_tx', name: 'Energy', title: 'joules per transaction', scale: 1, show: withUnit('J per transaction') },
  { metric: 'usd_per_1000_tx', name: 'Money', title: 'USD per 1000 transactions', scale: 1, show: withUnit('USD per 1000 transactions') },
  { metric: 'finality_ms', name: 'Finality', title: 'seconds to finality', scale: 1e-3, show: (value) => `final after ${duration(value)}` },
  {
    metric: 'latency_ms_p50',
    name: 'Latency',
    title: 'median latency in seconds',
    scale: 1e-3,
    show: (value) => `median latency ${duration(value)}`,
  },
  { metric: 'messages_per_decision', name: 'Messages', title: 'messages per decision', scale: 1, show: withUnit('messages per decision') },
  { metric: 'bytes_per_decision', name: 'Bytes', title: 'bytes per decision', scale: 1, show: withUnit('bytes per decision') },
  { metric: 'throughput_tps', name: 'Throughput', title: 'transactions per second', scale: 1, show: withUnit('transactions per second') },
];

/** Hardware that is no CPU mines: its work is energy, and no CPU time. */
export function minesApart(summary: Summary): boolean {
  return (workloads.get(summary.keys.workload)?.miningHardware?.(summary.parameters).joules_per_hash ?? null) !== null;
}

function pointOf(
  value: MeanSummary,
  options: { series: number; x: number; scale: number; text: (interval: string) => string; show: (value: number) => string },
): Point {
  const { series, x, scale, show, text } = options;
  const low = value.ci95 === null ? null : value.ci95.low * scale;
  const high = value.ci95 === null ? null : value.ci95.high * scale;
  const interval = low === null || high === null || low === high ? '' : ` (95% interval ${number(low)} to ${number(high)})`;
  return { series, x, y: value.mean * scale, low, high, text: text(`${show(value.mean * scale)}${interval}`) };
}

/** Series that figures show, in plan order. */
export function drawnSeries(model: Model): readonly Series[] {
  return model.series.slice(0, MAX_SERIES);
}

const replicates = (summary: Summary): string => plural(summary.states.done, 'replicate');

/** More numbers of nodes than this make no better curve: a figure or table takes some of them, evenly, ends included. */
const MAX_NODES = 40;

export function shownNodes({ nodes }: Model): readonly number[] {
  if (nodes.length <= MAX_NODES) return nodes;
  return Array.from({ length: MAX_NODES }, (_, index) => nodes[Math.round((index * (nodes.length - 1)) / (MAX_NODES - 1))]);
}

export interface CostFigure {
  readonly name: string;
  readonly title: string;
  readonly wide: string;
  readonly narrow: string;
}

/** Cost against the number of nodes without faults, one figure a metric that any series has. */
export async function costFigures(model: Model): Promise<CostFigure[]> {
  const series = drawnSeries(model);
  const figures: CostFigure[] = [];
  const shown = shownNodes(model);
  if (shown.length === 0) return figures;
  for (const { metric, name, title, scale, show } of COST_METRICS) {
    const points = series.flatMap((one, index) =>
      shown.flatMap((nodes) => {
        const summary = faultFree(one, nodes);
        const value = summary?.metrics[metric];
        if (summary === undefined || value === null || value === undefined || (metric === 'cpu_s_per_tx' && minesApart(summary))) return [];
        return [
          pointOf(value, {
            series: index,
            x: nodes,
            scale,
            show,
            text: (said) => `${one.label}, n = ${nodes}: ${said}; ${replicates(summary)}`,
          }),
        ];
      }),
    );
    const plot = {
      description: `${title} against the number of nodes, without faults: ${series.map(({ label }) => label).join(', ')}`,
      series: series.map(({ label }) => label),
      points,
      x: { title: 'nodes', log: true, values: shown },
      yTitle: title,
    };
    const wide = await linePlot({ ...plot, width: 600, height: 340, endLabels: series.length <= 6 });
    const narrow = await linePlot({ ...plot, width: 262, height: 250, endLabels: false });
    if (wide !== null && narrow !== null) figures.push({ name, title, wide, narrow });
  }
  return figures;
}

export interface Panel {
  readonly title: string;
  readonly note: string;
  readonly svg: string;
}

const byCount = ({ conditions }: FaultRow): boolean => conditions.every(({ keys }) => keys.fault_ratio === null);

function attackText(summary: Summary): string {
  const tried = attacksOf([summary]);
  return tried === null ? '' : ` (${tried.reversals} of ${plural(tried.attacks, 'attack')} reversed)`;
}

/** One panel a mechanism and kind of fault: what became of the replicates at each fault ratio. */
export async function fatePanels(model: Model): Promise<Panel[]> {
  const panels: Panel[] = [];
  for (const row of model.faultRows) {
    const claimed = claimedFaults(row.conditions[0]);
    const counts = byCount(row);
    const svg = await fatePlot({
      description: `Share of replicates that were ok, stalled or violated safety: ${row.series.label} under ${row.kind}, ${row.nodes} nodes`,
      xTitle: counts
        ? 'faulty nodes'
        : row.conditions.every(({ keys }) => keys.fault_count === null)
          ? 'φ: share of power or stake'
          : 'φ: share of the nodes',
      bars: row.conditions.map((summary) => ({
        label: counts ? faultLabel(summary).replace(/ = \d+$/, '') : faultLabel(summary),
        fates: summary.fates,
        pastBound: claimed !== null && (summary.keys.fault_count ?? 0) > claimed,
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

/** One panel a kind of fault: time to finality against the fault ratio; a line ends where nothing becomes final. */
export async function finalityPanels(model: Model): Promise<Panel[]> {
  const series = drawnSeries(model);
  const kinds = [...new Set(model.faultRows.map(({ kind }) => kind))];
  const panels: Panel[] = [];
  for (const kind of kinds) {
    const rows = model.faultRows.filter((row) => row.kind === kind && !byCount(row));
    const values = [...new Set(rows.flatMap(({ conditions }) => conditions.map(faultShare)))].sort((a, b) => a - b);
    if (values.length < 2) continue;
    const svg = await linePlot({
      description: `Seconds to finality against the fault ratio under ${kind}`,
      series: series.map(({ label }) => label),
      points: rows.flatMap((row) =>
        row.conditions.flatMap((summary) => {
          const value = summary.metrics.finality_ms;
          const index = series.indexOf(row.series);
          if (value === null || index === -1) return [];
          return [
            pointOf(value, {
              series: index,
              x: faultShare(summary),
              scale: 1e-3,
              show: (seconds) => `final after ${duration(seconds)}`,
              text: (said) => `${row.series.label}, ${kind}, n = ${row.nodes}, ${faultPhrase(summary)}: ${said}; ${replicates(summary)}`,
            }),
          ];
        }),
      ),
      x: { title: 'fault ratio φ', log: false, values },
      yTitle: 'seconds to finality',
      width: 230,
      height: 190,
      endLabels: false,
    });
    if (svg !== null) panels.push({ title: kind, note: nodesNote(rows), svg });
  }
  return panels;
}

function nodesNote(rows: readonly FaultRow[]): string {
  const nodes = [...new Set(rows.map((row) => row.nodes))];
  return nodes.length === 1 ? `n = ${nodes[0]}` : rows.map((row) => `${row.series.label}: n = ${row.nodes}`).join('; ');
}
