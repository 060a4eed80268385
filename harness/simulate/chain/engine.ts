// The chain engine: propagation is data, blocks are events. Only the finding of a block is an event; when it is found, its
// arrivals at all participants are worked out at once. Which tip a miner is on is asked only when it wins. Two participants
// are followed step by step: node 0, the client's, and the adversary. Its twin, message by message: chain-messages.ts.
import { ln } from '../../../assembly/portable/math.ts';
import {
  CHAIN_EVENT_BUDGET,
  CHAIN_TYPE,
  INVENTORY_BYTES,
  MESSAGE_HEADER_BYTES,
  NOTICE_BYTES,
  PROPAGATION_SHARES,
  RunEnd,
  chainOutcome,
  holdersOf,
  hopNetwork,
  inWindow,
  isBarren,
  retargeted,
  shareUpload_us,
  stopHeight,
  type BlockInfo,
  type ChainRun,
  type ChainSpec,
  type Lottery,
  type Window,
} from './rules.ts';
import { PURPOSE, draw32, drawKey, drawUnit, receiversAtMost, threshold32, type DrawKey } from '../core/draws.ts';
import { delay_us, regionOf, tries } from '../core/network.ts';
import type { Network } from '../../model/network.ts';
import { peerGraph } from './peers.ts';
import { nearestRank, weightedQuantiles } from '../core/select.ts';
import { EngineLimit, type Setup } from '../core/contract.ts';
import type { Outcome, TraceLine } from '../../model/outcome.ts';

export function runChain(setup: Setup, spec: ChainSpec): Outcome {
  return chainOutcome(setup, spec, new Chain(setup, spec).run());
}

const CLIENT = 0;
const GENESIS = 0;
/** Rows at the start, at most. */
const LARGEST_START = 1 << 20;
/** A difficulty period that no run comes to the end of. */
const NEVER_BLOCKS = 0x7fffffff;

/** Blocks as columns; a row is a block's number. */
class Blocks {
  count = 1;
  parent: Int32Array;
  height: Int32Array;
  miner: Int32Array;
  found_us: Float64Array;
  /** Sum of the difficulties of the chain up to this block. */
  work: Float64Array;
  /** Difficulty of a child. */
  next: Float64Array;
  /** When the first block of this block's difficulty period was found. */
  period_us: Float64Array;
  /** Blocks up to the last of the period that a child belongs to. */
  left: Int32Array;
  /** When the client's node accepted it. */
  accepted_us: Float64Array;
  private readonly retarget: { readonly blocks: number; readonly interval_us: number };

  constructor(capacity: number, retarget: { blocks: number; interval_us: number }) {
    this.parent = new Int32Array(capacity);
    this.height = new Int32Array(capacity);
    this.miner = new Int32Array(capacity);
    this.found_us = new Float64Array(capacity);
    this.work = new Float64Array(capacity);
    this.next = new Float64Array(capacity);
    this.period_us = new Float64Array(capacity);
    this.left = new Int32Array(capacity);
    this.accepted_us = new Float64Array(capacity);
    this.retarget = retarget;
    this.next[GENESIS] = 1;
    this.left[GENESIS] = retarget.blocks - 1;
  }

  add(parent: number, miner: number, found_us: number): number {
    if (this.count === this.parent.length) this.grow();
    const { retarget } = this;
    const block = this.count++;
    this.parent[block] = parent;
    this.height[block] = this.height[parent] + 1;
    this.miner[block] = miner;
    this.found_us[block] = found_us;
    this.accepted_us[block] = Infinity;
    const difficulty = this.next[parent];
    this.work[block] = this.work[parent] + difficulty;
    const left = this.left[parent];
    const first_us = left === retarget.blocks ? found_us : this.period_us[parent];
    this.period_us[block] = first_us;
    if (left === 1) {
      this.left[block] = retarget.blocks;
      this.next[block] = retargeted({ difficulty, timespan_us: found_us - first_us, ...retarget });
    } else {
      this.left[block] = left - 1;
      this.next[block] = difficulty;
    }
    return block;
  }

  private grow(): void {
    const longer = <T extends Int32Array | Float64Array>(column: T): T => {
      const copy = new (column.constructor as new (length: number) => T)(2 * column.length);
      copy.set(column);
      return copy;
    };
    this.parent = longer(this.parent);
    this.height = longer(this.height);
    this.miner = longer(this.miner);
    this.found_us = longer(this.found_us);
    this.work = longer(this.work);
    this.next = longer(this.next);
    this.period_us = longer(this.period_us);
    this.left = longer(this.left);
    this.accepted_us = longer(this.accepted_us);
  }
}

/** A block that some participant may have as its tip, now or when it arrives. Entries are used again. */
interface Active {
  block: number;
  /** When each participant accepts it. */
  readonly accepted_us: Float64Array;
  /** When the last one does. */
  all_us: number;
}

/**
 * The adversary waits for a first block, then with it to order, then for its branch to win. Or it keeps others out: then its
 * branch goes on after it was published, and is built on whatever the others do.
 */
const SEEKING = 0;
const HOLDING = 1;
const ATTACKING = 2;
const EXCLUDING = 3;

/** Orders and deliveries under way between the merchant and its false customer. */
interface Notice {
  readonly at_us: number;
  readonly kind: 'payment' | 'delivery';
  readonly attack: number;
  /** Payment: when it was submitted. */
  readonly paid_us: number;
  /** Delivery: the work of the chain that confirms it. */
  readonly work: number;
}

class Chain {
  private readonly setup: Setup;
  private readonly spec: ChainSpec;
  private readonly spread: Spread;
  private readonly blocks: Blocks;
  private readonly end: RunEnd;
  private readonly lines: TraceLine[] = [];

