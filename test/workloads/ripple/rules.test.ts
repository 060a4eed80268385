// Ripple's arithmetic against the numbers of rippled, of the portal and of Chase and MacBrough.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uniqueNodeList } from '../../../workloads/parts/quorum-systems.ts';
import { Dispute, climb, ladderOf, ladderProblem, weightOf } from '../../../workloads/ripple/avalanche.ts';
import {
  EPOCH_S,
  NO_CLOSE_TIME,
  RESOLUTIONS_S,
  closedAt,
  nextResolution_s,
  participantsNeeded,
  rounded_s,
  voteOnCloseTime,
} from '../../../workloads/ripple/close-time.ts';
import { consensusState, shouldClose, shouldPause, type OpenLedger, type RoundSoFar } from '../../../workloads/ripple/consensus.ts';
import { faultBound, rulesOf } from '../../../workloads/ripple/rules.ts';
import { leastOverlap, overlappingLists, quorumsOf } from '../../../workloads/ripple/unl.ts';
import { holds } from '../../support/property.ts';
import { rippleSetup } from './stand.ts';

const LADDER = ladderOf('0:50,50:65,85:70,200:95');
const VOTES = { ladder: LADDER, leastRounds: 2, stalledRounds: 4, least_percent: 80 };

/** A dispute of so many peers for and against, when the needed share is that of a step. */
function dispute(own: boolean, yays: number, nays: number, step = 0): Dispute {
  const one = new Dispute(1, own);
  for (let peer = 0; peer < yays + nays; peer++) one.set(peer, peer < yays);
  one.rung.step = step;
  return one;
}

describe('X1 avalanche: new vote = weight > threshold, strictly; weight = floor(100 (yays + own) / (yays + nays + 1))', () => {
  test('5 yes and 4 no of peers and an own no are 50: it stays out', () => {
    expect(weightOf({ yays: 5, nays: 4, own: false })).toBe(50);
    const one = dispute(false, 5, 4);
    expect(one.update(VOTES, { converge_percent: 0, proposing: true })).toBe(false);
    expect([one.weight, one.vote]).toEqual([50, false]);
  });
  // Of 20 with one's own: at 65 per cent 13 fail and 14 pass; at 70 14 fail and 15 pass; at 95 19 fail and 20 pass.
  test.each([
    [1, 13, 65, false],
    [1, 14, 70, true],
    [2, 14, 70, false],
    [2, 15, 75, true],
    [3, 19, 95, false],
  ])('step %i of the ladder, %i of 20: weight %i, in: %s', (step, of20, weight, stays) => {
    const one = dispute(true, of20 - 1, 20 - of20, step);
    expect(one.update({ ...VOTES, leastRounds: 99 }, { converge_percent: 0, proposing: true })).toBe(!stays);
    expect([one.weight, one.vote]).toEqual([weight, stays]);
  });
  test('20 of 20: nobody is against, so nothing is voted on', () => {
    const one = dispute(true, 19, 0, 3);
    expect(one.update(VOTES, { converge_percent: 500, proposing: true })).toBe(false);
    expect([one.vote, one.rung.rounds]).toEqual([true, 0]);
    expect(weightOf({ yays: 19, nays: 0, own: true })).toBe(100);
  });
  test('who does not propose takes the larger side, and a tie is no', () => {
    for (const [yays, nays, vote] of [
      [4, 3, true],
      [3, 3, false],
      [3, 4, false],
    ] as const) {
      const one = dispute(!vote, yays, nays);
      one.update(VOTES, { converge_percent: 0, proposing: false });
      expect(one.vote).toBe(vote);
    }
  });
  test('thresholds follow the time, one step at a time, with at least two votes on each', () => {
    const at = (percents: readonly number[], leastRounds = 2): number[] => {
      const rung = { step: 0, rounds: 0 };
      return percents.map((converge_percent) => climb(LADDER, rung, { converge_percent, leastRounds }));
    };
    // By round numbers alone, as the white paper has it, a slow round would be at 95 as early as a quick one.
    expect(at([0, 10, 20, 30, 40, 49])).toEqual([50, 50, 50, 50, 50, 50]);
    expect(at([49, 50, 84, 85, 199, 200])).toEqual([50, 65, 65, 70, 70, 95]);
    expect(at([300, 300, 300, 300, 300, 300, 300])).toEqual([50, 65, 65, 70, 70, 95, 95]);
    // The close time's vote waits for no number of votes.
    expect(at([300, 300, 300, 300], 0)).toEqual([65, 70, 95, 95]);
  });
  test('a vote that somebody takes back counts no more', () => {
    const one = dispute(true, 3, 3);
    one.unset(0);
    one.unset(5);
    one.unset(5);
    expect([one.yays, one.nays]).toEqual([2, 2]);
    expect([one.set(1, true), one.set(1, false), one.yays, one.nays]).toEqual([false, true, 1, 3]);
  });
  test('stalled: on the last step, unchanged for long enough, with more than 80 per cent for it or less than 20', () => {
    const stalled = (yays: number, nays: number): boolean => {
      const one = dispute(false, yays, nays, 3);
      for (let vote = 0; vote < 4; vote++) one.update(VOTES, { converge_percent: 300, proposing: true });
      return one.isStalled(VOTES, true, 4);
    };
    expect(stalled(1, 8)).toBe(true);
    expect(stalled(2, 7)).toBe(false);
    expect(stalled(17, 2)).toBe(true);
    const early = dispute(false, 1, 8, 2);
    for (let vote = 0; vote < 4; vote++) early.update(VOTES, { converge_percent: 100, proposing: true });
    expect(early.isStalled(VOTES, true, 4)).toBe(false);
  });
  test('a ladder is in order, and of per cents', () => {
    expect(ladderProblem(LADDER)).toBeNull();
    expect(ladderProblem(ladderOf('0:50,0:60'))).toContain('later');
    expect(ladderProblem(ladderOf('0:50,50:101'))).toContain('100');
  });
});

