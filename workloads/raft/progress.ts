// What a leader knows of the others' logs (nextIndex and matchIndex of Figure 2), and what those that lack entries are sent.
import { Acknowledged } from '../parts/acknowledged.ts';

/** Entries in one message to who lacks some. */
export const MOST_ENTRIES = 64;

export class Progress extends Acknowledged {
  /** By node that lacks entries: up to where it lacked them, and what it was sent of them last; 0: it lacks none. */
  readonly #lacked: Int32Array;
  readonly #sent: Int32Array;

  constructor(nodes: number, majority: number, { committed, last }: { readonly committed: number; readonly last: number }) {
    super(nodes, majority, committed, last);
    this.#lacked = new Int32Array(nodes);
    this.#sent = new Int32Array(nodes);
  }

  /** The node's log may be the leader's up to `index` and no further: from where it is to be sent; null: that is known better. */
  refused(node: number, index: number, last: number): number | null {
    if (index < this.match[node]) return null;
    this.#lacked[node] = last;
    return index + 1;
  }
  /** It was sent entries up to `index`. */
  sent(node: number, index: number): void {
    this.#sent[node] = index;
  }
  /** From where the node is to be sent more of what it lacked; null: it has all of it, or what it was sent is on the way. */
  next(node: number): number | null {
    const match = this.match[node];
    if (this.#lacked[node] === 0 || match < this.#sent[node]) return null;
    if (match < this.#lacked[node]) return match + 1;
    this.#lacked[node] = 0;
    return null;
  }
}
