// What validators say to each other.
//
// `sequence` is the height and `view` height - 1 + round, so that a round is known from both. Digests are of batches, 32 zero bytes for nil.
// A PROPOSAL has after the header its validRound as i32 (-1: none) and the request; PREVOTE and PRECOMMIT are headers. DECISION has the
// request and the precommits that decided it, each a signer and a signature, or all one aggregate signature with a bit for each validator.
// A POLKA (CometBFT's name for the PREVOTEs of a quorum) has such an aggregate of the PREVOTEs for what its header names.
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import { altered } from '../../harness/simulate/messages/byzantine.ts';
import { HEADER_BYTES, NULL_DIGEST, SIGNATURE_BYTES, SignedMessage, type MessageFields } from '../parts/messages.ts';

export const TYPE = { request: 1, proposal: 2, prevote: 3, precommit: 4, reply: 5, fetch: 6, decision: 7, polka: 8 } as const;
export const TYPE_NAME: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, type]) => [type, name === 'request' || name === 'reply' ? name : name.toUpperCase()]),
);

/** What a vote for no value names. */
export const NIL = NULL_DIGEST;

const VALID_ROUND_BYTES = 4;
/** Beside the request. */
export const PROPOSAL_BYTES = HEADER_BYTES + SIGNATURE_BYTES + VALID_ROUND_BYTES;

export class Proposal extends SignedMessage {
  /** The round in which its value had the PREVOTEs of a quorum; -1: it is new. */
  readonly validRound: number;
  constructor(fields: MessageFields & { readonly validRound: number }) {
    super(fields);
    this.validRound = fields.validRound;
  }
  override encode(digest: DigestOf): Uint8Array {
    const header = super.encode(digest);
    const out = new Uint8Array(header.length + VALID_ROUND_BYTES);
    out.set(header);
    new DataView(out.buffer).setInt32(header.length, this.validRound);
    return out;
  }
}

/** The PREVOTEs of a quorum for one value, as one aggregate signature. It has no signature of its own: the aggregate says all. */
export class Polka extends SignedMessage {
  readonly votes: readonly SignedMessage[];
  constructor(fields: MessageFields & { readonly votes: readonly SignedMessage[] }) {
    super(fields);
    this.votes = fields.votes;
  }
  /** What the aggregate is the sum of; in that of a forger one share is bad. */
  get shares(): readonly SignedMessage[] {
    return this.valid ? this.votes : this.votes.map((vote, i) => (i === 0 ? altered(vote, { valid: false }) : vote));
  }
}

export const viewOf = (height: number, round: number): number => height - 1 + round;
export const roundOf = ({ sequence, view }: Pick<SignedMessage, 'sequence' | 'view'>): number => view - (sequence - 1);
