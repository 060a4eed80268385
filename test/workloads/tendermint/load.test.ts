// Tendermint under loads: heights come one after another, whatever waits; and nothing is lost.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import tendermint from '../../../workloads/tendermint/index.ts';
import { SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { holds } from '../../support/property.ts';

const run = (load: Partial<LoadSpec>, options: CellOptions = {}): Outcome =>
  simulate(tendermint, { node: SERVER, ...options, load: { ...LOAD_RULES, ...load } as LoadSpec }).outcome;

test('heights are not pipelined: eight batches under way are decided at the rate of the heights, and wait for eight of them', () => {
  const at = (in_flight: number) =>
    run({ kind: 'closed', in_flight, queues: true, window_s: 30, warmup_s: 3 }, { network: fixed(100), node: SERVER }).load!;
  const [one, eight] = [at(1), at(8)];
  // One at a time waits for the client's 2δ as well: 5δ and 3δ a height.
  expect(one.achieved_tps).toBeGreaterThan(0.97 * (500 / 0.5));
  expect(one.achieved_tps).toBeLessThan(1.03 * (500 / 0.5));
  expect(eight.achieved_tps).toBeGreaterThan(0.97 * (500 / 0.3));
  expect(eight.achieved_tps).toBeLessThan(1.03 * (500 / 0.3));
  expect(Math.abs(eight.latency_us[0]! / (8 * 300_000) - 1)).toBeLessThan(0.05);
  for (const load of [one, eight]) expect(load).toMatchObject({ bottleneck: 'latency', waiting: 0, rejected: 0 });
});

test('under an open load below its capacity all is committed at the rate that is offered; a batch takes what came in a height', () => {
  const { load, state, liveness, decisions } = run(
    { kind: 'open', rate_tps: 1000, arrivals: 'poisson', window_s: 20, warmup_s: 2 },
    { network: fixed(100) },
  );
  expect({ state, liveness }).toEqual({ state: 'done', liveness: 'ok' });
  expect(Math.abs(load!.achieved_tps / 1000 - 1)).toBeLessThan(0.02);
  expect(load).toMatchObject({ waiting: 0, rejected: 0, bottleneck: 'latency' });
  // 0.3 s a height, of 300 transactions.
  expect(Math.abs(decisions / (20 / 0.3) - 1)).toBeLessThan(0.05);
});

test('its capacity on a WAN is a full batch a height', () => {
  const options: CellOptions = { network: WAN, transactions: { bytes: 250, per_decision: 50 } };
  const closed = run({ kind: 'closed', in_flight: 8, warmup_s: 3, window_s: 30 }, options).load!.achieved_tps;
  const { load, state } = run({ kind: 'saturate', arrivals: 'poisson', p99_ms: 3000 }, options);
  expect(state).toBe('done');
  expect(load!.achieved_tps).toBeGreaterThan(0.85 * closed);
  expect(load!.achieved_tps).toBeLessThan(1.05 * closed);
});

test('beyond its capacity the mempools fill and reject, and what is committed is the capacity', () => {
  const { load } = run(
    { kind: 'open', rate_tps: 5000, arrivals: 'constant', mempool_tx: 2000, window_s: 10, warmup_s: 5 },
    { network: fixed(100), parameters: { client_timeout_ms: 60_000 } },
  );
  expect(load!.rejected).toBeGreaterThan(0.4 * load!.submitted);
  expect(load!.queue_tx_max).toBe(2000);
  expect(Math.abs(load!.achieved_tps / (500 / 0.3) - 1)).toBeLessThan(0.05);
});

test('submitted = committed + rejected + waiting, whatever the load and the faults', () => {
  holds(
    fc.property(
      fc.record({
        nodes: fc.constantFrom(4, 7),
        kind: fc.constantFrom('open' as const, 'closed' as const),
        rate_tps: fc.integer({ min: 20, max: 3000 }),
        mempool_tx: fc.integer({ min: 100, max: 5000 }),
        fault: fc.constantFrom('crash' as const, 'silent-leader' as const, 'delay' as const, 'equivocate' as const, 'replay' as const),
        count: fc.integer({ min: 0, max: 1 }),
        until_s: fc.constantFrom(undefined, 3),
        seed: fc.nat(1000),
      }),
      ({ nodes, kind, fault: one, count, until_s, seed, rate_tps, mempool_tx }) => {
        const fault = { kind: one, count, ...(one === 'delay' ? { delay_ms: 50 } : {}), ...(until_s === undefined ? {} : { until_s }) };
        const load = kind === 'open' ? { kind, rate_tps, arrivals: 'poisson' as const } : { kind, in_flight: 8 };
        const outcome = run({ ...load, mempool_tx, warmup_s: 1, window_s: 4 }, { nodes, network: fixed(20), fault, seed, horizon_s: 60 });
        const { committed, rejected, waiting, submitted } = outcome.load!;
        expect(committed + rejected + waiting).toBe(submitted);
        // A client whose batches a full mempool rejects has none under way, and one that an equivocator holds never comes back.
        if (kind === 'open' || mempool_tx >= 8 * 500) expect(submitted).toBeGreaterThan(0);
        expect(outcome.safety).toBe('ok');
      },
    ),
    { seed: 12, numRuns: 25 },
  );
});
