// What a mechanism tells of itself under a load is of the window, as counts are.
import { expect, test } from 'vitest';
import { DEFAULT_LOAD, LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { runVoting } from '../../../harness/simulate/messages/voting/voting.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, fixed, makeCell, simulationKernels } from '../../cells.ts';
import { oneServer } from './one-server.ts';

/** One server that says of each transaction when it was executed, and writes that down. */
function telling(): ReturnType<typeof oneServer> {
  const server = oneServer(100);
  const step: typeof server.step = (node, input, out) => {
    server.step(node, input, out);
    if (input.kind !== 'work') return;
    node.observe('executed', 1);
    node.observe('executed_at_us', input.now_us);
    out.persist(null, 40);
  };
  return { ...server, step };
}

function run(load: LoadSpec, { decisions = 1, persist_ns = 0 } = {}): Outcome {
  const cell = makeCell(pbft, {
    nodes: 1,
    decisions,
    network: fixed(10),
    transactions: { bytes: 1, per_decision: 1 },
    node: { ...FREE, cores: 1, persist_ns },
    load,
  });
  return runVoting(setupOf(cell, pbft, { kernels: simulationKernels }), telling);
}

/** A transaction every millisecond; those under way at the window's end are executed after it. */
const steady: LoadSpec = { ...LOAD_RULES, kind: 'open', rate_tps: 1000, arrivals: 'constant', warmup_s: 0.5, window_s: 2 };

test('under a load an observation adds up what is told in the window: one a millisecond of 2 s, however long the warm-up', () => {
  for (const warmup_s of [0.5, 3]) {
    const { observations, from_us, elapsed_us } = run({ ...steady, warmup_s });
    expect({ from_us, elapsed_us }).toEqual({ from_us: warmup_s * 1e6, elapsed_us: 2e6 });
    expect(observations!.executed).toBe(2000);
    // Evenly over the window: their mean time is its middle, within the gap between two.
    expect(Math.abs(observations!.executed_at_us! / 2000 - (warmup_s + 1) * 1e6)).toBeLessThanOrEqual(1000);
  }
});

test('under the default load an observation adds up everything', () => {
  const { observations, counts, from_us } = run(DEFAULT_LOAD, { decisions: 12 });
  // One after another, 10 ms there, 0.1 ms of work and 10 ms back: 10.1 + 30.2 + … ms are 12 × 10.1 + 20.1 × (0 + 1 + … + 11).
  expect(observations).toEqual({ executed: 12, executed_at_us: 12 * 10_100 + 20_100 * 66 });
  expect(counts.persists).toBe(12);
  expect(from_us).toBeUndefined();
});

test('under a load writes are counted in the window', () => {
  for (const warmup_s of [0.5, 3]) expect(run({ ...steady, warmup_s }).counts.persists).toBe(2000);
});

test('the time of a write is the disk’s: of 0.9 ms each at 1000 a second it is 90% busy, and limits; of 0.5 ms it limits nothing', () => {
  const under = (persist_ns: number) => run(steady, { persist_ns }).load!;
  expect(under(900_000)).toMatchObject({ bottleneck: 'disk', disk_utilisation: 0.9 });
  expect(under(500_000)).toMatchObject({ bottleneck: 'latency', disk_utilisation: 0.5 });
  // A transaction costs 0.1 ms of a core, whatever the disk does.
  for (const persist_ns of [900_000, 500_000]) expect(under(persist_ns).cpu_utilisation).toBeCloseTo(0.1, 12);
});
