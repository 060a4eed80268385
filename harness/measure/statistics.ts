// Order statistics of timing samples. Timings are skewed and have outliers, so the median leads, its interval comes from
// order statistics (no assumption on the shape of the distribution), and outliers are kept.

/** A copy in ascending order. */
export function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

function nonEmpty(sorted: Float64Array): void {
  if (sorted.length === 0) throw new RangeError('statistics need at least one value, got none');
}

/** Middle value, or the mean of the two middle ones. Takes ascending values. */
export function median(sorted: Float64Array): number {
  nonEmpty(sorted);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Nearest-rank quantile: the smallest value that at least a share `p` of the values does not exceed. 0 < p <= 1. */
export function quantile(sorted: Float64Array, p: number): number {
  nonEmpty(sorted);
  if (!(p > 0 && p <= 1)) throw new RangeError(`p must be in (0, 1], got ${p}`);
  // p * n may land a hair above an integer (0.07 * 100 is 7.000000000000001): that is still rank 7.
  const rank = Math.ceil(p * sorted.length - 1e-9);
  return sorted[Math.max(rank, 1) - 1];
}

/** Median absolute deviation from the median, unscaled. */
export function medianAbsoluteDeviation(sorted: Float64Array): number {
  const centre = median(sorted);
  return median(sorted.map((value) => Math.abs(value - centre)).sort());
}

export interface MedianInterval {
  readonly low: number;
  readonly high: number;
  /** The chance that the interval covers the median; at least the asked confidence, or less where n is too small. */
  readonly coverage: number;
}

/**
 * The interval of the median from order statistics: [x_(k), x_(n+1-k)] covers the median unless fewer than k of n values
 * fall on one side, so its coverage is 1 - 2 P(Binomial(n, 1/2) < k) (Conover, Practical Nonparametric Statistics, 1999,
 * section 3.2). The largest k that keeps the confidence is taken. Below 6 values no k gives 95%: then the whole range,
 * with the coverage that it has.
 */
export function medianInterval(sorted: Float64Array, confidence = 0.95): MedianInterval {
  nonEmpty(sorted);
  const n = sorted.length;
  // Binomial weights relative to the centre one, outward, so that nothing under- or overflows at any n.
  const weights = new Float64Array(n + 1);
  const centre = n >> 1;
  weights[centre] = 1;
  for (let i = centre; i < n; i++) weights[i + 1] = (weights[i] * (n - i)) / (i + 1);
  for (let i = centre; i > 0; i--) weights[i - 1] = (weights[i] * i) / (n - i + 1);
  let total = 0;
  for (const weight of weights) total += weight;

  let tail = 0; // P(Binomial < k)
  let k = 0;
  while (k < centre && 2 * (tail + weights[k] / total) <= 1 - confidence) {
    tail += weights[k] / total;
    k += 1;
  }
  if (k === 0) {
    k = 1;
    tail = weights[0] / total;
  }
  return { low: sorted[k - 1], high: sorted[n - k], coverage: Math.max(0, 1 - 2 * tail) };
}
