// The record of a finished cell: one discriminated union over `state`, versioned.
import type { Verdict, EngineId } from './outcome.ts';
import type { OperationColumn } from './operations.ts';
import type { FaultKind } from './fault.ts';
import type { CryptoMode } from './cell.ts';
import type { Bottleneck, LoadKind, LoadPoint } from './load.ts';

/** 3: load, schedules of faults, writes that outlast a crash (version 0.3.0). */
export const RECORD_VERSION = 3;

/** What every record has, whatever became of the cell. */
export interface RecordKeys {
  readonly cell: string;
  readonly workload: string;
  readonly family: string;
  readonly nodes: number;
  readonly fault_kind: FaultKind;
  readonly fault_ratio: number | null;
  readonly fault_count: number | null;
  readonly network: string;
  readonly crypto: CryptoMode;
  readonly replicate: number;
  readonly seed: number;
  readonly tx_per_decision: number;
  readonly risk: number;
  /** Canonical `k=v;k=v`, keys sorted. */
  readonly parameters: string;
  readonly state_reason: string;
  /** '' unless fault_kind is schedule. */
  readonly fault_schedule: string;
  readonly faulty_nodes: number | null;
  readonly load: LoadKind;
  /** Of an open load; of a done saturate one the largest rate that passed; else null. */
  readonly offered_tps: number | null;
  /** Of a closed load; null for others. */
  readonly in_flight: number | null;
}

/** What a done cell measured; null where not applicable. */
export interface RecordMetrics extends Readonly<Record<OperationColumn, number | null>> {
  readonly throughput_tps: number | null;
  readonly latency_ms_p50: number | null;
  readonly latency_ms_p95: number | null;
  readonly latency_ms_p99: number | null;
  readonly confirmations: number | null;
  readonly finality_ms: number | null;
  readonly messages_per_decision: number | null;
  readonly bytes_per_decision: number | null;
  readonly hashes_per_decision: number | null;
  readonly cpu_s_per_decision: number | null;
  readonly cpu_s_per_tx: number | null;
  readonly joules_per_tx: number | null;
  readonly usd_per_1000_tx: number | null;
  readonly stale_rate: number | null;
  readonly cpu_s_per_decision_measured: number | null;
  readonly attacks: number | null;
  readonly reversals: number | null;
  readonly adversary_share: number | null;
  readonly cpu_s_per_tx_provisioned: number | null;
  readonly joules_per_tx_provisioned: number | null;
  readonly usd_per_1000_tx_provisioned: number | null;
  readonly chain_quality: number | null;
  readonly replica_latency_ms_p50: number | null;
  readonly propagation_ms_p50: number | null;
  readonly propagation_ms_p90: number | null;
  readonly propagation_ms_p99: number | null;
  readonly gini_blocks: number | null;
  readonly reversal_rate_measured: number | null;
  readonly power_w: number | null;
  readonly energy_kwh_per_tx: number | null;
  readonly energy_twh_per_year: number | null;
  readonly co2_kg_per_tx: number | null;
  readonly finality_ms_p95: number | null;
  readonly transactions_submitted: number | null;
  readonly transactions_committed: number | null;
  readonly transactions_rejected: number | null;
  readonly transactions_waiting: number | null;
  readonly tx_latency_ms_mean: number | null;
  readonly queue_tx_max: number | null;
  readonly cpu_utilisation_max: number | null;
  readonly uplink_utilisation_max: number | null;
  readonly downlink_utilisation_max: number | null;
}

export interface DoneRecord extends RecordKeys, RecordMetrics {
  readonly version: typeof RECORD_VERSION;
  readonly state: 'done';
  readonly engine: EngineId;
  readonly decisions: number;
  readonly view_changes: number | null;
  readonly safety: Verdict;
  readonly liveness: Verdict;
  readonly durability: Verdict | null;
  /** What limited it; null under the default load. */
  readonly bottleneck: Bottleneck | null;
  /** What its workload declares of its own, and counts by role, by name: no column but `o_` and the name. Absent: nothing is declared. */
  readonly observations?: Readonly<Record<string, number | null>>;
  /** The rates that a saturation search tried, ascending: no column, but rows of curves.csv. */
  readonly curve?: readonly LoadPoint[];
}
/** The simulated horizon came first: what was reached stands, other numbers are empty. */
export interface StalledRecord extends RecordKeys {
  readonly version: typeof RECORD_VERSION;
  readonly state: 'stalled';
  readonly engine: EngineId;
  readonly decisions: number;
  readonly view_changes: number | null;
  readonly safety: Verdict;
  readonly liveness: Verdict;
  readonly durability: Verdict | null;
}
export interface BrokenRecord extends RecordKeys {
  readonly version: typeof RECORD_VERSION;
  readonly state: 'timeout' | 'failed';
  readonly safety: 'unknown';
  readonly liveness: 'unknown';
  /** null: does not apply to the mechanism. */
  readonly durability: 'unknown' | null;
}
export type CellRecord = DoneRecord | StalledRecord | BrokenRecord;
export type RecordState = CellRecord['state'];
export const RECORD_STATES: readonly RecordState[] = ['done', 'stalled', 'timeout', 'failed'];
export const isRecordState = (state: unknown): state is RecordState => (RECORD_STATES as readonly unknown[]).includes(state);

/** A raw timing sample of a measured cell or a kernel. */
export interface TimingSample {
  /** Cell id, or kernel id. */
  readonly source: string;
  readonly index: number;
  readonly seconds: number;
}

/** A line of records.ndjson. */
export interface JournalLine {
  readonly record: CellRecord;
  readonly samples: readonly TimingSample[];
}

/**
 * What a metric's values can be, which decides the interval of their mean: `positive` reals (times, costs, counts divided by
 * decisions), `share`s within [0, 1], and `count`s of events in a run.
 */
export type MetricKind = 'positive' | 'share' | 'count';
