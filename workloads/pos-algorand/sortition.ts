// Cryptographic sortition: how often an account is chosen for a committee, from one hash (Gilad et al., section 5.1, algorithm 1; go-algorand,
// data/committee/sortition). An account with w of W units is chosen j times, where j is the smallest number with h / (2^256 - 1) <= P(X <= j),
// X binomial of w units that are each chosen with chance tau / W. So whoever splits an account in two has the same chances as before:
// Bin(a) + Bin(b) = Bin(a + b).
//
// That inequality is decided exactly: h <= T_j, where T_j is the integer part of (2^256 - 1) P(X <= j). The sum is enclosed from below and
// above in integer arithmetic, with more bits until both ends give the same integer; where it may be an integer itself, which takes a
// denominator that divides 2^256 - 1 and so few units, it is a fraction. (go-algorand takes the sum as a double of the C++ library boost, so that
// it may differ for one h in 2^50 or so.)

/** The largest hash. */
export const LARGEST_HASH = (1n << 256n) - 1n;
const HASH_BITS = 256;
/** Leading bits of a hash that a double holds. */
export const LEADING_BITS = 53;
const LOW_BITS = BigInt(HASH_BITS - LEADING_BITS);
/** Beyond those of the hash, against what rounding adds up to. */
const GUARD_BITS = 96;
/** Fractions of up to so many bits are taken as they are. */
const MOST_EXACT_BITS = 1024;

/** Chances of an account: `atMost[j]` is T_j, the largest hash with which it is chosen j times or less. */
export interface Chances {
  readonly atMost: readonly bigint[];
  /** Their leading 53 bits. */
  readonly leading: Float64Array;
}

/**
 * Of an account with `units` of `total`, for a committee of `size` units on average. The list ends with the first j from which on the chance to be
 * chosen more often is below 2^-256: a hash above is counted as that.
 * @throws RangeError where not every unit could be chosen by itself: size >= total, or units > total, or no integers
 */
export function chancesOf(units: number, size: number, total: number): Chances {
  const whole = Number.isSafeInteger(units) && Number.isSafeInteger(size) && Number.isSafeInteger(total);
  if (!whole || units < 0 || units > total || size < 1 || size >= total)
    throw new RangeError(
      `sortition: received ${units} of ${total} units and a committee of ${size}; accepted: integers, 0 <= units <= total, 1 <= size < total`,
    );
  const bitsOfTotal = BigInt(total).toString(2).length;
  if (units * bitsOfTotal <= MOST_EXACT_BITS) return made(exactThresholds(BigInt(units), BigInt(size), BigInt(total)));
  // The chance of none is the smallest number that matters: about e^-mean, and log2(e) is below 3/2.
  for (let bits = 2 * HASH_BITS + GUARD_BITS + Math.ceil((3 * units * size) / (2 * total)); ; bits *= 2) {
    const atMost = thresholds(BigInt(units), BigInt(size), BigInt(total), BigInt(bits));
    if (atMost !== null) return made(atMost);
  }
}
const made = (atMost: readonly bigint[]): Chances => ({ atMost, leading: Float64Array.from(atMost, (most) => Number(most >> LOW_BITS)) });

/** The chances of few units as fractions, with one denominator: C(units, j) size^j rest^(units - j) of total^units. */
function exactThresholds(units: bigint, size: bigint, total: bigint): bigint[] {
  const rest = total - size;
  let term = powerOf(rest, units);
  const whole = powerOf(total, units);
  const found: bigint[] = [];
  let sum = 0n;
  for (let j = 0n; j < units; j++) {
    sum += term;
    const most = (LARGEST_HASH * sum) / whole;
    if (most >= LARGEST_HASH - 1n) break;
    found.push(most);
    // The next one is an integer, too.
    term = (term * (units - j) * size) / ((j + 1n) * rest);
  }
  found.push(LARGEST_HASH);
  return found;
}
function powerOf(base: bigint, exponent: bigint): bigint {
  let power = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square *= square) if ((left & 1n) === 1n) power *= square;
  return power;
}

/** null: so many bits do not decide it. */
function thresholds(units: bigint, size: bigint, total: bigint, bits: bigint): bigint[] | null {
  const one = 1n << bits;
  const rest = total - size;
  // (1 - p)^units by squaring, rounded down and up.
  let [low, high] = [one, one];
  let [squareLow, squareHigh] = [(rest << bits) / total, ((rest << bits) + total - 1n) / total];
  for (let left = units; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) [low, high] = [(low * squareLow) >> bits, up(high * squareHigh, bits)];
    [squareLow, squareHigh] = [(squareLow * squareLow) >> bits, up(squareHigh * squareHigh, bits)];
  }
  // Too few bits are left of it.
  if (low >> BigInt(GUARD_BITS + HASH_BITS) === 0n) return null;
  const found: bigint[] = [];
  let [sumLow, sumHigh] = [0n, 0n];
  for (let j = 0n; ; j++) {
    sumLow += low;
    sumHigh += high;
    if (j === units) {
      found.push(LARGEST_HASH);
      return found;
    }
    // Below 1 for j < units, however near.
    const most = (LARGEST_HASH * sumLow) >> bits;
    const above = sumHigh >= one ? LARGEST_HASH - 1n : (LARGEST_HASH * sumHigh) >> bits;
    if (most !== above) return null;
    if (most === LARGEST_HASH - 1n) {
      found.push(LARGEST_HASH);
      return found;
    }
    found.push(most);
    const down = (j + 1n) * rest;
    const times = (units - j) * size;
    low = (low * times) / down;
    high = (high * times + down - 1n) / down;
  }
}

const up = (value: bigint, bits: bigint): bigint => -(-value >> bits);

/** How often the account is chosen: by the hash's leading 53 bits, and only where they do not decide by all of it. */
export function timesChosen({ atMost, leading }: Chances, leadingBits: number, hash: () => bigint): number {
  let low = 0;
  let high = leading.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (leading[middle] >= leadingBits) high = middle;
    else low = middle + 1;
  }
  if (leading[low] === leadingBits) {
    const whole = hash();
    while (whole > atMost[low]) low += 1;
  }
  return low;
}

/** Leading bits of a whole hash. */
export const leadingOf = (hash: bigint): number => Number(hash >> LOW_BITS);
