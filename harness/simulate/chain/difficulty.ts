// How difficulty follows the time that a period of blocks took. A target is one number, whose meaning is the rules'.
import { adjustedCompact, targetOfCompact, workOfCompact } from '../core/target.ts';
import { EngineLimit } from '../core/contract.ts';

/** When the first and the last block of a period were found. */
export interface Period {
  readonly first_us: number;
  readonly last_us: number;
}

export interface DifficultyRules {
  /** What the genesis block's children are found at: difficulty 1. */
  readonly first: number;
  difficulty(target: number): number;
  /** What a chain of this weight weighs with one more block that was found at a target. */
  heavier(weight: number, target: number): number;
  /** The target of the blocks that follow a period. */
  adjusted(target: number, period: Period): number;
}

/** Difficulty that follows a period of `blocks` blocks: off by one as Bitcoin's, clamped to a factor of 4. */
export function retargeted(options: { difficulty: number; timespan_us: number; interval_us: number; blocks: number }): number {
  const asked_us = options.interval_us * options.blocks;
  const timespan_us = Math.min(Math.max(options.timespan_us, asked_us / 4), asked_us * 4);
  return (options.difficulty * asked_us) / timespan_us;
}

/** The formula alone: a target is a difficulty, and a chain weighs the sum of its blocks'. */
export function continuousRules(interval_us: number, blocks: number): DifficultyRules {
  return {
    first: 1,
    difficulty: (target) => target,
    heavier: (weight, target) => weight + target,
    adjusted: (difficulty, { first_us, last_us }) => retargeted({ difficulty, timespan_us: last_us - first_us, interval_us, blocks }),
  };
}

/** The target of Bitcoin's first block: 4 295 032 833 expected hashes. */
export const FIRST_BITS = 0x1d00ffff;
/** The largest target of Bitcoin's main network, whose first block has it. */
export const MAIN_LIMIT = (1n << 224n) - 1n;
/** That of its regression-test network. */
export const REGTEST_LIMIT = (1n << 255n) - 1n;

/**
 * Integers as Bitcoin has them: a target is a header's `bits`, times are those of headers, whole seconds, and a chain weighs the expected
 * hashes of its blocks, exactly below 2^53. `interval_s`: a whole number.
 */
export function bitcoinRules(options: { interval_s: number; blocks: number; first?: number; limit?: bigint }): DifficultyRules {
  const { interval_s, blocks, first = FIRST_BITS, limit = REGTEST_LIMIT } = options;
  const asked_s = interval_s * blocks;
  const second = (at_us: number): number => Math.floor(at_us / 1e6);
  const whole = targetOfCompact(first) + 1n;
  const known = new Map<number, { readonly difficulty: number; readonly work: number }>();
  const at = (bits: number): { readonly difficulty: number; readonly work: number } => {
    let found = known.get(bits);
    if (found === undefined) {
      // 64 more bits, of which the double keeps the first 53.
      const difficulty = Number((whole << 64n) / (targetOfCompact(bits) + 1n)) / 0x10000000000000000;
      found = { difficulty, work: Number(workOfCompact(bits)) };
      known.set(bits, found);
    }
    return found;
  };
  return {
    first,
    difficulty: (bits) => at(bits).difficulty,
    heavier(weight, bits) {
      const sum = weight + at(bits).work;
      if (sum > Number.MAX_SAFE_INTEGER)
        throw new EngineLimit(
          'with difficulty_rules: bitcoin a chain may have 2^53 expected hashes, two million blocks: ask for fewer decisions, or for difficulty_rules: continuous',
        );
      return sum;
    },
    adjusted: (bits, { first_us, last_us }) => adjustedCompact({ bits, timespan_s: second(last_us) - second(first_us), asked_s, limit }),
  };
}
