// --json: standard output is one JSON document that keeps to its published schema, and nothing else.
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COSTS, copyDist, type Copy, type Ended } from '../support/copy.ts';
import { documentOf, validatorOf } from '../support/published.ts';
import { until } from '../support/until.ts';

interface RunJson {
  readonly dir: string;
  readonly states: Readonly<Record<string, number>>;
  readonly report: string;
  readonly summary: unknown;
}

let copy: Copy;
const file = (name: string): string => path.join(copy.folder, name);
const json = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'));
const suite = (name: string, workloads: string): string => {
  writeFileSync(file(`${name}.yaml`), `name: ${name}\ndecisions: 3\nreplicates: 2\nsweep: { nodes: 4 }\nworkloads: ${workloads}\n`);
  return `${name}.yaml`;
};
beforeAll(() => {
  copy = copyDist({ fixture: true });
});
afterAll(() => copy.remove());

describe('a run', () => {
  let ran: Ended;
  beforeAll(async () => {
    const name = suite(
      'small',
      '{ fixture: {}, pow: {}, pbft: { network: { kind: wan-5-regions, bandwidth_mbps: 5 }, load: { kind: saturate, p99_ms: auto, warmup_s: 1, window_s: 1 } } }',
    );
    ran = await copy.cli('run', name, '--costs', COSTS, '--out', 'small', '--json');
  });

  test('run --json: the folder, the states of its cells, why it ended, and what summary.json holds', () => {
    expect(ran.status).toBe(0);
    expect(documentOf('run', ran)).toMatchObject({
      table: 'run',
      exit_status: 0,
      exit_reason: 'done',
      dir: 'small',
      cells: 6,
      finished: 6,
      states: { done: 6, stalled: 0, timeout: 0, failed: 0 },
      report: path.join('small', 'report.html'),
      summary: json('small/summary.json'),
    });
    // Progress goes elsewhere.
    expect(ran.stderr).toContain('6 cells on ');
  });

  test('report --json, and run --resume of a finished run: the same document but for the time that cells took', async () => {
    const { cells_wall_s, ...made } = documentOf<RunJson & { cells_wall_s: number }>('run', ran);
    expect(cells_wall_s).toBeGreaterThan(0);
    expect(documentOf('run', await copy.cli('report', 'small', '--json'))).toEqual(made);
    expect(documentOf('run', await copy.cli('run', '--resume', 'small', '--json'))).toEqual({ ...made, cells_wall_s });
  });

  test('run --cell --json: the record, also of a search for saturation with what it tried', async () => {
    const records = readFileSync(file('small/records.ndjson'), 'utf8').trimEnd().split('\n');
    for (const line of records.filter((_, index) => index % 2 === 0)) {
      const { record } = JSON.parse(line) as { record: { cell: string } };
      expect(documentOf('cell', await copy.cli('run', '--resume', 'small', '--cell', record.cell, '--json'))).toEqual(record);
    }
  });

  test('compare --json', async () => {
    await copy.cli('run', 'small.yaml', '--seed', '2', '--costs', COSTS, '--out', 'other');
    expect(documentOf('compare', await copy.cli('compare', 'small', 'other', '--json'))).toMatchObject({ others: [{ matched: 3 }] });
  });
});

test('cells that failed: exit status 1, and the document says so', async () => {
  const ran = await copy.cli('run', suite('broken', '{ fixture: [{}, { does: throw }] }'), '--costs', COSTS, '--json');
  expect(ran.status).toBe(1);
  expect(documentOf('run', ran)).toMatchObject({
    exit_status: 1,
    exit_reason: 'cells timed out or failed',
    states: { done: 2, failed: 2 },
  });
});

test('a run that is interrupted: exit status 130, what is kept, and no summary', async () => {
  const slow = suite('slow', `{ fixture: { takes_ms: 400, nodes: [${Array.from({ length: 20 }, (_, index) => index + 4).join(', ')}] } }`);
  const { child, ended } = copy.start('run', slow, '--costs', COSTS, '--threads', '1', '--out', 'slow', '--json');
  await until('a cell is kept', () => existsSync(file('slow/records.ndjson')) && statSync(file('slow/records.ndjson')).size > 0);
  child.kill('SIGINT');
  const ran = await ended;
  expect(ran.status).toBe(130);
  const said = documentOf<RunJson & { finished: number }>('run', ran);
  expect(said).toMatchObject({ exit_status: 130, exit_reason: 'interrupted', dir: 'slow', cells: 40, report: null, summary: null });
  expect(said.finished).toBeGreaterThan(0);
  expect(said.finished).toBeLessThan(40);
});

test('a run whose report another version wrote has no summary.json: exit status 2, and nothing on standard output', async () => {
  await copy.cli('run', suite('old', '{ fixture: {} }'), '--costs', COSTS, '--out', 'old');
  rmSync(file('old/summary.json'));
  const { status, stdout, stderr } = await copy.cli('run', '--resume', 'old', '--json');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('summary.json: no such file; accepted: a run with its exports: npx consensus-bench report old writes them');
});

test('run --dry-run --json', async () => {
  suite('dry', '{ fixture: {} }');
  expect(documentOf('dry-run', await copy.cli('run', 'dry.yaml', '--costs', COSTS, '--dry-run', '--json'))).toMatchObject({
    cells: 2,
    exact: true,
  });
});

test('run --trace --json: the events, each on a line, and how the cell ended', async () => {
  const one = ['run', '--workload', 'pbft', '--nodes', '4', '--trace'];
  const [plain, traced] = copy.all([one, [...one, '--json']]) as [Ended, Ended];
  const { events, ...rest } = documentOf<{ events: { text: string }[] }>('trace', traced);
  expect(rest).toMatchObject({ engine: 'messages', state: 'done', decisions: 1, safety: 'ok' });
  const lines = plain.stdout.trimEnd().split('\n');
  expect(events).toHaveLength(lines.length);
  for (const [index, { text }] of events.entries()) expect(lines[index]).toContain(text);
  expect(traced.stdout.trimEnd().split('\n')).toHaveLength(events.length + 2);
});

test('run --tree --json', async () => {
  const asked = ['run', '--workload', 'pow', '--nodes', '4', '--tree', 'trees', '--json'];
  expect(documentOf('trace', await copy.cli(...asked))).toMatchObject({ files: ['trees/tree.json', 'trees/tree.svg'], engine: 'chain' });
});

test.each([[['list']], [['list', 'pbft']], [['list', 'pow-pool']], [['list', 'networks']]])('%j --json', (args) => {
  documentOf('list', copy.all([[...args, '--json']])[0]!);
});

test('a drawing and --json beside each other are refused', () => {
  const { status, stdout, stderr } = copy.all([['run', '--workload', 'pbft', '--nodes', '4', '--trace', '--svg', '--json']])[0]!;
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('--json: received --svg beside it, which prints a drawing; accepted: --trace --json');
});

test('doctor --json: status and document agree', async () => {
  const said = await copy.cli('doctor', '--json');
  const { verdict } = documentOf<{ verdict: string }>('doctor', said);
  expect(said.status).toBe(verdict === 'unfit' ? 1 : 0);
}, 60_000);

test('what a schema describes is all of it: another property, or one that lacks, is refused', () => {
  const validate = validatorOf('doctor');
  expect(validate({ verdict: 'good', checks: [] })).toBe(true);
  expect(validate({ verdict: 'good', checks: [], more: 1 })).toBe(false);
  expect(validate({ verdict: 'good' })).toBe(false);
});
