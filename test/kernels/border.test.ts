// The rules of harness/model/kernels.ts, over all backends and the debug builds: what one refuses all refuse, in the same words,
// and what one answers all answer.
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import {
  NEVER_US,
  type Backend,
  type KnownSignedMessage,
  type Kernels,
  type NonceSearch,
  type SignedMessage,
  type TallyShape,
  type VoteStream,
  type Wave,
} from '../../harness/model/kernels.ts';
import { hasSimd } from '../../harness/kernels/load.ts';
import { drawKey, PURPOSE } from '../../harness/simulate/core/draws.ts';
import { MOST_LOSS_THRESHOLD, MOST_TRIES, buildNetwork, tries } from '../../harness/simulate/core/network.ts';
import type { Network } from '../../harness/model/network.ts';
import { holds } from '../support/property.ts';

const builds: [string, Kernels][] = [
  ['reference', createKernels('reference')],
  ['wasm', createKernels('wasm')],
  ['wasm, debug', createKernels('wasm', { debug: true })],
];
// SIMD absent: the scalar builds stand for the backend.
if (hasSimd()) builds.push(['wasm-simd', createKernels('wasm-simd')], ['wasm-simd, debug', createKernels('wasm-simd', { debug: true })]);
const reference = builds[0]![1];

const key = reference.ed25519.key(new Uint8Array(32).fill(9));
function signed(count: number): SignedMessage[] {
  return Array.from({ length: count }, (_, i) => {
    const message = Uint8Array.of(i, 7, 1);
    return { publicKey: key.publicKey, message, signature: reference.ed25519.sign(key, message) };
  });
}
const items = signed(4);
const known = (item: SignedMessage): KnownSignedMessage => ({ key: 0, message: item.message, signature: item.signature });
const network = buildNetwork({ kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0, rto_ms: 200 });
const lossy = buildNetwork({ kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0.2, rto_ms: 200 });

function waveOf(nodes: number, seed = 1): Wave {
  const keys = (salt: number): Int32Array =>
    Int32Array.from({ length: nodes }, (_, i) => Math.imul(seed * 97 + salt, 0x9e3779b9) ^ (i * 7919));
  const start_us = Int32Array.from({ length: nodes }, (_, i) => (i % 5 === 4 ? NEVER_US : (i * 37 * seed) % 5000));
  return {
    start_us,
    own_us: start_us.map((time) => (time === NEVER_US ? time : time + 3)),
    delayKeyA: keys(1),
    delayKeyB: keys(2),
    lossKeyA: keys(3),
    lossKeyB: keys(4),
    upload_ns: 1600,
    receivers: Int32Array.from({ length: nodes }, (_, i) => i),
    need: Math.ceil((2 * nodes) / 3),
  };
}
const shape: TallyShape = { senders: 8, firstSequence: 0, sequences: 2, firstView: 0, views: 1, phases: 2 };
const votes = (): VoteStream => ({
  length: 4,
  view: new Int32Array(4),
  sequence: Int32Array.of(0, 1, 1, 0),
  phase: Uint8Array.of(0, 1, 1, 0),
  sender: Int32Array.of(3, 2, 2, 5),
  digest: Int32Array.of(8, 8, 9, 8),
});
const search: NonceSearch = {
  header: new Uint8Array(80).fill(3),
  target: new Uint8Array(32).fill(255),
  firstNonce: 5,
  count: 9,
  rounds: 2,
};
const hardSearch = { ...search, target: new Uint8Array(32).fill(255, 0, 31), count: 5000 };

/** `field` of a copy of `of` runs `act` when it is read. */
function onRead<T extends object>(of: T, field: keyof T, act: () => void): T {
  const value = of[field];
  return Object.defineProperty({ ...of }, field, {
    get: () => {
      act();
      return value;
    },
  });
}
/** What a call answers or how it refuses. */
function outcomeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

