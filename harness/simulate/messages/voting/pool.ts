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
  /** What waits in some pool has changed, and with it perhaps when a batch can be cut there. */
  changed: boolean;
  /** Of a set: the same batch for the same items, whoever makes it. */
  ofSet(items: readonly number[]): Batch;
}

const NO_ITEMS = new Int32Array(0);
const NO_TIMES = new Float64Array(0);
const NO_MARKS = new Uint8Array(0);

/**
 * What a node knows of and has not executed: items that wait to be proposed, first come first served, and batches under way. A node
 * that takes over as leader calls `restart`, and proposes anew what the new view does not carry on.
 */
export class Pool {
  /** Items that wait to be proposed. */
  waiting = 0;
  /** The highest sequence number that this node has executed. */
  #executed = 0;
  /** False: none ever was. */
  #isAnyUnderWay = false;
  readonly #batches: Batches;
  /** Waiting items from `#head` to before `#end`, with the times at which they came. */
  #waiting = NO_ITEMS;
  #came_us = NO_TIMES;
  #head = 0;
  #end = 0;
  /** By item: 1 where it waits here. Grown as items come: nodes that no client asks have none (a set took three times as long). */
  #waits = NO_MARKS;
  readonly #underWay = new Map<number, Batch>();
  /** The most that waited at a time, items. */
  largest = 0;

  constructor(batches: Batches) {
    this.#batches = batches;
  }

  #changed(): void {
    this.waiting = this.#end - this.#head;
    this.#batches.changed = true;
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
    if (this.#isWaiting(item)) return true;
    const cut = this.#batches.items.cut[item];
    return cut !== 0 && this.#underWay.has(cut);
  }
  #wait(item: number): void {
    if (item >= this.#waits.length) this.#waits = grown(this.#waits, 2 * item + 1024);
    this.#waits[item] = 1;
  }

  #append(item: number, came_us: number): void {
    if (this.#end === this.#waiting.length) this.#makeRoom();
    this.#waiting[this.#end] = item;
    this.#came_us[this.#end++] = came_us;
  }
  /** Where half of it is free, that is used. */
  #makeRoom(): void {
    if (this.#head < 8 || 2 * this.#head < this.#end) {
      this.#waiting = grown(this.#waiting, 2 * this.#end + 16);
      this.#came_us = grown(this.#came_us, 2 * this.#end + 16);
      return;
    }
    this.#waiting.copyWithin(0, this.#head, this.#end);
    this.#came_us.copyWithin(0, this.#head, this.#end);
    this.#end -= this.#head;
    this.#head = 0;
  }

  /** Takes in items that the node did not know; those that find it full are appended to `rejected`. Returns whether there was one. */
  add(items: readonly number[], now_us: number, rejected: number[] | null = null): boolean {
    let fresh = false;
    this.#batches.changed = true;
    for (const item of items) {
      if (this.#isKnown(item) || this.isExecuted(item)) continue;
      if (this.waiting >= this.#batches.rules.limit) {
        rejected?.push(item);
        continue;
      }
      fresh = true;
      this.#wait(item);
      this.#append(item, now_us);
      this.waiting += 1;
    }
    this.largest = Math.max(this.largest, this.waiting);
    return fresh;
  }

  /** When a batch can be cut, whatever else comes; Infinity: nothing waits. */
  get ready_us(): number {
    if (this.waiting === 0) return Infinity;
    const { items, timeout_us } = this.#batches.rules;
    return this.waiting >= items ? 0 : this.#came_us[this.#head] + timeout_us;
  }

  /** Cuts a batch, which is then under way; null: none can be cut yet. */
  take(now_us: number): Batch | null {
    if (this.ready_us > now_us) return null;
    const count = Math.min(this.#batches.rules.items, this.waiting);
    const items = Array.from(this.#waiting.subarray(this.#head, this.#head + count));
    for (const item of items) this.#waits[item] = 0;
    const batch = this.#batches.make(items);
    this.#drop(count);
    this.#begin(batch);
    return batch;
  }

  /**
   * Of the waiting items that `skips` leaves the lowest-numbered ones, as many as a full batch has, ascending; all of them go on waiting. For
   * mechanisms in which every node proposes what it knows: nodes that know the same propose the same.
   */
  lowest(skips: (item: number) => boolean): number[] {
    const items = this.#allWaiting().filter((item) => !skips(item));
    return items.sort((x, y) => x - y).slice(0, this.#batches.rules.items);
  }
  /** The batch of just these items, ascending: one number for one set, whoever makes it. It is not under way here. */
  setOf(items: readonly number[]): Batch {
    return this.#batches.ofSet(items);
  }

  #allWaiting(): number[] {
    return Array.from(this.#waiting.subarray(this.#head, this.#end));
  }
  #drop(count: number): void {
    this.#head += count;
    this.#changed();
  }

  /** Another node has proposed the batch: its items wait here no more. */
  adopt(batch: Batch): void {
    if (this.#underWay.has(batch.id)) return;
    this.#begin(batch);
    this.#forget(batch.items);
  }
  #begin(batch: Batch): void {
    this.#underWay.set(batch.id, batch);
    this.#isAnyUnderWay = true;
  }

  /** The node has executed the batch at this sequence number. */
  executed(batch: Batch, sequence: number): void {
    this.#executed = sequence;
    if (this.#isAnyUnderWay) this.#underWay.delete(batch.id);
    this.#forget(batch.items);
  }

  /** The node has got the state after this sequence number from another one. */
  skippedTo(sequence: number): void {
    this.#executed = sequence;
    const done = (item: number): boolean => this.isExecuted(item);
    for (const [id, { items }] of this.#underWay) if (items.every(done)) this.#underWay.delete(id);
    this.#forget(this.#allWaiting().filter(done));
  }

  /** These wait no more. */
  #forget(items: readonly number[]): void {
    if (this.waiting === 0) return;
    let isAny = false;
    for (const item of items)
      if (this.#isWaiting(item)) {
        this.#waits[item] = 0;
        isAny = true;
      }
    if (!isAny) return;
    // In place: nodes that nobody lets propose do this with every batch.
    let kept = 0;
    for (let at = this.#head; at < this.#end; at++) {
      const item = this.#waiting[at];
      if (this.#waits[item] === 0) continue;
      this.#waiting[kept] = item;
      this.#came_us[kept++] = this.#came_us[at];
    }
    this.#head = 0;
    this.#end = kept;
    this.#changed();
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
    const waiting = [...again, ...this.#allWaiting()].sort((x, y) => x - y);
    this.#head = this.#end = 0;
    for (const item of waiting) this.#append(item, now_us);
    this.#changed();
  }
}
