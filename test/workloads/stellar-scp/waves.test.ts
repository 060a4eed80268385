// SCP as waves is SCP message by message, to the bit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKernels } from '../../../harness/kernels/index.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import { EngineLimit, type Setup } from '../../../harness/simulate/core/contract.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import scp from '../../../workloads/stellar-scp/index.ts';
import type { ScpParameters } from '../../../workloads/stellar-scp/parameters.ts';
import { rulesOf } from '../../../workloads/stellar-scp/rules.ts';
import { FREE, LINK, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';

/** All that a record is made of. */
function semantic(outcome: Outcome): unknown {
  const { counts, ...rest } = { ...outcome, events: null };
  if (outcome.state === 'stalled') return { ...rest, replicaLatencies_us: null };
  return { ...rest, counts: { ...counts, batches: [...(counts.batches ?? [])].sort(([x], [y]) => x - y) } };
}

const cells: fc.Arbitrary<CellOptions> = fc
  .record({
    nodes: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 4, max: 20 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) }),
    network: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(0, 1, 100).map(fixed) },
      { weight: 4, arbitrary: fc.constant(WAN) },
      { weight: 1, arbitrary: fc.constant({ ...WAN, bandwidth_mbps: 50 }) },
      // A batch takes up to 10 s, and timeouts with it: the last nodes hear of it when the first have long decided.
      { weight: 1, arbitrary: fc.constant({ ...WAN, bandwidth_mbps: 2 }) },
      { weight: 1, arbitrary: fc.constant({ ...WAN, bandwidth_mbps: [20, 200, 1000] }) },
      {
        weight: 2,
        arbitrary: fc
          .constantFrom({ mean_ms: 50, sd_ms: 5 }, { mean_ms: 80, sd_ms: 30 })
          .map((delays) => ({ kind: 'normal' as const, ...delays, ...LINK })),
      },
    ),
    node: fc.constantFrom(FREE, SERVER, {
      ...SERVER,
      name: 'slow',
      profile: 'server' as const,
      verify_ns: 3_000_000,
      verify_batched_ns: 2_000_000,
    }),
    crashed: fc.nat(),
    decisions: fc.integer({ min: 1, max: 5 }),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    transactions: fc.constantFrom({ bytes: 250, per_decision: 500 }, { bytes: 100, per_decision: 5, signed: true }),
    parameters: fc.constantFrom({}, {}, { timeout_ms: 1000 }, { ledger_interval_ms: 1500 }),
  })
  .map(({ crashed, ...rest }) => {
    // Half of them without a fault: who is down leads some slot, sooner or later.
    const bound = Math.floor((rest.nodes - 1) / 3);
    return {
      ...rest,
      fault: { kind: 'crash' as const, count: crashed % 2 === 0 ? 0 : Math.min(rest.nodes - 1, (crashed >> 1) % (bound + 2)) },
    };
  });

test('every outcome of drawn cells, bit for bit', () => {
  const runs = inFull(400, 100);
  let onWaves = 0;
  holds(
    fc.property(cells, (cell) => {
      const waves = simulate(scp, cell);
      if (waves.engine === 'waves') onWaves += 1;
      expect(semantic(waves.outcome)).toEqual(semantic(simulate(scp, cell, { engine: 'messages' }).outcome));
    }),
    { numRuns: runs, seed: 20261130 },
  );
  // The comparison means nothing where the waves engine gave up: mostly because a leader is down.
  expect(onWaves).toBeGreaterThan(enough(0.6 * runs));
});

describe('at n = 64', () => {
  const agreed = (cell: CellOptions): Outcome => {
    const options = { nodes: 64, node: SERVER, decisions: 2, seed: 5, ...cell };
    const waves = simulate(scp, options, { engine: 'waves', kernels: createKernels('wasm') }).outcome;
    expect(semantic(waves)).toEqual(semantic(simulate(scp, options, { engine: 'messages' }).outcome));
    return waves;
  };
  test('slow nodes are carried along by blocking sets, and statements wait for those before them', () => {
    // Some have verified a blocking set before their quorum.
    expect(agreed({ network: WAN }).counts.batches!.get(22)).toBeGreaterThan(0);
  });
  test('a batch that is on its way for 13 s, in which the first nodes decide', () => {
    const { latencies_us, elapsed_us } = agreed({ network: { kind: 'wan-5-regions', ...LINK, bandwidth_mbps: 5 } });
    expect(latencies_us[0]).toBeLessThan(10_000_000);
    expect(elapsed_us).toBeGreaterThan(12_600_000);
  });
});

test('the first timeout is the draft’s 2 s, and as long as the batch is on its way where that is longer', () => {
  const timeout_ms = (nodes: number, parameters = {}): number => {
    const cell = makeCell(scp, { nodes, network: WAN, parameters });
    return rulesOf(setupOf(cell, scp, { kernels: simulationKernels }) as unknown as Setup<ScpParameters>).timeout_us(1) / 1000;
  };
  for (const nodes of [4, 16, 500]) expect(timeout_ms(nodes)).toBe(2000);
  // 125 132 bytes and more to 9999 others at 1 Gbit/s are 10.0 s, and two links.
  const cell = makeCell(scp, { nodes: 10_000, network: WAN });
  const link_ms = setupOf(cell, scp, { kernels: simulationKernels }).network.maxDelay_us / 1000;
  expect(timeout_ms(10_000)).toBeGreaterThan(9999 + 2 * link_ms);
  expect(timeout_ms(10_000)).toBeLessThan(10_100 + 2 * link_ms);
  expect(timeout_ms(10_000, { timeout_ms: 30 })).toBe(30);
});

test.each([
  ['a leader that is down', { fault: { kind: 'crash', nodes: [0] } }, 'the leader is down'],
  ['links that lose', { network: { ...WAN, loss: 0.01 } }, 'links that lose messages and keep their order'],
  ['organisations', { nodes: 6, parameters: { quorum_set: 'organisations' } }, 'quorum sets that are not k of n for all'],
  ['a timer that expires', { parameters: { timeout_ms: 250 } }, 'a timer of a node expires'],
] as [string, CellOptions, string][])('%s needs messages', (_name, cell, why) => {
  expect(() => simulate(scp, cell, { engine: 'waves' })).toThrow(EngineLimit);
  expect(() => simulate(scp, cell, { engine: 'waves' })).toThrow(why);
});
