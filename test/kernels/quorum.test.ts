// One suite over every build of the quorum kernels: reference, scalar and SIMD WASM, release and debug.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEVER_US, type QuorumKernels as Quorum, type TallyShape, type VoteStream, type Wave } from '../../harness/model/kernels.ts';
import { hasSimd } from '../../harness/kernels/load.ts';
import { MAX_NODES, TIME_LIMIT_US } from '../../harness/kernels/quorum-border.ts';
import { referenceQuorum } from '../../harness/kernels/reference-quorum.ts';
import { wasmQuorum } from '../../harness/kernels/wasm-quorum.ts';
import { draw32, type DrawKey } from '../../harness/simulate/core/draws.ts';
import { buildNetwork, sendKeys, upload_ns } from '../../harness/simulate/core/network.ts';
import type { Network } from '../../harness/model/network.ts';
import { inFull } from '../support/full.ts';
import { holds } from '../support/property.ts';

const reference = referenceQuorum();
const wasmBuilds: [string, Quorum][] = [
  ['wasm', wasmQuorum({ simd: false, debug: false })],
  ['wasm debug', wasmQuorum({ simd: false, debug: true })],
];
// SIMD absent: nothing to compare, the scalar builds stand for the backend.
if (hasSimd()) {
  wasmBuilds.push(['wasm-simd', wasmQuorum({ simd: true, debug: false })]);
  wasmBuilds.push(['wasm-simd debug', wasmQuorum({ simd: true, debug: true })]);
}
const builds: [string, Quorum][] = [['reference', reference], ...wasmBuilds];

const link = { bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };
const wan = buildNetwork({ kind: 'wan-5-regions', ...link });
const fixed = buildNetwork({ kind: 'fixed', delay_ms: 100 });
const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/** A wave in which every node sends at time 0 and counts its own vote then, keys as the engines make them. */
function plainWave(n: number, need: number, change: Partial<Wave> = {}): Wave {
  const keys = Array.from({ length: n }, (_, sender) => sendKeys(7, { type: 2, view: 0, sequence: 1, sender }));
  return {
    start_us: new Int32Array(n),
    own_us: new Int32Array(n),
    delayKeyA: Int32Array.from(keys, ({ delay }) => delay.a),
    delayKeyB: Int32Array.from(keys, ({ delay }) => delay.b),
    lossKeyA: Int32Array.from(keys, ({ loss }) => loss.a),
    lossKeyB: Int32Array.from(keys, ({ loss }) => loss.b),
    upload_ns: 0,
    receivers: all(n),
    need,
    ...change,
  };
}
function reach(kernels: Quorum, network: Network, n: number, wave: Wave): number[] {
  const reached = new Int32Array(wave.receivers.length).fill(-1);
  kernels.openWaves(network, n).reach(wave, reached);
  return [...reached];
}

describe.each(builds)('lotteries (%s)', (_, kernels) => {
  it('who draws at most the limit, ascending, for any number of receivers', () => {
    for (const receivers of [1, 3, 4, 5, 4095, 4096, 4097, 9000]) {
      const key: DrawKey = { a: -receivers, b: 0x7fffffff - receivers };
      const draws = Array.from({ length: receivers }, (_, receiver) => draw32(key, receiver));
      for (const most of [0, draws[0]!, Math.max(0, draws.at(-1)! - 1), 40e6, 0x80000000, 0xffffffff]) {
        const found = new Int32Array(receivers + 1).fill(-1);
        const count = kernels.drawnAtMost({ keyA: key.a, keyB: key.b, receivers, most }, found);
        expect([...found.subarray(0, count)]).toEqual([...draws.keys()].filter((receiver) => draws[receiver]! <= most));
        expect(found[receivers]).toBe(-1);
      }
    }
  });
  it('refuses what is no lottery', () => {
    const lots = { keyA: 1, keyB: 2, receivers: 8, most: 5 };
    expect(() => kernels.drawnAtMost(lots, new Int32Array(7))).toThrow('found: expected at least 8 elements, received 7');
    expect(() => kernels.drawnAtMost({ ...lots, most: 0x100000000 }, new Int32Array(8))).toThrow(RangeError);
    expect(() => kernels.drawnAtMost({ ...lots, receivers: 0 }, new Int32Array(8))).toThrow(RangeError);
    expect(() => kernels.drawnAtMost({ ...lots, keyA: 0.5 }, new Int32Array(8))).toThrow(/lots.keyA/);
  });
});