describe.each(builds)('calls are not re-entrant, %s', (_name, kernels) => {
  const { ed25519 } = kernels;
  const set = ed25519.expand([key.publicKey]);
  const bad = { ...items[1]!, message: Uint8Array.of(66) };
  const field = kernels.openWaves(network, 8);
  const tally = kernels.openTally(shape);

  it('a getter (`get message()`) that calls the same kernel while a batch is being copied makes no bad signature pass', () => {
    // It signs, and verifies a good batch, with what it is read by; the error is not kept to itself, and neither is it hidden.
    for (const call of [() => ed25519.verifyBatch(items), () => set.verifyBatch(items.map(known))]) {
      for (const name of ['message', 'signature', 'publicKey'] as const) {
        const trap = onRead(items[2]!, name, call);
        expect(() => ed25519.verifyBatch([bad, trap])).toThrow(/called while verifyBatch of the same kernels is under way/);
        // A getter that swallows the error changes nothing: the bad signature is found.
        const quiet = onRead(items[2]!, name, () => void outcomeOf(call));
        expect(ed25519.verifyBatch([bad, quiet, items[3]!]).bad).toEqual([0]);
        expect(ed25519.verifyBatch([quiet, bad]).bad).toEqual([1]);
      }
      for (const name of ['key', 'message', 'signature'] as const) {
        expect(() => set.verifyBatch([known(bad), onRead(known(items[2]!), name, call)])).toThrow(/is under way/);
        expect(set.verifyBatch([known(bad), onRead(known(items[2]!), name, () => void outcomeOf(call))]).bad).toEqual([0]);
      }
      expect(() => ed25519.verify(onRead(items[0]!, 'message', call))).toThrow(/called while verify of/);
    }
  });
  it('nor does any other call nest: in a search, a wave, a tally, an opening', () => {
    const hash = (): unknown => kernels.sha256(new Uint8Array(3));
    const nested = /^Error: sha256: called while \w+ of the same kernels is under way/;
    const act = (call: () => unknown): unknown => outcomeOf(call);
    expect(act(() => kernels.nonceSearch(onRead(search, 'header', hash)))).toMatch(nested);
    expect(act(() => kernels.rolledSearch(onRead({ ...search, versions: Uint32Array.of(1) }, 'versions', hash)))).toMatch(nested);
    expect(act(() => field.reach(onRead(waveOf(8), 'need', hash), new Int32Array(8)))).toMatch(nested);
    expect(act(() => field.extraTries(onRead(waveOf(8), 'start_us', hash)))).toMatch(nested);
    expect(act(() => tally.add(onRead(votes(), 'digest', hash)))).toMatch(nested);
    expect(act(() => tally.count(onRead({ view: 0, sequence: 0, phase: 0, digest: 8 }, 'view', hash)))).toMatch(nested);
    expect(act(() => kernels.openTally(onRead(shape, 'views', hash)))).toMatch(nested);
    expect(act(() => kernels.openWaves(onRead(network, 'regions', hash), 8))).toMatch(nested);
    expect(act(() => ed25519.sign(onRead(key, 'secret', hash), new Uint8Array(1)))).toMatch(nested);
  });
  it('each field is read once, and all of a call before any of it is checked', () => {
    for (const [call, of] of [
      [(item: SignedMessage) => ed25519.verify(item), items[0]!],
      [(item: SignedMessage) => ed25519.verifyBatch([item]), items[0]!],
      [(item: KnownSignedMessage) => set.verifyBatch([item]), known(items[0]!)],
      [(one: NonceSearch) => kernels.nonceSearch(one), search],
      [(wave: Wave) => field.reach(wave, new Int32Array(8)), waveOf(8)],
      [(one: VoteStream) => tally.add(one), votes()],
      [(one: TallyShape) => kernels.openTally(one), shape],
    ] as [(value: object) => unknown, object][]) {
      const reads = new Map<string | symbol, number>();
      const watched = new Proxy(of, {
        get: (target, name) => {
          reads.set(name, (reads.get(name) ?? 0) + 1);
          return Reflect.get(target, name) as unknown;
        },
      });
      call(watched);
      for (const name of Object.keys(of)) expect([name, reads.get(name)]).toEqual([name, 1]);
    }
    // The getter of the second item detaches the message of the first.
    const first = { ...items[0]!, message: items[0]!.message.slice() };
    const spoils = onRead(items[1]!, 'message', () => structuredClone(first.message.buffer, { transfer: [first.message.buffer] }));
    expect(() => ed25519.verifyBatch([first, spoils])).toThrow('item 0: message: expected a usable buffer, received a detached one');
  });
  it('works after such a refusal', () => {
    expect(outcomeOf(() => ed25519.verifyBatch([onRead(items[0]!, 'message', () => ed25519.verify(items[0]!))]))).toMatch(/is under way/);
    expect(ed25519.verifyBatch(items).ok).toBe(true);
    expect(set.verifyBatch(items.map(known)).ok).toBe(true);
  });
});

