// Makes the record of a finished cell from what its engine found.
import type { CostTable } from '../measure/costs.ts';
import { ascending, quantile } from '../measure/statistics.ts';
import { resolveFaults } from '../simulate/core/faults.ts';
import type { Workload } from '../simulate/core/contract.ts';
import { countColumns, type OperationColumn } from '../model/operations.ts';
import type { EngineId, Outcome } from '../model/outcome.ts';
import type { Bandwidth, Cell, NetworkSpec } from '../model/cell.ts';
import { bill, co2Of, hashesOf, kwhOf, minesApart, miningSeconds, provisionedBill, twhPerYear } from './price.ts';
import { entriesOf, scheduleText } from '../model/fault.ts';
import { isDefaultLoad } from '../model/load.ts';
import { roleObservations } from './extra-columns.ts';
import { settingsOf } from './settings.ts';
import {
  RECORD_VERSION,
  type BrokenRecord,
  type CellRecord,
  type DoneRecord,
  type RecordKeys,
  type RecordMetrics,
} from '../model/record.ts';

/** What a record needs of its workload. */
export type RecordedWorkload = Pick<Workload, 'id' | 'family' | 'exactKinds' | 'miningHardware' | 'commitQuorum' | 'observations'>;

/** What measured execution (crypto: measured) adds. */
export interface MeasuredCost {
  /** Of all operations but mining. */
  readonly cpu_s_per_decision: number;
  /** What a hash cost in the headers that were mined; null where the workload mines none. */
  readonly seconds_per_hash: number | null;
}

/** Link settings that go without saying. */
const USUAL_LINK = { bandwidth_mbps: 1000, loss: 0, rto_ms: 200 } as const;

/** FNV-1a, 32 bits: tells long lists apart. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** `100`, `100|1000`, `regions(100|1000)`, `lognormal(100,1)`: another text for another bandwidth. */
export function bandwidthLabel(bandwidth: Bandwidth): string {
  if (typeof bandwidth !== 'object') return String(bandwidth);
  const list = (values: readonly number[]): string =>
    values.length <= 16 ? values.join('|') : `${values.length} numbers #${checksum(values.join('|'))}`;
  if (!('regions' in bandwidth || 'kind' in bandwidth)) return list(bandwidth);
  if (!('kind' in bandwidth)) return `regions(${list(bandwidth.regions)})`;
  const { kind } = bandwidth;
  if (kind === 'quantiles') return `quantiles(${list(bandwidth.mbps)})`;
  return kind === 'uniform'
    ? `uniform(${bandwidth.min_mbps}..${bandwidth.max_mbps})`
    : `lognormal(${bandwidth.median_mbps},${bandwidth.sigma})`;
}

/** The `network` column: `wan-5-regions`, `fixed(100ms)`, `normal(50±10ms)`, `matrix(name)`, with unusual link settings. */
export function networkLabel(network: NetworkSpec): string {
  if (network.kind === 'fixed') return `fixed(${network.delay_ms}ms)`;
  const parts: string[] = [];
  if (network.kind === 'normal') parts.push(`normal(${network.mean_ms}±${network.sd_ms}ms)`);
  else if (network.kind === 'matrix') parts.push(`matrix(${network.name})`, `jitter=${network.jitter}`);
  else parts.push(network.kind);
  if (network.bandwidth_mbps !== USUAL_LINK.bandwidth_mbps) parts.push(`bandwidth_mbps=${bandwidthLabel(network.bandwidth_mbps)}`);
  for (const key of ['loss', 'rto_ms'] as const) if (network[key] !== USUAL_LINK[key]) parts.push(`${key}=${network[key]}`);
  if (network.downlink_mbps !== undefined) parts.push(`downlink_mbps=${bandwidthLabel(network.downlink_mbps)}`);
  return parts.join(' ');
}

/** The `parameters` column: `k=v;k=v`, keys sorted, then those settings, so that rows of different cells differ. */
function parametersLabel(cell: Cell): string {
  const entries = Object.entries(cell.parameters).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  entries.push(...settingsOf(cell));
  return entries.map(([key, value]) => `${key}=${value}`).join(';');
}

/** Nodes that the fault, or any of a schedule, makes faulty; null where every one takes an exact share of power or stake. */
function faultyNodes(cell: Cell, { exactKinds }: RecordedWorkload): number | null {
  const exact = entriesOf(cell.fault).every(({ kind }) => exactKinds.includes(kind));
  return exact ? null : resolveFaults(cell, exactKinds).count;
}

