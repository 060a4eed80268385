import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { powReversal } from '../../../harness/simulate/chain/confirmations.ts';
import { compactOf, targetOfCompact } from '../../../harness/simulate/core/target.ts';
import { Births, cycle_days, matureShare, meanWeight_days, slopeOfCycle, steadyAges } from '../../../workloads/pos-coin-age/ages.ts';
import {
  KERNEL_MODIFIER_AGE_s,
  MODIFIER_INTERVAL_s,
  SELECTION_INTERVAL_s,
  isModifierDue,
  selectModifier,
  selectionSection_s,
  selectionStart_s,
  type ModifierCandidate,
} from '../../../workloads/pos-coin-age/modifier.ts';
import { weighedReversal, type WeighedRace } from '../../../workloads/parts/weighed-race.ts';
import {
  COIN,
  DAY_s,
  KERNEL_BYTES,
  TARGET_LIMIT,
  coinDayWeight,
  hashNumber,
  isKernel,
  kernelBytes,
  kernelChance,
  nextTarget,
  stakeReward,
} from '../../../workloads/pos-coin-age/rules.ts';
import { relativeHalfWidth, zScore } from '../../simulate/chain-setup.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';

const days = (count: number): number => count * DAY_s;

describe("Peercoin's kernel (CheckStakeKernelHash)", () => {
  test.each([
    [31, 100n],
    [45, 1500n],
    [60, 3000n],
    [90, 6000n],
    [120, 6000n],
    [3650, 6000n],
  ])('100 coins of %i days weigh %s coin-days: age beyond 30 days, of which 60 count at most', (age, weight) => {
    expect(coinDayWeight(100 * COIN, days(age))).toBe(weight);
  });
  test('below an age of 30 days nothing is a kernel, whatever its hash', () => {
    for (const age_s of [0, days(1), days(30) - 1]) {
      expect(coinDayWeight(1e6 * COIN, age_s)).toBe(0n);
      expect(isKernel(0n, { target: TARGET_LIMIT, value_units: 1e6 * COIN, age_s })).toBe(false);
    }
    // At 30 days the weight is 0 still, and a hash of 0 at most the product.
    expect(isKernel(0n, { target: TARGET_LIMIT, value_units: 1e6 * COIN, age_s: days(30) })).toBe(true);
    expect(isKernel(1n, { target: TARGET_LIMIT, value_units: 1e6 * COIN, age_s: days(30) })).toBe(false);
  });
  test('coin-days are whole: an output of less than one has no weight', () => {
    expect(coinDayWeight(COIN, days(31) - 1)).toBe(0n);
    expect(coinDayWeight(COIN, days(31))).toBe(1n);
    expect(coinDayWeight(COIN - 1, days(31))).toBe(0n);
    expect(coinDayWeight(Math.floor(COIN / 60), days(90))).toBe(0n);
    expect(coinDayWeight(Math.ceil(COIN / 60), days(90))).toBe(1n);
    expect(coinDayWeight(2.5 * COIN, days(33))).toBe(7n);
  });
  test('a hash of exactly target × weight is a kernel (the code rejects what is greater, the comment says <)', () => {
    const given = { target: 12_345n << 200n, value_units: 7 * COIN, age_s: days(60) };
    const most = given.target * 210n;
    expect(isKernel(most, given)).toBe(true);
    expect(isKernel(most + 1n, given)).toBe(false);
    expect(kernelChance(given.target, 210n)).toBeCloseTo(Number(most) / 2 ** 256, 12);
    expect(kernelChance(given.target, 0n)).toBe(0);
  });
  test('hashed are 28 bytes: modifier, times, place and time of the try, little-endian, and nothing of the block that is made', () => {
    const bytes = kernelBytes({
      modifier: 0x0102030405060708n,
      blockFrom_s: 1,
      offset_bytes: 0x51,
      txPrev_s: 2,
      index: 3,
      time_s: 0x0a0b0c0d,
    });
    expect(bytes.length).toBe(KERNEL_BYTES);
    expect(Buffer.from(bytes).toString('hex')).toBe('0807060504030201' + '01000000' + '51000000' + '02000000' + '03000000' + '0d0c0b0a');
  });
  test('one try a second: a second of an output has one hash, and 20 000 of them win as often as target × weight ÷ 2^256 says', () => {
    const target = (1n << 256n) / 500n;
    const chance = kernelChance(target, 40n);
    const tries = 20_000;
    let won = 0;
    for (let time_s = 0; time_s < tries; time_s++) {
      const fields = { modifier: 0x9e3779b97f4a7c15n, blockFrom_s: 1000, offset_bytes: 81, txPrev_s: 1000, index: 1, time_s };
      const hash = hashNumber(sha256(sha256(kernelBytes(fields))));
      if (isKernel(hash, { target, value_units: COIN, age_s: days(70) })) won += 1;
    }
    expect(chance).toBeCloseTo(40 / 500, 9);
    expect(relativeHalfWidth(tries, chance)).toBeLessThan(0.05);
    expect(Math.abs(zScore(won, tries, chance))).toBeLessThan(4);
  });
  test('splitting an output never gains: its parts weigh at most what it weighs, and their tries win at most as often', () => {
    let lost = 0;
    holds(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 * COIN }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: days(120) }),
        (parts, age_s) => {
          const whole = coinDayWeight(
            parts.reduce((sum, units) => sum + units, 0),
            age_s,
          );
          const split = parts.map((units) => coinDayWeight(units, age_s)).reduce((sum, weight) => sum + weight, 0n);
          expect(split <= whole).toBe(true);
          // Each part loses less than a coin-day.
          expect(whole - split < BigInt(parts.length)).toBe(true);
          if (split < whole) lost += 1;
          // Of several tries, (1 - p)(1 - q) ≥ 1 - p - q: exact, as fractions of 2^256.
          const all = 1n << 256n;
          const reach = (weight: bigint): bigint => (weight === 0n ? 0n : TARGET_LIMIT * weight);
          let none = all;
          let scale = 1n;
          for (const units of parts) {
            none = none * (all - reach(coinDayWeight(units, age_s)));
            scale *= all;
          }
          expect(none >= (all - reach(whole)) * scale).toBe(true);
        },
      ),
      { numRuns: inFull(2000, 300), seed: 21 },
    );
    expect(lost).toBeGreaterThan(enough(100));
  });
});

