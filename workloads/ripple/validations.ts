// What a validator knows of the validations of those on its list: which ledger a quorum has validated, and which branch has the most support
// (rippled, Validations.h and LedgerTrie.h).
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import type { ThresholdSystem } from '../parts/quorum-systems.ts';
import { chainOf, isInChain, type Ledger } from './ledgers.ts';
import type { Validation } from './messages.ts';

type Verify = (validations: readonly Validation[]) => readonly Validation[];

/** The last validation of a validator that was checked. */
interface Last {
  readonly digest: number;
  readonly sequence: number;
  readonly seen_us: number;
}

export interface ValidationRules {
  /** Who counts, and how many are a quorum. */
  readonly list: ThresholdSystem;
  /** All on the list, those too that do not count for a quorum. */
  readonly listed: readonly number[];
  /** How long a validation stands for what its validator follows. */
  readonly current_us: number;
}

export class Validations {
  readonly #rules: ValidationRules;
  readonly #listed: ReadonlySet<number>;
  /** Ledgers that this validator knows. */
  readonly #ledgerOf: (digest: number) => Ledger | null;
  /** Sequence numbers of validations only rise, of each validator's: of two for one number the first that came counts. */
  readonly #received = new Map<number, Validation>();
  /** Full ones, by ledger. */
  readonly #books = new Map<number, VoteBook<Validation>>();
  readonly #unchecked = new Map<Validation, number>();
  readonly #last = new Map<number, Last>();
  /** Of each validator the last one whose ledger is known. */
  readonly #followed = new Map<number, { readonly ledger: Ledger; readonly seen_us: number }>();

  constructor(rules: ValidationRules, ledgerOf: (digest: number) => Ledger | null) {
    this.#rules = rules;
    this.#listed = new Set(rules.listed);
    this.#ledgerOf = ledgerOf;
  }

  isListed(signer: number): boolean {
    return this.#listed.has(signer);
  }

