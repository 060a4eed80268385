// A replica in the normal case (section 4.2).
import { firstOf } from '../../harness/simulate/core/weights.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { TYPE, type NewView, type PbftMessage, type StateTransfer, type Status, type ViewChange } from './messages.ts';
import { NULL_DIGEST, REQUEST_HEADER_BYTES, Reply, Request, digestOf, nextState, timestampOf } from '../parts/messages.ts';
import { Persistence, type Record } from './persistence.ts';
import { VOTES, type WorkToken } from './state.ts';

/** A correct replica; what faulty ones send instead is in liars.ts. */
export class Replica extends Persistence {
  /** Section 5.1: what follows the last executed sequence number, executed when it was prepared; null: nothing. */
  private tentative: { readonly sequence: number; readonly digest: number } | null = null;

  override handle(input: NodeInput<PbftMessage>, out: Outbox<PbftMessage>): void {
    this.now_us = input.now_us;
    switch (input.kind) {
      case 'message':
        if (((VOTES >> input.message.type) & 1) === 1) this.run.log.vote(this.id, input.message);
        this.receive(input.from, input.message, out);
        break;
      case 'timer':
        this.onTimer(input.id, out);
        break;
      case 'work':
        this.onWork(input.token as WorkToken, out);
        break;
      case 'submit':
        this.onRequest(input.from, input.request, input.fresh, out);
        break;
      case 'ready':
        if (this.active && this.isPrimary) this.propose(out);
        break;
      case 'start':
        // Who was down when the run began may have missed anything.
        if (input.now_us > 0) this.sendStatus(null, out);
        break;
      case 'recover':
        this.recover(input.persisted as readonly Record[][]);
        if (this.active && !this.isIdle) this.startTimer(out);
        this.sendStatus(null, out);
        break;
      default:
        break;
    }
  }

  override receive(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    switch (message.type) {
      case TYPE.request:
        this.onRequest(from, message as Request, this.context.pool.add((message as Request).items, this.now_us), out);
        break;
      case TYPE.prePrepare:
        this.onPrePrepare(from, message, out);
        break;
      case TYPE.prepare:
        this.onPrepare(from, message, out);
        break;
      case TYPE.commit:
        this.onCommit(from, message, out);
        break;
      case TYPE.checkpoint:
        this.onCheckpoint(message, out);
        break;
      case TYPE.viewChange:
        this.onViewChange(message as ViewChange, out);
        break;
      case TYPE.newView:
        this.onNewView(message as NewView, out);
        break;
      case TYPE.fetchState:
        this.onFetchState(from, message, out);
        break;
      case TYPE.state:
        this.onState(message as StateTransfer, out);
        break;
      case TYPE.fetchBatch:
        if (message.digest !== NULL_DIGEST && this.bodies.has(message.digest) && this.verify([message]).length > 0)
          this.sendTo(from, TYPE.batch, message, REQUEST_HEADER_BYTES + this.context.batch(timestampOf(message.digest)).bytes, out);
        break;
      case TYPE.batch:
        this.onBatch(message, out);
        break;
      case TYPE.statusActive:
      case TYPE.statusPending:
        this.onStatus(from, message as Status, out);
        break;
    }
  }

  /** From a client, or relayed by a backup. `fresh`: the pool did not have all of it. */
  onRequest(from: number, request: Request, fresh: boolean, out: Outbox<PbftMessage>): void {
    if (this.rules.isReadOnly) {
      this.read(request, out);
      return;
    }
    const isNew = request.items.some((item) => !this.context.isExecuted(item));
    if (!isNew) {
      if (from >= this.rules.nodes) this.replyAgain(request.items, out);
      return;
    }
    // Under a closed load an item is a whole batch.
    if (this.run.setup.cell.load.kind === 'closed') for (const item of request.items) this.bodies.add(digestOf(item));
    if (!this.active) return;
    if (this.isPrimary) {
      this.propose(out);
      return;
    }
    if (fresh) out.send(this.primaryOf(this.view), new Request({ ...request, view: this.view }));
    this.startTimer(out);
  }

