// What a suite asks of a mechanism: the question that the report answers. No part of a cell, its id or its seed.

/**
 * Who may take part. `public`: whoever comes, unknown to the others; `consortium`: members of several organisations, admitted by name;
 * `private`: nodes of one organisation.
 */
export const SETTING_KINDS = ['public', 'consortium', 'private'] as const;
export type SettingKind = (typeof SETTING_KINDS)[number];

/** Each may be absent, but not all. docs/method.md says when one is met. */
export interface Requirements {
  /** Committed transactions a second, at the least. */
  readonly throughput_tps?: number;
  /** The 95th percentile of the time to finality, at the most. */
  readonly finality_ms?: number;
  /** It holds with so many nodes faulty in any way that it has. */
  readonly byzantine_nodes?: number;
  /** It holds with so many nodes down. */
  readonly crash_nodes?: number;
  /** Provisioned. */
  readonly usd_per_1000_tx?: number;
  /** Provisioned. */
  readonly kwh_per_tx?: number;
  /** The number of nodes at which all else must hold. */
  readonly nodes?: number;
  /** Made for each of these. */
  readonly settings?: readonly SettingKind[];
}
