import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

test('pools of 2 to 8 threads, opened and closed 500 times, do not end the process', { timeout: 600_000 }, () => {
  const root = path.join(import.meta.dirname, '..', '..');
  const { status, signal, stdout } = spawnSync(process.execPath, ['test/support/pools.mjs', '500', 'real'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: '500 closed\n' });
});
