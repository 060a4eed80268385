// SHA-256 with SIMD: the nonce search tries four nonces at once; digests of messages are those of the scalar module.
import { beginRolled as prepareRolled, rolledSearch, search } from './lib/sha256-search';

export { HEADER, TARGET, VERSIONS, VERSIONS_CAPACITY } from './lib/sha256-job';
export { begin } from './lib/sha256-search';
export * from './lib/sha256-messages';

/** `tall` takes the form of sha256-passes-simd-tree.ts, else that of sha256-passes-simd-chain.ts. */
export function find(tall: bool, first: u32, count: i32): i32 {
  return search<v128>(tall, first, count);
}
export function beginRolled(versions: i32): void {
  prepareRolled<v128>(versions);
}
export function findRolled(tall: bool, first: u32, count: i32): i32 {
  return rolledSearch<v128>(tall, first, count);
}
