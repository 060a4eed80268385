// Digests of messages (SHA-256, SHA-512, HMAC-SHA-256) that the host copies in, a piece at a time.
import { SHA256_STATE_BYTES, hmacFinal, hmacInit, sha256Final, sha256Init, sha256Update } from './lib/sha256';
import { SHA512_STATE_BYTES, sha512Final, sha512Init, sha512Update } from './lib/sha512';

/** Where the host writes the next piece of a message (at most PIECE bytes) and reads the digest. */
export const PIECE: i32 = 65536;
export const INPUT: usize = memory.data(PIECE, 16);
export const OUTPUT: usize = memory.data(64, 16);

const STATE_256: usize = memory.data(SHA256_STATE_BYTES, 16);
const STATE_512: usize = memory.data(SHA512_STATE_BYTES, 16);

export function begin256(): void {
  sha256Init(STATE_256);
}
export function append256(length: i32): void {
  assert(<u32>length <= <u32>PIECE, 'a piece fits the buffer');
  sha256Update(STATE_256, INPUT, length);
}
export function end256(): void {
  sha256Final(STATE_256, OUTPUT);
}

/** The key (at most 64 bytes) is at INPUT; the message is appended with append256. */
export function beginHmac(keyLength: i32): void {
  hmacInit(STATE_256, INPUT, keyLength);
}
export function endHmac(): void {
  hmacFinal(STATE_256, OUTPUT);
}

export function begin512(): void {
  sha512Init(STATE_512);
}
export function append512(length: i32): void {
  assert(<u32>length <= <u32>PIECE, 'a piece fits the buffer');
  sha512Update(STATE_512, INPUT, length);
}
export function end512(): void {
  sha512Final(STATE_512, OUTPUT);
}
