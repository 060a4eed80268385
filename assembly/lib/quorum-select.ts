// The k-th smallest of a few to many thousand non-negative i32.

/** Marks a value that is not there: larger than every time. */
export const NEVER: i32 = 0x7fffffff;
/** Lists are padded with NEVER to a multiple of this many elements. */
export const PAD: i32 = 16;
/** Up to here every value is compared with every other; above, a search for the value (measured: level at about 40 and 12). */
const RANK_LIMIT: i32 = ASC_FEATURE_SIMD ? 32 : 12;

// @ts-ignore: decorator
@inline
export function padded(count: i32): i32 {
  return (count + PAD - 1) & -PAD;
}

/** Writes NEVER after the last element, up to the padded length. */
export function pad(values: usize, count: i32): void {
  for (let i = count; i < padded(count); i++) store<i32>(values + ((<usize>i) << 2), NEVER);
}

/** The k-th smallest = the largest x with fewer than k values below it. */
function kthByRank(values: usize, count: i32, k: i32): i32 {
  if (ASC_FEATURE_SIMD) {
    // 16 x in four vectors against each y in every lane: no horizontal sums.
    let best = i32x4.splat(0);
    const limit = i32x4.splat(k);
    const end = values + ((<usize>count) << 2);
    for (let at = values; at < end; at += 64) {
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      const x2 = v128.load(at, 32);
      const x3 = v128.load(at, 48);
      let below0 = i32x4.splat(0);
      let below1 = i32x4.splat(0);
      let below2 = i32x4.splat(0);
      let below3 = i32x4.splat(0);
      for (let other = values; other < end; other += 4) {
        const y = v128.load_splat<i32>(other);
        below0 = i32x4.sub(below0, i32x4.gt_s(x0, y));
        below1 = i32x4.sub(below1, i32x4.gt_s(x1, y));
        below2 = i32x4.sub(below2, i32x4.gt_s(x2, y));
        below3 = i32x4.sub(below3, i32x4.gt_s(x3, y));
      }
      best = i32x4.max_s(best, v128.and(x0, i32x4.gt_s(limit, below0)));
      best = i32x4.max_s(best, v128.and(x1, i32x4.gt_s(limit, below1)));
      best = i32x4.max_s(best, v128.and(x2, i32x4.gt_s(limit, below2)));
      best = i32x4.max_s(best, v128.and(x3, i32x4.gt_s(limit, below3)));
    }
    return max(
      max(i32x4.extract_lane(best, 0), i32x4.extract_lane(best, 1)),
      max(i32x4.extract_lane(best, 2), i32x4.extract_lane(best, 3)),
    );
  }
  let best: i32 = 0;
  for (let i = 0; i < count; i++) {
    const x = load<i32>(values + ((<usize>i) << 2));
    let below: i32 = 0;
    for (let j = 0; j < count; j++) below += i32(load<i32>(values + ((<usize>j) << 2)) < x);
    best = max(best, below < k ? x : 0);
  }
  return best;
}

// @ts-ignore: decorator
@inline
export function sumOf(x: v128): i32 {
  return i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3);
}

// @ts-ignore: decorator
@inline
function largestOf(x: v128): i32 {
  return max(max(i32x4.extract_lane(x, 0), i32x4.extract_lane(x, 1)), max(i32x4.extract_lane(x, 2), i32x4.extract_lane(x, 3)));
}

// @ts-ignore: decorator
@inline
function smallestOf(x: v128): i32 {
  return min(min(i32x4.extract_lane(x, 0), i32x4.extract_lane(x, 1)), min(i32x4.extract_lane(x, 2), i32x4.extract_lane(x, 3)));
}

