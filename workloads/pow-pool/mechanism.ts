// What both engines need to know of a cell of pooled mining.
import { chainHorizon_us, spread_us } from '../../harness/simulate/chain/horizon.ts';
import { othersOf } from '../../harness/simulate/chain/pool-rules.ts';
import type { ChainSpec, Pool } from '../../harness/simulate/chain/spec.ts';
import { faultCount } from '../../harness/simulate/core/faults.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { branchDigestBytes, merkleDigestBytes } from '../../harness/model/merkle.ts';
import { HEADER_DIGEST_BYTES } from '../parts/mining.ts';
import { powSpec, slowestGap_us } from '../parts/proof-of-work.ts';
import { guestOf } from './guests.ts';
import { poolObservations } from './observations.ts';
import { poolOperations } from './operations.ts';
import type { PoolParameters } from './parameters.ts';
import type { PayoutRules } from './payouts.ts';

export type PoolSetup = Setup<PoolParameters>;

/** Stratum V2, "Mining protocol", sections 5.3.11 to 5.3.17, each in a frame with a header of 6 bytes, without encryption. */
const FRAME_BYTES = 6;
/** NewMiningJob of a standard channel (channel, job, absent time, version, Merkle root) and SetNewPrevHash (channel, job, hash, time, bits). */
export const JOB_BYTES = FRAME_BYTES + (4 + 4 + 1 + 4 + 32) + FRAME_BYTES + (4 + 4 + 32 + 4 + 4);
/** SubmitSharesStandard: channel, sequence, job, nonce, time, version. */
export const SHARE_BYTES = FRAME_BYTES + 6 * 4;
/** SubmitShares.Success (channel, sequence, count, sum), for each share alone; SubmitShares.Error with the code "stale-share" is as long. */
export const ANSWER_BYTES = FRAME_BYTES + (4 + 4 + 4 + 8);

/** How many nodes mine in the pool, node 0 first. */
export function poolNodes(pool_share: number, nodes: number): number {
  return pool_share === 0 ? 0 : Math.max(1, faultCount(pool_share, nodes));
}

export function payoutRules({ share_difficulty_ratio, pool_fee, pplns_window_blocks }: PoolParameters): PayoutRules {
  return {
    blocksPerShare: share_difficulty_ratio,
    fee: pool_fee,
    window_shares: Math.max(1, Math.round(pplns_window_blocks / share_difficulty_ratio)),
  };
}

export function poolSpec(setup: PoolSetup): ChainSpec {
  const { parameters: p, cell, nodes, faults } = setup;
  const { bytes, per_decision } = cell.transactions;
  const spec = powSpec(setup);
  const size = poolNodes(p.pool_share, nodes);
  const observe = poolObservations(spec.observe, payoutRules(p), p.income_period_blocks * p.block_interval_s * 1e6);
  const guest = guestOf(faults.kind, nodes, p.hopping_threshold / p.share_difficulty_ratio);
  // Who hops or withholds makes blocks like everybody's, and is no adversary of the chain.
  const own: ChainSpec = guest === null ? spec : { ...spec, adversary: null, attacks: 0 };
  if (size === 0) return { ...own, observe };
  const members = Uint8Array.from({ length: spec.participants }, (_, node) => (node < size && spec.shares[node] > 0 ? 1 : 0));
  const pool: Pool = {
    members,
    guest,
    jobBytes: JOB_BYTES,
    shareBytes: SHARE_BYTES,
    answerBytes: ANSWER_BYTES,
    // The tree of a block with the operator's own first transaction, and each other member's root with its branch.
    jobCounts: {
      digest_bytes: merkleDigestBytes(per_decision, bytes) + othersOf({ members, guest }).length * branchDigestBytes(per_decision, bytes),
    },
    shareCounts: { digest_bytes: HEADER_DIGEST_BYTES },
  };
  if (spec.lottery.kind !== 'clock') throw new RangeError(`a pool over a lottery of kind ${spec.lottery.kind}; accepted: clock`);
  return {
    ...own,
    lottery: { ...spec.lottery, blocksPerCandidate: p.share_difficulty_ratio },
    pool,
    observe,
    operations: (history) => poolOperations(setup, history, pool),
  };
}

/** A withholder's power finds nothing that is published, and a job comes to the members after the block that it is on. */
export function poolHorizon_us(setup: Omit<PoolSetup, 'horizon_us'>): number {
  const { parameters: p, faults } = setup;
  const spec = poolSpec({ ...setup, horizon_us: Infinity });
  const kept = faults.kind === 'block-withholding' && faults.until_us === Infinity && p.pool_share > 0 ? faults.ratio : 0;
  return chainHorizon_us(setup, spec, (live) => slowestGap_us(p) / (live * (kept < 1 ? 1 - kept : 1)) + spread_us(setup, spec));
}
