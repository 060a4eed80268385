// Pairs of field elements: what ed25519-field.ts does not unroll. An address of a pair is 16-byte aligned; the address of one
// lane of it is that plus 0 or 8.
import { PAIR, SCALE, UNSCALE, add, mulUnchecked, sqUnchecked, sub } from '../generated/ed25519-field';

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

/** Limb `i` of a lane over its unit. */
// @ts-ignore: decorator
@inline
function integer(lane: usize, i: usize): i64 {
  return <i64>(load<f64>(lane + 16 * i) * load<f64>(UNSCALE + 8 * i));
}

/** What three limbs hand on to the next three. */
let carried: i64 = 0;

/** The bits of limbs i, i + 1 and i + 2, of the given widths, with what is carried into them; three limbs are 64 bits, the last three 63. */
// @ts-ignore: decorator
@inline
function word(lane: usize, i: usize, width0: i64, width1: i64, width2: i64): u64 {
  const low = integer(lane, i) + carried;
  const middle = integer(lane, i + 1) + (low >> width0);
  const high = integer(lane, i + 2) + (middle >> width1);
  carried = high >> width2;
  const mask0 = ((<i64>1) << width0) - 1;
  const mask1 = ((<i64>1) << width1) - 1;
  const mask2 = ((<i64>1) << width2) - 1;
  return (low & mask0) | ((middle & mask1) << width0) | ((high & mask2) << (width0 + width1));
}

/** 32 little-endian bytes: the value of one lane, reduced to [0, p). For limbs up to about 2^40 units. */
export function toBytes(out: usize, lane: usize): void {
  carried = 0;
  let w0 = word(lane, 0, 22, 21, 21);
  let w1 = word(lane, 3, 21, 22, 21);
  let w2 = word(lane, 6, 21, 21, 22);
  let w3 = word(lane, 9, 21, 21, 21);
  let above = carried;
  // 2^255 = 19. The first time leaves the value within 19 * above of [0, 2^255), the second in it.
  for (let pass = 0; pass < 2; pass++) {
    const more = 19 * above;
    const sign = <u64>(more >> 63);
    w0 += <u64>more;
    let carry = <u64>(w0 < <u64>more);
    const t1 = w1 + sign;
    w1 = t1 + carry;
    carry = (<u64>(t1 < sign)) | (<u64>(w1 < t1));
    const t2 = w2 + sign;
    w2 = t2 + carry;
    carry = (<u64>(t2 < sign)) | (<u64>(w2 < t2));
    w3 += sign + carry;
    above = (<i64>w3) >> 63 == 0 ? 0 : above < 0 ? -1 : 1;
    w3 &= 0x7fffffffffffffff;
  }
  // value >= p exactly if value + 19 reaches 2^255.
  const v0 = w0 + 19;
  const v1 = w1 + <u64>(v0 < 19);
  const v2 = w2 + <u64>(v1 < w1);
  const v3 = w3 + <u64>(v2 < w2);
  const isLess = v3 >> 63 == 0;
  store<u64>(out, isLess ? w0 : v0);
  store<u64>(out, isLess ? w1 : v1, 8);
  store<u64>(out, isLess ? w2 : v2, 16);
  store<u64>(out, isLess ? w3 : v3 & 0x7fffffffffffffff, 24);
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

/** Pairs of a power at once: the next squaring of one pair need not wait for the carries of the other's last. */
export const POWERS: i32 = 2;

const P1: usize = memory.data(2 * 192, 16);
const P2: usize = memory.data(2 * 192, 16);
const P3: usize = memory.data(2 * 192, 16);
const P4: usize = memory.data(2 * 192, 16);

/** mul and sq of `pairs` consecutive pairs. */
function muls(out: usize, a: usize, b: usize, pairs: i32): void {
  mul(out, a, b);
  if (pairs > 1) mul(out + PAIR, a + PAIR, b + PAIR);
}
function sqs(a: usize, n: i32, pairs: i32): void {
  if (pairs == 1) {
    for (; n > 0; n--) sq(a, a);
  } else {
    for (const b = a + PAIR; n > 0; n--) {
      sq(a, a);
      sq(b, b);
    }
  }
}
function copies(out: usize, a: usize, pairs: i32): void {
  memory.copy(out, a, <usize>pairs * PAIR);
}

/** P2 = a^(2^250 - 1), P1 = a^11, the common part of both powers below, of `pairs` consecutive pairs. */
function power250(a: usize, pairs: i32): void {
  copies(P1, a, pairs);
  sqs(P1, 1, pairs); // 2
  copies(P2, P1, pairs);
  sqs(P2, 2, pairs); // 8
  muls(P2, P2, a, pairs); // 9
  muls(P1, P1, P2, pairs); // 11
  copies(P3, P1, pairs);
  sqs(P3, 1, pairs); // 22
  muls(P2, P2, P3, pairs); // 2^5 - 1
  copies(P3, P2, pairs);
  sqs(P3, 5, pairs);
  muls(P2, P3, P2, pairs); // 2^10 - 1
  copies(P3, P2, pairs);
  sqs(P3, 10, pairs);
  muls(P3, P3, P2, pairs); // 2^20 - 1
  copies(P4, P3, pairs);
  sqs(P4, 20, pairs);
  muls(P3, P4, P3, pairs); // 2^40 - 1
  sqs(P3, 10, pairs);
  muls(P2, P3, P2, pairs); // 2^50 - 1
  copies(P3, P2, pairs);
  sqs(P3, 50, pairs);
  muls(P3, P3, P2, pairs); // 2^100 - 1
  copies(P4, P3, pairs);
  sqs(P4, 100, pairs);
  muls(P3, P4, P3, pairs); // 2^200 - 1
  sqs(P3, 50, pairs);
  muls(P2, P3, P2, pairs); // 2^250 - 1
}

/** out = a^((p - 5) / 8) = a^(2^252 - 3) in both lanes of one or two (POWERS) consecutive pairs; `out` may not lie on `a`. */
export function powerP58(out: usize, a: usize, pairs: i32): void {
  power250(a, pairs);
  sqs(P2, 2, pairs);
  muls(out, P2, a, pairs);
}

/** out = a^-1 = a^(2^255 - 21) in both lanes, 0 for 0. */
export function invert(out: usize, a: usize): void {
  power250(a, 1);
  sqs(P2, 5, 1);
  mul(out, P2, P1);
}
