// What both engines need to know of a cell of proof of stake by coin age.
import { EXCLUDE } from '../../harness/simulate/chain/adversary.ts';
import { commonSpec } from '../../harness/simulate/chain/common.ts';
import { smallestConfirmations } from '../../harness/simulate/chain/confirmations.ts';
import { chainHorizon_us } from '../../harness/simulate/chain/horizon.ts';
import { chainObservations } from '../../harness/simulate/chain/observations.ts';
import { compactSizeBytes } from '../../harness/simulate/chain/rules.ts';
import { expectedRace, holders, liveShare, lotteryShares, type LotteryShares } from '../../harness/simulate/chain/shares.ts';
import type { BlockSize, ChainRun, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { PURPOSE, drawKey, drawUnit } from '../../harness/simulate/core/draws.ts';
import { compactOf, targetOfCompact, workOfCompact } from '../../harness/simulate/core/target.ts';
import { merkleDigestBytes } from '../../harness/model/merkle.ts';
import type { MiningHardware } from '../../harness/model/mining.ts';
import { HEADER_BYTES, HEADER_DIGEST_BYTES, miningSeconds } from '../parts/mining.ts';
import { Births, MOST_days, cycle_days, matureShare, meanWeight_days, slopeOfCycle, steadyAges } from './ages.ts';
import { CoinAgeChain, type Holdings } from './chain.ts';
import { COINSTAKE_BYTES, SIGNATURE_BYTES, coinAgeOperations } from './operations.ts';
import type { CoinAgeParameters } from './parameters.ts';
import { weighedReversal, type WeighedRace } from '../parts/weighed-race.ts';
import { COIN, DAY_s, HASHES, KERNEL_BYTES, MAX_AGE_s, SPACING_s, TARGET_LIMIT } from './rules.ts';

type CoinAgeSetup = Setup<CoinAgeParameters>;

/** Double SHA-256 of the coinstake, of its hash with the transactions' root, of the header and of the kernel. */
const MADE_DIGEST_BYTES = COINSTAKE_BYTES + 32 + 64 + 32 + HEADER_DIGEST_BYTES + KERNEL_BYTES + 32;
/** Bits of a target that a double does not have. */
const COARSE_BITS = 160n;
const COARSE = Number(1n << COARSE_BITS);
/** A part of a draw key. */
const AGES = 8;

/** Outputs that mint for ever at a target for which they make a block every 600 s, or at the largest target where they are too few for that. */
export interface Steady {
  readonly outputs: number;
  /** Blocks a day of an output, for each day that counts. */
  readonly slope: number;
  readonly target: bigint;
  readonly gap_s: number;
}

export function steadyState(outputs: number, value_units: number): Steady {
  // Blocks a day and day of age at a target: target × value a day, over all hashes.
  const slopePerTarget = ((value_units / COIN) * DAY_s) / HASHES;
  const slope = slopeOfCycle((outputs * SPACING_s) / DAY_s, slopePerTarget * Number(TARGET_LIMIT));
  const exact = BigInt(Math.floor(slope / slopePerTarget / COARSE)) << COARSE_BITS;
  const target = targetOfCompact(compactOf(exact > TARGET_LIMIT ? TARGET_LIMIT : exact < 1n ? 1n : exact));
  return { outputs, slope, target, gap_s: (cycle_days(slope) * DAY_s) / outputs };
}

/** Everybody's outputs, of equal value as nearly as whole outputs and units allow; who holds anything has one at least. */
export function holdingsOf(shares: Float64Array, { coins, outputs }: CoinAgeParameters): Holdings {
  const counts = Int32Array.from(shares, (share) => (share === 0 ? 0 : Math.max(1, Math.round(share * outputs))));
  const value_units = shares.map((share, i) => (counts[i] === 0 ? 0 : Math.floor((share * coins * COIN) / counts[i])));
  return { outputs: counts, value_units };
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

/** The outputs by which the target was set before the run: those of everybody but an adversary and a node that let their own lie. */
function mintingState(setup: CoinAgeSetup, { outputs }: Holdings, adversary: number | null): Steady {
  const { parameters: p, nodes } = setup;
  const saved = adversary !== null && p.adversary_coin_age === 'saved' ? outputs[adversary] : 0;
  const idle = p.idle_days > 0 ? outputs[nodes - 1] : 0;
  return steadyState(Math.max(1, sum(outputs) - saved - idle), (p.coins / p.outputs) * COIN);
}

/** The race that confirmations are chosen against. */
export function raceOf(setup: CoinAgeSetup): { readonly race: WeighedRace; readonly q: number } {
  const { parameters: p } = setup;
  const { adversary, honest, q } = expectedRace(setup, p.adversary_share);
  if (p.adversary_coin_age === 'steady') return { race: { q, outputs: Infinity }, q };
  const steady = steadyState(Math.max(1, Math.round((1 - adversary) * p.outputs)), (p.coins / p.outputs) * COIN);
  const own = adversary * MOST_days;
  const others = honest * meanWeight_days(steady.slope);
  return { race: { q: own === 0 ? 0 : own / (own + others), outputs: Math.round(adversary * p.outputs) }, q };
}

const recent = new Map<string, number | null>();

/** A pure function; the last few results are kept, since one takes a while where many confirmations are tried. */
function confirmationsOf(race: WeighedRace, risk: number): number | null {
  const key = `${race.q} ${race.outputs} ${risk}`;
  let confirmations = recent.get(key);
  if (confirmations === undefined) {
    confirmations = smallestConfirmations(risk, (zMax) => weighedReversal(race, zMax));
    if (recent.size >= 8) recent.delete(recent.keys().next().value!);
    recent.set(key, confirmations);
  }
  return confirmations;
}

/** When each output was made, before the run. */
function birthsOf(setup: CoinAgeSetup, { outputs }: Holdings, { adversary }: LotteryShares, { slope }: Steady): Births {
  const { coin_age_days, adversary_coin_age, idle_days } = setup.parameters;
  const key = drawKey(setup.cell.seed, { purpose: PURPOSE.eligibility, type: AGES });
  const ageOf = steadyAges(slope);
  const ofNodes = sum(outputs) - (adversary === null ? 0 : outputs[adversary]);
  const firstIdle = ofNodes - outputs[setup.nodes - 1];
  return Births.of(sum(outputs), (output) => {
    if (output >= ofNodes && adversary_coin_age === 'saved') return -MAX_AGE_s;
    const idle_s = output >= firstIdle && output < ofNodes ? Math.round(idle_days * DAY_s) : 0;
    return -idle_s - (coin_age_days === 'steady' ? ageOf(drawUnit(key, output)) : Math.round(coin_age_days * DAY_s));
  });
}

export function coinAgeSpec(setup: CoinAgeSetup): ChainSpec & { readonly chain: CoinAgeChain } {
  const { parameters: p, cell, faults } = setup;
  const lottery = lotteryShares(setup, p.stakes);
  const holdings = holdingsOf(lottery.shares, p);
  const steady = mintingState(setup, holdings, lottery.adversary);
  const { race, q } = raceOf(setup);
  const confirmations = confirmationsOf(race, cell.risk);
  const { bytes, per_decision } = cell.transactions;
  const sizeOf = (transactions: number): BlockSize => {
    const digest_bytes = MADE_DIGEST_BYTES + (transactions === 0 ? 0 : merkleDigestBytes(transactions, bytes));
    return {
      bytes: HEADER_BYTES + COINSTAKE_BYTES + 1 + SIGNATURE_BYTES + compactSizeBytes(transactions) + transactions * bytes,
      validate_ns: cell.node.hash_ns_per_byte * digest_bytes + 2 * cell.node.verify_ns,
      madeDigest_bytes: digest_bytes,
      checkedDigest_bytes: digest_bytes,
    };
  };
  const full = sizeOf(per_decision);
  const live = liveShare(faults);
  const common = commonSpec(setup, p, lottery, { confirmations, q, rho: race.q / (1 - race.q) }, sizeOf);
  const tried_s = miningSeconds(common, lottery, live);
  const chain = new CoinAgeChain({
    ...holdings,
    seed: cell.seed,
    firstTarget: steady.target,
    births: () => birthsOf(setup, holdings, lottery, steady),
    live,
    span: common.faultSpan,
  });
  const { chance } = chain;
  const some = 1 - chance.reduce((none, one) => none * (1 - one), 1);
  return {
    ...common,
    chain,
    // Who makes blocks as fast as all others together keeps them out, whatever its coins.
    ...(race.q >= 0.5 && common.merchantConfirmations === Infinity ? { strategy: EXCLUDE } : {}),
    lottery: { kind: 'slots', slot_us: 1e6, chance, chanceInSpan: chance },
    eligible: (blocks, tip, participant, at_us) => (chain.wins(blocks, tip, participant, at_us) ? 1 : 0),
    // Of what slots draw only the hashes below target × weight are blocks.
    completes: some === 0 ? 1 : 1 / (some * steady.gap_s),
    // GetBlockTrust: the expected hashes of the block's target.
    weigh: (before, { parent }, blocks) => before + trustOf(chain.state(blocks, parent).target),
    counts: ({ stop_us, found, receptions }) => ({
      mining_node_s: tried_s(stop_us),
      // The coinstake's input, and the block.
      signs: 2 * found,
      verifies: 2 * receptions,
      verifies_single: 2 * receptions,
      digest_bytes: found * full.madeDigest_bytes + receptions * full.checkedDigest_bytes,
    }),
    observe: (spec, run) => observations(chain, { returned: p.idle_days > 0 ? setup.nodes - 1 : null, spec, run }),
    operations: (history) => coinAgeOperations(setup, history, chain),
  };
}

/** Exact below 2^53, as sums are too: 10 000 blocks and more at a difficulty of 100. */
function trustOf(target: bigint): number {
  return Number(workOfCompact(compactOf(target)));
}

/** Blocks of a day. */
export const DAY_BLOCKS = DAY_s / SPACING_s;

interface Observed {
  /** The node that has come back with saved-up age. */
  readonly returned: number | null;
  readonly spec: ChainSpec;
  readonly run: ChainRun;
}

/** Mean age of what minted the final chain's blocks; and what a returned node has of a day's. */
function observations(chain: CoinAgeChain, { returned, spec, run }: Observed): Record<string, number> {
  let age_s = 0;
  for (const block of run.main) age_s += chain.state(run.blocks, block).kernel?.age_s ?? 0;
  const height = run.main.length - 1;
  const all = { ...chainObservations(spec, run), kernel_age_days: age_s / DAY_s / height };
  if (returned === null || height < DAY_BLOCKS) return all;
  const own = Array.from(run.miners).filter((miner, at) => at >= 1 && at <= DAY_BLOCKS && miner === returned).length;
  return { ...all, returned_share: own / DAY_BLOCKS };
}

/** Those left make blocks in proportion; and no output makes two within 30 days, however large the target has become. */
export function coinAgeHorizon_us(setup: Omit<CoinAgeSetup, 'horizon_us'>): number {
  const whole = { ...setup, horizon_us: Infinity };
  const spec = coinAgeSpec(whole);
  const lottery = lotteryShares(whole, setup.parameters.stakes);
  const holdings = holdingsOf(lottery.shares, setup.parameters);
  const { gap_s, outputs } = mintingState(whole, holdings, lottery.adversary);
  const horizon_us = chainHorizon_us(setup, spec, (live) => (Math.max(gap_s, MAX_AGE_s / 2 / outputs) * 1e6) / live);
  // Coins that are new come to their full weight first.
  const { coin_age_days } = setup.parameters;
  return coin_age_days === 'steady' ? horizon_us : horizon_us + Math.max(0, MAX_AGE_s - coin_age_days * DAY_s) * 1e6;
}

/** An output that is old enough tries a kernel a second, whose two compressions are those of a nonce beside a midstate. */
export function kernelHardware(p: CoinAgeParameters, nodes: number): MiningHardware {
  const miners = holders(p.stakes, nodes);
  const { slope } = steadyState(p.outputs, (p.coins / p.outputs) * COIN);
  return {
    name: 'CPU',
    hash_rate_hs: null,
    joules_per_hash: null,
    cores_per_node: 1,
    network_hash_rate_hs: Math.max(p.outputs, miners) * matureShare(slope),
    miners,
    besides: true,
    pue: null,
  };
}
