// The chain rules message by message: the readable twin of chain.ts. Every node keeps what it has accepted, asks for what
// is announced, and chooses its tip; the lottery comes from outside. docs/chains.md states the rules.
//
// Within a microsecond a node first takes in everything that arrives, then (a `choose` work item, queued behind) looks at
// the accepted blocks in the order of their numbers. So the order of arrival within a microsecond cannot matter.
import { ln } from '../../../assembly/portable/math.ts';
import {
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
  type ChainSpec,
  type Lottery,
  type Propagation,
} from './rules.ts';
import { PURPOSE, draw32, drawKey, drawUnit, threshold32 } from '../core/draws.ts';
import { runMessages, type External, type Input, type Message, type Outbox, type Protocol } from '../messages/engine.ts';
import { regionOf } from '../core/network.ts';
import { peerGraph } from './peers.ts';
import type { Setup } from '../core/contract.ts';
import type { Outcome } from '../../model/outcome.ts';

interface Block {
  readonly number: number;
  readonly parent: Block | null;
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  readonly work: number;
  /** Difficulty of a child. */
  readonly next: number;
  /** When the first block of its difficulty period was found. */
  readonly period_us: number;
}

const GENESIS: Block = { number: 0, parent: null, height: 0, miner: -1, found_us: 0, work: 0, next: 1, period_us: 0 };

interface ChainMessage extends Message {
  /** Body only. */
  readonly block?: Block;
  /** Payment only: when it was submitted. */
  readonly paid_us?: number;
  /** Delivery only: the work of the merchant's chain. */
  readonly work?: number;
}

/** A block was received and is checked; or: choose among what was accepted in this microsecond. */
type Token =
  | { readonly kind: 'check'; readonly block: Block; readonly from: number }
  | { readonly kind: 'notice'; readonly message: ChainMessage }
  | { readonly kind: 'choose' };

/** A candidate of the lottery: a block if its winner mines at `difficulty`, thinned if at a higher one. */
interface Candidate {
  readonly number: number;
  readonly block: number;
  readonly difficulty: number;
}

interface Participant {
  readonly id: number;
  readonly accepted: Map<number, { readonly block: Block; readonly at_us: number }>;
  /** Requested, received or accepted. */
  readonly known: Set<number>;
  /** Checked blocks by the number of the parent that is missing. */
  readonly orphans: Map<number, { readonly block: Block; readonly from: number }[]>;
  readonly found: Block[];
  /** Accepted in this microsecond. */
  fresh: Block[];
  choosing: boolean;
  tip: Block;
  /** The client's node. */
  readonly client: {
    payment: number;
    paid_us: number;
    delivered: boolean;
    finalRemoved: number;
    reversals: number;
  };
  /** The adversary; its `tip` is the public one. */
  readonly adversary: {
    phase: 'seeking' | 'holding' | 'attacking' | 'excluding';
    /** What it mines on but while it is seeking. */
    branch: Block;
    /** The end of that branch that nobody has seen. */
    secret: Block[];
    withheld: Set<number>;
    attack: number;
    shipped: boolean;
    /** The public chain's work as the merchant's delivery tells. */
    toldWork: number;
  };
}

const CLIENT = 0;

