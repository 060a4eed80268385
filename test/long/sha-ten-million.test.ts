import { expect, it } from 'vitest';
import { BITS, NONCES, compareHits } from '../support/random-nonces.ts';

it('finds among ten million random nonces just what the naive search finds', () => {
  // 19 531 expected, standard deviation 140.
  expect(Math.abs(compareHits(2000) - (2000 * NONCES) / 2 ** BITS)).toBeLessThan(560);
});
