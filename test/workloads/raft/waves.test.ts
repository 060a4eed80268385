// Raft's common path as waves equals Raft message by message, bit for bit, counts and latencies included.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import phases from '../../../workloads/phases/index.ts';
import raft from '../../../workloads/raft/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';

const semantic = (options: CellOptions, engine: 'waves' | 'messages') => {
  const { outcome } = simulate(raft, options, { engine });
  // Of a run that stalls no count is shown.
  return { ...outcome, events: 0, ...(outcome.state === 'stalled' ? { counts: null } : {}) };
};

test('every outcome of drawn cells', () => {
  const cells = fc.record({
    nodes: fc.integer({ min: 1, max: 64 }),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    network: fc.constantFrom(...[fixed(100), fixed(1), WAN, { ...WAN, loss: 0.05 }, { ...WAN, bandwidth_mbps: 20 }], {
      kind: 'normal' as const,
      mean_ms: 80,
      sd_ms: 30,
      ...LINK,
    }),
    node: fc.constantFrom(FREE, SERVER, { ...SERVER, persist_ns: 30_000_000 }),
    kind: fc.constantFrom('crash' as const, 'silent-leader' as const),
    down: fc.double({ min: 0, max: 0.6, noNaN: true }),
    signed: fc.boolean(),
    election_timeout_min_ms: fc.constantFrom('auto' as const, 'auto' as const, 'auto' as const, 300, 700),
  });
  let ran = 0;
  holds(
    fc.property(cells, ({ kind, down, signed, election_timeout_min_ms, ...cell }) => {
      const fault = { kind, count: Math.floor(down * cell.nodes) };
      const transactions = { bytes: 250, per_decision: 20, signed };
      const options = { ...cell, decisions: 8, fault, transactions, parameters: { election_timeout_min_ms } };
      let waves;
      try {
        waves = semantic(options, 'waves');
      } catch {
        // A leader that is down, a timer that expires.
        return;
      }
      ran += 1;
      expect(waves).toEqual(semantic(options, 'messages'));
    }),
    { numRuns: inFull(1000, 200), seed: 61 },
  );
  expect(ran).toBeGreaterThan(enough(inFull(600, 120)));
});

test.each([
  [{ parameters: { election_timeout_min_ms: 700 } }, 'a heartbeat is due'],
  [
    { parameters: { election_timeout_min_ms: 390, heartbeat_ms: 389, client_timeout_ms: 5000 } },
    /a heartbeat is due|an election timer expires/,
  ],
  [{ parameters: { client_timeout_ms: 300 } }, 'a timer expires'],
  [{ parameters: { group_commit: true } }, 'group commit'],
  [{ fault: { kind: 'silent-leader', count: 1 } }, 'the leader is down'],
  [{ fault: { kind: 'partition', count: 1 } }, 'fault kind partition'],
] as [CellOptions, string | RegExp][])('%j is left to messages', (options, why) => {
  expect(() => simulate(raft, options, { engine: 'waves' })).toThrow(why);
  expect(simulate(raft, options)).toMatchObject({ engine: 'messages', outcome: { state: 'done' } });
});

test('the figure of Raft written as phases has its counts and latencies', () => {
  const parameters = {
    phases: 'leader>all batch bytes:53; all>leader majority persists',
    replies_from: 'leader',
    replies: '1',
    authentication: 'none',
  };
  for (const [nodes, node] of [
    [4, FREE],
    [13, SERVER],
  ] as const) {
    // A term of 0 in both: it is a part of every draw.
    const cell = { nodes, node, network: fixed(70), decisions: 10 };
    const mechanism = simulate(raft, cell).outcome;
    const written = simulate(phases, { ...cell, parameters }).outcome;
    for (const key of ['latencies_us', 'counts', 'durability', 'elapsed_us'] as const) expect(written[key], key).toEqual(mechanism[key]);
  }
});