describe.each(builds)('`{ key: 1, publicKey: X, … }` on a set of known keys, %s', (_name, { ed25519 }) => {
  const other = reference.ed25519.key(new Uint8Array(32).fill(10)).publicKey;
  const set = ed25519.expand([other, key.publicKey]);
  const batch = items.map((item) => ({ ...known(item), key: 1 }));

  it.each<[string, unknown]>([
    ['the key itself', key.publicKey],
    ['a long one', new Uint8Array(1 << 20).fill(0xee)],
    ['null', null],
    ['a number', 5],
  ])('is a TypeError that names the item, for %s; a long X overwrites nothing: later clean batches are clean', (_what, publicKey) => {
    const act = (): unknown => set.verifyBatch([batch[0]!, batch[1]!, { ...batch[2]!, publicKey: publicKey as never }]);
    expect(act).toThrow(TypeError);
    expect(act).toThrow(/^item 2: publicKey: expected none, since key names one of the set; received /);
    expect(set.verifyBatch(batch)).toEqual({ ok: true, bad: [], calls: 1 });
  });
});

describe.each(builds)('errors name the item, %s', (_name, { ed25519 }) => {
  const batch = signed(20);
  const set = ed25519.expand([key.publicKey]);
  it('a signature of 63 bytes in a batch names the item: `item 17: signature: expected 64 bytes, received 63`', () => {
    const short = batch.with(17, { ...batch[17]!, signature: new Uint8Array(63) });
    expect(() => ed25519.verifyBatch(short)).toThrow(new RangeError('item 17: signature: expected 64 bytes, received 63'));
    expect(() => set.verifyBatch(short.map(known))).toThrow(new RangeError('item 17: signature: expected 64 bytes, received 63'));
  });
  it.each<[string, Partial<Record<'publicKey' | 'message' | 'signature', unknown>> | null, RegExp]>([
    ['a key of 31 bytes', { publicKey: new Uint8Array(31) }, /^RangeError: item 3: publicKey: expected 32 bytes, received 31$/],
    ['no message', { message: undefined }, /^TypeError: item 3: message: expected a Uint8Array, received undefined$/],
    ['a signature that is a string', { signature: 'ab' }, /^TypeError: item 3: signature: expected a Uint8Array, received string$/],
    ['null', null, /^TypeError: item 3: expected an object, received null$/],
  ])('%s', (_what, change, message) => {
    const wrong = change === null ? null : { ...batch[3]!, ...change };
    expect(outcomeOf(() => ed25519.verifyBatch(batch.with(3, wrong as never)))).toMatch(message);
  });
  it('a wrong key number, and a wrong key of a set', () => {
    expect(() => set.verifyBatch([known(batch[0]!), { ...known(batch[1]!), key: 1 }])).toThrow(
      new RangeError('item 1: key: expected an integer in 0..0, received 1'),
    );
    expect(() => ed25519.expand([key.publicKey, new Uint8Array(33)])).toThrow(
      new RangeError('publicKeys[1]: expected 32 bytes, received 33'),
    );
  });
});

test.each(['simd', 'WASM', undefined, null, 3, {}, 'constructor'])(
  'createKernels(%j) is a RangeError with the accepted names',
  (backend) => {
    const act = (): unknown => createKernels(backend as Backend);
    expect(act).toThrow(RangeError);
    expect(act).toThrow(/^backend: expected 'wasm-simd', 'wasm', 'reference', received /);
  },
);
test('createKernels takes debug as true or false', () => {
  expect(() => createKernels('wasm', { debug: 'yes' as never })).toThrow(new TypeError("debug: expected true or false, received 'yes'"));
});

