/* global AbortSignal */
// Opens and closes pools of 2 to 8 threads, in a process of its own: what it looks for ends the whole process. Closed in each of three
// ways: at once, when the first thread has answered, and when a task was ended by its signal.
// node test/support/pools.mjs TIMES small|real: prints how many it closed; the worker is a small module or that of `kernels`.
import { ThreadPool } from '../../dist/harness/measure/thread-pool.js';

const [times, worker] = process.argv.slice(2);
const kernel = 'sha256d-nonce-search';
const loaded = new Int32Array(new SharedArrayBuffer(4));
const [module, data, task, endless] =
  worker === 'real'
    ? ['../../dist/harness/measure/thread-worker.js', 'wasm', { kernel, calls: 1 }, { kernel, calls: 1e9 }]
    : ['./slow-worker.mjs', { loaded, load_ms: 0 }, { takes_ms: 0 }, { takes_ms: 1e6 }];
for (let time = 0; time < Number(times); time++) {
  const pool = new ThreadPool({ module: new URL(module, import.meta.url), data, threads: 2 + (time % 7) });
  if (time % 3 === 1) await pool.run(task);
  if (time % 3 === 2) await pool.run(endless, () => AbortSignal.timeout(5)).catch(() => {});
  await pool.close();
}
console.log(`${times} closed`);
