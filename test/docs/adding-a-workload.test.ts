// docs/adding-a-workload.md is run as it stands: its code is added to a copy of the project and a cell of it is run.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { SERVER, WAN, simulate, type CellOptions } from '../cells.ts';

const root = path.join(import.meta.dirname, '../..');
const copy = mkdtempSync(path.join(tmpdir(), 'consensus-bench-workload-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const RIGHT_MS: Record<string, number> = { 3: 103, 5: 127, 7: 109 };
const page = readFileSync(path.join(root, 'docs/adding-a-workload.md'), 'utf8');

describe('durability sees bugs that are planted in the page', () => {
  const [, , code] = /^```ts (workloads\/[\w-]+\.ts)\n([\s\S]*?)^```/m.exec(page)!;
  const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-planted-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(name: string, find: string, replacement: string) {
    expect(code!.split(find)).toHaveLength(2);
    const bad = code!.replace(find, replacement).replaceAll("'../harness/", `'${root}/harness/`);
    writeFileSync(path.join(folder, `${name}.ts`), bad);
    const { default: workload } = (await import(path.join(folder, `${name}.ts`))) as { default: Workload };
    return (options: CellOptions) => simulate(workload, { network: WAN, node: SERVER, decisions: 100, ...options }).outcome;
  }
  const p50_ms = ({ latencies_us }: Outcome): number => [...latencies_us].sort((x, y) => x - y)[49]! / 1000;

  test('as it stands: done and durable, also with a minority crashed', async () => {
    const sound = await run('sound', 'complete once', 'complete once');
    for (const nodes of [1, 2, 3, 5, 7])
      expect(sound({ nodes, fault: { kind: 'crash', count: Math.ceil(nodes / 2) - 1 } })).toMatchObject({
        state: 'done',
        durability: 'ok',
      });
    expect(sound({ nodes: 5, fault: { kind: 'crash', count: 3 } })).toMatchObject({ state: 'stalled', liveness: 'violated' });
  });
  test('a measured cell of it tallies the votes that it counts', async () => {
    const sound = await run('measured', 'complete once', 'complete once');
    const { operations, counts } = sound({ nodes: 5, crypto: 'measured' });
    const tallied = operations!.flat().map((operation) => (operation.kind === 'tally' ? operation.senders.length : 0));
    expect(tallied.reduce((sum, votes) => sum + votes, 0)).toBe(counts.votes);
    expect(counts.votes).toBe(4 * 100);
  });
  test('late acknowledgements of decision k complete k + 1: finality 5 ms on a WAN', async () => {
    const late = await run('late', 'if (sequence === replica.open) acknowledge', 'acknowledge');
    for (const nodes of [3, 5, 7]) {
      const outcome = late({ nodes });
      expect(p50_ms(outcome)).toBeLessThan(60);
      expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'violated' });
    }
  });
  test('a leader that reports before its quorum', async () => {
    const early = await run('early', 'if (leader.acks.size !== majority) return;', 'if (leader.acks.size !== 1) return;');
    for (const nodes of [3, 5, 7]) expect(early({ nodes })).toMatchObject({ state: 'done', durability: 'violated' });
  });
});

test('the page adds a workload that builds and runs', () => {
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
    expect(['safety', 'liveness', 'durability'].map((name) => cell[column(name)])).toEqual(['ok', 'ok', 'ok']);
    // Right at n = 3, 5, 7: finality is the way to the nearest replicas that make a majority, and back.
    expect(Math.abs(Number(cell[column('finality_ms')]) - RIGHT_MS[cell[column('nodes')]!]!)).toBeLessThan(4);
  }
  expect(existsSync(path.join(out, 'report.html'))).toBe(true);
});
