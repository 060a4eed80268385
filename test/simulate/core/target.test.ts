import { readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { merkleDigestBytes, merkleRoot } from '../../../harness/model/merkle.ts';
import { compactOf, targetBytes, targetOfCompact, targetOfTrials } from '../../../harness/simulate/core/target.ts';

interface Vectors {
  readonly headers: readonly { hex: string; merkle: string; bits: string; target: string; hash: string }[];
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

  it.each(retarget)('retarget of $bits over $t_first to $t_last gives $new_bits', ({ t_first, t_last, bits, new_bits }) => {
    const asked_s = 14 * 24 * 3600;
    const timespan_s = Math.min(Math.max(t_last - t_first, asked_s / 4), asked_s * 4);
    const limit = targetOfCompact(0x1d00ffff);
    const target = (targetOfCompact(parseInt(bits, 16)) * BigInt(timespan_s)) / BigInt(asked_s);
    expect(compactOf(target < limit ? target : limit)).toBe(parseInt(new_bits, 16));
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

  it.each([
    // bitcoin/bitcoin, src/test/arith_uint256_tests.cpp, bignum_SetCompact.
    [0x01123456, 0x12n],
    [0x02123456, 0x1234n],
    [0x03123456, 0x123456n],
    [0x04123456, 0x12345600n],
    [0x05009234, 0x92340000n],
    [0x20123456, 0x123456n << 232n],
  ])('bits %i', (bits, target) => {
    expect(targetOfCompact(bits)).toBe(target);
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
    const root = merkleRoot(coinbase, coinbase.length, sha256);
    expect(root).toEqual(hex(headers[0]!.hex).subarray(36, 68));
    expect(Buffer.from(root).reverse().toString('hex')).toBe(headers[0]!.merkle);
  });

  it('the last of an odd number is paired with itself, on every level', () => {
    // Five leaves: three nodes, two, one.
    const leaves = [0, 1, 2, 3, 4].map((i) => twice(Uint8Array.of(i)));
    const pair = (x: Uint8Array, y: Uint8Array): Uint8Array => twice(Uint8Array.of(...x, ...y));
    const [a, b, c] = [pair(leaves[0]!, leaves[1]!), pair(leaves[2]!, leaves[3]!), pair(leaves[4]!, leaves[4]!)];
    expect(merkleRoot(Uint8Array.of(0, 1, 2, 3, 4), 1, sha256)).toEqual(pair(pair(a, b), pair(c, c)));
  });

  it.each([1, 2, 3, 5, 8, 100, 500])('%i transactions hash as many bytes as are counted', (count) => {
    let hashed = 0;
    merkleRoot(new Uint8Array(7 * count), 7, (bytes) => ((hashed += bytes.length), sha256(bytes)));
    expect(merkleDigestBytes(count, 7)).toBe(hashed);
  });
});
