// Clients: submission, retransmission, acceptance by matching replies.
import { weightOf, type Weights } from '../../core/weights.ts';
import type { Outbox } from '../outbox.ts';
import type { Input, Message } from '../protocol.ts';
import type { ClientRules, Reply, Request } from './mechanism.ts';

/** What clients ask of their run. */
export interface ClientRun<M extends Message> {
  readonly rules: ClientRules<M>;
  readonly weights: Weights;
  readonly nodes: number;
  /** What it sends takes an uplink: of the default load. */
  readonly hasUplink: boolean;
  now(): number;
  /** A new item of the client's; null: it submits no more. */
  submit(client: number): number | null;
  /** Transactions' bytes of one item. */
  readonly item_bytes: number;
  /** Accepts what a batch has of the client's; returns whether anything was waiting. */
  accept(client: number, batch: number, decided: number): boolean;
  isWaiting(item: number): boolean;
  submitted_us(item: number): number;
}

const RETRANSMIT_TIMER = 'retransmit';

/**
 * A client with at most so many items under way at a time (a closed load; of PBFT's section 4.1 one), or whose items come from outside
 * (`take`). A request goes to the leader, or to all nodes (`asks`); what waits for longer than its timeout goes to all; the timeout doubles
 * until something is accepted.
 */
export class Client<M extends Message> {
  readonly number: number;
  readonly participant: number;
  readonly #run: ClientRun<M>;
  #view = 0;
  #leader: number;
  #timeout_us: number;
  #timerRunning = false;
  /** Items in the order of their submission, accepted ones among them until they are first. */
  #open: number[] = [];
  /** Of each batch that is not accepted yet. */
  readonly #replies = new Map<number, Replies>();
  readonly #accepted = new Set<number>();

  constructor(number: number, participant: number, run: ClientRun<M>) {
    this.number = number;
    this.participant = participant;
    this.#run = run;
    this.#timeout_us = run.rules.timeout_us;
    this.#leader = run.rules.leaderOf(0);
  }

  step(input: Input<M>, out: Outbox<M>, inFlight: number): void {
    if (input.kind === 'start') for (let i = 0; i < inFlight; i++) this.#submitNext(out);
    else if (input.kind === 'message') this.#onReply(input.message as M & Reply, out, inFlight > 0);
    else if (input.kind === 'timer') this.#onTimer(out);
  }

  #submitNext(out: Outbox<M>): void {
    const item = this.#run.submit(this.number);
    if (item !== null) this.take(item, out);
  }

  /** An item of its own begins. */
  take(item: number, out: Outbox<M>): void {
    this.#open.push(item);
    this.#ask(this.#request([item]), out);
    if (!this.#timerRunning) this.#setTimer(out, this.#timeout_us);
  }

  #ask(request: M & Request, out: Outbox<M>): void {
    const { rules, nodes, hasUplink } = this.#run;
    const { asks } = rules;
    // Without an uplink gossip costs nothing either.
    if (asks === 'all' || (asks === 'gossip' && !hasUplink)) {
      out.multicast(request);
      return;
    }
    out.send(this.#leader, request);
    if (asks !== 'gossip') return;
    for (let node = 0; node < nodes; node++) if (node !== this.#leader) out.send(node, request, { connections: nodes - 1 });
  }

  #request(items: readonly number[]): M & Request {
    const { rules, item_bytes } = this.#run;
    const bytes = rules.requestBytes(item_bytes * items.length);
    return rules.request({ view: this.#view, sequence: items[0], signer: this.participant, items, bytes });
  }

  #setTimer(out: Outbox<M>, delay_us: number): void {
    this.#timerRunning = true;
    out.setTimer(RETRANSMIT_TIMER, delay_us);
  }

  #onTimer(out: Outbox<M>): void {
    const run = this.#run;
    this.#open = this.#open.filter((item) => run.isWaiting(item));
    this.#timerRunning = false;
    if (this.#open.length === 0) return;
    const late = this.#open.filter((item) => run.submitted_us(item) + run.rules.timeout_us <= run.now());
    if (late.length === 0) {
      this.#setTimer(out, run.submitted_us(this.#open[0]) + run.rules.timeout_us - run.now());
      return;
    }
    out.multicast(this.#request(late));
    this.#timeout_us *= 2;
    this.#setTimer(out, this.#timeout_us);
  }

  #onReply(message: M & Reply, out: Outbox<M>, submits: boolean): void {
    const { rules, weights } = this.#run;
    const batch = message.sequence;
    if (message.type !== rules.types.reply || !message.valid || this.#accepted.has(batch)) return;
    let replies = this.#replies.get(batch);
    if (replies === undefined) this.#replies.set(batch, (replies = new Replies(weights)));
    const { final, matching } = replies.add(message);
    if (final < rules.replies && matching < (rules.tentativeReplies ?? Infinity)) return;
    this.#accepted.add(batch);
    this.#replies.delete(batch);
    if (message.view >= this.#view) {
      this.#view = message.view;
      this.#leader = message.leader ?? rules.leaderOf(message.view);
    }
    if (!this.#run.accept(this.number, batch, message.decided)) return;
    this.#timeout_us = rules.timeout_us;
    if (!submits) return;
    // Closed: its timer counts from the next submission.
    this.#open = this.#open.filter((item) => this.#run.isWaiting(item));
    if (this.#open.length === 0) this.#timerRunning = false;
    this.#submitNext(out);
    if (this.#open.length === 0) out.cancelTimer(RETRANSMIT_TIMER);
  }
}

/** What replies with one result weigh: those that are not tentative, and all. */
interface Tally {
  final: number;
  matching: number;
}

/** The last reply of each node on one batch. */
class Replies {
  readonly #weights: Weights;
  readonly #bySigner = new Map<number, Reply>();
  readonly #byResult = new Map<number, Tally>();

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  /** Returns what replies with its result weigh now. */
  add(reply: Reply): Readonly<Tally> {
    const before = this.#bySigner.get(reply.signer);
    if (before !== undefined) this.#count(before, -1);
    this.#bySigner.set(reply.signer, reply);
    return this.#count(reply, 1);
  }
  #count({ signer, result, tentative }: Reply, times: 1 | -1): Tally {
    let tally = this.#byResult.get(result);
    if (tally === undefined) this.#byResult.set(result, (tally = { final: 0, matching: 0 }));
    const weight = times * weightOf(this.#weights, signer);
    tally.matching += weight;
    if (tentative !== true) tally.final += weight;
    return tally;
  }
}
