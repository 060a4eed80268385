// What proof of work mines, and for how long: headers as Bitcoin's, the seconds of those who mine, and parameters of both.
import { z } from 'zod';
import { Outages } from '../../harness/simulate/chain/outages.ts';
import type { ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { LotteryShares } from '../../harness/simulate/chain/shares.ts';
import { EngineLimit } from '../../harness/simulate/core/contract.ts';
import { merkleTree } from '../../harness/model/merkle.ts';
import { compactOf, targetOfTrials } from '../../harness/simulate/core/target.ts';
import type { BlockInfo, ChainHistory } from '../../harness/simulate/chain/spec.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';

export const HEADER_BYTES = 80;
/** Double SHA-256 of a header: of its bytes, and of the first hash. */
export const HEADER_DIGEST_BYTES = HEADER_BYTES + 32;
export const NO_HASH = new Uint8Array(32);

export const retargetInterval = z
  .int()
  .min(3)
  .max(1_000_000)
  .default(2016)
  .describe('blocks between adjustments of difficulty; measured over one interval less, as Bitcoin does, and clamped to a factor of 4');

/** `of`: what is searched for. */
export const measuredHashes = (of: string) =>
  z
    .int()
    .min(1)
    .max(1_099_511_627_776)
    .default(4_194_304)
    .describe(`expected trials ${of} that a measured cell does`)
    .meta({ effort: true });

/**
 * Bitcoin's header: version, previous block, Merkle root (or what the mechanism commits to), time, bits, nonce; integers little-endian. The
 * nonce is to be found.
 */
export function headerOf(fields: { bits: number; found_us: number; previous: Uint8Array; root: Uint8Array }): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 0x20000000, true);
  bytes.set(fields.previous, 4);
  bytes.set(fields.root, 36);
  view.setUint32(68, Math.floor(fields.found_us / 1e6) % 0x100000000, true);
  view.setUint32(72, fields.bits, true);
  return bytes;
}

/** Of the genesis block, which nobody mined. */
export function genesisHashOf(bits: number, found_us: number, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  return sha256(sha256(headerOf({ bits, found_us, previous: NO_HASH, root: NO_HASH })));
}

/**
 * The Merkle root of a block of a measured cell.
 * @throws EngineLimit where equal transactions stand side by side, which makes a block invalid
 */
export function rootOf(transactions: Uint8Array, transaction_bytes: number, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const { root, mutated } = merkleTree(transactions, transaction_bytes, sha256);
  if (mutated)
    throw new EngineLimit(
      `a measured cell whose blocks hold equal transactions side by side, which makes them invalid: ask for more than ${transaction_bytes} bytes a transaction`,
    );
  return root;
}

/** What proof of work does for its blocks in a measured cell: all at a target of so many expected trials. */
export class MinedBlocks {
  private readonly setup: Pick<Setup, 'cell' | 'kernels'>;
  private readonly bits: number;
  private readonly genesis: number;
  private readonly genesisHash: Uint8Array;

  constructor(setup: Pick<Setup, 'cell' | 'kernels'>, { blocks: [genesis] }: ChainHistory, trials: number) {
    this.setup = setup;
    this.bits = compactOf(targetOfTrials(trials));
    this.genesis = genesis.number;
    this.genesisHash = genesisHashOf(this.bits, genesis.found_us, setup.kernels.sha256);
  }

  /** The search of a header on a block, for what goes by this number. */
  search(
    number: number,
    parent: number,
    { found_us, root }: { found_us: number; root: Uint8Array },
  ): Extract<Operation, { kind: 'search' }> {
    const first = parent === this.genesis;
    const header = headerOf({ bits: this.bits, found_us, previous: first ? this.genesisHash : NO_HASH, root });
    return { kind: 'search', block: number, parent: first ? null : parent, header };
  }

  /** The block's tree and its header to be mined, and at every receiver of a published one both checked again. */
  operations({ number, parent, found_us, receivers }: BlockInfo, transactions: Uint8Array): Operation[] {
    const { cell, kernels } = this.setup;
    const transaction_bytes = cell.transactions.bytes;
    const root = rootOf(transactions, transaction_bytes, kernels.sha256);
    const merkle = { kind: 'merkle', transactions, transaction_bytes, root } as const;
    const list: Operation[] = [merkle, this.search(number, parent, { found_us, root })];
    for (let receiver = 0; receiver < receivers; receiver++) list.push({ kind: 'header', block: number }, merkle);
    return list;
  }
}

/**
 * Seconds of mining until `stop_us`, all nodes together. Who has no share has no miner: the total rate is that of the nodes with one, and
 * an adversary's share adds none to it. `live`: the share of all power that is left in the span of a loss of power.
 */
export function miningSeconds(
  { faults, faultSpan }: Pick<ChainSpec, 'faults' | 'faultSpan'>,
  { shares, holders }: LotteryShares,
  live: number,
): (stop_us: number) => number {
  const outages = new Outages(faults);
  return (stop_us) => {
    const overlap_us = Math.max(0, Math.min(stop_us, faultSpan.until_us) - faultSpan.from_us);
    // Who holds nothing does not mine anyway.
    const down_us = outages.any ? shares.reduce((sum, share, node) => sum + (share > 0 ? outages.down_us(node, stop_us) : 0), 0) : 0;
    return (holders * (stop_us - overlap_us * (1 - live)) - down_us) / 1e6;
  };
}
