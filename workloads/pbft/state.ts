// A replica's state, and how it sends.
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import { weightOf, type Weights } from '../../harness/simulate/core/weights.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import type { Contents } from './contents.ts';
import { PbftMessage, TYPE, type Certificate, type CheckpointState, type NewView, type Proposal, type ViewChange } from './messages.ts';
import { NULL_DIGEST, timestampOf, type Reply } from '../parts/messages.ts';
import type { PbftParameters } from './parameters.ts';
import type { Record as PersistedRecord } from './persistence.ts';
import type { Rules } from './rules.ts';

/** Everything that one run shares: the rules, the counts, the checkers. */
export interface Run {
  readonly setup: Setup<PbftParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  /** Measured cells only. */
  readonly contents: Contents | null;
  /** Replicas go down and come back: they write what must survive that. */
  readonly persists: boolean;
}

/** A signature, or a MAC for each receiver. */
export function authenticate({ rules, log }: Run, message: PbftMessage, receivers: number): void {
  if (rules.mac) log.mac(message, receivers);
  else log.sign(message);
}

/** Above every sequence number: a slot's key is view * SEQUENCES + sequence (string keys took 15% of a run). */
export const SEQUENCES = 0x80000000;
/** Above every view: keys are exact below 2^53. */
export const VIEWS = 0x400000;

/** Agreement on one sequence number in one view. */
export class Slot {
  prePrepare: PbftMessage | null = null;
  accepted = false;
  readonly prepares: VoteBook<PbftMessage>;
  readonly commits: VoteBook<PbftMessage>;
  prepared: 'no' | 'verifying' | 'yes' = 'no';
  committed: 'no' | 'verifying' | 'yes' = 'no';

  constructor(weights: Weights) {
    this.prepares = new VoteBook(weights);
    this.commits = new VoteBook(weights);
  }
}

export type WorkToken =
  | { readonly kind: 'propose'; readonly view: number; readonly sequence: number; readonly batch: Batch }
  | { readonly kind: 'accept' | 'prepared'; readonly view: number; readonly sequence: number }
  | { readonly kind: 'committed'; readonly view: number; readonly sequence: number }
  | { readonly kind: 'newView'; readonly view: number; readonly viewChanges: readonly ViewChange[] }
  | { readonly kind: 'enterView'; readonly message: NewView };

/** Messages that are votes: a bit for each type. */
export const VOTES = [TYPE.prepare, TYPE.commit, TYPE.checkpoint, TYPE.viewChange].reduce((bits, type) => bits | (1 << type), 0);

export const VIEW_TIMER = 'view change';
export const CATCH_UP_TIMER = 'catch up';
export const STATUS_TIMER = 'status';

/** What a replica knows, and how it sends. The classes over it add checkpoints, view changes and the normal case, in this order. */
export abstract class ReplicaState {
  readonly id: number;
  readonly run: Run;
  readonly context: NodeContext<PbftMessage>;
  view = 0;
  /** The highest view entered with a NEW-VIEW: how many times the primary was replaced. */
  installedView = 0;
  /** False from VIEW-CHANGE to NEW-VIEW: only CHECKPOINT, VIEW-CHANGE and NEW-VIEW are accepted. */
  active = true;
  /** The low watermark h: the last stable checkpoint. */
  stable = 0;
  lastExecuted = 0;
  /** The last batch of requests that was executed: its timestamp, its result and its digest. */
  lastTimestamp = 0;
  lastResult = 0;
  lastBatch = NULL_DIGEST;
  /** Replies by timestamp, to be sent again; after the state was fetched the last one is made when it is asked for. */
  readonly replies = new Map<number, Reply>();
  stateDigest = 0;
  /** Digest executed at each sequence number above the stable checkpoint. */
  readonly executed = new Map<number, number>();
  readonly slots = new Map<number, Slot>();
  /** The slot that was looked up last: most votes are for the same one. */
  lastKey = -1;
  lastSlot: Slot | null = null;
  /** Committed-local, waiting for lower sequence numbers. */
  readonly committed = new Map<number, number>();
  /** The prepared certificate of the highest view for each sequence number above h. */
  readonly certificates = new Map<number, Certificate>();
  /** With MACs: the checkpoint with which the view began, and who has sent which state. */
  vouched: Proposal | null = null;
  readonly statesFrom = new Map<number, { readonly sequence: number; readonly digest: number }>();
  /** With MACs: of each sequence number above h the digests that were pre-prepared here, each with the highest such view. */
  readonly prePrepared = new Map<number, Map<number, number>>();
  readonly checkpoints = new Map<number, VoteBook<PbftMessage>>();
  /** The state at each checkpoint that it has taken, from the stable one on. */
  readonly checkpointStates = new Map<number, CheckpointState>();
  stableProof: readonly PbftMessage[] = [];
  readonly viewChanges = new Map<number, ViewChange[]>();
  /** Digests whose batch this replica has. */
  readonly bodies = new Set<number>([NULL_DIGEST]);
  /** Digests whose batch was asked for. */
  readonly fetching = new Set<number>();
  /** Messages of a view that this replica has not entered yet: of each sender those of its highest such view, and a bounded number. */
  future: { from: number; message: PbftMessage }[] = [];
  readonly futureOf = new Map<number, { view: number; count: number }>();
  /** The VIEW-CHANGE for the view that it waits for, its own; and the NEW-VIEW by which it entered the one that it is in. */
  ownViewChange: ViewChange | null = null;
  lastNewView: NewView | null = null;
  /** It has told others what it has, and has not caught up since. */
  catchingUp = false;
  nextSequence = 1;
  /** View changes since the last execution of a new request: the wait doubles with each. */
  attempts = 0;
  timerRunning = false;
  newViewPending = false;
  now_us = 0;

