// docs/adding-a-workload.md and adding-a-chain.md are run as they stand: their code is added to a copy of the project, which is built,
// and cells of it are run.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import type { NetworkSpec } from '../../harness/model/cell.ts';
import type { FaultSpec } from '../../harness/model/fault.ts';
import { LOAD_RULES, type LoadSpec } from '../../harness/model/load.ts';
import { LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../cells.ts';

const root = path.join(import.meta.dirname, '../..');
const copy = mkdtempSync(path.join(tmpdir(), 'consensus-bench-workload-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const RIGHT_MS: Record<string, number> = { 3: 104, 5: 128, 7: 110 };
const page = readFileSync(path.join(root, 'docs/adding-a-workload.md'), 'utf8');
/** Files of a page, by their path. */
const filesOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^```ts (workloads\/[\w-]+\.ts)\n([\s\S]*?)^```/gm)].map(([, file, code]) => [file!, code!]));

const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-planted-'));
symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A mechanism of the page, with one passage replaced. */
async function variant(id: string, name = 'sound', find = '', replacement = ''): Promise<Workload> {
  const code = filesOf(page).get(`workloads/${id}.ts`)!;
  if (find !== '') expect(code.split(find)).toHaveLength(2);
  const file = path.join(folder, `${id}-${name}.ts`);
  writeFileSync(file, code.replace(find, replacement).replaceAll(/'\.\.\/harness\/(.*?)\.ts'/g, `'${root}/dist/harness/$1.js'`));
  return ((await import(file)) as { default: Workload }).default;
}
const LAN: NetworkSpec = { ...LINK, kind: 'matrix', name: 'lan', origin: 'one room', jitter: 0, one_way_ms: [[0.1]] };

test('the log has fewer than 200 lines of code', () => {
  const lines = filesOf(page).get('workloads/raft-log.ts')!.split('\n');
  expect(lines.filter((line) => !/^\s*($|\/\/|\/\*\*)/.test(line)).length).toBeLessThan(200);
});

describe('the log of the page', () => {
  const wan: CellOptions = { network: WAN, node: SERVER, decisions: 50 };
  test('a decision costs two messages a follower, beside five heartbeats a second', async () => {
    const raft = await variant('raft-log');
    for (const nodes of [1, 3, 5, 8]) {
      const { counts, elapsed_us, ...outcome } = simulate(raft, { ...wan, nodes }).outcome;
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok', durability: 'ok', safety: nodes === 1 ? 'unknown' : 'ok' });
      const rounds = 50 + 1 + Math.floor(elapsed_us / 200_000);
      expect(Math.abs(counts.messages - 2 * (nodes - 1) * rounds)).toBeLessThanOrEqual(2 * (nodes - 1));
      // An entry is written once at each node.
      expect(counts.persists).toBe(50 * nodes);
    }
  });
  test.each<[number, Partial<FaultSpec>]>([
    [3, { nodes: [2] }],
    [3, { nodes: [0] }],
    [5, { nodes: [0, 1] }],
    [5, { nodes: [0], from_s: 1, until_s: 4 }],
    [5, { nodes: [0, 1, 2], from_s: 1, until_s: 20 }],
    [5, { nodes: [0, 1, 2, 3, 4], from_s: 1, until_s: 3 }],
    [5, { nodes: [0, 1, 2], until_s: 5 }],
    [4, { nodes: [1, 2], from_s: 0.5, until_s: 9 }],
  ])('n = %i goes on under, or after, a crash of %j', async (nodes, fault) => {
    const { outcome } = simulate(await variant('raft-log'), { ...wan, nodes, fault: { kind: 'crash', ...fault } });
    expect(outcome).toMatchObject({ state: 'done', liveness: 'ok', durability: 'ok' });
    expect(outcome.safety).not.toBe('violated');
  });
  test('without a majority it stands still', async () => {
    const raft = await variant('raft-log');
    for (const nodes of [
      [2, 3, 4],
      [0, 1, 2],
    ]) {
      const { outcome } = simulate(raft, { ...wan, nodes: 5, fault: { kind: 'crash', nodes } });
      expect(outcome).toMatchObject({ state: 'stalled', decisions: 0, liveness: 'violated' });
    }
  });

  // Where a write takes longer than a message.
  const slow: CellOptions = { ...wan, nodes: 5, node: { ...SERVER, persist_ns: 1_000_000_000 } };
  test.each([
    ['sound', '', '', 'ok'],
    [
      'before-its-disk',
      'promise(fresh, from, appended(end, true), out);',
      'promise(fresh, from, appended(end, true), out), out.send(from, appended(end, true));',
      'violated',
    ],
    ['its-own-disk-alone', '[majorityOf(nodes) - 1]', '[0]', 'violated'],
    ['at-once', 'log.push(entry);', 'log.push(entry), batch !== null && reply(batch, out);', 'violated'],
  ] as const)('durability of the log, %s', async (name, find, replacement, durability) => {
    const { outcome } = simulate(await variant('raft-log', name, find, replacement), slow);
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability });
  });
});

