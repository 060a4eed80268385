// Sortition: exact against fractions of big integers, split-proof, and as often as it should be.
import { describe, expect, test } from 'vitest';
import { PURPOSE, draw32, drawKey } from '../../../harness/simulate/core/draws.ts';
import { Committees, STEP, committeeOf } from '../../../workloads/pos-algorand/committees.ts';
import { LARGEST_HASH, chancesOf, leadingOf, timesChosen } from '../../../workloads/pos-algorand/sortition.ts';
import { inFull } from '../../support/full.ts';

/** Numerators of the binomial probabilities over total^units: C(n, j) s^j (t - s)^(n - j), by Pascal's triangle. */
function binomial(units: number, size: number, total: number): bigint[] {
  let row = [1n];
  for (let n = 0; n < units; n++) row = [...row, 0n].map((value, j) => value + (row[j - 1] ?? 0n));
  return row.map((ways, j) => ways * power(BigInt(size), j) * power(BigInt(total - size), units - j));
}
const power = (base: bigint, exponent: number): bigint => {
  let product = 1n;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
};
const hashOf = (number: number): bigint => {
  const key = drawKey(7, { purpose: PURPOSE.eligibility, sequence: number });
  let hash = 0n;
  for (let word = 0; word < 8; word++) hash = (hash << 32n) | BigInt(draw32(key, word));
  return hash;
};

describe('the quantile of the binomial distribution', () => {
  test.each([
    [1, 20, 100],
    [5, 1, 7],
    [10, 3, 20],
    [37, 99, 100],
    [100, 20, 200],
    [200, 20, 200],
    [300, 1, 301],
    [400, 399, 400],
    // One unit in five, and 5 divides 2^256 - 1: P(X <= 0) is such a fraction itself where there is one unit.
    [1, 1, 5],
    [3, 1, 5],
    [500, 100, 500],
  ])('%i units of a committee of %i of %i: every threshold is the integer part of (2^256 - 1) P(X <= j)', (units, size, total) => {
    const denominator = power(BigInt(total), units);
    let sum = 0n;
    const exact = binomial(units, size, total).map((numerator) => ((sum += numerator) * LARGEST_HASH) / denominator);
    expect(sum).toBe(denominator);
    const { atMost } = chancesOf(units, size, total);
    // Where all that is left is less than 2^-256 the list ends.
    const end = exact.findIndex((most) => most >= LARGEST_HASH - 1n);
    expect(atMost).toEqual([...exact.slice(0, end), LARGEST_HASH]);
  });

  test('j is the smallest with h / (2^256 - 1) <= P(X <= j), at each threshold, one above it, and anywhere', () => {
    const chances = chancesOf(100, 20, 200);
    const naive = (hash: bigint): number => chances.atMost.findIndex((most) => hash <= most);
    const fast = (hash: bigint): number => timesChosen(chances, leadingOf(hash), () => hash);
    chances.atMost.slice(0, -1).forEach((most, j) => {
      expect([fast(most), fast(most + 1n)]).toEqual([j, naive(most + 1n)]);
    });
    expect([fast(0n), fast(LARGEST_HASH)]).toEqual([0, chances.atMost.length - 1]);
    for (let i = 0; i < 2000; i++) expect(fast(hashOf(i))).toBe(naive(hashOf(i)));
  });

  test('several thresholds with the same 53 leading bits are told apart by the rest', () => {
    // The last thresholds are 1 less almost nothing.
    const chances = chancesOf(1_000_000, 2990, 4_000_000);
    const alike = chances.leading.filter((leading) => leading === chances.leading.at(-2)).length;
    expect(alike).toBeGreaterThan(3);
    const naive = (hash: bigint): number => chances.atMost.findIndex((most) => hash <= most);
    for (const at of [2, 3, 10, 50]) {
      const most = chances.atMost.at(-at)!;
      for (const hash of [most, most + 1n]) expect(timesChosen(chances, leadingOf(hash), () => hash)).toBe(naive(hash));
    }
  });

  test.each([
    [10, 20, 20],
    [10, 0, 20],
    [21, 2, 20],
    [-1, 2, 20],
    [1.5, 2, 20],
  ])('%d units, a committee of %d of %d: refused', (units, size, total) => {
    expect(() => chancesOf(units, size, total)).toThrow(/accepted: integers, 0 <= units <= total, 1 <= size < total/);
  });
});

describe('who splits an account gains and loses nothing: Bin(a) + Bin(b) = Bin(a + b)', () => {
  test.each([
    [1, 1, 3, 20],
    [7, 13, 20, 50],
    [40, 60, 20, 200],
    [99, 1, 20, 200],
  ])('%i and %i units, a committee of %i of %i: the chance of every number of times is the same, as fractions', (a, b, size, total) => {
    const [one, other, together] = [binomial(a, size, total), binomial(b, size, total), binomial(a + b, size, total)];
    const sums = new Array<bigint>(a + b + 1).fill(0n);
    one.forEach((x, i) => other.forEach((y, j) => (sums[i + j]! += x * y)));
    expect(sums).toEqual(together);
  });

  test('and so are the chances by which it draws, to the last of 256 bits but for one a term', () => {
    const [a, b, size, total] = [7, 13, 20, 50];
    const steps = (units: number): bigint[] => chancesOf(units, size, total).atMost.map((most, j, all) => most - (all[j - 1] ?? -1n));
    const [one, other, together] = [steps(a), steps(b), steps(a + b)];
    for (let j = 0; j < together.length; j++) {
      let sum = 0n;
      for (let i = 0; i <= j; i++) sum += (one[i] ?? 0n) * (other[j - i] ?? 0n);
      const error = (sum >> 256n) - together[j]!;
      expect(error >= -40n && error <= 40n).toBe(true);
    }
  });
});

