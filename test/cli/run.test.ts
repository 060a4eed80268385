import { PRESET_NAMES } from '../../harness/suite/network-presets.ts';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BlockTree } from '../../harness/model/block-tree.ts';
import { suiteOf } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { COSTS, copyDist, type Copy, type Ended } from '../support/copy.ts';

let copy: Copy;
const file = (name: string): string => path.join(copy.folder, name);
const read = (name: string): string => readFileSync(file(name), 'utf8');
const lines = (name: string): string[] => read(name).trimEnd().split('\n');

/** A suite of the fixture: 3 replicates at 4 and 7 nodes. */
function suite(name: string, entries: string): string {
  writeFileSync(
    file(name),
    `name: ${path.basename(name, '.yaml')}\nreplicates: 3\ndecisions: 5\nsweep: { nodes: [4, 7] }\nworkloads: { fixture: ${entries} }\n`,
  );
  return name;
}

beforeAll(() => {
  copy = copyDist({ fixture: true });
  suite('small.yaml', '{ takes_ms: 40, x: [1, 2] }');
});
afterAll(() => copy.remove());

describe('a run', () => {
  test('writes its folder; stalls are results, exit 0; a name that is taken gets a number', async () => {
    const name = suite('both.yaml', '[{ x: [1, 2] }, { does: stall, nodes: 4, replicates: 1 }]');
    const { status, stdout, stderr } = await copy.cli('run', name, '--costs', COSTS);
    expect(stderr).toContain('13 of 13 cells (100%)');
    expect(stdout).toContain('13 cells: 12 done, 1 stalled');
    expect(stdout).toMatch(/report: results\/both\/report\.html\n$/);
    expect(status).toBe(0);
    const files = [
      'suite.yaml',
      'environment.json',
      'plan.json',
      'costs.json',
      'records.ndjson',
      'records.csv',
      'records.json',
      'records.parquet',
      'summary.csv',
      'summary.json',
      'summary.parquet',
      'kernels.csv',
      'samples.csv',
      'summary.md',
      'summary.tex',
      'hyperfine.json',
      'github-action-benchmark.json',
      'github-action-benchmark-costs.json',
      'report.html',
    ];
    expect(readdirSync(file('results/both'))).toEqual(expect.arrayContaining(files));
    const plan = JSON.parse(read('results/both/plan.json')) as { version: number; suite: string; seed: number; cells: { id: string }[] };
    expect(plan).toMatchObject({ version: 2, suite: 'both', seed: 1 });
    expect(lines('results/both/plan.json')).toHaveLength(13 + 2);
    // DESIGN: records.csv has one row a cell, in plan order.
    expect(
      lines('results/both/records.csv')
        .slice(1)
        .map((row) => row.split(',')[0]!.replaceAll('"', '')),
    ).toEqual(plan.cells.map(({ id }) => id));
    expect(JSON.parse(read('results/both/environment.json'))).toMatchObject({
      cells_wall_s: expect.any(Number),
      run: { engine: 'auto', quick: false },
    });

    const again = await copy.cli('run', name, '--costs', COSTS, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({
      dir: 'results/both-2',
      cells: 13,
      states: { done: 12, stalled: 1, timeout: 0, failed: 0 },
    });
  });

  test('--threads 1 and 2 and the suite as written give byte-identical records.csv', async () => {
    const [one, two] = await Promise.all([
      copy.cli('run', 'small.yaml', '--costs', COSTS, '--out', 'one', '--threads', '1'),
      copy.cli('run', 'small.yaml', '--costs', COSTS, '--out', 'two', '--threads', '2'),
    ]);
    expect([one.status, two.status]).toEqual([0, 0]);
    await copy.cli('run', 'one/suite.yaml', '--costs', COSTS, '--out', 'three');
    expect(lines('one/records.csv')).toHaveLength(13);
    expect(read('two/records.csv')).toBe(read('one/records.csv'));
    expect(read('three/records.csv')).toBe(read('one/records.csv'));
  });

  test('a cell that throws fails alone, with exit 1 and the command that replays it', async () => {
    const name = suite('throws.yaml', '[{}, { does: throw, nodes: 4, replicates: 1 }]');
    const { status, stdout, stderr } = await copy.cli('run', name, '--costs', COSTS, '--out', 'throws');
    expect(status).toBe(1);
    expect(stdout).toContain('7 cells: 6 done, 0 stalled, 1 failed');
    const replay =
      /failed: RangeError: the invariant is broken \(seed \d+\); replay: npx consensus-bench (run throws\/suite\.yaml --cell c[0-9a-f]{12})$/m.exec(
        stderr,
      );
    expect(replay).not.toBeNull();
    expect(read('throws/records.ndjson')).toContain("replay, in the run's folder: npx consensus-bench run suite.yaml --cell c");
    const again = await copy.cli(...replay![1]!.split(' '));
    expect(again.status).toBe(1);
    expect(again.stdout).toMatch(/^state +failed$/m);
    expect(again.stdout).toMatch(/^state_reason +RangeError: the invariant is broken/m);
  });

  test('--cell prints the record that the run has, from its folder or from the suite', async () => {
    await copy.cli('run', 'small.yaml', '--costs', COSTS, '--out', 'cells');
    const records = lines('cells/records.ndjson').map((line) => (JSON.parse(line) as { record: { cell: string } }).record);
    const { cell } = records[3]!;
    const answers = await Promise.all([
      copy.cli('run', '--resume', 'cells', '--cell', cell, '--json'),
      copy.cli('run', 'cells/suite.yaml', '--cell', cell, '--json'),
      copy.cli('run', 'small.yaml', '--costs', COSTS, '--cell', cell, '--json'),
    ]);
    for (const { stdout } of answers) expect(JSON.parse(stdout)).toEqual(records[3]);
  });

  test('a worker that dies: its cell is tried once again, then recorded as failed; the others are kept', async () => {
    const name = suite(
      'dies.yaml',
      `[{}, { does: die-once, marker: '${file('marker')}', nodes: 4, replicates: 1 }, { does: die, nodes: 4, replicates: 1 }]`,
    );
    const { status, stderr } = await copy.cli('run', name, '--costs', COSTS, '--out', 'dies');
    expect(status).toBe(1);
    expect(stderr.match(/the worker of cell c[0-9a-f]{12} died \(.*\); the cell is tried once again/g)).toHaveLength(2);
    const records = lines('dies/records.ndjson').map((line) => (JSON.parse(line) as { record: Record<string, unknown> }).record);
    expect(records).toHaveLength(8);
    const byWhat = (what: string) => records.find(({ parameters }) => String(parameters).includes(`does=${what};`))!;
    expect(byWhat('die-once')['state']).toBe('done');
    expect(byWhat('die')).toMatchObject({ state: 'failed', safety: 'unknown', liveness: 'unknown' });
    expect(byWhat('die')['state_reason']).toContain('its worker thread died twice');
  });

  test('a cell that outlives the wall-clock net becomes timeout; exit 1', async () => {
    const name = suite('hangs.yaml', '[{ does: hang, nodes: 4, replicates: 1 }, {}]');
    const { status, stderr } = await copy.cli('run', name, '--costs', COSTS, '--out', 'hangs', '--cell-timeout', '4', '--threads', '1');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /cell c[0-9a-f]{12} timeout: no result within 4 s of wall-clock time \(--cell-timeout\); replay: npx consensus-bench run hangs\/suite\.yaml --cell c/,
    );
    const states = lines('hangs/records.ndjson').map((line) => (JSON.parse(line) as { record: { state: string } }).record.state);
    expect(states.filter((state) => state === 'done')).toHaveLength(6);
    expect(states.filter((state) => state === 'timeout')).toHaveLength(1);
  });
});

