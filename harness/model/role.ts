// Roles: what the participants of a mechanism are, as plain data.

/** Participants of one kind, numbered in a row. */
export interface Role {
  /** The field's term: replica, client, endorser, orderer, notary, miner, pool, signer … */
  readonly id: string;
  readonly count: number;
  /** Are messages between these and other counted participants counted? */
  readonly counted: boolean;
  /** Cores that work, first in, first out, where CPU queues. */
  readonly cores: number;
  /** Spread over the regions (round robin, or as the cell's placement says), or all in one. */
  readonly region: 'spread' | number;
  /** Votes of each; absent: 1. */
  readonly weight?: readonly number[];
  /** May the cell's fault make some of them faulty? */
  readonly faultable: boolean;
}
