// A chain as a protocol of the message engine: what a node does with what comes. messages.ts runs it.
//
// Within a microsecond a node first takes in everything that arrives, then (a `choose` work item, queued behind) looks at
// the accepted blocks in the order of their numbers. So the order of arrival within a microsecond cannot matter.
import { AttestingVotes } from './messages-attesting.ts';
import {
  BLOCK_TIMER,
  GENESIS,
  child,
  clock,
  freshParticipant,
  slots,
  type Block,
  type Candidate,
  type Participant,
} from './messages-lotteries.ts';
import { RelayNetwork } from './messages-relays.ts';
import { finalHeight, type VoteCheck, type VoteDesk, type VoteRelay } from './messages-vote-relay.ts';
import { PoolOfMessages, type MemberJob, type PoolMessage } from './messages-pool.ts';
import { describeMessage, type ChainMessage } from './messages-kinds.ts';
import { Votes } from './messages-votes.ts';
import { CHAIN_TYPE, INVENTORY_BYTES, MESSAGE_HEADER_BYTES, NOTICE_BYTES, RunEnd, isBarren } from './rules.ts';
import { PURPOSE, draw32, drawKey, threshold32 } from '../core/draws.ts';
import { type External, type Input, type Outbox, type Protocol } from '../messages/engine.ts';
import { regionOf } from '../core/network.ts';
import { peerGraph } from './peers.ts';
import { Races } from './races.ts';
import { StageTotals } from './stage-totals.ts';
import { Links, Outages, lastMaker_us, losesMessages } from './outages.ts';
import type { Adversary, AdversaryDesk } from './adversary.ts';
import type { BlockView, ChainSpec } from './spec.ts';
import { type Setup } from '../core/contract.ts';

/** A block was received and is checked; or: choose among what was accepted in this microsecond. */
type Token =
  | VoteCheck
  | { readonly kind: 'check'; readonly block: Block; readonly from: number }
  | { readonly kind: 'notice'; readonly message: ChainMessage }
  | { readonly kind: 'staged'; readonly block: Block }
  | { readonly kind: 'choose' };

type Publish = (self: Participant, block: Block, now_us: number, out: Outbox<PoolMessage>) => void;

export const CLIENT = 0;
const NOBODY = -1;
/** A request that was not answered is repeated after so long, as by Bitcoin's first client (version 0.1, CNode::AskFor). */
const REQUEST_TIMEOUT_us = 120_000_000;

export class ChainProtocol implements Protocol<Participant, ChainMessage> {
  readonly participants: number;
  readonly nodes: number;
  readonly end: RunEnd;
  /** Blocks that were published after the counting had stopped. */
  readonly late = new Set<number>();
  readonly stages = new StageTotals();
  /** Where blocks and votes go through one. */
  readonly relays: RelayNetwork<ChainMessage> | null;
  /** Who publishes a block, where that is not its finder. */
  private readonly publishers = new Map<number, number>();
  /** Times that a block was checked before its parent was accepted there. */
  orphanArrivals = 0;
  readonly races: Races;
  private readonly setup: Setup;
  private readonly spec: ChainSpec;
  private readonly neighbours: readonly ArrayLike<number>[];
  /** What comes from outside; null where participants wait for themselves. */
  private readonly clock: Iterator<External, null, readonly Participant[]> | null;
  readonly recovers = true;
  /** Participants as they are now. */
  private readonly all: Participant[] = [];
  /** Something that was sent may be lost: requests are repeated, and parents asked for. */
  private readonly asksAgain: boolean;
  /** From then on nobody is left who could make a block. */
  private readonly lastMaker_us: number;
  private readonly adversary: Adversary | null;
  /** The participant whose blocks those are, and the step that it is in. */
  private attacker: Participant | null = null;
  private now_us = 0;
  private out: Outbox<ChainMessage> | null = null;
  /** All blocks by number, for what looks at more than a node knows: adversaries and weights. */
  private readonly blocks: Block[] = [GENESIS];
  readonly view: BlockView = {
    parent: (block) => this.blocks[block].parent?.number ?? 0,
    height: (block) => this.blocks[block].height,
    miner: (block) => this.blocks[block].miner,
    found_us: (block) => this.blocks[block].found_us,
  };
  /** Of a committee; of slots; and either of them. */
  private readonly votes: Votes | null;
  readonly attesting: AttestingVotes | null;
  readonly relay: VoteRelay | null;
  readonly pool: PoolOfMessages | null;
  private finished = false;

