// Proof of stake as Nxt's reference software runs it: everybody's time to forge on a block is known from its generation signature and the
// account's balance. The rules: rules.ts and docs/pos-nxt.md.
import { z } from 'zod';
import { EXCLUDE } from '../../harness/simulate/chain/adversary.ts';
import { alongChain } from '../../harness/simulate/chain/along.ts';
import { commonSpec, expectedChainEvents } from '../../harness/simulate/chain/common.ts';
import { powReversal, smallestConfirmations } from '../../harness/simulate/chain/confirmations.ts';
import { chainHorizon_us } from '../../harness/simulate/chain/horizon.ts';
import { CHAIN_OBSERVATIONS, chainObservations } from '../../harness/simulate/chain/observations.ts';
import { chainParameters, faultProblems, sharesParameter, sharesProblems } from '../../harness/simulate/chain/parameters.ts';
import { chainEngines } from '../../harness/simulate/chain/engines.ts';
import { expectedRace, lotteryShares } from '../../harness/simulate/chain/shares.ts';
import type { BlockSize, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { Setup, Workload } from '../../harness/simulate/core/contract.ts';
import { HEADER_BYTES, SIGNATURE_BYTES, operations } from './operations.ts';
import { meanFirstHit, rateShare } from './race.ts';
import { ALL_NXT, GENESIS_STATE, MIN_FORGING_BALANCE_NXT, difficultyOf, following, hitOf, hitTime_s, type NxtState } from './rules.ts';

const parameters = z.strictObject({
  forging_nxt: z
    .int()
    .min(MIN_FORGING_BALANCE_NXT)
    .max(ALL_NXT)
    .default(ALL_NXT)
    .describe('effective balances of all accounts that forge, together: of the 10^9 NXT those that are online'),
  base_target: z
    .enum(['adjusted', 'fixed'])
    .default('adjusted')
    .describe('adjusted: every second block, toward gaps of 60 s; fixed: it stays at that of the genesis block'),
  stakes: sharesParameter,
  ...chainParameters,
});
export type NxtParameters = z.infer<typeof parameters>;

/** Seconds in which all 10^9 NXT in one account would hit for sure at the genesis block's base target. */
const SURE_s = 120;

/** The state of the chain up to a block: what every engine and test may ask. */
export function chainState(setup: Setup<NxtParameters>, balances: readonly number[]): ReturnType<typeof alongChain<NxtState>> {
  const { seed } = setup.cell;
  const adjusts = setup.parameters.base_target === 'adjusted';
  return alongChain(GENESIS_STATE, (before, block, blocks) => {
    const maker = blocks.miner(block);
    return following(before, hitTime_s(hitOf(seed, blocks.parent(block), maker), before.baseTarget, balances[maker]), adjusts);
  });
}

/** Whole NXT of each participant. */
export function balancesOf(shares: Float64Array, forging_nxt: number): number[] {
  return Array.from(shares, (share) => Math.floor(share * forging_nxt));
}

/** What every engine needs to know of a cell. */
export function nxtSpec(setup: Setup<NxtParameters>): ChainSpec {
  const { parameters: p, cell } = setup;
  const lottery = lotteryShares(setup, p.stakes);
  const { shares, adversary } = lottery;
  const balances = balancesOf(shares, p.forging_nxt);
  const stateOf = chainState(setup, balances);
  const { adversary: held, honest, q } = expectedRace(setup, p.adversary_share);
  // The race is that of two constant rates: docs/pos-nxt.md says what that leaves out.
  const nodes = shares.subarray(0, adversary ?? shares.length);
  const all = nodes.reduce((sum, share) => sum + share, 0) || 1;
  const others = Array.from(nodes, (share) => (share * honest) / all);
  const rate = rateShare(held, others);
  const confirmations = smallestConfirmations(cell.risk, (zMax) => powReversal(rate, zMax));
  const { bytes, per_decision } = cell.transactions;
  const sizeOf = (transactions: number): BlockSize => {
    const body_bytes = transactions * bytes;
    const made_bytes = body_bytes + HEADER_BYTES + SIGNATURE_BYTES;
    return {
      bytes: HEADER_BYTES + body_bytes,
      validate_ns: cell.node.verify_ns + cell.node.hash_ns_per_byte * (made_bytes + SIGNATURE_BYTES),
      madeDigest_bytes: made_bytes,
      checkedDigest_bytes: made_bytes + SIGNATURE_BYTES,
    };
  };
  const full = sizeOf(per_decision);
  const common = commonSpec(setup, p, lottery, { confirmations, q, rho: rate / (1 - rate) }, sizeOf);
  return {
    ...common,
    // Who makes blocks as fast as all others together keeps them out, whatever its stake.
    ...(rate >= 0.5 && common.merchantConfirmations === Infinity ? { strategy: EXCLUDE } : {}),
    lottery: {
      kind: 'timers',
      interval_us: meanGap_us(p, Array.from(shares)),
      at_us: (blocks, tip, participant) => {
        const { timestamp_s, baseTarget } = stateOf(blocks, tip);
        return (timestamp_s + hitTime_s(hitOf(cell.seed, tip, participant), baseTarget, balances[participant])) * 1e6;
      },
    },
    weigh: (before, { parent, miner }, blocks) => {
      const state = stateOf(blocks, parent);
      const elapsed_s = hitTime_s(hitOf(cell.seed, parent, miner), state.baseTarget, balances[miner]);
      return before + difficultyOf(following(state, elapsed_s, p.base_target === 'adjusted').baseTarget);
    },
    // Of two blocks on one parent that of the earlier timestamp is taken (BlockchainProcessorImpl.processPeerBlock).
    rank: (blocks, block) => -stateOf(blocks, block).timestamp_s,
    counts: ({ found, receptions }) => ({
      signs: found,
      verifies: receptions,
      verifies_single: receptions,
      digest_bytes: found * full.madeDigest_bytes + receptions * full.checkedDigest_bytes,
    }),
    observe: chainObservations,
    operations: (history) => operations(setup, history),
  };
}

/** Where the base target is adjusted, gaps are near 60 s once it has settled. */
function meanGap_us({ base_target, forging_nxt }: NxtParameters, stakes: readonly number[]): number {
  if (base_target === 'adjusted') return 60e6;
  return (SURE_s * (ALL_NXT / forging_nxt) * meanFirstHit(stakes) + 0.5) * 1e6;
}

const workload: Workload<NxtParameters> = {
  id: 'pos-nxt',
  mark: 12,
  revision: 2,
  title: 'Proof of stake (Nxt)',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'The Nxt Core Developers',
    title: 'Nxt reference software (BlockImpl, Generator, BlockchainProcessorImpl, Constants)',
    venue: 'nxt.org',
    year: 2013,
    section: 'calculateBaseTarget, verifyHit, processPeerBlock',
  },
  parameters,
  problems: (cell) => [...sharesProblems<NxtParameters>('stakes')(cell), ...faultProblems(cell)],
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'double-spend', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 100_000 },
  bound: {
    claim: 'secure while an attacker holds less than half of the forging stake',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['double-spend'],
  observations: CHAIN_OBSERVATIONS,
  expectedEvents: expectedChainEvents,
  engines: chainEngines(nxtSpec),
  horizon:
    'twice the time in which the blocks that the run needs come at the smallest base target but for a chance of 2 in 10^9, each with its spread, after the end of every fault',
  horizon_us: (setup) => {
    const spec = nxtSpec({ ...setup, horizon_us: Infinity });
    // Hits of many small accounts come no slower than this, with the base target at its least.
    const gap_s = (SURE_s * ALL_NXT) / setup.parameters.forging_nxt / 0.9 + 1;
    return chainHorizon_us(setup, spec, (live) => (gap_s * 1e6) / live);
  },
};
export default workload;