describe.each(builds)('`lossThreshold: 0xffffffff` ends, %s', (_name, kernels) => {
  it.each([0xffffffff, MOST_LOSS_THRESHOLD + 1])('a threshold of %i is refused', (lossThreshold) => {
    const act = (): unknown => kernels.openWaves({ ...lossy, lossThreshold }, 4);
    expect(act).toThrow(RangeError);
    expect(act).toThrow(
      /network.lossThreshold: expected at most 4290672328 \(a loss of 0.999: 1000 tries a message on average\), received 429/,
    );
  });
  it('the tries of a loss of 0.999 are those of simulate/network.ts, about 1000 a message', () => {
    const harsh: Network = { ...lossy, lossThreshold: MOST_LOSS_THRESHOLD, rto_us: 1 };
    const nodes = 24;
    const wave = waveOf(nodes);
    let extra = 0;
    let sends = 0;
    for (let sender = 0; sender < nodes; sender++)
      for (let receiver = 0; receiver < nodes; receiver++) {
        if (sender === receiver || wave.start_us[sender] === NEVER_US) continue;
        sends += 1;
        extra += tries(harsh, { a: wave.lossKeyA[sender]!, b: wave.lossKeyB[sender]! }, receiver) - 1;
      }
    const field = kernels.openWaves(harsh, nodes);
    expect(field.extraTries(wave)).toBe(extra);
    // Geometric: mean 999, standard deviation 999.5 a send.
    expect(Math.abs(extra / sends - 999) / (999.5 / Math.sqrt(sends))).toBeLessThan(4);
    const reached = new Int32Array(nodes);
    field.reach(wave, reached);
    const expected = new Int32Array(nodes);
    reference.openWaves(harsh, nodes).reach(wave, expected);
    expect(reached).toEqual(expected);
  });
});
test('tries in simulate/network.ts are bounded, and refuse what createKernels refuses', () => {
  const name = drawKey(3, { purpose: PURPOSE.loss });
  expect(() => tries({ ...lossy, lossThreshold: 0xffffffff }, name, 1)).toThrow(/expected at most 4290672328/);
  expect(() => buildNetwork({ kind: 'wan-5-regions', bandwidth_mbps: 0, loss: 1, rto_ms: 1 })).toThrow(RangeError);
  // One in 10^28 messages would need more than so many at the largest loss; at 0.99, which suites allow, one in 10^286.
  expect(MOST_TRIES * Math.log10(0.999)).toBeLessThan(-28);
  expect(MOST_TRIES * Math.log10(0.99)).toBeLessThan(-286);
});

describe.each(builds)('outputs that are inputs, and inputs that change later, %s', (_name, kernels) => {
  it.each(['start_us', 'own_us', 'delayKeyA', 'lossKeyB', 'receivers'] as const)(
    '`reach(wave, wave.%s)` gives what a fresh output gets',
    (name) => {
      for (const nodes of [5, 40, 70])
        for (const net of [network, lossy]) {
          const wave = waveOf(nodes, nodes);
          const expected = new Int32Array(nodes);
          reference.openWaves(net, nodes).reach(wave, expected);
          kernels.openWaves(net, nodes).reach(wave, wave[name]);
          expect(wave[name]).toEqual(expected);
        }
    },
  );
  it('an output that overlaps two inputs', () => {
    const nodes = 40;
    const wave = waveOf(nodes);
    const shared = new Int32Array(2 * nodes);
    shared.set(wave.start_us);
    shared.set(wave.own_us, nodes);
    const expected = new Int32Array(nodes);
    reference.openWaves(network, nodes).reach(wave, expected);
    const overlap = shared.subarray(nodes / 2, nodes / 2 + nodes);
    kernels.openWaves(network, nodes).reach({ ...wave, start_us: shared.subarray(0, nodes), own_us: shared.subarray(nodes) }, overlap);
    expect(overlap).toEqual(expected);
  });
  it('a table that is changed after opening changes no wave, not even where another field came in between', () => {
    const nodes = 40;
    const mine: { -readonly [K in keyof Network]: Network[K] } = { ...lossy, quantiles_us: lossy.quantiles_us.slice() };
    const field = kernels.openWaves(mine, nodes);
    const [expected, reached] = [new Int32Array(nodes), new Int32Array(nodes)];
    field.reach(waveOf(nodes), expected);
    const extra = field.extraTries(waveOf(nodes));
    mine.quantiles_us.fill(1);
    Object.assign(mine, { lossThreshold: 0, rto_us: 0, regions: 1 });
    kernels.openWaves(network, 8).reach(waveOf(8), new Int32Array(8));
    field.reach(waveOf(nodes), reached);
    expect(reached).toEqual(expected);
    expect(field.extraTries(waveOf(nodes))).toBe(extra);
  });
  it('a shape, keys, a seed and a header that are changed later', () => {
    const mine = { ...shape };
    const tally = kernels.openTally(mine);
    Object.assign(mine, { views: 9, sequences: 9, senders: 1 });
    expect(tally.add(votes())).toEqual({ accepted: 3, duplicate: 0, conflicting: 1, outside: 0 });
    expect(() => tally.count({ view: 3, sequence: 0, phase: 0, digest: 8 })).toThrow('view: expected an integer in 0..0, received 3');

    // A Buffer's slice() is no copy.
    const publicKey = Buffer.from(key.publicKey);
    const set = kernels.ed25519.expand([publicKey]);
    publicKey.fill(0);
    expect(set.verifyBatch(items.map(known)).ok).toBe(true);
    const seed = Buffer.alloc(32, 9);
    const own = kernels.ed25519.key(seed);
    seed.fill(0);
    expect(own.publicKey).toEqual(key.publicKey);
    expect(kernels.ed25519.sign(own, items[0]!.message)).toEqual(items[0]!.signature);
  });
});