  constructor(setup: Setup, spec: ChainSpec) {
    this.setup = setup;
    this.spec = spec;
    this.nodes = spec.participants;
    this.races = new Races(spec);
    // Behind the nodes is the wallet through which the adversary pays, a client in its region; and then relays, if any.
    this.relays = spec.relay === 'network' ? new RelayNetwork(setup, this.nodes, (message) => this.counted(message)) : null;
    this.participants = this.relays?.end ?? (spec.adversary === null ? this.nodes : this.nodes + 1);
    this.end = new RunEnd(setup, spec);
    this.asksAgain = losesMessages(spec.faults);
    const again_us = this.asksAgain ? REQUEST_TIMEOUT_us : null;
    const { committee, attestations } = spec;
    this.votes = committee === undefined ? null : new Votes(spec, committee, this.voteDesk(), again_us);
    this.attesting = attestations === undefined ? null : new AttestingVotes(spec, attestations, this.voteDesk(), again_us);
    this.relay = this.votes ?? this.attesting;
    const { stages } = this;
    const counts = (at_us: number): boolean => this.end.counts(at_us);
    const publish: Publish = (operator, block, now_us, out) => this.publishOwn(operator, block, now_us, out);
    this.pool = spec.pool === undefined ? null : new PoolOfMessages(spec, spec.pool, { stages, counts, publish });
    this.lastMaker_us = lastMaker_us(spec, new Outages(spec.faults));
    this.adversary = spec.adversary === null ? null : spec.strategy.start(this.desk(), spec);
    const degree = spec.relay === 'announce' ? spec.peerDegree : Infinity;
    this.neighbours = peerGraph({ seed: setup.cell.seed, nodes: this.nodes, degree }).neighbours;
    const part = Array.from(new Links(spec.faults, this.nodes, (node) => this.neighbours[node]).part);
    const { seed } = setup.cell;
    this.clock =
      spec.lottery.kind === 'clock'
        ? clock({
            seed,
            spec,
            lottery: spec.lottery,
            part,
            branch: () => this.adversary?.branch ?? null,
            publisherOf: this.publisherOf,
            jobTips: (states) => this.pool?.tips(states) ?? [],
          })
        : spec.lottery.kind === 'slots'
          ? slots(seed, spec, spec.lottery, setup.horizon_us)
          : null;
  }

  init(id: number): Participant {
    const before = this.all[id];
    const participant = freshParticipant(id);
    if (before !== undefined) {
      // Back after a crash: accepted blocks, its tip and what it found are on its disk, and nothing else.
      for (const [number, one] of before.accepted) participant.accepted.set(number, one);
      for (const number of before.accepted.keys()) participant.known.add(number);
      participant.found.push(...before.found);
      participant.tip = before.tip;
      participant.job = before.job;
      Object.assign(participant.client, before.client);
      if (this.attesting === null) this.choose(participant, before.fresh);
      const { votes } = participant;
      for (const [key, vote] of before.votes.accepted) votes.accepted.set(key, vote);
      for (const key of before.votes.accepted.keys()) votes.known.add(key);
      for (const [block, weight] of before.votes.weights) votes.weights.set(block, weight);
      votes.lastRound = before.votes.lastRound;
    }
    this.all[id] = participant;
    if (id === this.spec.adversary) this.attacker = participant;
    return participant;
  }

  regionOf(participant: number): number {
    const { relays } = this;
    return relays !== null && participant >= relays.first ? participant - relays.first : regionOf(this.setup.network, this.nodes - 1);
  }

  done(): boolean {
    return this.finished;
  }

  /** Attacks that have not ended by then are not waited for. */
  atHorizon(): boolean {
    return (this.finished ||= this.end.counted);
  }

