// Exact shares as numbers: a ratio is kept as the double nearest to it, and that double names it.
//
// Two fractions with denominators up to 10^6 differ by at least 10^-12, and doubles below 1 lie 2^-53 apart or closer: no two of them
// have the same double, so the fraction is found again from it (0.3333333333333333 is 1/3, 0.33 is 33/100).

/** The largest denominator that a suite may write; decimals have at most six places. */
export const MOST_DENOMINATOR = 1_000_000;

/**
 * The fraction of the smallest denominator whose nearest double is `value`: the first such convergent of its continued fraction.
 * @throws RangeError for a value that is negative or no number
 */
export function exactRatio(value: number): { numerator: bigint; denominator: bigint } {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`a ratio must be a number of at least 0, got ${value}`);
  let scaled = value;
  let power = 1n;
  // Doubling is exact.
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    power *= 2n;
  }
  let [dividend, divisor] = [BigInt(scaled), power];
  let [before, numerator] = [0n, 1n];
  let [beforeBelow, denominator] = [1n, 0n];
  while (divisor !== 0n) {
    const whole = dividend / divisor;
    [before, numerator] = [numerator, whole * numerator + before];
    [beforeBelow, denominator] = [denominator, whole * denominator + beforeBelow];
    if (Number(numerator) / Number(denominator) === value) break;
    [dividend, divisor] = [divisor, dividend % divisor];
  }
  return { numerator, denominator };
}

/** `0.33`, or `1/3` where no decimal of six places is the same. */
export function ratioText(value: number): string {
  return Number(value.toFixed(6)) === value && !String(value).includes('e') ? String(value) : fractionText(value);
}

function fractionText(value: number): string {
  const { numerator, denominator } = exactRatio(value);
  return `${numerator}/${denominator}`;
}

/** The double nearest to a text like `1/3` or `33%`; null: it is no such text, or finer than a denominator of 10^6. */
export function parseRatio(text: string): number | null {
  const [, above, below] = /^\s*(\d{1,7})\s*\/\s*(\d{1,7})\s*$/.exec(text) ?? [];
  if (above !== undefined && below !== undefined) {
    const value = Number(above) / Number(below);
    return Number(below) > 0 && isExact(value) ? value : null;
  }
  const [, whole, fraction = ''] = /^\s*(\d{1,3})(?:\.(\d{1,4}))?\s*%\s*$/.exec(text) ?? [];
  if (whole === undefined) return null;
  return Number(whole + fraction) / Number(`1${'0'.repeat(fraction.length + 2)}`);
}

/** A fraction with a denominator of at most 10^6. */
export function isExact(value: number): boolean {
  return value >= 0 && value < Infinity && exactRatio(value).denominator <= BigInt(MOST_DENOMINATOR);
}
