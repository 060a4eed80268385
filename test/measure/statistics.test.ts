import { describe, expect, it } from 'vitest';
import { ascending, median, medianAbsoluteDeviation, medianInterval, quantile } from '../../harness/measure/statistics.ts';

const oneTo = (n: number): Float64Array => ascending(Array.from({ length: n }, (_, i) => n - i));

describe('statistics of timing samples', () => {
  it('the median is the middle value, or the mean of the two middle ones', () => {
    expect(median(ascending([3, 1, 2]))).toBe(2);
    expect(median(ascending([4, 1, 3, 2]))).toBe(2.5);
    expect(median(ascending([7]))).toBe(7);
  });

  it('sorts by value, not as text', () => {
    expect([...ascending([10, 9, 1e-7, 2])]).toEqual([1e-7, 2, 9, 10]);
  });

  it('quantiles are nearest-rank: p99 of 100 values is the 99th, p7 the 7th', () => {
    expect(quantile(oneTo(100), 0.99)).toBe(99);
    expect(quantile(oneTo(100), 0.07)).toBe(7);
    expect(quantile(oneTo(100), 1)).toBe(100);
    expect(quantile(oneTo(10), 0.99)).toBe(10);
    expect(quantile(oneTo(4), 0.5)).toBe(2);
    expect(() => quantile(oneTo(4), 0)).toThrow(RangeError);
    expect(() => quantile(oneTo(4), 1.1)).toThrow('p must be in (0, 1], got 1.1');
  });

  it('MAD is the unscaled median of absolute deviations from the median', () => {
    // |1,1,2,2,4,6,9 - 2| = 1,1,0,0,2,4,7 → 1
    expect(medianAbsoluteDeviation(ascending([1, 1, 2, 2, 4, 6, 9]))).toBe(1);
    expect(medianAbsoluteDeviation(ascending([5, 5, 5]))).toBe(0);
  });

  // Ranks of the 95% interval of a median: Conover 1999; the same table is in many texts (n = 10: 2 and 9; 20: 6 and 15).
  it.each([
    [6, 1, 6, 0.96875],
    [10, 2, 9, 0.978515625],
    [15, 4, 12, 0.96484375],
    [20, 6, 15, 0.9586105346679688],
    [100, 40, 61, 0.9647997997822952],
  ])('the 95%% interval of the median of %i values is ranks %i to %i with coverage %f', (n, low, high, coverage) => {
    const interval = medianInterval(oneTo(n));
    expect([interval.low, interval.high]).toEqual([low, high]);
    expect(interval.coverage).toBeCloseTo(coverage, 12);
  });

  it('below 6 values the interval is the range, and says that its coverage is below 95%', () => {
    expect(medianInterval(oneTo(5))).toEqual({ low: 1, high: 5, coverage: 0.9375 });
    expect(medianInterval(oneTo(1))).toEqual({ low: 1, high: 1, coverage: 0 });
  });

  it('neither underflows nor overflows at 100 000 values: half-width is 0.98 sqrt(n) ranks', () => {
    const n = 100_000;
    const { low, high, coverage } = medianInterval(oneTo(n));
    expect(coverage).toBeGreaterThanOrEqual(0.95);
    expect(coverage).toBeLessThan(0.952);
    expect((high - low) / 2 / Math.sqrt(n)).toBeCloseTo(0.98, 2);
  });

  it('no values are a RangeError, not NaN', () => {
    for (const of of [median, medianAbsoluteDeviation, medianInterval]) expect(() => of(new Float64Array())).toThrow(RangeError);
  });
});