  constructor(context: NodeContext<PbftMessage>, run: Run) {
    this.id = context.id;
    this.context = context;
    this.run = run;
  }

  get rules(): Rules {
    return this.run.rules;
  }
  primaryOf(view: number): number {
    return view % this.rules.nodes;
  }
  /** What PREPAREs must weigh beside the primary's PRE-PREPARE, which is its vote. */
  preparesNeeded(view: number): number {
    return this.rules.quorum - weightOf(this.rules.weights, this.primaryOf(view));
  }
  get isPrimary(): boolean {
    return this.primaryOf(this.view) === this.id;
  }
  slot(view: number, sequence: number): Slot {
    if (!(view < VIEWS && sequence < SEQUENCES))
      throw new RangeError(`view ${view}, sequence ${sequence}: accepted are views below ${VIEWS}`);
    const key = view * SEQUENCES + sequence;
    if (key === this.lastKey) return this.lastSlot!;
    let slot = this.slots.get(key);
    if (slot === undefined) this.slots.set(key, (slot = new Slot(this.rules.weights)));
    this.lastKey = key;
    this.lastSlot = slot;
    return slot;
  }
  /** The same if there is one. */
  knownSlot(view: number, sequence: number): Slot | undefined {
    return this.slots.get(view * SEQUENCES + sequence);
  }
  inWindow(sequence: number): boolean {
    return sequence > this.stable && sequence <= this.stable + this.rules.window;
  }
  /** It has sent or accepted this PRE-PREPARE. */
  prePrepares({ sequence, digest, view }: Proposal & { readonly view: number }): void {
    if (!this.rules.mac) return;
    let views = this.prePrepared.get(sequence);
    if (views === undefined) this.prePrepared.set(sequence, (views = new Map<number, number>()));
    views.set(digest, Math.max(view, views.get(digest) ?? 0));
  }
  /** Nothing that it knows of is left to be executed. */
  get isIdle(): boolean {
    return this.context.pool.isEmpty;
  }

  abstract receive(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void;
  abstract propose(out: Outbox<PbftMessage>): void;
  abstract tryPrepared(view: number, sequence: number, out: Outbox<PbftMessage>): void;
  abstract executeReady(out: Outbox<PbftMessage>): void;
  abstract stopTimer(out: Outbox<PbftMessage>): void;
  /** Writes what must survive a crash; what the step sends waits for it. */
  abstract write(record: PersistedRecord): void;
  abstract waitForMore(delay_us: number, out: Outbox<PbftMessage>): void;
  abstract sendStatus(to: number | null, out: Outbox<PbftMessage>): void;

  /** The clients' signatures of the batch that a digest names, as far as it has not checked them: how long that takes, nanoseconds. */
  checkClients(digest: number): number {
    if (digest === NULL_DIGEST) return 0;
    return this.context.checkClients(this.context.batch(timestampOf(digest)), () => this.run.contents!.batch(digest));
  }

  // --- sending

  message(type: number, sequence: number, digest: number, bytes: number, view = this.view): PbftMessage {
    return new PbftMessage({ type, view, sequence, signer: this.id, digest, bytes });
  }
  authenticate(message: PbftMessage, receivers: number): void {
    authenticate(this.run, message, receivers);
  }
  verify(items: readonly PbftMessage[]): readonly PbftMessage[] {
    if (!this.rules.mac) return this.run.log.verify(items);
    for (const item of items) this.run.log.mac(item, 1);
    return items.filter((item) => item.valid);
  }
  vote(type: number, view: number, sequence: number, digest: number): PbftMessage {
    return this.message(type, sequence, digest, this.rules.vote_bytes, view);
  }
  /** Sends one receiver a message of the sequence number and digest given, with `body_bytes` after the header. */
  sendTo(to: number, type: number, { sequence, digest }: Proposal, body_bytes: number, out: Outbox<PbftMessage>): void {
    const message = this.message(type, sequence, digest, this.rules.reply_bytes + body_bytes);
    this.authenticate(message, 1);
    out.send(to, message);
  }
  cast(vote: PbftMessage, out: Outbox<PbftMessage>): void {
    this.authenticate(vote, this.rules.nodes - 1);
    out.multicast(vote);
  }
  /** Sends the vote once more, to one that lacks it. */
  castAgain(to: number, vote: PbftMessage, out: Outbox<PbftMessage>): void {
    this.authenticate(vote, 1);
    out.send(to, vote);
  }
}
