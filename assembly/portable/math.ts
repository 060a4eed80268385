// Logarithm, exponential and power from + - * / alone, so that TypeScript and AssemblyScript give the same
// bits on every engine. Math.log differs between V8 and AssemblyScript on 7% of arguments, Math.pow between
// Node 20 and 24. Compiled by tsc and by asc: scalar code only.

const LN2_HI: f64 = 6.9314718036912381649e-1; // 32 high bits of ln 2, so that k * LN2_HI is exact for |k| < 2^21
const LN2_LO: f64 = 1.90821492927058770002e-10;

/** x * 2^k for |k| <= 1100, by exact multiplications (the last one rounds where the result is subnormal). */
function scale(x: f64, k: i32): f64 {
  while (k >= 30) {
    x *= 1073741824.0;
    k -= 30;
  }
  while (k <= -30) {
    x /= 1073741824.0;
    k += 30;
  }
  while (k > 0) {
    x *= 2.0;
    k -= 1;
  }
  while (k < 0) {
    x /= 2.0;
    k += 1;
  }
  return x;
}

/** Natural logarithm; x > 0 and finite. Error below 2 ulp (checked against Math.log in the tests). */
export function ln(x: f64): f64 {
  let k: i32 = 0;
  while (x >= 1073741824.0) {
    x /= 1073741824.0;
    k += 30;
  }
  while (x < 1.0 / 1073741824.0) {
    x *= 1073741824.0;
    k -= 30;
  }
  while (x >= 1.4142135623730951) {
    x /= 2.0;
    k += 1;
  }
  while (x < 0.7071067811865476) {
    x *= 2.0;
    k -= 1;
  }
  // ln x = 2 artanh(s), s = (x-1)/(x+1), |s| <= 0.1716: the term s^25/25 is below 2^-68.
  const s: f64 = (x - 1.0) / (x + 1.0);
  const s2: f64 = s * s;
  let t: f64 = 1.0 / 23.0;
  t = t * s2 + 1.0 / 21.0;
  t = t * s2 + 1.0 / 19.0;
  t = t * s2 + 1.0 / 17.0;
  t = t * s2 + 1.0 / 15.0;
  t = t * s2 + 1.0 / 13.0;
  t = t * s2 + 1.0 / 11.0;
  t = t * s2 + 1.0 / 9.0;
  t = t * s2 + 1.0 / 7.0;
  t = t * s2 + 1.0 / 5.0;
  t = t * s2 + 1.0 / 3.0;
  const small: f64 = 2.0 * s + 2.0 * s * s2 * t;
  return k * LN2_HI + (k * LN2_LO + small);
}

/** e^x for -700 <= x <= 700; 0 below, Infinity above. */
export function exp(x: f64): f64 {
  if (x < -700.0) return 0.0;
  if (x > 700.0) return 1.0 / 0.0;
  let k: i32 = 0;
  let q: f64 = x / LN2_HI;
  // floor(q + 1/2) without a library call: |q| < 1011.
  q = q + 0.5 + 1024.0;
  let bit: i32 = 1024;
  let whole: f64 = 0.0;
  while (bit > 0) {
    if (whole + bit <= q) {
      whole += bit;
      k += bit;
    }
    bit >>= 1;
  }
  k -= 1024;
  const r: f64 = x - k * LN2_HI - k * LN2_LO; // |r| <= 0.347
  let t: f64 = 1.0 + r / 15.0;
  t = 1.0 + (r / 14.0) * t;
  t = 1.0 + (r / 13.0) * t;
  t = 1.0 + (r / 12.0) * t;
  t = 1.0 + (r / 11.0) * t;
  t = 1.0 + (r / 10.0) * t;
  t = 1.0 + (r / 9.0) * t;
  t = 1.0 + (r / 8.0) * t;
  t = 1.0 + (r / 7.0) * t;
  t = 1.0 + (r / 6.0) * t;
  t = 1.0 + (r / 5.0) * t;
  t = 1.0 + (r / 4.0) * t;
  t = 1.0 + (r / 3.0) * t;
  t = 1.0 + (r / 2.0) * t;
  t = 1.0 + r * t;
  return scale(t, k);
}

/** base^exponent for base >= 0. 0^0 is 1. */
export function power(base: f64, exponent: f64): f64 {
  if (exponent == 0.0) return 1.0;
  if (base == 0.0) return 0.0;
  return exp(exponent * ln(base));
}
