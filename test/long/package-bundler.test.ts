import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compile, install } from '../support/package.ts';

test('the published declarations compile with `skipLibCheck: false`, strict, under `moduleResolution: bundler` too', async () => {
  const { folder } = await install();
  try {
    expect(await compile(folder, 'bundler')).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
