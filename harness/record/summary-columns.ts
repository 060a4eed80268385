// The columns of summary.csv.
import type { MetricKind, RecordKeys } from '../model/record.ts';
import type { Column } from './column.ts';
import { METRICS, METRIC_KINDS, RECORD_COLUMNS, type RecordName } from './columns.ts';

/** Columns that say which cells a row of summary.csv joins. */
export const SUMMARY_KEYS = [
  'workload',
  'family',
  'nodes',
  'fault_kind',
  'fault_ratio',
  'fault_count',
  'network',
  'crypto',
  'tx_per_decision',
  'risk',
  'parameters',
  'load',
  'in_flight',
  'fault_schedule',
] as const satisfies readonly (keyof RecordKeys)[];

const columnOf = (name: RecordName): Column => RECORD_COLUMNS.find((column) => column.name === name)!;
const verdictColumns = (property: 'safety' | 'liveness' | 'durability'): Column[] => [
  {
    name: `${property}_violated_share`,
    unit: '',
    type: 'number',
    description: `Replicates with ${property} violated ÷ replicates whose ${property} is known.`,
    empty: property === 'durability' ? 'where none is known; for lotteries' : 'where none is known',
  },
  {
    name: `${property}_violated_ci95_low`,
    unit: '',
    type: 'number',
    description: 'Lower end of its 95% interval (Wilson score).',
    empty: 'where none is known',
  },
  {
    name: `${property}_violated_ci95_high`,
    unit: '',
    type: 'number',
    description: 'Upper end of its 95% interval (Wilson score).',
    empty: 'where none is known',
  },
];

/** How the interval of a mean is made, and when there is none. */
const INTERVALS: Readonly<Record<MetricKind, string>> = {
  positive: 'Student t on the logarithm',
  share: 'Wilson score, t for z',
  count: "score of a count, t for z; Garwood's where all are 0",
};
const NO_INTERVAL: Readonly<Record<MetricKind, string>> = {
  positive: 'with fewer than two values',
  share: 'with fewer than two values, and where all are 0 or all 1',
  count: 'with fewer than two values',
};

/** The mean of a column over the done replicates, with its interval. */
export function meanColumns(name: string, unit: string, kind: MetricKind): Column[] {
  const end = (which: string): string => `${which} end of the 95% interval of that mean (${INTERVALS[kind]}).`;
  return [
    {
      name: `${name}_mean`,
      unit,
      type: 'number',
      description: `Mean of ${name} over the done replicates.`,
      empty: 'where a replicate stalled, or was done without it: whether it has a value then depends on the value',
    },
    { name: `${name}_ci95_low`, unit, type: 'number', description: end('Lower'), empty: NO_INTERVAL[kind] },
    { name: `${name}_ci95_high`, unit, type: 'number', description: end('Upper'), empty: NO_INTERVAL[kind] },
  ];
}

/** summary.csv: one row a condition (everything equal but the replicate), in plan order. */
export const SUMMARY_COLUMNS: readonly Column[] = [
  ...SUMMARY_KEYS.map(columnOf),
  { name: 'replicates', unit: '', type: 'integer', description: 'Finished cells joined in the row.', empty: '' },
  {
    name: 'replicates_done',
    unit: '',
    type: 'integer',
    description: 'Those in state done, over which the metrics are averaged; below replicates, the means are of survivors.',
    empty: '',
  },
  ...verdictColumns('safety'),
  ...verdictColumns('liveness'),
  ...METRICS.flatMap((metric) => meanColumns(metric, columnOf(metric).unit, METRIC_KINDS[metric])),
  {
    name: 'first_cell',
    unit: '',
    type: 'text',
    description: 'The first cell of the condition, to find it in records.csv and plan.json.',
    empty: '',
  },
  ...verdictColumns('durability'),
  columnOf('faulty_nodes'),
  {
    name: 'adversary_share',
    unit: '',
    type: 'number',
    description: "The adversary's share of all power, stake or replicas against which the row's finality stands.",
    empty: 'where no replicate is done',
  },
  {
    name: 'verdict',
    unit: '',
    type: 'text',
    description:
      'holds, broken or undecided, by the one rule of docs/method.md: attacks pooled over replicates against the risk, else replicates.',
    empty: '',
  },
  {
    name: 'verdict_property',
    unit: '',
    type: 'text',
    description:
      'What is broken, or undecided: safety, durability, liveness or finality (no finite number of confirmations gives the risk).',
    empty: 'where the verdict is holds',
  },
  { name: 'verdict_counts', unit: '', type: 'text', description: 'What the next columns count: attacks or replicates.', empty: '' },
  {
    name: 'verdict_hits',
    unit: '',
    type: 'integer',
    description: 'Attacks that reversed a final payment, or replicates that violated the property; all replicates together.',
    empty: '',
  },
  { name: 'verdict_trials', unit: '', type: 'integer', description: 'Attacks, or replicates whose verdict is known.', empty: '' },
  {
    name: 'verdict_rate_at_least',
    unit: '',
    type: 'number',
    description: 'Exact one-sided 95% lower bound of the rate hits ÷ trials (Clopper-Pearson); 0 without trials.',
    empty: '',
  },
  {
    name: 'verdict_rate_at_most',
    unit: '',
    type: 'number',
    description: 'Exact one-sided 95% upper bound of that rate; 1 without trials.',
    empty: '',
  },
  { name: 'bottleneck', unit: '', type: 'text', description: 'What limited most of the done replicates.', empty: 'under the default load' },
  {
    name: 'offered_tps',
    unit: 'tx/s',
    type: 'number',
    description: 'Transactions offered a second, as the suite asks; with it, rows of open loads differ whatever became of their cells.',
    empty: 'for other loads',
  },
];
