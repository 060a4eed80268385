// What both engines need to know of a cell of proof of activity.
import { PUBLISH } from '../../harness/simulate/chain/adversary.ts';
import { commonSpec } from '../../harness/simulate/chain/common.ts';
import { powReversal, smallestConfirmations } from '../../harness/simulate/chain/confirmations.ts';
import { continuousRules } from '../../harness/simulate/chain/difficulty.ts';
import { chainHorizon_us, spread_us } from '../../harness/simulate/chain/horizon.ts';
import { lastingShare } from '../../harness/simulate/chain/outages.ts';
import { compactSizeBytes } from '../../harness/simulate/chain/rules.ts';
import { expectedRace, liveShare, lotteryShares } from '../../harness/simulate/chain/shares.ts';
import type { BlockSize, ChainRun, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { merkleDigestBytes } from '../../harness/model/merkle.ts';
import { HEADER_BYTES, miningSeconds } from '../parts/mining.ts';
import { activityOperations } from './operations.ts';
import { headerInterval_s, type ActivityParameters } from './parameters.ts';
import { effectiveShare, integerPower } from './race.ts';
import { Rounds, SIGNATURE_BYTES } from './rounds.ts';
import { Satoshi } from './stakeholders.ts';

type ActivitySetup = Setup<ActivityParameters>;

/** Everybody's share of all stake, nodes first. */
function stakesOf({ parameters: { stakes, adversary_stake }, nodes, cell, faults }: ActivitySetup): Float64Array {
  const { ratio } = faults;
  const own = adversary_stake === 'auto' ? ratio : adversary_stake;
  return lotteryShares({ nodes, cell, faults: faults.kind === 'double-spend' ? { ...faults, ratio: own } : faults }, stakes).shares;
}

/** The adversary's share of whole blocks against which confirmations are chosen. */
function raceShare(setup: ActivitySetup): number {
  const { adversary_share, adversary_stake, online_share, stakeholders } = setup.parameters;
  const { adversary, honest } = expectedRace(setup, adversary_share);
  const stake = adversary_stake === 'auto' ? adversary : adversary_stake;
  // Who loses power, or is down, loses as much of its stake.
  const left = adversary < 1 ? honest / (1 - adversary) : 0;
  return effectiveShare(
    { hash: { adversary, honest }, stake: { adversary: stake, honest: online_share * (1 - stake) * left } },
    stakeholders,
  );
}

export function activitySpec(setup: ActivitySetup): ChainSpec {
  const { parameters: p, cell, faults } = setup;
  const { stakeholders } = p;
  const lottery = lotteryShares(setup, p.hash_shares);
  const live = liveShare(faults);
  const q = raceShare(setup);
  const confirmations = smallestConfirmations(cell.risk, (zMax) => powReversal(q, zMax));
  const { bytes, per_decision } = cell.transactions;
  const others_bytes = 64 * (stakeholders - 1);
  const sizeOf = (transactions: number): BlockSize => {
    const digest_bytes = (transactions === 0 ? 0 : merkleDigestBytes(transactions, bytes)) + others_bytes;
    return {
      bytes: HEADER_BYTES + stakeholders * SIGNATURE_BYTES + compactSizeBytes(transactions) + transactions * bytes,
      validate_ns: cell.node.hash_ns_per_byte * digest_bytes + cell.node.verify_ns,
      madeDigest_bytes: digest_bytes,
      checkedDigest_bytes: digest_bytes,
    };
  };
  const full = sizeOf(per_decision);
  const common = commonSpec(setup, p, lottery, { confirmations, q, rho: q / (1 - q) }, sizeOf);
  const mined_s = miningSeconds(common, lottery, live);
  const satoshi = Satoshi.ofShares(stakesOf(setup));
  const stake = { satoshi, online: p.online_share, onlineInSpan: p.online_share * live, stakeholders };
  const rounds = new Rounds(setup, { ...common, attacks: common.adversary !== null && common.strategy !== PUBLISH }, stake);
  return {
    ...common,
    lottery: {
      kind: 'clock',
      interval_us: headerInterval_s(p) * 1e6,
      retarget_blocks: p.retarget_interval_blocks,
      // Headers are found, and whole blocks are on the chain: these are what a period's time is measured by.
      difficulty: continuousRules(p.block_interval_s * 1e6, p.retarget_interval_blocks),
      power: lottery.shares,
      live,
    },
    stages: (blocks, block) => rounds.stages(blocks, block),
    completes: integerPower(p.online_share, stakeholders),
    // A node checks each of the N signatures once: N - 1 when they come by themselves, and the last with the block.
    counts: ({ stop_us, complete, receptions }) => ({
      mining_node_s: mined_s(stop_us),
      signs: 0,
      verifies: receptions,
      verifies_single: receptions,
      digest_bytes: receptions * full.checkedDigest_bytes + complete * full.madeDigest_bytes,
    }),
    observe: (_, run) => observations(run),
    operations: (history) => activityOperations(setup, history, rounds),
  };
}

function observations({ totals, orphanArrivals }: ChainRun): Record<string, number> {
  const { found, complete } = totals;
  return { orphan_arrivals: orphanArrivals, ...(complete === 0 ? {} : { headers_per_block: found / complete }) };
}

/** Of the headers that `live` of the power finds those become blocks whose stakeholders are left too, and sign. */
export function activityHorizon_us(setup: Omit<ActivitySetup, 'horizon_us'>): number {
  const { parameters: p, faults } = setup;
  const whole = { ...setup, horizon_us: Infinity };
  const spec = activitySpec(whole);
  const stakes = stakesOf(whole);
  const { adversary } = spec;
  const lasts = faults.until_us === Infinity;
  let signing = lastingShare({ shares: stakes, faults: spec.faults });
  if (lasts && faults.kind === 'power-loss') signing *= 1 - faults.ratio;
  let mining = 1;
  if (adversary !== null) {
    signing *= 1 - stakes[adversary];
    mining -= spec.shares[adversary];
  }
  const completed = integerPower(signing, p.stakeholders) * mining || 1;
  const { retarget_interval_blocks: blocks } = p;
  const difficulty = Math.min(blocks / (blocks - 2), 4);
  // Nobody mines on a block while the header and the signatures go round.
  const rounds_us = 2 * spread_us(setup, spec);
  return chainHorizon_us(setup, spec, (live) => (p.block_interval_s * 1e6 * difficulty) / (live * completed) + rounds_us);
}
