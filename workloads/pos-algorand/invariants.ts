// What holds of correct nodes at any moment, but for committees that happen to be as bad as they are next to never.
import type { Node } from './node.ts';
import { STEP } from './committees.ts';
import { BOTTOM, stepOf } from './messages.ts';

/** Rounds below a node's own at which its decisions are looked at: fewer are decided between two audits. */
const LOOKED_AT = 64;

/** What does not hold of these nodes; '' where all does. */
export function broken(nodes: readonly Node[]): string {
  const decided = new Map<number, number>();
  const staged = new Map<string, number>();
  for (const { id, round, decisions, periods } of nodes) {
    for (let at = Math.max(1, round - LOOKED_AT); at < round; at++) {
      const digest = decisions.get(at)?.digest;
      if (digest === undefined) continue;
      if ((decided.get(at) ?? digest) !== digest) return `two blocks are decided in round ${at}`;
      decided.set(at, digest);
    }
    for (const period of periods.values()) {
      const steps = new Set<number>();
      for (const vote of period.own) {
        const step = stepOf(vote);
        if (steps.has(step)) return `node ${id} says two things in step ${step} of period ${period.number} of round ${round}`;
        steps.add(step);
      }
      const certified = period.own.find((vote) => stepOf(vote) === STEP.cert);
      for (const vote of period.own)
        if (certified !== undefined && stepOf(vote) > STEP.cert && vote.digest !== certified.digest)
          return `node ${id} certifies one thing in period ${period.number} of round ${round}, and votes to go on with another`;
      if (period.staged === BOTTOM) continue;
      const key = `${round} ${period.number}`;
      if ((staged.get(key) ?? period.staged) !== period.staged)
        return `two blocks have the soft votes of a quorum in period ${period.number} of round ${round}`;
      staged.set(key, period.staged);
    }
  }
  return '';
}
