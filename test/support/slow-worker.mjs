// A worker whose module takes its time to load, as one does on a busy machine, and says on a shared counter that it did.
import { workerData } from 'node:worker_threads';

const { loaded, load_ms, fails } = workerData;
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, load_ms);
if (fails) throw new Error('the module is broken');
Atomics.add(loaded, 0, 1);

export function ready() {}

export default function run({ takes_ms, dies }) {
  if (dies) process.exit(3);
  const until = Date.now() + takes_ms;
  while (Date.now() < until);
  return Atomics.load(loaded, 0);
}
