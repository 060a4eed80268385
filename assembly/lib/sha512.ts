// SHA-512 (FIPS 180-4, section 6.4), one-shot and streaming over a caller's state block, without allocation.
// Callers see one state block of SHA512_STATE_BYTES: eight chaining words (64 bytes), a partial block (128), the message length (8).

export const SHA512_STATE_BYTES: i32 = 200;
const BUFFER: usize = 64;
const LENGTH: usize = 192;

// The first 64 bits of the fractional parts of the cube roots of the first 80 primes.
const K: usize = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538, 0x59f111f1b605d019,
  0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3,
  0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65, 0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
  0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b, 0xa2bfe8a14cf10364, 0xa81a664bbc423001,
  0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb,
  0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c, 0xd186b8c721c0c207,
  0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a,
  0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
]);

/** The message schedule of the block in hand. */
const W: usize = memory.data(80 * 8, 16);
/** The state of a one-shot digest. */
const ONE_SHOT: usize = memory.data(SHA512_STATE_BYTES, 16);

// @ts-ignore: decorator
@inline
function bigSigma0(x: u64): u64 {
  return rotr(x, 28) ^ rotr(x, 34) ^ rotr(x, 39);
}

// @ts-ignore: decorator
@inline
function bigSigma1(x: u64): u64 {
  return rotr(x, 14) ^ rotr(x, 18) ^ rotr(x, 41);
}

// @ts-ignore: decorator
@inline
function smallSigma0(x: u64): u64 {
  return rotr(x, 1) ^ rotr(x, 8) ^ (x >> 7);
}

// @ts-ignore: decorator
@inline
function smallSigma1(x: u64): u64 {
  return rotr(x, 19) ^ rotr(x, 61) ^ (x >> 6);
}

// @ts-ignore: decorator
@inline
function choose(x: u64, y: u64, z: u64): u64 {
  return z ^ (x & (y ^ z));
}

// @ts-ignore: decorator
@inline
function majority(x: u64, y: u64, z: u64): u64 {
  return (x & y) ^ (z & (x ^ y));
}

/**
 * Mixes the 128-byte block at `block` into the chaining words at `state`. Eight rounds a turn, so that no word is moved between
 * names; what a round waits for, sigma of e, is added last (277 instead of 308 ns a block).
 */
function compress(state: usize, block: usize): void {
  for (let i: usize = 0; i < 128; i += 8) store<u64>(W + i, bswap(load<u64>(block + i)));
  for (let w = W; w < W + 64 * 8; w += 8) {
    store<u64>(w, smallSigma1(load<u64>(w, 14 * 8)) + load<u64>(w, 9 * 8) + smallSigma0(load<u64>(w, 8)) + load<u64>(w), 16 * 8);
  }
  let a = load<u64>(state, 0);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);
  let t: u64;
  let k = K;
  for (let w = W; w < W + 80 * 8; w += 64) {
    t = h + load<u64>(k, 0) + load<u64>(w, 0) + choose(e, f, g) + bigSigma1(e);
    d += t;
    h = t + (majority(a, b, c) + bigSigma0(a));
    t = g + load<u64>(k, 8) + load<u64>(w, 8) + choose(d, e, f) + bigSigma1(d);
    c += t;
    g = t + (majority(h, a, b) + bigSigma0(h));
    t = f + load<u64>(k, 16) + load<u64>(w, 16) + choose(c, d, e) + bigSigma1(c);
    b += t;
    f = t + (majority(g, h, a) + bigSigma0(g));
    t = e + load<u64>(k, 24) + load<u64>(w, 24) + choose(b, c, d) + bigSigma1(b);
    a += t;
    e = t + (majority(f, g, h) + bigSigma0(f));
    t = d + load<u64>(k, 32) + load<u64>(w, 32) + choose(a, b, c) + bigSigma1(a);
    h += t;
    d = t + (majority(e, f, g) + bigSigma0(e));
    t = c + load<u64>(k, 40) + load<u64>(w, 40) + choose(h, a, b) + bigSigma1(h);
    g += t;
    c = t + (majority(d, e, f) + bigSigma0(d));
    t = b + load<u64>(k, 48) + load<u64>(w, 48) + choose(g, h, a) + bigSigma1(g);
    f += t;
    b = t + (majority(c, d, e) + bigSigma0(c));
    t = a + load<u64>(k, 56) + load<u64>(w, 56) + choose(f, g, h) + bigSigma1(f);
    e += t;
    a = t + (majority(b, c, d) + bigSigma0(b));
    k += 64;
  }
  store<u64>(state, load<u64>(state, 0) + a, 0);
  store<u64>(state, load<u64>(state, 8) + b, 8);
  store<u64>(state, load<u64>(state, 16) + c, 16);
  store<u64>(state, load<u64>(state, 24) + d, 24);
  store<u64>(state, load<u64>(state, 32) + e, 32);
  store<u64>(state, load<u64>(state, 40) + f, 40);
  store<u64>(state, load<u64>(state, 48) + g, 48);
  store<u64>(state, load<u64>(state, 56) + h, 56);
}

