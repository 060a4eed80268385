import { describe, expect, test } from 'vitest';
import { zScore } from '../simulate/chain-setup.ts';
import { attemptsAgainst } from '../support/rosenfeld.ts';

// 0.059% to within 5% takes 2.6 million attempts, about 50 million blocks.
describe("double spends in the event loop: every share of Rosenfeld's table", () => {
  const cases = [0.1, 0.2, 0.3].flatMap((q) => [1, 2, 3, 4, 5, 6].map((z) => ({ q, z })));
  test.each(cases)('q = $q, z = $z', (at) => {
    const { attacks, reversals, expected } = attemptsAgainst(at);
    expect(Math.abs(zScore(reversals, attacks, expected))).toBeLessThan(4);
  });
});
