// `kernels --quick --json` measures for a quarter of a minute, on a machine with other work for longer.
import { afterAll, expect, test } from 'vitest';
import { copyDist } from '../support/copy.ts';
import { documentOf } from '../support/published.ts';

const copy = copyDist({ fixture: false });
afterAll(() => copy.remove());

test('kernels --quick --json prints one document, which keeps to its published schema', async () => {
  const said = await copy.cli('kernels', '--quick', '--json');
  expect(said.status).toBe(0);
  expect(documentOf<{ kernels: unknown[] }>('kernels', said).kernels.length).toBeGreaterThan(10);
});
