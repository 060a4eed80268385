// Pairs of field elements: what ed25519-field.ts does not unroll. An address of a pair is 16-byte aligned; the address of one
// lane of it is that plus 0 or 8.
import { PAIR, SCALE, UNSCALE, add, mulUnchecked, sqUnchecked, sub } from './ed25519-field';

export { PAIR, add, sub };

export const LIMBS: i32 = 12;

/** The exponent of limb i: ceil(255 i / 12). */
// @ts-ignore: decorator
@inline
function exponent(i: i32): i32 {
  return (255 * i + 11) / 12;
}

/** Debug builds: how many times the carried size the largest limb of either lane is. */
function excess(a: usize): f64 {
  let most: f64 = 0;
  for (let i = 0; i < LIMBS; i++) {
    const half = load<f64>(SCALE + 8 * i) * <f64>(1 << (exponent(i + 1) - exponent(i) - 1));
    most = max(most, max(abs(load<f64>(a + 16 * i)), abs(load<f64>(a + 16 * i, 8))) / half);
  }
  return most;
}

/** out = a * b in both lanes. */
// @ts-ignore: decorator
@inline
export function mul(out: usize, a: usize, b: usize): void {
  if (!ASC_NO_ASSERT) assert(excess(a) * excess(b) <= 15);
  mulUnchecked(out, a, b);
}

/** out = a^2 in both lanes. */
// @ts-ignore: decorator
@inline
export function sq(out: usize, a: usize): void {
  if (!ASC_NO_ASSERT) assert(excess(a) * excess(a) <= 15);
  sqUnchecked(out, a);
}

/** a = a^(2^n) in both lanes. */
export function sqTimes(a: usize, n: i32): void {
  for (; n > 0; n--) sq(a, a);
}

export function copyPair(out: usize, a: usize): void {
  memory.copy(out, a, PAIR);
}

/** Both lanes become the small integer `value`. */
export function setSmall(out: usize, value: f64): void {
  memory.fill(out, 0, PAIR);
  store<f64>(out, value);
  store<f64>(out, value, 8);
}

/** out = a with its lanes exchanged; not in place. */
export function swapLanes(out: usize, a: usize): void {
  for (let i: usize = 0; i < PAIR; i += 16) {
    store<f64>(out + i, load<f64>(a + i, 8));
    store<f64>(out + i, load<f64>(a + i), 8);
  }
}

/** One lane becomes its negative. */
export function negateLane(lane: usize): void {
  for (let i: usize = 0; i < PAIR; i += 16) store<f64>(lane + i, -load<f64>(lane + i));
}

/** One lane from 32 little-endian bytes; bit 255 is ignored, any value below 2^255 is taken modulo p. Reads 33 bytes. */
export function fromBytes(lane: usize, bytes: usize): void {
  let carry: i32 = 0;
  for (let i = 0; i < LIMBS; i++) {
    const at = exponent(i);
    const width = exponent(i + 1) - at;
    let value = <i32>((load<u32>(bytes + (at >> 3)) >> (at & 7)) & ((1 << width) - 1)) + carry;
    carry = <i32>(value >= 1 << (width - 1));
    value -= carry << width;
    store<f64>(lane + 16 * i, <f64>value * load<f64>(SCALE + 8 * i));
  }
  store<f64>(lane, load<f64>(lane) + <f64>(19 * carry));
}

/** The limbs of one lane as integers, while it is being reduced. */
const INTEGERS: usize = memory.data(12 * 8, 16);

/** 32 little-endian bytes: the value of one lane, reduced to [0, p). For limbs up to about 2^40 units. */
export function toBytes(out: usize, lane: usize): void {
  for (let i = 0; i < LIMBS; i++) store<i64>(INTEGERS + 8 * i, <i64>(load<f64>(lane + 16 * i) * load<f64>(UNSCALE + 8 * i)));
  // Three passes: the first leaves a small carry, the second at most one unit of 2^255, the third none.
  for (let pass = 0; pass < 3; pass++) {
    let carry: i64 = 0;
    for (let i = 0; i < LIMBS; i++) {
      const width = exponent(i + 1) - exponent(i);
      const value = load<i64>(INTEGERS + 8 * i) + carry;
      carry = value >> width;
      store<i64>(INTEGERS + 8 * i, value & ((1 << width) - 1));
    }
    store<i64>(INTEGERS, load<i64>(INTEGERS) + 19 * carry);
  }
  // Now 0 <= value < 2^255. value >= p exactly if value + 19 reaches 2^255.
  let carry: i64 = 19;
  for (let i = 0; i < LIMBS; i++) carry = (load<i64>(INTEGERS + 8 * i) + carry) >> (exponent(i + 1) - exponent(i));
  carry *= 19;
  let word: u64 = 0;
  let filled = 0;
  for (let i = 0; i < LIMBS; i++) {
    const width = exponent(i + 1) - exponent(i);
    const value = load<i64>(INTEGERS + 8 * i) + carry;
    carry = value >> width;
    const bits = <u64>(value & ((1 << width) - 1));
    word |= bits << filled;
    if (filled + width >= 64) {
      store<u64>(out, word);
      out += 8;
      word = bits >> (64 - filled);
      filled += width - 64;
    } else {
      filled += width;
    }
  }
  store<u64>(out, word);
}

const BYTES: usize = memory.data(32, 16);

/** Is one lane zero modulo p? */
export function isZero(lane: usize): bool {
  toBytes(BYTES, lane);
  return (load<u64>(BYTES) | load<u64>(BYTES, 8) | load<u64>(BYTES, 16) | load<u64>(BYTES, 24)) == 0;
}

/** Is the representative of one lane in [0, p) odd? */
export function isOdd(lane: usize): bool {
  toBytes(BYTES, lane);
  return (load<u8>(BYTES) & 1) == 1;
}

const P1: usize = memory.data(192, 16);
const P2: usize = memory.data(192, 16);
const P3: usize = memory.data(192, 16);
const P4: usize = memory.data(192, 16);

/** P2 = a^(2^250 - 1), P1 = a^11, the common part of both powers below; not in place. */
function power250(a: usize): void {
  sq(P1, a); // 2
  sq(P2, P1);
  sq(P2, P2); // 8
  mul(P2, P2, a); // 9
  mul(P1, P1, P2); // 11
  sq(P3, P1); // 22
  mul(P2, P2, P3); // 2^5 - 1
  copyPair(P3, P2);
  sqTimes(P3, 5);
  mul(P2, P3, P2); // 2^10 - 1
  copyPair(P3, P2);
  sqTimes(P3, 10);
  mul(P3, P3, P2); // 2^20 - 1
  copyPair(P4, P3);
  sqTimes(P4, 20);
  mul(P3, P4, P3); // 2^40 - 1
  sqTimes(P3, 10);
  mul(P2, P3, P2); // 2^50 - 1
  copyPair(P3, P2);
  sqTimes(P3, 50);
  mul(P3, P3, P2); // 2^100 - 1
  copyPair(P4, P3);
  sqTimes(P4, 100);
  mul(P3, P4, P3); // 2^200 - 1
  sqTimes(P3, 50);
  mul(P2, P3, P2); // 2^250 - 1
}

/** out = a^((p - 5) / 8) = a^(2^252 - 3) in both lanes; `out` may not lie on `a`. */
export function powerP58(out: usize, a: usize): void {
  power250(a);
  sqTimes(P2, 2);
  mul(out, P2, a);
}

/** out = a^-1 = a^(2^255 - 21) in both lanes, 0 for 0. */
export function invert(out: usize, a: usize): void {
  power250(a);
  sqTimes(P2, 5);
  mul(out, P2, P1);
}
