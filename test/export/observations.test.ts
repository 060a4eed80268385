// A workload with columns of its own, and two counted roles: they reach records, CSV, summary, report and list, in a registry of the test.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { extrasOf } from '../../harness/analysis/extra-columns.ts';
import { addListCommand } from '../../harness/cli/list.ts';
import { exportRun } from '../../harness/export/export.ts';
import type { Cell } from '../../harness/model/cell.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import { brokenRecord, makeRecord } from '../../harness/record/make.ts';
import { RECORD_COLUMNS } from '../../harness/record/columns.ts';
import { SUMMARY_COLUMNS } from '../../harness/record/summary-columns.ts';
import type { Observation, Workload } from '../../harness/simulate/core/contract.ts';
import { workloads } from '../../harness/workloads.ts';
import { cell, costs, done } from '../record/fixtures.ts';
import { syntheticRun } from './synthetic.ts';

vi.mock('../../harness/workloads.ts', async (original) => {
  const { workloads: real } = await original<{ workloads: ReadonlyMap<string, Workload> }>();
  const observations: Observation[] = [
    { name: 'retries', unit: 'messages', description: 'Requests that were sent again.', kind: 'count' },
    { name: 'abort_rate', unit: '', description: 'Aborted transactions ÷ submitted ones.', kind: 'share' },
    { name: 'never_seen', unit: 's', description: 'Nothing ever observes it.', kind: 'positive' },
  ];
  const role = (id: string, counted: boolean) => ({ id, count: 2, counted, cores: 1, region: 0, faultable: counted });
  const roles = () => [role('endorser', true), role('ordering-node', true), role('client', false)];
  const silent = (id: string): [string, Workload] => [id, { ...real.get(id)!, observations: [] }];
  return { workloads: new Map([...real, silent('pow'), silent('pos-praos'), ['pbft', { ...real.get('pbft')!, observations, roles }]]) };
});

const observed: Outcome = {
  ...done,
  observations: { retries: 6, abort_rate: 0.25 },
  roles: [
    { role: 'endorser', messages: 12, bytes: 400 },
    { role: 'ordering-node', messages: 28, bytes: 3600 },
  ],
};
const pbft = () => workloads.get('pbft')!;
/** Replicates differ about the same mean. */
const replicateOf = ({ replicate }: Cell): Outcome => ({
  ...observed,
  observations: { retries: 4 + 4 * replicate, abort_rate: replicate === 0 ? 0.125 : 0.375 },
});
const record = (at: Cell, outcome = observed) => makeRecord(at, pbft(), { outcome, engine: 'messages' }, costs, null);

const NAMES = [
  'abort_rate',
  'bytes_endorser_per_decision',
  'bytes_ordering_node_per_decision',
  'messages_endorser_per_decision',
  'messages_ordering_node_per_decision',
  'never_seen',
  'retries',
];

