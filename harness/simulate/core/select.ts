// Quantiles without sorting, for what is asked for at each block of a simulation.

/** Nearest-rank quantile of at least one value: the smallest with at least a share p of all at or below it. Reorders them. */
export function nearestRank(values: Float64Array, p: number): number {
  if (values.length === 0) return NaN;
  const rank = Math.max(1, Math.ceil(p * values.length)) - 1;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const [before, after] = partition(values, null, low, high);
    if (rank <= before) high = before;
    else if (rank >= after) low = after;
    else break;
  }
  return values[rank];
}

let keys = new Float64Array(0);
let carried = new Float64Array(0);

/**
 * Fills `out` with the smallest of `values` at or below which values with a weight of at least each limit stand. `limits`
 * ascend, and are at most the sum of all weights (0 or more each). Sums are made in any order, so limits are to leave room
 * for their rounding.
 */
export function weightedQuantiles(values: Float64Array, weights: Float64Array, limits: readonly number[], out: Float64Array): void {
  const size = values.length;
  if (keys.length < size) {
    keys = new Float64Array(size);
    carried = new Float64Array(size);
  }
  // Who weighs nothing decides nothing.
  let count = 0;
  for (let i = 0; i < size; i++) {
    if (weights[i] === 0) continue;
    keys[count] = values[i]!;
    carried[count++] = weights[i]!;
  }
  let below = 0;
  let start = 0;
  for (let i = 0; i < limits.length; i++) {
    let low = start;
    let high = count - 1;
    while (low < high) {
      const [before, after] = partition(keys, carried, low, high);
      let upTo = below;
      for (let at = low; at <= before; at++) upTo += carried[at];
      if (upTo >= limits[i]) {
        high = before;
        continue;
      }
      // Between the two parts stand values equal to the pivot.
      let middle = upTo;
      for (let at = before + 1; at < after; at++) middle += carried[at];
      if (middle >= limits[i]) {
        low = before + 1;
        below = upTo;
        break;
      }
      below = middle;
      low = after;
    }
    // What is before `low` is below the quantile, and so below that of every later limit.
    out[i] = keys[low]!;
    start = low;
  }
}

/** Of two ends of a partition: [low, first] holds values at most the pivot, [second, high] at least, and between stand equals. */
const ends: [number, number] = [0, 0];

/** Hoare's partition around the middle value, weights going along. */
function partition(values: Float64Array, weights: Float64Array | null, low: number, high: number): readonly [number, number] {
  const pivot = values[(low + high) >> 1];
  let i = low;
  let j = high;
  while (i <= j) {
    while (values[i] < pivot) i += 1;
    while (values[j] > pivot) j -= 1;
    if (i > j) break;
    const value = values[i];
    values[i] = values[j]!;
    values[j] = value;
    if (weights !== null) {
      const weight = weights[i];
      weights[i] = weights[j]!;
      weights[j] = weight;
    }
    i += 1;
    j -= 1;
  }
  ends[0] = j;
  ends[1] = i;
  return ends;
}

/** The first place of an ascending list whose value is above `limit`; the last one where none is. */
export function firstAbove(ascending: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
