// Equivocators: the worst that faulty replicas can do to agreement.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import { PbftMessage, TYPE } from './messages.ts';
import { Reply, digestOf, nextState, otherDigest, type Request } from '../parts/messages.ts';
import { authenticate, type ReplicaState, type Run } from './state.ts';

/**
 * Equivocators collude: to the correct replicas of half A they stand for a digest, to half B for the other order of the
 * same transactions. A faulty primary proposes both; a faulty backup prepares and commits both as soon as it sees one.
 * They take no part in view changes and checkpoints; the primary alone replies to the client, with half A's result, so that
 * f correct replicas of A are still needed for acceptance. With f of them one half at most finds a quorum; with f + 1 both do.
 */
export class Equivocator {
  readonly id: number;
  readonly context: NodeContext<PbftMessage>;
  readonly run: Run;
  readonly halfA: readonly number[];
  readonly halfB: readonly number[];
  readonly faulty: Uint8Array;
  readonly view: number;
  nextSequence: number;
  stateDigest: number;
  readonly seen = new Set<string>();

  /** In the view, and after the sequence numbers, of a replica that was correct until now. `faulty`: 1 where one equivocates with it. */
  constructor({ id, context, run, view, nextSequence, stateDigest }: ReplicaState, faulty: Uint8Array) {
    this.id = id;
    this.context = context;
    this.run = run;
    this.view = view;
    this.nextSequence = nextSequence;
    this.stateDigest = stateDigest;
    this.faulty = faulty;
    const correct = Array.from({ length: run.rules.nodes }, (_, replica) => replica).filter((replica) => faulty[replica] === 0);
    const middle = Math.ceil(correct.length / 2);
    this.halfA = correct.slice(0, middle);
    this.halfB = correct.slice(middle);
  }

  step(input: NodeInput<PbftMessage>, out: Outbox<PbftMessage>): void {
    const { rules } = this.run;
    const { pool } = this.context;
    const isPrimary = this.view % rules.nodes === this.id;
    if (isPrimary && input.kind === 'message' && input.message.type === TYPE.request)
      pool.add((input.message as Request).items, input.now_us);
    if (isPrimary) for (let batch = pool.take(input.now_us); batch !== null; batch = pool.take(input.now_us)) this.propose(batch, out);
    if (input.kind !== 'message') return;
    const { message } = input;
    if (message.type === TYPE.prePrepare && message.view % rules.nodes !== this.id) {
      if (this.once(`${message.view}:${message.sequence}`)) return;
      this.split(TYPE.prepare, message.view, message.sequence, message.digest, rules.vote_bytes, out);
      this.split(TYPE.commit, message.view, message.sequence, message.digest, rules.vote_bytes, out);
    }
  }

  propose(batch: Batch, out: Outbox<PbftMessage>): void {
    const { rules } = this.run;
    const { view } = this;
    const sequence = this.nextSequence++;
    const digest = digestOf(batch.id);
    const bytes = rules.prePrepare_bytes - rules.batch_bytes + batch.bytes;
    for (const proposed of [digest, otherDigest(digest)]) this.context.proposed({ view, decision: proposed });
    this.split(TYPE.prePrepare, view, sequence, digest, bytes, out);
    for (let replica = 0; replica < rules.nodes; replica++)
      if (replica !== this.id && this.faulty[replica] === 1)
        out.send(replica, new PbftMessage({ type: TYPE.prePrepare, view, sequence, signer: this.id, digest, bytes }));
    this.split(TYPE.commit, view, sequence, digest, rules.vote_bytes, out);
    this.stateDigest = nextState(this.stateDigest, digest);
    const reply = { type: TYPE.reply, view, timestamp: batch.id, signer: this.id, result: this.stateDigest, decided: digest };
    this.context.reply(batch, new Reply({ ...reply, bytes: rules.reply_bytes }), out);
  }

  once(key: string): boolean {
    if (this.seen.has(key)) return true;
    this.seen.add(key);
    return false;
  }

  split(type: number, view: number, sequence: number, digest: number, bytes: number, out: Outbox<PbftMessage>): void {
    for (const [half, said] of [
      [this.halfA, digest],
      [this.halfB, otherDigest(digest)],
    ] as const) {
      const message = new PbftMessage({ type, view, sequence, signer: this.id, digest: said, bytes });
      authenticate(this.run, message, half.length);
      for (const replica of half) out.send(replica, message);
    }
  }
}