  private active: Active[];
  private messages = 0;
  private bytes = 0;
  private receptions = 0;
  /** Blocks that were published after the counting had stopped. */
  private readonly late = new Set<number>();
  /** Of each published honest block, for the medians. */
  private readonly propagation: readonly Samples[] = PROPAGATION_SHARES.map(() => new Samples());

  /** Blocks on their way to the two followed nodes, with their arrivals. */
  private readonly toClient = new Arrivals();
  private readonly toAdversary = new Arrivals();
  private readonly notices: Notice[] = [];
  private nextNotice_us = Infinity;

  private clientTip = GENESIS;
  private finalRemoved = 0;
  private reversals = 0;
  /** The last payment that the client's node was told of: blocks found later confirm it. */
  private payment = 0;
  private paid_us = Infinity;
  private paymentConfirmations = 0;
  private delivered = true;

  private phase = SEEKING;
  private publicTip = GENESIS;
  private secret: number[] = [];
  private secretTip = GENESIS;
  private forkPoint = GENESIS;
  private attack = 0;
  private shipped = false;
  /** The public chain's work as the merchant's delivery tells, often before its last block comes. */
  private toldWork = 0;
  private orderTimer_us = Infinity;

  private done = false;

  constructor(setup: Setup, spec: ChainSpec) {
    this.setup = setup;
    this.spec = spec;
    this.spread = new Spread(setup, spec);
    const { lottery } = spec;
    this.end = new RunEnd(setup, spec);
    // Room for stale and withheld blocks, so that most runs never move their columns.
    const capacity = Math.min(2 * stopHeight(setup.cell.decisions, spec.confirmations) + 64, LARGEST_START);
    this.blocks = new Blocks(capacity, {
      blocks: lottery.kind === 'clock' ? lottery.retarget_blocks : NEVER_BLOCKS,
      interval_us: lottery.kind === 'clock' ? lottery.interval_us : 0,
    });
    this.active = [this.spread.take()];
  }

  run(): ChainRun {
    const { setup, spec } = this;
    const lottery =
      spec.lottery.kind === 'clock'
        ? new Clock(setup.cell.seed, spec.lottery, spec.window)
        : new Slots(setup.cell.seed, spec.lottery, spec.window);
    const barren = isBarren(spec);
    let stopped: ChainRun['stopped'] = 'done';
    let events = 0;
    while (!this.done) {
      const at_us = barren ? Infinity : lottery.next(setup.horizon_us);
      if (at_us > setup.horizon_us) {
        this.advance(setup.horizon_us);
        // Attacks that had not ended by then are not waited for.
        if (!this.end.counted) stopped = at_us === Infinity ? 'idle' : 'horizon';
        this.done = this.end.counted;
        break;
      }
      this.advance(at_us);
      if (this.done) break;
      if (events === CHAIN_EVENT_BUDGET) {
        if (!this.end.counted) stopped = 'budget';
        this.done = this.end.counted;
        break;
      }
      events += 1;
      const { winner } = lottery;
      const parent = this.miningOn(winner, at_us);
      if (!lottery.accepts(this.blocks.next[parent])) continue;
      this.find(winner, parent, at_us);
      this.checkEnd(at_us);
      if (lottery.rebase(this.blocks.next[this.blocks.count - 1])) lottery.mixed(this.difficulties(at_us));
    }
    if (stopped === 'done') this.advance(Infinity);
    if (setup.trace !== undefined) {
      this.lines.sort((x, y) => x.at_us - y.at_us);
      for (const line of this.lines) setup.trace(line);
    }
    return this.result(stopped, events);
  }

  private result(stopped: ChainRun['stopped'], events: number): ChainRun {
    const { blocks, spec, setup, end } = this;
    const height = blocks.height[this.clientTip];
    const accepted_us = new Float64Array(height + 1);
    const miners = new Int32Array(height + 1);
    for (let block = this.clientTip, at = height; at > 0; block = blocks.parent[block]!, at--) {
      accepted_us[at] = blocks.accepted_us[block]!;
      miners[at] = blocks.miner[block]!;
    }
    const found = blocks.count - 1;
    let counted = found;
    while (blocks.found_us[counted] > end.stop_us) counted -= 1;
    const stop_us = end.counted ? end.stop_us : 0;
    const totals = {
      participants: spec.participants,
      holders: holdersOf(spec.shares),
      stop_us,
      slots: spec.lottery.kind === 'slots' ? Math.floor(stop_us / spec.lottery.slot_us) : 0,
      found: counted,
      receptions: this.receptions,
    };
    const [p50, p90, p99] = this.propagation.map((samples) => samples.median()) as [number, number, number];
    return {
      stopped,
      totals,
      messages: this.messages,
      bytes: this.bytes,
      stopHeight: end.height,
      found,
      accepted_us,
      miners,
      propagation_us: this.propagation[0].count === 0 ? null : { p50, p90, p99 },
      attacks: end.attacks,
      finalRemoved: this.finalRemoved,
      reversals: this.reversals,
      events,
      ...(setup.collect ? { history: { totals, main: this.mainChain(), blocks: this.infos() } } : {}),
    };
  }

  /** The client's chain by height. */
  private mainChain(): number[] {
    const main: number[] = [];
    for (let block = this.clientTip; block !== GENESIS; block = this.blocks.parent[block]!) main.push(block);
    return [...main, GENESIS].reverse();
  }