describe.each(builds)('views of a resizable buffer, %s', (_name, kernels) => {
  // Node 20 has them, the library of ES2023 does not.
  type Resizable = ArrayBuffer & { resize(length: number): void };
  const ResizableBuffer = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable;
  const resizable = (length: number): Resizable => new ResizableBuffer(length, { maxByteLength: 4096 });
  const shrunk = <T>(make: (buffer: Resizable) => T): T => {
    const buffer = resizable(1024);
    const view = make(buffer);
    buffer.resize(8);
    return view;
  };
  const beyond: [string, Uint8Array][] = [
    ['of a fixed length', shrunk((buffer) => new Uint8Array(buffer, 16, 32))],
    ['that tracks the length', shrunk((buffer) => new Uint8Array(buffer, 16))],
    ['of length 0', shrunk((buffer) => new Uint8Array(buffer, 16, 0))],
  ];
  it.each(beyond)('a view %s that ends beyond a shrunk buffer is refused everywhere', (_what, view) => {
    const reason = /expected an array inside its buffer, received one that ends beyond it: the buffer was made smaller$/;
    for (const act of [
      () => kernels.sha256(view),
      () => kernels.sha512(view),
      () => kernels.hmacSha256(view, view),
      () => kernels.ed25519.key(view),
      () => kernels.ed25519.sign(kernels.ed25519.key(new Uint8Array(32)), view),
      () => kernels.ed25519.verify({ ...items[0]!, message: view }),
      () => kernels.ed25519.verifyBatch([{ ...items[0]!, message: view }]),
      () => kernels.ed25519.verifyBatch([], view),
      () => kernels.nonceSearch({ ...search, header: view }),
      () => kernels.openTally(shape).add({ ...votes(), length: 0, phase: view }),
    ]) {
      expect(act).toThrow(RangeError);
      expect(act).toThrow(reason);
    }
  });
  it('outputs and columns of words too', () => {
    const words = shrunk((buffer) => new Int32Array(buffer, 16, 8));
    const reason = /received one that ends beyond it/;
    expect(() => kernels.openWaves(network, 8).reach(waveOf(8), words)).toThrow(reason);
    expect(() => kernels.openWaves(network, 8).reach({ ...waveOf(8), receivers: words }, new Int32Array(8))).toThrow(reason);
    expect(() => kernels.openWaves({ ...network, quantiles_us: words }, 8)).toThrow(reason);
    expect(() => kernels.openTally(shape).add({ ...votes(), length: 0, view: words })).toThrow(reason);
  });
  it('a view inside its buffer is as long as it is at the call', () => {
    const buffer = resizable(16);
    const view = new Uint8Array(buffer, 2);
    buffer.resize(5);
    expect(kernels.sha256(view)).toEqual(reference.sha256(new Uint8Array(3)));
    buffer.resize(2);
    expect(kernels.sha256(view)).toEqual(reference.sha256(new Uint8Array(0)));
    const words = new Int32Array(resizable(64));
    kernels.openWaves(network, 8).reach(waveOf(8), words);
    const plain = new Int32Array(8);
    reference.openWaves(network, 8).reach(waveOf(8), plain);
    expect(words.slice(0, 8)).toEqual(plain);
  });
});

