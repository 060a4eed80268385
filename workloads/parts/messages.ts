// What voting mechanisms send: one encoding of headers, signatures, requests and replies.
//
// Encoding (all integers big-endian): type u8 | view u32 | sequence u64 | digest 32 bytes | signer u32 = 49 bytes, then the authenticator:
// an Ed25519 signature of 64 bytes, a share of an aggregate signature of 48, or one 10-byte MAC a receiver (OSDI '99, section 5.2). The digest is SHA-256 of the batch; where a message
// names nothing it is 32 zero bytes, and a reply has its result there. A request is type u8 | client u32 | timestamp u64 | the batch of
// transactions. What a mechanism adds stands after the header, and is said in its own file.
import { SIGNATURE_BYTES } from '../../harness/model/transactions.ts';
import { concat } from '../../harness/simulate/core/bytes.ts';
import type { DigestOf, Share } from '../../harness/simulate/core/operations.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';
import type { Reply as ClientReply, Request as ClientRequest } from '../../harness/simulate/messages/voting/mechanism.ts';

export { SIGNATURE_BYTES };
export const HEADER_BYTES = 49;
const SIGNER_BYTES = 4;
export const MAC_BYTES = 10;
export const REQUEST_HEADER_BYTES = 13;
export const DIGEST_BYTES = 32;

/**
 * Digests are small integers: 0 is the null request, 2k batch k in the clients' order, 2k+1 the same transactions in another order
 * (what an equivocating leader proposes beside it). A batch's number is its timestamp.
 */
export const NULL_DIGEST = 0;
export const digestOf = (timestamp: number): number => 2 * timestamp;
export const timestampOf = (digest: number): number => digest >> 1;
export const otherDigest = (digest: number): number => digest ^ 1;
/** The service's state as a digest of what was executed. */
export const nextState = (state: number, digest: number): number => (Math.imul(state, 31) + digest) | 0;

/** What a digest in a message is taken of; null: the message names nothing. */
export type DigestKind = 'batch' | 'state' | 'result' | null;

export interface MessageFields {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly signer: number;
  readonly digest: number;
  readonly bytes: number;
  /** False: its signature is bad (default true). */
  readonly valid?: boolean;
}

export class SignedMessage implements Message, Share {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly signer: number;
  readonly digest: number;
  readonly bytes: number;
  readonly valid: boolean;

  constructor(fields: MessageFields) {
    this.type = fields.type;
    this.view = fields.view;
    this.sequence = fields.sequence;
    this.signer = fields.signer;
    this.digest = fields.digest;
    this.bytes = fields.bytes;
    this.valid = fields.valid ?? true;
  }

  /** What `digest` is taken of. */
  get names(): DigestKind {
    return this.digest === NULL_DIGEST ? null : 'batch';
  }

  /** The bytes that are signed. */
  encode(digest: DigestOf): Uint8Array {
    const { names } = this;
    return encodeHeader(this, names === null ? NO_DIGEST : digest(names, this.digest));
  }

  /** The same without the signer: what a share of an aggregate signature is of. */
  statement(digest: DigestOf): Uint8Array {
    const bytes = this.encode(digest);
    return concat([bytes.subarray(0, HEADER_BYTES - SIGNER_BYTES), bytes.subarray(HEADER_BYTES)]);
  }
}

export const NO_DIGEST = new Uint8Array(DIGEST_BYTES);

export function encodeHeader(fields: { type: number; view: number; sequence: number; signer: number }, digest: Uint8Array): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES);
  const data = new DataView(out.buffer);
  data.setUint8(0, fields.type);
  data.setUint32(1, fields.view);
  data.setBigUint64(5, BigInt(fields.sequence));
  out.set(digest, 13);
  data.setUint32(45, fields.signer);
  return out;
}

/** A client's request: items that it wants agreed on. */
export class Request extends SignedMessage implements ClientRequest {
  readonly items: readonly number[];

  constructor(fields: { type: number; view: number; sequence: number; signer: number; items: readonly number[]; bytes: number }) {
    super({
      type: fields.type,
      view: fields.view,
      sequence: fields.sequence,
      signer: fields.signer,
      digest: digestOf(fields.sequence),
      bytes: fields.bytes,
    });
    this.items = fields.items;
  }
  override get names(): DigestKind {
    return null;
  }
}

/** How clients ask, by the type of their requests (ClientRules). */
export function requestsOf(type: number): {
  requestBytes(transactions_bytes: number): number;
  request(fields: Omit<ConstructorParameters<typeof Request>[0], 'type'>): Request;
} {
  return {
    requestBytes: (transactions_bytes) => REQUEST_HEADER_BYTES + transactions_bytes,
    request: ({ view, sequence, signer, items, bytes }) => new Request({ type, view, sequence, signer, items, bytes }),
  };
}

/** What a node tells the client. */
export class Reply extends SignedMessage implements ClientReply {
  readonly result: number;
  /** The digest of the batch whose result it is: for the checkers, in no encoding. */
  readonly decided: number;
  /** Whom the client asks from now on, where leaders are elected: the signer, or whom that follows. */
  readonly leader?: number;
  /** What it tells is not final yet: the highest bit of the encoded view. */
  readonly tentative: boolean;

  constructor(fields: {
    type: number;
    view: number;
    timestamp: number;
    signer: number;
    result: number;
    bytes: number;
    decided: number;
    valid?: boolean;
    leader?: number;
    tentative?: boolean;
  }) {
    // Field by field: spreading them took a quarter of a run at n = 4.
    super({
      type: fields.type,
      view: fields.view,
      sequence: fields.timestamp,
      signer: fields.signer,
      digest: fields.result,
      bytes: fields.bytes,
      valid: fields.valid ?? true,
    });
    this.result = fields.result;
    this.decided = fields.decided;
    if (fields.leader !== undefined) this.leader = fields.leader;
    this.tentative = fields.tentative ?? false;
  }
  override get names(): DigestKind {
    return 'result';
  }
  override encode(digest: DigestOf): Uint8Array {
    const { type, view, sequence, signer, tentative } = this;
    return encodeHeader({ type, view: tentative ? view + 0x80000000 : view, sequence, signer }, digest('result', this.digest));
  }
}
