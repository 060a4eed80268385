// One suite over the reference and every build of the WASM kernel. The reference, at milliseconds a signature, takes smaller
// samples of the same checks.
import { readFileSync } from 'node:fs';
import { ed25519 as noble } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_EXPANDED_KEYS, MAX_MESSAGE_BYTES } from '../../harness/kernels/ed25519-border.ts';
import {
  BATCH_CAPACITY,
  type BatchResult,
  type Ed25519,
  type ExpandedKeys,
  type SignedMessage,
  type SigningKey,
} from '../../harness/model/kernels.ts';
import { referenceEd25519 } from '../../harness/kernels/reference-ed25519.ts';
import { wasmEd25519 } from '../../harness/kernels/wasm-ed25519.ts';
import { IN_FULL, inFull } from '../support/full.ts';
import { holds } from '../support/property.ts';

const { Point } = noble;
const ORDER = Point.Fn.ORDER;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const vectors = (name: string): string => readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8');

const reference = referenceEd25519();
const fast = wasmEd25519({ simd: true, debug: false });

function toScalar(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
function fromScalar(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
}

const keys: SigningKey[] = Array.from({ length: 16 }, (_, i) => fast.key(new Uint8Array(32).fill(i + 1)));

/** Valid signatures of `keys` in turn on distinct messages. */
function signed(count: number): SignedMessage[] {
  return Array.from({ length: count }, (_, i) => {
    const key = keys[i % keys.length]!;
    const message = new TextEncoder().encode(`message ${i}`);
    return { publicKey: key.publicKey, message, signature: fast.sign(key, message) };
  });
}

/** Ways to spoil a signature: another message, another R, another S, an S of at least l, an R that does not decode. */
const SPOIL: ((item: SignedMessage) => SignedMessage)[] = [
  (item) => ({ ...item, message: Uint8Array.of(...item.message, 0) }),
  (item) => ({ ...item, signature: replace(item.signature, 0, fast.sign(keys[0]!, new Uint8Array(9)).subarray(0, 32)) }),
  (item) => ({ ...item, signature: replace(item.signature, 32, fromScalar((toScalar(item.signature.subarray(32)) + 1n) % ORDER)) }),
  (item) => ({ ...item, signature: replace(item.signature, 32, fromScalar(toScalar(item.signature.subarray(32)) + ORDER)) }),
  (item) => ({ ...item, signature: replace(item.signature, 0, NO_POINT) }),
];
/** y = 2 is on no point of the curve. */
const NO_POINT = fromScalar(2n);

function replace(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part, at);
  return copy;
}

/** Batch coefficients that differ and repeat from run to run. */
function coefficients(count: number): Uint8Array {
  return Uint8Array.from({ length: 16 * count }, (_, i) => (i * 167 + (i >> 4) * 59 + 13) & 255);
}

/** Expanded sets by the keys they hold, so that tests on the same keys expand them once. */
const expanded = new WeakMap<Ed25519, Map<string, ExpandedKeys>>();

/** The same batch through the expanded keys. */
function verifyKnown(kernel: Ed25519, items: readonly SignedMessage[], z?: Uint8Array): BatchResult {
  const names = items.map((item) => Buffer.from(item.publicKey).toString('hex'));
  const distinct = [...new Set(names)];
  let sets = expanded.get(kernel);
  if (sets === undefined) expanded.set(kernel, (sets = new Map()));
  let set = sets.get(distinct.join());
  if (set === undefined) sets.set(distinct.join(), (set = kernel.expand(distinct.map(hex))));
  return set.verifyBatch(
    items.map(({ message, signature }, i) => ({ key: distinct.indexOf(names[i]!), message, signature })),
    z,
  );
}

/** The eight points of order dividing 8 in all their 14 encodings: canonical, x = 0 with a sign, y not reduced. */
function smallOrderEncodings(): Uint8Array[] {
  const P = Point.Fp.ORDER;
  let generator = Point.ZERO;
  for (let y = 3n; generator.multiplyUnsafe(4n).is0(); y++) {
    try {
      const point = Point.fromBytes(fromScalar(y), true);
      generator = point.multiplyUnsafe(ORDER - 1n).add(point);
    } catch {
      continue; // no point has this y
    }
  }
  const canonical = Array.from({ length: 8 }, (_, i) => generator.multiplyUnsafe(BigInt(i)).toBytes());
  const SIGN = 1n << 255n;
  const others = [1n | SIGN, (P - 1n) | SIGN, P, P | SIGN, P + 1n, (P + 1n) | SIGN].map(fromScalar);
  return [...canonical, ...others];
}

