import { sha256 } from '@noble/hashes/sha2.js';
import type { TimestampProvider } from 'tinybench';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import type { Kernels } from '../../harness/kernels/interface.ts';
import { MeasuredMismatch, executeOperations, targetOf, type MeasuredOptions } from '../../harness/measure/measured.ts';
import { simulateCell } from '../../harness/simulate/simulate.ts';
import type { Operation, Outcome, Workload } from '../../harness/simulate/types.ts';
import type { Cell } from '../../harness/suite/schema.ts';
import { workloads } from '../../harness/workloads.ts';

const cell: Cell = {
  id: 'c0123456789ab',
  seed: 42,
  workload: 'test',
  parameters: { measured_hashes_per_block: 4096 },
  nodes: 4,
  fault: { kind: 'crash', count: 0, placement: 'worst' },
  network: { kind: 'fixed', delay_ms: 10 },
  node: { name: 'free', sign_ns: 0, verify_ns: 0, verify_batched_ns: 0, mac_ns: 0, hash_ns_per_byte: 0, cores: 4 },
  transactions: { bytes: 250, per_decision: 10 },
  risk: 0.001,
  decisions: 2,
  crypto: 'measured',
  replicate: 0,
};
const workload = { id: 'test' } as unknown as Workload;

function outcome(operations: readonly (readonly Operation[])[] | undefined): Outcome {
  return {
    state: 'done',
    reason: '',
    decisions: 2,
    divisor: 2,
    counts: { messages: 0, bytes: 0 },
    latencies_us: [],
    finalities_us: [],
    elapsed_us: 1,
    confirmations: 1,
    safety: 'ok',
    liveness: 'ok',
    events: 0,
    ...(operations === undefined ? {} : { operations }),
  };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const vote = (sender: number) => ({ view: 0, sequence: 7, phase: 2, sender, digest: 14 });
/** Every kind of operation but searches: one decision. */
const everything: readonly Operation[] = [
  // A check may stand before the signature that it checks.
  { kind: 'verify', items: [{ signer: 0, message: bytes('proposal') }], batch: false },
  { kind: 'sign', signer: 0, message: bytes('proposal') },
  { kind: 'sign', signer: 1, message: bytes('vote') },
  { kind: 'sign', signer: 2, message: bytes('vote') },
  {
    kind: 'verify',
    items: [
      { signer: 1, message: bytes('vote') },
      { signer: 2, message: bytes('vote') },
    ],
    batch: true,
  },
  { kind: 'evaluate', signer: 1, message: bytes('vote') },
  { kind: 'mac', message: bytes('vote'), count: 3 },
  { kind: 'digest', bytes: bytes('a batch of transactions') },
  { kind: 'tally', votes: [vote(0), vote(1), vote(2)], expected: 3 },
];
const header = Uint8Array.from({ length: 80 }, (_, i) => i);

/** A clock that adds a fixed time at every reading: a timed piece takes `step_ns`, whatever it does. */
function steppingClock(step_ns: number): TimestampProvider {
  let now = 0;
  return { name: 'stepping', fn: () => (now += step_ns), toMs: (value) => Number(value) / 1e6, fromMs: (value) => value * 1e6 };
}

const kernels = createKernels('wasm');
const run = (operations: readonly (readonly Operation[])[] | undefined, options: MeasuredOptions = {}, on: Kernels = kernels) =>
  executeOperations(cell, workload, outcome(operations), on, { clock: steppingClock(1e9), ...options });

describe.each(['wasm', 'reference'] as const)('measured execution on %s', (backend) => {
  const on = createKernels(backend);

  it('does every kind of operation and finds all checks right', async () => {
    const measured = await run([everything, everything], {}, on);
    expect(measured.samples.map(({ source }) => source)).toEqual(['c0123456789ab', 'c0123456789ab']);
    expect(measured.samples.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('mines each header to its target; the winner is checked with the reference', async () => {
    const measured = await run([[{ kind: 'search', header }], [{ kind: 'search', header: header.map((x) => x ^ 1) }]], {}, on);
    expect(measured.seconds_per_hash).toBeGreaterThan(0);
    expect(measured.samples.map(({ source }) => source)).toEqual(['c0123456789ab/hash', 'c0123456789ab/hash']);
  });
});

describe('one flipped bit makes the cell fail', () => {
  const sign: Operation = { kind: 'sign', signer: 3, message: bytes('m') };
  const item = { signer: 3, message: bytes('m') };
  it.each<[string, MeasuredOptions['flipBit'], readonly Operation[], RegExp]>([
    ['a signature checked singly', 'signature', [sign, { kind: 'verify', items: [item], batch: false }], /the signature of node 3 is bad/],
    [
      'a signature in a batch',
      'signature',
      [{ ...sign, signer: 1 }, sign, { kind: 'verify', items: [item, { ...item, signer: 1 }], batch: true }],
      /a batch of 2 signatures has bad ones, of nodes 3/,
    ],
    [
      'a signature that an eligibility value is made of',
      'signature',
      [sign, { kind: 'evaluate', ...item }],
      /eligibility value of node 3 differs/,
    ],
    ['a message under a MAC', 'message', [{ kind: 'mac', message: bytes('m'), count: 2 }], /a MAC differs from the reference/],
    ['a digested block', 'message', [{ kind: 'digest', bytes: new Uint8Array(300) }], /a digest differs from the reference/],
    ['a mined header', 'header', [{ kind: 'search', header }], /a mined header's hash is above the target/],
  ])('in %s', async (_name, flipBit, operations, message) => {
    await expect(run([operations])).resolves.toBeDefined();
    const broken = run([operations], { flipBit: flipBit! });
    await expect(broken).rejects.toBeInstanceOf(MeasuredMismatch);
    await expect(broken).rejects.toThrow(message);
    await expect(broken).rejects.toThrow('cell c0123456789ab (seed 42)');
  });

  it('a tally that counts something else than the simulation did', async () => {
    await expect(run([[{ kind: 'tally', votes: [vote(0), vote(1), vote(1)], expected: 3 }]])).rejects.toThrow(
      'a tally counts 2 votes where the simulation counted 3',
    );
    await expect(run([[{ kind: 'tally', votes: [], expected: 1 }]])).rejects.toThrow('a tally of no votes is expected to count 1');
  });

  it('a message that nobody signed', async () => {
    const operations: Operation[] = [
      { kind: 'sign', signer: 0, message: bytes('m') },
      { kind: 'verify', items: [{ signer: 1, message: bytes('m') }], batch: false },
    ];
    await expect(run([operations])).rejects.toThrow('a message that node 1 never signed is to be checked');
  });
});

describe('what is timed', () => {
  it('adds up the decisions’ medians and divides by decisions: the clock says 1 s a decision of each of two', async () => {
    const measured = await run([everything, everything]);
    expect(measured.cpu_s_per_decision).toBe(1);
    expect(measured.seconds_per_hash).toBeNull();
  });

  it('decisions are timed five times, or as often as 3 s allow, once at least; what comes after the last decision is divided among all', async () => {
    const digest: Operation = { kind: 'digest', bytes: bytes('x') };
    expect((await run([[digest], [digest], [digest]])).cpu_s_per_decision).toBe(1.5);
    const short = await run([[digest], [digest]], { clock: steppingClock(10_000_000) });
    expect(short.samples).toHaveLength(10);
    expect(short.cpu_s_per_decision).toBeCloseTo(0.01, 12);
  });

  it('decisions without operations give no sample and cost nothing', async () => {
    const measured = await run([[], []]);
    expect(measured).toEqual({ cpu_s_per_decision: 0, seconds_per_hash: null, samples: [] });
  });

  it('seconds a hash come from whole pieces of 65 536 nonces where there are any', async () => {
    let piece = 0;
    const scripted: Kernels = {
      ...kernels,
      nonceSearch: (search) => {
        piece += 1;
        if (piece < 3) return { nonce: null, tried: search.count };
        return kernels.nonceSearch({ ...search, firstNonce: 0, count: 2 ** 20 });
      },
    };
    const measured = await run([[{ kind: 'search', header }]], {}, scripted);
    expect(measured.seconds_per_hash).toBeCloseTo(1 / 65536, 15);
  });

  it('when the nonces of a header are used up, the Merkle root changes as by an extra nonce and the search goes on', async () => {
    const roots: string[] = [];
    let calls = 0;
    const scripted: Kernels = {
      ...kernels,
      nonceSearch: (search) => {
        const root = Buffer.from(search.header.subarray(36, 68)).toString('hex');
        if (roots.at(-1) !== root) roots.push(root);
        calls += 1;
        if (roots.length < 3) return { nonce: null, tried: search.count };
        return kernels.nonceSearch(search);
      },
    };
    const measured = await run([[{ kind: 'search', header }]], {}, scripted);
    const next = (root: Uint8Array, extraNonce: number): Uint8Array => sha256(sha256(Uint8Array.of(...root, extraNonce, 0, 0, 0)));
    const first = header.subarray(36, 68);
    const expected = [first, next(first, 1), next(next(first, 1), 2)].map((root) => Buffer.from(root).toString('hex'));
    expect(roots).toEqual(expected);
    expect(calls).toBe(2 * 65536 + 1);
    expect(measured.seconds_per_hash).toBeGreaterThan(0);
    // The operation's own header is left as it was.
    expect(header[36]).toBe(36);
  });

  it('a workload that collected nothing is a TypeError with cell and seed', async () => {
    await expect(run(undefined)).rejects.toThrow('test collected no operations for measured cell c0123456789ab (seed 42)');
  });
});

describe('the target of a search', () => {
  it('is 2^256 ÷ trials - 1, little-endian: hash ≤ target with probability 1 ÷ trials', () => {
    expect(targetOf(1)).toEqual(new Uint8Array(32).fill(255));
    const two = new Uint8Array(32).fill(255);
    two[31] = 127;
    expect(targetOf(2)).toEqual(two);
    const usual = new Uint8Array(32).fill(255);
    usual[31] = 0;
    usual[30] = 0;
    usual[29] = 3;
    expect(targetOf(2 ** 22)).toEqual(usual);
    for (const bad of [0, -1, 1.5, NaN, Infinity]) expect(() => targetOf(bad)).toThrow(RangeError);
  });

  it('takes the expected number of trials: 400 searches at 64 trials each', () => {
    // Trials are geometric with mean 64 and deviation 63.5; the mean of 400 has 3.2: |z| < 4 is ±12.7 (half-width 5% at z = 1).
    const target = targetOf(64);
    let trials = 0;
    for (let i = 0; i < 400; i++) {
      const base = header.slice();
      new DataView(base.buffer).setUint32(4, i, true);
      trials += kernels.nonceSearch({ header: base, target, firstNonce: 0, count: 1 << 16, rounds: 2 }).tried;
    }
    expect(Math.abs(trials / 400 - 64) / 3.175).toBeLessThan(4);
  });
});

describe('the operations of the workloads', () => {
  const measuredCell = (id: string, parameters: Cell['parameters'], more: Partial<Cell> = {}): Cell => ({
    ...cell,
    workload: id,
    parameters: workloads.get(id)!.parameters.parse(parameters),
    fault: workloads.get(id)!.exactRatio ? { kind: 'crash', ratio: 0, placement: 'worst' } : cell.fault,
    decisions: 3,
    ...more,
  });
  const cases: [string, Cell][] = [
    ['pbft', measuredCell('pbft', {})],
    ['pow', measuredCell('pow', { measured_hashes_per_block: 256 })],
    ['pos-praos', measuredCell('pos-praos', {})],
  ];

  it.each(cases)('%s: all checks hold, on the bytes of its own messages; one flipped bit fails', async (id, of) => {
    const { outcome } = simulateCell(of, workloads.get(id)!, { engine: 'auto', kernels });
    expect(outcome.operations).toBeDefined();
    const clock = steppingClock(1e9);
    await expect(executeOperations(of, workloads.get(id)!, outcome, kernels, { clock })).resolves.toBeDefined();
    const kinds = new Set(outcome.operations!.flat().map(({ kind }) => kind));
    for (const [flipBit, needs] of [
      ['signature', 'verify'],
      ['header', 'search'],
      ['message', 'digest'],
    ] as const)
      if (kinds.has(needs))
        await expect(executeOperations(of, workloads.get(id)!, outcome, kernels, { clock, flipBit })).rejects.toBeInstanceOf(
          MeasuredMismatch,
        );
  });

  it.each(cases.filter(([id]) => id !== 'pos-praos'))('%s: operations add up to the counts that are priced', (id, of) => {
    const { outcome } = simulateCell(of, workloads.get(id)!, { engine: 'auto', kernels });
    const done = { signs: 0, verifies: 0, verifies_single: 0, macs: 0, digest_bytes: 0 };
    for (const operation of outcome.operations!.flat()) {
      if (operation.kind === 'sign') done.signs += 1;
      if (operation.kind === 'mac') done.macs += operation.count;
      if (operation.kind === 'digest') done.digest_bytes += operation.bytes.length;
      if (operation.kind !== 'verify') continue;
      done.verifies += operation.items.length;
      if (!operation.batch) done.verifies_single += operation.items.length;
    }
    const { counts, divisor, decisions } = outcome;
    for (const key of Object.keys(done) as (keyof typeof done)[])
      expect(done[key] / decisions, key).toBeCloseTo((counts[key] ?? 0) / divisor, 9);
  });
});
