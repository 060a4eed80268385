// Statistics of summaries. docs/method.md says what each means.

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 97.5% quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** 97.5% quantiles of Student's t for 1 to 30 degrees of freedom. */
const T = [
  12.706204736, 4.30265273, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135, 2.262157163, 2.228138852,
  2.20098516, 2.17881283, 2.160368656, 2.144786688, 2.131449546, 2.119905299, 2.109815578, 2.10092204, 2.093024054, 2.085963447,
  2.079613845, 2.073873068, 2.06865761, 2.063898562, 2.059538553, 2.055529439, 2.051830516, 2.048407142, 2.045229642, 2.042272456,
];

/** 97.5% quantile of Student's t; above 30 degrees of freedom Fisher's expansion in 1/df (error below 1e-6). */
export function studentT(degreesOfFreedom: number): number {
  if (!Number.isInteger(degreesOfFreedom) || degreesOfFreedom < 1)
    throw new RangeError(`degrees of freedom are a positive integer, got ${degreesOfFreedom}`);
  const v = degreesOfFreedom;
  const tabled = T[v - 1];
  if (tabled !== undefined) return tabled;
  const z2 = Z * Z;
  const g1 = (Z * (z2 + 1)) / 4;
  const g2 = (Z * ((5 * z2 + 16) * z2 + 3)) / 96;
  const g3 = (Z * (((3 * z2 + 19) * z2 + 17) * z2 - 15)) / 384;
  return Z + (g1 + (g2 + g3 / v) / v) / v;
}

export interface MeanSummary {
  readonly mean: number;
  /** 95% interval of the mean by Student's t; null for one value. */
  readonly ci95: Interval | null;
}

/**
 * Mean and interval of values that come one at a time, in constant memory (Welford 1962): stable, and equal values have
 * themselves as mean, with an interval of no width.
 */
export class MeanAccumulator {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count += 1;
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (value - this.#mean);
  }

  /** Null without values. */
  result(): MeanSummary | null {
    const n = this.#count;
    if (n === 0) return null;
    if (n === 1) return { mean: this.#mean, ci95: null };
    const half = studentT(n - 1) * Math.sqrt(this.#squares / (n - 1) / n);
    return { mean: this.#mean, ci95: { low: this.#mean - half, high: this.#mean + half } };
  }
}

/** 95% interval of a share by Wilson's score (1927): stays inside [0, 1] and has a width at 0 and 1. */
export function wilson(successes: number, trials: number): Interval {
  if (!(trials > 0 && successes >= 0 && successes <= trials))
    throw new RangeError(`a share is of 0 to ${trials} among at least one, got ${successes}`);
  const share = successes / trials;
  const z2 = Z * Z;
  const centre = share + z2 / (2 * trials);
  const half = Z * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  const scale = 1 + z2 / trials;
  // The ends at 0 and at 1 are exact.
  return {
    low: successes === 0 ? 0 : (centre - half) / scale,
    high: successes === trials ? 1 : (centre + half) / scale,
  };
}

/** P(X >= successes) for X binomial: how likely so many successes are by chance. */
export function binomialTail(successes: number, trials: number, probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`a probability above 0 and below 1 is expected, got ${probability}`);
  // Terms by their logarithms: (1 - p)^n underflows where n p is large.
  const odds = Math.log(probability / (1 - probability));
  let logTerm = trials * Math.log1p(-probability);
  let below = 0;
  for (let i = 0; i < successes; i++) {
    below += Math.exp(logTerm);
    logTerm += Math.log((trials - i) / (i + 1)) + odds;
  }
  return Math.max(0, 1 - below);
}