const smallOrder = smallOrderEncodings();
const torsion = smallOrder.slice(0, 8).map((bytes) => Point.fromBytes(bytes, true));

/** A signature that is valid with the cofactor: a point of small order is added to the key and another to R. */
function signedWithTorsion(onKey: number, onR: number, message: number): SignedMessage {
  const { scalar, point } = noble.utils.getExtendedPublicKey(new Uint8Array(32).fill(77));
  return signedBy(scalar, point.add(torsion[onKey % 8]!), torsion[onR % 8]!, message);
}

/** A signature by a key = scalar * B, or that plus a point of small order. */
function signedBy(scalar: bigint, key: InstanceType<typeof Point>, onR: InstanceType<typeof Point>, message: number): SignedMessage {
  const publicKey = key.toBytes();
  const r = BigInt(message + 1) * 0x123456789abcdefn;
  const R = Point.BASE.multiply(r).add(onR).toBytes();
  const bytes = Uint8Array.of(message);
  const s = (r + challenge(R, publicKey, bytes) * scalar) % ORDER;
  return { publicKey, message: bytes, signature: replace(replace(new Uint8Array(64), 0, R), 32, fromScalar(s)) };
}

/** Signatures of few keys: of ordinary ones, of ones with a part of small order or of small order, and of one that does not decode. */
const FEW_KEYS: ((message: number) => SignedMessage)[] = [
  ...[0, 1, 2].map((i) => (message: number) => {
    const bytes = Uint8Array.of(message);
    return { publicKey: keys[i]!.publicKey, message: bytes, signature: fast.sign(keys[i]!, bytes) };
  }),
  ...[1, 4].map((onKey) => (message: number) => signedWithTorsion(onKey, message, message)),
  // The same point in two encodings, which are two keys.
  ...[smallOrder[0]!, smallOrder.at(-2)!].map((publicKey) => (message: number) => ({
    publicKey,
    message: Uint8Array.of(message),
    signature: replace(new Uint8Array(64), 0, smallOrder[message % 14]!),
  })),
  (message) => ({ ...FEW_KEYS[0]!(message), publicKey: NO_POINT }),
];

/** Batches in which keys repeat, some signatures spoiled, drawn once for all builds, with what the reference says of them. */
const withFewKeys = fc
  .sample(
    fc.array(
      fc
        .record({ key: fc.nat({ max: FEW_KEYS.length - 1 }), message: fc.nat({ max: 5 }), spoil: fc.nat({ max: 4 * SPOIL.length - 1 }) })
        .map(({ key, message, spoil }) => {
          const item = FEW_KEYS[key]!(message);
          return spoil < SPOIL.length ? SPOIL[spoil]!(item) : item;
        }),
      { minLength: 2, maxLength: 9 },
    ),
    { seed: 8032, numRuns: inFull(40, 20) },
  )
  .map((items) => ({ items, expected: undefined as BatchResult | undefined }));

const builds: { name: string; make: () => Ed25519; slow: boolean; runs: number }[] = [
  { name: 'reference', make: referenceEd25519, slow: true, runs: 12 },
  { name: 'wasm-simd', make: () => wasmEd25519({ simd: true, debug: false }), slow: false, runs: 40 },
  { name: 'wasm', make: () => wasmEd25519({ simd: false, debug: false }), slow: false, runs: 40 },
  { name: 'wasm-simd, debug', make: () => wasmEd25519({ simd: true, debug: true }), slow: false, runs: 20 },
  { name: 'wasm, debug', make: () => wasmEd25519({ simd: false, debug: true }), slow: false, runs: 20 },
];

