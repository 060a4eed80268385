// The functions of SHA-256 (FIPS 180-4, section 4.1.2) as they are written there, for what is worked out once a search. The
// unrolled rounds have theirs from scripts/make-sha256.mjs.

export function bigSigma0(x: u32): u32 {
  return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22);
}
export function bigSigma1(x: u32): u32 {
  return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25);
}
export function smallSigma0(x: u32): u32 {
  return rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3);
}
export function smallSigma1(x: u32): u32 {
  return rotr(x, 17) ^ rotr(x, 19) ^ (x >> 10);
}
export function choose(x: u32, y: u32, z: u32): u32 {
  return (x & y) ^ (~x & z);
}
export function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) ^ (x & z) ^ (y & z);
}
