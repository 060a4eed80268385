// One round of consensus at one validator: positions on the transactions and the close time of the next ledger, until enough of them are one
// (rippled, Consensus.h). What is sent, and what time that takes, is the validator's.
import { NULL_DIGEST } from '../parts/messages.ts';
import { Dispute, type Rung, type Step, type VoteRules } from './avalanche.ts';
import { NO_CLOSE_TIME, networkTime_s, nextResolution_s, rounded_s, voteOnCloseTime } from './close-time.ts';
import { consensusState, type ConsensusState, type Times } from './consensus.ts';
import type { Ledger } from './ledgers.ts';
import { LEAVES, type Proposal } from './messages.ts';

export interface RoundRules {
  readonly times: Times;
  readonly votes: VoteRules;
  /** Per cent of the participants that agree on a close time. */
  readonly closeTime_percent: number;
  /** Rounds count as this long at least where the ladder of thresholds is climbed. */
  readonly leastRound_us: number;
  /** A position is said again after this time, and is forgotten by others after that. */
  readonly proposeAgain_us: number;
  readonly fresh_us: number;
}

/** Transaction sets by their digests. */
export interface Sets {
  items(digest: number): readonly number[];
  has(digest: number, item: number): boolean;
  digestOf(items: readonly number[]): number;
}

/**
 * proposing: it says its position to all. observing: it follows the others' and says nothing, since it was not in the round from the
 * beginning on the ledger that the round builds on, or has left it.
 */
export type Mode = 'proposing' | 'observing';

interface Position {
  set: number;
  close_s: number;
  /** Positions before it in this round; LEAVES: it has left. */
  count: number;
  taken_us: number;
}
interface PeerPosition {
  readonly proposal: Proposal;
  readonly received_us: number;
}

/** A vote on disputed transactions: what it proposed before, and what the peers proposed. */
export interface Voted {
  readonly before: number;
  readonly sets: readonly number[];
  readonly isProposing: boolean;
}

export interface RoundStart {
  readonly previous: Ledger;
  readonly mode: Mode;
  readonly opened_us: number;
  readonly proposersBefore: number;
  readonly roundBefore_us: number;
  /** It never changes its vote on a transaction. */
  readonly refuses: boolean;
}

export class Round {
  readonly previous: Ledger;
  readonly resolution_s: number;
  readonly opened_us: number;
  readonly proposersBefore: number;
  readonly roundBefore_us: number;
  mode: Mode;
  phase: 'open' | 'establish' | 'accepted' = 'open';
  closed_us = 0;
  /** null: the ledger is open. */
  position: Position | null = null;
  readonly peers = new Map<number, PeerPosition>();
  readonly disputes = new Map<number, Dispute>();
  /** The last one, after which it proposes what `position` says; null: none yet, or it lacked the set of a peer's position. */
  voted: Voted | null = null;
  hasCloseTime = false;
  readonly #rules: RoundRules;
  readonly #sets: Sets;
  readonly #refuses: boolean;
  readonly #left = new Set<number>();
  /** Sets that it has, of peers and its own. */
  readonly #acquired = new Set<number>([NULL_DIGEST]);
  readonly #compared = new Set<number>();
  readonly #closeTimeRung: Rung = { step: 0, rounds: 0 };
  #ticks = 0;
  #peersUnchanged = 0;

  constructor(rules: RoundRules, sets: Sets, { previous, mode, opened_us, proposersBefore, roundBefore_us, refuses }: RoundStart) {
    this.#refuses = refuses;
    this.#rules = rules;
    this.#sets = sets;
    this.previous = previous;
    this.resolution_s = nextResolution_s(previous, previous.sequence + 1);
    this.mode = mode;
    this.opened_us = opened_us;
    this.proposersBefore = proposersBefore;
    this.roundBefore_us = roundBefore_us;
  }

  items(set: number): readonly number[] {
    return this.#sets.items(set);
  }

