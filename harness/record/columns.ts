// The columns of records.csv; docs/columns.md and the exports are generated from these and from the other *-columns.ts.
import { OPERATIONS, type OperationColumn, type OperationKind } from '../model/operations.ts';
import type { DoneRecord, MetricKind, RecordMetrics } from '../model/record.ts';
import { latencyColumn, type Column } from './column.ts';
import { LOAD_COLUMNS } from './load-columns.ts';

const UNFINISHED = 'unless state is done';
/** What a latency is of. */
const DECIDED = 'decisions, or transactions under any load but the default one,';
const perDecision = 'all nodes together, whole run divided by decisions';
const CPU_ONLY = 'unless state is done; for mining hardware that is no CPU';
const CPU_ONLY_PER_TX = `${CPU_ONLY}; where no user's transaction was committed`;
const PER_TX = "unless state is done; where no user's transaction was committed";
const NO_CHAIN = 'unless state is done; for mechanisms without a chain';
const PROVISIONED = "unless state is done; where no virtual time passed, or no user's transaction was committed";
/** At the default load. */
const latencyBound = 'With one decision in flight it is latency-bound: what stands ready waits most of the time';

/** Every name that a record can have, but its version, what has columns of its own, and the curve of a search: curves.csv has it. */
export type RecordName = Exclude<keyof DoneRecord, 'version' | 'observations' | 'curve'>;

/** The columns that a ledger of operations has, in its order. */
export function countColumnsOf(operations: readonly OperationKind[]): Column[] {
  return operations.flatMap(({ unit, column }) => (column === null ? [] : [{ ...column, unit, type: 'number' as const }]));
}

const countColumn = <Name extends OperationColumn>(name: Name): Column<Name> =>
  countColumnsOf(OPERATIONS).find((column) => column.name === name) as Column<Name>;

