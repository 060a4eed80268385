// Durability of what a client was told: when a decision is reported, enough correct replicas hold it that it cannot be lost.
import { LYING_KINDS, type Faults } from '../core/faults.ts';
import { BitSet } from '../core/bit-set.ts';
import { weightOf, weightWhere, type Weights } from '../core/weights.ts';
import type { Verdict } from '../../model/outcome.ts';

/**
 * Watches a run. To hold a decision is to have persisted it: what a replica would still know after a crash, and must know before it
 * says so to anybody (in PBFT the prepared certificate, persisted before the COMMIT is sent). At the moment when a decision is
 * reported (a client accepts it), at least `commitQuorum` less the cell's faulty replicas must hold it, and one at the least. Replicas that
 * are down, cut off or slow count where they hold it, since they come back with it; replicas that lie do not. Where votes weigh, all of
 * these are weights.
 */
export class DurabilityChecker {
  /** 1 where a replica lies at some time. */
  readonly #lies: Uint8Array;
  readonly #need: number;
  readonly #weights: Weights;
  /** Truthful holders of each decision that is not reported yet, and what they weigh. */
  readonly #holders = new Map<number, { readonly replicas: BitSet; weight: number }>();
  readonly #reported = new Set<number>();
  #violation: string | null = null;

  constructor({ entries, faulty, count }: Pick<Faults, 'entries' | 'faulty' | 'count'>, commitQuorum: number, weights: Weights = null) {
    this.#lies = faulty.map((_, node) => (entries.some(({ kind, faulty: of }) => LYING_KINDS.has(kind) && of[node] === 1) ? 1 : 0));
    this.#need = Math.max(1, commitQuorum - (weights === null ? count : weightWhere(weights, faulty)));
    this.#weights = weights;
  }

  /** `replica` has persisted `decision`: a number that names what was decided, and differs for conflicting proposals. */
  persisted(replica: number, decision: number): void {
    if (this.#reported.has(decision) || !this.#isTruthful(replica)) return;
    let holders = this.#holders.get(decision);
    if (holders === undefined) this.#holders.set(decision, (holders = { replicas: new BitSet(), weight: 0 }));
    if (holders.replicas.has(replica)) return;
    holders.replicas.add(replica);
    holders.weight += weightOf(this.#weights, replica);
  }

  /** A client takes `decision` as decided. */
  reported(decision: number): void {
    if (this.#reported.has(decision)) return;
    this.reportedWith(decision, this.#holders.get(decision)?.weight ?? 0);
    this.#reported.add(decision);
    this.#holders.delete(decision);
  }

  /** The same where an engine has counted the holders, or what they weigh, itself. */
  reportedWith(decision: number, holders: number): void {
    if (holders < this.#need)
      this.#violation ??= `decision ${decision} was reported when ${holders} correct replicas held it; it takes ${this.#need}`;
  }

  #isTruthful(replica: number): boolean {
    return this.#lies[replica] === 0;
  }

  get verdict(): Verdict {
    if (this.#violation !== null) return 'violated';
    // Nobody is left whose word counts.
    return this.#lies.every((_, replica) => !this.#isTruthful(replica)) ? 'unknown' : 'ok';
  }
  get reason(): string {
    return this.#violation ?? '';
  }
}
