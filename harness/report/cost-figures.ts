// Figures of a run without faults: cost against the number of nodes (with one number of nodes: by mechanism), energy, growth of messages
// and bytes, and the latencies that a transaction may have.
import type { Metric } from '../record/columns.ts';
import type { Summary } from '../analysis/summarize.ts';
import { MILLISECONDS, NUMBER, estimateText, meanOf, type Form } from '../analysis/estimate.ts';
import { COST_METRICS } from '../analysis/costs.ts';
import { exponentOf, exponentText } from '../analysis/exponent.ts';
import { adversaryText } from '../analysis/findings.ts';
import { plural, prefixed } from '../analysis/format.ts';
import { groupBy } from '../analysis/group-by.ts';
import { faultFree, sweptRates, type Model } from '../analysis/model.ts';
import type { Series } from '../analysis/series.ts';
import { bandAxis, beyondRemarks, logAxis, max, min, nodesAxis, spreadOf, type Dot, type Line, type Panel, type Writing } from './chart.ts';
import { MUTED } from './colours.ts';
import { labelsHeight, rowsHeight } from './drawing.ts';
import type { FigureGroup, Plot } from './figure.ts';
import { lookOf, type Look } from './marks.ts';

interface CostMetric {
  readonly metric: Metric;
  readonly group: FigureGroup;
  /** On its button. */
  readonly name: string;
  /** On its axis, of which the ticks have the unit. */
  readonly title: string;
  readonly writing: Writing;
  /** Of what is drawn, in data: one word. */
  readonly unit: string;
  readonly basis: 'marginal' | 'provisioned' | 'none';
  readonly form: Form;
  /** A value with its interval, in words. */
  readonly said: (text: string, summary: Summary) => string;
}

const seconds = (value: number): string => prefixed(value, 's');
const joules = (value: number): string => prefixed(value, 'J');
const dollars = (value: number): string => prefixed(value, '$');
const bytes = (value: number): string => prefixed(value, 'B');
const isPriced = (metric: Metric): boolean => COST_METRICS.some((one) => one === metric);
const after =
  (words: string): CostMetric['said'] =>
  (text) =>
    `${text} ${words}`;
const cost = (metric: Metric, name: string, title: string, writing: Writing, unit: string, words: string): CostMetric => ({
  metric,
  group: 'cost',
  name,
  title,
  writing,
  unit,
  basis: !isPriced(metric) ? 'none' : metric.endsWith('_provisioned') ? 'provisioned' : 'marginal',
  form: NUMBER,
  said: after(words),
});
const finalText = (text: string, summary: Summary): string => ['final after', text, adversaryText(summary)].join(' ').trimEnd();
export const FINALITY: CostMetric = {
  metric: 'finality_ms',
  group: 'cost',
  name: 'Finality',
  title: 'time to finality',
  writing: 'duration',
  unit: 's',
  basis: 'none',
  form: MILLISECONDS,
  said: finalText,
};

const METRICS: readonly CostMetric[] = [
  cost('cpu_s_per_tx', 'CPU time, marginal', 'CPU time per transaction, marginal', seconds, 'core-s/tx', 'CPU-s per transaction'),
  cost(
    'cpu_s_per_tx_provisioned',
    'CPU time, provisioned',
    'core time per transaction, provisioned',
    seconds,
    'core-s/tx',
    'core-seconds per transaction, provisioned',
  ),
  cost('joules_per_tx', 'Energy, marginal', 'energy per transaction, marginal', joules, 'J/tx', 'J per transaction'),
  cost(
    'joules_per_tx_provisioned',
    'Energy, provisioned',
    'energy per transaction, provisioned',
    joules,
    'J/tx',
    'J per transaction, provisioned',
  ),
  cost(
    'usd_per_1000_tx',
    'Money, marginal',
    'dollars per 1000 transactions, marginal',
    dollars,
    'USD/1000-tx',
    'USD per 1000 transactions',
  ),
  cost(
    'usd_per_1000_tx_provisioned',
    'Money, provisioned',
    'dollars per 1000 transactions, provisioned',
    dollars,
    'USD/1000-tx',
    'USD per 1000 transactions, provisioned',
  ),
  FINALITY,
  {
    metric: 'latency_ms_p50',
    group: 'cost',
    name: 'Latency',
    title: 'median latency',
    writing: 'duration',
    unit: 's',
    basis: 'none',
    form: MILLISECONDS,
    said: (text) => `median latency ${text}`,
  },
  cost('throughput_tps', 'Throughput', 'transactions per second', 'number', 'tx/s', 'transactions per second'),
  {
    ...cost('messages_per_decision', 'Messages', 'messages per decision', 'number', 'messages/decision', 'messages per decision'),
    group: 'growth',
  },
  { ...cost('bytes_per_decision', 'Bytes', 'bytes per decision', bytes, 'B/decision', 'bytes per decision'), group: 'growth' },
];

