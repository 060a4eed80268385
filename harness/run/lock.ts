// One process at a time works in a run's folder: two that resumed it at once would both write its cells.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { UserError, errorCode, writeError } from '../errors.ts';

const NAME = 'run.lock';

/**
 * Takes the folder; what comes back gives it free. UserError where a process that lives has it. The lock of one that is gone (it
 * was killed) is taken over.
 */
export function lockFolder(dir: string): () => void {
  const file = path.join(dir, NAME);
  while (!create(file)) {
    const pid = ownerOf(file);
    if (pid === null) continue; // Given free between the two looks.
    if (isAlive(pid))
      throw new UserError(
        `${dir}: process ${pid} works in it; accepted: a folder that no run works in (if process ${pid} is no run, delete ${file})`,
      );
    removeStale(file, pid);
  }
  return () => rmSync(file, { force: true });
}

function create(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    rmSync(file, { force: true });
    throw writeError(file, error, `Free some space and go on with: consensus-bench run --resume ${path.dirname(file)}`) ?? error;
  }
}

/** 0 where the file holds no process id: it was cut short when its process was killed. */
function ownerOf(file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** Of two that find a stale lock one may already hold the new one: that is put back. */
function removeStale(file: string, pid: number): void {
  const moved = `${file}.${process.pid}`;
  try {
    renameSync(file, moved);
    if (ownerOf(moved) !== pid) linkSync(moved, file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(moved, { force: true });
  }
}
