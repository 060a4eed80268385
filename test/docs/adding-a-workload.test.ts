// docs/adding-a-workload.md and adding-a-chain.md are run as they stand: their code is added to a copy of the project, which is built,
// and cells of it are run.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('pages add mechanisms that build and run', () => {
  const commands = new Map<string, string>();
  beforeAll(() => {
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
    for (const name of ['adding-a-workload', 'adding-a-chain']) {
      const text = readFileSync(path.join(root, `docs/${name}.md`), 'utf8');
      const [, file, code] = /^```ts (workloads\/[\w-]+\.ts)\n([\s\S]*?)^```/m.exec(text)!;
      const [, command] = /^npm run cli -- (run --workload .*)$/m.exec(text)!;
      writeFileSync(path.join(copy, file!), code!);
      commands.set(name, command!);
    }
    execFileSync(process.execPath, ['scripts/build.mjs', '--quiet'], { cwd: copy });
    writeFileSync(path.join(copy, 'costs.json'), execFileSync(process.execPath, ['scripts/make-fixed-costs.mjs'], { cwd: copy }));
  });

  /** Runs the page's command; its records by column. */
  function run(page: string): Record<string, string>[] {
    const out = path.join(copy, page);
    const args = [...commands.get(page)!.split(' '), '--costs', path.join(copy, 'costs.json'), '--out', out];
    execFileSync(process.execPath, ['dist/harness/cli/main.js', ...args], { cwd: copy, stdio: 'pipe' });
    expect(existsSync(path.join(out, 'report.html'))).toBe(true);
    const [header, ...rows] = readFileSync(path.join(out, 'records.csv'), 'utf8').trim().split('\n');
    const fields = (row: string): string[] => row.replaceAll('"', '').split(',');
    return rows.map((row) => Object.fromEntries(fields(row).map((field, at) => [fields(header!)[at]!, field])));
  }

  test('adding-a-workload.md', () => {
    const cells = run('adding-a-workload');
    expect(new Set(cells.map(({ workload, nodes }) => `${workload} ${nodes}`))).toEqual(
      new Set(['majority-log 3', 'majority-log 5', 'majority-log 7']),
    );
    for (const cell of cells) {
      // An append to, and an acknowledgement from, each follower.
      expect(cell).toMatchObject({ state: 'done', signs_per_decision: '', safety: 'ok', liveness: 'ok', durability: 'ok' });
      expect(Number(cell['messages_per_decision'])).toBe(2 * (Number(cell['nodes']) - 1));
      // Right at n = 3, 5, 7: finality is the way to the nearest replicas that make a majority, and back.
      expect(Math.abs(Number(cell['finality_ms']) - RIGHT_MS[cell['nodes']!]!)).toBeLessThan(4);
    }
  });
  test('adding-a-chain.md', () => {
    const cells = run('adding-a-chain');
    expect(new Set(cells.map(({ workload, nodes }) => `${workload} ${nodes}`))).toEqual(
      new Set(['waiting-lottery 4', 'waiting-lottery 8']),
    );
    for (const cell of cells) {
      expect(cell).toMatchObject({
        state: 'done',
        family: 'lottery',
        macs_per_decision: '',
        hashes_per_decision: '',
        safety: 'ok',
        liveness: 'ok',
      });
      // Every block is verified by all but its maker.
      const receivers = Number(cell['verifies_per_decision']) / Number(cell['signs_per_decision']);
      expect(receivers).toBeCloseTo(Number(cell['nodes']) - 1, 6);
    }
  });
});
