// Setups of chain cells for tests: no delay and 100 decisions where nothing else is said.
import { setupOf } from '../../harness/simulate/core/simulate.ts';
import type { Setup, Workload } from '../../harness/simulate/core/contract.ts';
import type { TraceLine } from '../../harness/model/outcome.ts';
import { fixed, makeCell, simulationKernels, type CellOptions } from '../cells.ts';

export interface Wanted extends CellOptions {
  readonly horizon_us?: number;
  readonly collect?: boolean;
  readonly trace?: (line: TraceLine) => void;
}

export function chainSetup<P>(workload: Workload<P>, wanted: Wanted): Setup<P> {
  const { horizon_us, collect, trace, ...options } = wanted;
  const cell = makeCell(workload, { network: fixed(0), decisions: 100, crypto: collect === true ? 'measured' : 'modelled', ...options });
  const setup = setupOf(cell, workload, { kernels: simulationKernels, ...(trace === undefined ? {} : { trace }) }) as Setup<P>;
  return horizon_us === undefined ? setup : { ...setup, horizon_us };
}

/** z of an observed count against a binomial expectation. */
export function zScore(observed: number, trials: number, p: number): number {
  return (observed - trials * p) / Math.sqrt(trials * p * (1 - p));
}

/** Half the width of the 95% interval, relative to the expectation. */
export function relativeHalfWidth(trials: number, p: number): number {
  return (1.96 * Math.sqrt((p * (1 - p)) / trials)) / p;
}