const realm = createContext();
const foreign = <T extends Uint8Array | Int32Array | Uint32Array>(array: T): T => {
  const Constructor = runInContext(array.constructor.name, realm) as new (values: T) => T;
  return new Constructor(array);
};
class Odd extends Uint8Array {
  override get length(): number {
    return 1;
  }
  override subarray(): never {
    throw new Error('subarray of a subclass was called');
  }
  override slice(): never {
    throw new Error('slice of a subclass was called');
  }
}
const shadowed = (bytes: Uint8Array): Uint8Array => Object.defineProperty(bytes.slice(), 'length', { value: 1 });

describe.each(builds)('typed arrays of another realm, Buffers and other subclasses are taken alike, %s', (_name, kernels) => {
  const forms: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['another realm', foreign],
    // At an odd place of a pool.
    ['a Buffer', (bytes) => Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)],
    ['a subclass', (bytes) => new Odd(bytes)],
    ['a shadowed length', shadowed],
  ];
  it.each(forms)('%s', (_what, as) => {
    const { ed25519 } = kernels;
    const long = Uint8Array.from({ length: 200_000 }, (_, i) => i * 31);
    expect(kernels.sha256(as(long))).toEqual(reference.sha256(long));
    expect(kernels.sha512(as(long))).toEqual(reference.sha512(long));
    expect(kernels.hmacSha256(as(long.slice(0, 65)), as(long))).toEqual(reference.hmacSha256(long.slice(0, 65), long));
    const header = as(hardSearch.header);
    const before = Buffer.from(new Uint8Array(header)).toString('hex');
    expect(kernels.nonceSearch({ ...hardSearch, header, target: as(hardSearch.target) })).toEqual(reference.nonceSearch(hardSearch));
    const versions = Uint32Array.of(4, 0x20000000);
    expect(kernels.rolledSearch({ ...hardSearch, header, target: as(hardSearch.target), versions: foreign(versions) })).toEqual(
      reference.rolledSearch({ ...hardSearch, versions }),
    );
    expect(Buffer.from(new Uint8Array(header)).toString('hex')).toBe(before);
    const own = ed25519.key(as(new Uint8Array(32).fill(9)));
    expect(ed25519.sign(own, as(items[0]!.message))).toEqual(items[0]!.signature);
    const batch = items.map(({ publicKey, message, signature }) => ({
      publicKey: as(publicKey),
      message: as(message),
      signature: as(signature),
    }));
    expect(batch.map((item) => ed25519.verify(item))).toEqual([true, true, true, true]);
    expect(ed25519.verifyBatch(batch, as(new Uint8Array(64).fill(3)))).toEqual({ ok: true, bad: [], calls: 1 });
    const spoiled = batch.with(2, { ...batch[2]!, message: as(Uint8Array.of(1)) });
    expect(ed25519.verifyBatch(spoiled).bad).toEqual([2]);
    expect(ed25519.expand([as(key.publicKey)]).verifyBatch(spoiled.map(known)).bad).toEqual([2]);
  });
  it('columns of words of another realm, in and out', () => {
    for (const nodes of [8, 40]) {
      const wave = waveOf(nodes);
      const columns = Object.fromEntries(
        Object.entries(wave).map(([name, value]) => [name, value instanceof Int32Array ? foreign(value) : value]),
      ) as unknown as Wave;
      const [plain, reached] = [new Int32Array(nodes), foreign(new Int32Array(nodes))];
      reference.openWaves(lossy, nodes).reach(wave, plain);
      kernels.openWaves({ ...lossy, quantiles_us: foreign(lossy.quantiles_us) }, nodes).reach(columns, reached);
      expect([...reached]).toEqual([...plain]);
    }
    const { length, view, sequence, phase, sender, digest } = votes();
    const columns = {
      length,
      view: foreign(view),
      sequence: foreign(sequence),
      phase: foreign(phase),
      sender: foreign(sender),
      digest: foreign(digest),
    };
    expect(kernels.openTally(shape).add(columns)).toEqual(reference.openTally(shape).add(votes()));
  });
  it('what only looks like one is refused, and a shared buffer of another realm', () => {
    const fake: unknown = Object.create(Uint8Array.prototype, { [Symbol.toStringTag]: { value: 'Uint8Array' }, length: { value: 3 } });
    expect(outcomeOf(() => kernels.sha256(fake as Uint8Array))).toMatch(/^TypeError: message: expected a Uint8Array, received /);
    expect(() => kernels.sha256(new Proxy(new Uint8Array(3), {}))).toThrow(TypeError);
    expect(() => kernels.sha256(new Uint8ClampedArray(3) as never)).toThrow(TypeError);
    const sharedElsewhere = runInContext('new Uint8Array(new SharedArrayBuffer(3))', realm) as Uint8Array;
    expect(() => kernels.sha256(sharedElsewhere)).toThrow('message: expected an unshared buffer, received a SharedArrayBuffer');
  });
});

