// The comparison table: one row a mechanism and variant, in units for people, with one number of digits a column. The report,
// summary.md and the terminal print these columns. Pure.
import { BYZANTINE_KINDS } from '../model/fault.ts';
import { workloads } from '../workloads.ts';
import { costOf, loadText, quietOf } from './answer.ts';
import type { RunDigest } from './digest.ts';
import { MILLISECONDS, NUMBER, RATE, digitsOf, estimateOf, meanOf, type Estimate, type Form } from './estimate.ts';
import { number, percentage } from './format.ts';
import { bottleneckText } from './load.ts';
import { faultFree, variantsOf, type Model, type Variant } from './model.ts';
import { BYTES, CARBON, CPU_TIME, ENERGY, MILLION_TX, MONEY, POWER, YEARLY_ENERGY } from './people.ts';
import type { MeanSummary } from './statistics.ts';
import type { Summary } from './summarize.ts';
import { CRASH_KINDS, survival, type Survival } from './survival.ts';

export interface ComparisonColumn {
  readonly title: string;
  /** On a terminal. */
  readonly short: string;
  /** On a terminal the columns with the highest ranks are left out first where the width is short; absent: not there at all. */
  readonly rank?: number;
  /** Words, to the left. */
  readonly words?: true;
  /** Of public networks: where a table would be too wide with them, they have one of their own. */
  readonly apart?: true;
}
export interface ComparisonRow {
  readonly label: string;
  readonly nodes: number;
  /** Null where there is no value. */
  readonly cells: readonly (Estimate | null)[];
}
export interface ComparisonTable {
  readonly columns: readonly ComparisonColumn[];
  readonly rows: readonly ComparisonRow[];
}

/** A variant at one number of nodes: the conditions that its row is of. */
interface Subject {
  readonly variant: Variant;
  readonly nodes: number;
  /** Under the asked rate, or the load that stands for its costs. */
  readonly cost: Summary | undefined;
  /** Of which finality is said: under the asked rate, else without a queue where the run has that. */
  readonly calm: Summary | undefined;
  readonly capacity: Summary | undefined;
  readonly load: string;
  /** The load of its finality, where that is not the load of its costs; else ''. */
  readonly calmLoad: string;
}

type Column = ComparisonColumn &
  (
    | {
        readonly form: Form;
        readonly of: (subject: Subject) => Summary | undefined;
        readonly mean: (summary: Summary) => MeanSummary | null;
        /** Beside the value. */
        readonly note?: (subject: Subject) => string;
      }
    | { readonly text: (subject: Subject) => string }
  );

const costs = ({ cost }: Subject): Summary | undefined => cost;
const isPublic = ({ keys }: Summary): boolean => workloads.get(keys.workload)?.settings.includes('public') === true;

/** `5 of 16 (31%)`; `at least 5 of 16 (31%)` where the sweep does not break it with one more. */
function survives({ kinds, holds, breaks }: Survival, nodes: number): string {
  if (kinds.length === 0 || holds === null) return '';
  return `${breaks === null || breaks - holds > 1 ? 'at least ' : ''}${Math.floor(holds)} of ${nodes} (${percentage(holds / nodes, 2)})`;
}

const COLUMNS: readonly Column[] = [
  { title: 'CPU time a tx, active', short: 'CPU/tx', rank: 5, form: CPU_TIME, of: costs, mean: (of) => meanOf(of, 'cpu_s_per_tx') },
  { title: 'energy a tx, active', short: 'J/tx', rank: 5, form: ENERGY, of: costs, mean: (of) => meanOf(of, 'joules_per_tx') },
  {
    title: 'energy a tx, provisioned',
    short: 'prov. J/tx',
    rank: 4,
    form: ENERGY,
    of: costs,
    mean: (of) => meanOf(of, 'joules_per_tx_provisioned'),
  },
  { title: 'a million tx, active', short: '$/M tx', rank: 5, form: MILLION_TX, of: costs, mean: (of) => meanOf(of, 'usd_per_1000_tx') },
  {
    title: 'a million tx, provisioned',
    short: 'prov. $/M tx',
    rank: 0,
    form: MILLION_TX,
    of: costs,
    mean: (of) => meanOf(of, 'usd_per_1000_tx_provisioned'),
  },
  { title: 'a year, provisioned', short: '$/year', rank: 5, form: MONEY, of: costs, mean: (of) => of.usd_per_year_provisioned },
  { title: 'costs are', short: 'costs are', rank: 4, words: true, text: ({ load }) => load },
  { title: 'messages a decision', short: 'msgs', rank: 4, form: NUMBER, of: costs, mean: (of) => meanOf(of, 'messages_per_decision') },
  { title: 'bytes a decision', short: 'bytes', rank: 5, form: BYTES, of: costs, mean: (of) => meanOf(of, 'bytes_per_decision') },
  {
    title: 'batch, tx',
    short: 'batch',
    rank: 6,
    words: true,
    text: ({ cost }) => (cost === undefined ? '' : number(cost.keys.tx_per_decision)),
  },
  { title: 'capacity', short: 'capacity', rank: 1, form: RATE, of: ({ capacity }) => capacity, mean: (of) => meanOf(of, 'throughput_tps') },
  {
    title: 'limited by',
    short: 'limited by',
    rank: 1,
    words: true,
    text: ({ capacity }) => (capacity === undefined ? '' : bottleneckText(capacity)),
  },
  {
    title: 'finality',
    short: 'finality',
    rank: 0,
    form: MILLISECONDS,
    of: ({ calm }) => calm,
    mean: (of) => meanOf(of, 'finality_ms'),
    note: ({ calmLoad }) => calmLoad,
  },
  {
    title: 'survives down',
    short: 'down',
    rank: 2,
    words: true,
    text: ({ variant, nodes }) => survives(survival(variant, nodes, CRASH_KINDS), nodes),
  },
  {
    title: 'survives Byzantine',
    short: 'Byzantine',
    rank: 3,
    words: true,
    text: ({ variant, nodes }) => survives(survival(variant, nodes, BYZANTINE_KINDS), nodes),
  },
  { title: 'power', apart: true, short: 'power', form: POWER, of: costs, mean: (of) => (isPublic(of) ? meanOf(of, 'power_w') : null) },
  {
    title: 'energy a year',
    apart: true,
    short: 'Wh/a',
    form: YEARLY_ENERGY,
    of: costs,
    mean: (of) => (isPublic(of) ? meanOf(of, 'energy_twh_per_year') : null),
  },
  {
    title: 'CO₂ a tx',
    apart: true,
    short: 'CO2/tx',
    form: CARBON,
    of: costs,
    mean: (of) => (isPublic(of) ? meanOf(of, 'co2_kg_per_tx') : null),
  },
];

