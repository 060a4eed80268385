// Generals that agree on orders in rounds of a common clock: L. Lamport, R. Shostak, M. Pease, "The Byzantine Generals Problem", ACM TOPLAS
// 4(3), 1982. What an algorithm of theirs says and concludes is a `Lieutenant`; clock, orders, clients and crashes are the same for all.
//
// The clock. Round r begins at r * round_us at every general (section 6: A3 takes clocks that agree and a bound on delays). An order is
// named by the round in which it begins and its commander. A message that has passed k generals, its sender the last, is heard if it comes
// by the end of the order's k-th round; what does not come by then is RETREAT. After rounds = m + 1 rounds everybody decides.
//
// Orders are batches of clients' requests, RETREAT is the null order. Whom a client asks commands at the beginning of the next round. A
// request whose order ended as RETREAT, or that a client asks of all, is commanded by whose turn it is: general t mod n in the t-th stretch of
// m + 2 rounds, once.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { lastingFaults } from '../../harness/simulate/core/faults.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from './contents.ts';
import type { GeneralsRules } from './generals-rules.ts';
import { NULL_DIGEST, Reply, SignedMessage, digestOf, timestampOf, type MessageFields } from './messages.ts';
import { WriteAhead, anyRecovers } from './write-ahead.ts';

export const TYPE = { request: 1, order: 2, relay: 3, reply: 4, fetch: 5, body: 6 } as const;
export const TYPE_NAME = ['', 'REQUEST', 'ORDER', 'RELAY', 'REPLY', 'FETCH', 'BODY'] as const;
export const RETREAT = NULL_DIGEST;

/** What one general says of an order: `sequence` is the round in which that begins, `digest` the value. */
export class OrderMessage extends SignedMessage {
  /** The generals that it has passed: the commander first, its sender last. */
  readonly path: readonly number[];

  constructor(fields: MessageFields & { readonly path: readonly number[] }) {
    super(fields);
    this.path = fields.path;
  }
}

/** What a lieutenant may ask of its general. */
export interface Headquarters {
  readonly log: OperationLog;
  /** The order itself has come: it is hashed, if it was not before. */
  hash(digest: number): void;
  /** The general holds the order from now on. */
  accept(digest: number): void;
  /** Checks and signatures take so long. */
  works(cost_ns: number): void;
}

/** What one general hears of one order that is not its own, and makes of it. */
export interface Lieutenant<M extends OrderMessage> {
  /** In time, from the last of its path. */
  hear(message: M): void;
  /** At the end of the order's round `round`: what it says in the next one, to all that a message has not passed. */
  endOf(round: number, headquarters: Headquarters): readonly M[];
  /** After the last round. */
  choice(): number;
  /** Who says to have the order from the commander. */
  holdersOf(digest: number): readonly number[];
}

export interface Algorithm<M extends OrderMessage> {
  command(order: OrderName, digest: number): M;
  lieutenant(general: number, order: OrderName): Lieutenant<M>;
}

export interface OrderName {
  readonly round: number;
  readonly commander: number;
}

/** How loyal generals have conducted themselves in one order: what became of IC1 and IC2. */
interface Conduct {
  readonly commanded: number;
  readonly isLoyal: boolean;
  /** What the first loyal lieutenant decided; null: none yet. */
  obeyed: number | null;
  ic1: boolean;
  ic2: boolean;
}

/** What the generals of one run share. */
export class Campaign<M extends OrderMessage> {
  readonly setup: Setup;
  readonly rules: GeneralsRules;
  readonly contents: Contents | null;
  readonly log: OperationLog;
  readonly persists: boolean;
  readonly algorithm: Algorithm<M>;
  /** 1 where a general is a traitor, or faulty for good. */
  readonly disloyal: Uint8Array;
  readonly #orders = new Map<number, Conduct>();
  /** Commanders whose orders began in a round. */
  readonly #begun = new Map<number, number[]>();