  /** Section 5.1: executed at once, and told; nobody else hears of it. */
  private read({ items }: Request, out: Outbox<PbftMessage>): void {
    const { pool } = this.context;
    for (let batch = pool.take(this.now_us); batch !== null; batch = pool.take(this.now_us)) {
      this.context.holds(digestOf(batch.id));
      this.makeReply(batch, { result: this.stateDigest, decided: digestOf(batch.id), tentative: true });
    }
    // Of a closed load a batch is its item.
    for (const item of items) this.sendReply(this.context.batch(item), out);
  }

  replyAgain(items: readonly number[], out: Outbox<PbftMessage>): void {
    const again = new Set(items.map((item) => this.context.batchOf(item)));
    for (const batch of again) {
      const reply = this.replies.get(batch.id);
      // What it told before it was committed it tells as final.
      if (reply?.tentative === true) this.makeReply(batch, { result: reply.result, decided: reply.decided });
      if (reply !== undefined || batch.id === this.lastTimestamp) this.sendReply(batch, out);
    }
  }

  override propose(out: Outbox<PbftMessage>): void {
    const { pool } = this.context;
    const { window } = this.rules;
    // The state of a checkpoint beyond them may have come from others.
    this.nextSequence = Math.max(this.nextSequence, this.stable + 1);
    while (this.nextSequence <= this.stable + window) {
      const batch = pool.take(this.now_us);
      if (batch === null) break;
      this.bodies.add(digestOf(batch.id));
      this.assign(batch, out);
    }
    this.context.blocked(this.nextSequence > this.stable + window && pool.ready_us <= this.now_us);
  }

  private assign(batch: Batch, out: Outbox<PbftMessage>): void {
    const sequence = this.nextSequence++;
    const work_ns = this.rules.proposing_ns(batch.bytes) + this.checkClients(digestOf(batch.id));
    out.work(work_ns, { kind: 'propose', view: this.view, sequence, batch } satisfies WorkToken);
  }

  onPrePrepare(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (this.keepForLater(from, message)) return;
    if (message.view !== this.view || from !== this.primaryOf(this.view) || message.signer !== from || !this.inWindow(message.sequence))
      return;
    const slot = this.slot(message.view, message.sequence);
    // Never two digests for one view and sequence number.
    if (slot.prePrepare !== null) return;
    if (this.verify([message]).length === 0) return;
    slot.prePrepare = message;
    this.prePrepares(message);
    this.write({ kind: 'prePrepare', message });
    const batch = message.digest === NULL_DIGEST ? null : this.context.batch(timestampOf(message.digest));
    if (batch !== null) {
      this.run.log.digest(batch.bytes, () => this.run.contents!.batch(message.digest));
      this.bodies.add(message.digest);
      if (this.hasNew(batch)) {
        this.context.pool.adopt(batch);
        this.startTimer(out);
      }
    }
    out.work(this.rules.accepting_ns(batch?.bytes ?? 0) + this.checkClients(message.digest), {
      kind: 'accept',
      view: message.view,
      sequence: message.sequence,
    } satisfies WorkToken);
  }

  onPrepare(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (this.keepForLater(from, message)) return;
    // The primary's PRE-PREPARE is its vote: only backups send PREPARE.
    if (message.view !== this.view || message.signer === this.primaryOf(message.view) || !this.inWindow(message.sequence)) return;
    const slot = this.slot(message.view, message.sequence);
    if (slot.prepared !== 'no') return;
    if (slot.prepares.add(message) === 'accepted') this.tryPrepared(message.view, message.sequence, out);
  }

  onCommit(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (this.keepForLater(from, message)) return;
    if (message.view !== this.view || !this.inWindow(message.sequence)) return;
    const slot = this.slot(message.view, message.sequence);
    if (slot.committed !== 'no') return;
    if (slot.commits.add(message) === 'accepted') this.tryCommitted(message.view, message.sequence, out);
  }

  keepForLater(from: number, message: PbftMessage): boolean {
    if (message.view < this.view || (message.view === this.view && this.active)) return false;
    // A correct sender is in its highest view, and sends at most three messages a sequence number in it.
    const kept = this.futureOf.get(from);
    if (kept === undefined || message.view > kept.view) {
      if (kept !== undefined) this.future = this.future.filter((one) => one.from !== from);
      this.futureOf.set(from, { view: message.view, count: 1 });
    } else {
      if (message.view < kept.view || kept.count >= 3 * this.rules.window) return true;
      kept.count += 1;
    }
    this.future.push({ from, message });
    return true;
  }

