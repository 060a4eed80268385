// Blocks, and what the digests of measured cells are taken of. A header: round u64 | period u32 | proposer u32 | the block before 32 bytes | seed
// 32 | digest of the transactions 32 = 112 bytes. Seeds are drawn for each round, as a chain of VRF outputs that nobody can bias would be.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { Contents as BatchContents } from '../parts/contents.ts';
import { NULL_DIGEST, digestOf, otherDigest, timestampOf } from '../parts/messages.ts';

export const BLOCK_HEADER_BYTES = 112;

/** A digest is 2k for block k, and 2k + 1 for the same with its transactions in another order, which a proposer of two faces makes. */
export interface Block {
  readonly digest: number;
  readonly round: number;
  /** In which it was proposed first. */
  readonly period: number;
  readonly proposer: number;
  /** The digest of the block before. */
  readonly previous: number;
  /** The batch's number; 0: it is empty. */
  readonly batch: number;
}

/** All blocks of a run. What a node has of them it knows itself. */
export class Blocks {
  readonly #blocks: Block[] = [];

  make(fields: Omit<Block, 'digest'>): Block {
    const block = { ...fields, digest: digestOf(this.#blocks.length + 1) };
    this.#blocks.push(block);
    return block;
  }
  /** That a digest names. */
  of(digest: number): Block {
    return this.#blocks[timestampOf(digest) - 1];
  }
}

export class Contents extends BatchContents {
  readonly #blocks: Blocks;
  readonly #cellSeed: number;
  readonly #made = new Map<string, Uint8Array>();

  constructor(setup: Pick<Setup, 'cell' | 'kernels'>, blocks: Blocks) {
    super(setup);
    this.#blocks = blocks;
    this.#cellSeed = setup.cell.seed;
  }

  header(digest: number): Uint8Array {
    return this.#once(`block ${digest}`, () => {
      const { round, period, proposer, previous } = this.#blocks.of(digest);
      const header = new Uint8Array(BLOCK_HEADER_BYTES);
      const data = new DataView(header.buffer);
      data.setBigUint64(0, BigInt(round));
      data.setUint32(8, period);
      data.setUint32(12, proposer);
      if (previous !== NULL_DIGEST) header.set(this.digestOf('state', previous), 16);
      header.set(this.digestOf('seed', round), 48);
      const batch = this.batchIn(digest);
      if (batch !== NULL_DIGEST) header.set(this.digestOf('batch', batch), 80);
      return header;
    });
  }
  /** The digest of a block's batch, in the block's order. */
  batchIn(digest: number): number {
    const { batch } = this.#blocks.of(digest);
    if (batch === 0) return NULL_DIGEST;
    return digest === this.#blocks.of(digest).digest ? digestOf(batch) : otherDigest(digestOf(batch));
  }

  protected override content(kind: string, name: number): Uint8Array {
    if (kind === 'state') return this.header(name);
    return kind === 'seed' ? this.#seed(name) : super.content(kind, name);
  }
  #seed(round: number): Uint8Array {
    return this.#once(`seed ${round}`, () => {
      const bytes = new Uint8Array(16);
      const data = new DataView(bytes.buffer);
      data.setBigUint64(0, BigInt(this.#cellSeed));
      data.setBigUint64(8, BigInt(round));
      return bytes;
    });
  }
  #once(name: string, make: () => Uint8Array): Uint8Array {
    let bytes = this.#made.get(name);
    if (bytes === undefined) this.#made.set(name, (bytes = make()));
    return bytes;
  }
}
