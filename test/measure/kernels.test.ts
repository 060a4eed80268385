import { kernelTable } from '../../harness/export/kernels.ts';
import { describe, expect, it } from 'vitest';
import { BATCH_SIZES, parseCostTable, warningText } from '../../harness/measure/costs.ts';
import { captureEnvironment } from '../../harness/measure/environment.ts';
import { clockStep_s } from '../../harness/measure/clock.ts';
import {
  costTable,
  inOrder,
  machineWarnings,
  measureCosts,
  measureKernels,
  rowOf,
  warningsOf,
  withRatios,
} from '../../harness/measure/kernels.ts';
import { PEERS } from '../../harness/measure/peers.ts';
import { omit } from '../../harness/suite/omit.ts';

const sign = { kernel: 'ed25519-sign', backend: 'wasm', unit: 'signatures' } as const;
const BLS = ['bls-share', 'bls-aggregate', 'bls-aggregate-keys', 'bls-verify'];
const power = { watts_per_core: 10, source: 'given' };

describe('a row of kernels.csv, from seconds a unit', () => {
  const seconds = [0.001, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.004, 0.008];
  const row = rowOf(sign, seconds);

  it('leads with the median: its rate is 1 ÷ the median of the samples', () => {
    expect(row).toMatchObject({ kernel: 'ed25519-sign', backend: 'wasm', threads: 1, unit: 'signatures/s', rate_median: 500, samples: 10 });
  });
  it('the 95% interval of 10 samples is ranks 2 and 9; slow samples are its lower end', () => {
    expect([row.rate_ci95_low, row.rate_ci95_high]).toEqual([250, 500]);
  });
  it('the MAD is of rates; p99 is nearest-rank, in milliseconds a unit', () => {
    // Rates 1000, 500 seven times, 250, 125: deviations from 500 are 0 in the middle.
    expect(row.rate_mad).toBe(0);
    expect(rowOf(sign, [0.001, 0.002, 0.004]).rate_mad).toBe(250);
    expect(row.p99_ms).toBe(8);
  });
});

describe('ratios to node:crypto', () => {
  const rows = withRatios([
    rowOf(sign, [0.001]),
    rowOf({ ...sign, backend: 'node-crypto' }, [0.002]),
    rowOf({ ...sign, kernel: 'ed25519-verify-batch-64' }, [0.0001]),
    rowOf({ ...sign, kernel: 'ed25519-verify-batch-64-known-keys' }, [0.00005]),
    rowOf({ ...sign, kernel: 'ed25519-verify', backend: 'node-crypto' }, [0.0004]),
    rowOf({ ...sign, kernel: 'quorum-tally-random', unit: 'votes' }, [1e-9]),
  ]);
  const ratio = (kernel: string, backend: string) =>
    rows.find((row) => row.kernel === kernel && row.backend === backend)?.ratio_to_node_crypto;

  it('are of rates on the same kernel', () => {
    expect(ratio('ed25519-sign', 'wasm')).toBe(2);
    expect(ratio('ed25519-sign', 'node-crypto')).toBe(1);
  });
  it('for batches, node:crypto is its single verification, and has a row that says so', () => {
    expect(ratio('ed25519-verify-batch-64', 'wasm')).toBe(4);
    expect(ratio('ed25519-verify-batch-64-known-keys', 'wasm')).toBe(8);
    expect(rows.find(({ kernel, backend }) => kernel === 'ed25519-verify-batch-64' && backend === 'node-crypto')).toMatchObject({
      rate_median: 2500,
      ratio_to_node_crypto: 1,
    });
  });
  it('a rolled search is held against the plain one: a header is a header', () => {
    const [rolled] = withRatios([
      rowOf({ ...sign, kernel: 'sha256d-rolled-search' }, [1e-7]),
      rowOf({ ...sign, kernel: 'sha256d-nonce-search', backend: 'node-crypto' }, [1e-6]),
    ]);
    expect(rolled!.ratio_to_node_crypto).toBeCloseTo(10);
    expect(rolled!.ratio_to_best_peer).toBeCloseTo(10);
  });
  it('are null where node:crypto has no such work', () => {
    expect(ratio('quorum-tally-random', 'wasm')).toBeNull();
  });
});

