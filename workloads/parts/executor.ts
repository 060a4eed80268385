// What every node does with decisions: executes them in the order of their numbers, tells clients, and tells again who asks again.
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import { NULL_DIGEST, Reply, nextState, timestampOf, type SignedMessage } from './messages.ts';

export interface ExecutorRules {
  readonly log: OperationLog;
  readonly reply: { readonly type: number; readonly bytes: number };
  /** Replies are signed. */
  readonly signs: boolean;
  /** Sequence numbers below the last executed one of which replies and digests are kept. */
  readonly kept: number;
  /** `digestAt` is asked of what was executed, too. */
  readonly keepsDigests?: boolean;
}

/** What the mechanism says of a decision. */
export interface ExecutorHost<M> {
  /** Does this node tell the clients, and of which view do they learn? null: it does not. */
  repliesIn(sequence: number): number | null;
  /** What a digest names, where that is not a batch itself; absent: the batch. null: nothing. */
  batchOf?(digest: number): Batch | null;
  /** After each execution. */
  executed(sequence: number, digest: number, out: Outbox<M & SignedMessage>): void;
}

export class Executor<M extends SignedMessage> {
  /** The last executed sequence number, and the service's state after it. */
  executed = 0;
  state = 0;
  readonly #context: NodeContext<M>;
  readonly #rules: ExecutorRules;
  readonly #host: ExecutorHost<M>;
  /** Decided, waiting for lower sequence numbers. */
  readonly #waiting = new Map<number, number>();
  readonly #digests: Map<number, number> | null;
  readonly #told: Told;

  constructor(context: NodeContext<M>, rules: ExecutorRules, host: ExecutorHost<M>) {
    this.#context = context;
    this.#rules = rules;
    this.#host = host;
    this.#digests = rules.keepsDigests === true ? new Map() : null;
    this.#told = new Told(rules.kept);
  }

  /** The batch that a digest names; null: none. */
  batchOf(digest: number): Batch | null {
    if (this.#host.batchOf !== undefined) return this.#host.batchOf(digest);
    return digest === NULL_DIGEST ? null : this.#context.batch(timestampOf(digest));
  }

  /** What was decided at a sequence number, executed (with `keepsDigests`) or not; undefined: nothing, or too long ago. */
  digestAt(sequence: number): number | undefined {
    return this.#digests?.get(sequence) ?? this.#waiting.get(sequence);
  }

  /** Decided here, in whatever order: executes what can be. A second decision for one number changes nothing. */
  decided(sequence: number, digest: number, out: Outbox<M>): void {
    const waiting = this.#waiting;
    if (sequence <= this.executed || waiting.has(sequence)) return;
    // Mostly they come in order.
    if (sequence === this.executed + 1) this.#execute(sequence, digest, out);
    else waiting.set(sequence, digest);
    while (waiting.size > 0) {
      const next = this.executed + 1;
      const its = waiting.get(next);
      if (its === undefined) return;
      waiting.delete(next);
      this.#execute(next, its, out);
    }
  }

  #execute(sequence: number, digest: number, out: Outbox<M>): void {
    const { kept, log, signs } = this.#rules;
    const batch = this.batchOf(digest);
    this.executed = sequence;
    this.state = nextState(this.state, digest);
    this.#digests?.set(sequence, digest);
    this.#digests?.delete(sequence - kept);
    this.#context.decide({ sequence, digest, batch });
    const view = batch === null ? null : this.#host.repliesIn(sequence);
    if (batch !== null && view !== null) {
      this.#told.set(batch.id, view, this.state, digest);
      const message = this.#reply(batch.id, view, this.state, digest);
      if (signs) log.sign(message);
      this.#context.reply(batch, message as M & Reply, out);
    }
    this.#host.executed(sequence, digest, out);
  }

  #reply(timestamp: number, view: number, result: number, decided: number): Reply {
    const { type, bytes } = this.#rules.reply;
    return new Reply({ type, view, timestamp, signer: this.#context.id, result, bytes, decided });
  }

  /** Of what a client asks again some is executed: it is told again. Returns whether anything is left to be agreed on. */
  answer(items: readonly number[], out: Outbox<M>): boolean {
    let isNew = false;
    const batches = new Set<Batch>();
    for (const item of items)
      if (this.#context.isExecuted(item)) batches.add(this.#context.batchOf(item));
      else isNew = true;
    for (const batch of batches) {
      const told = this.#told.get(batch.id);
      if (told === undefined) continue;
      this.#context.reply(batch, this.#reply(batch.id, told.view, told.result, told.digest) as M & Reply, out);
    }
    return isNew;
  }

  /** After a crash: it had executed so far. Of what it had told clients it tells them again when they ask. */
  recover(decided: readonly { readonly sequence: number; readonly digest: number }[]): void {
    for (const { sequence, digest } of decided) {
      if (sequence !== this.executed + 1) continue;
      this.executed = sequence;
      this.state = nextState(this.state, digest);
      this.#digests?.set(sequence, digest);
      const batch = this.batchOf(digest);
      const view = batch === null ? null : this.#host.repliesIn(sequence);
      if (batch === null || view === null) continue;
      this.#told.keep(batch.id, { view, result: this.state, digest });
    }
    this.#context.pool.skippedTo(this.executed);
  }
}

interface Answer {
  readonly view: number;
  readonly result: number;
  readonly digest: number;
}

const ANSWER_ROW = 4;

/**
 * What clients were told, by batch: of each the one that was told `kept` numbers before it is forgotten. As numbers in a ring: the messages themselves
 * would be moved about by the garbage collector for as long.
 */
class Told {
  readonly #kept: number;
  /** Number of the batch (from 1 on), view, result, digest. */
  #rows: Int32Array | null = null;
  /** What the ring has no room for: told out of turn, or before a crash. */
  #others: Map<number, Answer> | null = null;

  constructor(kept: number) {
    this.#kept = kept;
  }

  set(batch: number, view: number, result: number, digest: number): void {
    const rows = (this.#rows ??= new Int32Array(ANSWER_ROW * this.#kept));
    const row = ANSWER_ROW * (batch % this.#kept);
    const before = rows[row];
    if (before !== 0 && before !== batch && before !== batch - this.#kept) this.keep(before, this.#at(row));
    if (this.#others !== null) {
      this.#others.delete(batch);
      this.#others.delete(batch - this.#kept);
    }
    rows[row] = batch;
    rows[row + 1] = view;
    rows[row + 2] = result;
    rows[row + 3] = digest;
  }
  /** Outside the ring. */
  keep(batch: number, answer: Answer): void {
    (this.#others ??= new Map()).set(batch, answer);
  }
  get(batch: number): Answer | undefined {
    const row = ANSWER_ROW * (batch % this.#kept);
    return this.#rows !== null && this.#rows[row] === batch ? this.#at(row) : this.#others?.get(batch);
  }
  #at(row: number): Answer {
    const rows = this.#rows!;
    return { view: rows[row + 1], result: rows[row + 2], digest: rows[row + 3] };
  }
}
