// Nxt's rules for who forges when, as its reference software has them (BlockImpl.calculateBaseTarget, Generator.verifyHit, Constants):
// all in integers. Times of the chain are its blocks' timestamps, in whole seconds.
import { PURPOSE, draw32, drawKey } from '../../harness/simulate/core/draws.ts';

/** floor(2^63 / (60 * 10^9)): one account with all 10^9 NXT has 120 s of hits. */
export const INITIAL_BASE_TARGET = 153_722_867;
export const MAX_BASE_TARGET = INITIAL_BASE_TARGET * 50;
export const MIN_BASE_TARGET = Math.floor((INITIAL_BASE_TARGET * 9) / 10);
/** Balances below forge nothing. */
export const MIN_FORGING_BALANCE_NXT = 1000;
export const ALL_NXT = 1_000_000_000;
const TWO_64 = 0x1_0000_0000_0000_0000n;

/** What the next block depends on. */
export interface NxtState {
  readonly height: number;
  readonly timestamp_s: number;
  /** Timestamps of its parent and of that one's parent. */
  readonly parent_s: number;
  readonly grandparent_s: number;
  readonly baseTarget: number;
}

export const GENESIS_STATE: NxtState = { height: 0, timestamp_s: 0, parent_s: 0, grandparent_s: 0, baseTarget: INITIAL_BASE_TARGET };

/** The base target after a mean of three gaps: at most 67/60 of that before, at least it less 64 * 7/6000 of it, and within the bounds. */
export function adjustedBaseTarget(before: number, mean_s: number): number {
  const target =
    mean_s > 60
      ? Math.floor((before * Math.min(mean_s, 67)) / 60)
      : before - Math.floor((before * 64 * (60 - Math.max(mean_s, 53))) / 6000);
  return Math.min(Math.max(target, MIN_BASE_TARGET), MAX_BASE_TARGET);
}

/** The state after one more block, `elapsed_s` after the last. Every second block adjusts the base target. */
export function following(before: NxtState, elapsed_s: number, adjusts: boolean): NxtState {
  const timestamp_s = before.timestamp_s + elapsed_s;
  const mean_s = Math.floor((timestamp_s - before.grandparent_s) / 3);
  return {
    height: before.height + 1,
    timestamp_s,
    parent_s: before.timestamp_s,
    grandparent_s: before.parent_s,
    baseTarget: adjusts && before.height > 2 && before.height % 2 === 0 ? adjustedBaseTarget(before.baseTarget, mean_s) : before.baseTarget,
  };
}

/** What a block of this base target adds to the cumulative difficulty: floor(2^64 / target). Sums are exact below 2^53, 67 000 blocks. */
export function difficultyOf(baseTarget: number): number {
  return Number(TWO_64 / BigInt(baseTarget));
}

/** The first whole second s with hit < baseTarget * balance * s; Infinity where the balance is too small to forge. */
export function hitTime_s(hit: bigint, baseTarget: number, balance_nxt: number): number {
  if (balance_nxt < MIN_FORGING_BALANCE_NXT) return Infinity;
  return Number(hit / (BigInt(baseTarget) * BigInt(balance_nxt))) + 1;
}

/** A part of a draw key. */
const HIT = 2;

/** An account's hit on a block, uniform below 2^64: in the simulation a draw in the place of a part of the generation signature. */
export function hitOf(seed: number, block: number, account: number): bigint {
  const key = drawKey(seed, { purpose: PURPOSE.eligibility, type: HIT, sequence: block });
  return (BigInt(draw32(key, account, 0)) << 32n) | BigInt(draw32(key, account, 1));
}
