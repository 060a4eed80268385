// The block generator (specification, "Generate block"). It is a signer, too, whose signature it has at once.
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { digestOf } from '../parts/messages.ts';
import { BlockMessage, GENERATOR, TYPE, isSameBlock } from './messages.ts';
import { nextTick_us } from './rules.ts';
import { Signer, type Note, type Record, type Token } from './signer.ts';

const TICK_TIMER = 'tick';
const SIGNATURES_TIMER = 'signatures';

export class Generator extends Signer {
  /** The block that it has made and has no quorum for; it makes no other one at that height. */
  private pending: BlockMessage | null = null;
  private isMaking = false;
  private isComplete = false;
  private book = new VoteBook<BlockMessage>();
  /** Who has answered, and how often it has asked again those who have not. */
  private readonly answered = new Set<number>();
  private answeredBefore = 0;
  private asked = 0;

  protected override handle(input: NodeInput<Note>, out: Outbox<Note>): void {
    if (input.kind === 'submit') {
      this.executor.answer(input.request.items, out);
      this.propose(out);
    } else if (input.kind === 'ready' || (input.kind === 'timer' && input.id === TICK_TIMER)) this.propose(out);
    else if (input.kind === 'timer' && input.id === SIGNATURES_TIMER) this.askAgain(out);
    else super.handle(input, out);
  }

  /** A block follows the one before it. None is empty. */
  private propose(out: Outbox<Note>): void {
    const { pool } = this.context;
    const isReady = pool.ready_us <= this.now_us;
    const { period_us, program } = this.run.rules;
    const begins_us = nextTick_us(period_us, this.now_us);
    const mayBegin = !this.isMaking && this.pending === null && !this.stopped;
    this.context.blocked(isReady && !(mayBegin && begins_us === this.now_us));
    if (!isReady || !mayBegin) return;
    if (begins_us > this.now_us) {
      out.setTimer(TICK_TIMER, begins_us - this.now_us);
      return;
    }
    const batch = pool.take(this.now_us);
    if (batch === null) return;
    this.isMaking = true;
    const work_ns = program.propose_ns(batch.bytes) + this.checkClients(batch, digestOf(batch.id));
    out.work(work_ns, { kind: 'make', batch } satisfies Token);
  }

  protected override onWork(token: Token, out: Outbox<Note>): void {
    if (token.kind === 'make') {
      this.isMaking = false;
      this.make(token.batch, out);
    } else if (token.kind === 'complete') this.finish(token.request, out);
    else super.onWork(token, out);
  }

  private make(batch: Batch, out: Outbox<Note>): void {
    const { signRequest, program } = this.run.rules;
    // What a block that came meanwhile has spent is left out, and the rest waits again.
    if (this.isSpent(batch)) {
      this.context.pool.restart(new Set(), this.now_us);
      this.propose(out);
      return;
    }
    const digest = digestOf(batch.id);
    this.hash(digest, batch);
    const block = {
      previous: this.state,
      time_ms: Math.max(Math.floor(this.now_us / 1000), this.time_ms + 1),
      quorum: this.quorum,
    };
    const bytes = signRequest.bytes + batch.bytes - program.batch_bytes;
    const fields = { type: TYPE.signRequest, view: 0, sequence: this.executed + 1, signer: GENERATOR, digest, bytes, block };
    const request = new BlockMessage(fields);
    this.run.log.sign(request);
    this.begin(request);
    this.context.proposed({ view: 0, decision: digest });
    // On the disk before anybody is asked: whatever happens, it asks for no other block at that height.
    this.write({ kind: 'pending', message: request }, bytes, out);
  }

  protected override onWritten(record: Record, out: Outbox<Note>): void {
    super.onWritten(record, out);
    const { kind, message } = record;
    if (this.pending === null || !isSameBlock(message, this.pending)) return;
    if (kind === 'pending') this.askAll(out);
    else if (kind === 'block') this.publish(message, out);
    else if (!this.isComplete) {
      this.book.addOwn(message);
      this.tryComplete(out);
    }
  }

  private begin(request: BlockMessage): void {
    this.pending = request;
    this.isComplete = false;
    this.book = new VoteBook<BlockMessage>();
    this.answered.clear();
    this.answeredBefore = this.asked = 0;
  }

