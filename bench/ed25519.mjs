// Ed25519 against node:crypto on this machine: interleaved rounds, median of the rates, ratio to node:crypto's single operation.
// CPU time, not wall time: other work on the machine disturbs it less.
//   npm run build && node bench/ed25519.mjs [rounds] [regular expression that names must match]
import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { wasmEd25519 } from '../dist/harness/kernels/wasm-ed25519.js';

const rounds = Number(process.argv[2] ?? 15);
const SLICE_MS = 12;
const POOL = 1024;

const builds = { 'wasm-simd': wasmEd25519({ simd: true, debug: false }), wasm: wasmEd25519({ simd: false, debug: false }) };
const seeds = Array.from({ length: POOL }, (_, i) => Uint8Array.from({ length: 32 }, (_, j) => ((j & 1 ? i >> 8 : i) + 7 * j) & 255));
const keys = seeds.map((seed) => builds['wasm-simd'].key(seed));
if (new Set(keys.map(({ publicKey }) => publicKey.join())).size < POOL) throw new Error('the keys are not distinct');
const items = keys.map((key, i) => {
  const message = new Uint8Array(100).fill(i);
  return { publicKey: key.publicKey, message, signature: builds['wasm-simd'].sign(key, message) };
});
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seeds[0]]), format: 'der', type: 'pkcs8' });
const publicKeys = items.map(({ publicKey }) => createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' }));

const must = (ok) => {
  if (!ok) throw new Error('a valid signature was refused');
};
let turn = 0;
const next = () => (turn = (turn + 1) % POOL);
/** name -> [signatures a call, call] */
const tasks = {
  'node:crypto sign': [1, () => nodeSign(null, items[0].message, privateKey)],
  'node:crypto verify': [1, () => must(nodeVerify(null, items[next()].message, publicKeys[turn], items[turn].signature))],
};
for (const [name, kernel] of Object.entries(builds)) {
  tasks[`${name} key`] = [1, () => kernel.key(seeds[next()])];
  tasks[`${name} sign`] = [1, () => kernel.sign(keys[0], items[0].message)];
  tasks[`${name} verify`] = [1, () => must(kernel.verify(items[next()]))];
  for (const size of [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]) {
    const batches = Array.from({ length: POOL / size }, (_, i) => items.slice(i * size, (i + 1) * size));
    tasks[`${name} batch ${size}`] = [size, () => must(kernel.verifyBatch(batches[next() % batches.length]).ok)];
    const known = kernel.expand(batches[0].map(({ publicKey }) => publicKey));
    const round = batches[0].map(({ message, signature }, key) => ({ key, message, signature }));
    tasks[`${name} batch ${size} known keys`] = [size, () => must(known.verifyBatch(round).ok)];
  }
  for (const size of [256, 1024]) {
    for (const distinct of [4, 16, 64]) {
      const batch = items.slice(0, size).map(({ message }, i) => {
        const key = keys[i % distinct];
        return { publicKey: key.publicKey, message, signature: kernel.sign(key, message) };
      });
      tasks[`${name} batch ${size} of ${distinct} keys`] = [size, () => must(kernel.verifyBatch(batch).ok)];
    }
  }
}

const only = process.argv[3] === undefined ? undefined : new RegExp(process.argv[3]);
const chosen = Object.entries(tasks).filter(([name]) => name.startsWith('node:') || only === undefined || only.test(name));
const rates = new Map(chosen.map(([name]) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, [units, call]] of chosen) {
    const start = process.cpuUsage();
    let done = 0;
    let elapsed_ms;
    do {
      call();
      done += units;
      const { user, system } = process.cpuUsage(start);
      elapsed_ms = (user + system) / 1000;
    } while (elapsed_ms < SLICE_MS);
    // The first round warms up.
    if (round >= 0) rates.get(name).push((done / elapsed_ms) * 1000);
  }
}
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}, ${rounds} rounds of ${SLICE_MS} ms`);
for (const [name, list] of rates) {
  const base = median(rates.get(/(sign|key)$/.test(name) ? 'node:crypto sign' : 'node:crypto verify'));
  console.log(
    `${name.padEnd(36)} ${(median(list) / 1000).toFixed(1).padStart(7)} k/s ${(median(list) / base).toFixed(2).padStart(6)} x node:crypto`,
  );
}