  counted(message: ChainMessage): boolean {
    if (this.pool?.isOf(message) === true) return this.pool.counted(message, this.now_us);
    return this.relay?.isVote(message) === true ? this.relay.counted(message) : !this.late.has(message.sequence);
  }

  private checkEnd(now_us: number): void {
    if (this.end.isOver(now_us, this.adversary === null || this.adversary.branch === null)) this.finished = true;
  }

  external(states: readonly Participant[]): External | null {
    if (this.clock === null || isBarren(this.spec)) return null;
    const next = this.clock.next(states.slice(0, this.nodes)).value;
    return next !== null && next.at_us >= this.lastMaker_us ? null : next;
  }

  nameOf(participant: number): string {
    if (this.relays !== null && participant >= this.relays.first) return `relay ${participant - this.relays.first}`;
    const { adversary, pool } = this.spec;
    if (participant === pool?.guest?.participant) return pool.guest.name;
    const special = this.spec.nameOf?.(participant) ?? null;
    if (special !== null) return special;
    return participant === adversary ? 'adversary' : participant === this.nodes ? 'wallet' : `node ${participant}`;
  }

  describe(message: ChainMessage): string {
    return describeMessage(message, (participant) => this.nameOf(participant));
  }

  step(self: Participant, input: Input<ChainMessage>, out: Outbox<ChainMessage>): void {
    this.now_us = input.now_us;
    this.out = out;
    if (this.relays !== null && self.id >= this.relays.first) {
      if (input.kind === 'message') this.relays.passOn(self.id, input.from, input.message, out);
      return;
    }
    switch (input.kind) {
      case 'message':
        this.receive(self, input.from, input.message, out);
        break;
      case 'work':
        this.work(self, input.token as Token, input.now_us, out);
        break;
      case 'external':
        this.candidate(self, input.payload as Candidate, input.now_us, out);
        break;
      case 'timer':
        if (input.id === 'alarm') this.adversary!.alarm(input.now_us);
        else if (input.id === BLOCK_TIMER) this.candidate(self, { number: 0, slot: 0, difficulty: 1 }, input.now_us, out);
        else if (this.attesting?.isDuty(input.id) === true) this.duty(self, input.now_us, out);
        else if (this.relay?.askAgain(self, input.id, out) !== true) this.askAgain(self, Number(input.id), out);
        break;
      case 'start':
      case 'recover':
        this.attesting?.awaitDuty(input.now_us, out);
        if (input.now_us > 0) this.catchUp(self, out);
        break;
      case 'persisted':
        break;
    }
    this.wait(self, input.now_us, out);
  }

  /** To whom a node sends what it has made, where it does not announce it. */
  private receivers(node: number): readonly number[] {
    if (this.relays !== null) return this.nodes === 1 ? [] : [this.relays.of(node)];
    return Array.from(this.neighbours[node]);
  }

  /** Starts its timer anew where its tip is another. */
  private wait(self: Participant, now_us: number, out: Outbox<ChainMessage>): void {
    const { lottery, shares, adversary } = this.spec;
    if (lottery.kind !== 'timers' || self.id >= this.nodes || shares[self.id] === 0 || isBarren(this.spec)) return;
    const tip = self.id === adversary && this.adversary!.branch !== null ? this.blocks[this.adversary!.branch] : self.tip;
    if (tip === self.waitsOn) return;
    self.waitsOn = tip;
    const end_us = Math.max(now_us + 1, lottery.at_us(this.view, tip.number, self.id, now_us));
    if (end_us < this.lastMaker_us) out.setTimer(BLOCK_TIMER, end_us - now_us);
    else out.cancelTimer(BLOCK_TIMER);
  }

