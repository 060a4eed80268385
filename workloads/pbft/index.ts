// PBFT: M. Castro, B. Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, sections 4 and 5.
//
// Two programs of one protocol. `pbftProtocol` is the protocol message by message; `waves` is its common path (and the
// view change after a silent leader) as data, for large n. They share the sizes, the quorums and the parameters, and agree
// to the bit: test/workloads/pbft-waves.test.ts.
//
// Encoding (all integers big-endian): type u8 | view u32 | sequence u64 | digest 32 bytes | replica u32 = 49 bytes, then
// the authenticator: an Ed25519 signature of 64 bytes, or (authentication: mac) one 10-byte MAC a receiver (section 5.2).
// The digest is SHA-256 of the batch, in a CHECKPOINT of the state; where a message names neither it is 32 zero bytes, and a
// REPLY has its result there. A VIEW-CHANGE names its stable checkpoint: sequence number and digest.
// A REQUEST is type u8 | client u32 | timestamp u64 | the batch of transactions; it rides in the PRE-PREPARE.
// A STATE adds what a checkpoint's digest is taken of (service state 32 bytes | last timestamp u64 | its result 32 bytes) and the
// CHECKPOINTs that prove the digest; a BATCH adds the REQUEST. What goes to one receiver carries one MAC.
// A VIEW-CHANGE adds the stable checkpoint's certificate and, for each prepared request, its PRE-PREPARE without the
// request and the PREPAREs that prove it; a NEW-VIEW adds the VIEW-CHANGEs and the PRE-PREPAREs of O.
import { z } from 'zod';
import { concat, fillerBytes } from '../../harness/simulate/core/bytes.ts';
import { PURPOSE, drawKey } from '../../harness/simulate/core/draws.ts';
import { DurabilityChecker } from '../../harness/simulate/check/durability.ts';
import { lastChange_us } from '../../harness/simulate/core/faults.ts';
import { FUTILE_VIEW_CHANGES, ViewChangeCount, endingOf, type Stop } from '../../harness/simulate/check/liveness.ts';
import { EVENT_BUDGET, runMessages, type Input, type Message, type Outbox, type Protocol } from '../../harness/simulate/messages/engine.ts';
import { departOffset_us, longestLink_us, upload_ns } from '../../harness/simulate/core/network.ts';
import { OperationLog, type DigestOf, type Signed } from '../../harness/simulate/core/operations.ts';
import { byzantineBound, byzantineQuorum } from '../../harness/simulate/core/quorum.ts';
import { ReplicaLatencies } from '../../harness/simulate/check/replica-latency.ts';
import { AgreementChecker } from '../../harness/simulate/check/agreement.ts';
import { NeedsMessages, type ParameterProblem, type PlannedCell, type Setup, type Workload } from '../../harness/simulate/core/contract.ts';
import type { Operation, Outcome } from '../../harness/model/outcome.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import { WaveEngine, type SendName } from '../../harness/simulate/waves/engine.ts';

const parameters = z.strictObject({
  authentication: z
    .enum(['signature', 'mac'])
    .default('signature')
    .describe('signature: every message is signed (section 4); mac: authenticators, only VIEW-CHANGE and NEW-VIEW signed (section 5.2)'),
  checkpoint_interval: z.int().min(1).max(1_000_000).default(128).describe('sequence numbers between checkpoints (section 6.3)'),
  log_window: z.int().min(1).max(2_000_000).default(256).describe('high watermark minus low watermark (section 6.3)'),
  view_change_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .describe('T of section 4.5.2; auto: 4 x (batch upload to n - 1 + 5 x largest link delay), at least 100 ms'),
  client_timeout_ms: z
    .union([z.literal('auto'), z.number().positive().max(86_400_000)])
    .default('auto')
    .describe('after which a client sends its request to all replicas; auto: the view change timeout'),
});
export type PbftParameters = z.infer<typeof parameters>;

/** Message types: a part of every draw key, never renumber. */
export const TYPE = {
  request: 1,
  prePrepare: 2,
  prepare: 3,
  commit: 4,
  reply: 5,
  checkpoint: 6,
  viewChange: 7,
  newView: 8,
  fetchState: 9,
  state: 10,
  fetchBatch: 11,
  batch: 12,
} as const;
const TYPE_NAME = new Map<number, string>(
  Object.entries({
    request: 'REQUEST',
    prePrepare: 'PRE-PREPARE',
    prepare: 'PREPARE',
    commit: 'COMMIT',
    reply: 'REPLY',
    checkpoint: 'CHECKPOINT',
    viewChange: 'VIEW-CHANGE',
    newView: 'NEW-VIEW',
    fetchState: 'FETCH-STATE',
    state: 'STATE',
    fetchBatch: 'FETCH-BATCH',
    batch: 'BATCH',
  } satisfies Record<keyof typeof TYPE, string>).map(([key, name]) => [TYPE[key as keyof typeof TYPE], name]),
);

/** On a network almost without delay, processing takes longer than 20 link delays. */
const MIN_TIMEOUT_US = 100_000;

const HEADER_BYTES = 49;
const SIGNATURE_BYTES = 64;
const MAC_BYTES = 10;
const REQUEST_HEADER_BYTES = 13;
/** What a checkpoint's digest is taken of: service state, last timestamp, result. */
const CHECKPOINT_STATE_BYTES = 32 + 8 + 32;

/**
 * Digests are small integers: 0 is the null request, 2k the batch of the client's k-th request in the client's order, 2k+1
 * the same transactions in another order (what an equivocating primary proposes beside it).
 */
export const NULL_DIGEST = 0;
export const digestOf = (timestamp: number): number => 2 * timestamp;
export const timestampOf = (digest: number): number => digest >> 1;
/** The service's state as a digest of what was executed. */
const nextState = (state: number, digest: number): number => (Math.imul(state, 31) + digest) | 0;
const otherDigest = (digest: number): number => digest ^ 1;

/** The replicated state at a sequence number (section 4.3): the service's, and the client's last request with its result. */
export interface CheckpointState {
  readonly service: number;
  readonly lastTimestamp: number;
  readonly lastResult: number;
  /** The digest of the last request's batch: for the checkers, in no encoding. */
  readonly lastBatch: number;
}
/** The d of a CHECKPOINT covers all of the state: who fetches it must take nobody's word for the rest. */
export const checkpointDigest = ({ service, lastTimestamp, lastResult }: CheckpointState): number =>
  nextState(nextState(nextState(17, service), lastTimestamp), lastResult);
/** The bytes that it is taken of. */
function checkpointBytes({ service, lastTimestamp, lastResult }: CheckpointState): Uint8Array {
  const out = new Uint8Array(CHECKPOINT_STATE_BYTES);
  const data = new DataView(out.buffer);
  data.setInt32(28, service);
  data.setBigUint64(32, BigInt(lastTimestamp));
  data.setInt32(68, lastResult);
  return out;
}

// ---------------------------------------------------------------------------------------------------------------------
// Messages

export class PbftMessage implements Message, Signed {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly signer: number;
  readonly digest: number;
  readonly bytes: number;
  readonly valid: boolean;

  constructor(fields: { type: number; view: number; sequence: number; signer: number; digest: number; bytes: number; valid?: boolean }) {
    this.type = fields.type;
    this.view = fields.view;
    this.sequence = fields.sequence;
    this.signer = fields.signer;
    this.digest = fields.digest;
    this.bytes = fields.bytes;
    this.valid = fields.valid ?? true;
  }

  /** The bytes that are signed. */
  encode(digestOf: DigestOf): Uint8Array {
    const names = NAMES.get(this.type);
    return encodeHeader(this, names === undefined ? NO_DIGEST : digestOf(names, this.digest));
  }
}

/** What the digest of a message is taken of; of the types that are not here it names nothing. */
const NAMES = new Map<number, 'batch' | 'state' | 'result'>([
  [TYPE.prePrepare, 'batch'],
  [TYPE.prepare, 'batch'],
  [TYPE.commit, 'batch'],
  [TYPE.fetchBatch, 'batch'],
  [TYPE.batch, 'batch'],
  [TYPE.checkpoint, 'state'],
  [TYPE.state, 'state'],
  [TYPE.reply, 'result'],
]);
const DIGEST_BYTES = 32;
const NO_DIGEST = new Uint8Array(DIGEST_BYTES);

function encodeHeader(fields: { type: number; view: number; sequence: number; signer: number }, digest: Uint8Array): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES);
  const data = new DataView(out.buffer);
  data.setUint8(0, fields.type);
  data.setUint32(1, fields.view);
  data.setBigUint64(5, BigInt(fields.sequence));
  out.set(digest, 13);
  data.setUint32(45, fields.signer);
  return out;
}

/** A prepared certificate P_m: a PRE-PREPARE and 2f matching PREPAREs from different backups. */
export interface Certificate {
  readonly prePrepare: PbftMessage;
  readonly prepares: readonly PbftMessage[];
}

export class ViewChange extends PbftMessage {
  /** n: the sequence number of the last stable checkpoint. */
  readonly stable: number;
  /** C: the checkpoint messages that prove it. */
  readonly checkpointProof: readonly PbftMessage[];
  /** P. */
  readonly prepared: readonly Certificate[];

  constructor(fields: {
    view: number;
    signer: number;
    stable: number;
    checkpointProof: readonly PbftMessage[];
    prepared: readonly Certificate[];
    authenticator_bytes: number;
    valid?: boolean;
  }) {
    const each = HEADER_BYTES + fields.authenticator_bytes;
    const certificates = fields.prepared.reduce((sum, { prepares }) => sum + 1 + prepares.length, 0);
    super({
      type: TYPE.viewChange,
      view: fields.view,
      sequence: 0,
      signer: fields.signer,
      digest: fields.stable,
      bytes: HEADER_BYTES + SIGNATURE_BYTES + each * (fields.checkpointProof.length + certificates),
      ...(fields.valid === undefined ? {} : { valid: fields.valid }),
    });
    this.stable = fields.stable;
    this.checkpointProof = fields.checkpointProof;
    this.prepared = fields.prepared;
  }

  override encode(digestOf: DigestOf): Uint8Array {
    const [proof] = this.checkpointProof;
    const checkpoint = proof === undefined ? NO_DIGEST : digestOf('state', proof.digest);
    const parts = [encodeHeader({ ...this, sequence: this.stable }, checkpoint)];
    for (const message of this.checkpointProof) parts.push(message.encode(digestOf));
    for (const { prePrepare, prepares } of this.prepared)
      for (const message of [prePrepare, ...prepares]) parts.push(message.encode(digestOf));
    return concat(parts);
  }
}

export interface Proposal {
  readonly sequence: number;
  readonly digest: number;
}

export class NewView extends PbftMessage {
  /** V. */
  readonly viewChanges: readonly ViewChange[];
  /** O, as PRE-PREPAREs of the new view without their requests. */
  readonly proposals: readonly PbftMessage[];

