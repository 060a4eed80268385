// What the digests of measured cells are taken of: batches, results, and quorum sets.
import { DIGEST_BYTES } from '../parts/messages.ts';
import { Contents as BatchContents } from '../parts/contents.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { SliceSet } from '../parts/quorum-systems.ts';
import { QUORUM_SET } from './statements.ts';

export class Contents extends BatchContents {
  readonly #slices: readonly SliceSet[];
  readonly #encoded = new Map<SliceSet, Uint8Array>();

  constructor(setup: Pick<Setup, 'cell' | 'kernels'>, slices: readonly SliceSet[]) {
    super(setup);
    this.#slices = slices;
  }

  protected override content(kind: string, name: number): Uint8Array {
    if (kind !== QUORUM_SET) return super.content(kind, name);
    const set = this.#slices[name];
    let bytes = this.#encoded.get(set);
    if (bytes === undefined) this.#encoded.set(set, (bytes = Uint8Array.from(encodeSet(set))));
    return bytes;
  }
}

/** As XDR writes SCPQuorumSet: the threshold, validators with length and type before each key, inner sets; of a NodeID here its number. */
function* encodeSet({ threshold, members, inner = [] }: SliceSet): Generator<number> {
  const number = function* (value: number, bytes: number): Generator<number> {
    for (let at = bytes - 1; at >= 0; at--) yield at < 4 ? (value >>> (8 * at)) & 0xff : 0;
  };
  yield* number(threshold, 4);
  yield* number(members.length, 4);
  for (const member of members) yield* number(member, 4 + DIGEST_BYTES);
  yield* number(inner.length, 4);
  for (const set of inner) yield* encodeSet(set);
}
