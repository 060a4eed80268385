// Raft under loads: what bounds it, and that nothing is lost.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import raft from '../../../workloads/raft/index.ts';
import { FREE, SERVER, WAN, fixed, makeCell, simulate, type CellOptions } from '../../cells.ts';
import { holds } from '../../support/property.ts';

const LAN: NetworkSpec = { kind: 'normal', mean_ms: 0.25, sd_ms: 0.02, bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };
const run = (load: Partial<LoadSpec>, options: CellOptions = {}): Outcome =>
  simulate(raft, { node: SERVER, network: LAN, ...options, load: { ...LOAD_RULES, ...load } as LoadSpec }).outcome;

describe('what bounds it', () => {
  const tiny = { bytes: 1, per_decision: 1 };
  const fast = { ...LAN, bandwidth_mbps: 10_000 } as NetworkSpec;
  const oneCore = { ...SERVER, cores: 1, persist_ns: 1_000_000 };
  const saturate = { kind: 'saturate', p99_ms: 20, arrivals: 'poisson', window_s: 3, warmup_s: 0.2 } as const;

  test('at one transaction of one byte a decision, one core and 10 Gbit/s, a disk that takes 1 ms: a thousand a second', () => {
    const { load } = run(saturate, { nodes: 4, network: fast, node: oneCore, transactions: tiny });
    expect(load!.bottleneck).toBe('disk');
    expect(load!.offered_tps).toBeGreaterThan(850);
    expect(load!.offered_tps).toBeLessThan(1020);
  });

  test('with group commit it is more: what comes while the disk is busy is written together', () => {
    const load = { kind: 'open', rate_tps: 5000, arrivals: 'poisson', window_s: 1, warmup_s: 0.2 } as const;
    const cell = { nodes: 4, network: fast, node: oneCore, transactions: tiny };
    const alone = run(load, cell);
    const together = run(load, { ...cell, parameters: { group_commit: true } });
    expect(alone.load!.achieved_tps).toBeLessThan(1100);
    expect(Math.abs(together.load!.achieved_tps / 5000 - 1)).toBeLessThan(0.05);
    expect(together.counts.persists! / together.decisions).toBeLessThan(4 / 3);
    expect(together).toMatchObject({ safety: 'ok', durability: 'ok' });
  });

  test("the leader's uplink, at bandwidth ÷ bytes of a transaction to each other node, within 3%", () => {
    for (const nodes of [4, 16]) {
      const bound_tps = (500 * 1e9) / (8 * (nodes - 1) * (49 + 4 + 13 + 125_000));
      // What waits in the queue is not late.
      const parameters = { client_timeout_ms: 60_000, election_timeout_min_ms: 60_000 };
      const { load } = run(
        { kind: 'closed', in_flight: 16, warmup_s: 1, window_s: 1 },
        { nodes, parameters, node: { ...SERVER, persist_ns: 100_000 } },
      );
      expect(Math.abs(load!.achieved_tps / bound_tps - 1)).toBeLessThan(0.03);
      expect(load!.bottleneck).toBe('uplink');
    }
  });

  test("clients' signatures, on one core: 25 000 a second at 40 us each", () => {
    const transactions = { bytes: 100, per_decision: 100, signed: true };
    const node = { ...FREE, verify_batched_ns: 40_000, cores: 1 };
    const beyond = { kind: 'open', rate_tps: 30_000, arrivals: 'poisson', window_s: 0.5, warmup_s: 0.2 } as const;
    const { load, safety, durability } = run(beyond, { nodes: 3, node, transactions, parameters: { client_timeout_ms: 60_000 } });
    expect({ safety, durability, bottleneck: load!.bottleneck }).toEqual({ safety: 'ok', durability: 'ok', bottleneck: 'cpu' });
    expect(Math.abs(load!.achieved_tps / 25_000 - 1)).toBeLessThan(0.02);
  });
});

test('eight batches under way are eight times one where links are what takes time', () => {
  const rate = (in_flight: number) =>
    run({ kind: 'closed', in_flight, queues: true, window_s: 12, warmup_s: 3 }, { network: fixed(50) }).load!.achieved_tps;
  const [one, eight] = [rate(1), rate(8)];
  expect(eight / one).toBeGreaterThan(7.5);
  expect(eight / one).toBeLessThan(8.1);
});