describe('ratio_to_best_peer', () => {
  const verify = { ...sign, kernel: 'ed25519-verify' };
  const rows = withRatios([
    rowOf(sign, [0.001]),
    rowOf({ ...sign, backend: 'reference' }, [0.0001]),
    rowOf({ ...sign, backend: 'node-crypto' }, [0.004]),
    rowOf({ ...sign, backend: 'libsodium-wrappers' }, [0.002]),
    rowOf({ ...sign, backend: '@noble/curves' }, [0.003]),
    rowOf(sign, [0.0005], { threads: 2 }),
    rowOf({ ...sign, kernel: 'ed25519-verify-batch-64' }, [0.0001]),
    rowOf({ ...verify, backend: 'node-crypto' }, [0.0002]),
    rowOf({ ...verify, backend: 'libsodium-wrappers' }, [0.0003]),
  ]);
  const ratio = (kernel: string, backend: string, threads = 1) =>
    rows.find((row) => row.kernel === kernel && row.backend === backend && row.threads === threads)?.ratio_to_best_peer;

  it('is against the fastest of node:crypto and the packages; the reference is this project’s own', () => {
    expect(ratio('ed25519-sign', 'wasm')).toBe(2);
    expect(ratio('ed25519-sign', 'libsodium-wrappers')).toBe(1);
    expect(ratio('ed25519-sign', '@noble/curves')).toBeCloseTo(2 / 3, 12);
  });
  it('for batches is against the fastest single verification', () => {
    expect(ratio('ed25519-verify-batch-64', 'wasm')).toBe(2);
  });
  it('is empty on more threads than the peers were measured on', () => {
    expect(ratio('ed25519-sign', 'wasm', 2)).toBeNull();
  });
  it('rows of a kernel stand together: by threads, then own backends, node:crypto, packages', () => {
    const place = inOrder([...rows].reverse())
      .filter(({ kernel }) => kernel === 'ed25519-sign')
      .map(({ backend, threads }) => `${backend} ${threads}`);
    expect(place).toEqual(['wasm 1', 'reference 1', 'node-crypto 1', '@noble/curves 1', 'libsodium-wrappers 1', 'wasm 2']);
  });
});

describe('warnings of the machine', () => {
  const calm = { ...captureEnvironment(), load_average: [0.1, 0, 0], cores_usable: 2, cpu_quota: null, wasm_simd: true };
  const texts = (changes: Partial<Parameters<typeof machineWarnings>[0]>): string[] =>
    machineWarnings({ ...calm, ...changes }).map(warningText);
  it('none on an idle one', () => {
    expect(machineWarnings(calm)).toEqual([]);
  });
  it('more runnable tasks than cores, a quota below the cores, no SIMD', () => {
    expect(texts({ load_average: [2.5, 0, 0] })).toEqual(['other load: 2.5 tasks want to run on 2 cores (average of the last minute)']);
    expect(texts({ cpu_quota: 1.5 })[0]).toMatch(/^a control group allows 1.5 CPUs on 2 cores/);
    expect(texts({ wasm_simd: false })).toEqual(['this JavaScript engine has no WASM SIMD: the scalar build is used']);
  });
});