  private askAll(out: Outbox<Note>): void {
    out.multicast(this.pending!);
    out.setTimer(SIGNATURES_TIMER, this.run.rules.wait_us);
    if (this.signed === null || !isSameBlock(this.signed, this.pending!)) this.sign(this.pending!, out);
  }

  private askAgain(out: Outbox<Note>): void {
    const { pending, answered } = this;
    if (pending === null || this.isComplete) return;
    this.context.asksAgain(this.asked > 0 && answered.size === this.answeredBefore);
    this.answeredBefore = answered.size;
    this.asked += 1;
    for (let node = 0; node < this.run.rules.nodes; node++) if (node !== this.id && !answered.has(node)) out.send(node, pending);
    let wait_us = this.run.rules.wait_us;
    for (let k = 0; k < this.asked; k++) wait_us *= 2;
    out.setTimer(SIGNATURES_TIMER, wait_us);
  }

  protected override receive(from: number, message: Note, out: Outbox<Note>): void {
    super.receive(from, message, out);
    if (message.type === TYPE.signature && message.signer === from) this.onSignature(message as BlockMessage, out);
  }

  private onSignature(vote: BlockMessage, out: Outbox<Note>): void {
    if (this.pending === null || !isSameBlock(vote, this.pending)) return;
    this.answered.add(vote.signer);
    if (!this.isComplete && this.book.add(vote) === 'accepted') this.tryComplete(out);
  }

  /** It stops waiting at the quorum. */
  private tryComplete(out: Outbox<Note>): void {
    const { pending, book } = this;
    if (pending === null || this.isComplete || !book.mayComplete(pending.digest, this.quorum)) return;
    let checked = 0;
    const isComplete = book.complete(pending.digest, this.quorum, (votes) => {
      checked += votes.length;
      return this.run.log.verify(votes);
    });
    if (!isComplete) return;
    this.isComplete = true;
    out.cancelTimer(SIGNATURES_TIMER);
    out.work(this.run.rules.signature.work_ns(checked, 0), { kind: 'complete', request: pending } satisfies Token);
  }

  /** It has M signatures: the block is on the disk before it is published. */
  private finish(request: BlockMessage, out: Outbox<Note>): void {
    if (request !== this.pending) return;
    const { block: step, program, publishesBatch } = this.run.rules;
    const { sequence, digest, block } = request;
    const batch_bytes = publishesBatch ? this.executor.batchOf(digest)!.bytes - program.batch_bytes : 0;
    const proof = this.book.verified.slice(0, this.quorum);
    const fields = { type: TYPE.block, view: 0, sequence, signer: GENERATOR, digest, bytes: step.bytes + batch_bytes, block };
    this.write({ kind: 'block', message: new BlockMessage({ ...fields, proof }) }, fields.bytes, out);
  }

  private publish(block: BlockMessage, out: Outbox<Note>): void {
    out.multicast(block);
    this.written = this.executed + 1;
    this.execute(block, out);
  }

  protected override execute(block: BlockMessage, out: Outbox<Note>): void {
    const { pending } = this;
    super.execute(block, out);
    if (pending !== null && pending.sequence <= this.executed) {
      this.pending = null;
      out.cancelTimer(SIGNATURES_TIMER);
      // Others have signed another block at that height.
      if (pending.digest !== block.digest) this.context.pool.restart(new Set(), this.now_us);
    }
    this.propose(out);
  }

  // --- behind, or back

  override resume(out: Outbox<Note>): void {
    this.isMaking = false;
    super.resume(out);
    if (this.pending === null) this.propose(out);
    else if (!this.isComplete) this.askAll(out);
  }

  /** Its own pending block is nothing that others have. */
  override get isWaiting(): boolean {
    return this.heard > this.executed;
  }

  sayAgain(to: number, sequence: number, out: Outbox<Note>): void {
    if (this.pending !== null && this.pending.sequence >= sequence && !this.answered.has(to)) out.send(to, this.pending);
  }

  protected override recover(records: readonly Record[]): void {
    super.recover(records);
    const pending = records.findLast(({ kind }) => kind === 'pending')?.message;
    if (pending === undefined || pending.sequence !== this.executed + 1) return;
    this.begin(pending);
    if (this.signed !== null && isSameBlock(this.signed, pending)) this.book.addOwn(this.signed);
    this.context.pool.adopt(this.executor.batchOf(pending.digest)!);
  }
}
