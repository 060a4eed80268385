// What a run under a load has to do, before it runs: how many transactions come, and in how many batches. About.
import type { Cell } from '../../../model/cell.ts';
import { isDefaultLoad } from '../../../model/load.ts';
import { WINDOW_LATENCIES } from './capacity.ts';
import { WINDOW_DECISIONS, scheduleOf } from './schedule.ts';

export interface ExpectedWork {
  /** That clients submit, over warm-up, window and what drains after it. */
  readonly transactions: number;
  readonly batches: number;
}

/** The first doubling of a tenth of the bound that is beyond it. */
const LARGEST_TRIED = 1.6;
/** An automatic bound on the 99th percentile, in unloaded decisions: five times what an almost unloaded one takes with its wait for a batch. */
const AUTO_P99_DECISIONS = 7.5;

/**
 * `decision_us`: of the unloaded cell, about; `bound_tps`: transactions a second that the mechanism cannot exceed. Of a search for
 * saturation its largest run.
 */
export function expectedWork(
  { transactions: { per_decision, bytes }, load, decisions }: Pick<Cell, 'transactions' | 'load' | 'decisions'>,
  { decision_us, bound_tps }: { readonly decision_us: number; readonly bound_tps: number },
): ExpectedWork {
  if (isDefaultLoad(load)) return { transactions: decisions * per_decision, batches: decisions };
  if (load.kind === 'closed') {
    const { until_us } = scheduleOf(load, { decision_us, rate_tps: null });
    const rate_tps = Math.min(bound_tps, (load.in_flight * per_decision * 1e6) / decision_us);
    const batches = (rate_tps * until_us) / 1e6 / per_decision;
    return { transactions: batches * per_decision, batches };
  }
  const rate_tps = load.kind === 'open' ? load.rate_tps : LARGEST_TRIED * bound_tps;
  const batch_us = Math.min((per_decision * 1e6) / rate_tps, load.batch_timeout_ms * 1000);
  const p99_us = load.kind === 'open' ? 0 : load.p99_ms === 'auto' ? AUTO_P99_DECISIONS * decision_us : load.p99_ms * 1000;
  const least_us = load.kind === 'open' ? 0 : Math.max(WINDOW_LATENCIES * p99_us, WINDOW_DECISIONS * batch_us);
  const { from_us, until_us } = scheduleOf(load, { decision_us, rate_tps, least_us });
  const committed_tps = Math.min(rate_tps, bound_tps);
  // What came in the window is waited for: beyond the bound for as long again, since a queue does not end while more comes.
  const drains_us = rate_tps > bound_tps ? until_us - from_us : Math.min(decision_us, until_us - from_us);
  const time_s = (until_us + drains_us) / 1e6;
  const most = Math.max(1, Math.min(per_decision, Math.floor(load.batch_bytes / bytes)));
  const together = Math.min(most, 1 + (committed_tps * load.batch_timeout_ms) / 1000);
  return { transactions: rate_tps * time_s, batches: (committed_tps * time_s) / together };
}