describe('mechanisms of the page under load', () => {
  const open = (rate_tps: number): LoadSpec => ({
    ...LOAD_RULES,
    ...{ kind: 'open', rate_tps, arrivals: 'constant', warmup_s: 0.1, window_s: 0.4 },
  });
  test.each([
    ['broadcast', 4],
    ['broadcast', 16],
    ['raft-log', 4],
    ['raft-log', 16],
  ])("%s at n = %i: the leader's uplink bounds it, within a thirtieth", async (id, nodes) => {
    const bound_tps = 1e9 / 8 / (nodes - 1) / 250;
    const { load } = simulate(await variant(id), { nodes, network: LAN, node: SERVER, load: open(1.2 * bound_tps) }).outcome;
    expect(Math.abs(load!.achieved_tps / bound_tps - 1)).toBeLessThan(0.03);
    expect(load!.bottleneck).toBe('uplink');
    expect(load!.committed + load!.rejected + load!.waiting).toBe(load!.submitted);
  });
  test('batches under way multiply the rate of a WAN', async () => {
    const raft = await variant('raft-log');
    const rate = (in_flight: number): number => {
      const load: LoadSpec = { ...LOAD_RULES, kind: 'closed', in_flight, queues: true, warmup_s: 2, window_s: 10 };
      return simulate(raft, { nodes: 5, network: fixed(50), node: SERVER, load }).outcome.load!.achieved_tps;
    };
    for (const k of [2, 8, 32]) expect(Math.abs(rate(k) / (k * rate(1)) - 1)).toBeLessThan(0.05);
  });
  test('an election under load loses nothing', async () => {
    const load: LoadSpec = { ...open(500), warmup_s: 1, window_s: 12, batch_timeout_ms: 50 };
    const fault: Partial<FaultSpec> = { kind: 'crash', nodes: [0], from_s: 3, until_s: 8 };
    const { outcome } = simulate(await variant('raft-log'), { nodes: 5, network: WAN, node: SERVER, fault, load });
    expect(outcome).toMatchObject({
      state: 'done',
      safety: 'ok',
      durability: 'ok',
      load: { waiting: 0, rejected: 0, submitted: 6000, committed: 6000 },
    });
  });
});