/** Runs the cell message by message. */
export function runChainMessages(setup: Setup, spec: ChainSpec): Outcome {
  const network = hopNetwork(setup.network);
  const { participants, lottery } = spec;
  const protocol = new ChainProtocol(setup, spec);
  const run = runMessages(protocol, { ...setup, network });
  const nodes = run.states.slice(0, participants);
  const client = nodes[CLIENT];
  const { end, late } = protocol;

  const main: Block[] = [];
  for (let block: Block | null = client.tip; block !== null; block = block.parent) main[block.height] = block;
  const found = nodes.flatMap((node) => node.found).sort((x, y) => x.number - y.number);
  const isCounted = (block: Block): boolean => !late.has(block.number);
  const stop_us = end.counted ? end.stop_us : 0;
  const totals = {
    participants,
    holders: holdersOf(spec.shares),
    stop_us,
    slots: lottery.kind === 'slots' ? Math.floor(stop_us / lottery.slot_us) : 0,
    found: found.filter((block) => end.counts(block.found_us)).length,
    receptions: nodes.reduce(
      (sum, node) =>
        sum + [...node.accepted.values()].filter(({ block }) => block.miner !== node.id && block !== GENESIS && isCounted(block)).length,
      0,
    ),
  };
  return chainOutcome(setup, spec, {
    stopped: run.stopped,
    totals,
    messages: run.messages,
    bytes: run.bytes,
    stopHeight: end.height,
    found: found.length,
    accepted_us: main.map((block) => client.accepted.get(block.number)!.at_us),
    miners: main.map((block) => block.miner),
    propagation_us: run.stopped === 'done' ? propagation(found, nodes, spec) : null,
    attacks: end.attacks,
    finalRemoved: client.client.finalRemoved,
    reversals: client.client.reversals,
    events: run.events,
    ...(setup.collect
      ? {
          history: {
            totals,
            main: main.map((block) => block.number),
            blocks: [GENESIS, ...found].map((block) => ({
              number: block.number,
              parent: block.parent?.number ?? 0,
              height: block.height,
              miner: Math.max(0, block.miner),
              found_us: block.found_us,
              published: client.accepted.has(block.number) && isCounted(block),
            })),
          },
        }
      : {}),
  });
}

/** Medians, over honest blocks, of the times at which participants with each of PROPAGATION_SHARES had accepted one. */
function propagation(found: readonly Block[], nodes: readonly Participant[], { shares, adversary }: ChainSpec): Propagation | null {
  const blocks = found.filter((block) => block.miner !== adversary);
  if (blocks.length === 0) return null;
  const times = blocks.map((block) => {
    const acceptances = nodes.map((node) => ({ at_us: node.accepted.get(block.number)!.at_us, share: shares[node.id] }));
    acceptances.sort((x, y) => x.at_us - y.at_us);
    return PROPAGATION_SHARES.map((limit) => {
      let holding = 0;
      return acceptances.find(({ share }) => (holding += share) >= limit)!.at_us - block.found_us;
    });
  });
  const [p50, p90, p99] = PROPAGATION_SHARES.map((_, i) => {
    const ascending = times.map((one) => one[i]).sort((x, y) => x - y);
    return ascending[Math.ceil(ascending.length / 2) - 1];
  }) as [number, number, number];
  return { p50, p90, p99 };
}

class ChainProtocol implements Protocol<Participant, ChainMessage> {
  readonly participants: number;
  readonly nodes: number;
  readonly end: RunEnd;
  /** Blocks that were published after the counting had stopped. */
  readonly late = new Set<number>();
  private readonly setup: Setup;
  private readonly spec: ChainSpec;
  private readonly neighbours: readonly ArrayLike<number>[];
  private readonly clock: Iterator<External, null, readonly Participant[]>;
  private adversary: Participant | null = null;
  private finished = false;

  constructor(setup: Setup, spec: ChainSpec) {
    this.setup = setup;
    this.spec = spec;
    this.nodes = spec.participants;
    // The last participant is the wallet through which the adversary pays: a client in its region.
    this.participants = spec.adversary === null ? this.nodes : this.nodes + 1;
    this.end = new RunEnd(setup, spec);
    const degree = spec.relay === 'direct' ? Infinity : spec.peerDegree;
    this.neighbours = peerGraph({ seed: setup.cell.seed, nodes: this.nodes, degree }).neighbours;
    const { seed } = setup.cell;
    this.clock = spec.lottery.kind === 'clock' ? clock(seed, spec, spec.lottery) : slots(seed, spec, spec.lottery, setup.horizon_us);
  }