  constructor(fields: {
    view: number;
    signer: number;
    viewChanges: readonly ViewChange[];
    proposals: readonly PbftMessage[];
    valid?: boolean;
  }) {
    super({
      type: TYPE.newView,
      view: fields.view,
      sequence: 0,
      signer: fields.signer,
      digest: NULL_DIGEST,
      bytes:
        HEADER_BYTES +
        SIGNATURE_BYTES +
        fields.viewChanges.reduce((sum, message) => sum + message.bytes, 0) +
        fields.proposals.reduce((sum, message) => sum + message.bytes, 0),
      ...(fields.valid === undefined ? {} : { valid: fields.valid }),
    });
    this.viewChanges = fields.viewChanges;
    this.proposals = fields.proposals;
  }

  override encode(digestOf: DigestOf): Uint8Array {
    return concat([super.encode(digestOf), ...[...this.viewChanges, ...this.proposals].map((message) => message.encode(digestOf))]);
  }
}

/** What a replica tells the client. */
export class Reply extends PbftMessage {
  /** The digest of the batch whose result it is: for the checkers, in no encoding. */
  readonly decided: number;

  constructor(fields: {
    view: number;
    timestamp: number;
    signer: number;
    result: number;
    bytes: number;
    decided: number;
    valid?: boolean;
  }) {
    // Field by field: spreading them took a quarter of a run at n = 4.
    super({
      type: TYPE.reply,
      view: fields.view,
      sequence: fields.timestamp,
      signer: fields.signer,
      digest: fields.result,
      bytes: fields.bytes,
      valid: fields.valid ?? true,
    });
    this.decided = fields.decided;
  }
}

/** What a laggard fetches: the state at a stable checkpoint with its certificate. */
export class StateTransfer extends PbftMessage {
  readonly state: CheckpointState;
  readonly checkpointProof: readonly PbftMessage[];

  constructor(fields: {
    sequence: number;
    signer: number;
    bytes: number;
    state: CheckpointState;
    checkpointProof: readonly PbftMessage[];
    valid?: boolean;
  }) {
    super({ ...fields, type: TYPE.state, view: 0, digest: checkpointDigest(fields.state) });
    this.state = fields.state;
    this.checkpointProof = fields.checkpointProof;
  }

  override encode(digestOf: DigestOf): Uint8Array {
    const proof = this.checkpointProof.map((message) => message.encode(digestOf));
    return concat([super.encode(digestOf), checkpointBytes(this.state), ...proof]);
  }
}

/** What the digests of a measured cell are taken of, as bytes; each made and hashed once, however many nodes use it. */
class Contents {
  readonly #transactions: Setup['cell']['transactions'];
  readonly #sha256: (bytes: Uint8Array) => Uint8Array;
  readonly #batches = new Map<number, Uint8Array>();
  readonly #states = new Map<number, Uint8Array>();
  readonly #digests = new Map<Uint8Array, Uint8Array>();

  constructor({ cell, kernels }: Pick<Setup, 'cell' | 'kernels'>) {
    this.#transactions = cell.transactions;
    this.#sha256 = kernels.sha256;
  }

  /** The transactions of a batch, one after another; the null request has none. */
  batch(digest: number): Uint8Array {
    let batch = this.#batches.get(digest);
    if (batch === undefined) this.#batches.set(digest, (batch = this.#makeBatch(digest)));
    return batch;
  }

  #makeBatch(digest: number): Uint8Array {
    const { bytes, per_decision } = this.#transactions;
    if (digest === NULL_DIGEST) return new Uint8Array(0);
    if (digest !== digestOf(timestampOf(digest)) && per_decision > 1) {
      // The same transactions, the last one first; a single one has no other order, and another stands for it.
      const order = this.batch(otherDigest(digest));
      return concat(
        Array.from({ length: per_decision }, (_, i) => order.subarray(order.length - (i + 1) * bytes, order.length - i * bytes)),
      );
    }
    return fillerBytes(drawKey(digest, { purpose: PURPOSE.peers }), bytes * per_decision);
  }

  /** The state at a checkpoint. Digests of states are asked for once the state itself was hashed. */
  state(state: CheckpointState): Uint8Array {
    const digest = checkpointDigest(state);
    let bytes = this.#states.get(digest);
    if (bytes === undefined) this.#states.set(digest, (bytes = checkpointBytes(state)));
    return bytes;
  }

  readonly digestOf: DigestOf = (kind, name) => {
    if (kind === 'result') {
      const result = new Uint8Array(DIGEST_BYTES);
      new DataView(result.buffer).setInt32(DIGEST_BYTES - 4, name);
      return result;
    }
    const content = kind === 'batch' ? this.batch(name) : this.#states.get(name);
    if (content === undefined) throw new RangeError(`the state of digest ${name} was never hashed`);
    let digest = this.#digests.get(content);
    if (digest === undefined) this.#digests.set(content, (digest = this.#sha256(content)));
    return digest;
  };
}

// ---------------------------------------------------------------------------------------------------------------------
// What both programs share

export interface Rules {
  readonly nodes: number;
  /** f and the quorum. */
  readonly bound: number;
  readonly quorum: number;
  /** Matching replies that a client waits for. */
  readonly replies: number;
  readonly client: number;
  readonly mac: boolean;
  readonly batch_bytes: number;
  readonly vote_bytes: number;
  /** A message to one receiver without a body, such as a reply. */
  readonly reply_bytes: number;
  readonly request_bytes: number;
  readonly prePrepare_bytes: number;
  readonly authenticator_bytes: number;
  readonly timeout_us: number;
  readonly clientTimeout_us: number;
  /** How long a replica that misses a checkpoint waits for what is under way: about one decision. */
  readonly catchUp_us: number;
  readonly checkpointInterval: number;
  readonly window: number;
  /** Processing times, nanoseconds; all but the view change's in both programs. */
  readonly propose_ns: number;
  readonly acceptPrePrepare_ns: number;
  quorumEvent_ns(verified: number): number;
  readonly enterView_ns: number;
}

function rulesOf(setup: Omit<Setup<PbftParameters>, 'horizon_us'>): Rules {
  const { cell, nodes, network, parameters } = setup;
  const bound = byzantineBound(nodes);
  const quorum = byzantineQuorum(nodes, bound);
  const mac = parameters.authentication === 'mac';
  const authenticator_bytes = mac ? MAC_BYTES * (nodes - 1) : SIGNATURE_BYTES;
  const batch_bytes = cell.transactions.bytes * cell.transactions.per_decision;
  const request_bytes = REQUEST_HEADER_BYTES + batch_bytes;
  const prePrepare_bytes = HEADER_BYTES + authenticator_bytes + request_bytes;
  const upload_us = departOffset_us(upload_ns(network, prePrepare_bytes), nodes - 2);
  const timeout_us =
    parameters.view_change_timeout_ms === 'auto'
      ? Math.max(MIN_TIMEOUT_US, 4 * (upload_us + 5 * network.maxDelay_us))
      : Math.ceil(parameters.view_change_timeout_ms * 1000);
  const { sign_ns, verify_ns, verify_batched_ns, mac_ns, hash_ns_per_byte } = cell.node;
  const makeAuthenticator_ns = mac ? mac_ns * (nodes - 1) : sign_ns;
  const check_ns = (count: number): number => (mac ? count * mac_ns : count === 1 ? verify_ns : count * verify_batched_ns);
  return {
    nodes,
    bound,
    quorum,
    // Section 4.1: f + 1 replies with the same result: one of them is from a correct replica.
    replies: bound + 1,
    client: nodes,
    mac,
    batch_bytes,
    vote_bytes: HEADER_BYTES + authenticator_bytes,
    reply_bytes: HEADER_BYTES + (mac ? MAC_BYTES : SIGNATURE_BYTES),
    request_bytes,
    prePrepare_bytes,
    authenticator_bytes,
    timeout_us,
    clientTimeout_us: parameters.client_timeout_ms === 'auto' ? timeout_us : Math.ceil(parameters.client_timeout_ms * 1000),
    catchUp_us: Math.ceil(timeout_us / 4),
    checkpointInterval: parameters.checkpoint_interval,
    window: parameters.log_window,
    propose_ns: hash_ns_per_byte * batch_bytes + makeAuthenticator_ns,
    acceptPrePrepare_ns: check_ns(1) + hash_ns_per_byte * batch_bytes + makeAuthenticator_ns,
    quorumEvent_ns: (verified) => check_ns(verified) + makeAuthenticator_ns,
    enterView_ns: verify_ns + quorum * verify_batched_ns,
  };
}

/** (min-s, max-s] of section 4.4: the highest-view proposal for each sequence number, the null request for gaps. */
export function computeProposals(viewChanges: readonly ViewChange[]): { minS: number; proposals: Proposal[] } {
  let minS = 0;
  let maxS = 0;
  for (const { stable, prepared } of viewChanges) {
    minS = Math.max(minS, stable);
    for (const { prePrepare } of prepared) maxS = Math.max(maxS, prePrepare.sequence);
  }
  const proposals: Proposal[] = [];
  for (let sequence = minS + 1; sequence <= maxS; sequence++) {
    let best: PbftMessage | null = null;
    for (const { prepared } of viewChanges)
      for (const { prePrepare } of prepared)
        if (prePrepare.sequence === sequence && (best === null || prePrepare.view > best.view)) best = prePrepare;
    proposals.push({ sequence, digest: best?.digest ?? NULL_DIGEST });
  }
  return { minS, proposals };
}

// ---------------------------------------------------------------------------------------------------------------------
// The protocol, message by message

/** Everything that one run shares: the rules, the counts, the checkers. */
interface Run {
  readonly setup: Setup<PbftParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  /** Measured cells only. */
  readonly contents: Contents | null;
  readonly agreement: AgreementChecker;
  readonly durability: DurabilityChecker;
  readonly replicaLatencies: ReplicaLatencies;
  readonly viewChanges: ViewChangeCount;
}

/** Above every sequence number: a slot's key is view * SEQUENCES + sequence (string keys took 15% of a run). */
const SEQUENCES = 0x80000000;
/** Above every view: keys are exact below 2^53. */
const VIEWS = 0x400000;

/** Agreement on one sequence number in one view. */
class Slot {
  prePrepare: PbftMessage | null = null;
  accepted = false;
  readonly prepares = new VoteBook<PbftMessage>();
  readonly commits = new VoteBook<PbftMessage>();
  prepared: 'no' | 'verifying' | 'yes' = 'no';
  committed: 'no' | 'verifying' | 'yes' = 'no';
}

type WorkToken =
  | { readonly kind: 'propose'; readonly view: number; readonly sequence: number; readonly timestamp: number }
  | { readonly kind: 'accept' | 'prepared'; readonly view: number; readonly sequence: number }
  | { readonly kind: 'committed'; readonly view: number; readonly sequence: number }
  | { readonly kind: 'newView'; readonly view: number }
  | { readonly kind: 'enterView'; readonly message: NewView };

/** Messages that are votes: a bit for each type. */
const VOTES = [TYPE.prepare, TYPE.commit, TYPE.checkpoint, TYPE.viewChange].reduce((bits, type) => bits | (1 << type), 0);

const VIEW_TIMER = 'view change';
const CATCH_UP_TIMER = 'catch up';
const RETRANSMIT_TIMER = 'retransmit';

