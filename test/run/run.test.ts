import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openRun, readRecords } from '../../harness/folder/read.ts';
import { planSuite } from '../../harness/index.ts';
import { UserError } from '../../harness/errors.ts';
import { loadSuite, suiteOf } from '../../harness/suite/load.ts';
import { resumeRun, runSuite, type RunEvent } from '../../harness/run/run.ts';
import type { CostTable } from '../../harness/measure/costs.ts';
import { rowOf } from '../../harness/measure/kernels.ts';
import type { Suite, SuiteData } from '../../harness/suite/types.ts';
import { readEnvironment, type RunEnvironment } from '../../harness/run/environment.ts';
import { COSTS } from '../support/copy.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
afterAll(() => rmSync(folder, { recursive: true }));
const costs = JSON.parse(readFileSync(COSTS, 'utf8')) as CostTable;
const suite = suiteOf({
  name: 'library',
  replicates: 2,
  decisions: 3,
  crypto: ['modelled', 'measured'],
  prices: { usd_per_kwh: 0.5 },
  sweep: { nodes: [4, 7] },
  workloads: { pbft: {} },
});

test('a program runs a suite in its own thread and reads the records back', async () => {
  const out = path.join(folder, 'a');
  const events: RunEvent[] = [];
  const result = await runSuite(suite, {
    out,
    threads: 'inline',
    costs,
    backend: 'reference',
    watts_per_core: 7,
    onEvent: (event) => events.push(event),
  });
  expect(result).toMatchObject({ dir: out, interrupted: false, cells: 8, states: { done: 8, stalled: 0, timeout: 0, failed: 0 } });
  const records = [...readRecords(out)];
  // readRecords yields plan order; the journal has measured cells after all others, since they run alone.
  expect(records.map(({ cell }) => cell)).toEqual([...planSuite(suite)].map(({ id }) => id));
  const finished = readFileSync(path.join(out, 'records.ndjson'), 'utf8').trimEnd().split('\n');
  const order = finished.map((line) => (JSON.parse(line) as { record: { crypto: string } }).record.crypto);
  expect(order).toEqual([...Array<string>(4).fill('modelled'), ...Array<string>(4).fill('measured')]);
  expect(events.map(({ kind }) => kind)).toEqual(['folder', 'plan', 'cells', ...Array(8).fill('cell'), 'exports', 'exported']);
  expect(loadSuite(path.join(out, 'suite.yaml'))).toEqual(suite);
  const written = JSON.parse(readFileSync(path.join(out, 'costs.json'), 'utf8')) as CostTable;
  expect(written).toMatchObject({ watts_per_core: 7, watts_source: 'given by --watts-per-core', prices: { usd_per_kwh: { value: 0.5 } } });
});

test('a signal ends a run between cells; resuming finishes it', async () => {
  const out = path.join(folder, 'b');
  const stop = new AbortController();
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'cell') stop.abort();
  };
  const first = await runSuite(suite, { out, threads: 'inline', costs, signal: stop.signal, onEvent });
  expect(first.interrupted).toBe(true);
  expect(existsSync(path.join(out, 'records.csv'))).toBe(false);
  const kept = [...readRecords(out)].length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(8);
  const second = await resumeRun(out, { threads: 'inline' });
  expect(second).toMatchObject({ interrupted: false, cells: 8, states: { done: 8 } });
  expect([...readRecords(out)]).toHaveLength(8);
});