/** What the columns are, for whoever reads the table alone. */
export const COMPARISON_NOTE =
  'Without faults, but for what is survived. Active: work done alone (marginal). Provisioned: all cores of all nodes, busy or not, at the load beside it; without more of a load it is bound by latency, and falls under load. A year has 8766 h: of all that stands ready, with traffic at the rate of that load. Capacity: only of a load "saturate". Finality: the median at the risk, under the asked rate, else without a queue where the run has that; the load stands beside it where it is not that of the costs. Survived: faulty nodes up to which every swept condition holds, of all; "at least" where one more was not swept, or not decided. Power and carbon: provisioned, of mechanisms for public networks.';

/** The numbers of nodes at which a variant finished without a fault, the one that is asked for or the nearest. */
function nodesFor({ series }: Variant, wanted: number): number | undefined {
  const known = series.flatMap(({ conditions }) => conditions.filter(({ states }) => states.done > 0).map(({ keys }) => keys.nodes));
  const calm = [...new Set(known)].filter((n) => series.some((one) => (faultFree(one, n)?.states.done ?? 0) > 0));
  const far = (n: number): number => Math.abs(Math.log(n / wanted));
  return calm.sort((a, b) => far(a) - far(b) || b - a)[0];
}

function subjectOf(variant: Variant, nodes: number, rate_tps: number | undefined): Subject {
  const place = { variant, nodes, rate_tps };
  const cost = costOf(place)?.summary;
  const quiet = quietOf(place);
  const loadOf = (summary: Summary): string => loadText(summary, rate_tps) || `at ${rate_tps!} tx/s`;
  return {
    variant,
    nodes,
    cost,
    calm: quiet,
    capacity: variant.series
      .filter(({ load }) => load.kind === 'saturate')
      .map((series) => faultFree(series, nodes))
      .find((summary) => (summary?.states.done ?? 0) > 0),
    load: cost === undefined ? '' : loadOf(cost),
    calmLoad: quiet === undefined || quiet === cost ? '' : loadOf(quiet),
  };
}

/** The rows in plan order; columns of which no row has a value are left out. */
export function comparisonTable(model: Model, { run: { suite } }: RunDigest): ComparisonTable {
  const wanted = suite.requirements?.nodes ?? model.referenceNodes;
  const subjects = variantsOf(model).flatMap((variant) => {
    const nodes = wanted === null ? undefined : nodesFor(variant, wanted);
    return nodes === undefined ? [] : [subjectOf(variant, nodes, suite.requirements?.throughput_tps)];
  });
  const filled = COLUMNS.map((column) => ({ column, cells: cellsOf(column, subjects) })).filter(({ cells }) =>
    cells.some((cell) => cell !== null),
  );
  return {
    columns: filled.map(({ column }) => column),
    rows: subjects.map(({ variant, nodes }, index) => ({ label: variant.label, nodes, cells: filled.map(({ cells }) => cells[index]) })),
  };
}

function cellsOf(column: Column, subjects: readonly Subject[]): (Estimate | null)[] {
  if ('text' in column)
    return subjects.map((subject) => {
      const value = column.text(subject);
      return value === '' ? null : { value, interval: '', survivors: '' };
    });
  const found = subjects.map((subject) => {
    const summary = column.of(subject);
    const mean = summary === undefined ? null : column.mean(summary);
    return summary === undefined || mean === null ? null : { mean, summary, note: column.note?.(subject) ?? '' };
  });
  const digits = digitsOf(found.flatMap((value) => value?.mean ?? []));
  return found.map((value) =>
    value === null ? null : { ...estimateOf(value.mean, value.summary.replicates, column.form, digits), note: value.note },
  );
}
