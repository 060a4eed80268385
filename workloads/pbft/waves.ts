// PBFT's common path as waves, for large n, and what it counts.
import { NeedsMessages, type Setup } from '../../harness/simulate/core/contract.ts';
import { pathOutcome, waveEngine } from '../../harness/simulate/waves/common-path.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { CommonPath } from './common-path.ts';
import type { PbftParameters } from './parameters.ts';
import { missingQuorum } from './rules.ts';
import { WaveRun } from './wave-run.ts';

/**
 * The common path, and one view change after a silent first leader; NeedsMessages for the rest, decided by the cell alone.
 * Sends of one replica enter its uplink in the order of their phases; Uplinks puts decisions that overlap in order.
 */
export const waves = waveEngine<PbftParameters>(commonPath, ({ parameters }) =>
  parameters.requests === 'read-only' ? 'requests that are not agreed on' : '',
);

function commonPath(setup: Setup<PbftParameters>): Outcome {
  const run = new WaveRun(setup);
  // It goes on without the others' votes, so that its checkpoint may come to them before what it committed.
  if (run.rules.weights?.some((weight) => weight >= run.rules.quorum) === true)
    throw new NeedsMessages('one replica is a quorum by itself');
  const path = new CommonPath(run);
  const latencies_us: number[] = [];
  // With fewer live replicas than a quorum no request is ever prepared and no view change ever completes.
  if (run.liveWeight >= run.rules.quorum) {
    for (let decision = 1; decision <= setup.cell.decisions; decision++) latencies_us.push(path.decide(decision));
    path.finish();
  }
  const { macs, ...counts } = run.log.counts(run);
  return {
    ...pathOutcome(setup, { latencies_us, elapsed_us: path.now_us, events: run.events, standstill: missingQuorum(setup, run.rules) }),
    counts: run.rules.mac ? { ...counts, macs } : counts,
    adversaryShare: run.rules.bound / run.rules.total,
    viewChanges: run.view,
    safety: run.agreement.verdict,
    durability: run.durability.verdict,
    replicaLatencies_us: path.replicaLatencies_us,
  };
}
