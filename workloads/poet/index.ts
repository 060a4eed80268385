// Proof of elapsed time as Hyperledger Sawtooth has it: whoever's trusted timer runs out first makes the next block. The rules: rules.ts and
// docs/poet.md.
import { z } from 'zod';
import { alongChain } from '../../harness/simulate/chain/along.ts';
import { commonSpec, expectedChainEvents } from '../../harness/simulate/chain/common.ts';
import { smallestConfirmations } from '../../harness/simulate/chain/confirmations.ts';
import { chainHorizon_us } from '../../harness/simulate/chain/horizon.ts';
import { CHAIN_OBSERVATIONS, chainObservations } from '../../harness/simulate/chain/observations.ts';
import { chainParameters, faultProblems } from '../../harness/simulate/chain/parameters.ts';
import { inSpan } from '../../harness/simulate/chain/rules.ts';
import { chainEngines } from '../../harness/simulate/chain/engines.ts';
import { expectedRace, lotteryShares } from '../../harness/simulate/chain/shares.ts';
import type { BlockSize, BlockView, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { Setup, Workload } from '../../harness/simulate/core/contract.ts';
import { weighedReversal } from '../parts/weighed-race.ts';
import { HEADER_BYTES, operations } from './operations.ts';
import {
  LEAST_WAIT_s,
  MINIMUM_WAIT_s,
  bootstrapping,
  claimed,
  refusal,
  running,
  signatureRank,
  steadyWait_s,
  tagLogarithm,
  type PoetState,
  type Settings,
} from './rules.ts';

const parameters = z.strictObject({
  enclave: z
    .enum(['sgx', 'simulator'])
    .default('sgx')
    .describe('sgx: trusted hardware draws waits (a MAC each); simulator: software does (a signature each), which bears crashes alone'),
  start: z
    .enum(['running', 'bootstrap'])
    .default('running')
    .describe('running: the chain has a past by which the population is known; bootstrap: its first blocks have the fixed local means'),
  target_wait_s: z.number().min(0.001).max(86_400).default(20).describe('mean wait of the first of all validators'),
  initial_wait_s: z.number().min(0.001).max(1_000_000).default(3000).describe('local mean that the bootstrap rises to'),
  population_estimate_sample_size: z
    .int()
    .min(1)
    .max(1000)
    .default(50)
    .describe('blocks that the population is estimated from, and blocks of the bootstrap'),
  ztest_maximum_win_deviation: z.number().min(0).max(1000).default(3.075).describe('z above which a claim is one too many'),
  ztest_minimum_win_count: z.int().min(0).max(1000).default(3).describe('wins up to which none is'),
  key_block_claim_limit: z.int().min(1).max(1_000_000).default(250).describe('blocks that a validator claims before it signs up anew'),
  block_claim_delay: z
    .int()
    .min(0)
    .max(1000)
    .default(1)
    .describe('blocks between the one that has a sign-up and the first claim (at most the other validators)'),
  forged_wait: z
    .enum(['zero', 'target', 'steady'])
    .default('zero')
    .describe(
      'wrong-vote: what certificates of compromised enclaves say that was waited beyond the minimum: next to nothing, the target, or what keeps the estimate of the population where it was',
    ),
  ...chainParameters,
});
export type PoetParameters = z.infer<typeof parameters>;

/** Timers that would run out later never do: simulated times are exact below 2^53 us. */
const NEVER_us = 1e15;

export function settingsOf({ parameters: p, nodes }: Pick<Setup<PoetParameters>, 'parameters' | 'nodes'>): Settings {
  return {
    target_wait_s: p.target_wait_s,
    initial_wait_s: p.initial_wait_s,
    sample: p.population_estimate_sample_size,
    ztest_maximum: p.ztest_maximum_win_deviation,
    ztest_minimum_wins: p.ztest_minimum_win_count,
    key_block_claim_limit: p.key_block_claim_limit,
    block_claim_delay: Math.min(p.block_claim_delay, nodes - 1),
  };
}

/** What the mechanism knows of a chain, for its spec and for tests. */
export function chainRules(setup: Setup<PoetParameters>, platforms: readonly number[]) {
  const { seed } = setup.cell;
  const settings = settingsOf(setup);
  const { kind, faulty, from_us, until_us } = setup.faults.entries[0] ?? { kind: 'crash', faulty: [], from_us: 0, until_us: 0 };
  const compromised = kind === 'wrong-vote' ? Array.from(faulty).flatMap((one, node) => (one === 1 ? [node] : [])) : [];
  const population = platforms.reduce((sum, count) => sum + count, 0);
  const first = setup.parameters.start === 'running' ? running(population, settings) : bootstrapping(settings);
  /** By block: which of the compromised enclaves forges a wait on it; they act as one. -1: the z-test lets none. */
  const forgers = alongChain<number>(forgerOf(first, 0), (_, block, blocks) => forgerOf(stateOf(blocks, block), block));
  function forgerOf(state: PoetState, block: number): number {
    const { length } = compromised;
    for (let i = 0; i < length; i++) {
      const node = compromised[(block + i) % length];
      if (refusal(state, node, settings) === null) return node;
    }
    return -1;
  }
  /** Does the participant claim that tip at once, with a forged certificate? */
  function forges(blocks: BlockView, tip: number, participant: number, at_us: number): boolean {
    return compromised.length > 0 && inSpan({ from_us, until_us }, at_us) && forgers(blocks, tip) === participant;
  }
  const forged = {
    zero: () => LEAST_WAIT_s,
    target: () => settings.target_wait_s,
    steady: (state: PoetState) => steadyWait_s(state, population, settings),
  }[setup.parameters.forged_wait];
  /** What the certificate of a block that the participant makes then on that tip says: duration less its minimum. */
  function wait_s(blocks: BlockView, tip: number, participant: number, at_us: number): number {
    if (forges(blocks, tip, participant, at_us)) return forged(stateOf(blocks, tip));
    return (stateOf(blocks, tip).next_s * tagLogarithm(seed, tip, participant)) / platforms[participant];
  }
  const states = alongChain<PoetState>(first, (before, block, blocks) =>
    claimed(
      before,
      { maker: blocks.miner(block), wait_s: wait_s(blocks, blocks.parent(block), blocks.miner(block), blocks.found_us(block)) },
      settings,
    ),
  );
  function stateOf(blocks: BlockView, block: number): PoetState {
    return states(blocks, block);
  }
  return { settings, stateOf, wait_s, forges };
}

/** What every engine needs to know of a cell. */
export function poetSpec(setup: Setup<PoetParameters>): ChainSpec {
  const { parameters: p, cell, nodes } = setup;
  const { seed } = cell;
  const lottery = lotteryShares(setup, 'equal');
  const { shares, adversary } = lottery;
  // An adversary of share q beside n validators has n q/(1 - q) enclaves; with all of the power, or none beside it, one.
  const each = adversary === null ? 1 / nodes : (1 - shares[adversary]) / nodes;
  const platforms = Array.from(shares, (share) => (each > 0 ? share / each : share));
  const { settings, stateOf, wait_s, forges } = chainRules(setup, platforms);
  const { q } = expectedRace(setup, p.adversary_share);
  const confirmations = smallestConfirmations(cell.risk, (zMax) => weighedReversal({ q, outputs: Infinity }, zMax));
  const { bytes, per_decision } = cell.transactions;
  const sizeOf = (transactions: number): BlockSize => {
    const hashed_bytes = HEADER_BYTES + transactions * bytes;
    const validate_ns = 2 * cell.node.verify_ns + cell.node.hash_ns_per_byte * hashed_bytes;
    return { bytes: hashed_bytes, validate_ns, madeDigest_bytes: hashed_bytes, checkedDigest_bytes: hashed_bytes };
  };
  const full = sizeOf(per_decision);
  return {
    ...commonSpec(setup, p, lottery, { confirmations, q, rho: q / (1 - q) }, sizeOf),
    lottery: {
      kind: 'timers',
      interval_us: 1e6 * meanGap_s(p),
      at_us: (blocks, tip, participant, since_us) => {
        // A compromised enclave signs without having waited.
        if (forges(blocks, tip, participant, since_us + 1)) return since_us;
        const end_us = since_us + Math.ceil((MINIMUM_WAIT_s + wait_s(blocks, tip, participant, since_us + 1)) * 1e6);
        return end_us < NEVER_us ? end_us : Infinity;
      },
    },
    // An adversary has many enclaves, each of which claims its due share.
    eligible: (blocks, tip, miner) => (miner === adversary || refusal(stateOf(blocks, tip), miner, settings) === null ? 1 : 0),
    weigh: (before, { parent }, blocks) => before + stateOf(blocks, parent).next_s,
    // The smaller duration; of equal ones, to a microsecond, the larger signature.
    rank: (blocks, block) => (block === 0 ? 0 : signatureRank(seed, block) / 2 - Math.round(stateOf(blocks, block).wait_s * 1e6)),
    counts: ({ found, receptions }) => ({
      signs: 2 * found + timersOf(p) * (found + receptions),
      ...(p.enclave === 'sgx' ? { macs: found + receptions } : {}),
      verifies: 2 * receptions,
      verifies_single: 2 * receptions,
      digest_bytes: (found + receptions) * full.bytes,
    }),
    observe: chainObservations,
    operations: (history) => operations(setup, history),
  };
}

/** Signatures for the timer on one block: the simulator draws with one more. */
function timersOf({ enclave }: PoetParameters): number {
  return enclave === 'simulator' ? 2 : 1;
}

/** The minimum wait, and the target over the bias of its estimate, 1.0102 at 50 blocks. */
function meanGap_s({ target_wait_s, population_estimate_sample_size: sample }: PoetParameters): number {
  return MINIMUM_WAIT_s + (target_wait_s * sample) / Math.max(1, sample - 0.5);
}

const workload: Workload<PoetParameters> = {
  id: 'poet',
  mark: 13,
  revision: 2,
  title: 'Proof of elapsed time (Sawtooth PoET)',
  family: 'lottery',
  settings: ['public', 'consortium'],
  reference: {
    authors: 'Intel Corporation and the Hyperledger Sawtooth contributors',
    title: 'PoET 1.0 specification, and sawtooth-poet',
    venue: 'Hyperledger Sawtooth documentation',
    year: 2018,
    section: 'consensus_state.py, poet_block_verifier.py, poet_fork_resolver.py',
  },
  parameters,
  problems: faultProblems,
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'wrong-vote', 'double-spend', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  // One validator alone could not sign up anew.
  nodes: { min: 2, max: 100_000 },
  bound: {
    claim: 'secure while the enclaves are trusted; here: while less than half of them are compromised',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['double-spend'],
  observations: CHAIN_OBSERVATIONS,
  expectedEvents: expectedChainEvents,
  engines: chainEngines(poetSpec),
  horizon:
    'twice the time in which the blocks that the run needs come with the largest local mean of the bootstrap (or the target, where it runs already) but for a chance of 2 in 10^9, each with its spread, after the end of every fault',
  horizon_us: (setup) => {
    const { parameters: p, nodes } = setup;
    const spec = poetSpec({ ...setup, horizon_us: Infinity });
    const longest_s = p.start === 'bootstrap' ? Math.max(p.initial_wait_s / nodes, p.target_wait_s) : p.target_wait_s;
    return chainHorizon_us(setup, spec, (live) => 1e6 * (MINIMUM_WAIT_s + (1.1 * longest_s) / live));
  },
};
export default workload;
