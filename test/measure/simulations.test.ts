import { describe, expect, it } from 'vitest';
import { simulationTasks, speedCell } from '../../harness/measure/simulations.ts';
import type { EngineId } from '../../harness/model/outcome.ts';
import { workloads } from '../../harness/workloads.ts';
import { simulate } from '../cells.ts';

describe('the simulator’s own speed', () => {
  const tasks = simulationTasks(workloads.values(), 'wasm');
  const engines = [...workloads.values()].flatMap((workload) =>
    (Object.keys(workload.engines) as EngineId[]).map((engine) => ({ workload, engine })),
  );

  it('is measured on every engine of every workload', () => {
    expect(tasks.map(({ kernel }) => kernel).sort()).toEqual(
      engines.map(({ workload, engine }) => `simulate-${engine}-${workload.id}`).sort(),
    );
  });
  it.each(engines)('$workload.id on $engine: units are what the cell did', ({ workload, engine }) => {
    const { nodes, ...cell } = speedCell(workload, engine);
    const { outcome } = simulate(workload, { nodes, ...cell, fault: cell.fault, parameters: cell.parameters }, { engine });
    const { units, unit } = tasks.find(({ kernel }) => kernel === `simulate-${engine}-${workload.id}`)!;
    expect(outcome.state).toBe('done');
    if (engine === 'chain') expect([unit, units]).toEqual(['block-nodes', outcome.stale!.blocks * nodes]);
    else expect([unit, units]).toEqual([engine === 'waves' ? 'votes' : 'deliveries', outcome.counts.messages]);
  });
});
