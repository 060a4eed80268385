// SHA-256 (FIPS 180-4, section 6.2) and HMAC-SHA-256 (RFC 2104), streaming over a caller's state block, without allocation.
// A state block of SHA256_STATE_BYTES holds eight chaining words (32 bytes), a partial block (64) and the message length (8).
import { compress } from '../generated/sha256-compress';

export const SHA256_STATE_BYTES: i32 = 104;
const BUFFER: usize = 32;
const LENGTH: usize = 96;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
export const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
  0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
  0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
  0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
  0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
// The first 32 bits of the fractional parts of the square roots of the first eight primes.
export const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Starts a digest in the state block of SHA256_STATE_BYTES at `state`. */
export function sha256Init(state: usize): void {
  memory.copy(state, INITIAL, 32);
  store<u64>(state, 0, LENGTH);
}

/** Appends `length` bytes at `pointer` to the message. */
export function sha256Update(state: usize, pointer: usize, length: usize): void {
  const before = load<u64>(state, LENGTH);
  store<u64>(state, before + length, LENGTH);
  const held = <usize>(before & 63);
  if (held != 0) {
    const room: usize = <usize>64 - held;
    if (length < room) {
      memory.copy(state + BUFFER + held, pointer, length);
      return;
    }
    memory.copy(state + BUFFER + held, pointer, room);
    compress(state, state + BUFFER);
    pointer += room;
    length -= room;
  }
  while (length >= 64) {
    compress(state, pointer);
    pointer += 64;
    length -= 64;
  }
  memory.copy(state + BUFFER, pointer, length);
}

/** Ends the digest: 32 bytes at `out`, which may lie inside the message. The state must be started anew before it is used again. */
export function sha256Final(state: usize, out: usize): void {
  const length = load<u64>(state, LENGTH);
  const buffer = state + BUFFER;
  let held = <usize>(length & 63);
  store<u8>(buffer + held, 0x80);
  held += 1;
  memory.fill(buffer + held, 0, <usize>64 - held);
  if (held > 56) {
    compress(state, buffer);
    memory.fill(buffer, 0, 64);
  }
  store<u64>(buffer, bswap(length << 3), 56);
  compress(state, buffer);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, bswap(load<u32>(state + i)));
}

/** The padded key of the HMAC in hand, then the inner digest. */
const PAD: usize = memory.data(64, 16);

/** XORs `byte` into every byte of the padded key and appends it to the digest at `state`. */
function appendPad(state: usize, byte: u64): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(PAD + i, load<u64>(PAD + i) ^ (byte * 0x0101010101010101));
  sha256Init(state);
  sha256Update(state, PAD, 64);
}

/** Starts an HMAC under the key of at most 64 bytes at `key` (a longer one is hashed first, by the caller). Append with sha256Update. */
export function hmacInit(state: usize, key: usize, length: usize): void {
  assert(length <= 64, 'a key longer than a block must be hashed first');
  memory.copy(PAD, key, length);
  memory.fill(PAD + length, 0, <usize>64 - length);
  appendPad(state, 0x36);
}

/** Ends the HMAC started last: 32 bytes at `out`. */
export function hmacFinal(state: usize, out: usize): void {
  sha256Final(state, out);
  appendPad(state, 0x36 ^ 0x5c);
  sha256Update(state, out, 32);
  sha256Final(state, out);
}
