// The command line as users run it: a child process on a temporary copy of dist/, with the fixture workload beside the real ones.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const root = path.join(import.meta.dirname, '..', '..');
export const COSTS = path.join(import.meta.dirname, 'costs.json');

export interface Ended {
  /** Exit status, or the signal's name. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Copy {
  /** The copy; commands run in it. */
  readonly folder: string;
  readonly main: string;
  cli(...args: string[]): Promise<Ended>;
  /** Many commands that print and end, in one process (test/support/commands.mjs). */
  all(lists: readonly (readonly string[])[]): readonly Ended[];
  start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> };
  remove(): void;
}

/** `fixture`: with test/support/fixture.js among the workloads. */
export function copyDist({ fixture }: { fixture: boolean }): Copy {
  if (!existsSync(path.join(root, 'dist/harness/cli/main.js'))) throw new Error('dist/ is missing: node scripts/build.mjs');
  const folder = mkdtempSync(path.join(tmpdir(), 'cli-'));
  mkdirSync(path.join(folder, 'dist'));
  for (const part of ['harness', 'workloads', 'assembly', 'wasm']) {
    cpSync(path.join(root, 'dist', part), path.join(folder, 'dist', part), { recursive: true, filter: (file) => !file.endsWith('.d.ts') });
  }
  cpSync(path.join(root, 'suites'), path.join(folder, 'suites'), { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  if (fixture) cpSync(path.join(import.meta.dirname, 'fixture.js'), path.join(folder, 'dist/workloads/fixture.js'));
  const main = path.join(folder, 'dist/harness/cli/main.js');
  const start: Copy['start'] = (...args) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const status = new Promise<number | string>((resolve) => {
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
    const ended = Promise.all([status, text(child.stdout!), text(child.stderr!)]).then(([code, stdout, stderr]) => ({
      status: code,
      stdout,
      stderr,
    }));
    return { child, ended };
  };
  const all: Copy['all'] = (lists) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'commands.mjs')], {
      cwd: folder,
      encoding: 'utf8',
      input: JSON.stringify({ main, lists }),
    });
    if (status !== 0) throw new Error(`commands ended with ${status}: ${stderr}`);
    return JSON.parse(stdout) as Ended[];
  };
  return {
    folder,
    main,
    start,
    cli: (...args) => start(...args).ended,
    all,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
