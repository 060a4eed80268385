// What a replica writes so that it survives a crash, and how it comes back with that.
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import {
  CHECKPOINT_STATE_BYTES,
  TYPE,
  checkpointDigest,
  type Certificate,
  type CheckpointState,
  type NewView,
  type PbftMessage,
  type ViewChange,
} from './messages.ts';
import { claims_bytes, type Claim } from './claims.ts';
import { NULL_DIGEST, timestampOf, type Reply } from '../parts/messages.ts';
import { WriteAhead } from '../parts/write-ahead.ts';
import { Retransmission } from './retransmission.ts';

/**
 * What is written, in the order in which it came about:
 * - every PRE-PREPARE that it sends or accepts, with the request: it never stands for two digests at one view and sequence number;
 * - with MACs, in what takes the place of older writes: every digest that it has pre-prepared in any view above the stable checkpoint;
 * - every prepared certificate: whatever was committed anywhere is in the P of a quorum;
 * - its VIEW-CHANGE, and with it the view that it waits for: in older ones it takes part no more;
 * - the NEW-VIEW by which it enters a view;
 * - what it executes: the number, the digest, the service's state and the client's last request after it, and the reply;
 * - the stable checkpoint: its number, its state and the CHECKPOINTs that prove it. All before it that concerns lower sequence numbers
 *   or older views is dropped.
 * Not written: votes of others that prove nothing yet, VIEW-CHANGEs of others, the mempool, timers; they are asked for or come again.
 */
export type Record =
  | { readonly kind: 'prePrepare'; readonly message: PbftMessage }
  | { readonly kind: 'prepared'; readonly certificate: Certificate }
  | { readonly kind: 'prePrepared'; readonly claims: readonly Claim[] }
  | { readonly kind: 'view'; readonly message: ViewChange }
  | { readonly kind: 'newView'; readonly message: NewView }
  | {
      readonly kind: 'executed';
      readonly sequence: number;
      readonly digest: number;
      readonly state: CheckpointState;
      readonly reply: Reply | null;
    }
  | { readonly kind: 'stable'; readonly sequence: number; readonly state: CheckpointState; readonly proof: readonly PbftMessage[] };

export abstract class Persistence extends Retransmission {
  private readonly ahead = new WriteAhead<PbftMessage, Record>(this.context, this.run.persists);
  /** Of each sequence number above the stable checkpoint what was written when it was executed. */
  private readonly executedAfter = new Map<number, Record>();
  private readonly handles = (input: NodeInput<PbftMessage>, out: Outbox<PbftMessage>): void => this.handle(input, out);

  abstract handle(input: NodeInput<PbftMessage>, out: Outbox<PbftMessage>): void;

  step(input: NodeInput<PbftMessage>, out: Outbox<PbftMessage>): void {
    this.ahead.step(input, out, this.handles);
  }

  override write(record: Record): void {
    const { persists } = this.run;
    if (persists && record.kind === 'executed') this.executedAfter.set(record.sequence, record);
    else if (persists && record.kind === 'stable')
      for (const sequence of this.executedAfter.keys()) if (sequence <= record.sequence) this.executedAfter.delete(sequence);
    if (record.kind === 'prepared') this.ahead.write(record, this.bytesOf(record), { holds: [record.certificate.prePrepare.digest] });
    else if (record.kind === 'stable') this.ahead.write(record, this.bytesOf(record), { snapshot: () => this.everything() });
    else this.ahead.write(record, this.bytesOf(record));
  }

  private bytesOf(record: Record): number {
    const { vote_bytes } = this.rules;
    switch (record.kind) {
      case 'prePrepare':
      case 'view':
      case 'newView':
        return record.message.bytes;
      case 'prepared':
        return (1 + record.certificate.prepares.length) * vote_bytes;
      case 'prePrepared':
        return claims_bytes({ checkpoints: [], prepared: [], prePrepared: record.claims });
      case 'executed':
        return 8 + 32 + CHECKPOINT_STATE_BYTES + (record.reply?.bytes ?? 0);
      case 'stable':
        return CHECKPOINT_STATE_BYTES + record.proof.length * vote_bytes;
    }
  }

  /** The log without what is no longer needed. */
  private everything(): Record[] {
    const { stable, view } = this;
    const out: Record[] = [];
    const state = this.checkpointStates.get(stable);
    if (state !== undefined) out.push({ kind: 'stable', sequence: stable, state, proof: this.stableProof });
    if (this.lastNewView !== null) out.push({ kind: 'newView', message: this.lastNewView });
    if (this.ownViewChange !== null) out.push({ kind: 'view', message: this.ownViewChange });
    if (this.rules.mac) out.push({ kind: 'prePrepared', claims: this.claims().prePrepared });
    for (let sequence = stable + 1; sequence <= stable + this.rules.window; sequence++) {
      const message = this.knownSlot(view, sequence)?.prePrepare;
      if (message !== null && message !== undefined) out.push({ kind: 'prePrepare', message });
      const certificate = this.certificates.get(sequence);
      if (certificate !== undefined) out.push({ kind: 'prepared', certificate });
      const after = this.executedAfter.get(sequence);
      if (after !== undefined) out.push(after);
    }
    return out;
  }

