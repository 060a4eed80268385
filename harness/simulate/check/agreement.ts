// Safety of replicated execution: no two correct replicas execute different digests at one sequence number.
import type { Faults } from '../core/faults.ts';
import type { Verdict } from '../../model/outcome.ts';

/** Watches a run. A cell's faulty replicas may execute what they like; with fewer than two correct ones there is nothing to compare. */
export class AgreementChecker {
  readonly #faults: Pick<Faults, 'faulty'>;
  readonly #digestAt = new Map<number, number>();
  #violation: string | null = null;

  constructor(faults: Pick<Faults, 'faulty'>) {
    this.#faults = faults;
  }

  /** A replica executed `digest` at `sequence`. */
  executed(replica: number, sequence: number, digest: number): void {
    if (this.#faults.faulty[replica] === 1) return;
    const first = this.#digestAt.get(sequence);
    if (first === undefined) this.#digestAt.set(sequence, digest);
    else if (first !== digest) this.#violation ??= `replica ${replica} executed another digest at sequence number ${sequence}`;
  }

  get verdict(): Verdict {
    if (this.#violation !== null) return 'violated';
    return correctReplicas(this.#faults) < 2 ? 'unknown' : 'ok';
  }
  get reason(): string {
    return this.#violation ?? '';
  }
}

function correctReplicas({ faulty }: Pick<Faults, 'faulty'>): number {
  let correct = 0;
  for (const replica of faulty) correct += 1 - replica;
  return correct;
}