/** Series that are drawn in one panel, at most: more are small multiples, a panel a mechanism. */
export const MAX_IN_PANEL = 8;
/** Rows of a dot plot, at most: more go on in another panel. */
const MAX_ROWS = 40;
/** More numbers of nodes than this make no better curve: a figure takes some of them, evenly, ends included. */
const MAX_NODES = 40;

export function shownNodes({ nodes }: Pick<Model, 'nodes'>): readonly number[] {
  if (nodes.length <= MAX_NODES) return nodes;
  return Array.from({ length: MAX_NODES }, (_, index) => nodes[Math.round((index * (nodes.length - 1)) / (MAX_NODES - 1))]);
}

/** What is drawn over nodes and in rows: all but swept rates, which are curves. */
export function drawnSeries(model: Model): readonly Series[] {
  const swept = sweptRates(model);
  return model.series.filter((one) => !swept.has(one));
}

/** Of each series its look: variants of a mechanism are counted in the order of the run. */
export function looksOf(series: readonly Series[]): ReadonlyMap<Series, Look> {
  const looks = new Map<Series, Look>();
  for (const [id, members] of groupBy(series, ({ workload }) => workload))
    for (const [variant, one] of members.entries()) looks.set(one, lookOf(id, variant));
  return looks;
}

/** One group for a panel, or a panel a mechanism, of its variants at most MAX_IN_PANEL each. */
export function panelGroups<T extends { readonly series: Series }>(
  drawn: readonly T[],
): readonly { readonly title: string; readonly members: readonly T[] }[] {
  if (drawn.length <= MAX_IN_PANEL) return [{ title: '', members: drawn }];
  return [...groupBy(drawn, ({ series }) => series.workload)].flatMap(([workload, all]) =>
    Array.from({ length: Math.ceil(all.length / MAX_IN_PANEL) }, (_, index) => {
      const members = all.slice(index * MAX_IN_PANEL, (index + 1) * MAX_IN_PANEL);
      const title = all.length === 1 ? members[0].series.label : all.length === members.length ? workload : `${workload} (${index + 1})`;
      return { title, members };
    }),
  );
}

/** A series among others of one panel: without the mechanism's name where the panel's title has it. */
export function labelIn(title: string, { label, workload }: Series): string {
  if (title === '') return label;
  if (title === label) return '';
  return label.startsWith(`${workload} `) ? label.slice(workload.length + 1) : label;
}

/** A mean as a dot, along y over the number of nodes or along x in a row; null where there is none above zero. */
function dotOf(
  summary: Summary | undefined,
  { metric, form, said }: Pick<CostMetric, 'metric' | 'form' | 'said'>,
  keys: NonNullable<Dot['keys']>,
  place: { readonly along: 'x' | 'y'; readonly at: number; readonly name: string },
): Dot | null {
  const value = meanOf(summary, metric);
  if (summary === undefined || value === null || value.mean <= 0) return null;
  const mean = value.mean * form.scale;
  const spread = spreadOf(value, form.scale);
  const text = `${place.name}: ${said(estimateText(summary, metric, form)!, summary)}; ${plural(summary.states.done, 'replicate')}`;
  const over = { count: value.count, replicates: summary.replicates };
  return place.along === 'y'
    ? { x: place.at, y: mean, xSpread: null, ySpread: spread, text, keys, over }
    : { x: mean, y: place.at, xSpread: spread, ySpread: null, text, keys, over };
}
export { dotOf };

const keysOf = ({ basis, unit }: CostMetric): NonNullable<Dot['keys']> => ({ basis, unit });