  private receive(self: Participant, from: number, message: ChainMessage, out: Outbox<ChainMessage>): void {
    const { type, sequence } = message;
    switch (type) {
      case CHAIN_TYPE.announcement:
        if (self.known.has(sequence)) {
          if (this.asksAgain && !self.accepted.has(sequence))
            self.announcers.set(sequence, [...(self.announcers.get(sequence) ?? []), from]);
          break;
        }
        this.request(self, sequence, from, out);
        break;
      case CHAIN_TYPE.tips:
        for (const block of this.missing(self, message.block!))
          this.send(self, from, { type: CHAIN_TYPE.announcement, view: 0, sequence: block.number, bytes: INVENTORY_BYTES }, out);
        break;
      case CHAIN_TYPE.request:
        this.sendBody(self, from, self.accepted.get(sequence)!.block, out);
        break;
      case CHAIN_TYPE.body:
        self.known.add(sequence);
        self.received.add(sequence);
        out.work(this.spec.validate_ns, { kind: 'check', block: message.block!, from } satisfies Token);
        break;
      case CHAIN_TYPE.instruction:
        out.send(CLIENT, { ...message, type: CHAIN_TYPE.payment }, { connections: 1 });
        break;
      case CHAIN_TYPE.voteAnnouncement:
      case CHAIN_TYPE.voteRequest:
      case CHAIN_TYPE.vote:
        this.relay!.receive(self, from, message, out);
        break;
      case CHAIN_TYPE.job:
      case CHAIN_TYPE.share:
      case CHAIN_TYPE.answer:
        this.pool!.receive(self, from, message, this.now_us, out);
        break;
      case CHAIN_TYPE.receipt:
        out.send(this.spec.adversary!, { ...message, type: CHAIN_TYPE.delivery }, { connections: 1 });
        break;
      default:
        out.work(0, { kind: 'notice', message } satisfies Token);
        break;
    }
  }

  private request(self: Participant, sequence: number, from: number, out: Outbox<ChainMessage>): void {
    self.known.add(sequence);
    this.send(self, from, { type: CHAIN_TYPE.request, view: 0, sequence, bytes: INVENTORY_BYTES }, out);
    if (this.asksAgain) out.setTimer(String(sequence), REQUEST_TIMEOUT_us);
  }

  /** A request was not answered in time: the next of those who announced the block is asked, or nobody until one more does. */
  private askAgain(self: Participant, sequence: number, out: Outbox<ChainMessage>): void {
    if (self.received.has(sequence)) return;
    const [next, ...others] = self.announcers.get(sequence) ?? [];
    self.announcers.set(sequence, others);
    if (next === undefined) self.known.delete(sequence);
    else this.request(self, sequence, next, out);
  }

  /** Back, and behind: it tells its peers what it has, and asks for what it has not. */
  private catchUp(self: Participant, out: Outbox<ChainMessage>): void {
    for (const to of Array.from(this.neighbours[self.id]))
      this.send(self, to, { type: CHAIN_TYPE.tips, view: 0, sequence: self.tip.number, bytes: INVENTORY_BYTES, block: self.tip }, out);
    if (self.tip !== GENESIS) this.announce(self, self.tip, -1, out);
  }

  /** Blocks of its chain that are not in that of a peer, from the lowest on. */
  private missing(self: Participant, tip: Block): Block[] {
    const theirs = new Set(chainOf(tip));
    return chainOf(self.tip)
      .filter((block) => !theirs.has(block))
      .reverse();
  }

  private work(self: Participant, token: Token, now_us: number, out: Outbox<ChainMessage>): void {
    if (token.kind === 'vote') {
      this.relay!.checked(self, token);
    } else if (token.kind === 'check') {
      const parent = token.block.parent!.number;
      if (self.accepted.has(parent)) this.accept(self, token.block, token.from, now_us, out);
      else {
        self.orphans.set(parent, [...(self.orphans.get(parent) ?? []), { block: token.block, from: token.from, checked_us: now_us }]);
        if (this.asksAgain && !self.known.has(parent)) this.request(self, parent, token.from, out);
      }
    } else if (token.kind === 'notice') {
      const { type, sequence, paid_us, work } = token.message;
      if (type === CHAIN_TYPE.payment && sequence > self.client.payment)
        Object.assign(self.client, { payment: sequence, paid_us, delivered: false });
      if (type === CHAIN_TYPE.delivery) this.adversary!.delivered(sequence, work!);
      this.chooseLater(self, out);
    } else if (token.kind === 'staged' && this.isAdversarys(token.block)) {
      self.withheld.set(token.block.number, token.block);
      this.adversary!.found(token.block.number, now_us);
    } else if (token.kind === 'staged') {
      const parent = token.block.parent!.number;
      if (self.accepted.has(parent)) this.publishWhole(self, token.block, now_us, out);
      else self.handed.set(parent, [...(self.handed.get(parent) ?? []), token.block]);
    } else {
      self.choosing = false;
      const fresh = self.fresh.sort((x, y) => x.number - y.number);
      self.fresh = [];
      this.votes?.finalise(self, now_us);
      this.choose(self, fresh);
      if (fresh.includes(self.tip)) this.look(self, now_us);
      this.afterChoice(self, now_us, out);
    }
  }

