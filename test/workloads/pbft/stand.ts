// PBFT on a stand: its replicas stepped by hand, or its rules changed.
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import type { Batch } from '../../../harness/simulate/core/load/items.ts';
import type { LoadSchedule } from '../../../harness/simulate/core/load/schedule.ts';
import { VotingRun, type Seat } from '../../../harness/simulate/messages/voting/run.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { pbftMechanism, type PbftState } from '../../../workloads/pbft/mechanism.ts';
import type { PbftMessage } from '../../../workloads/pbft/messages.ts';
import type { PbftParameters } from '../../../workloads/pbft/parameters.ts';
import { rulesOf, type Rules } from '../../../workloads/pbft/rules.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';

export const pbftSetup = (options: CellOptions): Setup<PbftParameters> =>
  setupOf(makeCell(pbft, options), pbft, { kernels: simulationKernels }) as Setup<PbftParameters>;

/** A run that has not begun; without a schedule of the default load. */
export function pbftRun(
  setup: Setup<PbftParameters>,
  change: Partial<Rules> = {},
  schedule: LoadSchedule = { from_us: 0, until_us: Infinity, rate_tps: null },
) {
  const mechanism = pbftMechanism(setup, { ...rulesOf(setup), ...change });
  const run = new VotingRun<PbftState, PbftMessage>(setup as Setup, mechanism, schedule);
  return { run, mechanism };
}

/** The batches that a stand knows: clients have submitted so many. */
const SUBMITTED = 700;

/** One replica of a run that does not go on by itself. `executed`: what others have executed, by sequence number. */
export function stand(id: number, options: CellOptions) {
  const { run, mechanism } = pbftRun(pbftSetup(options));
  const inner = run as unknown as {
    submit(client: number): number;
    makeBatch(items: readonly number[]): Batch;
    executedFirst(batch: Batch, sequence: number): void;
  };
  const batches = Array.from({ length: SUBMITTED }, () => inner.makeBatch([inner.submit(0)]));
  const seat = run.init(id) as Seat<PbftState, PbftMessage>;
  return {
    run,
    seat,
    log: mechanism.log,
    executed: (batch: number, sequence: number) => inner.executedFirst(batches[batch - 1]!, sequence),
  };
}
