// What both Ed25519 backends share: the checks of what comes in, and how a batch is split and bisected, so that results and
// counts of calls agree. No arithmetic.
import { getRandomValues } from 'node:crypto';
import { checkArray, checkBytes, checkInteger, checkObject, describe, lengthOf, partOf } from './border.ts';
import { BATCH_CAPACITY, type BatchResult, type KnownSignedMessage, type SignedMessage, type SigningKey } from '../model/kernels.ts';

/** Longest message, bytes: it is copied into the kernel's memory. */
export const MAX_MESSAGE_BYTES = 1 << 26;
/** Most keys of one expanded set. */
export const MAX_EXPANDED_KEYS = 10_000;
/** Bytes of a batch coefficient. */
export const COEFFICIENT_BYTES = 16;

/** `value` is a message that fits; returns its length. */
export function checkMessage(value: unknown, item = -1): number {
  const length = checkBytes('message', value, undefined, item);
  if (length > MAX_MESSAGE_BYTES) {
    const where = item < 0 ? '' : `item ${item}: `;
    throw new RangeError(`${where}message: expected at most ${MAX_MESSAGE_BYTES} bytes, received ${length}`);
  }
  return length;
}

/** The secret of a signing key as this backend made it, of `length` bytes. */
export function readSecret(key: SigningKey, length: number): Uint8Array {
  checkObject('key', key);
  const { secret } = key;
  try {
    checkBytes('secret', secret, length);
  } catch {
    throw new TypeError('key: expected one made by key() of the same backend');
  }
  return secret as Uint8Array;
}

/** The columns of a batch: every field of every item as it was when the call began. */
export interface Batch {
  readonly count: number;
  /** The items' public keys; none where they name keys of an expanded set. */
  readonly publicKeys: readonly Uint8Array[];
  /** Positions in the expanded set; none where items carry their keys. */
  readonly keys: readonly number[];
  readonly messages: readonly Uint8Array[];
  /** Bytes of each message. */
  readonly lengths: readonly number[];
  readonly signatures: readonly Uint8Array[];
}

/** All of a batch is read before any of it is checked: a getter of the last item could still spoil the first. */
function readItems(items: readonly (SignedMessage | KnownSignedMessage)[]) {
  checkArray('batch', items);
  const publicKeys: unknown[] = [];
  const keys: unknown[] = [];
  const messages: Uint8Array[] = [];
  const signatures: Uint8Array[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as Partial<SignedMessage> & { key?: number };
    if (typeof item !== 'object' || item === null) throw new TypeError(`item ${i}: expected an object, received ${describe(item)}`);
    publicKeys.push(item.publicKey);
    keys.push(item.key);
    messages.push(item.message!);
    signatures.push(item.signature!);
  }
  return { publicKeys, keys, messages, signatures };
}

/** A single signed message, as a batch of one. */
export function readSigned(signed: SignedMessage): Batch {
  checkObject('signed message', signed);
  const { publicKey, message, signature } = signed;
  checkBytes('publicKey', publicKey, 32);
  const length = checkMessage(message);
  checkBytes('signature', signature, 64);
  return { count: 1, publicKeys: [publicKey], keys: [], messages: [message], lengths: [length], signatures: [signature] };
}

export function readBatch(items: readonly SignedMessage[]): Batch {
  const { publicKeys, messages, signatures } = readItems(items);
  const lengths: number[] = [];
  for (let i = 0; i < messages.length; i++) {
    checkBytes('publicKey', publicKeys[i], 32, i);
    lengths.push(checkMessage(messages[i], i));
    checkBytes('signature', signatures[i], 64, i);
  }
  return { count: messages.length, publicKeys: publicKeys as Uint8Array[], keys: [], messages, lengths, signatures };
}

/** A batch under an expanded set of `count` keys. */
export function readKnownBatch(items: readonly KnownSignedMessage[], count: number): Batch {
  const { publicKeys, keys, messages, signatures } = readItems(items);
  const lengths: number[] = [];
  const range = { min: 0, max: count - 1 };
  for (let i = 0; i < messages.length; i++) {
    if (publicKeys[i] !== undefined)
      throw new TypeError(`item ${i}: publicKey: expected none, since key names one of the set; received ${describe(publicKeys[i])}`);
    checkInteger('key', keys[i], range, i);
    lengths.push(checkMessage(messages[i], i));
    checkBytes('signature', signatures[i], 64, i);
  }
  return { count: messages.length, publicKeys: [], keys: keys as number[], messages, lengths, signatures };
}

/** Copies of the keys to expand. */
export function readKeys(publicKeys: readonly Uint8Array[]): Uint8Array[] {
  checkArray('publicKeys', publicKeys);
  const { length } = publicKeys;
  if (length > MAX_EXPANDED_KEYS) throw new RangeError(`publicKeys: expected at most ${MAX_EXPANDED_KEYS} keys, received ${length}`);
  const keys = Array.from({ length }, (_, i) => publicKeys[i]);
  return keys.map((key, i) => {
    checkBytes(`publicKeys[${i}]`, key, 32);
    return new Uint8Array(key);
  });
}

/** The coefficients of a batch: those given, or random ones that no signer can foresee. */
export function coefficientsOf(count: number, given: Uint8Array | undefined): Uint8Array {
  if (given !== undefined) {
    checkBytes('coefficients', given, COEFFICIENT_BYTES * count);
    return partOf(given, 0, lengthOf(given));
  }
  const random = new Uint8Array(COEFFICIENT_BYTES * count);
  // One call fills at most 65 536 bytes.
  for (let from = 0; from < random.length; from += 65_536) getRandomValues(random.subarray(from, from + 65_536));
  return random;
}

/** Verification of items that have been prepared, by position in their chunk. */
export interface BatchEquation {
  /** Does the batch equation over the items [from, to) hold? */
  holds(from: number, to: number): boolean;
  /** Is the item valid by itself? Exact, without a coefficient. */
  valid(index: number): boolean;
}

/**
 * Verifies `count` items in chunks of BATCH_CAPACITY. A chunk whose equation fails is halved until each bad item stands alone;
 * when the left half holds, the right half must hold a bad item and its own equation is not evaluated. One item is always
 * checked by itself.
 */
export function verifyInChunks(count: number, open: (from: number, to: number) => BatchEquation): BatchResult {
  const bad: number[] = [];
  let calls = 0;
  for (let start = 0; start < count; start += BATCH_CAPACITY) {
    const equation = open(start, Math.min(start + BATCH_CAPACITY, count));
    /** Finds the bad items of [from, to); returns whether there are any. */
    const search = (from: number, to: number, knownBad: boolean): boolean => {
      if (to - from === 1) {
        calls += 1;
        if (equation.valid(from)) return false;
        bad.push(start + from);
        return true;
      }
      if (!knownBad) {
        calls += 1;
        if (equation.holds(from, to)) return false;
      }
      const middle = (from + to) >>> 1;
      const left = search(from, middle, false);
      search(middle, to, !left);
      return true;
    };
    search(0, Math.min(BATCH_CAPACITY, count - start), false);
  }
  return { ok: bad.length === 0, bad, calls };
}
