// The nonce search with SIMD: four headers in a vector beside one in scalar registers.
import { beginRolled as prepareRolled, rolledSearch, search } from './lib/sha256-search';

export { HEADER, TARGET, VERSIONS, VERSIONS_CAPACITY } from './lib/sha256-job';
export { begin } from './lib/sha256-search';

/** Calls that lead to a search, so that it stands a kilobyte deeper in the stack (V8: 110 bytes a call). */
const DEEP: i32 = 8;

/**
 * `tall` takes the form of sha256-passes-simd-tree.ts, else that of sha256-passes-simd-chain.ts. `deep` takes other places of the
 * stack: where those that a pass spills to have the low 12 address bits of its tables, loads wait for stores.
 */
export function find(tall: bool, deep: bool, first: u32, count: i32): i32 {
  return findAt(deep ? DEEP : 0, tall, first, count);
}
function findAt(depth: i32, tall: bool, first: u32, count: i32): i32 {
  return depth > 0 ? findAt(depth - 1, tall, first, count) : search<v128>(tall, first, count);
}

export function beginRolled(versions: i32): void {
  prepareRolled<v128>(versions);
}
export function findRolled(tall: bool, deep: bool, first: u32, count: i32): i32 {
  return findRolledAt(deep ? DEEP : 0, tall, first, count);
}
function findRolledAt(depth: i32, tall: bool, first: u32, count: i32): i32 {
  return depth > 0 ? findRolledAt(depth - 1, tall, first, count) : rolledSearch<v128>(tall, first, count);
}
