// Aggregate signatures (BLS on BLS12-381) with @noble/curves. Loaded where they are made, and nowhere else: the module and its tables
// take a tenth of a second.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { AGGREGATE_SIGNATURE_BYTES, type Bls, type BlsPublicKey } from '../model/kernels.ts';
import { checkArray, checkBytes, checkObject, describe } from './border.ts';
import { checkMessage } from './ed25519-border.ts';

const { G1, G2, fields, shortSignatures } = bls12_381;
type SignaturePoint = InstanceType<typeof G1.Point>;
type KeyPoint = InstanceType<typeof G2.Point>;

const SEED_BYTES = 32;
/** Of the ciphersuite with proofs of possession. */
const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';

/** noble asks for arrays of this realm. */
const own = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

function pointOf(key: BlsPublicKey, item = -1): KeyPoint {
  const where = item < 0 ? '' : `item ${item}: `;
  if (typeof key !== 'object' || key === null) throw new TypeError(`${where}publicKey: expected an object, received ${describe(key)}`);
  const { point } = key;
  if (!(point instanceof G2.Point)) throw new TypeError(`${where}publicKey: expected one made by key() or sumKeys()`);
  return point;
}

/** undefined: it is no encoding of a point of G1. */
function decode(signature: Uint8Array): SignaturePoint | undefined {
  try {
    return shortSignatures.Signature.fromBytes(signature);
  } catch {
    return undefined;
  }
}

const hashed = (message: Uint8Array): SignaturePoint => shortSignatures.hash(own(message), DOMAIN);

export function blsKernel(): Bls {
  return {
    key(seed) {
      checkBytes('seed', seed, SEED_BYTES);
      const number = fields.Fr.fromBytes(own(seed));
      if (number === 0n) throw new RangeError('seed: expected a number that is not 0 modulo the order of the groups');
      const secret = fields.Fr.toBytes(number);
      return { publicKey: { point: shortSignatures.getPublicKey(secret) }, secret };
    },
    share(key, message) {
      checkObject('key', key);
      const { secret } = key as { secret: Uint8Array };
      checkBytes('secret', secret, SEED_BYTES);
      checkMessage(message);
      return shortSignatures.Signature.toBytes(shortSignatures.sign(hashed(message), own(secret)));
    },
    sum(shares) {
      checkArray('shares', shares);
      const copies = shares.map((share, item) => {
        checkBytes('share', share, AGGREGATE_SIGNATURE_BYTES, item);
        return own(share);
      });
      let sum = G1.Point.ZERO;
      for (const share of copies) {
        const point = decode(share);
        if (point === undefined) return null;
        sum = sum.add(point);
      }
      // Of points that were checked each the sum needs no check.
      return sum.is0() ? null : sum.toBytes();
    },
    sumKeys(keys) {
      checkArray('keys', keys);
      return { point: keys.map((key, item) => pointOf(key, item)).reduce((sum, point) => sum.add(point), G2.Point.ZERO) };
    },
    verify(signed) {
      checkObject('signed message', signed);
      const { signature, message, publicKey } = signed;
      checkBytes('signature', signature, AGGREGATE_SIGNATURE_BYTES);
      checkMessage(message);
      const key = pointOf(publicKey);
      const point = decode(own(signature));
      return point !== undefined && shortSignatures.verify(point, hashed(message), key);
    },
  };
}
