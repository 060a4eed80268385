import { expect, test } from 'vitest';
import { compareWithExample } from '../support/example-before.ts';

test('under the default load results are those of version 0.2.0, in every column whose meaning stayed: one cell in 17', async () => {
  expect(await compareWithExample({ first: 3, step: 17, nodes: 31 })).toBeGreaterThan(30);
}, 120_000);
