// What a leader knows of the logs of others: for how many each entry is safe.
export class Acknowledged {
  readonly #majority: number;
  /** Entries up to there are decided, or will be as a whole: what an epoch or term begins with. */
  readonly #base: number;
  /** By node: up to where its log is the leader's, and on its disk. */
  readonly match: Int32Array;
  /** By entry after the base: nodes that have it on their disks. Never more than of the one before it. */
  readonly #nodes: number[];
  /** How often `match` went on, of any node. */
  moves = 0;

  constructor(nodes: number, majority: number, base: number, last: number) {
    this.#majority = majority;
    this.#base = base;
    this.match = new Int32Array(nodes);
    this.#nodes = new Array<number>(last - base).fill(0);
  }

  /** The leader has another entry. */
  extended(): void {
    this.#nodes.push(0);
  }

  /** The node's log is the leader's up to `index`, on its disk. */
  acknowledged(node: number, index: number): void {
    const before = this.match[node];
    if (index <= before) return;
    this.match[node] = index;
    this.moves += 1;
    for (let i = Math.max(before, this.#base); i < index; i++) this.#nodes[i - this.#base] += 1;
  }

  /** The last entry that a majority has on its disks: none is decided before those before it. At least `from`. */
  held(from: number): number {
    let index = from;
    while (this.#nodes[index - this.#base] >= this.#majority) index += 1;
    return index;
  }
}