function keysOf(cell: Cell, workload: RecordedWorkload, state_reason: string): RecordKeys {
  const { fault } = cell;
  const ratio = fault.ratio ?? null;
  const faulty_nodes = faultyNodes(cell, workload);
  return {
    cell: cell.id,
    workload: workload.id,
    family: workload.family,
    nodes: cell.nodes,
    fault_kind: fault.kind,
    fault_ratio: ratio,
    fault_count: fault.kind === 'schedule' ? null : faultyNodes(cell, workload),
    network: networkLabel(cell.network),
    crypto: cell.crypto,
    replicate: cell.replicate,
    seed: cell.seed,
    tx_per_decision: cell.transactions.per_decision,
    risk: cell.risk,
    parameters: parametersLabel(cell),
    state_reason,
    fault_schedule: scheduleText(fault),
    faulty_nodes,
    load: cell.load.kind,
    offered_tps: cell.load.kind === 'open' ? cell.load.rate_tps : null,
    in_flight: cell.load.kind === 'closed' ? cell.load.in_flight : null,
  };
}

/**
 * Node-seconds of the virtual time [from_s, end_s] in which a crashed node is down. Where a fault is an exact share of power or
 * stake, all nodes stay up.
 */
function crashedNodeSeconds(cell: Cell, workload: RecordedWorkload, { from_s, end_s }: { from_s: number; end_s: number }): number {
  if (cell.fault.kind !== 'schedule') {
    const { kind, from_s: down_s = 0, until_s = Infinity } = cell.fault;
    const crashed = kind === 'crash' ? (faultyNodes(cell, workload) ?? 0) : 0;
    return crashed * Math.max(0, Math.min(until_s, end_s) - Math.max(down_s, from_s));
  }
  const [start_us, end_us] = [from_s * 1e6, end_s * 1e6];
  const crashes = resolveFaults(cell, workload.exactKinds)
    .entries.filter(({ kind, from_us, until_us }) => kind === 'crash' && from_us <= end_us && until_us >= start_us)
    .map(({ from_us, until_us, faulty }) => ({ from_us: Math.max(from_us, start_us), until_us: Math.min(until_us, end_us), faulty }));
  const bounds_us = crashes.flatMap(({ from_us, until_us }) => [from_us, until_us]);
  bounds_us.sort((x, y) => x - y);
  let down_s = 0;
  // Between two neighbours nobody goes down or comes back.
  for (let i = 1; i < bounds_us.length; i++) {
    const from = bounds_us[i - 1];
    const until = bounds_us[i];
    if (from === until) continue;
    const now = crashes.filter(({ from_us, until_us }) => from_us <= from && until_us >= until);
    let nodes = 0;
    for (let node = 0; node < cell.nodes; node++) if (now.some(({ faulty }) => faulty[node] === 1)) nodes += 1;
    down_s += (nodes * (until - from)) / 1e6;
  }
  return down_s;
}

/** Microseconds to milliseconds; the quotient is the double nearest the exact decimal, and prints as that. */
const ms = (us: number): number => us / 1000;
const msOrNull = (us: number | null): number | null => (us === null ? null : ms(us));

/**
 * The record of a cell that its engine finished (`done` or `stalled`).
 * @throws RangeError where the outcome breaks an invariant (a number that is not finite, no decisions in a done cell)
 */