/** Means of zero, for which a logarithmic axis has no place. */
export function zeroMeans(model: Model): { readonly name: string; readonly count: number }[] {
  const shown = shownNodes(model);
  return METRICS.flatMap(({ metric, name }) => {
    const count = drawnSeries(model).reduce(
      (sum, one) => sum + shown.filter((nodes) => meanOf(faultFree(one, nodes), metric)?.mean === 0).length,
      0,
    );
    return count === 0 ? [] : [{ name, count }];
  });
}

/** The name of the column of what is drawn: durations are in seconds there. */
const columnOf = ({ metric, unit }: CostMetric): string => (unit === 's' ? metric.replace('_ms', '_s') : metric);
const kebab = (name: string): string => name.replaceAll('_', '-');

/** A run among others that it is drawn beside; its title is '' where it is alone. */
export interface TitledModel {
  readonly title: string;
  readonly model: Model;
}

/**
 * One metric against the number of nodes; null where no series has it. All panels have the same scales; the same mechanism of several runs
 * stands side by side.
 */
function againstNodes(runs: readonly TitledModel[], metric: CostMetric): Plot | null {
  const nodes = shownNodes({ nodes: [...new Set(runs.flatMap(({ model }) => model.nodes))].sort((a, b) => a - b) });
  const all = runs.flatMap(({ title: run, model }) => {
    const drawn = drawnSeries(model);
    const looks = looksOf(drawn);
    return drawn.map((series) => ({
      run,
      series,
      look: looks.get(series)!,
      dots: nodes.flatMap(
        (n) => dotOf(faultFree(series, n), metric, keysOf(metric), { along: 'y', at: n, name: `${series.label}, n = ${n}` }) ?? [],
      ),
    }));
  });
  const y = logAxis(
    metric.title,
    all.flatMap(({ dots }) => dots.map((dot) => ({ mean: dot.y, spread: dot.ySpread }))),
    metric.writing,
  );
  if (y === null) return null;
  const grouped = runs.flatMap(({ title: run }) =>
    panelGroups(all.filter((one) => one.run === run && one.dots.length > 0)).map((group) => ({ run, ...group })),
  );
  const groups = [...groupBy(grouped, ({ title }) => title).values()].flat();
  const range =
    groups.length <= runs.length
      ? []
      : nodes.flatMap((x) => {
          const ys = all.flatMap(({ dots }) => dots.filter((dot) => dot.x === x).map((dot) => dot.y));
          return ys.length === 0 ? [] : [{ x, low: min(ys), high: max(ys) }];
        });
  // Runs of few mechanisms have one legend for all.
  const above = runs.length > 1 && groups.length <= runs.length;
  const panels = groups.map(({ run, title, members }): Panel => {
    const lines = members.map(({ series, dots, look }): Line => {
      const fit = above ? null : exponentOf(dots);
      const detail = fit === null ? {} : { detail: exponentText(fit) };
      return { name: series.label, label: above ? '' : labelIn(title, series), ...detail, look, dots, joined: true };
    });
    const about = `${metric.title} against the number of nodes, without faults: ${members.map(({ series }) => series.label).join(', ')}`;
    return {
      title: [run, title].filter((part) => part !== '').join(': '),
      note: '',
      remarks: beyondRemarks(lines, 'y', y),
      description: run === '' ? about : `${run}: ${about}`,
      x: nodesAxis(nodes),
      y,
      lines,
      rules: [],
      bars: [],
      range,
    };
  });
  return {
    id: `${metric.group}-${kebab(columnOf(metric))}`,
    group: metric.group,
    name: metric.name,
    basis: isPriced(metric.metric) ? 'priced' : 'simulated',
    title: `${metric.title[0].toUpperCase()}${metric.title.slice(1)}${metric.title.includes(',') ? ',' : ''} against the number of nodes`,
    caption: `${metric.title} against the number of nodes, without faults.`,
    panels,
    size: nodesSize(panels),
    columns: { x: 'nodes', y: columnOf(metric) },
    byX: true,
    ...(above ? { legend: true } : {}),
  };
}

/** Of rows: as high as they are many. */
function rowSize(panels: readonly Panel[]): Plot['size'] {
  const of = (width: number) => ({ width, height: max(panels.map((panel) => rowsHeight(panel, width))) });
  return { wide: of(panels.length > 1 ? 350 : 720), narrow: of(350) };
}