/** A stream of 32-bit words for test data: the project's own draws, keyed by the case. */
function words(seed: number): (below: number) => number {
  const key: DrawKey = { a: seed | 0, b: 0x51f15e };
  let i = 0;
  return (below) => Math.floor((draw32(key, i++) / 0x100000000) * below);
}

interface WaveCase {
  readonly network: Network;
  readonly n: number;
  readonly wave: Wave;
}
/** A random network of one of the four kinds. */
const networks = fc
  .record({
    kind: fc.constantFrom('fixed' as const, 'normal' as const, 'wan-5-regions' as const, 'matrix' as const),
    regions: fc.integer({ min: 1, max: 7 }),
    delays_ms: fc.array(fc.constantFrom(0, 0.3, 1, 5, 40, 41, 42, 150), { minLength: 49, maxLength: 49 }),
    jitter: fc.constantFrom(0, 0.1, 1, 20),
    loss: fc.constantFrom(0, 0, 0, 0.01, 0.4),
    rto_ms: fc.constantFrom(0, 1, 200, 60_000),
  })
  .map(({ kind, regions, delays_ms, jitter, loss, rto_ms }) => {
    const lossy = { bandwidth_mbps: 1000, loss, rto_ms };
    if (kind === 'fixed') return buildNetwork({ kind, delay_ms: delays_ms[0]! });
    if (kind === 'normal') return buildNetwork({ kind, mean_ms: delays_ms[0]!, sd_ms: jitter, ...lossy });
    if (kind === 'wan-5-regions') return buildNetwork({ kind, ...lossy });
    const one_way_ms = Array.from({ length: regions }, (_, i) => delays_ms.slice(7 * i, 7 * i + regions));
    return buildNetwork({ kind, name: 'drawn', origin: 'drawn', one_way_ms, jitter, ...lossy });
  });
/** Times drawn from a few patterns: all equal, few values (ties), spread; some senders silent. */
function drawTimes(word: (below: number) => number, n: number): Int32Array {
  const spread = [1, 3, 5000, 300_000, 20_000_000][word(5)]!;
  const silent = [0, 0, 10, 50, 100][word(5)]!;
  return Int32Array.from({ length: n }, () => (word(100) < silent ? NEVER_US : word(spread)));
}
/** One upload time, or each sender's. */
function uploads(word: (below: number) => number, n: number): number | Int32Array {
  const most = [0, 0, 1600, 999, 123_457, Math.ceil(40_000_000 / n)][word(6)]!;
  return word(3) === 0 ? Int32Array.from({ length: n }, () => word(most + 1)) : most;
}
const waveCase = (nodes: fc.Arbitrary<number>, receiversAtMost: number): fc.Arbitrary<WaveCase> =>
  fc.record({ network: networks, n: nodes, seed: fc.integer() }).map(({ network, n, seed }) => {
    const word = words(seed);
    const start_us = drawTimes(word, n);
    const own_us = word(2) === 0 ? start_us.slice() : drawTimes(word, n);
    const keys = (): Int32Array => Int32Array.from({ length: n }, () => word(0x100000000) | 0);
    let receivers = all(n);
    if (n > receiversAtMost || word(3) === 0) {
      // Any order, with repetitions.
      receivers = Int32Array.from({ length: Math.min(1 + word(n), receiversAtMost) }, () => word(n));
    }
    const need = [1, n, Math.ceil((2 * n) / 3), 1 + word(n)][word(4)]!;
    const wave: Wave = {
      start_us,
      own_us,
      delayKeyA: keys(),
      delayKeyB: keys(),
      lossKeyA: keys(),
      lossKeyB: keys(),
      upload_ns: uploads(word, n),
      receivers,
      need,
    };
    return { network, n, wave };
  });

