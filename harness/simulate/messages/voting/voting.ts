// A mechanism on messages under any load: the one entry that workloads use.
import { DEFAULT_LOAD, isDefaultLoad, type LoadOutcome } from '../../../model/load.ts';
import type { Outcome } from '../../../model/outcome.ts';
import type { Setup } from '../../core/contract.ts';
import { saturate } from '../../core/load/saturate.ts';
import type { Message } from '../protocol.ts';
import type { Mechanism } from './mechanism.ts';
import { VotingRun, type Schedule, type VotingRunResult } from './run.ts';

/** Decisions of the unloaded cell whose mean time warm-ups and windows are made of. */
const UNLOADED_DECISIONS = 20;
const WARMUP_DECISIONS = 20;
const WINDOW_DECISIONS = 200;
const WINDOW_TRANSACTIONS = 20_000;
/** Of a search for the capacity: the window is at least so many times the bound on the latency. */
const WINDOW_LATENCIES = 20;

/**
 * Runs the cell under its load. `make` gives a new mechanism for each run: the unloaded one that times are measured by, and one a rate
 * of a search.
 */
export function runVoting<S, M extends Message>(setup: Setup, make: (setup: Setup) => Mechanism<S, M>): Outcome {
  const { load } = setup.cell;
  if (isDefaultLoad(load)) return new VotingRun(setup, make(setup), { from_us: 0, until_us: Infinity, rate_tps: null }).run().outcome;
  const decision_us = unloadedDecision_us(setup, make);
  const { per_decision } = setup.cell.transactions;
  const at = (rate_tps: number | null, least_us = 0): VotingRunResult<S> => {
    const schedule = scheduleOf(setup, { decision_us, rate_tps, least_us });
    const horizon_us = setup.cell.horizon_s === undefined ? 2 * schedule.until_us + 1e6 : setup.horizon_us;
    const one = { ...setup, horizon_us };
    return new VotingRun(one, make(one), schedule).run();
  };
  if (load.kind === 'closed') return at(null).outcome;
  if (load.kind === 'open') return at(load.rate_tps).outcome;

  const bound_tps = make(setup).bound_tps ?? (10 * per_decision * 1e6) / decision_us;
  const found = saturate({
    bound_tps,
    p99_us: load.p99_ms === 'auto' ? 'auto' : load.p99_ms * 1000,
    run: (rate_tps, p99_us) => {
      const batch_us = Math.min((per_decision * 1e6) / rate_tps, load.batch_timeout_ms * 1000);
      const { outcome, queueMeans } = at(rate_tps, Math.max(WINDOW_LATENCIES * (p99_us ?? 0), WINDOW_DECISIONS * batch_us));
      return { outcome, queueMeans, load: outcome.load!, batch_tx: per_decision };
    },
  });
  const { passing, failing, curve } = found;
  if (passing === null) {
    const { outcome } = failing!;
    const rate = Math.min(...curve.map(({ offered_tps }) => offered_tps));
    const reason = `no rate down to ${rate} tx/s keeps p99 within ${found.p99_us / 1000} ms with all committed`;
    return { ...outcome, state: 'stalled', reason };
  }
  const result: LoadOutcome = { ...passing.load, bottleneck: (failing ?? passing).load.bottleneck, curve };
  return { ...passing.outcome, load: result };
}

/** The mean time of a decision under the default load. */
function unloadedDecision_us<S, M extends Message>(setup: Setup, make: (setup: Setup) => Mechanism<S, M>): number {
  const cell = { ...setup.cell, load: DEFAULT_LOAD, decisions: UNLOADED_DECISIONS };
  const unloaded = { ...setup, cell, collect: false };
  const { outcome } = new VotingRun(unloaded, make(unloaded), { from_us: 0, until_us: Infinity, rate_tps: null }).run();
  const { latencies_us } = outcome;
  if (latencies_us.length === 0) return 1e6;
  let sum_us = 0;
  for (const latency_us of latencies_us) sum_us += latency_us;
  return Math.max(1, Math.round(sum_us / latencies_us.length));
}

function scheduleOf(
  { cell }: Setup,
  { decision_us, rate_tps, least_us }: { decision_us: number; rate_tps: number | null; least_us: number },
): Schedule {
  const { load } = cell;
  const from_us = load.warmup_s === 'auto' ? WARMUP_DECISIONS * decision_us : Math.round(load.warmup_s * 1e6);
  const auto_us = Math.max(
    WINDOW_DECISIONS * decision_us,
    rate_tps === null ? 0 : Math.ceil((WINDOW_TRANSACTIONS * 1e6) / rate_tps),
    Math.ceil(least_us),
  );
  const window_us = load.window_s === 'auto' ? auto_us : Math.round(load.window_s * 1e6);
  return { from_us, until_us: from_us + window_us, rate_tps };
}