  private infos(): BlockInfo[] {
    const { blocks } = this;
    return Array.from({ length: blocks.count }, (_, number) => ({
      number,
      parent: blocks.parent[number],
      height: blocks.height[number],
      miner: blocks.miner[number],
      found_us: blocks.found_us[number],
      published: blocks.accepted_us[number] < Infinity && !this.late.has(number),
    }));
  }

  /** The tip that a participant mines on: of what it has accepted the most work, ties by (arrival, number). */
  private miningOn(node: number, at_us: number): number {
    if (node === this.spec.adversary) return this.phase === SEEKING ? this.publicTip : this.secretTip;
    if (node === CLIENT) return this.clientTip;
    const { active, blocks } = this;
    let best = -1;
    let best_us = 0;
    for (let i = 0; i < active.length; i++) {
      const { block, accepted_us } = active[i];
      const arrived_us = accepted_us[node];
      if (arrived_us > at_us) continue;
      if (best >= 0) {
        const more = blocks.work[block] - blocks.work[best];
        if (more < 0 || (more === 0 && (arrived_us > best_us || (arrived_us === best_us && block > best)))) continue;
      }
      best = block;
      best_us = arrived_us;
    }
    return best;
  }

  private find(miner: number, parent: number, at_us: number): void {
    const { blocks, spec } = this;
    const block = blocks.add(parent, miner, at_us);
    if (this.setup.trace !== undefined) this.tell(at_us, miner, `finds block ${block} (height ${blocks.height[block]}) on ${parent}`);
    if (miner === spec.adversary) {
      this.hold(block, at_us);
      return;
    }
    this.publish(block, at_us);
    this.settle(at_us);
    if (miner === CLIENT) {
      this.adopt(block, at_us);
      this.afterClient(at_us);
    }
  }

  /** Works out when every participant accepts the block, published now. */
  private publish(block: number, at_us: number): void {
    const { blocks, spec, spread } = this;
    const parent = blocks.parent[block];
    const miner = blocks.miner[block];
    let parent_us: Float64Array | null = null;
    for (let i = this.active.length - 1; i >= 0; i--) {
      const { block: candidate, all_us, accepted_us } = this.active[i];
      if (candidate !== parent) continue;
      if (all_us > at_us) parent_us = accepted_us;
      break;
    }
    const entry = spread.take();
    const { accepted_us } = entry;
    entry.block = block;
    entry.all_us = spread.from({ block, origin: miner, at_us, parent_us, accepted_us });
    accepted_us[miner] = blocks.found_us[block]!;
    if (this.end.counts(at_us)) {
      this.messages += spread.messages;
      this.bytes += spread.bytes;
      this.receptions += spec.participants - 1;
    } else {
      this.late.add(block);
    }
    if (miner !== spec.adversary) for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation[i].add(spread.propagation_us[i]);
    this.active.push(entry);
    const client_us = accepted_us[CLIENT];
    blocks.accepted_us[block] = client_us;
    if (miner !== CLIENT) this.toClient.add(block, client_us);
    const { adversary } = spec;
    if (adversary !== null && miner !== adversary) this.toAdversary.add(block, accepted_us[adversary]);
    if (this.setup.trace !== undefined)
      for (let node = 0; node < spec.participants; node++)
        if (node !== miner)
          this.tell(accepted_us[node], node, `accepts block ${block} (height ${blocks.height[block]}) of ${this.name(miner)}`);
  }

  /** Lets go of blocks that can be nobody's tip any more: everybody has accepted one of more work. */
  private settle(at_us: number): void {
    const { active, blocks, spread } = this;
    if (active.length === 1) return;
    let most = 0;
    for (let i = 0; i < active.length; i++) {
      const entry = active[i];
      if (entry.all_us <= at_us) most = Math.max(most, blocks.work[entry.block]);
    }
    let kept = 0;
    for (let i = 0; i < active.length; i++) {
      const entry = active[i];
      // The block that a withheld branch starts from is needed when the branch is published.
      if (blocks.work[entry.block] >= most || (this.phase !== SEEKING && entry.block === this.forkPoint)) active[kept++] = entry;
      else spread.give(entry);
    }
    while (active.length > kept) active.pop();
  }

  /** Difficulties that somebody may mine at until the next block is found. */
  private difficulties(at_us: number): number[] {
    const { active, blocks } = this;
    this.settle(at_us);
    let most = 0;
    for (const entry of active) if (entry.all_us <= at_us) most = Math.max(most, blocks.work[entry.block]);
    const all: number[] = [];
    for (const entry of active) if (blocks.work[entry.block] >= most) all.push(blocks.next[entry.block]);
    if (this.phase !== SEEKING) all.push(blocks.next[this.secretTip]);
    return all;
  }

  /** Handles what arrives at the client's node and at the adversary, and its timer, up to a time. */
  private advance(limit_us: number): void {
    const { toClient, toAdversary } = this;
    for (;;) {
      const at_us = Math.min(toClient.next_us, toAdversary.next_us, this.nextNotice_us);
      // A timer comes after everything else in its microsecond, and never once the run is done.
      if (this.orderTimer_us < at_us && this.orderTimer_us < limit_us) {
        const timer_us = this.orderTimer_us;
        this.orderTimer_us = Infinity;
        if (!this.done) this.order(timer_us);
        continue;
      }
      if (at_us > limit_us || at_us === Infinity) return;
      const noticed = at_us === this.nextNotice_us;
      if (noticed || at_us === toClient.next_us) this.clientReceives(at_us);
      if (noticed || at_us === toAdversary.next_us) this.adversaryReceives(at_us);
      if (noticed) this.nextNotice_us = this.notices.reduce((least, notice) => Math.min(least, notice.at_us), Infinity);
    }
  }

