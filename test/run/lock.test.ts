import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { lockFolder, self, stateOf, type Lock } from '../../harness/run/lock.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lock-'));
const file = path.join(dir, 'run.lock');
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(dir, { recursive: true }));

const me = self();
const lockOf = (changes: Partial<Lock> = {}): Lock => ({ ...me.identity, taken_at: new Date().toISOString(), ...changes });
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
/** The id of a process that is gone. */
const gonePid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const holder = (): number => (JSON.parse(readFileSync(file, 'utf8')) as Lock).pid;
const linux = process.platform === 'linux';

describe('the lock of a run’s folder', () => {
  it('is one process’s, and free again after it; a second is refused after two seconds, and hears how old the lock is', async () => {
    const unlock = await lockFolder(dir);
    expect(holder()).toBe(process.pid);
    const started = performance.now();
    await expect(lockFolder(dir)).rejects.toThrow(UserError);
    expect(performance.now() - started).toBeGreaterThan(1900);
    writeFileSync(file, JSON.stringify(lockOf({ taken_at: ago(7500) })));
    await expect(lockFolder(dir, 50)).rejects.toThrow(
      `${dir}: process ${process.pid} has worked in it for 2 h 5 min; accepted: a folder that no run works in (if process ${process.pid} is no run, delete ${file})`,
    );
    rmSync(file);
    unlock();
    (await lockFolder(dir))();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ['of a process that is gone', () => JSON.stringify(lockOf({ pid: gonePid() }))],
    ['that was cut short', () => ''],
    ['of something else', () => 'nonsense'],
    ['whose process gave its number to another', () => JSON.stringify(lockOf({ started: '1' }))],
    [
      'from before this machine started',
      () => JSON.stringify(lockOf({ boot: 'another', taken_at: new Date(me.booted_ms - 1000).toISOString() })),
    ],
  ])('%s is taken over', async (_what, text) => {
    writeFileSync(file, text());
    const unlock = await lockFolder(dir, 100);
    expect(holder()).toBe(process.pid);
    unlock();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is given free within the two seconds: the other gets it', async () => {
    const unlock = await lockFolder(dir);
    const second = lockFolder(dir);
    setTimeout(unlock, 200);
    (await second)();
    expect(existsSync(file)).toBe(false);
  });

  it('is not given free by who lost it', async () => {
    const unlock = await lockFolder(dir);
    writeFileSync(file, JSON.stringify(lockOf({ taken_at: ago(1) })));
    unlock();
    expect(existsSync(file)).toBe(true);
  });

  it('in a folder that is gone is an error that says so', async () => {
    await expect(lockFolder(path.join(dir, 'none'))).rejects.toThrow(/none\/run\.lock/);
  });

  it('holds no name of the machine and no name of its user', async () => {
    const unlock = await lockFolder(dir);
    const text = readFileSync(file, 'utf8');
    for (const name of [os.hostname(), os.userInfo().username]) expect(text).not.toContain(`"${name}`);
    expect(Object.keys(JSON.parse(text) as Lock)).toEqual(['pid', 'started', 'host', 'boot', 'processes', 'taken_at']);
    unlock();
  });
});

describe('the same number elsewhere is not trusted', () => {
  // The number is this process's own, which lives; and one that no process here has.
  const numbers = [process.pid, gonePid()];
  test.each([
    ['another host', { host: 'another' }],
    ['another container', { processes: 'another' }],
    ['a machine that passes for this one, started at another time', { boot: 'another' }],
  ])('%s', async (_what, changes) => {
    for (const pid of numbers) expect(stateOf(lockOf({ pid, ...changes }), me)).toBe('elsewhere');
    writeFileSync(file, JSON.stringify(lockOf({ pid: 4711, taken_at: ago(30), ...changes })));
    await expect(lockFolder(dir, 50)).rejects.toThrow(
      /: process 4711 of another machine or container took it 3[0-9] s ago; accepted: a folder that no run works in \(if it has ended there, delete /,
    );
  });
  test('a reboot', () => {
    for (const pid of numbers)
      expect(stateOf(lockOf({ pid, boot: 'another', taken_at: new Date(me.booted_ms - 60_000).toISOString() }), me)).toBe('gone');
  });
});

test.skipIf(!linux)('a zombie counts as gone: killed, and not yet seen by its parent', async () => {
  // The shell becomes a `cat`, which never waits for the shell's child: that stays a zombie.
  const shell = spawn('sh', ['-c', 'sleep 100 & echo $!; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const line = (): Promise<string> => new Promise((resolve) => shell.stdout.once('data', (data: Buffer) => resolve(String(data))));
  try {
    const pid = Number(await line());
    shell.stdin.write('it is cat that answers\n');
    await line();
    const stat = (): string[] => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    const lock = lockOf({ pid, started: stat()[19]! });
    expect(stateOf(lock, me)).toBe('held');
    process.kill(pid, 'SIGKILL');
    for (let tries = 0; stat()[0] !== 'Z' && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(stat()[0]).toBe('Z');
    expect(stateOf(lock, me)).toBe('gone');
    writeFileSync(file, JSON.stringify(lock));
    (await lockFolder(dir))();
  } finally {
    shell.kill('SIGKILL');
  }
});
