// The cost table: seconds an operation, measured on this machine at the start of a run or given with --costs.
import type { Backend } from '../kernels/interface.ts';
import type { Prices } from '../record/price.ts';

/** One row of kernels.csv. Rates are per second of `unit`; empty ratios are null. */
export interface KernelMeasurement {
  readonly kernel: string;
  readonly backend: string;
  readonly threads: number;
  readonly unit: string;
  readonly rate_median: number;
  readonly rate_ci95_low: number;
  readonly rate_ci95_high: number;
  readonly rate_mad: number;
  readonly p99_ms: number;
  readonly samples: number;
  readonly ratio_to_node_crypto: number | null;
  readonly ratio_to_best_peer: number | null;
}

/** Batch sizes at which batch verification is measured; a batch is priced piecewise-linearly through them. */
export const BATCH_SIZES = [2, 4, 8, 16, 32, 64, 256, 1024] as const;

export interface CostTable {
  readonly version: 1;
  readonly backend: Backend;
  readonly machine: string;
  readonly node: string;
  readonly watts_per_core: number;
  /** Where the watts come from: RAPL, the documented default, or --watts-per-core. */
  readonly watts_source: string;
  readonly seconds: {
    /** One double SHA-256 of an 80-byte header in the nonce search. */
    readonly sha256d_nonce: number;
    readonly sha256_byte: number;
    readonly hmac_sha256: number;
    readonly ed25519_key: number;
    readonly ed25519_sign: number;
    readonly ed25519_verify: number;
    /** A whole batch of `size` signatures, ascending in size. */
    readonly ed25519_batch: readonly { readonly size: number; readonly seconds: number }[];
    readonly tally_vote: number;
  };
  readonly kernels: readonly KernelMeasurement[];
  /** What money the record is priced in; absent: DEFAULT_PRICES of record/price.ts. A suite's `prices` end up here. */
  readonly prices?: Prices;
}
