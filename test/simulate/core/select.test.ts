import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearestRank, weightedQuantiles } from '../../../harness/simulate/core/select.ts';
import { holds } from '../../support/property.ts';

/** Small numbers, so that many are equal. */
const values = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 });

describe('quantiles without sorting, against sorting', () => {
  test('nearest rank: the smallest with at least a share p of all at or below it', () => {
    holds(
      fc.property(values, fc.constantFrom(0, 0.1, 0.5, 0.9, 1), (list, p) => {
        const ascending = [...list].sort((x, y) => x - y);
        const expected = ascending.find((value) => ascending.filter((other) => other <= value).length >= p * list.length);
        expect(nearestRank(Float64Array.from(list), p)).toBe(expected);
      }),
      { seed: 11, numRuns: 500 },
    );
    expect(nearestRank(new Float64Array(0), 0.5)).toBeNaN();
  });

  test('weighted: the smallest at or below which values of each weight stand; who weighs nothing decides nothing', () => {
    const weighted = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 60 });
    holds(
      fc.property(weighted, (pairs) => {
        const total = pairs.reduce((sum, [, weight]) => sum + weight, 0);
        fc.pre(total > 0);
        const limits = [0.5, 0.9, 0.99].map((share) => share * total);
        const expected = limits.map((limit) =>
          Math.min(
            ...pairs
              .map(([value]) => value)
              .filter((value) => pairs.filter(([other]) => other <= value).reduce((sum, [, weight]) => sum + weight, 0) >= limit),
          ),
        );
        const out = new Float64Array(3);
        const list = Float64Array.from(pairs, ([value]) => value);
        weightedQuantiles(
          list,
          Float64Array.from(pairs, ([, weight]) => weight),
          limits,
          out,
        );
        expect([...out]).toEqual(expected);
        // The values are as they were.
        expect([...list]).toEqual(pairs.map(([value]) => value));
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});
