import { expect, test } from 'vitest';
import { IN_FULL, inFull } from '../support/full.ts';

test('the long tests make all runs of what `npm test` makes fewer of', () => {
  expect(IN_FULL).toBe(true);
  expect(inFull('full', 'otherwise')).toBe('full');
});
