// The chain engine: propagation is data, blocks are events. Only the finding of a block is an event; when it is found, its
// arrivals at all participants are worked out at once. Which tip a miner is on is asked only when it wins. Two participants
// are followed step by step: node 0, the client's, and the adversary. Its twin, message by message: messages.ts.
import { Ballots } from './ballots.ts';
import { Arrivals, Blocks, GENESIS, Samples } from './blocks.ts';
import { Clock, Slots } from './lotteries.ts';
import { Outages, lastMaker_us, losesMessages } from './outages.ts';
import { chainOutcome } from './outcome.ts';
import { CHAIN_EVENT_BUDGET, CHAIN_TYPE, NOTICE_BYTES, PROPAGATION_SHARES, RunEnd, holdersOf, isBarren, stopHeight } from './rules.ts';
import { Spread } from './spread.ts';
import { Tips } from './tips.ts';
import type { ChainLoad } from './load.ts';
import type { Adversary, AdversaryDesk } from './adversary.ts';
import type { BlockInfo, ChainRun, ChainSpec } from './spec.ts';
import { EngineLimit, NeedsMessages, type Setup } from '../core/contract.ts';
import type { Outcome, TraceLine } from '../../model/outcome.ts';

/**
 * @throws NeedsMessages where faults lose what was sent: nodes ask for it again then, which this engine does not follow
 */
export function runChain(setup: Setup, spec: ChainSpec): Outcome {
  if (losesMessages(spec.faults)) throw new NeedsMessages('faults that lose messages for a time');
  return chainOutcome(setup, spec, new Chain(setup, spec).run());
}

const CLIENT = 0;
/** Rows at the start, at most. */
const LARGEST_START = 1 << 20;

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

/** A run of the fast engine, under a load where there is one. */
export class Chain {
  private readonly setup: Setup;
  private readonly spec: ChainSpec;
  private readonly spread: Spread;
  private readonly blocks: Blocks;
  private readonly end: RunEnd;
  private readonly lines: TraceLine[] = [];

  private readonly tips: Tips;
  private messages = 0;
  private bytes = 0;
  private receptions = 0;
  /** By block, of those that are counted. */
  private readonly receivers: number[] = [];
  /** Of each published honest block, for the medians. */
  private readonly propagation: readonly Samples[] = PROPAGATION_SHARES.map(() => new Samples());

  /** Blocks on their way to the two followed nodes, with their arrivals. */
  private readonly toClient = new Arrivals();
  private readonly toAdversary = new Arrivals();
  /** Found blocks whose stages are under way, and when they end. */
  private readonly staged = new Arrivals();
  /** Votes of a committee that are on their way to the client's node. */
  private readonly votesToClient = new Arrivals();
  private readonly ballots: Ballots | null;
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

  private readonly adversary: Adversary | null;
  /** The best public block that the adversary knows. */
  private publicTip = GENESIS;
  private alarm_us = Infinity;

  private done = false;

  private readonly load: ChainLoad | null;

  constructor(setup: Setup, spec: ChainSpec, under: { readonly load: ChainLoad; readonly end: RunEnd } | null = null) {
    this.setup = setup;
    this.spec = spec;
    this.load = under?.load ?? null;
    this.spread = new Spread(setup, spec);
    this.end = under?.end ?? new RunEnd(setup, spec);
    // Room for stale and withheld blocks, so that most runs never move their columns.
    const capacity = Math.min(2 * stopHeight(setup.cell.decisions, spec.confirmations) + 64, LARGEST_START);
    this.blocks = new Blocks(capacity, spec);
    this.tips = new Tips(this.blocks, this.spread, this.staged);
    this.ballots = this.ballotsOf();
    this.adversary = spec.adversary === null ? null : spec.strategy.start(this.desk(), spec);
    if (spec.committee?.weigh !== undefined) this.tips.votes = this.ballots;
  }

  private ballotsOf(): Ballots | null {
    const { spec, blocks, spread } = this;
    if (spec.committee === undefined) return null;
    if (spec.committee.weigh !== undefined && spec.lottery.kind === 'clock' && spec.lottery.retarget_blocks < Infinity)
      throw new EngineLimit('votes have no say in the fork choice of chains whose difficulty is adjusted');
    return new Ballots(spec, spec.committee, {
      blocks,
      spread,
      desk: {
        tipOf: (node, at_us) => this.miningOn(node, at_us),
        counts: (at_us) => this.end.counts(at_us),
        toClient: (vote, at_us) => this.votesToClient.add(vote, at_us),
        note: (at_us, node, text) => {
          if (this.setup.trace !== undefined) this.note(at_us, node, text);
        },
      },
    });
  }

