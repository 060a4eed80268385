// The quorum kernels against their twins and against plain JavaScript, interleaved and in shuffled order, so that drift cancels.
//   npm run build && node bench/quorum.mjs [part of a case's name] [--rounds N]
// Prints the median CPU time a vote (or a wave) over the rounds, and the ratio to the first line of its group. CPU time, not
// wall time: other work on the machine disturbs it less.
import { NEVER_US } from '../dist/harness/model/kernels.js';
import { hasSimd } from '../dist/harness/kernels/load.js';
import { referenceQuorum } from '../dist/harness/kernels/reference-quorum.js';
import { wasmQuorum } from '../dist/harness/kernels/wasm-quorum.js';
import { draw32 } from '../dist/harness/simulate/core/draws.js';
import { buildNetwork, delay_us, regionOf, sendKeys, upload_ns } from '../dist/harness/simulate/core/network.js';

const args = process.argv.slice(2);
const rounds = args.includes('--rounds') ? Number(args[args.indexOf('--rounds') + 1]) : 7;
const filter = args.find((arg, i) => !arg.startsWith('--') && args[i - 1] !== '--rounds') ?? '';
const SAMPLE_MS = 40;

const backends = [
  ...(hasSimd() ? [['wasm-simd', wasmQuorum({ simd: true, debug: false })]] : []),
  ['wasm', wasmQuorum({ simd: false, debug: false })],
  ['reference', referenceQuorum()],
];
const link = { bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };
const networks = {
  wan: buildNetwork({ kind: 'wan-5-regions', ...link }),
  'wan, 1% loss': buildNetwork({ kind: 'wan-5-regions', ...link, loss: 0.01 }),
  normal: buildNetwork({ kind: 'normal', mean_ms: 50, sd_ms: 10, ...link }),
  'matrix without jitter': buildNetwork({
    kind: 'matrix',
    name: 'm',
    origin: 'bench',
    one_way_ms: [
      [1, 40],
      [40, 2],
    ],
    jitter: 0,
    ...link,
  }),
  fixed: buildNetwork({ kind: 'fixed', delay_ms: 100 }),
};

/** PBFT's two all-to-all phases on a network: the prepare wave starts where the pre-prepare arrives, commit where prepared. */
function phases(network, n, kernels) {
  const keysOf = (type) => {
    const keys = Array.from({ length: n }, (_, sender) => sendKeys(1, { type, view: 0, sequence: 1, sender }));
    return {
      delayKeyA: Int32Array.from(keys, ({ delay }) => delay.a),
      delayKeyB: Int32Array.from(keys, ({ delay }) => delay.b),
      lossKeyA: Int32Array.from(keys, ({ loss }) => loss.a),
      lossKeyB: Int32Array.from(keys, ({ loss }) => loss.b),
    };
  };
  const first = keysOf(1);
  const upload = upload_ns(network, 200);
  const start_us = Int32Array.from({ length: n }, (_, r) =>
    r === 0
      ? 0
      : delay_us(network, { a: first.delayKeyA[0], b: first.delayKeyB[0] }, 0, regionOf(network, r), r) +
        Math.ceil((r * upload_ns(network, 125_000)) / 1000),
  );
  const common = { upload_ns: upload, receivers: Int32Array.from({ length: n }, (_, i) => i), need: Math.ceil((2 * n) / 3) };
  const prepare = { ...common, ...keysOf(2), start_us, own_us: start_us };
  const prepared = new Int32Array(n);
  kernels.openWaves(network, n).reach(prepare, prepared);
  // All start together: the arrivals' spread is the network's own.
  const level = { ...prepare, start_us: new Int32Array(n), own_us: new Int32Array(n) };
  return { prepare, level, commit: { ...common, ...keysOf(3), start_us: prepared, own_us: prepared } };
}

