// Closed forms of Nxt's lottery at a constant base target and without delay: hit times of an account with a part b of all stake are
// uniform on (0, 1/b), in units of the time in which all stake together would hit for sure.

/** Intervals of Simpson's rule; the integrand is a polynomial on pieces without corners. */
const INTERVALS = 2048;

/** Integral, from 0 to the first time by which somebody has hit for sure, of the chance that nobody has. */
function integral(stakes: readonly number[]): number {
  const counted = new Map<number, number>();
  for (const stake of stakes) if (stake > 0) counted.set(stake, (counted.get(stake) ?? 0) + 1);
  if (counted.size === 0) return Infinity;
  const end = 1 / Math.max(...counted.keys());
  const nobody = (time: number): number => {
    let chance = 1;
    for (const [stake, count] of counted) for (let i = 0; i < count && chance > 1e-18; i++) chance *= Math.max(0, 1 - stake * time);
    return chance;
  };
  let sum = nobody(0) + nobody(end);
  for (let i = 1; i < INTERVALS; i++) sum += (i % 2 === 1 ? 4 : 2) * nobody((i * end) / INTERVALS);
  return (sum * end) / (3 * INTERVALS);
}

/** Mean time until the first of these accounts hits. */
export function meanFirstHit(stakes: readonly number[]): number {
  // n equal ones: the least of n uniform times.
  if (stakes.length > 0 && stakes.every((stake) => stake === stakes[0] && stake > 0)) return 1 / (stakes[0] * (stakes.length + 1));
  return integral(stakes);
}

/**
 * The share of the blocks that an account alone would make beside others that it does not build on: its rate over both. With many small
 * accounts against it nearly 2q/(1 + q), since one uniform time has half the mean of the least of many.
 */
export function rateShare(stake: number, others: readonly number[]): number {
  if (stake === 0) return 0;
  const own = 2 * stake;
  return own / (own + 1 / meanFirstHit(others));
}