/** A correct replica; Byzantine ones that mostly follow the protocol override `outgoing`. */
export class Replica {
  readonly id: number;
  readonly #run: Run;
  view = 0;
  /** The highest view entered with a NEW-VIEW: how many times the primary was replaced. */
  installedView = 0;
  /** False from VIEW-CHANGE to NEW-VIEW: only CHECKPOINT, VIEW-CHANGE and NEW-VIEW are accepted. */
  active = true;
  /** The low watermark h: the last stable checkpoint. */
  stable = 0;
  lastExecuted = 0;
  /** The client's last executed timestamp and the reply to it (one client). */
  lastTimestamp = 0;
  #lastResult = 0;
  #lastBatch = NULL_DIGEST;
  /** null: not made yet, since the state was fetched. */
  #lastReply: Reply | null = null;
  stateDigest = 0;
  /** Digest executed at each sequence number above the stable checkpoint. */
  readonly executed = new Map<number, number>();
  readonly #slots = new Map<number, Slot>();
  /** The slot that was looked up last: most votes are for the same one. */
  #lastKey = -1;
  #lastSlot: Slot | null = null;
  /** Committed-local, waiting for lower sequence numbers. */
  readonly #committed = new Map<number, number>();
  /** The prepared certificate of the highest view for each sequence number above h. */
  readonly #certificates = new Map<number, Certificate>();
  readonly #checkpoints = new Map<number, VoteBook<PbftMessage>>();
  /** The state at each checkpoint that it has taken, from the stable one on. */
  readonly #checkpointStates = new Map<number, CheckpointState>();
  #stableProof: readonly PbftMessage[] = [];
  readonly #viewChanges = new Map<number, ViewChange[]>();
  /** Requests (timestamps) received and not executed. */
  readonly #pending = new Set<number>();
  /** Digests whose batch this replica has. */
  readonly #bodies = new Set<number>([NULL_DIGEST]);
  /** Digests whose batch was asked for. */
  readonly #fetching = new Set<number>();
  readonly #proposed = new Set<number>();
  /** Messages of a view that this replica has not entered yet. */
  #future: { from: number; message: PbftMessage }[] = [];
  #nextSequence = 1;
  /** View changes since the last execution of a new request: the wait doubles with each. */
  #attempts = 0;
  #timerRunning = false;
  #newViewPending = false;
  #now_us = 0;

  constructor(id: number, run: Run) {
    this.id = id;
    this.#run = run;
  }

