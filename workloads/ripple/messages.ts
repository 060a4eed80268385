// What validators send. Encodings beside the header and signature of ../parts/messages.ts (49 + 64 bytes):
// - PROPOSAL: the digest is that of the transaction set, the view counts the proposer's positions from 0 (LEAVES: it takes part no more); then
//   the ledger that it builds on 32 bytes | close time u32, seconds.
// - VALIDATION: the digest is the ledger's; then when it was signed u32, seconds | full u8.
// - FETCH SET and FETCH LEDGER: the digest is what is asked for; then what the asker has, 32 bytes. Not signed, like what answers them: hashes
//   prove it. A SET has the transactions by which it differs from the asker's set, and the hash of each that it lacks; LEDGERS are headers of
//   118 bytes with their transactions, those after the last one that the asker has.
import { concat } from '../../harness/simulate/core/bytes.ts';
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import {
  HEADER_BYTES,
  NO_DIGEST,
  SIGNATURE_BYTES,
  SignedMessage,
  encodeHeader,
  type DigestKind,
  type MessageFields,
} from '../parts/messages.ts';

/** Message types: parts of draw keys. */
export const TYPE = { request: 1, proposal: 2, validation: 3, reply: 4, fetchSet: 5, set: 6, fetchLedger: 7, ledgers: 8 } as const;
export const TYPE_NAME: ReadonlyMap<number, string> = new Map([
  [TYPE.request, 'REQUEST'],
  [TYPE.proposal, 'PROPOSAL'],
  [TYPE.validation, 'VALIDATION'],
  [TYPE.reply, 'REPLY'],
  [TYPE.fetchSet, 'FETCH SET'],
  [TYPE.set, 'SET'],
  [TYPE.fetchLedger, 'FETCH LEDGER'],
  [TYPE.ledgers, 'LEDGERS'],
]);

export const LEDGER_HEADER_BYTES = 118;
export const PROPOSAL_BYTES = HEADER_BYTES + SIGNATURE_BYTES + 32 + 4;
export const VALIDATION_BYTES = HEADER_BYTES + SIGNATURE_BYTES + 4 + 1;
export const FETCH_BYTES = HEADER_BYTES + 32;

/** The view of a proposal by which its proposer leaves the round. */
export const LEAVES = 0x3fffffff;

/** A position. `sequence`: that of the ledger that it is for. */
export class Proposal extends SignedMessage {
  readonly previous: number;
  readonly close_s: number;
  constructor(fields: Omit<MessageFields, 'type' | 'bytes'> & { readonly previous: number; readonly close_s: number }) {
    super({ ...fields, type: TYPE.proposal, bytes: PROPOSAL_BYTES });
    this.previous = fields.previous;
    this.close_s = fields.close_s;
  }
  override encode(digest: DigestOf): Uint8Array {
    const more = new Uint8Array(4);
    new DataView(more.buffer).setUint32(0, this.close_s);
    return concat([
      encodeHeader(this, this.names === null ? NO_DIGEST : digest('batch', this.digest)),
      digest('state', this.previous),
      more,
    ]);
  }
}

/** A ledger that its signer has built, or that it follows (`full: false`: it took no part in the consensus on it). */
export class Validation extends SignedMessage {
  readonly signed_s: number;
  readonly full: boolean;
  constructor(fields: Omit<MessageFields, 'type' | 'bytes' | 'view'> & { readonly signed_s: number; readonly full: boolean }) {
    super({ ...fields, view: 0, type: TYPE.validation, bytes: VALIDATION_BYTES });
    this.signed_s = fields.signed_s;
    this.full = fields.full;
  }
  override get names(): DigestKind {
    return 'state';
  }
  override encode(digest: DigestOf): Uint8Array {
    const more = new Uint8Array(5);
    new DataView(more.buffer).setUint32(0, this.signed_s);
    more[4] = this.full ? 1 : 0;
    return concat([encodeHeader(this, digest('state', this.digest)), more]);
  }
}

/** Asks for a set or a ledger. `has`: the asker's own position, or its last fully validated ledger. */
export class Fetch extends SignedMessage {
  readonly has: number;
  constructor(fields: Omit<MessageFields, 'bytes' | 'view'> & { readonly has: number }) {
    super({ ...fields, view: 0, bytes: FETCH_BYTES });
    this.has = fields.has;
  }
}

export type RippleMessage = SignedMessage & Partial<Omit<Proposal & Validation & Fetch, keyof SignedMessage>>;