  /** Section 4.2: prepared is the pre-prepare and 2f matching prepares from different backups (q - 1 for any n). */
  override tryPrepared(view: number, sequence: number, out: Outbox<PbftMessage>): void {
    const slot = this.slot(view, sequence);
    if (!slot.accepted || slot.prepared !== 'no' || slot.prePrepare === null) return;
    const checked = this.completes(slot.prepares, slot.prePrepare.digest, this.preparesNeeded(view));
    if (checked === null) return;
    slot.prepared = 'verifying';
    out.work(this.rules.quorumEvent_ns(checked), { kind: 'prepared', view, sequence } satisfies WorkToken);
  }

  tryCommitted(view: number, sequence: number, out: Outbox<PbftMessage>): void {
    const slot = this.slot(view, sequence);
    if (slot.prepared !== 'yes' || slot.committed !== 'no' || slot.prePrepare === null) return;
    const checked = this.completes(slot.commits, slot.prePrepare.digest, this.rules.quorum);
    if (checked === null) return;
    slot.committed = 'verifying';
    out.work(this.rules.quorumEvent_ns(checked), { kind: 'committed', view, sequence } satisfies WorkToken);
  }

  onWork(token: WorkToken, out: Outbox<PbftMessage>): void {
    switch (token.kind) {
      case 'propose': {
        if (token.view !== this.view || !this.active) return;
        const { batch } = token;
        const digest = digestOf(batch.id);
        if (token.sequence <= this.stable) {
          if (this.hasNew(batch)) this.assign(batch, out);
          return;
        }
        const bytes = this.rules.prePrepare_bytes - this.rules.batch_bytes + batch.bytes;
        const message = this.message(TYPE.prePrepare, token.sequence, digest, bytes);
        this.run.log.digest(batch.bytes, () => this.run.contents!.batch(digest));
        this.authenticate(message, this.rules.nodes - 1);
        const slot = this.slot(token.view, token.sequence);
        slot.prePrepare = message;
        slot.accepted = true;
        this.prePrepares(message);
        this.write({ kind: 'prePrepare', message });
        this.context.proposed({ view: token.view, decision: digest });
        out.multicast(message);
        this.tryPrepared(token.view, token.sequence, out);
        return;
      }
      case 'accept': {
        if (token.view !== this.view || !this.active) return;
        const slot = this.knownSlot(token.view, token.sequence);
        // The state of a later checkpoint has come meanwhile.
        if (slot === undefined) return;
        slot.accepted = true;
        const prepare = this.vote(TYPE.prepare, token.view, token.sequence, slot.prePrepare!.digest);
        this.cast(prepare, out);
        slot.prepares.addOwn(prepare);
        this.tryPrepared(token.view, token.sequence, out);
        return;
      }
      case 'prepared': {
        if (token.view !== this.view || !this.active) return;
        const slot = this.knownSlot(token.view, token.sequence);
        if (slot === undefined) return;
        slot.prepared = 'yes';
        // With the certificate it can prove the request to any new primary: what it persists before it says so.
        const certificate = {
          prePrepare: slot.prePrepare!,
          prepares: firstOf(slot.prepares.verified, this.preparesNeeded(token.view), this.rules.weights),
        };
        this.certificates.set(token.sequence, certificate);
        this.write({ kind: 'prepared', certificate });
        const commit = this.vote(TYPE.commit, token.view, token.sequence, slot.prePrepare!.digest);
        this.cast(commit, out);
        slot.commits.addOwn(commit);
        this.executeTentatively(out);
        this.tryCommitted(token.view, token.sequence, out);
        return;
      }
      case 'committed': {
        const slot = this.knownSlot(token.view, token.sequence);
        if (slot === undefined) return;
        slot.committed = 'yes';
        this.context.committed({ view: token.view, decision: slot.prePrepare!.digest });
        if (token.sequence > this.lastExecuted) this.committed.set(token.sequence, slot.prePrepare!.digest);
        this.executeReady(out);
        return;
      }
      case 'newView':
        this.sendNewView(token.view, token.viewChanges, out);
        return;
      case 'enterView':
        this.enterView(token.message, out);
        return;
    }
  }