describe('rewards and targets', () => {
  test('1% a year: floor(coin-days × 33 ÷ 12053) cents', () => {
    expect(stakeReward(36_525n)).toBe(BigInt(COIN));
    expect(stakeReward(36_524n)).toBe(BigInt((99 * COIN) / 100));
    expect(stakeReward(365n)).toBe(0n);
    expect(stakeReward(366n)).toBe(BigInt(COIN / 100));
  });
  test('after each block the target is × (1007 × 600 + 2 × spacing) ÷ (1009 × 600), in the compact form', () => {
    const target = targetOfCompact(compactOf(1n << 220n));
    expect(nextTarget(target, 600)).toBe(target);
    for (const spacing_s of [0, 1, 599, 601, 6000, 2_592_000]) {
      const exact = (target * BigInt(604_200 + 2 * spacing_s)) / 605_400n;
      expect(nextTarget(target, spacing_s)).toBe(targetOfCompact(compactOf(exact < TARGET_LIMIT ? exact : TARGET_LIMIT)));
    }
    expect(Number(nextTarget(target, 0)) / Number(target)).toBeCloseTo(1007 / 1009, 5);
    expect(Number(nextTarget(target, 1200)) / Number(target)).toBeCloseTo(1011 / 1009, 5);
    expect(nextTarget(TARGET_LIMIT, 6000)).toBe(TARGET_LIMIT);
    expect(compactOf(TARGET_LIMIT)).toBe(0x1d00ffff);
    expect(nextTarget(1n, 0)).toBe(1n);
  });
});