describe.each(wasmBuilds)('waves, %s', (_name, kernels) => {
  const agree = ({ network, n, wave }: WaveCase): void => {
    expect(reach(kernels, network, n, wave)).toEqual(reach(reference, network, n, wave));
    expect(kernels.openWaves(network, n).extraTries(wave)).toBe(reference.openWaves(network, n).extraTries(wave));
  };
  it('equals the message-by-message sort, n from 1 to 70', () => {
    holds(fc.property(waveCase(fc.integer({ min: 1, max: 70 }), 70), agree), { numRuns: 250, seed: 1 });
  });
  it('equals it where most receivers go through a bracket', () => {
    holds(fc.property(waveCase(fc.integer({ min: 100, max: 400 }), 120), agree), { numRuns: 25, seed: 2 });
  });
  it('equals it at n = 1000', () => {
    holds(fc.property(waveCase(fc.constant(1000), 100), agree), { numRuns: 6, seed: 3 });
  });
  it.each([wan, fixed])('equals it on plain waves in every rank, n = 64 (network %#)', (network) => {
    const upload = upload_ns(network, 200, 0);
    for (let need = 1; need <= 64; need++) agree({ network, n: 64, wave: plainWave(64, need, { upload_ns: upload }) });
  });
  it('equals it for two phases of 300 nodes, all receivers', () => {
    const n = 300;
    const prepare = plainWave(n, 200, { upload_ns: 1600 });
    const prepared = Int32Array.from(reach(kernels, wan, n, prepare));
    expect([...prepared]).toEqual(reach(reference, wan, n, prepare));
    const commit = plainWave(n, 200, { upload_ns: 1600, start_us: prepared, own_us: prepared, delayKeyB: prepare.delayKeyA });
    agree({ network: wan, n, wave: commit });
  });
  it('follows receivers whose times drift with a slow uplink', () => {
    agree({ network: wan, n: 250, wave: plainWave(250, 167, { upload_ns: 8_000_000 }) });
  });
  it('does not count the own vote among tied ones', () => {
    // 60 of 100 nodes start first, 60 votes are needed, no own votes: a receiver among the 60 waits for the others.
    const n = 100;
    const start_us = Int32Array.from({ length: n }, (_, s) => (s < 60 ? 0 : 1000));
    const receivers = Int32Array.from({ length: n }, (_, i) => n - 1 - i);
    const wave = plainWave(n, 60, { start_us, own_us: new Int32Array(n).fill(NEVER_US), receivers });
    expect(reach(kernels, fixed, n, wave)).toEqual(Array.from(receivers, (r) => (r < 60 ? 101_000 : 100_000)));
  });
  it('keeps apart fields that are open at the same time', () => {
    const [a, b] = [kernels.openWaves(wan, 40), kernels.openWaves(fixed, 7)];
    const reachedA = new Int32Array(40);
    const reachedB = new Int32Array(7);
    for (let i = 0; i < 2; i++) {
      a.reach(plainWave(40, 27), reachedA);
      b.reach(plainWave(7, 5), reachedB);
      expect([...reachedA]).toEqual(reach(reference, wan, 40, plainWave(40, 27)));
      expect([...reachedB]).toEqual(Array(7).fill(100_000));
    }
  });
});

