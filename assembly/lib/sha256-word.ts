// The operations of SHA-256 (FIPS 180-4, section 4.1.2) on a word T: u32, or v128 for four lanes at once. One source of
// rounds serves both modules; which branch is taken is decided when the module is compiled.

/** The 32-bit word at `pointer`, in every lane. */
// @ts-ignore: decorator
@inline
export function splat<T>(pointer: usize): T {
  if (isVector<T>()) return v128.load32_splat(pointer);
  else return load<u32>(pointer);
}

// @ts-ignore: decorator
@inline
export function add<T>(x: T, y: T): T {
  if (isVector<T>()) return i32x4.add(x, y);
  else return x + y;
}

// @ts-ignore: decorator
@inline
export function xor<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.xor(x, y);
  else return x ^ y;
}

// @ts-ignore: decorator
@inline
export function and<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.and(x, y);
  else return x & y;
}

/**
 * ROTR^i(x) ^ ROTR^j(x) ^ ROTR^k(x), i < j < k. WASM has no vector rotation. V8 11.3 emits pure operations breadth first: a
 * chain of xors keeps fewer shifts waiting than a tree (9.3 instead of 9.05 Mhash/s; V8 13.6: 8.35 instead of 8.5). The scalar
 * form is nested: it needs one copy of x where the plain one needs three (3.75 instead of 3.35 Mhash/s on V8 11.3).
 */
// @ts-ignore: decorator
@inline
function threeRotations<T>(x: T, i: i32, j: i32, k: i32): T {
  if (isVector<T>()) {
    let y = v128.xor(i32x4.shr_u(x, i), i32x4.shl(x, 32 - i));
    y = v128.xor(v128.xor(y, i32x4.shr_u(x, j)), i32x4.shl(x, 32 - j));
    return v128.xor(v128.xor(y, i32x4.shr_u(x, k)), i32x4.shl(x, 32 - k));
  } else return rotr(x ^ rotr(x ^ rotr(x, k - j), j - i), i);
}

/** ROTR^i(x) ^ ROTR^j(x) ^ SHR^k(x), i < j. */
// @ts-ignore: decorator
@inline
function twoRotations<T>(x: T, i: i32, j: i32, k: i32): T {
  if (isVector<T>()) {
    const y = v128.xor(i32x4.shr_u(x, i), i32x4.shl(x, 32 - i));
    return v128.xor(v128.xor(v128.xor(y, i32x4.shr_u(x, j)), i32x4.shl(x, 32 - j)), i32x4.shr_u(x, k));
  } else return rotr(x ^ rotr(x, j - i), i) ^ (x >> k);
}

// @ts-ignore: decorator
@inline
export function bigSigma0<T>(x: T): T {
  return threeRotations<T>(x, 2, 13, 22);
}

// @ts-ignore: decorator
@inline
export function bigSigma1<T>(x: T): T {
  return threeRotations<T>(x, 6, 11, 25);
}

// @ts-ignore: decorator
@inline
export function smallSigma0<T>(x: T): T {
  return twoRotations<T>(x, 7, 18, 3);
}

// @ts-ignore: decorator
@inline
export function smallSigma1<T>(x: T): T {
  return twoRotations<T>(x, 17, 19, 10);
}

// @ts-ignore: decorator
@inline
export function choose<T>(x: T, y: T, z: T): T {
  return xor<T>(z, and<T>(x, xor<T>(y, z)));
}

// @ts-ignore: decorator
@inline
export function majority<T>(x: T, y: T, z: T): T {
  return xor<T>(y, and<T>(xor<T>(x, y), xor<T>(y, z)));
}
