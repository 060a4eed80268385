// Federated voting (draft, section 3.1) as one node sees it: who supports something, and whether they reach quorum or blocking threshold.
//
// What a node has signed stands: a statement counts for whatever it has once said, also after its signer has said more. Statements are
// verified no earlier than a threshold needs them, the earliest first, and each once.
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { QuorumSystem, QuorumTally } from '../parts/quorum-systems.ts';
import type { Statement } from './statements.ts';

/** Which of a slot's statements a node has verified. */
export class Verified {
  readonly #log: OperationLog;
  readonly #good = new Set<Statement>();

  constructor(log: OperationLog) {
    this.#log = log;
  }
  has(statement: Statement): boolean {
    return this.#good.has(statement);
  }
  /** Checks signatures together. Returns whether all are good. */
  check(statements: readonly Statement[]): boolean {
    const good = this.#log.verify(statements);
    for (const statement of good) this.#good.add(statement);
    return good.length === statements.length;
  }
}

/** What a threshold took: how many statements were verified for it. */
export interface Reached {
  readonly checked: number;
}

export class Support {
  readonly #view: QuorumSystem;
  readonly #self: number;
  readonly #verified: Verified;
  /** Everybody's, verified or not. */
  #all: QuorumTally;
  /** Of each of the others the first statement, in the order of arrival. */
  #statements: Statement[] = [];
  #own = false;

  constructor(view: QuorumSystem, self: number, verified: Verified) {
    this.#view = view;
    this.#self = self;
    this.#verified = verified;
    this.#all = view.tally();
  }

  add(statement: Statement): void {
    if (this.#all.add(statement.signer)) this.#statements.push(statement);
  }
  addOwn(): void {
    if (this.#all.add(this.#self)) this.#own = true;
  }

  /** Of a quorum that the node itself is in; null: not reached. */
  quorum(): Reached | null {
    return this.#own && this.#all.isQuorum ? this.#make((tally) => tally.isQuorum) : null;
  }
  /** Of others; null: not reached, or the node has said so itself. */
  blocking(): Reached | null {
    return !this.#own && this.#all.isBlocking ? this.#make((tally) => tally.isBlocking) : null;
  }
  /** Those whose word was verified, their statements in the order of arrival. */
  get statements(): Statement[] {
    return this.#statements.filter((statement) => this.#verified.has(statement));
  }

  /** Verifies as few statements as it takes. */
  #make(isReached: (tally: QuorumTally) => boolean): Reached | null {
    let checked = 0;
    for (;;) {
      const tally = this.#view.tally();
      if (this.#own) tally.add(this.#self);
      for (const statement of this.#statements) if (this.#verified.has(statement)) tally.add(statement.signer);
      if (isReached(tally)) return { checked };
      const missing: Statement[] = [];
      for (const statement of this.#statements) {
        if (this.#verified.has(statement)) continue;
        tally.add(statement.signer);
        missing.push(statement);
        if (isReached(tally)) break;
      }
      if (!isReached(tally)) return null;
      checked += missing.length;
      if (!this.#verified.check(missing)) this.#drop(new Set(missing));
    }
  }

  /** Bad ones of these count no more, and do not keep their alleged signers from speaking. */
  #drop(checked: ReadonlySet<Statement>): void {
    this.#statements = this.#statements.filter((statement) => !checked.has(statement) || this.#verified.has(statement));
    this.#all = this.#view.tally();
    if (this.#own) this.#all.add(this.#self);
    for (const { signer } of this.#statements) this.#all.add(signer);
  }
}

/** Votes for something with those that accept it, and the latter alone. */
export class FederatedVote {
  readonly votes: Support;
  readonly accepts: Support;

  constructor(view: QuorumSystem, self: number, verified: Verified) {
    this.votes = new Support(view, self, verified);
    this.accepts = new Support(view, self, verified);
  }

  /** Figure 1 of the draft: a quorum votes for it or accepts it, or a blocking set accepts it. */
  accepted(): Reached | null {
    return this.votes.quorum() ?? this.accepts.blocking();
  }
  confirmed(): Reached | null {
    return this.accepts.quorum();
  }
}
