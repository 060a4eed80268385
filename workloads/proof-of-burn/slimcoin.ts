// The rules of Slimcoin's proof of burn, as its code has them (src/main.h and src/main.cpp, those in force from 4 August 2014 on). Amounts are
// in units of 10^-6 SLM.
import { power } from '../../assembly/portable/math.ts';
import { compactOf, targetOfCompact } from '../../harness/simulate/core/target.ts';

export const COIN = 1_000_000;
const CENT = 10_000;
/** BURN_CONSTANT: .01 CENT. */
export const BURN_CONSTANT = 100;
/** BURN_MIN_CONFIRMS: proof-of-work blocks strictly between a burn's block and the last one. */
export const BURN_MIN_CONFIRMS = 6;
const BURN_HASH_DOUBLE = 350_000;
const BURN_DECAY_RATE = 1.00000198;
const POB_TARGET_SPACING = 3;
/** nPoBTargetTimespan, in proof-of-work blocks, by the spacing. */
const INTERVALS = 10;
const HASHES = 1n << 256n;
export const BURN_TARGET_LIMIT = (HASHES - 1n) >> 16n;
export const WORK_TARGET_LIMIT = (HASHES - 1n) >> 20n;
const MOST_BY_BURN = 250 * COIN;
const MOST_BY_WORK = 50 * COIN;

/** calculate_burn_multiplier: `between` proof-of-work blocks lie between the burn's block and the last one. */
export function burnMultiplier(burnt: number, between: number): number {
  return (BURN_CONSTANT / burnt) * power(2, (between - BURN_MIN_CONFIRMS) / BURN_HASH_DOUBLE);
}

/** A number times a positive double, as CBigNum's operator* does it: by 10^18ths where that is below 1, by the integer part from 1 on. */
function scaled(number: bigint, factor: number): bigint {
  if (factor === 1) return number;
  if (factor > 1) return number * BigInt(Math.trunc(factor));
  const denominator = 1_000_000_000_000_000_000n;
  return (number / denominator) * BigInt(Math.trunc(factor * 1e18));
}

/**
 * HashBurnData: the burn hash of a hash of the burn's block, the burn and the last block; null where none is valid, for want of
 * confirmations or beyond 256 bits. Its last digits are cut off like those of a target, and 1 is added so that it misses a target that it was above.
 */
export function burnHash(internal: bigint, burnt: number, between: number): bigint | null {
  if (between < BURN_MIN_CONFIRMS) return null;
  const hash = scaled(internal, burnMultiplier(burnt, between));
  if (hash >= HASHES) return null;
  return (hash < 1n ? 0n : targetOfCompact(compactOf(hash))) + 1n;
}

/** The chance that one try of a burn hash is at most the target: linear in what was burnt while it is small. */
export function burnChance(target: bigint, burnt: number, between: number): number {
  if (between < BURN_MIN_CONFIRMS || burnt <= 0) return 0;
  return Math.min(1, Number(target) / (Number(HASHES) * burnMultiplier(burnt, between)));
}

/** GetNextBurnTargetRequired: after `workBlocks` proof-of-work blocks since the last burn block, whose target is given. */
export function nextBurnTarget(last: bigint, workBlocks: number): bigint {
  if (workBlocks === 0) return last;
  const next = (last * BigInt((INTERVALS - 1) * POB_TARGET_SPACING + 2 * workBlocks)) / BigInt((INTERVALS + 1) * POB_TARGET_SPACING);
  return targetOfCompact(compactOf(next > BURN_TARGET_LIMIT ? BURN_TARGET_LIMIT : next));
}

/** The rule before 4 August 2014: half of what the effective coins would win together with certainty. */
export function oldBurnTarget(effective: number): bigint {
  const target = (scaled(scaled(HASHES - 1n, 0.5), 0.01) * BigInt(CENT)) / BigInt(effective);
  return targetOfCompact(compactOf(target > BURN_TARGET_LIMIT ? BURN_TARGET_LIMIT : target));
}

/** CheckBurnEffectiveCoins: coins that count, a block later; they decay on proof-of-work blocks alone, and are whole units. */
export function effectiveCoins(before: number, { isWork, burnt }: { readonly isWork: boolean; readonly burnt: number }): number {
  return isWork ? Math.trunc(before / BURN_DECAY_RATE + burnt) : before + burnt;
}

/** BurnCalcEffectiveCoins: what is left of one burn after so many proof-of-work blocks, cut once. */
export function coinsLeft(burnt: number, workBlocks: number): number {
  return Math.trunc(burnt / power(BURN_DECAY_RATE, workBlocks));
}

/** GetProofOfWorkReward: the most, divided by the fourth root of the difficulty, in whole cents. */
export function reward(target: bigint, byBurn: boolean): number {
  const most = byBurn ? MOST_BY_BURN : MOST_BY_WORK;
  const limit = targetOfCompact(compactOf(byBurn ? BURN_TARGET_LIMIT : WORK_TARGET_LIMIT));
  const fourth = (units: number): bigint => BigInt(units) * BigInt(units) * BigInt(units) * BigInt(units);
  const right = fourth(most) * target;
  let low = CENT;
  let high = most;
  while (low + CENT <= high) {
    const middle = Math.floor((low + high) / 2);
    if (fourth(middle) * limit > right) high = middle;
    else low = middle;
  }
  return Math.min(Math.floor(high / CENT) * CENT, most);
}

/** One burn of chance p, or k parts of it that each have a try: never more. */
export function splitChance(chance: number, parts: number): number {
  let none = 1;
  for (let i = 0; i < parts; i++) none *= 1 - chance / parts;
  return 1 - none;
}

/** Coins: what was minted is in circulation or burnt. Amounts are units. */
export class Coins {
  minted = 0;
  burnt = 0;
  private readonly balances = new Map<number, number>();

  get supply(): number {
    let sum = 0;
    for (const balance of this.balances.values()) sum += balance;
    return sum;
  }
  mint(owner: number, units: number): void {
    this.minted += units;
    this.balances.set(owner, (this.balances.get(owner) ?? 0) + units);
  }
  /** @throws RangeError where the owner has less */
  burn(owner: number, units: number): void {
    const balance = this.balances.get(owner) ?? 0;
    if (!(units > 0 && units <= balance))
      throw new RangeError(`owner ${owner} burns ${units} units of ${balance}; accepted: more than 0, at most that`);
    this.balances.set(owner, balance - units);
    this.burnt += units;
  }
}