/** The peer: a typed-array quickselect over arrivals from the same draws and table. */
function quickselectWave(network, n) {
  const row = new Int32Array(n);
  return (wave, reached) => {
    for (let i = 0; i < wave.receivers.length; i++) {
      const r = wave.receivers[i];
      let count = 0;
      const to = regionOf(network, r) * 1024;
      const [before, after] = [Math.ceil((r * wave.upload_ns) / 1000), Math.ceil(((r + 1) * wave.upload_ns) / 1000)];
      for (let s = 0; s < n; s++) {
        if (s === r || wave.start_us[s] === NEVER_US) continue;
        let x = (wave.delayKeyA[s] + Math.imul(r, 0x9e3779b9)) | 0;
        x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
        x = Math.imul((x ^ (x >>> 15)) + wave.delayKeyB[s], 0xd35a2d97);
        const delay = network.quantiles_us[(s % network.regions) * network.regions * 1024 + to + (x >>> 22)];
        row[count++] = wave.start_us[s] + delay + (s < r ? before : after);
      }
      if (wave.own_us[r] !== NEVER_US) row[count++] = wave.own_us[r];
      let [low, high] = [0, count - 1];
      const k = wave.need - 1;
      while (low < high) {
        const pivot = row[(low + high) >>> 1];
        let [i2, j] = [low, high];
        while (i2 <= j) {
          while (row[i2] < pivot) i2++;
          while (row[j] > pivot) j--;
          if (i2 <= j) {
            const swap = row[i2];
            row[i2++] = row[j];
            row[j--] = swap;
          }
        }
        if (k <= j) high = j;
        else if (k >= i2) low = i2;
        else break;
      }
      reached[i] = row[k];
    }
  };
}

/** Votes: `windowed` goes through the sequences in order, `random` over all of them; 15% repeat an earlier vote. */
function votes(n, sequences, order, length) {
  const key = { a: 1, b: 2 };
  const out = {
    length,
    view: new Int32Array(length),
    sequence: new Int32Array(length),
    phase: new Uint8Array(length),
    sender: new Int32Array(length),
    digest: new Int32Array(length),
  };
  const draw = (i, attempt, below) => Math.floor((draw32(key, i, attempt) / 0x100000000) * below);
  for (let i = 0; i < length; i++) {
    const at = order === 'windowed' ? Math.floor((i / length) * sequences * 2) : draw(i, 0, sequences * 2);
    out.sequence[i] = at >>> 1;
    out.phase[i] = at & 1;
    out.sender[i] = order === 'windowed' ? i % n : draw(i, 1, n);
    out.digest[i] = out.sequence[i];
    if (draw(i, 2, 100) < 15 && i > 0) {
      const j = order === 'windowed' ? i - 1 : draw(i, 3, i);
      for (const column of ['view', 'sequence', 'phase', 'sender', 'digest']) out[column][i] = out[column][j];
    }
  }
  return out;
}

/** The peers: a Map of Sets, and a bitset in typed arrays for one digest an instance. */
function mapOfSets(stream) {
  const places = new Map();
  let accepted = 0;
  for (let i = 0; i < stream.length; i++) {
    const place = (stream.sequence[i] * 2 + stream.phase[i]) * 64 + (stream.digest[i] & 63);
    let voters = places.get(place);
    if (voters === undefined) places.set(place, (voters = new Set()));
    if (!voters.has(stream.sender[i])) {
      voters.add(stream.sender[i]);
      accepted++;
    }
  }
  return accepted;
}
function typedBitset(n, sequences) {
  const stride = (n + 31) >>> 5;
  const bits = new Int32Array(sequences * 2 * stride);
  const counts = new Int32Array(sequences * 2);
  return (stream) => {
    bits.fill(0);
    counts.fill(0);
    const { sequence, phase, sender, length } = stream;
    for (let i = 0; i < length; i++) {
      const place = sequence[i] * 2 + phase[i];
      const s = sender[i];
      const word = place * stride + (s >>> 5);
      const bit = 1 << (s & 31);
      if ((bits[word] & bit) === 0) {
        bits[word] |= bit;
        counts[place]++;
      }
    }
    return counts[0];
  };
}