  private publishWhole(self: Participant, block: Block, now_us: number, out: Outbox<ChainMessage>): void {
    this.publish(self, block, now_us, out);
    this.accepted(self, block, now_us);
    self.fresh.push(block);
    this.chooseLater(self, out);
  }

  private choose(self: Participant, fresh: readonly Block[]): void {
    if (this.attesting !== null) {
      const head = this.attesting.head(self, this.now_us);
      if (head !== self.tip) this.adopt(self, head);
      this.attesting.finalise(self, this.now_us);
    } else if (this.spec.committee?.weigh === undefined || self.id === this.spec.adversary) {
      for (const block of fresh) if (this.isBetter(self, block)) this.adopt(self, block);
      if (self.id === CLIENT) this.pool?.renew(self, this.now_us, this.out!);
    } else {
      const best = this.votes!.best(self);
      if (best !== self.tip) this.adopt(self, best);
    }
  }

  /** More weight than its tip has, or as much and a higher rank; an adversary's tip is the first of the most weight. */
  private isBetter(self: Participant, block: Block): boolean {
    const { rank, adversary } = this.spec;
    if (block.weight !== self.tip.weight || rank === undefined || self.id === adversary) return block.weight > self.tip.weight;
    return rank(this.view, block.number, self.id) > rank(this.view, self.tip.number, self.id);
  }

  private look(self: Participant, now_us: number): void {
    this.votes?.look(self, now_us);
    this.votes?.finalise(self, now_us);
  }

  /** A slot begins, or votes are due. */
  private duty(self: Participant, now_us: number, out: Outbox<ChainMessage>): void {
    this.attesting!.awaitDuty(now_us, out);
    this.choose(self, []);
    this.afterChoice(self, now_us, out);
    this.attesting!.vote(self, now_us);
  }

  private chooseLater(self: Participant, out: Outbox<ChainMessage>): void {
    if (self.choosing) return;
    self.choosing = true;
    out.work(0, { kind: 'choose' } satisfies Token);
  }

  private accept(self: Participant, block: Block, from: number, now_us: number, out: Outbox<ChainMessage>): void {
    this.accepted(self, block, now_us);
    if (this.spec.relay === 'announce') this.announce(self, block, from, out);
    self.fresh.push(block);
    this.chooseLater(self, out);
    for (const orphan of self.orphans.get(block.number) ?? []) {
      if (orphan.checked_us < now_us) this.orphanArrivals += 1;
      this.accept(self, orphan.block, orphan.from, now_us, out);
    }
    self.orphans.delete(block.number);
    for (const handed of self.handed.get(block.number) ?? []) this.publishWhole(self, handed, now_us, out);
    self.handed.delete(block.number);
  }

  private announce(self: Participant, block: Block, except: number, out: Outbox<ChainMessage>): void {
    for (const to of Array.from(this.neighbours[self.id]))
      if (to !== except)
        this.send(self, to, { type: CHAIN_TYPE.announcement, view: 0, sequence: block.number, bytes: INVENTORY_BYTES }, out);
  }

  private sendBody(self: Participant, to: number, block: Block, out: Outbox<ChainMessage>): void {
    const bytes = MESSAGE_HEADER_BYTES + this.spec.blockBytes;
    this.send(self, to, { type: CHAIN_TYPE.body, view: 0, sequence: block.number, bytes, block }, out);
  }

  private send(self: Participant, to: number, message: ChainMessage, out: Outbox<ChainMessage>): void {
    if (this.relays !== null && to >= this.relays.first) this.relays.send(self.id, to, message, out);
    else out.send(to, message, { connections: this.neighbours[self.id].length });
  }

