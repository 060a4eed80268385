import { expect, test } from 'vitest';
import { compareWithExample } from '../support/example-before.ts';

test('under the default load results of the example (every third cell) are those of version 0.2.0, in every column whose meaning stayed', async () => {
  expect(await compareWithExample({ first: 1, step: 3, nodes: 1000 })).toBeGreaterThan(300);
}, 900_000);
