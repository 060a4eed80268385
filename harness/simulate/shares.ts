// Shares of power or stake in a lottery.
import type { Setup } from './types.ts';

/** 'equal', or a comma-separated list of positive weights, one a node. */
export const SHARES_PATTERN = /^(equal|\d+(\.\d+)?(,\d+(\.\d+)?)*)$/;

/**
 * Everybody's share of all power, nodes first. Under `double-spend` one more participant, the adversary, holds the fault
 * ratio and the nodes divide the rest by their weights; else the nodes hold everything.
 * @throws RangeError where the list has not one weight a node
 */
export function lotteryShares(
  setup: Pick<Setup, 'nodes' | 'faults' | 'cell'>,
  weights: string,
): { shares: Float64Array; adversary: number | null } {
  const { nodes, faults } = setup;
  const adversary = faults.kind === 'double-spend' ? nodes : null;
  const honest = adversary === null ? 1 : 1 - faults.ratio;
  const shares = new Float64Array(adversary === null ? nodes : nodes + 1);
  if (adversary !== null) shares[adversary] = faults.ratio;
  if (weights === 'equal') {
    shares.fill(honest / nodes, 0, nodes);
  } else {
    const list = weights.split(',').map(Number);
    if (list.length !== nodes) throw new RangeError(`${list.length} shares (${weights}) for ${nodes} nodes: one a node is needed`);
    const sum = list.reduce((total, weight) => total + weight, 0);
    if (!(sum > 0)) throw new RangeError(`shares ${weights} must not all be 0`);
    for (let node = 0; node < nodes; node++) shares[node] = (honest * list[node]) / sum;
  }
  return { shares, adversary };
}

/**
 * The adversary's share that confirmations are chosen against. Where it holds nothing the closed forms would ask for one
 * confirmation, and the first fork among honest nodes would count as a reversal.
 */
export function expectedShare(faults: Setup['faults'], otherwise: number): number {
  return faults.kind === 'double-spend' && faults.ratio > 0 ? faults.ratio : otherwise;
}

/** Blocks behind at which a reversal's chance, at most ratio^(deficit + 2), has fallen below 1e-6. */
export function autoGiveUpDeficit(ratio: number): number {
  const NEGLIGIBLE = 1e-6;
  const LARGEST = 1000;
  let deficit = 1;
  let chance = ratio * ratio * ratio;
  while (chance >= NEGLIGIBLE && deficit < LARGEST) {
    deficit += 1;
    chance *= ratio;
  }
  return deficit;
}
