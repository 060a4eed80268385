// What replicas say to each other.
//
// `view` is the view and `sequence` the height of the block. After the header stands `parent` as i32: the view of the block's parent (-1: the
// genesis block), so that what a vote is signed for is one block. Of NEW-VIEW it is the view of its certificate, and the digest is empty. NEW-VIEW
// and proposals have a certificate after that, and are signed (Ed25519) by who says it; PRE-COMMIT, COMMIT and DECIDE have one and no signature of
// their own: it says all. A proposal whose certificate is not of the view before has the NEW-VIEWs of a quorum, too, which say that the
// views between are over: of each its signer and signature. The genesis block's certificate is as large as others, of zeros.
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import { HEADER_BYTES, SIGNATURE_BYTES, SignedMessage, type MessageFields } from '../parts/messages.ts';
import type { Block, Certificate } from './blocks.ts';

/** Chained: `prepare` is GENERIC, and of the votes there are those of `prepareVote` alone. */
export const TYPE = {
  request: 1,
  newView: 2,
  prepare: 3,
  prepareVote: 4,
  preCommit: 5,
  preCommitVote: 6,
  commit: 7,
  commitVote: 8,
  decide: 9,
  reply: 10,
  fetch: 11,
  decision: 12,
  ask: 13,
  block: 14,
} as const;

const PARENT_BYTES = 4;
/** Without a signature. */
export const PLAIN_BYTES = HEADER_BYTES + PARENT_BYTES;
export const SIGNED_BYTES = PLAIN_BYTES + SIGNATURE_BYTES;

/** What all of them have. */
export class Statement extends SignedMessage {
  /** The view of the block's parent. */
  readonly parent: number;
  constructor(fields: MessageFields & { readonly parent: number }) {
    super(fields);
    this.parent = fields.parent;
  }
  override encode(digest: DigestOf): Uint8Array {
    const header = super.encode(digest);
    const out = new Uint8Array(PLAIN_BYTES);
    out.set(header);
    new DataView(out.buffer).setInt32(HEADER_BYTES, this.parent);
    return out;
  }
}

type Fields = MessageFields & { readonly parent: number };

// Votes and NEW-VIEWs are most of what is said. Their fields go on in one order: what a constructor reads of objects of many shapes costs it several times as much.

export class Vote extends Statement {
  /** What it names by view, height, digest and parent; of a liar something else. */
  readonly block: Block;
  constructor(fields: Fields & { readonly block: Block }) {
    const { type, view, sequence, signer, digest, bytes, valid = true, parent } = fields;
    super({ type, view, sequence, signer, digest, bytes, valid, parent });
    this.block = fields.block;
  }
  /** It is for this block. */
  isFor(block: Block): boolean {
    return this.block === block && this.view === block.view && this.sequence === block.height && this.digest === block.digest;
  }
}

export class NewView extends Statement {
  /** Of the highest view that its signer knows. */
  readonly justify: Certificate;
  constructor(fields: Fields & { readonly justify: Certificate }) {
    const { type, view, sequence, signer, digest, bytes, valid = true, parent } = fields;
    super({ type, view, sequence, signer, digest, bytes, valid, parent });
    this.justify = fields.justify;
  }
}

/** PREPARE or GENERIC. */
export class Proposal extends Statement {
  readonly block: Block;
  /** Of the block's parent. */
  readonly justify: Certificate;
  /** NEW-VIEWs of a quorum for its view, where `justify` is not of the view before; else none. */
  readonly proof: readonly NewView[];
  constructor(fields: Fields & Pick<Proposal, 'block' | 'justify' | 'proof'>) {
    super(fields);
    this.block = fields.block;
    this.justify = fields.justify;
    this.proof = fields.proof;
  }
}

/** PRE-COMMIT, COMMIT or DECIDE: a certificate of the phase before. */
export class Proven extends Statement {
  readonly certificate: Certificate;
  constructor(fields: Fields & { readonly certificate: Certificate }) {
    super(fields);
    this.certificate = fields.certificate;
  }
}

/** A block that was asked for. */
export class BlockMessage extends Statement {
  readonly block: Block;
  constructor(fields: Fields & { readonly block: Block }) {
    super(fields);
    this.block = fields.block;
  }
}

/** What a message about a block says of it. */
export function aboutBlock(block: Block): { view: number; sequence: number; digest: number; parent: number } {
  return { view: block.view, sequence: block.height, digest: block.digest, parent: block.parent!.view };
}
