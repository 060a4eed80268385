// All blocks that a run of a chain found, as plain data: tree.json is one.

/** What became of a block: on the final chain of node 0, or beside it. */
export type BlockFate = 'genesis' | 'main' | 'stale';

export interface TreeBlock {
  /** By the order of finding; the genesis block is 0. */
  readonly number: number;
  /** Of the genesis block: null, like its finder. */
  readonly parent: number | null;
  readonly height: number;
  readonly finder: number | null;
  readonly found_us: number;
  readonly fate: BlockFate;
  /**
   * When each participant first had the block, checked and with all its ancestors: its finder when it published it (an adversary when it
   * found it). null: never.
   */
  readonly first_seen_us: readonly (number | null)[];
}

export interface BlockTree {
  /** Names of nodes, then the adversary's where there is one. */
  readonly participants: readonly string[];
  readonly blocks: readonly TreeBlock[];
}
