// The kernels over 1, 2 … all cores: worker threads, dispatch included, against the same work in this thread.
import { setImmediate } from 'node:timers/promises';
import type { Backend } from '../model/kernels.ts';
import type { TimingSample } from '../model/record.ts';
import type { CostWarning, KernelMeasurement } from './costs.ts';
import type { Environment } from './environment.ts';
import { clockStep_s } from './clock.ts';
import { rowOf, warningsOf } from './kernels.ts';
import { shuffle } from './meter.ts';
import { ascending, median } from './statistics.ts';
import { ThreadPool, workerModule } from './thread-pool.ts';
import { Workshop, type Done, type Quota } from './thread-work.ts';

/** What is measured on threads: all kernels of the design, or one of each kind. */
export const THREAD_KERNELS = {
  quick: ['sha256d-nonce-search', 'ed25519-verify-batch-64', 'quorum-waves-1000', 'quorum-tally-windowed'],
  full: [
    'sha256d-nonce-search',
    'sha256d-rolled-search',
    'sha256-nonce-search',
    'ed25519-key',
    'ed25519-sign',
    'ed25519-verify',
    'ed25519-verify-batch-64',
    'ed25519-verify-batch-64-known-keys',
    'ed25519-verify-batch-256',
    'ed25519-verify-batch-256-known-keys',
    'ed25519-verify-batch-1024',
    'ed25519-verify-batch-1024-known-keys',
    'quorum-waves-1000',
    'quorum-waves-10000',
    'quorum-tally-windowed',
    'quorum-tally-random',
  ],
} as const;

/** Threads that do quotas of calls, each one after the other. */
export interface Crew {
  run(quota: Quota): Promise<Done>;
  close(): Promise<void>;
}

/** A thread at work has its next quota waiting at it: the way there and back is hidden behind work. */
const QUOTAS_A_THREAD = 2;

export function openCrew(backend: Backend, threads: number): Crew {
  return new ThreadPool<Quota, Done>({
    module: workerModule('./thread-worker', import.meta.url),
    data: backend,
    threads,
    atOnce: QUOTAS_A_THREAD,
  });
}

/** As many as there are cores that a control group lets be used all the time, at least one. */
export function usableThreads({ cores_usable, cpu_quota }: Pick<Environment, 'cores_usable' | 'cpu_quota'>): number {
  return Math.max(1, Math.min(cores_usable, Math.floor(cpu_quota ?? Infinity)));
}

/** One, two … all cores; beyond 8 in steps of about half, so that a large machine is measured in bearable time. */
export function threadCounts(cores: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < cores; count += count < 8 ? 1 : 2 ** Math.floor(Math.log2(count) - 1)) counts.push(count);
  return [...counts, cores];
}

/** Beyond this share a row says more of dispatch than of its kernel, and a warning says so. */
const MOST_DISPATCH = 0.05;
/** Threads that get less of a core each had to share it. */
const LEAST_CORES = 0.9;
/** Task sizes are chosen for this share. */
const DISPATCH_SHARE = 0.01;
/** The thread that gives quotas wakes up after each, on a core that another is busy on: of tasks of 3 ms that took 1 to 3%, of 10 ms under 1%. */
const SHORTEST_TASK_S = 0.01;
/** Longer ones would make windows long: of a machine under load no task size makes the share small. */
const LONGEST_TASK_S = 0.04;

/**
 * Calls a task that bring the dispatch seen, `dispatch_s` a task, down to the share. An empty task's way there and back is a first
 * guess alone: threads that have computed for some milliseconds wake up later (180 µs instead of 25 to 70 on two cores of a VM).
 */
export function callsPerTask({ call_s, dispatch_s }: { call_s: number; dispatch_s: number }): number {
  const task_s = Math.min(Math.max(SHORTEST_TASK_S, dispatch_s / DISPATCH_SHARE), LONGEST_TASK_S);
  return Math.max(1, Math.ceil(task_s / call_s));
}

export interface Throughput {
  /** Calls a second, all threads together, dispatch included. */
  readonly calls_per_s: number;
  /** Share of the threads' time that was not spent in the kernel. */
  readonly dispatch_share: number;
}

/**
 * Keeps threads (crews of one) busy with one quota after another for `window_s`. Rates are summed over the threads, each over its
 * own time from its first quota to its last result: waiting for a slower one is in none.
 */
export async function keepBusy(
  threads: readonly Pick<Crew, 'run'>[],
  { quota, window_s, now_ns = () => process.hrtime.bigint() }: { quota: Quota; window_s: number; now_ns?: () => bigint },
): Promise<Throughput> {
  const started_ns = now_ns();
  const window_ns = BigInt(Math.round(window_s * 1e9));
  const busy = async (thread: Pick<Crew, 'run'>): Promise<{ calls: number; busy_s: number; took_s: number }> => {
    let calls = 0;
    let busy_ns = 0n;
    let took_ns = 0n;
    const inTurn = async (): Promise<void> => {
      do {
        const { began_ns, ended_ns } = await thread.run(quota);
        calls += quota.calls;
        busy_ns += ended_ns - began_ns;
        took_ns = now_ns() - started_ns;
      } while (took_ns < window_ns);
    };
    await Promise.all(Array.from({ length: QUOTAS_A_THREAD }, inTurn));
    return { calls, busy_s: Number(busy_ns) / 1e9, took_s: Number(took_ns) / 1e9 };
  };
  const all = await Promise.all(threads.map(busy));
  const sum = (of: (thread: (typeof all)[number]) => number): number => all.reduce((total, thread) => total + of(thread), 0);
  return {
    calls_per_s: sum(({ calls, took_s }) => calls / took_s),
    dispatch_share: 1 - sum(({ busy_s }) => busy_s) / sum(({ took_s }) => took_s),
  };
}