describe.each(builds)('waves, %s: closed forms', (name, kernels) => {
  it('on a fixed network the need-th vote, own included, comes after exactly the delay', () => {
    expect(reach(kernels, fixed, 10, plainWave(10, 7))).toEqual(Array(10).fill(100_000));
    expect(reach(kernels, fixed, 10, plainWave(10, 1))).toEqual(Array(10).fill(0));
  });
  it('only the sender uplink serialises, in receiver order: message p leaves after (p + 1) uploads', () => {
    const n = 5;
    const start_us = new Int32Array(n).fill(NEVER_US);
    start_us[2] = 1000;
    const wave = plainWave(n, 1, { start_us, own_us: new Int32Array(n).fill(NEVER_US), upload_ns: 2500 });
    expect(reach(kernels, fixed, n, wave)).toEqual([101_003, 101_005, NEVER_US, 101_008, 101_010]);
  });
  it('a receiver that fewer than `need` votes reach never gets its quorum', () => {
    const start_us = Int32Array.of(0, 0, 0, NEVER_US);
    const own_us = Int32Array.of(5, NEVER_US, 5, 5);
    expect(reach(kernels, fixed, 4, plainWave(4, 3, { start_us, own_us }))).toEqual([100_000, NEVER_US, 100_000, 100_000]);
  });
  it('a lost try costs one timeout, and every try is counted', () => {
    const lossy = buildNetwork({
      kind: 'matrix',
      name: 'm',
      origin: 'test',
      one_way_ms: [[10]],
      jitter: 0,
      ...link,
      loss: 0.5,
      rto_ms: 300,
    });
    const n = 40;
    const wave = plainWave(n, n);
    const field = kernels.openWaves(lossy, n);
    const reached = new Int32Array(n);
    field.reach(wave, reached);
    for (const time of reached) expect((time - 10_000) % 300_000).toBe(0);
    // Extra tries are geometric with mean 1: 1560 sends, standard deviation sqrt(2 * 1560) = 56.
    expect(Math.abs(field.extraTries(wave) - 1560)).toBeLessThan(4 * 56);
  });
  it('counts a time beyond the range as the latest one', () => {
    const lossy = buildNetwork({
      kind: 'matrix',
      name: 'm',
      origin: 'test',
      one_way_ms: [[10]],
      jitter: 0,
      ...link,
      loss: 0.9,
      rto_ms: 1e6,
    });
    expect(reach(kernels, lossy, 30, plainWave(30, 30)).every((time) => time === NEVER_US - 1)).toBe(true);
  });
  it('an order of receivers is kept, and no receivers are no work', () => {
    const wave = plainWave(30, 20);
    const straight = reach(kernels, wan, 30, wave);
    expect(reach(kernels, wan, 30, { ...wave, receivers: Int32Array.of(9, 3, 9) })).toEqual([straight[9], straight[3], straight[9]]);
    expect(reach(kernels, wan, 30, { ...wave, receivers: new Int32Array(0) })).toEqual([]);
  });
  it('leaves the rest of a longer output alone', () => {
    const reached = new Int32Array(6).fill(-5);
    kernels.openWaves(fixed, 4).reach(plainWave(4, 3), reached);
    expect([...reached]).toEqual([100_000, 100_000, 100_000, 100_000, -5, -5]);
  });

  const n = 4;
  const detached = (): Int32Array => {
    const array = new Int32Array(n);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  };
  const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * n));
  it.each<[string, unknown, RegExp]>([
    ['a short array', { start_us: new Int32Array(3) }, /start_us: expected 4 elements, received 3/],
    ['a long array', { own_us: new Int32Array(5) }, /own_us: expected 4 elements, received 5/],
    ['a detached buffer', { delayKeyA: detached() }, /delayKeyA: expected a usable buffer, received a detached one/],
    ['a shared buffer', { delayKeyB: shared() }, /delayKeyB: expected an unshared buffer/],
    ['a receiver out of range', { receivers: Int32Array.of(4) }, /receivers\[0\]: expected a node in 0..3, received 4/],
    ['a negative receiver', { receivers: Int32Array.of(0, -1) }, /receivers\[1\]: expected a node in 0..3, received -1/],
    ['more receivers than nodes', { receivers: new Int32Array(5) }, /receivers: expected 0..4 elements, received 5/],
    ['need above n', { need: 5 }, /need: expected an integer in 1..4, received 5/],
    ['need 0', { need: 0 }, /need: expected an integer in 1..4, received 0/],
    ['a time out of range', { start_us: Int32Array.of(0, 0, TIME_LIMIT_US, 0) }, /start_us\[2\]: expected 0../],
    ['a negative time', { own_us: Int32Array.of(0, -1, 0, 0) }, /own_us\[1\]: expected 0../],
    ['a negative upload', { upload_ns: -1 }, /upload_ns: expected an integer in 0../],
    ['an upload that is no integer', { upload_ns: 0.5 }, /upload_ns: expected an integer in 0..9007199254740991, received 0.5/],
    ['an upload that is not a number', { upload_ns: NaN }, /upload_ns: expected an integer in 0../],
    ['an arrival out of range', { upload_ns: 1e15 }, /no arrival after 2147483646 us/],
    ['too few uploads', { upload_ns: new Int32Array(3) }, /upload_ns: expected 4 elements, received 3/],
    ['a negative upload of one', { upload_ns: Int32Array.of(0, 0, -1, 0) }, /upload_ns\[2\]: expected 0\.\.2147483647, received -1/],
  ])('refuses %s with a RangeError', (_what, change, message) => {
    const wave = plainWave(n, 3, change as Partial<Wave>);
    const act = (): void => kernels.openWaves(fixed, n).reach(wave, new Int32Array(n));
    expect(act).toThrow(RangeError);
    expect(act).toThrow(message);
  });
  it('refuses a short output, wrong types and networks that are none', () => {
    const field = kernels.openWaves(fixed, n);
    expect(() => field.reach(plainWave(n, 3), new Int32Array(3))).toThrow(/reached_us: expected at least 4 elements, received 3/);
    expect(() => field.reach(plainWave(n, 3, { start_us: [0, 0, 0, 0] as never }), new Int32Array(n))).toThrow(TypeError);
    expect(() => field.reach(plainWave(n, 3, { start_us: new Float64Array(n) as never }), new Int32Array(n))).toThrow(
      /expected an Int32Array, received Float64Array/,
    );
    expect(() => kernels.openWaves(fixed, 0)).toThrow(RangeError);
    expect(() => kernels.openWaves(fixed, MAX_NODES + 1)).toThrow(RangeError);
    expect(() => kernels.openWaves({ ...fixed, regions: 2 }, 4)).toThrow(/quantiles_us: expected 4096 elements, received 1024/);
    const descending = Int32Array.from({ length: 1024 }, (_, i) => 2000 - i);
    expect(() => kernels.openWaves({ ...fixed, quantiles_us: descending }, 4)).toThrow(/quantiles_us\[1\]: expected 2000../);
  });
  it('works after a refusal', () => {
    const field = kernels.openWaves(fixed, n);
    const reached = new Int32Array(n);
    expect(() => field.reach(plainWave(n, 9), reached)).toThrow(RangeError);
    field.reach(plainWave(n, 3), reached);
    expect([...reached]).toEqual(Array(n).fill(100_000));
    expect(name).not.toBe('');
  });
});