test('what one backend refuses all refuse in the same words: any value in any place', () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, '', 'ab', 0, 1, -1, 0.5, NaN, 2 ** 32, 1n, true, [], {}, Symbol('s'), () => 1),
    fc.constantFrom<unknown>(
      new Uint8Array(0),
      new Uint8Array(32),
      new Uint8Array(64),
      new Uint8Array(80),
      new Int32Array(8),
      new Uint32Array(2),
    ),
    fc.constantFrom<unknown>(
      new DataView(new ArrayBuffer(32)),
      new ArrayBuffer(32),
      new Float64Array(8),
      new Uint8Array(new SharedArrayBuffer(32)),
    ),
  );
  const calls: [string[], (kernels: Kernels, change: Record<string, unknown>) => unknown][] = [
    [['publicKey', 'message', 'signature'], (k, change) => k.ed25519.verify({ ...items[0]!, ...change })],
    [['publicKey', 'message', 'signature'], (k, change) => k.ed25519.verifyBatch([items[1]!, { ...items[0]!, ...change }])],
    [
      ['publicKey', 'key', 'message', 'signature'],
      (k, change) => k.ed25519.expand([key.publicKey]).verifyBatch([{ ...known(items[0]!), ...change } as KnownSignedMessage]),
    ],
    [
      ['header', 'target', 'firstNonce', 'count', 'rounds'],
      (k, change) => k.nonceSearch({ ...search, ...change, count: change['count'] === 2 ** 32 ? 1 : ((change['count'] ?? 9) as number) }),
    ],
    [
      ['start_us', 'own_us', 'delayKeyB', 'lossKeyA', 'upload_ns', 'receivers', 'need', 'reached_us'],
      (k, change) => {
        const reached = ('reached_us' in change ? change['reached_us'] : new Int32Array(8)) as Int32Array;
        k.openWaves(lossy, 8).reach({ ...waveOf(8), ...change }, reached);
        return [...reached];
      },
    ],
    [['regions', 'quantiles_us', 'lossThreshold', 'rto_us'], (k, change) => k.openWaves({ ...lossy, ...change }, 8).extraTries(waveOf(8))],
    [['length', 'view', 'phase', 'sender', 'digest'], (k, change) => k.openTally(shape).add({ ...votes(), ...change })],
    [['senders', 'firstSequence', 'sequences', 'views', 'phases'], (k, change) => k.openTally({ ...shape, ...change }).add(votes())],
    [
      ['view', 'sequence', 'phase', 'digest'],
      (k, change) => k.openTally(shape).count({ view: 0, sequence: 0, phase: 0, digest: 8, ...change }),
    ],
  ];
  holds(
    fc.property(fc.constantFrom(...calls), fc.nat(), value, ([fields, call], at, wrong) => {
      const change = { [fields[at % fields.length]!]: wrong };
      const expected = outcomeOf(() => call(reference, change));
      for (const [, kernels] of builds.slice(1)) expect(outcomeOf(() => call(kernels, change))).toEqual(expected);
    }),
    { seed: 15, numRuns: 150 },
  );
});
