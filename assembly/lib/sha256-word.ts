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

// The sigmas in three ways. WASM has no vector rotation: two shifts and an xor. V8 11.3 emits pure operations breadth first, and a
// chain of xors keeps fewer shifts waiting than a tree (9.3 against 9.05 Mhash/s); V8 13.6 emits them as they are written, and there
// the tree's shorter path is faster (8.65 against 8.4). Nested is for words: it needs one copy of x where the plain form needs
// three (3.75 against 3.35 Mhash/s on V8 11.3).

/** ROTR^i(x) ^ ROTR^j(x) ^ ROTR^k(x), i < j < k. */
// @ts-ignore: decorator
@inline
function threeNested(x: u32, i: i32, j: i32, k: i32): u32 {
  return rotr(x ^ rotr(x ^ rotr(x, k - j), j - i), i);
}
// @ts-ignore: decorator
@inline
function threeChain(x: v128, i: i32, j: i32, k: i32): v128 {
  let y = rotated(x, i);
  y = v128.xor(v128.xor(y, i32x4.shr_u(x, j)), i32x4.shl(x, 32 - j));
  return v128.xor(v128.xor(y, i32x4.shr_u(x, k)), i32x4.shl(x, 32 - k));
}
// @ts-ignore: decorator
@inline
function threeTree(x: v128, i: i32, j: i32, k: i32): v128 {
  return v128.xor(v128.xor(rotated(x, i), rotated(x, j)), rotated(x, k));
}

/** ROTR^i(x) ^ ROTR^j(x) ^ SHR^k(x), i < j. */
// @ts-ignore: decorator
@inline
function twoNested(x: u32, i: i32, j: i32, k: i32): u32 {
  return rotr(x ^ rotr(x, j - i), i) ^ (x >> k);
}
// @ts-ignore: decorator
@inline
function twoChain(x: v128, i: i32, j: i32, k: i32): v128 {
  return v128.xor(v128.xor(v128.xor(rotated(x, i), i32x4.shr_u(x, j)), i32x4.shl(x, 32 - j)), i32x4.shr_u(x, k));
}
// @ts-ignore: decorator
@inline
function twoTree(x: v128, i: i32, j: i32, k: i32): v128 {
  return v128.xor(v128.xor(rotated(x, i), rotated(x, j)), i32x4.shr_u(x, k));
}

// @ts-ignore: decorator
@inline
function rotated(x: v128, by: i32): v128 {
  return v128.xor(i32x4.shr_u(x, by), i32x4.shl(x, 32 - by));
}

// @ts-ignore: decorator
@inline
export function bigSigma0Nested(x: u32): u32 {
  return threeNested(x, 2, 13, 22);
}

// @ts-ignore: decorator
@inline
export function bigSigma1Nested(x: u32): u32 {
  return threeNested(x, 6, 11, 25);
}

// @ts-ignore: decorator
@inline
export function smallSigma0Nested(x: u32): u32 {
  return twoNested(x, 7, 18, 3);
}

// @ts-ignore: decorator
@inline
export function smallSigma1Nested(x: u32): u32 {
  return twoNested(x, 17, 19, 10);
}

// @ts-ignore: decorator
@inline
export function bigSigma0Chain(x: v128): v128 {
  return threeChain(x, 2, 13, 22);
}

// @ts-ignore: decorator
@inline
export function bigSigma1Chain(x: v128): v128 {
  return threeChain(x, 6, 11, 25);
}

// @ts-ignore: decorator
@inline
export function smallSigma0Chain(x: v128): v128 {
  return twoChain(x, 7, 18, 3);
}

// @ts-ignore: decorator
@inline
export function smallSigma1Chain(x: v128): v128 {
  return twoChain(x, 17, 19, 10);
}

// @ts-ignore: decorator
@inline
export function bigSigma0Tree(x: v128): v128 {
  return threeTree(x, 2, 13, 22);
}

// @ts-ignore: decorator
@inline
export function bigSigma1Tree(x: v128): v128 {
  return threeTree(x, 6, 11, 25);
}

// @ts-ignore: decorator
@inline
export function smallSigma0Tree(x: v128): v128 {
  return twoTree(x, 7, 18, 3);
}

// @ts-ignore: decorator
@inline
export function smallSigma1Tree(x: v128): v128 {
  return twoTree(x, 17, 19, 10);
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
