// Chains under a load: mempools, what fits into blocks, and what came of the transactions (docs/chains.md, "Load").
import { grown } from '../core/grown.ts';
import { Arrivals, type Arrival } from '../core/load/arrivals.ts';
import { Items, REJECTED } from '../core/load/items.ts';
import type { LoadSchedule } from '../core/load/schedule.ts';
import { LoadWindow, bottleneckOf } from '../core/load/window.ts';
import { PURPOSE, drawKey } from '../core/draws.ts';
import { delay_us, regionOf } from '../core/network.ts';
import type { Setup } from '../core/contract.ts';
import type { LoadOutcome, LoadSpec } from '../../model/load.ts';
import type { Network } from '../../model/network.ts';
import { ClientChecks } from './client-signatures.ts';
import { CHAIN_TYPE, RunEnd, hopNetwork } from './rules.ts';
import type { BlockSize, ChainRun, ChainSpec } from './spec.ts';

/** A transaction is in a block's chain up to `low` (not included) but for the rejected ones, and beyond where `ahead` has it. */
interface Contents {
  readonly low: number;
  readonly ahead: ReadonlySet<number>;
  readonly taken: readonly number[];
  /** Transactions on the chain up to here. */
  readonly included: number;
  /** Transactions that fill the block, an adversary's own among them. */
  readonly size: number;
  /** Those of them that are in no block that was found before. */
  readonly unseen: number;
}

/** Every transaction and every block's contents. */
export class ChainLoad {
  readonly schedule: LoadSchedule<number>;
  /** Numbers by submission, from 1 on. */
  readonly items = new Items(1);
  /** The last one that was submitted in the window. */
  lastOfWindow = 0;
  /** The largest mempool at the client's node. */
  largest = 0;
  /** Hashed for blocks of the window: made and checked. */
  digest_bytes = 0;
  /** Clients' signatures that were checked for them; of no meaning where clients do not sign. */
  readonly checks = new ClientChecks();
  /** By item: 1 where it is in a block. */
  private seen = new Uint8Array(1024);
  private readonly spec: ChainSpec;
  private readonly network: Network;
  private readonly seed: number;
  private readonly capacity: number;
  private readonly limit: number;
  private readonly arrivals: Arrivals;
  private next: Arrival;
  private readonly contents: Contents[] = [{ low: 1, ahead: new Set(), taken: [], included: 0, size: 0, unseen: 0 }];
  private admitted = 0;
  private tip = 0;

  constructor(setup: Setup, spec: ChainSpec, schedule: LoadSchedule<number>) {
    const load = setup.cell.load as Extract<LoadSpec, { kind: 'open' | 'saturate' }>;
    this.schedule = schedule;
    this.spec = spec;
    this.network = hopNetwork(setup.network);
    this.seed = setup.cell.seed;
    this.capacity = setup.cell.transactions.per_decision;
    this.limit = load.mempool_tx;
    this.arrivals = new Arrivals({
      seed: this.seed,
      clients: this.network.regions,
      rate_tps: schedule.rate_tps,
      arrivals: load.arrivals,
    });
    this.next = this.arrivals.next();
  }

  /** Takes what is submitted up to a time; what finds the mempool of the client's node full is rejected. */
  admit(until_us: number): void {
    const { items, schedule } = this;
    for (; this.next.at_us <= until_us; this.next = this.arrivals.next()) {
      const { at_us, client } = this.next;
      const item = items.add(client, at_us);
      if (at_us >= schedule.from_us && at_us < schedule.until_us) this.lastOfWindow = item;
      const waiting = this.admitted - this.contents[this.tip].included;
      if (waiting >= this.limit) {
        items.accepted_us[item] = REJECTED;
        continue;
      }
      this.admitted += 1;
      if (waiting + 1 > this.largest) this.largest = waiting + 1;
    }
  }

  /** The client's node has another tip. */
  adopt(block: number, at_us: number): void {
    this.admit(at_us);
    this.tip = block;
  }

  /** A block is found: of what is in its finder's mempool and not on its chain, the oldest that fit. */
  fill(block: number, parent: number, miner: number, at_us: number): void {
    this.admit(at_us);
    const before = this.contents[parent];
    if (miner === this.spec.adversary) {
      // It fills its blocks with its own.
      this.contents[block] = { ...before, taken: [], size: this.capacity, unseen: this.capacity };
      return;
    }
    const { items, capacity } = this;
    const taken: number[] = [];
    for (let item = before.low; item <= items.count && taken.length < capacity; item++)
      if (items.accepted_us[item] !== REJECTED && !before.ahead.has(item) && this.isAt(miner, item, at_us)) taken.push(item);
    const has = new Set([...before.ahead, ...taken]);
    let low = before.low;
    while (low <= items.count && (items.accepted_us[low] === REJECTED || has.has(low))) low += 1;
    const ahead = new Set<number>();
    for (const item of has) if (item >= low) ahead.add(item);
    const unseen = this.see(taken);
    this.contents[block] = { low, ahead, taken, included: before.included + taken.length, size: taken.length, unseen };
  }

