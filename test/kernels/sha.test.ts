// One suite over every build of the SHA kernels: reference, scalar and SIMD WASM, release and debug.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import type { NonceSearch, RolledSearch, ShaKernels } from '../../harness/model/kernels.ts';
import { hasSimd } from '../../harness/kernels/load.ts';
import { referenceSha } from '../../harness/kernels/reference-sha.ts';
import { wasmSha } from '../../harness/kernels/wasm-sha.ts';
import { holds } from '../support/property.ts';

const wasmBuilds: [string, ShaKernels][] = [
  ['wasm', wasmSha({ simd: false, debug: false })],
  ['wasm debug', wasmSha({ simd: false, debug: true })],
];
// SIMD absent: nothing to compare, the scalar builds stand for the backend.
if (hasSimd()) {
  for (const form of ['chain', 'tree'] as const) {
    wasmBuilds.push([`wasm-simd, ${form}`, wasmSha({ simd: true, debug: false, form })]);
    wasmBuilds.push([`wasm-simd debug, ${form}`, wasmSha({ simd: true, debug: true, form })]);
  }
}
const builds: [string, ShaKernels][] = [['reference', referenceSha()], ...wasmBuilds];

const vector = (name: string): string => readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8');

/** The records of a NIST response file. A message of Len 0 is written 00. */
function nist(name: string): { message: Uint8Array; digest: string }[] {
  const text = vector(name);
  return [...text.matchAll(/Len = (\d+)\s+Msg = ([0-9a-f]*)\s+MD = ([0-9a-f]+)/g)].map(([, bits, message, digest]) => ({
    message: hexToBytes(message!).slice(0, Number(bits) / 8),
    digest: digest!,
  }));
}

interface Header {
  readonly height: number;
  readonly chain: string;
  readonly header: Uint8Array;
  readonly nonce: number;
  readonly target: Uint8Array;
}
/** Real headers; the file shows targets as people write them, most significant byte first. */
const headers: Header[] = (
  JSON.parse(vector('lottery.json')) as { headers: { height: number; chain: string; hex: string; nonce: number; target: string }[] }
).headers.map(({ height, chain, hex, nonce, target }) => ({
  height,
  chain,
  header: hexToBytes(hex),
  nonce,
  target: hexToBytes(target).reverse(),
}));

/** A target of 2^(256-bits) - 1: one hash in 2^bits meets it. */
function targetOf(bits: number): Uint8Array {
  const target = new Uint8Array(32).fill(0xff);
  for (let bit = 0; bit < bits; bit++) target[31 - (bit >> 3)]! &= ~(0x80 >> (bit & 7));
  return target;
}
const NO_HASH = new Uint8Array(32);

/** A header that depends on every byte of `seed`. */
function headerOf(seed: number): Uint8Array {
  const header = new Uint8Array(80);
  const view = new DataView(header.buffer);
  for (let i = 0; i < 5; i++) header.set(sha256(Uint8Array.of(seed, seed >> 8, seed >> 16, i)).slice(0, 16), 16 * i);
  view.setUint32(76, 0xdeadbeef, true);
  return header;
}

function hashOf(header: Uint8Array, nonce: number, rounds: 1 | 2): Uint8Array {
  const copy = header.slice();
  new DataView(copy.buffer).setUint32(76, nonce, true);
  return rounds === 2 ? sha256(sha256(copy)) : sha256(copy);
}

/** The naive search over a table of hashes, so that a range is hashed once for many targets and starts. */
function naive(hashes: Uint8Array[], target: Uint8Array, from: number, count: number): number | null {
  const number = (bytes: Uint8Array): bigint => BigInt(`0x${bytesToHex(bytes.slice().reverse())}`);
  const limit = number(target);
  for (let i = from; i < from + count; i++) if (number(hashes[i]!) <= limit) return i;
  return null;
}

