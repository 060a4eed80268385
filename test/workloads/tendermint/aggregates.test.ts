// Tendermint whose votes are shares of aggregate signatures: what is counted, by hand; what a sum is made of, and what is passed on.
import { describe, expect, test } from 'vitest';
import { executeOperations } from '../../../harness/measure/measured.ts';
import { needsPrice } from '../../../harness/workloads.ts';
import { SignedMessage } from '../../../workloads/parts/messages.ts';
import tendermint from '../../../workloads/tendermint/index.ts';
import { NIL, Polka, TYPE, viewOf } from '../../../workloads/tendermint/messages.ts';
import { FREE, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { expectCounted, steppingClock } from '../../support/counted.ts';
import { V, W, proposal, validator, vote } from './stand.ts';

const { prevote: PREVOTE, precommit: PRECOMMIT } = TYPE;
const parameters = { certificates: 'aggregate' };
const begun = (id: number) => {
  const it = validator(id, { parameters });
  it.request();
  return it;
};
type Stand = ReturnType<typeof begun>;
const altered = <T extends object>(message: T, fields: object): T =>
  Object.assign(Object.create(Object.getPrototypeOf(message) as object) as T, message, fields);

/** What its log counts of aggregate signatures. */
function countsOf({ log }: Stand) {
  const { shares = 0, aggregated = 0, aggregate_verifies: sums = 0, aggregate_keys: keys = 0 } = log.counts({ messages: 0, bytes: 0 });
  return { shares, aggregated, sums, keys };
}
function polka(digest: number, { signers = [0, 1, 3], round = 0, signer = 0 } = {}): Polka {
  const votes = signers.map((one) => vote(PREVOTE, one, digest, { round }));
  return new Polka({ type: TYPE.polka, view: viewOf(1, round), sequence: 1, signer, digest, bytes: 98, votes });
}

describe('counts and times, by hand', () => {
  test.each(['waves', 'messages'] as const)('a decision of 10, where a quorum has 7 (%s)', (engine) => {
    const [n, q, batch] = [10, 7, 125_000];
    const { counts } = simulate(tendermint, { nodes: n, decisions: 1, node: SERVER, network: WAN, parameters }, { engine }).outcome;
    expect({ ...counts, batches: [...counts.batches!] }).toEqual({
      messages: (n - 1) * (2 * n + 1),
      // A vote has a share of 48 bytes where it had a signature of 64.
      bytes: (n - 1) * (130 + batch) + 2 * n * (n - 1) * (113 - 16),
      // The PROPOSAL and the replies; the PROPOSAL at all others.
      signs: 1 + n,
      verifies: n - 1,
      verifies_single: n - 1,
      batches: [],
      votes: 2 * n * (n - 1),
      digest_bytes: n * batch,
      // A PREVOTE and a PRECOMMIT each; of both each adds up its own and six others, and checks the sum under seven keys.
      shares: 2 * n,
      aggregated: 2 * n * q,
      aggregate_verifies: 2 * n,
      aggregate_keys: 2 * n * q,
    });
  });

  test.each(['waves', 'messages'] as const)('a quorum of 3 costs 3 decodings, 3 additions, 3 keys and one check (%s)', (engine) => {
    const node = { ...FREE, sign_share_ns: 1e6, decode_share_ns: 2e6, aggregate_ns: 3e6, verify_aggregate_ns: 5e6 };
    const { latencies_us } = simulate(tendermint, { decisions: 1, network: fixed(100), node, parameters }, { engine }).outcome;
    const sum_ms = 3 * (2 + 3) + 3 * 3 + 5;
    // 5δ; the share of the PREVOTE, the sum and the share of the PRECOMMIT, the sum.
    expect(latencies_us).toEqual([(500 + 1 + sum_ms + 1 + sum_ms) * 1000]);
  });

  test('the plan knows which cells need prices of aggregates', () => {
    expect([{}, parameters].map((one) => needsPrice(makeCell(tendermint, { parameters: one }), 'aggregates'))).toEqual([false, true]);
  });
});

describe('Algorithm 1 with shares', () => {
  test('lines 36 and 49: 2f + 1 votes are added up, its own among them, and checked as one', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    for (const signer of [0, 2]) it.deliver(vote(PREVOTE, signer, V));
    expect(countsOf(it)).toEqual({ shares: 2, aggregated: 3, sums: 1, keys: 3 });
    for (const signer of [0, 3]) it.deliver(vote(PRECOMMIT, signer, V));
    expect(it.it.height).toBe(2);
    expect(countsOf(it)).toEqual({ shares: 2, aggregated: 6, sums: 2, keys: 6 });
  });
  test('a share that is bad is found by halves, and 2f + 1 good ones are waited for', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    it.deliver(altered(vote(PREVOTE, 0, V), { valid: false }));
    it.deliver(vote(PREVOTE, 2, V));
    expect(it.said(PRECOMMIT)).toHaveLength(0);
    it.deliver(vote(PREVOTE, 3, V));
    expect(it.said(PRECOMMIT)).toMatchObject([{ digest: V, bytes: 97 }]);
  });
  test('lines 59 to 64: votes that differ are of different statements, and each value’s are one sum', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    for (const [signer, digest] of [
      [2, NIL],
      [3, NIL],
    ] as const)
      it.deliver(vote(PREVOTE, signer, digest));
    it.deliver(vote(PREVOTE, 0, W));
    it.expire('prevote');
    expect(it.said(PRECOMMIT)).toMatchObject([{ digest: NIL }]);
    // Two of nil and one of W; its own share needs no check.
    expect(countsOf(it)).toMatchObject({ aggregated: 3, sums: 2, keys: 3 });
  });
  test('line 28: PREVOTEs of validRound that were added up are not added up again', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    for (const signer of [0, 2]) it.deliver(vote(PREVOTE, signer, V));
    for (const signer of [0, 2, 3]) it.deliver(vote(PRECOMMIT, signer, NIL));
    it.expire('precommit');
    for (const signer of [0, 2]) it.deliver(vote(PREVOTE, signer, NIL, { round: 1 }));
    it.deliver(vote(PREVOTE, 3, NIL, { round: 1 }));
    for (const signer of [0, 2, 3]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: 1 }));
    it.expire('precommit');
    const before = countsOf(it);
    it.deliver(proposal(V, { round: 2, validRound: 0 }));
    expect(it.said(PREVOTE).at(-1)).toMatchObject({ digest: V, view: 2 });
    expect(countsOf(it)).toEqual({ ...before, shares: before.shares + 1 });
  });
});