/** The design fixes their order. */
const PLACED_COLUMNS = [
  {
    name: 'cell',
    unit: '',
    type: 'text',
    description: 'The cell: c and 12 hex digits of the hash of everything its result depends on.',
    empty: '',
  },
  {
    name: 'state',
    unit: '',
    type: 'text',
    description:
      'done; stalled (the simulated horizon or the event budget came before the asked decisions); timeout (the wall-clock net); failed. A stall is a result.',
    empty: '',
  },
  { name: 'workload', unit: '', type: 'text', description: 'The mechanism.', empty: '' },
  { name: 'family', unit: '', type: 'text', description: 'lottery, voting, federated or platform.', empty: '' },
  { name: 'nodes', unit: '', type: 'integer', description: 'n, the adversary of a lottery not included.', empty: '' },
  { name: 'fault_kind', unit: '', type: 'text', description: 'What faulty nodes do.', empty: '' },
  {
    name: 'fault_ratio',
    unit: '',
    type: 'number',
    description: 'φ as the suite gives it: an exact share of power or stake (lotteries) or of the nodes (voting).',
    empty: 'where the suite gives a count',
  },
  {
    name: 'fault_count',
    unit: 'nodes',
    type: 'integer',
    description: "Faulty nodes: the suite's count, or ⌊φ·n⌋ in integer arithmetic.",
    empty: 'for lotteries, whose φ is exact',
  },
  {
    name: 'network',
    unit: '',
    type: 'text',
    description:
      'Delay model, then those link settings that differ from the defaults (1000 Mbit/s, no loss, 200 ms until a lost message is sent again).',
    empty: '',
  },
  {
    name: 'crypto',
    unit: '',
    type: 'text',
    description: 'modelled: operations are counted and priced; measured: they are also done for real.',
    empty: '',
  },
  { name: 'replicate', unit: '', type: 'integer', description: 'Number of the replicate, from 0; it changes the seed alone.', empty: '' },
  {
    name: 'seed',
    unit: '',
    type: 'integer',
    description: 'Seed of every draw of the cell. Modelled and measured twins have the same.',
    empty: '',
  },
  { name: 'tx_per_decision', unit: 'transactions', type: 'integer', description: 'Transactions in a block or batch.', empty: '' },
  {
    name: 'decisions',
    unit: '',
    type: 'integer',
    description: 'Blocks on the final chain, or agreed batches, that the run reached.',
    empty: 'where state is timeout or failed',
  },
  {
    name: 'throughput_tps',
    unit: 'transactions/s',
    type: 'number',
    description:
      "Users' transactions committed ÷ virtual time from the first submission to the last acceptance, with one decision in flight: no saturation figure. An adversary's blocks carry none.",
    empty: 'unless state is done; where no virtual time passed',
  },
  latencyColumn(50, DECIDED, UNFINISHED),
  latencyColumn(95, DECIDED, UNFINISHED),
  latencyColumn(99, DECIDED, UNFINISHED),
  {
    name: 'confirmations',
    unit: 'blocks',
    type: 'integer',
    description: 'Smallest number of blocks after which the chance of a reversal is below risk; 1 for voting.',
    empty: 'unless state is done; also where no finite number gives the risk',
  },
  { name: 'risk', unit: '', type: 'number', description: 'Accepted chance that what is final is reversed.', empty: '' },
  {
    name: 'finality_ms',
    unit: 'ms',
    type: 'number',
    description: 'Median (nearest rank) over decisions of the virtual time from submission until one may rely on it at risk.',
    empty: 'unless state is done; also where no finite number of confirmations gives the risk',
  },
  {
    name: 'messages_per_decision',
    unit: 'messages',
    type: 'number',
    description: `Sends between nodes, those to dead nodes and retries included, a client's not; ${perDecision}.`,
    empty: UNFINISHED,
  },
  { name: 'bytes_per_decision', unit: 'bytes', type: 'number', description: `Bytes of those messages; ${perDecision}.`, empty: UNFINISHED },
  {
    name: 'hashes_per_decision',
    unit: 'hashes',
    type: 'number',
    description: 'Hashes tried: live hash rate × virtual time ÷ main-chain blocks.',
    empty: 'unless state is done; for mechanisms that do not mine',
  },
  countColumn('signs_per_decision'),
  countColumn('verifies_per_decision'),
  countColumn('batches_per_decision'),
  countColumn('macs_per_decision'),
  countColumn('votes_per_decision'),
  {
    name: 'cpu_s_per_decision',
    unit: 'CPU-s',
    type: 'number',
    description: `Marginal: predicted active CPU time, the counts priced with the cost table (costs.json); ${perDecision}.`,
    empty: CPU_ONLY,
  },
  {
    name: 'cpu_s_per_tx',
    unit: 'CPU-s',
    type: 'number',
    description: "Marginal: active CPU time of the whole run ÷ users' transactions on its final chain or in its batches.",
    empty: CPU_ONLY_PER_TX,
  },
  {
    name: 'joules_per_tx',
    unit: 'J',
    type: 'number',
    description:
      'Marginal: active CPU-seconds × watts per core, for mining hardware that is no CPU hashes × joules a hash; × PUE; ÷ the same transactions.',
    empty: PER_TX,
  },
  {
    name: 'usd_per_1000_tx',
    unit: 'USD',
    type: 'number',
    description:
      'Marginal: that energy, the active CPU-seconds at the rent of a core, and traffic, of 1000 transactions at the prices of costs.json. Hardware is not in it.',
    empty: PER_TX,
  },
  {
    name: 'stale_rate',
    unit: '',
    type: 'number',
    description: 'Blocks mined that are not on the final chain ÷ all blocks mined.',
    empty: 'unless state is done; for mechanisms without forks',
  },
  {
    name: 'view_changes',
    unit: '',
    type: 'integer',
    description:
      'How often waiting for a decision was given up for another try, over the whole run. What is counted is the mechanism’s own, and its page says it: views that were entered or left, leaders or generals after the first, rounds, epochs or periods; of `ripple` changes of branch.',
    empty: 'for mechanisms without views; where state is timeout or failed',
  },
  {
    name: 'safety',
    unit: '',
    type: 'text',
    description:
      'violated: two correct replicas executed different digests at one sequence number, or a correct node reversed what it had reported final. unknown: fewer than two correct replicas are left, or a chain reports nothing as final at this risk. Else ok.',
    empty: 'never: unknown where state is timeout or failed',
  },
  {
    name: 'liveness',
    unit: '',
    type: 'text',
    description:
      'ok: the asked decisions came. violated: they did not, and nothing under way can make progress, or ten view changes in a row brought none, or honest transactions stay out of the chain. Else unknown: the run ended first; state_reason says how.',
    empty: 'never: unknown where state is timeout or failed',
  },
  {
    name: 'cpu_s_per_decision_measured',
    unit: 'CPU-s',
    type: 'number',
    description:
      'Marginal: the operations behind cpu_s_per_decision done for real on this machine, whole run divided by decisions. Of mining, measured_hashes_per_block trials a block are done, and their cost a hash is applied to all hashes. Of writes it is CPU time, not the wait for the disk.',
    empty: 'unless state is done and crypto is measured; for mining hardware that is no CPU',
  },
  countColumn('digest_bytes_per_decision'),
  {
    name: 'attacks',
    unit: '',
    type: 'integer',
    description: 'Attempts of the adversary to reverse a confirmed payment, over the whole run.',
    empty: 'unless state is done; without an attack',
  },
  {
    name: 'reversals',
    unit: '',
    type: 'integer',
    description: 'Attempts that reversed it at a correct node.',
    empty: 'unless state is done; without an attack',
  },
  {
    name: 'parameters',
    unit: '',
    type: 'text',
    description:
      "The mechanism's parameters as k=v;k=v, keys sorted; then settings of the cell without a column of their own, under dotted names, where they differ from the defaults.",
    empty: 'for a mechanism without parameters',
  },
  {
    name: 'state_reason',
    unit: '',
    type: 'text',
    description: 'Why the state is not done; of a done row why confirmations are empty, and what keeps transactions out of a chain.',
    empty: 'where there is nothing to say',
  },
  {
    name: 'engine',
    unit: '',
    type: 'text',
    description: 'messages, waves or chain: what simulated the cell. The numbers do not depend on it.',
    empty: 'where state is timeout or failed',
  },
  ...LOAD_COLUMNS,
  {
    name: 'durability',
    unit: '',
    type: 'text',
    description:
      'violated: a decision was reported while fewer correct replicas held it than the mechanism declares (its commit quorum less the faulty ones, and one at the least); one that is down but has it on disk counts. Else ok.',
    empty: 'for lotteries; unknown where state is timeout or failed',
  },
  {
    name: 'cpu_s_per_tx_provisioned',
    unit: 'CPU-s',
    type: 'number',
    description: `Provisioned: core-seconds that the nodes' owners pay for from the first submission to the last decision, busy or not, ÷ users' transactions committed by then. ${latencyBound}.`,
    empty: `${PROVISIONED}; for mining hardware that is no CPU`,
  },
  {
    name: 'joules_per_tx_provisioned',
    unit: 'J',
    type: 'number',
    description: `Provisioned: idle watts of those cores (a crashed node's draw none), the rest of a busy core's watts for the active CPU-seconds, and mining hardware at its own joules a hash; × PUE; ÷ the same transactions. ${latencyBound}.`,
    empty: PROVISIONED,
  },
  {
    name: 'usd_per_1000_tx_provisioned',
    unit: 'USD',
    type: 'number',
    description: `Provisioned: rent of those cores (electricity is in it), for mining hardware that is no CPU its price over its life and its electricity, and traffic, of 1000 transactions at the prices of costs.json. ${latencyBound}.`,
    empty: PROVISIONED,
  },
  {
    name: 'adversary_share',
    unit: '',
    type: 'number',
    description: "The adversary's share of all power, stake or replicas against which finality stands.",
    empty: 'unless state is done',
  },
  {
    name: 'chain_quality',
    unit: '',
    type: 'number',
    description: 'Blocks of honest miners ÷ blocks, on the final chain.',
    empty: NO_CHAIN,
  },
  {
    name: 'replica_latency_ms_p50',
    unit: 'ms',
    type: 'number',
    description:
      "Median (nearest rank) over decisions of the virtual time from the multicast of the leader's proposal that got committed until a commit quorum of replicas had committed.",
    empty: "unless state is done; for mechanisms without a leader's proposal",
  },
  {
    name: 'propagation_ms_p50',
    unit: 'ms',
    type: 'number',
    description: 'Median over blocks of the virtual time from publication until half of all power or stake had accepted the block.',
    empty: NO_CHAIN,
  },
  { name: 'propagation_ms_p90', unit: 'ms', type: 'number', description: 'The same until 90% had.', empty: NO_CHAIN },
  { name: 'propagation_ms_p99', unit: 'ms', type: 'number', description: 'The same until 99% had.', empty: NO_CHAIN },
  {
    name: 'gini_blocks',
    unit: '',
    type: 'number',
    description: "Gini coefficient of the final chain's blocks by miner: 0 where all have as many, towards 1 where one has all.",
    empty: NO_CHAIN,
  },
  countColumn('evaluations_per_decision'),
  countColumn('persists_per_decision'),
  {
    name: 'reversal_rate_measured',
    unit: '',
    type: 'number',
    description: "reversals ÷ attacks: of races against the merchant's confirmations the share that the adversary won.",
    empty: 'unless state is done; without an attack',
  },
  {
    name: 'fault_schedule',
    unit: '',
    type: 'text',
    description: 'The faults of a schedule in their order, each with what it says and its window.',
    empty: 'unless fault_kind is schedule',
  },
  {
    name: 'faulty_nodes',
    unit: 'nodes',
    type: 'integer',
    description: 'Nodes that the fault makes faulty: fault_count, or ⌊φ·n⌋ where whole nodes are; of a schedule the size of the union.',
    empty: 'for faults of an exact share',
  },
  {
    name: 'power_w',
    unit: 'W',
    type: 'number',
    description: 'Provisioned: the joules of all nodes together ÷ the time from the first submission to the last decision.',
    empty: 'unless state is done; where no virtual time passed',
  },
  {
    name: 'energy_kwh_per_tx',
    unit: 'kWh',
    type: 'number',
    description: `joules_per_tx_provisioned ÷ 3.6·10⁶. ${latencyBound}.`,
    empty: PROVISIONED,
  },
  {
    name: 'energy_twh_per_year',
    unit: 'TWh',
    type: 'number',
    description: 'Provisioned: power_w over a year of 8 766 h.',
    empty: 'unless state is done; where no virtual time passed',
  },
  {
    name: 'co2_kg_per_tx',
    unit: 'kg',
    type: 'number',
    description: `Provisioned: energy_kwh_per_tx × grid_kg_per_kwh of costs.json, as CO₂ equivalent. ${latencyBound}.`,
    empty: PROVISIONED,
  },
  {
    name: 'finality_ms_p95',
    unit: 'ms',
    type: 'number',
    description:
      '95th percentile (nearest rank) of what finality_ms is the median of; under any load but the default one of the transactions submitted in the window, those that are not final counting as infinite.',
    empty: 'unless state is done; where no finite number of confirmations gives the risk, or the rank falls on what is not final',
  },
] as const satisfies readonly Column<RecordName>[];