  private adopt(self: Participant, block: Block): void {
    if (self.id === CLIENT) {
      const old = chainOf(self.tip);
      const kept = chainOf(block);
      const removed = old.filter((one) => !kept.includes(one)).length;
      const branch = kept.findLast((one) => !old.includes(one))!;
      const wasFinal =
        this.relay === null
          ? removed >= this.spec.merchantConfirmations
          : old.includes(self.client.final) && !kept.includes(self.client.final);
      if (wasFinal) {
        self.client.finalRemoved += 1;
        if (branch.miner === this.spec.adversary) self.client.reversals += 1;
      }
    }
    self.tip = block;
  }

  private afterChoice(self: Participant, now_us: number, out: Outbox<ChainMessage>): void {
    if (self.id === this.spec.adversary) this.adversary!.heard(now_us);
    if (self.id !== CLIENT) return;
    const { client } = self;
    if (!this.end.counted) {
      this.end.reached(self.tip.height, now_us, this.relay === null ? undefined : finalHeight(self));
      this.checkEnd(now_us);
    }
    if (client.delivered) return;
    let confirmations = 0;
    for (let block = self.tip; block.found_us > client.paid_us; block = block.parent!) confirmations += 1;
    const isFinal =
      this.relay === null
        ? confirmations >= this.spec.merchantConfirmations
        : confirmations > 0 && finalHeight(self) > self.tip.height - confirmations;
    if (!isFinal) return;
    client.delivered = true;
    out.send(
      this.nodes,
      { type: CHAIN_TYPE.receipt, view: 0, sequence: client.payment, bytes: NOTICE_BYTES, work: self.tip.weight },
      { connections: 1 },
    );
  }

  private candidate(self: Participant, candidate: Candidate, now_us: number, out: Outbox<ChainMessage>): void {
    const { lottery } = this.spec;
    const job = this.pool?.jobOf(self, now_us) ?? null;
    const parent = this.miningOn(self, job, now_us);
    const eligible = this.spec.eligible?.(this.view, parent.number, self.id, now_us) ?? 1;
    const waited = lottery.kind === 'timers';
    const key = drawKey(this.setup.cell.seed, { purpose: PURPOSE.thinning, sequence: waited ? parent.number : candidate.slot });
    const draw = draw32(key, candidate.slot === 0 && !waited ? candidate.number : self.id);
    const isBelow = (part: number): boolean => draw < threshold32((candidate.difficulty / parent.next) * part);
    const { blocksPerCandidate = 1 } = lottery.kind === 'clock' ? lottery : {};
    const isBlock = isBelow(eligible * blocksPerCandidate);
    if (!isBlock && job !== null && isBelow(eligible)) this.pool!.found(self, { job, number: candidate.number, block: null }, now_us, out);
    if (!isBlock || (job !== null && this.pool!.keeps(self, now_us))) return;
    this.races.beforeBlock(this.adversary?.race ?? null, (node) => {
      const one = this.all[node];
      return this.miningOn(one, this.pool?.jobOf(one, now_us) ?? null, now_us).number;
    });
    const block = child(parent, { number: this.blocks.length, miner: self.id, found_us: now_us }, { ...this.spec, blocks: this.view });
    this.blocks.push(block);
    this.attesting?.found(self, block);
    self.found.push(block);
    this.end.found += 1;
    if (job !== null) {
      if (self.id === CLIENT) this.publishOwn(self, block, now_us, out);
      else this.publishers.set(block.number, CLIENT);
      this.pool!.found(self, { job, number: candidate.number, block }, now_us, out);
      this.checkEnd(now_us);
      return;
    }
    const stages = this.spec.stages?.(this.view, block.number);
    if (stages?.publisher !== undefined) this.publishers.set(block.number, stages.publisher);
    const canPublish = this.publisherOf(block) === self.id || !self.withheld.has(parent.number);
    const whole_us = canPublish ? (stages?.at_us ?? now_us) : Infinity;
    if (stages !== undefined) this.stages.found(block.number, stages, whole_us < Infinity, this.end.counts(now_us));
    if (whole_us === Infinity) this.publishers.set(block.number, NOBODY);
    if (whole_us === Infinity) {
      self.withheld.set(block.number, block);
    } else if (this.isAdversarys(block) && whole_us <= now_us) {
      self.withheld.set(block.number, block);
      this.adversary!.found(block.number, now_us);
    } else if (stages !== undefined) {
      const wait_us = Math.max(1, whole_us - now_us);
      out.work(1000 * wait_us, { kind: 'staged', block } satisfies Token, this.publisherOf(block));
    } else this.publishOwn(self, block, now_us, out);
    this.checkEnd(now_us);
  }

