// Statistics of summaries. docs/method.md says what each means.
import type { MetricKind } from '../model/record.ts';

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
  /** How many values it is of. */
  readonly count: number;
  /** 95% interval of the mean; null for one value, and for shares that are all 0 or all 1. */
  readonly ci95: Interval | null;
  /** Sample standard deviation; absent for one value. */
  readonly deviation?: number;
}

/** The two values that a mean is of; null where it is of one or of more. */
export function bothValues({ mean, count, deviation }: MeanSummary): readonly [number, number] | null {
  if (count !== 2 || deviation === undefined) return null;
  const half = deviation / Math.SQRT2;
  return [mean - half, mean + half];
}

/** Upper end of the exact two-sided 95% interval of a Poisson total of which none was seen (F. Garwood, 1936): -ln 0.025. */
const NONE_SEEN = 3.6888794541139363;

/**
 * 95% interval of the mean of `count` values with this sample deviation, never outside the values' own range and never
 * clipped to it; t is Student's for count - 1 degrees of freedom and `error` the mean's standard error.
 *
 * - positive: on the logarithm, by the delta method: mean * exp(+-t * error / mean).
 * - share: Wilson's score interval with t for z and as many trials as would have that standard error,
 *   mean * (1 - mean) / error^2 (E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998, who use it for survey data).
 * - count: the score interval of a mean whose variance is proportional to it (quasi-Poisson, the proportion taken from the
 *   values); where all are 0, Garwood's exact one.
 *
 * Equal values have themselves as interval, but for zeros and ones: none seen is not none possible.
 */
function intervalOfMean(kind: MetricKind, mean: number, deviation: number, count: number): Interval | null {
  const t = studentT(count - 1);
  const error = deviation / Math.sqrt(count);
  if (kind === 'count' && mean === 0) return { low: 0, high: NONE_SEEN / count };
  if (kind === 'share' && error === 0 && (mean === 0 || mean === 1)) return null;
  if (error === 0) return { low: mean, high: mean };
  if (kind === 'positive') {
    const factor = Math.exp((t * error) / mean);
    return { low: mean / factor, high: mean * factor };
  }
  if (kind === 'share') {
    const c = (t * t * error * error) / (mean * (1 - mean));
    const high = (mean + c / 2 + Math.sqrt(t * t * error * error + (c * c) / 4)) / (1 + c);
    // The product of the ends is mean^2 / (1 + c): no difference of near numbers that could fall below 0.
    return { low: (mean * mean) / ((1 + c) * high), high };
  }
  const a = (t * t * error * error) / mean;
  const high = mean + a / 2 + Math.sqrt(a * mean + (a * a) / 4);
  return { low: (mean * mean) / high, high };
}