  init(id: number): Participant {
    const participant = this.fresh(id);
    if (id === this.spec.adversary) this.adversary = participant;
    return participant;
  }

  private fresh(id: number): Participant {
    return {
      id,
      accepted: new Map([[0, { block: GENESIS, at_us: 0 }]]),
      known: new Set([0]),
      orphans: new Map(),
      found: [],
      fresh: [],
      choosing: false,
      tip: GENESIS,
      client: { payment: 0, paid_us: Infinity, delivered: true, finalRemoved: 0, reversals: 0 },
      adversary: { phase: 'seeking', branch: GENESIS, secret: [], withheld: new Set(), attack: 0, shipped: false, toldWork: 0 },
    };
  }

  regionOf(): number {
    return regionOf(this.setup.network, this.spec.participants - 1);
  }

  done(): boolean {
    return this.finished;
  }

  /** Attacks that have not ended by then are not waited for. */
  atHorizon(): boolean {
    return (this.finished ||= this.end.counted);
  }

  counted(message: ChainMessage): boolean {
    return !this.late.has(message.sequence);
  }

  private checkEnd(now_us: number): void {
    const seeking = this.adversary === null || this.adversary.adversary.phase === 'seeking';
    if (this.end.isOver(now_us, seeking)) this.finished = true;
  }

  external(states: readonly Participant[]): External | null {
    return isBarren(this.spec) ? null : this.clock.next(states.slice(0, this.nodes)).value;
  }

  nameOf(participant: number): string {
    return participant === this.spec.adversary ? 'adversary' : participant === this.nodes ? 'wallet' : `node ${participant}`;
  }

  describe(message: ChainMessage): string {
    switch (message.type) {
      case CHAIN_TYPE.announcement:
        return `ANNOUNCEMENT of block ${message.sequence}`;
      case CHAIN_TYPE.request:
        return `REQUEST for block ${message.sequence}`;
      case CHAIN_TYPE.body:
        return `BODY of block ${message.sequence} (height ${message.block!.height}, on ${message.block!.parent!.number})`;
      case CHAIN_TYPE.order:
      case CHAIN_TYPE.payment:
        return `PAYMENT ${message.sequence}`;
      default:
        return `DELIVERY ${message.sequence}`;
    }
  }

