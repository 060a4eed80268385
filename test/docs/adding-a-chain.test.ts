// docs/adding-a-chain.md as it stands: its code against closed forms and its twin, and bugs that are planted in it. That it builds in a
// copy of the project and runs from the command line: adding-a-workload.test.ts.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import type { FaultSpec } from '../../harness/model/fault.ts';
import { LOAD_RULES, type LoadSpec } from '../../harness/model/load.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import { SERVER, WAN, fixed, makeCell, simulate, type CellOptions } from '../cells.ts';

const root = path.join(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/adding-a-chain.md'), 'utf8');
const [, , code] = /^```ts (workloads\/[\w-]+\.ts)\n([\s\S]*?)^```/m.exec(page)!;
const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-chain-'));
symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The page's mechanism with one passage replaced. */
async function variant(name: string, find = 'rest_blocks', replacement = find): Promise<Workload> {
  if (replacement !== find) expect(code!.split(find)).toHaveLength(2);
  const file = path.join(folder, `${name}.ts`);
  writeFileSync(file, code!.replace(find, replacement).replaceAll(/'\.\.\/harness\/(.*?)\.ts'/g, `'${root}/dist/harness/$1.js'`));
  return ((await import(file)) as { default: Workload }).default;
}

/** Who made the blocks of the final chain, in order: a block's own operations begin with its maker's. */
const makersOf = (operations: readonly (readonly Operation[])[]): number[] =>
  operations.map((list) => list.findLast((operation) => operation.kind === 'sign')!.signer);
const repeats = (makers: readonly number[]): number => makers.filter((maker, at) => at > 0 && maker === makers[at - 1]).length;

describe('the mechanism of the page', () => {
  const quick = { network: fixed(0), parameters: { block_interval_s: 10, peer_degree: 'all' } };
  test.each([
    [4, 1],
    [4, 3],
    [8, 2],
  ])('n = %i, r = %i: a block takes T n / (n - r)', async (nodes, rest_blocks) => {
    const workload = await variant('sound');
    const decisions = 3000;
    const { outcome } = simulate(workload, { ...quick, nodes, decisions, parameters: { ...quick.parameters, rest_blocks } });
    const mean_s = (10 * nodes) / (nodes - rest_blocks);
    const observed_s = outcome.elapsed_us / 1e6 / decisions;
    // Exponential gaps: their mean is their deviation.
    const error_s = mean_s / Math.sqrt(decisions);
    expect((1.96 * error_s) / mean_s).toBeLessThan(0.05);
    expect(Math.abs(observed_s - mean_s) / error_s).toBeLessThan(4);
  });
  test('nobody makes two blocks in a row, and without the rule somebody does', async () => {
    const cell: CellOptions = { ...quick, nodes: 3, decisions: 200, crypto: 'measured', transactions: { bytes: 20, per_decision: 5 } };
    const sound = simulate(await variant('sound'), cell).outcome;
    expect(repeats(makersOf(sound.operations!))).toBe(0);
    const restless = await variant('restless', '? 0 : 1', '? 1 : 1');
    expect(repeats(makersOf(simulate(restless, cell).outcome.operations!))).toBeGreaterThan(20);
  });
  test.each<[string, Partial<FaultSpec>]>([
    ['none', { kind: 'crash', count: 0 }],
    ['crash', { kind: 'crash', count: 2 }],
    ['delay', { kind: 'delay', count: 2, delay_ms: 300 }],
    ['partition', { kind: 'partition', count: 2, from_s: 5, until_s: 30 }],
  ])('its engines agree: %s', async (_, fault) => {
    const workload = await variant('sound');
    const cell: CellOptions = { nodes: 9, network: WAN, node: SERVER, decisions: 60, parameters: { block_interval_s: 1 }, fault };
    const of = (engine: 'chain' | 'messages') => ({ ...simulate(workload, cell, { engine }).outcome, events: 0 });
    expect(of('chain')).toEqual(of('messages'));
    expect(of('chain')).toMatchObject({ state: 'done', liveness: 'ok' });
    // Blocks of a second on a WAN: some go stale.
    expect(of('chain').stale!.stale).toBeGreaterThan(0);
  });
  test('under an open load its blocks carry what there is, and nothing is lost', async () => {
    const load: LoadSpec = { ...LOAD_RULES, kind: 'open', rate_tps: 5, arrivals: 'poisson', warmup_s: 100, window_s: 2000 };
    const cell: CellOptions = { nodes: 5, network: WAN, node: SERVER, parameters: { block_interval_s: 5 }, load };
    const { outcome } = simulate(await variant('sound'), cell);
    const { submitted, committed, rejected, waiting, achieved_tps } = outcome.load!;
    expect(committed + rejected + waiting).toBe(submitted);
    // Arrivals of 2000 s: 10 000, give or take four times their root.
    expect(Math.abs(submitted - 10_000)).toBeLessThan(400);
    expect(Math.abs(achieved_tps / 5 - 1)).toBeLessThan(0.05);
    expect(outcome.load!.bottleneck).toBe('latency');
  });
  test.each(['crash', 'eclipse'] as const)('%s for a time runs on messages', async (kind) => {
    const fault = { kind, count: 2, from_s: 5, until_s: 30 };
    const run = simulate(await variant('sound'), { nodes: 9, network: WAN, decisions: 60, parameters: { block_interval_s: 1 }, fault });
    expect(run).toMatchObject({ engine: 'messages', outcome: { state: 'done', liveness: 'ok' } });
  });
  test('as many must rest as are up: it stalls', async () => {
    const workload = await variant('sound');
    const cell: CellOptions = {
      ...quick,
      nodes: 4,
      fault: { kind: 'crash', count: 1 },
      parameters: { ...quick.parameters, rest_blocks: 3 },
    };
    expect(simulate(workload, cell).outcome).toMatchObject({ state: 'stalled', decisions: 3 });
  });
  test('resting for as many blocks as there are nodes is refused', async () => {
    const workload = await variant('sound');
    const { problems } = workload;
    const cell = (rest_blocks: number) => ({ ...makeCell(workload, { nodes: 4 }), parameters: { rest_blocks } });
    expect(problems!(cell(3))).toEqual([]);
    expect(problems!(cell(4))).toMatchObject([{ parameter: 'rest_blocks', accepts: expect.stringContaining('3') }]);
  });
});

describe('what is collected is what is counted', () => {
  const cell: CellOptions = {
    nodes: 6,
    network: WAN,
    decisions: 40,
    crypto: 'measured',
    transactions: { bytes: 20, per_decision: 5 },
    parameters: { block_interval_s: 1 },
    fault: { kind: 'crash', count: 1 },
  };
  async function difference(workload: Workload): Promise<Record<string, number>> {
    const { operations, counts } = simulate(workload, cell).outcome;
    const done = { signs: 0, verifies: 0, digest_bytes: 0 };
    for (const operation of operations!.flat()) {
      if (operation.kind === 'sign') done.signs += 1;
      else if (operation.kind === 'verify') done.verifies += operation.items.length;
      else if (operation.kind === 'digest') done.digest_bytes += operation.bytes.length;
    }
    return Object.fromEntries(Object.entries(done).map(([kind, of]) => [kind, of - counts[kind as keyof typeof done]!]));
  }
  test('as it stands', async () => {
    expect(await difference(await variant('sound'))).toEqual({ signs: 0, verifies: 0, digest_bytes: 0 });
  });
  test('a node that is down verifies nothing: counting all others shows', async () => {
    const bad = await variant('everyone', 'receiver < block.receivers', 'receiver < setup.nodes - 1');
    expect((await difference(bad)).verifies).toBeGreaterThan(0);
  });
  test('a maker hashes its transactions too: leaving it out shows', async () => {
    const bad = await variant('forgotten', '[digest, { kind', '[{ kind');
    expect((await difference(bad)).digest_bytes).toBeLessThan(0);
  });
});