describe('X2 quorum = max(ceil(0.8 of those that count), ceil(0.6 of the list))', () => {
  const list = (size: number): number[] => Array.from({ length: size }, (_, i) => i);
  test.each([
    [4, 4],
    [5, 4],
    [10, 8],
    [15, 12],
    [20, 16],
    [28, 23],
    [34, 28],
    [35, 28],
    [38, 31],
    [40, 32],
  ])('%i validators: %i', (size, quorum) => expect(uniqueNodeList(size, list(size)).quorum).toBe(quorum));
  // The list, and those of it that are not on the negative UNL (portal).
  test.each([
    [38, 37, 30],
    [38, 36, 29],
    [15, 14, 12],
    [34, 25, 21],
  ])('%i validators of which %i count: %i', (size, effective, quorum) => {
    const [system] = quorumsOf(size, overlappingLists(size, 1), { percent: 80, leastPercent: 60, disabled: size - effective });
    expect([system!.quorum, system!.total]).toEqual([quorum, effective]);
    expect(system!.weightOf(size - 1)).toBe(0);
  });
  test('f of the white paper: 35 validators bear 6, and a quorum is left of them', () => {
    expect([4, 5, 6, 7, 10, 11, 35].map(faultBound)).toEqual([0, 0, 1, 1, 1, 2, 6]);
    for (let nodes = 1; nodes <= 200; nodes++)
      expect(nodes - faultBound(nodes)).toBeGreaterThanOrEqual(uniqueNodeList(nodes, list(nodes)).quorum);
  });
});

describe('X4 Theorem 8: O > n_j / 2 + n_i - q_i + t', () => {
  const needed = (nodes: number): number => {
    const { quorum } = uniqueNodeList(
      nodes,
      Array.from({ length: nodes }, (_, i) => i),
    );
    return leastOverlap({ listed: nodes, other: nodes, quorum, faulty: nodes - quorum });
  };
  test.each([
    [5, 5],
    [10, 10],
    [20, 19],
    [28, 25],
    [30, 28],
    [34, 30],
    [35, 32],
    [40, 37],
    [100, 91],
  ])('lists of %i must share %i', (size, least) => expect(needed(size)).toBe(least));
  test('71 of 100 where nobody is faulty', () => expect(leastOverlap({ listed: 100, other: 100, quorum: 80, faulty: 0 })).toBe(71));
});