/** A kernel on so many threads. `threads` 1 is a pool of one at work; its counterpart without a pool is `alone`. */
export interface ScalingRow {
  readonly kernel: string;
  readonly threads: number;
  readonly unit: string;
  readonly rate_median: number;
  /** Over the rate in this thread alone, without a pool. */
  readonly speedup: number;
  /** speedup ÷ threads. */
  readonly efficiency: number;
  /** Median length of a task. */
  readonly task_ms: number;
  /** Median share of the threads' time that was not spent in the kernel. */
  readonly dispatch_share: number;
}

export interface Scaling {
  readonly backend: Backend;
  /** From making a pool of all threads to the first result, for each pool made. */
  readonly cold_pool_ms: readonly number[];
  /** Median way there and back of an empty task. */
  readonly dispatch_us: number;
  readonly rows: readonly ScalingRow[];
  /** Rows of kernels.csv for two and more threads. */
  readonly measurements: readonly KernelMeasurement[];
  /** A noisy row, or one whose dispatch takes more than it may. */
  readonly warnings: readonly CostWarning[];
  /** Source `<kernel>/<backend>/alone` or `…/threads-N`: seconds a unit. */
  readonly samples: readonly TimingSample[];
}

export interface ScalingOptions {
  readonly backend: Backend;
  /** The most threads. */
  readonly threads: number;
  readonly kernels: readonly string[];
  /** Of everything: pools, warming up, rounds. Three rounds are made at any rate. */
  readonly budget_s: number;
  /** How long a place is measured at a time. */
  readonly window_s: number;
  /** Pools made, for the time to a first result. */
  readonly coldPools: number;
}

const FIRST_QUOTA: Quota = { kernel: 'sha256d-nonce-search', calls: 1 };

/**
 * Each kernel in this thread alone and on 1, 2 … threads, taken in turn in random order. Every thread is a pool of its own, as
 * Piscina cannot be told which thread a quota is for: those that a smaller number leaves idle sleep.
 */
export async function measureThreads(options: ScalingOptions): Promise<Scaling> {
  const { backend, threads, coldPools } = options;
  const began = performance.now();
  const cold_pool_ms: number[] = [];
  for (let pool = 0; pool < coldPools; pool++) {
    const started = performance.now();
    const crew = openCrew(backend, threads);
    try {
      await crew.run(FIRST_QUOTA);
      cold_pool_ms.push(performance.now() - started);
    } finally {
      await crew.close();
    }
  }
  const crews = Array.from({ length: threads }, () => openCrew(backend, 1));
  try {
    // Threads that still start would not be measured.
    await Promise.all(crews.map((crew) => crew.run(FIRST_QUOTA)));
    const budget_s = options.budget_s - (performance.now() - began) / 1000;
    return { backend, cold_pool_ms, ...(await measureCrews(crews, new Workshop(backend), { ...options, budget_s })) };
  } finally {
    await Promise.all(crews.map((crew) => crew.close()));
  }
}

/** Fewer say nothing of the spread. */
const FEWEST_ROUNDS = 3;
const MOST_ROUNDS = 60;
const DISPATCHES = 200;
/** Compilers work in the background: each thread does a kernel for this long before it is measured. */
const WARM_S = 0.03;

/** A kernel and the threads it runs on; 0: this thread alone. */
interface Place {
  readonly kernel: string;
  readonly threads: number;
  readonly calls_per_s: number[];
  readonly dispatch_shares: number[];
  /** Cores' worth of CPU time that this process got while it was measured. */
  readonly cores: number[];
}

