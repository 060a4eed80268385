// Targets of proof of work: a hash, read as a little-endian 256-bit integer, must be at most the target. A header has it in
// Bitcoin's compact form `bits`: a byte of size and three of mantissa, mantissa * 256^(size - 3), the mantissa's highest bit a sign.

const LIMIT = 1n << 256n;
const MANTISSA = 0x7fffff;

/** The largest hash that so many expected trials reach: 2^256 ÷ trials - 1. RangeError for less than 1 or more than 2^53 - 1. */
export function targetOfTrials(trials: number): bigint {
  if (!(Number.isInteger(trials) && trials >= 1 && trials <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`expected trials must be an integer from 1 to 2^53 - 1, got ${trials}`);
  return LIMIT / BigInt(trials) - 1n;
}

/** `bits` of the largest target of that form that is not above `target`. RangeError for what is not 1 to 2^256 - 1. */
export function compactOf(target: bigint): number {
  if (target < 1n || target >= LIMIT) throw new RangeError(`a target must be from 1 to 2^256 - 1, got ${target}`);
  let size = 0;
  for (let rest = target; rest > 0n; rest >>= 8n) size += 1;
  let mantissa = Number(size <= 3 ? target << BigInt(8 * (3 - size)) : target >> BigInt(8 * (size - 3)));
  // The highest bit is the sign: one more byte of size.
  if (mantissa > MANTISSA) {
    mantissa >>>= 8;
    size += 1;
  }
  return size * 0x1000000 + mantissa;
}

/** The target that `bits` say. RangeError where they are negative, zero or beyond 256 bits. */
export function targetOfCompact(bits: number): bigint {
  const size = Math.floor(bits / 0x1000000);
  const mantissa = BigInt(bits & MANTISSA);
  const target = size <= 3 ? mantissa >> BigInt(8 * (3 - size)) : mantissa << BigInt(8 * (size - 3));
  if ((bits & 0x800000) !== 0 || target < 1n || target >= LIMIT)
    throw new RangeError(`bits 0x${bits.toString(16)} are no target from 1 to 2^256 - 1`);
  return target;
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