  step(self: Participant, input: Input<ChainMessage>, out: Outbox<ChainMessage>): void {
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
        this.order(self, input.now_us, out);
        break;
      case 'start':
        break;
    }
  }

  private receive(self: Participant, from: number, message: ChainMessage, out: Outbox<ChainMessage>): void {
    const { type, sequence } = message;
    switch (type) {
      case CHAIN_TYPE.announcement:
        if (self.known.has(sequence)) break;
        self.known.add(sequence);
        this.send(self, from, { type: CHAIN_TYPE.request, view: 0, sequence, bytes: INVENTORY_BYTES }, out);
        break;
      case CHAIN_TYPE.request:
        this.sendBody(self, from, self.accepted.get(sequence)!.block, out);
        break;
      case CHAIN_TYPE.body:
        self.known.add(sequence);
        out.work(this.spec.validate_ns, { kind: 'check', block: message.block!, from } satisfies Token);
        break;
      case CHAIN_TYPE.order:
        out.send(CLIENT, { ...message, type: CHAIN_TYPE.payment }, { connections: 1 });
        break;
      case CHAIN_TYPE.receipt:
        out.send(this.spec.adversary!, { ...message, type: CHAIN_TYPE.delivery }, { connections: 1 });
        break;
      default:
        out.work(0, { kind: 'notice', message } satisfies Token);
        break;
    }
  }

  private work(self: Participant, token: Token, now_us: number, out: Outbox<ChainMessage>): void {
    if (token.kind === 'check') {
      const parent = token.block.parent!.number;
      if (self.accepted.has(parent)) this.accept(self, token.block, token.from, now_us, out);
      else self.orphans.set(parent, [...(self.orphans.get(parent) ?? []), token]);
    } else if (token.kind === 'notice') {
      const { type, sequence, paid_us, work } = token.message;
      if (type === CHAIN_TYPE.payment && sequence > self.client.payment)
        Object.assign(self.client, { payment: sequence, paid_us, delivered: false });
      if (type === CHAIN_TYPE.delivery && sequence === self.adversary.attack)
        Object.assign(self.adversary, { shipped: true, toldWork: work });
      this.chooseLater(self, out);
    } else {
      self.choosing = false;
      const fresh = self.fresh.sort((x, y) => x.number - y.number);
      self.fresh = [];
      for (const block of fresh) this.adopt(self, block);
      this.afterChoice(self, now_us, out);
    }
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
    for (const orphan of self.orphans.get(block.number) ?? []) this.accept(self, orphan.block, orphan.from, now_us, out);
    self.orphans.delete(block.number);
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
    out.send(to, message, { connections: this.neighbours[self.id].length });
  }

  /** Most work; first seen. */
  private adopt(self: Participant, block: Block): void {
    if (block.work <= self.tip.work) return;
    if (self.id === CLIENT) {
      const old = chainOf(self.tip);
      const kept = chainOf(block);
      const removed = old.filter((one) => !kept.includes(one)).length;
      const branch = kept.findLast((one) => !old.includes(one))!;
      if (removed >= this.spec.merchantConfirmations) {
        self.client.finalRemoved += 1;
        if (branch.miner === this.spec.adversary) self.client.reversals += 1;
      }
    }
    self.tip = block;
  }

  private afterChoice(self: Participant, now_us: number, out: Outbox<ChainMessage>): void {
    if (self.id === this.spec.adversary) this.decide(self, now_us, out);
    if (self.id !== CLIENT) return;
    const { client } = self;
    if (!this.end.counted) {
      this.end.reached(self.tip.height, now_us);
      this.checkEnd(now_us);
    }
    if (client.delivered) return;
    let confirmations = 0;
    for (let block = self.tip; block.found_us > client.paid_us; block = block.parent!) confirmations += 1;
    if (confirmations < this.spec.merchantConfirmations) return;
    client.delivered = true;
    out.send(
      this.nodes,
      { type: CHAIN_TYPE.receipt, view: 0, sequence: client.payment, bytes: NOTICE_BYTES, work: self.tip.work },
      { connections: 1 },
    );
  }

  private candidate(self: Participant, candidate: Candidate, now_us: number, out: Outbox<ChainMessage>): void {
    const { adversary } = self;
    const isAdversary = self.id === this.spec.adversary;
    const parent = isAdversary && adversary.phase !== 'seeking' ? adversary.branch : self.tip;
    if (parent.next > candidate.difficulty) {
      const key = drawKey(this.setup.cell.seed, { purpose: PURPOSE.thinning });
      if (draw32(key, candidate.number) >= threshold32(candidate.difficulty / parent.next)) return;
    }
    const block = child(parent, { number: candidate.block, miner: self.id, found_us: now_us }, this.spec.lottery);
    self.found.push(block);
    this.end.found += 1;
    const attacks = this.spec.strategy !== 'publish' && inWindow(this.spec.window, now_us);
    if (isAdversary && (adversary.phase !== 'seeking' || attacks)) {
      this.withhold(self, block, now_us, out);
    } else {
      this.publish(self, block, now_us, out);
      this.accepted(self, block, now_us);
      this.adopt(self, block);
      if (!isAdversary) this.afterChoice(self, now_us, out);
    }
    this.checkEnd(now_us);
  }

  private accepted(self: Participant, block: Block, at_us: number): void {
    self.accepted.set(block.number, { block, at_us });
  }

  private publish(self: Participant, block: Block, now_us: number, out: Outbox<ChainMessage>): void {
    if (!this.end.counts(now_us)) this.late.add(block.number);
    self.known.add(block.number);
    if (this.spec.relay === 'announce') this.announce(self, block, -1, out);
    else for (const to of Array.from(this.neighbours[self.id])) this.sendBody(self, to, block, out);
  }

  private withhold(self: Participant, block: Block, now_us: number, out: Outbox<ChainMessage>): void {
    const { adversary } = self;
    adversary.withheld.add(block.number);
    adversary.branch = block;
    if (adversary.phase === 'seeking') {
      adversary.secret = [];
      adversary.phase = this.spec.strategy === 'exclude' ? 'excluding' : 'holding';
    }
    adversary.secret.push(block);
    if (adversary.phase !== 'holding' || adversary.secret.length > 1) this.decide(self, now_us, out);
    // A rival of the same slot is heard of before the next.
    else if (this.spec.lottery.kind === 'clock') this.order(self, now_us, out);
    else out.setTimer('order', this.spec.lottery.slot_us - 1);
  }

  private order(self: Participant, now_us: number, out: Outbox<ChainMessage>): void {
    const { adversary } = self;
    if (adversary.branch.work <= self.tip.work) {
      adversary.phase = 'seeking';
      return;
    }
    adversary.phase = 'attacking';
    adversary.attack += 1;
    adversary.shipped = false;
    const { bytes } = this.setup.cell.transactions;
    out.send(this.nodes, { type: CHAIN_TYPE.order, view: 0, sequence: adversary.attack, bytes, paid_us: now_us }, { connections: 1 });
  }

  private decide(self: Participant, now_us: number, out: Outbox<ChainMessage>): void {
    const { adversary } = self;
    const { branch, secret } = adversary;
    const hopeless = self.tip.height - branch.height > this.spec.giveUpDeficit_blocks;
    if (adversary.phase === 'excluding') {
      if (secret.length > 0 && branch.work > self.tip.work) {
        this.publishBranch(self, now_us, out);
        if (!inWindow(this.spec.window, now_us)) adversary.phase = 'seeking';
      } else if (hopeless) {
        adversary.phase = 'seeking';
      }
      return;
    }
    if (adversary.phase !== 'attacking') return;
    if (adversary.shipped && branch.work > Math.max(self.tip.work, adversary.toldWork)) this.publishBranch(self, now_us, out);
    else if (!hopeless) return;
    adversary.phase = 'seeking';
    this.end.attacks += 1;
    this.checkEnd(now_us);
  }

  private publishBranch(self: Participant, now_us: number, out: Outbox<ChainMessage>): void {
    const { adversary } = self;
    for (const block of adversary.secret) {
      adversary.withheld.delete(block.number);
      this.accepted(self, block, block.found_us);
      this.publish(self, block, now_us, out);
    }
    adversary.secret = [];
    self.tip = adversary.branch;
  }
}

