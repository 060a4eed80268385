// The rules that invariants count anew from what nodes hold: each is kept by what a node does, and a node that does otherwise is found out.
// What a block signer has signed is in test/workloads/federated-signing/signer.test.ts.
import { expect, test } from 'vitest';
import { ladderOf } from '../../workloads/ripple/avalanche.ts';
import { broken as brokenRipple } from '../../workloads/ripple/invariants.ts';
import { Proposal } from '../../workloads/ripple/messages.ts';
import { broken as brokenRaft } from '../../workloads/raft/invariants.ts';
import { broken as brokenScp } from '../../workloads/stellar-scp/invariants.ts';
import { broken as brokenTendermint } from '../../workloads/tendermint/invariants.ts';
import { TYPE } from '../../workloads/tendermint/messages.ts';
import { appended, elect, requestVote, server, vote as voteOf } from '../workloads/raft/stand.ts';
import { stand as rippleStand } from '../workloads/ripple/stand.ts';
import { QUORUM, X, Y, ballot, nominate, prepare, stand as scpStand } from '../workloads/stellar-scp/stand.ts';
import { OTHER, V, proposal, validator, vote } from '../workloads/tendermint/stand.ts';

test('Raft, section 5.4.2: only log entries from the leader’s current term are committed by counting replicas', () => {
  const one = server(1);
  one.start();
  elect(one, [2, 3]);
  one.written();
  const { it } = one;
  // Somebody else stands, in vain. Each entry is nothing, with which a leader begins its term.
  one.deliver(requestVote(2, it.term + 1, 0, 0));
  one.written();
  one.at(20_000_000);
  one.expire('election');
  one.written();
  for (const voter of [2, 3]) one.deliver(voteOf(voter, it.term, it.log.last, it.log.termAt(it.log.last)));
  one.written();
  expect([it.log.last, it.log.termAt(1), it.log.termAt(2)]).toEqual([2, it.term - 2, it.term]);
  for (const follower of [2, 3]) one.deliver(appended(follower, it.term, 1));
  expect([it.log.committed, it.firstCounted, brokenRaft([it])]).toEqual([0, 0, '']);
  for (const follower of [2, 3]) one.deliver(appended(follower, it.term, 2));
  expect([it.log.committed, it.firstCounted, brokenRaft([it])]).toEqual([2, 2, '']);
  it.firstCounted = 1;
  expect(brokenRaft([it])).toContain('5.4.2');
});

/** Validator 3 of 4, which is locked on V since round 0, when round 1 begins. */
function locked() {
  const one = validator(3, { nodes: 4 });
  one.request();
  one.request(2);
  one.deliver(proposal(V));
  for (const signer of [0, 1]) one.deliver(vote(TYPE.prevote, signer, V));
  for (const signer of [0, 1]) one.deliver(vote(TYPE.precommit, signer, 0));
  one.expire('precommit');
  expect(one.it.locked).toEqual({ round: 0, digest: V });
  return one;
}

test('Tendermint, lines 23 and 29: a locked validator PREVOTEs another value after a later quorum’s PREVOTEs for it alone', () => {
  const against = 'PREVOTEs in round 2 of height 1 against its lock';
  for (const hasSeenThem of [true, false]) {
    const one = locked();
    if (hasSeenThem) for (const signer of [0, 1, 2]) one.deliver(vote(TYPE.prevote, signer, OTHER, { round: 1 }));
    one.deliver(proposal(OTHER, { round: 1 }));
    one.expire('prevote');
    for (const signer of [0, 1, 2]) one.deliver(vote(TYPE.precommit, signer, 0, { round: 1 }));
    one.expire('precommit');
    one.deliver(proposal(OTHER, { round: 2, validRound: 1 }));
    const [last] = one.said(TYPE.prevote).slice(-1);
    expect(brokenTendermint([one.it])).toBe('');
    if (hasSeenThem) expect(last).toMatchObject({ digest: OTHER });
    else {
      // As if it were not locked.
      (one.it as unknown as { at: { own: unknown[] } }).at.own.push(vote(TYPE.prevote, 3, OTHER, { round: 2 }));
      expect(brokenTendermint([one.it])).toContain(against);
    }
  }
});

test('SCP, section 3.7: a ballot takes the value that is confirmed as prepared', () => {
  const it = scpStand();
  for (const item of [1, 2, 3]) it.request(item);
  it.hears(QUORUM, nominate([], [X]));
  const { ballots } = it.node.slot!;
  // A quorum has prepared the other value: it confirms that where its own ballot is higher, and takes it with the next one.
  for (const [counter, confirmed] of [
    [1, null],
    [2, ballot(1, Y)],
  ] as const) {
    expect([ballots.ballot, ballots.confirmedPrepared]).toEqual([ballot(counter, X), confirmed]);
    it.hears(QUORUM + 1, prepare(ballot(counter, Y), { p: ballot(counter, Y) }));
    it.expire('ballot');
    expect(brokenScp([it.node])).toBe('');
  }
  expect([ballots.ballot, ballots.confirmedBefore]).toEqual([ballot(3, Y), ballot(1, Y)]);
  ballots.ballot = ballot(3, X);
  expect(brokenScp([it.node])).toContain('another value');
});

test('Ripple, DisputedTx::updateVote: 50 per cent are not more than 50 per cent', () => {
  const ALL = [0, 1, 2, 3];
  const four = rippleStand({ nodes: 4 });
  four.submit(ALL);
  four.submit([0, 1]);
  const beat = (at_ms: number): void => {
    for (const id of ALL) four.beat(id, at_ms);
  };
  beat(2000);
  four.deliver(ALL, ALL);
  beat(3000);
  four.deliver(ALL, ALL);
  const { round } = four.validator(0);
  const [withIt, without] = [0, 3].map((id) => four.validator(id).round.position!.set);
  expect(withIt).not.toBe(without);
  beat(4000);
  const ladder = ladderOf('0:50,50:65,85:70,200:95');
  const states = ALL.map(four.validator);
  expect(round.voted).toMatchObject({ before: withIt, isProposing: true });
  // Both who had it leave it out, and nobody takes it in.
  expect(states.map((state) => state.round.position?.set)).toEqual([without, without, without, without]);
  expect(brokenRipple(states, ladder)).toBe('');
  round.position!.set = withIt!;
  expect(brokenRipple(states, ladder)).toContain('validator 0 votes on transaction 2');
  expect(four.waiting().some(({ message }) => message instanceof Proposal)).toBe(true);
});
