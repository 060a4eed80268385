import { sha256 } from '@noble/hashes/sha2.js';
import type { TimestampProvider } from 'tinybench';
import { describe, expect, it } from 'vitest';
import { allotSamples, meter, type MeterOptions } from '../../harness/measure/meter.ts';

/** A clock that moves only when told to, in whole nanoseconds. */
class FakeClock {
  now_ns = 0n;
  /** What one reading of the clock costs. */
  reading_ns = 0n;
  readings = 0;
  advance(ns: number): void {
    this.now_ns += BigInt(ns);
  }
  get provider(): TimestampProvider {
    return {
      name: 'fake',
      fn: () => {
        this.readings += 1;
        this.now_ns += this.reading_ns;
        return this.now_ns;
      },
      toMs: (value) => Number(value) / 1e6,
      fromMs: (value) => BigInt(Math.round(value * 1e6)),
    };
  }
}

/** A small linear congruential generator: the order of rounds is fixed. */
function fixedRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const settings = (clock: FakeClock, more: Partial<MeterOptions> = {}): MeterOptions => ({
  budget_s: 1,
  sample_s: 0.004,
  warm_s: 0.01,
  minSamples: 6,
  maxSamples: 20,
  clock: clock.provider,
  random: fixedRandom(),
  ...more,
});

describe('the meter, driven by a fake clock', () => {
  it('gives exact seconds a unit: 250 us a call of 5 units is 50 us a unit in every sample', async () => {
    const clock = new FakeClock();
    const [result] = await meter([{ name: 'task', units: 5, run: () => clock.advance(250_000) }], settings(clock));
    expect(result!.seconds).toEqual(Array.from({ length: 20 }, () => 0.00005));
  });

  it('groups calls until a sample has the asked length, and no further', async () => {
    const clock = new FakeClock();
    const results = await meter(
      [
        { name: 'fast', units: 1, run: () => clock.advance(1000) },
        { name: 'slow', units: 1, run: () => clock.advance(30_000_000) },
      ],
      settings(clock),
    );
    expect(results.map(({ calls }) => calls)).toEqual([4000, 1]);
    expect(results.map(({ sample_s }) => sample_s)).toEqual([expect.closeTo(0.004, 12), expect.closeTo(0.03, 12)]);
  });

  it('warms a task up until its code has settled: slow first calls are in no sample', async () => {
    const clock = new FakeClock();
    let call = 0;
    const run = (): void => clock.advance(call++ < 100 ? 40_000 : 1000);
    const [result] = await meter([{ name: 'tiers up', units: 1, run }], settings(clock, { warm_s: 0.05 }));
    expect(result!.calls).toBe(4000);
    for (const value of result!.seconds) expect(value).toBeCloseTo(1e-6, 15);
  });

  it('stops at the budget; what is slower than its share gets fewer samples, spread over the whole run', async () => {
    const clock = new FakeClock();
    const visited: string[] = [];
    const task = (name: string, ns: number) => ({
      name,
      units: 1,
      run: () => {
        visited.push(name);
        clock.advance(ns);
      },
    });
    const [small, large] = await meter(
      [task('small', 5_000_000), task('large', 50_000_000)],
      settings(clock, { budget_s: 1.11, maxSamples: 1000, sample_s: 0.005 }),
    );
    // Warm-up: two visits each, 0.11 s; 1 s is left, half of it for each.
    expect(small!.seconds.length).toBe(100);
    expect(large!.seconds.length).toBe(10);
    expect(Number(clock.now_ns) / 1e9).toBeCloseTo(1.11, 9);
    const positions = visited.slice(4).flatMap((name, i) => (name === 'large' ? [i] : []));
    for (const [i, position] of positions.entries()) expect(Math.abs(position - i * 11)).toBeLessThanOrEqual(11);
  });

  it('what gets faster half-way gets the samples that it then has time for', async () => {
    const clock = new FakeClock();
    const [task] = await meter(
      [{ name: 'tiers up', units: 1, run: () => clock.advance(clock.now_ns < 400_000_000n ? 20_000_000 : 5_000_000) }],
      settings(clock, { budget_s: 1, maxSamples: 1000, sample_s: 0.005 }),
    );
    expect(task!.seconds.length).toBeGreaterThan(100);
    expect(Number(clock.now_ns) / 1e9).toBeLessThanOrEqual(1);
  });

  it('over budget, every task still has at least one sample', async () => {
    const clock = new FakeClock();
    const tasks = ['a', 'b', 'c'].map((name) => ({ name, units: 1, run: () => clock.advance(2_000_000_000) }));
    const results = await meter(tasks, settings(clock));
    expect(results.map(({ seconds }) => seconds)).toEqual([[2], [2], [2]]);
  });

  it('interleaves: a drift that doubles all times half-way leaves the ratio of two medians alone', async () => {
    const clock = new FakeClock();
    const slowdown = (): number => (clock.now_ns > 700_000_000n ? 2 : 1);
    const [one, three] = await meter(
      [
        { name: 'one', units: 1, run: () => clock.advance(1_000_000 * slowdown()) },
        { name: 'three', units: 1, run: () => clock.advance(3_000_000 * slowdown()) },
      ],
      settings(clock, { maxSamples: 60, budget_s: 2 }),
    );
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(three!.seconds) / mean(one!.seconds)).toBeCloseTo(3, 1);
  });

  it('an empty task shows the floor: one reading of the clock, shared by all calls of a sample', async () => {
    const clock = new FakeClock();
    clock.reading_ns = 100n;
    const [result] = await meter([{ name: 'empty', units: 1, run: () => undefined }], settings(clock, { sample_s: 0.0001, warm_s: 0 }));
    expect(result!.calls).toBe(1 << 22);
    for (const value of result!.seconds) expect(value * (1 << 22)).toBeCloseTo(1e-7, 15);
  });

  it('a task that throws ends the measurement with its error', async () => {
    const run = (): never => {
      throw new RangeError('broken kernel');
    };
    await expect(meter([{ name: 'throws', units: 1, run }], settings(new FakeClock()))).rejects.toThrow('broken kernel');
  });
});

