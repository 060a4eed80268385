// Aggregate signatures: known answers of another library, the algebra that they stand on, and what is refused.
import { readFileSync } from 'node:fs';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { describe, expect, test } from 'vitest';
import { blsKernel } from '../../harness/kernels/bls.ts';
import { AGGREGATE_SIGNATURE_BYTES, type BlsPublicKey } from '../../harness/model/kernels.ts';
import { certificate_bytes } from '../../harness/simulate/core/certificates.ts';

const bls = blsKernel();
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const encoded = ({ point }: BlsPublicKey): string => text((point as { toBytes(): Uint8Array }).toBytes());
const seed = (number: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? number : 0));
const flipped = (bytes: Uint8Array, bit: number): Uint8Array => bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

interface Vectors {
  readonly message: string;
  readonly keys: readonly { readonly secret: string; readonly public: string; readonly signature: string }[];
  readonly sum_of_first_two: string;
  readonly hash: { readonly message: string; readonly point: string };
}
const vectors = JSON.parse(readFileSync(new URL('../vectors/bls12381-g1-multisig.json', import.meta.url), 'utf8')) as Vectors;

describe("the Internet Computer's multisignatures, made with zkcrypto/pairing (vectors/README.md)", () => {
  const message = hex(vectors.message);
  const keys = vectors.keys.map(({ secret }) => bls.key(hex(secret)));

  test('keys and shares are theirs', () => {
    expect(keys.map(({ publicKey }) => encoded(publicKey))).toEqual(vectors.keys.map((key) => key.public));
    expect(keys.map((key) => text(bls.share(key, message)))).toEqual(vectors.keys.map(({ signature }) => signature));
  });

  test('a sum of two is theirs, and checks under the sum of their keys', () => {
    const sum = bls.sum(vectors.keys.slice(0, 2).map(({ signature }) => hex(signature)))!;
    expect(text(sum)).toBe(vectors.sum_of_first_two);
    const [first, second, third] = keys.map(({ publicKey }) => publicKey);
    expect(bls.verify({ signature: sum, message, publicKey: bls.sumKeys([first, second]) })).toBe(true);
    expect(bls.verify({ signature: sum, message, publicKey: bls.sumKeys([first, third]) })).toBe(false);
    expect(bls.verify({ signature: sum, message, publicKey: first })).toBe(false);
  });

  test('a message is hashed as theirs: the share of the secret 1 is the hash itself', () => {
    expect(text(bls.share(bls.key(seed(1)), hex(vectors.hash.message)))).toBe(vectors.hash.point);
  });
});

describe('the algebra', () => {
  const message = Uint8Array.of(7, 8, 9);

  test('shares and keys add up as secrets do: 2 + 3 signs what 5 signs', () => {
    const [two, three, five] = [2, 3, 5].map((number) => bls.key(seed(number)));
    expect(bls.sum([bls.share(two, message), bls.share(three, message)])).toEqual(bls.share(five, message));
    expect(encoded(bls.sumKeys([two.publicKey, three.publicKey]))).toBe(encoded(five.publicKey));
  });

  test('the pairing is bilinear and not degenerate: e(aP, bQ) = e(P, Q)^ab = e(bP, aQ)', () => {
    const { G1, G2, fields, pairing } = bls12_381;
    const [P, Q] = [G1.Point.BASE, G2.Point.BASE];
    const [a, b] = [123_456_789n, 987_654_321n];
    const once = pairing(P, Q);
    expect(fields.Fp12.eql(once, fields.Fp12.ONE)).toBe(false);
    const both = pairing(P.multiply(a), Q.multiply(b));
    expect(fields.Fp12.eql(both, pairing(P.multiply(b), Q.multiply(a)))).toBe(true);
    expect(fields.Fp12.eql(both, fields.Fp12.pow(once, a * b))).toBe(true);
  });

  test('13 of 13 signers: good; with a share missing, twice, or on something else: bad', () => {
    const keys = Array.from({ length: 13 }, (_, i) => bls.key(seed(i + 10)));
    const shares = keys.map((key) => bls.share(key, message));
    const publicKey = bls.sumKeys(keys.map((key) => key.publicKey));
    const good = (list: readonly Uint8Array[]): boolean => bls.verify({ signature: bls.sum(list)!, message, publicKey });
    expect(good(shares)).toBe(true);
    expect(good([...shares].reverse())).toBe(true);
    expect(good(shares.slice(1))).toBe(false);
    expect(good([...shares, shares[4]])).toBe(false);
    expect(good([...shares.slice(1), bls.share(keys[0], Uint8Array.of(7, 8, 8))])).toBe(false);
  });

  test('a signature is 48 bytes, as certificates count it', () => {
    const share = bls.share(bls.key(seed(9)), message);
    expect([share.length, bls.sum([share, share])!.length]).toEqual([AGGREGATE_SIGNATURE_BYTES, AGGREGATE_SIGNATURE_BYTES]);
    expect(certificate_bytes('aggregate', 5, 8)).toBe(AGGREGATE_SIGNATURE_BYTES + 1);
  });
});

describe('one flipped bit', () => {
  const key = bls.key(seed(77));
  const message = hex('00112233445566778899');
  const signature = bls.share(key, message);

  test.each([0, 1, 7, 9, 100, 255, 383])('%i of a signature: bad', (bit) => {
    expect(bls.verify({ signature: flipped(signature, bit), message, publicKey: key.publicKey })).toBe(false);
  });
  test.each([0, 33, 79])('%i of the message: bad', (bit) => {
    expect(bls.verify({ signature, message: flipped(message, bit), publicKey: key.publicKey })).toBe(false);
  });
});

describe('what is no signature', () => {
  const key = bls.key(seed(5));
  const message = Uint8Array.of(1);
  const share = bls.share(key, message);
  const infinity = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0xc0 : 0));
  /** x = 4: a point of the curve (y² = 4³ + 4), but not of the group. */
  const outside = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0x80 : i === 47 ? 4 : 0));

  test('no encoding, a point outside the group, the point at infinity: bad, and in no sum', () => {
    for (const signature of [new Uint8Array(48), new Uint8Array(48).fill(0xff), outside]) {
      expect(bls.verify({ signature, message, publicKey: key.publicKey })).toBe(false);
      expect(bls.sum([share, signature])).toBeNull();
    }
    expect(bls.verify({ signature: infinity, message, publicKey: key.publicKey })).toBe(false);
    // The sign of y is bit 5 of the first byte: shares that cancel each other prove nothing of anybody.
    expect(bls.sum([share, flipped(share, 5)])).toBeNull();
    expect(bls.sum([])).toBeNull();
  });

  test('wrong types and lengths are named', () => {
    const { publicKey } = key;
    expect(() => bls.key(new Uint8Array(31))).toThrow('seed: expected 32 bytes, received 31');
    expect(() => bls.key(new Uint8Array(32))).toThrow('seed: expected a number that is not 0');
    expect(() => bls.share(key, 'text' as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => bls.sum([share, share.subarray(1)])).toThrow('item 1: share: expected 48 bytes, received 47');
    expect(() => bls.sumKeys([publicKey, { point: 3 }])).toThrow('item 1: publicKey: expected one made by key() or sumKeys()');
    expect(() => bls.verify({ signature: share.subarray(1), message, publicKey })).toThrow('signature: expected 48 bytes, received 47');
  });
});