/** The rounds of measureThreads on crews of one thread that are there; `shop` is this thread's own. */
export async function measureCrews(
  crews: readonly Pick<Crew, 'run'>[],
  shop: Pick<Workshop, 'task' | 'fill'>,
  { backend, kernels, budget_s, window_s }: Omit<ScalingOptions, 'threads' | 'coldPools'>,
): Promise<Omit<Scaling, 'backend' | 'cold_pool_ms'>> {
  const end = performance.now() + budget_s * 1000;
  const threads = crews.length;
  const dispatch_s = await dispatchTime(crews[0]);
  const quotas = new Map<string, Quota>();
  for (const kernel of kernels) {
    // Once to make its inputs and to choose its form, then until the optimised code is there.
    const first: Quota = { kernel, calls: 1, settle: true };
    shop.fill(first);
    await keepBusy(crews, { quota: first, window_s: 0 });
    const call_s = 1 / alone(shop, { quota: { kernel, calls: 1 }, window_s: WARM_S }).calls_per_s;
    let quota = { kernel, calls: callsPerTask({ call_s, dispatch_s }) };
    const { calls_per_s, dispatch_share } = await keepBusy(crews, { quota, window_s: WARM_S });
    const task_s = (threads * quota.calls) / calls_per_s;
    quota = { kernel, calls: Math.max(quota.calls, callsPerTask({ call_s, dispatch_s: dispatch_share * task_s })) };
    quotas.set(kernel, quota);
  }

  const counts = [0, ...threadCounts(threads)];
  const places = kernels.flatMap((kernel) =>
    counts.map((count): Place => ({ kernel, threads: count, calls_per_s: [], dispatch_shares: [], cores: [] })),
  );
  const visits = [...places];
  for (let round = 0; round < MOST_ROUNDS && (round < FEWEST_ROUNDS || performance.now() < end); round++) {
    shuffle(visits, Math.random);
    for (const place of visits) {
      const quota = quotas.get(place.kernel)!;
      const cpu = process.cpuUsage();
      const from = performance.now();
      const { calls_per_s, dispatch_share } =
        place.threads === 0 ? alone(shop, { quota, window_s }) : await keepBusy(crews.slice(0, place.threads), { quota, window_s });
      const { user, system } = process.cpuUsage(cpu);
      place.cores.push((user + system) / 1000 / (performance.now() - from));
      place.calls_per_s.push(calls_per_s);
      place.dispatch_shares.push(dispatch_share);
    }
    await setImmediate();
  }

  const clock_s = clockStep_s();
  const nameOf = ({ kernel, threads: count }: Place): string => `${kernel}/${backend}/${count === 0 ? 'alone' : `threads-${count}`}`;
  const tasks = new Map(kernels.map((kernel) => [kernel, shop.task(kernel)]));
  const single = new Map(
    places.filter((place) => place.threads === 0).map((place) => [place.kernel, median(ascending(place.calls_per_s))]),
  );
  const pooled = places.filter((place) => place.threads > 0);
  const secondsOf = ({ kernel, calls_per_s }: Place): number[] => calls_per_s.map((rate) => 1 / (rate * tasks.get(kernel)!.units));
  const warnings = (place: Place): CostWarning[] => [
    ...warningsOf({ name: nameOf(place), seconds: secondsOf(place), sample_s: window_s }, clock_s),
    ...lossesOf(place).map((text) => ({ figure: nameOf(place), text })),
  ];
  return {
    dispatch_us: dispatch_s * 1e6,
    rows: pooled.map((place): ScalingRow => {
      const { units, unit } = tasks.get(place.kernel)!;
      const calls_per_s = median(ascending(place.calls_per_s));
      const speedup = calls_per_s / single.get(place.kernel)!;
      return {
        kernel: place.kernel,
        threads: place.threads,
        unit: `${unit}/s`,
        rate_median: calls_per_s * units,
        speedup,
        efficiency: speedup / place.threads,
        task_ms: (quotas.get(place.kernel)!.calls * place.threads * 1000) / calls_per_s,
        dispatch_share: median(ascending(place.dispatch_shares)),
      };
    }),
    measurements: pooled
      .filter((place) => place.threads > 1)
      .map((place) => rowOf(tasks.get(place.kernel)!, secondsOf(place), { threads: place.threads, warnings: warnings(place) })),
    warnings: places.flatMap(warnings),
    samples: places.flatMap((place) => {
      const source = nameOf(place);
      return secondsOf(place).map((seconds, index) => ({ source, index, seconds }));
    }),
  };
}

/** Where threads' time went that was not in the kernel, in words. */
export function lossesOf({ threads, dispatch_shares, cores }: Pick<Place, 'threads' | 'dispatch_shares' | 'cores'>): string[] {
  const busy = Math.max(1, threads);
  const got = median(ascending(cores));
  if (got < LEAST_CORES * busy)
    return [`${busy} busy ${busy === 1 ? 'thread' : 'threads'} got ${got.toFixed(2)} cores: other load has the rest`];
  const dispatch = median(ascending(dispatch_shares));
  return dispatch > MOST_DISPATCH ? [`dispatch takes ${Math.round(dispatch * 100)}% of the threads' time`] : [];
}

/** Median way there and back of an empty task, seconds. */
async function dispatchTime(crew: Pick<Crew, 'run'>): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < DISPATCHES; i++) {
    const started = performance.now();
    await crew.run({ ...FIRST_QUOTA, calls: 0 });
    seconds.push((performance.now() - started) / 1000);
  }
  return median(ascending(seconds));
}

/** The same work in this thread. */
function alone(shop: Pick<Workshop, 'fill'>, { quota, window_s }: { quota: Quota; window_s: number }): Throughput {
  const started = performance.now();
  let calls = 0;
  let took_s: number;
  do {
    shop.fill(quota);
    calls += quota.calls;
    took_s = (performance.now() - started) / 1000;
  } while (took_s < window_s);
  return { calls_per_s: calls / took_s, dispatch_share: 0 };
}
