// The chain engine: propagation is data, blocks are events. Only the finding of a block is an event; when it is found, its
// arrivals at all participants are worked out at once. Which tip a miner is on is asked only when it wins. Two participants
// are followed step by step: node 0, the client's, and the adversary. Its twin, message by message: messages.ts.
import { attestingOf, type Attesting } from './attesting.ts';
import { ballotsOf, type Ballots } from './ballots.ts';
import { Arrivals, Blocks, GENESIS, Samples } from './blocks.ts';
import { CLIENT, ClientNode } from './client.ts';
import { Clock, Slots } from './lotteries.ts';
import { Notices } from './notices.ts';
import { NO_VOTES, type Overlay } from './overlay.ts';
import { Outages, lastMaker_us } from './outages.ts';
import { PoolDesk, type Job } from './pool.ts';
import { Races } from './races.ts';
import { countedOf } from './share-log.ts';
import { chainOutcome } from './outcome.ts';
import { CHAIN_EVENT_BUDGET, PROPAGATION_SHARES, RunEnd, holdersOf, isBarren, stopHeight } from './rules.ts';
import { Spread } from './spread.ts';
import { StageTotals } from './stage-totals.ts';
import { Timers } from './timers.ts';
import { blockTree } from './tree.ts';
import { Tips } from './tips.ts';
import type { ChainLoad } from './load.ts';
import type { Adversary, AdversaryDesk } from './adversary.ts';
import type { ChainRun, ChainSpec, Stages } from './spec.ts';
import type { Setup } from '../core/contract.ts';
import type { Outcome, TraceLine } from '../../model/outcome.ts';

/** Without faults that lose what was sent: nodes ask for it again then, which this engine does not follow. */
export function runChain(setup: Setup, spec: ChainSpec): Outcome {
  return chainOutcome(setup, spec, new Chain(setup, spec).run());
}

