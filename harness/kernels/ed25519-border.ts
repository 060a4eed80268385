// What both Ed25519 backends share: the checks of what comes in, and how a batch is split and bisected, so that results and
// counts of calls agree. No arithmetic.
import { getRandomValues } from 'node:crypto';
import type { BatchResult, SigningKey } from './interface.ts';

/** Items of one batch equation; a larger batch is split, in order. */
export const BATCH_CAPACITY = 4096;
/** Longest message, bytes: it is copied into the kernel's memory. */
export const MAX_MESSAGE_BYTES = 1 << 26;
/** Most keys of one expanded set. */
export const MAX_EXPANDED_KEYS = 10_000;
/** Bytes of a batch coefficient. */
export const COEFFICIENT_BYTES = 16;

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

function checkBuffer(what: string, value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what}: expected a Uint8Array, received ${describe(value)}`);
  // A shared buffer could change between the check and the copy.
  if (value.buffer instanceof SharedArrayBuffer) throw new RangeError(`${what}: a shared buffer is not accepted`);
  if (value.byteLength === 0 && isDetached(value.buffer)) throw new RangeError(`${what}: its buffer is detached`);
}

/** `what` is of exactly `length` bytes, in a buffer that is neither shared nor detached. */
export function checkBytes(what: string, value: Uint8Array, length: number): void {
  checkBuffer(what, value);
  if (value.length !== length) throw new RangeError(`${what}: expected ${length} bytes, received ${value.length}`);
}

export function checkMessage(value: Uint8Array): void {
  checkBuffer('message', value);
  if (value.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`message: expected at most ${MAX_MESSAGE_BYTES} bytes, received ${value.length}`);
  }
}

/** A signing key as this backend made it, with a secret of `length` bytes. */
export function checkSigningKey(key: SigningKey, length: number): Uint8Array {
  checkObject('key', key);
  const { secret } = key;
  if (!(secret instanceof Uint8Array) || secret.length !== length)
    throw new TypeError('key: expected one made by key() of the same backend');
  return secret;
}

function checkObject(what: string, value: object): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${what}: expected an object, received ${describe(value)}`);
}

function checkArray(what: string, value: readonly unknown[]): void {
  if (!Array.isArray(value)) throw new TypeError(`${what}: expected an array, received ${describe(value)}`);
}

export function checkSigned(item: { publicKey: Uint8Array; message: Uint8Array; signature: Uint8Array }): void {
  checkObject('signed message', item);
  checkBytes('publicKey', item.publicKey, 32);
  checkMessage(item.message);
  checkBytes('signature', item.signature, 64);
}

export function checkBatch(items: readonly { publicKey: Uint8Array; message: Uint8Array; signature: Uint8Array }[]): void {
  checkArray('batch', items);
  for (const item of items) checkSigned(item);
}

export function checkKnownBatch(items: readonly { key: number; message: Uint8Array; signature: Uint8Array }[], keys: number): void {
  checkArray('batch', items);
  for (const item of items) {
    checkObject('signed message', item);
    if (typeof item.key !== 'number') throw new TypeError(`key: expected a number, received ${describe(item.key)}`);
    if (!Number.isInteger(item.key) || item.key < 0 || item.key >= keys) {
      throw new RangeError(`key: expected an integer from 0 to ${keys - 1}, received ${item.key}`);
    }
    checkMessage(item.message);
    checkBytes('signature', item.signature, 64);
  }
}

export function checkKeys(publicKeys: readonly Uint8Array[]): void {
  checkArray('publicKeys', publicKeys);
  if (publicKeys.length > MAX_EXPANDED_KEYS) {
    throw new RangeError(`publicKeys: expected at most ${MAX_EXPANDED_KEYS} keys, received ${publicKeys.length}`);
  }
  for (const key of publicKeys) checkBytes('publicKey', key, 32);
}

/** The coefficients of a batch: those given, or random ones that no signer can foresee. */
export function coefficientsOf(count: number, given: Uint8Array | undefined): Uint8Array {
  if (given !== undefined) {
    checkBytes('coefficients', given, COEFFICIENT_BYTES * count);
    return given;
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
