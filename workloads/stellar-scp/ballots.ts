// One node's ballots in one slot: PREPARE, COMMIT and EXTERNALIZE (draft, sections 3.6 to 3.9).
import type { QuorumSystem, QuorumTally } from '../parts/quorum-systems.ts';
import {
  acceptsCommit,
  acceptsPrepare,
  ballotsIn,
  commitsIn,
  compareBallots,
  counterOf,
  flawOf,
  votesCommit,
  votesPrepare,
  type Ballot,
  type BallotPledges,
  type Commit,
  type Prepare,
  type Statement,
} from './statements.ts';
import { FederatedVote, type Reached, type Verified } from './support.ts';

export type BallotFact = Reached & {
  readonly kind: 'accept prepare' | 'confirm prepare' | 'accept commit' | 'confirm commit';
  readonly ballot: Ballot;
  /** Of commits the last counter of a row that begins with the ballot's. */
  readonly to: number;
};

interface Tracked {
  readonly ballot: Ballot;
  readonly vote: FederatedVote;
}
/** A counter further from those known than this is not looked at: nobody needs so many ballots. */
const MOST_COUNTERS = 64;

export class Ballots {
  phase: 'prepare' | 'commit' | 'externalize' = 'prepare';
  /** b; null: it has no value to begin with. */
  ballot: Ballot | null = null;
  /** h when `ballot` began. */
  confirmedBefore: Ballot | null = null;
  /** In PREPARE c; then the lowest and highest ballots whose commit it has accepted, in EXTERNALIZE confirmed. */
  low: Ballot | null = null;
  high: Ballot | null = null;
  /** The highest counter of each value that was accepted, or confirmed, as prepared. */
  readonly #accepted = new Map<number, number>();
  readonly #confirmed = new Map<number, number>();
  /** Counters of the decided value whose commit is accepted, or confirmed. */
  readonly #acceptedCommits = new Set<number>();
  readonly #confirmedCommits = new Set<number>();
  readonly #view: QuorumSystem;
  readonly #self: number;
  readonly #verified: Verified;
  readonly #prepares = new Map<string, Tracked>();
  readonly #commits = new Map<string, Tracked>();
  readonly #statements: Statement[] = [];
  readonly #own: BallotPledges[] = [];
  /** The highest counter that each of the others has spoken of. These decide nothing, and are taken at their word. */
  readonly #counters = new Map<number, number>();
  /** Of them the highest that is not infinite. */
  #highest = 0;
  /** Of those who are at the counter of `ballot` or above it, the node among them. */
  #level: QuorumTally;

  constructor(view: QuorumSystem, self: number, verified: Verified) {
    this.#view = view;
    this.#self = self;
    this.#verified = verified;
    this.#level = view.tally();
  }

  // --- who has said what

