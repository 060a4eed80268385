// What the digests of a measured cell are taken of: batches and results. A mechanism with states of its own adds them.
import { concat } from '../../harness/simulate/core/bytes.ts';
import { PURPOSE, drawKey } from '../../harness/simulate/core/draws.ts';
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { transactionBytes } from '../../harness/simulate/core/transactions.ts';
import { DIGEST_BYTES, NULL_DIGEST, digestOf, otherDigest, timestampOf } from './messages.ts';

/** Contents as bytes; each made and hashed once, however many nodes use it. */
export class Contents {
  readonly #setup: Pick<Setup, 'cell' | 'kernels'>;
  readonly #batches = new Map<number, Uint8Array>();
  readonly #digests = new Map<Uint8Array, Uint8Array>();

  constructor(setup: Pick<Setup, 'cell' | 'kernels'>) {
    this.#setup = setup;
  }

  /** The transactions of a batch, one after another; the null request has none. */
  batch(digest: number): Uint8Array {
    let batch = this.#batches.get(digest);
    if (batch === undefined) this.#batches.set(digest, (batch = this.#makeBatch(digest)));
    return batch;
  }

  #makeBatch(digest: number): Uint8Array {
    const { bytes, per_decision } = this.#setup.cell.transactions;
    if (digest === NULL_DIGEST) return new Uint8Array(0);
    if (digest !== digestOf(timestampOf(digest)) && per_decision > 1) {
      // The same transactions, the last one first; a single one has no other order, and another stands for it.
      const order = this.batch(otherDigest(digest));
      return concat(
        Array.from({ length: per_decision }, (_, i) => order.subarray(order.length - (i + 1) * bytes, order.length - i * bytes)),
      );
    }
    return transactionBytes(this.#setup, drawKey(digest, { purpose: PURPOSE.peers }));
  }

  /** What a digest of a kind of the mechanism's own is taken of. */
  protected content(kind: string, name: number): Uint8Array {
    if (kind !== 'batch') throw new RangeError(`received the digest of a ${kind}; accepted: batch, result`);
    return this.batch(name);
  }

  readonly digestOf: DigestOf = (kind, name) => {
    if (kind === 'result') {
      const result = new Uint8Array(DIGEST_BYTES);
      new DataView(result.buffer).setInt32(DIGEST_BYTES - 4, name);
      return result;
    }
    const content = this.content(kind, name);
    let digest = this.#digests.get(content);
    if (digest === undefined) this.#digests.set(content, (digest = this.#setup.kernels.sha256(content)));
    return digest;
  };
}
