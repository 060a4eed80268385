import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, SERVER, WAN, LINK, fixed, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';
import { semantic } from '../../support/semantic.ts';

const networks = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 50, 100).map(fixed) },
  { weight: 3, arbitrary: fc.constant(WAN) },
  { weight: 1, arbitrary: fc.constant({ ...WAN, loss: 0.02 }) },
  { weight: 1, arbitrary: fc.constant({ ...WAN, bandwidth_mbps: 50 }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'normal' as const, mean_ms: 50, sd_ms: 15, ...LINK }) },
);

const cells: fc.Arbitrary<CellOptions> = fc
  .record({
    nodes: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 4, max: 20 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) }),
    network: networks,
    node: fc.constantFrom(FREE, SERVER),
    kind: fc.constantFrom('crash' as const, 'crash' as const, 'silent-leader' as const),
    beyond: fc.integer({ min: 0, max: 1_000_000 }),
    decisions: fc.integer({ min: 1, max: 6 }),
    checkpoint_interval: fc.constantFrom(2, 3, 128),
    authentication: fc.constantFrom('signature', 'signature', 'mac'),
    execution: fc.constantFrom('committed', 'committed', 'tentative'),
    quorum: fc.constantFrom('optimal', 'optimal', '2n/3'),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    bytes: fc.constantFrom(1, 250),
  })
  .map(({ kind, beyond, checkpoint_interval, authentication, execution, quorum, nodes, bytes, ...rest }) => ({
    ...rest,
    nodes,
    transactions: { bytes, per_decision: 500 },
    // 0 to f + 1 crashed; n is mostly not 3f + 1. Silent leaders in a row need messages, so they are mostly one, or placed anywhere.
    fault: {
      kind,
      placement: kind === 'silent-leader' && beyond % 2 === 0 ? ('random' as const) : ('worst' as const),
      count: Math.min(nodes - 1, kind === 'silent-leader' && beyond % 8 === 1 ? 1 : beyond % (Math.floor((nodes - 1) / 3) + 2)),
    },
    parameters: { checkpoint_interval, log_window: 2 * checkpoint_interval, authentication, execution, quorum },
  }));

const RUNS = inFull(600, 200);

describe('PBFT as waves equals PBFT message by message', () => {
  test('every outcome of drawn cells, bit for bit', () => {
    let onWaves = 0;
    holds(
      fc.property(cells, (cell) => {
        const waves = simulate(pbft, cell);
        const messages = simulate(pbft, cell, { engine: 'messages' });
        if (waves.engine === 'waves') onWaves += 1;
        if (waves.outcome.decisions > 0) expect(waves.outcome.replicaLatencies_us).toHaveLength(waves.outcome.decisions);
        expect(waves.outcome.durability).toBe('ok');
        expect(semantic(waves.outcome)).toEqual(semantic(messages.outcome));
      }),
      { numRuns: RUNS, seed: 20261124 },
    );
    // The comparison means nothing where the waves engine gave up.
    expect(onWaves).toBeGreaterThan(enough((5 / 6) * RUNS));
    console.log(`waves took ${onWaves} of the drawn cells`);
  });
});
