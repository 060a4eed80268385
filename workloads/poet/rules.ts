// The rules of proof of elapsed time as Hyperledger Sawtooth has them (consensus_state.py, poet_settings_view.py, poet_enclave_simulator.py,
// poet_block_verifier.py): waits, the local mean, and what keeps a validator from claiming a block.
import { ln } from '../../assembly/portable/math.ts';
import { PURPOSE, draw32, drawKey, drawUnit } from '../../harness/simulate/core/draws.ts';

export const MINIMUM_WAIT_s = 1;
/** Next to nothing above the minimum: with nothing at all the estimate of the population would divide by 0. */
export const LEAST_WAIT_s = 1e-6;

export interface Settings {
  readonly target_wait_s: number;
  readonly initial_wait_s: number;
  /** Blocks of the population estimate, and of the bootstrap before it. */
  readonly sample: number;
  readonly ztest_maximum: number;
  readonly ztest_minimum_wins: number;
  readonly key_block_claim_limit: number;
  /** Already the minimum with the number of validators less one. */
  readonly block_claim_delay: number;
}

/** The chain up to a block. */
export interface PoetState {
  /** Null: the state that the run begins with. */
  readonly before: PoetState | null;
  readonly height: number;
  readonly maker: number;
  /** Of the block: the local mean that it was drawn with, and its duration less MINIMUM_WAIT_s. */
  readonly localMean_s: number;
  readonly wait_s: number;
  /** Blocks claimed up to it. */
  readonly claims: number;
  /** Of those, its maker's. */
  readonly claimsOfMaker: number;
  /** The local mean of the next block. */
  readonly next_s: number;
}

/** Local mean of the block after `count` claims of a bootstrap: T(1 - r^2) + I r^2 with r = count/sample. */
export function bootstrapMean_s(count: number, { target_wait_s, initial_wait_s, sample }: Settings): number {
  const ratio = count / sample;
  return target_wait_s * (1 - ratio * ratio) + initial_wait_s * (ratio * ratio);
}

/** The chain before its first block, in the bootstrap. */
export function bootstrapping(settings: Settings): PoetState {
  return {
    before: null,
    height: 0,
    maker: -1,
    localMean_s: 0,
    wait_s: 0,
    claims: 0,
    claimsOfMaker: 0,
    next_s: bootstrapMean_s(0, settings),
  };
}

/** A chain past it, whose last blocks gave the right estimate of the population. Its claims are nobody's. */
export function running(population: number, settings: Settings): PoetState {
  const mean_s = settings.target_wait_s * population;
  return { ...bootstrapping(settings), localMean_s: mean_s, wait_s: settings.target_wait_s, claims: settings.sample, next_s: mean_s };
}

/** The state after one more block. */
export function claimed(before: PoetState, { maker, wait_s }: { maker: number; wait_s: number }, settings: Settings): PoetState {
  const claims = before.claims + 1;
  const localMean_s = before.next_s;
  const state = { before, height: before.height + 1, maker, localMean_s, wait_s, claims, claimsOfMaker: claimsOf(before, maker) + 1 };
  if (claims < settings.sample) return { ...state, next_s: bootstrapMean_s(claims, settings) };
  const { means_s, waits_s } = newest(state, settings.sample);
  return { ...state, next_s: (settings.target_wait_s * means_s) / waits_s };
}

/** Sums over so many of a chain's newest blocks. */
function newest(state: Omit<PoetState, 'next_s'>, blocks: number): { means_s: number; waits_s: number } {
  let waits_s = 0;
  let means_s = 0;
  let one = state;
  for (let i = 0; i < blocks; i++) {
    waits_s += one.wait_s;
    means_s += one.localMean_s;
    // What was before a running chain's first block repeats.
    if (one.before !== null) one = one.before;
  }
  return { means_s, waits_s };
}

/** The wait of the next block with which the estimate of the population comes out right; where none is short enough, next to nothing. */
export function steadyWait_s(state: PoetState, population: number, { sample }: Settings): number {
  const { means_s, waits_s } = newest(state, sample - 1);
  return Math.max(LEAST_WAIT_s, (means_s + state.next_s) / population - waits_s);
}

function lastOf(state: PoetState, maker: number): PoetState | null {
  for (let one: PoetState | null = state; one !== null && one.before !== null; one = one.before) if (one.maker === maker) return one;
  return null;
}

function claimsOf(state: PoetState, maker: number): number {
  return lastOf(state, maker)?.claimsOfMaker ?? 0;
}

/** The key's blocks are used up, and the new one is not on the chain for long enough: it comes with the next block, and waits for the claim delay. */
export function hasNoKey(state: PoetState, maker: number, { key_block_claim_limit, block_claim_delay }: Settings): boolean {
  const last = lastOf(state, maker);
  return last !== null && last.claimsOfMaker % key_block_claim_limit === 0 && state.height - last.height < 1 + block_claim_delay;
}

/** z of so many wins among blocks of which `expected` were to be expected. */
export function zScoreOf(wins: number, expected: number, blocks: number): number {
  const chance = expected / blocks;
  return (wins - expected) / Math.sqrt(blocks * chance * (1 - chance));
}

/**
 * Would a claim of the next block be one too many? Asked of every stretch of blocks from the newest back that ends with a block of the
 * validator's, once it has more than the minimum of wins and more than expected: its z is above the maximum in one of them.
 */
export function claimsTooOften(state: PoetState, maker: number, settings: Settings): boolean {
  const { target_wait_s, sample, ztest_maximum, ztest_minimum_wins } = settings;
  if (state.claims < sample) return false;
  let wins = 1;
  let expected = target_wait_s / state.next_s;
  let blocks = 1;
  for (let one = state; one.before !== null && one.claims > sample; one = one.before) {
    blocks += 1;
    expected += target_wait_s / one.localMean_s;
    if (one.maker !== maker) continue;
    wins += 1;
    if (wins > ztest_minimum_wins && wins > expected && zScoreOf(wins, expected, blocks) > ztest_maximum) return true;
  }
  return false;
}

/** In the order in which a block's verifier asks; null: the claim is good. */
export function refusal(state: PoetState, maker: number, settings: Settings): 'key' | 'z-test' | null {
  if (hasNoKey(state, maker, settings)) return 'key';
  return claimsTooOften(state, maker, settings) ? 'z-test' : null;
}

/** Parts of draw keys. */
const TAG = 3;
const SIGNATURE = 4;

/** -ln of a platform's tag for a block: one draw for good, which no restart changes. */
export function tagLogarithm(seed: number, previous: number, platform: number): number {
  return -ln(drawUnit(drawKey(seed, { purpose: PURPOSE.eligibility, type: TAG, sequence: previous }), platform));
}

/** In the place of a block's signature, where the larger one wins: uniform in [0, 1). */
export function signatureRank(seed: number, block: number): number {
  return draw32(drawKey(seed, { purpose: PURPOSE.eligibility, type: SIGNATURE, sequence: block }), 0) / 0x100000000;
}
