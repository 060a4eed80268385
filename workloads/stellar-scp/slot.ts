// What a node knows of one slot.
import type { QuorumSystem } from '../parts/quorum-systems.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import { Ballots } from './ballots.ts';
import type { Round } from './leaders.ts';
import { Nomination } from './nomination.ts';
import type { BallotPledges, Pledges, Statement } from './statements.ts';
import { Verified } from './support.ts';

/** Statements of one signer that are kept: a correct one has no use for so many. */
const MOST_STATEMENTS = 1000;

export class Slot {
  readonly sequence: number;
  readonly verified: Verified;
  readonly nomination: Nomination;
  readonly ballots: Ballots;
  /** NaN: it has not begun here. */
  begun_us = NaN;
  /** Rounds of nomination so far. */
  readonly rounds: Round[] = [];
  /** Counters and rounds after the first ones. */
  attempts = 0;
  /** The counter whose timer runs, or has run out; 0: none. */
  armed = 0;
  /** It has proposed a batch of its own. */
  introduces = false;
  /** Statements that came with a batch, to be looked at. */
  readonly unread: Statement[] = [];
  /** The last of each kind that it has said itself. */
  nominated: Statement | null = null;
  balloted: Statement | null = null;
  readonly #seen = new Set<Statement>();
  readonly #count = new Map<number, number>();

  constructor(sequence: number, view: QuorumSystem, self: number, log: OperationLog) {
    this.sequence = sequence;
    this.verified = new Verified(log);
    this.nomination = new Nomination(view, self, this.verified);
    this.ballots = new Ballots(view, self, this.verified);
  }

  get hasBegun(): boolean {
    return !Number.isNaN(this.begun_us);
  }
  get isEmpty(): boolean {
    return this.#seen.size === 0;
  }

  /** From another node. One that was heard before says nothing new. */
  hear(statement: Statement): void {
    const { signer, pledges, body } = statement;
    const count = this.#count.get(signer) ?? 0;
    if (this.#seen.has(statement) || count >= MOST_STATEMENTS) return;
    this.#seen.add(statement);
    this.#count.set(signer, count + 1);
    if (body !== null) this.unread.push(statement);
    if (pledges.kind === 'nominate') this.nomination.receive(statement, pledges);
    else this.ballots.receive(statement);
  }

  /** NOMINATE ends where a ballot is confirmed as prepared. */
  get nominates(): boolean {
    return this.ballots.confirmedPrepared === null && this.ballots.phase === 'prepare';
  }
}

/** Two statements that say the same. */
export function samePledges(x: Pledges | undefined, y: BallotPledges): boolean {
  return x !== undefined && JSON.stringify(x) === JSON.stringify(y);
}
