// SHA-256, scalar: the nonce search, and digests of messages (SHA-256, SHA-512, HMAC-SHA-256).
import { beginRolled as prepareRolled, rolledSearch, search } from './lib/sha256-search';

export { HEADER, TARGET, VERSIONS, VERSIONS_CAPACITY } from './lib/sha256-job';
export { begin } from './lib/sha256-search';
export * from './lib/sha256-messages';

/** `tall` chooses between the forms of the SIMD module; the scalar search has one. */
export function find(tall: bool, first: u32, count: i32): i32 {
  return search<u32>(false, first, count);
}
export function beginRolled(versions: i32): void {
  prepareRolled<u32>(versions);
}
export function findRolled(tall: bool, first: u32, count: i32): i32 {
  return rolledSearch<u32>(false, first, count);
}
