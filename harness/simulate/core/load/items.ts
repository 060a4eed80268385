// What clients submit, as columns: under a closed load an item is a full batch of transactions, under any other one transaction.
import { grown } from '../grown.ts';

/** Numbers of items from 1 on. */
export class Items {
  count = 0;
  /** Transactions of each item. */
  readonly transactions: number;
  submitted_us = new Float64Array(1024);
  client = new Uint16Array(1024);
  /** 0 while it waits, REJECTED, or the moment when its client accepted it (at least 1). */
  accepted_us = new Float64Array(1024);
  /** The sequence number at which it was first executed, and the batch in which it was; 0: not yet. */
  executedAt = new Int32Array(1024);
  batch = new Int32Array(1024);
  /** The last batch that it was cut into; 0: none. */
  cut = new Int32Array(1024);

  constructor(transactions: number) {
    this.transactions = transactions;
  }

  add(client: number, at_us: number): number {
    const item = ++this.count;
    if (item === this.submitted_us.length) this.#grow();
    this.submitted_us[item] = at_us;
    this.client[item] = client;
    return item;
  }

  isWaiting(item: number): boolean {
    return this.accepted_us[item] === 0;
  }

  #grow(): void {
    this.submitted_us = grown(this.submitted_us);
    this.client = grown(this.client);
    this.accepted_us = grown(this.accepted_us);
    this.executedAt = grown(this.executedAt);
    this.batch = grown(this.batch);
    this.cut = grown(this.cut);
  }
}

export const REJECTED = -1;

/** Items that are agreed on together. Numbered from 1 on; under a closed load as its one item. */
export interface Batch {
  readonly id: number;
  readonly items: readonly number[];
  readonly transactions: number;
  /** Of the transactions. */
  readonly bytes: number;
}
