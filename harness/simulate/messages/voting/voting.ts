// A mechanism on messages under any load: the one entry that workloads use.
import { DEFAULT_LOAD, isDefaultLoad } from '../../../model/load.ts';
import type { Outcome } from '../../../model/outcome.ts';
import type { Setup } from '../../core/contract.ts';
import { capacityOutcome } from '../../core/load/capacity.ts';
import { WINDOW_DECISIONS, scheduleOf, type LoadSchedule } from '../../core/load/schedule.ts';
import type { Message } from '../protocol.ts';
import type { Mechanism } from './mechanism.ts';
import { VotingRun, type VotingRunResult } from './run.ts';

/** Decisions of the unloaded cell whose mean time warm-ups and windows are made of. */
const UNLOADED_DECISIONS = 20;
/** All of a run. */
const WHOLE: LoadSchedule = { from_us: 0, until_us: Infinity, rate_tps: null };

/**
 * Runs the cell under its load. `make` gives a new mechanism for each run: the unloaded one that times are measured by, and one a rate
 * of a search.
 */
export function runVoting<S, M extends Message>(setup: Setup, make: (setup: Setup) => Mechanism<S, M>): Outcome {
  const { load } = setup.cell;
  if (isDefaultLoad(load)) return new VotingRun(setup, make(setup), WHOLE).run().outcome;
  const decision_us = unloadedDecision_us(setup, make);
  const { per_decision } = setup.cell.transactions;
  const at = (rate_tps: number | null, least_us = 0): VotingRunResult => {
    const schedule = scheduleOf(load, { decision_us, rate_tps, least_us });
    const horizon_us = setup.cell.horizon_s === undefined ? 2 * schedule.until_us + 1e6 : setup.horizon_us;
    const one = { ...setup, horizon_us };
    return new VotingRun(one, make(one), schedule).run();
  };
  if (load.kind === 'closed') return at(null).outcome;
  if (load.kind === 'open') return at(load.rate_tps).outcome;
  const bound_tps = make(setup).bound_tps ?? (10 * per_decision * 1e6) / decision_us;
  return capacityOutcome(load, bound_tps, (rate_tps, least_us) => {
    const batch_us = Math.min((per_decision * 1e6) / rate_tps, load.batch_timeout_ms * 1000);
    const { outcome, queueMeans } = at(rate_tps, Math.max(least_us, WINDOW_DECISIONS * batch_us));
    return { outcome, queueMeans, load: outcome.load!, batch_tx: per_decision };
  });
}

/** The mean time of a decision under the default load. */
function unloadedDecision_us<S, M extends Message>(setup: Setup, make: (setup: Setup) => Mechanism<S, M>): number {
  const cell = { ...setup.cell, load: DEFAULT_LOAD, decisions: UNLOADED_DECISIONS };
  // Liars remember what they hear: nothing of another run.
  const unloaded: Setup = { ...setup, cell, collect: false };
  delete (unloaded as { adversary?: unknown }).adversary;
  const { outcome } = new VotingRun(unloaded, make(unloaded), WHOLE).run();
  const { latencies_us } = outcome;
  if (latencies_us.length === 0) return 1e6;
  let sum_us = 0;
  for (const latency_us of latencies_us) sum_us += latency_us;
  return Math.max(1, Math.round(sum_us / latencies_us.length));
}