/** records.csv: one row a cell, in plan order. Counts of operations that have no place above come last. */
export const RECORD_COLUMNS: readonly Column<RecordName>[] = [
  ...PLACED_COLUMNS,
  ...(countColumnsOf(OPERATIONS) as Column<OperationColumn>[]).filter(({ name }) => !PLACED_COLUMNS.some((placed) => placed.name === name)),
];

/**
 * The results of a done record that summary.csv averages (every numeric column that is not a setting), each with what its
 * values can be: that decides the interval of its mean (harness/analysis/statistics.ts).
 */
const PLACED_METRICS = {
  throughput_tps: 'positive',
  latency_ms_p50: 'positive',
  latency_ms_p95: 'positive',
  latency_ms_p99: 'positive',
  confirmations: 'count',
  finality_ms: 'positive',
  messages_per_decision: 'positive',
  bytes_per_decision: 'positive',
  hashes_per_decision: 'positive',
  signs_per_decision: 'positive',
  verifies_per_decision: 'positive',
  batches_per_decision: 'positive',
  macs_per_decision: 'positive',
  votes_per_decision: 'positive',
  cpu_s_per_decision: 'positive',
  cpu_s_per_tx: 'positive',
  joules_per_tx: 'positive',
  usd_per_1000_tx: 'positive',
  stale_rate: 'share',
  view_changes: 'count',
  cpu_s_per_decision_measured: 'positive',
  digest_bytes_per_decision: 'positive',
  attacks: 'count',
  reversals: 'count',
  offered_tps: 'positive',
  transactions_submitted: 'count',
  transactions_committed: 'count',
  transactions_rejected: 'count',
  transactions_waiting: 'count',
  tx_latency_ms_mean: 'positive',
  queue_tx_max: 'count',
  cpu_utilisation_max: 'share',
  uplink_utilisation_max: 'share',
  downlink_utilisation_max: 'share',
  cpu_s_per_tx_provisioned: 'positive',
  joules_per_tx_provisioned: 'positive',
  usd_per_1000_tx_provisioned: 'positive',
  chain_quality: 'share',
  replica_latency_ms_p50: 'positive',
  propagation_ms_p50: 'positive',
  propagation_ms_p90: 'positive',
  propagation_ms_p99: 'positive',
  gini_blocks: 'share',
  evaluations_per_decision: 'positive',
  persists_per_decision: 'positive',
  reversal_rate_measured: 'share',
  power_w: 'positive',
  energy_kwh_per_tx: 'positive',
  energy_twh_per_year: 'positive',
  co2_kg_per_tx: 'positive',
  finality_ms_p95: 'positive',
} as const satisfies Partial<Record<keyof RecordMetrics | 'view_changes' | 'offered_tps', MetricKind>>;
const COUNTS_PER_DECISION = Object.fromEntries(countColumnsOf(OPERATIONS).map(({ name }) => [name, 'positive'])) as Readonly<
  Record<OperationColumn, 'positive'>
>;
export const METRIC_KINDS = { ...(PLACED_METRICS as Omit<typeof PLACED_METRICS, OperationColumn>), ...COUNTS_PER_DECISION };
export type Metric = keyof typeof METRIC_KINDS;
export const METRICS = Object.keys(METRIC_KINDS) as readonly Metric[];