  /** Takes the notice of a kind that arrives now; of several the one of the latest attack. */
  private takeNotice(kind: Notice['kind'], at_us: number): Notice | null {
    let latest: Notice | null = null;
    for (let i = this.notices.length - 1; i >= 0; i--) {
      const notice = this.notices[i];
      if (notice.at_us !== at_us || notice.kind !== kind) continue;
      this.notices.splice(i, 1);
      if (latest === null || notice.attack > latest.attack) latest = notice;
    }
    return latest;
  }

  private clientReceives(at_us: number): void {
    const { toClient } = this;
    const notice = this.nextNotice_us === at_us ? this.takeNotice('payment', at_us) : null;
    if (notice !== null && notice.attack > this.payment) {
      this.payment = notice.attack;
      this.paid_us = notice.paid_us;
      this.delivered = false;
      this.paymentConfirmations = this.countConfirmations();
    }
    while (toClient.next_us === at_us) this.adopt(toClient.take(), at_us);
    this.afterClient(at_us);
  }

  /** The client's node has a block, its parent before it: most work, first seen. */
  private adopt(block: number, at_us: number): void {
    const { blocks } = this;
    const old = this.clientTip;
    if (blocks.work[block] <= blocks.work[old]) return;
    this.clientTip = block;
    if (blocks.parent[block] === old) {
      if (blocks.found_us[block] > this.paid_us) this.paymentConfirmations += 1;
      return;
    }
    let x = old;
    let y = block;
    let branch = block;
    while (x !== y) {
      if (blocks.height[x] >= blocks.height[y]) {
        x = blocks.parent[x]!;
      } else {
        branch = y;
        y = blocks.parent[y]!;
      }
    }
    const removed = blocks.height[old] - blocks.height[x];
    if (this.setup.trace !== undefined) this.tell(at_us, CLIENT, `reorganises from block ${old} to ${block}: ${removed} removed`);
    // The lowest removed block had `removed` confirmations.
    if (removed >= this.spec.merchantConfirmations) {
      this.finalRemoved += 1;
      if (blocks.miner[branch] === this.spec.adversary) this.reversals += 1;
    }
    this.paymentConfirmations = this.countConfirmations();
  }

  /** Blocks at the end of the client's chain that were found after the payment: the first of them contains it. */
  private countConfirmations(): number {
    let count = 0;
    for (let block = this.clientTip; this.blocks.found_us[block] > this.paid_us; block = this.blocks.parent[block]!) count += 1;
    return count;
  }

  private afterClient(at_us: number): void {
    if (!this.end.counted) {
      this.end.reached(this.blocks.height[this.clientTip], at_us);
      this.checkEnd(at_us);
    }
    if (this.delivered || this.paymentConfirmations < this.spec.merchantConfirmations) return;
    this.delivered = true;
    const { wallet } = this.spread;
    let arrive_us =
      at_us + this.spread.hop({ type: CHAIN_TYPE.receipt, sequence: this.payment, from: CLIENT, to: wallet, bytes: NOTICE_BYTES });
    arrive_us += this.spread.hop({
      type: CHAIN_TYPE.delivery,
      sequence: this.payment,
      from: wallet,
      to: this.spec.adversary!,
      bytes: NOTICE_BYTES,
    });
    this.notify({
      at_us: arrive_us,
      kind: 'delivery',
      attack: this.payment,
      paid_us: this.paid_us,
      work: this.blocks.work[this.clientTip],
    });
    if (this.setup.trace !== undefined)
      this.tell(at_us, CLIENT, `payment ${this.payment} has ${this.paymentConfirmations} confirmations: delivers`);
  }

  private checkEnd(at_us: number): void {
    this.end.found = this.blocks.count - 1;
    if (this.end.isOver(at_us, this.phase === SEEKING)) this.done = true;
  }

  private notify(notice: Notice): void {
    this.notices.push(notice);
    if (notice.at_us < this.nextNotice_us) this.nextNotice_us = notice.at_us;
  }

  private adversaryReceives(at_us: number): void {
    const { blocks, toAdversary } = this;
    const notice = this.nextNotice_us === at_us ? this.takeNotice('delivery', at_us) : null;
    if (notice !== null && notice.attack === this.attack && this.phase === ATTACKING) {
      this.shipped = true;
      this.toldWork = notice.work;
    }
    while (toAdversary.next_us === at_us) {
      const block = toAdversary.take();
      if (blocks.work[block] > blocks.work[this.publicTip]) this.publicTip = block;
    }
    this.decide(at_us);
  }

  /** The adversary has found a block and, where it attacks, keeps it to itself. */
  private hold(block: number, at_us: number): void {
    const { strategy } = this.spec;
    if (this.phase === SEEKING && (strategy === 'publish' || !inWindow(this.spec.window, at_us))) {
      this.publish(block, at_us);
      this.publicTip = block;
      return;
    }
    if (this.phase === SEEKING) {
      this.phase = strategy === 'exclude' ? EXCLUDING : HOLDING;
      this.forkPoint = this.publicTip;
      this.secret.length = 0;
      const wait_us = this.spec.lottery.kind === 'slots' ? this.spec.lottery.slot_us - 1 : 0;
      this.secret.push(block);
      this.secretTip = block;
      if (this.phase === EXCLUDING) {
        this.decide(at_us);
        return;
      }
      if (wait_us === 0) this.order(at_us);
      else this.orderTimer_us = at_us + wait_us;
      return;
    }
    this.secret.push(block);
    this.secretTip = block;
    this.decide(at_us);
  }

