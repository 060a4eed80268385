// The PREVOTEs or the PRECOMMITs of one round at one validator, by what they name. A vote is a message of the log (Algorithm 1): a validator that
// votes for two values counts once for each, so that all who hear of both come to the same sets; of those that have voted for
// whatever it is counted once. Where votes are shares of aggregate signatures, a sum that was checked proves what it is of, whoever made it.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import { weightOf, type Weights } from '../../harness/simulate/core/weights.ts';
import type { SignedMessage } from '../parts/messages.ts';
import type { VoteChecks } from './checks.ts';
import type { Polka } from './messages.ts';

class Book extends VoteBook<SignedMessage> {
  /** The votes of a quorum whose aggregate signature was checked; null: none was, or votes are no shares. */
  sum: readonly SignedMessage[] | null = null;
  /** Aggregates of others that were not checked, one of each. */
  polkas: readonly Polka[] = [];
}

/** Values of one round that are kept: nil, the proposed one, and what liars add. */
const MOST_VALUES = 8;

export class Ballots {
  /** Of the validators that have voted, checked or not. */
  weight = 0;
  readonly #powers: Weights;
  #voters = new BitSet();
  // Mostly all votes are for one value.
  #digest = -1;
  #book: Book | null = null;
  #others: Map<number, Book> | null = null;

  constructor(powers: Weights) {
    this.#powers = powers;
  }

  #bookOf(digest: number): Book | undefined {
    return digest === this.#digest ? this.#book! : this.#others?.get(digest);
  }
  #makeBook(digest: number): Book {
    const book = new Book(this.#powers);
    if (this.#book === null) {
      this.#digest = digest;
      this.#book = book;
    } else (this.#others ??= new Map()).set(digest, book);
    return book;
  }
  #count(signer: number): void {
    if (this.#voters.has(signer)) return;
    this.#voters.add(signer);
    this.weight += weightOf(this.#powers, signer);
  }

  /** null: there are too many. */
  #bookFor(digest: number): Book | null {
    const book = this.#bookOf(digest);
    if (book !== undefined) return book;
    return (this.#others?.size ?? 0) >= MOST_VALUES ? null : this.#makeBook(digest);
  }

  /** False: nothing new. */
  add(vote: SignedMessage): boolean {
    if (this.#bookFor(vote.digest)?.add(vote) !== 'accepted') return false;
    this.#count(vote.signer);
    return true;
  }
  /** Of votes that weigh a quorum. False: nothing new. */
  addPolka(polka: Polka): boolean {
    const book = this.#bookFor(polka.digest);
    if (book === null || book.sum !== null || book.polkas.some(({ signer }) => signer === polka.signer)) return false;
    book.polkas = [...book.polkas, polka];
    for (const { signer } of polka.votes) this.#count(signer);
    return true;
  }
  /** Needs no check: one's own, or checked before. */
  addChecked(vote: SignedMessage): void {
    (this.#bookOf(vote.digest) ?? this.#makeBook(vote.digest)).addOwn(vote);
    this.#count(vote.signer);
  }

  /** They prove by an aggregate signature that was checked what they are for. */
  addProven(digest: number, votes: readonly SignedMessage[]): void {
    const book = this.#bookOf(digest) ?? this.#makeBook(digest);
    book.sum = votes;
    book.addProven(votes);
    for (const { signer } of votes) this.#count(signer);
  }

  /** Do votes for it weigh a quorum, `need`, checked or not? */
  mayHave(digest: number, need: number): boolean {
    const book = this.#bookOf(digest);
    return book !== undefined && (book.polkas.length > 0 || book.mayComplete(digest, need));
  }
  /** Do good votes for it weigh a quorum, `need`? Checks as few as that takes; shares are added up once, and not at all where somebody else's sum is good. */
  has(digest: number, need: number, checks: VoteChecks): boolean {
    const book = this.#bookOf(digest);
    if (book === undefined) return false;
    if (checks.form === 'list') return book.complete(digest, need, checks.votes);
    this.#checkPolkas(digest, book, checks);
    if (book.sum === null && book.completeShares(digest, need, checks.votes)) book.sum = [...book.verified];
    return book.sum !== null;
  }
  #checkPolkas(digest: number, book: Book, checks: VoteChecks): void {
    const { polkas } = book;
    if (polkas.length === 0) return;
    book.polkas = [];
    const good = polkas.find(({ shares }) => checks.certificate(shares).length > 0);
    if (good !== undefined) this.addProven(digest, good.votes);
  }
  /** Good votes for it that were checked, in the order in which they came; of shares those of the sum, where it is of a quorum. */
  checked(digest: number): readonly SignedMessage[] {
    const book = this.#bookOf(digest);
    return book?.sum ?? book?.verified ?? [];
  }

  /** Checks all that came, and forgets what is bad. */
  checkAll(checks: VoteChecks): void {
    const books: [number, Book | null][] = [[this.#digest, this.#book], ...(this.#others ?? [])];
    this.#voters = new BitSet();
    this.weight = 0;
    for (const [digest, book] of books) {
      if (book === null) continue;
      this.#checkPolkas(digest, book, checks);
      // Of bad votes nothing is left that could complete it.
      book.complete(digest, book.weight, checks.votes);
      for (const { signer } of book.verified) this.#count(signer);
    }
  }
  /** Who has voted. */
  addVotersTo(voters: BitSet): void {
    for (const book of [this.#book, ...(this.#others?.values() ?? [])]) {
      for (const { signer } of book?.votes() ?? []) voters.add(signer);
      for (const { votes } of book?.polkas ?? []) for (const { signer } of votes) voters.add(signer);
    }
  }
}