describe.each(builds)('Ed25519, $name', ({ make, slow, runs }) => {
  let kernel: Ed25519;
  beforeAll(() => {
    kernel = make();
  });

  test('RFC 8032, section 7.1: public keys, signatures, and their verification', () => {
    const lines = vectors('ed25519-rfc8032.txt').trim().split('\n');
    expect(lines).toHaveLength(5);
    const items = lines.map((line) => {
      const [secret, publicKey, message, signature] = line.split(':').map(hex) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      const key = kernel.key(secret);
      expect(key.publicKey).toEqual(publicKey);
      expect(kernel.sign(key, message)).toEqual(signature);
      return { publicKey, message, signature };
    });
    expect(items.map((item) => kernel.verify(item))).toEqual(items.map(() => true));
    expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: 1 });
    expect(verifyKnown(kernel, items)).toEqual({ ok: true, bad: [], calls: 1 });
  });

  test('SUPERCOP sign.input: public keys, signatures, and their verification', () => {
    const lines = vectors('ed25519-sign-input-first128.txt').trim().split('\n');
    expect(lines).toHaveLength(128);
    const items: SignedMessage[] = [];
    for (const line of lines) {
      const [secret, publicKey, message, signature] = line.split(':').map(hex) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      const key = kernel.key(secret.subarray(0, 32));
      expect(key.publicKey).toEqual(publicKey);
      const made = kernel.sign(key, message);
      expect(made).toEqual(signature.subarray(0, 64));
      const item = { publicKey, message, signature: made };
      expect(kernel.verify(item)).toBe(true);
      items.push(item);
    }
    expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: 1 });
  });

  test('the twelve speccheck cases give the ZIP-215 row, singly, in a batch and with known keys', () => {
    const cases = JSON.parse(vectors('ed25519-speccheck-cases.json')) as { message: string; pub_key: string; signature: string }[];
    const items = cases.map((c) => ({ publicKey: hex(c.pub_key), message: hex(c.message), signature: hex(c.signature) }));
    const valid = [...'VVVVVVXXXVVV'].map((verdict) => verdict === 'V');
    const bad = valid.flatMap((ok, i) => (ok ? [] : [i]));
    expect(items.map((item) => kernel.verify(item))).toEqual(valid);
    expect(kernel.verifyBatch(items).bad).toEqual(bad);
    expect(verifyKnown(kernel, items).bad).toEqual(bad);
    for (const [i, item] of items.entries()) expect(kernel.verifyBatch([items[0]!, item]).ok).toBe(valid[i]);
  });

  test('batches with one bad signature, in every position and of every kind, name it', () => {
    const count = slow ? 5 : runs >= 40 ? 17 : 8;
    const items = signed(count);
    for (let at = 0; at < count; at++) {
      const spoil = slow ? [SPOIL[at % SPOIL.length]!] : SPOIL;
      for (const make of spoil) {
        const batch = items.with(at, make(items[at]!));
        expect(kernel.verifyBatch(batch)).toMatchObject({ ok: false, bad: [at] });
        expect(verifyKnown(kernel, batch)).toMatchObject({ ok: false, bad: [at] });
      }
    }
  });

  test('batches with every subset of bad signatures name the subset, with the calls of a plain bisection', () => {
    const count = slow ? 3 : 6;
    const items = signed(count);
    const spoiled = items.map((item, i) => SPOIL[i % SPOIL.length]!(item));
    for (let subset = 0; subset < 1 << count; subset++) {
      const isBad = (i: number): boolean => ((subset >> i) & 1) === 1;
      const batch = items.map((item, i) => (isBad(i) ? spoiled[i]! : item));
      const bad = batch.flatMap((_, i) => (isBad(i) ? [i] : []));
      // Counted anew: an equation a range, none where the left half already tells, a single check a leaf.
      const calls = (from: number, to: number, told: boolean): number => {
        if (to - from === 1) return 1;
        const fails = bad.some((i) => i >= from && i < to);
        if (!fails) return 1;
        const middle = (from + to) >>> 1;
        const left = bad.some((i) => i >= from && i < middle);
        return (told ? 0 : 1) + calls(from, middle, false) + calls(middle, to, !left);
      };
      expect(kernel.verifyBatch(batch, coefficients(count))).toEqual({ ok: subset === 0, bad, calls: calls(0, count, false) });
    }
  });

  test.each([0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 130])('a batch of %i', (count) => {
    if (slow && count > 33) return; // the reference takes milliseconds a signature; the sizes where the kernel's methods change are checked below
    const items = signed(count);
    expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: count === 0 ? 0 : 1 });
    expect(verifyKnown(kernel, items)).toEqual({ ok: true, bad: [], calls: count === 0 ? 0 : 1 });
    if (count === 0) return;
    const at = (count * 2) >> 2;
    const batch = items.with(at, SPOIL[2]!(items[at]!));
    expect(kernel.verifyBatch(batch).bad).toEqual([at]);
    expect(verifyKnown(kernel, batch).bad).toEqual([at]);
  });

  test('two signatures tampered as S + d and S - d cancel with equal coefficients and fail with random ones', () => {
    const shift = (item: SignedMessage, by: bigint): SignedMessage => {
      const s = (toScalar(item.signature.subarray(32)) + by + ORDER) % ORDER;
      return { ...item, signature: replace(item.signature, 32, fromScalar(s)) };
    };
    const ones = new Uint8Array(16 * 4);
    for (let i = 0; i < 4; i++) ones[16 * i] = 1;
    // Of two keys, and of one.
    for (const items of [signed(4), [0, 1, 2, 3].map((i) => FEW_KEYS[0]!(i))]) {
      const batch = items.with(0, shift(items[0]!, 123456789n)).with(2, shift(items[2]!, -123456789n));
      expect(kernel.verifyBatch(batch, ones).ok).toBe(true);
      expect(kernel.verifyBatch(batch)).toMatchObject({ ok: false, bad: [0, 2] });
      expect(verifyKnown(kernel, batch)).toMatchObject({ ok: false, bad: [0, 2] });
    }
  });

  test('ZIP-215: R and A of small order in any of their encodings with S = 0 are valid, singly and in a batch', () => {
    const encodings = smallOrder;
    expect(new Set(encodings.map((e) => Buffer.from(e).toString('hex'))).size).toBe(14);
    const message = new TextEncoder().encode('Zcash');
    const items = encodings.flatMap((publicKey) =>
      encodings.map((R) => ({ publicKey, message, signature: replace(new Uint8Array(64), 0, R) })),
    );
    for (const item of slow ? items.filter((_, i) => i % 5 === 0) : items) expect(kernel.verify(item)).toBe(true);
    expect(kernel.verifyBatch(slow ? items.slice(0, 30) : items)).toEqual({ ok: true, bad: [], calls: 1 });
    expect(verifyKnown(kernel, slow ? items.slice(0, 30) : items)).toEqual({ ok: true, bad: [], calls: 1 });
  });

  test('a torsion point added to A or R changes nothing for single, batch and known keys alike', () => {
    const items = Array.from({ length: 8 }, (_, i) => signedWithTorsion(i, 3 * i, i));
    expect(items.map((item) => kernel.verify(item))).toEqual(items.map(() => true));
    expect(kernel.verifyBatch(items).ok).toBe(true);
    expect(verifyKnown(kernel, items).ok).toBe(true);
    // Random coefficients: a cofactorless batch would accept these at random.
    for (let run = 0; run < (slow ? 2 : 20); run++) expect(kernel.verifyBatch(items.slice(0, 2)).ok).toBe(true);
  });

  test('batches in which keys repeat: the verdict and the number of calls are those of the reference, and single verification agrees', () => {
    for (const batch of withFewKeys.slice(0, runs)) {
      const { items } = batch;
      const z = coefficients(items.length);
      const expected = (batch.expected ??= reference.verifyBatch(items, z));
      expect(kernel.verifyBatch(items, z)).toEqual(expected);
      expect(verifyKnown(kernel, items, z)).toEqual(expected);
      expect(kernel.verifyBatch(items)).toEqual(expected);
      expect(items.map((item) => kernel.verify(item))).toEqual(items.map((_, i) => !expected.bad.includes(i)));
    }
  });

  test('keys that a hash does not tell apart, and that differ in their last bit, are not taken for one', () => {
    const { scalar, point } = noble.utils.getExtendedPublicKey(new Uint8Array(32).fill(78));
    const items = Array.from({ length: 12 }, (_, i) =>
      i % 2 === 0 ? signedBy(scalar, point, Point.ZERO, i) : signedBy(ORDER - scalar, point.negate(), Point.ZERO, i),
    );
    // The multipliers of the hash are the first four coefficients.
    const z = replace(coefficients(12), 0, new Uint8Array(64));
    expect(kernel.verifyBatch(items, z)).toEqual({ ok: true, bad: [], calls: 1 });
    expect(kernel.verifyBatch(items.with(9, SPOIL[0]!(items[9]!)), z).bad).toEqual([9]);
  });

  test.each([1, 2, 3])('batches under keys in number %i, one signature bad, in every position and of every kind, name it', (distinct) => {
    const count = slow ? 4 : 9;
    const items = Array.from({ length: count }, (_, i) => FEW_KEYS[i % distinct]!(i));
    expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: 1 });
    const withoutKey = (item: SignedMessage): SignedMessage => ({ ...item, publicKey: NO_POINT });
    const withOtherKey = (item: SignedMessage): SignedMessage => ({ ...item, publicKey: keys[9]!.publicKey });
    for (let at = 0; at < count; at++) {
      for (const make of slow ? [SPOIL[at % SPOIL.length]!] : [...SPOIL, withoutKey, withOtherKey]) {
        expect(kernel.verifyBatch(items.with(at, make(items[at]!)))).toMatchObject({ ok: false, bad: [at] });
      }
    }
    // The signatures of one key all bad, since it does not decode or since they are another's.
    for (const make of [withoutKey, withOtherKey]) {
      const bad = items.flatMap((_, i) => (i % distinct === 0 ? [i] : []));
      expect(kernel.verifyBatch(items.map((item, i) => (i % distinct === 0 ? make(item) : item))).bad).toEqual(bad);
    }
  });

  test('fast-check against noble: seeds, messages, flipped bits', () => {
    holds(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.option(fc.nat({ max: 511 })),
        fc.option(fc.nat({ max: 255 })),
        (seed, message, signatureBit, keyBit) => {
          const key = kernel.key(seed);
          expect(key.publicKey).toEqual(noble.getPublicKey(seed));
          const signature = kernel.sign(key, message);
          expect(signature).toEqual(noble.sign(message, seed));
          const publicKey = key.publicKey.slice();
          if (signatureBit !== null) signature[signatureBit >> 3]! ^= 1 << (signatureBit & 7);
          if (keyBit !== null) publicKey[keyBit >> 3]! ^= 1 << (keyBit & 7);
          const valid = reference.verify({ publicKey, message, signature });
          expect(valid).toBe(signatureBit === null && keyBit === null);
          expect(kernel.verify({ publicKey, message, signature })).toBe(valid);
          expect(kernel.verifyBatch([{ publicKey, message, signature }, ...signed(1)]).ok).toBe(valid);
        },
      ),
      { seed: 215, numRuns: runs },
    );
  });

  test('random encodings of A, R and S: the verdict and the number of calls are those of the reference', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const small = fc.constantFrom(...smallOrder);
    // y of 0 to 18 has a second encoding, p to 2^255 - 1.
    const unreduced = fc
      .tuple(fc.bigInt(0n, 18n), fc.boolean())
      .map(([y, sign]) => fromScalar(Point.Fp.ORDER + y + (sign ? 1n << 255n : 0n)));
    const point = fc.oneof(bytes, small, unreduced, fc.constantFrom(...keys.map((key) => key.publicKey)));
    const scalar = fc.oneof(
      bytes,
      fc.bigInt(0n, 3n).map(fromScalar),
      fc.bigInt(0n, 3n).map((x) => fromScalar(ORDER - 2n + x)),
    );
    const item = fc
      .tuple(point, point, scalar, fc.uint8Array({ maxLength: 3 }))
      .map(([publicKey, R, s, message]) => ({ publicKey, message, signature: replace(replace(new Uint8Array(64), 0, R), 32, s) }));
    holds(
      fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), (items) => {
        const expected = reference.verifyBatch(items, coefficients(items.length));
        expect(kernel.verifyBatch(items, coefficients(items.length))).toEqual(expected);
        expect(verifyKnown(kernel, items, coefficients(items.length))).toEqual(expected);
        expect(items.map((one) => kernel.verify(one))).toEqual(items.map((_, i) => !expected.bad.includes(i)));
      }),
      { seed: 8032, numRuns: runs },
    );
  });

  test('messages of 0 to 300 bytes and of a megabyte', () => {
    const key = keys[3]!;
    const own = kernel.key(new Uint8Array(32).fill(4));
    for (let length = 0; length <= 300; length += slow ? 37 : inFull(1, 3)) {
      const message = Uint8Array.from({ length }, (_, i) => i ^ length);
      const signature = kernel.sign(own, message);
      expect(signature).toEqual(fast.sign(key, message));
      expect(kernel.verify({ publicKey: key.publicKey, message, signature })).toBe(true);
    }
    const long = new Uint8Array(3_000_001).fill(7);
    const signature = kernel.sign(own, long);
    expect(signature).toEqual(Uint8Array.from(noble.sign(long, new Uint8Array(32).fill(4))));
    const items = [...signed(2), { publicKey: key.publicKey, message: long, signature }, ...signed(2)];
    expect(kernel.verifyBatch(items).ok).toBe(true);
    items[2] = { ...items[2]!, message: long.with(3_000_000, 8) };
    expect(kernel.verifyBatch(items).bad).toEqual([2]);
  });

  test('wrong types are TypeErrors; wrong lengths, shared and detached buffers are RangeErrors', () => {
    const [good] = signed(1) as [SignedMessage];
    const known0 = { key: 0, message: good.message, signature: good.signature };
    const key = kernel.key(new Uint8Array(32));
    const shared = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
    const detached = (length: number): Uint8Array => {
      const bytes = new Uint8Array(length);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      return bytes;
    };
    const wrong = (bytes: unknown): Uint8Array => bytes as Uint8Array;
    for (const bytes of [new Uint8Array(31), new Uint8Array(33), shared(32), detached(32)]) {
      expect(() => kernel.key(bytes)).toThrow(RangeError);
      expect(() => kernel.verify({ ...good, publicKey: bytes })).toThrow(RangeError);
      expect(() => kernel.verifyBatch([good, { ...good, publicKey: bytes }])).toThrow(RangeError);
      expect(() => kernel.expand([bytes])).toThrow(RangeError);
    }
    for (const bytes of [new Uint8Array(63), new Uint8Array(65), shared(64), detached(64)]) {
      expect(() => kernel.verify({ ...good, signature: bytes })).toThrow(RangeError);
      expect(() => kernel.verifyBatch([{ ...good, signature: bytes }])).toThrow(RangeError);
      expect(() => kernel.expand([good.publicKey]).verifyBatch([{ key: 0, message: good.message, signature: bytes }])).toThrow(RangeError);
    }
    for (const bytes of [shared(5), shared(0), detached(5), detached(0), new Uint8Array(MAX_MESSAGE_BYTES + 1)]) {
      expect(() => kernel.sign(key, bytes)).toThrow(RangeError);
      expect(() => kernel.verify({ ...good, message: bytes })).toThrow(RangeError);
      expect(() => kernel.verifyBatch([good, { ...good, message: bytes }])).toThrow(RangeError);
      expect(() => kernel.expand([good.publicKey]).verifyBatch([{ ...known0, message: bytes }])).toThrow(RangeError);
    }
    for (const bytes of [undefined, null, 'ab', [1, 2], new Uint16Array(32), new ArrayBuffer(32)]) {
      expect(() => kernel.key(wrong(bytes))).toThrow(TypeError);
      expect(() => kernel.sign(key, wrong(bytes))).toThrow(TypeError);
      expect(() => kernel.verify({ ...good, signature: wrong(bytes) })).toThrow(TypeError);
    }
    for (const foreign of [undefined, {}, { ...key, secret: new Uint8Array(31) }, { ...key, secret: 'ab' }]) {
      expect(() => kernel.sign(foreign as never, new Uint8Array(1))).toThrow(TypeError);
    }
    expect(() => kernel.verifyBatch(good as never)).toThrow(TypeError);
    expect(() => kernel.verifyBatch([null as never])).toThrow(TypeError);
    for (const z of [new Uint8Array(15), new Uint8Array(17), shared(16), detached(16)]) {
      expect(() => kernel.verifyBatch([good], z)).toThrow(RangeError);
      expect(() => kernel.expand([good.publicKey]).verifyBatch([known0], z)).toThrow(RangeError);
    }
    const known = kernel.expand([good.publicKey]);
    for (const index of [-1, 1, 0.5, NaN]) expect(() => known.verifyBatch([{ ...known0, key: index }])).toThrow(RangeError);
    expect(() => known.verifyBatch([{ ...known0, key: '0' as never }])).toThrow(TypeError);
    expect(() => kernel.expand(new Array(MAX_EXPANDED_KEYS + 1).fill(good.publicKey))).toThrow(RangeError);
  });
});

