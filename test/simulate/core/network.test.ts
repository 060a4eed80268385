import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PURPOSE, drawKey } from '../../../harness/simulate/core/draws.ts';
import { exactRatio } from '../../../harness/model/ratio.ts';
import { faultCount, resolveFaults } from '../../../harness/simulate/core/faults.ts';
import { buildNetwork, delay_us, departOffset_us, regionOf, sendKeys, tries, upload_ns } from '../../../harness/simulate/core/network.ts';
import { QUANTILES } from '../../../harness/model/network.ts';
import { Uplinks } from '../../../harness/simulate/waves/uplinks.ts';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import { LINK, WAN, fixed, makeCell } from '../../cells.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { holds } from '../../support/property.ts';

describe('delays', () => {
  test('a fixed network takes exactly its delay: no jitter, loss or bandwidth', () => {
    const network = buildNetwork(fixed(12.5));
    expect(network).toMatchObject({ regions: 1, bandwidth_bps: 0, lossThreshold: 0, maxDelay_us: 12_500 });
    for (let receiver = 0; receiver < 50; receiver++) {
      const keys = sendKeys(receiver, { type: 1, view: 0, sequence: 1, sender: 0 });
      expect(delay_us(network, keys.delay, 0, 0, receiver)).toBe(12_500);
      expect(tries(network, keys.loss, receiver)).toBe(1);
    }
    expect(upload_ns(network, 1e9, 0)).toBe(0);
  });

  test('five regions: every delay is at least the base and the mean excess is the 3.3% of the jitter table', () => {
    const network = buildNetwork(WAN);
    expect(network.regions).toBe(5);
    const row = network.quantiles_us.subarray(QUANTILES, 2 * QUANTILES); // Washington DC to Frankfurt, 49 ms
    const mean_us = row.reduce((sum, delay) => sum + delay, 0) / QUANTILES;
    expect(row[0]).toBeGreaterThanOrEqual(49_000);
    expect(mean_us / 49_000).toBeCloseTo(1.0328, 3);
    for (let i = 1; i < QUANTILES; i++) expect(row[i]! >= row[i - 1]!).toBe(true);
    expect([0, 1, 2, 3, 4, 5, 6].map((node) => regionOf(network, node))).toEqual([0, 1, 2, 3, 4, 0, 1]);
  });

  test('a normal network has its mean and standard deviation, and no negative delay', () => {
    const delays = [...buildNetwork({ kind: 'normal', mean_ms: 50, sd_ms: 10, ...LINK }).quantiles_us];
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / QUANTILES;
    const sd = Math.sqrt(delays.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / QUANTILES);
    expect(mean).toBeCloseTo(50_000, 0);
    expect(Math.abs(sd / 10_000 - 1)).toBeLessThan(0.005);
    expect(Math.min(...buildNetwork({ kind: 'normal', mean_ms: 5, sd_ms: 10, ...LINK }).quantiles_us)).toBe(0);
  });

  test('a matrix gives each ordered pair of regions its own delay', () => {
    const one_way_ms = [
      [1, 20],
      [30, 2],
    ];
    const network = buildNetwork({ kind: 'matrix', name: 'two', origin: 'test', one_way_ms, jitter: 0, ...LINK });
    const key = drawKey(1, { purpose: PURPOSE.delay });
    expect([0, 1].map((from) => [0, 1].map((to) => delay_us(network, key, from, to, 3)))).toEqual(
      one_way_ms.map((row) => row.map((ms) => ms * 1000)),
    );
  });

  test('P(tries > k) = loss^k', () => {
    const network = buildNetwork({ ...WAN, loss: 0.3 } as never);
    const counts = [0, 0, 0, 0];
    const total = 200_000;
    for (let i = 0; i < total; i++) {
      const count = tries(network, drawKey(i, { purpose: PURPOSE.loss }), i % 7);
      for (let k = 0; k < 4; k++) if (count > k) counts[k]! += 1;
    }
    for (let k = 1; k < 4; k++) {
      const p = 0.3 ** k;
      expect(Math.abs(counts[k]! / total - p) / Math.sqrt((p * (1 - p)) / total)).toBeLessThan(4);
    }
  });
});

