// A round in which correct validators part: what messages that cross each other did to seven validators with one list (a report on rippled, as
// the avalanche was when its thresholds came to follow time), and how they come together again.
import { expect, test } from 'vitest';
import type { Round } from '../../../workloads/ripple/round.ts';
import { Proposal, Validation } from '../../../workloads/ripple/messages.ts';
import { isInChain } from '../../../workloads/ripple/ledgers.ts';
import type { Dispute } from '../../../workloads/ripple/avalanche.ts';
import { stand } from './stand.ts';

const ALL = [0, 1, 2, 3, 4, 5, 6];
const isProposal = (message: object): boolean => message instanceof Proposal;
const isValidation = (message: object): boolean => message instanceof Validation;
/** When each of them has its heartbeat, milliseconds after the full second. */
const BEAT_MS = [200, 600, 100, 400, 500, 0, 300];
const ORDER = [5, 2, 0, 6, 3, 4, 1];

/** Seven validators with positions for (0, 1, 2, 5) and against (3, 4, 6) one transaction, all known to all, before anybody votes. */
function sevenWithADispute() {
  const seven = stand({ nodes: 7 });
  const { beat, deliver, submit, validator } = seven;
  submit(ALL);
  const disputed = submit([0, 1, 2, 5]);
  for (const id of ORDER) beat(id, 2000 + BEAT_MS[id]!);
  return { ...seven, beat, deliver, validator, disputed };
}

/** Is the transaction in the ledger that the validator has accepted in this round? undefined: it has accepted none. */
const acceptedIn = (round: Round, set: number): boolean | undefined =>
  round.phase === 'accepted' ? round.position!.set === set : undefined;

/** What a validator's vote on the transaction weighed, and what it is for now. */
type Vote = Pick<Dispute, 'weight' | 'vote'>;
const voteOf = (round: Round, item: number): Vote => {
  const { weight, vote } = round.disputes.get(item)!;
  return { weight, vote };
};

/** The rounds go as in X3, message by message. What each vote weighed, by validator: first at 50 per cent, then at 65. */
function split() {
  const seven = sevenWithADispute();
  const { beat, deliver, validator, disputed } = seven;
  const rounds = ALL.map((id) => validator(id).round);
  const withIt = rounds[0]!.position!.set;
  const begin = ALL.filter((id) => rounds[id]!.position!.set === withIt);
  deliver(ALL, ALL);
  for (const id of ORDER) beat(id, 3000 + BEAT_MS[id]!);
  deliver(ALL, ALL);

  // 3 and 4 hear that 6 has changed its mind; nobody else does, and nobody hears of theirs.
  const first = new Map<number, Vote>();
  for (const id of ORDER) {
    if (id === 3 || id === 4) deliver([6], [id], isProposal);
    first.set(id, voteOf(beat(id, 4000 + BEAT_MS[id]!), disputed));
  }
  const afterFirst = rounds.map((round) => acceptedIn(round, withIt));

  // Who votes no is heard by those who vote after it, but 6 does not hear 0; 1 hears all.
  const second = new Map<number, Vote>();
  for (const id of [5, 2, 0, 6, 1]) {
    second.set(id, voteOf(beat(id, 5000 + BEAT_MS[id]!), disputed));
    if (id === 5 || id === 2) deliver([id], ALL, isProposal);
    if (id === 0) {
      deliver([0], [1, 2, 5], isProposal);
      deliver([3, 4], [6], isProposal);
    }
    if (id === 6) deliver([3, 4, 6], [1], isProposal);
  }

  // 5 and 2 accept when they have heard each other and 0. That five of six peers have finished is all that 6 and 1 have to go by, once they
  // have the ledgers that these have validated.
  for (const id of [5, 2]) beat(id, 6000 + BEAT_MS[id]!);
  deliver(ALL, [1, 6], isValidation);
  for (const at of [6, 7, 8]) {
    for (const id of [6, 1]) beat(id, 1000 * at + BEAT_MS[id]!);
    deliver(ALL, ALL, (message) => !isProposal(message) && !isValidation(message));
  }
  return { ...seven, begin, first, afterFirst, second, accepted: rounds.map((round) => acceptedIn(round, withIt)) };
}

test('X3 seven validators, one list, no faults: weights 57 57 57 57 71 71 57, then 57 42 28 57; ledgers split 4:3, validations 3:2, no quorum of 6', () => {
  const { begin, first, afterFirst, second, accepted, validator, deliver } = split();
  expect(begin).toEqual([0, 1, 2, 5]);
  expect([0, 1, 2, 6, 3, 4, 5].map((id) => first.get(id))).toEqual([
    { weight: 57, vote: true },
    { weight: 57, vote: true },
    { weight: 57, vote: true },
    { weight: 57, vote: true },
    { weight: 71, vote: true },
    { weight: 71, vote: true },
    { weight: 57, vote: true },
  ]);
  // Six of seven agree as 3 and 4 see them.
  expect(afterFirst).toEqual([undefined, undefined, undefined, true, true, undefined, undefined]);
  expect([5, 2, 0, 1].map((id) => second.get(id))).toEqual([
    { weight: 57, vote: false },
    { weight: 42, vote: false },
    { weight: 28, vote: false },
    { weight: 57, vote: false },
  ]);
  expect(ALL.filter((id) => accepted[id] === false)).toEqual([0, 1, 2, 5]);
  expect(ALL.filter((id) => accepted[id] === true)).toEqual([3, 4, 6]);
  const validated = ALL.filter((id) => validator(id).issued === 1);
  expect(validated.filter((id) => accepted[id] === false)).toEqual([0, 2, 5]);
  expect(validated.filter((id) => accepted[id] === true)).toEqual([3, 4]);
  deliver(ALL, ALL, isValidation);
  for (const id of ALL) expect(validator(id).validated.sequence).toBe(0);
  // Three to two, and nobody else has validated anything: who looks again follows the three.
  expect(validator(6).round.previous).toBe(validator(0).round.previous);
});

test('after the split of X3 all come to one branch, and ledgers are fully validated again', () => {
  const { beat, deliver, validator } = split();
  const parted = validator(3).round.previous;
  for (let second = 9; second < 60; second++)
    for (const id of ORDER) {
      deliver(ALL, ALL);
      beat(id, 1000 * second + BEAT_MS[id]!);
    }
  deliver(ALL, ALL);
  const last = ALL.map((id) => validator(id).validated).sort((x, y) => x.sequence - y.sequence);
  expect(last[0]!.sequence).toBeGreaterThan(5);
  for (const ledger of last) expect(isInChain(last[0]!, ledger)).toBe(true);
  expect(isInChain(parted, last[0]!)).toBe(false);
});
