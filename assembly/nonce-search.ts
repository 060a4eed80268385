// The nonce search, scalar.
import { beginRolled as prepareRolled, rolledSearch, search } from './lib/sha256-search';

export { HEADER, TARGET, VERSIONS, VERSIONS_CAPACITY } from './lib/sha256-job';
export { begin } from './lib/sha256-search';

/** `tall` and `deep` choose among the forms of the SIMD module; the scalar search has one. */
export function find(tall: bool, deep: bool, first: u32, count: i32): i32 {
  return search<u32>(false, first, count);
}
export function beginRolled(versions: i32): void {
  prepareRolled<u32>(versions);
}
export function findRolled(tall: bool, deep: bool, first: u32, count: i32): i32 {
  return rolledSearch<u32>(false, first, count);
}
