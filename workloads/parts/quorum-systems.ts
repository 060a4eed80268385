// Who decides: quorum systems as values. A quorum may decide; a blocking set meets every quorum, so that none decides without it.
//
// Threshold systems (majority, Byzantine, weighted, a list of trusted nodes) are the same for all or for one viewer, and every set that
// holds a quorum is one. With slices (D. Mazieres, "The Stellar Consensus Protocol", 2015, sections 3 and 4) each node has its own view.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import { byzantineBound, byzantineQuorum, majorityQuorum } from '../../harness/simulate/core/quorum.ts';

/** Votes as they come: what they make is known after each without going through the others. */
export interface QuorumTally {
  /** False: its vote was counted before. */
  add(member: number): boolean;
  readonly isQuorum: boolean;
  readonly isBlocking: boolean;
}

export interface QuorumSystem {
  /** Members are numbered from 0. */
  readonly members: number;
  /** Does the set hold a quorum? */
  isQuorum(who: BitSet): boolean;
  /** Can the others decide nothing without somebody of this set? */
  isBlocking(who: BitSet): boolean;
  tally(): QuorumTally;
}

/** Quorums are the sets of at least `quorum` votes; a member has one vote or its weight. */
export class ThresholdSystem implements QuorumSystem {
  readonly members: number;
  readonly quorum: number;
  readonly total: number;
  readonly #weights: readonly number[];

  /** @throws RangeError where weights are no integers from 0, their sum is not exact, or no set can be a quorum */
  constructor(weights: readonly number[], quorum: number) {
    this.members = weights.length;
    this.quorum = quorum;
    this.#weights = weights;
    this.total = sumOf(weights);
    if (!Number.isInteger(quorum) || quorum < 1 || quorum > this.total)
      throw new RangeError(`quorum: received ${quorum}; accepted: integers from 1 to the sum of all weights, ${this.total}`);
  }

  weightOf(member: number): number {
    return this.#weights[member] ?? 0;
  }
  isQuorum(who: BitSet): boolean {
    return this.#weight(who) >= this.quorum;
  }
  isBlocking(who: BitSet): boolean {
    return this.total - this.#weight(who) < this.quorum;
  }
  tally(): QuorumTally {
    return new ThresholdTally(this);
  }

  #weight(who: BitSet): number {
    let weight = 0;
    for (let member = 0; member < this.members; member++) if (who.has(member)) weight += this.weightOf(member);
    return weight;
  }
}

class ThresholdTally implements QuorumTally {
  readonly #system: ThresholdSystem;
  readonly #who = new BitSet();
  #weight = 0;

  constructor(system: ThresholdSystem) {
    this.#system = system;
  }
  add(member: number): boolean {
    if (this.#who.has(member)) return false;
    this.#who.add(member);
    this.#weight += this.#system.weightOf(member);
    return true;
  }
  get isQuorum(): boolean {
    return this.#weight >= this.#system.quorum;
  }
  get isBlocking(): boolean {
    return this.#system.total - this.#weight < this.#system.quorum;
  }
}

function sumOf(weights: readonly number[]): number {
  const wrong = weights.findIndex((weight) => !Number.isSafeInteger(weight) || weight < 0);
  if (wrong >= 0) throw new RangeError(`weight of member ${wrong}: received ${weights[wrong]}; accepted: integers from 0`);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!Number.isSafeInteger(sum)) throw new RangeError(`weights: their sum is ${sum}; accepted: sums below 2^53`);
  return sum;
}

const ones = (members: number): readonly number[] => new Array<number>(members).fill(1);

/** More than half: crash faults, as in Raft and Zab. */
export function majority(members: number): ThresholdSystem {
  return new ThresholdSystem(ones(members), majorityQuorum(members));
}

/** ceil((n + f + 1) / 2): two quorums share a correct member where at most f are Byzantine, and n - f are a quorum. */
export function byzantine(members: number, bound = byzantineBound(members)): ThresholdSystem {
  return new ThresholdSystem(ones(members), byzantineQuorum(members, bound));
}

/**
 * The same by weight: two quorums share a correct member where Byzantine members hold at most `bound`, and all but so much weight is
 * a quorum. A member of weight 0 decides nothing.
 */
export function weightedByzantine(weights: readonly number[], bound = byzantineBound(sumOf(weights))): ThresholdSystem {
  return new ThresholdSystem(weights, byzantineQuorum(sumOf(weights), bound));
}

/** Of a list of the XRP Ledger. */
export interface ListRules {
  /** Of those that are not disabled. */
  readonly percent?: number;
  /** The negative UNL: validators of the list that are taken for offline, and do not count. */
  readonly disabled?: readonly number[];
  /** Of all on the list, disabled or not. */
  readonly leastPercent?: number;
}

/**
 * What a server of the XRP Ledger waits for: 80% of the validators on its own list, rounded up, less those of the negative UNL; and at
 * least 60% of all of them (rippled, ValidatorList.cpp).
 */
export function uniqueNodeList(
  members: number,
  list: readonly number[],
  { percent = 80, disabled = [], leastPercent = 60 }: ListRules = {},
): ThresholdSystem {
  const weights = new Array<number>(members).fill(0);
  for (const member of list) {
    if (!(member in weights)) throw new RangeError(`list: received member ${member}; accepted: integers from 0 to ${members - 1}`);
    weights[member] = 1;
  }
  const all = sumOf(weights);
  for (const member of disabled) weights[member] = 0;
  return new ThresholdSystem(weights, Math.max(Math.ceil((sumOf(weights) * percent) / 100), Math.ceil((all * leastPercent) / 100)));
}

/** Slices as thresholds: any `threshold` of the members and inner sets together. */
export interface SliceSet {
  readonly threshold: number;
  readonly members: readonly number[];
  readonly inner?: readonly SliceSet[];
}