  /** Submits the payment if the withheld block is still ahead of what the adversary has seen. */
  private order(at_us: number): void {
    const { blocks, spread } = this;
    if (blocks.work[this.secretTip] <= blocks.work[this.publicTip]) {
      this.phase = SEEKING;
      return;
    }
    this.phase = ATTACKING;
    this.attack += 1;
    this.shipped = false;
    const { wallet } = spread;
    const bytes = this.setup.cell.transactions.bytes;
    let arrive_us = at_us + spread.hop({ type: CHAIN_TYPE.order, sequence: this.attack, from: this.spec.adversary!, to: wallet, bytes });
    arrive_us += spread.hop({ type: CHAIN_TYPE.payment, sequence: this.attack, from: wallet, to: CLIENT, bytes });
    this.notify({ at_us: arrive_us, kind: 'payment', attack: this.attack, paid_us: at_us, work: 0 });
    if (this.setup.trace !== undefined)
      this.tell(at_us, this.spec.adversary!, `holds block ${this.secretTip} back and submits payment ${this.attack}`);
  }

  private decide(at_us: number): void {
    if (this.phase === EXCLUDING) {
      this.exclude(at_us);
      return;
    }
    if (this.phase !== ATTACKING) return;
    const { blocks } = this;
    if (this.shipped && blocks.work[this.secretTip] > Math.max(blocks.work[this.publicTip], this.toldWork)) this.publishBranch(at_us);
    else if (this.isHopeless()) this.giveUp(at_us);
    else return;
    this.end.attacks += 1;
    this.phase = SEEKING;
    this.checkEnd(at_us);
  }

  private exclude(at_us: number): void {
    const { blocks, secret } = this;
    if (secret.length > 0 && blocks.work[this.secretTip] > blocks.work[this.publicTip]) {
      this.publishBranch(at_us);
      secret.length = 0;
      this.forkPoint = this.secretTip;
      if (!inWindow(this.spec.window, at_us)) this.phase = SEEKING;
    } else if (this.isHopeless()) {
      this.giveUp(at_us);
      this.phase = SEEKING;
    }
  }

  private isHopeless(): boolean {
    const { height } = this.blocks;
    return height[this.publicTip] - height[this.secretTip] > this.spec.giveUpDeficit_blocks;
  }

  private publishBranch(at_us: number): void {
    if (this.setup.trace !== undefined)
      this.tell(at_us, this.spec.adversary!, `publishes its ${this.secret.length} blocks up to ${this.secretTip}`);
    for (const block of this.secret) this.publish(block, at_us);
    this.publicTip = this.secretTip;
  }

  private giveUp(at_us: number): void {
    if (this.setup.trace !== undefined) this.tell(at_us, this.spec.adversary!, `gives its ${this.secret.length} blocks up`);
  }

  private name(node: number): string {
    return node === this.spec.adversary ? 'adversary' : `node ${node}`;
  }

  private tell(at_us: number, node: number, text: string): void {
    this.lines.push({ at_us, node: this.name(node), text });
  }
}

/** Values whose median is asked for at the end. */
class Samples {
  count = 0;
  private values = new Float64Array(64);

  add(value: number): void {
    if (this.count === this.values.length) {
      const longer = new Float64Array(2 * this.count);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.count++] = value;
  }

  median(): number {
    return nearestRank(this.values.subarray(0, this.count), 0.5);
  }
}

/** Blocks on their way to one node; few at a time. They come by (arrival, number). */
class Arrivals {
  /** The earliest arrival. */
  next_us = Infinity;
  private readonly numbers: number[] = [];
  private readonly times_us: number[] = [];

  add(block: number, at_us: number): void {
    this.numbers.push(block);
    this.times_us.push(at_us);
    if (at_us < this.next_us) this.next_us = at_us;
  }

  take(): number {
    const { numbers, times_us } = this;
    if (numbers.length === 1) {
      this.next_us = Infinity;
      times_us.pop();
      return numbers.pop()!;
    }
    let first = 0;
    for (let i = 1; i < numbers.length; i++)
      if (times_us[i] < times_us[first] || (times_us[i] === times_us[first] && numbers[i] < numbers[first])) first = i;
    const block = numbers[first];
    const lastNumber = numbers.pop()!;
    const lastTime_us = times_us.pop()!;
    if (first < numbers.length) {
      numbers[first] = lastNumber;
      times_us[first] = lastTime_us;
    }
    this.next_us = times_us[0]!;
    for (let i = 1; i < times_us.length; i++) if (times_us[i] < this.next_us) this.next_us = times_us[i]!;
    return block;
  }
}

/** The Poisson clock. Where branches differ in difficulty it runs at the lowest, and candidates of higher ones are thinned. */
class Clock {
  winner = 0;
  private candidate = 0;
  private now_us = 0;
  private difficulty = 1;
  private uniform = true;
  private readonly gapKey: DrawKey;
  private readonly winnerKey: DrawKey;
  private readonly thinningKey: DrawKey;
  private readonly upTo: Float64Array;
  private readonly total: number;
  private readonly interval_us: number;

  private readonly live: number;
  private readonly window: Window;

  constructor(seed: number, lottery: Extract<Lottery, { kind: 'clock' }>, window: Window) {
    this.live = lottery.live;
    this.window = window;
    this.gapKey = drawKey(seed, { purpose: PURPOSE.blockGap });
    this.winnerKey = drawKey(seed, { purpose: PURPOSE.blockWinner });
    this.thinningKey = drawKey(seed, { purpose: PURPOSE.thinning });
    this.interval_us = lottery.interval_us;
    this.upTo = new Float64Array(lottery.power.length);
    let total = 0;
    for (let node = 0; node < lottery.power.length; node++) this.upTo[node] = total += lottery.power[node];
    this.total = total;
  }

