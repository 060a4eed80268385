// PBFT under loads: what bounds it, and that nothing is lost.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { SERVER, WAN, simulate, type CellOptions } from '../../cells.ts';
import { holds } from '../../support/property.ts';
import { LAN, closedOnLan, uplinkBound_tps } from './lan.ts';

const run = (load: Partial<LoadSpec>, options: CellOptions = {}): Outcome =>
  simulate(pbft, { node: SERVER, ...options, load: { ...LOAD_RULES, ...load } as LoadSpec }).outcome;

describe("on a LAN the primary's uplink bounds PBFT at bandwidth ÷ wire bytes of PRE-PREPARE and votes a transaction, within 3%", () => {
  test.each([
    { nodes: 4, window_s: 1 },
    { nodes: 16, window_s: 2 },
  ])('n = $nodes', ({ nodes, window_s }) => {
    const { load, safety, durability } = closedOnLan(nodes, window_s);
    expect(Math.abs(load!.achieved_tps / uplinkBound_tps(nodes) - 1)).toBeLessThan(0.03);
    expect(load).toMatchObject({ bottleneck: 'uplink', waiting: 0, rejected: 0 });
    expect({ safety, durability }).toEqual({ safety: 'ok', durability: 'ok' });
  });
});

test("pipelining multiplies a WAN's rate until the log's window bounds it", () => {
  const rate = (in_flight: number, log_window: number): Outcome =>
    run(
      { kind: 'closed', in_flight, queues: true, window_s: 12, warmup_s: 3 },
      { network: WAN, parameters: { log_window, checkpoint_interval: 4 } },
    );
  const [one, eight] = [1, 8].map((in_flight) => rate(in_flight, 64).load!.achieved_tps) as [number, number];
  // Its one client in each of five regions takes turns: eight batches under way are eight times one.
  expect(eight / one).toBeGreaterThan(6.5);
  expect(eight / one).toBeLessThan(8.5);
  const bounded = rate(64, 8).load!;
  expect(bounded.bottleneck).toBe('window');
  expect(bounded.achieved_tps).toBeLessThan(0.5 * rate(64, 256).load!.achieved_tps);
});

test('under an open load below its capacity all is committed at the rate that is offered; latency has the wait for a batch', () => {
  const { load, state, liveness, decisions } = run(
    { kind: 'open', rate_tps: 20_000, arrivals: 'poisson', window_s: 2, warmup_s: 0.2 },
    { network: LAN },
  );
  expect({ state, liveness }).toEqual({ state: 'done', liveness: 'ok' });
  expect(Math.abs(load!.achieved_tps / 20_000 - 1)).toBeLessThan(0.05);
  expect(load).toMatchObject({ waiting: 0, rejected: 0, bottleneck: 'latency' });
  // A batch of 500 takes 25 ms to come together.
  expect(load!.latency_us[0]).toBeGreaterThan(12_500);
  expect(load!.latency_us[2]).toBeLessThan(40_000);
  expect(Math.abs(decisions - 80)).toBeLessThan(4);
});

test('beyond its capacity the mempool fills and rejects, and what is committed is the capacity', () => {
  const { load } = run(
    { kind: 'open', rate_tps: 400_000, arrivals: 'constant', mempool_tx: 10_000, window_s: 0.5, warmup_s: 0.3 },
    // What waits in the queue is not late.
    { network: LAN, parameters: { log_window: 32, checkpoint_interval: 16, client_timeout_ms: 60_000, view_change_timeout_ms: 60_000 } },
  );
  expect(load!.rejected).toBeGreaterThan(0.4 * load!.submitted);
  expect(load!.queue_tx_max).toBe(10_000);
  expect(Math.abs(load!.achieved_tps / uplinkBound_tps(4) - 1)).toBeLessThan(0.05);
});

test('submitted = committed + rejected + waiting, whatever the load and the faults', () => {
  holds(
    fc.property(
      fc.record({
        nodes: fc.constantFrom(4, 7),
        rate_tps: fc.integer({ min: 200, max: 60_000 }),
        arrivals: fc.constantFrom('poisson' as const, 'constant' as const),
        mempool_tx: fc.integer({ min: 100, max: 5000 }),
        kind: fc.constantFrom('crash' as const, 'silent-leader' as const, 'delay' as const),
        count: fc.integer({ min: 0, max: 1 }),
        seed: fc.nat(1000),
      }),
      ({ nodes, kind, count, seed, ...open }) => {
        const fault = { kind, count, ...(kind === 'delay' ? { delay_ms: 5 } : {}) };
        const { load, safety } = run(
          { kind: 'open', ...open, warmup_s: 0.1, window_s: 0.3 },
          { nodes, network: LAN, fault, seed, horizon_s: 20 },
        );
        expect(load!.committed + load!.rejected + load!.waiting).toBe(load!.submitted);
        expect(safety).toBe('ok');
      },
    ),
    { seed: 12, numRuns: 12 },
  );
});