describe('the stake modifier (ComputeNextStakeModifier)', () => {
  test('64 sections of a third of six hours up to six hours: 761 920 s; a kernel uses the modifier 30 days less that old', () => {
    expect([0, 31, 62, 63].map(selectionSection_s)).toEqual([7200, 10_714, 20_935, 21_600]);
    expect(SELECTION_INTERVAL_s).toBe(761_920);
    expect(SELECTION_INTERVAL_s / DAY_s).toBeCloseTo(8.8185, 4);
    expect(KERNEL_MODIFIER_AGE_s / DAY_s).toBeCloseTo(21.18, 2);
    expect(selectionStart_s(10 * MODIFIER_INTERVAL_s + 77)).toBe(216_000 - 761_920);
  });
  test('a block has a new one where it and the block before it lie in a later interval than the one that had the last', () => {
    const last_s = 5 * MODIFIER_INTERVAL_s + 100;
    const next_s = 6 * MODIFIER_INTERVAL_s;
    expect(isModifierDue({ last_s, parent_s: next_s - 1, block_s: next_s + 600 })).toBe(false);
    expect(isModifierDue({ last_s, parent_s: next_s, block_s: next_s + 600 })).toBe(true);
    expect(isModifierDue({ last_s, parent_s: last_s, block_s: last_s + 600 })).toBe(false);
  });
  const candidate = (time_s: number, hash: number, entropyBit: 0 | 1, isStake = true): ModifierCandidate => ({
    time_s,
    selection: BigInt(hash) << 224n,
    isStake,
    entropyBit,
  });
  test('each round takes the smallest hash of those within its sections that none has taken', () => {
    // Round 0 sees 7 200 s, round 1 7 277 more.
    const candidates = [candidate(0, 9, 0), candidate(7200, 3, 1), candidate(7201, 1, 0), candidate(14_477, 2, 1), candidate(99_999, 0, 1)];
    expect(selectionSection_s(1)).toBe(7277);
    // 3, then 1, then 2, then 9; then nothing else is within reach and the next one is taken.
    expect(selectModifier(candidates, 0)).toBe(0b10101n);
    expect(selectModifier([], 0)).toBe(0n);
  });
  test('proof of stake is preferred: its hashes are divided by 2^32', () => {
    const candidates = [candidate(0, 2, 0, false), candidate(1, 0xffffffff, 1), candidate(2, 1, 0, false)];
    // The stake, then work by hash.
    expect(selectModifier(candidates, 0)).toBe(0b001n);
    expect(
      selectModifier(
        candidates.map((one) => ({ ...one, isStake: true })),
        0,
      ),
    ).toBe(0b100n);
  });
  test('of more than 64 blocks 64 give a bit, each once', () => {
    const many = Array.from({ length: 200 }, (_, i) => candidate(600 * i, (i * 7919) % 997, 1));
    expect(selectModifier(many, 0)).toBe((1n << 64n) - 1n);
  });
});