  /** When the next candidate comes; Infinity: never. Sets its winner. */
  next(): number {
    const { upTo, total } = this;
    if (total === 0) return Infinity;
    const candidate = ++this.candidate;
    const gap_us = -ln(drawUnit(this.gapKey, candidate)) * ((this.interval_us * this.difficulty) / total);
    if (this.live === 1) this.now_us += Math.floor(gap_us);
    else this.pass(gap_us);
    const share = drawUnit(this.winnerKey, candidate) * total;
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle] > share) high = middle;
      else low = middle + 1;
    }
    this.winner = low;
    return this.now_us;
  }

  /** Lets time pass that is `gap_us` long at full power; within the window it takes longer. */
  private pass(gap_us: number): void {
    const { window, live } = this;
    let left_us = gap_us;
    for (;;) {
      const rate = inWindow(window, this.now_us) ? live : 1;
      const change_us = this.now_us < window.from_us ? window.from_us : this.now_us < window.until_us ? window.until_us : Infinity;
      const end_us = rate === 0 ? Infinity : this.now_us + Math.floor(left_us / rate);
      if (end_us < change_us || change_us === Infinity) {
        this.now_us = end_us;
        return;
      }
      left_us -= (change_us - this.now_us) * rate;
      this.now_us = change_us;
    }
  }

  /** Is the candidate a block at the difficulty that its winner mines at? */
  accepts(difficulty: number): boolean {
    if (difficulty === this.difficulty) return true;
    return draw32(this.thinningKey, this.candidate) < threshold32(this.difficulty / difficulty);
  }

  /** A block was found whose children have this difficulty: must all difficulties be looked at? */
  rebase(difficulty: number): boolean {
    return !this.uniform || difficulty !== this.difficulty;
  }

  mixed(difficulties: readonly number[]): void {
    let least = Infinity;
    let most = 0;
    for (const difficulty of difficulties) {
      least = Math.min(least, difficulty);
      most = Math.max(most, difficulty);
    }
    this.difficulty = least;
    this.uniform = least === most;
  }
}

/** The slots: each participant's draw against its chance, to 2^-64. Leaders of one slot come in the order of another draw. */
class Slots {
  winner = 0;
  private slot = 0;
  private readonly seed: number;
  private readonly slot_us: number;
  private readonly window: Window;
  private readonly outside: Thresholds;
  private readonly inside: Thresholds;
  private readonly leaders: number[] = [];
  private position = 0;

  constructor(seed: number, lottery: Extract<Lottery, { kind: 'slots' }>, window: Window) {
    this.seed = seed;
    this.slot_us = lottery.slot_us;
    this.window = window;
    this.outside = thresholds(lottery.chance);
    this.inside = thresholds(lottery.chanceInWindow);
  }

  next(horizon_us: number): number {
    const { leaders, slot_us } = this;
    while (this.position === leaders.length) {
      this.slot += 1;
      const at_us = this.slot * slot_us;
      const { high, low, none } = inWindow(this.window, at_us) ? this.inside : this.outside;
      if (none && this.window.until_us === Infinity) return Infinity;
      if (at_us > horizon_us) return at_us;
      leaders.length = 0;
      this.position = 0;
      const key = drawKey(this.seed, { purpose: PURPOSE.eligibility, sequence: this.slot });
      receiversAtMost(key, high, leaders);
      for (let i = leaders.length - 1; i >= 0; i--) {
        const node = leaders[i];
        if (draw32(key, node) === high[node] && draw32(key, node, 1) >= low[node]) leaders.splice(i, 1);
      }
      // Blocks of one slot are numbered, and so preferred where they arrive together, by a draw that knows no stake.
      if (leaders.length > 1) leaders.sort((x, y) => draw32(key, x, 2) - draw32(key, y, 2) || x - y);
    }
    this.winner = leaders[this.position++]!;
    return this.slot * slot_us;
  }

  accepts(): boolean {
    return true;
  }
  rebase(): boolean {
    return false;
  }
  mixed(): void {}
}

interface Thresholds {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly none: boolean;
}

/** A chance as two 32-bit digits; a chance of 1 is 2^32 in the first, which no draw reaches. */
function thresholds(chance: Float64Array): Thresholds {
  const scaled = chance.map((p) => p * 0x100000000);
  const high = scaled.map(Math.floor);
  return { high, low: scaled.map((x, node) => Math.floor((x - high[node]) * 0x100000000)), none: chance.every((p) => p === 0) };
}

/** How a block reaches everyone. */
class Spread {
  messages = 0;
  bytes = 0;
  /** After its publication, when participants with each of PROPAGATION_SHARES had accepted the last block. */
  readonly propagation_us = new Float64Array(PROPAGATION_SHARES.length);
  /** The false customer's wallet: a client in the adversary's region, no node. */
  readonly wallet: number;
  private readonly seed: number;
  private readonly network: Network;
  private readonly participants: number;
  private readonly regions: Int32Array;
  private readonly bodyBytes: number;
  private readonly validate_us: number;
  private readonly relay: ChainSpec['relay'];
  private readonly shares: Float64Array;
  /** The one delay of a network without chance, else 0. */
  private readonly constant_us: number;
  private readonly pool: Active[] = [];
  private readonly neighbours: readonly Int32Array[];
  private readonly inventoryUpload_us: Int32Array;
  private readonly bodyUpload_us: Int32Array;

  // Scratch of one flood.
  private readonly state: Uint8Array;
  private readonly announced_us: Float64Array;
  private readonly supplier: Int32Array;
  private readonly heap: TimeHeap;