function chainOf(tip: Block): Block[] {
  const chain: Block[] = [];
  for (let block: Block | null = tip; block !== null; block = block.parent) chain.push(block);
  return chain;
}

function child(parent: Block, found: { number: number; miner: number; found_us: number }, lottery: Lottery): Block {
  const height = parent.height + 1;
  const work = parent.work + parent.next;
  if (lottery.kind !== 'clock') return { ...found, parent, height, work, next: parent.next, period_us: 0 };
  const { retarget_blocks, interval_us } = lottery;
  const period_us = height % retarget_blocks === 0 ? found.found_us : parent.period_us;
  let next = parent.next;
  if ((height + 1) % retarget_blocks === 0)
    next = retargeted({ difficulty: next, timespan_us: found.found_us - period_us, interval_us, blocks: retarget_blocks });
  return { ...found, parent, height, work, next, period_us };
}

/** Every difficulty that somebody can mine at before the next block is found. */
function difficulties(states: readonly Participant[], spec: ChainSpec): number[] {
  const found = [GENESIS, ...states.flatMap((state) => state.found)];
  if (found.every((block) => block.next === found[0].next)) return [found[0].next];
  const adversary = spec.adversary === null ? null : states[spec.adversary].adversary;
  const open = found.filter((block) => !(adversary?.withheld.has(block.number) ?? false));
  const everywhere = open.filter((block) => states.every((state) => state.accepted.has(block.number)));
  const most = Math.max(...everywhere.map((block) => block.work));
  const possible = open.filter((block) => block.work >= most).map((block) => block.next);
  if (adversary !== null && adversary.phase !== 'seeking') possible.push(adversary.branch.next);
  return possible;
}

