// Integers modulo l = 2^252 + 27742317777372353535851937790883648493, the order of the base point, as 32-bit words, little-endian.

const L: usize = memory.data<u32>([0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0, 0, 0, 0x10000000, 0], 16);
/** floor(2^512 / l). */
const MU: usize = memory.data<u32>(
  [0x0a2c131b, 0xed9ce5a3, 0x086329a7, 0x2106215d, 0xffffffeb, 0xffffffff, 0xffffffff, 0xffffffff, 0x0000000f],
  16,
);

/** Words of a product of two scalars. */
export const WIDE: usize = 64;

const ESTIMATE: usize = memory.data(18 * 4, 16);
const REMAINDER: usize = memory.data(9 * 4, 16);

/** out += a * b, where a has `aWords` words, b 8 and out 16; the sum must stay below 2^512. */
export function addProduct(out: usize, a: usize, b: usize, aWords: i32): void {
  for (let i = 0; i < aWords; i++) {
    const x = <u64>load<u32>(a + 4 * i);
    let carry: u64 = 0;
    for (let j = 0; j < 32; j += 4) {
      const t = x * <u64>load<u32>(b + j) + <u64>load<u32>(out + j) + carry;
      store<u32>(out + j, <u32>t);
      carry = t >> 32;
    }
    for (let j: usize = 32; carry != 0; j += 4) {
      const t = <u64>load<u32>(out + j) + carry;
      store<u32>(out + j, <u32>t);
      carry = t >> 32;
    }
    out += 4;
  }
}

/** out (8 words) = wide (16 words) mod l, by Barrett's method (Handbook of Applied Cryptography, 14.42, base 2^32, k = 8). */
export function reduceWide(out: usize, wide: usize): void {
  memory.fill(ESTIMATE, 0, 18 * 4);
  for (let i = 0; i < 9; i++) {
    const x = <u64>load<u32>(wide + 28 + 4 * i);
    let carry: u64 = 0;
    const row = ESTIMATE + 4 * i;
    for (let j = 0; j < 36; j += 4) {
      const t = x * <u64>load<u32>(MU + j) + <u64>load<u32>(row + j) + carry;
      store<u32>(row + j, <u32>t);
      carry = t >> 32;
    }
    store<u32>(row, <u32>carry, 36);
  }
  // remainder = (wide - (estimate / 2^288) * l) mod 2^288, which is below 3 l.
  memory.copy(REMAINDER, wide, 36);
  for (let i = 0; i < 9; i++) {
    const x = <u64>load<u32>(ESTIMATE + 36 + 4 * i);
    let borrow: u64 = 0;
    for (let j = 0; j < 9 - i; j++) {
      const at = REMAINDER + 4 * (i + j);
      const t = x * <u64>load<u32>(L + 4 * j) + borrow;
      const low = <u32>t;
      const before = load<u32>(at);
      store<u32>(at, before - low);
      borrow = (t >> 32) + <u64>(before < low);
    }
  }
  while (!isBelow(REMAINDER, L, 9)) subtract(REMAINDER, L, 9);
  memory.copy(out, REMAINDER, 32);
}

/** Is a < b, as integers of `words` words? */
export function isBelow(a: usize, b: usize, words: i32): bool {
  for (let i = words - 1; i >= 0; i--) {
    const x = load<u32>(a + 4 * i);
    const y = load<u32>(b + 4 * i);
    if (x != y) return x < y;
  }
  return false;
}

/** a -= b, as integers of `words` words. */
function subtract(a: usize, b: usize, words: i32): void {
  let borrow: u64 = 0;
  for (let i = 0; i < words; i++) {
    const t = <u64>load<u32>(a + 4 * i) - <u64>load<u32>(b + 4 * i) - borrow;
    store<u32>(a + 4 * i, <u32>t);
    borrow = t >> 63;
  }
}

/** Is the 32-byte scalar below l? */
export function isReduced(a: usize): bool {
  return isBelow(a, L, 8);
}

/** out = -a mod l for a reduced a; not in place. */
export function negate(out: usize, a: usize): void {
  if ((load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0) {
    memory.fill(out, 0, 32);
    return;
  }
  memory.copy(out, L, 32);
  subtract(out, a, 8);
}
