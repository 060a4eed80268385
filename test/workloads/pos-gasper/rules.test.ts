// Rules of the consensus specifications: shuffling, committees, proposers, slashing, weak subjectivity, justification.
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BEFORE_FIRST, justifies, nextEpoch, type Finality } from '../../../workloads/pos-gasper/finality.ts';
import { isTaken, proposerOf, takenDraws } from '../../../workloads/pos-gasper/proposers.ts';
import { committeeStart, committeesPerSlot, shuffled } from '../../../workloads/pos-gasper/shuffle.ts';
import { correlationPenalty, initialPenalty, isSlashable, slashablePair } from '../../../workloads/pos-gasper/slashing.ts';
import { weakSubjectivityPeriod } from '../../../workloads/pos-gasper/weak-subjectivity.ts';
import { enough, holds } from '../../support/property.ts';

const ZERO = new Uint8Array(32);

describe('compute_shuffled_index', () => {
  test('the text of the specification, run at the zero seed', () => {
    expect([...shuffled(10, ZERO, sha256)]).toEqual([9, 7, 4, 1, 8, 0, 5, 6, 3, 2]);
    expect([...shuffled(100, ZERO, sha256)].slice(0, 10)).toEqual([79, 25, 97, 2, 29, 3, 4, 80, 18, 63]);
  });
  test('a permutation, which its rounds reversed undo', () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
    holds(
      fc.property(fc.integer({ min: 1, max: 700 }), seeds, (count, seed) => {
        const to = shuffled(count, seed, sha256);
        const back = shuffled(count, seed, sha256, true);
        expect([...to].sort((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, i) => i));
        for (let i = 0; i < count; i++) expect(back[to[i]!]).toBe(i);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('committees: max(1, min(64, N // 32 // 128)) a slot', () => {
  const sizes = (validators: number): string => {
    const count = 32 * committeesPerSlot(validators, 32);
    const all = Array.from({ length: count }, (_, i) => committeeStart(validators, i + 1, count) - committeeStart(validators, i, count));
    return `${count / 32}: ${Math.min(...all)} to ${Math.max(...all)}`;
  };
  test.each([
    [4095, '1: 127 to 128'],
    [4096, '1: 128 to 128'],
    [8192, '2: 128 to 128'],
    [262_143, '63: 130 to 131'],
    [262_144, '64: 128 to 128'],
    [1_000_000, '64: 488 to 489'],
  ])('%i validators', (validators, expected) => expect(sizes(validators)).toBe(expected));
  test('those of a slot are one range, whatever their number', () => {
    for (const validators of [4095, 16_384, 262_143, 1_000_000])
      for (const slot of [0, 1, 7, 31, 32]) {
        const count = committeesPerSlot(validators, 32);
        expect(committeeStart(validators, slot * count, 32 * count)).toBe(committeeStart(validators, slot, 32));
      }
  });
});

describe('proposers', () => {
  const chance = (balance: bigint, sampling: 'phase0' | 'electra'): number => {
    const { draws, of } = takenDraws(balance, sampling);
    return Number(draws) / Number(of);
  };
  test('phase 0: one byte against 32 ETH', () => {
    expect([16n, 17n, 31n, 32n].map((balance) => chance(balance, 'phase0'))).toEqual([0.5, 0.53125, 0.96875, 1]);
  });
  test('Electra: two bytes against 2048 ETH', () => {
    expect([32n, 64n, 2048n].map((balance) => chance(balance, 'electra'))).toEqual([1 / 64, 1 / 32, 1]);
  });
  test('as many draws are taken as the chance says', () => {
    for (const [sampling, of] of [
      ['phase0', 256],
      ['electra', 65_536],
    ] as const)
      for (const balance of [16n, 17n, 31n, 32n, 64n]) {
        let draws = 0n;
        for (let draw = 0; draw < of; draw++) if (isTaken(balance, BigInt(draw), sampling)) draws += 1n;
        expect(draws).toBe(takenDraws(balance, sampling).draws);
      }
  });
  /** Of four candidates in a random order, over and over: that one of the two that have half as much is the first to be taken. */
  const smallFirst = (large: number, small: number): number => {
    const orders = ['LLSS', 'LSLS', 'LSSL', 'SLLS', 'SLSL', 'SSLL'];
    const chances = orders.map((order) => {
      let left = 1;
      let its = 0;
      for (const one of order) {
        const taken = left * (one === 'L' ? large : small);
        left -= taken;
        if (one === 'S') its += taken;
      }
      return its / (1 - left);
    });
    return chances.reduce((sum, one) => sum + one, 0) / orders.length;
  };
  test.each(['phase0', 'electra'] as const)('%s: who has half as much proposes about half as often', (sampling) => {
    const balance_eth = (validator: number): bigint => (validator < 2 ? 32n : 16n);
    const p = smallFirst(chance(32n, sampling), chance(16n, sampling));
    if (sampling === 'phase0') expect(p).toBeCloseTo(7 / 24, 12);
    else expect(Math.abs(p - 1 / 3)).toBeLessThan(0.001);
    const TRIALS = 4000;
    let small = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const seed = sha256(Uint8Array.of(trial >> 8, trial & 255));
      const order = (validator: number): number => 256 * seed[2 * validator]! + seed[2 * validator + 1]!;
      const candidates = [0, 1, 2, 3].sort((x, y) => order(x) - order(y));
      if (proposerOf({ seed: sha256(seed), balance_eth, candidates, sampling }, sha256) >= 2) small += 1;
    }
    expect(1.96 * Math.sqrt((p * (1 - p)) / TRIALS)).toBeLessThan(0.05 * p);
    expect(Math.abs(small - TRIALS * p) / Math.sqrt(TRIALS * p * (1 - p))).toBeLessThan(4);
  });
});

describe('is_slashable_attestation_data', () => {
  const data = (source: number, target: number, root = 'x') => ({ source, target, root });
  test('a double vote: different data for one target', () => {
    expect(isSlashable(data(1, 5, 'x'), data(1, 5, 'y'))).toBe(true);
    expect(isSlashable(data(1, 5), data(1, 5))).toBe(false);
    expect(isSlashable(data(1, 5, 'x'), data(5, 6, 'y'))).toBe(false);
  });
  test('a surround vote: the first one surrounds the second', () => {
    expect(isSlashable(data(1, 6, 'x'), data(2, 5, 'y'))).toBe(true);
    expect(isSlashable(data(2, 5, 'x'), data(1, 6, 'y'))).toBe(false);
    expect(isSlashable(data(1, 6, 'x'), data(1, 5, 'y'))).toBe(false);
    expect(isSlashable(data(1, 5, 'x'), data(2, 6, 'y'))).toBe(false);
  });
  test('of all votes of a validator a pair is found where any is slashable', () => {
    const votes = fc.array(fc.record({ source: fc.nat(6), more: fc.integer({ min: 1, max: 6 }), root: fc.constantFrom('x', 'y') }), {
      maxLength: 6,
    });
    let caught = 0;
    holds(
      fc.property(votes, (drawn) => {
        const list = drawn.map(({ source, more, root }) => data(source, source + more, root));
        const any = list.some((one) => list.some((other) => isSlashable(one, other)));
        const pair = slashablePair(list);
        expect(pair !== null).toBe(any);
        if (pair !== null) expect(isSlashable(...pair)).toBe(true);
        caught += any ? 1 : 0;
      }),
      { seed: 2, numRuns: 500 },
    );
    expect(caught).toBeGreaterThan(enough(50));
    expect(caught).toBeLessThan(450);
  });
  test('initial penalties: 1/128, 1/64, 1/32, since Electra 1/4096', () => {
    const penalties = (['phase0', 'altair', 'bellatrix', 'electra'] as const).map((fork) => initialPenalty(32_000_000_000n, fork));
    expect(penalties).toEqual([250_000_000n, 500_000_000n, 1_000_000_000n, 7_812_500n]);
  });
  test('since Bellatrix everything is lost where a third is slashed together, in phase 0 a third', () => {
    const penalty = (slashed: bigint, fork: 'phase0' | 'bellatrix' | 'electra'): bigint => correlationPenalty(32n, slashed, 96n, fork);
    expect([penalty(32n, 'bellatrix'), penalty(31n, 'electra'), penalty(96n, 'electra'), penalty(32n, 'phase0')]).toEqual([
      32n,
      31n,
      32n,
      10n,
    ]);
  });
});

test('compute_weak_subjectivity_period: the table of the specification', () => {
  const epochs = (balance: bigint) =>
    [32_768n, 65_536n, 131_072n, 262_144n, 524_288n].map((count) => Number(weakSubjectivityPeriod(count, balance)));
  expect(epochs(28n)).toEqual([504, 752, 1248, 2241, 2241]);
  expect(epochs(32n)).toEqual([665, 1075, 1894, 3532, 3532]);
});

describe('process_justification_and_finalization', () => {
  test('exactly two thirds justify', () => {
    expect(justifies(2, 3)).toBe(true);
    expect(justifies(1999, 3000)).toBe(false);
    expect(justifies(0, 3)).toBe(false);
  });
  const checkpointOf = (epoch: number) => ({ epoch, block: 100 + epoch });
  /** By epoch: who voted for its checkpoint by its end, and by the end of the next, of 3. */
  const after = (votes: readonly (readonly [number, number])[]): Finality[] => {
    const states = [BEFORE_FIRST];
    votes.forEach(([target], epoch) => {
      const late = epoch === 0 ? 0 : votes[epoch - 1]![1];
      states.push(nextEpoch({ ...states.at(-1)!, target, previousTarget: late }, 3, checkpointOf));
    });
    return states;
  };
  const finalOf = (votes: readonly (readonly [number, number])[]): number[] => after(votes).map(({ finalized }) => finalized.epoch);
  const [IN_TIME, LATE, NEVER] = [
    [2, 2],
    [1, 2],
    [1, 1],
  ] as const;
  test('each checkpoint is justified when its epoch ends, and final when the next one does', () => {
    expect(finalOf([IN_TIME, IN_TIME, IN_TIME, IN_TIME])).toEqual([-2, -1, 0, 1, 2]);
  });
  test('votes that come an epoch late justify an epoch late; what was justified before is final by rules over three epochs', () => {
    const states = after([IN_TIME, LATE, LATE, LATE, LATE]);
    expect(states.map(({ current }) => current.epoch)).toEqual([-1, 0, 0, 1, 2, 3]);
    expect(states.map(({ finalized }) => finalized.epoch)).toEqual([-2, -1, -1, 0, 0, 1]);
  });
  test('a gap: the source must be justified right before its target', () => {
    const states = after([IN_TIME, NEVER, IN_TIME, IN_TIME]);
    expect(states.map(({ current }) => current.epoch)).toEqual([-1, 0, 0, 2, 3]);
    expect(states.map(({ finalized }) => finalized.epoch)).toEqual([-2, -1, -1, -1, 2]);
  });
  test('rule 3: epochs 0, 1 and 2 justified, 2 with 0 as its source', () => {
    // The votes for 1 come late, in epoch 2, whose own are in time.
    const states = after([IN_TIME, LATE, IN_TIME]);
    expect(states.map(({ current, finalized }) => [current.epoch, finalized.epoch])).toEqual([
      [-1, -2],
      [0, -1],
      [0, -1],
      [2, 0],
    ]);
  });
  test('nothing is final without two thirds', () => {
    expect(finalOf([NEVER, NEVER, NEVER, NEVER])).toEqual([-2, -2, -2, -2, -2]);
  });
});