describe.runIf(hasSimd())('waves at scale', () => {
  it('takes 20 000 nodes, a sample of receivers equal to the sort', () => {
    const n = 20_000;
    const need = 13_334;
    const receivers = Int32Array.from({ length: 60 }, (_, i) => i * 333);
    const wave = plainWave(n, need, { upload_ns: 1600, receivers });
    const times = wasmBuilds.map(([, kernels]) => reach(kernels, wan, n, wave));
    for (const other of times.slice(1)) expect(other).toEqual(times[0]);
    const few = { ...wave, receivers: receivers.subarray(0, 6) };
    expect(times[0]!.slice(0, 6)).toEqual(reach(reference, wan, n, few));
  });
});

const shape: TallyShape = { senders: 40, firstSequence: 100, sequences: 3, firstView: 5, views: 2, phases: 2 };
function stream(votes: readonly (readonly [view: number, sequence: number, phase: number, sender: number, digest: number])[]): VoteStream {
  return {
    length: votes.length,
    view: Int32Array.from(votes, (v) => v[0]),
    sequence: Int32Array.from(votes, (v) => v[1]),
    phase: Uint8Array.from(votes, (v) => v[2]),
    sender: Int32Array.from(votes, (v) => v[3]),
    digest: Int32Array.from(votes, (v) => v[4]),
  };
}

/** The oracle: for each (view, sequence, phase) a Map from digest to the Set of its voters, first votes only. */
function oracle(
  votes: VoteStream,
  at: TallyShape,
): { report: object; count: (view: number, sequence: number, phase: number, digest: number) => number } {
  const places = new Map<string, Map<number, Set<number>>>();
  const report = { accepted: 0, duplicate: 0, conflicting: 0, outside: 0 };
  for (let i = 0; i < votes.length; i++) {
    const [view, sequence, phase, sender, digest] = [
      votes.view[i]!,
      votes.sequence[i]!,
      votes.phase[i]!,
      votes.sender[i]!,
      votes.digest[i]!,
    ];
    if (
      view - at.firstView < 0 ||
      view - at.firstView >= at.views ||
      sequence - at.firstSequence < 0 ||
      sequence - at.firstSequence >= at.sequences
    ) {
      report.outside += 1;
      continue;
    }
    const place = [view, sequence, phase].join();
    const digests = places.get(place) ?? new Map<number, Set<number>>();
    places.set(place, digests);
    const mine = [...digests].find(([, voters]) => voters.has(sender));
    if (mine === undefined) {
      digests.set(digest, (digests.get(digest) ?? new Set()).add(sender));
      report.accepted += 1;
    } else if (mine[0] === digest) report.duplicate += 1;
    else report.conflicting += 1;
  }
  return { report, count: (view, sequence, phase, digest) => places.get([view, sequence, phase].join())?.get(digest)?.size ?? 0 };
}