describe('warnings', () => {
  const steady = Array.from({ length: 50 }, (_, i) => 1e-6 * (1 + i / 10_000));
  const texts = (...measured: Parameters<typeof warningsOf>): string[] => warningsOf(...measured).map(warningText);
  it('none for steady samples that are long against the clock', () => {
    expect(warningsOf({ name: 'k/wasm', seconds: steady, sample_s: 0.003 }, 50e-9)).toEqual([]);
  });
  it('a coarse clock, noise and few samples each get one', () => {
    expect(texts({ name: 'k/wasm', seconds: steady, sample_s: 0.003 }, 1e-3)).toEqual([
      'k/wasm: coarse clock, a sample of 3000 µs is under 1000 steps of 1000 µs',
    ]);
    expect(texts({ name: 'k/wasm', seconds: [1, 2, 3, 4, 5, 6, 7], sample_s: 1 }, 50e-9)[0]).toMatch(/^k\/wasm: noisy, ±75%/);
    expect(texts({ name: 'k/wasm', seconds: [1, 1, 1], sample_s: 1 }, 50e-9)).toEqual([
      'k/wasm: 3 samples only, so the interval is their whole range',
    ]);
  });
  it('the clock’s step is the smallest difference of two readings', () => {
    let now = 0n;
    const steps = [0n, 0n, 40n, 25n, 100n];
    let i = 0;
    expect(clockStep_s(() => (now += steps[i++ % 5]!))).toBe(25e-9);
  });
});

