// Proof of work as Bitcoin does it, for all mechanisms that are that or more: S. Nakamoto, "Bitcoin: a peer-to-peer electronic cash system", 2008,
// sections 4, 5 and 11. The rules in full: docs/pow.md and docs/chains.md.
import { z } from 'zod';
import { chainParameters, faultProblems, selfishGamma, sharesParameter, sharesProblems } from '../../harness/simulate/chain/parameters.ts';
import { commonSpec } from '../../harness/simulate/chain/common.ts';
import { blockTransactions, blocksByHeight, checkMeasurable } from '../../harness/simulate/chain/history.ts';
import { bitcoinRules } from '../../harness/simulate/chain/difficulty.ts';
import {
  CHAIN_OBSERVATIONS,
  SELFISH_OBSERVATIONS,
  chainObservations,
  selfishObservations,
} from '../../harness/simulate/chain/observations.ts';
import { compactSizeBytes, tieRank } from '../../harness/simulate/chain/rules.ts';
import type { BlockSize, ChainHistory, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import { powReversal, smallestConfirmations } from '../../harness/simulate/chain/confirmations.ts';
import { merkleDigestBytes } from '../../harness/model/merkle.ts';
import { hardwareParameters, hardwareProblems, miningHardware } from '../../harness/simulate/chain/mining-hardware.ts';
import {
  PUBLIC_NETWORKS,
  PUBLIC_NETWORK_OBSERVATIONS,
  ofPublicNetwork,
  publicNetworkObservations,
  publicNetworkParameter,
  publicNetworkProblems,
} from '../../harness/simulate/chain/public-networks.ts';
import type { MiningHardware } from '../../harness/model/mining.ts';
import { expectedRace, liveShare, lotteryShares } from '../../harness/simulate/chain/shares.ts';
import { HEADER_BYTES, HEADER_DIGEST_BYTES, MinedBlocks, measuredHashes, miningSeconds, retargetInterval } from './mining.ts';
import type { ParameterProblem, PlannedCell, Setup } from '../../harness/simulate/core/contract.ts';
import type { Operation } from '../../harness/model/outcome.ts';

/** Parameters of proof of work, for mechanisms that are more than that. */
export const powParameters = {
  block_interval_s: z.number().min(0.001).max(86_400).default(600).describe('mean time between blocks at difficulty 1 with all power live'),
  retarget_interval_blocks: retargetInterval,
  difficulty_rules: z
    .enum(['continuous', 'bitcoin'])
    .default('continuous')
    .describe(
      "continuous: the formula in real numbers; bitcoin: in integers as Bitcoin has them (targets cut to the header's bits, times in whole seconds, chains weighed by the expected hashes of those targets), from bits 0x1d00ffff on",
    ),
  hash_shares: sharesParameter,
  ...chainParameters,
  selfish_gamma: selfishGamma,
  ...hardwareParameters,
  public_network: publicNetworkParameter,
  measured_hashes_per_block: measuredHashes('a block'),
};
export const powSchema = z.strictObject(powParameters);
export type PowParameters = z.infer<typeof powSchema>;

export function powHardware(p: PowParameters, nodes: number): MiningHardware {
  const hardware = miningHardware(ofPublicNetwork(p), nodes);
  if (p.public_network === 'none') return hardware;
  const replaced = p.joules_per_terahash === 'auto' && p.hardware_mix === 'none' ? '' : '; its energy is set by the suite';
  return { ...hardware, name: p.public_network, source: `${PUBLIC_NETWORKS[p.public_network].assumes}${replaced}` };
}

/** What every engine needs to know of a cell. */
export function powSpec(setup: Setup<PowParameters>): ChainSpec {
  const { parameters: p, cell, faults } = setup;
  const lottery = lotteryShares(setup, p.hash_shares);
  const live = liveShare(faults);
  const { q } = expectedRace(setup, p.adversary_share);
  const confirmations = smallestConfirmations(cell.risk, (zMax) => powReversal(q, zMax));
  const { bytes, per_decision } = cell.transactions;
  const sizeOf = (transactions: number): BlockSize => {
    const tree = transactions === 0 ? 0 : merkleDigestBytes(transactions, bytes);
    return {
      bytes: HEADER_BYTES + compactSizeBytes(transactions) + transactions * bytes,
      validate_ns: cell.node.hash_ns_per_byte * (HEADER_DIGEST_BYTES + tree),
      madeDigest_bytes: tree,
      checkedDigest_bytes: HEADER_DIGEST_BYTES + tree,
    };
  };
  const full = sizeOf(per_decision);
  const common = commonSpec(setup, p, lottery, { confirmations, q, rho: q / (1 - q) }, sizeOf);
  const { selfish_gamma: gamma } = p;
  const ranked = gamma === 'auto' || faults.kind !== 'selfish' ? {} : { rank: tieRank(cell.seed, lottery.adversary!, gamma) };
  const mined_s = miningSeconds(common, lottery, live);
  return {
    ...common,
    lottery: {
      kind: 'clock',
      interval_us: p.block_interval_s * 1e6,
      retarget_blocks: p.retarget_interval_blocks,
      ...(p.difficulty_rules === 'bitcoin'
        ? { difficulty: bitcoinRules({ interval_s: p.block_interval_s, blocks: p.retarget_interval_blocks }) }
        : {}),
      power: lottery.shares,
      live,
    },
    counts: ({ stop_us, receptions, found }) => ({
      mining_node_s: mined_s(stop_us),
      // A finder's hashes of its header are mining.
      digest_bytes: receptions * full.checkedDigest_bytes + found * full.madeDigest_bytes,
    }),
    ...ranked,
    observe: (spec, run) => ({
      ...chainObservations(spec, run),
      ...selfishObservations(spec, run),
      ...publicNetworkObservations(p, powHardware(p, setup.nodes).joules_per_hash),
    }),
    operations: (history) => operations(setup, history),
  };
}

function operations(setup: Setup<PowParameters>, history: ChainHistory): Operation[][] {
  checkMeasurable(history.totals);
  const mined = new MinedBlocks(setup, history, setup.parameters.measured_hashes_per_block);
  return blocksByHeight(history).map((found) => found.flatMap((block) => mined.operations(block, blockTransactions(setup, block.number))));
}

/** A quarter of a period's time, cut to whole seconds, must be some. */
function difficultyProblems({ difficulty_rules, block_interval_s, retarget_interval_blocks }: PowParameters): ParameterProblem[] {
  if (difficulty_rules !== 'bitcoin' || (Number.isInteger(block_interval_s) && block_interval_s * retarget_interval_blocks >= 4)) return [];
  const accepts = 'continuous, or a block_interval_s of whole seconds with at least 4 s in each retarget_interval_blocks, like 600';
  return [{ parameter: 'difficulty_rules', accepts }];
}

export const POW_OBSERVATIONS = [...CHAIN_OBSERVATIONS, ...SELFISH_OBSERVATIONS, ...PUBLIC_NETWORK_OBSERVATIONS];

/** Rules across fields of a cell. */
export const powProblems = (cell: PlannedCell<PowParameters>): ParameterProblem[] => [
  ...sharesProblems<PowParameters>('hash_shares')(cell),
  ...faultProblems(cell),
  ...publicNetworkProblems(cell.parameters),
  ...hardwareProblems(ofPublicNetwork(cell.parameters)),
  ...difficultyProblems(cell.parameters),
];

/** The long-run mean gap. Of N blocks' time a period measures N - 1 gaps, whose inverse has the mean 1/(N - 2); adjustments are clamped to 4. */
export const slowestGap_us = ({ block_interval_s, retarget_interval_blocks: blocks }: PowParameters): number =>
  block_interval_s * 1e6 * Math.min(blocks / (blocks - 2), 4);