/** Groups of tasks: { group, unit, items, tasks: [name, run][] }. */
const groups = [];
const waveGroup = (networkName, n, phase, peers = true) => {
  const group = `waves ${phase}, ${networkName}, n = ${n}`;
  if (!group.includes(filter)) return;
  const network = networks[networkName];
  const wave = phases(network, n, backends[0][1])[phase];
  const reached = new Int32Array(n);
  const tasks = [];
  for (const [name, kernels] of backends) {
    if (name === 'reference' && n > 1000) continue;
    const field = kernels.openWaves(network, n);
    tasks.push([name, () => field.reach(wave, reached)]);
  }
  if (peers && n <= 1000) {
    const run = quickselectWave(network, n);
    tasks.push(['quickselect', () => run(wave, reached)]);
  }
  groups.push({ group, unit: 'ns/vote', items: n * n, tasks, wave: n < 100 });
};
for (const n of [4, 7, 16, 31, 64, 100, 300, 1000, 10_000]) waveGroup('wan', n, 'prepare');
for (const n of [100, 1000, 10_000]) waveGroup('wan', n, 'commit');
for (const n of [100, 1000, 10_000]) waveGroup('wan', n, 'level');
for (const name of Object.keys(networks).slice(1)) waveGroup(name, 1000, 'commit', false);

for (const [n, sequences] of [
  [100, 256],
  [10_000, 128],
]) {
  for (const order of ['windowed', 'random']) {
    const group = `tally ${order}, n = ${n}`;
    if (!group.includes(filter)) continue;
    const stream = votes(n, sequences, order, n === 100 ? 60_000 : 1_000_000);
    const tasks = [];
    for (const [name, kernels] of backends) {
      if (name === 'reference' && n > 1000) continue;
      const tally = kernels.openTally({ senders: n, firstSequence: 0, sequences, firstView: 0, views: 1, phases: 2 });
      tasks.push([name, () => (tally.reset(0, 0), tally.add(stream))]);
    }
    tasks.push(['Map of Sets', () => mapOfSets(stream)]);
    tasks.push([
      'typed-array bitset',
      (
        (run) => () =>
          run(stream)
      )(typedBitset(n, sequences)),
    ]);
    groups.push({ group, unit: 'ns/vote', items: stream.length, tasks });
  }
}

const cpu_ms = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const median = (values) => values.sort((x, y) => x - y)[values.length >>> 1];
for (const { group, unit, items, tasks, wave } of groups) {
  // The clock ticks in microseconds: at least some thousand votes between two looks at it.
  const repeat = Math.ceil(20_000 / items);
  const samples = new Map(tasks.map(([name]) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    const order = tasks.map((task) => [Math.random(), task]).sort((x, y) => x[0] - y[0]);
    for (const [, [name, run]] of order) {
      let calls = 0;
      let elapsed;
      const begin = cpu_ms();
      do {
        for (let i = 0; i < repeat; i++) run();
        calls += repeat;
        elapsed = cpu_ms() - begin;
      } while (elapsed < SAMPLE_MS);
      if (round >= 0) samples.get(name).push((elapsed * 1e6) / calls / items);
    }
  }
  console.log(group);
  const base = median(samples.get(tasks[0][0]));
  for (const [name] of tasks) {
    const value = median(samples.get(name));
    const perWave = wave ? `  ${(value * items).toFixed(0).padStart(8)} ns/wave` : '';
    console.log(
      `  ${name.padEnd(20)} ${value.toFixed(3).padStart(9)} ${unit} ${(1000 / value).toFixed(1).padStart(8)} M/s ${(value / base).toFixed(2).padStart(7)}x${perWave}`,
    );
  }
}
