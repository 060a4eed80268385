// One process at a time works in a run's folder: two that resumed it at once would both write its cells.
import { createHash } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { UserError, errorCode, writeError } from '../errors.ts';
import { duration } from './progress.ts';

const NAME = 'run.lock';
/** A process that was killed may take its time to end, and a lock may be read before it is written: looked at for so long. */
const LOOK_MS = 2000;
const LOOK_AGAIN_MS = 50;

/** What run.lock holds, as JSON. Numbers of processes mean something on one machine since one start of it, and in one container. */
export interface Lock {
  readonly pid: number;
  /** When the process began, as the system says it: another process of the same number began at another time. null: it does not say. */
  readonly started: string | null;
  /** Hashes, so that no name of a machine is on the disk. */
  readonly host: string;
  readonly boot: string;
  readonly processes: string;
  /** ISO 8601, UTC. */
  readonly taken_at: string;
}

/** Who a lock is compared with: this process, on this machine, now. */
export interface Self {
  readonly identity: Omit<Lock, 'taken_at'>;
  readonly booted_ms: number;
}

const hash = (text: string): string => createHash('sha256').update(`consensus-bench ${text}`).digest('hex').slice(0, 16);

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null; // Another system, or not for us to read.
  }
}

/** The namespace of process numbers (a container has its own); null where there is no /proc that speaks of ours. */
function processNamespace(): string | null {
  try {
    // A container may see the /proc of its host.
    return readlinkSync('/proc/self') === String(process.pid) ? readlinkSync('/proc/self/ns/pid') : null;
  } catch {
    return null;
  }
}

export function self(): Self {
  const namespace = processNamespace();
  return {
    identity: {
      pid: process.pid,
      started: lookAt(process.pid)?.started ?? null,
      host: hash(`${textOf('/etc/machine-id') ?? ''} ${os.hostname()}`),
      boot: hash(textOf('/proc/sys/kernel/random/boot_id') ?? ''),
      processes: hash(namespace ?? os.hostname()),
    },
    booted_ms: Date.now() - os.uptime() * 1000,
  };
}

/** Start time and whether it has ended and waits for its parent to see it; null: not known. */
function lookAt(pid: number): { started: string; zombie: boolean } | null {
  if (processNamespace() !== null) {
    // proc_pid_stat(5): the name, in parentheses, may hold anything; then state is field 3 and the start time, in ticks, field 22.
    const stat = textOf(`/proc/${pid}/stat`);
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields === undefined ? null : { started: fields[19] ?? '', zombie: /^[ZX]/.test(fields[0] ?? '') };
  }
  if (process.platform === 'win32' || process.platform === 'linux') return null;
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 2000 });
  const match = status === 0 ? /^(\S+)\s+(.+)$/.exec(stdout.trim()) : null;
  return match === null ? null : { started: match[2], zombie: match[1].startsWith('Z') };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/**
 * `held`: its process lives; `gone`: it does not; `elsewhere`: it is of another machine or container, and its number says nothing here.
 */
export function stateOf(lock: Lock, { identity: me, booted_ms }: Self): 'held' | 'gone' | 'elsewhere' {
  if (lock.host !== me.host) return 'elsewhere';
  if (lock.boot !== me.boot) {
    // This machine has started since, unless the lock is younger than that: then a machine that passes for this one has it.
    return Date.parse(lock.taken_at) < booted_ms ? 'gone' : 'elsewhere';
  }
  if (lock.processes !== me.processes) return 'elsewhere';
  if (!exists(lock.pid)) return 'gone';
  const found = lookAt(lock.pid);
  if (found === null) return 'held';
  return found.zombie || (lock.started !== null && found.started !== lock.started) ? 'gone' : 'held';
}

/**
 * Takes the folder; what comes back gives it free. UserError where a process that lives, or may live elsewhere, has it. The lock of one
 * that is gone (it was killed) is taken over.
 */
export async function lockFolder(dir: string, look_ms = LOOK_MS): Promise<() => void> {
  const file = path.join(dir, NAME);
  const me = self();
  const text = `${JSON.stringify({ ...me.identity, taken_at: new Date().toISOString() } satisfies Lock)}\n`;
  const end = performance.now() + look_ms;
  while (!create(file, text)) {
    const found = read(file);
    if (found === null) continue; // Given free between the two looks.
    const lock = parse(found);
    // What is no lock may be one that is being written; if it stays, it was cut short when its process was killed.
    const state = lock === null ? 'held' : stateOf(lock, me);
    if (state !== 'gone') {
      if (performance.now() < end) {
        await setTimeout(LOOK_AGAIN_MS);
        continue;
      }
      if (lock !== null) throw refusal(dir, file, lock, state);
    }
    removeStale(file, found);
  }
  return () => {
    if (read(file) === text) rmSync(file, { force: true });
  };
}

function refusal(dir: string, file: string, lock: Lock, state: 'held' | 'elsewhere'): UserError {
  const age = duration(Math.max(0, (Date.now() - Date.parse(lock.taken_at)) / 1000));
  const [who, unless] =
    state === 'held'
      ? [`process ${lock.pid} has worked in it for ${age}`, `process ${lock.pid} is no run`]
      : [`process ${lock.pid} of another machine or container took it ${age} ago`, 'it has ended there'];
  return new UserError(`${dir}: ${who}; accepted: a folder that no run works in (if ${unless}, delete ${file})`);
}

function create(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    rmSync(file, { force: true });
    throw writeError(file, error, { then: `go on with: npx consensus-bench run --resume ${path.dirname(file)}` }) ?? error;
  }
}

/** null: there is none. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function parse(text: string): Lock | null {
  try {
    const lock = JSON.parse(text) as Lock | null;
    return Number.isSafeInteger(lock?.pid) && lock!.pid > 0 && Number.isFinite(Date.parse(lock!.taken_at)) ? lock : null;
  } catch {
    return null;
  }
}

/** Of two that find a stale lock one may already hold the new one: that is put back. */
function removeStale(file: string, text: string): void {
  const moved = `${file}.${process.pid}`;
  try {
    renameSync(file, moved);
    if (read(moved) !== text) linkSync(moved, file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(moved, { force: true });
  }
}