describe('measuring for real, as briefly as possible', () => {
  it('the cost table has every price, is written and read without loss, and needs one sample of each kernel at least', async () => {
    const { table, samples } = await measureCosts({ quick: true, backend: 'wasm', budget_s: 0, watts_per_core: 12 });
    expect(parseCostTable(JSON.stringify(table, null, 2), 'costs.json')).toEqual(table);
    expect(table).toMatchObject({
      backend: 'wasm',
      watts_per_core: 12,
      watts_source: 'given by --watts-per-core',
      node: process.versions.node,
    });
    expect(table.seconds.ed25519_batch.map(({ size }) => size)).toEqual([...BATCH_SIZES]);
    // Prices are medians of samples that are there.
    const ofSign = samples.filter(({ source }) => source === 'ed25519-sign/wasm').map(({ seconds }) => seconds);
    expect(ofSign).toHaveLength(1);
    expect(table.seconds.ed25519_sign).toBeCloseTo(ofSign[0]!, 15);
    const ofWrite = samples.filter(({ source }) => source === 'persist/node-fs').map(({ seconds }) => seconds);
    expect(ofWrite).toHaveLength(1);
    expect(table.seconds.persist).toBeCloseTo(ofWrite[0]!, 15);
    // Writes have no yardstick and no peer.
    expect(table.kernels.find(({ kernel }) => kernel === 'persist')).toMatchObject({
      unit: 'writes/CPU-s',
      ratio_to_node_crypto: null,
      ratio_to_best_peer: null,
    });
    // Where writes could not be measured the table is without that price.
    const others = table.kernels.filter(({ kernel }) => kernel !== 'persist');
    const seconds = omit(table.seconds, ['persist']);
    expect(costTable('wasm', { rows: others, forms: [], warnings: [] }, power).seconds).toEqual(seconds);
    // Nobody asked for aggregate signatures.
    expect(table.kernels.filter(({ kernel }) => BLS.includes(kernel))).toEqual([]);
    expect(Object.keys(table.seconds).filter((name) => name.startsWith('bls_'))).toEqual([]);
    // A signature takes over a hundred times as long as a hash, a batch of 1024 as one of 2: noise cannot turn that round.
    expect(table.seconds.ed25519_sign).toBeGreaterThan(table.seconds.sha256d_nonce);
    expect(table.seconds.ed25519_batch.at(-1)!.seconds).toBeGreaterThan(table.seconds.ed25519_batch[0]!.seconds);
  });

  it('aggregate signatures have their prices where they are asked for, from rows that say whose they are', async () => {
    const { table } = await measureCosts({ quick: true, backend: 'reference', budget_s: 0, aggregates: true, watts_per_core: 12 });
    expect(parseCostTable(JSON.stringify(table, null, 2), 'costs.json')).toEqual(table);
    const rows = table.kernels.filter(({ kernel }) => kernel.startsWith('bls-'));
    expect(rows.map(({ kernel, backend, unit }) => [kernel, backend, unit])).toEqual([
      ['bls-share', '@noble/curves', 'shares/s'],
      ['bls-aggregate', '@noble/curves', 'shares/s'],
      ['bls-aggregate-keys', '@noble/curves', 'keys/s'],
      ['bls-verify', '@noble/curves', 'signatures/s'],
    ]);
    const { bls_share, bls_add, bls_add_key, bls_verify, ed25519_verify } = table.seconds;
    expect([bls_share, bls_add, bls_add_key, bls_verify]).toEqual(rows.map(({ rate_median }) => 1 / rate_median));
    // Two pairings take several times as long as a point's multiplication, decoding a point over ten times as long as adding one: noise cannot turn that round.
    expect(bls_verify!).toBeGreaterThan(bls_share!);
    expect(bls_add!).toBeGreaterThan(bls_add_key!);
    expect(bls_verify!).toBeGreaterThan(ed25519_verify);
  });

  it('kernels.csv has the kernels of the design on each backend, and the table fits 80 columns', async () => {
    const { rows, samples } = await measureKernels({ quick: true, budget_s: 0, backends: ['wasm', 'reference'], peers: PEERS });
    const on = (wanted: string): string[] => rows.filter(({ backend }) => backend === wanted).map(({ kernel }) => kernel);
    const hashing = [
      'sha256d-nonce-search',
      'sha256-nonce-search',
      'sha256-digest',
      'hmac-sha256',
      'sha512-evaluation',
      'ed25519-key',
      'ed25519-sign',
      'ed25519-verify',
    ];
    const batches = [2, 4, 8, 16, 32].map((size) => `ed25519-verify-batch-${size}`);
    const named = [64, 256, 1024].flatMap((size) => [`ed25519-verify-batch-${size}`, `ed25519-verify-batch-${size}-known-keys`]);
    const quorum = ['quorum-waves-1000', 'quorum-waves-10000', 'quorum-tally-windowed', 'quorum-tally-random'];
    const [first, ...others] = hashing;
    const ours = [first, 'sha256d-rolled-search', ...others];
    expect(on('wasm')).toEqual([...ours, ...batches, ...named, ...quorum]);
    expect(on('reference')).toEqual([...ours, 'ed25519-verify-batch-64', ...quorum]);
    expect(on('node-crypto')).toEqual([...hashing, 'ed25519-verify-batch-64', 'ed25519-verify-batch-256', 'ed25519-verify-batch-1024']);
    const single = ['ed25519-key', 'ed25519-sign', 'ed25519-verify'];
    expect(on('@noble/hashes')).toEqual(hashing.slice(0, 5));
    expect(on('hash-wasm')).toEqual(hashing.slice(0, 5));
    expect(on('@chainsafe/as-sha256')).toEqual(hashing.slice(0, 3));
    expect(on('@noble/curves')).toEqual([...single, ...BLS]);
    expect(on('libsodium-wrappers')).toEqual(single);
    for (const row of rows) {
      expect(row.rate_median).toBeGreaterThan(0);
      if (row.backend !== 'node-crypto') expect(samples.some(({ source }) => source === `${row.kernel}/${row.backend}`)).toBe(true);
    }
    expect(new Set(rows.map(({ unit }) => unit))).toEqual(
      new Set(['hashes/s', 'bytes/s', 'macs/s', 'evaluations/s', 'keys/s', 'signatures/s', 'shares/s', 'votes/s', 'writes/CPU-s']),
    );
    for (const line of kernelTable(rows, captureEnvironment()).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('a cost table of a backend that was not measured is an error, not a table of zeros', () => {
    expect(() => costTable('reference', { rows: [rowOf(sign, [1])], forms: [], warnings: [] }, power)).toThrow(
      'no measurement of sha256d-nonce-search on reference',
    );
  });
});