  private miningOn(self: Participant, job: MemberJob | null, now_us: number): Block {
    const branch = self.id === this.spec.adversary ? this.adversary!.branch : null;
    return job?.tip ?? this.attesting?.head(self, now_us) ?? (branch === null ? self.tip : this.blocks[branch]);
  }

  private publishOwn(self: Participant, block: Block, now_us: number, out: Outbox<ChainMessage>): void {
    this.publish(self, block, now_us, out);
    this.accepted(self, block, now_us);
    this.choose(self, [block]);
    if (self.tip === block) this.look(self, now_us);
    this.afterChoice(self, now_us, out);
  }

  /** Who publishes a block, if anybody does; NOBODY where its stages never end. */
  readonly publisherOf = ({ number, miner }: Block): number => this.publishers.get(number) ?? miner;

  /** It found the block and publishes it, if anybody does. */
  private isAdversarys(block: Block): boolean {
    const { adversary } = this.spec;
    return block.miner === adversary && this.publisherOf(block) === adversary;
  }

  private accepted(self: Participant, block: Block, at_us: number): void {
    self.accepted.set(block.number, { block, at_us });
    this.relay?.blockAccepted(self, block);
  }

  private publish(self: Participant, block: Block, now_us: number, out: Outbox<ChainMessage>): void {
    if (!this.end.counts(now_us)) this.late.add(block.number);
    self.known.add(block.number);
    if (this.spec.relay === 'announce') this.announce(self, block, -1, out);
    else for (const to of this.receivers(self.id)) this.sendBody(self, to, block, out);
  }

  private voteDesk(): VoteDesk {
    return {
      view: this.view,
      block: (number) => this.blocks[number],
      neighbours: (node) => Array.from(this.neighbours[node]),
      receivers: (node) => this.receivers(node),
      send: (self, to, message) => this.send(self, to, message, this.out!),
      ask: (self, block, from) => this.request(self, block, from, this.out!),
      chooseLater: (self) => this.chooseLater(self, this.out!),
      counts: (at_us) => this.end.counts(at_us),
    };
  }

  /** What the adversary knows and can do. */
  private desk(): AdversaryDesk {
    // A getter in an object literal has a `this` of its own.
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const protocol = this;
    return {
      get publicTip() {
        return protocol.attacker!.tip.number;
      },
      work: (block) => this.blocks[block].weight,
      height: (block) => this.blocks[block].height,
      parent: (block) => this.blocks[block].parent!.number,
      publish: (published, at_us) => {
        const self = this.attacker!;
        for (const number of published) {
          const block = this.blocks[number];
          self.withheld.delete(number);
          this.accepted(self, block, block.found_us);
          this.publish(self, block, at_us, this.out!);
          this.choose(self, [block]);
        }
      },
      pay: (attack, paid_us) => {
        const { bytes } = this.setup.cell.transactions;
        this.out!.send(this.nodes, { type: CHAIN_TYPE.instruction, view: 0, sequence: attack, bytes, paid_us }, { connections: 1 });
      },
      setAlarm: (at_us) => this.out!.setTimer('alarm', at_us - this.now_us),
      attackEnded: (at_us) => {
        this.end.attacks += 1;
        this.checkEnd(at_us);
      },
      note: () => {},
    };
  }
}

function chainOf(tip: Block): Block[] {
  const chain: Block[] = [];
  for (let block: Block | null = tip; block !== null; block = block.parent) chain.push(block);
  return chain;
}