describe('a POLKA: the PREVOTEs of a quorum as one aggregate signature', () => {
  /** Validator 2 in round 1, which has the proposal of a value that was valid in round 0, and not the PREVOTEs. */
  const lacking = (): Stand => {
    const it = begun(2);
    for (const signer of [0, 1]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: 1 }));
    it.deliver(proposal(W, { round: 1, validRound: 0 }));
    expect(it.said(PREVOTE)).toHaveLength(0);
    return it;
  };

  test('who is asked passes it on for its valid value: a header, a signature, and a bit for each validator', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    for (const signer of [0, 2]) it.deliver(vote(PREVOTE, signer, V));
    const before = it.out.actions.length;
    it.deliver(vote(TYPE.fetch, 3, NIL, { height: 1 }));
    const again = it.out.actions.slice(before).flatMap((action) => (action.kind === 'send' && action.to === 3 ? [action.message] : []));
    expect(again.map(({ type, signer }) => [type, signer])).toEqual([
      [PREVOTE, 1],
      [PRECOMMIT, 1],
      [TYPE.proposal, 0],
      [TYPE.polka, 1],
    ]);
    const passed = again.at(-1) as Polka;
    expect(passed).toMatchObject({ digest: V, view: 0, bytes: 49 + 48 + 1 });
    expect(passed.votes.map(({ signer }) => signer)).toEqual([1, 0, 2]);
  });
  test('line 28: it is as good as the votes, for one check under their keys', () => {
    const it = lacking();
    const before = countsOf(it);
    it.deliver(polka(W));
    expect(it.said(PREVOTE)).toMatchObject([{ digest: W, view: 1 }]);
    expect(countsOf(it)).toEqual({ ...before, shares: before.shares + 1, sums: before.sums + 1, keys: before.keys + 3 });
  });
  test('a share or two that it has already count once', () => {
    const it = lacking();
    it.deliver(vote(PREVOTE, 0, W));
    it.deliver(polka(W, { signers: [0, 1, 3] }));
    expect(it.said(PREVOTE)).toMatchObject([{ digest: W, view: 1 }]);
  });
  test('a forged one proves nothing, and keeps nobody else’s from doing so', () => {
    const it = lacking();
    it.deliver(altered(polka(W), { valid: false }));
    expect(it.said(PREVOTE)).toHaveLength(0);
    it.deliver(polka(W, { signer: 1 }));
    expect(it.said(PREVOTE)).toMatchObject([{ digest: W, view: 1 }]);
  });
  test.each<[string, Polka, number]>([
    ['two of the three that a quorum takes', polka(W, { signers: [0, 1] }), 0],
    ['one signer three times', polka(W, { signers: [1, 1, 1] }), 0],
    ['another value than its votes', altered(polka(V), { digest: W }), 0],
    ['another round than its votes', altered(polka(W, { round: 1 }), { view: 0 }), 0],
    ['another sender than it says', polka(W), 3],
    ['PRECOMMITs', altered(polka(W), { votes: [0, 1, 3].map((signer) => vote(PRECOMMIT, signer, W)) }), 0],
  ])('%s: it is none', (_, message, from) => {
    const it = lacking();
    const before = countsOf(it);
    it.deliver(message, from);
    expect(it.said(PREVOTE)).toHaveLength(0);
    expect(countsOf(it)).toEqual(before);
  });
  test('where votes are a list there are none', () => {
    const it = validator(2);
    it.request();
    for (const signer of [0, 1]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: 1 }));
    it.deliver(proposal(W, { round: 1, validRound: 0 }));
    it.deliver(polka(W));
    expect(it.said(PREVOTE)).toHaveLength(0);
  });
});