  /** A transaction is in every mempool one link delay after its submission. */
  private isAt(node: number, item: number, at_us: number): boolean {
    const { items, network } = this;
    const age_us = at_us - items.submitted_us[item];
    if (age_us >= network.maxDelay_us) return true;
    const client = items.client[item];
    const key = drawKey(this.seed, { purpose: PURPOSE.delay, type: CHAIN_TYPE.transaction, sequence: item, sender: client });
    return age_us >= delay_us(network, key, client, regionOf(network, node), node);
  }

  /** How many of them are in a block for the first time. */
  private see(taken: readonly number[]): number {
    if (this.items.count >= this.seen.length) this.seen = grown(this.seen, 2 * this.items.count);
    let unseen = 0;
    for (const item of taken) {
      unseen += 1 - this.seen[item];
      this.seen[item] = 1;
    }
    return unseen;
  }

  sizeOf(block: number): BlockSize {
    const { size, unseen } = this.contents[block];
    return this.spec.sizeOf(size, unseen);
  }
  /** So many nodes have made or received the block, in the window. */
  counted(block: number, nodes: number): void {
    const { unseen } = this.contents[block];
    if (unseen > 0) this.checks.add(unseen, nodes);
  }
  /** Is everything that was submitted in the window, and not rejected, on the client's chain? */
  get hasWindow(): boolean {
    return this.contents[this.tip].low > this.lastOfWindow;
  }

  /** What came of it on the client's chain: its blocks by height, who found each, and when the client's node accepted it. */
  outcome(
    main: readonly number[],
    { accepted_us, miners, final_us: byVotes_us }: Pick<ChainRun, 'accepted_us' | 'miners' | 'final_us'>,
    transactions: { latencies_us: number[]; finalities_us: number[] },
  ): LoadRun {
    const { items, schedule, contents, spec } = this;
    const window = new LoadWindow(schedule, items);
    const of = (item: number): boolean => items.submitted_us[item] >= schedule.from_us && items.submitted_us[item] < schedule.until_us;
    let item = 1;
    const submit = (until_us: number): void => {
      for (; item <= items.count && items.submitted_us[item] <= until_us; item++) {
        window.submitted(item, items.submitted_us[item]);
        if (items.accepted_us[item] === REJECTED) window.left(items.submitted_us[item]);
      }
    };
    let carried = 0;
    let blocks = 0;
    let users = 0;
    const confirmations = spec.confirmations;
    for (let height = 1; height < main.length; height++) {
      const block = main[height];
      const at_us = accepted_us[height];
      const confirmed_us = confirmations === null ? undefined : accepted_us[height + confirmations - 1];
      const final_us = byVotes_us === undefined ? confirmed_us : byVotes_us[height];
      submit(at_us);
      for (const one of contents[block].taken) {
        items.accepted_us[one] = at_us;
        window.left(at_us);
        if (!of(one)) continue;
        transactions.latencies_us.push(at_us - items.submitted_us[one]);
        if (final_us !== undefined) transactions.finalities_us.push(final_us - items.submitted_us[one]);
      }
      window.accepted(block, contents[block].taken.length, at_us);
      if (at_us < schedule.from_us || at_us >= schedule.until_us) continue;
      blocks += 1;
      if (miners[height] !== spec.adversary) users += 1;
      carried += contents[block].size;
    }
    submit(Infinity);
    window.watchPool(this.largest);
    const load = window.outcome(schedule.rate_tps, null);
    const space = blocks === 0 ? 0 : carried / (blocks * this.capacity);
    return {
      load: { ...load, bottleneck: bottleneckOf({ 'block-space': space }) },
      queueMeans: window.queueMeans,
      // Gaps are exponential: what comes in two of them is on its way, and no queue.
      batch_tx: 2 * this.capacity,
      decisions: window.decisions,
      users,
    };
  }
}

export interface LoadRun {
  readonly load: LoadOutcome;
  readonly queueMeans: readonly [first: number, second: number];
  /** Transactions of two full blocks. */
  readonly batch_tx: number;
  /** Blocks of the final chain that the client's node accepted in the window. */
  readonly decisions: number;
  /** Those of them that are not the adversary's. */
  readonly users: number;
}

/**
 * Mining stops when the window is over and the client's chain has all of it that was not rejected, or when as much time again has
 * passed, and then the blocks that confirm it have come.
 */
export class LoadEnd extends RunEnd {
  private readonly load: ChainLoad;
  private readonly confirming: number;
  private goal = Infinity;

  constructor(setup: Setup, spec: ChainSpec, load: ChainLoad) {
    super(setup, spec);
    this.load = load;
    this.confirming = (spec.confirmations ?? 1) - 1;
  }

  override reached(height: number, at_us: number, final = height): void {
    const { from_us, until_us } = this.load.schedule;
    this.load.admit(at_us);
    if (this.goal === Infinity && at_us >= until_us && (this.load.hasWindow || at_us >= 2 * until_us - from_us))
      this.goal = height + this.confirming;
    if (final < this.goal || this.stop_us < Infinity) return;
    this.stop_us = at_us;
    this.height = height;
  }

  /** Counts are those of the window. */
  override counts(at_us: number): boolean {
    return at_us >= this.load.schedule.from_us && at_us < this.load.schedule.until_us;
  }
}
