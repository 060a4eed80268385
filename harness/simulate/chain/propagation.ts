// When participants with given shares of all power or stake have a block.
import { weightedQuantiles } from '../core/select.ts';

const BUCKETS = 1024;

/** Weights by time, in buckets; only the few buckets that quantiles fall into are looked at closely. */
export class PropagationTimes {
  private readonly weights: Float64Array;
  private readonly limits: readonly number[];
  private readonly sums = new Float64Array(BUCKETS);
  /** Who was added to each bucket last (-1: nobody), and before whom. */
  private readonly last = new Int32Array(BUCKETS);
  private readonly before: Int32Array;
  private buckets = 1;
  private readonly target: Int32Array;
  private readonly below: Float64Array;
  private readonly values: Float64Array;
  private readonly carried: Float64Array;
  private readonly one = new Float64Array(1);

  /** `limits` ascend, and leave room for the rounding of sums. */
  constructor(weights: Float64Array, limits: readonly number[]) {
    this.weights = weights;
    this.limits = limits;
    this.before = new Int32Array(weights.length);
    this.target = new Int32Array(limits.length);
    this.below = new Float64Array(limits.length);
    this.values = new Float64Array(weights.length);
    this.carried = new Float64Array(weights.length);
  }

  /** `width_us` of a bucket, a power of two: the closer to a hundredth of the longest time, the better. */
  clear(width_us: number): void {
    this.sums.fill(0);
    this.last.fill(-1);
    this.buckets = 1 / width_us;
  }

  /** A participant has the block so long after its publication. Once each. */
  add(node: number, after_us: number): void {
    const bucket = Math.min(after_us * this.buckets, BUCKETS - 1) | 0;
    this.sums[bucket] += this.weights[node];
    this.before[node] = this.last[bucket]!;
    this.last[bucket] = node;
  }

  /** Fills `out` with the times, after `at_us`, when the limits, as parts of a weight of `all`, were reached; `times_us` by participant are what was added. */
  quantiles(times_us: Float64Array, at_us: number, all: number, out: Float64Array): void {
    const { sums, limits, target, below, values, carried, one } = this;
    let holding = 0;
    let bucket = -1;
    let before = 0;
    for (let i = 0; i < limits.length; i++) {
      while (holding < limits[i] * all && bucket < BUCKETS - 1) {
        before = holding;
        holding += sums[++bucket];
      }
      target[i] = bucket;
      below[i] = before;
    }
    for (let i = 0; i < limits.length; i++) {
      const count = this.look(target[i], times_us, at_us);
      weightedQuantiles(values.subarray(0, count), carried, [limits[i] * all - below[i]], one);
      out[i] = one[0]!;
    }
  }

  /** Reads who is in a bucket; returns how many. */
  private look(bucket: number, times_us: Float64Array, at_us: number): number {
    let count = 0;
    for (let node = this.last[bucket]; node >= 0; node = this.before[node]!) {
      this.values[count] = times_us[node] - at_us;
      this.carried[count++] = this.weights[node]!;
    }
    return count;
  }
}
