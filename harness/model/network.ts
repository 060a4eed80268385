// A network, resolved to integers.

/** Quantiles a region pair; a draw's top 10 bits choose one. */
export const QUANTILES = 1024;
export const QUANTILE_SHIFT = 22;

export interface Network {
  readonly regions: number;
  /** Microseconds, [from region][to region][quantile], ascending in the quantile. */
  readonly quantiles_us: Int32Array;
  /** Bits a second a node can send; 0 is unlimited. */
  readonly bandwidth_bps: number;
  /** Bits a second a node can receive, where links queue; absent: as many as it can send. */
  readonly downlink_bps?: number;
  /** The region of each node; absent: round robin. */
  readonly placement?: Int32Array;
  /** A 32-bit threshold: a try is lost where its draw is below; 0 is no loss. */
  readonly lossThreshold: number;
  /** A lost try is sent again after this time. */
  readonly rto_us: number;
  /** The largest one-way delay of a single try. */
  readonly maxDelay_us: number;
}