const many: SigningKey[] = Array.from({ length: 90 }, (_, i) => fast.key(new Uint8Array(32).fill(100 + i)));

/** SHA-512(R || A || M) mod l. */
function challenge(R: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return toScalar(sha512(Uint8Array.of(...R, ...publicKey, ...message))) % ORDER;
}

// Sums go through tables, with one point or two at a time, or through buckets, by the size of the batch.
describe.each([
  { simd: true, debug: false },
  { simd: false, debug: false },
  { simd: true, debug: true },
  { simd: false, debug: true },
])('large batches, wasm, simd: $simd, debug: $debug', (build) => {
  const kernel = wasmEd25519(build);

  test.each(build.debug ? [223, 301] : [223, 224, 255, 256, 257, 287, 288, 289, 511, 767, 768, 769, 1023, 1024, 1025])(
    'a batch of %i, good and with bad ones',
    (count) => {
      const items = signed(count);
      expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: 1 });
      expect(verifyKnown(kernel, items)).toEqual({ ok: true, bad: [], calls: 1 });
      const bad = [0, count >> 1, count - 1];
      const batch = items.map((item, i) => (bad.includes(i) ? SPOIL[2]!(item) : item));
      expect(kernel.verifyBatch(batch).bad).toEqual(bad);
      expect(verifyKnown(kernel, batch).bad).toEqual(bad);
    },
  );

  // Keys go through tables or, from 56 on, through buckets, and those found in half of a batch may come first in the other half.
  test.each([1, 3, 20, 55, 56, 90])('batches of 97 and more under %i keys in any order, some signatures bad', (distinct) => {
    for (const count of build.debug ? [97] : inFull([97, 128, 200, 400], [97, 200])) {
      const random = fc.sample(fc.nat({ max: 9999 }), { seed: count, numRuns: count });
      const items = random.map((key, i) => {
        const { publicKey, secret } = many[key % distinct]!;
        const message = Uint8Array.of(i, i >> 8);
        return { publicKey, message, signature: fast.sign({ publicKey, secret }, message) };
      });
      expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: 1 });
      for (const often of inFull([3, 40, 400], [40])) {
        const bad = items.flatMap((_, i) => (random[i]! % often === 2 ? [i] : []));
        const batch = items.map((item, i) => (bad.includes(i) ? SPOIL[i % SPOIL.length]!(item) : item));
        expect(kernel.verifyBatch(batch).bad).toEqual(bad);
        expect(verifyKnown(kernel, batch).bad).toEqual(bad);
      }
    }
  });

  test.each(build.debug ? [96, 130] : [95, 96, 97, 170, 180, 350, 360, 513])('a batch of %i under as many keys', (count) => {
    const items = Array.from({ length: count }, (_, i): SignedMessage => {
      const key = kernel.key(Uint8Array.from({ length: 32 }, (_, j) => (i >> j) & 255));
      return { publicKey: key.publicKey, message: new Uint8Array(0), signature: kernel.sign(key, new Uint8Array(0)) };
    });
    expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: 1 });
    expect(verifyKnown(kernel, items)).toEqual({ ok: true, bad: [], calls: 1 });
    const batch = items.with(count - 1, SPOIL[1]!(items[count - 1]!));
    expect(kernel.verifyBatch(batch)).toMatchObject({ ok: false, bad: [count - 1] });
    expect(verifyKnown(kernel, batch)).toMatchObject({ ok: false, bad: [count - 1] });
  });

  if (build.debug) return; // 10 000 signatures take seconds with assertions on
  test('a batch of 10 000 is split at the capacity, to the same result', () => {
    const once = signed(500);
    const items = Array.from({ length: 10_000 }, (_, i) => once[i % 500]!);
    expect(kernel.verifyBatch(items)).toEqual({ ok: true, bad: [], calls: Math.ceil(10_000 / BATCH_CAPACITY) });
    expect(verifyKnown(kernel, items)).toEqual({ ok: true, bad: [], calls: Math.ceil(10_000 / BATCH_CAPACITY) });
    const bad = [17, 4095, 4096, 9999];
    const batch = items.map((item, i) => (bad.includes(i) ? SPOIL[0]!(item) : item));
    expect(kernel.verifyBatch(batch).bad).toEqual(bad);
  });
});

