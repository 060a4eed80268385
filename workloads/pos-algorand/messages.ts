// What nodes say to each other. `sequence` is the round, and `view` 256 periods + the step, as the specification numbers steps.
//
// Encodings after the header and signature of ../parts/messages.ts (49 + 64 bytes): a vote has its credential, 64 bytes, which proves how often
// its signer was chosen for the step. Proposals are votes of the step `propose`; they have the block too, a header of 112 bytes (blocks.ts) and the
// transactions. A credential is an Ed25519 signature of seed 32 | round u64 | period u32 | step u8, of which the SHA-512 is the hash that decides:
// a stand-in for ECVRF. DECISION has the block and the votes of the step `cert` that decided it, each a signer, a signature and a credential.
import { concat } from '../../harness/simulate/core/bytes.ts';
import type { DigestOf, Signed } from '../../harness/simulate/core/operations.ts';
import { HEADER_BYTES, SIGNATURE_BYTES, SignedMessage, type DigestKind, type MessageFields } from '../parts/messages.ts';
import { STEP } from './committees.ts';

export const TYPE = { request: 1, proposal: 2, soft: 3, cert: 4, next: 5, reply: 6, fetch: 7, decision: 8 } as const;

/** The digest of no block, for which nodes vote to begin a period anew. */
export const BOTTOM = 0;

export const CREDENTIAL_BYTES = 64;
export const VOTE_BYTES = HEADER_BYTES + SIGNATURE_BYTES + CREDENTIAL_BYTES;
/** In a certificate. */
export const CERTIFIED_VOTE_BYTES = 4 + SIGNATURE_BYTES + CREDENTIAL_BYTES;

const STEPS = 256;
export const viewOf = (period: number, step: number): number => period * STEPS + step;
export const periodOf = ({ view }: Pick<SignedMessage, 'view'>): number => Math.floor(view / STEPS);
export const stepOf = ({ view }: Pick<SignedMessage, 'view'>): number => view % STEPS;
export const typeOf = (step: number): number =>
  step === STEP.propose ? TYPE.proposal : step === STEP.soft ? TYPE.soft : step === STEP.cert ? TYPE.cert : TYPE.next;

/** What a credential is the signature of. */
export class Credential implements Signed {
  readonly signer: number;
  readonly valid = true;
  readonly #round: number;
  readonly #view: number;
  constructor(signer: number, round: number, view: number) {
    this.signer = signer;
    this.#round = round;
    this.#view = view;
  }
  encode(digest: DigestOf): Uint8Array {
    const fields = new Uint8Array(13);
    const data = new DataView(fields.buffer);
    data.setBigUint64(0, BigInt(this.#round));
    data.setUint32(8, Math.floor(this.#view / STEPS));
    data.setUint8(12, this.#view % STEPS);
    return concat([digest('seed', this.#round), fields]);
  }
}

export class Vote extends SignedMessage {
  readonly credential: Credential;
  constructor(fields: MessageFields & { readonly credential: Credential }) {
    super(fields);
    this.credential = fields.credential;
  }
  override get names(): DigestKind {
    return this.digest === BOTTOM ? null : 'state';
  }
}

/** `hasBlock`: it is here; who proposes again what it has only heard of sends the vote alone. */
export class Proposal extends Vote {
  readonly hasBlock: boolean;
  constructor(fields: MessageFields & { readonly credential: Credential; readonly hasBlock: boolean }) {
    super(fields);
    this.hasBlock = fields.hasBlock;
  }
}
