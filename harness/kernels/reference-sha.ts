// The readable twin of the SHA kernels: @noble/hashes, and a nonce search that hashes the whole header each time.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { checkBytes, oneAtATime, type OneAtATime } from './border.ts';
import type { NonceSearch, NonceSearchResult, RolledSearch, RolledSearchResult, ShaKernels } from '../model/kernels.ts';
import { HEADER_BYTES, NONCES, readRolledSearch, readSearch } from './sha-border.ts';

/** hash <= target, both little-endian 256-bit integers. */
function atMost(hash: Uint8Array, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    if (hash[i] !== target[i]) return hash[i] < target[i];
  }
  return true;
}

function nonceSearch(search: NonceSearch): NonceSearchResult {
  const { header: given, target, firstNonce, count, rounds } = readSearch(search);
  // Not slice(): that of a Buffer is no copy.
  const header = new Uint8Array(given);
  const view = new DataView(header.buffer);
  for (let i = 0; i < count; i++) {
    const nonce = (firstNonce + i) % NONCES;
    view.setUint32(HEADER_BYTES - 4, nonce, true);
    const once = sha256(header);
    if (atMost(rounds === 2 ? sha256(once) : once, target)) return { nonce, tried: i + 1 };
  }
  return { nonce: null, tried: count };
}

function rolledSearch(search: RolledSearch): RolledSearchResult {
  const { header: given, versions: listed, target, firstNonce, count, headers } = readRolledSearch(search);
  const header = new Uint8Array(given);
  const versions = new Uint32Array(listed);
  const view = new DataView(header.buffer);
  for (let i = 0; i < count; i++) {
    const nonce = (firstNonce + i) % NONCES;
    view.setUint32(HEADER_BYTES - 4, nonce, true);
    for (const [at, version] of versions.entries()) {
      view.setUint32(0, version, true);
      if (atMost(sha256(sha256(header)), target)) return { nonce, version, tried: i * headers + at + 1 };
    }
  }
  return { nonce: null, version: null, tried: count * headers };
}

export function referenceSha(alone: OneAtATime = oneAtATime()): ShaKernels {
  return {
    forms: () => [],
    racing: () => false,
    ...alone<Omit<ShaKernels, 'forms' | 'racing'>>({
      nonceSearch,
      rolledSearch,
      sha256(message) {
        checkBytes('message', message);
        return sha256(new Uint8Array(message));
      },
      sha512(message) {
        checkBytes('message', message);
        return sha512(new Uint8Array(message));
      },
      hmacSha256(key, message) {
        checkBytes('key', key);
        checkBytes('message', message);
        return hmac(sha256, new Uint8Array(key), new Uint8Array(message));
      },
    }),
  };
}