describe('uplinks', () => {
  test('messages leave one after another: 1 000 bytes at 1 Gbit/s take 8 us each', () => {
    const network = buildNetwork(WAN);
    const each_ns = upload_ns(network, 1000, 0);
    expect(each_ns).toBe(8000);
    expect([0, 1, 2].map((position) => departOffset_us(each_ns, position))).toEqual([8, 16, 24]);
    // Rounding is of the sum, not of each message: 113 bytes take 0.904 us.
    expect(departOffset_us(upload_ns(network, 113, 0), 99)).toBe(91);
  });

  test('sends entered out of order of readiness queue as if they had come in order', () => {
    const sends = fc.array(fc.record({ ready_us: fc.integer({ min: 0, max: 60 }), duration_us: fc.integer({ min: 0, max: 20 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    holds(
      fc.property(sends, (entries) => {
        const uplinks = new Uplinks(1, false);
        const windows = entries.map(({ ready_us, duration_us }) => uplinks.send(0, ready_us, duration_us, true));
        const inOrder = entries.map((entry, i) => ({ ...entry, window: windows[i]! })).sort((x, y) => x.ready_us - y.ready_us);
        let free_us = 0;
        for (const { ready_us, duration_us, window } of inOrder) {
          const start_us = Math.max(ready_us, free_us);
          expect(window).toMatchObject({ start_us, end_us: start_us + duration_us });
          free_us = start_us + duration_us;
        }
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  test('a send that would delay one whose time matters needs the message engine', () => {
    const uplinks = new Uplinks(1, false);
    uplinks.send(0, 100, 10);
    expect(() => uplinks.send(0, 95, 10)).toThrow('delays one of the decision before');
    expect(uplinks.send(0, 80, 10).start_us).toBe(80);
  });
});

describe('faults', () => {
  test('floor(ratio * n) in exact decimals', () => {
    expect(exactRatio(0.34)).toEqual({ numerator: 17n, denominator: 50n });
    // 0.29 * 100 is 28.999999999999996 in floating point.
    expect(faultCount(0.29, 100)).toBe(29);
    expect(faultCount(0.34, 100)).toBe(34);
    expect([4, 7, 10, 16, 31, 64, 100].map((n) => faultCount(0.34, n))).toEqual([1, 2, 3, 5, 10, 21, 34]);
    expect(() => exactRatio(-0.1)).toThrow(RangeError);
    expect(() => exactRatio(NaN)).toThrow(RangeError);
  });

  const faultyAt = (fault: FaultSpec): number[] => {
    const { faulty } = resolveFaults(makeCell(pbft, { nodes: 7, fault }), []);
    return [...faulty.keys()].filter((node) => faulty[node] === 1);
  };
  test('faulty replicas are the highest-numbered, so the first leader is correct', () => {
    expect(faultyAt({ kind: 'crash', count: 2, placement: 'worst' })).toEqual([5, 6]);
    expect(faultyAt({ kind: 'wrong-vote', ratio: 0.3, placement: 'worst' })).toEqual([5, 6]);
  });
  test('for silent-leader and equivocate they are replica 0 and the others the highest-numbered', () => {
    expect(faultyAt({ kind: 'silent-leader', count: 1, placement: 'worst' })).toEqual([0]);
    expect(faultyAt({ kind: 'equivocate', count: 3, placement: 'worst' })).toEqual([0, 5, 6]);
  });
  test('random placement draws count nodes from the seed', () => {
    const draws = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const { faulty } = resolveFaults(makeCell(pbft, { nodes: 7, seed, fault: { kind: 'crash', count: 2, placement: 'random' } }), []);
      expect(faulty.reduce((sum, x) => sum + x, 0)).toBe(2);
      draws.add(faulty.join(''));
    }
    expect(draws.size).toBeGreaterThan(10);
  });
  test('lotteries keep the exact ratio and have no count', () => {
    expect(
      resolveFaults(makeCell(pbft, { fault: { kind: 'crash', ratio: 0.34, placement: 'worst' } }), ['crash', 'double-spend']),
    ).toMatchObject({
      count: 0,
      ratio: 0.34,
    });
  });
});