/** Panels over numbers of nodes are as high as the labels of their lines are many. */
function nodesSize(panels: readonly Panel[]): Plot['size'] {
  const of = (width: number, least: number) => ({ width, height: max([least, ...panels.map((panel) => labelsHeight(panel, width))]) });
  return panels.length > 1 ? { wide: of(290, 200), narrow: of(290, 200) } : { wide: of(720, 380), narrow: { width: 350, height: 320 } };
}

interface Row {
  readonly name: string;
  readonly label: string;
  readonly look: Look;
  readonly dots: readonly Dot[];
  readonly joined: boolean;
}

/** Rows in order of their first dot, smallest first, MAX_ROWS a panel; the same scale for all. Null without a row. */
function rowPanels(
  rows: readonly (readonly Row[])[],
  about: {
    readonly title: string;
    readonly axis: string;
    readonly writing: Writing;
    readonly note: string;
    readonly rules?: Panel['rules'];
  },
): Panel[] {
  const filled = rows.map((row) => row.filter(({ dots }) => dots.length > 0)).filter(({ length }) => length > 0);
  const x = logAxis(
    about.axis,
    filled.flat().flatMap(({ dots }) => dots.map((dot) => ({ mean: dot.x, spread: dot.xSpread }))),
    about.writing,
  );
  if (x === null) return [];
  const sorted = [...filled].sort((a, b) => a[0].dots[0].x - b[0].dots[0].x);
  return Array.from({ length: Math.ceil(sorted.length / MAX_ROWS) }, (_, index): Panel => {
    const own = sorted.slice(index * MAX_ROWS, (index + 1) * MAX_ROWS);
    const lines = own.flatMap((row, place) =>
      row.map((line): Line => ({ ...line, label: '', dots: line.dots.map((dot) => ({ ...dot, y: place })) })),
    );
    const [first] = x.domain;
    return {
      title: sorted.length > MAX_ROWS ? `${about.title} (${index + 1})`.trim() : about.title,
      note: about.note,
      remarks: beyondRemarks(lines, 'x', x),
      description: `${about.axis} by mechanism, smallest first: ${own.map(([{ label, dots }]) => `${label} ${x.show(dots[0].x)}`).join(', ')}`,
      x,
      y: bandAxis(
        '',
        own.map(([{ label }]) => label),
      ),
      lines,
      rules: (about.rules ?? []).filter((rule) => rule.kind !== 'x' || (rule.value > first && rule.value < x.domain[1])),
      bars: [],
      range: [],
    };
  });
}

/** A row of one or two metrics at n nodes: the first filled, the second hollow. */
function metricRows(model: Model, nodes: number, metrics: readonly CostMetric[]): (readonly Row[])[] {
  return drawnSeries(model).map((series) => {
    const summary = faultFree(series, nodes);
    return metrics.flatMap((metric, index) => {
      const dot = dotOf(summary, metric, keysOf(metric), { along: 'x', at: 0, name: `${series.label}, n = ${nodes}` });
      const look = { ...lookOf(series.workload), hollow: index > 0 };
      return dot === null ? [] : [{ name: series.label, label: series.label, look, dots: [dot], joined: false }];
    });
  });
}

const BASES = 'filled: marginal; hollow: provisioned';
const of = (...names: readonly Metric[]): CostMetric[] => names.map((name) => METRICS.find(({ metric }) => metric === name)!);

/** With one number of nodes there is nothing to plot against: of each metric a row a mechanism. */
function byMechanism(model: Model, nodes: number): Plot | null {
  const both = (title: string, axis: string, names: readonly Metric[], writing: Writing): Panel[] =>
    rowPanels(metricRows(model, nodes, of(...names)), { title, axis, writing, note: BASES });
  const one = (metric: CostMetric): Panel[] =>
    rowPanels(metricRows(model, nodes, [metric]), { title: metric.name, axis: metric.title, writing: metric.writing, note: '' });
  const panels = [
    ...both('CPU time', 'CPU time per transaction', ['cpu_s_per_tx', 'cpu_s_per_tx_provisioned'], seconds),
    ...both('Money', 'dollars per 1000 transactions', ['usd_per_1000_tx', 'usd_per_1000_tx_provisioned'], dollars),
    ...of('finality_ms', 'latency_ms_p50', 'throughput_tps', 'messages_per_decision', 'bytes_per_decision').flatMap(one),
  ];
  if (panels.length === 0) return null;
  return {
    id: 'cost',
    group: 'cost',
    name: 'Cost',
    basis: 'priced',
    title: `Cost by mechanism at n = ${nodes}`,
    caption: `Cost by mechanism at n = ${nodes}, without faults.`,
    panels,
    size: rowSize(panels),
    columns: { x: 'value', y: 'row' },
    byX: false,
  };
}

