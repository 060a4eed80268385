// A little run that asks, the command that its answer gives for what it does not know, and another question put to the same records.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { faultsOfFlag, loadsOfFlag } from '../../harness/suite/flag-values.ts';
import { loadSuite } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';

const main = fileURLToPath(new URL('../../dist/harness/cli/main.js', import.meta.url));
const costs = fileURLToPath(new URL('../support/costs.json', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'answer-'));
afterAll(() => rmSync(folder, { recursive: true }));
const dir = path.join(folder, 'run');

const run = (args: readonly string[], cwd = folder): { status: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
};
const text = (name: string): string => readFileSync(path.join(dir, name), 'utf8').replaceAll('\u00a0', ' ');

/** The words of a command in a shell: what stands in single quotes is one. */
const words = (command: string): string[] => [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

test('issue 11: the report, summary.md and the terminal answer what the suite asks; the commands that they give work', () => {
  writeFileSync(
    path.join(folder, 'asks.yaml'),
    `name: asks
replicates: 2
decisions: 5
requirements: { finality_ms: 1000, crash_nodes: 1, byzantine_nodes: 1, throughput_tps: 100, nodes: 4, settings: consortium }
sweep: { nodes: 4, fault: { kind: crash, count: [0, 1] } }
workloads: { pbft: {}, raft: {}, pow: { fault: { kind: double-spend, ratio: 0.1 } } }
`,
  );
  const { status, stdout } = run(['run', 'asks.yaml', '--costs', costs, '--out', dir, '--backend', 'reference']);
  expect(status).toBe(0);
  const question =
    'With 4 nodes, which mechanism commits at least 100 tx/s, makes 95% final after at most 1 s, holds with 1 Byzantine node';
  for (const said of [stdout.replaceAll('\n', ' '), text('summary.md'), text('report.html')]) {
    expect(said).toContain(question);
    expect(said).toContain('None is known to meet all 5 requirements: pbft meets 3 of them, and was not measured for');
  }
  expect(text('summary.md')).toMatch(
    /\| raft \| .*\| not met: 0 \(0%\) \(1 short; its model has nodes that stop, and none that lie\) \| met: 1 \(25%\)/,
  );
  expect(text('summary.md')).toMatch(/\| pow \| .*not met: public/);

  const commands = [...text('summary.md').matchAll(/`npx consensus-bench (run suite\.yaml [^`]*)`/g)].map(([, command]) => words(command!));
  expect(commands.length).toBeGreaterThan(3);
  const valueOf = (command: readonly string[], flag: string): string | undefined => command.find((_, at) => command[at - 1] === flag);
  for (const command of commands) {
    const [load, fault, nodes] = ['--load', '--fault', '--nodes'].map((flag) => valueOf(command, flag));
    const planned = loadSuite(path.join(dir, 'suite.yaml'), {
      workloads: [valueOf(command, '--workload')!],
      nodes: [Number(nodes)],
      crypto: ['modelled'],
      ...(load === undefined ? {} : { load: loadsOfFlag('--load', load) }),
      ...(fault === undefined ? {} : { fault: faultsOfFlag('--fault', fault) }),
    });
    expect([...planCells(planned)].length, command.join(' ')).toBeGreaterThan(0);
  }

  // The one that asks for crashes under faults that pbft has not seen yet: run, it measures what was not known.
  const byzantine = commands.find((command) => command.includes('pbft') && command.includes('--fault'))!;
  expect(run([...byzantine, '--costs', costs, '--out', path.join(folder, 'more'), '--backend', 'reference'], dir).status).toBe(0);
  expect(readFileSync(path.join(folder, 'more/summary.md'), 'utf8').replaceAll('\u00a0', ' ')).toMatch(
    /\| pbft \| .*\| met: 1 \(25%\) \(just so; equivocate, wrong-vote, bad-signature, replay/,
  );
});

test('another question in the suite.yaml of the folder is answered from the same records; none ranks', () => {
  const suite = path.join(dir, 'suite.yaml');
  const asked = readFileSync(suite, 'utf8');
  writeFileSync(suite, asked.replace(/^requirements:\n( .*\n)+/m, 'requirements:\n  settings: public\n'));
  expect(run(['report', dir]).stdout).toMatch(
    /^With 4 nodes, which mechanism is made for public use\?\npow meets the requirement, it alone/,
  );
  writeFileSync(suite, asked.replace(/^requirements:\n( .*\n)+/m, ''));
  expect(run(['report', dir]).stdout).toMatch(/^With 4 nodes and no faults, what does a committed transaction cost/);
  writeFileSync(suite, asked.replace(/^requirements:\n( .*\n)+/m, 'requirements:\n  settings: open\n'));
  const { status, stderr } = run(['report', dir]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/suite\.yaml:\d+: requirements\.settings: received "open"; accepted: one of public, consortium, private/);
});
