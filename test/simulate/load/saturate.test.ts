// The search for a capacity on made-up mechanisms, whose latency at every rate is a formula.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { saturate, type SaturationSearch, type Trial } from '../../../harness/simulate/core/load/saturate.ts';
import type { LoadOutcome } from '../../../harness/model/load.ts';
import { holds } from '../../support/property.ts';

interface Found extends Trial {
  readonly rate_tps: number;
}

function trial(rate_tps: number, { p99_us, committed = 1, queueMeans = [10, 10] }: Partial<LoadAt> = {}): Found {
  const submitted = 10_000;
  const load: LoadOutcome = {
    offered_tps: rate_tps,
    submitted,
    committed: submitted * committed,
    rejected: 0,
    waiting: submitted * (1 - committed),
    achieved_tps: rate_tps * committed,
    latency_us_mean: p99_us ?? null,
    latency_us: [p99_us ?? null, p99_us ?? null, p99_us ?? null],
    queue_tx_max: 0,
    cpu_utilisation: null,
    uplink_utilisation: null,
    downlink_utilisation: null,
    disk_utilisation: null,
    bottleneck: 'latency',
  };
  return { rate_tps, load, queueMeans, batch_tx: 1 };
}
interface LoadAt {
  readonly p99_us: number | null;
  readonly committed: number;
  readonly queueMeans: readonly [number, number];
}

/** `tried`: rates in the order in which they were asked for. */
function search(
  { bound_tps, p99_us = 1000 }: Partial<Omit<SaturationSearch<Found>, 'run'>>,
  at: (rate_tps: number) => Partial<LoadAt>,
): ReturnType<typeof saturate<Found>> & { readonly tried: readonly { rate_tps: number; p99_us: number | null }[] } {
  const tried: { rate_tps: number; p99_us: number | null }[] = [];
  const found = saturate<Found>({
    bound_tps: bound_tps ?? 1000,
    p99_us,
    run: (rate_tps, bound_us) => {
      tried.push({ rate_tps, p99_us: bound_us });
      return trial(rate_tps, at(rate_tps));
    },
  });
  return { ...found, tried };
}

/** Of one server: `base_us` without a queue, without bound at the capacity. */
const oneServer =
  (capacity_tps: number, base_us: number) =>
  (rate_tps: number): Partial<LoadAt> => ({ p99_us: rate_tps < capacity_tps ? base_us / (1 - rate_tps / capacity_tps) : null });

describe('the largest rate that passes', () => {
  test('is within 2% of where p99 meets its bound, wherever the search begins', () => {
    const positive = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    holds(
      fc.property(
        positive,
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 1.2, max: 1000, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (capacity_tps, base_us, slack, wrong) => {
          const p99_us = slack * base_us;
          const { passing, failing, tried } = search({ bound_tps: capacity_tps * wrong, p99_us }, oneServer(capacity_tps, base_us));
          // base / (1 - rate / capacity) = slack × base
          const knee_tps = capacity_tps * (1 - 1 / slack);
          expect(passing!.rate_tps).toBeLessThanOrEqual(knee_tps * (1 + 1e-12));
          expect(failing!.rate_tps).toBeGreaterThan(knee_tps * (1 - 1e-12));
          expect(failing!.rate_tps).toBeLessThanOrEqual(1.02 * passing!.rate_tps);
          // Doublings to the knee from a tenth of a bound that is wrong by 100 at most, and six halvings of a bracket.
          expect(tried.length).toBeLessThanOrEqual(20);
        },
      ),
      { seed: 1 },
    );
  });

  test.each<[string, Partial<LoadAt>]>([
    ['p99 above the bound', { p99_us: 1001 }],
    ['a rank that falls on a transaction that waits', { p99_us: null }],
    ['less than 99% committed', { p99_us: 500, committed: 0.989 }],
    ['a queue that grows by more than a tenth from half to half', { p99_us: 500, queueMeans: [100, 111] }],
  ])('%s: fails by that alone', (_, beyond) => {
    const { passing, failing } = search({ bound_tps: 1000 }, (rate_tps) => (rate_tps <= 640 ? { p99_us: 500 } : beyond));
    expect(passing!.rate_tps).toBeGreaterThan(640 / 1.02);
    expect(passing!.rate_tps).toBeLessThanOrEqual(640);
    expect(failing!.rate_tps).toBeGreaterThan(640);
  });
  test.each<[string, Partial<LoadAt>]>([
    ['p99 at the bound', { p99_us: 1000 }],
    ['99% committed', { p99_us: 500, committed: 0.99 }],
    ['a queue that grows by a tenth', { p99_us: 500, queueMeans: [100, 110] }],
    ['a queue of less than a transaction', { p99_us: 500, queueMeans: [0.01, 1.05] }],
  ])('%s: passes', (_, within) => {
    const { passing, failing } = search({ bound_tps: 1000 }, (rate_tps) => (rate_tps <= 640 ? within : { p99_us: null }));
    expect(passing!.rate_tps).toBeGreaterThan(640 / 1.02);
    expect(failing!.rate_tps).toBeGreaterThan(640);
  });
});

