// Who is on which committee (go-algorand, config/consensus.go, the same since its first version; ABFT specification, section "Elementary data
// types"). Steps are numbered as there. Each node draws for each step anew, by its own hash of the round's seed, and nobody knows of it before it speaks.
import { PURPOSE, draw32, drawKey, type DrawKey } from '../../harness/simulate/core/draws.ts';
import type { Weights } from '../../harness/simulate/core/weights.ts';
import { weightOf } from '../../harness/simulate/core/weights.ts';
import { chancesOf, timesChosen, type Chances } from './sortition.ts';

export const STEP = { propose: 0, soft: 1, cert: 2, next: 3, late: 253, redo: 254, down: 255 } as const;
/** The last of the next-votes, which come again and again. */
export const LAST_NEXT = STEP.late - 1;

export interface CommitteeSize {
  /** Units that are chosen on average. */
  readonly size: number;
  /** Votes that are enough. */
  readonly threshold: number;
}
const PROPOSERS: CommitteeSize = { size: 20, threshold: 0 };
const NEXT: CommitteeSize = { size: 5000, threshold: 3838 };
const SIZES: ReadonlyMap<number, CommitteeSize> = new Map([
  [STEP.propose, PROPOSERS],
  [STEP.soft, { size: 2990, threshold: 2267 }],
  [STEP.cert, { size: 1500, threshold: 1112 }],
  [STEP.late, { size: 500, threshold: 320 }],
  [STEP.redo, { size: 2400, threshold: 1768 }],
  [STEP.down, { size: 6000, threshold: 4560 }],
]);
export const committeeOf = (step: number): CommitteeSize => SIZES.get(step) ?? NEXT;

/** Microalgos of an Algo: stakes are said in Algos, and chosen by the microalgo. */
export const UNITS_PER_ALGO = 1_000_000;

const HASH_WORDS = 8;
const [HIGH_SHIFT, LOW_SHIFT] = [0x200000, 11];

/** The sortition of a run. */
export class Committees {
  readonly #seed: number;
  readonly #stakes: Weights;
  readonly #nodes: number;
  readonly #total_units: number;
  readonly #chances = new Map<number, Map<number, Chances>>();
  /** By round, and by period and step: how often each node is chosen. Those of rounds that are over are forgotten. */
  readonly #rounds = new Map<number, Map<number, readonly number[]>>();

  constructor({ seed, stakes, nodes, total }: { seed: number; stakes: Weights; nodes: number; total: number }) {
    this.#seed = seed;
    this.#stakes = stakes;
    this.#nodes = nodes;
    this.#total_units = total * UNITS_PER_ALGO;
  }

  /** How often each node is chosen for a step: the weight of its vote, 0 where it has none. */
  weights(round: number, period: number, step: number): readonly number[] {
    let steps = this.#rounds.get(round);
    if (steps === undefined) this.#rounds.set(round, (steps = new Map<number, readonly number[]>()));
    const at = period * 256 + step;
    let weights = steps.get(at);
    if (weights === undefined) steps.set(at, (weights = this.#draw(round, period, step)));
    return weights;
  }
  weightOf(node: number, round: number, period: number, step: number): number {
    return this.weights(round, period, step)[node];
  }
  /** What is before this round is over. */
  forget(round: number): void {
    for (const old of this.#rounds.keys()) if (old < round) this.#rounds.delete(old);
  }

  #draw(round: number, period: number, step: number): readonly number[] {
    const weights = new Array<number>(this.#nodes).fill(0);
    for (let node = 0; node < this.#nodes; node++) {
      const chances = this.#chancesOf(weightOf(this.#stakes, node), step);
      if (chances.atMost.length > 1) weights[node] = chosen(this.#key(node, round, period, step), chances);
    }
    return weights;
  }
  #key(node: number, round: number, period: number, step: number): DrawKey {
    return drawKey(this.#seed, { purpose: PURPOSE.eligibility, type: step, view: period, sequence: round, sender: node });
  }

  #chancesOf(stake: number, step: number): Chances {
    const { size } = committeeOf(step);
    let stakes = this.#chances.get(size);
    if (stakes === undefined) this.#chances.set(size, (stakes = new Map<number, Chances>()));
    let chances = stakes.get(stake);
    if (chances === undefined) stakes.set(stake, (chances = chancesOf(stake * UNITS_PER_ALGO, size, this.#total_units)));
    return chances;
  }

  /**
   * What proposals are compared by, the lowest first: as many hashes of the credential as the proposer is chosen times, the lowest of them
   * (credential.go, lowestOutput). 53 bits; ties go to the lower node.
   */
  priority(node: number, round: number, period: number): number {
    const key = drawKey(this.#seed, { purpose: PURPOSE.tie, view: period, sequence: round, sender: node });
    let lowest = Infinity;
    for (let i = this.weightOf(node, round, period, STEP.propose); i > 0; i--)
      lowest = Math.min(lowest, draw32(key, 2 * i) * HIGH_SHIFT + (draw32(key, 2 * i + 1) >>> LOW_SHIFT));
    return lowest;
  }
}

/** A hash of 256 bits is eight draws; the first 53 of them nearly always do. */
function chosen(key: DrawKey, chances: Chances): number {
  const leading = draw32(key, 0) * HIGH_SHIFT + (draw32(key, 1) >>> LOW_SHIFT);
  return timesChosen(chances, leading, () => {
    let hash = 0n;
    for (let word = 0; word < HASH_WORDS; word++) hash = (hash << 32n) | BigInt(draw32(key, word));
    return hash;
  });
}
