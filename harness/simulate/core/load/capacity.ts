// The outcome of a cell whose load is `saturate`: that of the largest rate that it sustains.
import type { LoadSpec } from '../../../model/load.ts';
import type { Outcome } from '../../../model/outcome.ts';
import { saturate, type Trial } from './saturate.ts';

/** The window is at least so many times the bound on the latency. */
export const WINDOW_LATENCIES = 20;

/** A run at one rate, with its whole outcome. */
export interface RateTrial extends Trial {
  readonly outcome: Outcome;
}

/** `run`: at a rate, with an automatic window of at least so long. What limits it is what limits the lowest rate that failed. */
export function capacityOutcome(
  load: Extract<LoadSpec, { kind: 'saturate' }>,
  bound_tps: number,
  run: (rate_tps: number, least_us: number) => RateTrial,
): Outcome {
  const { passing, failing, curve, p99_us } = saturate({
    bound_tps,
    p99_us: load.p99_ms === 'auto' ? 'auto' : load.p99_ms * 1000,
    run: (rate_tps, most_us) => run(rate_tps, WINDOW_LATENCIES * (most_us ?? 0)),
  });
  if (passing === null) {
    const rate = Math.min(...curve.map(({ offered_tps }) => offered_tps));
    const reason = `no rate down to ${rate} tx/s keeps p99 within ${p99_us / 1000} ms with all committed`;
    return { ...failing!.outcome, state: 'stalled', reason };
  }
  return { ...passing.outcome, load: { ...passing.load, bottleneck: (failing ?? passing).load.bottleneck, curve } };
}
