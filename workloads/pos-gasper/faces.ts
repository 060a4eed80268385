// Validators that equivocate: each faulty node takes part twice, once in each half of the others, which hear nothing of each other (S. Bano et al., "Twins: BFT
// systems made robust", OPODIS 2021). Both faces have its validators, propose in its slots and vote when they are due, each for its own half's chain.
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';

export interface Faces {
  /** Nodes, and then the second faces. */
  readonly participants: number;
  /** By participant: its other face; NO_FACE where it has one alone. */
  readonly other: Int32Array;
  /** What keeps the halves apart; null: nobody equivocates. */
  readonly cut: FaultEntry | null;
}
export const NO_FACE = -1;

/** The client's node 0 is none of them: where the fault's placement has it, the highest-numbered correct node takes its place. */
export function facesOf({ nodes, faults }: Pick<Setup, 'nodes' | 'faults'>): Faces {
  const faulty = faults.kind === 'equivocate' ? faults.faulty.slice() : new Uint8Array(nodes);
  if (faulty[0] === 1) {
    faulty[0] = 0;
    const substitute = faulty.lastIndexOf(0);
    if (substitute > 0) faulty[substitute] = 1;
  }
  const liars = Array.from(faulty.keys()).filter((node) => faulty[node] === 1);
  const participants = nodes + liars.length;
  const other = new Int32Array(participants).fill(NO_FACE);
  liars.forEach((node, i) => {
    other[node] = nodes + i;
    other[nodes + i] = node;
  });
  if (liars.length === 0) return { participants, other, cut: null };
  // Every second correct node, and the second faces.
  const group = new Int32Array(participants).fill(1, nodes);
  let correct = 0;
  for (let node = 0; node < nodes; node++) if (faulty[node] === 0) group[node] = correct++ % 2;
  const [entry] = faults.entries;
  const cut: FaultEntry = { ...entry, kind: 'partition', count: liars.length, faulty: Uint8Array.from(group), group, holds: true };
  return { participants, other, cut };
}
