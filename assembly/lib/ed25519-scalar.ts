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

/** What halve found: |u| and v, 32 bytes each, of which the upper halves stay zero. */
export const HALF_U: usize = memory.data(32 + 16, 16);
export const HALF_V: usize = memory.data(32 + 16, 16);

/**
 * Finds u and v > 0 of at most 127 bits with u = v k modulo l, by Euclid's algorithm on l and k, stopped half-way (Antipa and
 * others, "Accelerated verification of ECDSA signatures", 2005). Returns the sign of u, or 0 where a quotient is too large for
 * the words used here, which no hash will show.
 */
export function halve(k: usize): i32 {
  // a = ta k and b = tb k modulo l, with signs of ta and tb opposite; in magnitude ta b + tb a = l throughout.
  let a0 = load<u64>(L);
  let a1 = load<u64>(L, 8);
  let a2 = load<u64>(L, 16);
  let a3 = load<u64>(L, 24);
  let b0 = load<u64>(k);
  let b1 = load<u64>(k, 8);
  let b2 = load<u64>(k, 16);
  let b3 = load<u64>(k, 24);
  let ta0: u64 = 0;
  let ta1: u64 = 0;
  let tb0: u64 = 1;
  let tb1: u64 = 0;
  let sign = 1;
  while ((b3 | b2 | (b1 >> 63)) != 0) {
    // a -= b * 2^shift for the largest shift that fits, until a < b.
    let shift = bitLength(a1, a2, a3) - bitLength(b1, b2, b3);
    while (shift >= 0) {
      if (shift > 62) return 0;
      const s = <u64>shift;
      // b * 2^shift; x >> 1 >> (63 - s) is x >> (64 - s) where s may be 0.
      const c0 = b0 << s;
      const c1 = (b1 << s) | ((b0 >> 1) >> (63 - s));
      const c2 = (b2 << s) | ((b1 >> 1) >> (63 - s));
      const c3 = (b3 << s) | ((b2 >> 1) >> (63 - s));
      const d0 = a0 - c0;
      const e1 = a1 - c1;
      const d1 = e1 - <u64>(a0 < c0);
      const borrow1 = (<u64>(a1 < c1)) | (<u64>(d1 > e1));
      const e2 = a2 - c2;
      const d2 = e2 - borrow1;
      const borrow2 = (<u64>(a2 < c2)) | (<u64>(d2 > e2));
      const d3 = a3 - c3 - borrow2;
      if (d3 >> 63 != 0) {
        // One bit too far.
        shift -= 1;
        continue;
      }
      a0 = d0;
      a1 = d1;
      a2 = d2;
      a3 = d3;
      const low = tb0 << s;
      ta0 += low;
      ta1 += ((tb1 << s) | ((tb0 >> 1) >> (63 - s))) + <u64>(ta0 < low);
      shift = min(shift, bitLength(a1, a2, a3) - bitLength(b1, b2, b3));
    }
    let t = a0;
    a0 = b0;
    b0 = t;
    t = a1;
    a1 = b1;
    b1 = t;
    t = a2;
    a2 = b2;
    b2 = t;
    t = a3;
    a3 = b3;
    b3 = t;
    t = ta0;
    ta0 = tb0;
    tb0 = t;
    t = ta1;
    ta1 = tb1;
    tb1 = t;
    sign = -sign;
  }
  store<u64>(HALF_U, b0);
  store<u64>(HALF_U, b1, 8);
  store<u64>(HALF_V, tb0);
  store<u64>(HALF_V, tb1, 8);
  return sign;
}

/** Bits of a number of at least 64 bits, all words but the lowest given. */
// @ts-ignore: decorator
@inline
function bitLength(x1: u64, x2: u64, x3: u64): i32 {
  if (x3 != 0) return 256 - <i32>clz(x3);
  if (x2 != 0) return 192 - <i32>clz(x2);
  return 128 - <i32>clz(x1);
}
