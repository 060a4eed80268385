// What holds of correct nodes at any moment, within the bound.
import type { ScpNode } from './node.ts';
import { compareBallots } from './statements.ts';

/** Slots below a node's own of which values are compared: fewer are externalized between two audits. */
const LOOKED_AT = 64;

/** The sentence of sections 3.1, 3.6 or 3.7 that does not hold of these nodes; '' where all do. */
export function broken(states: readonly ScpNode[]): string {
  const committed = new Map<number, number>();
  for (const node of states)
    for (let sequence = node.executed; sequence > Math.max(0, node.executed - LOOKED_AT); sequence--) {
      const digest = node.proofOf(sequence)?.digest;
      if (digest === undefined) break;
      if ((committed.get(sequence) ?? digest) !== digest) return `two values are externalized in slot ${sequence}`;
      committed.set(sequence, digest);
    }
  for (const { id, slot } of states) {
    if (slot === undefined) continue;
    const { ballot, confirmedBefore, phase } = slot.ballots;
    // Section 3.7: where h is not NULL, b.value is h.value whenever b.counter changes.
    if (phase === 'prepare' && ballot !== null && confirmedBefore !== null && ballot.value !== confirmedBefore.value)
      return `node ${id} has begun ballot ${ballot.counter} of slot ${slot.sequence} with another value than that which it had confirmed as prepared`;
    if (phase !== 'commit') continue;
    const { value } = slot.ballots.high!;
    if ((committed.get(slot.sequence) ?? value) !== value) return `commits of two values are accepted in slot ${slot.sequence}`;
    committed.set(slot.sequence, value);
  }
  // Who confirms prepare(b) confirms that lower ballots of other values are aborted.
  for (const { slot } of states) {
    const prepared = slot?.ballots.confirmedPrepared ?? null;
    if (slot === undefined || prepared === null) continue;
    for (const { slot: other } of states) {
      if (other?.sequence !== slot.sequence || other.ballots.phase !== 'commit') continue;
      const { low } = other.ballots;
      if (low!.value !== prepared.value && compareBallots(low!, prepared) < 0)
        return `a commit is accepted in slot ${slot.sequence} whose abortion is confirmed`;
    }
  }
  return '';
}