interface StreamCase {
  readonly shape: TallyShape;
  readonly votes: VoteStream;
  readonly digests: number;
}
const streamCase: fc.Arbitrary<StreamCase> = fc
  .record({
    senders: fc.constantFrom(1, 4, 31, 32, 33, 100),
    sequences: fc.integer({ min: 1, max: 5 }),
    views: fc.integer({ min: 1, max: 3 }),
    phases: fc.integer({ min: 1, max: 3 }),
    firstSequence: fc.constantFrom(0, 17, -3, 0x7ffffff0),
    firstView: fc.constantFrom(0, 4, 0x7fffffff - 3),
    digests: fc.integer({ min: 1, max: 4 }),
    length: fc.constantFrom(0, 1, 15, 16, 17, 300, 5000),
    seed: fc.integer(),
  })
  .map(({ digests, length, seed, ...at }) => {
    const word = words(seed);
    // Most votes name digest 3, some another; a window of one more on each side, so that some fall outside.
    const votes = Array.from({ length }, () => {
      const digest = word(4) === 0 ? 3 + word(digests) : 3;
      const view = (at.firstView + word(at.views + 2) - 1) | 0;
      const sequence = (at.firstSequence + word(at.sequences + 2) - 1) | 0;
      return [view, sequence, word(at.phases), word(at.senders), digest] as const;
    });
    return { shape: at, votes: stream(votes), digests };
  });

