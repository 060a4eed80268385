// Mechanisms whose nodes crash and do not lie, and of which a majority goes on.
import { ABSENT_KINDS } from '../../harness/simulate/core/faults.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { majorityQuorum } from '../../harness/simulate/core/quorum.ts';

/** floor((n - 1) / 2): as many may be down. */
export const majorityBound = (nodes: number): number => nodes - majorityQuorum(nodes);

/**
 * Why no majority of the first `voters` nodes can come together any more; '' where one can, or may again. `over_us`: how long what was sent
 * before the fault may still decide something.
 */
export function missingMajority({ faults, horizon_us }: Pick<Setup, 'faults' | 'horizon_us'>, voters: number, over_us: number): string {
  if (!ABSENT_KINDS.has(faults.kind) || faults.until_us < Infinity) return '';
  let left = voters;
  for (let node = 0; node < voters; node++) left -= faults.faulty[node];
  const majority = majorityQuorum(voters);
  if (left >= majority || horizon_us < (faults.from_us === 0 ? 0 : faults.from_us + over_us)) return '';
  return `${left} of ${voters} nodes are left for good, fewer than a majority of ${majority}`;
}
