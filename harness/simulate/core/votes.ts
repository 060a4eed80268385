// Votes of one (view, sequence, phase) at one replica: distinct senders, verified no earlier than their quorum needs them.
import { BitSet } from './bit-set.ts';
import type { Signed } from './operations.ts';

export interface Vote extends Signed {
  readonly digest: number;
}

export type VoteOutcome = 'accepted' | 'duplicate' | 'conflicting';

export class VoteBook<T extends Vote> {
  /** Who has voted: a second vote of a sender, same digest or not, changes no tally. */
  readonly #voted = new BitSet();
  #senders = 0;
  #pending: T[] = [];
  /** Pending votes by digest: those for the first digest that came, which mostly is the only one, and those for others. */
  #digest = 0;
  #pendingCount = 0;
  #others: Map<number, number> | null = null;
  /** Verified (or own) votes for the digest that `complete` was asked for, in order of arrival. */
  readonly verified: T[] = [];

  add(vote: T): VoteOutcome {
    const { signer, digest } = vote;
    if (this.#voted.has(signer)) {
      const same = ({ signer: other }: T): boolean => other === signer;
      const earlier = this.verified.find(same) ?? this.#pending.find(same);
      return earlier?.digest === digest ? 'duplicate' : 'conflicting';
    }
    this.#voted.add(signer);
    this.#senders += 1;
    this.#pending.push(vote);
    if (this.#pendingCount === 0 && this.#others === null) this.#digest = digest;
    this.#countPending(digest, 1);
    return 'accepted';
  }

  /** One's own vote needs no verification. */
  addOwn(vote: T): void {
    if (!this.#voted.has(vote.signer)) this.#senders += 1;
    this.#voted.add(vote.signer);
    this.verified.push(vote);
  }

  get senders(): number {
    return this.#senders;
  }
  votes(): T[] {
    return [...this.verified, ...this.#pending];
  }

  #pendingFor(digest: number): number {
    return digest === this.#digest ? this.#pendingCount : (this.#others?.get(digest) ?? 0);
  }
  #countPending(digest: number, change: number): void {
    if (digest === this.#digest) this.#pendingCount += change;
    else (this.#others ??= new Map()).set(digest, (this.#others.get(digest) ?? 0) + change);
  }

  /** Do the votes that came, valid or not, make `need` for `digest`? */
  mayComplete(digest: number, need: number): boolean {
    return this.verified.length + this.#pendingFor(digest) >= need;
  }

  /**
   * Are there `need` verified votes for `digest`? Verifies just as many as are missing, the earliest first, and only if
   * they would complete the quorum; `verify` returns the valid ones.
   */
  complete(digest: number, need: number, verify: (items: readonly T[]) => readonly T[]): boolean {
    for (;;) {
      const missing = need - this.verified.length;
      if (missing <= 0) return true;
      if (!this.mayComplete(digest, need)) return false;
      const candidates = this.#take(digest, missing);
      const valid = verify(candidates);
      this.verified.push(...valid);
      // A forged vote must not keep its alleged sender from voting.
      for (const vote of candidates)
        if (!vote.valid) {
          this.#voted.delete(vote.signer);
          this.#senders -= 1;
        }
    }
  }

  /** The earliest `count` pending votes for `digest`. */
  #take(digest: number, count: number): readonly T[] {
    const pending = this.#pending;
    this.#pending = [];
    // Asked at each vote, it is mostly all that came.
    const all = pending.length === count;
    const candidates: T[] = all ? pending : [];
    if (!all) for (const vote of pending) (vote.digest === digest && candidates.length < count ? candidates : this.#pending).push(vote);
    this.#countPending(digest, -count);
    return candidates;
  }
}