/** Rows at the start, at most. */
const LARGEST_START = 1 << 20;

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
  private orphanArrivals = 0;
  private readonly races: Races;
  private readonly stages = new StageTotals();
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
  private readonly attesting: Attesting | null;
  /** Either of them. */
  private readonly overlay: Overlay | null;
  private readonly notices: Notices;
  private readonly pool: PoolDesk | null;

  private readonly client: ClientNode;
  private readonly adversary: Adversary | null;
  /** The best public block that the adversary knows. */
  private publicTip = GENESIS;
  private alarm_us = Infinity;
  /** Blocks that the adversary has whole and has not published. */
  private readonly withheld = new Set<number>();

  private done = false;
  private timers: Timers | null = null;
  /** What arrives later is not handled yet. */
  private limit_us = 0;

  private readonly load: ChainLoad | null;
  /** When each participant accepted each published block, where the tree is asked for. */
  private readonly seen_us: Float64Array[] = [];

  constructor(setup: Setup, spec: ChainSpec, under: { readonly load: ChainLoad; readonly end: RunEnd } | null = null) {
    this.setup = setup;
    this.spec = spec;
    this.load = under?.load ?? null;
    this.spread = new Spread(setup, spec);
    this.races = new Races(spec);
    this.notices = new Notices(this.spread, { adversary: spec.adversary, payment_bytes: setup.cell.transactions.bytes });
    this.end = under?.end ?? new RunEnd(setup, spec);
    // Room for stale and withheld blocks, so that most runs never move their columns.
    const capacity = Math.min(2 * stopHeight(setup.cell.decisions, spec.confirmations) + 64, LARGEST_START);
    this.blocks = new Blocks(capacity, spec);
    this.tips = new Tips(this.blocks, this.spread, this.staged, spec);
    const note = (at_us: number, node: number, text: string): void => {
      if (setup.trace !== undefined) this.note(at_us, node, text);
    };
    const { blocks, spread } = this;
    const counts = (at_us: number): boolean => this.end.counts(at_us);
    const tipOf = (node: number, at_us: number): number => this.miningOn(node, at_us);
    const toClient = (vote: number, at_us: number): void => this.votesToClient.add(vote, at_us);
    this.ballots = ballotsOf(spec, { blocks, spread, desk: { tipOf, counts, toClient, note } });
    const clientLooks = (at_us: number): boolean => {
      this.choose([], at_us);
      this.afterClient(at_us);
      return !this.done;
    };
    this.attesting = attestingOf(spec, { blocks, spread, desk: { counts, clientLooks, note } });
    this.overlay = this.ballots ?? this.attesting;
    const { tips, overlay, load } = this;
    this.client = new ClientNode(spec, { blocks, tips, overlay, load, note: (at_us, text) => note(at_us, CLIENT, text) });
    this.adversary = spec.adversary === null ? null : spec.strategy.start(this.desk(), spec);
    if (spec.committee?.weigh !== undefined) this.tips.votes = this.ballots;
    this.pool =
      spec.pool === undefined ? null : new PoolDesk(spec, spec.pool, { spread, stages: this.stages, counts, note: setup.trace && note });
    this.tips.pool = this.pool;
  }

  private lottery(): Clock | Slots | Timers {
    const { setup, spec } = this;
    if (spec.lottery.kind === 'clock') return new Clock(setup.cell.seed, spec.lottery, spec.faultSpan);
    if (spec.lottery.kind === 'slots') return new Slots(setup.cell.seed, spec.lottery, spec.faultSpan, setup.kernels);
    const holders = new Set(holdersOf(spec));
    const timers = new Timers(setup.cell.seed, spec.lottery, this.blocks.view, {
      adversary: spec.adversary,
      waits: (node) => holders.has(node),
    });
    timers.start(GENESIS, new Float64Array(spec.participants));
    this.timers = timers;
    this.adversaryTakes(0);
    return timers;
  }

  run(): ChainRun {
    const { setup, spec } = this;
    const lottery = this.lottery();
    const barren = isBarren(spec);
    const outages = new Outages(spec.faults);
    const lastMaker = lastMaker_us(spec, outages);
    let stopped: ChainRun['stopped'] = 'done';
    let events = 0;
    const { blocksPerCandidate: perCandidate = 1 } = spec.lottery.kind === 'clock' ? spec.lottery : {};
    while (!this.done) {
      let at_us = barren ? Infinity : lottery.next(setup.horizon_us);
      if (at_us >= lastMaker) at_us = Infinity;
      if (at_us > setup.horizon_us) {
        this.advance(setup.horizon_us, true);
        // What was published meanwhile starts timers.
        if (this.timers !== null && !barren) at_us = this.timers.next();
        if (at_us <= setup.horizon_us) continue;
        // Attacks that had not ended by then are not waited for.
        if (!this.end.counted) stopped = at_us === Infinity ? 'idle' : 'horizon';
        this.done = this.end.counted;
        break;
      }
      this.advance(at_us);
      if (this.done) break;
      // Another runs out first that was started meanwhile, or the next one's block is nobody's tip any more.
      if (this.timers !== null && this.timers.next() !== at_us) continue;
      if (events === CHAIN_EVENT_BUDGET) {
        if (!this.end.counted) stopped = 'budget';
        this.done = this.end.counted;
        break;
      }
      events += 1;
      const { winner } = lottery;
      this.timers?.take();
      if (outages.any && outages.isDown(winner, at_us)) continue;
      const job = this.pool?.jobOf(winner, at_us) ?? null;
      const parent = job?.tip ?? this.miningOn(winner, at_us);
      if (this.timers !== null && parent !== this.timers.tip) continue;
      const eligible = spec.eligible?.(this.blocks.view, parent, winner, at_us) ?? 1;
      const { next } = this.blocks;
      const isBlock = lottery.accepts(next[parent], eligible * perCandidate);
      if (job !== null && (isBlock || lottery.accepts(next[parent], eligible))) {
        if (isBlock && this.pool!.keeps(winner, at_us)) continue;
        if (isBlock) this.find(winner, parent, at_us, job);
        const block = isBlock ? this.blocks.count - 1 : 0;
        this.pool!.submit(job, { number: (lottery as Clock).candidate, member: winner, block, at_us });
      } else if (isBlock) this.find(winner, parent, at_us);
      if (!isBlock) continue;
      this.checkEnd(at_us);
      if (lottery.rebase(this.blocks.next[this.blocks.count - 1])) lottery.mixed(this.difficulties(at_us));
    }
    if (stopped === 'done') this.advance(Infinity);
    if (setup.trace !== undefined) {
      this.lines.sort((x, y) => x.at_us - y.at_us);
      for (const line of this.lines) setup.trace(line);
    }
    const run = this.result(stopped, events);
    if (setup.tree !== undefined) {
      const names = Array.from({ length: spec.participants }, (_, node) => this.name(node));
      // A run that stops before its decisions stops at the horizon; else what is under way still arrives.
      const until_us = stopped === 'done' ? Infinity : setup.horizon_us;
      const seen_us = (block: number, participant: number): number => {
        const at_us = this.seen_us[block]?.[participant] ?? Infinity;
        return at_us <= until_us ? at_us : Infinity;
      };
      setup.tree(blockTree(names, run, seen_us));
    }
    return run;
  }

  private result(stopped: ChainRun['stopped'], events: number): ChainRun {
    const { blocks, spec, setup, end } = this;
    const main = this.mainChain();
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
      complete: spec.stages === undefined ? counted : this.stages.complete,
      staged: this.stages.counts,
      receptions: this.receptions,
      ...(this.overlay?.counted ?? NO_VOTES),
    };
    const pool = this.pool?.run;
    const [p50, p90, p99] = this.propagation.map((samples) => samples.median()) as [number, number, number];
    return {
      stopped,
      totals,
      messages: this.messages + this.stages.messages + (this.overlay?.messages ?? 0) + (this.pool?.messages ?? 0),
      bytes: this.bytes + this.stages.bytes + (this.overlay?.bytes ?? 0) + (this.pool?.bytes ?? 0),
      stopHeight: end.height,
      found,
      blocks: blocks.view,
      accepted_us: Float64Array.from(main, (block) => blocks.accepted_us[block]),
      main,
      miners: Int32Array.from(main, (block) => blocks.miner[block]),
      propagation_us: this.propagation[0].count === 0 ? null : { p50, p90, p99 },
      orphanArrivals: this.orphanArrivals,
      ...(this.attesting === null ? {} : { attested: this.attesting.ending }),
      races: this.races,
      attacks: end.attacks,
      ...(this.overlay === null ? {} : { final_us: this.overlay.final_us.slice(0, this.overlay.finalHeight(this.client.tip) + 1) }),
      finalRemoved: this.client.finalRemoved,
      reversals: this.client.reversals,
      events,
      ...(pool === undefined ? {} : { pool }),
      ...(setup.collect
        ? {
            history: {
              totals,
              main,
              blocks: blocks.infos(this.receivers),
              votes: this.overlay?.listed() ?? [],
              ...(pool === undefined ? {} : { pool: countedOf(pool) }),
            },
          }
        : {}),
    };
  }

  /** The client's chain by height. */
  private mainChain(): number[] {
    const main: number[] = [];
    for (let block = this.client.tip; block !== GENESIS; block = this.blocks.parent[block]!) main.push(block);
    return [...main, GENESIS].reverse();
  }

  /** The tip that a participant mines on: of what it has accepted the most work, ties by (arrival, number). */
  private miningOn(node: number, at_us: number): number {
    if (this.attesting !== null) return this.attesting.head(node, at_us);
    if (node === this.spec.adversary) return this.adversary!.branch ?? this.publicTip;
    if (node === CLIENT) return this.client.tip;
    return this.tips.heaviest(node, at_us);
  }

  /** `job`: of a pool's, on which it was found; then its operator publishes it when it comes. */
  private find(miner: number, parent: number, at_us: number, job: Job | null = null): void {
    const { blocks, spec } = this;
    this.races.beforeBlock(this.adversary?.race ?? null, (node) => this.pool?.jobOf(node, at_us)?.tip ?? this.miningOn(node, at_us));
    const block = blocks.add(parent, miner, at_us);
    this.attesting?.found(block, miner, at_us);
    if (this.setup.trace !== undefined) this.note(at_us, miner, `finds block ${block} (height ${blocks.height[block]}) on ${parent}`);
    if (job !== null && miner !== CLIENT) {
      blocks.publisher[block] = CLIENT;
      return;
    }
    const stages = spec.stages?.(blocks.view, block);
    if (stages !== undefined) {
      this.begin(block, stages, at_us);
      return;
    }
    this.fill(block, at_us);
    if (miner === spec.adversary) {
      this.withhold(block, at_us);
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

  private begin(block: number, stages: Stages, at_us: number): void {
    const { blocks } = this;
    const publisher = stages.publisher ?? blocks.miner[block];
    const isComplete = stages.at_us < Infinity && (publisher === blocks.miner[block] || !this.withheld.has(blocks.parent[block]));
    this.stages.found(block, stages, isComplete, this.end.counts(at_us));
    blocks.publisher[block] = isComplete ? publisher : -1;
    if (!isComplete) return;
    if (this.isAdversarys(block) && stages.at_us <= at_us) this.isWhole(block, at_us);
    else this.staged.add(block, Math.max(at_us + 1, stages.at_us));
  }

  /** The stages of a block have come to their end. */
  private isWhole(block: number, at_us: number): void {
    if (this.isAdversarys(block)) {
      this.fill(block, at_us);
      this.withhold(block, at_us);
      return;
    }
    const { parent, publisher } = this.blocks;
    const parent_us = this.tips.accepted_us(parent[block], at_us)?.[publisher[block]] ?? at_us;
    if (parent_us > at_us) {
      if (parent_us < Infinity) this.staged.add(block, parent_us);
      return;
    }
    this.fill(block, at_us);
    this.publish(block, at_us);
    this.settle(at_us);
  }

  /** Under a load: whoever makes the block whole puts transactions into it, an adversary into what it finds its own. */
  private fill(block: number, at_us: number): void {
    const { blocks, load, spec } = this;
    if (load === null) return;
    const finder = blocks.miner[block];
    const filler = finder === spec.adversary || blocks.publisher[block] === spec.adversary ? finder : blocks.publisher[block];
    load.fill(block, blocks.parent[block], filler, at_us);
    if (!this.end.counts(at_us)) return;
    load.digest_bytes += load.sizeOf(block).madeDigest_bytes;
    load.counted(block, 1);
  }

  private withhold(block: number, at_us: number): void {
    this.withheld.add(block);
    this.adversary!.found(block, at_us);
    this.adversaryTakes(at_us);
  }

  /** It found the block and publishes it, if anybody does. */
  private isAdversarys(block: number): boolean {
    const { adversary } = this.spec;
    return this.blocks.miner[block] === adversary && this.blocks.publisher[block] === adversary;
  }

  /** Works out when every participant accepts the block, published now. */
  private publish(block: number, at_us: number): void {
    const { blocks, spec, spread } = this;
    const parent = blocks.parent[block];
    const publisher = blocks.publisher[block];
    const isAdversarys = this.isAdversarys(block);
    const parent_us = this.attesting === null ? this.tips.accepted_us(parent, at_us) : this.attesting.arrivals_us(parent, at_us);
    const entry = spread.take();
    const { accepted_us } = entry;
    const size = this.load === null ? null : this.load.sizeOf(block);
    if (size !== null) spread.carry(size);
    entry.block = block;
    entry.all_us = spread.from({ block, origin: publisher, at_us, parent_us, accepted_us });
    accepted_us[publisher] = isAdversarys ? blocks.found_us[block] : at_us;
    this.orphanArrivals += spread.orphans;
    if (this.end.counts(at_us)) {
      this.messages += spread.messages;
      this.bytes += spread.bytes;
      const receivers = spread.reached(publisher) - 1;
      this.receptions += receivers;
      this.stages.received(block, receivers);
      if (size !== null) {
        this.load!.digest_bytes += receivers * size.checkedDigest_bytes;
        this.load!.counted(block, receivers);
      }
      if (this.setup.collect) this.receivers[block] = receivers;
    }
    if (blocks.miner[block] !== spec.adversary)
      for (let i = 0; i < PROPAGATION_SHARES.length; i++) this.propagation[i].add(spread.propagation_us[i]);
    this.tips.add(entry);
    if (this.timers !== null && !this.done) {
      this.timers.start(block, accepted_us);
      this.limit_us = Math.min(this.limit_us, this.timers.next());
    }
    this.ballots?.published(entry, at_us);
    this.attesting?.published(entry);
    const client_us = accepted_us[CLIENT];
    blocks.accepted_us[block] = client_us;
    // Without stages the client's node has its own block at once.
    if ((publisher !== CLIENT || spec.stages !== undefined) && client_us < Infinity) this.toClient.add(block, client_us);
    if (this.setup.tree !== undefined) this.seen_us[block] = accepted_us.slice();
    const { adversary } = spec;
    if (adversary !== null && !isAdversarys) this.toAdversary.add(block, accepted_us[adversary]);
    if (this.setup.trace !== undefined)
      for (let node = 0; node < spec.participants; node++)
        if (node !== publisher && accepted_us[node] < Infinity)
          this.note(accepted_us[node], node, `accepts block ${block} (height ${blocks.height[block]}) of ${this.name(publisher)}`);
  }

  private settle(at_us: number): void {
    this.tips.settle(at_us, this.adversary?.base ?? -1);
    this.timers?.keep((block) => this.tips.has(block));
  }

  /** The adversary may have another tip. */
  private adversaryTakes(at_us: number): void {
    const { timers, spec } = this;
    if (timers === null || spec.adversary === null || spec.shares[spec.adversary] === 0 || this.done) return;
    timers.adversaryTakes(this.miningOn(spec.adversary, at_us), at_us);
    this.limit_us = Math.min(this.limit_us, timers.next());
  }

  private difficulties(at_us: number): number[] {
    this.settle(at_us);
    const branch = this.adversary?.branch ?? null;
    const all = this.tips.difficulties(at_us);
    if (this.pool !== null) all.push(...this.pool.tips(at_us).map((tip) => this.blocks.next[tip]));
    return branch === null ? all : [...all, this.blocks.next[branch]];
  }

  /** Handles what arrives at the client's node and at the adversary up to a time, and timers before it; of the `last` time those at it, too. */
  private advance(limit_us: number, last = false): void {
    const { toClient, toAdversary, staged, votesToClient, ballots, attesting, notices, pool } = this;
    this.limit_us = limit_us;
    for (;;) {
      const look_us = ballots === null ? Infinity : ballots.next_us;
      const share_us = pool?.next_us ?? Infinity;
      const arrival_us = Math.min(toClient.next_us, votesToClient.next_us, toAdversary.next_us, notices.next_us, share_us);
      const at_us = Math.min(staged.next_us, arrival_us, look_us);
      // A timer comes after everything else in its microsecond, and never once the run is done.
      if (this.alarm_us < at_us && this.alarm_us < this.limit_us) {
        const alarm_us = this.alarm_us;
        this.alarm_us = Infinity;
        if (!this.done) this.adversary!.alarm(alarm_us);
        this.adversaryTakes(alarm_us);
        continue;
      }
      if (attesting !== null && !this.done && attesting.next_us < Math.min(at_us, this.limit_us + (last ? 1 : 0))) {
        attesting.lookNext();
        continue;
      }
      if (at_us > this.limit_us || at_us === Infinity) return;
      // What is published now is on its way before anything else happens.
      if (staged.next_us === at_us) {
        this.isWhole(staged.take(), at_us);
        continue;
      }
      // Members look when all is in that comes at that moment.
      if (look_us < arrival_us) {
        ballots!.lookNext();
        continue;
      }
      // Shares come before the operator chooses among the blocks that come with them.
      if (share_us === at_us) {
        this.shareComes(at_us);
        continue;
      }
      const noticed = at_us === notices.next_us;
      if (noticed || at_us === toClient.next_us || at_us === votesToClient.next_us) this.clientReceives(at_us);
      if (noticed || at_us === toAdversary.next_us) this.adversaryReceives(at_us);
      if (noticed) notices.passed();
    }
  }

  private shareComes(at_us: number): void {
    const block = this.pool!.take(this.client.tip);
    if (block === 0) return;
    this.fill(block, at_us);
    this.publish(block, at_us);
    this.settle(at_us);
    this.choose([block], at_us);
    this.afterClient(at_us);
  }

  private clientReceives(at_us: number): void {
    const { toClient } = this;
    const notice = this.notices.next_us === at_us ? this.notices.take('payment', at_us) : null;
    if (notice !== null) this.client.isPaid(notice.attack, notice.paid_us);
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
    for (const block of final.sort((x, y) => x - y)) this.makeFinal(block, at_us);
  }

  private makeFinal(block: number, at_us: number): void {
    const { final } = this.overlay!;
    if (block === final) return;
    if (!this.overlay!.finalise(block, at_us)) this.client.finalRemoved += 1;
    else if (this.setup.trace !== undefined) this.note(at_us, CLIENT, `block ${block} is final`);
  }

  /** The client's node has blocks, a parent before its child. */
  private choose(come: readonly number[], at_us: number): void {
    const { attesting, client } = this;
    if (attesting === null) {
      client.choose(come, at_us);
      this.pool?.renew(client.tip, at_us);
      return;
    }
    client.adopt(attesting.head(CLIENT, at_us), at_us);
    this.makeFinal(attesting.finalOf(client.tip, at_us), at_us);
  }

  private afterClient(at_us: number): void {
    if (!this.end.counted) {
      this.end.reached(this.blocks.height[this.client.tip], at_us, this.overlay?.finalHeight(this.client.tip));
      this.checkEnd(at_us);
    }
    const { client } = this;
    if (client.delivered || !client.isPaymentFinal) return;
    client.delivered = true;
    this.notices.deliver({ attack: client.payment, paid_us: client.paid_us, work: this.blocks.weight[client.tip] }, at_us);
    if (this.setup.trace !== undefined)
      this.note(at_us, CLIENT, `payment ${client.payment} has ${client.paymentConfirmations} confirmations: delivers`);
  }

  private checkEnd(at_us: number): void {
    this.end.found = this.blocks.count - 1;
    if (this.end.isOver(at_us, this.adversary === null || this.adversary.branch === null)) this.done = true;
  }

  private adversaryReceives(at_us: number): void {
    const { blocks, toAdversary } = this;
    const notice = this.notices.next_us === at_us ? this.notices.take('delivery', at_us) : null;
    if (notice !== null) this.adversary!.delivered(notice.attack, notice.work);
    while (toAdversary.next_us === at_us) {
      const block = toAdversary.take();
      if (blocks.weight[block] > blocks.weight[this.publicTip]) this.publicTip = block;
    }
    this.adversary!.heard(at_us);
    this.adversaryTakes(at_us);
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
      parent: (block) => blocks.parent[block],
      publish(published, at_us) {
        for (const block of published) {
          chain.withheld.delete(block);
          chain.publish(block, at_us);
          if (blocks.weight[block] > blocks.weight[chain.publicTip]) chain.publicTip = block;
        }
      },
      pay: (attack, at_us) => this.notices.pay(attack, at_us),
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

  private name(node: number): string {
    const { adversary, pool } = this.spec;
    if (node === pool?.guest?.participant) return pool.guest.name;
    const special = this.spec.nameOf?.(node) ?? null;
    if (special !== null) return special;
    return node === adversary ? 'adversary' : (this.setup.cell.names?.[node] ?? `node ${node}`);
  }

  private note(at_us: number, node: number, text: string): void {
    this.lines.push({ at_us, node: this.name(node), text });
  }
}
