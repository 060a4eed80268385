import { describe, expect, it } from 'vitest';
import { MeanAccumulator, binomialTail, studentT, wilson, type MeanSummary } from '../../harness/export/statistics.ts';

/** Student's t density integrated from 0 to x by Simpson's rule; its constant by the same integration, so no table is used. */
function centralProbability(x: number, df: number): number {
  const density = (t: number): number => Math.pow(1 + (t * t) / df, -(df + 1) / 2);
  const simpson = (f: (u: number) => number, from: number, to: number, steps = 20_000): number => {
    const h = (to - from) / steps;
    let sum = f(from) + f(to);
    for (let i = 1; i < steps; i++) sum += f(from + i * h) * (i % 2 === 1 ? 4 : 2);
    return (sum * h) / 3;
  };
  // Substitution t = tan(u): the whole half-line becomes [0, pi/2).
  const inTan = (u: number): number => density(Math.tan(u)) * (1 + Math.tan(u) * Math.tan(u));
  const total = df === 1 ? Math.PI / 2 : simpson(inTan, 0, Math.PI / 2 - 1e-9);
  return simpson(inTan, 0, Math.atan(x)) / total;
}

describe("Student's t", () => {
  it('leaves 95% between -t and t at every tabled number of degrees of freedom, and beyond', () => {
    for (const df of [...Array.from({ length: 34 }, (_, i) => i + 1), 50, 100, 1000])
      expect(centralProbability(studentT(df), df)).toBeCloseTo(0.95, 6);
  });

  it('falls towards the normal quantile', () => {
    for (let df = 1; df < 200; df++) expect(studentT(df + 1)).toBeLessThan(studentT(df));
    expect(studentT(1e6)).toBeCloseTo(1.95996, 4);
  });
});

function meanInterval(values: readonly number[]): MeanSummary | null {
  const accumulator = new MeanAccumulator();
  for (const value of values) accumulator.add(value);
  return accumulator.result();
}

describe('MeanAccumulator', () => {
  it('has no interval for one value, and nothing for none', () => {
    expect(meanInterval([])).toBeNull();
    expect(meanInterval([7])).toEqual({ mean: 7, ci95: null });
  });

  it('mean 3, sd sqrt(2.5), n 5: half-width 2.776445 * 0.707107', () => {
    const { mean, ci95 } = meanInterval([1, 2, 3, 4, 5])!;
    expect(mean).toBe(3);
    expect(ci95!.low).toBeCloseTo(3 - 1.963243, 6);
    expect(ci95!.high).toBeCloseTo(3 + 1.963243, 6);
  });

  it('equal values have an interval of no width, free of rounding', () => {
    expect(meanInterval([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, ci95: { low: 0.1, high: 0.1 } });
  });
});

describe('wilson', () => {
  // Wilson (1927) as worked in Newcombe, Statistics in Medicine 17 (1998), table I.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i is in [%f, %f]', (successes, trials, low, high) => {
    const interval = wilson(successes, trials);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('is symmetric, and refuses more successes than trials', () => {
    expect(wilson(20, 20)).toEqual({ low: 1 - wilson(0, 20).high, high: 1 });
    expect(() => wilson(3, 2)).toThrow(/0 to 2/);
    expect(() => wilson(0, 0)).toThrow(RangeError);
  });
});

describe('binomialTail', () => {
  it('is exact on small cases, and where (1 - p)^n underflows', () => {
    expect(binomialTail(0, 10, 0.5)).toBe(1);
    expect(binomialTail(10, 10, 0.5)).toBeCloseTo(2 ** -10, 12);
    expect(binomialTail(6, 10, 0.5)).toBeCloseTo(386 / 1024, 12);
    expect(binomialTail(1, 54, 0.001)).toBeCloseTo(1 - 0.999 ** 54, 12);
    // By symmetry: P(X >= 5000) = (1 + P(X = 5000)) / 2, and P(X = 5000) = 0.0079786461.
    expect(binomialTail(5000, 10_000, 0.5)).toBeCloseTo(0.5 + 0.0079786461 / 2, 8);
    expect(binomialTail(20, 20, 0.001)).toBeLessThan(1e-12);
  });

  it('refuses a probability outside (0, 1)', () => {
    expect(() => binomialTail(1, 2, 0)).toThrow(/above 0 and below 1/);
  });
});
