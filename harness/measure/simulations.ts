// How fast the simulator itself is: every engine of every workload on one cell, as tasks of the meter. Its wall time is no
// protocol's latency and goes into no record.
import { createKernels } from '../kernels/index.ts';
import type { Backend } from '../model/kernels.ts';
import { simulateCell } from '../simulate/core/simulate.ts';
import type { Workload } from '../simulate/core/contract.ts';
import type { EngineId, Outcome } from '../model/outcome.ts';
import { suiteOf } from '../suite/load.ts';
import { planCells } from '../suite/plan.ts';
import type { Cell } from '../model/cell.ts';
import { taskOn, type KernelTask } from './tasks.ts';

interface Scale {
  readonly nodes: number;
  readonly decisions: number;
  readonly unit: string;
  /** Units of work in a cell's outcome. */
  readonly units: (outcome: Outcome, nodes: number) => number;
}

/** Sizes that an engine is made for, a call in the milliseconds. */
const SCALES: Readonly<Record<EngineId, Scale>> = {
  messages: { nodes: 31, decisions: 2, unit: 'deliveries', units: ({ counts }) => counts.messages },
  waves: { nodes: 1000, decisions: 1, unit: 'votes', units: ({ counts }) => counts.messages },
  chain: { nodes: 100, decisions: 20, unit: 'block-nodes', units: ({ stale, divisor }, nodes) => (stale?.blocks ?? divisor) * nodes },
};

/** The cell that an engine of a workload is timed on: no faults, five regions, all else as a suite's defaults. */
export function speedCell(workload: Workload, engine: EngineId): Cell {
  const { nodes, decisions } = SCALES[engine];
  const within = Math.min(Math.max(nodes, workload.nodes.min), workload.nodes.max);
  const suite = suiteOf({ name: 'speed', replicates: 1, decisions, sweep: { nodes: [within] }, workloads: { [workload.id]: {} } });
  const [cell] = [...planCells(suite)];
  return cell;
}

/** Kernel `simulate-<engine>-<workload>`; a call simulates the cell. An engine that hands its cell on to another has no task. */
export function simulationTasks(workloads: Iterable<Workload>, backend: Backend): KernelTask[] {
  const kernels = createKernels(backend);
  const task = taskOn(backend);
  const tasks: KernelTask[] = [];
  for (const workload of workloads)
    for (const engine of Object.keys(workload.engines) as EngineId[]) {
      const cell = speedCell(workload, engine);
      const run = (): { outcome: Outcome; engine: EngineId } => simulateCell(cell, workload, { engine, kernels });
      // The same cell gives the same outcome: what one call does is known from any.
      const { outcome, engine: ranOn } = run();
      const { unit, units } = SCALES[engine];
      if (ranOn === engine) tasks.push(task(`simulate-${engine}-${workload.id}`, unit, units(outcome, cell.nodes), run));
    }
  return tasks;
}