describe.each(builds)('tally, %s', (_name, kernels) => {
  it('counts distinct senders a (view, sequence, phase) and digest, duplicates and conflicts apart', () => {
    const tally = kernels.openTally(shape);
    const votes = stream([
      [5, 100, 0, 1, 9], // accepted
      [5, 100, 0, 1, 9], // duplicate
      [5, 100, 0, 1, 8], // conflicting
      [5, 100, 0, 1, 9], // duplicate: the first vote stands
      [5, 100, 0, 2, 8], // accepted
      [5, 100, 0, 2, 9], // conflicting
      [5, 100, 0, 2, 8], // duplicate
      [5, 100, 1, 1, 8], // accepted: another phase
      [6, 100, 0, 1, 8], // accepted: another view
      [5, 101, 0, 1, 8], // accepted: another sequence
      [7, 100, 0, 3, 9], // outside
      [5, 103, 0, 3, 9], // outside
      [4, 100, 0, 3, 9], // outside
      [5, 99, 0, 3, 9], // outside
    ]);
    expect(tally.add(votes)).toEqual({ accepted: 5, duplicate: 3, conflicting: 2, outside: 4 });
    expect(tally.count({ view: 5, sequence: 100, phase: 0, digest: 9 })).toBe(1);
    expect(tally.count({ view: 5, sequence: 100, phase: 0, digest: 8 })).toBe(1);
    expect(tally.count({ view: 5, sequence: 100, phase: 0, digest: 7 })).toBe(0);
    expect(tally.count({ view: 5, sequence: 102, phase: 1, digest: 0 })).toBe(0);
    expect(tally.add(votes)).toEqual({ accepted: 0, duplicate: 8, conflicting: 2, outside: 4 });
  });
  it('a report covers its own call only', () => {
    const tally = kernels.openTally(shape);
    const one = stream([[5, 100, 0, 1, 9]]);
    expect(tally.add(one).accepted).toBe(1);
    expect(tally.add(one)).toEqual({ accepted: 0, duplicate: 1, conflicting: 0, outside: 0 });
    expect(tally.add(stream([]))).toEqual({ accepted: 0, duplicate: 0, conflicting: 0, outside: 0 });
  });
  it('equals a Map of Sets on random streams, split in any way', () => {
    holds(
      fc.property(streamCase, fc.double({ min: 0, max: 1, noNaN: true }), ({ shape: at, votes, digests }, split) => {
        const expected = oracle(votes, at);
        const tally = kernels.openTally(at);
        const cut = Math.floor(votes.length * split);
        const part = (from: number, to: number): VoteStream => ({
          length: to - from,
          view: votes.view.subarray(from, to),
          sequence: votes.sequence.subarray(from, to),
          phase: votes.phase.subarray(from, to),
          sender: votes.sender.subarray(from, to),
          digest: votes.digest.subarray(from, to),
        });
        const a = tally.add(part(0, cut));
        const b = tally.add(part(cut, votes.length));
        expect({
          accepted: a.accepted + b.accepted,
          duplicate: a.duplicate + b.duplicate,
          conflicting: a.conflicting + b.conflicting,
          outside: a.outside + b.outside,
        }).toEqual(expected.report);
        for (let view = at.firstView; view < at.firstView + at.views; view++)
          for (let sequence = at.firstSequence; sequence < at.firstSequence + at.sequences; sequence++)
            for (let phase = 0; phase < at.phases; phase++)
              for (let digest = 2; digest < 4 + digests; digest++)
                expect(tally.count({ view, sequence, phase, digest })).toBe(expected.count(view, sequence, phase, digest));
      }),
      { numRuns: 60, seed: 4 },
    );
  });
  it('a reset empties the tally and moves the window, also to the last numbers there are', () => {
    const tally = kernels.openTally(shape);
    tally.add(
      stream([
        [5, 100, 0, 1, 9],
        [5, 100, 0, 2, 8],
      ]),
    );
    const last = 0x7fffffff;
    tally.reset(last - 2, last - 1);
    const votes = stream([
      [last, last, 1, 1, 8],
      [last - 1, last - 2, 0, 2, 9],
      [-0x80000000, last, 1, 1, 8],
      [last, -0x80000000, 1, 1, 8],
      [5, 100, 0, 1, 9],
    ]);
    expect(tally.add(votes)).toEqual({ accepted: 2, duplicate: 0, conflicting: 0, outside: 3 });
    expect(tally.count({ view: last, sequence: last, phase: 1, digest: 8 })).toBe(1);
    tally.reset(100, 5);
    expect(tally.count({ view: 5, sequence: 100, phase: 0, digest: 9 })).toBe(0);
    expect(tally.add(stream([[5, 100, 0, 2, 7]])).accepted).toBe(1);
  });
  it('keeps tallies apart', () => {
    const [a, b] = [kernels.openTally(shape), kernels.openTally(shape)];
    a.add(stream([[5, 100, 0, 1, 9]]));
    expect(b.add(stream([[5, 100, 0, 1, 9]])).accepted).toBe(1);
  });
  it.each<[string, readonly [number, number, number, number, number], RegExp]>([
    ['a sender out of range', [5, 100, 0, 40, 9], /votes.sender\[20\]: expected 0..39, received 40/],
    ['a negative sender', [5, 100, 0, -1, 9], /votes.sender\[20\]: expected 0..39, received -1/],
    ['a phase out of range', [5, 100, 2, 0, 9], /votes.phase\[20\]: expected 0..1, received 2/],
    ['a digest that names none', [5, 100, 0, 0, -1], /votes.digest\[20\]: expected a number that names a digest/],
  ])('refuses %s with a RangeError; the votes before it are counted', (_what, bad, message) => {
    const good = Array.from({ length: 30 }, (_, sender) => [5, 100, 0, sender, 9] as const);
    const votes = stream([...good.slice(0, 20), bad, ...good.slice(20)]);
    const tally = kernels.openTally(shape);
    expect(() => tally.add(votes)).toThrow(RangeError);
    expect(tally.count({ view: 5, sequence: 100, phase: 0, digest: 9 })).toBe(20);
    expect(() => tally.add(votes)).toThrow(message);
  });
  it('finds a bad vote beyond the first chunk', () => {
    const good = Array.from({ length: 10_000 }, (_, i) => [5, 100, 0, i % 40, 9] as const);
    const votes = stream([...good, [5, 100, 0, 40, 9]]);
    expect(() => kernels.openTally(shape).add(votes)).toThrow(/votes.sender\[10000\]/);
  });
  it('refuses shapes, windows, places and columns that are none', () => {
    expect(() => kernels.openTally({ ...shape, senders: 0 })).toThrow(RangeError);
    expect(() => kernels.openTally({ ...shape, phases: 257 })).toThrow(RangeError);
    expect(() => kernels.openTally({ ...shape, senders: 100_000, sequences: 2000 })).toThrow(/tally: expected .* at most 200000000/);
    expect(() => kernels.openTally({ ...shape, views: '2' as never })).toThrow(TypeError);
    expect(() => kernels.openTally({ ...shape, firstSequence: 0x7ffffffe })).toThrow(
      /firstSequence: expected an integer in -2147483648..2147483645/,
    );
    const tally = kernels.openTally(shape);
    expect(() => tally.reset(0x7fffffff, 0)).toThrow(RangeError);
    expect(() => tally.count({ view: 7, sequence: 100, phase: 0, digest: 9 })).toThrow(/view: expected an integer in 5..6, received 7/);
    expect(() => tally.count({ view: 5, sequence: 100, phase: 2, digest: 9 })).toThrow(RangeError);
    const votes = stream([[5, 100, 0, 1, 9]]);
    expect(() => tally.add({ ...votes, length: 2 })).toThrow(/votes.view: expected at least 2 elements, received 1/);
    expect(() => tally.add({ ...votes, phase: new Uint8Array(new SharedArrayBuffer(1)) })).toThrow(
      /votes.phase: expected an unshared buffer/,
    );
    expect(() => tally.add({ ...votes, digest: new Uint32Array(1) as never })).toThrow(TypeError);
  });
});

