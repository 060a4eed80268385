// When a run under a load looks: a warm-up, and then a window (docs/load.md).
import type { LoadSpec } from '../../../model/load.ts';

/** What a run looks at, and what it is offered. */
export interface LoadSchedule<Rate extends number | null = number | null> {
  readonly from_us: number;
  readonly until_us: number;
  /** Transactions a second that arrive; null: a closed load. */
  readonly rate_tps: Rate;
}

/** Automatic times, in mean decisions of the unloaded cell (blocks, for chains). */
const WARMUP_DECISIONS = 20;
export const WINDOW_DECISIONS = 200;
const WINDOW_TRANSACTIONS = 20_000;

/** `decision_us`: the mean time of a decision of the unloaded cell; `least_us`: an automatic window is not shorter than this. */
export function scheduleOf<Rate extends number | null>(
  load: LoadSpec,
  { decision_us, rate_tps, least_us = 0 }: { decision_us: number; rate_tps: Rate; least_us?: number },
): LoadSchedule<Rate> {
  const from_us = Math.round(load.warmup_s === 'auto' ? WARMUP_DECISIONS * decision_us : load.warmup_s * 1e6);
  const filling_us = rate_tps === null ? 0 : (WINDOW_TRANSACTIONS * 1e6) / rate_tps;
  const window_us =
    load.window_s === 'auto' ? Math.ceil(Math.max(WINDOW_DECISIONS * decision_us, filling_us, least_us)) : Math.round(load.window_s * 1e6);
  return { from_us, until_us: from_us + window_us, rate_tps };
}
