// The counter-based generator of harness/simulate/core/draws.ts: same constants, same order of operations.

export const RECEIVER_STEP: i32 = 0x9e3779b9;
export const ATTEMPT_STEP: i32 = 0x6a09e667;
export const MIX_1: i32 = 0x21f0aaad;
export const MIX_2: i32 = 0xd35a2d97;
/** A draw's top 10 bits choose the quantile. */
export const QUANTILE_SHIFT: i32 = 22;
export const QUANTILES: i32 = 1024;

/** A uniform 32-bit draw; `offset` is receiver * RECEIVER_STEP + attempt * ATTEMPT_STEP. */
// @ts-ignore: decorator
@inline
export function drawAt(a: i32, b: i32, offset: i32): u32 {
  let x: u32 = a + offset;
  x = (x ^ (x >>> 16)) * MIX_1;
  x = (x ^ (x >>> 15)) + b;
  x *= MIX_2;
  return x ^ (x >>> 15);
}

/** The top 10 bits of a draw: the last xor-shift changes bits 0 to 16 only, so it is left out. */
// @ts-ignore: decorator
@inline
export function quantileAt(a: i32, b: i32, offset: i32): i32 {
  let x: u32 = a + offset;
  x = (x ^ (x >>> 16)) * MIX_1;
  x = (x ^ (x >>> 15)) + b;
  return (x * MIX_2) >>> QUANTILE_SHIFT;
}

/** Four quantiles at a time; `offset` in every lane. */
// @ts-ignore: decorator
@inline
export function quantiles4(a: v128, b: v128, offset: v128): v128 {
  let x = i32x4.add(a, offset);
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(MIX_1));
  x = i32x4.add(v128.xor(x, i32x4.shr_u(x, 15)), b);
  return i32x4.shr_u(i32x4.mul(x, i32x4.splat(MIX_2)), QUANTILE_SHIFT);
}

/** Four draws at a time. */
// @ts-ignore: decorator
@inline
export function draws4(a: v128, b: v128, offset: v128): v128 {
  let x = i32x4.add(a, offset);
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(MIX_1));
  x = i32x4.mul(i32x4.add(v128.xor(x, i32x4.shr_u(x, 15)), b), i32x4.splat(MIX_2));
  return v128.xor(x, i32x4.shr_u(x, 15));
}

/** draw32 for the tests. */
export function draw32(a: i32, b: i32, receiver: i32, attempt: i32): u32 {
  return drawAt(a, b, receiver * RECEIVER_STEP + attempt * ATTEMPT_STEP);
}