  constructor(setup: Setup, rules: GeneralsRules, algorithm: Algorithm<M>) {
    this.setup = setup;
    this.rules = rules;
    this.contents = setup.collect ? new Contents(setup) : null;
    this.log = new OperationLog(this.contents?.digestOf ?? null);
    this.persists = anyRecovers(setup.faults);
    this.algorithm = algorithm;
    this.disloyal = lastingFaults(setup.faults);
  }

  numberOf({ round, commander }: OrderName): number {
    return round * this.rules.nodes + commander;
  }

  /** A commander gives an order. */
  begun(order: OrderName, commanded: number): void {
    const isLoyal = this.disloyal[order.commander] === 0;
    this.#orders.set(this.numberOf(order), { commanded, isLoyal, obeyed: null, ic1: true, ic2: true });
    const commanders = this.#begun.get(order.round) ?? [];
    this.#begun.set(order.round, [...commanders, order.commander]);
  }
  /**
   * Whose orders began in a round. Each general decides on each of them, also where it has heard nothing: then RETREAT. Of rounds in which
   * nobody has commanded nothing is said: all retreat.
   */
  commandersIn(round: number): readonly number[] {
    return this.#begun.get(round) ?? [];
  }

  decided(general: number, order: OrderName, digest: number): void {
    const conduct = this.#orders.get(this.numberOf(order));
    if (conduct === undefined || this.disloyal[general] === 1 || general === order.commander) return;
    if (conduct.isLoyal && digest !== conduct.commanded) conduct.ic2 = false;
    if (conduct.obeyed === null) conduct.obeyed = digest;
    else if (conduct.obeyed !== digest) conduct.ic1 = false;
  }

  /** Orders by what became of them. */
  observations(): { readonly ic1_violations: number; readonly ic2_violations: number; readonly retreats: number } {
    const observed = { ic1_violations: 0, ic2_violations: 0, retreats: 0 };
    for (const { obeyed, ic1, ic2 } of this.#orders.values()) {
      if (!ic1) observed.ic1_violations += 1;
      if (!ic2) observed.ic2_violations += 1;
      if (obeyed === RETREAT) observed.retreats += 1;
    }
    return observed;
  }
}

/** An order under way at one general. */
interface Order<M extends OrderMessage> extends OrderName {
  /** null: it commands it. */
  readonly lieutenant: Lieutenant<M> | null;
  readonly commanded: number;
  /** The batches that it has accepted under it. */
  readonly batches: Set<number>;
}

/** What a general does once its work at the end of a round is done. */
interface Dispatches<M> {
  readonly says: M[];
  readonly replies: [Batch, Reply][];
  readonly commands: { readonly order: OrderName; readonly message: M } | null;
}
/** A fetched order was hashed. */
interface Arrived {
  readonly body: number;
}

/** An order that was decided and that it does not hold. */
interface Missing extends OrderName {
  readonly holders: readonly number[];
  asked: number;
  again: number;
}

type Saved =
  | { readonly kind: 'holds'; readonly digest: number }
  | { readonly kind: 'decided'; readonly digest: number; readonly round: number; readonly commander: number };

const ROUND_TIMER = 'round';
type Note = SignedMessage;

export class General<M extends OrderMessage> {
  readonly id: number;
  /** Whose order was carried last: whom clients ask now. */
  leader = 0;
  /** How often that became another one. */
  leaderChanges = 0;
  readonly #context: NodeContext<Note>;
  readonly #campaign: Campaign<M>;
  readonly #ahead: WriteAhead<Note, Saved>;
  /** Its clock: the last round that has begun; and the first whose orders it hears from their beginning. */
  #round = 0;
  #since = 0;
  readonly #orders = new Map<number, Order<M>>();
  /** Orders that it has, by digest; and those that it has hashed. */
  readonly #held = new Set<number>();
  readonly #hashed = new Set<number>();
  readonly #missing = new Map<number, Missing>();
  readonly #replies = new Map<number, Reply>();
  /** A client has asked it, and it has not commanded that yet. */
  #isAsked = false;
  /** The last turn of its own in which it has commanded. */
  #turn = -1;
  #cost_ns = 0;

