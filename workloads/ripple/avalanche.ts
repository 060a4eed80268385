// How validators vote on a transaction that some of them propose and others do not: rippled's DisputedTx and the ladder of thresholds of its
// ConsensusParms. What a transaction needs rises with the time that a round takes, as a share of what the one before it took.

/** From this per cent of the previous round's time on, a transaction needs more than so many per cent of the votes. */
export interface Step {
  readonly from_percent: number;
  readonly needed_percent: number;
}

/** Like '0:50,50:65,85:70,200:95'. */
export const LADDER = /^0:\d+(,\d+:\d+)*$/;
export const ladderOf = (text: string): Step[] =>
  text.split(',').map((step) => {
    const [from_percent, needed_percent] = step.split(':').map(Number);
    return { from_percent, needed_percent };
  });

/** What is wrong with a ladder, as what to write instead; null: nothing. */
export function ladderProblem(ladder: readonly Step[]): string | null {
  if (ladder.some(({ needed_percent }) => needed_percent > 100)) return 'needed votes of at most 100 per cent';
  if (ladder.some(({ from_percent }, at) => at > 0 && from_percent <= ladder[at - 1].from_percent))
    return 'steps in the order of time, each later than the one before';
  return null;
}

/** Where a vote stands on its ladder. */
export interface Rung {
  step: number;
  /** Votes that were taken on it. */
  rounds: number;
}

/** What is needed now, in per cent. Climbs one step at most, and only after `leastRounds` votes on the one before. */
export function climb(
  ladder: readonly Step[],
  rung: Rung,
  { converge_percent, leastRounds }: { converge_percent: number; leastRounds: number },
): number {
  rung.rounds += 1;
  const next = ladder[rung.step + 1];
  if (next !== undefined && rung.rounds >= leastRounds && converge_percent >= next.from_percent) {
    rung.step += 1;
    rung.rounds = 0;
  }
  return ladder[rung.step].needed_percent;
}

/** Per cent of the votes that are for it, one's own among them, rounded down. */
export function weightOf({ yays, nays, own }: { yays: number; nays: number; own: boolean }): number {
  return Math.floor((100 * yays + (own ? 100 : 0)) / (yays + nays + 1));
}

export interface VoteRules {
  readonly ladder: readonly Step[];
  readonly leastRounds: number;
  readonly stalledRounds: number;
  readonly least_percent: number;
}

/** A transaction that is in one position and not in another. */
export class Dispute {
  readonly item: number;
  vote: boolean;
  readonly rung: Rung = { step: 0, rounds: 0 };
  /** Of the last vote; -1: it proposed nothing itself, or has not voted yet. */
  weight = -1;
  /** Votes in a row that did not change its mind. */
  unchanged = 0;
  readonly #votes = new Map<number, boolean>();
  #yays = 0;

  constructor(item: number, vote: boolean) {
    this.item = item;
    this.vote = vote;
  }

  get yays(): number {
    return this.#yays;
  }
  get nays(): number {
    return this.#votes.size - this.#yays;
  }

  /** A peer's position has it, or not. Returns whether that is new. */
  set(peer: number, votes: boolean): boolean {
    const before = this.#votes.get(peer);
    if (before === votes) return false;
    this.#votes.set(peer, votes);
    this.#yays += (votes ? 1 : 0) - (before === true ? 1 : 0);
    return true;
  }
  unset(peer: number): void {
    if (this.#votes.get(peer) === true) this.#yays -= 1;
    this.#votes.delete(peer);
  }

  /** Votes again. Returns whether it has changed its mind. */
  update(rules: VoteRules, { converge_percent, proposing }: { converge_percent: number; proposing: boolean }): boolean {
    const { yays, nays } = this;
    if ((this.vote ? nays : yays) === 0) return false;
    const needed_percent = climb(rules.ladder, this.rung, { converge_percent, leastRounds: rules.leastRounds });
    this.weight = proposing ? weightOf({ yays, nays, own: this.vote }) : -1;
    // Strictly more. Who proposes nothing follows those who do.
    const vote = proposing ? this.weight > needed_percent : yays > nays;
    const changed = vote !== this.vote;
    this.unchanged = changed ? 0 : this.unchanged + 1;
    this.vote = vote;
    return changed;
  }

  /** Nobody will change his mind any more, and a large majority is of one: `peersUnchanged` votes in a row no peer did. */
  isStalled({ ladder, leastRounds, stalledRounds, least_percent }: VoteRules, proposing: boolean, peersUnchanged: number): boolean {
    if (this.rung.step < ladder.length - 1 || this.rung.rounds < leastRounds) return false;
    if (proposing && this.unchanged < leastRounds) return false;
    if (peersUnchanged < stalledRounds && proposing && this.unchanged < stalledRounds) return false;
    const total = this.#votes.size + (proposing ? 1 : 0);
    if (total === 0) return false;
    const weight = Math.floor((100 * (this.yays + (proposing && this.vote ? 1 : 0))) / total);
    return weight > least_percent || weight < 100 - least_percent;
  }
}