const seeds = Array.from({ length: inFull(20_000, 1000) }, (_, i) => i + 1);
/** A mean within four standard errors, and those within 5% of what is expected. */
function close(mean: number, expected: number, sd: number, count: number): void {
  const error = sd / Math.sqrt(count);
  expect(Math.abs(mean - expected) / error).toBeLessThan(4);
  expect((4 * error) / expected).toBeLessThan(0.05);
}

describe('how often', () => {
  test('go-algorand, sortition_test: 100 of 200 units, 20 expected: 1000 draws give 10000 to 2%', () => {
    const chances = chancesOf(100, 20, 200);
    let sum = 0;
    for (let i = 0; i < 1000; i++) sum += timesChosen(chances, leadingOf(hashOf(i)), () => hashOf(i));
    expect(Math.abs(sum - 10_000)).toBeLessThan(200);
  });

  const nodes = 10;
  const committees = new Committees({ seed: 1, stakes: null, nodes, total: nodes });
  const total = (round: number, step: number): number => committees.weights(round, 0, step).reduce((sum, weight) => sum + weight, 0);
  const rounds = seeds.slice(0, inFull(5000, 400));
  test.each([
    ['soft', STEP.soft, 2990, 2267],
    ['cert', STEP.cert, 1500, 1112],
    ['next', STEP.next, 5000, 3838],
    ['a later next', STEP.next + 5, 5000, 3838],
    ['late', STEP.late, 500, 320],
    ['redo', STEP.redo, 2400, 1768],
    ['down', STEP.down, 6000, 4560],
    ['propose', STEP.propose, 20, 0],
  ])('%s: %i chosen units on average, a threshold of %i', (_, step, size, threshold) => {
    expect(committeeOf(step)).toEqual({ size, threshold });
    const mean = rounds.reduce((sum, round) => sum + total(round, step), 0) / rounds.length;
    close(mean, size, Math.sqrt(size), rounds.length);
  });

  test('a node with 4 of 8 Algos is chosen half of the times, and its proposals come first half of the times', () => {
    const one = new Committees({ seed: 3, stakes: [4, 2, 1, 1], nodes: 4, total: 8 });
    let [chosen, first] = [0, 0];
    for (const round of seeds) {
      chosen += one.weightOf(0, round, 0, STEP.cert);
      const priorities = [0, 1, 2, 3].map((node) => one.priority(node, round, 0));
      if (priorities.indexOf(Math.min(...priorities)) === 0) first += 1;
      one.forget(round);
    }
    close(chosen / seeds.length, 750, Math.sqrt(750), seeds.length);
    expect(Math.abs(first / seeds.length - 0.5) / Math.sqrt(0.25 / seeds.length)).toBeLessThan(4);
  });
});

/** P(X < threshold) of a Poisson distribution, in logarithms from the mean down. */
function below(mean: number, threshold: number): number {
  let logTerm = -mean;
  let sum = 0;
  for (let j = 0; j < threshold; j++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(mean / (j + 1));
  }
  return sum;
}
/** The chance by this sortition's own thresholds that accounts with so many of `total` units together fall short. */
function falls(share: number, step: number): number {
  const { size, threshold } = committeeOf(step);
  const total = 1_000_000_000;
  const { atMost } = chancesOf(share * total, size, total);
  return Number(atMost[threshold - 1]! >> 203n) / 2 ** 53;
}

describe('thresholds', () => {
  test('P(no proposer) = e^-20 = 2.06e-9', () => {
    const { atMost } = chancesOf(1_000_000_000, 20, 1_000_000_000);
    const none = Number(atMost[0]! >> 203n) / 2 ** 53;
    expect(none).toBeCloseTo(Math.exp(-20), 15);
    expect(none.toExponential(2)).toBe('2.06e-9');
  });
  test.each([
    ['soft', STEP.soft, 0.00486],
    ['cert', STEP.cert, 0.00491],
    ['next', STEP.next, 0.00488],
  ])(
    '80%% of the stake online, %s (step %i): the threshold is missed with a chance of %d (Poisson), which sortition has to 1%%',
    (_, step, chance) => {
      const { size, threshold } = committeeOf(step);
      expect(Number(below(0.8 * size, threshold).toFixed(5))).toBe(chance);
      expect(falls(0.8, step) / below(0.8 * size, threshold)).toBeCloseTo(1, 2);
    },
  );
  test('a soft vote reaches its threshold in 3 of 10 tries with 75% of the stake, in one of some ten thousand with 70%', () => {
    expect(1 - falls(0.75, STEP.soft)).toBeCloseTo(0.3, 1);
    const tries = 1 / (1 - falls(0.7, STEP.soft));
    expect(tries).toBeGreaterThan(5000);
    expect(tries).toBeLessThan(20_000);
  });
  test('20% of the stake reach the threshold of cert alone with a chance of 1.4e-282', () => {
    const total = 1_000_000_000;
    const { size, threshold } = committeeOf(STEP.cert);
    let logTerm = -0.2 * size;
    for (let j = 0; j < threshold; j++) logTerm += Math.log((0.2 * size) / (j + 1));
    let [term, sum] = [1, 0];
    for (let j = threshold; term > 1e-20; term *= (0.2 * size) / ++j) sum += term;
    const exponent = (logTerm + Math.log(sum)) / Math.LN10;
    expect(Math.floor(exponent)).toBe(-282);
    expect((10 ** (exponent + 282)).toFixed(1)).toBe('1.4');
    // Beyond what a hash of 256 bits can say: its list ends before.
    expect(chancesOf(0.2 * total, size, total).atMost.length).toBeLessThan(threshold);
  });
});
