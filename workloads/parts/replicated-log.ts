// The log of one node of a crash-tolerant mechanism: what a leader has put in order, how much of it is on this node's disk, decided and
// executed. Leaders, terms and who may say what belong to the mechanism.
//
// A leader's log only grows, and whoever agrees with it in one entry agrees in all before that (in Raft the Log Matching Property, section
// 5.3; in Zab a follower takes over its leader's history). So every node's log is the beginning of some leader's, and is kept as that:
// whose, and how far. A thousand nodes share one list.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import { NULL_DIGEST, digestOf } from './messages.ts';

export interface Entry {
  /** Of the leader that put it in order. */
  readonly term: number;
  /** null: nothing, as where a leader begins its term. */
  readonly batch: Batch | null;
}

/** A leader's log, by index; the first entry stands for the empty log and has term 0. Nobody but the leader adds to it. */
export type Entries<E extends Entry = Entry> = readonly E[];

/** Of what an entry decides. */
export const digestOfEntry = ({ batch }: Entry): number => (batch === null ? NULL_DIGEST : digestOf(batch.id));

export class ReplicatedLog<E extends Entry, M extends Message> {
  readonly #context: Pick<NodeContext<M>, 'pool' | 'holds' | 'decide'>;
  /** Its entries are those up to `last`. */
  entries: Entries<E>;
  last = 0;
  /** Entries up to there survive a crash. saved <= last. */
  saved = 0;
  /** Entries up to there are decided, and executed. committed <= last. */
  committed = 0;

  constructor(context: Pick<NodeContext<M>, 'pool' | 'holds' | 'decide'>, empty: E) {
    this.#context = context;
    this.entries = [empty];
  }

  /** -1 beyond the last entry. */
  termAt(index: number): number {
    return index > this.last ? -1 : this.entries[index].term;
  }

  /** It leads from now on, with a log of its own: what it has and has not executed it carries on, and other batches that it knows of wait again. */
  lead(now_us: number): void {
    const { pool } = this.#context;
    this.entries = this.entries.slice(0, this.last + 1);
    const carriedOn = new Set<number>();
    for (const { batch } of this.entries.slice(this.committed + 1)) {
      if (batch === null) continue;
      pool.adopt(batch);
      carriedOn.add(batch.id);
    }
    pool.restart(carriedOn, now_us);
  }
  /** It leads, and puts something in order. */
  extend(entry: E): void {
    (this.entries as E[]).push(entry);
    this.last += 1;
  }

  /**
   * Its log is `of` up to `before`, as both have found: from now on it is that up to `end`, if it was not before; what conflicts is forgotten.
   * Returns the first index that is new to it, `end` + 1 where nothing is.
   * @throws Error where something decided would be forgotten: a leader without it was elected
   */
  follow(of: Entries<E>, before: number, end: number): number {
    const known_end = Math.min(end, this.last);
    let index = before + 1;
    if (of === this.entries) index = known_end + 1;
    else while (index <= known_end && this.entries[index].term === of[index].term) index += 1;
    if (index > end) return index;
    if (index <= this.committed) throw new Error(`entry ${index} is taken back, and those up to ${this.committed} were decided`);
    this.entries = of;
    this.last = end;
    if (this.saved >= index) this.saved = index - 1;
    return index;
  }

  /** A write of the beginning of `of` up to `end` is over. Where its log is another one by now, another write is on its way. */
  wrote(of: Entries<E>, end: number): void {
    if (of !== this.entries) return;
    while (this.saved < end) this.#context.holds(digestOfEntry(of[++this.saved]));
  }

  /** After a crash: what was written last. */
  recover(of: Entries<E>, end: number): void {
    this.entries = of;
    this.last = this.saved = end;
  }

  /** Entries up to `index` are decided: executes them. `executed` is told each batch. */
  commit(index: number, executed: ((batch: Batch) => void) | null): void {
    while (this.committed < index) {
      this.committed += 1;
      const entry = this.entries[this.committed];
      const { batch } = entry;
      this.#context.decide({ sequence: this.committed, digest: digestOfEntry(entry), batch });
      if (batch !== null) executed?.(batch);
    }
  }
}