  /** Returns whether it may count: it is from somebody on the list, and goes beyond what that has validated. */
  receive(validation: Validation, now_us: number): boolean {
    const { signer, sequence } = validation;
    if (!this.isListed(signer) || sequence <= (this.#received.get(signer)?.sequence ?? 0)) return false;
    this.#received.set(signer, validation);
    this.#unchecked.set(validation, now_us);
    if (validation.full && this.#rules.list.weightOf(signer) > 0) this.#bookOf(validation).add(validation);
    return true;
  }
  /** One's own. */
  own(validation: Validation, now_us: number): void {
    if (!this.isListed(validation.signer)) return;
    this.#received.set(validation.signer, validation);
    if (validation.full && this.#rules.list.weightOf(validation.signer) > 0) this.#bookOf(validation).addOwn(validation);
    this.#take(validation, now_us);
  }

  #bookOf({ digest }: Validation): VoteBook<Validation> {
    let book = this.#books.get(digest);
    if (book === undefined) this.#books.set(digest, (book = new VoteBook<Validation>()));
    return book;
  }
  #take({ signer, digest, sequence }: Validation, seen_us: number): void {
    if (sequence > (this.#last.get(signer)?.sequence ?? 0)) this.#last.set(signer, { digest, sequence, seen_us });
  }

  /** Has a quorum validated the ledger? Checks no more signatures than that takes, and none where it cannot be. */
  isValidated(ledger: Ledger, verify: Verify): boolean {
    const book = this.#books.get(ledger.digest);
    if (book === undefined) return false;
    // What says another sequence number than its ledger's is no validation of it.
    const isComplete = book.complete(ledger.digest, this.#rules.list.quorum, (items) => {
      const valid = verify(items).filter(({ sequence }) => sequence === ledger.sequence);
      for (const item of items) this.#settle(item, valid);
      return valid;
    });
    return isComplete;
  }

  #settle(item: Validation, valid: readonly Validation[]): void {
    const seen_us = this.#unchecked.get(item);
    this.#unchecked.delete(item);
    if (seen_us !== undefined && valid.includes(item)) this.#take(item, seen_us);
  }

  /** Those that were not checked yet, and are for ledgers after this sequence number. */
  unchecked(after: number): Validation[] {
    return [...this.#unchecked.keys()].filter(({ sequence }) => sequence > after);
  }
  /** They were checked, together; `valid`: the good ones. */
  checked(items: readonly Validation[], valid: readonly Validation[]): void {
    for (const digest of new Set(items.map((item) => item.digest))) {
      const book = this.#books.get(digest);
      // In its book, too, they are checked now.
      book?.complete(digest, book.votes().length, (votes) => votes.filter((vote) => valid.includes(vote)));
    }
    for (const item of items) this.#settle(item, valid);
  }

  /** Forgets what is for ledgers up to this sequence number. */
  forget(upTo: number): void {
    for (const validation of this.#unchecked.keys()) if (validation.sequence <= upTo) this.#unchecked.delete(validation);
    for (const [digest, book] of this.#books) if (book.votes().every(({ sequence }) => sequence <= upTo)) this.#books.delete(digest);
  }

  /** Full validations of a ledger, checked or not. */
  countFor(ledger: Ledger): number {
    return this.#books.get(ledger.digest)?.weight ?? 0;
  }

  /** The last validations that are for ledgers which this validator does not know, one of each validator; checked or not. */
  unknown(): Validation[] {
    return [...this.#received.values()].filter(({ digest }) => this.#ledgerOf(digest) === null);
  }

  #current(now_us: number): Ledger[] {
    const out: Ledger[] = [];
    for (const [signer, { digest, sequence, seen_us }] of this.#last) {
      const ledger = this.#ledgerOf(digest);
      if (ledger !== null && ledger.sequence === sequence) this.#followed.set(signer, { ledger, seen_us });
    }
    for (const { ledger, seen_us } of this.#followed.values()) if (now_us < seen_us + this.#rules.current_us) out.push(ledger);
    return out;
  }

  /**
   * The ledger after `root` that has so much support that no other branch can have more: from child to child of the tree of what validators
   * follow, as long as the best one leads by more than all who have not validated as far (each of whom may be for any). `issued`: the last
   * sequence number that this validator has validated; whoever has not come so far may still be for anything.
   */
  preferred(root: Ledger, issued: number, now_us: number): Ledger {
    const counts = new Map<Ledger, number>();
    for (const tip of this.#current(now_us)) counts.set(tip, (counts.get(tip) ?? 0) + 1);
    // Of each followed ledger its chain from the root on; none: it is on another branch.
    const tips = [...counts].map(([tip, count]) => ({ tip, count, chain: isInChain(root, tip) ? chainOf(tip, root.sequence + 1) : [] }));
    let at = root;
    for (;;) {
      const support = new Map<Ledger, number>();
      let uncommitted = 0;
      for (const { tip, count, chain } of tips) {
        if (tip.sequence < Math.max(at.sequence + 1, issued)) uncommitted += count;
        const child = chain[at.sequence - root.sequence];
        if (child?.parent === at) support.set(child, (support.get(child) ?? 0) + count);
      }
      const [best, second] = [...support].sort(([x, ofX], [y, ofY]) => ofY - ofX || y.order - x.order);
      if (best === undefined) return at;
      // Who loses ties needs one more to come first.
      const lead = second === undefined ? best[1] : best[1] - second[1] + (best[0].order > second[0].order ? 1 : 0);
      if (lead <= uncommitted && uncommitted > 0) return at;
      at = best[0];
    }
  }

  /** Validators that follow a ledger after this one. */
  finishedAfter(ledger: Ledger, now_us: number): number {
    return this.#current(now_us).filter((tip) => tip !== ledger && isInChain(ledger, tip)).length;
  }

  /** How far the validators are, by their last checked validation. */
  progress(sequence: number, { now_us, fresh_us }: { now_us: number; fresh_us: number }): { lagging: number; offline: number } {
    let lagging = 0;
    let offline = 0;
    for (const validator of this.#rules.listed) {
      const last = this.#last.get(validator);
      if (last === undefined || now_us >= last.seen_us + fresh_us) offline += 1;
      else if (last.sequence < sequence) lagging += 1;
    }
    return { lagging, offline };
  }
}
