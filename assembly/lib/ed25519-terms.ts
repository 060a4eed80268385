// Which keys take part in a batch equation, and with what multiple: the signatures of one key are one term, since
// z1 k1 A + z2 k2 A = (z1 k1 + z2 k2) A. Keys are named by number: those of an expanded set by their place in it, those that
// items carry by the first item that carries them.
import { WIDE, addProduct, reduceWide } from './ed25519-scalar';

/** Bytes of a key's state: the sum of z k of its signatures 64, the equation that it belongs to 4, that one's first item of the key 4. */
export const KEY_STATE: usize = 72;
const EQUATION: usize = 64;
const FIRST: usize = 68;

let states: usize = 0;
/** Counts equations, so that the states need not be cleared for each. */
let equation: u32 = 0;

/** Lays out the keys' states at `at`, in memory that is still zero. */
export function initTerms(at: usize): void {
  states = at;
}

/** Forgets the terms of the previous equation. */
export function startTerms(): void {
  equation += 1;
}

/** Adds z * k (16 and 32 bytes) of an item to the multiple of its key. Returns whether the item is the first of that key. */
export function addToKey(key: i32, item: i32, z: usize, k: usize): bool {
  const state = states + <usize>key * KEY_STATE;
  const isNew = load<u32>(state, EQUATION) != equation;
  if (isNew) {
    memory.fill(state, 0, WIDE);
    store<u32>(state, equation, EQUATION);
    store<i32>(state, item, FIRST);
  }
  addProduct(state, z, k, 4);
  return isNew;
}

/** Is the item, which is in the equation, the first of its key there? */
export function isFirstOf(key: i32, item: i32): bool {
  return load<i32>(states + <usize>key * KEY_STATE, FIRST) == item;
}

/** out (32 bytes) = the multiple of a key, modulo l. */
export function multipleOf(out: usize, key: i32): void {
  reduceWide(out, states + <usize>key * KEY_STATE);
}

/** Bytes that numberKeys needs for at most `count` items. */
export function numberScratch(count: i32): usize {
  return <usize>count * 16;
}

/**
 * Gives each of `count` items, `stride` bytes apart, the number of its key, the 32 bytes at its start: writes at offset `to` the
 * position of the first item of the same key. A hash table with at least two slots an item; the hash is sum a(i) * word(i)
 * modulo 2^64, its upper bits, with the 64 bytes at `secret` as a(0) .. a(7) (Dietzfelbinger's multiply-shift). Whoever makes the
 * keys does not know those, so that no choice of keys makes them collide.
 */
export function numberKeys(items: usize, stride: usize, count: i32, to: usize, secret: usize, slots: usize): void {
  const bits = 33 - <i32>clz(<u32>count);
  const mask: u32 = (1 << bits) - 1;
  memory.fill(slots, 0, (<usize>4) << bits);
  for (let i = 0; i < count; i++) {
    const item = items + <usize>i * stride;
    let hash: u64 = 0;
    for (let j: usize = 0; j < 8; j++) hash += load<u64>(secret + 8 * j) * <u64>load<u32>(item + 4 * j);
    let slot = <u32>(hash >> (64 - bits));
    let first = load<u32>(slots + 4 * slot);
    while (first != 0 && !isSame(items + <usize>(first - 1) * stride, item)) {
      slot = (slot + 1) & mask;
      first = load<u32>(slots + 4 * slot);
    }
    if (first == 0) {
      first = i + 1;
      store<u32>(slots + 4 * slot, first);
    }
    store<u32>(item + to, first - 1);
  }
}

/** Are the 32 bytes the same? */
function isSame(a: usize, b: usize): bool {
  let differ: u64 = 0;
  for (let i: usize = 0; i < 32; i += 8) differ |= load<u64>(a + i) ^ load<u64>(b + i);
  return differ == 0;
}
