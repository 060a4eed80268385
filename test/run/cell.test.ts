// One cell from its simulation to its row.
import { expect, test } from 'vitest';
import type { CellRecord, JournalLine } from '../../harness/model/record.ts';
import { executeCell } from '../../harness/run/cell.ts';
import { omit } from '../../harness/suite/omit.ts';
import pbft from '../../workloads/pbft/index.ts';
import { makeCell, simulationKernels, type CellOptions } from '../cells.ts';
import { costs } from '../record/fixtures.ts';

const old = { ...costs, seconds: omit(costs.seconds, ['persist']) };
const record = async (options: CellOptions, table = costs): Promise<CellRecord> => {
  const cell = makeCell(pbft, { decisions: 3, ...options });
  const { line } = await executeCell(cell, { costs: table, backend: 'reference', engine: 'auto' }, simulationKernels);
  return (JSON.parse(line) as JournalLine).record;
};
/** Two of four come back: they persist. */
const back: CellOptions = { fault: { kind: 'crash', count: 2, from_s: 0.1, until_s: 1 } };

test('a cost table from before writes were priced serves cells that write nothing; one that does fails and says what to do', async () => {
  expect(await record({}, old)).toMatchObject({ state: 'done', persists_per_decision: null });
  const failed = await record(back, old);
  expect(failed.state).toBe('failed');
  expect(failed.state_reason).toMatch(
    /^the cost table has no price `persist`, and such work was counted: make a new table with `npx consensus-bench kernels --cost-table FILE`; replay, in the run's folder: /,
  );
});

test('writes are in the CPU time of a decision, at their price', async () => {
  const at = async (persist: number): Promise<CellRecord> => record(back, { ...costs, seconds: { ...costs.seconds, persist } });
  const [cheap, dear] = [await at(1e-5), await at(3e-5)];
  if (cheap.state !== 'done' || dear.state !== 'done') throw new Error('not done');
  expect(cheap.persists_per_decision).toBeGreaterThan(0);
  expect(dear.cpu_s_per_decision! - cheap.cpu_s_per_decision!).toBeCloseTo(cheap.persists_per_decision! * 2e-5, 12);
  // What a write takes of virtual time is the node profile's.
  expect(dear.latency_ms_p50).toBe(cheap.latency_ms_p50);
});

test('a measured cell writes for real: its CPU time has a figure beside the predicted one', async () => {
  const made = await record({ ...back, crypto: 'measured' });
  if (made.state !== 'done') throw new Error(made.state_reason);
  expect(made.persists_per_decision).toBeGreaterThan(0);
  expect(made.cpu_s_per_decision_measured).toBeGreaterThan(0);
});