describe('pages add mechanisms that build and run', () => {
  const commands = new Map<string, string>();
  beforeAll(() => {
    for (const entry of ['harness', 'workloads', 'assembly', 'types', 'scripts', 'suites', 'dist', 'package.json', 'tsconfig.json'])
      cpSync(path.join(root, entry), path.join(copy, entry), { recursive: true, preserveTimestamps: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
    const files: string[] = [];
    for (const name of ['adding-a-workload', 'adding-a-chain']) {
      const text = readFileSync(path.join(root, `docs/${name}.md`), 'utf8');
      for (const [file, code] of filesOf(text)) {
        writeFileSync(path.join(copy, file), code);
        files.push(file);
      }
      for (const [, command, id] of text.matchAll(/^npm run cli -- (run --workload ([\w-]+) .*)$/gm)) commands.set(id!, command!);
    }
    // As the build does, but for the files that are new: what they import is checked with them, and the rest of dist/ is there.
    const planted = {
      extends: './tsconfig.json',
      compilerOptions: { incremental: false, tsBuildInfoFile: null },
      include: ['types', ...files],
    };
    writeFileSync(path.join(copy, 'tsconfig.page.json'), JSON.stringify(planted));
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.page.json'], { cwd: copy, stdio: ['ignore', 2, 2] });
    writeFileSync(path.join(copy, 'costs.json'), execFileSync(process.execPath, ['scripts/make-fixed-costs.mjs'], { cwd: copy }));
  });

  /** Runs the page's command for a mechanism, for which nothing but its file was added; its records by column. */
  function run(id: string, command = commands.get(id)!): Record<string, string>[] {
    const out = path.join(copy, id);
    const args = [...command.split(' '), '--costs', path.join(copy, 'costs.json'), '--out', out];
    execFileSync(process.execPath, ['dist/harness/cli/main.js', ...args], { cwd: copy, stdio: 'pipe' });
    expect(existsSync(path.join(out, 'report.html'))).toBe(true);
    const [header, ...rows] = readFileSync(path.join(out, 'records.csv'), 'utf8').trim().split('\n');
    const fields = (row: string): string[] => row.replaceAll('"', '').split(',');
    return rows.map((row) => Object.fromEntries(fields(row).map((field, at) => [fields(header!)[at]!, field])));
  }
  const nodesOf = (cells: readonly Record<string, string>[]): Set<string> =>
    new Set(cells.map(({ workload, nodes }) => `${workload} ${nodes}`));

  test('a first mechanism', () => {
    const cells = run('broadcast');
    expect(nodesOf(cells)).toEqual(new Set(['broadcast 4', 'broadcast 7']));
    for (const cell of cells) {
      expect(cell).toMatchObject({ state: 'done', signs_per_decision: '', safety: 'ok', liveness: 'ok', durability: 'ok' });
      expect(Number(cell['messages_per_decision'])).toBe(Number(cell['nodes']) - 1);
    }
  });
  test('a log with elections', () => {
    const cells = run('raft-log');
    expect(nodesOf(cells)).toEqual(new Set(['raft-log 3', 'raft-log 5', 'raft-log 7']));
    for (const cell of cells) {
      expect(cell).toMatchObject({ state: 'done', signs_per_decision: '', safety: 'ok', liveness: 'ok', durability: 'ok' });
      // Finality is the way to the nearest replicas that make a majority, a write there, and back.
      expect(Math.abs(Number(cell['finality_ms']) - RIGHT_MS[cell['nodes']!]!)).toBeLessThan(4);
    }
  });
  test('both of them, and a chain, under a load', () => {
    const suite = {
      ...{ name: 'under-load', replicates: 1, network: 'wan-5-regions', sweep: { nodes: 4 } },
      load: { kind: 'open', rate_tps: 1000, arrivals: 'constant', window_s: 4, warmup_s: 2 },
      workloads: {
        ...{ broadcast: {}, 'raft-log': {} },
        'waiting-lottery': { load: { kind: 'open', rate_tps: 5, arrivals: 'constant', window_s: 4000, warmup_s: 400 } },
      },
    };
    writeFileSync(path.join(copy, 'under-load.json'), JSON.stringify(suite));
    const cells = run('under-load', 'run under-load.json');
    expect(nodesOf(cells)).toEqual(new Set(['broadcast 4', 'raft-log 4', 'waiting-lottery 4']));
    for (const cell of cells) {
      expect(cell).toMatchObject({ state: 'done', transactions_rejected: '0', transactions_waiting: '0' });
      expect(cell['transactions_committed']).toBe(cell['transactions_submitted']);
      expect(Math.abs(Number(cell['throughput_tps']) / Number(cell['offered_tps']) - 1)).toBeLessThan(0.1);
    }
  });
  test('a chain', () => {
    const cells = run('waiting-lottery');
    expect(nodesOf(cells)).toEqual(new Set(['waiting-lottery 4', 'waiting-lottery 8']));
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
