// The table of costs without faults: one set of columns for the report, summary.md (and through it the README) and the terminal.
import type { Summary } from './summarize.ts';
import type { Metric } from '../record/columns.ts';
import { MILLISECONDS, NUMBER, PLAIN, PLAIN_MILLISECONDS, estimate, type Estimate, type Form } from './estimate.ts';
import { percentage } from './format.ts';

export interface CostColumn {
  readonly title: string;
  /** On a terminal. */
  readonly short: string;
  /** Null where there is no value. */
  readonly estimate: (summary: Summary, options: { readonly plain: boolean }) => Estimate | null;
  /** On a terminal the columns with the highest ranks are left out first where the width is short; absent: not there at all. */
  readonly rank?: number;
}

function metricColumn(metric: Metric, title: string, short: string, rank?: number): CostColumn {
  const [form, plainForm]: Form[] = metric.endsWith('_ms') ? [MILLISECONDS, PLAIN_MILLISECONDS] : [NUMBER, PLAIN];
  return {
    title,
    short,
    estimate: (summary, { plain }) => estimate(summary, metric, plain ? plainForm : form),
    ...(rank === undefined ? {} : { rank }),
  };
}

/** The adversary against which a finality stands: a setting of the condition, without an interval. */
export function adversaryEstimate({ adversary_share }: Summary): Estimate | null {
  return adversary_share === null ? null : { value: percentage(adversary_share, 2), interval: '', survivors: '' };
}

/** Both bases of every cost stand side by side, and the adversary beside the finality that stands against it. */
const COST_COLUMNS: readonly CostColumn[] = [
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

/** Those of which a condition has a value. */
export function filledColumns(summaries: readonly Summary[]): CostColumn[] {
  return COST_COLUMNS.filter(({ estimate: of }) => summaries.some((summary) => of(summary, { plain: false }) !== null));
}

/** What the two bases are, for whoever reads the table alone. */
export const BASES_NOTE =
  'Marginal: active work alone. Provisioned: all cores of all nodes for as long as the decisions take, busy or not; with one decision in flight that is bound by latency, and falls under load. Intervals are 95%; "10 of 12" beside a mean says that it is over the replicates that have a value.';
