// Votes of one (view, sequence, phase) at one replica: distinct senders, verified no earlier than their quorum needs them.
import type { Signed } from './operations.ts';

export interface Vote extends Signed {
  readonly digest: number;
}

export type VoteOutcome = 'accepted' | 'duplicate' | 'conflicting';

export class VoteBook<T extends Vote> {
  /** The first vote of each sender; a second one, same digest or not, changes no tally. */
  readonly #first = new Map<number, T>();
  #pending: T[] = [];
  readonly #pendingCount = new Map<number, number>();
  /** Verified (or own) votes for the digest that `complete` was asked for, in order of arrival. */
  readonly verified: T[] = [];

  add(vote: T): VoteOutcome {
    const earlier = this.#first.get(vote.signer);
    if (earlier !== undefined) return earlier.digest === vote.digest ? 'duplicate' : 'conflicting';
    this.#first.set(vote.signer, vote);
    this.#pending.push(vote);
    this.#pendingCount.set(vote.digest, (this.#pendingCount.get(vote.digest) ?? 0) + 1);
    return 'accepted';
  }

  /** One's own vote needs no verification. */
  addOwn(vote: T): void {
    this.#first.set(vote.signer, vote);
    this.verified.push(vote);
  }

  get senders(): number {
    return this.#first.size;
  }
  votes(): T[] {
    return [...this.#first.values()];
  }

  /**
   * Are there `need` verified votes for `digest`? Verifies just as many as are missing, the earliest first, and only if
   * they would complete the quorum; `verify` returns the valid ones.
   */
  complete(digest: number, need: number, verify: (items: readonly T[]) => readonly T[]): boolean {
    for (;;) {
      const missing = need - this.verified.length;
      if (missing <= 0) return true;
      if ((this.#pendingCount.get(digest) ?? 0) < missing) return false;
      const candidates: T[] = [];
      const rest: T[] = [];
      for (const vote of this.#pending) (vote.digest === digest && candidates.length < missing ? candidates : rest).push(vote);
      this.#pending = rest;
      this.#pendingCount.set(digest, this.#pendingCount.get(digest)! - candidates.length);
      const valid = verify(candidates);
      this.verified.push(...valid);
      // A forged vote must not keep its alleged sender from voting.
      for (const vote of candidates) if (!vote.valid) this.#first.delete(vote.signer);
    }
  }
}
