// Proof of work as Bitcoin does it: S. Nakamoto, "Bitcoin: a peer-to-peer electronic cash system", 2008, sections 4, 5
// and 11. The rules in full: docs/chains.md.
import { z } from 'zod';
import { chainParameters, sharesParameter } from '../harness/simulate/chain-parameters.ts';
import { blocksByDecision, compactSizeBytes, type ChainHistory, type ChainSpec } from '../harness/simulate/chain-rules.ts';
import { runChain } from '../harness/simulate/chain.ts';
import { runChainMessages } from '../harness/simulate/chain-messages.ts';
import { powReversal, smallestConfirmations } from '../harness/simulate/confirmations.ts';
import { PURPOSE, draw32, drawKey } from '../harness/simulate/draws.ts';
import { autoGiveUpDeficit, expectedShare, lotteryShares } from '../harness/simulate/shares.ts';
import type { MiningHardware, Operation, Setup, Workload } from '../harness/simulate/types.ts';

const parameters = z.strictObject({
  block_interval_s: z.number().positive().max(86_400).default(600).describe('mean time between blocks at difficulty 1 with all power live'),
  retarget_interval_blocks: z
    .int()
    .min(3)
    .max(1_000_000)
    .default(2016)
    .describe('blocks between adjustments of difficulty; measured over one interval less, as Bitcoin does, and clamped to a factor of 4'),
  hash_shares: sharesParameter,
  ...chainParameters,
  miner: z
    .enum(['cpu', 'asic-s21'])
    .default('cpu')
    .describe('what the nodes mine with: cores of this machine, or Bitmain Antminer S21 units'),
  cores_per_node: z.int().min(1).max(1_000_000).default(1).describe('cores (or ASIC units) that mine in a node'),
  hash_rate_hs: z
    .union([z.literal('auto'), z.number().positive()])
    .default('auto')
    .describe("hashes a second of one core or unit; auto: the cost table's, or the data sheet's"),
  measured_hashes_per_block: z
    .int()
    .min(1)
    .max(1_099_511_627_776)
    .default(4_194_304)
    .describe('expected trials a block that a measured cell does'),
});
export type PowParameters = z.infer<typeof parameters>;

const HEADER_BYTES = 80;

/** Bitmain, Antminer S21 data sheet, 2023/24: 200 TH/s at 17.5 J/TH. */
const ASIC_S21 = { name: 'Bitmain Antminer S21 (2023/24)', hash_rate_hs: 200e12, joules_per_hash: 17.5e-12 } as const;

/** What every engine needs to know of a cell. */
export function powSpec(setup: Setup<PowParameters>): ChainSpec {
  const { parameters: p, cell, faults, nodes } = setup;
  const { shares, adversary } = lotteryShares(setup, p.hash_shares);
  const live = faults.kind === 'crash' ? 1 - faults.ratio : 1;
  const window = { from_us: faults.from_us, until_us: faults.until_us };
  const q = expectedShare(faults, p.adversary_share);
  const confirmations = smallestConfirmations(cell.risk, (zMax) => powReversal(q, zMax));
  const { bytes, per_decision } = cell.transactions;
  const blockBytes = HEADER_BYTES + compactSizeBytes(per_decision) + per_decision * bytes;
  return {
    lottery: { kind: 'clock', interval_us: p.block_interval_s * 1e6, retarget_blocks: p.retarget_interval_blocks, power: shares, live },
    participants: shares.length,
    adversary,
    window,
    relay: p.relay,
    peerDegree: p.peer_degree === 'all' ? Infinity : p.peer_degree,
    blockBytes,
    validate_ns: cell.node.hash_ns_per_byte * blockBytes,
    confirmations,
    merchantConfirmations: p.merchant_confirmations === 'auto' ? (confirmations ?? 6) : p.merchant_confirmations,
    giveUpDeficit_blocks: p.give_up_deficit_blocks === 'auto' ? autoGiveUpDeficit(q / (1 - q)) : p.give_up_deficit_blocks,
    counts: ({ stop_us, receptions }) => {
      const overlap_us = Math.max(0, Math.min(stop_us, window.until_us) - window.from_us);
      return { mining_node_s: (nodes * (stop_us - overlap_us * (1 - live))) / 1e6, digest_bytes: receptions * blockBytes };
    },
    operations: (history) => operations(setup, blockBytes, history),
  };
}

