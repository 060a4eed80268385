// Status messages, and what is sent again because of them (M. Castro, "Practical Byzantine Fault Tolerance", MIT thesis, 2001, section
// 5.2): a replica that has waited for too long says what it has, and each other one sends what that lacks of its own messages.
import { weightOf } from '../../harness/simulate/core/weights.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import { HAS, PbftMessage, Status, TYPE, checkpointDigest } from './messages.ts';
import { NULL_DIGEST, timestampOf } from '../parts/messages.ts';
import { STATUS_TIMER } from './state.ts';
import { ViewChanges } from './view-changes.ts';

export abstract class Retransmission extends ViewChanges {
  /** The highest sequence number that anybody says it has executed. */
  executedElsewhere = 0;
  /** Status messages in a row that told others nothing new; the wait for the next one doubles with each. */
  futile = 0;
  lastTold = '';
  /** What it had executed when it began to wait. */
  executedBefore = 0;

  /** It waits for something that somebody else may have. */
  get isWaiting(): boolean {
    return !this.active || !this.isIdle || this.lastExecuted < this.executedElsewhere;
  }

  /** If nothing has come by then, it says what it has. */
  override waitForMore(delay_us: number, out: Outbox<PbftMessage>): void {
    this.futile = 0;
    this.executedBefore = this.lastExecuted;
    out.setTimer(STATUS_TIMER, delay_us);
  }

  override onStatusTimer(out: Outbox<PbftMessage>): void {
    const goesOn = !this.catchingUp && this.active && this.lastExecuted > Math.max(this.executedBefore, this.executedElsewhere - 1);
    if (!this.isWaiting || goesOn) {
      this.catchingUp = false;
      return;
    }
    // Who was asked for a batch may have been down.
    this.fetching.clear();
    this.sendStatus(null, out);
    this.executeReady(out);
  }

  /** Says what it has: to all, and again after a while as long as it waits; or to one that has said so itself. */
  override sendStatus(to: number | null, out: Outbox<PbftMessage>): void {
    const { active, view, lastExecuted, stable, rules } = this;
    const status = new Status({
      active,
      view,
      lastExecuted,
      stable,
      signer: this.id,
      isAnswer: to !== null,
      has: active ? this.progress() : this.viewChangesHere(),
      frame_bytes: to === null ? rules.vote_bytes : rules.reply_bytes,
    });
    this.authenticate(status, to === null ? rules.nodes - 1 : 1);
    if (to !== null) {
      out.send(to, status);
      return;
    }
    out.multicast(status);
    this.catchingUp = true;
    const told = `${active} ${view} ${lastExecuted} ${stable} ${status.has.join('')}`;
    this.futile = told === this.lastTold ? this.futile + 1 : 0;
    this.lastTold = told;
    this.context.asksAgain(this.futile > 0);
    let wait_us = rules.timeout_us;
    for (let k = 0; k < this.futile; k++) wait_us *= 2;
    out.setTimer(STATUS_TIMER, wait_us);
  }

  private progress(): Uint8Array {
    const { view, lastExecuted, stable, rules } = this;
    const has: number[] = [];
    let known = 0;
    for (let sequence = lastExecuted + 1; sequence <= stable + rules.window; sequence++) {
      const slot = this.knownSlot(view, sequence);
      if (slot === undefined || slot.prePrepare === null) has.push(HAS.nothing);
      else has.push(slot.committed === 'yes' ? HAS.committed : slot.prepared === 'yes' ? HAS.prepared : HAS.prePrepare);
      if (has[has.length - 1] !== HAS.nothing) known = has.length;
    }
    return Uint8Array.from(has.slice(0, known));
  }
  private viewChangesHere(): Uint8Array {
    const has = new Uint8Array(this.rules.nodes);
    for (const { signer } of this.viewChanges.get(this.view) ?? []) has[signer] = 1;
    return has;
  }

  onStatus(from: number, status: Status, out: Outbox<PbftMessage>): void {
    if (this.verify([status]).length === 0) return;
    this.answerView(from, status, out);
    this.answerCheckpoints(from, status, out);
    if (status.isActive && this.active && status.view === this.view) this.answerSequences(from, status, out);
    if (status.sequence > this.lastExecuted && status.sequence > this.executedElsewhere) {
      this.executedElsewhere = status.sequence;
      if (!this.catchingUp) this.waitForMore(this.rules.timeout_us, out);
    }
    const isBehind = status.view > this.view || status.sequence > this.lastExecuted;
    if (!status.isAnswer && (isBehind || this.isWaiting)) this.sendStatus(from, out);
  }

  /** It waits for a NEW-VIEW that is here, or for the VIEW-CHANGE of this replica. */
  private answerView(from: number, status: Status, out: Outbox<PbftMessage>): void {
    if (status.view > this.view || (status.view === this.view && status.isActive)) return;
    if (!this.active) {
      if (this.ownViewChange !== null && (status.view < this.view || status.has[this.id] !== 1)) out.send(from, this.ownViewChange);
      return;
    }
    // Its primary and those after it that weigh more than f together: one of them is correct.
    const { bound, nodes, weights } = this.rules;
    let before = 0;
    for (let replica = this.primaryOf(this.view); replica !== this.id; replica = (replica + 1) % nodes)
      before += weightOf(weights, replica);
    if (this.lastNewView !== null && before <= bound) out.send(from, this.lastNewView);
  }

  private answerCheckpoints(from: number, status: Status, out: Outbox<PbftMessage>): void {
    if (this.stable > status.sequence) {
      this.sendState(from, out);
      return;
    }
    for (const [sequence, state] of this.checkpointStates)
      if (sequence > status.stable) this.castAgain(from, this.vote(TYPE.checkpoint, 0, sequence, checkpointDigest(state)), out);
  }

  /** It is in the same view: what this replica sent of what is not committed there. */
  private answerSequences(from: number, status: Status, out: Outbox<PbftMessage>): void {
    const { view, rules } = this;
    for (let sequence = Math.max(status.sequence, this.stable) + 1; sequence <= status.stable + rules.window; sequence++) {
      const slot = this.knownSlot(view, sequence);
      const has = status.has[sequence - status.sequence - 1] ?? HAS.nothing;
      if (slot === undefined || !slot.accepted || slot.prePrepare === null || has === HAS.committed) continue;
      const { digest } = slot.prePrepare;
      if (this.isPrimary) {
        if (has === HAS.nothing) this.proposeAgain(from, slot.prePrepare, out);
      } else if (has !== HAS.prepared) this.castAgain(from, this.vote(TYPE.prepare, view, sequence, digest), out);
      if (slot.prepared === 'yes') this.castAgain(from, this.vote(TYPE.commit, view, sequence, digest), out);
    }
  }

  /** With the request, also where the NEW-VIEW had proposed it without. */
  private proposeAgain(to: number, { view, sequence, digest, valid }: PbftMessage, out: Outbox<PbftMessage>): void {
    const { prePrepare_bytes, request_bytes, batch_bytes } = this.rules;
    const body_bytes = digest === NULL_DIGEST ? 0 : request_bytes - batch_bytes + this.context.batch(timestampOf(digest)).bytes;
    const bytes = prePrepare_bytes - request_bytes + body_bytes;
    out.send(to, new PbftMessage({ type: TYPE.prePrepare, view, sequence, signer: this.id, digest, bytes, valid }));
  }
}
