// Ledgers, and the tree that they make: what a run's validators have built, named by numbers as hashes name them, so that equal ledgers are
// one. A validator knows those that it has built or fetched.
import type { ClosedAt } from './close-time.ts';

export interface Ledger extends ClosedAt {
  /** Even; the odd number after it is the hash of no ledger. */
  readonly digest: number;
  readonly sequence: number;
  readonly parent: Ledger | null;
  /** The digest of its transactions; NULL_DIGEST: none. */
  readonly set: number;
  /** Breaks ties, as hashes do. */
  readonly order: number;
}

export class Ledgers {
  readonly genesis: Ledger;
  readonly #byDigest = new Map<number, Ledger>();
  readonly #byContent = new Map<string, Ledger>();

  constructor(genesis: ClosedAt) {
    this.genesis = { digest: 2, sequence: 0, parent: null, set: 0, order: 0, ...genesis };
    this.#byDigest.set(2, this.genesis);
  }

  /** The ledger that follows with these transactions. */
  of(parent: Ledger, set: number, closed: ClosedAt): Ledger {
    const content = `${parent.digest} ${set} ${closed.close_s} ${closed.agrees ? 1 : 0}`;
    let ledger = this.#byContent.get(content);
    if (ledger === undefined) {
      let order = parent.order;
      for (const field of [set, closed.close_s, closed.agrees ? 1 : 0]) order = Math.imul(order ^ (order >>> 15) ^ field, 0x21f0aaad);
      const digest = 2 * (this.#byDigest.size + 1);
      ledger = { digest, sequence: parent.sequence + 1, parent, set, order: order >>> 0, ...closed };
      this.#byContent.set(content, ledger);
      this.#byDigest.set(digest, ledger);
    }
    return ledger;
  }

  /** null: no ledger has this hash. */
  get(digest: number): Ledger | null {
    return this.#byDigest.get(digest) ?? null;
  }
}

/** The ledger of its chain with this sequence number, which is at most its own. */
export function ancestorAt(ledger: Ledger, sequence: number): Ledger {
  let at = ledger;
  while (at.sequence > sequence) at = at.parent!;
  return at;
}
/** From a sequence number on up to the ledger. */
export function chainOf(ledger: Ledger, from: number): Ledger[] {
  const out: Ledger[] = [];
  for (let at = ledger; at.sequence >= Math.max(1, from); at = at.parent!) out.push(at);
  return out.reverse();
}
export function isInChain(ledger: Ledger, of: Ledger): boolean {
  return ledger.sequence <= of.sequence && ancestorAt(of, ledger.sequence) === ledger;
}
