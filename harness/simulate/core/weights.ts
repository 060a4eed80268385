// Weights of nodes: lists of them as a text, and votes that weigh.

/** What is wrong with a list of weights for so many nodes, as what to write instead; null: nothing. */
export function weightsProblem(weights: string, nodes: number): string | null {
  if (weights === 'equal') return null;
  const list = weights.split(',').map(Number);
  const example = [4, 2, 1, 1].concat(Array<number>(Math.max(0, nodes - 4)).fill(1)).slice(0, nodes);
  const like = `like ${nodes <= 8 ? example.join(',') : `${example.slice(0, 6).join(',')},…`}`;
  if (list.length !== nodes) return `equal, or one weight for each of ${nodes} nodes, ${like} (received ${list.length})`;
  const sum = list.reduce((total, weight) => total + weight, 0);
  if (!Number.isFinite(sum)) return `equal, or weights whose sum is a finite number, ${like}`;
  return sum > 0 ? null : `equal, or weights that are not all 0, ${like}`;
}

/** The same of votes' weights, which are added exactly. */
export function votingWeightsProblem(weights: string, nodes: number): string | null {
  const problem = weightsProblem(weights, nodes);
  if (problem !== null || Number.isSafeInteger(totalWeight(votingWeights(weights), nodes))) return problem;
  return 'equal, or weights whose sum is below 2^53';
}

/** `equal`, or a comma-separated list of integers. */
export const votingWeights = (text: string): Weights => (text === 'equal' ? null : text.split(',').map(Number));

/** By node; null: one each. */
export type Weights = readonly number[] | null;

export const weightOf = (weights: Weights, node: number): number => (weights === null ? 1 : weights[node]);

/** Of all nodes together. */
export function totalWeight(weights: Weights, nodes: number): number {
  return weights === null ? nodes : weights.reduce((sum, weight) => sum + weight, 0);
}

/** Of the nodes that are marked with 1. */
export function weightWhere(weights: Weights, marked: Uint8Array): number {
  return marked.reduce((sum, mark, node) => (mark === 1 ? sum + weightOf(weights, node) : sum), 0);
}

/** Of the distinct signers of these. */
export function signersWeight(items: readonly { readonly signer: number }[], weights: Weights): number {
  let sum = 0;
  for (const signer of new Set(items.map((item) => item.signer))) sum += weightOf(weights, signer);
  return sum;
}

/** The first of them that weigh `need` together, or all; each has its own signer. */
export function firstOf<T extends { readonly signer: number }>(items: readonly T[], need: number, weights: Weights): T[] {
  if (weights === null) return items.slice(0, Math.max(0, need));
  let sum = 0;
  let count = 0;
  while (sum < need && count < items.length) sum += weights[items[count++].signer];
  return items.slice(0, count);
}
