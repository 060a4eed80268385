// Checkpoints, garbage collection, and the transfer of states and batches that a replica lacks (sections 4.3 and 4.4).
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import { firstOf, signersWeight, weightOf } from '../../harness/simulate/core/weights.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import {
  CHECKPOINT_STATE_BYTES,
  StateTransfer,
  TYPE,
  checkpointDigest,
  type CheckpointState,
  type PbftMessage,
  type Proposal,
} from './messages.ts';
import { NULL_DIGEST, timestampOf } from '../parts/messages.ts';
import { CATCH_UP_TIMER, ReplicaState, SEQUENCES } from './state.ts';

export abstract class Checkpoints extends ReplicaState {
  checkpointBook(sequence: number): VoteBook<PbftMessage> {
    let book = this.checkpoints.get(sequence);
    if (book === undefined) this.checkpoints.set(sequence, (book = new VoteBook(this.rules.weights)));
    return book;
  }

  takeCheckpoint(sequence: number, out: Outbox<PbftMessage>): void {
    const state = this.state();
    this.checkpointStates.set(sequence, state);
    this.hash(state);
    const vote = this.vote(TYPE.checkpoint, 0, sequence, checkpointDigest(state));
    this.cast(vote, out);
    this.checkpointBook(sequence).addOwn(vote);
    this.tryStable(sequence, vote.digest, out);
  }

  onCheckpoint(message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (message.sequence <= this.stable) return;
    const book = this.checkpointBook(message.sequence);
    if (book.add(message) !== 'accepted') return;
    const own = this.checkpointStates.get(message.sequence);
    if (own !== undefined) this.tryStable(message.sequence, checkpointDigest(own), out);
    // Others have gone on without this replica: wait a while for what is under way, then fetch the state.
    else if (this.reachesQuorum(book.weight, message.signer) && message.sequence > this.lastExecuted) {
      out.setTimer(CATCH_UP_TIMER, this.rules.catchUp_us);
      this.waitForMore(this.rules.catchUp_us + this.rules.timeout_us, out);
    }
  }

  /** The vote of `signer`, the last one that came, made it a quorum. */
  private reachesQuorum(weight: number, signer: number): boolean {
    const { quorum, weights } = this.rules;
    return weight >= quorum && weight - weightOf(weights, signer) < quorum;
  }

  state(): CheckpointState {
    return {
      service: this.stateDigest,
      lastTimestamp: this.lastTimestamp,
      lastResult: this.lastResult,
      lastBatch: this.lastBatch,
    };
  }
  hash(state: CheckpointState): void {
    this.run.log.digest(CHECKPOINT_STATE_BYTES, () => this.run.contents!.state(state));
  }

  tryStable(sequence: number, digest: number, out: Outbox<PbftMessage>): void {
    const book = this.checkpointBook(sequence);
    if (this.completes(book, digest, this.rules.quorum) === null) return;
    this.becomeStable(sequence, firstOf(book.verified, this.rules.quorum, this.rules.weights), out);
  }

  becomeStable(sequence: number, proof: readonly PbftMessage[], out: Outbox<PbftMessage>): void {
    this.stable = sequence;
    this.stableProof = proof;
    this.write({ kind: 'stable', sequence, proof, state: this.checkpointStates.get(sequence)! });
    for (const map of [this.checkpoints, this.certificates, this.executed, this.committed, this.prePrepared])
      for (const key of map.keys()) if (key <= sequence) map.delete(key);
    for (const key of this.checkpointStates.keys()) if (key < sequence) this.checkpointStates.delete(key);
    this.forgetReplies();
    for (const key of this.slots.keys()) if (key % SEQUENCES <= sequence) this.slots.delete(key);
    this.lastKey = -1;
    out.cancelTimer(CATCH_UP_TIMER);
    if (this.active && this.isPrimary) this.propose(out);
  }
  /** Sequence numbers with protocol state: at most the window. */
  get logSize(): number {
    return new Set([...this.slots.keys()].map((key) => key % SEQUENCES)).size;
  }

  // --- fetching what is missing (section 4.4: a replica may lack a batch or a stable checkpoint)

  fetchState(from: number, sequence: number, out: Outbox<PbftMessage>): void {
    this.sendTo(from, TYPE.fetchState, { sequence, digest: NULL_DIGEST }, 0, out);
  }

