// Shares of power or stake in a lottery.
import type { FaultKind } from '../../model/fault.ts';
import type { Setup } from '../core/contract.ts';
import { weightsProblem } from '../core/weights.ts';

/** 'equal', or a comma-separated list of weights (0: holds nothing), one a node. */
export const SHARES_PATTERN = /^(equal|\d+(\.\d+)?(,\d+(\.\d+)?)*)$/;

/** Kinds of fault under which an adversary of the chain takes part, with an exact share of everything. */
const ADVERSARIAL: ReadonlySet<FaultKind> = new Set<FaultKind>(['double-spend', 'selfish']);
/** Kinds under which one more participant has such a share, whether it is after the chain or after others' income. */
const JOINING: ReadonlySet<FaultKind> = new Set<FaultKind>([...ADVERSARIAL, 'pool-hopping', 'block-withholding']);

export interface LotteryShares {
  /** Of each participant, nodes first. They sum to 1. */
  readonly shares: Float64Array;
  readonly adversary: number | null;
  /** Nodes of a weight above 0: who holds nothing neither mines nor signs. */
  readonly holders: number;
}

/**
 * Everybody's share of all power, nodes first. Under the kinds of JOINING one more participant, the adversary, holds the fault ratio and the
 * nodes divide the rest by their weights; else the nodes hold everything.
 * @throws RangeError where the weights do not fit the nodes (a workload's `problems` say so before anything runs)
 */
export function lotteryShares(setup: Pick<Setup, 'nodes' | 'faults' | 'cell'>, weights: string): LotteryShares {
  const { nodes, faults } = setup;
  const adversary = JOINING.has(faults.kind) ? nodes : null;
  const honest = adversary === null ? 1 : 1 - faults.ratio;
  const shares = new Float64Array(adversary === null ? nodes : nodes + 1);
  if (adversary !== null) shares[adversary] = faults.ratio;
  if (weights === 'equal') {
    shares.fill(honest / nodes, 0, nodes);
  } else {
    const problem = weightsProblem(weights, nodes);
    if (problem !== null) throw new RangeError(`shares: received ${weights}; accepted: ${problem}`);
    const list = weights.split(',').map(Number);
    const sum = list.reduce((total, weight) => total + weight, 0);
    for (let node = 0; node < nodes; node++) shares[node] = (honest * list[node]) / sum;
  }
  return { shares, adversary, holders: holders(weights, nodes) };
}

/** How many of `nodes` hold any power or stake: those of weight 0 relay, and neither mine nor sign. */
export function holders(weights: string, nodes: number): number {
  return weights === 'equal' ? nodes : weights.split(',').filter((weight) => Number(weight) > 0).length;
}

/**
 * The race that confirmations are chosen against: what adversary and honest nodes hold of the original power, and the
 * adversary's share of what is live. Under `crash` and `power-loss` honest power is lost and the adversary's is not: the ratio that was
 * asked for, or the part that a count is of all nodes. An adversary with a share of 0 is taken for none: with q = 0 the closed forms would
 * ask for one confirmation, and the first fork among honest nodes would count as a reversal.
 */
export function expectedRace(
  { faults, cell, nodes }: Pick<Setup, 'faults' | 'cell' | 'nodes'>,
  adversaryShare: number,
): { adversary: number; honest: number; q: number } {
  const { kind } = faults;
  const ratio = kind === 'crash' ? (cell.fault.ratio ?? faults.count / nodes) : faults.ratio;
  if (ADVERSARIAL.has(kind) && ratio > 0) return { adversary: ratio, honest: 1 - ratio, q: ratio };
  const adversary = adversaryShare;
  if ((kind !== 'crash' && kind !== 'power-loss') || ratio === 0 || adversary === 0)
    return { adversary, honest: 1 - adversary, q: adversary };
  const honest = (1 - adversary) * (1 - ratio);
  return { adversary, honest, q: adversary / (adversary + honest) };
}

/** The share of everyone's power or stake that is left while a loss of power lasts. */
export function liveShare({ kind, ratio }: Pick<Setup['faults'], 'kind' | 'ratio'>): number {
  return kind === 'power-loss' ? 1 - ratio : 1;
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
