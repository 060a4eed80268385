// Votes of one (view, sequence, phase) at one replica: distinct senders, verified no earlier than their quorum needs them.
import { BitSet } from './bit-set.ts';
import type { Signed } from './operations.ts';
import { firstOf, type Weights } from './weights.ts';

export interface Vote extends Signed {
  readonly digest: number;
}

export type VoteOutcome = 'accepted' | 'duplicate' | 'conflicting';

export class VoteBook<T extends Vote> {
  /** Who has voted: a second vote of a sender, same digest or not, changes no tally. */
  readonly #voted = new BitSet();
  readonly #weights: Weights;
  #weight = 0;
  #verifiedWeight = 0;
  #pending: T[] = [];
  /** Weights of pending votes by digest: those for the first digest that came, which mostly is the only one, and those for others. */
  #digest = 0;
  #pendingWeight = 0;
  #others: Map<number, number> | null = null;
  /** Verified (or own) votes for the digest that `complete` was asked for, in order of arrival. */
  readonly verified: T[] = [];

  constructor(weights: Weights = null) {
    this.#weights = weights;
  }

  #weightOf(signer: number): number {
    return this.#weights === null ? 1 : this.#weights[signer];
  }

  add(vote: T): VoteOutcome {
    const { signer, digest } = vote;
    if (this.#voted.has(signer)) {
      const same = ({ signer: other }: T): boolean => other === signer;
      const earlier = this.verified.find(same) ?? this.#pending.find(same);
      return earlier?.digest === digest ? 'duplicate' : 'conflicting';
    }
    this.#voted.add(signer);
    const weight = this.#weightOf(signer);
    this.#weight += weight;
    this.#pending.push(vote);
    if (this.#pending.length === 1 && this.#others === null) this.#digest = digest;
    this.#countPending(digest, weight);
    return 'accepted';
  }

  /** One's own vote needs no verification. */
  addOwn(vote: T): void {
    const weight = this.#weightOf(vote.signer);
    if (!this.#voted.has(vote.signer)) this.#weight += weight;
    this.#voted.add(vote.signer);
    this.#verifiedWeight += weight;
    this.verified.push(vote);
  }

  /** Good by a check of what they are part of: a certificate for the digest that `complete` is asked for. */
  addProven(votes: readonly T[]): void {
    const known = new Set(this.verified.map(({ signer }) => signer));
    const fresh = votes.filter(({ signer }) => !known.has(signer));
    const signers = new Set(fresh.map(({ signer }) => signer));
    for (const { signer, digest } of this.#pending) if (signers.has(signer)) this.#countPending(digest, -this.#weightOf(signer));
    this.#pending = this.#pending.filter(({ signer }) => !signers.has(signer));
    for (const vote of fresh) this.addOwn(vote);
  }

  /** Of all that have voted, for whatever digest; a number where each vote weighs one. */
  get weight(): number {
    return this.#weight;
  }
  votes(): T[] {
    return [...this.verified, ...this.#pending];
  }

  #pendingFor(digest: number): number {
    return digest === this.#digest ? this.#pendingWeight : (this.#others?.get(digest) ?? 0);
  }
  #countPending(digest: number, change: number): void {
    if (digest === this.#digest) this.#pendingWeight += change;
    else (this.#others ??= new Map()).set(digest, (this.#others.get(digest) ?? 0) + change);
  }

  /** Do the votes that came, valid or not, weigh `need` for `digest`? */
  mayComplete(digest: number, need: number): boolean {
    return this.#verifiedWeight + this.#pendingFor(digest) >= need;
  }

  /**
   * Do verified votes for `digest` weigh `need`? Verifies just as many as are missing, the earliest first, and only if
   * they would complete the quorum; `verify` returns the valid ones.
   */
  complete(digest: number, need: number, verify: (items: readonly T[]) => readonly T[]): boolean {
    for (;;) {
      const missing = need - this.#verifiedWeight;
      if (missing <= 0) return true;
      if (!this.mayComplete(digest, need)) return false;
      const candidates = this.#take(digest, missing);
      const valid = verify(candidates);
      this.verified.push(...valid);
      for (const { signer } of valid) this.#verifiedWeight += this.#weightOf(signer);
      // A forged vote must not keep its alleged sender from voting.
      for (const vote of candidates)
        if (!vote.valid) {
          this.#voted.delete(vote.signer);
          this.#weight -= this.#weightOf(vote.signer);
        }
    }
  }

  /**
   * The same of votes that are shares of an aggregate signature: all that the node has are added up, its own among them, and the sum is
   * checked. `addUp` returns the valid ones.
   */
  completeShares(digest: number, need: number, addUp: (shares: readonly T[]) => readonly T[]): boolean {
    let isAdded = false;
    const isComplete = this.complete(digest, need, (items) => {
      isAdded = true;
      const valid = new Set(addUp([...this.verified, ...items]));
      return items.filter((item) => valid.has(item));
    });
    if (isComplete && !isAdded) addUp(this.verified);
    return isComplete;
  }

  /** The earliest pending votes for `digest` that weigh `missing`. */
  #take(digest: number, missing: number): readonly T[] {
    const pending = this.#pending;
    // Asked at each vote, it is mostly all that came.
    if (this.#weights === null && pending.length === missing) {
      this.#pending = [];
      this.#countPending(digest, -missing);
      return pending;
    }
    const candidates = firstOf(
      pending.filter((vote) => vote.digest === digest),
      missing,
      this.#weights,
    );
    const last = candidates[candidates.length - 1];
    let taken = false;
    this.#pending = pending.filter((vote) => {
      const stays = taken || vote.digest !== digest;
      taken ||= vote === last;
      return stays;
    });
    for (const { signer } of candidates) this.#countPending(digest, -this.#weightOf(signer));
    return candidates;
  }
}
