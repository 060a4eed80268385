// The readable twin of the SHA kernels: @noble/hashes, and a nonce search that hashes the whole header each time.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { Kernels, NonceSearch, NonceSearchResult } from './interface.ts';
import { HEADER_BYTES, NONCES, checkBytes, checkSearch } from './sha-border.ts';

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

export function referenceSha(): Pick<Kernels, 'nonceSearch' | 'sha256' | 'sha512' | 'hmacSha256'> {
  return {
    nonceSearch,
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
