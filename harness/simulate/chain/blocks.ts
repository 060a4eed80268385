// The blocks of the fast engine as columns, and where they are under way.
import { grown } from '../core/grown.ts';
import { continuousRules, type DifficultyRules } from './difficulty.ts';
import { nearestRank } from '../core/select.ts';
import type { BlockInfo, BlockView, ChainSpec } from './spec.ts';

export const GENESIS = 0;
/** A difficulty period that no run comes to the end of. */
const NEVER_BLOCKS = 0x7fffffff;

/** Blocks as columns; a row is a block's number. */
export class Blocks {
  count = 1;
  parent: Int32Array;
  height: Int32Array;
  miner: Int32Array;
  /** Who publishes it; below 0: nobody can, since its stages never end. */
  publisher: Int32Array;
  found_us: Float64Array;
  /** The weight of the chain up to this block. */
  weight: Float64Array;
  /** Target and difficulty of a child. */
  target: Float64Array;
  next: Float64Array;
  /** When the first block of this block's difficulty period was found. */
  period_us: Float64Array;
  /** Blocks up to the last of the period that a child belongs to. */
  left: Int32Array;
  /** When the client's node accepted it. */
  accepted_us: Float64Array;
  private readonly rules: DifficultyRules;
  /** Blocks of a difficulty period. */
  private readonly period: number;
  private readonly weigh: ChainSpec['weigh'];

  constructor(capacity: number, { lottery, weigh }: Pick<ChainSpec, 'lottery' | 'weigh'>) {
    const clock = lottery.kind === 'clock' ? lottery : null;
    this.period = Math.min(clock?.retarget_blocks ?? NEVER_BLOCKS, NEVER_BLOCKS);
    this.rules = clock?.difficulty ?? continuousRules(clock?.interval_us ?? 0, this.period);
    this.weigh = weigh;
    this.parent = new Int32Array(capacity);
    this.height = new Int32Array(capacity);
    this.miner = new Int32Array(capacity);
    this.publisher = new Int32Array(capacity);
    this.found_us = new Float64Array(capacity);
    this.weight = new Float64Array(capacity);
    this.target = new Float64Array(capacity);
    this.next = new Float64Array(capacity);
    this.period_us = new Float64Array(capacity);
    this.left = new Int32Array(capacity);
    this.accepted_us = new Float64Array(capacity);
    this.target[GENESIS] = this.rules.first;
    this.next[GENESIS] = 1;
    this.left[GENESIS] = this.period - 1;
  }

  add(parent: number, miner: number, found_us: number): number {
    if (this.count === this.parent.length) this.grow();
    const { rules, period } = this;
    const block = this.count++;
    this.parent[block] = parent;
    this.height[block] = this.height[parent] + 1;
    this.miner[block] = miner;
    this.publisher[block] = miner;
    this.found_us[block] = found_us;
    this.accepted_us[block] = Infinity;
    const target = this.target[parent];
    const difficulty = this.next[parent];
    const before = this.weight[parent];
    this.weight[block] =
      this.weigh === undefined
        ? rules.heavier(before, target)
        : this.weigh(before, { parent, height: this.height[block], miner, found_us, difficulty }, this.view);
    const left = this.left[parent];
    const first_us = left === period ? found_us : this.period_us[parent];
    this.period_us[block] = first_us;
    if (left === 1) {
      this.left[block] = period;
      this.target[block] = rules.adjusted(target, { first_us, last_us: found_us });
      this.next[block] = rules.difficulty(this.target[block]);
    } else {
      this.left[block] = left - 1;
      this.target[block] = target;
      this.next[block] = difficulty;
    }
    return block;
  }

  /** For measured cells. */
  infos(receivers: readonly number[]): BlockInfo[] {
    return Array.from({ length: this.count }, (_, number) => ({
      number,
      parent: this.parent[number],
      height: this.height[number],
      miner: this.miner[number],
      publisher: number === GENESIS || this.publisher[number] < 0 ? null : this.publisher[number],
      found_us: this.found_us[number],
      receivers: receivers[number] ?? 0,
    }));
  }

  /** For rules that depend on the past. */
  readonly view: BlockView = {
    parent: (block) => this.parent[block],
    height: (block) => this.height[block],
    miner: (block) => this.miner[block],
    found_us: (block) => this.found_us[block],
  };

  private grow(): void {
    this.parent = grown(this.parent);
    this.height = grown(this.height);
    this.miner = grown(this.miner);
    this.publisher = grown(this.publisher);
    this.found_us = grown(this.found_us);
    this.weight = grown(this.weight);
    this.target = grown(this.target);
    this.next = grown(this.next);
    this.period_us = grown(this.period_us);
    this.left = grown(this.left);
    this.accepted_us = grown(this.accepted_us);
  }
}

/** A block that some participant may have as its tip, now or when it arrives. Entries are used again. */
export interface Active {
  block: number;
  /** When each participant accepts it. */
  readonly accepted_us: Float64Array;
  /** When the last one does. */
  all_us: number;
}

/** Values whose median is asked for at the end. */
export class Samples {
  count = 0;
  private values = new Float64Array(64);

  add(value: number): void {
    if (this.count === this.values.length) {
      this.values = grown(this.values);
    }
    this.values[this.count++] = value;
  }

  median(): number {
    return nearestRank(this.values.subarray(0, this.count), 0.5);
  }
}

/** Blocks, or what else has a number, by (arrival, number): a heap. */
export class Arrivals {
  /** The earliest arrival. */
  next_us = Infinity;
  readonly numbers: number[] = [];
  private readonly times_us: number[] = [];

  add(block: number, at_us: number): void {
    const { numbers, times_us } = this;
    let at = numbers.length;
    numbers.push(block);
    times_us.push(at_us);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (times_us[above] < at_us || (times_us[above] === at_us && numbers[above] < block)) break;
      numbers[at] = numbers[above];
      times_us[at] = times_us[above];
      at = above;
    }
    numbers[at] = block;
    times_us[at] = at_us;
    this.next_us = times_us[0];
  }

  take(): number {
    const { numbers, times_us } = this;
    const first = numbers[0];
    const block = numbers.pop()!;
    const at_us = times_us.pop()!;
    const size = numbers.length;
    if (size > 0) {
      let at = 0;
      for (let below = 1; below < size; below = 2 * at + 1) {
        const other = below + 1;
        if (other < size && this.isBefore(other, times_us[below], numbers[below])) below = other;
        if (!this.isBefore(below, at_us, block)) break;
        numbers[at] = numbers[below];
        times_us[at] = times_us[below];
        at = below;
      }
      numbers[at] = block;
      times_us[at] = at_us;
    }
    this.next_us = size > 0 ? times_us[0] : Infinity;
    return first;
  }

  private isBefore(at: number, at_us: number, block: number): boolean {
    return this.times_us[at] < at_us || (this.times_us[at] === at_us && this.numbers[at] < block);
  }
}