  constructor(setup: Setup, spec: ChainSpec) {
    const { participants } = spec;
    const network = hopNetwork(setup.network);
    this.seed = setup.cell.seed;
    this.network = network;
    this.participants = participants;
    this.wallet = participants;
    this.regions = Int32Array.from({ length: participants + 1 }, (_, node) => regionOf(network, Math.min(node, participants - 1)));
    this.bodyBytes = MESSAGE_HEADER_BYTES + spec.blockBytes;
    this.validate_us = Math.ceil(spec.validate_ns / 1000);
    this.relay = spec.relay;
    this.shares = spec.shares;
    const first_us = network.quantiles_us[0];
    this.constant_us = network.lossThreshold === 0 && network.quantiles_us.every((delay) => delay === first_us) ? first_us : 0;
    this.neighbours =
      spec.relay === 'direct' ? [] : peerGraph({ seed: this.seed, nodes: participants, degree: spec.peerDegree }).neighbours;
    const degree = (node: number): number => this.neighbours[node]?.length ?? participants - 1;
    const upload = (bytes: number) => Int32Array.from({ length: participants }, (_, node) => shareUpload_us(network, bytes, degree(node)));
    this.inventoryUpload_us = upload(INVENTORY_BYTES);
    this.bodyUpload_us = upload(this.bodyBytes);
    this.state = new Uint8Array(participants);
    this.announced_us = new Float64Array(participants);
    this.supplier = new Int32Array(participants);
    this.heap = new TimeHeap(2 * participants);
  }

  take(): Active {
    return this.pool.pop() ?? { block: GENESIS, accepted_us: new Float64Array(this.participants), all_us: 0 };
  }
  give(entry: Active): void {
    this.pool.push(entry);
  }

  /** Microseconds that a client's message takes; no traffic between nodes, so not counted. */
  hop(message: { type: number; sequence: number; from: number; to: number; bytes: number }): number {
    const { type, sequence, from, to, bytes } = message;
    const travel_us = this.constant_us > 0 ? this.constant_us : this.travel_us(type, sequence, from, to).delay_us;
    return shareUpload_us(this.network, bytes, 1) + travel_us;
  }

  /** One message's time on the way, tries included. */
  private travel_us(type: number, sequence: number, from: number, to: number): { delay_us: number; tries: number } {
    const { network, regions, seed } = this;
    const name = { type, view: 0, sequence, sender: from };
    const count = network.lossThreshold === 0 ? 1 : tries(network, drawKey(seed, { purpose: PURPOSE.loss, ...name }), to);
    const once_us = delay_us(network, drawKey(seed, { purpose: PURPOSE.delay, ...name }), regions[from], regions[to], to);
    return { delay_us: once_us + (count - 1) * network.rto_us, tries: count };
  }

  /**
   * Fills in when each participant but the origin accepts the block, published at `at_us`; a block is not accepted before
   * its parent (`parent_us`, null where everybody has it). Sets `messages`, `bytes` and `propagation_us`. Returns the last
   * acceptance.
   */
  from(flood: { block: number; origin: number; at_us: number; parent_us: Float64Array | null; accepted_us: Float64Array }): number {
    this.messages = 0;
    this.bytes = 0;
    if (this.participants === 1) return flood.at_us;
    return this.relay === 'direct' ? this.direct(flood) : this.announce(flood);
  }

  private direct(flood: {
    block: number;
    origin: number;
    at_us: number;
    parent_us: Float64Array | null;
    accepted_us: Float64Array;
  }): number {
    const { block, origin, at_us, parent_us, accepted_us } = flood;
    const { network, regions, constant_us, participants } = this;
    const leave_us = at_us + this.bodyUpload_us[origin] + this.validate_us;
    let last_us = at_us;
    accepted_us[origin] = at_us;
    if (constant_us > 0) {
      last_us = leave_us + constant_us;
      for (let node = 0; node < participants; node++) if (node !== origin) accepted_us[node] = last_us;
      this.messages = participants - 1;
    } else {
      const name = { type: CHAIN_TYPE.body, view: 0, sequence: block, sender: origin };
      const delayKey = drawKey(this.seed, { purpose: PURPOSE.delay, ...name });
      const lossKey = drawKey(this.seed, { purpose: PURPOSE.loss, ...name });
      for (let node = 0; node < participants; node++) {
        if (node === origin) continue;
        const count = tries(network, lossKey, node);
        const arrive_us = leave_us + (count - 1) * network.rto_us + delay_us(network, delayKey, regions[origin], regions[node], node);
        accepted_us[node] = arrive_us;
        if (arrive_us > last_us) last_us = arrive_us;
        this.messages += count;
      }
    }
    this.bytes = this.messages * this.bodyBytes;
    if (parent_us !== null) {
      for (let node = 0; node < participants; node++) {
        if (node === origin) continue;
        if (parent_us[node] > accepted_us[node]) accepted_us[node] = parent_us[node]!;
        if (accepted_us[node] > last_us) last_us = accepted_us[node]!;
      }
    }
    if (constant_us > 0 && parent_us === null) {
      const own = this.shares[origin];
      for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation_us[i] = own >= PROPAGATION_SHARES[i] ? 0 : last_us - at_us;
    } else {
      weightedQuantiles(accepted_us, this.shares, PROPAGATION_SHARES, this.propagation_us);
      for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation_us[i] -= at_us;
    }
    return last_us;
  }

