// The meter: times many tasks side by side. One sample a visit, in a fresh random order every round, so that drift of the
// machine (clock frequency, neighbours, temperature) falls on all tasks alike and their ratios hold.
import { Bench, type TimestampProvider } from 'tinybench';
import { atRandomDepth } from './stack-depth.ts';

export interface MeterTask {
  readonly name: string;
  /** Units of work (hashes, signatures, votes) in one call of `run`. */
  readonly units: number;
  /** One call. What it returns is kept, so that the work cannot be optimised away. */
  readonly run: () => unknown;
}

export interface MeterOptions {
  /** Seconds for everything, warm-up included. Once they are over, only tasks without any sample are still run. */
  readonly budget_s: number;
  /** Calls are grouped until a sample takes about this long; one call where it takes longer by itself. */
  readonly sample_s: number;
  /** Each task is warmed up for this long, at least two calls (one where a call takes very long). */
  readonly warm_s: number;
  /** Wanted for every task, before cheap ones get more; fewer where the budget does not allow it. */
  readonly minSamples: number;
  readonly maxSamples: number;
  /** The clock; default process.hrtime.bigint(). Tests hand in a fake one. */
  readonly clock?: TimestampProvider;
  /** Uniform in [0, 1); orders the rounds. */
  readonly random?: () => number;
  /** Runs between rounds, e.g. to let signals through. */
  readonly betweenRounds?: () => Promise<void>;
}

export interface MeterResult {
  readonly name: string;
  /** Calls in a sample. */
  readonly calls: number;
  /** Seconds a unit, one value a sample, in the order taken. */
  readonly seconds: readonly number[];
  /** Seconds of a whole typical sample, to be held against the clock's resolution. */
  readonly sample_s: number;
}

/** At most this many calls a sample: an empty task would otherwise never fill one. */
const MAX_CALLS = 1 << 22;

/** The budget is allotted anew so many times. */
const EPOCHS = 5;

/** A call that takes longer has warmed itself up. */
const LONG_CALL_S = 0.25;

/** Where results go, so that no engine may drop the work. */
export const sink: { last: unknown } = { last: undefined };

export interface Allotment {
  /** Seconds of a sample. */
  readonly cost_s: number;
  /** At any price; wanted before others get more; enough. */
  readonly need: number;
  readonly want: number;
  readonly most: number;
}

/**
 * How many samples each task gets of a budget: the same time for all, but at least what each wants, at most what is enough.
 * Where not all can have what they want, the expensive ones get less of it, down to what they need.
 */
export function allotSamples(tasks: readonly Allotment[], budget_s: number): number[] {
  const fitting = (share_s: number, cost_s: number): number => (cost_s > 0 ? Math.floor(share_s / cost_s) : Infinity);
  const plenty = (share_s: number): number[] =>
    tasks.map(({ cost_s, want, most }) => Math.min(most, Math.max(want, fitting(share_s, cost_s))));
  const scarce = (share_s: number): number[] =>
    tasks.map(({ cost_s, need, want }) => Math.min(want, Math.max(need, fitting(share_s, cost_s))));
  const total_s = (counts: readonly number[]): number => counts.reduce((sum, count, i) => sum + count * tasks[i].cost_s, 0);

  const allot = total_s(plenty(0)) <= budget_s ? plenty : scarce;
  let low = 0;
  let high = budget_s;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (total_s(allot(middle)) <= budget_s) low = middle;
    else high = middle;
  }
  return allot(low);
}

/** Puts a list into random order, in place. */
export function shuffle<T>(order: T[], random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}

