// Peercoin's stake modifier (ComputeNextStakeModifier and GetKernelStakeModifier of src/kernel.cpp, since v0.5): 64 bits of blocks of the last
// nine days, new about every six hours, and used by kernels three weeks later.
import { MIN_AGE_s } from './rules.ts';

/** nModifierInterval and MODIFIER_INTERVAL_RATIO. */
export const MODIFIER_INTERVAL_s = 6 * 3600;
const RATIO = 3;
const SECTIONS = 64;

/** By how much round `section` widens what is selected from: a third of an interval at first, a whole one at last. */
export function selectionSection_s(section: number): number {
  return Math.floor((MODIFIER_INTERVAL_s * 63) / (63 + (63 - section) * (RATIO - 1)));
}

/** All of them: 8.8 days. */
export const SELECTION_INTERVAL_s = Array.from({ length: SECTIONS }, (_, section) => selectionSection_s(section)).reduce(
  (sum, length) => sum + length,
  0,
);

/** A kernel uses the modifier of this age: 21.2 days. */
export const KERNEL_MODIFIER_AGE_s = MIN_AGE_s - SELECTION_INTERVAL_s;

const intervalOf = (time_s: number): number => Math.floor(time_s / MODIFIER_INTERVAL_s);

/** Does a block have a new modifier? Both it and the block before it lie in a later interval than the block that had the last one. */
export function isModifierDue({ last_s, parent_s, block_s }: { last_s: number; parent_s: number; block_s: number }): boolean {
  return intervalOf(last_s) < intervalOf(parent_s) && intervalOf(last_s) < intervalOf(block_s);
}

/** Where selection begins, by the time of the block before. */
export function selectionStart_s(parent_s: number): number {
  return intervalOf(parent_s) * MODIFIER_INTERVAL_s - SELECTION_INTERVAL_s;
}

/** A block that may give a bit. */
export interface ModifierCandidate {
  readonly time_s: number;
  /** Its hash of proof and last modifier: the smallest is selected. */
  readonly selection: bigint;
  /** Of proof of stake: its hash is divided by 2^32, so that it is preferred. */
  readonly isStake: boolean;
  readonly entropyBit: 0 | 1;
}

/**
 * The bits of up to 64 blocks, one a round, by candidates in the order of their times. Each round takes the smallest hash of what is within
 * the selection so far and was not taken before; where nothing is, the next block.
 */
export function selectModifier(candidates: readonly ModifierCandidate[], start_s: number): bigint {
  const taken = new Set<number>();
  let modifier = 0n;
  let stop_s = start_s;
  for (let round = 0; round < Math.min(SECTIONS, candidates.length); round++) {
    stop_s += selectionSection_s(round);
    let best = -1;
    let least = 0n;
    for (const [i, { time_s, selection, isStake }] of candidates.entries()) {
      if (best >= 0 && time_s > stop_s) break;
      if (taken.has(i)) continue;
      const hash = isStake ? selection >> 32n : selection;
      if (best >= 0 && hash >= least) continue;
      best = i;
      least = hash;
    }
    modifier |= BigInt(candidates[best].entropyBit) << BigInt(round);
    taken.add(best);
  }
  return modifier;
}
