// What the digests of PBFT's measured cells are taken of: batches, results, and states at checkpoints.
import { Contents as BatchContents } from '../parts/contents.ts';
import { checkpointBytes, checkpointDigest, type CheckpointState } from './messages.ts';

export class Contents extends BatchContents {
  readonly #states = new Map<number, Uint8Array>();

  /** The state at a checkpoint. Digests of states are asked for once the state itself was hashed. */
  state(state: CheckpointState): Uint8Array {
    const digest = checkpointDigest(state);
    let bytes = this.#states.get(digest);
    if (bytes === undefined) this.#states.set(digest, (bytes = checkpointBytes(state)));
    return bytes;
  }

  protected override content(kind: string, name: number): Uint8Array {
    if (kind !== 'state') return super.content(kind, name);
    const bytes = this.#states.get(name);
    if (bytes === undefined) throw new RangeError(`the state of digest ${name} was never hashed`);
    return bytes;
  }
}