describe.each(builds)('SHA kernels, %s', (_name, sha) => {
  it('gives the digests of the NIST SHA-256 short messages', () => {
    const records = nist('SHA256ShortMsg.rsp');
    expect(records).toHaveLength(65);
    for (const { message, digest } of records) expect(bytesToHex(sha.sha256(message))).toBe(digest);
  });

  it('gives the digests of the NIST SHA-512 short messages', () => {
    const records = nist('SHA512ShortMsg.rsp');
    expect(records).toHaveLength(129);
    for (const { message, digest } of records) expect(bytesToHex(sha.sha512(message))).toBe(digest);
  });

  it('hashes messages of every length 0..300 as noble does', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 167 + 13) & 0xff);
    for (let length = 0; length <= 300; length++) {
      const message = bytes.subarray(0, length);
      expect(sha.sha256(message), `SHA-256 of ${length} bytes`).toEqual(sha256(message));
      expect(sha.sha512(message), `SHA-512 of ${length} bytes`).toEqual(sha512(message));
    }
  });

  it('hashes messages longer than the buffer they are copied through', () => {
    const bytes = Uint8Array.from({ length: 200_001 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
    for (const length of [65_535, 65_536, 65_537, 131_072, 200_001]) {
      const message = bytes.subarray(0, length);
      expect(sha.sha256(message)).toEqual(sha256(message));
      expect(sha.sha512(message)).toEqual(sha512(message));
      expect(sha.hmacSha256(message, message)).toEqual(hmac(sha256, message, message));
    }
  });

  it('RFC 2104: a key longer than a block is hashed first, a shorter one padded', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 91 + 5) & 0xff);
    for (const key of [0, 1, 20, 32, 63, 64, 65, 131, 200]) {
      for (const message of [0, 1, 55, 56, 63, 64, 65, 119, 200]) {
        const [k, m] = [bytes.subarray(0, key), bytes.subarray(0, message)];
        expect(sha.hmacSha256(k, m), `key ${key}, message ${message}`).toEqual(hmac(sha256, k, m));
      }
    }
  });

  it('RFC 4231, test case 2', () => {
    const [key, message] = ['Jefe', 'what do ya want for nothing?'].map((text) => new TextEncoder().encode(text));
    expect(bytesToHex(sha.hmacSha256(key!, message!))).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });

  it('returns a digest that later calls do not change', () => {
    const first = sha.sha256(new Uint8Array(3));
    const copy = first.slice();
    sha.sha256(new Uint8Array(4));
    expect(first).toEqual(copy);
  });

  it('finds the nonces of real Bitcoin headers', () => {
    for (const { header, nonce, target, height, chain } of headers) {
      const search: NonceSearch = { header, target, firstNonce: nonce - 1000, count: 2000, rounds: 2 };
      expect(sha.nonceSearch(search), `${chain} ${height}`).toEqual({ nonce, tried: 1001 });
      expect(sha.nonceSearch({ ...search, count: 1000 })).toEqual({ nonce: null, tried: 1000 });
      expect(sha.nonceSearch({ ...search, firstNonce: nonce, count: 1 })).toEqual({ nonce, tried: 1 });
    }
  });

  it('accepts a hash that equals the target, and none that is one above (Bitcoin rejects hash > target)', () => {
    for (const { header, nonce } of headers) {
      for (const rounds of [1, 2] as const) {
        const target = hashOf(header, nonce, rounds);
        const search: NonceSearch = { header, target, firstNonce: nonce, count: 1, rounds };
        expect(sha.nonceSearch(search)).toEqual({ nonce, tried: 1 });
        // hash - 1: the last byte that is not 0 goes down by one, those before it become 255.
        const below = target.slice();
        const byte = below.findIndex((value) => value !== 0);
        below.fill(0xff, 0, byte);
        below[byte]! -= 1;
        expect(sha.nonceSearch({ ...search, target: below })).toEqual({ nonce: null, tried: 1 });
      }
    }
  });

  it('compares every word of the hash, the most significant first', () => {
    const { header, nonce } = headers[2]!;
    for (const rounds of [1, 2] as const) {
      const hash = hashOf(header, nonce, rounds);
      for (let word = 0; word < 8; word++) {
        const at = (change: number): Uint8Array => {
          const target = hash.slice();
          const view = new DataView(target.buffer);
          view.setUint32(4 * word, view.getUint32(4 * word, true) + change, true);
          return target;
        };
        const found = (target: Uint8Array): boolean =>
          sha.nonceSearch({ header, target, firstNonce: nonce, count: 1, rounds }).nonce === nonce;
        const value = new DataView(hash.buffer).getUint32(4 * word, true);
        if (value < 0xffffffff) expect(found(at(1)), `word ${word}, target above`).toBe(true);
        if (value > 0) expect(found(at(-1)), `word ${word}, target below`).toBe(false);
      }
    }
  });

  it('leaves the header it is given as it was', () => {
    const header = headerOf(1);
    const copy = header.slice();
    sha.nonceSearch({ header, target: NO_HASH, firstNonce: 5, count: 300, rounds: 2 });
    expect(header).toEqual(copy);
  });

  it('hits equal the naive search: every lane and every tail, at every position of a group', () => {
    // Across the wrap at 2^32, too: the nonces are 0xfffffff0 .. 0xffffffff and 0 .. 31.
    const header = headerOf(2);
    const base = 0xfffffff0;
    for (const rounds of [1, 2] as const) {
      const hashes = Array.from({ length: 48 }, (_, i) => hashOf(header, (base + i) % 2 ** 32, rounds));
      for (let start = 0; start < 9; start++) {
        for (let length = 0; length <= 20; length++) {
          // The least hash of the range as target: one hit, anywhere.
          const least = hashes.slice(start, start + Math.max(length, 1)).reduce((x, y) => (naive([x], y, 0, 1) === 0 ? x : y));
          for (const target of [least, targetOf(1), targetOf(3), NO_HASH]) {
            const at = naive(hashes, target, start, length);
            expect(
              sha.nonceSearch({ header, target, firstNonce: (base + start) % 2 ** 32, count: length, rounds }),
              `${rounds} rounds, start ${start}, ${length} nonces`,
            ).toEqual(at === null ? { nonce: null, tried: length } : { nonce: (base + at) % 2 ** 32, tried: at - start + 1 });
          }
        }
      }
    }
  });

  it('finds the one hit at every position of a range longer than a group', () => {
    const header = headerOf(3);
    const length = 700;
    for (const rounds of [1, 2] as const) {
      const hashes = Array.from({ length }, (_, i) => hashOf(header, 1000 + i, rounds));
      for (let position = 0; position < length; position += 1) {
        // From each nonce on, the target of its own hash: the first hit is that nonce.
        const search: NonceSearch = { header, target: hashes[position]!, firstNonce: 1000, count: length, rounds };
        const at = naive(hashes, hashes[position]!, 0, position + 1)!;
        expect(sha.nonceSearch(search)).toEqual({ nonce: 1000 + at, tried: at + 1 });
      }
    }
  });

  it('wraps at 2^32', () => {
    const { header, target, nonce } = headers[3]!;
    const firstNonce = (nonce + 2 ** 32 - 100) % 2 ** 32;
    expect(sha.nonceSearch({ header, target: NO_HASH, firstNonce: 2 ** 32 - 1, count: 3, rounds: 2 })).toEqual({ nonce: null, tried: 3 });
    expect(sha.nonceSearch({ header, target, firstNonce, count: 200, rounds: 2 })).toEqual({ nonce, tried: 101 });
    const shifted = header.slice();
    for (let nonce = 0; nonce < 4; nonce++) {
      const at = hashOf(shifted, nonce, 2);
      const result = sha.nonceSearch({ header: shifted, target: at, firstNonce: 2 ** 32 - 6, count: 6 + nonce + 1, rounds: 2 });
      const range = Array.from({ length: 6 + nonce + 1 }, (_, i) => hashOf(shifted, (2 ** 32 - 6 + i) % 2 ** 32, 2));
      const first = naive(range, at, 0, range.length)!;
      expect(result).toEqual({ nonce: (2 ** 32 - 6 + first) % 2 ** 32, tried: first + 1 });
    }
  });

  it('tries nothing when the count is 0', () => {
    expect(sha.nonceSearch({ header: headerOf(4), target: targetOf(0), firstNonce: 7, count: 0, rounds: 2 })).toEqual({
      nonce: null,
      tried: 0,
    });
  });

  it('is at the first nonce when every hash meets the target', () => {
    for (const rounds of [1, 2] as const) {
      expect(sha.nonceSearch({ header: headerOf(4), target: targetOf(0), firstNonce: 7, count: 9, rounds })).toEqual({
        nonce: 7,
        tried: 1,
      });
    }
  });

  it('BIP 320: rolls versions under each nonce, and finds the first pair of the naive search at every place', () => {
    const header = headerOf(7);
    const firstNonce = 2 ** 32 - 40;
    // 1, 5 and 10 versions fill a pass, 3 and 13 do not, 64 are the most.
    for (const many of [1, 3, 5, 10, 13, 64]) {
      const versions = Uint32Array.from({ length: many }, (_, i) => 0x20000000 + (i << 13));
      // Longer than a group of 64 nonces where that is quick.
      const count = many < 10 ? 150 : 70;
      const pairs = Array.from({ length: count * many }, (_, i) => ({
        nonce: (firstNonce + Math.floor(i / many)) % 2 ** 32,
        version: versions[i % many]!,
      }));
      const copy = header.slice();
      const hashes = pairs.map(({ nonce, version }) => {
        new DataView(copy.buffer).setUint32(0, version, true);
        return hashOf(copy, nonce, 2);
      });
      const stride = many < 13 ? 1 : 37;
      for (let place = 0; place < pairs.length; place += stride) {
        const at = naive(hashes, hashes[place]!, 0, place + 1)!;
        const search: RolledSearch = { header, target: hashes[place]!, versions, firstNonce, count };
        expect(sha.rolledSearch(search), `${many} versions, place ${place}`).toEqual({ ...pairs[at]!, tried: at + 1 });
      }
      expect(sha.rolledSearch({ header, target: NO_HASH, versions, firstNonce, count })).toEqual({
        nonce: null,
        version: null,
        tried: count * many,
      });
    }
  });

  it('finds the version and nonce of real Bitcoin headers among rolled versions', () => {
    for (const { header, nonce, target } of headers) {
      const version = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
      const versions = Uint32Array.from({ length: 20 }, (_, i) => version ^ ((19 - i) << 13));
      expect(sha.rolledSearch({ header, target, versions, firstNonce: nonce - 100, count: 200 })).toEqual({
        nonce,
        version,
        tried: 100 * 20 + 20,
      });
    }
  });

  it('a version that is listed twice is tried twice, and the first counts', () => {
    const versions = Uint32Array.of(9, 9, 9);
    const search: RolledSearch = { header: headerOf(4), target: targetOf(0), versions, firstNonce: 3, count: 2 };
    expect(sha.rolledSearch(search)).toEqual({ nonce: 3, version: 9, tried: 1 });
    expect(sha.rolledSearch({ ...search, count: 0 })).toEqual({ nonce: null, version: null, tried: 0 });
    expect(sha.rolledSearch({ ...search, target: NO_HASH })).toEqual({ nonce: null, version: null, tried: 6 });
  });

  describe('at the border', () => {
    const search: NonceSearch = { header: headerOf(5), target: targetOf(4), firstNonce: 0, count: 10, rounds: 2 };
    const shared = new Uint8Array(new SharedArrayBuffer(80));
    const detached = (length: number): Uint8Array => {
      const bytes = new Uint8Array(length);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      return bytes;
    };

    const detachedVersions = (): Uint32Array => {
      const versions = new Uint32Array(2);
      structuredClone(versions.buffer, { transfer: [versions.buffer] });
      return versions;
    };

    it.each([
      ['a header of 79 bytes', { header: new Uint8Array(79) }],
      ['a header of 81 bytes', { header: new Uint8Array(81) }],
      ['a target of 31 bytes', { target: new Uint8Array(31) }],
      ['a target of 33 bytes', { target: new Uint8Array(33) }],
      ['a shared header', { header: shared }],
      ['a shared target', { target: new Uint8Array(new SharedArrayBuffer(32)) }],
      ['a detached header', { header: detached(80) }],
      ['a detached target', { target: detached(32) }],
      ['a first nonce of 2^32', { firstNonce: 2 ** 32 }],
      ['a first nonce of -1', { firstNonce: -1 }],
      ['a first nonce of 0.5', { firstNonce: 0.5 }],
      ['a first nonce that is not a number', { firstNonce: NaN }],
      ['a count beyond 2^32', { count: 2 ** 32 + 1 }],
      ['a count of -1', { count: -1 }],
      ['a count of 1.5', { count: 1.5 }],
      ['an infinite count', { count: Infinity }],
      ['3 rounds', { rounds: 3 as 2 }],
      ['0 rounds', { rounds: 0 as 2 }],
    ])('refuses %s with a RangeError', (_what, change) => {
      expect(() => sha.nonceSearch({ ...search, ...change })).toThrow(RangeError);
    });

    it.each([
      ['a header that is an array', { header: [...search.header] as unknown as Uint8Array }],
      ['a target that is a DataView', { target: new DataView(new ArrayBuffer(32)) as unknown as Uint8Array }],
      ['a header that is null', { header: null as unknown as Uint8Array }],
      ['a count that is a string', { count: '10' as unknown as number }],
      ['a first nonce that is a bigint', { firstNonce: 1n as unknown as number }],
      ['rounds that are a string', { rounds: '2' as unknown as 2 }],
    ])('refuses %s with a TypeError', (_what, change) => {
      expect(() => sha.nonceSearch({ ...search, ...change })).toThrow(TypeError);
    });

    it.each([
      ['no versions', RangeError, new Uint32Array(0)],
      ['65 versions', RangeError, new Uint32Array(65)],
      ['shared versions', RangeError, new Uint32Array(new SharedArrayBuffer(8))],
      ['detached versions', RangeError, detachedVersions()],
      ['versions that are an array', TypeError, [1, 2]],
      ['versions that are Int32Array', TypeError, new Int32Array(2)],
      ['no versions at all', TypeError, undefined],
    ])('refuses %s', (_what, error, versions) => {
      expect(() => sha.rolledSearch({ ...search, versions: versions as Uint32Array })).toThrow(error);
    });

    it('checks the rest of a rolled search as that of a search', () => {
      const rolled: RolledSearch = { ...search, versions: Uint32Array.of(1) };
      expect(() => sha.rolledSearch({ ...rolled, header: new Uint8Array(79) })).toThrow('search.header: expected 80 bytes, received 79');
      expect(() => sha.rolledSearch({ ...rolled, target: shared })).toThrow(RangeError);
      expect(() => sha.rolledSearch({ ...rolled, count: 2 ** 32 + 1 })).toThrow(RangeError);
      expect(() => sha.rolledSearch(null as unknown as RolledSearch)).toThrow(TypeError);
    });

    it('refuses a search that is no object', () => {
      expect(() => sha.nonceSearch(undefined as unknown as NonceSearch)).toThrow(TypeError);
    });

    it('refuses messages and keys that are shared, detached or no Uint8Array', () => {
      const fine = new Uint8Array(3);
      for (const [bytes, error] of [
        [shared, RangeError],
        [detached(5), RangeError],
        ['abc' as unknown as Uint8Array, TypeError],
        [undefined as unknown as Uint8Array, TypeError],
      ] as const) {
        expect(() => sha.sha256(bytes)).toThrow(error);
        expect(() => sha.sha512(bytes)).toThrow(error);
        expect(() => sha.hmacSha256(bytes, fine)).toThrow(error);
        expect(() => sha.hmacSha256(fine, bytes)).toThrow(error);
      }
      expect(sha.sha256(fine)).toEqual(sha256(fine));
    });

    it('says what, the value received and what is accepted', () => {
      expect(() => sha.nonceSearch({ ...search, count: 2 ** 33 })).toThrow(
        'search.count: expected an integer in 0..4294967296, received 8589934592',
      );
      expect(() => sha.nonceSearch({ ...search, header: new Uint8Array(3) })).toThrow('search.header: expected 80 bytes, received 3');
    });
  });
});

