// What both engines need to know of a cell of proof of burn.
import { commonSpec } from '../../harness/simulate/chain/common.ts';
import { smallestConfirmations } from '../../harness/simulate/chain/confirmations.ts';
import { chainHorizon_us } from '../../harness/simulate/chain/horizon.ts';
import { lastingShare } from '../../harness/simulate/chain/outages.ts';
import { compactSizeBytes } from '../../harness/simulate/chain/rules.ts';
import { expectedRace, liveShare, lotteryShares } from '../../harness/simulate/chain/shares.ts';
import type { BlockSize, ChainRun, ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { merkleDigestBytes } from '../../harness/model/merkle.ts';
import { HEADER_DIGEST_BYTES, miningSeconds } from '../parts/mining.ts';
import { BurnChain } from './chain.ts';
import { burnOperations } from './operations.ts';
import type { BurnParameters } from './parameters.ts';
import { burnReversal } from './race.ts';
import { COIN } from './slimcoin.ts';

type BurnSetup = Setup<BurnParameters>;

/**
 * A header as Bitcoin's (80), then of a burn block (empty else): a flag, the hash of the burn's block and the burn hash, where the burn stands
 * (3 × 4), the effective coins (8) and the burn target (4); and the maker's signature.
 */
const SIGNATURE_BYTES = 64;
const BLOCK_BYTES = 80 + 1 + 2 * 32 + 3 * 4 + 8 + 4 + SIGNATURE_BYTES;
/** A double SHA-256 of the hashes of the burn's block, the burn and the last block. */
export const BURN_DATA_BYTES = 3 * 32;
const TRY_DIGEST_BYTES = BURN_DATA_BYTES + 32;
/** Burn blocks for a proof-of-work block where the target is balanced. */
const BURN_BLOCKS = 1 / 3;

/** Everybody's share of power and of what was burnt, and half of both: who has either takes part. */
function sharesOf(setup: BurnSetup): { power: ReturnType<typeof lotteryShares>; burnt: Float64Array; both: Float64Array } {
  const { hash_shares, burn_shares } = setup.parameters;
  const power = lotteryShares(setup, hash_shares);
  const burns = lotteryShares(setup, burn_shares).shares;
  return { power, burnt: burns, both: burns.map((share, node) => (share + power.shares[node]) / 2) };
}

export function burnSpec(setup: BurnSetup): ChainSpec & { readonly chain: BurnChain } {
  const { parameters: p, cell, faults } = setup;
  const { power, burnt, both } = sharesOf(setup);
  const live = liveShare(faults);
  const { q } = expectedRace(setup, p.adversary_share);
  const race = { q, honest: (1 - q) * BURN_BLOCKS, adversary: q * BURN_BLOCKS };
  const confirmations = smallestConfirmations(cell.risk, (zMax) => burnReversal(race, zMax));
  const { bytes, per_decision } = cell.transactions;
  const sizeOf = (transactions: number): BlockSize => {
    const tree = transactions === 0 ? 0 : merkleDigestBytes(transactions, bytes);
    return {
      bytes: BLOCK_BYTES + compactSizeBytes(transactions) + transactions * bytes,
      validate_ns: cell.node.hash_ns_per_byte * (HEADER_DIGEST_BYTES + TRY_DIGEST_BYTES + tree) + cell.node.verify_ns,
      madeDigest_bytes: TRY_DIGEST_BYTES + tree,
      checkedDigest_bytes: HEADER_DIGEST_BYTES + TRY_DIGEST_BYTES + tree,
    };
  };
  const full = sizeOf(per_decision);
  const common = commonSpec(setup, p, { ...power, shares: both }, { confirmations, q, rho: q / (1 - q) }, sizeOf);
  const mined_s = miningSeconds(common, power, live);
  const interval_us = p.block_interval_s * 1e6;
  const chain = new BurnChain({
    seed: cell.seed,
    interval_us,
    power: power.shares,
    burnt: burnt.map((share) => Math.round(share * p.burnt_coins * COIN)),
    live,
    span: common.faultSpan,
    age_blocks: p.burn_age_blocks,
    delay_us: Math.max(1, Math.round(1000 * p.burn_delay_ms)),
  });
  return {
    ...common,
    chain,
    lottery: {
      kind: 'timers',
      interval_us: interval_us / (1 + BURN_BLOCKS),
      at_us: (blocks, tip, participant, since_us) => chain.at_us(blocks, tip, participant, since_us),
    },
    // Every block is signed. Whoever has one hashes the data of one burn: of its own on a proof-of-work block, of its maker's on a burn block.
    counts: ({ stop_us, receptions, found }) => ({
      mining_node_s: mined_s(stop_us),
      signs: found,
      verifies: receptions,
      verifies_single: receptions,
      digest_bytes: receptions * full.checkedDigest_bytes + found * full.madeDigest_bytes,
    }),
    observe: (_, run) => observations(chain, run),
    operations: (history) => burnOperations(setup, history, chain),
  };
}

function observations(chain: BurnChain, { blocks, main, orphanArrivals }: ChainRun): Record<string, number> {
  const burns = main.filter((block) => block !== 0 && chain.isBurn(blocks, block)).length;
  return { orphan_arrivals: orphanArrivals, burn_blocks_share: burns / (main.length - 1) };
}

/** Burn blocks come on top: what is waited for is proof of work. */
export function burnHorizon_us(setup: Omit<BurnSetup, 'horizon_us'>): number {
  const whole = { ...setup, horizon_us: Infinity };
  const spec = burnSpec(whole);
  const { power } = sharesOf(whole);
  const mining = lastingShare({ shares: power.shares, faults: spec.faults });
  return chainHorizon_us(setup, spec, (live) => (setup.parameters.block_interval_s * 1e6) / Math.min(live, mining || 1));
}