export function makeRecord(
  cell: Cell,
  workload: RecordedWorkload,
  { outcome, engine }: { readonly outcome: Outcome; readonly engine: EngineId },
  costs: CostTable,
  measured: MeasuredCost | null,
): CellRecord {
  const keys = keysOf(cell, workload, outcome.reason);
  const reached = {
    version: RECORD_VERSION,
    engine,
    decisions: outcome.decisions,
    view_changes: outcome.viewChanges ?? null,
    safety: outcome.safety,
    liveness: outcome.liveness,
    durability: outcome.durability ?? null,
  } as const;
  if (outcome.state === 'stalled') return { ...keys, ...reached, state: 'stalled' };

  const { counts, divisor } = outcome;
  const broken = (what: string): RangeError => new RangeError(`cell ${cell.id} (seed ${cell.seed}): ${what}`);
  // Decisions that carry users' transactions; an adversary's blocks carry none, and then nothing is paid for by a transaction.
  const users = outcome.users ?? { decisions: outcome.decisions, divisor };
  if (!(divisor > 0) || outcome.decisions < 1 || (outcome.load === undefined && users.decisions > 0 && outcome.latencies_us.length === 0))
    throw broken('state done without a decision');
  const per = (count: number | undefined): number | null => (count === undefined ? null : count / divisor);
  const counted = countColumns(counts, divisor) as Readonly<Record<OperationColumn, number | null>>;

  const hardware = workload.miningHardware?.(cell.parameters, cell.nodes);
  const apart = minesApart(hardware);
  const cost = bill(counts, hardware, costs);
  const decisions_s = outcome.elapsed_us / 1e6;
  const { from_us = 0 } = outcome;
  const share = outcome.decisions / divisor;
  // Without virtual time nothing stood ready for any: a rate without its time.
  const provisioned =
    decisions_s > 0
      ? provisionedBill(
          {
            nodes: cell.nodes,
            cores: cell.node.cores,
            decisions_s,
            crashed_node_s: crashedNodeSeconds(cell, workload, { from_s: from_us / 1e6, end_s: (from_us + outcome.elapsed_us) / 1e6 }),
            mining_node_s: outcome.decisionsMining_node_s ?? (counts.mining_node_s ?? 0) * share,
            share,
          },
          counts,
          hardware,
          costs,
        )
      : null;
  const measuredMining_s = ({ seconds_per_hash }: MeasuredCost): number =>
    seconds_per_hash === null
      ? 0
      : miningSeconds(counts.mining_node_s ?? 0, hardware, costs) * (seconds_per_hash / costs.seconds.sha256d_nonce);
  const tx = cell.transactions.per_decision;
  const { load } = outcome;
  // Under the default load every decision is a full batch. Under any other the window's transactions are counted one by one.
  const committed = load === undefined ? null : load.achieved_tps * decisions_s;
  const perTx = (total: number): number | null => {
    if (committed !== null) return committed > 0 ? total / committed : null;
    return users.divisor > 0 ? total / users.divisor / tx : null;
  };
  const perTxProvisioned = (total: number | undefined): number | null =>
    total === undefined ? null : committed !== null ? perTx(total) : users.decisions > 0 ? total / users.decisions / tx : null;
  const scaled = (value: number | null, change: (value: number) => number): number | null => (value === null ? null : change(value));
  const joules_per_tx_provisioned = perTxProvisioned(provisioned?.joules);
  const power_w = provisioned === null ? null : provisioned.joules / decisions_s;
  const latencies = ascending(outcome.latencies_us);
  // Under load of transactions, those that wait counting as infinite: a rank may fall on none.
  const latency = (p: 0.5 | 0.95 | 0.99): number | null => {
    if (load !== undefined) return msOrNull(load.latency_us[p === 0.5 ? 0 : p === 0.95 ? 1 : 2]);
    return latencies.length === 0 ? null : ms(quantile(latencies, p));
  };
  /** What is not final counts as infinite, as what waits does. */
  const finality_p95 = (): number | null => {
    const missing = Math.max(0, (load?.submitted ?? latencies.length) - outcome.finalities_us.length);
    if (outcome.finalities_us.length === 0) return null;
    const value = quantile(ascending([...outcome.finalities_us, ...Array<number>(missing).fill(Infinity)]), 0.95);
    return value === Infinity ? null : ms(value);
  };
  const hashes = counts.mining_node_s === undefined ? undefined : hashesOf(counts.mining_node_s, hardware, costs);
  const full = isDefaultLoad(cell.load) ? { transactions: users.decisions * tx, others: 0 } : null;
  const metrics: RecordMetrics = {
    throughput_tps:
      load !== undefined ? load.achieved_tps : outcome.elapsed_us > 0 ? (tx * users.decisions * 1e6) / outcome.elapsed_us : null,
    latency_ms_p50: latency(0.5),
    latency_ms_p95: latency(0.95),
    latency_ms_p99: latency(0.99),
    confirmations: outcome.confirmations,
    // Finality comes after acceptance: where the median waits for that, it waits for this.
    finality_ms:
      outcome.finalities_us.length === 0 || load?.latency_us[0] === null ? null : ms(quantile(ascending(outcome.finalities_us), 0.5)),
    messages_per_decision: per(counts.messages),
    bytes_per_decision: per(counts.bytes),
    hashes_per_decision: per(hashes),
    ...counted,
    cpu_s_per_decision: apart ? null : cost.cpu_s / divisor,
    cpu_s_per_tx: apart ? null : perTx(cost.cpu_s),
    joules_per_tx: perTx(cost.joules),
    usd_per_1000_tx: scaled(perTx(cost.usd), (usd) => usd * 1000),
    stale_rate: outcome.stale === undefined ? null : outcome.stale.stale / outcome.stale.blocks,
    cpu_s_per_decision_measured: measured === null || apart ? null : measured.cpu_s_per_decision + measuredMining_s(measured) / divisor,
    attacks: outcome.attacks ?? null,
    reversals: outcome.reversals ?? null,
    adversary_share: outcome.adversaryShare ?? null,
    cpu_s_per_tx_provisioned: apart ? null : perTxProvisioned(provisioned?.cpu_s),
    joules_per_tx_provisioned,
    usd_per_1000_tx_provisioned: scaled(perTxProvisioned(provisioned?.usd), (usd) => usd * 1000),
    chain_quality: outcome.chainQuality ?? null,
    replica_latency_ms_p50: outcome.replicaLatencies_us === undefined ? null : ms(quantile(ascending(outcome.replicaLatencies_us), 0.5)),
    propagation_ms_p50: outcome.propagation_us === undefined ? null : ms(outcome.propagation_us.p50),
    propagation_ms_p90: outcome.propagation_us === undefined ? null : ms(outcome.propagation_us.p90),
    propagation_ms_p99: outcome.propagation_us === undefined ? null : ms(outcome.propagation_us.p99),
    gini_blocks: outcome.giniBlocks ?? null,
    reversal_rate_measured: (outcome.attacks ?? 0) > 0 ? (outcome.reversals ?? 0) / outcome.attacks! : null,
    power_w,
    energy_kwh_per_tx: scaled(joules_per_tx_provisioned, kwhOf),
    energy_twh_per_year: scaled(power_w, twhPerYear),
    co2_kg_per_tx: scaled(joules_per_tx_provisioned, (joules) => co2Of(joules, costs)),
    finality_ms_p95: finality_p95(),
    transactions_submitted: load?.submitted ?? full?.transactions ?? null,
    transactions_committed: load?.committed ?? full?.transactions ?? null,
    transactions_rejected: load?.rejected ?? full?.others ?? null,
    transactions_waiting: load?.waiting ?? full?.others ?? null,
    tx_latency_ms_mean: msOrNull(load?.latency_us_mean ?? null),
    queue_tx_max: load?.queue_tx_max ?? null,
    cpu_utilisation_max: load?.cpu_utilisation ?? null,
    uplink_utilisation_max: load?.uplink_utilisation ?? null,
    downlink_utilisation_max: load?.downlink_utilisation ?? null,
  };
  for (const [name, value] of Object.entries(metrics)) if (value !== null && !Number.isFinite(value)) throw broken(`${name} is ${value}`);
  const observations = observationsOf(outcome, workload, broken);
  const curve = load?.curve;
  const bottleneck = load?.bottleneck ?? null;
  const offered_tps = load?.offered_tps ?? null;
  return {
    ...keys,
    ...reached,
    state: 'done',
    offered_tps,
    ...metrics,
    bottleneck,
    ...(observations === null ? {} : { observations }),
    ...(curve === undefined ? {} : { curve }),
  };
}

