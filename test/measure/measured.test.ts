import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import type { TimestampProvider } from 'tinybench';
import { describe, expect, it, vi } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import type { Kernels } from '../../harness/model/kernels.ts';
import { MeasuredMismatch, executeOperations, type MeasuredOptions } from '../../harness/measure/measured.ts';
import { merkleTree } from '../../harness/model/merkle.ts';
import { compactOf, targetBytes, targetOfCompact, targetOfTrials } from '../../harness/simulate/core/target.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import type { Operation, Outcome } from '../../harness/model/outcome.ts';
import { DEFAULT_LOAD } from '../../harness/model/load.ts';
import { NODE_PROFILES, type Cell } from '../../harness/model/cell.ts';

const cell: Cell = {
  id: 'c0123456789ab',
  seed: 42,
  workload: 'test',
  parameters: {},
  nodes: 4,
  fault: { kind: 'crash', count: 0, placement: 'worst' },
  network: { kind: 'fixed', delay_ms: 10 },
  node: { ...NODE_PROFILES.free, persist_ns: 1_000_000 },
  transactions: { bytes: 250, per_decision: 10 },
  risk: 0.001,
  decisions: 2,
  crypto: 'measured',
  load: DEFAULT_LOAD,
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
const instance = { kind: 'tally', view: 0, sequence: 7, phase: 2 } as const;
const transactions = new Uint8Array(50).map((_, i) => i);
/** Every kind of operation but searches: one decision. */
const everything: readonly Operation[] = [
  // A check may stand before the signature that it checks.
  { kind: 'verify', items: [{ signer: 0, message: bytes('proposal') }], calls: 1 },
  { kind: 'sign', signer: 0, message: bytes('proposal') },
  { kind: 'sign', signer: 1, message: bytes('vote') },
  { kind: 'sign', signer: 2, message: bytes('vote') },
  {
    kind: 'verify',
    items: [
      { signer: 1, message: bytes('vote') },
      { signer: 2, message: bytes('vote') },
    ],
    calls: 1,
  },
  { kind: 'evaluate', signer: 1, message: bytes('vote') },
  { kind: 'mac', message: bytes('vote'), count: 3 },
  { kind: 'digest', bytes: bytes('a batch of transactions') },
  { kind: 'merkle', transactions, transaction_bytes: 10, root: merkleTree(transactions, 10, sha256).root },
  { ...instance, senders: [0, 1, 2, 1], digests: [0, 0, 0, 0], expected: [3] },
  { kind: 'persist', bytes: 300 },
];
const header = Uint8Array.from({ length: 80 }, (_, i) => i);
new DataView(header.buffer).setUint32(72, compactOf(targetOfTrials(4096)), true);
const search: Operation = { kind: 'search', block: 1, parent: null, header };

/** A clock that adds a fixed time at every reading: a timed piece takes `step_ns`, whatever it does. */
function steppingClock(step_ns: number): TimestampProvider {
  let now = 0;
  return { name: 'stepping', fn: () => (now += step_ns), toMs: (value) => Number(value) / 1e6, fromMs: (value) => value * 1e6 };
}

/** A clock by which the i-th timed piece takes `seconds[i]`, and those after them a second. */
function listedClock(seconds: readonly number[]): TimestampProvider {
  let [now, readings] = [0, 0];
  const fn = (): number => (now += readings++ % 2 === 0 ? 0 : 1e9 * (seconds[(readings - 2) / 2] ?? 1));
  return { name: 'listed', fn, toMs: (value) => Number(value) / 1e6, fromMs: (value) => value * 1e6 };
}

const kernels = createKernels('wasm');
const run = (operations: readonly (readonly Operation[])[] | undefined, options: MeasuredOptions = {}, on: Kernels = kernels) =>
  executeOperations(cell, workload, outcome(operations), on, { clock: steppingClock(1e9), cpuClock: steppingClock(0.25e9), ...options });

describe.each(['wasm', 'reference'] as const)('measured execution on %s', (backend) => {
  const on = createKernels(backend);

  it('does every kind of operation and finds all checks right', async () => {
    const measured = await run([everything, everything], {}, on);
    expect(measured.samples.map(({ source }) => source)).toEqual(['c0123456789ab', 'c0123456789ab']);
    expect(measured.samples.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('mines each header to its target; the winner is checked with the reference', async () => {
    const next: Operation = { ...search, block: 2, parent: 1 };
    const measured = await run([[search], [next, { kind: 'header', block: 2 }]], {}, on);
    expect(measured.seconds_per_hash).toBeGreaterThan(0);
    const sources = measured.samples.map(({ source }) => source);
    expect(sources.slice(0, 2)).toEqual(['c0123456789ab/hash', 'c0123456789ab/hash']);
    expect(new Set(sources.slice(2))).toEqual(new Set(['c0123456789ab']));
  });
});

describe('one flipped bit makes the cell fail', () => {
  const sign: Operation = { kind: 'sign', signer: 3, message: bytes('m') };
  const item = { signer: 3, message: bytes('m') };
  it.each<[string, MeasuredOptions['flipBit'], readonly Operation[], RegExp]>([
    ['a signature checked singly', 'signature', [sign, { kind: 'verify', items: [item], calls: 1 }], /the signature of node 3 is bad/],
    [
      'a signature in a batch',
      'signature',
      [{ ...sign, signer: 1 }, sign, { kind: 'verify', items: [item, { ...item, signer: 1 }], calls: 1 }],
      /of a batch of 2 signatures those of node 3 are bad where nobody forged/,
    ],
    [
      'a signature that an eligibility value is made of',
      'signature',
      [sign, { kind: 'evaluate', ...item }],
      /eligibility value of node 3 differs/,
    ],
    ['a message under a MAC', 'message', [{ kind: 'mac', message: bytes('m'), count: 2 }], /a MAC differs from the reference/],
    ['a digested block', 'message', [{ kind: 'digest', bytes: new Uint8Array(300) }], /a digest differs from the reference/],
    [
      'a transaction under a Merkle root',
      'message',
      [{ kind: 'merkle', transactions, transaction_bytes: 10, root: merkleTree(transactions, 10, sha256).root }],
      /a Merkle root differs from the reference/,
    ],
    ['a mined header', 'header', [search], /a mined header's hash is above the target/],
  ])('in %s', async (_name, flipBit, operations, message) => {
    await expect(run([operations])).resolves.toBeDefined();
    const broken = run([operations], { flipBit: flipBit! });
    await expect(broken).rejects.toBeInstanceOf(MeasuredMismatch);
    await expect(broken).rejects.toThrow(message);
    await expect(broken).rejects.toThrow('cell c0123456789ab (seed 42)');
  });

  it('a list of transactions whose end is repeated: the same root, and no block (CVE-2012-2459)', async () => {
    const six = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const { root } = merkleTree(six, 1, sha256);
    const check = (transactions: Uint8Array): Operation => ({ kind: 'merkle', transactions, transaction_bytes: 1, root });
    await expect(run([[check(six)]])).resolves.toBeDefined();
    await expect(run([[check(Uint8Array.of(...six, 5, 6))]])).rejects.toThrow(
      'a header names another Merkle root than its transactions have, or some of them are repeated',
    );
  });

  it('a tally that counts something else than the simulation did', async () => {
    await expect(run([[{ ...instance, senders: [0, 1, 1], digests: [0, 0, 0], expected: [3] }]])).rejects.toThrow(
      'a tally counts 2 voters where the simulation counted 3',
    );
    await expect(run([[{ ...instance, senders: [0, 1, 1], digests: [0, 0, 1], expected: [1, 1] }]])).rejects.toThrow(
      'a tally counts 2 votes where the simulation counted 1',
    );
  });

  it('a forged signature that is taken for good, a good one that is not, and calls that were not counted', async () => {
    const forged: Operation = { ...sign, forged: true };
    const bad = { ...item, forged: true as const };
    await expect(run([[forged, { kind: 'verify', items: [bad], calls: 1 }]])).resolves.toBeDefined();
    const accepting: Kernels = { ...kernels, ed25519: { ...kernels.ed25519, verify: () => true } };
    await expect(run([[forged, { kind: 'verify', items: [bad], calls: 1 }]], {}, accepting)).rejects.toThrow(
      'the signature of node 3 is good, though it was forged',
    );
    // Bisection: both together, the good one, and so the other by itself.
    const both = [{ ...item, signer: 1 }, bad];
    const signs: Operation[] = [{ ...sign, signer: 1 }, forged];
    await expect(run([[...signs, { kind: 'verify', items: both, calls: 3 }]])).resolves.toBeDefined();
    await expect(run([[...signs, { kind: 'verify', items: both, calls: 1 }]])).rejects.toThrow(
      'a batch of 2 signatures took 3 calls where the simulation counted 1',
    );
  });

  it('a header that names another root than its transactions have, or another parent than was mined', async () => {
    const root = new Uint8Array(32);
    await expect(run([[{ kind: 'merkle', transactions, transaction_bytes: 10, root }]])).rejects.toThrow(
      'a header names another Merkle root than its transactions have',
    );
    await expect(run([[{ ...search, parent: 7 }]])).rejects.toThrow('block 1 follows block 7, which was never mined');
    await expect(run([[{ kind: 'header', block: 2 }]])).rejects.toThrow('block 2 was never mined');
  });

  it('a message that nobody signed', async () => {
    const operations: Operation[] = [
      { kind: 'sign', signer: 0, message: bytes('m') },
      { kind: 'verify', items: [{ signer: 1, message: bytes('m') }], calls: 1 },
    ];
    await expect(run([operations])).rejects.toThrow('a message that node 1 never signed is to be checked');
  });
});

describe('what is timed', () => {
  it('adds up the decisions’ medians and divides by decisions: the clock says 1 s a decision of each of two, and a quarter of CPU time for its writes', async () => {
    const measured = await run([everything, everything]);
    expect(measured.cpu_s_per_decision).toBe(1.25);
    expect(measured.seconds_per_hash).toBeNull();
  });

  it('decisions are timed five times, or as often as 3 s allow, once at least; what comes after the last decision is divided among all', async () => {
    const digest: Operation = { kind: 'digest', bytes: bytes('x') };
    expect((await run([[digest], [digest], [digest]])).cpu_s_per_decision).toBe(1.5);
    const short = await run([[digest], [digest]], { clock: steppingClock(10_000_000) });
    expect(short.samples).toHaveLength(10);
    expect(short.cpu_s_per_decision).toBeCloseTo(0.01, 12);
  });

  it('where the passes fit once, the first is the sample of each decision but those whose turn came within the first 0.2 s, or that take less than 1 ms', async () => {
    const digests = ['a', 'b', 'c', 'd'].map((text) => bytes(text));
    const executed = async (clock: TimestampProvider): Promise<number[]> => {
      const times = digests.map(() => 0);
      const counting: Kernels = {
        ...kernels,
        sha256(message) {
          times[digests.indexOf(message)]! += 1;
          return kernels.sha256(message);
        },
      };
      const decisions = digests.map((digest): Operation[] => [{ kind: 'digest', bytes: digest }]);
      const { samples } = await run(decisions, { clock }, counting);
      expect(samples).toHaveLength(4);
      return times;
    };
    expect(await executed(steppingClock(1e9))).toEqual([2, 1, 1, 1]);
    // 0.1 s, 0.1 s, 0.9 ms and 3 s: the third again, two times since it is that short.
    expect(await executed(listedClock([0.1, 0.1, 0.0009, 3]))).toEqual([2, 2, 3, 1]);
  });

  it('decisions without operations give no sample and cost nothing', async () => {
    const measured = await run([[], []]);
    expect(measured).toEqual({ cpu_s_per_decision: 0, seconds_per_hash: null, samples: [] });
  });

  it('a decision of nothing but writes takes the CPU time of their calls, however long the disk keeps them waiting', async () => {
    const write: Operation = { kind: 'persist', bytes: 100 };
    const measured = await run([[write, write], [write]], { cpuClock: steppingClock(1e6) });
    // 1 ms a decision by one clock, 1 s by the other: two passes would take more than 3 s of it.
    expect(measured.cpu_s_per_decision).toBeCloseTo(0.001, 12);
    expect(measured.samples.map(({ seconds }) => seconds)).toEqual([0.001, 0.001]);
  });

  it('writes go to a file of the cell’s own, and it is deleted afterwards', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-test-'));
    vi.stubEnv('TMPDIR', folder);
    try {
      const sizes: number[] = [];
      const clockThatLooks = steppingClock(1e6);
      const fn = (): number => {
        const [own] = readdirSync(folder);
        sizes.push(statSync(path.join(folder, own!, 'records')).size);
        return clockThatLooks.fn() as number;
      };
      const record = (length: number): Operation => ({ kind: 'persist', bytes: length });
      await run([[record(300), record(100)], [record(7)]], { cpuClock: { ...clockThatLooks, fn } });
      // Before and after each decision's writes, in the first pass and in the only timed one.
      expect([...new Set(sizes)]).toEqual([0, 400, 407, 807, 814]);
      expect(readdirSync(folder)).toEqual([]);
      // Also where a check fails.
      await expect(run([[record(5)], [{ kind: 'header', block: 9 }]])).rejects.toBeInstanceOf(MeasuredMismatch);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });

  it('seconds a hash come from whole pieces of 65 536 nonces where there are any', async () => {
    let piece = 0;
    const scripted: Kernels = {
      ...kernels,
      nonceSearch: (asked) => {
        piece += 1;
        if (piece < 3) return { nonce: null, tried: asked.count };
        return kernels.nonceSearch({ ...asked, firstNonce: 0, count: 2 ** 20 });
      },
    };
    const measured = await run([[search]], {}, scripted);
    expect(measured.seconds_per_hash).toBeCloseTo(1 / 65536, 15);
  });

  it('the previous hash is that of the mined parent; when no nonce is left the time of a header moves on by a second', async () => {
    const headers: Uint8Array[] = [];
    let calls = 0;
    const scripted: Kernels = {
      ...kernels,
      nonceSearch: (asked) => {
        if (calls % 65536 === 0) headers.push(asked.header.slice());
        calls += 1;
        if (headers.length < 3) return { nonce: null, tried: asked.count };
        const found = kernels.nonceSearch(asked);
        if (found.nonce !== null) {
          calls = 0;
          const mined = asked.header.slice();
          new DataView(mined.buffer).setUint32(76, found.nonce, true);
          headers.push(mined);
        }
        return found;
      },
    };
    await run([[search, { ...search, block: 2, parent: 1 }]], {}, scripted);
    const time = (of: Uint8Array): number => new DataView(of.buffer).getUint32(68, true) - new DataView(header.buffer).getUint32(68, true);
    expect(headers.slice(0, 3).map(time)).toEqual([0, 1, 2]);
    // The fourth was mined, the fifth follows it.
    expect(headers[4]!.subarray(4, 36)).toEqual(sha256(sha256(headers[3]!)));
    // The operation's own header is left as it was.
    expect(header[68]).toBe(68);
  });

  it('a workload that collected nothing is a TypeError with cell and seed', async () => {
    await expect(run(undefined)).rejects.toThrow('test collected no operations for measured cell c0123456789ab (seed 42)');
  });
});

describe('the target of a search', () => {
  it('takes the expected number of trials: 400 searches at 64 trials each', () => {
    // Trials are geometric with mean 64 and deviation 63.5; the mean of 400 has 3.2: |z| < 4 is ±12.7 (half-width 5% at z = 1).
    const target = targetBytes(targetOfCompact(compactOf(targetOfTrials(64))));
    let trials = 0;
    for (let i = 0; i < 400; i++) {
      const base = header.slice();
      new DataView(base.buffer).setUint32(4, i, true);
      trials += kernels.nonceSearch({ header: base, target, firstNonce: 0, count: 1 << 16, rounds: 2 }).tried;
    }
    expect(Math.abs(trials / 400 - 64) / 3.175).toBeLessThan(4);
  });
});