  /** With a new state: takes what was written. Old PRE-PREPAREs and certificates of older views stand for themselves. */
  recover(persisted: readonly (readonly Record[])[]): void {
    const prePrepares: PbftMessage[] = [];
    for (const record of persisted.flat()) {
      switch (record.kind) {
        case 'prePrepare':
          prePrepares.push(record.message);
          this.prePrepares(record.message);
          this.bodies.add(record.message.digest);
          break;
        case 'prePrepared':
          record.claims.forEach((claim) => this.prePrepares(claim));
          break;
        case 'prepared':
          this.certificates.set(record.certificate.prePrepare.sequence, record.certificate);
          break;
        case 'view':
          this.view = record.message.view;
          this.active = false;
          this.ownViewChange = record.message;
          break;
        case 'newView':
          this.view = this.installedView = record.message.view;
          this.active = true;
          this.lastNewView = record.message;
          this.ownViewChange = null;
          prePrepares.push(...record.message.proposals);
          record.message.proposals.forEach((proposal) => this.prePrepares(proposal));
          break;
        case 'executed':
          this.recoverExecuted(record);
          break;
        case 'stable':
          this.recoverStable(record);
          break;
      }
    }
    for (const map of [this.certificates, this.prePrepared]) for (const key of map.keys()) if (key <= this.stable) map.delete(key);
    if (this.ownViewChange !== null) this.viewChangesFor(this.view).push(this.ownViewChange);
    this.context.pool.skippedTo(this.lastExecuted);
    this.nextSequence = Math.max(this.stable, this.lastExecuted) + 1;
    if (this.active) for (const message of prePrepares) if (message.view === this.view) this.recoverSlot(message);
  }

  private recoverExecuted(record: Extract<Record, { kind: 'executed' }>): void {
    const { sequence, digest, state, reply } = record;
    if (sequence <= this.lastExecuted) return;
    this.lastExecuted = sequence;
    this.stateDigest = state.service;
    this.takeResult(state);
    this.executed.set(sequence, digest);
    this.executedAfter.set(sequence, record);
    this.bodies.add(digest);
    if (reply !== null) this.replies.set(timestampOf(digest), reply);
    if (sequence % this.rules.checkpointInterval !== 0) return;
    this.checkpointStates.set(sequence, state);
    this.checkpointBook(sequence).addOwn(this.signedAgain(TYPE.checkpoint, 0, sequence, checkpointDigest(state)));
  }

  private recoverStable({ sequence, state, proof }: Extract<Record, { kind: 'stable' }>): void {
    this.stable = sequence;
    this.stableProof = proof;
    this.checkpointStates.set(sequence, state);
    for (const map of [this.checkpoints, this.executed, this.executedAfter])
      for (const key of map.keys()) if (key <= sequence) map.delete(key);
    for (const key of this.checkpointStates.keys()) if (key < sequence) this.checkpointStates.delete(key);
    if (sequence <= this.lastExecuted) return;
    this.lastExecuted = sequence;
    this.stateDigest = state.service;
    this.takeResult(state);
  }

  /** A vote of its own that it may have signed before, or not yet. */
  private signedAgain(type: number, view: number, sequence: number, digest: number): PbftMessage {
    const vote = this.vote(type, view, sequence, digest);
    this.authenticate(vote, this.rules.nodes - 1);
    return vote;
  }

  private recoverSlot(message: PbftMessage): void {
    const { view, sequence, digest } = message;
    if (!this.inWindow(sequence)) return;
    const slot = this.slot(view, sequence);
    slot.prePrepare = message;
    slot.accepted = true;
    if (!this.isPrimary) slot.prepares.addOwn(this.signedAgain(TYPE.prepare, view, sequence, digest));
    this.nextSequence = Math.max(this.nextSequence, sequence + 1);
    const certificate = this.certificates.get(sequence);
    if (certificate?.prePrepare.view === view) {
      slot.prepared = 'yes';
      slot.commits.addOwn(this.signedAgain(TYPE.commit, view, sequence, digest));
    }
    if (sequence <= this.lastExecuted || digest === NULL_DIGEST) return;
    const batch = this.context.batch(timestampOf(digest));
    if (this.bodies.has(digest) && batch.items.some((item) => !this.context.isExecuted(item))) this.context.pool.adopt(batch);
  }
}