describe('lists that overlap', () => {
  test('two lists of 5 of 8 validators that share 0 and 7: shared ones have either list in turn', () => {
    expect(overlappingLists(8, 0.4)).toEqual({
      lists: [
        [0, 1, 2, 3, 7],
        [0, 4, 5, 6, 7],
      ],
      listOf: [0, 0, 0, 0, 1, 1, 1, 1],
      shared: 2,
    });
    expect(overlappingLists(4, 1)).toEqual({ lists: [[0, 1, 2, 3]], listOf: [0, 0, 0, 0], shared: 4 });
    expect(overlappingLists(6, 0).lists).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
  test('sizes differ by one at most, the shared ones are those on both, and their share is what was asked, to half a validator', () => {
    holds(
      fc.property(fc.integer({ min: 3, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (nodes, overlap) => {
        const { lists, listOf, shared } = overlappingLists(nodes, overlap);
        const [first, second = first] = lists as [number[], number[]?];
        expect(Math.abs(first.length - second.length)).toBeLessThanOrEqual(1);
        expect(first.filter((node) => second.includes(node))).toHaveLength(shared);
        expect(new Set([...first, ...second]).size).toBe(nodes);
        listOf.forEach((list, node) => expect(lists[list]).toContain(node));
        const size = nodes / (2 - overlap);
        expect(Math.abs(shared - overlap * size)).toBeLessThanOrEqual(0.5);
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});

describe('close time: bins of 10, 20, 30, 60, 90, 120 s, rounding half up', () => {
  test('half-way goes up, and no agreement stays none', () => {
    expect([4, 5, 14, 15].map((second) => rounded_s(EPOCH_S + second, 10) - EPOCH_S)).toEqual([0, 10, 10, 20]);
    expect([14, 15].map((second) => rounded_s(EPOCH_S + second, 30) - EPOCH_S)).toEqual([0, 30]);
    expect(rounded_s(NO_CLOSE_TIME, 30)).toBe(NO_CLOSE_TIME);
    for (const bin of RESOLUTIONS_S) expect(EPOCH_S % bin).toBe(0);
  });
  test('coarser after every ledger without agreement, finer at every eighth with it, and no further than the ends', () => {
    const agreed = (resolution_s: number, agrees: boolean) => ({ close_s: EPOCH_S, agrees, resolution_s });
    expect(RESOLUTIONS_S.map((bin) => nextResolution_s(agreed(bin, false), 3))).toEqual([20, 30, 60, 90, 120, 120]);
    expect(RESOLUTIONS_S.map((bin) => nextResolution_s(agreed(bin, true), 16))).toEqual([10, 10, 20, 30, 60, 90]);
    expect(RESOLUTIONS_S.map((bin) => nextResolution_s(agreed(bin, true), 15))).toEqual([10, 20, 30, 60, 90, 120]);
  });
  test("the ledger's time is the rounded one, at least a second after the parent's; without agreement just that", () => {
    const parent = { close_s: EPOCH_S + 20, agrees: true, resolution_s: 10 };
    expect(closedAt(EPOCH_S + 36, 10, parent)).toEqual({ close_s: EPOCH_S + 40, agrees: true, resolution_s: 10 });
    expect(closedAt(EPOCH_S + 23, 10, parent)).toEqual({ close_s: EPOCH_S + 21, agrees: true, resolution_s: 10 });
    expect(closedAt(NO_CLOSE_TIME, 10, parent)).toEqual({ close_s: EPOCH_S + 21, agrees: false, resolution_s: 10 });
  });
  const vote = (bins: readonly number[]) =>
    voteOnCloseTime(bins, { ladder: LADDER, rung: { step: 0, rounds: 0 }, converge_percent: 0, agreed_percent: 75 });
  test('of bins with equally many votes the latest wins, in whatever order they come', () => {
    expect(vote([10, 10, 20, 20])).toEqual({ close_s: 20, isAgreed: false });
    expect(vote([20, 10, 20, 10])).toEqual({ close_s: 20, isAgreed: false });
    expect(vote([10, 10, 10, 20])).toEqual({ close_s: 10, isAgreed: true });
    expect(vote([10, 20, 30, 40])).toEqual({ close_s: NO_CLOSE_TIME, isAgreed: false });
  });
  test('how many are so many per cent: 70 of 5 are 3, and 1 at least', () => {
    expect([participantsNeeded(5, 70), participantsNeeded(1, 50), participantsNeeded(0, 50), participantsNeeded(8, 75)]).toEqual([
      3, 1, 1, 6,
    ]);
  });
});

describe('closing, consensus, waiting', () => {
  const { times } = rulesOf(rippleSetup({})).round;
  const open: OpenLedger = {
    hasTransactions: true,
    proposersBefore: 6,
    closed: 0,
    roundBefore_us: 2e6,
    sinceClose_us: 4e6,
    open_us: 2e6,
    resolution_s: 10,
  };
  test.each<[string, Partial<OpenLedger>, boolean]>([
    ['open for 2 s', {}, true],
    ['not yet', { open_us: 1.999e6 }, false],
    ['more than half of the last proposers have closed', { open_us: 0, closed: 4 }, true],
    ['half have', { open_us: 0, closed: 3 }, false],
    ['half the time of the last round', { roundBefore_us: 6e6 }, false],
    ['no transactions, 15 s but not two bins', { hasTransactions: false, sinceClose_us: 15e6 }, false],
    ['no transactions, two bins of 10 s', { hasTransactions: false, sinceClose_us: 20e6 }, true],
    ['a clock that is ten minutes off', { open_us: 0, sinceClose_us: 601e6 }, true],
  ])('closes: %s', (_name, change, closes) => expect(shouldClose(times, { ...open, ...change })).toBe(closes));

  const round: RoundSoFar = {
    proposersBefore: 9,
    roundBefore_us: 2e6,
    round_us: 2e6,
    proposers: 9,
    agreeing: 7,
    finished: 0,
    stalled: false,
    proposing: true,
  };
  test.each<[string, Partial<RoundSoFar>, string]>([
    ['8 of 10 with its own', {}, 'yes'],
    ['7 of 9 where it does not count itself', { proposing: false }, 'no'],
    ['7 of 10', { agreeing: 6 }, 'no'],
    ['not before 1.95 s', { round_us: 1.95e6 }, 'no'],
    ['fewer than three quarters of the last proposers, and not long after the last round', { proposers: 5, agreeing: 5 }, 'no'],
    ['the same later', { proposers: 5, agreeing: 5, round_us: 3.95e6 }, 'yes'],
    ['80 per cent have finished', { agreeing: 0, finished: 8 }, 'moved on'],
    ['stalled', { agreeing: 0, stalled: true }, 'yes'],
    ['alone', { proposersBefore: 0, proposers: 0, agreeing: 0, round_us: 15e6 }, 'no'],
    ['alone for more than 15 s', { proposersBefore: 0, proposers: 0, agreeing: 0, round_us: 15.001e6 }, 'yes'],
    ['ten times the last round', { agreeing: 0, round_us: 20.001e6 }, 'expired'],
    ['never before 15 s', { agreeing: 0, roundBefore_us: 1e6, round_us: 15e6 }, 'no'],
    ['at the latest after 120 s', { agreeing: 0, roundBefore_us: 60e6, round_us: 120.001e6 }, 'expired'],
  ])('consensus: %s', (_name, change, state) => expect(consensusState(times, { ...round, ...change })).toBe(state));

  test('waits for who lags: a quorum must have caught up one ledger ahead, all of them five ahead, and then it begins again', () => {
    const pauses = (ahead: number, lagging: number, offline = 0): boolean =>
      shouldPause(ahead, { listed: 20, quorum: 16, lagging, offline });
    expect([pauses(0, 9), pauses(1, 0, 9)]).toEqual([false, false]);
    expect([pauses(1, 4), pauses(1, 5), pauses(1, 2, 3)]).toEqual([false, true, true]);
    // 16, 17, 18, 19, 20 of 20.
    for (let step = 0; step < 5; step++)
      expect([pauses(1 + step, 4 - step), pauses(6 + step, 5 - step)]).toEqual([step === 4 ? false : false, true]);
  });
});