describe('the nonce search of the WASM builds', () => {
  const reference = referenceSha();

  it('hits equal those of the naive search over drawn headers, targets about 2^-12 and ranges', () => {
    const range = fc.record({
      header: fc.uint8Array({ minLength: 80, maxLength: 80 }),
      bits: fc.integer({ min: 8, max: 13 }),
      firstNonce: fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 2 ** 32 - 3000, max: 2 ** 32 - 1 })),
      count: fc.integer({ min: 0, max: 6000 }),
      rounds: fc.constantFrom<1 | 2>(1, 2),
      low: fc.uint8Array({ minLength: 30, maxLength: 30 }),
    });
    holds(
      fc.property(range, ({ header, bits, firstNonce, count, rounds, low }) => {
        const target = targetOf(bits);
        target.set(low);
        const search: NonceSearch = { header, target, firstNonce, count, rounds };
        const expected = reference.nonceSearch(search);
        for (const [name, sha] of wasmBuilds) expect(sha.nonceSearch(search), name).toEqual(expected);
      }),
      { numRuns: 40, seed: 20261124 },
    );
  });

  it('first pairs equal those of the naive search over drawn headers, versions, targets and ranges', () => {
    const range = fc.record({
      header: fc.uint8Array({ minLength: 80, maxLength: 80 }),
      bits: fc.integer({ min: 6, max: 14 }),
      versions: fc.uint32Array({ minLength: 1, maxLength: 64 }),
      firstNonce: fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 2 ** 32 - 200, max: 2 ** 32 - 1 })),
      count: fc.integer({ min: 0, max: 200 }),
    });
    holds(
      fc.property(range, ({ bits, ...rest }) => {
        const search: RolledSearch = { ...rest, target: targetOf(bits) };
        const expected = reference.rolledSearch(search);
        for (const [name, sha] of wasmBuilds) expect(sha.rolledSearch(search), name).toEqual(expected);
      }),
      { numRuns: 60, seed: 20261124 },
    );
  });

  it('hits, taken one after another to the end of a range, are those of the naive search', () => {
    const header = headerOf(6);
    const target = targetOf(9);
    const [firstNonce, count] = [2 ** 32 - 10_000, 20_000];
    const all = (sha: ShaKernels): number[] => {
      const hits: number[] = [];
      let done = 0;
      while (done < count) {
        const { nonce, tried } = sha.nonceSearch({
          header,
          target,
          firstNonce: (firstNonce + done) % 2 ** 32,
          count: count - done,
          rounds: 2,
        });
        done += tried;
        if (nonce !== null) hits.push(nonce);
      }
      return hits;
    };
    const expected = all(reference);
    // 20 000 / 512 = 39 expected; the hits are on both sides of the wrap.
    expect(expected.length).toBeGreaterThan(20);
    expect(expected.some((nonce) => nonce < 10_000) && expected.some((nonce) => nonce > 10_000)).toBe(true);
    for (const [name, sha] of wasmBuilds) expect(all(sha), name).toEqual(expected);
  });

  it('SHA-256 and SHA-512 and HMAC of drawn messages are those of noble', () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 150 }), (message, key) => {
        for (const [, sha] of wasmBuilds) {
          expect(sha.sha256(message)).toEqual(sha256(message));
          expect(sha.sha512(message)).toEqual(sha512(message));
          expect(sha.hmacSha256(key, message)).toEqual(hmac(sha256, key, message));
        }
      }),
      { numRuns: 200, seed: 20261124 },
    );
  });
});

/** The integer part of the root: the largest r with r^degree <= value. */
function root(value: bigint, degree: bigint): bigint {
  let [low, high] = [0n, 1n << 80n];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** degree <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

it.each([
  ['sha256.ts', 32n, 64],
  ['sha512.ts', 64n, 80],
])('FIPS 180-4: the constants in %s are fractional parts of roots of the first primes', (file, bits, rounds) => {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < rounds; n++) if (primes.every((p) => n % p !== 0n)) primes.push(n);
  const fraction = (prime: bigint, degree: bigint): bigint => root(prime << (degree * bits), degree) & ((1n << bits) - 1n);
  const source = readFileSync(new URL(`../../assembly/lib/${file}`, import.meta.url), 'utf8');
  const literals = [...source.matchAll(/0x([0-9a-f]+)/g)].map(([text]) => text!).filter((text) => text.length === 2 + Number(bits) / 4);
  const constants = literals.map(BigInt);
  expect(constants.slice(0, rounds)).toEqual(primes.map((prime) => fraction(prime, 3n)));
  expect(constants.slice(rounds, rounds + 8)).toEqual(primes.slice(0, 8).map((prime) => fraction(prime, 2n)));
});