/** Starts a digest in the state block of SHA512_STATE_BYTES at `state`. */
export function sha512Init(state: usize): void {
  // The first 64 bits of the fractional parts of the square roots of the first eight primes.
  store<u64>(state, 0x6a09e667f3bcc908, 0);
  store<u64>(state, 0xbb67ae8584caa73b, 8);
  store<u64>(state, 0x3c6ef372fe94f82b, 16);
  store<u64>(state, 0xa54ff53a5f1d36f1, 24);
  store<u64>(state, 0x510e527fade682d1, 32);
  store<u64>(state, 0x9b05688c2b3e6c1f, 40);
  store<u64>(state, 0x1f83d9abfb41bd6b, 48);
  store<u64>(state, 0x5be0cd19137e2179, 56);
  store<u64>(state, 0, LENGTH);
}

/** Appends `len` bytes at `ptr` to the message. */
export function sha512Update(state: usize, ptr: usize, len: usize): void {
  const before = load<u64>(state, LENGTH);
  store<u64>(state, before + len, LENGTH);
  const held = <usize>(before & 127);
  if (held != 0) {
    const room: usize = <usize>128 - held;
    if (len < room) {
      memory.copy(state + BUFFER + held, ptr, len);
      return;
    }
    memory.copy(state + BUFFER + held, ptr, room);
    compress(state, state + BUFFER);
    ptr += room;
    len -= room;
  }
  while (len >= 128) {
    compress(state, ptr);
    ptr += 128;
    len -= 128;
  }
  memory.copy(state + BUFFER, ptr, len);
}

/** Ends the digest: 64 bytes at `out`, which may lie inside the message. The state must be started anew before it is used again. */
export function sha512Final(state: usize, out: usize): void {
  const length = load<u64>(state, LENGTH);
  const buffer = state + BUFFER;
  let held = <usize>(length & 127);
  store<u8>(buffer + held, 0x80);
  held += 1;
  memory.fill(buffer + held, 0, <usize>128 - held);
  if (held > 112) {
    compress(state, buffer);
    memory.fill(buffer, 0, 128);
  }
  // A message of 2^61 bytes, where the upper half of the 128-bit length would begin, cannot occur.
  store<u64>(buffer, bswap(length << 3), 120);
  compress(state, buffer);
  for (let i: usize = 0; i < 64; i += 8) store<u64>(out + i, bswap(load<u64>(state + i)));
}

/** SHA-512 of the `len` bytes at `inPtr`: 64 bytes at `outPtr`, which may overlap the input. */
export function sha512(inPtr: usize, len: usize, outPtr: usize): void {
  sha512Init(ONE_SHOT);
  sha512Update(ONE_SHOT, inPtr, len);
  sha512Final(ONE_SHOT, outPtr);
}
