// The harness's load against closed forms of queueing theory, on a mechanism that is one server.
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { LOAD_RULES, type LoadOutcome, type LoadSpec } from '../../../harness/model/load.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { runVoting } from '../../../harness/simulate/messages/voting/voting.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, LINK, fixed, makeCell, simulationKernels } from '../../cells.ts';
import { holds } from '../../support/property.ts';
import { oneServer } from './one-server.ts';
import { waitsAgree } from './md1.ts';

const SERVICE_US = 100;

type Wanted = LoadSpec extends infer L
  ? L extends LoadSpec
    ? Omit<L, keyof typeof LOAD_RULES> & Partial<typeof LOAD_RULES>
    : never
  : never;
/** So many regions, as far from each other as from themselves. */
const evenly = (regions: number, delay_ms: number) => ({
  ...{ kind: 'matrix' as const, name: 'even', origin: 'made up', jitter: 0 },
  one_way_ms: Array.from({ length: regions }, () => Array.from({ length: regions }, () => delay_ms)),
});
function run(load: Wanted, { delay_ms = 0, regions = 1, seed = 1, per_decision = 1 } = {}): LoadOutcome {
  const cell = makeCell(pbft, {
    seed,
    nodes: 1,
    network: regions === 1 ? fixed(delay_ms) : { ...LINK, ...evenly(regions, delay_ms) },
    transactions: { bytes: 1, per_decision },
    node: { ...FREE, cores: 1 },
    load: { ...LOAD_RULES, ...load } as LoadSpec,
  });
  return runVoting(setupOf(cell, pbft, { kernels: simulationKernels }), () => oneServer(SERVICE_US)).load!;
}

describe('one server with a fixed service time D', () => {
  test.each([0.3, 0.5, 0.8])('at %s of its capacity the mean wait is ρD/(2(1 - ρ)) (M/D/1), over ten runs', (rho) => {
    waitsAgree({ rho, service_us: SERVICE_US, runs: 10, transactions: 5000 });
  });

  test('constant arrivals below the capacity never wait', () => {
    expect(run({ kind: 'open', rate_tps: 9000, arrivals: 'constant', window_s: 1 })).toMatchObject({
      latency_us: [SERVICE_US, SERVICE_US, SERVICE_US],
      waiting: 0,
      rejected: 0,
    });
  });

  test('its capacity is one transaction a service time, and the CPU limits it', () => {
    const { achieved_tps, offered_tps, bottleneck, curve } = run({
      kind: 'saturate',
      p99_ms: 100,
      arrivals: 'constant',
      warmup_s: 0.1,
      window_s: 2,
    });
    expect(Math.abs(achieved_tps / (1e6 / SERVICE_US) - 1)).toBeLessThan(0.03);
    expect(offered_tps).toBe(curve!.findLast(({ passed }) => passed)!.offered_tps);
    expect(bottleneck).toBe('cpu');
  });

  test('with k batches under way and a way of 1 ms each, k come every 2.1 ms until the server is busy', () => {
    const rate = (in_flight: number): number => run({ kind: 'closed', in_flight }, { delay_ms: 1 }).achieved_tps;
    expect(rate(5)).toBeCloseTo(5 / 0.0021, 6);
    expect(rate(21)).toBeCloseTo(10_000, 6);
    expect(rate(40)).toBeCloseTo(10_000, 6);
  });
  test.each([3, 7, 8])('%i batches under way are dealt out to the clients of five regions', (in_flight) => {
    const { achieved_tps } = run({ kind: 'closed', in_flight }, { delay_ms: 1, regions: 5 });
    expect(Math.abs(achieved_tps / (in_flight / 0.0021) - 1)).toBeLessThan(0.01);
  });

  test('a full mempool rejects, and what is rejected is not tried again', () => {
    const { rejected, queue_tx_max, submitted, committed } = run(
      { kind: 'open', rate_tps: 20_000, arrivals: 'constant', mempool_tx: 3, batch_timeout_ms: 1, window_s: 1, warmup_s: 0.1 },
      { per_decision: 10 },
    );
    expect(queue_tx_max).toBe(3);
    expect(rejected).toBeGreaterThan(0.5 * submitted);
    expect(committed + rejected).toBe(submitted);
  });

  test('nothing is lost or counted twice: submitted = committed + rejected + waiting', () => {
    holds(
      fc.property(
        fc.record({
          rate_tps: fc.integer({ min: 100, max: 40_000 }),
          arrivals: fc.constantFrom('poisson' as const, 'constant' as const),
          mempool_tx: fc.integer({ min: 1, max: 500 }),
          batch_timeout_ms: fc.integer({ min: 0, max: 20 }),
          per_decision: fc.integer({ min: 1, max: 50 }),
          delay_ms: fc.constantFrom(0, 1, 10),
          seed: fc.nat(1000),
        }),
        ({ per_decision, delay_ms, seed, ...load }) => {
          const { submitted, committed, rejected, waiting } = run(
            { kind: 'open', ...load, warmup_s: 0.02, window_s: 0.1 },
            { per_decision, delay_ms, seed },
          );
          expect(committed + rejected + waiting).toBe(submitted);
        },
      ),
      { seed: 8, numRuns: 40 },
    );
  });
});