  get #rules(): Rules {
    return this.#run.rules;
  }
  primaryOf(view: number): number {
    return view % this.#rules.nodes;
  }
  get #isPrimary(): boolean {
    return this.primaryOf(this.view) === this.id;
  }
  slot(view: number, sequence: number): Slot {
    if (!(view < VIEWS && sequence < SEQUENCES))
      throw new RangeError(`view ${view}, sequence ${sequence}: accepted are views below ${VIEWS}`);
    const key = view * SEQUENCES + sequence;
    if (key === this.#lastKey) return this.#lastSlot!;
    let slot = this.#slots.get(key);
    if (slot === undefined) this.#slots.set(key, (slot = new Slot()));
    this.#lastKey = key;
    this.#lastSlot = slot;
    return slot;
  }
  #isCorrect(): boolean {
    return this.#run.setup.faults.faulty[this.id] === 0;
  }

  step(input: Input<PbftMessage>, out: Outbox<PbftMessage>): void {
    this.#now_us = input.now_us;
    switch (input.kind) {
      case 'message':
        if (((VOTES >> input.message.type) & 1) === 1) this.#run.log.vote(this.id, input.message);
        this.receive(input.from, input.message, out);
        break;
      case 'timer':
        this.#onTimer(input.id, out);
        break;
      case 'work':
        this.#onWork(input.token as WorkToken, out);
        break;
      default:
        break;
    }
  }

  receive(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    switch (message.type) {
      case TYPE.request:
        this.#onRequest(from, message, out);
        break;
      case TYPE.prePrepare:
        this.#onPrePrepare(from, message, out);
        break;
      case TYPE.prepare:
        this.#onPrepare(from, message, out);
        break;
      case TYPE.commit:
        this.#onCommit(from, message, out);
        break;
      case TYPE.checkpoint:
        this.#onCheckpoint(message, out);
        break;
      case TYPE.viewChange:
        this.#onViewChange(message as ViewChange, out);
        break;
      case TYPE.newView:
        this.#onNewView(from, message as NewView, out);
        break;
      case TYPE.fetchState:
        this.#onFetchState(from, message, out);
        break;
      case TYPE.state:
        this.#onState(message as StateTransfer, out);
        break;
      case TYPE.fetchBatch:
        if (this.#bodies.has(message.digest) && this.#verify([message]).length > 0)
          this.#sendTo(from, TYPE.batch, message, this.#rules.request_bytes, out);
        break;
      case TYPE.batch:
        this.#onBatch(message, out);
        break;
    }
  }

  // --- sending

  #message(type: number, sequence: number, digest: number, bytes: number, view = this.view): PbftMessage {
    return new PbftMessage({ type, view, sequence, signer: this.id, digest, bytes, valid: this.#signsWell() });
  }
  #signsWell(): boolean {
    return this.#isCorrect() || this.#run.setup.faults.kind !== 'bad-signature';
  }
  #authenticate(message: PbftMessage, receivers: number): void {
    if (this.#rules.mac) this.#run.log.mac(message, receivers);
    else this.#run.log.sign(message);
  }
  #verify(items: readonly PbftMessage[]): readonly PbftMessage[] {
    if (!this.#rules.mac) return this.#run.log.verify(items);
    for (const item of items) this.#run.log.mac(item, 1);
    return items.filter((item) => item.valid);
  }
  #vote(type: number, view: number, sequence: number, digest: number): PbftMessage {
    return this.#message(type, sequence, digest, this.#rules.vote_bytes, view);
  }
  /** Sends one receiver a message of the sequence number and digest given, with `body_bytes` after the header. */
  #sendTo(to: number, type: number, { sequence, digest }: Proposal, body_bytes: number, out: Outbox<PbftMessage>): void {
    const message = this.#message(type, sequence, digest, this.#rules.reply_bytes + body_bytes);
    this.#authenticate(message, 1);
    out.send(to, message);
  }
  /** Multicasts a vote; faulty replicas of the kinds wrong-vote and replay do it in their own way. */
  #cast(vote: PbftMessage, out: Outbox<PbftMessage>): void {
    const { kind } = this.#run.setup.faults;
    const faulty = !this.#isCorrect();
    const sent =
      faulty && kind === 'wrong-vote' && vote.type !== TYPE.checkpoint
        ? this.#vote(vote.type, vote.view, vote.sequence, otherDigest(vote.digest))
        : vote;
    this.#authenticate(sent, this.#rules.nodes - 1);
    // Its certificates show the right one, so it signs that too.
    if (sent !== vote && vote.type === TYPE.prepare) this.#run.log.sign(vote);
    out.multicast(sent);
    if (faulty && kind === 'replay') {
      out.multicast(sent);
      if (sent.sequence > 1) out.multicast(this.#vote(sent.type, sent.view, sent.sequence - 1, sent.digest));
    }
  }

  // --- normal case (section 4.2)

  #onRequest(from: number, request: PbftMessage, out: Outbox<PbftMessage>): void {
    const timestamp = request.sequence;
    if (timestamp <= this.lastTimestamp) {
      if (from === this.#rules.client && timestamp === this.lastTimestamp) this.#sendReply(out);
      return;
    }
    const known = this.#pending.has(timestamp);
    this.#pending.add(timestamp);
    this.#bodies.add(digestOf(timestamp));
    if (!this.active) return;
    if (this.#isPrimary) {
      this.#propose(out);
      return;
    }
    if (!known) out.send(this.primaryOf(this.view), new PbftMessage({ ...request, view: this.view, type: TYPE.request }));
    this.#startTimer(out);
  }

  #propose(out: Outbox<PbftMessage>): void {
    for (const timestamp of [...this.#pending].sort((x, y) => x - y)) {
      if (this.#proposed.has(timestamp) || this.#nextSequence > this.stable + this.#rules.window) continue;
      this.#proposed.add(timestamp);
      const sequence = this.#nextSequence++;
      out.work(this.#rules.propose_ns, { kind: 'propose', view: this.view, sequence, timestamp } satisfies WorkToken);
    }
  }

  #onPrePrepare(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (this.#keepForLater(from, message)) return;
    if (message.view !== this.view || from !== this.primaryOf(this.view) || message.signer !== from || !this.inWindow(message.sequence))
      return;
    const slot = this.slot(message.view, message.sequence);
    // Never two digests for one view and sequence number.
    if (slot.prePrepare !== null) return;
    if (this.#verify([message]).length === 0) return;
    slot.prePrepare = message;
    this.#run.log.digest(this.#rules.batch_bytes, () => this.#run.contents!.batch(message.digest));
    this.#bodies.add(message.digest);
    const timestamp = timestampOf(message.digest);
    if (timestamp > this.lastTimestamp) {
      this.#pending.add(timestamp);
      this.#startTimer(out);
    }
    out.work(this.#rules.acceptPrePrepare_ns, { kind: 'accept', view: message.view, sequence: message.sequence } satisfies WorkToken);
  }

  #onPrepare(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (this.#keepForLater(from, message)) return;
    // The primary's PRE-PREPARE is its vote: only backups send PREPARE.
    if (message.view !== this.view || message.signer === this.primaryOf(message.view) || !this.inWindow(message.sequence)) return;
    const slot = this.slot(message.view, message.sequence);
    if (slot.prepared !== 'no') return;
    if (slot.prepares.add(message) === 'accepted') this.#tryPrepared(message.view, message.sequence, out);
  }

  #onCommit(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (this.#keepForLater(from, message)) return;
    if (message.view !== this.view || !this.inWindow(message.sequence)) return;
    const slot = this.slot(message.view, message.sequence);
    if (slot.committed !== 'no') return;
    if (slot.commits.add(message) === 'accepted') this.#tryCommitted(message.view, message.sequence, out);
  }

  inWindow(sequence: number): boolean {
    return sequence > this.stable && sequence <= this.stable + this.#rules.window;
  }

  #keepForLater(from: number, message: PbftMessage): boolean {
    if (message.view < this.view || (message.view === this.view && this.active)) return false;
    this.#future.push({ from, message });
    return true;
  }

  /** Section 4.2: prepared is the pre-prepare and 2f matching prepares from different backups (q - 1 for any n). */
  #tryPrepared(view: number, sequence: number, out: Outbox<PbftMessage>): void {
    const slot = this.slot(view, sequence);
    if (!slot.accepted || slot.prepared !== 'no' || slot.prePrepare === null) return;
    const checked = this.#completes(slot.prepares, slot.prePrepare.digest, this.#rules.quorum - 1);
    if (checked === null) return;
    slot.prepared = 'verifying';
    out.work(this.#rules.quorumEvent_ns(checked), { kind: 'prepared', view, sequence } satisfies WorkToken);
  }

  #tryCommitted(view: number, sequence: number, out: Outbox<PbftMessage>): void {
    const slot = this.slot(view, sequence);
    if (slot.prepared !== 'yes' || slot.committed !== 'no' || slot.prePrepare === null) return;
    const checked = this.#completes(slot.commits, slot.prePrepare.digest, this.#rules.quorum);
    if (checked === null) return;
    slot.committed = 'verifying';
    out.work(this.#rules.quorumEvent_ns(checked), { kind: 'committed', view, sequence } satisfies WorkToken);
  }

  /** How many votes were verified to complete the quorum, or null if it is not complete. */
  #completes(book: VoteBook<PbftMessage>, digest: number, need: number): number | null {
    if (!book.mayComplete(digest, need)) return null;
    let checked = 0;
    const complete = book.complete(digest, need, (items) => {
      checked += items.length;
      return this.#verify(items);
    });
    return complete ? checked : null;
  }

  #onWork(token: WorkToken, out: Outbox<PbftMessage>): void {
    switch (token.kind) {
      case 'propose': {
        if (token.view !== this.view || !this.active) return;
        const digest = digestOf(token.timestamp);
        const message = this.#message(TYPE.prePrepare, token.sequence, digest, this.#rules.prePrepare_bytes);
        this.#run.log.digest(this.#rules.batch_bytes, () => this.#run.contents!.batch(digest));
        this.#authenticate(message, this.#rules.nodes - 1);
        const slot = this.slot(token.view, token.sequence);
        slot.prePrepare = message;
        slot.accepted = true;
        this.#run.replicaLatencies.proposed({ view: token.view, decision: digest }, this.#now_us);
        out.multicast(message);
        this.#tryPrepared(token.view, token.sequence, out);
        return;
      }
      case 'accept': {
        if (token.view !== this.view || !this.active) return;
        const slot = this.slot(token.view, token.sequence);
        slot.accepted = true;
        const prepare = this.#vote(TYPE.prepare, token.view, token.sequence, slot.prePrepare!.digest);
        this.#cast(prepare, out);
        slot.prepares.addOwn(prepare);
        this.#tryPrepared(token.view, token.sequence, out);
        return;
      }
      case 'prepared': {
        if (token.view !== this.view || !this.active) return;
        const slot = this.slot(token.view, token.sequence);
        slot.prepared = 'yes';
        this.#certificates.set(token.sequence, {
          prePrepare: slot.prePrepare!,
          prepares: slot.prepares.verified.slice(0, this.#rules.quorum - 1),
        });
        // With the certificate it can prove the request to any new primary: what it persists before it says so.
        this.#run.durability.persisted(this.id, slot.prePrepare!.digest);
        const commit = this.#vote(TYPE.commit, token.view, token.sequence, slot.prePrepare!.digest);
        this.#cast(commit, out);
        slot.commits.addOwn(commit);
        this.#tryCommitted(token.view, token.sequence, out);
        return;
      }
      case 'committed': {
        const slot = this.slot(token.view, token.sequence);
        slot.committed = 'yes';
        this.#run.replicaLatencies.committed(this.id, { view: token.view, decision: slot.prePrepare!.digest }, this.#now_us);
        if (token.sequence > this.lastExecuted) this.#committed.set(token.sequence, slot.prePrepare!.digest);
        this.#executeReady(out);
        return;
      }
      case 'newView':
        this.#sendNewView(token.view, out);
        return;
      case 'enterView':
        this.#enterView(token.message, out);
        return;
    }
  }

  /** Executes what is committed in order of sequence numbers. */
  #executeReady(out: Outbox<PbftMessage>): void {
    for (;;) {
      const sequence = this.lastExecuted + 1;
      const digest = this.#committed.get(sequence);
      if (digest === undefined) return;
      if (!this.#bodies.has(digest)) {
        // Committed in a new view without having seen the request: some correct replica has it. Asked once, since links lose nothing.
        if (!this.#fetching.has(digest)) {
          this.#fetching.add(digest);
          const fetch = this.#message(TYPE.fetchBatch, sequence, digest, this.#rules.vote_bytes);
          this.#authenticate(fetch, this.#rules.nodes - 1);
          out.multicast(fetch);
        }
        return;
      }
      this.#committed.delete(sequence);
      this.lastExecuted = sequence;
      this.executed.set(sequence, digest);
      this.#run.agreement.executed(this.id, sequence, digest);
      this.stateDigest = nextState(this.stateDigest, digest);
      this.#executeRequest(digest, out);
      if (sequence % this.#rules.checkpointInterval === 0) this.#takeCheckpoint(sequence, out);
    }
  }

  #executeRequest(digest: number, out: Outbox<PbftMessage>): void {
    const timestamp = timestampOf(digest);
    if (timestamp === 0) return; // the null request
    if (timestamp > this.lastTimestamp) {
      this.#takeResult({ lastTimestamp: timestamp, lastResult: this.stateDigest, lastBatch: digest });
      this.#attempts = 0;
      this.#stopTimer(out);
      if (this.#pending.size > 0) this.#startTimer(out);
    }
    // An executed request is never executed again: the stored reply is sent once more.
    if (this.lastTimestamp === timestamp) this.#sendReply(out);
  }

  #takeResult({ lastTimestamp, lastResult, lastBatch }: Omit<CheckpointState, 'service'>): void {
    this.lastTimestamp = lastTimestamp;
    this.#lastResult = lastResult;
    this.#lastBatch = lastBatch;
    this.#lastReply = null;
    for (const pending of this.#pending) if (pending <= lastTimestamp) this.#pending.delete(pending);
  }

  #sendReply(out: Outbox<PbftMessage>): void {
    if (this.#lastReply === null) {
      this.#lastReply = new Reply({
        view: this.view,
        timestamp: this.lastTimestamp,
        signer: this.id,
        result: this.#result(),
        bytes: this.#rules.reply_bytes,
        decided: this.#lastBatch,
        valid: this.#signsWell(),
      });
      this.#authenticate(this.#lastReply, 1);
    }
    out.send(this.#rules.client, this.#lastReply);
  }

  /** What it tells the client: a replica of the kind wrong-vote has a wrong result of its own. */
  #result(): number {
    const wrong = !this.#isCorrect() && this.#run.setup.faults.kind === 'wrong-vote';
    return wrong ? ~this.#lastResult ^ (this.id << 8) : this.#lastResult;
  }

  // --- checkpoints (section 4.3)

  #checkpointBook(sequence: number): VoteBook<PbftMessage> {
    let book = this.#checkpoints.get(sequence);
    if (book === undefined) this.#checkpoints.set(sequence, (book = new VoteBook()));
    return book;
  }

  #takeCheckpoint(sequence: number, out: Outbox<PbftMessage>): void {
    const state = this.#state();
    this.#checkpointStates.set(sequence, state);
    this.#hash(state);
    const vote = this.#vote(TYPE.checkpoint, 0, sequence, checkpointDigest(state));
    this.#cast(vote, out);
    this.#checkpointBook(sequence).addOwn(vote);
    this.#tryStable(sequence, vote.digest, out);
  }

  #onCheckpoint(message: PbftMessage, out: Outbox<PbftMessage>): void {
    if (message.sequence <= this.stable) return;
    const book = this.#checkpointBook(message.sequence);
    if (book.add(message) !== 'accepted') return;
    const own = this.#checkpointStates.get(message.sequence);
    if (own !== undefined) this.#tryStable(message.sequence, checkpointDigest(own), out);
    // Others have gone on without this replica: wait a while for what is under way, then fetch the state.
    else if (book.senders === this.#rules.quorum && message.sequence > this.lastExecuted)
      out.setTimer(CATCH_UP_TIMER, this.#rules.catchUp_us);
  }

  #state(): CheckpointState {
    return {
      service: this.stateDigest,
      lastTimestamp: this.lastTimestamp,
      lastResult: this.#lastResult,
      lastBatch: this.#lastBatch,
    };
  }
  #hash(state: CheckpointState): void {
    this.#run.log.digest(CHECKPOINT_STATE_BYTES, () => this.#run.contents!.state(state));
  }

  #tryStable(sequence: number, digest: number, out: Outbox<PbftMessage>): void {
    const book = this.#checkpointBook(sequence);
    if (this.#completes(book, digest, this.#rules.quorum) === null) return;
    this.#becomeStable(sequence, book.verified.slice(0, this.#rules.quorum), out);
  }

  #becomeStable(sequence: number, proof: readonly PbftMessage[], out: Outbox<PbftMessage>): void {
    this.stable = sequence;
    this.#stableProof = proof;
    for (const map of [this.#checkpoints, this.#certificates, this.executed, this.#committed])
      for (const key of map.keys()) if (key <= sequence) map.delete(key);
    for (const key of this.#checkpointStates.keys()) if (key < sequence) this.#checkpointStates.delete(key);
    for (const key of this.#slots.keys()) if (key % SEQUENCES <= sequence) this.#slots.delete(key);
    this.#lastKey = -1;
    out.cancelTimer(CATCH_UP_TIMER);
    if (this.active && this.#isPrimary) this.#propose(out);
  }
  /** Sequence numbers with protocol state: at most the window. */
  get logSize(): number {
    return new Set([...this.#slots.keys()].map((key) => key % SEQUENCES)).size;
  }

  // --- fetching what is missing (section 4.4: a replica may lack a batch or a stable checkpoint)

  #fetchState(from: number, sequence: number, out: Outbox<PbftMessage>): void {
    this.#sendTo(from, TYPE.fetchState, { sequence, digest: NULL_DIGEST }, 0, out);
  }

  #onFetchState(from: number, message: PbftMessage, out: Outbox<PbftMessage>): void {
    const state = this.#checkpointStates.get(this.stable);
    if (this.stable < message.sequence || state === undefined || this.#verify([message]).length === 0) return;
    const transfer = new StateTransfer({
      sequence: this.stable,
      signer: this.id,
      bytes: this.#rules.reply_bytes + CHECKPOINT_STATE_BYTES + this.#stableProof.length * this.#rules.vote_bytes,
      state,
      checkpointProof: this.#stableProof,
      valid: this.#signsWell(),
    });
    this.#authenticate(transfer, 1);
    out.send(from, transfer);
  }

  /** The state is taken where a quorum has signed its digest; who sent it does not matter. */
  #onState(message: StateTransfer, out: Outbox<PbftMessage>): void {
    const { sequence, state } = message;
    if (sequence <= this.lastExecuted) return;
    if (this.#verify([message]).length === 0) return;
    this.#hash(state);
    const digest = checkpointDigest(state);
    const matching = message.checkpointProof.filter((proof) => proof.sequence === sequence && proof.digest === digest);
    if (new Set(matching.map(({ signer }) => signer)).size < this.#rules.quorum) return;
    if (this.#verify(matching).length < this.#rules.quorum) return;
    this.lastExecuted = sequence;
    this.stateDigest = state.service;
    this.#takeResult(state);
    this.#run.durability.persisted(this.id, state.lastBatch);
    this.#checkpointStates.set(sequence, state);
    this.#becomeStable(sequence, matching, out);
    if (this.#pending.size === 0) this.#stopTimer(out);
    this.#executeReady(out);
  }

  #onBatch(message: PbftMessage, out: Outbox<PbftMessage>): void {
    // Others' answers come too: the first good one is enough.
    if (!this.#fetching.has(message.digest) || this.#bodies.has(message.digest)) return;
    if (this.#verify([message]).length === 0) return;
    this.#run.log.digest(this.#rules.batch_bytes, () => this.#run.contents!.batch(message.digest));
    this.#bodies.add(message.digest);
    this.#executeReady(out);
  }

  // --- timers and view changes (sections 4.4 and 4.5.2)

  #startTimer(out: Outbox<PbftMessage>): void {
    if (this.#timerRunning || this.#isPrimary) return;
    this.#setViewTimer(out);
  }
  #setViewTimer(out: Outbox<PbftMessage>): void {
    this.#timerRunning = true;
    out.setTimer(VIEW_TIMER, this.waitFor(this.#attempts));
  }
  /** T, then after the k-th view change in a row T * 2^(k-1). */
  waitFor(attempts: number): number {
    let wait_us = this.#rules.timeout_us;
    for (let k = 1; k < attempts; k++) wait_us *= 2;
    return wait_us;
  }
  #stopTimer(out: Outbox<PbftMessage>): void {
    this.#timerRunning = false;
    out.cancelTimer(VIEW_TIMER);
  }

  #onTimer(id: string, out: Outbox<PbftMessage>): void {
    if (id === VIEW_TIMER) {
      this.#timerRunning = false;
      this.#startViewChange(this.view + 1, out);
    } else {
      // Any replica that signed the checkpoint can send the state; the lowest-numbered other ones, f + 1 to be sure of a correct one.
      const ahead = [...this.#checkpoints.keys()].filter((sequence) => sequence > this.lastExecuted).sort((x, y) => y - x)[0];
      if (ahead === undefined) return;
      const signers = this.#checkpointBook(ahead)
        .votes()
        .map(({ signer }) => signer)
        .sort((x, y) => x - y);
      for (const signer of signers.slice(0, this.#rules.bound + 1)) this.#fetchState(signer, ahead, out);
    }
  }

  #startViewChange(view: number, out: Outbox<PbftMessage>): void {
    this.view = view;
    this.active = false;
    this.#newViewPending = false;
    this.#attempts += 1;
    if (this.#isCorrect()) this.#run.viewChanges.asked(view, this.#now_us);
    this.#stopTimer(out);
    const message = new ViewChange({
      view,
      signer: this.id,
      stable: this.stable,
      checkpointProof: this.#stableProof,
      prepared: [...this.#certificates.entries()].sort(([x], [y]) => x - y).map(([, certificate]) => certificate),
      authenticator_bytes: this.#rules.authenticator_bytes,
      valid: this.#signsWell(),
    });
    this.#run.log.sign(message);
    out.multicast(message);
    this.#viewChangesFor(view).push(message);
    this.#checkViewChangeQuorum(view, out);
  }

  #viewChangesFor(view: number): ViewChange[] {
    let list = this.#viewChanges.get(view);
    if (list === undefined) this.#viewChanges.set(view, (list = []));
    return list;
  }

  #onViewChange(message: ViewChange, out: Outbox<PbftMessage>): void {
    if (message.view < this.view || (message.view === this.view && this.active)) return;
    const list = this.#viewChangesFor(message.view);
    if (list.length >= this.#rules.quorum || list.some(({ signer }) => signer === message.signer)) return;
    if (this.#run.log.verify([message]).length === 0 || !this.isValidViewChange(message)) return;
    list.push(message);
    // f+1 VIEW-CHANGEs for views above mine: at least one correct replica wants it, so join the smallest of them.
    const wanting = new Map<number, number>();
    for (const [view, messages] of this.#viewChanges)
      if (view > this.view) for (const { signer } of messages) wanting.set(signer, Math.min(view, wanting.get(signer) ?? view));
    if (wanting.size > this.#rules.bound) this.#startViewChange(Math.min(...wanting.values()), out);
    else this.#checkViewChangeQuorum(message.view, out);
  }

  /** Its certificates prove what it says: distinct senders, matching, validly signed (as a batch). */
  isValidViewChange({ view, stable, checkpointProof, prepared }: ViewChange): boolean {
    const { quorum, window, mac } = this.#rules;
    if (stable > 0 && new Set(checkpointProof.filter(({ sequence }) => sequence === stable).map(({ signer }) => signer)).size < quorum)
      return false;
    for (const { prePrepare, prepares } of prepared) {
      if (prePrepare.view >= view || prePrepare.sequence <= stable || prePrepare.sequence > stable + window) return false;
      if (prePrepare.signer !== this.primaryOf(prePrepare.view)) return false;
      const matching = prepares.filter(
        ({ view: v, sequence, digest, signer }) =>
          v === prePrepare.view && sequence === prePrepare.sequence && digest === prePrepare.digest && signer !== prePrepare.signer,
      );
      if (new Set(matching.map(({ signer }) => signer)).size < quorum - 1) return false;
    }
    const proofs = [...checkpointProof, ...prepared.flatMap(({ prePrepare, prepares }) => [prePrepare, ...prepares])];
    // MACs prove nothing to third parties: with them only crash faults are simulated, and claims are taken at their word.
    return mac || proofs.length === 0 || this.#run.log.verify(proofs).length === proofs.length;
  }

  #checkViewChangeQuorum(view: number, out: Outbox<PbftMessage>): void {
    if (view !== this.view || this.active || this.#newViewPending) return;
    if (this.#viewChangesFor(view).length < this.#rules.quorum) return;
    if (this.#isPrimary) {
      this.#newViewPending = true;
      out.work(this.#rules.quorumEvent_ns(this.#rules.quorum - 1), { kind: 'newView', view } satisfies WorkToken);
    } else if (!this.#timerRunning) this.#setViewTimer(out);
  }

  #sendNewView(view: number, out: Outbox<PbftMessage>): void {
    if (view !== this.view || this.active) return;
    const viewChanges = this.#viewChangesFor(view).slice(0, this.#rules.quorum);
    const proposals = computeProposals(viewChanges).proposals.map(({ sequence, digest }) =>
      this.#message(TYPE.prePrepare, sequence, digest, HEADER_BYTES + this.#rules.authenticator_bytes),
    );
    for (const proposal of proposals) this.#authenticate(proposal, this.#rules.nodes - 1);
    const message = new NewView({ view, signer: this.id, viewChanges, proposals, valid: this.#signsWell() });
    this.#run.log.sign(message);
    for (const { digest } of proposals) this.#run.replicaLatencies.proposed({ view, decision: digest }, this.#now_us);
    out.multicast(message);
    this.#enterView(message, out);
  }

  #onNewView(from: number, message: NewView, out: Outbox<PbftMessage>): void {
    if (message.view < this.view || (message.view === this.view && this.active)) return;
    if (from !== this.primaryOf(message.view) || message.signer !== from) return;
    if (this.#run.log.verify([message]).length === 0 || !this.isValidNewView(message)) return;
    this.view = message.view;
    this.active = false;
    out.work(this.#rules.enterView_ns, { kind: 'enterView', message } satisfies WorkToken);
  }

  /** V has a quorum of valid VIEW-CHANGEs for the view, and O is what section 4.4 computes from it. */
  isValidNewView({ view, viewChanges, proposals }: NewView): boolean {
    if (new Set(viewChanges.map(({ signer }) => signer)).size < this.#rules.quorum) return false;
    if (viewChanges.some((message) => message.view !== view)) return false;
    const others = viewChanges.filter(({ signer }) => signer !== this.id);
    if (this.#run.log.verify(others).length < others.length) return false;
    if (!others.every((message) => this.isValidViewChange(message))) return false;
    const expected = computeProposals(viewChanges).proposals;
    if (proposals.length !== expected.length) return false;
    if (proposals.some(({ sequence, digest }, i) => sequence !== expected[i].sequence || digest !== expected[i].digest)) return false;
    return proposals.length === 0 || this.#verify(proposals).length === proposals.length;
  }

  #enterView({ view, viewChanges, proposals, signer }: NewView, out: Outbox<PbftMessage>): void {
    if (view !== this.view || this.active) return;
    this.active = true;
    this.installedView = view;
    this.#newViewPending = false;
    for (const key of this.#viewChanges.keys()) if (key <= view) this.#viewChanges.delete(key);
    const { minS } = computeProposals(viewChanges);
    if (minS > this.lastExecuted) {
      const source = viewChanges.find(({ stable }) => stable === minS)!;
      if (source.signer !== this.id) this.#fetchState(source.signer, minS, out);
    }
    this.#nextSequence = proposals.length > 0 ? proposals[proposals.length - 1].sequence + 1 : Math.max(minS, this.lastExecuted) + 1;
    this.#proposed.clear();
    this.#fetching.clear();
    for (const proposal of proposals) {
      this.#proposed.add(timestampOf(proposal.digest));
      if (!this.inWindow(proposal.sequence)) continue;
      const slot = this.slot(view, proposal.sequence);
      slot.prePrepare = proposal;
      if (signer === this.id) {
        slot.accepted = true;
        this.#tryPrepared(view, proposal.sequence, out);
      } else out.work(this.#rules.quorumEvent_ns(0), { kind: 'accept', view, sequence: proposal.sequence } satisfies WorkToken);
    }
    if (this.#isPrimary) this.#propose(out);
    else if (this.#pending.size > 0 && !this.#timerRunning) this.#setViewTimer(out);
    const kept = this.#future;
    this.#future = [];
    for (const { from, message } of kept) this.receive(from, message, out);
  }
}

/**
 * Equivocators collude: to the correct replicas of half A they stand for a digest, to half B for the other order of the
 * same transactions. A faulty primary proposes both; a faulty backup prepares and commits both as soon as it sees one.
 * They take no part in view changes and checkpoints; the primary alone replies to the client, with half A's result, so that
 * f correct replicas of A are still needed for acceptance. With f of them one half at most finds a quorum; with f + 1 both do.
 */
class Equivocator {
  readonly id: number;
  readonly #run: Run;
  readonly #halfA: readonly number[];
  readonly #halfB: readonly number[];
  #nextSequence = 1;
  #stateDigest = 0;
  readonly #seen = new Set<string>();

  constructor(id: number, run: Run) {
    this.id = id;
    this.#run = run;
    const { faulty } = run.setup.faults;
    const correct = Array.from({ length: run.rules.nodes }, (_, replica) => replica).filter((replica) => faulty[replica] === 0);
    const middle = Math.ceil(correct.length / 2);
    this.#halfA = correct.slice(0, middle);
    this.#halfB = correct.slice(middle);
  }

  step(input: Input<PbftMessage>, out: Outbox<PbftMessage>): void {
    if (input.kind !== 'message') return;
    const { message } = input;
    const { rules, setup } = this.#run;
    if (message.type === TYPE.request && this.id === 0) {
      if (this.#once(`request ${message.sequence}`)) return;
      const sequence = this.#nextSequence++;
      const digest = digestOf(message.sequence);
      for (const proposed of [digest, otherDigest(digest)])
        this.#run.replicaLatencies.proposed({ view: 0, decision: proposed }, input.now_us);
      this.#split(TYPE.prePrepare, 0, sequence, digest, rules.prePrepare_bytes, out);
      for (let replica = 1; replica < rules.nodes; replica++)
        if (setup.faults.faulty[replica] === 1)
          out.send(
            replica,
            new PbftMessage({ type: TYPE.prePrepare, view: 0, sequence, signer: this.id, digest, bytes: rules.prePrepare_bytes }),
          );
      this.#split(TYPE.commit, 0, sequence, digest, rules.vote_bytes, out);
      this.#stateDigest = nextState(this.#stateDigest, digest);
      const reply = { view: 0, timestamp: message.sequence, signer: this.id, result: this.#stateDigest, decided: digest };
      out.send(rules.client, new Reply({ ...reply, bytes: rules.reply_bytes }));
    } else if (message.type === TYPE.prePrepare && message.view % rules.nodes !== this.id) {
      if (this.#once(`${message.view}:${message.sequence}`)) return;
      this.#split(TYPE.prepare, message.view, message.sequence, message.digest, rules.vote_bytes, out);
      this.#split(TYPE.commit, message.view, message.sequence, message.digest, rules.vote_bytes, out);
    }
  }

  #once(key: string): boolean {
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }

  #split(type: number, view: number, sequence: number, digest: number, bytes: number, out: Outbox<PbftMessage>): void {
    for (const [half, said] of [
      [this.#halfA, digest],
      [this.#halfB, otherDigest(digest)],
    ] as const) {
      const message = new PbftMessage({ type, view, sequence, signer: this.id, digest: said, bytes });
      this.#run.log.sign(message);
      for (const replica of half) out.send(replica, message);
    }
  }
}

/** The client of section 4.1, in a closed loop: it submits a batch when the last one is accepted. */
class Client {
  readonly #run: Run;
  #view = 0;
  #timestamp = 0;
  #submitted_us = 0;
  #timeout_us = 0;
  readonly #replies = new Map<number, number>();
  readonly latencies_us: number[] = [];
  /** The batch of each accepted request. */
  readonly decisions: number[] = [];
  accepted_us = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  step(input: Input<PbftMessage>, out: Outbox<PbftMessage>): void {
    if (input.kind === 'start') this.#submit(input.now_us, out);
    else if (input.kind === 'message') this.#onReply(input.message, input.now_us, out);
    else if (input.kind === 'timer') {
      out.multicast(this.#request());
      this.#timeout_us *= 2;
      out.setTimer(RETRANSMIT_TIMER, this.#timeout_us);
    }
  }

  #request(): PbftMessage {
    const { rules } = this.#run;
    const timestamp = this.#timestamp;
    return new PbftMessage({
      type: TYPE.request,
      view: this.#view,
      sequence: timestamp,
      signer: rules.client,
      digest: digestOf(timestamp),
      bytes: rules.request_bytes,
    });
  }

  #submit(now_us: number, out: Outbox<PbftMessage>): void {
    const { rules } = this.#run;
    this.#timestamp += 1;
    this.#replies.clear();
    this.#submitted_us = now_us;
    this.#timeout_us = rules.clientTimeout_us;
    out.send(this.#view % rules.nodes, this.#request());
    out.setTimer(RETRANSMIT_TIMER, this.#timeout_us);
  }

  #onReply(message: PbftMessage, now_us: number, out: Outbox<PbftMessage>): void {
    if (!(message instanceof Reply) || message.sequence !== this.#timestamp || !message.valid) return;
    this.#replies.set(message.signer, message.digest);
    let matching = 0;
    for (const digest of this.#replies.values()) if (digest === message.digest) matching += 1;
    if (matching < this.#run.rules.replies) return;
    this.#run.durability.reported(message.decided);
    this.#run.viewChanges.decided();
    this.decisions.push(message.decided);
    this.#view = Math.max(this.#view, message.view);
    this.latencies_us.push(now_us - this.#submitted_us);
    this.accepted_us = now_us;
    this.#run.log.nextDecision();
    if (this.latencies_us.length < this.#run.setup.cell.decisions) this.#submit(now_us, out);
    else {
      this.#timestamp += 1; // later replies are of no request
      out.cancelTimer(RETRANSMIT_TIMER);
    }
  }
}

export type PbftState = Replica | Equivocator | Client;

/** The protocol as the message engine runs it: n replicas and one client beside replica 0's region. */
export function pbftProtocol(setup: Setup<PbftParameters>): { protocol: Protocol<PbftState, PbftMessage>; run: Run; client: Client } {
  const { faults, nodes, cell } = setup;
  const contents = setup.collect ? new Contents(setup) : null;
  const rules = rulesOf(setup);
  const run: Run = {
    setup,
    rules,
    log: new OperationLog(contents?.digestOf ?? null),
    contents,
    agreement: new AgreementChecker(faults),
    durability: new DurabilityChecker(faults, rules.quorum),
    replicaLatencies: new ReplicaLatencies(rules.quorum),
    viewChanges: new ViewChangeCount(faults),
  };
  if (run.rules.mac && !CRASH_KINDS.has(faults.kind)) throw new RangeError(`authentication: ${MAC_REFUSAL}`);
  const client = new Client(run);
  const protocol: Protocol<PbftState, PbftMessage> = {
    nodes,
    participants: nodes + 1,
    init: (participant) => {
      if (participant === nodes) return client;
      return faults.kind === 'equivocate' && faults.faulty[participant] === 1
        ? new Equivocator(participant, run)
        : new Replica(participant, run);
    },
    step: (state, input, out) => state.step(input, out),
    done: () => client.latencies_us.length >= cell.decisions,
    standstill: () => run.viewChanges.standstill,
    describe: ({ type, view, sequence, digest }) =>
      `${(TYPE_NAME.get(type) ?? '').padEnd(11)} view ${view}${sequence > 0 ? `  sequence ${sequence}` : ''}${type === TYPE.prePrepare || type === TYPE.prepare || type === TYPE.commit ? `  digest ${digest}` : ''}`,
    nameOf: (participant) => (participant === nodes ? 'client' : `replica ${participant}`),
  };
  return { protocol, run, client };
}

const CRASH_KINDS: ReadonlySet<string> = new Set(['crash', 'silent-leader', 'delay', 'partition']);
const MAC_REFUSAL = 'mac takes the fault kinds crash, silent-leader, delay and partition (MACs prove nothing to third parties)';

function problems({ parameters, fault }: PlannedCell<PbftParameters>): ParameterProblem[] {
  const { authentication, checkpoint_interval, log_window } = parameters;
  const found: ParameterProblem[] = [];
  if (authentication === 'mac' && !CRASH_KINDS.has(fault.kind))
    found.push({ parameter: 'authentication', accepts: `signature beside the fault kind ${fault.kind}: ${MAC_REFUSAL}` });
  // Sequence numbers above the stable checkpoint + log_window are refused (section 4.2), and the next checkpoint is that of the
  // multiple of the interval: below it no request gets there, and the log never moves on. Equal is enough.
  if (log_window < checkpoint_interval) {
    const accepts = `an integer of at least checkpoint_interval (${checkpoint_interval}), like ${2 * checkpoint_interval}: the log moves on at checkpoints alone`;
    found.push({ parameter: 'log_window', accepts });
  }
  return found;
}

function messages(setup: Setup<PbftParameters>): Outcome {
  const { protocol, run, client } = pbftProtocol(setup);
  const result = runMessages(protocol, setup);
  let viewChanges = 0;
  for (const state of result.states)
    if (state instanceof Replica && setup.faults.faulty[state.id] === 0) viewChanges = Math.max(viewChanges, state.installedView);
  const operations = run.log.operations;
  return {
    ...outcome(setup, {
      ...run,
      latencies_us: client.latencies_us,
      replicaLatencies_us: run.replicaLatencies.of(client.decisions),
      elapsed_us: client.accepted_us,
      counts: run.log.counts(result),
      viewChanges,
      events: result.events,
      stopped: result.stopped,
      standstill: result.standstill,
    }),
    ...(operations === undefined ? {} : { operations: foldTail(operations) }),
  };
}

/** What happens after the last acceptance belongs to the last decision. */
function foldTail(operations: readonly (readonly Operation[])[]): (readonly Operation[])[] {
  const out = operations.slice(0, -1);
  const tail = operations[operations.length - 1];
  if (out.length === 0) return [tail];
  out[out.length - 1] = [...out[out.length - 1], ...tail];
  return out;
}

/** Faults whose replicas take no part for as long as they hold. */
const ABSENT_KINDS: ReadonlySet<string> = new Set(['crash', 'silent-leader', 'partition']);

/** Why no quorum of replicas can reach the client and each other any more; '' where one can, or may again. */
function missingQuorum({ faults, nodes, horizon_us }: Setup<PbftParameters>, rules: Rules): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.count === 0 || faults.until_us < Infinity) return '';
  const left = nodes - faults.count;
  // What was sent before the fault may still decide something for a while.
  const over_us = faults.from_us === 0 ? 0 : faults.from_us + rules.timeout_us + rules.clientTimeout_us;
  if (left >= rules.quorum || horizon_us < over_us) return '';
  return `${left} of ${nodes} replicas are left for good, fewer than a quorum of ${rules.quorum}`;
}

function outcome(
  setup: Setup<PbftParameters>,
  found: {
    rules: Rules;
    latencies_us: readonly number[];
    replicaLatencies_us: readonly number[] | undefined;
    elapsed_us: number;
    counts: ReturnType<OperationLog['counts']>;
    viewChanges: number;
    events: number;
    stopped: Stop;
    standstill: string;
    agreement: AgreementChecker;
    durability: DurabilityChecker;
  },
): Outcome {
  const { rules, replicaLatencies_us } = found;
  const reached = found.latencies_us.length;
  const { macs, ...counts } = found.counts;
  return {
    ...endingOf({
      reached,
      asked: setup.cell.decisions,
      stopped: found.stopped,
      standstill: missingQuorum(setup, rules) || found.standstill,
      horizon_us: setup.horizon_us,
      eventBudget: setup.eventBudget ?? EVENT_BUDGET,
    }),
    decisions: reached,
    divisor: reached,
    counts: rules.mac ? { ...counts, macs } : counts,
    latencies_us: found.latencies_us,
    finalities_us: found.latencies_us,
    elapsed_us: found.elapsed_us,
    confirmations: 1,
    adversaryShare: byzantineBound(setup.nodes) / setup.nodes,
    viewChanges: found.viewChanges,
    safety: found.agreement.verdict,
    durability: found.durability.verdict,
    ...(replicaLatencies_us === undefined ? {} : { replicaLatencies_us }),
    events: found.events,
  };
}

/** As long as `horizon_s` may be; times stay exact integers far above it. */
const LONGEST_HORIZON_US = 1e15;

/**
 * A decision is given the client's wait, then ten view changes with their doubling waits (T (1 + 1 + 2 + ... + 512) = 1024 T), and for
 * the way there and each view change nine messages (request, relay, VIEW-CHANGE, NEW-VIEW, fetched batch, the four of the normal
 * case) that take as long as one in 10^9 does, lost tries included. The clock for that starts after the last fault has begun or ended:
 * timers that doubled meanwhile are at most as long as that took, and may have to double twice more; so eight times that comes before.
 */
function horizonOf(setup: Omit<Setup<PbftParameters>, 'horizon_us'>): number {
  const { network, faults, nodes, cell } = setup;
  const rules = rulesOf(setup);
  const link_us = longestLink_us(network) + faults.delay_us;
  const upload_us = (bytes: number, copies: number): number => departOffset_us(upload_ns(network, bytes), Math.max(1, copies) - 1);
  const viewChange_bytes = (2 * rules.quorum + 2) * rules.vote_bytes;
  const round_us =
    9 * link_us +
    4 * upload_us(rules.request_bytes, nodes) +
    upload_us(rules.prePrepare_bytes, nodes) +
    3 * upload_us(rules.vote_bytes, nodes) +
    upload_us(viewChange_bytes, nodes) +
    upload_us(rules.quorum * viewChange_bytes, nodes) +
    Math.ceil((rules.propose_ns + rules.acceptPrePrepare_ns + 3 * rules.quorumEvent_ns(rules.quorum) + rules.enterView_ns) / 1000);
  let waits_us = rules.clientTimeout_us + rules.timeout_us;
  for (let change = 1, wait_us = rules.timeout_us; change <= FUTILE_VIEW_CHANGES; change++, wait_us *= 2) waits_us += wait_us;
  const decision_us = waits_us + (FUTILE_VIEW_CHANGES + 1) * round_us;
  return Math.min(LONGEST_HORIZON_US, 8 * lastChange_us(faults) + (cell.decisions + 1) * decision_us);
}

// ---------------------------------------------------------------------------------------------------------------------
// The common path as waves

/** The waves of a run, and what PBFT counts beside them. */
class WaveRun extends WaveEngine {
  readonly rules: Rules;
  readonly log = new OperationLog(null);
  readonly agreement: AgreementChecker;
  readonly durability: DurabilityChecker;
  view = 0;

  constructor(setup: Setup<PbftParameters>) {
    super(setup);
    this.rules = rulesOf(setup);
    this.agreement = new AgreementChecker(setup.faults);
    this.durability = new DurabilityChecker(setup.faults, this.rules.quorum);
  }

  get primary(): number {
    return this.view % this.rules.nodes;
  }

  /** Authenticators made for `senders` multicasts to `receivers` each. */
  authenticate(senders: number, receivers: number): void {
    if (this.rules.mac) this.log.macs += senders * receivers;
    else this.log.signs += senders;
  }

  /** `replicas` replicas each check `size` messages together. */
  check(replicas: number, size: number): void {
    if (this.rules.mac) {
      this.log.macs += replicas * size;
      return;
    }
    this.log.verifies += replicas * size;
    if (size === 1) this.log.verifies_single += replicas;
    else if (size > 1 && replicas > 0) this.log.countBatch(size, replicas);
  }
}

const ceil_us = (ns: number): number => Math.ceil(ns / 1000);

/**
 * The common path, and one view change after a silent first leader; NeedsMessages for the rest, decided by the cell alone.
 * Sends of one replica enter its uplink in the order of their phases; Uplinks puts decisions that overlap in order.
 */
function waves(setup: Setup<PbftParameters>): Outcome {
  const { cell, faults } = setup;
  if (setup.collect || setup.trace !== undefined) throw new NeedsMessages('measured cells and traces');
  if (faults.kind !== 'crash' && faults.kind !== 'silent-leader') throw new NeedsMessages(`fault kind ${faults.kind}`);
  if (faults.count > 0 && (faults.from_us > 0 || faults.until_us !== Infinity)) throw new NeedsMessages('faults that begin or end');
  const run = new WaveRun(setup);
  const path = new CommonPath(run);
  const latencies_us: number[] = [];
  // With fewer live replicas than a quorum no request is ever prepared and no view change ever completes.
  if (run.live.length >= run.rules.quorum) {
    for (let decision = 1; decision <= cell.decisions; decision++) latencies_us.push(path.decide(decision));
    path.finish();
  }
  return outcome(setup, {
    rules: run.rules,
    agreement: run.agreement,
    durability: run.durability,
    latencies_us,
    replicaLatencies_us: path.replicaLatencies_us,
    elapsed_us: path.now_us,
    counts: run.log.counts(run),
    viewChanges: run.view,
    events: run.events,
    stopped: 'done',
    standstill: '',
  });
}

/** Decision after decision, each submitted when the one before was accepted. */
class CommonPath {
  readonly #run: WaveRun;
  /** When the client may submit the next request. */
  now_us = 0;
  /** Of each decision, from the proposal to the commit of the quorum's last replica. */
  readonly replicaLatencies_us: number[] = [];
  readonly #executed_us: Float64Array;
  /** Replicas' timers for the first decision after a view change; NaN: set by the pre-prepare. */
  readonly #timerStart_us: Float64Array;
  /** When each replica entered the view. */
  readonly #entered_us: Float64Array;
  /** The client has asked all replicas for the decision under way. */
  #retransmitted = false;
  /** Requests that the replicas already have, from the view change: when the new primary can propose. */
  #proposable_us: number | null = null;
  /** The checkpoint that is to be evaluated once the next decision has settled the uplinks. */
  #openCheckpoint: { sequence: number; cast_us: Float64Array; sends: ({ start_us: number } | undefined)[] } | null = null;
  /** When each checkpoint became stable at each replica. */
  readonly #stable_us = new Map<number, Float64Array>();

  constructor(run: WaveRun) {
    this.#run = run;
    const { nodes } = run.rules;
    this.#executed_us = new Float64Array(nodes);
    this.#timerStart_us = new Float64Array(nodes).fill(NaN);
    this.#entered_us = new Float64Array(nodes);
  }

  /** Returns the latency of this decision. */
  decide(sequence: number): number {
    const run = this.#run;
    const { rules, setup, live, uplinks } = run;
    const { nodes, quorum, client } = rules;
    const submitted_us = this.now_us;
    uplinks.nextDecision(4);

    const request = { type: TYPE.request, view: run.view, sequence, sender: client };
    const requestStart_us = uplinks.send(client, submitted_us, run.duration_us(rules.request_bytes, 1)).start_us;
    if (run.isLive[run.primary] === 0) this.#changeView(sequence, submitted_us);
    const requested_us =
      this.#proposable_us ?? run.arrival(request, run.primary, requestStart_us + run.duration_us(rules.request_bytes, 1)).at_us;
    this.#proposable_us = null;
    const { primary, view } = run;
    const isBackup = (replica: number): boolean => replica !== primary;

    // Pre-prepare: one to all.
    const accepted_us = new Float64Array(nodes).fill(NaN);
    accepted_us[primary] = requested_us + ceil_us(rules.propose_ns);
    this.#checkWindow(sequence, primary, accepted_us[primary]);
    run.log.digest_bytes += live.length * rules.batch_bytes;
    run.authenticate(1, nodes - 1);
    const upload_us = run.duration_us(rules.prePrepare_bytes, nodes - 1);
    const proposed_us = uplinks.send(primary, accepted_us[primary], upload_us).start_us;
    const prePrepared_us = run.broadcast({ type: TYPE.prePrepare, view, sequence, sender: primary }, proposed_us, rules.prePrepare_bytes);
    const voteUpload_us = run.duration_us(rules.vote_bytes, nodes - 1);
    const start_us = new Float64Array(nodes).fill(NaN);
    const cast_us = new Float64Array(nodes).fill(NaN);
    for (const replica of live) {
      if (!isBackup(replica)) continue;
      // A pre-prepare that overtakes the NEW-VIEW is kept until the view is entered.
      prePrepared_us[replica] = Math.max(prePrepared_us[replica], this.#entered_us[replica]);
      this.#checkWindow(sequence, replica, prePrepared_us[replica]);
      cast_us[replica] = accepted_us[replica] = prePrepared_us[replica] + ceil_us(rules.acceptPrePrepare_ns);
      start_us[replica] = uplinks.send(replica, cast_us[replica], voteUpload_us).start_us;
    }
    run.check(live.length - 1, 1);
    run.authenticate(live.length - 1, nodes - 1);

    // Prepare: backups to all; the primary's pre-prepare is its vote.
    const prepare = { cast_us, start_us, own: true, need: quorum - 1, bytes: rules.vote_bytes, counted: true };
    const preparedVotes_us = run.phase({ type: TYPE.prepare, view, sequence }, prepare);
    run.log.votes += (live.length - 1) * (live.length - 1);
    run.check(live.length - 1, quorum - 2);
    run.check(1, quorum - 1);
    const prepared_us = new Float64Array(nodes).fill(NaN);
    const commitStart_us = new Float64Array(nodes).fill(NaN);
    for (const replica of live) {
      const verified = isBackup(replica) ? quorum - 2 : quorum - 1;
      prepared_us[replica] = Math.max(preparedVotes_us[replica], accepted_us[replica]) + ceil_us(rules.quorumEvent_ns(verified));
      commitStart_us[replica] = uplinks.send(replica, prepared_us[replica], voteUpload_us).start_us;
    }
    run.authenticate(live.length, nodes - 1);

    // Commit: all to all.
    const commit = { cast_us: prepared_us, start_us: commitStart_us, own: true, need: quorum, bytes: rules.vote_bytes, counted: true };
    const committedVotes_us = run.phase({ type: TYPE.commit, view, sequence }, commit);
    run.log.votes += live.length * (live.length - 1);
    run.check(live.length, quorum - 1);

    // Execution and replies; the client accepts the (f + 1)-th.
    const replies_us = new Float64Array(live.length);
    const commits_us = new Float64Array(live.length);
    const isCheckpoint = sequence % rules.checkpointInterval === 0;
    const checkpointCast_us = new Float64Array(nodes).fill(NaN);
    const checkpointSends: ({ start_us: number } | undefined)[] = [];
    const replyUpload_us = run.duration_us(rules.reply_bytes, 1);
    const reply = run.unicasts({ type: TYPE.reply, view, sequence }, client);
    const executing_us = ceil_us(rules.quorumEvent_ns(quorum - 1));
    let replies = 0;
    for (const replica of live) {
      const committed_us = Math.max(committedVotes_us[replica], prepared_us[replica]) + executing_us;
      commits_us[replies] = committed_us;
      const before_us = this.#executed_us[replica];
      const executed_us = Math.max(committed_us, before_us);
      if (isBackup(replica)) this.#checkTimer(replica, { prePrepared_us: prePrepared_us[replica], before_us, executed_us });
      this.#executed_us[replica] = executed_us;
      const sent_us = uplinks.send(replica, executed_us, replyUpload_us, true).start_us + replyUpload_us;
      replies_us[replies++] = reply(replica, sent_us);
      if (isCheckpoint) {
        checkpointCast_us[replica] = executed_us;
        checkpointSends[replica] = uplinks.send(replica, executed_us, voteUpload_us, true);
      }
    }
    run.authenticate(live.length, 1);
    replies_us.sort();
    this.now_us = replies_us[rules.replies - 1]!;
    commits_us.sort();
    this.replicaLatencies_us.push(commits_us[quorum - 1] - accepted_us[primary]);
    let holders = 0;
    for (const replica of live) if (prepared_us[replica] <= this.now_us) holders += 1;
    run.durability.reportedWith(sequence, holders);
    this.#checkClient(submitted_us);
    if (this.now_us > setup.horizon_us) throw new NeedsMessages('the horizon comes before the last decision');
    this.#settleCheckpoint();
    if (isCheckpoint) this.#openCheckpoint = { sequence, cast_us: checkpointCast_us, sends: checkpointSends };
    return this.now_us - submitted_us;
  }

  finish(): void {
    this.#settleCheckpoint();
  }

  /** The timer of a backup runs from the pre-prepare, or from the execution before where that came later. */
  #checkTimer(replica: number, times: { prePrepared_us: number; before_us: number; executed_us: number }): void {
    const afterViewChange_us = this.#timerStart_us[replica];
    this.#timerStart_us[replica] = NaN;
    const start_us = Number.isNaN(afterViewChange_us) ? Math.max(times.prePrepared_us, times.before_us) : afterViewChange_us;
    if (times.executed_us > start_us + this.#run.rules.timeout_us) throw new NeedsMessages('a timer of a correct replica expires');
  }

  #checkClient(submitted_us: number): void {
    const { clientTimeout_us } = this.#run.rules;
    const allowed_us = this.#retransmitted ? 3 * clientTimeout_us : clientTimeout_us;
    this.#retransmitted = false;
    if (this.now_us > submitted_us + allowed_us) throw new NeedsMessages('the timer of the client expires');
  }
  /** Sequence numbers above h + k wait for the next stable checkpoint. */
  #checkWindow(sequence: number, replica: number, at_us: number): void {
    const { checkpointInterval, window } = this.#run.rules;
    const needed = Math.ceil(Math.max(0, sequence - window) / checkpointInterval) * checkpointInterval;
    if (needed === 0) return;
    const stable_us = this.#stable_us.get(needed);
    if (stable_us === undefined || !(stable_us[replica] < at_us)) throw new NeedsMessages('the log window is full');
  }

  /** A checkpoint is stable at a replica when it has executed it and has a quorum of matching messages, own included. */
  #settleCheckpoint(): void {
    const open = this.#openCheckpoint;
    if (open === null) return;
    this.#openCheckpoint = null;
    const run = this.#run;
    const { rules, live } = run;
    const start_us = new Float64Array(rules.nodes).fill(NaN);
    for (const replica of live) start_us[replica] = open.sends[replica]!.start_us;
    const name = { type: TYPE.checkpoint, view: 0, sequence: open.sequence };
    const common = { cast_us: open.cast_us, start_us, own: false, bytes: rules.vote_bytes };
    const others_us = run.phase(name, { ...common, need: rules.quorum - 1, counted: true });
    // A quorum of others starts a laggard's catch-up timer.
    const lag_us = live.length > rules.quorum ? run.phase(name, { ...common, need: rules.quorum, counted: false }) : null;
    const stable_us = new Float64Array(rules.nodes);
    for (const replica of live) {
      stable_us[replica] = Math.max(others_us[replica], open.cast_us[replica]);
      if (lag_us !== null && open.cast_us[replica] > lag_us[replica] + rules.catchUp_us)
        throw new NeedsMessages('a replica lags behind a checkpoint');
    }
    this.#stable_us.set(open.sequence, stable_us);
    run.log.digest_bytes += live.length * CHECKPOINT_STATE_BYTES;
    run.authenticate(live.length, rules.nodes - 1);
    run.check(live.length, rules.quorum - 1);
    run.log.votes += live.length * (live.length - 1);
  }

  /** A silent first leader: the client asks all, backups relay, wait, and change to view 1 (sections 4.4 and 4.5.2). */
  #changeView(sequence: number, submitted_us: number): void {
    const run = this.#run;
    const { rules, live, uplinks, setup } = run;
    const { nodes, quorum, client } = rules;
    const primary = 1;
    if (sequence !== 1 || run.isLive[primary] === 0) throw new NeedsMessages('more than one silent leader');
    const retransmitted_us = submitted_us + rules.clientTimeout_us;
    this.#retransmitted = true;
    const requestUpload_us = run.duration_us(rules.request_bytes, 1);
    const asked_us = uplinks.send(client, retransmitted_us, run.duration_us(rules.request_bytes, nodes)).start_us;
    const requested_us = run.broadcast({ type: TYPE.request, view: 0, sequence, sender: client }, asked_us, rules.request_bytes);
    let relayTries = 0;
    for (const replica of live) {
      const relayed_us = uplinks.send(replica, requested_us[replica], requestUpload_us).start_us;
      relayTries += run.arrival({ type: TYPE.request, view: 0, sequence, sender: replica }, 0, relayed_us).tries;
    }
    run.count(relayTries, rules.request_bytes);

    // A replica asks for view 1 when its timer expires or when f + 1 others have: the greatest fixed point from above is the
    // causal one, since every message takes time.
    const name = { type: TYPE.viewChange, view: 1, sequence: 0 };
    const viewChange_bytes = new ViewChange({
      view: 1,
      signer: 0,
      stable: 0,
      checkpointProof: [],
      prepared: [],
      authenticator_bytes: rules.authenticator_bytes,
    }).bytes;
    const expiry_us = new Float64Array(nodes).fill(NaN);
    for (const replica of live) expiry_us[replica] = requested_us[replica] + rules.timeout_us;
    const asks_us = expiry_us.slice();
    const start_us = new Float64Array(nodes).fill(NaN);
    const relayEnd_us = (replica: number): number => requested_us[replica] + requestUpload_us;
    const wave = { cast_us: asks_us, start_us, own: false, need: rules.bound + 1, bytes: viewChange_bytes };
    for (let changed = true; changed;) {
      changed = false;
      for (const replica of live) start_us[replica] = this.#unlimited ? asks_us[replica] : Math.max(asks_us[replica], relayEnd_us(replica));
      const joined_us = live.length > rules.bound + 1 ? run.phase(name, { ...wave, counted: false }) : null;
      for (const replica of live) {
        const earlier_us = Math.min(expiry_us[replica], joined_us?.[replica] ?? Infinity);
        if (earlier_us !== asks_us[replica]) {
          asks_us[replica] = earlier_us;
          changed = true;
        }
      }
    }
    const viewChangeUpload_us = run.duration_us(viewChange_bytes, nodes - 1);
    for (const replica of live) start_us[replica] = uplinks.send(replica, asks_us[replica], viewChangeUpload_us).start_us;
    // The (q-1)-th from others completes the quorum: one's own is always earlier.
    const quorum_us = run.phase(name, { ...wave, need: quorum - 1, counted: true });
    run.log.signs += live.length;
    run.log.votes += live.length * (live.length - 1);

    const complete_us = Math.max(quorum_us[primary], asks_us[primary]);
    const entered_us = complete_us + ceil_us(rules.quorumEvent_ns(quorum - 1));
    const newView_bytes = HEADER_BYTES + SIGNATURE_BYTES + quorum * viewChange_bytes;
    run.log.signs += 1;
    const newViewStart_us = uplinks.send(primary, entered_us, run.duration_us(newView_bytes, nodes - 1)).start_us;
    const arrived_us = run.broadcast({ type: TYPE.newView, view: 1, sequence: 0, sender: primary }, newViewStart_us, newView_bytes);
    this.#entered_us[primary] = entered_us;
    this.#proposable_us = entered_us;
    run.view = 1;

    // Who verified how many: VIEW-CHANGEs one by one until the quorum is complete or the view is entered.
    const verified = new Float64Array(nodes);
    verified[primary] = quorum - 1;
    for (const replica of live) {
      if (replica === primary) continue;
      this.#entered_us[replica] = arrived_us[replica] + ceil_us(rules.enterView_ns);
      if (asks_us[replica] > arrived_us[replica]) throw new NeedsMessages('a NEW-VIEW overtakes the VIEW-CHANGEs');
      const inTime = quorum_us[replica] <= this.#entered_us[replica];
      verified[replica] = inTime ? quorum - 1 : this.#arrivalsUntil(name, replica, start_us, viewChange_bytes, this.#entered_us[replica]);
      this.#timerStart_us[replica] = inTime ? quorum_us[replica] : this.#entered_us[replica];
    }
    for (const replica of live) {
      run.log.verifies += verified[replica];
      run.log.verifies_single += verified[replica];
    }
    // Each backup checks the NEW-VIEW and the VIEW-CHANGEs in it but its own: all but the primary's belong to backups.
    const backups = live.length - 1;
    run.log.verifies += backups;
    run.log.verifies_single += backups;
    const inV = this.#membersOfV(name, primary, start_us, viewChange_bytes);
    for (const replica of live) {
      if (replica === primary) continue;
      const size = inV.has(replica) ? quorum - 1 : quorum;
      run.log.verifies += size;
      if (size === 1) run.log.verifies_single += 1;
      else run.log.countBatch(size, 1);
    }
    if (entered_us > setup.horizon_us) throw new NeedsMessages('the horizon comes before the new view');
  }

  get #unlimited(): boolean {
    return this.#run.setup.network.bandwidth_bps === 0;
  }

  /** Arrivals of a wave at one receiver, message by message: (time, sender) ascending. */
  #arrivalsAt(
    name: Omit<SendName, 'sender'>,
    receiver: number,
    start_us: Float64Array,
    bytes: number,
  ): { at_us: number; sender: number }[] {
    const run = this.#run;
    const each_ns = upload_ns(run.setup.network, bytes);
    const out: { at_us: number; sender: number }[] = [];
    for (const sender of run.live) {
      if (sender === receiver) continue;
      const depart_us = start_us[sender] + departOffset_us(each_ns, receiver - (receiver > sender ? 1 : 0));
      out.push({ at_us: run.arrival({ ...name, sender }, receiver, depart_us).at_us, sender });
    }
    return out.sort((x, y) => x.at_us - y.at_us || x.sender - y.sender);
  }

  #arrivalsUntil(name: Omit<SendName, 'sender'>, receiver: number, start_us: Float64Array, bytes: number, until_us: number): number {
    return this.#arrivalsAt(name, receiver, start_us, bytes).filter(({ at_us }) => at_us <= until_us).length;
  }

  /** The senders of the first q VIEW-CHANGEs at the new primary, its own among them. */
  #membersOfV(name: Omit<SendName, 'sender'>, primary: number, start_us: Float64Array, bytes: number): Set<number> {
    const { quorum } = this.#run.rules;
    const arrivals = this.#arrivalsAt(name, primary, start_us, bytes);
    return new Set([primary, ...arrivals.slice(0, quorum - 1).map(({ sender }) => sender)]);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const pbft: Workload<PbftParameters> = {
  id: 'pbft',
  revision: 1,
  title: 'Practical Byzantine fault tolerance',
  family: 'voting',
  reference: {
    authors: 'M. Castro, B. Liskov',
    title: 'Practical Byzantine Fault Tolerance',
    venue: 'OSDI',
    year: 1999,
    section: 'sections 4 and 5',
  },
  parameters,
  problems,
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'partition'],
  nodes: { min: 1, max: 20_000 },
  bound: { claim: 'safe and live with at most f = floor((n - 1) / 3) faulty replicas', faults: byzantineBound },
  exactKinds: [],
  // A PRE-PREPARE, two votes of each replica to each other, three pieces of work and a reply of each, and the checkpoints' votes.
  expectedEvents: ({ nodes, decisions, parameters: { checkpoint_interval } }) =>
    decisions * (2 * nodes * nodes + 2 * nodes + (nodes * nodes) / checkpoint_interval),
  engines: { waves, messages },
  commitQuorum: (nodes) => byzantineQuorum(nodes),
  horizon_us: horizonOf,
  horizon:
    "for each decision and one more: the client's wait, ten view changes with their doubling waits (1024 T), and for the way there and each change nine messages as slow as one in 10^9 is, lost tries included; and before that eight times the end of the last fault",
};
export default pbft;
