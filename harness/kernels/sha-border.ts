// What both SHA backends share: the checks of what comes in. A wrong type is a TypeError, a wrong value a RangeError.
import type { NonceSearch, RolledSearch } from './interface.ts';

/** Nonces are 32 bits. */
export const NONCES = 2 ** 32;
export const HEADER_BYTES = 80;
export const TARGET_BYTES = 32;
/** Versions of a rolled search, which have their tables in the kernel's memory. */
export const MOST_VERSIONS = 64;

function describe(value: unknown): string {
  if (typeof value === 'object') return value === null ? 'null' : (value.constructor?.name ?? 'object');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** `value` is a Uint8Array in a buffer that is neither detached nor shared, of `length` bytes if that is given. */
export function checkBytes(name: string, value: Uint8Array, length?: number): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name}: expected a Uint8Array, got ${describe(value)}`);
  // A shared buffer could change between the check and the copy.
  if (value.buffer instanceof SharedArrayBuffer) throw new RangeError(`${name}: expected an unshared buffer, got a SharedArrayBuffer`);
  if (value.length === 0 && isDetached(value.buffer)) throw new RangeError(`${name}: expected a usable buffer, got a detached one`);
  if (length !== undefined && value.length !== length) throw new RangeError(`${name}: expected ${length} bytes, got ${value.length}`);
}

function checkInteger(name: string, value: number, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name}: expected an integer in 0..${most}, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`${name}: expected an integer in 0..${most}, got ${value}`);
}

function checkRange(search: NonceSearch | RolledSearch): void {
  if (typeof search !== 'object' || search === null) throw new TypeError(`search: expected an object, got ${describe(search)}`);
  checkBytes('search.header', search.header, HEADER_BYTES);
  checkBytes('search.target', search.target, TARGET_BYTES);
  checkInteger('search.firstNonce', search.firstNonce, NONCES - 1);
  checkInteger('search.count', search.count, NONCES);
}

export function checkRolledSearch(search: RolledSearch): void {
  checkRange(search);
  const versions: unknown = search.versions;
  if (!(versions instanceof Uint32Array)) throw new TypeError(`search.versions: expected a Uint32Array, got ${describe(versions)}`);
  if (versions.buffer instanceof SharedArrayBuffer)
    throw new RangeError('search.versions: expected an unshared buffer, got a SharedArrayBuffer');
  // A detached one has length 0.
  if (versions.length < 1 || versions.length > MOST_VERSIONS)
    throw new RangeError(`search.versions: expected 1 to ${MOST_VERSIONS} versions, got ${versions.length}`);
}

export function checkSearch(search: NonceSearch): void {
  checkRange(search);
  const rounds: unknown = search.rounds;
  if (typeof rounds !== 'number') throw new TypeError(`search.rounds: expected 1 or 2, got ${describe(rounds)}`);
  if (rounds !== 1 && rounds !== 2) throw new RangeError(`search.rounds: expected 1 or 2, got ${rounds}`);
}