  receive(statement: Statement): void {
    const pledges = statement.pledges as BallotPledges;
    this.#statements.push(statement);
    this.#track(pledges);
    for (const { ballot, vote } of this.#prepares.values()) {
      if (votesPrepare(pledges, ballot)) vote.votes.add(statement);
      if (acceptsPrepare(pledges, ballot)) vote.accepts.add(statement);
    }
    for (const { ballot, vote } of this.#commits.values()) {
      if (votesCommit(pledges, ballot)) vote.votes.add(statement);
      if (acceptsCommit(pledges, ballot)) vote.accepts.add(statement);
    }
    const counter = counterOf(pledges);
    this.#counters.set(statement.signer, Math.max(counter, this.#counters.get(statement.signer) ?? 0));
    if (counter < Infinity) this.#highest = Math.max(this.#highest, counter);
    if (this.ballot !== null && counter >= this.ballot.counter) this.#level.add(statement.signer);
  }
  /** The node's own statement. */
  said(pledges: BallotPledges): void {
    const flaw = flawOf(pledges);
    if (flaw !== '') throw new Error(`node ${this.#self} would say what cannot stand: ${flaw}`);
    this.#own.push(pledges);
    this.#track(pledges);
    for (const { ballot, vote } of this.#prepares.values()) addOwn(vote, votesPrepare(pledges, ballot), acceptsPrepare(pledges, ballot));
    for (const { ballot, vote } of this.#commits.values()) addOwn(vote, votesCommit(pledges, ballot), acceptsCommit(pledges, ballot));
  }

  /** What others mention is voted on here, too. */
  #track(pledges: BallotPledges): void {
    for (const ballot of ballotsIn(pledges)) this.#trackOne(this.#prepares, ballot, votesPrepare, acceptsPrepare);
    const commits = commitsIn(pledges);
    if (commits === null || commits.to - commits.from > MOST_COUNTERS) return;
    const { value } = commits;
    for (let counter = commits.from; counter <= commits.to; counter++)
      this.#trackOne(this.#commits, { counter, value }, votesCommit, acceptsCommit);
  }
  #trackOne(
    map: Map<string, Tracked>,
    ballot: Ballot,
    votes: (pledges: BallotPledges, ballot: Ballot) => boolean,
    accepts: (pledges: BallotPledges, ballot: Ballot) => boolean,
  ): void {
    const key = keyOf(ballot);
    if (map.has(key)) return;
    const vote = new FederatedVote(this.#view, this.#self, this.#verified);
    map.set(key, { ballot, vote });
    for (const statement of this.#statements) {
      const pledges = statement.pledges as BallotPledges;
      if (votes(pledges, ballot)) vote.votes.add(statement);
      if (accepts(pledges, ballot)) vote.accepts.add(statement);
    }
    for (const pledges of this.#own) addOwn(vote, votes(pledges, ballot), accepts(pledges, ballot));
  }

  // --- what follows from it

  /** In the order of the phases. `knows`: it has the batch. */
  next(knows: (value: number) => boolean): BallotFact | null {
    if (this.phase === 'externalize') return null;
    return this.#nextPrepare(knows) ?? this.#nextCommit();
  }

  #nextPrepare(knows: (value: number) => boolean): BallotFact | null {
    for (const { ballot, vote } of this.#highestFirst(this.#prepares)) {
      if (this.#isConfirmed(ballot) || !knows(ballot.value) || !this.#matters(ballot.value)) continue;
      const isAccepted = this.#isAccepted(ballot);
      const reached = isAccepted ? vote.confirmed() : vote.accepted();
      if (reached !== null) return { kind: isAccepted ? 'confirm prepare' : 'accept prepare', ballot, to: ballot.counter, ...reached };
    }
    return null;
  }

  /** PREPARE ends where a ballot is confirmed prepared, and its commit accepted: the lowest, with those that follow it in a row. */
  #nextCommit(): BallotFact | null {
    const { phase } = this;
    for (const { ballot } of this.#highestFirst(this.#commits).reverse()) {
      if (!this.#matters(ballot.value) || (phase === 'commit' && this.#confirmedCommits.has(ballot.counter))) continue;
      const isAccepted = phase === 'commit' && this.#acceptedCommits.has(ballot.counter);
      const first = this.#commitReached(ballot, isAccepted);
      if (first === null) continue;
      let { checked } = first;
      let to = ballot.counter;
      for (;;) {
        const next = { counter: to + 1, value: ballot.value };
        const more = this.#acceptedCommits.has(next.counter) === isAccepted ? this.#commitReached(next, isAccepted) : null;
        if (more === null) break;
        checked += more.checked;
        to += 1;
      }
      return { kind: isAccepted ? 'confirm commit' : 'accept commit', ballot, to, checked };
    }
    return null;
  }
  #commitReached(ballot: Ballot, isAccepted: boolean): Reached | null {
    const tracked = this.#commits.get(keyOf(ballot));
    if (tracked === undefined || !this.#isConfirmed(ballot)) return null;
    return isAccepted ? tracked.vote.confirmed() : tracked.vote.accepted();
  }

  /** A blocking set is at higher counters: the lowest counter for which that is no longer so; null: none is. */
  ahead(): number | null {
    const { ballot } = this;
    if (ballot === null || this.phase === 'externalize' || this.#highest <= ballot.counter) return null;
    // Those that have externalized are ahead for ever: where they alone are blocking, the highest other counter will do, and without one its own.
    const higher = [...new Set(this.#counters.values())].filter((counter) => counter > ballot.counter && counter < Infinity);
    higher.sort((x, y) => x - y);
    for (const counter of [ballot.counter, ...higher]) {
      const tally = this.#view.tally();
      for (const [signer, its] of this.#counters) if (its > counter) tally.add(signer);
      if (!tally.isBlocking) return counter === ballot.counter ? null : counter;
    }
    return higher.at(-1) ?? null;
  }

  /** From COMMIT on there is one value. */
  #matters(value: number): boolean {
    return this.phase === 'prepare' || value === this.ballot!.value;
  }
  #highestFirst(map: ReadonlyMap<string, Tracked>): Tracked[] {
    const all = [...map.values()];
    return all.length < 2 ? all : all.sort((x, y) => compareBallots(y.ballot, x.ballot));
  }
  #isAccepted({ counter, value }: Ballot): boolean {
    return counter <= (this.#accepted.get(value) ?? 0);
  }
  #isConfirmed({ counter, value }: Ballot): boolean {
    return counter <= (this.#confirmed.get(value) ?? 0);
  }

  /** A quorum is at the counter of `ballot` or above it. */
  get isLevel(): boolean {
    return this.ballot !== null && this.#level.isQuorum;
  }

  /** h of PREPARE: the highest ballot confirmed as prepared. */
  get confirmedPrepared(): Ballot | null {
    return highestOf(this.#confirmed);
  }
  /** The highest ballot accepted as prepared. */
  get acceptedPrepared(): Ballot | null {
    return highestOf(this.#accepted);
  }

  // --- what the node does with it

  acceptPrepare({ counter, value }: Ballot): void {
    this.#accepted.set(value, Math.max(counter, this.#accepted.get(value) ?? 0));
    if (this.phase === 'prepare') this.#resetLow();
  }
  confirmPrepare({ counter, value }: Ballot): void {
    this.#confirmed.set(value, Math.max(counter, this.#confirmed.get(value) ?? 0));
    const high = this.confirmedPrepared!;
    // A quorum is at its counter.
    if (this.phase === 'prepare' && (this.ballot === null || this.ballot.counter < high.counter)) this.begin(high);
    this.#setLow();
  }
  /** Of a row of counters. */
  acceptCommit({ counter, value }: Ballot, to: number): void {
    const at = Math.max(to, this.ballot?.counter ?? 1);
    if (this.ballot?.counter !== at || this.ballot.value !== value) this.begin({ counter: at, value });
    this.phase = 'commit';
    for (let its = counter; its <= to; its++) this.#acceptedCommits.add(its);
    [this.low, this.high] = lastRow(this.#acceptedCommits, value);
  }
  confirmCommit({ counter, value }: Ballot, to: number): void {
    for (let its = counter; its <= to; its++) this.#confirmedCommits.add(its);
    this.phase = 'externalize';
    [this.low, this.high] = lastRow(this.#confirmedCommits, value);
  }

  /** `ballot` is the current one from now on. */
  begin(ballot: Ballot): void {
    this.ballot = ballot;
    this.confirmedBefore = this.confirmedPrepared;
    this.#level = this.#view.tally();
    this.#level.add(this.#self);
    for (const [signer, counter] of this.#counters) if (counter >= ballot.counter) this.#level.add(signer);
    if (this.phase === 'prepare') this.#setLow();
  }

  /** c goes where a higher ballot of another value was accepted as prepared: that aborts it. */
  #resetLow(): void {
    const { low } = this;
    if (low === null) return;
    for (const [value, counter] of this.#accepted) if (value !== low.value && compareBallots({ counter, value }, low) > 0) this.low = null;
  }
  #setLow(): void {
    const { ballot } = this;
    if (this.phase !== 'prepare' || this.low !== null || ballot === null || !this.#isConfirmed(ballot)) return;
    this.low = ballot;
    this.#resetLow();
  }

  /** What the node has to say; null: nothing as long as it has no ballot. */
  pledges(): BallotPledges | null {
    const { ballot, low, high } = this;
    if (ballot === null) return null;
    if (this.phase === 'externalize') return { kind: 'externalize', commit: low!, hCounter: high!.counter };
    const { value } = ballot;
    if (this.phase === 'commit') {
      const preparedCounter = this.#accepted.get(value) ?? 0;
      return { kind: 'commit', ballot, preparedCounter, hCounter: high!.counter, cCounter: low!.counter };
    }
    // The highest that do not exceed b: of <n, y> with y > b.value that is at most <n - 1, y>.
    const below = [...this.#accepted].map(([its, counter]): Ballot => {
      const most = its <= value ? ballot.counter : ballot.counter - 1;
      return { counter: Math.min(counter, most), value: its };
    });
    below.sort((x, y) => compareBallots(y, x));
    const [prepared = null, preparedPrime = null] = below;
    const confirmed = this.confirmedPrepared;
    const hCounter = confirmed?.value === value ? Math.min(confirmed.counter, ballot.counter) : 0;
    const cCounter = hCounter > 0 && low?.value === value ? Math.min(low.counter, hCounter) : 0;
    return { kind: 'prepare', ballot, prepared, preparedPrime, hCounter, cCounter };
  }

  /** After a crash: what it has said last of a slot that it has not externalized. */
  restore(pledges: Prepare | Commit): void {
    const { ballot, hCounter, cCounter } = pledges;
    const { value } = ballot;
    const accept = ({ counter, value: its }: Ballot): unknown => this.#accepted.set(its, counter);
    if (hCounter > 0) this.#confirmed.set(value, hCounter);
    this.begin(ballot);
    this.low = cCounter > 0 ? { counter: cCounter, value } : null;
    if (pledges.kind === 'prepare') {
      for (const one of [pledges.prepared, pledges.preparedPrime]) if (one !== null) accept(one);
    } else {
      accept({ counter: pledges.preparedCounter, value });
      for (let counter = cCounter; counter <= hCounter; counter++) this.#acceptedCommits.add(counter);
      this.high = { counter: hCounter, value };
      this.phase = 'commit';
    }
    this.said(pledges);
  }

  /** Others that have accepted the commit by which this node externalized: with what that proves. */
  commitProof(): { readonly ballot: Ballot; readonly statements: Statement[] } {
    const ballot = this.high!;
    return { ballot, statements: this.#commits.get(keyOf(ballot))!.vote.accepts.statements };
  }
}

function addOwn({ votes, accepts }: FederatedVote, isVote: boolean, isAccept: boolean): void {
  if (isVote) votes.addOwn();
  if (isAccept) accepts.addOwn();
}

function highestOf(counters: ReadonlyMap<number, number>): Ballot | null {
  let highest: Ballot | null = null;
  for (const [value, counter] of counters)
    if (highest === null || compareBallots({ counter, value }, highest) > 0) highest = { counter, value };
  return highest;
}

/** The highest counter of a set, and the first of those in a row up to it. */
function lastRow(counters: ReadonlySet<number>, value: number): [low: Ballot, high: Ballot] {
  const high = Math.max(...counters);
  let low = high;
  while (counters.has(low - 1)) low -= 1;
  return [
    { counter: low, value },
    { counter: high, value },
  ];
}

const keyOf = ({ counter, value }: Ballot): string => `${counter} ${value}`;
