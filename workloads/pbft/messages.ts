// PBFT: M. Castro, B. Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, sections 4 and 5.
//
// Headers, requests and replies are encoded as parts/messages.ts says. A REQUEST rides in the PRE-PREPARE. The digest of a CHECKPOINT is that of
// the state; a VIEW-CHANGE names its stable checkpoint: sequence number and digest.
// A STATE adds what a checkpoint's digest is taken of (service state 32 bytes | last timestamp u64 | its result 32 bytes) and the
// CHECKPOINTs that prove the digest; a BATCH adds the REQUEST. What goes to one receiver carries one MAC.
// A VIEW-CHANGE adds the stable checkpoint's certificate and, for each prepared request, its PRE-PREPARE without the
// request and the PREPAREs that prove it (with MACs what claims.ts has instead); a NEW-VIEW adds the VIEW-CHANGEs and the PRE-PREPAREs of O.
// A STATUS-ACTIVE has the last executed sequence number in its header and adds the low watermark h u64 | flags u8 | count u32 | two bits
// for each of the `count` sequence numbers above the last executed (0 nothing, 1 PRE-PREPARE, 2 prepared, 3 committed), filled up to
// whole bytes. A STATUS-PENDING adds h u64 | flags u8 | a bit for each replica whose VIEW-CHANGE for the view its sender has, filled up
// to whole bytes. Flag 1: it answers a status.
import { concat } from '../../harness/simulate/core/bytes.ts';
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import { claims_bytes, encodeClaims, type Claims } from './claims.ts';
import {
  HEADER_BYTES,
  NO_DIGEST,
  NULL_DIGEST,
  SIGNATURE_BYTES,
  SignedMessage,
  encodeHeader,
  nextState,
  type DigestKind,
} from '../parts/messages.ts';

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
  statusActive: 13,
  statusPending: 14,
} as const;
export const TYPE_NAME = new Map<number, string>(
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
    statusActive: 'STATUS-ACTIVE',
    statusPending: 'STATUS-PENDING',
  } satisfies Record<keyof typeof TYPE, string>).map(([key, name]) => [TYPE[key as keyof typeof TYPE], name]),
);

/** What a checkpoint's digest is taken of: service state, last timestamp, result. */
export const CHECKPOINT_STATE_BYTES = 32 + 8 + 32;

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
export function checkpointBytes({ service, lastTimestamp, lastResult }: CheckpointState): Uint8Array {
  const out = new Uint8Array(CHECKPOINT_STATE_BYTES);
  const data = new DataView(out.buffer);
  data.setInt32(28, service);
  data.setBigUint64(32, BigInt(lastTimestamp));
  data.setInt32(68, lastResult);
  return out;
}

// ---------------------------------------------------------------------------------------------------------------------
// Messages

export class PbftMessage extends SignedMessage {
  override get names(): DigestKind {
    return NAMES.get(this.type) ?? null;
  }
}

/** What the digest of a message is taken of; of the types that are not here it names nothing. */
const NAMES = new Map<number, DigestKind>([
  [TYPE.prePrepare, 'batch'],
  [TYPE.prepare, 'batch'],
  [TYPE.commit, 'batch'],
  [TYPE.fetchBatch, 'batch'],
  [TYPE.batch, 'batch'],
  [TYPE.checkpoint, 'state'],
  [TYPE.state, 'state'],
]);
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
  /** Where messages carry MACs, instead of both: claims.ts. */
  readonly claims: Claims | null;

  constructor(fields: {
    view: number;
    signer: number;
    stable: number;
    checkpointProof: readonly PbftMessage[];
    prepared: readonly Certificate[];
    claims?: Claims | null;
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
      bytes:
        HEADER_BYTES +
        SIGNATURE_BYTES +
        each * (fields.checkpointProof.length + certificates) +
        (fields.claims == null ? 0 : claims_bytes(fields.claims)),
      ...(fields.valid === undefined ? {} : { valid: fields.valid }),
    });
    this.stable = fields.stable;
    this.checkpointProof = fields.checkpointProof;
    this.prepared = fields.prepared;
    this.claims = fields.claims ?? null;
  }

  override encode(digestOf: DigestOf): Uint8Array {
    const [proof] = this.checkpointProof;
    const checkpoint = proof === undefined ? NO_DIGEST : digestOf('state', proof.digest);
    const parts = [encodeHeader({ ...this, sequence: this.stable }, checkpoint)];
    for (const message of this.checkpointProof) parts.push(message.encode(digestOf));
    for (const { prePrepare, prepares } of this.prepared)
      for (const message of [prePrepare, ...prepares]) parts.push(message.encode(digestOf));
    if (this.claims !== null) parts.push(encodeClaims(this.claims, digestOf));
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

/** What a replica has of a sequence number in its view. */
export const HAS = { nothing: 0, prePrepare: 1, prepared: 2, committed: 3 } as const;

/**
 * What a replica has, so that others send what it lacks (M. Castro, "Practical Byzantine Fault Tolerance", MIT thesis, 2001, section
 * 5.2): STATUS-ACTIVE of one that is in its view, STATUS-PENDING of one that waits for a NEW-VIEW. `sequence` is the last executed.
 */
export class Status extends PbftMessage {
  /** h. */
  readonly stable: number;
  /** It answers a status, and is not answered by one. */
  readonly isAnswer: boolean;
  /** Active: of each sequence number above the last executed one of HAS. Pending: of each replica 1 where its VIEW-CHANGE is there. */
  readonly has: Uint8Array;

  constructor(fields: {
    active: boolean;
    view: number;
    lastExecuted: number;
    stable: number;
    signer: number;
    isAnswer: boolean;
    has: Uint8Array;
    /** Header and authenticator. */
    frame_bytes: number;
    valid?: boolean;
  }) {
    const { active, has } = fields;
    super({
      type: active ? TYPE.statusActive : TYPE.statusPending,
      view: fields.view,
      sequence: fields.lastExecuted,
      signer: fields.signer,
      digest: NULL_DIGEST,
      bytes: fields.frame_bytes + 9 + (active ? 4 + Math.ceil(has.length / 4) : Math.ceil(has.length / 8)),
      valid: fields.valid ?? true,
    });
    this.stable = fields.stable;
    this.isAnswer = fields.isAnswer;
    this.has = has;
  }

  get isActive(): boolean {
    return this.type === TYPE.statusActive;
  }

  override encode(digestOf: DigestOf): Uint8Array {
    const { isActive, has } = this;
    const each = isActive ? 4 : 8;
    const start = isActive ? 13 : 9;
    const body = new Uint8Array(start + Math.ceil(has.length / each));
    const data = new DataView(body.buffer);
    data.setBigUint64(0, BigInt(this.stable));
    data.setUint8(8, this.isAnswer ? 1 : 0);
    if (isActive) data.setUint32(9, has.length);
    has.forEach((value, i) => (body[start + Math.floor(i / each)] |= value << ((i % each) * (8 / each))));
    return concat([super.encode(digestOf), body]);
  }
}
