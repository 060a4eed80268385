// The search for the largest rate that a mechanism sustains: bracketed by doubling, then bisected (docs/load.md).
import type { LoadOutcome, LoadPoint } from '../../../model/load.ts';

/** A run at one rate. */
export interface Trial {
  readonly load: LoadOutcome;
  /** Time averages of what waited in the first and the second half of the window. */
  readonly queueMeans: readonly [first: number, second: number];
}

export interface SaturationSearch<T extends Trial> {
  /** Transactions a second that cannot be exceeded, about: the search begins at a tenth of it. */
  readonly bound_tps: number;
  /** auto: five times the p99 at a tenth of the bound. */
  readonly p99_us: number | 'auto';
  /** `p99_us`: null where the bound on it is not known yet. */
  run(rate_tps: number, p99_us: number | null): T;
}

export interface Saturation<T extends Trial> {
  /** The largest rate that passed; null: none did. */
  readonly passing: T | null;
  /** The lowest rate that failed. */
  readonly failing: T | null;
  readonly p99_us: number;
  /** Every rate that was tried, ascending. */
  readonly curve: readonly LoadPoint[];
}

/** The bisection ends when the bracket is as narrow as this. */
const NARROW = 1.02;
const COMMITTED = 0.99;
const GROWTH = 1.1;
/** Doublings and halvings before the search gives up: a factor of 16 million. */
const MOST_STEPS = 24;

export function passes({ load, queueMeans: [first, second] }: Trial, p99_us: number): boolean {
  const p99 = load.latency_us[2];
  return p99 !== null && p99 <= p99_us && load.committed >= COMMITTED * load.submitted && second <= GROWTH * Math.max(first, 1);
}

/** Deterministic: the same runs give the same answer. Outcomes that are not monotone in the rate give the lowest failing bracket that was seen. */
export function saturate<T extends Trial>(search: SaturationSearch<T>): Saturation<T> {
  const tried = new Map<number, { trial: T; passed: boolean }>();
  const first_tps = search.bound_tps / 10;
  let p99_us: number;
  const attempt = (rate_tps: number): boolean => {
    const trial = search.run(rate_tps, p99_us);
    const passed = passes(trial, p99_us);
    tried.set(rate_tps, { trial, passed });
    return passed;
  };
  let low = first_tps;
  let lowPasses: boolean;
  if (search.p99_us === 'auto') {
    const trial = search.run(first_tps, null);
    const p99 = trial.load.latency_us[2];
    p99_us = p99 === null ? 0 : 5 * p99;
    lowPasses = p99 !== null && passes(trial, p99_us);
    tried.set(first_tps, { trial, passed: lowPasses });
  } else {
    p99_us = search.p99_us;
    lowPasses = attempt(low);
  }
  // Down to a rate that passes, or up to one that fails.
  let high = low;
  for (let step = 0; !lowPasses && step < MOST_STEPS; step++) {
    high = low;
    low /= 2;
    lowPasses = attempt(low);
  }
  if (lowPasses) {
    for (let step = 0; high === low && step < MOST_STEPS; step++) {
      const next = 2 * low;
      if (attempt(next)) low = high = next;
      else high = next;
    }
    while (high > NARROW * low) {
      const middle = (low + high) / 2;
      if (attempt(middle)) low = middle;
      else high = middle;
    }
  }
  const rates = [...tried.keys()].sort((x, y) => x - y);
  const curve = rates.map((offered_tps): LoadPoint => {
    const { trial, passed } = tried.get(offered_tps)!;
    const [latency_us_p50, , latency_us_p99] = trial.load.latency_us;
    return { offered_tps, achieved_tps: trial.load.achieved_tps, latency_us_p50, latency_us_p99, passed };
  });
  return {
    passing: lowPasses ? tried.get(low)!.trial : null,
    failing: high > low || !lowPasses ? (tried.get(high)?.trial ?? null) : null,
    p99_us,
    curve,
  };
}