  run(): ChainRun {
    const { setup, spec } = this;
    const lottery =
      spec.lottery.kind === 'clock'
        ? new Clock(setup.cell.seed, spec.lottery, spec.faultSpan)
        : new Slots(setup.cell.seed, spec.lottery, spec.faultSpan, setup.kernels);
    const barren = isBarren(spec);
    const outages = new Outages(spec.faults);
    const lastMaker = lastMaker_us(spec, outages);
    let stopped: ChainRun['stopped'] = 'done';
    let events = 0;
    while (!this.done) {
      let at_us = barren ? Infinity : lottery.next(setup.horizon_us);
      if (at_us >= lastMaker) at_us = Infinity;
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
      if (outages.any && outages.isDown(winner, at_us)) continue;
      const parent = this.miningOn(winner, at_us);
      const eligible = spec.eligible?.(this.blocks.view, parent, winner, at_us) ?? 1;
      if (!lottery.accepts(this.blocks.next[parent], eligible)) continue;
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
    let counted = 0;
    for (let block = 1; block <= found; block++) if (end.counts(blocks.found_us[block])) counted += 1;
    const stop_us = end.counted ? end.stop_us : 0;
    const totals = {
      participants: spec.participants,
      holders: holdersOf(spec),
      stop_us,
      slots: spec.lottery.kind === 'slots' ? Math.floor(stop_us / spec.lottery.slot_us) : 0,
      found: counted,
      receptions: this.receptions,
      votes: this.ballots?.votes ?? 0,
      voteReceptions: this.ballots?.receptions ?? 0,
    };
    const [p50, p90, p99] = this.propagation.map((samples) => samples.median()) as [number, number, number];
    return {
      stopped,
      totals,
      messages: this.messages + (this.ballots?.messages ?? 0),
      bytes: this.bytes + (this.ballots?.bytes ?? 0),
      stopHeight: end.height,
      found,
      accepted_us,
      miners,
      propagation_us: this.propagation[0].count === 0 ? null : { p50, p90, p99 },
      attacks: end.attacks,
      ...(this.ballots === null ? {} : { final_us: this.ballots.final_us.slice(0, this.ballots.finalHeight(this.clientTip) + 1) }),
      finalRemoved: this.finalRemoved,
      reversals: this.reversals,
      events,
      ...(setup.collect ? { history: { totals, main: this.mainChain(), blocks: this.infos(), votes: this.ballots?.listed() ?? [] } } : {}),
    };
  }

  /** The client's chain by height. */
  mainChain(): number[] {
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
      receivers: this.receivers[number] ?? 0,
    }));
  }

  /** The tip that a participant mines on: of what it has accepted the most work, ties by (arrival, number). */
  private miningOn(node: number, at_us: number): number {
    if (node === this.spec.adversary) return this.adversary!.branch ?? this.publicTip;
    if (node === CLIENT) return this.clientTip;
    return this.tips.heaviest(node, at_us);
  }

  private find(miner: number, parent: number, at_us: number): void {
    const { blocks, spec } = this;
    const block = blocks.add(parent, miner, at_us);
    if (this.load !== null) {
      this.load.fill(block, parent, miner, at_us);
      if (this.end.counts(at_us)) {
        this.load.digest_bytes += this.load.sizeOf(block).madeDigest_bytes;
        this.load.counted(block, 1);
      }
    }
    if (this.setup.trace !== undefined) this.note(at_us, miner, `finds block ${block} (height ${blocks.height[block]}) on ${parent}`);
    if (miner === spec.adversary) {
      this.adversary!.found(block, at_us);
      return;
    }
    const stages = spec.stages?.(blocks.view, block);
    if (stages !== undefined) {
      if (this.end.counts(at_us)) {
        this.messages += stages.messages;
        this.bytes += stages.bytes;
      }
      if (stages.at_us < Infinity) this.staged.add(block, Math.max(at_us + 1, stages.at_us));
      return;
    }
    this.publish(block, at_us);
    this.settle(at_us);
    if (miner === CLIENT) this.choose([block], at_us);
    this.ballots?.look(miner, block, at_us);
    if (miner !== CLIENT) return;
    if (this.votesToClient.next_us === at_us) this.countVotes(at_us);
    this.afterClient(at_us);
  }

  /** Works out when every participant accepts the block, published now. */
  private publish(block: number, at_us: number): void {
    const { blocks, spec, spread } = this;
    const parent = blocks.parent[block];
    const miner = blocks.miner[block];
    const parent_us = this.tips.accepted_us(parent, at_us);
    const entry = spread.take();
    const { accepted_us } = entry;
    const size = this.load === null ? null : this.load.sizeOf(block);
    if (size !== null) spread.carry(size);
    entry.block = block;
    entry.all_us = spread.from({ block, origin: miner, at_us, parent_us, accepted_us });
    accepted_us[miner] = miner === spec.adversary ? blocks.found_us[block] : at_us;
    if (this.end.counts(at_us)) {
      this.messages += spread.messages;
      this.bytes += spread.bytes;
      const receivers = spread.reached(miner) - 1;
      this.receptions += receivers;
      if (size !== null) {
        this.load!.digest_bytes += receivers * size.checkedDigest_bytes;
        this.load!.counted(block, receivers);
      }
      if (this.setup.collect) this.receivers[block] = receivers;
    }
    if (miner !== spec.adversary) for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation[i].add(spread.propagation_us[i]);
    this.tips.add(entry);
    this.ballots?.published(entry, at_us);
    const client_us = accepted_us[CLIENT];
    blocks.accepted_us[block] = client_us;
    // Without stages the client's node has its own block at once.
    if ((miner !== CLIENT || spec.stages !== undefined) && client_us < Infinity) this.toClient.add(block, client_us);
    const { adversary } = spec;
    if (adversary !== null && miner !== adversary) this.toAdversary.add(block, accepted_us[adversary]);
    if (this.setup.trace !== undefined)
      for (let node = 0; node < spec.participants; node++)
        if (node !== miner && accepted_us[node] < Infinity)
          this.note(accepted_us[node], node, `accepts block ${block} (height ${blocks.height[block]}) of ${this.name(miner)}`);
  }

  private settle(at_us: number): void {
    this.tips.settle(at_us, this.adversary?.base ?? -1);
  }

  private difficulties(at_us: number): number[] {
    this.settle(at_us);
    const branch = this.adversary?.branch ?? null;
    const all = this.tips.difficulties(at_us);
    return branch === null ? all : [...all, this.blocks.next[branch]];
  }

  /** Handles what arrives at the client's node and at the adversary, and its timer, up to a time. */
  private advance(limit_us: number): void {
    const { toClient, toAdversary, staged, votesToClient, ballots } = this;
    for (;;) {
      const look_us = ballots === null ? Infinity : ballots.next_us;
      const arrival_us = Math.min(toClient.next_us, votesToClient.next_us, toAdversary.next_us, this.nextNotice_us);
      // What is published now is on its way before anything else happens.
      if (staged.next_us <= Math.min(limit_us, arrival_us, look_us) && staged.next_us < Infinity) {
        const published_us = staged.next_us;
        this.publish(staged.take(), published_us);
        this.settle(published_us);
        continue;
      }
      const at_us = Math.min(arrival_us, look_us);
      // A timer comes after everything else in its microsecond, and never once the run is done.
      if (this.alarm_us < at_us && this.alarm_us < limit_us) {
        const alarm_us = this.alarm_us;
        this.alarm_us = Infinity;
        if (!this.done) this.adversary!.alarm(alarm_us);
        continue;
      }
      if (at_us > limit_us || at_us === Infinity) return;
      // Members look when all is in that comes at that moment.
      if (look_us < arrival_us) {
        ballots!.lookNext();
        continue;
      }
      const noticed = at_us === this.nextNotice_us;
      if (noticed || at_us === toClient.next_us || at_us === votesToClient.next_us) this.clientReceives(at_us);
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
    this.countVotes(at_us);
    const come: number[] = [];
    while (toClient.next_us === at_us) come.push(toClient.take());
    this.choose(come, at_us);
    this.afterClient(at_us);
  }

  /** Takes in the votes that arrive at the client's node: of blocks that become final in one moment the lowest first. */
  private countVotes(at_us: number): void {
    const { votesToClient, ballots } = this;
    const final: number[] = [];
    while (votesToClient.next_us === at_us) {
      const block = ballots!.clientHas(votesToClient.take());
      if (block !== null) final.push(block);
    }
    for (const block of final.sort((x, y) => x - y)) {
      if (!ballots!.finalise(block, at_us)) this.finalRemoved += 1;
      else if (this.setup.trace !== undefined) this.note(at_us, CLIENT, `block ${block} is final`);
    }
  }

  /** The client's node has blocks, a parent before its child: most work, first seen. */
  private choose(come: readonly number[], at_us: number): void {
    const { blocks } = this;
    if (this.tips.votes !== null) this.adopt(this.tips.heaviest(CLIENT, at_us), at_us);
    else for (const block of come) if (blocks.weight[block] > blocks.weight[this.clientTip]) this.adopt(block, at_us);
  }

  private adopt(block: number, at_us: number): void {
    const { blocks, ballots } = this;
    const old = this.clientTip;
    if (block === old) return;
    this.load?.adopt(block, at_us);
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
    if (this.setup.trace !== undefined) this.note(at_us, CLIENT, `reorganises from block ${old} to ${block}: ${removed} removed`);
    // The lowest removed block had `removed` confirmations.
    const wasFinal = ballots === null ? removed >= this.spec.merchantConfirmations : ballots.finalHeight(old) > blocks.height[x];
    if (wasFinal) {
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
      this.end.reached(this.blocks.height[this.clientTip], at_us, this.ballots?.finalHeight(this.clientTip));
      this.checkEnd(at_us);
    }
    if (this.delivered || !this.isPaymentFinal()) return;
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
      work: this.blocks.weight[this.clientTip],
    });
    if (this.setup.trace !== undefined)
      this.note(at_us, CLIENT, `payment ${this.payment} has ${this.paymentConfirmations} confirmations: delivers`);
  }

  private isPaymentFinal(): boolean {
    const { ballots, paymentConfirmations, clientTip } = this;
    if (ballots === null) return paymentConfirmations >= this.spec.merchantConfirmations;
    const height = this.blocks.height[clientTip] - paymentConfirmations + 1;
    return paymentConfirmations > 0 && ballots.finalHeight(clientTip) >= height;
  }

  private checkEnd(at_us: number): void {
    this.end.found = this.blocks.count - 1;
    if (this.end.isOver(at_us, this.adversary === null || this.adversary.branch === null)) this.done = true;
  }

  private notify(notice: Notice): void {
    this.notices.push(notice);
    if (notice.at_us < this.nextNotice_us) this.nextNotice_us = notice.at_us;
  }

  private adversaryReceives(at_us: number): void {
    const { blocks, toAdversary } = this;
    const notice = this.nextNotice_us === at_us ? this.takeNotice('delivery', at_us) : null;
    if (notice !== null) this.adversary!.delivered(notice.attack, notice.work);
    while (toAdversary.next_us === at_us) {
      const block = toAdversary.take();
      if (blocks.weight[block] > blocks.weight[this.publicTip]) this.publicTip = block;
    }
    this.adversary!.heard(at_us);
  }

  /** What the adversary knows and can do. */
  private desk(): AdversaryDesk {
    // A getter in an object literal has a `this` of its own.
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const chain = this;
    const { blocks, spec } = this;
    return {
      get publicTip() {
        return chain.publicTip;
      },
      work: (block) => blocks.weight[block],
      height: (block) => blocks.height[block],
      publish(published, at_us) {
        for (const block of published) {
          chain.publish(block, at_us);
          if (blocks.weight[block] > blocks.weight[chain.publicTip]) chain.publicTip = block;
        }
      },
      pay: (attack, at_us) => this.pay(attack, at_us),
      setAlarm: (at_us) => {
        this.alarm_us = at_us;
      },
      attackEnded: (at_us) => {
        this.end.attacks += 1;
        this.checkEnd(at_us);
      },
      note: (at_us, text) => {
        if (this.setup.trace !== undefined) this.note(at_us, spec.adversary!, text);
      },
    };
  }

  /** The adversary's payment goes to the client's node, through the wallet. */
  private pay(attack: number, at_us: number): void {
    const { spread } = this;
    const { wallet } = spread;
    const { bytes } = this.setup.cell.transactions;
    let arrive_us = at_us + spread.hop({ type: CHAIN_TYPE.instruction, sequence: attack, from: this.spec.adversary!, to: wallet, bytes });
    arrive_us += spread.hop({ type: CHAIN_TYPE.payment, sequence: attack, from: wallet, to: CLIENT, bytes });
    this.notify({ at_us: arrive_us, kind: 'payment', attack, paid_us: at_us, work: 0 });
  }

  private name(node: number): string {
    return node === this.spec.adversary ? 'adversary' : (this.setup.cell.names?.[node] ?? `node ${node}`);
  }

  private note(at_us: number, node: number, text: string): void {
    this.lines.push({ at_us, node: this.name(node), text });
  }
}