describe('environment.json', () => {
  const read = (out: string): RunEnvironment => JSON.parse(readFileSync(path.join(out, 'environment.json'), 'utf8')) as RunEnvironment;

  test('each start of a run is an entry of its own, and the first provenance stands', async () => {
    const out = path.join(folder, 'starts');
    const stop = new AbortController();
    const onEvent = (event: RunEvent): void => {
      if (event.kind === 'cell') stop.abort();
    };
    await runSuite(suite, { out, threads: 'inline', costs, signal: stop.signal, onEvent });
    const first = read(out);
    expect(first).toMatchObject({ cells_wall_s: null, starts: [{ taken_at: first.taken_at, threads: 1, ended: 'interrupted' }] });
    await resumeRun(out, { threads: 'inline', cell_timeout_s: 77 });
    const second = read(out);
    expect(second.starts).toHaveLength(2);
    expect(second.starts[0]).toEqual(first.starts[0]);
    expect(second.starts[1]).toMatchObject({ threads: 1, cell_timeout_s: 77, ended: 'finished', node: process.versions.node });
    expect(second.starts[1]!.taken_at > second.taken_at).toBe(true);
    expect(second.cells_wall_s).toBeCloseTo(second.starts[0]!.cells_wall_s! + second.starts[1]!.cells_wall_s!, 9);
    for (const key of ['taken_at', 'load_average', 'run'] as const) expect(second[key]).toEqual(first[key]);
  });

  test('of version 0.1.0, which knew one start, is read as that', async () => {
    const out = path.join(folder, 'old');
    await runSuite(suite, { out, threads: 'inline', costs });
    const old: Record<string, unknown> = { ...read(out) };
    delete old['starts'];
    delete old['warnings'];
    writeFileSync(path.join(out, 'environment.json'), JSON.stringify(old));
    expect(readEnvironment(out)).toMatchObject({
      ...old,
      warnings: [],
      starts: [{ taken_at: old['taken_at'], threads: 1, ended: 'finished' }],
    });
  });
});

test('resuming a finished run leaves every file as it is, and says that it is finished', async () => {
  const out = path.join(folder, 'finished');
  await runSuite(suite, { out, threads: 'inline', costs });
  const bytes = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => [name, readFileSync(path.join(parentPath, name)).toString('base64')]),
    );
  const before = bytes();
  const events: RunEvent[] = [];
  const result = await resumeRun(out, { threads: 'inline', onEvent: (event) => events.push(event) });
  expect(result).toMatchObject({ interrupted: false, cells: 8, states: { done: 8 } });
  expect(result.cells_wall_s).toBeGreaterThan(1e-4);
  expect(events.map(({ kind }) => kind)).toEqual(['folder', 'finished']);
  expect(bytes()).toEqual(before);
});

test('a run with --costs X that stopped while writing the plan resumes with X', async () => {
  const out = path.join(folder, 'early');
  const stop = (event: RunEvent): void => {
    if (event.kind === 'plan') throw new Error('stopped');
  };
  await expect(runSuite(suite, { out, threads: 'inline', costs, watts_per_core: 7, onEvent: stop })).rejects.toThrow('stopped');
  rmSync(path.join(out, 'plan.json'));
  const events: RunEvent[] = [];
  await resumeRun(out, { threads: 'inline', onEvent: (event) => events.push(event) });
  expect(events.map(({ kind }) => kind)).not.toContain('kernels');
  const { machine, watts_per_core } = JSON.parse(readFileSync(path.join(out, 'costs.json'), 'utf8')) as CostTable;
  expect({ machine, watts_per_core }).toEqual({ machine: costs.machine, watts_per_core: 7 });
});

test('what makes costs doubtful goes with them: costs.json, environment.json, the rows of kernels.csv, and the folder for its readers', async () => {
  const out = path.join(folder, 'doubtful');
  const noisy = 'noisy, ±12% (other load, or a clock frequency that moves)';
  const sign = 'ed25519-sign/wasm-simd';
  const warnings = [
    { figure: null, text: 'other load: 9 tasks want to run on 2 cores (average of the last minute)' },
    { figure: sign, text: noisy },
  ];
  const row = rowOf({ kernel: 'ed25519-sign', backend: 'wasm-simd', unit: 'signatures' }, [1, 2], { warnings: warnings.slice(1) });
  const calm = rowOf({ kernel: 'ed25519-verify', backend: 'wasm-simd', unit: 'signatures' }, [1, 1]);
  const events: RunEvent[] = [];
  await runSuite(suite, {
    out,
    threads: 'inline',
    costs: { ...costs, kernels: [row, calm], warnings },
    onEvent: (event) => events.push(event),
  });
  expect(events).toContainEqual({ kind: 'noise', warnings });
  expect((JSON.parse(readFileSync(path.join(out, 'costs.json'), 'utf8')) as CostTable).warnings).toEqual(warnings);
  expect(readEnvironment(out).warnings).toEqual(warnings);
  expect(openRun(out).warnings).toEqual(warnings);
  const [head, first, second] = readFileSync(path.join(out, 'kernels.csv'), 'utf8').split('\n');
  expect(head).toMatch(/,warning$/);
  expect(first).toMatch(new RegExp(`^ed25519-sign,.*,"${noisy.replace(/[()]/g, '\\$&')}"$`));
  expect(second).toMatch(/^ed25519-verify,.*,$/);
});

