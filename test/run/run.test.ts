import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  UserError,
  loadSuite,
  planSuite,
  readRecords,
  resumeRun,
  runSuite,
  suiteOf,
  type CostTable,
  type RunEvent,
} from '../../harness/index.ts';
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
  expect(new Set(records.map(({ cell }) => cell))).toEqual(new Set([...planSuite(suite)].map(({ id }) => id)));
  // Measured cells come after all others, since they run alone.
  expect(records.map(({ crypto }) => crypto)).toEqual([...Array(4).fill('modelled'), ...Array(4).fill('measured')]);
  expect(events.map(({ kind }) => kind)).toEqual(['folder', 'plan', 'cells', ...Array(8).fill('cell'), 'exports']);
  expect(loadSuite(path.join(out, 'suite.yaml'))).toEqual(suite);
  const written = JSON.parse(readFileSync(path.join(out, 'costs.json'), 'utf8')) as CostTable;
  expect(written).toMatchObject({ watts_per_core: 7, watts_source: '--watts-per-core', prices: { usd_per_kwh: { value: 0.5 } } });
});

test('a signal ends a run between cells; resuming finishes it', async () => {
  const out = path.join(folder, 'b');
  const stop = new AbortController();
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'cell') stop.abort();
  };
  const first = await runSuite(suite, { out, threads: 'inline', costs, backend: 'reference', signal: stop.signal, onEvent });
  expect(first.interrupted).toBe(true);
  expect(existsSync(path.join(out, 'records.csv'))).toBe(false);
  const kept = [...readRecords(out)].length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(8);
  const second = await resumeRun(out, { threads: 'inline' });
  expect(second).toMatchObject({ interrupted: false, cells: 8, states: { done: 8 } });
  expect([...readRecords(out)]).toHaveLength(8);
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