describe('observations of a workload', () => {
  // Two variants (a swept parameter) of two mechanisms; here pow declares nothing.
  const dir = syntheticRun({ mechanisms: ['pow', 'pbft'], nodes: [4], replicates: 2, measured: false, variants: 2 });
  const text = (name: string): string => readFileSync(path.join(dir, name), 'utf8');
  const cells = (JSON.parse(text('plan.json')) as { cells: Cell[] }).cells;
  beforeAll(async () => {
    const lines = text('records.ndjson')
      .trimEnd()
      .split('\n')
      .map((line, index) =>
        cells[index]!.workload === 'pbft'
          ? JSON.stringify({ record: record(cells[index]!, replicateOf(cells[index]!)), samples: [] })
          : line,
      );
    writeFileSync(path.join(dir, 'records.ndjson'), `${lines.join('\n')}\n`);
    await exportRun(dir);
  }, 60_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const rows = (name: string): Record<string, string>[] => {
    const [head, ...lines] = text(name).trimEnd().split('\n');
    // No field of these columns has a comma; text before them may.
    const names = head!.split(',');
    return lines.map((line) => {
      const fields = line.split(',').reverse();
      return Object.fromEntries([...names].reverse().map((column, index) => [column, fields[index]!]));
    });
  };

  it('stand in the record, null where a declared one is absent, divided by decisions where they are counts by role', () => {
    expect(record(cell)).toMatchObject({
      observations: {
        retries: 6,
        abort_rate: 0.25,
        never_seen: null,
        messages_endorser_per_decision: 3,
        bytes_endorser_per_decision: 100,
        messages_ordering_node_per_decision: 7,
        bytes_ordering_node_per_decision: 900,
      },
    });
    expect('observations' in makeRecord(cell, workloads.get('pos-praos')!, { outcome: done, engine: 'messages' }, costs, null)).toBe(false);
    expect('observations' in brokenRecord(cell, pbft(), 'failed', 'x')).toBe(false);
  });
  it('that nobody declared, or that are no number, are an error', () => {
    expect(() => record(cell, { ...observed, observations: { typo: 1 } })).toThrow(/observation typo is not declared/);
    expect(() => record(cell, { ...observed, observations: { retries: NaN } })).toThrow(/observation retries is NaN/);
  });
  it('follow the last fixed column of records.csv, after the swept parameters, each sorted by name', () => {
    const names = text('records.csv').split('\n')[0]!.split(',');
    expect(names.slice(RECORD_COLUMNS.length)).toEqual(['p_variant', ...NAMES.map((name) => `o_${name}`)]);
    for (const [index, row] of rows('records.csv').entries()) {
      const mine = cells[index]!.workload === 'pbft';
      expect(row).toMatchObject({
        p_variant: String(cells[index]!.parameters['variant']),
        o_retries: mine ? String(4 + 4 * cells[index]!.replicate) : '',
        o_abort_rate: mine ? ['0.125', '0.375'][cells[index]!.replicate]! : '',
        o_never_seen: '',
        o_bytes_ordering_node_per_decision: mine ? '900' : '',
      });
    }
  });
  it('are averaged in summary.csv as their kind says', () => {
    const names = text('summary.csv').split('\n')[0]!.split(',');
    const means = NAMES.flatMap((name) => ['mean', 'ci95_low', 'ci95_high'].map((end) => `o_${name}_${end}`));
    expect(names.slice(SUMMARY_COLUMNS.length)).toEqual(['p_variant', ...means]);
    const [row] = rows('summary.csv').slice(-1);
    expect(row).toMatchObject({ p_variant: '1', o_retries_mean: '6', o_abort_rate_mean: '0.25', o_never_seen_mean: '' });
    expect(Number(row!['o_retries_ci95_low'])).toBeLessThan(6);
    expect(Number(row!['o_abort_rate_ci95_high'])).toBeGreaterThan(0.25);
    expect(rows('summary.csv')[0]).toMatchObject({ p_variant: '0', o_retries_mean: '' });
  });
  it('are in the report and in the Markdown, with unit and description', () => {
    for (const file of ['report.html', 'summary.md'])
      for (const part of ['retries', 'Requests that were sent again.', 'messages_ordering_node_per_decision'])
        expect(text(file)).toContain(part);
  });
  it('are printed by list', async () => {
    let printed = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((printed += String(chunk)), true));
    try {
      const program = new Command();
      addListCommand(program);
      await program.parseAsync(['list', 'pbft'], { from: 'user' });
    } finally {
      write.mockRestore();
    }
    expect(printed).toContain('  o_retries\n      Requests that were sent again. Unit: messages.\n');
  });
});

it('a plan that sweeps nothing, of workloads that observe nothing, has no column more', () => {
  const dir = syntheticRun({ mechanisms: ['pow'], nodes: [4], replicates: 1, measured: false });
  expect(extrasOf({ dir })).toEqual({ parameters: [], settings: [], observations: [] });
  rmSync(dir, { recursive: true });
});