test('--dry-run prints the cells of each workload and a time, and runs nothing', async () => {
  const { status, stdout } = await copy.cli('run', 'small.yaml', '--dry-run', '--costs', COSTS, '--threads', '2');
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^fixture +12 cells\ntotal +12 cells\n\n.* s( to .* s)? on 2 threads \(kernels .*, cells .*; from 4 cells timed now\)\n$/,
  );
  const json = JSON.parse((await copy.cli('run', 'small.yaml', '--dry-run', '--costs', COSTS, '--json')).stdout) as Record<string, unknown>;
  expect(json).toMatchObject({ suite: 'small', cells: 12, exact: true, perWorkload: { fixture: 12 }, kernels_s: 0 });
  expect(existsSync(file('results/small'))).toBe(false);
});

test('--dry-run of a plan of 10^9 cells answers at once: it is counted by multiplication', () => {
  const nodes = Array.from({ length: 500 }, (_, index) => index + 4).join(', ');
  const ratios = Array.from({ length: 20 }, (_, index) => index / 100).join(', ');
  const sweep = `{ nodes: [${nodes}], fault: { kind: crash, ratio: [${ratios}] } }`;
  writeFileSync(file('huge.yaml'), `name: huge\nreplicates: 100000\nsweep: ${sweep}\nworkloads: { fixture: {} }\n`);
  // Too many to compare: two entries that may share cells give no more than a bound.
  writeFileSync(
    file('huger.yaml'),
    `name: huger\nreplicates: 10000\nsweep: ${sweep}\nworkloads: { fixture: [{ x: [1, 2, 3] }, { x: [3, 4] }] }\n`,
  );
  const dry = (name: string, ...more: string[]): string[] => ['run', name, '--dry-run', '--costs', COSTS, ...more];
  const [one, two] = copy.all([dry('huge.yaml', '--json'), dry('huger.yaml')]) as [Ended, Ended];
  expect(JSON.parse(one.stdout)).toMatchObject({ cells: 1_000_000_000, exact: true });
  expect(two.stdout).toMatch(/^total +at most 500000000 cells$/m);
  expect(two.status).toBe(0);
});

