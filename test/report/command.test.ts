import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, truncateSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { syntheticRun } from '../export/synthetic.ts';

const main = fileURLToPath(new URL('../../dist/harness/cli/main.js', import.meta.url));
const report = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'report', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};
const dir = syntheticRun({ nodes: [4], replicates: 1, mechanisms: ['pbft'], measured: false });
afterAll(() => rmSync(dir, { recursive: true }));

describe('consensus-bench report DIR', () => {
  it('writes the exports, prints the short table and where the report is, exit 0', () => {
    const { status, stdout, stderr } = report(dir);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^With \d+ nodes? and no faults, what does/);
    expect(stdout).toContain(`report: ${path.join(dir, 'report.html')}`);
    expect(existsSync(path.join(dir, 'report.html'))).toBe(true);
  });

  it('--json prints the same for a program, and what summary.json holds', () => {
    expect(JSON.parse(report(dir, '--json').stdout)).toEqual({
      table: 'run',
      version: 1,
      exit_status: 0,
      exit_reason: 'done',
      dir,
      cells: 10,
      finished: 10,
      states: { done: 9, stalled: 1, timeout: 0, failed: 0 },
      report: path.join(dir, 'report.html'),
      summary: JSON.parse(readFileSync(path.join(dir, 'summary.json'), 'utf8')),
    });
  });

  it.each([
    [['/nowhere'], 'no such folder; accepted: the folder of a run'],
    [[path.dirname(main)], 'not the folder of a run'],
    [[], "missing required argument 'dir'"],
  ])('%j is one message and exit 2', (args, message) => {
    const { status, stdout, stderr } = report(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('a torn journal is told on stderr, and what is finished is reported', () => {
    const journal = path.join(dir, 'records.ndjson');
    truncateSync(journal, statSync(journal).size - 20);
    const { status, stdout, stderr } = report(dir);
    expect(status).toBe(0);
    expect(stderr).toMatch(/records\.ndjson:10: the last line is torn/);
    expect(stdout).toContain('Not finished: 1 of 10 cells');
  });
});
