// scripts/build.mjs builds what changed, by content: times of files say nothing of a copy.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'build-'));
const file = (name: string): string => path.join(folder, name);
const PAST = new Date('2001-01-01');
const build = () => spawnSync(process.execPath, [file('scripts/build.mjs'), '--debug'], { encoding: 'utf8' });

beforeAll(() => {
  for (const part of ['scripts', 'harness', 'workloads', 'assembly', 'types', 'tsconfig.json', 'asconfig.json', 'package.json', 'dist'])
    cpSync(path.join(root, part), file(part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), file('node_modules'), 'dir');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a copy that was not changed is not built again, whatever its times', () => {
  utimesSync(file('dist/.built'), PAST, PAST);
  expect(build()).toMatchObject({ status: 0, stderr: '' });
});
test('a source that was changed is, even if it is older than what was built', () => {
  // One file alone: the compiler takes minutes for all on a busy machine.
  const config = JSON.parse(readFileSync(file('tsconfig.json'), 'utf8')) as object;
  writeFileSync(file('tsconfig.json'), JSON.stringify({ ...config, include: [], files: ['harness/words.ts'] }));
  expect(build()).toMatchObject({ status: 0, stderr: 'tsc\n' });
  expect(build()).toMatchObject({ status: 0, stderr: '' });
  appendFileSync(file('harness/words.ts'), 'export const CHANGED = 1;\n');
  utimesSync(file('harness/words.ts'), PAST, PAST);
  expect(build()).toMatchObject({ status: 0, stderr: 'tsc\n' });
  expect(readFileSync(file('dist/harness/words.js'), 'utf8')).toContain('CHANGED = 1');
});