test('heartbeats are sent where nothing else was, and nobody stands for election', () => {
  const idle = { kind: 'open', rate_tps: 1, arrivals: 'constant', window_s: 10, warmup_s: 1, batch_timeout_ms: 1 } as const;
  const { counts, decisions, viewChanges } = run(idle, { nodes: 5, transactions: { bytes: 10, per_decision: 1 } });
  expect(viewChanges).toBe(0);
  // A timeout of 150 ms: a heartbeat every 75 ms beside one entry a second, each answered.
  const beats = (counts.messages - decisions * 8) / 8 / 10;
  expect(beats).toBeGreaterThan(12);
  expect(beats).toBeLessThan(14);
  expect(counts.votes).toBe(decisions * 4);
});

test('submitted = committed + rejected + waiting, whatever the load and the faults', () => {
  const cells = fc.record({
    nodes: fc.constantFrom(3, 5),
    rate_tps: fc.integer({ min: 200, max: 30_000 }),
    arrivals: fc.constantFrom('poisson' as const, 'constant' as const),
    mempool_tx: fc.integer({ min: 100, max: 5000 }),
    kind: fc.constantFrom('crash' as const, 'silent-leader' as const, 'delay' as const, 'partition' as const),
    nodesDown: fc.constantFrom([], [0], [1], [0, 1]),
    group_commit: fc.boolean(),
    seed: fc.nat(1000),
  });
  holds(
    fc.property(cells, ({ nodes, kind, nodesDown, seed, group_commit, ...open }) => {
      const fault = { kind, nodes: nodesDown, from_s: 0.3, until_s: 0.8, ...(kind === 'delay' ? { delay_ms: 50 } : {}) };
      const { load, safety, durability } = run(
        { kind: 'open', window_s: 1, warmup_s: 0.1, ...open },
        { nodes, seed, fault, parameters: { group_commit }, transactions: { bytes: 100, per_decision: 50 } },
      );
      expect(load!.committed + load!.rejected + load!.waiting).toBe(load!.submitted);
      expect(safety).not.toBe('violated');
      expect(durability).toBe('ok');
    }),
    { numRuns: 30, seed: 62 },
  );
});

test('what is expected is near what comes', () => {
  for (const [nodes, load] of [
    [5, { ...LOAD_RULES, kind: 'closed', in_flight: 1 }],
    [40, { ...LOAD_RULES, kind: 'closed', in_flight: 1 }],
    [9, { ...LOAD_RULES, kind: 'closed', in_flight: 8, window_s: 2, warmup_s: 0.5 }],
    [9, { ...LOAD_RULES, kind: 'open', rate_tps: 5000, arrivals: 'poisson', window_s: 2, warmup_s: 0.5 }],
  ] as [number, LoadSpec][]) {
    const options: CellOptions = { nodes, network: WAN, node: SERVER, decisions: 30, load };
    const { events } = simulate(raft, options, { engine: 'messages' }).outcome;
    const expected = raft.expectedEvents!({ ...makeCell(raft, options), parameters: raft.parameters.parse({}) });
    expect(events / expected).toBeGreaterThan(0.5);
    // A majority is nearer than the mean link.
    expect(events / expected).toBeLessThan(2);
  }
});

test('a thousand nodes under an open load', () => {
  const load = { kind: 'open', rate_tps: 2000, arrivals: 'poisson', window_s: 1, warmup_s: 0.3 } as const;
  const { outcome } = simulate(raft, {
    nodes: 1000,
    network: { ...WAN, bandwidth_mbps: 10_000 } as NetworkSpec,
    node: SERVER,
    transactions: { bytes: 20, per_decision: 100 },
    load: { ...LOAD_RULES, ...load },
  });
  expect(outcome).toMatchObject({ state: 'done', safety: 'ok', durability: 'ok', liveness: 'ok' });
  expect(outcome.events).toBeGreaterThan(80_000);
});
