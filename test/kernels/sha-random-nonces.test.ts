import { expect, it } from 'vitest';
import { BITS, NONCES, compareHits } from '../support/random-nonces.ts';

it('finds among 100 000 random nonces just what the naive search finds', () => {
  // 195 expected, standard deviation 14.
  expect(Math.abs(compareHits(20) - (20 * NONCES) / 2 ** BITS)).toBeLessThan(56);
});