test('single verification, whose equation is scaled to halve its scalars: thousands of signatures, good and spoiled', () => {
  for (const [i, item] of signed(inFull(4000, 1000)).entries()) {
    expect(fast.verify(item)).toBe(true);
    expect(fast.verify(SPOIL[i % 3]!(item))).toBe(false);
  }
});

test.runIf(IN_FULL)('the cost of a signature falls with the size of the batch, and nothing is quadratic', () => {
  const items = signed(4096);
  const distinct = items.map(({ message }, i) => {
    const key = fast.key(Uint8Array.from({ length: 32 }, (_, j) => (i >> j) & 255));
    return { publicKey: key.publicKey, message, signature: fast.sign(key, message) };
  });
  const known = fast.expand(keys.map((key) => key.publicKey));
  const byKey = items.map(({ message, signature }, i) => ({ key: i % keys.length, message, signature }));
  // Keys that differ in two bytes would collide under many a fixed hash. With S of at least l no equation is evaluated.
  const alike = (at: number): SignedMessage[] =>
    items.map((item, i) => ({ ...SPOIL[3]!(item), publicKey: replace(new Uint8Array(32), at, Uint8Array.of(i, i >> 8)) }));
  /** CPU microseconds a signature in batches of each size: the least of five runs, in which the sizes take turns, so that other load meets all. */
  const costs_us = (sizes: readonly number[], verify: (from: number, to: number) => void): number[] => {
    const least = sizes.map(() => Infinity);
    for (let run = 0; run < 5; run++)
      for (const [which, size] of sizes.entries()) {
        const start = process.cpuUsage();
        const count = Math.min(items.length, 64 * size);
        for (let from = 0; from < count; from += size) verify(from, from + size);
        const { user, system } = process.cpuUsage(start);
        least[which] = Math.min(least[which]!, (user + system) / count);
      }
    return least;
  };
  const good = (batch: readonly SignedMessage[]) => (from: number, to: number) =>
    expect(fast.verifyBatch(batch.slice(from, to)).ok).toBe(true);
  for (const verify of [
    good(items),
    good(distinct),
    (from: number, to: number) => expect(known.verifyBatch(byKey.slice(from, to)).ok).toBe(true),
  ]) {
    const [at2, at16, at512, at4096] = costs_us([2, 16, 512, 4096], verify) as [number, number, number, number];
    // Measured: 58, 30, 9.7 and 8.1 us under 16 keys; 55, 29, 19 and 17 under as many as signatures; 35, 19, 9.1 and 7.6 under 16 known ones.
    expect(at16).toBeLessThan(at2);
    expect(at512).toBeLessThan(at16);
    expect(at4096).toBeLessThan(1.2 * at512);
  }
  for (const batch of [alike(0), alike(2), alike(28), alike(30)]) {
    const verify = (from: number, to: number) => expect(fast.verifyBatch(batch.slice(from, to)).ok).toBe(false);
    const [at512, at4096] = costs_us([512, 4096], verify) as [number, number];
    expect(at4096).toBeLessThan(1.5 * at512);
  }
});

test('field products are exact: with operands of 15 carried sizes in product, every sum stays below 2^53 of its unit', () => {
  // From e(i) = ceil(255 i / 12) alone: a carried limb is at most half of the next limb's unit.
  const e = (i: number): number => Math.ceil((255 * i) / 12);
  for (let k = 0; k < 12; k++) {
    let worst = 0;
    for (let i = 0; i < 12; i++) {
      const j = (k - i + 12) % 12;
      const wraps = i > k;
      worst += (wraps ? 19 : 1) * 2 ** (e(i + 1) - 1 + e(j + 1) - 1 - (wraps ? 255 : 0) - e(k));
      // Every product is a whole number of units of limb k.
      expect(e(i) + e(j) - (wraps ? 255 : 0)).toBeGreaterThanOrEqual(e(k));
    }
    // What a carry adds on the way is below 2^37 units.
    expect(15 * worst + 2 ** 37).toBeLessThan(2 ** 53);
  }
});

test('the batch of the reference bisects with as many calls as the kernel', () => {
  const items = signed(40).map((item, i) => (i === 3 || i === 30 || i === 31 ? SPOIL[2]!(item) : item));
  expect(fast.verifyBatch(items)).toEqual(reference.verifyBatch(items));
});