/** At n nodes: as long as it takes that a reversal is as unlikely under every mechanism. */
function energyFigure(model: Model, nodes: number): Plot | null {
  const risks = [...new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.risk)))];
  const KWH = 3.6e6;
  const panels = rowPanels(metricRows(model, nodes, of('joules_per_tx', 'joules_per_tx_provisioned')), {
    title: '',
    axis: 'energy per transaction',
    writing: joules,
    note: BASES,
    rules: [{ kind: 'x', value: KWH, colour: MUTED, text: '1 kWh = 3.6 MJ' }],
  });
  if (panels.length === 0) return null;
  const hasKwh = panels.some(({ rules }) => rules.length > 0);
  const atRisk = `at a chance of reversal of ${risks.join(' or ')}`;
  return {
    id: 'energy',
    group: 'energy',
    name: 'Energy',
    basis: 'priced',
    title: `Energy of one transaction at n = ${nodes}`,
    caption: `Energy of one transaction at n = ${nodes}, without faults, ${atRisk} for every mechanism.${hasKwh ? ' The dashed line is 1 kWh, 3.6 MJ.' : ''}`,
    panels,
    size: rowSize(panels),
    columns: { x: 'joules_per_tx', y: 'row' },
    byX: false,
  };
}

const RANKS = ['latency_ms_p50', 'latency_ms_p95', 'latency_ms_p99'] as const;

/** At n nodes, a row a mechanism: median, 95th and 99th percentile. */
function latencyFigure(model: Model, nodes: number): Plot | null {
  const rows = drawnSeries(model).map((series): Row[] => {
    const summary = faultFree(series, nodes);
    const dots = RANKS.flatMap((metric) => {
      const said = (text: string): string =>
        `${metric === 'latency_ms_p50' ? 'median' : `${metric.slice(-2)}th percentile`} of latency ${text}`;
      return (
        dotOf(
          summary,
          { metric, form: MILLISECONDS, said },
          { statistic: metric.slice(-3) },
          { along: 'x', at: 0, name: `${series.label}, n = ${nodes}` },
        ) ?? []
      );
    });
    return [{ name: series.label, label: series.label, look: lookOf(series.workload), dots, joined: true }];
  });
  const panels = rowPanels(rows, { title: '', axis: 'latency', writing: 'duration', note: '' });
  if (panels.length === 0) return null;
  return {
    id: 'latency-distribution',
    group: 'latency',
    name: 'Latency',
    basis: 'simulated',
    title: `Latency at n = ${nodes}: median, 95th and 99th percentile`,
    caption: `How latency is distributed at n = ${nodes}, without faults: from left to right the median, the 95th and the 99th percentile of decisions.`,
    panels,
    size: rowSize(panels),
    columns: { x: 'latency_s', y: 'row' },
    byX: false,
  };
}

/** What runs without faults have. */
export function costFigures(model: Model): Plot[] {
  const { nodes, referenceNodes } = model;
  if (referenceNodes === null) return [];
  const cost =
    nodes.length > 1 ? METRICS.map((metric) => againstNodes([{ title: '', model }], metric)) : [byMechanism(model, referenceNodes)];
  return [...cost, energyFigure(model, referenceNodes), latencyFigure(model, referenceNodes)].filter((figure) => figure !== null);
}

/** What runs are compared by at a glance. */
const MAIN = [
  'finality_ms',
  'usd_per_1000_tx_provisioned',
  'joules_per_tx_provisioned',
  'cpu_s_per_tx',
  'throughput_tps',
  'messages_per_decision',
] as const satisfies readonly Metric[];

/** The main metrics of several runs as small multiples with common axes, as one group. */
export function sideBySideFigures(runs: readonly TitledModel[]): Plot[] {
  return of(...MAIN).flatMap((metric) => againstNodes(runs, { ...metric, group: 'cost' }) ?? []);
}
