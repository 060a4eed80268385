import { readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { merkleDigestBytes, merkleTree } from '../../../harness/model/merkle.ts';
import {
  adjustedCompact,
  compactOf,
  decodeCompact,
  encodeCompact,
  isProofOfWork,
  targetBytes,
  targetOfCompact,
  targetOfTrials,
  trialsOfCompact,
  workOfCompact,
} from '../../../harness/simulate/core/target.ts';

interface Vectors {
  readonly headers: readonly { height: number; hex: string; merkle: string; bits: string; target: string; hash: string; work: string }[];
  readonly retarget: readonly { t_first: number; t_last: number; bits: string; new_bits: string }[];
}
const { headers, retarget } = JSON.parse(readFileSync(new URL('../../vectors/lottery.json', import.meta.url), 'utf8')) as Vectors;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe("bits are the compact form of a target, as Bitcoin's", () => {
  it.each(headers)('block $hash: bits $bits say its target, and its hash is at most that', ({ hex: bytes, bits, target, hash }) => {
    const header = hex(bytes);
    const said = new DataView(header.buffer).getUint32(72, true);
    expect(said).toBe(parseInt(bits, 16));
    expect(targetOfCompact(said)).toBe(BigInt(`0x${target}`));
    expect(compactOf(BigInt(`0x${target}`))).toBe(said);
    expect(
      Buffer.from(targetBytes(targetOfCompact(said)))
        .reverse()
        .toString('hex'),
    ).toBe(target);
    const found = sha256(sha256(header));
    expect(Buffer.from(found).reverse().toString('hex')).toBe(hash);
    expect(BigInt(`0x${hash}`) <= targetOfCompact(said)).toBe(true);
  });

  /** Bitcoin's main network. */
  const LIMIT = (1n << 224n) - 1n;

  it.each(headers)(
    'block $hash is proof of work for its bits, of so much work, and changed by one bit it is none',
    ({ hex: bytes, work }) => {
      const header = hex(bytes);
      const bits = new DataView(header.buffer).getUint32(72, true);
      const hash = sha256(sha256(header));
      expect(workOfCompact(bits)).toBe(BigInt(work));
      expect(isProofOfWork(hash, bits, LIMIT)).toBe(true);
      header[76] ^= 1;
      expect(isProofOfWork(sha256(sha256(header)), bits, LIMIT)).toBe(false);
    },
  );

  it.each([
    [0, 'bc909a33 6358bff0 90ccac7d 1e59caa8 c3c8d8e9 4f0103c8 96b18736 4719f91b'],
    [125552, '9524c593 05c56713 16e669ba 2d2810a0 07e86e37 2f56a9da cd5bce69 7a78da2d'],
  ])('block %i: the state after the first 64 bytes of its header, from which a search goes on', (height, midstate) => {
    const { hex: bytes, hash } = headers.find((header) => header.height === height)!;
    const begun = sha256.create().update(hex(bytes).subarray(0, 64));
    const state = (begun as unknown as { get(): number[] }).get();
    expect(state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ')).toBe(midstate);
    const found = sha256(begun.update(hex(bytes).subarray(64)).digest());
    expect(Buffer.from(found).reverse().toString('hex')).toBe(hash);
  });

  // First and last time of a period, bits, bits of the next: bitcoin/bitcoin, src/test/pow_tests.cpp. An adjustment; the limit; both clamps.
  it.each(retarget)('retarget of $bits over $t_first to $t_last gives $new_bits', ({ t_first, t_last, bits, new_bits }) => {
    const asked_s = 14 * 24 * 3600;
    const next = adjustedCompact({ bits: parseInt(bits, 16), timespan_s: t_last - t_first, asked_s, limit: LIMIT });
    expect(next.toString(16)).toBe(new_bits);
  });

  it.each([
    [0x1d00ffff, 1, 4295032833n],
    [0x1a44b9f2, 244112.49, 1048471149936089n],
    [0x17034219, 8.6388559e13, 371041696979166003650763n],
    [0x1702355e, 1.2745079e14, 547405326421326969430430n],
    [0x207fffff, 4.6565424e-10, 2n],
  ])('bits %i: difficulty %d, work %i', (bits, difficulty, work) => {
    expect(workOfCompact(bits)).toBe(work);
    // Difficulty is a target's part of the first one.
    expect(Number((targetOfCompact(0x1d00ffff) << 64n) / targetOfCompact(bits)) / 2 ** 64 / difficulty).toBeCloseTo(1, 5);
    expect(trialsOfCompact(bits) / Number(work)).toBeCloseTo(1, 6);
  });

  it('a hash equal to the target is enough, one above is not; bits that say no target have no work and no proof', () => {
    const target = targetOfCompact(0x1d00ffff);
    expect(isProofOfWork(targetBytes(target), 0x1d00ffff, LIMIT)).toBe(true);
    expect(isProofOfWork(targetBytes(target + 1n), 0x1d00ffff, LIMIT)).toBe(false);
    // Compared as a little-endian number: 1 the other way round is 2^248.
    expect(isProofOfWork(targetBytes(1n).reverse(), 0x1d00ffff, LIMIT)).toBe(false);
    const zero = new Uint8Array(32);
    // Negative, zero, beyond 256 bits; above the limit of the network.
    for (const bits of [0x04923456, 0x1d80ffff, 0, 0x01003456, 0xff123456, 0x21010000 + 0xff0000]) {
      expect(isProofOfWork(zero, bits, (1n << 256n) - 1n)).toBe(false);
      expect(workOfCompact(bits)).toBe(0n);
    }
    expect(isProofOfWork(zero, 0x207fffff, LIMIT)).toBe(false);
    expect(isProofOfWork(zero, 0x207fffff, (1n << 255n) - 1n)).toBe(true);
  });

  it('a measured cell mines to the target that its bits say: 2^256 ÷ trials - 1, cut to three bytes', () => {
    expect(targetOfTrials(1)).toBe((1n << 256n) - 1n);
    expect(targetOfTrials(4_194_304)).toBe((1n << 234n) - 1n);
    expect(compactOf(targetOfTrials(4_194_304))).toBe(0x1e03ffff);
    for (const trials of [1, 2, 3, 255, 256, 1000, 4_194_304, 1_099_511_627_776, Number.MAX_SAFE_INTEGER]) {
      const bits = compactOf(targetOfTrials(trials));
      // At least 16 bits of mantissa.
      const expected = Number((1n << 256n) / (targetOfCompact(bits) + 1n));
      expect(Math.abs(expected / trials - 1)).toBeLessThan(2 ** -15);
      expect(compactOf(targetOfCompact(bits))).toBe(bits);
    }
    for (const bad of [0, -1, 1.5, NaN, Infinity]) expect(() => targetOfTrials(bad)).toThrow(RangeError);
    for (const bad of [0n, -1n, 1n << 256n]) expect(() => compactOf(bad)).toThrow(RangeError);
    // Negative, zero, beyond 256 bits.
    for (const bad of [0x01800001, 0x04923456, 0x00123456, 0x01003456, 0, 0xff123456, 0x22000100])
      expect(() => targetOfCompact(bad)).toThrow(RangeError);
  });

  // bitcoin/bitcoin, src/test/arith_uint256_tests.cpp, bignum_SetCompact.
  it.each([
    [0, 0n, 0],
    [0x00123456, 0n, 0],
    [0x01003456, 0n, 0],
    [0x02000056, 0n, 0],
    [0x03000000, 0n, 0],
    [0x04000000, 0n, 0],
    // The sign of nothing.
    [0x00923456, 0n, 0],
    [0x01803456, 0n, 0],
    [0x02800056, 0n, 0],
    [0x03800000, 0n, 0],
    [0x04800000, 0n, 0],
    [0x01123456, 0x12n, 0x01120000],
    [0x02123456, 0x1234n, 0x02123400],
    [0x03123456, 0x123456n, 0x03123456],
    [0x04123456, 0x12345600n, 0x04123456],
    [0x05009234, 0x92340000n, 0x05009234],
    [0x20123456, 0x123456n << 232n, 0x20123456],
  ])('bits %i', (bits, value, again) => {
    expect(decodeCompact(bits)).toEqual({ value, negative: false, overflow: false });
    expect(encodeCompact(value)).toBe(again);
  });
  it('negative ones', () => {
    expect(decodeCompact(0x01fedcba)).toEqual({ value: 0x7en, negative: true, overflow: false });
    expect(encodeCompact(0x7en, true)).toBe(0x01fe0000);
    expect(decodeCompact(0x04923456)).toEqual({ value: 0x12345600n, negative: true, overflow: false });
    expect(encodeCompact(0x12345600n, true)).toBe(0x04923456);
    expect(encodeCompact(0n, true)).toBe(0);
  });
  it('0x80 would have the bit of the sign: one more byte of size', () => {
    expect(encodeCompact(0x80n)).toBe(0x02008000);
  });
  it('beyond 256 bits: more than one byte at size 34, more than two at 33, anything at 35', () => {
    expect(decodeCompact(0xff123456).overflow).toBe(true);
    const overflows = [0x220000ff, 0x22000100, 0x2100ffff, 0x21010000, 0x23000001, 0x207fffff].map((bits) => decodeCompact(bits).overflow);
    expect(overflows).toEqual([false, true, false, true, true, false]);
  });
});

describe('Merkle trees', () => {
  const twice = (bytes: Uint8Array): Uint8Array => sha256(sha256(bytes));

  it("the root of one transaction is its hash: Bitcoin's genesis block", () => {
    // The coinbase transaction of block 0; its hash is the root in the header.
    const coinbase = hex(
      '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a61' +
        '6e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a0' +
        '1000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4' +
        'c702b6bf11d5fac00000000',
    );
    const { root, mutated } = merkleTree(coinbase, coinbase.length, sha256);
    expect(mutated).toBe(false);
    expect(root).toEqual(hex(headers[0]!.hex).subarray(36, 68));
    expect(Buffer.from(root).reverse().toString('hex')).toBe(headers[0]!.merkle);
  });

  it('the last of an odd number is paired with itself, on every level', () => {
    // Five leaves: three nodes, two, one.
    const leaves = [0, 1, 2, 3, 4].map((i) => twice(Uint8Array.of(i)));
    const pair = (x: Uint8Array, y: Uint8Array): Uint8Array => twice(Uint8Array.of(...x, ...y));
    const [a, b, c] = [pair(leaves[0]!, leaves[1]!), pair(leaves[2]!, leaves[3]!), pair(leaves[4]!, leaves[4]!)];
    expect(merkleTree(Uint8Array.of(0, 1, 2, 3, 4), 1, sha256)).toEqual({ root: pair(pair(a, b), pair(c, c)), mutated: false });
  });

  // Transactions of one byte each; roots as Bitcoin shows them. bitcoin/bitcoin, src/consensus/merkle.cpp.
  it.each([
    [[1, 2, 3], 'f73ff3687fc42001848da9ac73ad785e18f0adb6337fedc3aba1bdac9c01c271', false],
    [[1, 2, 3, 4, 5, 6], '8d94f7b326997cb98b039b11714367ed6821de97df68a8657f6d1a15df6d31df', false],
    [[1, 2, 3, 4, 5, 6, 5, 6], '8d94f7b326997cb98b039b11714367ed6821de97df68a8657f6d1a15df6d31df', true],
    [[1, 2, 3, 3], 'f73ff3687fc42001848da9ac73ad785e18f0adb6337fedc3aba1bdac9c01c271', true],
  ])('CVE-2012-2459: the list %o has root %s; repeated: %o', (list, root, mutated) => {
    const tree = merkleTree(Uint8Array.from(list), 1, sha256);
    expect(Buffer.from(tree.root).reverse().toString('hex')).toBe(root);
    expect(tree.mutated).toBe(mutated);
  });

  it('equal transactions that are not hashed together are no repetition', () => {
    for (const list of [
      [1, 2, 2, 3],
      [1, 2, 1, 3],
      [1, 2, 3, 4, 1],
    ])
      expect(merkleTree(Uint8Array.from(list), 1, sha256).mutated).toBe(false);
    expect(merkleTree(Uint8Array.of(1, 1, 2, 3), 1, sha256).mutated).toBe(true);
  });

  it.each([1, 2, 3, 5, 8, 100, 500])('%i transactions hash as many bytes as are counted', (count) => {
    let hashed = 0;
    merkleTree(new Uint8Array(7 * count), 7, (bytes) => ((hashed += bytes.length), sha256(bytes)));
    expect(merkleDigestBytes(count, 7)).toBe(hashed);
  });
});
