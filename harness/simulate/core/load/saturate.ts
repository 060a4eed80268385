// The search for the largest rate that a mechanism sustains: bracketed by doubling, then bisected (docs/load.md).
import type { LoadOutcome, LoadPoint } from '../../../model/load.ts';

/** A run at one rate. */
export interface Trial {
  readonly load: LoadOutcome;
  /** Time averages of what waited in the first and the second half of the window. */
  readonly queueMeans: readonly [first: number, second: number];
  /** Transactions of a full batch or block: less than that is on its way, and no queue. */
  readonly batch_tx: number;
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
/** Before the search gives up: what a tenth of the bound may be wrong by is a factor of 16 million upwards, and of a thousand downwards. */
const MOST_DOUBLINGS = 24;
const MOST_HALVINGS = 10;

export function passes({ load, queueMeans: [first, second], batch_tx }: Trial, p99_us: number): boolean {
  const p99 = load.latency_us[2];
  return p99 !== null && p99 <= p99_us && load.committed >= COMMITTED * load.submitted && second <= GROWTH * Math.max(first, batch_tx);
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
  // Where a bound that depends on the first p99 has none, nothing can pass.
  let halvings = MOST_HALVINGS;
  if (search.p99_us === 'auto') {
    const trial = search.run(first_tps, null);
    const p99 = trial.load.latency_us[2];
    if (p99 === null) halvings = 0;
    p99_us = 5 * (p99 ?? 0);
    lowPasses = passes(trial, p99_us);
    tried.set(first_tps, { trial, passed: lowPasses });
  } else {
    p99_us = search.p99_us;
    lowPasses = attempt(low);
  }
  // Down to a rate that passes, or up to one that fails; `high` is the lowest that failed.
  let high: number | null = lowPasses ? null : low;
  for (let step = 0; !lowPasses && step < halvings; step++) {
    low /= 2;
    lowPasses = attempt(low);
    if (!lowPasses) high = low;
  }
  for (let step = 0; high === null && step < MOST_DOUBLINGS; step++) {
    const next = 2 * low;
    if (attempt(next)) low = next;
    else high = next;
  }
  while (lowPasses && high !== null && high > NARROW * low) {
    const middle = (low + high) / 2;
    if (attempt(middle)) low = middle;
    else high = middle;
  }
  const rates = [...tried.keys()].sort((x, y) => x - y);
  const curve = rates.map((offered_tps): LoadPoint => {
    const { trial, passed } = tried.get(offered_tps)!;
    const [latency_us_p50, , latency_us_p99] = trial.load.latency_us;
    return { offered_tps, achieved_tps: trial.load.achieved_tps, latency_us_p50, latency_us_p99, passed };
  });
  return {
    passing: lowPasses ? tried.get(low)!.trial : null,
    failing: high === null ? null : tried.get(high)!.trial,
    p99_us,
    curve,
  };
}