describe('p99_ms: auto', () => {
  test('is five times the p99 at a tenth of the bound, which is known to every later run', () => {
    const { p99_us, tried, passing } = search({ bound_tps: 1000, p99_us: 'auto' }, oneServer(1000, 90));
    expect(p99_us).toBeCloseTo(500, 9);
    expect(tried[0]).toEqual({ rate_tps: 100, p99_us: null });
    for (const later of tried.slice(1)) expect(later.p99_us).toBe(p99_us);
    // 90 / (1 - rate / 1000) = 500
    expect(Math.abs(passing!.rate_tps - 820)).toBeLessThan(0.02 * 820);
  });
  test('no p99 at a tenth of the bound: nothing passes, and nothing more is tried', () => {
    const { passing, failing, tried, curve } = search({ bound_tps: 1000, p99_us: 'auto' }, () => ({ p99_us: null }));
    expect(passing).toBeNull();
    expect(failing!.rate_tps).toBe(100);
    expect(tried).toHaveLength(1);
    expect(curve).toMatchObject([{ offered_tps: 100, latency_us_p99: null, passed: false }]);
  });
});

test('outcomes that are not monotone: the lowest failing bracket of the rates that were tried', () => {
  // Passes below 300, fails up to 500, passes again up to 700.
  const passing = (rate_tps: number): boolean => rate_tps < 300 || (rate_tps > 500 && rate_tps < 700);
  const island = search({ bound_tps: 1000 }, (rate_tps) => (passing(rate_tps) ? { p99_us: 500 } : { p99_us: null }));
  expect(island.passing!.rate_tps).toBeLessThan(300);
  expect(island.failing!.rate_tps).toBeLessThanOrEqual(1.02 * island.passing!.rate_tps);
  holds(
    fc.property(fc.infiniteStream(fc.boolean()), (outcomes) => {
      const found = search({ bound_tps: 1000 }, () => (outcomes.next().value ? { p99_us: 500 } : { p99_us: null }));
      const failed = found.curve.filter(({ passed }) => !passed).map(({ offered_tps }) => offered_tps);
      if (found.passing === null || found.failing === null) return;
      expect(found.failing.rate_tps).toBe(Math.min(...failed));
      expect(found.passing.rate_tps).toBeLessThan(found.failing.rate_tps);
      expect(found.failing.rate_tps).toBeLessThanOrEqual(1.02 * found.passing.rate_tps);
    }),
    { seed: 2 },
  );
});

test('none passes: the lowest rate that was tried failed, and the search ends', () => {
  const { passing, failing, tried } = search({ bound_tps: 1000 }, () => ({ p99_us: null }));
  expect(passing).toBeNull();
  expect(failing!.rate_tps).toBe(Math.min(...tried.map(({ rate_tps }) => rate_tps)));
  expect(tried.length).toBeLessThanOrEqual(25);
});
test('none fails: there is no bracket, and the search ends', () => {
  const { passing, failing, tried } = search({ bound_tps: 1000 }, () => ({ p99_us: 1 }));
  expect(failing).toBeNull();
  expect(passing!.rate_tps).toBe(Math.max(...tried.map(({ rate_tps }) => rate_tps)));
  expect(tried.length).toBeLessThanOrEqual(25);
});

test('every rate is tried once, and is a point of the curve, ascending', () => {
  const { curve, tried } = search({ bound_tps: 5000 }, oneServer(700, 100));
  const rates = tried.map(({ rate_tps }) => rate_tps);
  expect(new Set(rates).size).toBe(rates.length);
  expect(curve.map(({ offered_tps }) => offered_tps)).toEqual(rates.sort((x, y) => x - y));
  expect(curve.every(({ passed, latency_us_p99 }) => passed === (latency_us_p99 !== null && latency_us_p99 <= 1000))).toBe(true);
});
