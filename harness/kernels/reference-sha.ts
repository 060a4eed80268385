// The readable twin of the SHA kernels: @noble/hashes, and a nonce search that hashes the whole header each time.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { NonceSearch, NonceSearchResult, RolledSearch, RolledSearchResult, ShaKernels } from './interface.ts';
import { HEADER_BYTES, NONCES, checkBytes, checkRolledSearch, checkSearch } from './sha-border.ts';

/** hash <= target, both little-endian 256-bit integers. */
function atMost(hash: Uint8Array, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    if (hash[i] !== target[i]) return hash[i] < target[i];
  }
  return true;
}

function nonceSearch(search: NonceSearch): NonceSearchResult {
  checkSearch(search);
  const { target, firstNonce, count, rounds } = search;
  const header = search.header.slice();
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
  checkRolledSearch(search);
  const { target, firstNonce, count, versions } = search;
  const header = search.header.slice();
  const view = new DataView(header.buffer);
  for (let i = 0; i < count; i++) {
    const nonce = (firstNonce + i) % NONCES;
    view.setUint32(HEADER_BYTES - 4, nonce, true);
    for (const [at, version] of versions.entries()) {
      view.setUint32(0, version, true);
      if (atMost(sha256(sha256(header)), target)) return { nonce, version, tried: i * versions.length + at + 1 };
    }
  }
  return { nonce: null, version: null, tried: count * versions.length };
}

export function referenceSha(): ShaKernels {
  return {
    nonceSearch,
    rolledSearch,
    forms: () => [],
    racing: () => false,
    sha256(message) {
      checkBytes('message', message);
      return sha256(message);
    },
    sha512(message) {
      checkBytes('message', message);
      return sha512(message);
    },
    hmacSha256(key, message) {
      checkBytes('key', key);
      checkBytes('message', message);
      return hmac(sha256, key, message);
    },
  };
}
