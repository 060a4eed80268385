// Proof of work as Bitcoin does it: S. Nakamoto, "Bitcoin: a peer-to-peer electronic cash system", 2008, sections 4, 5
// and 11. The rules in full: docs/chains.md.
import { z } from 'zod';
import { chainParameters, scheduleProblems, sharesParameter, sharesProblems } from '../harness/simulate/chain/parameters.ts';
import { commonSpec, expectedChainEvents } from '../harness/simulate/chain/common.ts';
import { blockTransactions, blocksByHeight, checkMeasurable } from '../harness/simulate/chain/history.ts';
import { chainHorizon_us } from '../harness/simulate/chain/horizon.ts';
import { compactSizeBytes } from '../harness/simulate/chain/rules.ts';
import type { BlockSize, ChainHistory, ChainSpec } from '../harness/simulate/chain/spec.ts';
import { runChainUnderLoad } from '../harness/simulate/chain/run.ts';
import { runChainMessages } from '../harness/simulate/chain/messages.ts';
import { Outages } from '../harness/simulate/chain/outages.ts';
import { powReversal, smallestConfirmations } from '../harness/simulate/chain/confirmations.ts';
import { merkleDigestBytes, merkleRoot } from '../harness/model/merkle.ts';
import { hardwareParameters, hardwareProblems, miningHardware } from '../harness/simulate/chain/mining-hardware.ts';
import { expectedRace, lotteryShares } from '../harness/simulate/chain/shares.ts';
import { compactOf, targetOfTrials } from '../harness/simulate/core/target.ts';
import type { Setup, Workload } from '../harness/simulate/core/contract.ts';
import type { Operation } from '../harness/model/outcome.ts';

const parameters = z.strictObject({
  block_interval_s: z.number().min(0.001).max(86_400).default(600).describe('mean time between blocks at difficulty 1 with all power live'),
  retarget_interval_blocks: z
    .int()
    .min(3)
    .max(1_000_000)
    .default(2016)
    .describe('blocks between adjustments of difficulty; measured over one interval less, as Bitcoin does, and clamped to a factor of 4'),
  hash_shares: sharesParameter,
  ...chainParameters,
  ...hardwareParameters,
  measured_hashes_per_block: z
    .int()
    .min(1)
    .max(1_099_511_627_776)
    .default(4_194_304)
    .describe('expected trials a block that a measured cell does')
    .meta({ effort: true }),
});
export type PowParameters = z.infer<typeof parameters>;

const HEADER_BYTES = 80;
/** Double SHA-256 of a header: of its bytes, and of the first hash. */
const HEADER_DIGEST_BYTES = HEADER_BYTES + 32;

/** What every engine needs to know of a cell. */
export function powSpec(setup: Setup<PowParameters>): ChainSpec {
  const { parameters: p, cell, faults } = setup;
  const lottery = lotteryShares(setup, p.hash_shares);
  const live = faults.kind === 'power-loss' ? 1 - faults.ratio : 1;
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
  const { faultSpan } = common;
  const outages = new Outages(common.faults);
  // Who holds nothing does not mine anyway.
  const down_us = (before_us: number): number =>
    outages.any ? lottery.shares.reduce((sum, share, node) => sum + (share > 0 ? outages.down_us(node, before_us) : 0), 0) : 0;
  return {
    ...common,
    lottery: {
      kind: 'clock',
      interval_us: p.block_interval_s * 1e6,
      retarget_blocks: p.retarget_interval_blocks,
      power: lottery.shares,
      live,
    },
    counts: ({ stop_us, receptions, found }) => {
      const overlap_us = Math.max(0, Math.min(stop_us, faultSpan.until_us) - faultSpan.from_us);
      return {
        // Who has no share has no miner: the total rate is that of the nodes with one. An adversary's share adds none to it.
        mining_node_s: (lottery.holders * (stop_us - overlap_us * (1 - live)) - down_us(stop_us)) / 1e6,
        // A finder's hashes of its header are mining.
        digest_bytes: receptions * full.checkedDigest_bytes + found * full.madeDigest_bytes,
      };
    },
    operations: (history) => operations(setup, history),
  };
}

/** Of each block: its tree and its header to be mined, and at every receiver of a published one both checked again. */
function operations(setup: Setup<PowParameters>, history: ChainHistory): Operation[][] {
  checkMeasurable(history.totals);
  const { bytes: transaction_bytes } = setup.cell.transactions;
  const { sha256 } = setup.kernels;
  const bits = compactOf(targetOfTrials(setup.parameters.measured_hashes_per_block));
  const [genesis] = history.blocks;
  const genesisHash = sha256(sha256(header({ bits, found_us: genesis.found_us, previous: NO_HASH, root: NO_HASH })));
  return blocksByHeight(history).map((found) => {
    const list: Operation[] = [];
    for (const { number: block, parent, found_us, receivers } of found) {
      const transactions = blockTransactions(setup, block);
      const root = merkleRoot(transactions, transaction_bytes, sha256);
      const merkle = { kind: 'merkle', transactions, transaction_bytes, root } as const;
      const first = parent === genesis.number;
      const mined = header({ bits, found_us, previous: first ? genesisHash : NO_HASH, root });
      list.push(merkle, { kind: 'search', block, parent: first ? null : parent, header: mined });
      for (let receiver = 0; receiver < receivers; receiver++) list.push({ kind: 'header', block }, merkle);
    }
    return list;
  });
}

const NO_HASH = new Uint8Array(32);

/** Bitcoin's header: version, previous block, Merkle root, time, bits, nonce; integers little-endian. The nonce is to be found. */
function header(fields: { bits: number; found_us: number; previous: Uint8Array; root: Uint8Array }): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 0x20000000, true);
  bytes.set(fields.previous, 4);
  bytes.set(fields.root, 36);
  view.setUint32(68, Math.floor(fields.found_us / 1e6) % 0x100000000, true);
  view.setUint32(72, fields.bits, true);
  return bytes;
}

const workload: Workload<PowParameters> = {
  id: 'pow',
  revision: 2,
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
  problems: (cell) => [
    ...sharesProblems<PowParameters>('hash_shares')(cell),
    ...scheduleProblems(cell),
    ...hardwareProblems(cell.parameters),
  ],
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'power-loss', 'double-spend', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 100_000 },
  bound: {
    claim: 'secure while honest nodes collectively control more computing power than any cooperating group of attackers',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['power-loss', 'double-spend'],
  expectedEvents: expectedChainEvents,
  engines: {
    chain: (setup) => runChainUnderLoad(setup, powSpec(setup)),
    messages: (setup) => runChainMessages(setup, powSpec(setup)),
  },
  horizon:
    'twice the time in which the blocks that the run needs come but for a chance of 2 in 10^9, each with its spread (a message as slow as one in a million is, lost tries included), after the end of every fault',
  horizon_us: (setup) => {
    const { block_interval_s, retarget_interval_blocks: blocks } = setup.parameters;
    // Of N blocks' time a period measures N - 1 gaps, whose inverse has the mean 1/(N - 2); adjustments are clamped to 4.
    const difficulty = Math.min(blocks / (blocks - 2), 4);
    const spec = powSpec({ ...setup, horizon_us: Infinity });
    return chainHorizon_us(setup, spec, (live) => (block_interval_s * 1e6 * difficulty) / live);
  },
  miningHardware,
};
export default workload;