/** Times all tasks; results in the order of the tasks. Throws what a task throws. */
export async function meter(tasks: readonly MeterTask[], options: MeterOptions): Promise<MeterResult[]> {
  const random = options.random ?? Math.random;
  const bench = new Bench({
    // A visit is one sample; rounds, not tinybench's own loop, decide how many.
    iterations: 1,
    time: 0,
    warmup: false,
    retainSamples: true,
    throws: true,
    timestampProvider: options.clock ?? 'hrtimeNow',
  });
  const { fn, toMs } = bench.timestampProvider;
  const started = fn();
  const elapsed_s = (): number => toMs(sub(fn(), started)) / 1000;

  const calls = tasks.map(() => 1);
  const timed = tasks.map(({ name, run }, index) => {
    bench.add(
      name,
      () => {
        const count = calls[index];
        for (let i = 0; i < count; i++) sink.last = run();
      },
      { async: false },
    );
    return bench.getTask(name)!;
  });
  /** Seconds of one sample. */
  const visit = (index: number): number => {
    const task = timed[index];
    task.reset(false);
    atRandomDepth(() => task.runSync());
    const { result } = task;
    if (result.state !== 'completed') throw new Error(`measuring ${task.name} ended in state ${result.state}`);
    return result.latency.samples![0] / 1000;
  };

  const order = tasks.map((_, index) => index);
  /** What a sample of each task costs: lately, and undisturbed. */
  const cost_s = tasks.map(() => 0);

  // Warm-up, and how many calls make a sample. Twice over: compilers work in the background and finish while others run.
  for (let pass = 0; pass < 2; pass++) {
    shuffle(order, random);
    for (const index of order) {
      if (pass > 0 && calls[index] === 1 && cost_s[index] > LONG_CALL_S) continue;
      let spent = 0;
      for (;;) {
        const took = visit(index);
        spent += took;
        const before = calls[index];
        // Growing tenfold at most: the first calls run unoptimised code and say little.
        const fitting = took > 0 ? Math.round((before * options.sample_s) / took) : MAX_CALLS;
        const after = Math.max(1, Math.min(fitting, MAX_CALLS, before * 10));
        calls[index] = after;
        cost_s[index] = (took * after) / before;
        if (after <= 2 * before && spent >= options.warm_s / 2) break;
      }
      await options.betweenRounds?.();
    }
  }

  // Samples are allotted in epochs, by the latest costs: code that still got faster then gets the samples it can have.
  const seconds: number[][] = tasks.map(() => []);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const left = EPOCHS - epoch;
    const allotments = seconds.map(({ length }, index): Allotment => ({
      cost_s: cost_s[index],
      need: length === 0 ? 1 : 0,
      want: Math.ceil(Math.max(0, options.minSamples - length) / left),
      most: Math.ceil(Math.max(0, options.maxSamples - length) / left),
    }));
    const counts = allotSamples(allotments, Math.max(0, options.budget_s - elapsed_s()) / left);
    // Task i is visited counts[i] times, evenly spaced over the epoch's rounds.
    const rounds = Math.max(...counts);
    const quickest = tasks.map(() => Infinity);
    for (let round = 0; round < rounds; round++) {
      shuffle(order, random);
      for (const index of order) {
        const due = Math.ceil(((round + 1) * counts[index]) / rounds) > Math.ceil((round * counts[index]) / rounds);
        const late = elapsed_s() + cost_s[index] > options.budget_s;
        if (!due || (late && seconds[index].length > 0)) continue;
        const took = visit(index);
        seconds[index].push(took / (calls[index] * tasks[index].units));
        quickest[index] = Math.min(quickest[index], took);
      }
      await options.betweenRounds?.();
    }
    quickest.forEach((took, index) => {
      if (took < Infinity) cost_s[index] = took;
    });
  }
  return tasks.map(({ name, units }, index) => ({
    name,
    calls: calls[index],
    seconds: seconds[index],
    sample_s: (seconds[index].reduce((sum, value) => sum + value, 0) / seconds[index].length) * calls[index] * units,
  }));
}

type Timestamp = ReturnType<TimestampProvider['fn']>;

/** A difference in the clock's own type: nanoseconds as bigint stay exact. */
function sub(to: Timestamp, from: Timestamp): Timestamp {
  return typeof to === 'bigint' ? to - (from as bigint) : to - (from as number);
}
