import { describe, expect, test } from 'vitest';
import { zScore } from '../simulate/chain-setup.ts';
import { ROSENFELD_CONFIRMATIONS, ROSENFELD_PERCENT, attemptsAgainst, rosenfeld } from '../support/rosenfeld.ts';

// Below that a share takes minutes to know to within 5%: 0.059% takes 2.6 million attempts, about 50 million blocks. The closed form has them all.
describe("double spends in the event loop: every share of Rosenfeld's table from 0.5% up", () => {
  const entries = ROSENFELD_PERCENT.flatMap(([q]) => ROSENFELD_CONFIRMATIONS.map((z) => ({ q, z })));
  test.each(entries.filter(({ q, z }) => rosenfeld(q, z) >= 0.005))('q = $q, z = $z', (at) => {
    const { attacks, reversals, expected } = attemptsAgainst(at);
    expect(Math.abs(zScore(reversals, attacks, expected))).toBeLessThan(4);
  });
});
