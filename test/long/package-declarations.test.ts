import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile, install } from '../support/package.ts';

let folder: string;
beforeAll(async () => {
  ({ folder } = await install());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['nodenext', 'bundler'] as const)(
  'the published declarations compile with `skipLibCheck: false`, strict, and so do the documented examples: %s',
  async (resolution) => {
    expect(await compile(folder, resolution)).toBe('');
  },
);