describe('tally, random vote streams by the hundred thousand', () => {
  it('equal a Set of the first votes and a Set of their senders', () => {
    const at: TallyShape = { senders: 5, firstSequence: 0, sequences: 2, firstView: 0, views: 1, phases: 2 };
    const tallies = wasmBuilds.filter(([name]) => !name.includes('debug')).map(([, kernels]) => kernels.openTally(at));
    const length = 12;
    const votes: VoteStream = {
      length,
      view: new Int32Array(length),
      sequence: new Int32Array(length),
      phase: new Uint8Array(length),
      sender: new Int32Array(length),
      digest: new Int32Array(length),
    };
    for (let i = 0; i < inFull(1_000_000, 200_000); i++) {
      const key: DrawKey = { a: i, b: 77 };
      const senders = new Set<number>();
      const firsts = new Set<number>();
      const report = { accepted: 0, duplicate: 0, conflicting: 0, outside: 0 };
      for (let v = 0; v < length; v++) {
        const draw = draw32(key, v);
        const sequence = (draw & 7) % 3; // 0, 1, or outside
        const phase = (draw >>> 3) & 1;
        const sender = ((draw >>> 4) & 0xff) % 5;
        const digest = (draw >>> 12) & 3 & (draw >>> 14);
        votes.sequence[v] = sequence;
        votes.phase[v] = phase;
        votes.sender[v] = sender;
        votes.digest[v] = digest;
        const place = (sequence * 2 + phase) * 5 + sender;
        if (sequence === 2) report.outside += 1;
        else if (firsts.has(place * 4 + digest)) report.duplicate += 1;
        else if (senders.has(place)) report.conflicting += 1;
        else {
          senders.add(place);
          firsts.add(place * 4 + digest);
          report.accepted += 1;
        }
      }
      const draw = draw32(key, length);
      const asked = { view: 0, sequence: draw & 1, phase: (draw >>> 1) & 1, digest: (draw >>> 2) & 3 };
      let count = 0;
      for (let sender = 0; sender < 5; sender++) {
        if (firsts.has(((asked.sequence * 2 + asked.phase) * 5 + sender) * 4 + asked.digest)) count += 1;
      }
      for (const tally of tallies) {
        tally.reset(0, 0);
        const found = tally.add(votes);
        if (
          found.accepted !== report.accepted ||
          found.duplicate !== report.duplicate ||
          found.conflicting !== report.conflicting ||
          found.outside !== report.outside ||
          tally.count(asked) !== count
        )
          expect.fail(`stream ${i} differs`);
      }
    }
  });
});

describe.each(wasmBuilds)('tally memory, %s', (_name, kernels) => {
  it('thousands of tallies can be opened in one go', () => {
    for (let i = 0; i < 2000; i++) expect(kernels.openTally(shape).add(stream([[5, 100, 0, 1, i]])).accepted).toBe(1);
  });
});
