// A node's mempool, and the cutter of batches.
import { grown } from '../../core/grown.ts';
import type { Batch, Items } from '../../core/load/items.ts';

/** What cuts a batch. */
export interface CutRules {
  /** Items of a full batch: fewer transactions than that, where their bytes come first. */
  readonly items: number;
  /** How long the oldest item waits for a full batch; 0: a batch is cut whenever an item waits. */
  readonly timeout_us: number;
  /** Items that the pool holds. */
  readonly limit: number;
}

/** What all pools of a run share. */
export interface Batches {
  readonly items: Items;
  readonly rules: CutRules;
  make(items: readonly number[]): Batch;
}

/**
 * What a node knows of and has not executed: items that wait to be proposed, first come first served, and batches under way. A node
 * that takes over as leader calls `restart`, and proposes anew what the new view does not carry on.
 */
export class Pool {
  readonly #batches: Batches;
  /** Waiting items from `#head` on, with the times at which they came. */
  #waiting: number[] = [];
  #came_us: number[] = [];
  #head = 0;
  /** By item: 1 where it waits here. Grown as items come: nodes that no client asks have none (a set took three times as long). */
  #waits = new Uint8Array(0);
  readonly #underWay = new Map<number, Batch>();
  /** The highest sequence number that this node has executed. */
  #executed = 0;
  /** The most that waited at a time, items. */
  largest = 0;

  constructor(batches: Batches) {
    this.#batches = batches;
  }

  /** Items that wait to be proposed. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }
  /** Nothing that this node knows of is left to be executed. */
  get isEmpty(): boolean {
    return this.waiting === 0 && this.#underWay.size === 0;
  }

  /** Has the node executed the item? */
  isExecuted(item: number): boolean {
    const sequence = this.#batches.items.executedAt[item];
    return sequence > 0 && sequence <= this.#executed;
  }

  #isWaiting(item: number): boolean {
    return item < this.#waits.length && this.#waits[item] === 1;
  }
  #isKnown(item: number): boolean {
    return this.#isWaiting(item) || this.#underWay.has(this.#batches.items.cut[item]);
  }
  #wait(item: number): void {
    if (item >= this.#waits.length) this.#waits = grown(this.#waits, 2 * item + 1024);
    this.#waits[item] = 1;
  }

  /** Takes in items that the node did not know; those that find it full are appended to `rejected`. Returns whether there was one. */
  add(items: readonly number[], now_us: number, rejected: number[] | null = null): boolean {
    let fresh = false;
    for (const item of items) {
      if (this.#isKnown(item) || this.isExecuted(item)) continue;
      if (this.waiting >= this.#batches.rules.limit) {
        rejected?.push(item);
        continue;
      }
      fresh = true;
      this.#wait(item);
      this.#waiting.push(item);
      this.#came_us.push(now_us);
    }
    this.largest = Math.max(this.largest, this.waiting);
    return fresh;
  }

  /** When a batch can be cut, whatever else comes; Infinity: nothing waits. */
  get ready_us(): number {
    const { items, timeout_us } = this.#batches.rules;
    if (this.waiting === 0) return Infinity;
    return this.waiting >= items ? 0 : this.#came_us[this.#head] + timeout_us;
  }

  /** Cuts a batch, which is then under way; null: none can be cut yet. */
  take(now_us: number): Batch | null {
    if (this.ready_us > now_us) return null;
    const count = Math.min(this.#batches.rules.items, this.waiting);
    const items = this.#waiting.slice(this.#head, this.#head + count);
    for (const item of items) this.#waits[item] = 0;
    const batch = this.#batches.make(items);
    this.#drop(count);
    this.#underWay.set(batch.id, batch);
    return batch;
  }

  #drop(count: number): void {
    this.#head += count;
    if (this.#head < 4096 || 2 * this.#head < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#came_us = this.#came_us.slice(this.#head);
    this.#head = 0;
  }

  /** Another node has proposed the batch: its items wait here no more. */
  adopt(batch: Batch): void {
    if (this.#underWay.has(batch.id)) return;
    this.#underWay.set(batch.id, batch);
    this.#forget(batch.items);
  }

  /** The node has executed the batch at this sequence number. */
  executed(batch: Batch, sequence: number): void {
    this.#executed = sequence;
    this.#underWay.delete(batch.id);
    this.#forget(batch.items);
  }

  /** The node has got the state after this sequence number from another one. */
  skippedTo(sequence: number): void {
    this.#executed = sequence;
    const done = (item: number): boolean => this.isExecuted(item);
    for (const [id, { items }] of this.#underWay) if (items.every(done)) this.#underWay.delete(id);
    this.#forget(this.#waiting.slice(this.#head).filter(done));
  }

  /** These wait no more. */
  #forget(items: readonly number[]): void {
    if (this.waiting === 0 || !items.some((item) => this.#isWaiting(item))) return;
    for (const item of items) if (this.#isWaiting(item)) this.#waits[item] = 0;
    const waiting: number[] = [];
    const came_us: number[] = [];
    for (let at = this.#head; at < this.#waiting.length; at++) {
      if (this.#waits[this.#waiting[at]] === 0) continue;
      waiting.push(this.#waiting[at]);
      came_us.push(this.#came_us[at]);
    }
    this.#waiting = waiting;
    this.#came_us = came_us;
    this.#head = 0;
  }

  /** A view begins that carries on these batches: the items of the others wait again, in the order of their numbers. */
  restart(carriedOn: ReadonlySet<number>, now_us: number): void {
    const again: number[] = [];
    for (const [id, batch] of this.#underWay) {
      if (carriedOn.has(id)) continue;
      this.#underWay.delete(id);
      for (const item of batch.items) if (!this.#isWaiting(item) && !this.isExecuted(item)) again.push(item);
    }
    if (again.length === 0) return;
    for (const item of again) this.#wait(item);
    const waiting = [...again, ...this.#waiting.slice(this.#head)].sort((x, y) => x - y);
    this.#waiting = waiting;
    this.#came_us = waiting.map(() => now_us);
    this.#head = 0;
  }
}
