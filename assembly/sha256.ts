// SHA-256, scalar: the nonce search, and digests of messages (SHA-256, SHA-512, HMAC-SHA-256).
import { search } from './lib/sha256-search';

export { HEADER, TARGET } from './lib/sha256-job';
export { begin } from './lib/sha256-search';
export * from './lib/sha256-messages';

export function find(first: u32, count: i32): i32 {
  return search<u32>(first, count);
}
