// Cells for tests: plain data with defaults, and kernels for simulation.
import type { Kernels } from '../harness/model/kernels.ts';
import { createKernels } from '../harness/kernels/index.ts';
import { simulateCell } from '../harness/simulate/core/simulate.ts';
import type { Workload } from '../harness/simulate/core/contract.ts';
import type { EngineId, Outcome, TraceLine } from '../harness/model/outcome.ts';
import { NODE_PROFILES, type Cell, type NetworkSpec, type NodeProfile } from '../harness/model/cell.ts';
import { DEFAULT_LOAD } from '../harness/model/load.ts';
import type { FaultSpec } from '../harness/model/fault.ts';

export const FREE: NodeProfile = NODE_PROFILES.free;
export const SERVER: NodeProfile = NODE_PROFILES.server;
export const LINK = { bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };
export const WAN: NetworkSpec = { kind: 'wan-5-regions', ...LINK };
export const fixed = (delay_ms: number): NetworkSpec => ({ kind: 'fixed', delay_ms });
export const NO_FAULT: FaultSpec = { kind: 'crash', count: 0, placement: 'worst' };

export type CellOptions = Partial<Omit<Cell, 'fault' | 'workload' | 'parameters'>> & {
  fault?: Partial<FaultSpec>;
  parameters?: Record<string, unknown>;
};

/** A cell of a workload: nodes 4, no fault, a fixed network of 100 ms, free processing, 10 decisions. */
export function makeCell(workload: Workload, options: CellOptions = {}): Cell {
  const { fault, parameters, ...rest } = options;
  return {
    id: 'c000000000000',
    seed: 1,
    workload: workload.id,
    parameters: workload.parameters.parse(parameters ?? {}) as Cell['parameters'],
    nodes: 4,
    fault: fault === undefined ? NO_FAULT : { placement: 'worst', kind: 'crash', ...fault },
    network: fixed(100),
    node: FREE,
    transactions: { bytes: 250, per_decision: 500 },
    risk: 0.001,
    decisions: 10,
    crypto: 'modelled',
    load: DEFAULT_LOAD,
    replicate: 1,
    ...rest,
  };
}

export const simulationKernels = createKernels('reference');

export function simulate(
  workload: Workload,
  options: CellOptions = {},
  run: { engine?: 'auto' | EngineId; kernels?: Kernels; trace?: (line: TraceLine) => void } = {},
): { outcome: Outcome; engine: EngineId } {
  return simulateCell(makeCell(workload, options), workload, {
    engine: run.engine ?? 'auto',
    kernels: run.kernels ?? simulationKernels,
    ...(run.trace === undefined ? {} : { trace: run.trace }),
  });
}
