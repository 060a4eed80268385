// Clients: submission, retransmission, acceptance by matching replies.
import { weightOf, type Weights } from '../../core/weights.ts';
import type { Outbox } from '../outbox.ts';
import type { Input, Message } from '../protocol.ts';
import type { ClientRules, Reply, Request } from './mechanism.ts';

/** What clients ask of their run. */
export interface ClientRun<M extends Message> {
  readonly rules: ClientRules<M>;
  readonly weights: Weights;
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
 * (`take`). What waits for longer than its timeout goes to all nodes; the timeout doubles until something is accepted.
 */
export class Client<M extends Message> {
  readonly number: number;
  readonly participant: number;
  readonly #run: ClientRun<M>;
  #view = 0;
  #timeout_us: number;
  #timerRunning = false;
  /** Items in the order of their submission, accepted ones among them until they are first. */
  #open: number[] = [];
  /** Results by signer, of each batch that is not accepted yet. */
  readonly #replies = new Map<number, Map<number, number>>();
  readonly #accepted = new Set<number>();

  constructor(number: number, participant: number, run: ClientRun<M>) {
    this.number = number;
    this.participant = participant;
    this.#run = run;
    this.#timeout_us = run.rules.timeout_us;
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
    out.send(this.#run.rules.leaderOf(this.#view), this.#request([item]));
    if (!this.#timerRunning) this.#setTimer(out, this.#timeout_us);
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
    if (replies === undefined) this.#replies.set(batch, (replies = new Map<number, number>()));
    replies.set(message.signer, message.result);
    let matching = 0;
    for (const [signer, result] of replies) if (result === message.result) matching += weightOf(weights, signer);
    if (matching < rules.replies) return;
    this.#accepted.add(batch);
    this.#replies.delete(batch);
    this.#view = Math.max(this.#view, message.view);
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