/** What the workload declares, null where the outcome has none, and counts by role; null where there is neither. */
function observationsOf(
  { observations = {}, roles, divisor }: Outcome,
  { observations: declared = [] }: RecordedWorkload,
  broken: (what: string) => RangeError,
): NonNullable<DoneRecord['observations']> | null {
  const found: Record<string, number | null> = {};
  for (const { name } of declared) found[name] = observations[name] ?? null;
  for (const name of Object.keys(observations)) if (!(name in found)) throw broken(`observation ${name} is not declared`);
  for (const { role, messages, bytes } of roles ?? []) {
    const [ofMessages, ofBytes] = roleObservations(role);
    found[ofMessages.name] = messages / divisor;
    found[ofBytes.name] = bytes / divisor;
  }
  for (const [name, value] of Object.entries(found))
    if (value !== null && !Number.isFinite(value)) throw broken(`observation ${name} is ${value}`);
  return Object.keys(found).length === 0 ? null : found;
}

/** The record of a cell that no engine finished. */
export function brokenRecord(cell: Cell, workload: RecordedWorkload, state: 'timeout' | 'failed', reason: string): BrokenRecord {
  const durability = workload.commitQuorum === undefined ? null : 'unknown';
  return { ...keysOf(cell, workload, reason), version: RECORD_VERSION, state, safety: 'unknown', liveness: 'unknown', durability };
}
