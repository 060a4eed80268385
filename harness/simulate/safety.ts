// Safety of replicated execution: no two correct replicas execute different digests at one sequence number.
import type { Verdict } from './types.ts';

export class AgreementChecker {
  readonly #digestAt = new Map<number, number>();
  #violation: string | null = null;

  /** A correct replica executed `digest` at `sequence`. */
  executed(replica: number, sequence: number, digest: number): void {
    const first = this.#digestAt.get(sequence);
    if (first === undefined) this.#digestAt.set(sequence, digest);
    else if (first !== digest) this.#violation ??= `replica ${replica} executed another digest at sequence number ${sequence}`;
  }

  get verdict(): Verdict {
    return this.#violation === null ? 'ok' : 'violated';
  }
  get reason(): string {
    return this.#violation ?? '';
  }
}
