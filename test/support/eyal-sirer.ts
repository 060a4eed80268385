// I. Eyal, E. G. Sirer, "Majority is not enough: Bitcoin mining is vulnerable", Financial Cryptography 2014: a pool that holds the share
// alpha of all power mines selfishly; in a tie the share gamma of the others mines on its block. No delays.

/** Equation (8): the pool's share of the main chain's blocks. */
export function relativeRevenue(alpha: number, gamma: number): number {
  const others = 1 - alpha;
  return (alpha * others * others * (4 * alpha + gamma * (1 - 2 * alpha)) - alpha ** 3) / (1 - alpha * (1 + (2 - alpha) * alpha));
}

/** Blocks on the main chain per block found: the sum of equations (6) and (7), which gamma is not in. */
export function growth(alpha: number): number {
  return (1 - alpha - 2 * alpha ** 2 + alpha ** 3) / (1 - 4 * alpha ** 2 + 2 * alpha ** 3);
}

/** Their chance p0' of a tie, per block found: each block, of whoever, leaves it. */
export function tied(alpha: number): number {
  return ((1 - alpha) * (alpha - 2 * alpha ** 2)) / (1 - 4 * alpha ** 2 + 2 * alpha ** 3);
}
