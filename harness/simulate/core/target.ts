// Targets of proof of work: a hash, read as a little-endian 256-bit integer, must be at most the target. A header has it in
// Bitcoin's compact form `bits`: a byte of size and three of mantissa, mantissa * 256^(size - 3), the mantissa's highest bit a sign.

const LIMIT = 1n << 256n;
const MANTISSA = 0x7fffff;
const SIGN = 0x800000;

/** The largest hash that so many expected trials reach: 2^256 ÷ trials - 1. RangeError for less than 1 or more than 2^53 - 1. */
export function targetOfTrials(trials: number): bigint {
  if (!(Number.isInteger(trials) && trials >= 1 && trials <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`expected trials must be an integer from 1 to 2^53 - 1, got ${trials}`);
  return LIMIT / BigInt(trials) - 1n;
}

/** What `bits` say, whether or not it is a target (Bitcoin's SetCompact). */
export interface Compact {
  /** Without its sign; where it overflows, of no meaning. */
  readonly value: bigint;
  readonly negative: boolean;
  /** It is 2^256 or more. */
  readonly overflow: boolean;
}

export function decodeCompact(bits: number): Compact {
  const size = Math.floor(bits / 0x1000000);
  const mantissa = BigInt(bits & MANTISSA);
  const value = size <= 3 ? mantissa >> BigInt(8 * (3 - size)) : mantissa << BigInt(8 * (size - 3));
  return { value, negative: value !== 0n && (bits & SIGN) !== 0, overflow: value >= LIMIT };
}

/** `bits` of the largest number of that form that is not above `value`, from 0 to 2^256 - 1 (Bitcoin's GetCompact). */
export function encodeCompact(value: bigint, negative = false): number {
  let size = 0;
  for (let rest = value; rest > 0n; rest >>= 8n) size += 1;
  let mantissa = Number(size <= 3 ? value << BigInt(8 * (3 - size)) : value >> BigInt(8 * (size - 3)));
  // The highest bit is the sign: one more byte of size.
  if (mantissa > MANTISSA) {
    mantissa >>>= 8;
    size += 1;
  }
  return size * 0x1000000 + mantissa + (negative && mantissa !== 0 ? SIGN : 0);
}

/** `bits` of the largest target of that form that is not above `target`. RangeError for what is not 1 to 2^256 - 1. */
export function compactOf(target: bigint): number {
  if (target < 1n || target >= LIMIT) throw new RangeError(`a target must be from 1 to 2^256 - 1, got ${target}`);
  return encodeCompact(target);
}

/** The target that `bits` say. RangeError where they are negative, zero or beyond 256 bits. */
export function targetOfCompact(bits: number): bigint {
  const { value, negative, overflow } = decodeCompact(bits);
  if (negative || overflow || value === 0n) throw new RangeError(`bits 0x${bits.toString(16)} are no target from 1 to 2^256 - 1`);
  return value;
}

/** Expected hashes of a header with these bits: 2^256 ÷ (target + 1), cut to an integer; 0 where they say no target (Bitcoin's GetBlockProof). */
export function workOfCompact(bits: number): bigint {
  const { value, negative, overflow } = decodeCompact(bits);
  return negative || overflow || value === 0n ? 0n : LIMIT / (value + 1n);
}

/** Is a hash, 32 bytes little-endian, proof of work for these bits (Bitcoin's CheckProofOfWork)? Equal to the target is enough; no target is above `limit`. */
export function isProofOfWork(hash: Uint8Array, bits: number, limit: bigint): boolean {
  const { value, negative, overflow } = decodeCompact(bits);
  if (negative || overflow || value === 0n || value > limit) return false;
  let number = 0n;
  for (let i = 31; i >= 0; i--) number = (number << 8n) | BigInt(hash[i]);
  return number <= value;
}

/** Whole seconds, except for targets. */
export interface Adjustment {
  readonly bits: number;
  /** From the first block of a period to its last. */
  readonly timespan_s: number;
  /** What is asked for: blocks of a period times the time for each; at least 4. */
  readonly asked_s: number;
  /** No target is larger. */
  readonly limit: bigint;
}

/**
 * The bits of the period that follows (Bitcoin's CalculateNextWorkRequired): the time is clamped to a factor of 4, multiplied first and then
 * divided, both cut to integers, and what comes out is cut to the compact form.
 */
export function adjustedCompact({ bits, timespan_s, asked_s, limit }: Adjustment): number {
  const asked = BigInt(asked_s);
  const least = asked / 4n;
  const most = asked * 4n;
  const measured = BigInt(timespan_s);
  const timespan = measured < least ? least : measured > most ? most : measured;
  const target = (targetOfCompact(bits) * timespan) / asked;
  return compactOf(target < limit ? target : limit);
}

/** Expected trials of a target: 2^256 ÷ (target + 1), as a double; of difficulty 1 (0x1d00ffff) 4 295 032 833. RangeError as above. */
export function trialsOfCompact(bits: number): number {
  // 64 more bits, of which the double keeps the first 53.
  return Number((LIMIT << 64n) / (targetOfCompact(bits) + 1n)) / 0x10000000000000000;
}

/** 32 bytes, little-endian, as hashes are compared. */
export function targetBytes(target: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  let rest = target;
  for (let i = 0; i < 32; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