/**
 * Mean and interval of values that come one at a time, in constant memory (Welford 1962): stable, and equal values have
 * themselves as mean.
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

  /** Values so far. */
  get count(): number {
    return this.#count;
  }

  /** Null without values. */
  result(kind: MetricKind): MeanSummary | null {
    const n = this.#count;
    if (n === 0) return null;
    if (n === 1) return { mean: this.#mean, count: n, ci95: null };
    const deviation = Math.sqrt(this.#squares / (n - 1));
    return { mean: this.#mean, count: n, ci95: intervalOfMean(kind, this.#mean, deviation, n), deviation };
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

/** P(X <= successes) for X binomial. */
export function binomialAtMost(successes: number, trials: number, probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`a probability above 0 and below 1 is expected, got ${probability}`);
  // The shorter of the two sums.
  if (successes > trials / 2 && successes < trials) return 1 - binomialAtMost(trials - successes - 1, trials, 1 - probability);
  if (successes >= trials) return 1;
  // Terms by their logarithms: (1 - p)^n underflows where n p is large.
  const odds = Math.log(probability) - Math.log1p(-probability);
  let logTerm = trials * Math.log1p(-probability);
  let sum = 0;
  for (let i = 0; i <= successes; i++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((trials - i) / (i + 1)) + odds;
  }
  return Math.min(1, sum);
}

/** What an exact bound leaves out, on its one side. */
const LEFT_OUT = 0.05;

/**
 * Exact one-sided 95% upper bound of a rate of which `successes` of `trials` were seen (C. J. Clopper and E. S. Pearson,
 * Biometrika 26, 1934): the largest p under which so few come with a probability of 5% or more. 1 without trials.
 */
export function exactUpper(successes: number, trials: number): number {
  if (!(Number.isInteger(successes) && Number.isInteger(trials) && successes >= 0 && successes <= trials))
    throw new RangeError(`a rate is of 0 to ${trials} among so many, got ${successes}`);
  if (successes === trials) return 1;
  if (successes === 0) return -Math.expm1(Math.log(LEFT_OUT) / trials);
  let low = successes / trials;
  let high = 1;
  // Halved until the ends are neighbours: at most 1100 steps, some 55 in practice.
  for (;;) {
    const middle = (low + high) / 2;
    if (!(low < middle && middle < high)) return high;
    if (binomialAtMost(successes, trials, middle) > LEFT_OUT) low = middle;
    else high = middle;
  }
}

/** The lower bound of the same kind; 0 without trials. */
export function exactLower(successes: number, trials: number): number {
  if (successes === 0) return 0;
  if (successes === trials) return Math.exp(Math.log(LEFT_OUT) / trials);
  return 1 - exactUpper(trials - successes, trials);
}

/** Terms of the continued fraction below: it converges in the root of the larger parameter, and no sample here has 10 000 000 values. */
const MOST_TERMS = 10_000;

/** I_x(a, b), the regularized incomplete beta function, by its continued fraction (W. Gautschi's form, evaluated by Lentz's rule). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const away = (value: number): number => (Math.abs(value) < Number.MIN_VALUE * 1e16 ? Number.MIN_VALUE * 1e16 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return front * fraction;
}

/** Coefficients of C. Lanczos's approximation with g = 7 and nine terms (P. Godfrey's): relative error below 1e-14 for x > 0.5. */
const LANCZOS: readonly number[] = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x of at least 0.5. */
function logGamma(x: number): number {
  const [first, ...rest] = LANCZOS;
  const sum = rest.reduce((total, coefficient, index) => total + coefficient / (x + index), first);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Chance that Student's t with so many degrees of freedom is at least this far from 0, either way. */
export function studentTail(t: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0)) throw new RangeError(`degrees of freedom are above 0, got ${degreesOfFreedom}`);
  return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

/**
 * Two-sided p of the exact test that two shares are equal (R. A. Fisher, 1934): the chance, with the totals as they are, of tables no
 * more likely than the one seen.
 */
export function fisherExact(hitsA: number, trialsA: number, hitsB: number, trialsB: number): number {
  for (const [hits, trials] of [
    [hitsA, trialsA],
    [hitsB, trialsB],
  ] as const)
    if (!(Number.isInteger(hits) && Number.isInteger(trials) && hits >= 0 && hits <= trials))
      throw new RangeError(`a share is of 0 to ${trials} among so many, got ${hits}`);
  const hits = hitsA + hitsB;
  const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const logChance = (k: number): number => logChoose(trialsA, k) + logChoose(trialsB, hits - k) - logChoose(trialsA + trialsB, hits);
  const seen = logChance(hitsA);
  let sum = 0;
  for (let k = Math.max(0, hits - trialsB); k <= Math.min(hits, trialsA); k++) {
    const chance = logChance(k);
    // Equally likely tables differ by rounding.
    if (chance <= seen + 1e-9) sum += Math.exp(chance);
  }
  return Math.min(1, sum);
}

/**
 * Adjusted p of tests that stand together: at a level of 5% no more than 5% of what is called a change is none, and where nothing changed a
 * change is seen in 5 of 100 such sets (Y. Benjamini and Y. Hochberg, J. R. Stat. Soc. B 57, 1995). In the order given.
 */
export function adjusted(ps: readonly number[]): number[] {
  const order = ps.map((_, index) => index).sort((i, j) => ps[j] - ps[i]);
  const out = ps.map(() => 1);
  let least = 1;
  order.forEach((index, place) => {
    least = Math.min(least, (ps[index] * ps.length) / (ps.length - place));
    out[index] = least;
  });
  return out;
}
