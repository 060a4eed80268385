// The window of a run under a load: who was submitted in it, who was accepted, and how much waited.
import { BOTTLENECKS, type Bottleneck, type LoadOutcome } from '../../../model/load.ts';
import type { LoggedCounts } from '../operations.ts';
import { REJECTED, type Items } from './items.ts';

/** What limits where it is above this share of the window; below it nothing does but latency. */
const BUSY = 0.8;

/** Shares of the window at the busiest node. */
export interface Utilisation {
  /** The larger of the mean over a node's cores and the share of its longest serial chain of jobs. */
  readonly cpu: number;
  readonly disk: number;
  readonly uplink: number;
  readonly downlink: number;
}

export class LoadWindow {
  readonly from_us: number;
  readonly until_us: number;
  readonly #items: Items;
  /** Items of the window are numbered in a row. */
  #first = 0;
  #end = 0;
  /** Those before this one are known to be accepted or rejected. */
  #settled = 0;
  /** Items that were submitted, and are neither accepted nor rejected. */
  #inSystem = 0;
  #changed_us = 0;
  /** Item-microseconds in the first and the second half of the window. */
  readonly #area: [number, number] = [0, 0];
  #largestPool = 0;
  #accepted = 0;
  readonly #decisions = new Set<number>();
  readonly #blocked_us = new Map<number, number>();
  counts: LoggedCounts | null = null;

  constructor({ from_us, until_us }: { from_us: number; until_us: number }, items: Items) {
    this.from_us = from_us;
    this.until_us = until_us;
    this.#items = items;
  }

  submitted(item: number, now_us: number): void {
    this.#advance(now_us);
    this.#inSystem += 1;
    if (now_us < this.from_us || now_us >= this.until_us) return;
    if (this.#first === 0) this.#first = this.#settled = item;
    this.#end = item + 1;
  }
  /** One that was submitted is accepted or rejected. */
  left(now_us: number): void {
    this.#advance(now_us);
    this.#inSystem -= 1;
  }
  /** So many transactions of a batch are accepted. */
  accepted(batch: number, transactions: number, now_us: number): void {
    if (now_us < this.from_us || now_us >= this.until_us) return;
    this.#accepted += transactions;
    this.#decisions.add(batch);
  }
  watchPool(transactions: number): void {
    if (transactions > this.#largestPool) this.#largestPool = transactions;
  }
  blocked(node: number, from_us: number, until_us: number): void {
    const overlap_us = Math.min(until_us, this.until_us) - Math.max(from_us, this.from_us);
    if (overlap_us > 0) this.#blocked_us.set(node, (this.#blocked_us.get(node) ?? 0) + overlap_us);
  }
  /** The window ends: what was counted since it began. */
  close(counts: LoggedCounts): void {
    this.counts = { ...counts, batches: new Map(counts.batches) };
  }

  #advance(now_us: number): void {
    const middle_us = (this.from_us + this.until_us) / 2;
    const add = (half: 0 | 1, from_us: number, until_us: number): void => {
      const overlap_us = Math.min(now_us, until_us) - Math.max(this.#changed_us, from_us);
      if (overlap_us > 0) this.#area[half] += overlap_us * this.#inSystem;
    };
    add(0, this.from_us, middle_us);
    add(1, middle_us, this.until_us);
    this.#changed_us = now_us;
  }

  /** The window is over, and nothing of it waits any more; or as much time again has passed. */
  isOver(now_us: number): boolean {
    if (now_us < this.until_us) return false;
    if (now_us >= 2 * this.until_us - this.from_us) return true;
    for (; this.#settled < this.#end; this.#settled++) if (this.#items.isWaiting(this.#settled)) return false;
    return true;
  }

  get decisions(): number {
    return this.#decisions.size;
  }
  /** Of the committed items of the window, in the order of their submission. */
  latencies_us(): number[] {
    const out: number[] = [];
    for (let item = this.#first; item < this.#end; item++) {
      const { submitted_us, accepted_us } = this.#items;
      if (accepted_us[item] > 0) out.push(accepted_us[item] - submitted_us[item]);
    }
    return out;
  }
  get queueMeans(): [number, number] {
    const half_us = (this.until_us - this.from_us) / 2;
    const each = this.#items.transactions;
    return [(this.#area[0] * each) / half_us, (this.#area[1] * each) / half_us];
  }
  outcome(offered_tps: number | null, utilisation: Utilisation | null): LoadOutcome {
    const { transactions } = this.#items;
    const latencies_us = Float64Array.from(this.latencies_us()).sort();
    let rejected = 0;
    const submitted = this.#end - this.#first;
    for (let item = this.#first; item < this.#end; item++) if (this.#items.accepted_us[item] === REJECTED) rejected += 1;
    const committed = latencies_us.length;
    let sum_us = 0;
    for (const latency_us of latencies_us) sum_us += latency_us;
    // Nearest rank among all that were not turned away; those that wait come last.
    const asked = submitted - rejected;
    const rank = (p: number): number | null => latencies_us[Math.max(1, Math.ceil(p * asked)) - 1] ?? null;
    const blocked_us = Math.max(0, ...this.#blocked_us.values());
    const window_us = this.until_us - this.from_us;
    return {
      offered_tps,
      submitted: submitted * transactions,
      committed: committed * transactions,
      rejected: rejected * transactions,
      waiting: (asked - committed) * transactions,
      achieved_tps: (this.#accepted * 1e6) / window_us,
      latency_us_mean: committed === 0 ? null : sum_us / committed,
      latency_us: [rank(0.5), rank(0.95), rank(0.99)],
      queue_tx_max: this.#largestPool,
      cpu_utilisation: utilisation?.cpu ?? null,
      uplink_utilisation: utilisation?.uplink ?? null,
      downlink_utilisation: utilisation?.downlink ?? null,
      disk_utilisation: utilisation?.disk ?? null,
      bottleneck: bottleneckOf({ ...utilisation, window: blocked_us / window_us }),
    };
  }
}

/** The busiest of them where one is busy at all; of equals the first in the order of BOTTLENECKS. */
export function bottleneckOf(shares: Partial<Readonly<Record<Bottleneck, number>>>): Bottleneck {
  let most: Bottleneck = 'latency';
  let share = BUSY;
  for (const name of BOTTLENECKS) {
    const of = shares[name] ?? 0;
    if (of > share) {
      most = name;
      share = of;
    }
  }
  return most;
}
