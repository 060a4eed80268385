// A network, resolved to integers.

/** Quantiles a region pair; a draw's top 10 bits choose one. */
export const QUANTILES = 1024;
export const QUANTILE_SHIFT = 22;

/** A table of 64 x 64 x 1024 quantiles is 16 MiB; of 1000 regions it would be 4 GB. */
export const TABLE_REGIONS = 64;
/** The most regions of a network. */
export const MAX_REGIONS = 1000;

/** Delays that are worked out when they are asked for: base * (1 + scale * jitter quantile), at least `least_us`. */
export interface ScaledDelays {
  /** Microseconds, [from region][to region]. */
  readonly base_us: Int32Array;
  readonly scale: number;
  readonly least_us: number;
}

export interface Network {
  readonly regions: number;
  /** Microseconds, [from region][to region][quantile], ascending in the quantile; empty where `scaled` has the delays. */
  readonly quantiles_us: Int32Array;
  /** Of a network with more than TABLE_REGIONS regions. */
  readonly scaled?: ScaledDelays;
  /** Bits a second a participant can send; 0 is unlimited. */
  readonly bandwidth_bps: number;
  /** Bits a second a participant can receive, where links queue; absent: as many as it can send. */
  readonly downlink_bps?: number;
  /** The same of each node where they differ; who is no node has the one above. Both are there, or neither. */
  readonly uplinks_bps?: Float64Array;
  readonly downlinks_bps?: Float64Array;
  /** The region of each node; absent: round robin. */
  readonly placement?: Int32Array;
  /** The region of each member of roles that are no nodes; a role that is not there is where its protocol says. */
  readonly others?: Readonly<Record<string, Int32Array>>;
  /** A 32-bit threshold: a try is lost where its draw is below; 0 is no loss. */
  readonly lossThreshold: number;
  /** A lost try is sent again after this time. */
  readonly rto_us: number;
  /** The largest one-way delay of a single try. */
  readonly maxDelay_us: number;
}
