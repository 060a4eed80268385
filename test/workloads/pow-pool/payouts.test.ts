// What schemes pay for single shares, on lists of shares that are drawn here: M. Rosenfeld, arXiv 1112.4980, sections 2 to 5.
import { describe, expect, test } from 'vitest';
import { ShareLog } from '../../../harness/simulate/chain/share-log.ts';
import { PURPOSE, drawKey, drawUnit } from '../../../harness/simulate/core/draws.ts';
import { payShares, type PoolBooks, type Scheme } from '../../../workloads/pow-pool/payouts.ts';
import workload from '../../../workloads/pow-pool/index.ts';
import { LOAD_RULES } from '../../../harness/model/load.ts';
import { WAN, simulate } from '../../cells.ts';
import { zScore } from '../../simulate/chain-setup.ts';

/** `count` shares in a row, each of a member of its own, and a block with chance p. */
function drawn(seed: number, count: number, p: number, member = (at: number): number => at): ShareLog {
  const log = new ShareLog();
  const key = drawKey(seed, { purpose: PURPOSE.thinning });
  for (let at = 0; at < count; at++) {
    const block = drawUnit(key, at) < p ? at + 1 : 0;
    log.add({ number: at + 1, member: member(at), job: 0, tip: 0, block, found_us: at, arrived_us: at, stale: false, counted: true });
  }
  return log;
}

const P = 0.1;
const X = 2;
const SHARES = 4000;
const LISTS = 12;
const sample = (values: readonly number[]): { mean: number; z: (expected: number) => number } => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1) / values.length);
  return { mean, z: (expected) => (mean - expected) / deviation };
};

describe('pay of a single share', () => {
  /** By list: what each share was paid, and the age of its round when it came, in shares. */
  const lists = Array.from({ length: LISTS }, (_, seed) => {
    const log = drawn(seed, SHARES, P);
    const paid = { pps: new Float64Array(SHARES), proportional: new Float64Array(SHARES), pplns: new Float64Array(SHARES) };
    payShares(
      log,
      { blocksPerShare: P, fee: 0, window_shares: X / P },
      { participants: SHARES, isRewarded: () => true, pay: ({ scheme, member, amount }) => (paid[scheme][member] += amount) },
    );
    const ages: number[] = [];
    for (let at = 0, age = 0; at < SHARES; at++, age++) {
      ages.push(age);
      if (log.block(at) !== 0) age = -1;
    }
    return { paid, ages };
  });
  // The last rounds and windows are not over.
  const whole = SHARES - 20 * (X / P);
  const of = (scheme: Scheme, value: (pay: number, age: number) => number | null): ReturnType<typeof sample> =>
    sample(
      lists.map(({ paid, ages }) => {
        const values = Array.from(paid[scheme].subarray(0, whole), (pay, at) => value(pay, ages[at]!)).filter((x) => x !== null);
        return values.reduce((sum, x) => sum + x, 0) / values.length;
      }),
    );

  test('PPLNS: p in the mean, with a variance of p^2 (1 - p)/X, which is p^2/X where shares are easy', () => {
    expect(Math.abs(of('pplns', (pay) => pay).z(P))).toBeLessThan(4);
    const variance = of('pplns', (pay) => (pay - P) ** 2);
    expect(Math.abs(variance.z((P * P * (1 - P)) / X))).toBeLessThan(4);
    expect(variance.mean / ((P * P * (1 - P)) / X)).toBeCloseTo(1, 1);
  });
  test('PPLNS: the same whatever the age of the round', () => {
    for (const is of [(age: number) => age < 4, (age: number) => age >= 4 && age < 15, (age: number) => age >= 15])
      expect(Math.abs(of('pplns', (pay, age) => (is(age) ? pay : null)).z(P))).toBeLessThan(4);
  });
  test('proportional: more for the first of a round, less for the last', () => {
    expect(of('proportional', (pay, age) => (age < 4 ? pay : null)).z(P)).toBeGreaterThan(8);
    expect(of('proportional', (pay, age) => (age >= 15 ? pay : null)).z(P)).toBeLessThan(-8);
    expect(Math.abs(of('proportional', (pay) => pay).z(P))).toBeLessThan(4);
  });
});

describe('an operator that pays by PPS', () => {
  const books = (seed: number, count: number, rules: { p: number; fee: number }): PoolBooks =>
    payShares(
      drawn(seed, count, rules.p, () => 0),
      { blocksPerShare: rules.p, fee: rules.fee, window_shares: 1 },
      { participants: 1, isRewarded: () => true, pay: () => {} },
    );
  test('its balance is a random walk with a drift of f a block', () => {
    for (const fee of [0, 0.2]) {
      const ends = Array.from({ length: 60 }, (_, seed) => books(seed, 2000, { p: 0.05, fee }).balance);
      expect(Math.abs(sample(ends).z(100 * fee))).toBeLessThan(4);
    }
  });
  test('it is ruined with a reserve R with chance rho^(R/(p (1 - f))), rho = 1 - p + p rho^(1/(p (1 - f)))', () => {
    // p = 0.05 and f = 0.2: a block is worth 25 shares.
    let rho = 0.5;
    for (let i = 0; i < 5000; i++) rho = 0.95 + 0.05 * rho ** 25;
    const walks = 1500;
    const lowest = Array.from({ length: walks }, (_, seed) => -books(1000 + seed, 1500, { p: 0.05, fee: 0.2 }).lowestBalance);
    for (const reserve of [0.4, 1, 2]) {
      const chance = rho ** Math.round(reserve / 0.04);
      const ruined = lowest.filter((depth) => depth >= reserve - 1e-9).length;
      expect(Math.abs(zScore(ruined, walks, chance)), `reserve ${reserve}`).toBeLessThan(4);
    }
  });
});

test('under an open load blocks of the pool carry what the operator has, and all of it is committed', () => {
  const { outcome } = simulate(workload, {
    network: WAN,
    nodes: 6,
    load: { ...LOAD_RULES, kind: 'open', rate_tps: 0.5, arrivals: 'poisson' },
    parameters: { share_difficulty_ratio: 0.1 },
  });
  expect(outcome.state).toBe('done');
  const { submitted, committed } = outcome.load!;
  expect(submitted).toBeGreaterThan(1000);
  expect(committed).toBe(submitted);
  expect(outcome.observations!['pool_shares']).toBeGreaterThan(500);
});