  get isProposing(): boolean {
    return this.mode === 'proposing';
  }
  get #ladder(): readonly Step[] {
    return this.#rules.votes.ladder;
  }

  /** Does it lack the set of a peer's position? */
  lacks(set: number): boolean {
    return !this.#acquired.has(set);
  }

  /** A peer's position. Returns whether it is new. */
  place(proposal: Proposal, received_us: number): boolean {
    const { signer, view, digest } = proposal;
    const before = this.peers.get(signer)?.proposal.view ?? -1;
    if (this.#left.has(signer) || view <= before) return false;
    if (view === LEAVES) {
      this.#drop(signer);
      this.#left.add(signer);
      return true;
    }
    this.peers.set(signer, { proposal, received_us });
    if (this.position !== null && this.#acquired.has(digest)) this.#countVotes(signer, digest);
    return true;
  }

  #drop(peer: number): void {
    this.peers.delete(peer);
    for (const dispute of this.disputes.values()) dispute.unset(peer);
  }

  /** A set has come that peers propose. */
  acquire(set: number): void {
    if (this.#acquired.has(set)) return;
    this.#acquired.add(set);
    if (this.position !== null) for (const [peer, { proposal }] of this.peers) if (proposal.digest === set) this.#countVotes(peer, set);
  }

  #countVotes(peer: number, set: number): void {
    if (!this.#compared.has(set)) this.#compare(set);
    for (const dispute of this.disputes.values()) if (dispute.set(peer, this.#sets.has(set, dispute.item))) this.#peersUnchanged = 0;
  }

  /** Whatever is in its own position and not in this set, or the other way round, is disputed from now on. */
  #compare(set: number): void {
    this.#compared.add(set);
    const own = this.position!.set;
    if (own === set) return;
    for (const [mine, other] of [
      [own, set],
      [set, own],
    ])
      for (const item of this.#sets.items(mine)) {
        if (this.#sets.has(other, item) || this.disputes.has(item)) continue;
        const dispute = new Dispute(item, mine === own);
        for (const [peer, { proposal }] of this.peers)
          if (this.#acquired.has(proposal.digest)) dispute.set(peer, this.#sets.has(proposal.digest, item));
        this.#peersUnchanged = 0;
        this.disputes.set(item, dispute);
      }
  }

  /** The ledger closes with this set as its own first position. */
  close(set: number, now_us: number): void {
    this.phase = 'establish';
    this.closed_us = now_us;
    this.position = { set, close_s: networkTime_s(now_us), count: 0, taken_us: now_us };
    this.#acquired.add(set);
    for (const { proposal } of this.peers.values())
      if (this.#acquired.has(proposal.digest) && !this.#compared.has(proposal.digest)) this.#compare(proposal.digest);
  }

  #converge_percent(now_us: number): number {
    return Math.floor((100 * (now_us - this.closed_us)) / Math.max(this.roundBefore_us, this.#rules.leastRound_us));
  }

  /** A tick after closing. False: it is too early to change one's position. */
  tick(now_us: number): boolean {
    this.#ticks += 1;
    this.#peersUnchanged += 1;
    return now_us - this.closed_us >= this.#rules.times.leastConsensus_us;
  }

  /** Votes on what is disputed and on the close time. Returns whether its position is another one now, or must be said again. */
  update(now_us: number): boolean {
    const position = this.position!;
    for (const [peer, { received_us }] of this.peers) if (received_us <= now_us - this.#rules.fresh_us) this.#drop(peer);
    const changed = this.#updateSet(now_us);
    const close_s = this.#voteOnCloseTime(now_us);
    const isOld = position.taken_us <= now_us - this.#rules.proposeAgain_us;
    if (!changed && close_s === this.#bin_s(position.close_s) && !isOld) return false;
    position.close_s = close_s;
    position.taken_us = now_us;
    if (position.count !== LEAVES) position.count += 1;
    if (this.lacks(position.set)) this.acquire(position.set);
    return position.count !== LEAVES;
  }

  #updateSet(now_us: number): boolean {
    if (this.#refuses) return false;
    const position = this.position!;
    if (this.disputes.size > 0) this.voted = this.#ballot(position.set);
    const how = { converge_percent: this.#converge_percent(now_us), proposing: this.isProposing };
    const changed: Dispute[] = [];
    for (const dispute of this.disputes.values()) if (dispute.update(this.#rules.votes, how)) changed.push(dispute);
    if (changed.length === 0) return false;
    const items = new Set(this.#sets.items(position.set));
    for (const { item, vote } of changed)
      if (vote) items.add(item);
      else items.delete(item);
    position.set = this.#sets.digestOf([...items].sort((x, y) => x - y));
    return true;
  }

  #ballot(before: number): Voted | null {
    const sets = [...this.peers.values()].map(({ proposal }) => proposal.digest);
    return sets.every((set) => this.#acquired.has(set)) ? { before, sets, isProposing: this.isProposing } : null;
  }

  #bin_s(close_s: number): number {
    return rounded_s(close_s, this.resolution_s);
  }

  #voteOnCloseTime(now_us: number): number {
    const own_s = this.#bin_s(this.position!.close_s);
    if (this.peers.size === 0) {
      this.hasCloseTime = true;
      return own_s;
    }
    const bins_s = [...this.peers.values()].map(({ proposal }) => this.#bin_s(proposal.close_s));
    if (this.isProposing) bins_s.push(own_s);
    const { close_s, isAgreed } = voteOnCloseTime(bins_s, {
      ladder: this.#ladder,
      rung: this.#closeTimeRung,
      converge_percent: this.#converge_percent(now_us),
      agreed_percent: this.#rules.closeTime_percent,
    });
    this.hasCloseTime = isAgreed;
    return close_s;
  }

  /** `finished`: trusted validators that follow a later ledger already. */
  state(now_us: number, finished: number): ConsensusState {
    const { votes, times } = this.#rules;
    const own = this.position!.set;
    let agreeing = 0;
    for (const { proposal } of this.peers.values()) if (proposal.digest === own) agreeing += 1;
    const disputes = [...this.disputes.values()];
    const state = consensusState(times, {
      proposersBefore: this.proposersBefore,
      roundBefore_us: this.roundBefore_us,
      round_us: now_us - this.closed_us,
      proposers: this.peers.size,
      agreeing,
      finished,
      stalled:
        this.hasCloseTime &&
        disputes.length > 0 &&
        disputes.every((dispute) => dispute.isStalled(votes, this.isProposing, this.#peersUnchanged)),
      proposing: this.isProposing,
    });
    // A round that was slow gets its votes on every step of the ladder nevertheless.
    return state === 'expired' && this.#ticks < this.#ladder.length * votes.leastRounds ? 'no' : state;
  }

  /** It takes no part any more. Returns whether others must hear of that. */
  leave(now_us: number): boolean {
    if (!this.isProposing) return false;
    this.mode = 'observing';
    const { position } = this;
    if (position === null || position.count === LEAVES) return false;
    position.count = LEAVES;
    position.taken_us = now_us;
    return true;
  }

  /** What it agreed on, of the close time; NO_CLOSE_TIME: nothing. */
  get close_s(): number {
    return this.position?.close_s ?? NO_CLOSE_TIME;
  }
}