  /** Dijkstra's order of time over two kinds of event: a first announcement, and an acceptance, which announces further. */
  private announce(flood: {
    block: number;
    origin: number;
    at_us: number;
    parent_us: Float64Array | null;
    accepted_us: Float64Array;
  }): number {
    const { block, origin, at_us, parent_us, accepted_us } = flood;
    const { state, announced_us, supplier, heap, shares, propagation_us } = this;
    // Acceptances come in the order of time: shares are summed on the way.
    let holding = shares[origin];
    let reached = 0;
    while (reached < PROPAGATION_SHARES.length && holding >= PROPAGATION_SHARES[reached]) propagation_us[reached++] = 0;
    state.fill(NEW);
    announced_us.fill(Infinity);
    heap.clear(at_us);
    state[origin] = HAS;
    supplier[origin] = -1;
    let inventories = this.tell(block, origin, at_us);
    let bodies = 0;
    let last_us = at_us;
    while (heap.size > 0) {
      heap.pop();
      const node = heap.item >> 1;
      const now_us = heap.time_us;
      if ((heap.item & 1) === 1) {
        if (reached < PROPAGATION_SHARES.length) {
          holding += shares[node];
          while (reached < PROPAGATION_SHARES.length && holding >= PROPAGATION_SHARES[reached]) propagation_us[reached++] = now_us - at_us;
        }
        inventories += this.tell(block, node, now_us);
        continue;
      }
      if (state[node] !== NEW) continue;
      state[node] = HAS;
      const from = supplier[node];
      const request = this.carry(CHAIN_TYPE.request, block, node, from);
      const asked_us = now_us + this.inventoryUpload_us[node] + request;
      inventories += this.carried;
      const body = this.carry(CHAIN_TYPE.body, block, from, node);
      let accept_us = asked_us + this.bodyUpload_us[from] + body + this.validate_us;
      bodies += this.carried;
      if (parent_us !== null && parent_us[node] > accept_us) accept_us = parent_us[node]!;
      accepted_us[node] = accept_us;
      if (accept_us > last_us) last_us = accept_us;
      heap.push(accept_us, 2 * node + 1);
    }
    this.messages = inventories + bodies;
    this.bytes = inventories * INVENTORY_BYTES + bodies * this.bodyBytes;
    return last_us;
  }

  /** Tries of the last `carry`. */
  private carried = 1;
  private carry(type: number, block: number, from: number, to: number): number {
    if (this.constant_us > 0) return this.constant_us;
    const { delay_us, tries } = this.travel_us(type, block, from, to);
    this.carried = tries;
    return delay_us;
  }

  /** A node that has accepted the block announces it to every neighbour but its supplier. Returns the messages sent. */
  private tell(block: number, node: number, at_us: number): number {
    const { network, regions, constant_us, state, announced_us, supplier, heap } = this;
    const neighbours = this.neighbours[node];
    const except = supplier[node];
    const leave_us = at_us + this.inventoryUpload_us[node];
    const name = { type: CHAIN_TYPE.announcement, view: 0, sequence: block, sender: node };
    const delayKey = constant_us > 0 ? NO_KEY : drawKey(this.seed, { purpose: PURPOSE.delay, ...name });
    const lossKey = network.lossThreshold === 0 ? NO_KEY : drawKey(this.seed, { purpose: PURPOSE.loss, ...name });
    let sent = 0;
    for (let i = 0; i < neighbours.length; i++) {
      const to = neighbours[i];
      if (to === except) continue;
      const count = tries(network, lossKey, to);
      sent += count;
      if (state[to] !== NEW) continue;
      const travel_us = constant_us > 0 ? constant_us : delay_us(network, delayKey, regions[node], regions[to], to);
      const arrive_us = leave_us + (count - 1) * network.rto_us + travel_us;
      // The first announcer, ties by its number.
      if (arrive_us > announced_us[to] || (arrive_us === announced_us[to] && node > supplier[to])) continue;
      announced_us[to] = arrive_us;
      supplier[to] = node;
      heap.push(arrive_us, 2 * to);
    }
    return sent;
  }
}

const NO_KEY: DrawKey = { a: 0, b: 0 };
/** A participant in a flood: it has not heard of the block, or has asked for it. */
const NEW = 0;
const HAS = 1;

/** A binary heap of (time, item), packed into one exact double each. */
class TimeHeap {
  size = 0;
  time_us = 0;
  item = 0;
  private base_us = 0;
  private keys = new Float64Array(64);
  private readonly items: number;
  private readonly limit_us: number;

  constructor(items: number) {
    let bits = 1;
    while (1 << bits < items) bits += 1;
    this.items = 1 << bits;
    this.limit_us = Number.MAX_SAFE_INTEGER / this.items - 1;
  }

  clear(base_us: number): void {
    this.size = 0;
    this.base_us = base_us;
  }

  push(time_us: number, item: number): void {
    const offset_us = time_us - this.base_us;
    // Also of a time that is no number: the packed key would sort it anywhere.
    if (!(offset_us >= 0 && offset_us <= this.limit_us))
      throw new EngineLimit(`a block takes more than ${Math.floor(this.limit_us / 1e6)} s to spread`);
    if (this.size === this.keys.length) {
      const longer = new Float64Array(2 * this.size);
      longer.set(this.keys);
      this.keys = longer;
    }
    const { keys } = this;
    const key = offset_us * this.items + item;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  /** Removes the earliest; sets `time_us` and `item`. */
  pop(): void {
    const { keys } = this;
    const top = keys[0];
    const size = --this.size;
    const last = keys[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[child + 1] < keys[child]) child += 1;
      if (keys[child] >= last) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = last;
    const offset_us = Math.floor(top / this.items);
    this.time_us = this.base_us + offset_us;
    this.item = top - offset_us * this.items;
  }
}