test('--dry-run counts a cell that two entries share once', async () => {
  const name = suite('shared.yaml', '[{ x: [1, 2] }, { x: [2, 3], replicates: 5 }, { x: 1, nodes: 4, replicates: 1 }]');
  const { stdout } = await copy.cli('run', name, '--dry-run', '--costs', COSTS, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ cells: [...planCells(loadedShared())].length, exact: true });
});

/** What shared.yaml is, with a workload that this process knows. */
function loadedShared() {
  const delays = (values: number[]) => ({ view_change_timeout_ms: values.map((value) => value * 100) });
  return suiteOf({
    name: 'shared',
    replicates: 3,
    sweep: { nodes: [4, 7] },
    workloads: { pbft: [delays([1, 2]), { ...delays([2, 3]), replicates: 5 }, { ...delays([1]), nodes: [4], replicates: 1 }] },
  });
}

test('the estimate is within a factor of 3 of the truth', async () => {
  writeFileSync(
    file('timed.yaml'),
    'name: timed\nreplicates: 4\ndecisions: 50\nsweep: { nodes: [4, 16, 64], fault: { kind: crash, ratio: [0, 0.2] } }\nworkloads: { pbft: {}, pow: {}, pos-praos: {}, fixture: { takes_ms: 50 } }\n',
  );
  // Other load may come or go between the two once, but not every time.
  let off = Infinity;
  for (let attempt = 1; attempt <= 3 && off >= 3; attempt++) {
    const dry = await copy.cli('run', 'timed.yaml', '--dry-run', '--costs', COSTS, '--json', '--threads', '2');
    const { cells_s } = JSON.parse(dry.stdout) as { cells_s: { low: number; high: number } };
    const run = await copy.cli('run', 'timed.yaml', '--costs', COSTS, '--json', '--threads', '2', '--out', `timed-${attempt}`);
    const { cells_wall_s } = JSON.parse(run.stdout) as { cells_wall_s: number };
    expect(cells_s.high / cells_s.low).toBeLessThan(10);
    off = Math.max(cells_s.low / cells_wall_s, cells_wall_s / cells_s.high);
  }
  expect(off).toBeLessThan(3);
});

test('--quick with a suite: at most 2 replicates and 20 decisions', async () => {
  writeFileSync(
    file('long.yaml'),
    'name: long\nreplicates: 9\ndecisions: 900\nsweep: { nodes: 4 }\nworkloads: { fixture: [{}, { x: 1, decisions: 3 }] }\n',
  );
  expect((await copy.cli('run', 'long.yaml', '--quick', '--costs', COSTS, '--out', 'long')).status).toBe(0);
  const { cells } = JSON.parse(read('long/plan.json')) as { cells: { decisions: number }[] };
  expect(cells.map(({ decisions }) => decisions)).toEqual([20, 20, 3, 3]);
});

test('--workload and --nodes without a suite: a suite over default settings', async () => {
  const { stdout } = await copy.cli('run', '--workload', 'fixture', '--nodes', '4', '5,6', '--costs', COSTS, '--out', 'ad-hoc', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ cells: 15, states: { done: 15 } });
});

