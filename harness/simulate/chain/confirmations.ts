// The number of confirmations z after which the chance of a reversal is below a risk. Closed forms; used for the
// `confirmations` column and for what the attacked merchant waits, never to decide what happens in a simulation.
//
// Both races: the attacker has one block when the payment is submitted, needs strictly more than the public chain, and
// never gives up (M. Rosenfeld, "Analysis of hashrate-based double-spending", arXiv 1402.2009).

/** Beyond this no number is reported: 5 000 blocks of 10 minutes are five weeks. */
export const MAX_CONFIRMATIONS = 5_000;

/**
 * Proof of work: r(q, z) = I_{4pq}(z, 1/2), an incomplete beta function (C. Grunspan, R. Perez-Marco, arXiv 1702.02867). As
 * a series of positive terms: r(z) = sum over k >= z of t(k), t(1) = 2pq(1 - 2q), t(k + 1) = t(k) * 4pq * (k + 1/2)/(k + 1).
 * Returns r(q, 0..zMax); r(0) is 1.
 */
export function powReversal(q: number, zMax: number): Float64Array {
  const r = new Float64Array(zMax + 1).fill(1);
  if (q >= 0.5) return r;
  const x = 4 * q * (1 - q);
  const terms: number[] = [0, (x / 2) * (1 - 2 * q)];
  const following = (k: number): number => (terms[k] * x * (k + 0.5)) / (k + 1);
  // From r(1) = 2q downwards; the differences keep an absolute error near 1e-12, too much where r itself is small.
  if (zMax >= 1) r[1] = 2 * q;
  for (let k = 1; k < zMax; k++) {
    r[k + 1] = r[k] - terms[k];
    terms.push(following(k));
  }
  if (r[zMax] > 1e-6) return r;
  // From the small end upwards, until what is left out, at most term / (1 - x), is nothing beside r(zMax).
  for (let k = terms.length - 1; terms[k] > terms[zMax] * 1e-17 * (1 - x); k++) terms.push(following(k));
  let sum = 0;
  for (let k = terms.length - 1; k >= 1; k--) {
    sum += terms[k];
    if (k <= zMax) r[k] = sum;
  }
  return r;
}

/**
 * Praos: the private race by slots. In a slot the public chain grows with chance `honest` (at least one honest leader) and
 * the attacker's with chance `adversary`, independently. Let m be the attacker's blocks when the public chain has got its
 * z-th after the payment; then it leads already (m >= z), or gains on a deficit with chance rho^(z - m). The distribution
 * of m is followed exactly, a public block at a time. Returns r(0..zMax); r(0) is 1.
 */
export function slotReversal(race: { honest: number; adversary: number }, zMax: number): Float64Array {
  const { honest, adversary } = race;
  const r = new Float64Array(zMax + 1).fill(1);
  if (honest <= adversary) return r;
  if (adversary === 0) return r.fill(0, 1);
  const some = 1 - (1 - honest) * (1 - adversary);
  const alone = (adversary * (1 - honest)) / some;
  // Given a slot in which the public chain grows, the attacker's grows too with its own chance.
  const rho = (adversary * (1 - honest)) / (honest * (1 - adversary));
  // mass[m]: chance of m; beyond: of more than zMax, which has won whatever z is asked. Only positive terms are added.
  let mass = new Float64Array(zMax + 1);
  let next = new Float64Array(zMax + 1);
  mass[0] = 1;
  let beyond = 0;
  // Chances below this are dropped: subnormal numbers made the loop five times slower (measured), and weigh nothing.
  const NOTHING = 1e-250;
  let low = 0;
  for (let z = 1; z <= zMax; z++) {
    // Attacker-only slots before the next public block: geometric. `before` is the convolution so far.
    let before = 0;
    for (let m = low; m <= zMax; m++) {
      const here = before * alone + mass[m] * (1 - alone);
      next[m] = here * (1 - adversary) + before * adversary;
      before = here;
    }
    beyond += (before * alone) / (1 - alone) + before * adversary;
    [mass, next] = [next, mass];
    while (low < zMax && mass[low] < NOTHING) {
      mass[low] = 0;
      next[low++] = 0;
    }
    let reversed = beyond;
    let gain = rho;
    for (let m = zMax; m >= z; m--) reversed += mass[m];
    for (let m = z - 1; m >= low && gain > NOTHING; m--) {
      reversed += mass[m] * gain;
      gain *= rho;
    }
    r[z] = reversed;
  }
  return r;
}

/** The smallest z >= 1 with reversal(z) < risk, or null: tables are asked for in growing sizes. */
export function smallestConfirmations(risk: number, reversal: (zMax: number) => Float64Array): number | null {
  for (let size = 64; ; size = Math.min(4 * size, MAX_CONFIRMATIONS)) {
    const r = reversal(size);
    for (let z = 1; z <= size; z++) if (r[z] < risk) return z;
    if (size === MAX_CONFIRMATIONS) return null;
  }
}
