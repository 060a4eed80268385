// Fast leader election (ZooKeeper's FastLeaderElection): rounds in which voters tell each other whom they vote for, and take over a better
// vote, until a majority has one and the same.
import type { Notification, Vote } from './messages.ts';

/** Order (epoch, zxid, id): is `one` better than `other`? */
export const isBetter = (one: Vote, other: Vote): boolean =>
  one.epoch !== other.epoch ? one.epoch > other.epoch : one.zxid !== other.zxid ? one.zxid > other.zxid : one.leader > other.leader;

const isSame = (one: Vote, other: Vote): boolean => one.leader === other.leader && one.epoch === other.epoch && one.zxid === other.zxid;

/** What follows from a notification: this node's vote is another one and is told to all; the sender is told it; nothing is to be told. */
export type Heard = 'changed' | 'behind' | 'noted';

export class Election {
  round = 0;
  /** What this node votes for. */
  vote: Vote;
  #own: Vote;
  readonly #voters: number;
  readonly #majority: number;
  readonly #votes = new Map<number, Vote>();
  /** Of voters that are not looking. */
  readonly #settled = new Map<number, Notification>();

  constructor(voters: number, majority: number, own: Vote) {
    this.#voters = voters;
    this.#majority = majority;
    this.#own = this.vote = own;
  }

  /** A round begins. `own`: for itself; of an observer, whose vote nobody counts, too. */
  begin(id: number, own: Vote): void {
    this.round += 1;
    this.#own = this.vote = own;
    this.#settled.clear();
    this.#restart(id);
  }
  #restart(id: number): void {
    this.#votes.clear();
    if (id < this.#voters) this.#votes.set(id, this.vote);
  }

  hear(id: number, from: number, notification: Notification): Heard {
    const { view: round, state, vote } = notification;
    if (from >= this.#voters) return state === 'looking' ? 'behind' : 'noted';
    if (state === 'looking') this.#settled.delete(from);
    else this.#settled.set(from, notification);
    if (id >= this.#voters || (state !== 'looking' && round !== this.round)) return 'noted';
    if (round < this.round) return 'behind';
    const before = this.vote;
    let isNews = false;
    if (round > this.round) {
      this.round = round;
      this.vote = this.#own;
      this.#restart(id);
      isNews = true;
    }
    if (isBetter(vote, this.vote)) this.vote = vote;
    this.#votes.set(from, vote);
    this.#votes.set(id, this.vote);
    return isNews || !isSame(before, this.vote) ? 'changed' : 'noted';
  }

  /** A majority votes as this node does. */
  get isAgreed(): boolean {
    let votes = 0;
    for (const vote of this.#votes.values()) if (isSame(vote, this.vote)) votes += 1;
    return votes >= this.#majority;
  }

  /** Who leads already, by a majority of the voters and itself; null: nobody is known to. */
  get leading(): Notification | null {
    for (const [node, leads] of this.#settled) {
      if (leads.state !== 'leading') continue;
      let followers = 0;
      for (const { vote } of this.#settled.values()) if (vote.leader === node) followers += 1;
      if (followers >= this.#majority) return leads;
    }
    return null;
  }
}