const entriesOf = ({ members, inner = [] }: SliceSet): number => members.length + inner.length;

/** Is a slice inside the set? */
export function hasSlice(slices: SliceSet, who: BitSet): boolean {
  let met = 0;
  for (const member of slices.members) if (who.has(member)) met += 1;
  for (const inner of slices.inner ?? []) if (hasSlice(inner, who)) met += 1;
  return met >= slices.threshold;
}

/** Does the set meet every slice? */
export function meetsAllSlices(slices: SliceSet, who: BitSet): boolean {
  let met = 0;
  for (const member of slices.members) if (who.has(member)) met += 1;
  for (const inner of slices.inner ?? []) if (meetsAllSlices(inner, who)) met += 1;
  return met > entriesOf(slices) - slices.threshold;
}

/** Slices of all nodes; each node is in all slices of its own, whether it lists itself or not. */
export class SliceSystem {
  readonly slices: readonly SliceSet[];

  /** @throws RangeError where a threshold cannot be met or is 0, or a member is unknown or twice in one set */
  constructor(slices: readonly SliceSet[]) {
    this.slices = slices;
    // Many nodes may share one set.
    for (const set of new Set(slices)) this.#check(set, slices.indexOf(set));
  }

  get members(): number {
    return this.slices.length;
  }

  /** The largest quorum inside the set: of a quorum each member has a slice in it, and of two quorums the union is one. Empty: none. */
  largestQuorum(who: BitSet): number[] {
    let left: number[] = [];
    for (let node = 0; node < this.members; node++) if (who.has(node)) left.push(node);
    for (;;) {
      const set = BitSet.of(left);
      // Nodes that share one set are asked about together: with one set for all that is n times as fast.
      const known = new Map<SliceSet, boolean>();
      const satisfied = left.filter((node) => {
        const slices = this.slices[node];
        let has = known.get(slices);
        if (has === undefined) known.set(slices, (has = hasSlice(slices, set)));
        return has;
      });
      if (satisfied.length === left.length) return left;
      left = satisfied;
    }
  }

  /**
   * As one node sees it. Quorums are those that it is in: a set decides for the node if it holds one. Blocking is v-blocking: the set
   * meets each of the node's slices. Where it does, no quorum of the node avoids it; but a node that it does not block may depend on
   * others that it blocks.
   * @throws RangeError where there is no such node
   */
  of(node: number): QuorumSystem {
    if (!(node in this.slices)) throw new RangeError(`node: received ${node}; accepted: integers from 0 to ${this.members - 1}`);
    return {
      members: this.members,
      isQuorum: (who) => who.has(node) && this.largestQuorum(who).includes(node),
      isBlocking: (who) => who.has(node) || meetsAllSlices(this.slices[node], who),
      tally: () => new SliceTally(this, node),
    };
  }

  #check({ threshold, members, inner = [] }: SliceSet, node: number): void {
    const entries = members.length + inner.length;
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > entries)
      throw new RangeError(`slices of node ${node}: received threshold ${threshold}; accepted: integers from 1 to ${entries}`);
    const unknown = members.find((member) => !(member in this.slices));
    if (unknown !== undefined)
      throw new RangeError(`slices of node ${node}: received member ${unknown}; accepted: integers from 0 to ${this.members - 1}`);
    if (new Set(members).size < members.length)
      throw new RangeError(`slices of node ${node}: received ${members.join(', ')}; accepted: each member once in a set`);
    for (const set of inner) this.#check(set, node);
  }
}

/** How many entries of a set are met: to hold a slice, and to meet all of them. */
interface Counter {
  readonly threshold: number;
  readonly entries: number;
  readonly parent: Counter | null;
  holding: number;
  meeting: number;
}

/** Counts the votes in the node's own slices; only once a slice is inside the votes are the slices of others asked for. */
class SliceTally implements QuorumTally {
  readonly #system: SliceSystem;
  readonly #node: number;
  readonly #who = new BitSet();
  readonly #own: Counter;
  /** Sets of the node's slices by the members that they list. */
  readonly #lists = new Map<number, Counter[]>();
  /** Known for the votes so far; null: to be found out. */
  #quorum: boolean | null = false;

  constructor(system: SliceSystem, node: number) {
    this.#system = system;
    this.#node = node;
    this.#own = this.#counter(system.slices[node], null);
  }

  #counter(set: SliceSet, parent: Counter | null): Counter {
    const counter = { threshold: set.threshold, entries: entriesOf(set), parent, holding: 0, meeting: 0 };
    for (const member of set.members) {
      const lists = this.#lists.get(member);
      if (lists === undefined) this.#lists.set(member, [counter]);
      else lists.push(counter);
    }
    for (const inner of set.inner ?? []) this.#counter(inner, counter);
    return counter;
  }

  add(member: number): boolean {
    if (this.#who.has(member)) return false;
    this.#who.add(member);
    for (const list of this.#lists.get(member) ?? []) {
      for (let at: Counter | null = list; at !== null; at = at.parent) if (++at.holding !== at.threshold) break;
      for (let at: Counter | null = list; at !== null; at = at.parent) if (++at.meeting !== at.entries - at.threshold + 1) break;
    }
    if (this.#quorum !== true) this.#quorum = null;
    return true;
  }

  get isQuorum(): boolean {
    this.#quorum ??=
      this.#own.holding >= this.#own.threshold && this.#who.has(this.#node) && this.#system.largestQuorum(this.#who).includes(this.#node);
    return this.#quorum;
  }
  get isBlocking(): boolean {
    const { meeting, entries, threshold } = this.#own;
    return this.#who.has(this.#node) || meeting > entries - threshold;
  }
}
