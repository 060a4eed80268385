import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ThreadPool, ThreadStartError } from '../../harness/measure/thread-pool.ts';
import { inFull } from '../support/full.ts';

const root = path.join(import.meta.dirname, '..', '..');

interface Task {
  readonly takes_ms: number;
  readonly dies?: boolean;
}

/** Threads whose module takes `load_ms` to load; `loaded` counts those that got through it. */
function slowPool(threads: number, { fails = false, load_ms = 150 } = {}) {
  const loaded = new Int32Array(new SharedArrayBuffer(4));
  const module = new URL('../support/slow-worker.mjs', import.meta.url);
  return { loaded, pool: new ThreadPool<Task, number>({ module, data: { loaded, load_ms, fails }, threads }) };
}

/** A signal that comes so long after the task has begun. */
const after = (ms: number) => (): AbortSignal => AbortSignal.timeout(ms);

describe('no thread is ever ended before it has said that it is ready', () => {
  test('closed at once: every thread has loaded its module before', async () => {
    const { loaded, pool } = slowPool(3);
    await pool.close();
    expect(loaded[0]).toBe(3);
  });
  test('closed when the first has answered, as a run of fewer cells than threads is', async () => {
    const { loaded, pool } = slowPool(3);
    await pool.run({ takes_ms: 0 });
    await pool.close();
    expect(loaded[0]).toBe(3);
  });
  test("a cell's wall-clock net counts no loading, and the thread in the ended one's place is waited for too", async () => {
    const { loaded, pool } = slowPool(1, { load_ms: 1200 });
    expect(await pool.run({ takes_ms: 0 }, after(1000))).toBe(1);
    await expect(pool.run({ takes_ms: 60_000 }, after(50))).rejects.toThrow(/abort/i);
    const next = pool.run({ takes_ms: 0 });
    expect(await next).toBe(2);
    await expect(pool.run({ takes_ms: 60_000 }, after(50))).rejects.toThrow(/abort/i);
    await pool.close();
    expect(loaded[0]).toBe(3);
  });
  test('an interrupt while threads load and one works: tasks are rejected, threads have loaded', async () => {
    const { loaded, pool } = slowPool(2);
    const tasks = [1, 2, 3].map(() => pool.run({ takes_ms: 200 }));
    const ends = Promise.allSettled(tasks);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await pool.close();
    expect((await ends).every(({ status }) => status === 'rejected')).toBe(true);
    expect(loaded[0]).toBe(2);
  });
});

test('a thread that dies rejects its task; another takes its place', async () => {
  const { loaded, pool } = slowPool(1);
  await expect(pool.run({ takes_ms: 0, dies: true })).rejects.toThrow(/exited with code: 3/);
  expect(await pool.run({ takes_ms: 0 })).toBe(2);
  await pool.close();
  expect(loaded[0]).toBe(2);
});

test('threads that cannot start: one error for every task, and nothing hangs', async () => {
  const { pool } = slowPool(2, { fails: true });
  await expect(pool.run({ takes_ms: 0 })).rejects.toThrow(ThreadStartError);
  await expect(pool.run({ takes_ms: 0 })).rejects.toThrow('the module is broken');
  await pool.close();
});

const TIMES = inFull(20, 8);
test(`pools of 2 to 8 threads, opened and closed ${TIMES} times, do not end the process`, () => {
  const { status, signal, stdout } = spawnSync(process.execPath, ['test/support/pools.mjs', String(TIMES), 'small'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: `${TIMES} closed\n` });
});