/** How many of the values are at or below `limit`. */
function countUpTo(values: usize, count: i32, limit: i32): i32 {
  const end = values + ((<usize>padded(count)) << 2);
  let above: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    const bound = i32x4.splat(limit);
    let s0 = i32x4.splat(0);
    let s1 = i32x4.splat(0);
    for (let at = values; at < end; at += 64) {
      s0 = i32x4.sub(s0, i32x4.gt_s(v128.load(at), bound));
      s1 = i32x4.sub(s1, i32x4.gt_s(v128.load(at, 16), bound));
      s0 = i32x4.sub(s0, i32x4.gt_s(v128.load(at, 32), bound));
      s1 = i32x4.sub(s1, i32x4.gt_s(v128.load(at, 48), bound));
    }
    above = sumOf(i32x4.add(s0, s1));
  } else {
    for (let at = values; at < end; at += 16) {
      above += i32(load<i32>(at) > limit) + i32(load<i32>(at, 4) > limit) + i32(load<i32>(at, 8) > limit) + i32(load<i32>(at, 12) > limit);
    }
  }
  return padded(count) - above;
}

/** The largest value at or below `limit`, or -1. */
function largestUpTo(values: usize, count: i32, limit: i32): i32 {
  const end = values + ((<usize>padded(count)) << 2);
  if (ASC_FEATURE_SIMD) {
    const bound = i32x4.splat(limit);
    let best = i32x4.splat(-1);
    for (let at = values; at < end; at += 16) {
      const x = v128.load(at);
      best = i32x4.max_s(best, v128.or(x, i32x4.gt_s(x, bound)));
    }
    return largestOf(best);
  }
  let best: i32 = -1;
  for (let at = values; at < end; at += 4) {
    const x = load<i32>(at);
    best = max(best, x > limit ? -1 : x);
  }
  return best;
}

/** The smallest value above `limit`, or NEVER. */
function smallestAbove(values: usize, count: i32, limit: i32): i32 {
  const end = values + ((<usize>padded(count)) << 2);
  if (ASC_FEATURE_SIMD) {
    const bound = i32x4.splat(limit);
    const never = i32x4.splat(NEVER);
    let best = never;
    for (let at = values; at < end; at += 16) {
      const x = v128.load(at);
      best = i32x4.min_s(best, v128.bitselect(x, never, i32x4.gt_s(x, bound)));
    }
    return smallestOf(best);
  }
  let best: i32 = NEVER;
  for (let at = values; at < end; at += 4) {
    const x = load<i32>(at);
    best = min(best, x > limit ? x : NEVER);
  }
  return best;
}

/** The k-th smallest value if it lies in (low, high], else NEVER. The list is padded. */
export function kthWithin(values: usize, count: i32, k: i32, low: i32, high: i32): i32 {
  if (count <= RANK_LIMIT) {
    const value = kthByRank(values, count, k);
    return value > low && value <= high ? value : NEVER;
  }
  let below = countUpTo(values, count, low);
  let upTo = countUpTo(values, count, high);
  if (below >= k || upTo < k) return NEVER;
  let probe = 0;
  // Each probe leaves a smaller span; at 1 the value is `high`.
  while (high - low > 1) {
    if (upTo == k) return largestUpTo(values, count, high);
    if (below == k - 1) return smallestAbove(values, count, low);
    // Two guesses as if the values were evenly spread, then a halving, so that no spread takes long.
    const span = <u32>(high - low);
    let step = span >>> 1;
    if (probe % 3 != 2) step = <u32>((<u64>span * <u64>(k - below)) / <u64>(upTo - below + 1));
    const middle = low + <i32>max<u32>(1, min<u32>(step, span - 1));
    const found = countUpTo(values, count, middle);
    if (found >= k) {
      high = middle;
      upTo = found;
    } else {
      low = middle;
      below = found;
    }
    probe += 1;
  }
  return high;
}

/** The k-th smallest (k from 1) of `count` values, of which at least k are not NEVER. The list is 16-byte aligned and padded. */
export function kth(values: usize, count: i32, k: i32): i32 {
  assert(k >= 1 && k <= count);
  if (count <= RANK_LIMIT) return kthByRank(values, count, k);
  return kthWithin(values, count, k, smallestAbove(values, count, -1) - 1, largestUpTo(values, count, NEVER - 1));
}