  constructor(context: NodeContext<Note>, campaign: Campaign<M>) {
    this.id = context.id;
    this.#context = context;
    this.#campaign = campaign;
    this.#ahead = new WriteAhead(context, campaign.persists);
  }

  step(input: NodeInput<Note>, out: Outbox<Note>): void {
    this.#ahead.step(input, out, (one, held) => this.#handle(one, held));
  }

  #handle(input: NodeInput<Note>, out: Outbox<Note>): void {
    switch (input.kind) {
      case 'start':
        this.#begin(input.now_us, out);
        break;
      case 'recover':
        this.#recover((input.persisted as Saved[][]).flat());
        this.#begin(input.now_us, out);
        break;
      case 'submit':
        this.#onRequest(input.request.items, input.fresh, out);
        break;
      case 'message':
        this.#receive(input.from, input.message, input.now_us, out);
        break;
      case 'timer':
        this.#tick(input.now_us, out);
        break;
      case 'work':
        this.#onWork(input.token as Dispatches<M> | Arrived, out);
        break;
      default:
        break;
    }
  }

  #begin(now_us: number, out: Outbox<Note>): void {
    const { round_us } = this.#campaign.rules;
    this.#round = Math.floor(now_us / round_us);
    // Of an order that has begun it may have missed what others have heard: it keeps out of it.
    this.#since = this.#round + 1;
    out.setTimer(ROUND_TIMER, (this.#round + 1) * round_us - now_us);
  }

  #recover(saved: readonly Saved[]): void {
    let last = 0;
    for (const record of saved) {
      this.#held.add(record.digest);
      this.#hashed.add(record.digest);
      if (record.kind === 'holds') continue;
      this.leader = record.commander;
      this.#replies.set(timestampOf(record.digest), this.#reply(record, record.digest));
      last = Math.max(last, this.#campaign.numberOf(record));
    }
    this.#context.pool.skippedTo(last);
  }

  #onRequest(items: readonly number[], isFresh: boolean, out: Outbox<Note>): void {
    const batches = new Set(items.filter((item) => this.#context.isExecuted(item)).map((item) => this.#context.batchOf(item)));
    for (const batch of batches) {
      const reply = this.#replies.get(batch.id);
      if (reply !== undefined) this.#context.reply(batch, reply, out);
    }
    if (isFresh && this.leader === this.id) this.#isAsked = true;
  }

  #receive(from: number, message: Note, now_us: number, out: Outbox<Note>): void {
    if (message instanceof OrderMessage) this.#hear(from, message as M, now_us);
    else if (message.type === TYPE.fetch) {
      if (!this.#held.has(message.digest)) return;
      const { round, bytes } = { round: message.sequence, bytes: this.#campaign.rules.body_bytes };
      out.send(from, this.#note(TYPE.body, round, message.digest, bytes));
    } else if (message.type === TYPE.body) this.#onBody(message.digest, out);
  }

  #hear(from: number, message: M, now_us: number): void {
    const { rules, log, algorithm } = this.#campaign;
    const { sequence: round, path, type } = message;
    const passed = path.length;
    if (rules.tallies && type === TYPE.relay) log.vote(this.id, message);
    if ((type === TYPE.order) !== (passed === 1) || passed > rules.rounds) return;
    if (path[passed - 1] !== from || path.includes(this.id)) return;
    // Too late, before the order begins, or of an order whose beginning it has missed.
    if (this.#round >= round + passed || now_us < round * rules.round_us || round < this.#since) return;
    const name = { round, commander: path[0] };
    const number = this.#campaign.numberOf(name);
    let order = this.#orders.get(number);
    if (order === undefined) {
      order = { ...name, lieutenant: algorithm.lieutenant(this.id, name), commanded: RETREAT, batches: new Set() };
      this.#orders.set(number, order);
    }
    order.lieutenant!.hear(message);
  }

  // --- the end of a round

  #tick(now_us: number, out: Outbox<Note>): void {
    const { rules } = this.#campaign;
    const round = (this.#round = now_us / rules.round_us);
    out.setTimer(ROUND_TIMER, rules.round_us);
    this.#cost_ns = 0;
    const says: M[] = [];
    const replies: [Batch, Reply][] = [];
    for (const order of this.#orders.values())
      if (order.lieutenant !== null && order.round < round)
        says.push(...order.lieutenant.endOf(round - order.round, this.#headquarters(order)));
    for (const commander of this.#decidedAt(round - rules.rounds))
      this.#decide({ round: round - rules.rounds, commander }, replies, now_us);
    this.#askForMissing(round, out);
    const commands = this.#command(round, now_us);
    if (says.length > 0 || replies.length > 0 || commands !== null)
      out.work(this.#cost_ns, { says, replies, commands } satisfies Dispatches<M>);
  }

  /** Commanders of the orders of a round, on which everybody decides now. */
  #decidedAt(round: number): readonly number[] {
    if (round < this.#since) return [];
    const heard = [...this.#orders.values()].filter((order) => order.round === round).map(({ commander }) => commander);
    return [...new Set([...heard, ...this.#campaign.commandersIn(round)])].sort((x, y) => x - y);
  }

  #headquarters({ batches }: Order<M>): Headquarters {
    return {
      log: this.#campaign.log,
      works: (cost_ns) => {
        this.#cost_ns += cost_ns;
      },
      hash: (digest) => this.#hash(digest),
      accept: (digest) => {
        this.#hold(digest);
        const batch = this.#batchOf(digest);
        batches.add(batch.id);
        this.#context.pool.adopt(batch);
      },
    };
  }

  #batchOf(digest: number): Batch {
    return this.#context.batch(timestampOf(digest));
  }

  #hash(digest: number): void {
    if (this.#hashed.has(digest)) return;
    const { log, setup, contents } = this.#campaign;
    const { bytes } = this.#batchOf(digest);
    this.#hashed.add(digest);
    log.digest(bytes, () => contents!.batch(digest));
    this.#cost_ns += setup.cell.node.hash_ns_per_byte * bytes;
  }

  #hold(digest: number): void {
    if (this.#held.has(digest)) return;
    this.#held.add(digest);
    const batch = this.#batchOf(digest);
    this.#cost_ns += this.#context.checkClients(batch, () => this.#campaign.contents!.batch(digest));
    this.#ahead.write({ kind: 'holds', digest }, this.#campaign.rules.body_bytes, { holds: [digest] });
  }

  #decide(name: OrderName, replies: [Batch, Reply][], now_us: number): void {
    const number = this.#campaign.numberOf(name);
    const order = this.#orders.get(number);
    this.#orders.delete(number);
    const digest = order === undefined ? RETREAT : order.lieutenant === null ? order.commanded : order.lieutenant.choice();
    this.#campaign.decided(this.id, name, digest);
    const batch = digest === RETREAT ? null : this.#batchOf(digest);
    this.#context.decide({ sequence: number, digest, batch });
    if (batch === null) {
      this.#putBack(now_us);
      return;
    }
    this.#context.committed({ view: number, decision: digest });
    if (this.leader !== name.commander) this.leaderChanges += 1;
    this.leader = name.commander;
    if (this.#held.has(digest)) this.#carryOut(name, digest, replies);
    else {
      const holders = order?.lieutenant?.holdersOf(digest) ?? [];
      this.#missing.set(digest, { ...name, holders, asked: 0, again: this.#round });
    }
    if (order !== undefined && [...order.batches].some((id) => id !== batch.id)) this.#putBack(now_us);
  }

  /** What was accepted under orders that are over, and was not carried, waits again. */
  #putBack(now_us: number): void {
    this.#context.pool.restart(new Set([...this.#orders.values()].flatMap(({ batches }) => [...batches])), now_us);
  }

  #carryOut(name: OrderName, digest: number, replies: [Batch, Reply][]): void {
    const { log, rules, setup } = this.#campaign;
    const batch = this.#batchOf(digest);
    const reply = this.#reply(name, digest);
    if (rules.signs) {
      log.sign(reply);
      this.#cost_ns += setup.cell.node.sign_ns;
    }
    this.#replies.set(batch.id, reply);
    this.#ahead.write({ kind: 'decided', digest, round: name.round, commander: name.commander }, rules.record_bytes);
    replies.push([batch, reply]);
  }

  /** Orders stand alone: the result is the order that was obeyed, whatever came before it. */
  #reply({ round, commander }: OrderName, digest: number): Reply {
    const bytes = this.#campaign.rules.reply_bytes;
    const fields = { type: TYPE.reply, view: round, timestamp: timestampOf(digest), signer: this.id, bytes };
    return new Reply({ ...fields, result: digest, decided: digest, leader: commander });
  }

  // --- commanding

  /** In its turn, or where it was asked itself. */
  #command(round: number, now_us: number): Dispatches<M>['commands'] {
    const { rules, algorithm, setup, log } = this.#campaign;
    const { pool } = this.#context;
    if (pool.waiting === 0) return null;
    const turn = Math.floor(round / (rules.rounds + 1));
    const isDue = turn % rules.nodes === this.id && this.#turn !== turn;
    // So many turns have not helped yet.
    if (!this.#isAsked) this.#context.asksFor(turn);
    if (!this.#isAsked && !isDue) return null;
    const batch = pool.take(now_us);
    if (batch === null) return null;
    this.#isAsked = false;
    if (isDue) this.#turn = turn;
    const digest = digestOf(batch.id);
    const order = { round, commander: this.id };
    this.#orders.set(this.#campaign.numberOf(order), { ...order, lieutenant: null, commanded: digest, batches: new Set([batch.id]) });
    this.#hash(digest);
    this.#hold(digest);
    const message = algorithm.command(order, digest);
    if (rules.signs) {
      log.sign(message);
      this.#cost_ns += setup.cell.node.sign_ns;
    }
    return { order, message };
  }

  #onWork(token: Dispatches<M> | Arrived, out: Outbox<Note>): void {
    if ('body' in token) {
      this.#arrived(token.body, out);
      return;
    }
    for (const message of token.says) out.multicastExcept(message, message.path);
    for (const [batch, reply] of token.replies) this.#context.reply(batch, reply, out);
    if (token.commands === null) return;
    const { order, message } = token.commands;
    this.#campaign.begun(order, message.digest);
    this.#context.proposed({ view: this.#campaign.numberOf(order), decision: message.digest });
    out.multicast(message);
  }

  // --- orders that were decided and did not come

  /** Asks so many of those who say to have it that one of them is loyal; and the next ones a turn later. */
  #askForMissing(round: number, out: Outbox<Note>): void {
    const { rules } = this.#campaign;
    for (const [digest, missing] of this.#missing) {
      if (missing.again > round) continue;
      const { holders } = missing;
      for (let i = 0; i < Math.min(rules.bound + 1, holders.length); i++)
        out.send(holders[(missing.asked + i) % holders.length], this.#note(TYPE.fetch, missing.round, digest, rules.note_bytes));
      missing.asked += rules.bound + 1;
      missing.again = round + rules.rounds + 1;
    }
  }

  #note(type: number, sequence: number, digest: number, bytes: number): SignedMessage {
    return new SignedMessage({ type, view: 0, sequence, signer: this.id, digest, bytes });
  }

  /** What its digest does not name is not it: nobody has to sign it. */
  #onBody(digest: number, out: Outbox<Note>): void {
    if (!this.#missing.has(digest) || this.#held.has(digest)) return;
    this.#cost_ns = 0;
    this.#hash(digest);
    this.#hold(digest);
    out.work(this.#cost_ns, { body: digest } satisfies Arrived);
  }

  #arrived(digest: number, out: Outbox<Note>): void {
    const missing = this.#missing.get(digest)!;
    this.#missing.delete(digest);
    const replies: [Batch, Reply][] = [];
    this.#carryOut(missing, digest, replies);
    for (const [batch, reply] of replies) this.#context.reply(batch, reply, out);
  }
}