describe('a DECISION', () => {
  test('comes with the PRECOMMITs of a quorum as one aggregate signature, checked as such; with a bad one it is not taken', () => {
    const donor = begun(1);
    donor.deliver(proposal(V));
    for (const signer of [0, 2, 3]) donor.deliver(vote(PRECOMMIT, signer, V));
    donor.deliver(vote(TYPE.fetch, 0, NIL, { height: 1 }));
    const [decision] = donor.said(TYPE.decision) as [SignedMessage & { proof: SignedMessage[] }];
    expect(decision.bytes).toBe(49 + 13 + 125_000 + 48 + 1);
    const taker = begun(3);
    const before = countsOf(taker);
    const [first, ...others] = decision.proof;
    taker.deliver(altered(decision, { proof: [altered(first!, { valid: false }), ...others] }), 1);
    expect(taker.it.height).toBe(1);
    expect(countsOf(taker)).toEqual({ ...before, sums: before.sums + 1, keys: before.keys + 3 });
    taker.deliver(decision, 1);
    expect(taker.it.height).toBe(2);
    expect(countsOf(taker)).toEqual({ ...before, sums: before.sums + 2, keys: before.keys + 6 });
  });
});

describe('measured: the work that is counted is done', () => {
  test.each<[string, string, CellOptions['fault']]>([
    ['a validator comes back and asks', 'certificate', { kind: 'crash', nodes: [3], from_s: 0.05, until_s: 0.15 }],
    ['bad shares, found by halves', 'aggregate', { kind: 'bad-signature', count: 1 }],
  ])('%s', async (_, kind, fault) => {
    const options: CellOptions = {
      crypto: 'measured',
      decisions: 2,
      network: fixed(20),
      node: SERVER,
      transactions: { bytes: 20, per_decision: 5 },
      parameters,
      fault: fault!,
    };
    const { outcome } = simulate(tendermint, options);
    expectCounted(outcome);
    expect(outcome.operations!.flat().map((operation) => operation.kind)).toContain(kind);
    const cell = makeCell(tendermint, options);
    await expect(executeOperations(cell, tendermint, outcome, simulationKernels, { clock: steppingClock() })).resolves.toBeDefined();
    const { outcome: modelled } = simulate(tendermint, { ...options, crypto: 'modelled' }, { engine: 'messages' });
    expect({ ...modelled, events: 0, operations: null }).toEqual({ ...outcome, events: 0, operations: null });
  });
});
