import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { lockFolder } from '../../harness/run/lock.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lock-'));
const file = path.join(dir, 'run.lock');
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(dir, { recursive: true }));

/** The id of a process that is gone. */
function goneProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('the lock of a run’s folder', () => {
  it('is one process’s, and free again after it', () => {
    const unlock = lockFolder(dir);
    expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
    expect(() => lockFolder(dir)).toThrow(UserError);
    expect(() => lockFolder(dir)).toThrow(`${dir}: process ${process.pid} works in it; accepted: a folder that no run works in`);
    unlock();
    expect(existsSync(file)).toBe(false);
    lockFolder(dir)();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ['of a process that is gone', () => `${goneProcess()}\n`],
    ['that was cut short', () => ''],
    ['of something else', () => 'nonsense'],
  ])('%s is taken over', (_what, text) => {
    writeFileSync(file, text());
    const unlock = lockFolder(dir);
    expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
    unlock();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('in a folder that is gone is an error that says so', () => {
    expect(() => lockFolder(path.join(dir, 'none'))).toThrow(/none\/run\.lock/);
  });
});
