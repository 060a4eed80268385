import { expect, test } from 'vitest';
import { countCells, estimateRun } from '../../harness/run/estimate.ts';
import { suiteOf } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';

test('measured cells do not use up the time for timing: their usual time is known (62 s of cells were said to take 4 to 6 minutes)', async () => {
  const suite = suiteOf({
    name: 'both',
    replicates: 2,
    decisions: 10,
    crypto: ['modelled', 'measured'],
    sweep: { nodes: [4, 7, 10, 16] },
    workloads: { pbft: {} },
  });
  const { cells, cells_s, sampled } = await estimateRun(suite, { threads: 2, backend: 'wasm', engine: 'auto', budget_s: 0.5 });
  expect(cells).toBe(16);
  expect(sampled).toBeGreaterThanOrEqual(4);
  // Eight measured cells of 0.25 to 3.2 s, either way by half; the process has lived for some seconds.
  expect(cells_s.low).toBeGreaterThan((8 * 0.25) / 1.5);
  expect(cells_s.high).toBeLessThan(8 * 3.2 * 1.5 + process.uptime() + 60);
});

test('a cell that the budget cannot time is estimated by the events that it is expected to cause', async () => {
  const estimated = async (rate_tps: number, window_s: number) =>
    estimateRun(
      suiteOf({
        name: 'load',
        replicates: 1,
        sweep: { nodes: 4 },
        network: { kind: 'normal', mean_ms: 0.25, sd_ms: 0.02 },
        workloads: { pbft: { load: { kind: 'open', rate_tps, warmup_s: 1, window_s } } },
      }),
      { threads: 1, backend: 'wasm', engine: 'auto', budget_s: 0.1 },
    );
  const [one, ten] = [await estimated(100_000, 50), await estimated(100_000, 500)];
  expect([one.sampled, ten.sampled]).toEqual([0, 0]);
  // 51 and 501 s of arrivals; what a process takes to start is in both, and on a busy machine more than all else.
  expect(ten.cells_s.high).toBeGreaterThan(1.5 * one.cells_s.high);
  expect(ten.cells_s.high / one.cells_s.high).toBeLessThan(501 / 51);
});

test('cells are counted as the plan has them: shared by entries once, a count that is f at some n once', () => {
  const suite = suiteOf({
    name: 'shared',
    replicates: 3,
    sweep: { nodes: [4, 7], fault: { kind: 'crash', count: [0, 1, 'f', 'f+1'] } },
    workloads: {
      pbft: [{ view_change_timeout_ms: [100, 200] }, { view_change_timeout_ms: [200, 300], replicates: 5 }, { nodes: [4], replicates: 1 }],
      pow: { fault: { kind: 'crash', ratio: [0, 0.1] } },
    },
  });
  const { perWorkload, exact } = countCells(suite);
  const planned: Record<string, number> = {};
  for (const { workload } of planCells(suite)) planned[workload] = (planned[workload] ?? 0) + 1;
  expect({ perWorkload, exact }).toEqual({ perWorkload: planned, exact: true });
});
