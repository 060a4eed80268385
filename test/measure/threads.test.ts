import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ascending, median } from '../../harness/measure/statistics.ts';
import type { Done, Quota } from '../../harness/measure/thread-work.ts';
import {
  THREAD_KERNELS,
  callsPerTask,
  keepBusy,
  lossesOf,
  measureCrews,
  threadCounts,
  usableThreads,
  type Crew,
  type Scaling,
} from '../../harness/measure/threads.ts';

/** Virtual time: a quota reaches its thread after the dispatch, waits until the thread is free, and takes its calls. */
class FakeTime {
  now_ns = 0n;
  readonly #pending: { end_ns: bigint; done: () => void }[] = [];
  readonly #dispatch_ns: bigint;
  readonly #call_ns: bigint;

  constructor({ dispatch_ns, call_ns }: { dispatch_ns: bigint; call_ns: bigint }) {
    this.#dispatch_ns = dispatch_ns;
    this.#call_ns = call_ns;
  }

  thread(): Pick<Crew, 'run'> {
    let free_ns = 0n;
    return {
      run: (quota) => {
        const there_ns = this.now_ns + this.#dispatch_ns;
        const began_ns = there_ns > free_ns ? there_ns : free_ns;
        const ended_ns = began_ns + BigInt(quota.calls) * this.#call_ns;
        free_ns = ended_ns;
        return new Promise<Done>((resolve) => {
          this.#pending.push({ end_ns: ended_ns, done: () => resolve({ thread: 1, began_ns, ended_ns }) });
          if (this.#pending.length === 1) setImmediate(() => this.#advance());
        });
      },
    };
  }

  #advance(): void {
    this.#pending.sort((x, y) => Number(x.end_ns - y.end_ns));
    const next = this.#pending.shift()!;
    this.now_ns = next.end_ns;
    next.done();
    if (this.#pending.length > 0) setImmediate(() => this.#advance());
  }
}

describe('a window of busy threads, in virtual time', () => {
  const busy = (time: FakeTime, threads: number, calls = 3) =>
    keepBusy(
      Array.from({ length: threads }, () => time.thread()),
      { quota: { kernel: 'k', calls }, window_s: 0.02, now_ns: () => time.now_ns },
    );

  it('has the next quota wait at the thread: of dispatch, the first is seen alone', async () => {
    // Results at 4, 7, 10 … 25 ms: 8 quotas of 3 calls.
    const { calls_per_s, dispatch_share } = await busy(new FakeTime({ dispatch_ns: 1_000_000n, call_ns: 1_000_000n }), 1);
    expect(calls_per_s).toBeCloseTo(24 / 0.025, 9);
    expect(dispatch_share).toBeCloseTo(1 / 25, 12);
  });
  it('counts dispatch that takes longer than work, and says what share it took', async () => {
    // Two quotas are there at 9 ms, their results come at 10 and 11, the next at 20 and 21.
    const { calls_per_s, dispatch_share } = await busy(new FakeTime({ dispatch_ns: 9_000_000n, call_ns: 1_000_000n }), 1, 1);
    expect(calls_per_s).toBeCloseTo(4 / 0.021, 9);
    expect(dispatch_share).toBeCloseTo(17 / 21, 12);
  });
  it('two threads do twice as much in the same time', async () => {
    const { calls_per_s } = await busy(new FakeTime({ dispatch_ns: 1_000_000n, call_ns: 1_000_000n }), 2);
    expect(calls_per_s).toBeCloseTo(48 / 0.025, 9);
  });
  it('goes on until the window is over, and lets the last quotas end', async () => {
    const time = new FakeTime({ dispatch_ns: 0n, call_ns: 1_000_000n });
    await busy(time, 1);
    expect(time.now_ns).toBe(24_000_000n);
  });
});

describe('task sizes', () => {
  it('dispatch is a hundredth of a task or less, a task from 10 to 40 ms, or one call where that is longer', () => {
    for (const call_s of [1e-6, 33e-6, 0.0007, 0.3])
      for (const dispatch_s of [5e-6, 40e-6, 300e-6, 0.001]) {
        const calls = callsPerTask({ call_s, dispatch_s });
        const wanted_s = Math.min(Math.max(0.01, 100 * dispatch_s), 0.04);
        expect(calls * call_s).toBeGreaterThanOrEqual(wanted_s * (1 - 1e-9));
        if (calls > 1) expect((calls - 1) * call_s).toBeLessThanOrEqual(wanted_s * (1 + 1e-9));
      }
  });
});

describe('how many threads', () => {
  it('1 to all cores, thinned out beyond 8', () => {
    expect(threadCounts(1)).toEqual([1]);
    expect(threadCounts(2)).toEqual([1, 2]);
    expect(threadCounts(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(threadCounts(10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10]);
    expect(threadCounts(96)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96]);
  });
  it('as many as a quota of CPUs keeps running, at least one', () => {
    expect(usableThreads({ cores_usable: 4, cpu_quota: null })).toBe(4);
    expect(usableThreads({ cores_usable: 4, cpu_quota: 2.5 })).toBe(2);
    expect(usableThreads({ cores_usable: 4, cpu_quota: 0.5 })).toBe(1);
    expect(usableThreads({ cores_usable: 4, cpu_quota: 8 })).toBe(4);
  });
});

/** Whatever the times are, these hold. */
function expectConsistent(
  scaling: Pick<Scaling, 'rows' | 'measurements' | 'samples'>,
  kernels: readonly string[],
  threads: readonly number[],
): void {
  expect(scaling.rows.map((row) => `${row.kernel} ${row.threads}`)).toEqual(
    kernels.flatMap((kernel) => threads.map((count) => `${kernel} ${count}`)),
  );
  const medianOf = (source: RegExp): number =>
    median(ascending(scaling.samples.filter((sample) => source.test(sample.source)).map(({ seconds }) => seconds)));
  for (const row of scaling.rows) {
    expect(row.efficiency * row.threads).toBeCloseTo(row.speedup, 12);
    const seconds = medianOf(new RegExp(`^${row.kernel}/.*/threads-${row.threads}$`));
    expect(row.rate_median * seconds).toBeCloseTo(1, 9);
    expect((row.speedup * seconds) / medianOf(new RegExp(`^${row.kernel}/.*/alone$`))).toBeCloseTo(1, 9);
    const measurement = scaling.measurements.find(({ kernel, threads: count }) => kernel === row.kernel && count === row.threads);
    if (row.threads === 1) expect(measurement).toBeUndefined();
    else {
      expect(measurement!.unit).toBe(row.unit);
      expect(measurement!.rate_median / row.rate_median).toBeCloseTo(1, 12);
    }
  }
}

describe('a warning of a row', () => {
  const row = { threads: 2, dispatch_shares: [0.01, 0.02, 0.01], cores: [1.95, 1.99, 1.2] };
  it('none where each thread had its core and dispatch took little', () => {
    expect(lossesOf(row)).toEqual([]);
  });
  it('other load, where busy threads did not get their cores', () => {
    expect(lossesOf({ ...row, cores: [1.1, 1.95, 1.05] })).toEqual(['2 busy threads got 1.10 cores: other load has the rest']);
    expect(lossesOf({ threads: 0, dispatch_shares: [0, 0, 0], cores: [0.6, 0.7, 1] })).toEqual([
      '1 busy thread got 0.70 cores: other load has the rest',
    ]);
  });
  it('dispatch above 5% of the threads’ time', () => {
    expect(lossesOf({ ...row, dispatch_shares: [0.06, 0.07, 0.01] })).toEqual(["dispatch takes 6% of the threads' time"]);
  });
});

describe('a scaling table', () => {
  it('has each kernel on 1, 2 … threads, and can be computed from its samples', async () => {
    const crew: Pick<Crew, 'run'> = { run: () => Promise.resolve({ thread: 1, began_ns: 0n, ended_ns: 1000n }) };
    const task = (kernel: string) => ({ name: kernel, kernel, backend: 'wasm' as const, unit: 'votes', units: 7, run: () => 0 });
    const options = { backend: 'wasm', kernels: ['a', 'b'], budget_s: 0, window_s: 0.001 } as const;
    const scaling = await measureCrews([crew, crew, crew], { task, fill: () => {} }, options);
    expectConsistent(scaling, ['a', 'b'], [1, 2, 3]);
    expect(scaling.samples.filter(({ source }) => source === 'a/wasm/alone')).toHaveLength(3);
    expect(scaling.measurements.map(({ unit }) => unit)).toEqual(Array.from({ length: 4 }, () => 'votes/s'));
  });
});

// Worker threads load compiled files: Node 20 has no types to strip.
describe('real threads', () => {
  const file = path.join(import.meta.dirname, '../../dist/harness/measure/threads.js');
  let threads: typeof import('../../harness/measure/threads.ts');
  let crew: Crew;
  beforeAll(async () => {
    if (!existsSync(file)) throw new Error('dist/ is missing: node scripts/build.mjs');
    threads = (await import(file)) as typeof threads;
    crew = threads.openCrew('wasm', 2);
  });
  afterAll(() => crew.close());

  it('do every kernel of the table', async () => {
    for (const kernel of THREAD_KERNELS.full) {
      const { began_ns, ended_ns } = await crew.run({ kernel, calls: 1 });
      expect(ended_ns).toBeGreaterThan(began_ns);
    }
  });
  it('refuse a kernel that does not exist, and go on', async () => {
    await expect(crew.run({ kernel: 'no-such', calls: 1 })).rejects.toThrow(
      /^kernel must be one of sha256d-nonce-search, .*, got no-such$/,
    );
    await expect(crew.run({ kernel: 'ed25519-sign', calls: 1 })).resolves.toBeDefined();
  });
  it('work at the same time: two quotas given together overlap in two threads', async () => {
    const quota: Quota = { kernel: 'sha256d-nonce-search', calls: 20 };
    let overlapped = false;
    // A busy machine may run two threads one after the other for once, but not every time.
    for (let attempt = 0; attempt < 200 && !overlapped; attempt++) {
      const [one, two] = (await Promise.all([crew.run(quota), crew.run(quota)])) as [Done, Done];
      overlapped = one.thread !== two.thread && one.began_ns < two.ended_ns && two.began_ns < one.ended_ns;
    }
    expect(overlapped).toBe(true);
  });
  it('are measured against this thread alone, and every pool has a time to its first result', async () => {
    const kernels = ['sha256d-nonce-search', 'quorum-tally-windowed'];
    const scaling = await threads.measureThreads({ backend: 'wasm', threads: 2, kernels, budget_s: 0, window_s: 0.005, coldPools: 2 });
    expectConsistent(scaling, kernels, [1, 2]);
    expect(scaling.cold_pool_ms).toHaveLength(2);
    for (const { dispatch_share, task_ms } of scaling.rows) {
      expect(dispatch_share).toBeGreaterThan(0);
      expect(dispatch_share).toBeLessThan(1);
      expect(task_ms).toBeGreaterThan(0);
    }
  });
});
