// Who waits for too long asks all: others send what was decided meanwhile with what proves it, and say again what they have said of what is
// not decided yet. Protocols that assume a gossip layer or reliable links get from it what those would bring after a crash or a partition.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import { HEADER_BYTES, NULL_DIGEST, REQUEST_HEADER_BYTES, SIGNATURE_BYTES, SignedMessage, timestampOf } from './messages.ts';

/** What was decided at a sequence number, with the messages (or what else) that prove it. */
export class ProvenDecision<P = readonly SignedMessage[]> extends SignedMessage {
  readonly proof: P;
  constructor(fields: ConstructorParameters<typeof SignedMessage>[0] & { readonly proof: P }) {
    super(fields);
    this.proof = fields.proof;
  }
}

export interface CatchUpRules {
  readonly log: OperationLog;
  readonly nodes: number;
  readonly types: { readonly fetch: number; readonly decision: number };
  /** Messages are signed. */
  readonly signs: boolean;
  /** The first wait; it doubles as long as nothing is executed. */
  readonly wait_us: number;
  /** How many of the others send a decision, so that one of them is correct: f + 1. */
  readonly answers: number;
  /** Decisions in one answer at most. */
  readonly most: number;
}

export interface Proof<P> {
  readonly view: number;
  readonly digest: number;
  readonly proof: P;
  /** Of the proof alone. */
  readonly bytes: number;
}

export interface CatchUpHost<M, P> {
  readonly executed: number;
  /** It waits for something that others may have. */
  readonly isWaiting: boolean;
  /** What was decided, as long as it is kept; null: nothing. */
  proofOf(sequence: number): Proof<P> | null;
  /** The batch that a digest names, where that is not a batch itself; absent: the batch. null: nothing. */
  batchOf?(digest: number): Batch | null;
  /** A decision from another node: takes it if the proof holds. */
  take(decision: ProvenDecision<P>, out: Outbox<M & SignedMessage>): void;
  /** Says again to one node, which has executed what is before `sequence`, what it has said of what it has not executed itself; absent: nothing. */
  sayAgain?(to: number, sequence: number, out: Outbox<M & SignedMessage>): void;
}

export const CATCH_UP_TIMER = 'catch up';

export class CatchUp<M extends SignedMessage, P = readonly SignedMessage[]> {
  readonly #context: NodeContext<M>;
  readonly #rules: CatchUpRules;
  readonly #host: CatchUpHost<M, P>;
  #runs = false;
  #wait_us: number;
  /** Questions in a row without an execution between them. */
  #futile = 0;
  #executed = 0;

  constructor(context: NodeContext<M>, rules: CatchUpRules, host: CatchUpHost<M, P>) {
    this.#context = context;
    this.#rules = rules;
    this.#host = host;
    this.#wait_us = rules.wait_us;
  }

  /** It waits for something from now on, or has got something and waits for more. */
  wait(out: Outbox<M>, wait_us = this.#rules.wait_us): void {
    this.#futile = 0;
    this.#runs = true;
    this.#wait_us = wait_us;
    out.setTimer(CATCH_UP_TIMER, wait_us);
  }
  /** The same where it may wait already. */
  waitIfIdle(out: Outbox<M>): void {
    if (!this.#runs) this.wait(out);
  }
  /** Nothing is left to wait for. */
  stop(out: Outbox<M>): void {
    if (this.#runs) out.cancelTimer(CATCH_UP_TIMER);
    this.#runs = false;
  }

  onTimer(out: Outbox<M>): void {
    this.#runs = false;
    if (this.#host.isWaiting) this.ask(out);
  }

  /** Asks all others for what follows the last executed sequence number. */
  ask(out: Outbox<M>): void {
    const { executed } = this.#host;
    const inVain = this.#futile > 0 && executed === this.#executed;
    this.#futile = executed === this.#executed ? this.#futile + 1 : 1;
    this.#executed = executed;
    this.#context.asksAgain(inVain);
    out.multicast(this.#message(this.#rules.types.fetch, this.#futile - 1, executed + 1, NULL_DIGEST) as M);
    let wait_us = this.#wait_us;
    for (let k = 1; k < this.#futile; k++) wait_us *= 2;
    this.#runs = true;
    out.setTimer(CATCH_UP_TIMER, wait_us);
  }

  /** `view`: how many times in a row it has asked before; each time others answer. */
  #message(type: number, view: number, sequence: number, digest: number): SignedMessage {
    const bytes = HEADER_BYTES + (this.#rules.signs ? SIGNATURE_BYTES : 0);
    const message = new SignedMessage({ type, view, sequence, signer: this.#context.id, digest, bytes });
    if (this.#rules.signs) this.#rules.log.sign(message);
    return message;
  }

  /** Returns whether the message was one of these. */
  receive(from: number, message: SignedMessage, out: Outbox<M>): boolean {
    const { types } = this.#rules;
    if (message.type === types.fetch) this.#onFetch(from, message, out);
    else if (message.type === types.decision) this.#onDecision(message as ProvenDecision<P>, out);
    else return false;
    return true;
  }

  #onFetch(from: number, fetch: SignedMessage, out: Outbox<M>): void {
    const { nodes, answers, most, types, signs, log } = this.#rules;
    const { view, sequence, signer } = fetch;
    if (signer !== from || (signs && log.verify([fetch]).length === 0)) return;
    const turn = (((this.#context.id - from - 1 - view * answers) % nodes) + nodes) % nodes;
    if (turn < answers)
      for (let next = sequence; next < sequence + most; next++) {
        const known = this.#host.proofOf(next);
        if (known === null) break;
        out.send(from, this.#decision(types.decision, next, known) as M & ProvenDecision<P>);
      }
    if (sequence > this.#host.executed + 1) this.waitIfIdle(out);
    this.#host.sayAgain?.(from, sequence, out);
  }

  #batchOf(digest: number): Batch | null {
    if (this.#host.batchOf !== undefined) return this.#host.batchOf(digest);
    return digest === NULL_DIGEST ? null : this.#context.batch(timestampOf(digest));
  }

  /** What proves it is signed already. */
  #decision(type: number, sequence: number, { view, digest, proof, bytes }: Proof<P>): ProvenDecision<P> {
    const batch = this.#batchOf(digest);
    const batch_bytes = batch === null ? 0 : REQUEST_HEADER_BYTES + batch.bytes;
    const fields = { type, view, sequence, signer: this.#context.id, digest, bytes: HEADER_BYTES + batch_bytes + bytes };
    return new ProvenDecision({ ...fields, proof });
  }

  #onDecision(decision: ProvenDecision<P>, out: Outbox<M>): void {
    if (decision.sequence <= this.#host.executed) return;
    this.#host.take(decision, out);
    this.goOn(out);
  }
  /** As long as it gets something it goes on asking at once for what follows the end of an answer. Also told by a host that takes its time. */
  goOn(out: Outbox<M>): void {
    if (this.#host.executed >= this.#executed + this.#rules.most) this.ask(out);
  }
}
