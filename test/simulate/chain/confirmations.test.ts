import { describe, expect, test } from 'vitest';
import { MAX_CONFIRMATIONS, powReversal, slotReversal, smallestConfirmations } from '../../../harness/simulate/chain/confirmations.ts';

const praos = (q: number, f: number): { honest: number; adversary: number } => ({
  honest: 1 - (1 - f) ** (1 - q),
  adversary: 1 - (1 - f) ** q,
});

describe('proof of work', () => {
  test('r(q, 1) is 2q; no number is enough against half of the power', () => {
    for (const q of [0.02, 0.1, 0.46]) expect(powReversal(q, 1)[1]).toBeCloseTo(2 * q, 12);
    expect([...powReversal(0.5, 3)]).toEqual([1, 1, 1, 1]);
  });

  test('upwards and downwards sums agree where they change over', () => {
    for (const q of [0.2, 0.4]) {
      const long = powReversal(q, 400);
      for (let z = 1; z <= 30; z++) expect(powReversal(q, z)[z]! / long[z]!).toBeCloseTo(1, 5);
    }
  });

  test('a risk far below what subtraction could resolve still has its z', () => {
    // r falls by less than 4pq a block and by more than 4pq (z + 1/2)/(z + 1).
    const z = smallestConfirmations(1e-30, (zMax) => powReversal(0.1, zMax))!;
    const r = powReversal(0.1, z);
    expect(r[z]!).toBeLessThan(1e-30);
    expect(r[z - 1]!).toBeGreaterThanOrEqual(1e-30);
    expect(r[z]! / r[z - 1]!).toBeLessThan(0.36);
  });
});

describe('Praos', () => {
  test('ever rarer slots make it the race of proof of work', () => {
    for (const q of [0.1, 0.3]) {
      const slots = slotReversal(praos(q, 1e-6), 12);
      const clock = powReversal(q, 12);
      for (let z = 1; z <= 12; z++) expect(slots[z]! / clock[z]!).toBeCloseTo(1, 4);
    }
  });

  /** z = 1 by hand: the payment's block comes in a slot; the attacker's blocks before and in that slot are m. */
  test('one confirmation, by hand', () => {
    const { honest: h, adversary: a } = praos(0.2, 0.5);
    const rho = (a * (1 - h)) / (h * (1 - a));
    // No attacker's slot before or with the first honest one.
    const none = (h * (1 - a)) / (1 - (1 - h) * (1 - a));
    expect(slotReversal({ honest: h, adversary: a }, 1)[1]).toBeCloseTo(1 - none * (1 - rho), 12);
  });

  test('tables of different size agree', () => {
    const race = praos(0.3, 0.05);
    const large = slotReversal(race, 300);
    for (const size of [5, 40]) for (let z = 1; z <= size; z++) expect(slotReversal(race, size)[z]! / large[z]!).toBeCloseTo(1, 9);
  });

  test('an adversary with nothing; one as fast as the others', () => {
    expect([...slotReversal({ honest: 0.5, adversary: 0 }, 2)]).toEqual([1, 0, 0]);
    expect([...slotReversal({ honest: 0.5, adversary: 0.5 }, 2)]).toEqual([1, 1, 1]);
  });
});

describe('smallest number of confirmations', () => {
  test('null where none up to the largest is enough', () => {
    const flat = (zMax: number): Float64Array => new Float64Array(zMax + 1).fill(0.5);
    expect(smallestConfirmations(0.4, flat)).toBe(null);
    expect(smallestConfirmations(0.6, flat)).toBe(1);
  });

  test('strictly below the risk, and found in a later table', () => {
    const steps = (zMax: number): Float64Array => Float64Array.from({ length: zMax + 1 }, (_, z) => 1 / (z + 1));
    expect(smallestConfirmations(0.25, steps)).toBe(4);
    expect(smallestConfirmations(1 / 1000, steps)).toBe(1000);
    expect(smallestConfirmations(1 / (MAX_CONFIRMATIONS + 5), steps)).toBe(null);
  });
});