  /** Executes what is committed in order of sequence numbers. */
  override executeReady(out: Outbox<PbftMessage>): void {
    for (;;) {
      const sequence = this.lastExecuted + 1;
      const digest = this.committed.get(sequence);
      if (digest === undefined) break;
      if (!this.bodies.has(digest)) {
        // Committed in a new view without having seen the request: some correct replica has it. Asked once, and again with each status message.
        if (!this.fetching.has(digest)) {
          this.fetching.add(digest);
          const fetch = this.message(TYPE.fetchBatch, sequence, digest, this.rules.vote_bytes);
          this.authenticate(fetch, this.rules.nodes - 1);
          out.multicast(fetch);
        }
        return;
      }
      this.committed.delete(sequence);
      this.lastExecuted = sequence;
      this.executed.set(sequence, digest);
      this.stateDigest = nextState(this.stateDigest, digest);
      this.execute(sequence, digest, out);
      this.write({ kind: 'executed', sequence, digest, state: this.state(), reply: this.replies.get(timestampOf(digest)) ?? null });
      if (sequence % this.rules.checkpointInterval === 0) this.takeCheckpoint(sequence, out);
    }
    this.executeTentatively(out);
  }

  /** Section 5.1: prepared, and all with lower sequence numbers committed. */
  private executeTentatively(out: Outbox<PbftMessage>): void {
    if (!this.rules.isTentative || !this.active || this.tentative !== null) return;
    const sequence = this.lastExecuted + 1;
    const slot = this.knownSlot(this.view, sequence);
    const digest = slot?.prepared === 'yes' ? slot.prePrepare!.digest : NULL_DIGEST;
    if (digest === NULL_DIGEST || !this.bodies.has(digest)) return;
    const batch = this.context.batch(timestampOf(digest));
    if (!this.hasNew(batch)) return;
    this.tentative = { sequence, digest };
    this.makeReply(batch, { result: nextState(this.stateDigest, digest), decided: digest, tentative: true });
    this.sendReply(batch, out);
  }

  override rollBack(): void {
    if (this.tentative === null) return;
    this.replies.delete(timestampOf(this.tentative.digest));
    this.tentative = null;
  }

  /** Of a batch only what is new is executed; nothing of the null request. */
  execute(sequence: number, digest: number, out: Outbox<PbftMessage>): void {
    const timestamp = timestampOf(digest);
    const isTold = this.tentative?.sequence === sequence && this.tentative.digest === digest;
    this.tentative = null;
    const batch = timestamp === 0 ? null : this.context.batch(timestamp);
    const isNew = batch !== null && this.hasNew(batch);
    this.context.decide({ sequence, digest, batch });
    if (batch === null) return;
    if (isNew) {
      this.takeResult({ lastTimestamp: timestamp, lastResult: this.stateDigest, lastBatch: digest });
      this.attempts = 0;
      this.stopTimer(out);
      if (!this.isIdle) this.startTimer(out);
    }
    // What was executed before is not executed again: the stored reply is sent once more.
    if (!isTold && (isNew || this.replies.has(timestamp))) this.sendReply(batch, out);
  }

  hasNew(batch: Batch): boolean {
    return batch.items.some((item) => !this.context.isExecuted(item));
  }

  sendReply(batch: Batch, out: Outbox<PbftMessage>): void {
    const reply = this.replies.get(batch.id) ?? this.makeReply(batch, { result: this.lastResult, decided: this.lastBatch });
    this.context.reply(batch, reply, out);
  }
  private makeReply(batch: Batch, told: Pick<Reply, 'result' | 'decided'> & { readonly tentative?: boolean }): Reply {
    const { reply_bytes: bytes } = this.rules;
    const reply = new Reply({ type: TYPE.reply, view: this.view, timestamp: batch.id, signer: this.id, bytes, ...told });
    this.authenticate(reply, 1);
    this.replies.set(batch.id, reply);
    return reply;
  }
}
