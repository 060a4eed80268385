// The readable twin of the Ed25519 kernel: @noble/curves for points and single verification, and the batch equation written
// out. Same rules (ZIP-215, cofactored), same bisection, no regard for speed.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { checkBytes, oneAtATime, type OneAtATime } from './border.ts';
import {
  COEFFICIENT_BYTES,
  checkMessage,
  coefficientsOf,
  readBatch,
  readKeys,
  readKnownBatch,
  readSecret,
  readSigned,
  verifyInChunks,
  type Batch,
} from './ed25519-border.ts';
import type { BatchResult, Ed25519, ExpandedKeys, SignedMessage } from '../model/kernels.ts';

const { Point } = ed25519;
type Point = InstanceType<typeof Point>;
const GROUP_ORDER = Point.Fn.ORDER;

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

/** Any encoding of a point with y below 2^255; undefined where there is none. */
function decode(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes, true);
  } catch {
    return undefined;
  }
}

interface Prepared {
  readonly A: Point;
  readonly R: Point;
  readonly S: bigint;
  /** SHA-512(R || A || M) mod l. */
  readonly k: bigint;
}

/** undefined: no coefficient can make it valid, since S >= l or A or R does not decode. */
function prepare({ publicKey, message, signature }: SignedMessage): Prepared | undefined {
  const A = decode(publicKey);
  const R = decode(signature.subarray(0, 32));
  const S = littleEndian(signature.subarray(32));
  if (A === undefined || R === undefined || S >= GROUP_ORDER) return undefined;
  const hash = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(message).digest();
  return { A, R, S, k: littleEndian(hash) % GROUP_ORDER };
}

/** [8](sum z R + sum z k A - (sum z S) B) = 0? */
function equationHolds(items: readonly (Prepared | undefined)[], coefficients: readonly bigint[]): boolean {
  let sum = Point.ZERO;
  let s = 0n;
  for (const [index, item] of items.entries()) {
    if (item === undefined) return false;
    const z = coefficients[index];
    sum = sum.add(item.R.multiplyUnsafe(z % GROUP_ORDER)).add(item.A.multiplyUnsafe((z * item.k) % GROUP_ORDER));
    s = (s + z * item.S) % GROUP_ORDER;
  }
  return sum.subtract(Point.BASE.multiplyUnsafe(s)).clearCofactor().is0();
}

function verify(item: SignedMessage): boolean {
  try {
    return ed25519.verify(item.signature, item.message, item.publicKey, { zip215: true });
  } catch {
    return false;
  }
}

/** The items of a batch, in arrays of this realm, which noble asks for; `keys` are those of an expanded set. */
function itemsOf(batch: Batch, keys: readonly Uint8Array[] = []): SignedMessage[] {
  return batch.messages.map((message, i) => ({
    publicKey: new Uint8Array(batch.publicKeys[i] ?? keys[batch.keys[i]]),
    message: new Uint8Array(message),
    signature: new Uint8Array(batch.signatures[i]),
  }));
}

function verifyBatch(items: readonly SignedMessage[], z: Uint8Array): BatchResult {
  return verifyInChunks(items.length, (start, end) => {
    const chunk = items.slice(start, end).map(prepare);
    const factors = chunk.map((_, i) => littleEndian(z.subarray((start + i) * COEFFICIENT_BYTES, (start + i + 1) * COEFFICIENT_BYTES)));
    return {
      holds: (from, to) => equationHolds(chunk.slice(from, to), factors.slice(from, to)),
      valid: (index) => verify(items[start + index]),
    };
  });
}

export function referenceEd25519(alone: OneAtATime = oneAtATime()): Ed25519 {
  return alone<Ed25519>({
    key(seed) {
      checkBytes('seed', seed, 32);
      const secret = new Uint8Array(seed);
      return { publicKey: ed25519.getPublicKey(secret), secret };
    },
    sign(key, message) {
      const secret = readSecret(key, 32);
      checkMessage(message);
      return ed25519.sign(new Uint8Array(message), new Uint8Array(secret));
    },
    verify(item) {
      return verify(itemsOf(readSigned(item))[0]);
    },
    verifyBatch(items, coefficients) {
      const batch = readBatch(items);
      return verifyBatch(itemsOf(batch), coefficientsOf(batch.count, coefficients));
    },
    expand(publicKeys) {
      const keys = readKeys(publicKeys);
      return {
        count: keys.length,
        bytes: 0,
        ...alone<Pick<ExpandedKeys, 'verifyBatch'>>({
          verifyBatch(items, coefficients) {
            const batch = readKnownBatch(items, keys.length);
            return verifyBatch(itemsOf(batch, keys), coefficientsOf(batch.count, coefficients));
          },
        }),
      };
    },
  });
}
