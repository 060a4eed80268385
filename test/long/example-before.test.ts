import { expect, test } from 'vitest';
import { compareWithExample } from '../support/example-before.ts';

test('under the default load results of the example (one cell in five) are those of version 0.2.0, in every column whose meaning stayed', async () => {
  expect(await compareWithExample({ first: 2, step: 5, nodes: 64 })).toBeGreaterThan(120);
}, 900_000);