/** The global Poisson clock, a candidate at a time; where difficulties differ it runs at the lowest. */
function* clock(
  seed: number,
  spec: ChainSpec,
  lottery: Extract<Lottery, { kind: 'clock' }>,
): Generator<External, null, readonly Participant[]> {
  const gapKey = drawKey(seed, { purpose: PURPOSE.blockGap });
  const winnerKey = drawKey(seed, { purpose: PURPOSE.blockWinner });
  const { power, live, interval_us } = lottery;
  const { window } = spec;
  const total = power.reduce((sum, share) => sum + share, 0);
  if (total === 0) return null;
  let now_us = 0;
  let difficulty = 1;
  let found = 0;
  for (let number = 1; ; number++) {
    let left_us = -ln(drawUnit(gapKey, number)) * ((interval_us * difficulty) / total);
    for (;;) {
      const inside = inWindow(window, now_us);
      const rate = inside ? live : 1;
      const change_us = inside ? window.until_us : now_us < window.from_us ? window.from_us : Infinity;
      if (rate === 0 && change_us === Infinity) return null;
      if (rate > 0 && now_us + Math.floor(left_us / rate) < change_us) {
        now_us += Math.floor(left_us / rate);
        break;
      }
      left_us -= (change_us - now_us) * rate;
      now_us = change_us;
    }
    const share = drawUnit(winnerKey, number) * total;
    let node = 0;
    for (let upTo = power[0]; node < power.length - 1 && upTo <= share; upTo += power[node]) node += 1;
    const states: readonly Participant[] = yield {
      at_us: now_us,
      node,
      payload: { number, block: found + 1, difficulty } satisfies Candidate,
    };
    const before = found;
    found = states.reduce((sum, state) => sum + state.found.length, 0);
    if (found > before) difficulty = Math.min(...difficulties(states, spec));
  }
}

/** The slots one after another; the leaders of a slot in the order of a draw. */
function* slots(
  seed: number,
  spec: ChainSpec,
  lottery: Extract<Lottery, { kind: 'slots' }>,
  horizon_us: number,
): Generator<External, null, readonly Participant[]> {
  let found = 0;
  for (let slot = 1; slot * lottery.slot_us <= horizon_us; slot++) {
    const at_us = slot * lottery.slot_us;
    const chances = inWindow(spec.window, at_us) ? lottery.chanceInWindow : lottery.chance;
    if (spec.window.until_us === Infinity && chances.every((chance) => chance === 0)) return null;
    const key = drawKey(seed, { purpose: PURPOSE.eligibility, sequence: slot });
    const leaders = Array.from({ length: spec.participants }, (_, node) => node).filter((node) => {
      const draw = BigInt(draw32(key, node, 0)) * 0x100000000n + BigInt(draw32(key, node, 1));
      const scaled = chances[node] * 0x100000000;
      return draw < BigInt(Math.floor(scaled)) * 0x100000000n + BigInt(Math.floor((scaled - Math.floor(scaled)) * 0x100000000));
    });
    leaders.sort((x, y) => draw32(key, x, 2) - draw32(key, y, 2) || x - y);
    for (const node of leaders) {
      found += 1;
      yield { at_us, node, payload: { number: found, block: found, difficulty: 1 } satisfies Candidate };
    }
  }
  // Nobody leads any more before the horizon: an event that comes too late.
  yield { at_us: horizon_us + 1, node: CLIENT, payload: null };
  return null;
}