/** For each decision: its block's header to be mined, and a digest a receiver of each body that was found on the way. */
function operations(setup: Setup<PowParameters>, blockBytes: number, history: ChainHistory): Operation[][] {
  const { decisions, seed } = setup.cell;
  return blocksByDecision(history, decisions).map((found, index) => {
    const decision: Operation[] = [{ kind: 'search', header: header(seed, history.blocks[history.main[index + 1]]) }];
    for (const block of found) {
      if (!block.published) continue;
      const body = new Uint8Array(blockBytes);
      body.set(header(seed, block));
      fill(body.subarray(HEADER_BYTES), seed, BODY, block.number);
      for (let receiver = 1; receiver < history.totals.participants; receiver++) decision.push({ kind: 'digest', bytes: body });
    }
    return decision;
  });
}

const IDENTITY = 1;
const MERKLE_ROOT = 2;
const BODY = 3;

/** Bytes that stand for a block's data, from draws keyed by its number. */
function fill(bytes: Uint8Array, seed: number, what: number, block: number): void {
  const key = drawKey(seed, { purpose: PURPOSE.blockWinner, type: what, sequence: block });
  for (let at = 0; at < bytes.length; at++) bytes[at] = draw32(key, at) & 0xff;
}

/** Bitcoin's header: version, previous block, Merkle root, time, bits, nonce; integers little-endian. */
function header(seed: number, block: { number: number; parent: number; found_us: number }): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 0x20000000, true);
  fill(bytes.subarray(4, 36), seed, IDENTITY, block.parent);
  fill(bytes.subarray(36, 68), seed, MERKLE_ROOT, block.number);
  view.setUint32(68, Math.floor(block.found_us / 1e6) % 0x100000000, true);
  view.setUint32(72, 0x1d00ffff, true);
  return bytes;
}

const workload: Workload<PowParameters> = {
  id: 'pow',
  revision: 1,
  title: 'Proof of work (Bitcoin)',
  family: 'lottery',
  reference: {
    authors: 'S. Nakamoto',
    title: 'Bitcoin: a peer-to-peer electronic cash system',
    venue: 'bitcoin.org',
    year: 2008,
    section: 'sections 4, 5 and 11; reversal chances: M. Rosenfeld, arXiv 1402.2009',
  },
  parameters,
  faultKinds: ['crash', 'double-spend'],
  nodes: { min: 1, max: 100_000 },
  bound: {
    claim: 'secure while honest nodes collectively control more computing power than any cooperating group of attackers',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactRatio: true,
  engines: {
    chain: (setup) => runChain(setup, powSpec(setup)),
    messages: (setup) => runChainMessages(setup, powSpec(setup)),
  },
  horizon_us: (setup) => {
    const { confirmations, validate_ns } = powSpec({ ...setup, horizon_us: Infinity });
    const honest = Math.max(0.01, 1 - setup.faults.ratio);
    const block_us = (setup.parameters.block_interval_s * 1e6) / honest + 20 * setup.network.maxDelay_us + validate_ns / 1000;
    return Math.ceil(20 * block_us * (setup.cell.decisions + (confirmations ?? 1) + 10));
  },
  miningHardware: (p): MiningHardware => {
    const asic = p.miner === 'asic-s21';
    const hash_rate_hs = p.hash_rate_hs === 'auto' ? (asic ? ASIC_S21.hash_rate_hs : null) : p.hash_rate_hs;
    return {
      name: asic ? ASIC_S21.name : 'CPU',
      hash_rate_hs,
      joules_per_hash: asic ? ASIC_S21.joules_per_hash : null,
      cores_per_node: p.cores_per_node,
    };
  },
};
export default workload;