test('a run that measures its kernels can be stopped while it does', async () => {
  const stop = new AbortController();
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'kernels') setTimeout(() => stop.abort(), 50);
  };
  const out = path.join(folder, 'c');
  const result = await runSuite(suite, { out, threads: 'inline', quick: true, signal: stop.signal, onEvent });
  expect(result).toMatchObject({ interrupted: true, states: { done: 0 } });
  expect(existsSync(path.join(out, 'costs.json'))).toBe(false);
});

test('an out that exists is a UserError', async () => {
  await expect(runSuite(suite, { out: folder, threads: 'inline', costs })).rejects.toThrow(UserError);
});

test('a cost table without prices that cells need is refused before anything is written, and when what is left needs them', async () => {
  const { bls_share, bls_add, bls_verify, bls_add_key, ...seconds } = costs.seconds;
  expect([bls_share, bls_add, bls_verify, bls_add_key]).not.toContain(undefined);
  const before: CostTable = { ...costs, seconds };
  const aggregates = suiteOf({
    name: 'aggregates',
    replicates: 1,
    decisions: 2,
    sweep: { nodes: 4 },
    workloads: { tendermint: { certificates: ['list', 'aggregate'] } },
  });
  const out = path.join(folder, 'unpriced');
  const refusal = 'has no prices bls_share, bls_add, bls_verify, bls_add_key, and cells of tendermint make or check aggregate signatures';
  await expect(runSuite(aggregates, { out, threads: 'inline', costs: before })).rejects.toThrow(`costs: ${refusal}`);
  expect(existsSync(out)).toBe(false);

  // A folder of a version that began such runs.
  const stop = new AbortController();
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'cell') stop.abort();
  };
  await runSuite(aggregates, { out, threads: 'inline', costs, signal: stop.signal, onEvent });
  writeFileSync(path.join(out, 'costs.json'), JSON.stringify(before));
  const environment = readFileSync(path.join(out, 'environment.json'), 'utf8');
  await expect(resumeRun(out, { threads: 'inline' })).rejects.toThrow(`${path.join(out, 'costs.json')}: ${refusal}`);
  expect(readFileSync(path.join(out, 'environment.json'), 'utf8')).toBe(environment);
});

test('a cost table without the price of a write is refused where nodes write, and serves a suite in which none does', async () => {
  const { persist, ...seconds } = costs.seconds;
  expect(persist).toBeDefined();
  const before: CostTable = { ...costs, seconds };
  const of = (entries: SuiteData['workloads']): Suite =>
    suiteOf({ name: 'writes', replicates: 1, decisions: 2, sweep: { nodes: 4 }, workloads: entries });
  const run = (suite: Suite, name: string): Promise<unknown> =>
    runSuite(suite, { out: path.join(folder, name), threads: 'inline', costs: before });
  const refusal = (workload: string): string =>
    `costs: has no price persist, and cells of ${workload} write what survives a crash; accepted: `;
  await expect(run(of({ pbft: {}, raft: {} }), 'logs')).rejects.toThrow(refusal('raft'));
  const back = { kind: 'crash', count: [0, 1], from_s: 0.1, until_s: 1 } as const;
  await expect(run(of({ pbft: { fault: back } }), 'back')).rejects.toThrow(refusal('pbft'));
  expect([existsSync(path.join(folder, 'logs')), existsSync(path.join(folder, 'back'))]).toEqual([false, false]);
  expect(await run(of({ pbft: {} }), 'none')).toMatchObject({ states: { done: 1 } });
});
