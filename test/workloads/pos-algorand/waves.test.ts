import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import algorand from '../../../workloads/pos-algorand/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';
import { semantic } from '../../support/semantic.ts';

const networks = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(1, 50, 100).map(fixed) },
  { weight: 4, arbitrary: fc.constant(WAN) },
  { weight: 2, arbitrary: fc.constant({ kind: 'normal' as const, mean_ms: 0.2, sd_ms: 0.05, ...LINK }) },
  { weight: 1, arbitrary: fc.constant({ ...WAN, loss: 0.02 }) },
  { weight: 1, arbitrary: fc.constant({ ...WAN, bandwidth_mbps: 50 }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'normal' as const, mean_ms: 50, sd_ms: 15, ...LINK }) },
);

const cells: fc.Arbitrary<CellOptions> = fc
  .record({
    nodes: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 4, max: 24 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) }),
    network: networks,
    node: fc.constantFrom(FREE, SERVER),
    beyond: fc.integer({ min: 0, max: 1_000_000 }),
    decisions: fc.integer({ min: 1, max: 5 }),
    stakes: fc.constantFrom('equal', 'equal', 'drawn', 'nothing'),
    assembly_ms: fc.constantFrom('auto', 'auto', 500, 250),
    filter_timeout_ms: fc.constantFrom('auto', 'auto', 1500),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    bytes: fc.constantFrom(1, 250),
    signed: fc.boolean(),
  })
  .map(({ beyond, stakes, assembly_ms, filter_timeout_ms, nodes, bytes, signed, ...rest }) => {
    const stakeOf = (node: number): number => (stakes === 'drawn' ? 1 + ((beyond >> node) & 3) : node === 1 ? 0 : 1);
    const list = Array.from({ length: nodes }, (_, node) => stakeOf(node)).join(',');
    return {
      ...rest,
      nodes,
      transactions: { bytes: signed ? 250 : bytes, per_decision: 500, ...(signed ? { signed: true } : {}) },
      fault: { kind: 'crash' as const, count: Math.min(nodes - 1, beyond % (Math.floor(nodes / 5) + 2)) },
      parameters: { assembly_ms, filter_timeout_ms, ...(stakes === 'equal' ? {} : { stakes: list }) },
    };
  });

const RUNS = inFull(1000, 120);

describe('Algorand as waves equals Algorand message by message', () => {
  test('every outcome of drawn cells, bit for bit', () => {
    let onWaves = 0;
    holds(
      fc.property(cells, (cell) => {
        const waves = simulate(algorand, cell);
        const messages = simulate(algorand, cell, { engine: 'messages' });
        if (waves.engine === 'waves') onWaves += 1;
        expect(semantic(waves.outcome)).toEqual(semantic(messages.outcome));
      }),
      { numRuns: RUNS, seed: 20261130 },
    );
    // The comparison means nothing where the waves engine gave up.
    console.log(`of ${RUNS} drawn cells waves took ${onWaves}`);
    expect(onWaves).toBeGreaterThan(enough(0.4 * RUNS));
  });
});
