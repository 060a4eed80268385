// The SHA kernels against their twin and node:crypto, interleaved and in shuffled order, so that drift cancels.
//   npm run build && node --single-threaded-gc bench/sha256.mjs [part of a group's name] [--rounds N]
// Prints the median rate over the rounds and its ratio to node:crypto, the first line of each group. CPU time, not wall time:
// other work on the machine disturbs it less. Collecting garbage in parallel would count for those who make it (node:crypto and
// the reference allocate every digest) more than once: on two cores it halves their rate.
import { createHmac, hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { hasSimd } from '../dist/harness/kernels/load.js';
import { referenceSha } from '../dist/harness/kernels/reference-sha.js';
import { wasmSha } from '../dist/harness/kernels/wasm-sha.js';

const args = process.argv.slice(2);
const rounds = args.includes('--rounds') ? Number(args[args.indexOf('--rounds') + 1]) : 15;
const filter = args.find((arg, i) => !arg.startsWith('--') && args[i - 1] !== '--rounds') ?? '';
const SAMPLE_MS = 30;

const simd = (form) => wasmSha({ simd: true, debug: false, form });
const backends = [
  ...(hasSimd() ? [['wasm-simd', simd(undefined)]] : []),
  ['wasm', wasmSha({ simd: false, debug: false })],
  ['reference', referenceSha()],
];
/** The forms of the SIMD search, which chooses one by itself. */
const searches = [...backends, ...(hasSimd() ? ['chain', 'tree'].map((form) => [`  ${form}`, simd(form)]) : [])];
const VERSIONS = Uint32Array.from({ length: 20 }, (_, i) => 0x20000000 + (i << 13));
const digest = (message) => hash('sha256', message, 'buffer');
const bytes = (length) => Uint8Array.from({ length }, (_, i) => (i * 151 + 7) & 0xff);

/** Groups of tasks: run(count) does `count` items; racing() tells whether a form is still to be chosen. */
const groups = [];
for (const roundsOfHash of [2, 1]) {
  const header = bytes(80);
  const target = new Uint8Array(32);
  const naive = (count) => {
    const view = new DataView(header.buffer);
    for (let nonce = 0; nonce < count; nonce++) {
      view.setUint32(76, nonce, true);
      if (roundsOfHash === 2) digest(digest(header));
      else digest(header);
    }
  };
  groups.push({
    name: `nonce search, ${roundsOfHash === 2 ? 'double' : 'single'}`,
    unit: 'Mhash/s',
    tasks: [
      ['node-crypto', naive],
      ...searches.map(([name, sha]) => [
        name,
        (count) => sha.nonceSearch({ header, target, firstNonce: 0, count, rounds: roundsOfHash }),
        () => sha.racing(roundsOfHash === 2 ? 'sha256d-nonce-search' : 'sha256-nonce-search'),
      ]),
    ],
  });
  if (roundsOfHash === 1) continue;
  const rolled = (sha) => (count) => sha.rolledSearch({ header, target, versions: VERSIONS, firstNonce: 0, count: count / 20 });
  groups.push({
    name: 'nonce search, double, 20 versions rolled',
    unit: 'Mhash/s',
    // In twenties.
    least: 20,
    tasks: [['node-crypto', naive], ...searches.map(([name, sha]) => [name, rolled(sha), () => sha.racing('sha256d-rolled-search')])],
  });
}
const key = bytes(32);
for (const length of [40, 200, 4096, 1_000_000]) {
  const message = bytes(length);
  const group = (what, node, kernel) => {
    const repeat = (run) => (count) => {
      for (let i = 0; i < count; i++) run();
    };
    groups.push({
      name: `${what}, ${length} bytes`,
      unit: 'Mmessage/s',
      tasks: [['node-crypto', repeat(node)], ...backends.map(([name, sha]) => [name, repeat(() => kernel(sha))])],
    });
  };
  group(
    'sha256',
    () => digest(message),
    (sha) => sha.sha256(message),
  );
  group(
    'sha512',
    () => hash('sha512', message, 'buffer'),
    (sha) => sha.sha512(message),
  );
  group(
    'hmac',
    () => createHmac('sha256', key).update(message).digest(),
    (sha) => sha.hmacSha256(key, message),
  );
}

function cpuSeconds(run) {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
const median = (values) => [...values].sort((x, y) => x - y)[values.length >> 1];

console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}, ${rounds} rounds of ${SAMPLE_MS} ms`);
for (const { name, unit, tasks, least = 1 } of groups.filter((group) => group.name.includes(filter))) {
  const samples = tasks.map(([label, run, racing = () => false]) => {
    let count = least;
    // Twice as many until a sample is long enough; on the way the engine puts optimised code in place.
    while (cpuSeconds(() => run(count)) < SAMPLE_MS / 1000) count *= 2;
    // A search that still chose its form would be measured choosing.
    while (racing()) run(count);
    return { label, run, count, rates: [] };
  });
  // The optimising compiler runs beside the samples above; it must have ended before those that count.
  await delay(300);
  for (let round = 0; round < rounds; round++) {
    for (const [, sample] of samples.map((sample) => [Math.random(), sample]).sort(([x], [y]) => x - y)) {
      sample.rates.push(sample.count / cpuSeconds(() => sample.run(sample.count)));
    }
  }
  console.log(`\n${name}`);
  const base = median(samples[0].rates);
  for (const { label, rates } of samples) {
    const rate = median(rates);
    console.log(`  ${label.padEnd(12)} ${(rate / 1e6).toPrecision(4).padStart(9)} ${unit}   ${(rate / base).toFixed(2)} x`);
  }
}
