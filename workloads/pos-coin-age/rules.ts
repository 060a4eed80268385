// Peercoin's rules for proof of stake, as its code has them (src/kernel.cpp, src/pow.cpp, src/validation.cpp, the main network's parameters;
// those in force since v0.5): all in integers. Amounts are in units of 10^-6 PPC, times in whole seconds.
import { compactOf, targetOfCompact } from '../../harness/simulate/core/target.ts';

export const COIN = 1_000_000;
/** All hashes. */
export const HASHES = Number(1n << 256n);
export const DAY_s = 86_400;
/** nStakeMinAge and nStakeMaxAge. */
export const MIN_AGE_s = 30 * DAY_s;
export const MAX_AGE_s = 90 * DAY_s;
/** nStakeTargetSpacing and nTargetTimespan. */
export const SPACING_s = 600;
const TIMESPAN_s = 7 * DAY_s;
/** powLimit, in the compact form that targets are cut to: no target is larger. */
export const TARGET_LIMIT = targetOfCompact(compactOf((1n << 224n) - 1n));

/**
 * Coin-days of an output: its value times its age beyond 30 days, of which 60 days count at most, cut to an integer. 0 below an age of 30 days,
 * where no kernel is valid, whatever its hash.
 */
export function coinDayWeight(value_units: number, age_s: number): bigint {
  if (age_s < MIN_AGE_s) return 0n;
  const weight_s = BigInt(Math.min(age_s, MAX_AGE_s) - MIN_AGE_s);
  return (BigInt(value_units) * weight_s) / BigInt(COIN) / BigInt(DAY_s);
}

/** CheckStakeKernelHash: a kernel's hash is at most target × weight, and the output is 30 days old. */
export function isKernel(hash: bigint, { target, value_units, age_s }: { target: bigint; value_units: number; age_s: number }): boolean {
  return age_s >= MIN_AGE_s && hash <= target * coinDayWeight(value_units, age_s);
}

/** The chance of one try: (target × weight + 1) ÷ 2^256, at most 1; 0 below an age of 30 days. */
export function kernelChance(target: bigint, weight: bigint): number {
  return weight === 0n ? 0 : Math.min(1, Number(target * weight + 1n) / HASHES);
}

export const KERNEL_BYTES = 28;

/** Where an output stands, and when it was made. */
export interface KernelFields {
  readonly modifier: bigint;
  /** Of the block that has the output's transaction. */
  readonly blockFrom_s: number;
  /** Of the transaction in that block. */
  readonly offset_bytes: number;
  /** Of that transaction: since v0.3 that of its block. */
  readonly txPrev_s: number;
  /** Of the output in its transaction. */
  readonly index: number;
  /** Of the try: the block's time. */
  readonly time_s: number;
}

/** What a kernel hashes (SHA-256 twice), integers little-endian. Nothing of the new block is in it, so that there is nothing to grind. */
export function kernelBytes({ modifier, blockFrom_s, offset_bytes, txPrev_s, index, time_s }: KernelFields): Uint8Array {
  const bytes = new Uint8Array(KERNEL_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, modifier, true);
  [blockFrom_s, offset_bytes, txPrev_s, index, time_s].forEach((field, i) => view.setUint32(8 + 4 * i, field, true));
  return bytes;
}

/** A hash as the number that targets are compared with: little-endian. */
export function hashNumber(hash: Uint8Array): bigint {
  return hash.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/**
 * GetNextTargetRequired: the target moves exponentially toward 600 s after each block, by the time between the last two; with a week for its
 * timespan by (1007 × 600 + 2 × spacing) ÷ (1009 × 600). Multiplied first, then divided, at most the limit, and cut to the compact form.
 */
export function nextTarget(target: bigint, spacing_s: number): bigint {
  const interval = TIMESPAN_s / SPACING_s;
  const next = (target * BigInt((interval - 1) * SPACING_s + 2 * spacing_s)) / BigInt((interval + 1) * SPACING_s);
  return targetOfCompact(compactOf(next > TARGET_LIMIT ? TARGET_LIMIT : next < 1n ? 1n : next));
}

/** GetProofOfStakeReward before v0.9, in units: floor(coin-days × 33 ÷ 12053) cents, 1% a year. All of the age counts here, without an upper bound. */
export function stakeReward(coinDays: bigint): bigint {
  return ((coinDays * 33n) / 12_053n) * BigInt(COIN / 100);
}
