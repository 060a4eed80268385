// The tables of costs and of rates without faults: one set of columns each for the report, summary.md (and through it the README) and
// the terminal.
import type { Summary } from './summarize.ts';
import { isDefaultLoad } from '../model/load.ts';
import { METRIC_KINDS, type Metric } from '../record/columns.ts';
import {
  MILLISECONDS,
  NUMBER,
  PLAIN,
  PLAIN_MILLISECONDS,
  PLAIN_SHARE,
  SHARE,
  WATTS,
  estimate,
  type Estimate,
  type Form,
} from './estimate.ts';
import { percentage } from './format.ts';
import { bottleneckText, rateMeaning } from './load.ts';

export interface CostColumn {
  readonly title: string;
  /** On a terminal. */
  readonly short: string;
  /** Null where there is no value. */
  readonly estimate: (summary: Summary, options: { readonly plain: boolean }) => Estimate | null;
  /** On a terminal the columns with the highest ranks are left out first where the width is short; absent: not there at all. */
  readonly rank?: number;
  /** Words, to the left. */
  readonly words?: true;
}

function metricColumn(metric: Metric, title: string, short: string, rank?: number): CostColumn {
  const [form, plainForm]: Form[] = /_ms(_|$)/.test(metric)
    ? [MILLISECONDS, PLAIN_MILLISECONDS]
    : METRIC_KINDS[metric] === 'share'
      ? [SHARE, PLAIN_SHARE]
      : [NUMBER, PLAIN];
  return {
    title,
    short,
    estimate: (summary, { plain }) => estimate(summary, metric, plain ? plainForm : form),
    ...(rank === undefined ? {} : { rank }),
  };
}

const said = (value: string): Estimate | null => (value === '' ? null : { value, interval: '', survivors: '' });

/** The adversary against which a finality stands: a setting of the condition, without an interval. */
export function adversaryEstimate({ adversary_share }: Summary): Estimate | null {
  return adversary_share === null ? null : said(percentage(adversary_share, 2));
}

/** What a transaction costs, on both bases. */
export const COST_METRICS = [
  'cpu_s_per_tx',
  'cpu_s_per_tx_provisioned',
  'joules_per_tx',
  'joules_per_tx_provisioned',
  'usd_per_1000_tx',
  'usd_per_1000_tx_provisioned',
] as const satisfies readonly Metric[];

/** Both bases of every cost stand side by side, and the adversary beside the finality that stands against it. */
export const COST_COLUMNS: readonly CostColumn[] = [
  metricColumn('cpu_s_per_tx', 'CPU-s per tx, marginal', 'CPU-s/tx', 5),
  metricColumn('cpu_s_per_tx_provisioned', 'CPU-s per tx, provisioned', 'prov. CPU-s/tx', 6),
  metricColumn('joules_per_tx', 'J per tx, marginal', 'J/tx', 1),
  metricColumn('joules_per_tx_provisioned', 'J per tx, provisioned', 'prov. J/tx', 1),
  metricColumn('usd_per_1000_tx', 'USD per 1000 tx, marginal', 'USD/1000tx', 3),
  metricColumn('usd_per_1000_tx_provisioned', 'USD per 1000 tx, provisioned', 'prov. USD/1000tx', 3),
  metricColumn('messages_per_decision', 'messages per decision', 'msgs/dec', 4),
  metricColumn('bytes_per_decision', 'bytes per decision', 'bytes/dec'),
  metricColumn('finality_ms', 'finality', 'finality', 0),
  {
    title: 'adversary',
    short: 'adv.',
    estimate: adversaryEstimate,
    rank: 0,
  },
];

/** Of every condition, faults included. */
export const CONDITION_COLUMNS: readonly CostColumn[] = [
  {
    title: 'faulty nodes',
    short: 'faulty',
    estimate: ({ faulty_nodes }) => (faulty_nodes === null ? null : said(String(faulty_nodes))),
  },
  metricColumn('latency_ms_p50', 'latency p50', 'p50'),
  ...COST_COLUMNS,
  metricColumn('stale_rate', 'stale', 'stale'),
  metricColumn('view_changes', 'view changes', 'view changes'),
];

/** What people ask of proof of work, on the provisioned basis. */
export const POWER_COLUMNS: readonly CostColumn[] = [
  {
    title: 'power',
    short: 'power',
    estimate: (summary) => estimate(summary, 'power_w', WATTS),
  },
  metricColumn('energy_twh_per_year', 'TWh a year', 'TWh/a'),
  metricColumn('energy_kwh_per_tx', 'kWh per tx', 'kWh/tx'),
  metricColumn('co2_kg_per_tx', 'kg CO₂ per tx', 'kg CO2/tx'),
];

/** Empty under the default load, under which nothing can happen of that kind. */
const underLoad = (column: CostColumn): CostColumn => ({
  ...column,
  estimate: (summary, options) => (isDefaultLoad(summary.load) ? null : column.estimate(summary, options)),
});

/** A rate beside what it is, what limits it and the latency under which it was seen. */
export const RATE_COLUMNS: readonly CostColumn[] = [
  metricColumn('throughput_tps', 'tx/s', 'tx/s', 0),
  { title: 'that is', short: 'that is', words: true, rank: 3, estimate: (summary) => said(rateMeaning(summary)) },
  { title: 'limited by', short: 'limited by', words: true, rank: 1, estimate: (summary) => said(bottleneckText(summary)) },
  metricColumn('latency_ms_p50', 'latency p50', 'p50', 2),
  metricColumn('latency_ms_p99', 'latency p99', 'p99', 1),
  metricColumn('tx_latency_ms_mean', 'latency mean', 'mean', 4),
  metricColumn('offered_tps', 'offered tx/s', 'offered', 4),
  metricColumn('cpu_utilisation_max', 'CPU', 'CPU', 5),
  metricColumn('uplink_utilisation_max', 'uplink', 'uplink', 5),
  metricColumn('downlink_utilisation_max', 'downlink', 'downlink', 5),
  metricColumn('queue_tx_max', 'largest queue', 'queue', 5),
  underLoad(metricColumn('transactions_rejected', 'rejected', 'rejected', 5)),
  underLoad(metricColumn('transactions_waiting', 'waiting', 'waiting', 5)),
];

/** What the rates and latencies are, for whoever reads their table alone. */
export const RATES_NOTE =
  'Only the rate of a load "saturate" is a capacity: the largest at which the 99th percentile of latency stays within its bound, and it stands with what limits it. Any other is what was committed under the load that the row names, or, where none is named, with one decision in flight: that is bound by latency and no capacity. Latencies are of decisions with one in flight, else of transactions, from submission to acceptance.';

/** Those of which a condition has a value. */
export function filledColumns(summaries: readonly Summary[], columns: readonly CostColumn[]): CostColumn[] {
  return columns.filter(({ estimate: of }) => summaries.some((summary) => of(summary, { plain: false }) !== null));
}

/** What the two bases are, for whoever reads the table alone. */
export const BASES_NOTE =
  'Marginal: active work alone. Provisioned: all cores of all nodes for as long as the decisions take, busy or not; with one decision in flight that is bound by latency, and falls under load. Intervals are 95%; "10 of 12" beside a mean says that it is over the replicates that have a value.';