test('--tree writes all blocks of one chain, and draws them; it overwrites none', async () => {
  const asked = ['run', '--workload', 'pow', '--nodes', '4', '--tree', 'trees/one'];
  const { status, stderr } = await copy.cli(...asked);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^\d+ blocks, \d+ stale: trees\/one\/tree\.json, tree\.svg\n/);
  const { participants, blocks } = JSON.parse(read('trees/one/tree.json')) as BlockTree;
  expect(participants).toEqual(['node 0', 'node 1', 'node 2', 'node 3']);
  expect(blocks.filter(({ fate }) => fate === 'main').length).toBeGreaterThanOrEqual(100);
  for (const { parent, found_us, first_seen_us } of blocks.slice(1)) {
    expect(blocks[parent!].found_us).toBeLessThan(found_us);
    expect(Math.min(...first_seen_us.map(Number))).toBe(found_us);
  }
  expect(read('trees/one/tree.svg')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  const again = await copy.cli(...asked);
  expect(again.status).toBe(2);
  expect(again.stderr).toBe('--tree: received trees/one, where tree.json is already; accepted: a folder without one\n');
  const { status: done, stdout: printed } = await copy.cli(...asked.slice(0, -1), 'trees/two', '--json');
  const said = JSON.parse(printed) as { blocks: number };
  expect(said).toMatchObject({
    cell: expect.stringMatching(/^c[0-9a-f]{12}$/),
    engine: 'chain',
    state: 'done',
    liveness: 'ok',
    files: ['trees/two/tree.json', 'trees/two/tree.svg'],
  });
  expect(said.blocks).toBe((JSON.parse(read('trees/two/tree.json')) as BlockTree).blocks.length - 1);
  expect(done).toBe(0);
});

test('--trace --svg draws one cell: its messages, or the blocks of a chain; a file is not overwritten', async () => {
  const asked = ['run', '--workload', 'pbft', '--nodes', '4', '--trace', '--svg'];
  const { status, stdout, stderr } = await copy.cli(...asked);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^<svg [\s\S]* class="diagram sequence" [\s\S]*>PRE-PREPARE<[\s\S]*<\/svg>\n$/);
  expect(stderr).toMatch(/^cell c[0-9a-f]{12}, seed \d+, engine messages: done, 1 decisions/);
  await copy.cli(...asked, 'vote.svg');
  expect(read('vote.svg')).toBe(stdout);
  const again = await copy.cli(...asked, 'vote.svg');
  expect(again.status).toBe(2);
  expect(again.stderr).toBe('--svg: received vote.svg, which exists; accepted: a new file\n');
  const chain = await copy.cli('run', '--workload', 'pow', '--nodes', '4', '--trace', '--svg');
  expect(chain.stdout).toMatch(/^<svg [\s\S]* class="diagram tree" [\s\S]*<\/svg>\n$/);
});

test('--trace prints the message sequence of one cell', async () => {
  const { status, stdout, stderr } = await copy.cli('run', '--workload', 'pbft', '--nodes', '4', '--trace');
  expect(status).toBe(0);
  expect(stderr).toMatch(/us-east: 0\neu-de: 1\njp-tok: 2\nbr-sao: 3\n$/);
  const rows = stdout.trimEnd().split('\n');
  expect(rows.length).toBeGreaterThan(24);
  for (const row of rows) expect(row).toMatch(/^ *\d+\.\d{3} ms {2}\S+/);
});

test('list prints what a workload object declares', () => {
  const [all, networks, one, data] = copy.all([
    ['list'],
    ['list', 'networks'],
    ['list', 'fixture'],
    ['list', 'fixture', '--json'],
  ]) as Ended[];
  expect(all!.stdout).toMatch(/^fixture +voting +A fixture of the tests$/m);
  for (const name of ['wan-5-regions', ...PRESET_NAMES]) expect(networks!.stdout).toMatch(new RegExp(`^${name}: .*\\nregions +\\S`, 'm'));
  expect(networks!.stdout).toMatch(/^source {7}CloudPing\.co/m);
  expect(one!.stdout).toMatchInlineSnapshot(`
    "fixture: A fixture of the tests

    family       voting
    settings     private
    reference    Nobody: Nothing. Nowhere, 2000. 1
    nodes        1 to 1000
    bound        none
    fault kinds  crash
    loads        one decision after another
    engines      messages
    horizon      a thousand seconds

    parameters
      does
          Accepted: one of answer, stall, throw, hang, hang-once, die, die-once,
          throw-once. Default: "answer".
      takes_ms
          Accepted: a number of at least 0. Default: 0.
      marker
          Accepted: a text. Default: "".
      x
          Accepted: an integer. Default: 0.
    "
  `);
  const json = JSON.parse(data!.stdout) as { parameters: unknown[] };
  expect(json.parameters[1]).toEqual({
    name: 'takes_ms',
    type: 'number',
    accepted: 'a number of at least 0',
    default: 0,
    description: '',
  });
});
