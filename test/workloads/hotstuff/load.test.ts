// HotStuff under loads: basic decides a batch a view, chained has four under way; and nothing is lost.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import hotstuff from '../../../workloads/hotstuff/index.ts';
import { SERVER, fixed, simulate, type CellOptions } from '../../cells.ts';
import { holds } from '../../support/property.ts';

const run = (load: Partial<LoadSpec>, options: CellOptions = {}): Outcome =>
  simulate(hotstuff, { node: SERVER, ...options, load: { ...LOAD_RULES, ...load } as LoadSpec }).outcome;

test.each([
  // A NEW-VIEW and seven delays a view; a block every two delays.
  ['basic', 0.8],
  ['chained', 0.2],
])('%s: eight batches under way are decided at the rate of its views, one every %f s', (variant, view_s) => {
  const { load } = run({ kind: 'closed', in_flight: 8, window_s: 40, warmup_s: 4 }, { network: fixed(100), parameters: { variant } });
  expect(Math.abs(load!.achieved_tps / (500 / view_s) - 1)).toBeLessThan(0.06);
  expect(load).toMatchObject({ bottleneck: 'latency', rejected: 0 });
});

test.each(['basic', 'chained'])('%s: under an open load below its capacity all is committed at the rate that is offered', (variant) => {
  const { load, state, liveness, viewChanges } = run(
    { kind: 'open', rate_tps: 300, arrivals: 'poisson', window_s: 20, warmup_s: 2 },
    { network: fixed(50), parameters: { variant } },
  );
  expect({ state, liveness, viewChanges }).toEqual({ state: 'done', liveness: 'ok', viewChanges: 0 });
  expect(Math.abs(load!.achieved_tps / 300 - 1)).toBeLessThan(0.03);
  expect(load).toMatchObject({ waiting: 0, rejected: 0, bottleneck: 'latency' });
});

test('chained: the last transactions of a burst are decided by empty blocks, and then nothing is sent', () => {
  const { load, events } = run(
    { kind: 'open', rate_tps: 0.2, arrivals: 'constant', window_s: 100, warmup_s: 10 },
    { network: fixed(50), parameters: { variant: 'chained' } },
  );
  expect(load).toMatchObject({ waiting: 0, committed: load!.submitted });
  // A wait for a batch, the request, four blocks and the reply.
  expect(load!.latency_us[2]).toBeLessThan(50_000 + 9 * 50_000 + 10_000);
  // Of each transaction 40 messages and their work; of a time without any but a timer or two of each.
  expect(events).toBeLessThan(40 * 100);
});

test('beyond its capacity the mempools fill and reject, and what is committed is the capacity', () => {
  const { load, viewChanges } = run(
    { kind: 'open', rate_tps: 5000, arrivals: 'constant', mempool_tx: 2000, window_s: 10, warmup_s: 5 },
    { network: fixed(100), parameters: { variant: 'chained', client_timeout_ms: 60_000 } },
  );
  expect(viewChanges).toBe(0);
  expect(load!.rejected).toBeGreaterThan(0.3 * load!.submitted);
  expect(Math.abs(load!.achieved_tps / (500 / 0.2) - 1)).toBeLessThan(0.08);
});

test('its capacity is a full batch a view: of chained several times that of basic', () => {
  const options: CellOptions = { network: fixed(20), transactions: { bytes: 250, per_decision: 20 } };
  const capacity = (variant: string): number => {
    const load = { kind: 'saturate' as const, arrivals: 'poisson' as const, p99_ms: 600, warmup_s: 1, window_s: 4 };
    const { load: found, state } = run(load, { ...options, parameters: { variant } });
    expect(state).toBe('done');
    return found!.achieved_tps;
  };
  const [basic, chained] = [capacity('basic'), capacity('chained')];
  expect(Math.abs(basic / (20 / (8 * 0.02)) - 1)).toBeLessThan(0.2);
  expect(Math.abs(chained / (20 / (2 * 0.02)) - 1)).toBeLessThan(0.2);
});

test('submitted = committed + rejected + waiting, whatever the load and the faults', () => {
  holds(
    fc.property(
      fc.record({
        nodes: fc.constantFrom(4, 7),
        variant: fc.constantFrom('basic', 'chained'),
        kind: fc.constantFrom('open' as const, 'closed' as const),
        rate_tps: fc.integer({ min: 20, max: 3000 }),
        mempool_tx: fc.integer({ min: 100, max: 5000 }),
        fault: fc.constantFrom('crash' as const, 'silent-leader' as const, 'delay' as const, 'equivocate' as const, 'replay' as const),
        count: fc.integer({ min: 0, max: 1 }),
        until_s: fc.constantFrom(undefined, 3),
        seed: fc.nat(1000),
      }),
      ({ nodes, variant, kind, fault: one, count, until_s, seed, rate_tps, mempool_tx }) => {
        const fault = { kind: one, count, ...(one === 'delay' ? { delay_ms: 50 } : {}), ...(until_s === undefined ? {} : { until_s }) };
        const load = kind === 'open' ? { kind, rate_tps, arrivals: 'poisson' as const } : { kind, in_flight: 8 };
        const options = { nodes, network: fixed(20), fault, seed, horizon_s: 60, parameters: { variant } };
        const outcome = run({ ...load, mempool_tx, warmup_s: 1, window_s: 4 }, options);
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
