// PBFT's common path as waves, for large n, and what it counts.
import { endingOf } from '../../harness/simulate/check/liveness.ts';
import { EVENT_BUDGET, NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { isDefaultLoad } from '../../harness/model/load.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { CommonPath } from './common-path.ts';
import type { PbftParameters } from './parameters.ts';
import { missingQuorum } from './rules.ts';
import { WaveRun } from './wave-run.ts';

/**
 * The common path, and one view change after a silent first leader; NeedsMessages for the rest, decided by the cell alone.
 * Sends of one replica enter its uplink in the order of their phases; Uplinks puts decisions that overlap in order.
 */
export function waves(setup: Setup<PbftParameters>): Outcome {
  const { cell, faults } = setup;
  if (setup.collect || setup.trace !== undefined) throw new NeedsMessages('measured cells and traces');
  if (!isDefaultLoad(cell.load)) throw new NeedsMessages('loads that queue');
  if (faults.kind !== 'crash' && faults.kind !== 'silent-leader') throw new NeedsMessages(`fault kind ${faults.kind}`);
  if (faults.count > 0 && (faults.from_us > 0 || faults.until_us !== Infinity)) throw new NeedsMessages('faults that begin or end');
  const run = new WaveRun(setup);
  const path = new CommonPath(run);
  const latencies_us: number[] = [];
  // With fewer live replicas than a quorum no request is ever prepared and no view change ever completes.
  if (run.liveWeight >= run.rules.quorum) {
    for (let decision = 1; decision <= cell.decisions; decision++) latencies_us.push(path.decide(decision));
    path.finish();
  }
  const reached = latencies_us.length;
  const { macs, ...counts } = run.log.counts(run);
  return {
    ...endingOf({
      reached,
      asked: cell.decisions,
      stopped: 'done',
      standstill: missingQuorum(setup, run.rules),
      horizon_us: setup.horizon_us,
      eventBudget: setup.eventBudget ?? EVENT_BUDGET,
    }),
    decisions: reached,
    divisor: reached,
    counts: run.rules.mac ? { ...counts, macs } : counts,
    latencies_us,
    finalities_us: latencies_us,
    elapsed_us: path.now_us,
    confirmations: 1,
    adversaryShare: run.rules.bound / run.rules.total,
    viewChanges: run.view,
    safety: run.agreement.verdict,
    durability: run.durability.verdict,
    replicaLatencies_us: path.replicaLatencies_us,
    events: run.events,
  };
}
