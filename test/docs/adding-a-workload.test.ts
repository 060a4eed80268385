// docs/adding-a-workload.md is run as it stands: its code is added to a copy of the project and a cell of it is run.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const copy = mkdtempSync(path.join(tmpdir(), 'consensus-bench-workload-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('the page adds a workload that builds and runs', () => {
  const page = readFileSync(path.join(root, 'docs/adding-a-workload.md'), 'utf8');
  const [, file, code] = /^```ts (workloads\/[\w-]+\.ts)\n([\s\S]*?)^```/m.exec(page)!;
  const [, command] = /^npm run cli -- (run --workload .*)$/m.exec(page)!;

  for (const entry of [
    'harness',
    'workloads',
    'assembly',
    'types',
    'scripts',
    'suites',
    'dist',
    'package.json',
    'tsconfig.json',
    'asconfig.json',
  ])
    cpSync(path.join(root, entry), path.join(copy, entry), { recursive: true, preserveTimestamps: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  writeFileSync(path.join(copy, file!), code!);
  execFileSync(process.execPath, ['scripts/build.mjs', '--quiet'], { cwd: copy });

  const costs = path.join(copy, 'costs.json');
  writeFileSync(costs, execFileSync(process.execPath, ['scripts/make-fixed-costs.mjs'], { cwd: copy }));
  const out = path.join(copy, 'out');
  execFileSync(process.execPath, ['dist/harness/cli/main.js', ...command!.split(' '), '--costs', costs, '--out', out], {
    cwd: copy,
    stdio: 'pipe',
  });

  const [header, ...rows] = readFileSync(path.join(out, 'records.csv'), 'utf8').trim().split('\n');
  const column = (name: string): number => header!.replaceAll('"', '').split(',').indexOf(name);
  const cells = rows.map((row) => row.replaceAll('"', '').split(','));
  expect(new Set(cells.map((cell) => cell[column('workload')]))).toEqual(new Set(['majority-log']));
  expect(new Set(cells.map((cell) => cell[column('nodes')]))).toEqual(new Set(['3', '5', '7']));
  for (const cell of cells) {
    expect(cell[column('state')]).toBe('done');
    // An append to, and an acknowledgement from, each follower.
    expect(Number(cell[column('messages_per_decision')])).toBe(2 * (Number(cell[column('nodes')]) - 1));
    expect(cell[column('signs_per_decision')]).toBe('');
  }
  expect(existsSync(path.join(out, 'report.html'))).toBe(true);
});
