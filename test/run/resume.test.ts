import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestRun } from '../../harness/analysis/digest.ts';
import { openRun } from '../../harness/folder/read.ts';
import { COSTS, copyDist, type Copy, type Ended } from '../support/copy.ts';
import { until } from '../support/until.ts';

let copy: Copy;
const file = (name: string): string => path.join(copy.folder, name);
const read = (name: string): string => readFileSync(file(name), 'utf8');
const lines = (name: string): string[] => read(name).trimEnd().split('\n');

beforeAll(() => {
  copy = copyDist({ fixture: true });
  // 36 cells of 40 ms.
  const workload = '{ takes_ms: 40, x: [1, 2, 3, 4, 5, 6] }';
  writeFileSync(
    file('slow.yaml'),
    `name: slow\nreplicates: 3\ndecisions: 5\nsweep: { nodes: [4, 7] }\nworkloads: { fixture: ${workload} }\n`,
  );
});
afterAll(() => copy.remove());

describe('interrupted, killed and resumed', () => {
  let whole: string;
  beforeAll(async () => {
    const { status } = await copy.cli('run', 'slow.yaml', '--costs', COSTS, '--out', 'whole');
    expect(status).toBe(0);
    whole = read('whole/records.csv');
  });

  const cellsIn = (out: string, cells: number): Promise<void> =>
    until(
      `${cells} cells are on the disk`,
      () => existsSync(file(`${out}/records.ndjson`)) && lines(`${out}/records.ndjson`).length >= cells,
    );

  /** Starts a run and sends a signal when some of its cells are on the disk. */
  async function stopped(out: string, signal: NodeJS.Signals) {
    const { child, ended } = copy.start('run', 'slow.yaml', '--costs', COSTS, '--out', out);
    await cellsIn(out, 8);
    child.kill(signal);
    return ended;
  }

  test('SIGKILL half-way, a torn last line, and --resume: records.csv as if nothing had happened', async () => {
    expect((await stopped('killed', 'SIGKILL')).status).toBe('SIGKILL');
    const before = lines('killed/records.ndjson').filter((line) => line.endsWith('}'));
    expect(before.length).toBeLessThan(36);
    appendFileSync(file('killed/records.ndjson'), '{"record":{"cell":"c0123');
    const { status, stderr } = await copy.cli('run', '--resume', 'killed', '--threads', '1');
    expect(stderr).toMatch(/the last line of killed\/records\.ndjson was torn \(\d+ bytes\): cut off, its cell runs again/);
    expect(status).toBe(0);
    expect(lines('killed/records.ndjson').slice(0, before.length)).toEqual(before);
    expect(read('killed/records.csv')).toBe(whole);
    expect(existsSync(file('killed/run.lock'))).toBe(false);
    const again = await copy.cli('run', '--resume', 'killed');
    expect(again.status).toBe(0);
    expect(lines('killed/records.ndjson')).toHaveLength(36);
  });

  test.skipIf(process.platform !== 'linux')(
    'killed with SIGKILL and resumed at once, while the dead process is still a zombie',
    async () => {
      // The shell never waits for its child: the run stays a zombie until the shell ends.
      const command = `"${process.execPath}" dist/harness/cli/main.js run slow.yaml --costs "${COSTS}" --out zombie`;
      const shell = spawn('sh', ['-c', `${command} >/dev/null 2>&1 & exec sleep 100`], { cwd: copy.folder, stdio: 'ignore' });
      try {
        await cellsIn('zombie', 4);
        const { pid } = JSON.parse(read('zombie/run.lock')) as { pid: number };
        process.kill(pid, 'SIGKILL');
        const { status, stderr } = await copy.cli('run', '--resume', 'zombie');
        expect(stderr).not.toContain('works in it');
        expect(status).toBe(0);
        expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
        expect(read('zombie/records.csv')).toBe(whole);
      } finally {
        shell.kill('SIGKILL');
      }
    },
  );

  test('a folder that a run works in is not resumed beside it, and nothing is lost', async () => {
    const { child, ended } = copy.start('run', 'slow.yaml', '--costs', COSTS, '--out', 'busy');
    await cellsIn('busy', 1);
    child.kill('SIGSTOP');
    const second = await copy.cli('run', '--resume', 'busy');
    child.kill('SIGCONT');
    expect(second.status).toBe(2);
    expect(second.stderr).toMatch(
      /^busy: process \d+ has worked in it for \S+ s; accepted: a folder that no run works in \(if process \d+ is no run, delete busy\/run\.lock\)$/m,
    );
    expect((await ended).status).toBe(0);
    expect(existsSync(file('busy/run.lock'))).toBe(false);
    expect(read('busy/records.csv')).toBe(whole);
  });

  test('SIGINT: exit 130, finished cells kept, and the line that resumes', async () => {
    const { status, stderr } = await stopped('stopped', 'SIGINT');
    expect(status).toBe(130);
    expect(stderr).toMatch(/interrupted: \d+ of 36 cells are kept; go on with: npx consensus-bench run --resume stopped$/m);
    expect(stderr).not.toMatch(/tried once again|\n\s+at /);
    expect(existsSync(file('stopped/records.csv'))).toBe(false);
    expect(existsSync(file('stopped/run.lock'))).toBe(false);
    expect(/interrupted: (\d+)/.exec(stderr)![1]).toBe(String(lines('stopped/records.ndjson').length));
    expect((await copy.cli('run', '--resume', 'stopped')).status).toBe(0);
    expect(read('stopped/records.csv')).toBe(whole);
  });

  test('a run that was killed before its plan and costs were written resumes from its suite.yaml', async () => {
    mkdirSync(file('early'));
    for (const name of ['suite.yaml', 'environment.json']) writeFileSync(file(`early/${name}`), read(`whole/${name}`));
    writeFileSync(file('early/costs.json'), readFileSync(COSTS));
    expect((await copy.cli('run', '--resume', 'early')).status).toBe(0);
    expect(read('early/records.csv')).toBe(whole);
  });

  describe('--retry', () => {
    const states = (name: string): string[] =>
      lines(`${name}/records.ndjson`).map((line) => (JSON.parse(line) as { record: { state: string } }).record.state);
    const count = (name: string, state: string): number => states(name).filter((one) => one === state).length;

    test('runs failed and timed-out cells again, with a longer net; both tries are kept, and the later one counts', async () => {
      const entries = `[{ x: [1, 2] }, { does: throw-once, marker: '${file('retry-marker')}', nodes: 4, replicates: 1 }, { does: throw, nodes: 4, replicates: 1 }, { does: hang-once, marker: '${file('hang-marker')}', nodes: 4, replicates: 1 }]`;
      writeFileSync(
        file('retry.yaml'),
        `name: retry\nreplicates: 2\ndecisions: 5\nsweep: { nodes: [4, 7] }\nworkloads: { fixture: ${entries} }\n`,
      );
      const first = await copy.cli('run', 'retry.yaml', '--costs', COSTS, '--out', 'retry', '--cell-timeout', '4', '--json');
      expect(JSON.parse(first.stdout)).toMatchObject({ cells: 11, states: { done: 8, timeout: 1, failed: 2 } });
      expect(first.status).toBe(1);
      const before = read('retry/records.ndjson');

      const timeouts = await copy.cli('run', '--resume', 'retry', '--retry', 'timeout', '--cell-timeout', '60', '--json');
      expect(JSON.parse(timeouts.stdout)).toMatchObject({ cells: 11, states: { done: 9, timeout: 0, failed: 2 } });
      expect(timeouts.stderr).toContain('10 of 11 cells');
      const both = await copy.cli('run', '--resume', 'retry', '--retry', 'failed,timeout', '--json');
      expect(JSON.parse(both.stdout)).toMatchObject({ cells: 11, states: { done: 10, timeout: 0, failed: 1 } });
      expect(both.status).toBe(1);

      expect(read('retry/records.ndjson').startsWith(before)).toBe(true);
      expect([states('retry').length, count('retry', 'timeout'), count('retry', 'failed')]).toEqual([14, 1, 3]);
      const rows = lines('retry/records.csv').slice(1);
      expect(rows).toHaveLength(11);
      expect(rows.filter((row) => row.split(',')[1] === 'failed')).toHaveLength(1);
      const digest = digestRun(openRun(file('retry')));
      expect(digest.retried).toEqual({ cells: 3, tries: 6, recovered: 2 });
      expect(digest.states).toEqual({ done: 10, stalled: 0, timeout: 0, failed: 1 });
      // Nothing left to try: the same as a finished run.
      const none = await copy.cli('run', '--resume', 'retry', '--retry', 'timeout');
      expect(none.stderr).toMatch(/^retry is finished \(its last start was at .*\) and is left as it is; /m);
      expect(states('retry')).toHaveLength(14);
    });

    test('takes states, and belongs to --resume', () => {
      const [alone, wrong] = copy.all([
        ['run', 'slow.yaml', '--retry', 'failed'],
        ['run', '--resume', 'whole', '--retry', 'stalled'],
      ]) as [Ended, Ended];
      expect(alone.stderr).toMatch(/^--retry: received failed without --resume; accepted: --resume DIR --retry failed$/m);
      expect(wrong.stderr).toContain("argument 'stalled' is invalid. Accepted: failed, timeout, or several of them with commas between.");
      expect([alone.status, wrong.status]).toEqual([2, 2]);
    });
  });

  const contradictions = [
    ['--seed', ['--seed', '2'], /^--seed: received 2, which contradicts --resume whole; accepted: 1, as that run began, or no --seed$/m],
    ['--backend', ['--backend', 'reference'], /^--backend: received reference, which contradicts --resume whole; accepted: wasm/m],
    ['--engine', ['--engine', 'messages'], /^--engine: received messages, which contradicts --resume whole; accepted: auto/m],
    ['--quick', ['--quick'], /^--quick: received true, which contradicts --resume whole; accepted: false/m],
    ['--out', ['--out', 'other'], /^--resume whole: received --out other beside it; accepted: neither/m],
    ['--costs', ['--costs', 'x.json'], /^--resume whole: received --costs x\.json beside it/m],
    ['a suite', ['slow.yaml'], /^--resume whole: received a suite file slow\.yaml beside it/m],
  ] as const;
  test('a flag that contradicts --resume', () => {
    const ended = copy.all(contradictions.map(([, flags]) => ['run', '--resume', 'whole', ...flags]));
    for (const [number, [name, , expected]] of contradictions.entries()) {
      expect(ended[number]!.stderr, name).toMatch(expected);
      expect(ended[number]!.status, name).toBe(2);
    }
  });

  test('a journal of another plan, a changed plan, a changed journal', () => {
    const damaged = (name: string, change: (dir: string) => void): string[] => {
      mkdirSync(file(name));
      for (const part of ['suite.yaml', 'environment.json', 'costs.json', 'plan.json', 'records.ndjson'])
        writeFileSync(file(`${name}/${part}`), read(`whole/${part}`));
      change(name);
      return ['run', '--resume', name];
    };
    const [first, ...others] = lines('whole/records.ndjson');
    const another = first!.replace(/"cell":"c[0-9a-f]{12}"/, '"cell":"cffffffffffff"');
    const ended = copy.all([
      damaged('other', (dir) => appendFileSync(file(`${dir}/records.ndjson`), `${another}\n`)),
      damaged('reseeded', (dir) => writeFileSync(file(`${dir}/suite.yaml`), read('whole/suite.yaml').replace('seed: 1', 'seed: 2'))),
      damaged('twice', (dir) => appendFileSync(file(`${dir}/records.ndjson`), `${others[3]}\n`)),
      damaged('middle', (dir) => writeFileSync(file(`${dir}/records.ndjson`), ['nonsense', ...others, ''].join('\n'))),
    ]);
    const expected = [
      /^other\/records\.ndjson:37: the cell of this record is not in plan\.json .*: the journal belongs to another plan; accepted: /m,
      /^reseeded\/plan\.json:1: not the plan of the suite\.yaml beside it/m,
      /^twice\/records\.ndjson:37: cell c[0-9a-f]{12} stands here for the second time \(first: line 5\)/m,
      /^middle\/records\.ndjson:1: not a journal line; accepted: one JSON record a line/m,
    ];
    for (const [number, { status, stderr }] of ended.entries()) {
      expect(stderr).toMatch(expected[number]!);
      expect(status).toBe(2);
    }
    expect(ended).toHaveLength(4);
  });

  // A small tmpfs of a user's own needs Linux with user namespaces: elsewhere this is skipped.
  const namespaces = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
  test.skipIf(!namespaces)('a disk that is full: one message, exit 1, no finished cell lost', () => {
    mkdirSync(file('disk'));
    const command = (args: string): string => `"${process.execPath}" dist/harness/cli/main.js run ${args}; echo "exit $?"`;
    const script = [
      'mount -t tmpfs -o size=52k tmpfs disk',
      command(`slow.yaml --costs "${COSTS}" --out disk/run`),
      'cp disk/run/records.ndjson kept.ndjson',
      'mount -o remount,size=20m disk',
      command('--resume disk/run'),
      'cat disk/run/records.csv > after.csv; cat disk/run/records.ndjson > after.ndjson',
    ].join('\n');
    const out = execFileSync('unshare', ['-rm', 'sh', '-c', `{ ${script}\n} 2>&1`], { cwd: copy.folder, encoding: 'utf8' });
    expect(out).toMatch(
      /^cannot write disk\/run\/records\.ndjson: the disk is full\. Free some space and go on \(finished cells are kept\) with: npx consensus-bench run --resume disk\/run$/m,
    );
    expect(out.match(/^exit \d+$/gm)).toEqual(['exit 1', 'exit 0']);
    expect(out).not.toMatch(/\n\s+at |internal error/);
    const kept = read('kept.ndjson').split('\n').slice(0, -1);
    expect(kept.length).toBeGreaterThan(0);
    expect(lines('after.ndjson').slice(0, kept.length)).toEqual(kept);
    expect(read('after.csv')).toBe(whole);
  });
});
