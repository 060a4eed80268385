// Latency at the replicas, as papers on PBFT report it: from the leader's proposal to the commit of the quorum's last replica. What the
// client sees adds its request's and the replies' ways.
import { BitSet } from '../core/bit-set.ts';
import { weightOf, type Weights } from '../core/weights.ts';

/** Where a proposal stands, and what it proposes. */
export interface ProposalAt {
  readonly view: number;
  /** A number that names what is decided. */
  readonly decision: number;
}

/** Watches a run. */
export class ReplicaLatencies {
  readonly #commitQuorum: number;
  readonly #weights: Weights;
  /** When each decision's proposals were multicast, by view. */
  readonly #proposed_us = new Map<number, Map<number, number>>();
  readonly #open = new Map<number, { start_us: number; replicas: BitSet; weight: number }>();
  readonly #latency_us = new Map<number, number>();

  constructor(commitQuorum: number, weights: Weights = null) {
    this.#commitQuorum = commitQuorum;
    this.#weights = weights;
  }

  /** The leader of the view multicasts its proposal. */
  proposed({ view, decision }: ProposalAt, now_us: number): void {
    let views = this.#proposed_us.get(decision);
    if (views === undefined) this.#proposed_us.set(decision, (views = new Map<number, number>()));
    if (!views.has(view)) views.set(view, now_us);
  }

  /** `replica` has committed the proposal. The clock began with the proposal of the view in which somebody commits first. */
  committed(replica: number, { view, decision }: ProposalAt, now_us: number): void {
    if (this.#latency_us.has(decision)) return;
    let open = this.#open.get(decision);
    if (open === undefined) {
      const start_us = this.#proposed_us.get(decision)?.get(view);
      if (start_us === undefined) return;
      this.#open.set(decision, (open = { start_us, replicas: new BitSet(), weight: 0 }));
    }
    if (!open.replicas.has(replica)) open.weight += weightOf(this.#weights, replica);
    open.replicas.add(replica);
    if (open.weight < this.#commitQuorum) return;
    this.#latency_us.set(decision, now_us - open.start_us);
    this.#open.delete(decision);
    this.#proposed_us.delete(decision);
  }

  /** Microseconds, one a decision in the given order; undefined where one never had its quorum, since the rest would be survivors. */
  of(decisions: readonly number[]): number[] | undefined {
    const out: number[] = [];
    for (const decision of decisions) {
      const latency_us = this.#latency_us.get(decision);
      if (latency_us === undefined) return undefined;
      out.push(latency_us);
    }
    return out;
  }
}