describe('ages where outputs mint and begin anew for ever', () => {
  test('a cycle is 30 days, and then a wait at a rate of slope × days: with none of the wait left out it is shorter than without a cap', () => {
    // Without the cap of 60 days the wait is sqrt(π / 2c).
    for (const slope of [0.5, 0.05, 0.01]) expect(cycle_days(slope)).toBeCloseTo(30 + Math.sqrt(Math.PI / (2 * slope)), 3);
    // Where outputs are seldom drawn the wait is that of 60 days' weight, and half of the ramp is missing.
    expect(cycle_days(1e-7)).toBeCloseTo(30 + 30 + 1 / 60e-7, 0);
    const slope = slopeOfCycle(200, 1);
    expect(cycle_days(slope)).toBeCloseTo(200, 6);
    expect(slopeOfCycle(30.001, 0.5)).toBe(0.5);
    expect(meanWeight_days(slope)).toBeCloseTo(1 / (200 * slope), 9);
    expect(matureShare(slope)).toBeCloseTo(0.85, 9);
  });
  test('ages that are drawn have that mean weight, and 30 of 200 days are too young', () => {
    const slope = slopeOfCycle(200, 1);
    const ageOf = steadyAges(slope);
    const count = 100_000;
    let weight = 0;
    let young = 0;
    for (let i = 0; i < count; i++) {
      const age_s = ageOf((i + 0.5) / count);
      weight += Math.max(0, Math.min(age_s, days(90)) - days(30)) / DAY_s;
      if (age_s < days(30)) young += 1;
    }
    expect(Math.abs(weight / count - meanWeight_days(slope))).toBeLessThan(0.01);
    expect(young / count).toBeCloseTo(0.15, 4);
  });
  test('births of a chain stay what they were when another block mints', () => {
    const first = Births.of(1000, (output) => -output);
    const next = first.with(700, 5).with(3, 6);
    expect([first.at_s(700), first.at_s(3), next.at_s(700), next.at_s(3), next.at_s(999)]).toEqual([-700, -3, 5, 6, -999]);
  });
});

describe('the race of a double spend', () => {
  test('where nothing is spent it is that of proof of work, with ties won from two blocks on: q (1 + 2p) of one confirmation and of two', () => {
    for (const q of [0.1, 0.3, 0.45]) {
      const r = weighedReversal({ q, outputs: Infinity }, 40);
      expect(r[1]!).toBeCloseTo(q * (1 + 2 * (1 - q)), 12);
      expect(r[2]!).toBeCloseTo(r[1]!, 12);
      // More than where more blocks are needed: to gain one more succeeds q/p of the time.
      const strict = powReversal(q, 40);
      for (let z = 3; z <= 40; z++) {
        expect(r[z]!).toBeGreaterThan(strict[z]!);
        expect(r[z]!).toBeLessThan((strict[z]! * (1 - q)) / q);
      }
    }
    expect(weighedReversal({ q: 0.6, outputs: Infinity }, 3)).toEqual(Float64Array.of(1, 1, 1, 1));
  });
  test.each([
    [{ q: 0.3, outputs: 4 }, 2],
    [{ q: 0.6, outputs: 12 }, 5],
    [{ q: 0.45, outputs: 30 }, 3],
    [{ q: 0.2, outputs: 1e9 }, 2],
    [{ q: 0.2, outputs: 1e9 }, 1],
  ] satisfies [WeighedRace, number][])('outputs that are spent: %o after %i confirmations, against a simple walk', (race, z) => {
    const expected = weighedReversal(race, z)[z]!;
    let state = 12_345;
    const draw = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    const tries = 12_000;
    let reversed = 0;
    for (let i = 0; i < tries; i++) {
      let [own, others] = [1, 0];
      const isAhead = (): boolean => own > others || (own === others && own >= 2);
      while (!(others >= z && isAhead()) && others - own < 60) {
        const rate = (race.q * (race.outputs - own)) / race.outputs;
        if (draw() < rate / (rate + 1 - race.q)) own += 1;
        else others += 1;
      }
      if (isAhead()) reversed += 1;
    }
    expect(relativeHalfWidth(tries, expected)).toBeLessThan(0.05);
    expect(Math.abs(zScore(reversed, tries, expected))).toBeLessThan(4);
  });
  test('with more than half of the rate it wins until its outputs are spent: some number of confirmations is enough', () => {
    const r = weighedReversal({ q: 0.6, outputs: 60 }, 120);
    expect(r[10]).toBeGreaterThan(0.8);
    // With 60 outputs it never has more than 60 blocks.
    expect(r[61]).toBe(0);
    expect(weighedReversal({ q: 0.3, outputs: 0 }, 2)).toEqual(Float64Array.of(1, 0, 0));
  });
});
