// The record of a finished cell: one discriminated union over `state`, versioned. The CSV columns, docs/columns.md and the
// exports are generated from COLUMNS.
import type { CryptoMode, FaultKind } from '../suite/schema.ts';
import type { Verdict } from '../simulate/types.ts';

export const RECORD_VERSION = 1;

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
}

/** What a done cell measured; null where not applicable. */
export interface RecordMetrics {
  readonly throughput_tps: number | null;
  readonly latency_ms_p50: number | null;
  readonly latency_ms_p95: number | null;
  readonly latency_ms_p99: number | null;
  readonly confirmations: number | null;
  readonly finality_ms: number | null;
  readonly messages_per_decision: number | null;
  readonly bytes_per_decision: number | null;
  readonly hashes_per_decision: number | null;
  readonly signs_per_decision: number | null;
  readonly verifies_per_decision: number | null;
  readonly batches_per_decision: number | null;
  readonly macs_per_decision: number | null;
  readonly votes_per_decision: number | null;
  readonly cpu_s_per_decision: number | null;
  readonly cpu_s_per_tx: number | null;
  readonly joules_per_tx: number | null;
  readonly usd_per_1000_tx: number | null;
  readonly stale_rate: number | null;
  readonly cpu_s_per_decision_measured: number | null;
  readonly digest_bytes_per_decision: number | null;
  readonly attacks: number | null;
  readonly reversals: number | null;
}

export interface DoneRecord extends RecordKeys, RecordMetrics {
  readonly version: typeof RECORD_VERSION;
  readonly state: 'done';
  readonly decisions: number;
  readonly view_changes: number | null;
  readonly safety: Verdict;
  readonly liveness: Verdict;
}
/** The simulated horizon came first: what was reached stands, other numbers are empty. */
export interface StalledRecord extends RecordKeys {
  readonly version: typeof RECORD_VERSION;
  readonly state: 'stalled';
  readonly decisions: number;
  readonly view_changes: number | null;
  readonly safety: Verdict;
  readonly liveness: Verdict;
}
export interface BrokenRecord extends RecordKeys {
  readonly version: typeof RECORD_VERSION;
  readonly state: 'timeout' | 'failed';
  readonly safety: 'unknown';
  readonly liveness: 'unknown';
}
export type CellRecord = DoneRecord | StalledRecord | BrokenRecord;

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