describe('the meter, on the real clock', () => {
  it('a real task is far above the floor of an empty one, and twice the work takes about twice as long', async () => {
    const bytes = new Uint8Array(8192);
    const [empty, single, double] = await meter(
      [
        { name: 'empty', units: 1, run: () => undefined },
        { name: 'single', units: 1, run: () => sha256(bytes) },
        { name: 'double', units: 1, run: () => [sha256(bytes), sha256(bytes)] },
      ],
      { budget_s: 1.2, sample_s: 0.002, warm_s: 0.05, minSamples: 6, maxSamples: 100 },
    );
    const best = (values: readonly number[]): number => Math.min(...values);
    expect(best(single!.seconds)).toBeGreaterThan(100 * best(empty!.seconds));
    expect(best(double!.seconds) / best(single!.seconds)).toBeGreaterThan(1.5);
    expect(best(double!.seconds) / best(single!.seconds)).toBeLessThan(2.7);
  });
});

describe('allotment of samples', () => {
  const tasks = (...costs: number[]) => costs.map((cost_s) => ({ cost_s, need: 1, want: 6, most: 100 }));

  it('shares time equally between tasks of one cost', () => {
    expect(allotSamples(tasks(0.01, 0.01), 1)).toEqual([50, 50]);
  });
  it('gives what tasks that have enough leave to the others', () => {
    expect(allotSamples(tasks(0.001, 0.1), 1.15)).toEqual([100, 10]);
  });
  it('gives each what it wants before it gives more to the cheap ones', () => {
    expect(allotSamples(tasks(0.01, 0.1), 0.805)).toEqual([20, 6]);
  });
  it('where not all can have what they want, the expensive ones get less, at least what they need', () => {
    expect(allotSamples(tasks(0.001, 0.1), 0.456)).toEqual([6, 4]);
    expect(allotSamples(tasks(1, 1), 4.5)).toEqual([2, 2]);
    expect(allotSamples(tasks(1, 1), 0)).toEqual([1, 1]);
    expect(allotSamples([{ cost_s: 1, need: 0, want: 6, most: 9 }], 0.5)).toEqual([0]);
  });
  it('a task that costs nothing gets all it may; one that has its samples gets none', () => {
    expect(allotSamples(tasks(0, 1), 7.5)).toEqual([100, 7]);
    expect(allotSamples([{ cost_s: 1, need: 0, want: 0, most: 0 }, ...tasks(1)], 7.5)).toEqual([0, 7]);
  });
});
