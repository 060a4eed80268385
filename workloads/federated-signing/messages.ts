// What the generator and the block signers send.
//
// Encoding, after the header of workloads/parts/messages.ts (49 bytes: `view` is 0, `sequence` the height, `digest` names the block's
// transactions):
// - SIGN-REQUEST: block header (44), the generator's signature of both (64), the transactions as in a request;
// - SIGNATURE: the signer's signature (64) of the header and the block header, which its receiver knows;
// - BLOCK: block header (44) and the certificate, each signer with its signature (68 each). It has no signature of its own.
// Block header: id of the block before (32) | timestamp u64, ms | consensus program u32: of the federation's keys, how many must sign the next
// block.
import { concat } from '../../harness/simulate/core/bytes.ts';
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import { SignedMessage } from '../parts/messages.ts';

/** Types are parts of every draw key: never renumber. */
export const TYPE = { request: 1, signRequest: 2, signature: 3, block: 4, reply: 5, fetch: 6, decision: 7 } as const;
export const TYPE_NAME = ['', 'REQUEST', 'SIGN-REQUEST', 'SIGNATURE', 'BLOCK', 'REPLY', 'FETCH', 'STORED-BLOCK'] as const;

/** Elected out of band, and never another one. It is one of the signers, too. */
export const GENERATOR = 0;

const ID_BYTES = 32;
export const BLOCK_HEADER_BYTES = ID_BYTES + 8 + 4;

/** What a block says beside its height and its transactions. */
export interface BlockHeader {
  /** The state that the block before has led to: it names that block and all before it. */
  readonly previous: number;
  readonly time_ms: number;
  /** The consensus program: signatures that the next block needs. */
  readonly quorum: number;
}

/** SIGN-REQUEST, SIGNATURE and BLOCK; `proof`: the SIGNATUREs of a BLOCK's certificate. */
export class BlockMessage extends SignedMessage {
  readonly block: BlockHeader;
  readonly proof: readonly BlockMessage[];

  constructor(
    fields: ConstructorParameters<typeof SignedMessage>[0] & { readonly block: BlockHeader; readonly proof?: readonly BlockMessage[] },
  ) {
    super(fields);
    this.block = fields.block;
    this.proof = fields.proof ?? [];
  }

  override encode(digest: DigestOf): Uint8Array {
    const { previous, time_ms, quorum } = this.block;
    const rest = new DataView(new ArrayBuffer(BLOCK_HEADER_BYTES - ID_BYTES));
    rest.setBigUint64(0, BigInt(time_ms));
    rest.setUint32(8, quorum);
    return concat([super.encode(digest), digest('result', previous), new Uint8Array(rest.buffer)]);
  }
}

/** Both are about one and the same block. */
export function isSameBlock(one: BlockMessage, other: BlockMessage): boolean {
  const { previous, time_ms, quorum } = one.block;
  return (
    one.sequence === other.sequence &&
    one.digest === other.digest &&
    previous === other.block.previous &&
    time_ms === other.block.time_ms &&
    quorum === other.block.quorum
  );
}
