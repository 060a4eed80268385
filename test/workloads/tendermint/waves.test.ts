import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import phases from '../../../workloads/phases/index.ts';
import tendermint from '../../../workloads/tendermint/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';
import { semantic } from '../../support/semantic.ts';

const LAN = { kind: 'normal' as const, mean_ms: 0.2, sd_ms: 0.05, ...LINK };
const networks = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 50, 100).map(fixed) },
  { weight: 4, arbitrary: fc.constant(WAN) },
  { weight: 2, arbitrary: fc.constant(LAN) },
  { weight: 1, arbitrary: fc.constant({ ...WAN, loss: 0.02 }) },
  { weight: 1, arbitrary: fc.constant({ ...WAN, bandwidth_mbps: 50 }) },
  // A proposal takes up to 20 s, and timeouts with it.
  { weight: 1, arbitrary: fc.constant({ ...WAN, bandwidth_mbps: 1 }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'normal' as const, mean_ms: 50, sd_ms: 15, ...LINK }) },
);

const cells: fc.Arbitrary<CellOptions & { parameters: { certificates: string } }> = fc
  .record({
    nodes: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 4, max: 20 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) }),
    network: networks,
    node: fc.constantFrom(FREE, SERVER),
    kind: fc.constantFrom('crash' as const, 'crash' as const, 'silent-leader' as const),
    beyond: fc.integer({ min: 0, max: 1_000_000 }),
    decisions: fc.integer({ min: 1, max: 6 }),
    powers: fc.constantFrom('equal', 'equal', 'drawn', 'one more'),
    timeout_commit_ms: fc.constantFrom(0, 0, 0, 50, 1000),
    timeout_propose_ms: fc.constantFrom('auto', 'auto', 3000, 400),
    timeout_precommit_ms: fc.constantFrom('auto', 'auto', 1000, 5),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    bytes: fc.constantFrom(1, 250),
    certificates: fc.constantFrom('list', 'aggregate'),
  })
  .map(({ kind, beyond, powers, certificates, timeout_commit_ms, timeout_propose_ms, timeout_precommit_ms, nodes, bytes, ...rest }) => {
    const f = Math.floor((nodes - 1) / 3);
    const powerOf = (node: number): number => (powers === 'drawn' ? 1 + ((beyond >> node) & 3) : node === 0 ? 2 : 1);
    const list = Array.from({ length: nodes }, (_, node) => powerOf(node)).join(',');
    const timeouts = { timeout_commit_ms, timeout_propose_ms, timeout_precommit_ms };
    return {
      ...rest,
      nodes,
      transactions: { bytes, per_decision: 500 },
      // Silent proposers need messages, so they are rare; crashed are the last, whose turn mostly does not come.
      fault: { kind, count: kind === 'silent-leader' ? (beyond % 4 === 0 ? 1 : 0) : Math.min(nodes - 1, beyond % (f + 2)) },
      parameters: { certificates, ...timeouts, ...(powers === 'equal' ? {} : { powers: list }) },
    };
  });

const RUNS = inFull(1000, 250);

describe('Tendermint as waves equals Tendermint message by message', () => {
  test('every outcome of drawn cells, bit for bit', () => {
    const onWaves = { list: 0, aggregate: 0 };
    holds(
      fc.property(cells, (cell) => {
        const waves = simulate(tendermint, cell);
        const messages = simulate(tendermint, cell, { engine: 'messages' });
        if (waves.engine === 'waves') onWaves[cell.parameters.certificates as keyof typeof onWaves] += 1;
        if (waves.outcome.decisions > 0) expect(waves.outcome.replicaLatencies_us).toHaveLength(waves.outcome.decisions);
        expect(waves.outcome.durability).toBe('ok');
        expect(semantic(waves.outcome)).toEqual(semantic(messages.outcome));
      }),
      { numRuns: RUNS, seed: 20261129 },
    );
    // The comparison means nothing where the waves engine gave up.
    console.log(`of ${RUNS} drawn cells waves took with lists and with aggregates:`, onWaves);
    for (const count of Object.values(onWaves)) expect(count).toBeGreaterThan(enough((3 / 10) * RUNS));
  });
});

describe('the figure written as phases', () => {
  // A PROPOSAL has four bytes of validRound beside header and signature; heights come one after another.
  const figure = (vote: string) => ({
    phases: `leader>all batch bytes:117; ${vote}; ${vote}`,
    leader: 'rotating',
    log_window: 1,
  });
  const PATHS = [
    [{}, figure('all>all quorum')],
    [{ certificates: 'aggregate' }, figure('all>all quorum check:aggregate')],
  ] as const;
  const KEYS = ['latencies_us', 'counts', 'replicaLatencies_us', 'safety', 'durability', 'elapsed_us'] as const;

  test.each([
    [4, FREE, fixed(100)],
    [7, SERVER, WAN],
    [10, SERVER, LAN],
    [16, SERVER, { ...WAN, loss: 0.02 }],
  ] as const)('n = %i: the rows are those of tendermint, on both engines', (nodes, node, network) => {
    for (const [parameters, path] of PATHS)
      for (const engine of ['waves', 'messages'] as const) {
        const options = { nodes, node, network, decisions: 20 };
        const { outcome: mechanism } = simulate(tendermint, { ...options, parameters }, { engine });
        const { outcome: written } = simulate(phases, { ...options, parameters: path }, { engine });
        for (const key of KEYS) expect(written[key], key).toEqual(mechanism[key]);
      }
  });
});