  onFetchState(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (this.stable < message.sequence || !this.checkpointStates.has(this.stable) || this.verify([message]).length === 0) return;
    this.sendState(from, out);
  }
  /** Sends the state at the stable checkpoint. */
  sendState(to: number, out: Outbox<PbftMessage>): void {
    const state = this.checkpointStates.get(this.stable);
    if (state === undefined) return;
    const checkpointProof = this.rules.mac ? [] : this.stableProof;
    const transfer = new StateTransfer({
      sequence: this.stable,
      signer: this.id,
      bytes: this.rules.reply_bytes + CHECKPOINT_STATE_BYTES + checkpointProof.length * this.rules.vote_bytes,
      state,
      checkpointProof,
    });
    this.authenticate(transfer, 1);
    out.send(to, transfer);
  }

  /**
   * The state is taken where a quorum has signed its digest; who sent it does not matter. MACs prove nothing to third parties: there one
   * correct replica must have told this one, by a CHECKPOINT or by the state itself, or the NEW-VIEW names it.
   */
  onState(message: StateTransfer, out: Outbox<PbftMessage>): void {
    const { sequence, state } = message;
    if (sequence <= this.lastExecuted) return;
    if (this.verify([message]).length === 0) return;
    this.hash(state);
    const digest = checkpointDigest(state);
    const matching = message.checkpointProof.filter((proof) => proof.sequence === sequence && proof.digest === digest);
    const { quorum, weights, mac } = this.rules;
    if (mac) {
      if (!this.isVouched(message.signer, { sequence, digest })) return;
    } else {
      if (signersWeight(matching, weights) < quorum) return;
      if (signersWeight(this.verify(matching), weights) < quorum) return;
    }
    this.lastExecuted = sequence;
    this.stateDigest = state.service;
    this.takeResult(state);
    this.context.holds(state.lastBatch);
    this.checkpointStates.set(sequence, state);
    this.becomeStable(sequence, matching, out);
    this.context.pool.skippedTo(sequence);
    if (this.isIdle) this.stopTimer(out);
    this.executeReady(out);
  }

  private isVouched(sender: number, { sequence, digest }: Proposal): boolean {
    this.statesFrom.set(sender, { sequence, digest });
    const same = (other: Proposal): boolean => other.sequence === sequence && other.digest === digest;
    if (this.vouched !== null && same(this.vouched)) return true;
    const tellers = new Set([...this.statesFrom].filter(([, told]) => same(told)).map(([signer]) => signer));
    for (const vote of this.checkpoints.get(sequence)?.votes() ?? []) if (vote.valid && vote.digest === digest) tellers.add(vote.signer);
    return (
      signersWeight(
        [...tellers].map((signer) => ({ signer })),
        this.rules.weights,
      ) > this.rules.bound
    );
  }

  onBatch(message: PbftMessage, out: Outbox<PbftMessage>): void {
    // Others' answers come too: the first good one is enough.
    if (!this.fetching.has(message.digest) || this.bodies.has(message.digest)) return;
    if (this.verify([message]).length === 0) return;
    this.run.log.digest(this.context.batch(timestampOf(message.digest)).bytes, () => this.run.contents!.batch(message.digest));
    this.checkClients(message.digest);
    this.bodies.add(message.digest);
    this.executeReady(out);
  }

  /** A client asks again for what it lacks: at the latest when it has been told of as many batches as the log holds. */
  forgetReplies(): void {
    for (const timestamp of this.replies.keys()) {
      if (this.replies.size <= this.rules.window) return;
      this.replies.delete(timestamp);
    }
  }

  takeResult({ lastTimestamp, lastResult, lastBatch }: Omit<CheckpointState, 'service'>): void {
    this.lastTimestamp = lastTimestamp;
    this.lastResult = lastResult;
    this.lastBatch = lastBatch;
  }

  /** How many votes were verified to complete the quorum, or null if it is not complete. */
  completes(book: VoteBook<PbftMessage>, digest: number, need: number): number | null {
    if (!book.mayComplete(digest, need)) return null;
    let checked = 0;
    const complete = book.complete(digest, need, (items) => {
      checked += items.length;
      return this.verify(items);
    });
    return complete ? checked : null;
  }
}
