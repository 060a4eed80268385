// Pool hopping in a proportional pool: M. Rosenfeld, arXiv 1112.4980, section 3.1. Ages of a round are in difficulties of a block.

/** E1(x) for 0 < x < 2: its series. */
function e1(x: number): number {
  const EULER = 0.5772156649015329;
  let sum = -EULER - Math.log(x);
  let term = 1;
  for (let k = 1; k < 60; k++) {
    term *= -x / k;
    sum -= term / k;
  }
  return sum;
}

/** Where a share of a round of that age is worth what a hash of one's own is: e^x E1(x) = 1. */
export function leavingPoint(): number {
  let [low, high] = [0.1, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (Math.exp(middle) * e1(middle) > 1) low = middle;
    else high = middle;
  }
  return low;
}

/** Income of a hopper of no power to speak of that leaves at x, ÷ that of honest mining: the integral of E1 up to x, and e^-x. */
export function hoppingGain(x: number): number {
  // By parts: x E1(x) + 1 - e^-x.
  return x * e1(x) + 1 - Math.exp(-x) + Math.exp(-x);
}

/** The same for shares that are blocks with chance p, by a hopper with a share of all power; all others are in the pool. */
export function hoppingGainOf({
  blocksPerShare: p,
  threshold_shares,
  share,
}: {
  blocksPerShare: number;
  threshold_shares: number;
  share: number;
}) {
  const early = Math.ceil(threshold_shares);
  const lasts = (1 - p) ** early;
  // Of each of the first shares of a round this part is the hopper's, worth 1/N where the round has N shares.
  let inverse = 0;
  let chance = p;
  for (let n = 1; chance > 1e-15; n++, chance *= 1 - p) inverse += (Math.min(n, early) * chance) / n;
  const pooled = { hashes: (share * (1 - lasts)) / p, income: share * inverse };
  // While the others go on for 1/p shares more it mines solo.
  const solo = ((lasts / p) * share) / (1 - share);
  return (pooled.income + solo * p) / ((pooled.hashes + solo) * p);
}
