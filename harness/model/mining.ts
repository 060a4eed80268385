// Mining hardware, as plain data.

/** What the nodes of a cell mine with; for costs only. */
export interface MiningHardware {
  readonly name: string;
  /** Who published its rate and energy; absent: nobody, they are measured or the suite's. */
  readonly source?: string;
  /** Hashes a second of one core or unit; null: the cost table's rate of one core. */
  readonly hash_rate_hs: number | null;
  /** Joules a hash at the machine's plug; null: a CPU, whose joules are CPU-seconds times watts per core. */
  readonly joules_per_hash: number | null;
  /** Cores or units of a node that mines, unless they follow from the network's rate. */
  readonly cores_per_node: number;
  /** Hashes a second of all miners together, whatever their number; null: what their units add up to. */
  readonly network_hash_rate_hs: number | null;
  /** Nodes that mine. An adversary's power is a part of theirs. */
  readonly miners: number;
  /** Hashing is a part of what the nodes' cores do beside everything else, not what they are there for. Absent: a miner's cores mine. */
  readonly besides?: true;
  /** Energy of the sites ÷ energy of their machines; null: that of the prices. */
  readonly pue: number | null;
}
