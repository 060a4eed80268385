// Which clients' signatures each node has checked: every one once, those of one batch that are new to it together.
import { grown } from '../../core/grown.ts';
import type { Batch, Items } from '../../core/load/items.ts';
import type { OperationLog } from '../../core/operations.ts';
import { checkSignatures_ns } from '../../core/certificates.ts';
import type { Cell } from '../../../model/cell.ts';

export class ClientSignatures {
  readonly #cell: Pick<Cell, 'node' | 'transactions'>;
  readonly #items: Items;
  readonly #log: OperationLog;
  /** By node and item: 1 where it was checked. A node that went down has persisted the batches that it accepted, and does not check them again. */
  readonly #checked: Uint8Array[] = [];
  /** The mechanism has asked for a check. */
  used = false;

  constructor(cell: Pick<Cell, 'node' | 'transactions'>, items: Items, log: OperationLog) {
    this.#cell = cell;
    this.#items = items;
    this.#log = log;
  }

  /** Checks what of the batch is new to the node, and counts that. Returns how long it takes, nanoseconds. */
  check(node: number, batch: Batch, encode: () => Uint8Array): number {
    const { node: profile, transactions } = this.#cell;
    this.used = true;
    if (transactions.signed !== true) return 0;
    let checked = (this.#checked[node] ??= new Uint8Array(1024));
    let fresh = 0;
    for (const item of batch.items) {
      if (item >= checked.length) this.#checked[node] = checked = grown(checked, 2 * item);
      if (checked[item] === 1) continue;
      checked[item] = 1;
      fresh += this.#items.transactions;
    }
    if (fresh === 0) return 0;
    this.#log.checkTransactions(fresh, 1, () => ({
      kind: 'transactions',
      transactions: encode(),
      transaction_bytes: transactions.bytes,
    }));
    return checkSignatures_ns(profile, fresh);
  }
}
