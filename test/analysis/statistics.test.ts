import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MeanAccumulator,
  binomialAtMost,
  exactLower,
  exactUpper,
  studentT,
  wilson,
  type MeanSummary,
} from '../../harness/analysis/statistics.ts';
import type { MetricKind } from '../../harness/model/record.ts';
import { holds } from '../support/property.ts';

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

function meanInterval(values: readonly number[], kind: MetricKind = 'positive'): MeanSummary | null {
  const accumulator = new MeanAccumulator();
  for (const value of values) accumulator.add(value);
  return accumulator.result(kind);
}

describe('MeanAccumulator', () => {
  it('has no interval for one value, and nothing for none', () => {
    expect(meanInterval([])).toBeNull();
    expect(meanInterval([7])).toEqual({ mean: 7, count: 1, ci95: null });
  });

  it('positive: mean 3, sd sqrt(2.5), n 5: exp(2.776445 * 0.707107 / 3) on either side, in ratio', () => {
    const { mean, ci95 } = meanInterval([1, 2, 3, 4, 5])!;
    expect(mean).toBe(3);
    expect(ci95!.low).toBeCloseTo(3 * Math.exp(-1.963243 / 3), 5);
    expect(ci95!.high).toBeCloseTo(3 * Math.exp(1.963243 / 3), 5);
  });

  it.each(['positive', 'share', 'count'] as const)('%s: equal values have an interval of no width, free of rounding', (kind) => {
    expect(meanInterval([0.1, 0.1, 0.1], kind)).toEqual({ mean: 0.1, count: 3, ci95: { low: 0.1, high: 0.1 }, deviation: 0 });
  });

  it('share: the ends solve (mean - p)^2 = t^2 * error^2 * p (1 - p) / (mean (1 - mean)), Wilson with as many trials as give the error', () => {
    const values = [0, 0.004, 0.001, 0, 0.002];
    const { mean, ci95 } = meanInterval(values, 'share')!;
    const error2 = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4 / 5;
    for (const p of [ci95!.low, ci95!.high])
      expect((mean - p) ** 2).toBeCloseTo((studentT(4) ** 2 * error2 * p * (1 - p)) / (mean * (1 - mean)), 12);
  });

  it('count: the ends solve (mean - m)^2 = t^2 * error^2 * m / mean', () => {
    const { mean, ci95 } = meanInterval([0, 3, 1, 0, 1], 'count')!;
    const error2 = 1.5 / 5;
    for (const m of [ci95!.low, ci95!.high]) expect((mean - m) ** 2).toBeCloseTo((studentT(4) ** 2 * error2 * m) / mean, 12);
  });

  it("count: none in 5 runs is up to 3.6889 / 5 a run (Garwood's exact interval of a Poisson total of 0)", () => {
    expect(meanInterval([0, 0, 0, 0, 0], 'count')!.ci95).toEqual({ low: 0, high: -Math.log(0.025) / 5 });
  });

  it('share: where all are 0 or all 1 no width can be told', () => {
    expect(meanInterval([0, 0, 0], 'share')).toEqual({ mean: 0, count: 3, ci95: null, deviation: 0 });
    expect(meanInterval([1, 1], 'share')!.ci95).toBeNull();
  });

  it("Student's t on a share gives intervals below 0 (stale_rate -0.0005): no kind leaves its range, and none is clipped", () => {
    const stale = [0, 0, 0.000994, 0, 0];
    const share = meanInterval(stale, 'share')!;
    // Student's t: 0.0001988 - 2.776 * 0.0001988 = -0.00035.
    expect(share.mean - 2.776445105 * share.mean).toBeLessThan(-0.0003);
    expect(share.ci95!.low).toBeGreaterThan(0);
    holds(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 12 }), (values) => {
        for (const kind of ['positive', 'share', 'count'] as const) {
          const { mean, ci95 } = meanInterval(
            values.map((thousandths) => thousandths / 1000),
            kind,
          )!;
          if (ci95 === null) continue;
          expect(ci95.low).toBeLessThanOrEqual(mean * (1 + 1e-12));
          expect(ci95.high).toBeGreaterThanOrEqual(mean * (1 - 1e-12));
          if (mean > 0) expect(ci95.low).toBeGreaterThan(0);
          if (kind === 'share' && mean < 1) expect(ci95.high).toBeLessThan(1);
        }
      }),
      { seed: 35, numRuns: 500 },
    );
  });

  it('covers the true mean in about 95 of 100 samples of five, whatever the kind', () => {
    let state = 35;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const mixed = Math.imul(state ^ (state >>> 16), 0x7feb352d) >>> 0;
      return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32 + 0.5 ** 33;
    };
    /** A sum of Bernoulli draws: binomial; of rare ones almost Poisson. */
    const successes = (trials: number, p: number): number => {
      let sum = 0;
      // The gap to the next success is geometric.
      for (
        let at = Math.floor(Math.log(uniform()) / Math.log1p(-p));
        at < trials;
        at += 1 + Math.floor(Math.log(uniform()) / Math.log1p(-p))
      )
        sum += 1;
      return sum;
    };
    const cases: readonly (readonly [MetricKind, () => number, number])[] = [
      ['share', () => successes(1000, 0.001) / 1000, 0.001],
      ['share', () => successes(100, 0.02) / 100, 0.02],
      ['share', () => successes(40, 0.5) / 40, 0.5],
      ['count', () => successes(1000, 0.002), 2],
      ['count', () => successes(1000, 0.05), 50],
      ['positive', () => -Math.log(uniform()), 1],
    ];
    for (const [kind, draw, truth] of cases) {
      let covered = 0;
      const samples = 2000;
      for (let i = 0; i < samples; i++) {
        const { ci95 } = meanInterval([draw(), draw(), draw(), draw(), draw()], kind)!;
        if (ci95 === null || (ci95.low <= truth && truth <= ci95.high)) covered += 1;
      }
      expect(covered / samples, `${kind} of mean ${truth}`).toBeGreaterThan(0.925);
      expect(covered / samples, `${kind} of mean ${truth}`).toBeLessThan(0.985);
    }
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

describe('binomialAtMost', () => {
  it('is exact on small cases, and where (1 - p)^n underflows', () => {
    expect(binomialAtMost(10, 10, 0.5)).toBe(1);
    expect(binomialAtMost(9, 10, 0.5)).toBeCloseTo(1 - 2 ** -10, 12);
    expect(binomialAtMost(5, 10, 0.5)).toBeCloseTo(638 / 1024, 12);
    expect(binomialAtMost(0, 54, 0.001)).toBeCloseTo(0.999 ** 54, 12);
    // By symmetry: P(X <= 4999) = (1 - P(X = 5000)) / 2, and P(X = 5000) = 0.0079786461.
    expect(binomialAtMost(4999, 10_000, 0.5)).toBeCloseTo(0.5 - 0.0079786461 / 2, 8);
  });

  it('refuses a probability outside (0, 1)', () => {
    expect(() => binomialAtMost(1, 2, 0)).toThrow(/above 0 and below 1/);
  });
});

describe('exact bounds', () => {
  it('3 000 attacks and no reversal give p < .001 at 95%: 1 - 0.05^(1/3000) = 0.00099808; 2 995 do not', () => {
    expect(exactUpper(0, 3000)).toBeCloseTo(0.00099808, 8);
    expect(exactUpper(0, 2994)).toBeGreaterThan(0.001);
    expect(exactUpper(0, 2995)).toBeLessThan(0.001);
  });

  it('five of five: at most 45% could fail, at least 55% do', () => {
    expect(exactUpper(0, 5)).toBeCloseTo(0.4507, 4);
    expect(exactLower(5, 5)).toBeCloseTo(0.5493, 4);
  });

  it('up to 2 reversals of 50 leave a true rate of 12% possible', () => {
    // The beta quantile 0.95 of (3, 48), as in tables of Clopper and Pearson's limits.
    expect(exactUpper(2, 50)).toBeCloseTo(0.1206, 4);
  });

  it('each bound leaves exactly 5% on its side', () => {
    for (const [successes, trials] of [
      [1, 3],
      [7, 3000],
      [500, 1000],
      [999, 1000],
      [30_000, 100_000],
    ] as const) {
      expect(binomialAtMost(successes, trials, exactUpper(successes, trials))).toBeCloseTo(0.05, 8);
      expect(1 - binomialAtMost(successes - 1, trials, exactLower(successes, trials))).toBeCloseTo(0.05, 8);
    }
  });

  it('without trials everything is possible; more successes than trials are refused', () => {
    expect([exactLower(0, 0), exactUpper(0, 0)]).toEqual([0, 1]);
    expect(() => exactUpper(3, 2)).toThrow(/0 to 2/);
  });
});
