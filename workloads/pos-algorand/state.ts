// What a node knows of one round: its periods, with their proposals and votes, and the blocks that were proposed.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import type { Blocks, Contents } from './blocks.ts';
import { committeeOf, type Committees } from './committees.ts';
import { BOTTOM, type Proposal, type Vote } from './messages.ts';
import type { AlgorandParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

export interface Run {
  readonly setup: Setup<AlgorandParameters>;
  readonly rules: Rules;
  readonly committees: Committees;
  readonly blocks: Blocks;
  readonly log: OperationLog;
  /** Measured cells only. */
  readonly contents: Contents | null;
  /** Nodes go down and come back: they write what must survive that. */
  readonly persists: boolean;
  /** Somebody may miss messages: all decisions are kept to be asked for. */
  readonly keepsDecisions: boolean;
}

/** A proposal of a period, of whom. */
export interface Candidate {
  readonly message: Proposal;
  readonly priority: number;
  /** Its signature and its credential are. */
  isGood: boolean;
}

/** A block that somebody has proposed, whatever the period. */
export interface Value {
  readonly digest: number;
  /** That brought it; null: it is only heard of. */
  proposal: Proposal | null;
  /** Its transactions are being hashed, or are what it says. */
  isChecked: boolean;
  isValid: boolean;
}

class Book extends VoteBook<Vote> {
  /** A quorum was checked, or is being checked. */
  isTaken = false;
}

/** Values of one step that are kept: bottom, the proposed ones, and what liars add. */
const MOST_VALUES = 64;

/** The votes of one step of a period, by what they are for. Who votes for two values counts once for each. */
export class Ballots {
  readonly threshold: number;
  readonly #weights: readonly number[];
  readonly #books = new Map<number, Book>();

  constructor(weights: readonly number[], step: number) {
    this.#weights = weights;
    this.threshold = committeeOf(step).threshold;
  }

  #bookOf(digest: number): Book | null {
    let book = this.#books.get(digest);
    if (book === undefined) {
      if (this.#books.size >= MOST_VALUES) return null;
      this.#books.set(digest, (book = new Book(this.#weights)));
    }
    return book;
  }

  /** Did it come from a member of the committee, for the first time, and may it be that there are enough now? */
  add(vote: Vote): boolean {
    if (this.#weights[vote.signer] === 0) return false;
    const book = this.#bookOf(vote.digest);
    return book !== null && book.add(vote) === 'accepted' && this.#mayTake(vote.digest, book);
  }
  addOwn(vote: Vote): void {
    this.#bookOf(vote.digest)?.addOwn(vote);
  }

  #mayTake(digest: number, book: Book): boolean {
    return !book.isTaken && book.mayComplete(digest, this.threshold);
  }
  /** Values for which there may be enough, and nobody has looked. */
  *waiting(): Generator<number> {
    for (const [digest, book] of this.#books) if (this.#mayTake(digest, book)) yield digest;
  }
  /** Values with the votes of a quorum. */
  *taken(): Generator<number> {
    for (const [digest, { isTaken }] of this.#books) if (isTaken) yield digest;
  }
  /** Are there enough good ones? `verify` gives those that are good. */
  take(digest: number, verify: (votes: readonly Vote[]) => readonly Vote[]): boolean {
    const book = this.#bookOf(digest)!;
    book.isTaken = book.complete(digest, this.threshold, verify);
    return book.isTaken;
  }
  /** Good ones that were checked, one's own among them, in the order in which they came. */
  checked(digest: number): readonly Vote[] {
    return this.#books.get(digest)?.verified ?? [];
  }
}

export class Period {
  readonly number: number;
  started_us = 0;
  candidates: readonly Candidate[] = [];
  /** By step. */
  readonly ballots = new Map<number, Ballots>();
  /** What this node has said in it. */
  readonly own: Vote[] = [];
  /** The value that has the soft votes of a quorum. */
  staged = BOTTOM;
  /** What its next-votes (or those of fast recovery) of a quorum are for: the next period may begin with either. */
  endsInBottom = false;
  endsIn = BOTTOM;
  // What this node has begun to do.
  proposes = false;
  softVotes = false;
  certVotes = false;
  nextVotes = 0;
  recoveries = 0;
  // What time it is.
  isAssembled = false;
  isFiltered = false;
  nextVotesDue = 0;
  recoveriesDue = 0;

  constructor(number: number) {
    this.number = number;
  }
  /** This node has begun to vote to go on to the next one. */
  get isGoingOn(): boolean {
    return this.nextVotes > 0 || this.recoveries > 0;
  }
}

export interface Decision {
  readonly period: number;
  readonly digest: number;
  /** Of the cert votes. */
  readonly signers: readonly number[];
}

/** A job on a core. Several go on at a time. */
export type Job =
  | { readonly kind: 'propose'; readonly batch: Batch | null }
  | { readonly kind: 'propose again'; readonly value: Value }
  | { readonly kind: 'check'; readonly candidate: Candidate; readonly value: Value | null }
  | { readonly kind: 'check block'; readonly value: Value }
  | { readonly kind: 'soft vote' | 'next vote' | 'recovery vote'; readonly digest: number; readonly step: number }
  | { readonly kind: 'cert vote' }
  | { readonly kind: 'soft quorum'; readonly digest: number; readonly votes: boolean }
  | { readonly kind: 'next quorum'; readonly digest: number; readonly step: number }
  | { readonly kind: 'decide'; readonly decision: Decision };

export interface Token {
  readonly round: number;
  readonly period: Period;
  readonly job: Job;
}
