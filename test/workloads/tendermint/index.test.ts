// Tendermint against the lines of Algorithm 1 of "The latest gossip on BFT consensus" (arXiv:1807.04938), and the counts and times that follow.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { byzantineBound, twoThirdsQuorum } from '../../../harness/simulate/core/quorum.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { SignedMessage } from '../../../workloads/parts/messages.ts';
import tendermint from '../../../workloads/tendermint/index.ts';
import { NIL, TYPE, roundOf } from '../../../workloads/tendermint/messages.ts';
import type { TendermintParameters } from '../../../workloads/tendermint/parameters.ts';
import { proposerOrder } from '../../../workloads/tendermint/proposers.ts';
import { rulesOf } from '../../../workloads/tendermint/rules.ts';
import { FREE, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { holds } from '../../support/property.ts';
import { OTHER, V, W, proposal, validator, vote } from './stand.ts';
import { transcriptOf } from '../../support/transcript.ts';

const { prevote: PREVOTE, precommit: PRECOMMIT, proposal: PROPOSAL } = TYPE;
const digests = (messages: readonly SignedMessage[]): number[] => messages.map(({ digest }) => digest);
/** n = 4, f = 1: a quorum has three votes, its own among them. */
const others = (id: number): number[] => [0, 1, 2, 3].filter((one) => one !== id);

/** At a height that has begun, in round 0, without a proposal. */
function begun(id: number, options: CellOptions = {}) {
  const it = validator(id, options);
  it.request();
  return it;
}
/** Validator 1, locked on V in round 0, and in a round of its own choice. */
function locked(round: number) {
  const it = begun(1);
  it.deliver(proposal(V));
  for (const signer of [0, 2]) it.deliver(vote(PREVOTE, signer, V));
  for (let r = 0; r < round; r++) {
    for (const signer of [0, 2, 3]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: r }));
    it.expire('precommit');
  }
  return it;
}

describe('Algorithm 1, lines 11 to 21: StartRound', () => {
  test('the proposer broadcasts a PROPOSAL with validRound -1; who is none schedules OnTimeoutPropose', () => {
    const proposer = begun(0);
    expect(proposer.said(PROPOSAL)).toMatchObject([{ digest: V, view: 0, sequence: 1, validRound: -1 }]);
    expect(proposer.timers().map(([id]) => id)).not.toContain('propose');
    const other = begun(1);
    expect(other.said(PROPOSAL)).toHaveLength(0);
    expect(other.timers()).toContainEqual(['propose', 3_000_000]);
  });

  test('line 16: a proposer proposes validValue with validRound', () => {
    const it = locked(1);
    expect(roundOf(it.said(PROPOSAL)[0]!)).toBe(1);
    expect(it.said(PROPOSAL)).toMatchObject([{ digest: V, validRound: 0 }]);
  });

  test('a height begins with something to propose, or with somebody else’s message', () => {
    const it = validator(1);
    expect(it.it.step).toBe('new height');
    expect(it.timers()).toEqual([]);
    it.deliver(vote(PREVOTE, 2, V));
    expect(it.it.step).toBe('propose');
  });
});

describe('lines 22 to 33: PREVOTE', () => {
  test('lines 22 to 24: for the proposal where it is not locked, once', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    it.deliver(proposal(OTHER));
    expect(digests(it.said(PREVOTE))).toEqual([V]);
  });
  test('a PROPOSAL counts from proposer(h, r) alone, and with a good signature', () => {
    const it = begun(1);
    it.deliver(proposal(V, { signer: 2 }), 2);
    it.deliver(Object.assign(proposal(V), { valid: false }));
    expect(it.said(PREVOTE)).toHaveLength(0);
    it.deliver(proposal(W));
    expect(digests(it.said(PREVOTE))).toEqual([W]);
  });
  test('lines 23 to 26: nil where it is locked on another value', () => {
    const it = locked(2);
    it.deliver(proposal(W, { round: 2 }));
    expect(digests(it.said(PREVOTE))).toEqual([V, V, NIL]);
  });
  test('lines 28 to 32: a proposal with validRound waits for the 2f + 1 PREVOTEs of that round', () => {
    const it = locked(3);
    for (const signer of [0, 2]) it.deliver(vote(PREVOTE, signer, W, { round: 2 }));
    it.deliver(proposal(W, { round: 3, validRound: 2 }));
    expect(it.said(PREVOTE).at(-1)).toMatchObject({ digest: V });
    // lockedRound <= vr: a newer quorum than that which it is locked by.
    it.deliver(vote(PREVOTE, 3, W, { round: 2 }));
    expect(it.said(PREVOTE).at(-1)).toMatchObject({ digest: W, view: 3 });
  });
  test('line 29: nil where it is locked by a later round than validRound', () => {
    const it = begun(3);
    for (const signer of [0, 1, 2]) it.deliver(vote(PREVOTE, signer, W));
    for (const signer of [0, 1]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: 1 }));
    // f + 1 are in round 1: it skips to it, and is locked there.
    it.deliver(proposal(V, { round: 1 }));
    for (const signer of [0, 1]) it.deliver(vote(PREVOTE, signer, V, { round: 1 }));
    expect(it.it.locked).toEqual({ round: 1, digest: V });
    for (const signer of [0, 1]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: 2 }));
    it.deliver(proposal(W, { round: 2, validRound: 0 }));
    expect(it.said(PREVOTE).at(-1)).toMatchObject({ digest: NIL, view: 2 });
  });
  test('a validRound that is no earlier round is no proposal', () => {
    const it = begun(1);
    it.deliver(proposal(V, { validRound: 0 }));
    it.deliver(proposal(V, { validRound: -2 }));
    expect(it.said(PREVOTE)).toHaveLength(0);
  });
});

describe('lines 34 to 46: PRECOMMIT', () => {
  test('lines 34, 35: 2f + 1 PREVOTEs for whatever let timeoutPrevote run, for the first time', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    it.deliver(vote(PREVOTE, 2, NIL));
    expect(it.timers().map(([id]) => id)).not.toContain('prevote');
    it.deliver(vote(PREVOTE, 3, OTHER));
    it.deliver(vote(PREVOTE, 0, NIL));
    expect(it.timers().filter(([id]) => id === 'prevote')).toEqual([['prevote', 1_000_000]]);
    it.expire('prevote');
    expect(digests(it.said(PRECOMMIT))).toEqual([NIL]);
  });
  test('lines 36 to 43: the proposal and 2f + 1 PREVOTEs for it: locked, valid, and PRECOMMITted', () => {
    const it = begun(1);
    it.deliver(vote(PREVOTE, 0, V));
    it.deliver(vote(PREVOTE, 2, V));
    expect(it.said(PRECOMMIT)).toHaveLength(0);
    it.deliver(proposal(V));
    expect(digests(it.said(PRECOMMIT))).toEqual([V]);
    expect(it.it).toMatchObject({ step: 'precommit', locked: { round: 0, digest: V }, valid: { round: 0, digest: V } });
  });
  test('lines 36, 42, 43: after its PRECOMMIT they make the value valid, but lock nothing', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    it.deliver(vote(PREVOTE, 0, NIL));
    it.deliver(vote(PREVOTE, 2, V));
    it.expire('prevote');
    it.deliver(vote(PREVOTE, 3, V));
    expect(digests(it.said(PRECOMMIT))).toEqual([NIL]);
    expect(it.it).toMatchObject({ locked: null, valid: { round: 0, digest: V } });
  });
  test('lines 44 to 46: 2f + 1 PREVOTEs nil', () => {
    const it = begun(1);
    it.expire('propose');
    for (const signer of [2, 3]) it.deliver(vote(PREVOTE, signer, NIL));
    expect(digests(it.said(PRECOMMIT))).toEqual([NIL]);
    expect(it.it.locked).toBe(null);
  });
  test('a PREVOTE that comes twice, a forged one, and one for another value count for nothing', () => {
    const it = begun(1);
    it.deliver(proposal(V));
    for (let k = 0; k < 3; k++) it.deliver(vote(PREVOTE, 2, V));
    it.deliver(Object.assign(vote(PREVOTE, 3, V), { valid: false }));
    it.deliver(vote(PREVOTE, 0, OTHER));
    expect(it.said(PRECOMMIT)).toHaveLength(0);
    it.deliver(vote(PREVOTE, 3, V));
    expect(digests(it.said(PRECOMMIT))).toEqual([V]);
  });
});

describe('lines 47 to 56: decision and rounds', () => {
  test('lines 47, 48: 2f + 1 PRECOMMITs for whatever let timeoutPrecommit run, at whatever step; then the next round begins', () => {
    const it = begun(2);
    for (const [signer, digest] of [
      [0, V],
      [1, NIL],
      [3, OTHER],
    ] as const)
      it.deliver(vote(PRECOMMIT, signer, digest));
    expect(it.timers().filter(([id]) => id === 'precommit')).toEqual([['precommit', 1_000_000]]);
    it.expire('precommit');
    expect(it.timers().filter(([id]) => id === 'propose')).toEqual([
      ['propose', 3_000_000],
      ['propose', 3_500_000],
    ]);
  });
  test('PRECOMMITs that are forged keep a timeout from ending the round', () => {
    const it = begun(2);
    for (const signer of [0, 1]) it.deliver(vote(PRECOMMIT, signer, NIL));
    it.deliver(Object.assign(vote(PRECOMMIT, 3, NIL), { valid: false }));
    it.expire('precommit');
    expect(it.timers().filter(([id]) => id === 'propose')).toHaveLength(1);
  });
  test.each([0, 2])(
    'lines 49 to 54: 2f + 1 PRECOMMITs and the proposal decide in any round of the height: round %i, seen from round 1',
    (round) => {
      const it = begun(1);
      for (const signer of [0, 2]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: 1 }));
      it.deliver(proposal(V, { round }));
      for (const signer of [0, 2, 3]) it.deliver(vote(PRECOMMIT, signer, V, { round }));
      expect(it.it).toMatchObject({ height: 2, step: 'new height', locked: null, valid: null });
      // Its own vote was not needed; the client is told.
      expect(it.said(PRECOMMIT)).toHaveLength(0);
      expect(it.said(TYPE.reply)).toHaveLength(1);
    },
  );
  test('no decision without the proposal, and none by 2f', () => {
    const it = begun(1);
    for (const signer of [0, 2, 3]) it.deliver(vote(PRECOMMIT, signer, V));
    expect(it.it.height).toBe(1);
    const few = begun(1);
    few.deliver(proposal(V));
    for (const signer of [0, 2]) few.deliver(vote(PRECOMMIT, signer, V));
    expect(few.it.height).toBe(1);
    it.deliver(proposal(V));
    expect(it.it.height).toBe(2);
  });
  test('lines 55, 56: f + 1 messages of a later round, of whatever type, begin it', () => {
    const it = begun(1);
    it.deliver(vote(PREVOTE, 2, NIL, { round: 3 }));
    it.deliver(vote(PRECOMMIT, 2, NIL, { round: 3 }));
    it.deliver(vote(PREVOTE, 3, NIL, { round: 2 }));
    expect(it.timers().filter(([id]) => id === 'propose')).toHaveLength(1);
    // Round 3 is validator 3's.
    it.deliver(proposal(W, { round: 3 }));
    expect(it.timers().filter(([id]) => id === 'propose')[1]).toEqual(['propose', 4_500_000]);
    expect(it.said(PREVOTE)).toMatchObject([{ digest: W, view: 3 }]);
  });
  test('forged messages of a later round begin none', () => {
    const it = begun(1);
    for (const signer of [2, 3]) it.deliver(Object.assign(vote(PREVOTE, signer, NIL, { round: 3 }), { valid: false }));
    expect(it.timers().filter(([id]) => id === 'propose')).toHaveLength(1);
  });
  test('line 53: messages of the next height wait until this one is decided', () => {
    const it = begun(1);
    for (const signer of [0, 2, 3]) it.deliver(vote(PREVOTE, signer, W, { height: 2 }));
    for (const signer of [0, 2]) it.deliver(vote(PRECOMMIT, signer, V));
    it.deliver(proposal(V));
    for (const signer of [0, 2]) it.deliver(vote(PREVOTE, signer, V));
    // Decided with its own PRECOMMIT; validator 1 proposes at height 2, and has nothing to propose.
    expect(it.it).toMatchObject({ height: 2, step: 'propose' });
    it.request(2);
    expect(it.said(PROPOSAL)).toMatchObject([{ sequence: 2, digest: W }]);
    expect(it.said(PRECOMMIT).at(-1)).toMatchObject({ sequence: 2, digest: W });
  });
});

describe('lines 57 to 67: timeouts', () => {
  test('OnTimeoutPropose: PREVOTE nil, at step propose alone', () => {
    const it = begun(1);
    it.expire('propose');
    expect(digests(it.said(PREVOTE))).toEqual([NIL]);
    it.deliver(proposal(V));
    expect(digests(it.said(PREVOTE))).toEqual([NIL]);
    const prompt = begun(1);
    prompt.deliver(proposal(V));
    prompt.expire('propose');
    expect(digests(prompt.said(PREVOTE))).toEqual([V]);
  });
  test('timeoutX(r) = init + r · Δ, by the parameters', () => {
    const parameters = {
      timeout_propose_ms: 20,
      timeout_propose_delta_ms: 3,
      timeout_prevote_ms: 30,
      timeout_prevote_delta_ms: 0.5,
      timeout_precommit_ms: 40,
      timeout_precommit_delta_ms: 0,
    };
    const it = begun(1, { parameters });
    for (const signer of [2, 3]) it.deliver(vote(PREVOTE, signer, NIL, { round: 2 }));
    it.expire('propose');
    it.deliver(vote(PREVOTE, 0, V, { round: 2 }));
    for (const signer of others(1)) it.deliver(vote(PRECOMMIT, signer, signer === 0 ? V : NIL, { round: 2 }));
    const own = new Set(['propose', 'prevote', 'precommit']);
    expect(it.timers().filter(([id]) => own.has(id))).toEqual([
      ['propose', 20_000],
      ['propose', 26_000],
      ['precommit', 40_000],
    ]);
    const mixed = begun(1, { parameters });
    mixed.deliver(proposal(V));
    for (const signer of [2, 3]) mixed.deliver(vote(PREVOTE, signer, NIL));
    expect(mixed.timers()).toContainEqual(['prevote', 30_000]);
  });
  test('timeouts are those of CometBFT’s configuration, and as long as a proposal is on its way where that is longer', () => {
    const setup = (nodes: number, parameters = {}): Setup<TendermintParameters> =>
      setupOf(makeCell(tendermint, { nodes, network: WAN, parameters }), tendermint, {
        kernels: simulationKernels,
      }) as unknown as Setup<TendermintParameters>;
    const timeouts_ms = (nodes: number, parameters = {}): number[] => {
      const { propose_us, precommit_us, clientTimeout_us } = rulesOf(setup(nodes, parameters));
      return [propose_us(0), precommit_us(0), clientTimeout_us].map((us) => us / 1000);
    };
    for (const nodes of [4, 16, 500]) expect(timeouts_ms(nodes)).toEqual([3000, 1000, 10_000]);
    // A proposal of 125 130 bytes leaves in 1.001 04 ms at 1 Gbit/s: 10 000 of them, with the client's request, in 10 010.4 ms; those to the
    // 3333 beyond a quorum in 3336.467. A vote of 113 bytes to 9999 takes 9.04.
    const link_ms = setup(10_000).network.maxDelay_us / 1000;
    const expected = [2 * link_ms + 10_010.4, link_ms + 3336.467, 2 * link_ms + 10_010.4 + 3 * (link_ms + 9.04)].map(Math.ceil);
    expect(timeouts_ms(10_000)).toEqual(expected);
    const said = { timeout_propose_ms: 20, timeout_precommit_ms: 30, client_timeout_ms: 40 };
    expect(timeouts_ms(10_000, said)).toEqual([20, 30, 40]);
  });
  test('OnTimeoutCommit of CometBFT: a rest before the next height, in which messages of it are kept', () => {
    const it = begun(2, { parameters: { timeout_commit_ms: 1000 } });
    it.deliver(proposal(V));
    for (const signer of others(2)) it.deliver(vote(PRECOMMIT, signer, V));
    it.request(2);
    it.deliver(proposal(W, { height: 2 }));
    expect(it.it).toMatchObject({ height: 2, step: 'new height' });
    expect(it.timers()).toContainEqual(['commit', 1_000_000]);
    it.expire('commit');
    expect(it.said(PREVOTE).at(-1)).toMatchObject({ sequence: 2, digest: W });
  });
});

describe('the gossip communication property: what a correct process has, all have in the end', () => {
  test('who PREVOTEs nil for lack of the PREVOTEs that a proposal names asks for them', () => {
    const it = begun(2);
    for (const signer of [0, 1]) it.deliver(vote(PRECOMMIT, signer, NIL, { round: 1 }));
    it.deliver(proposal(W, { round: 1, validRound: 0 }));
    it.expire('propose');
    expect(digests(it.said(PREVOTE))).toEqual([NIL]);
    expect(it.said(TYPE.fetch)).toHaveLength(1);
  });
  test('who is asked says again what it has said, and what justifies its valid value', () => {
    const it = locked(1);
    const before = it.out.actions.length;
    it.deliver(vote(TYPE.fetch, 3, NIL, { height: 1 }));
    const again = it.out.actions.slice(before).flatMap((action) => (action.kind === 'send' && action.to === 3 ? [action.message] : []));
    const brief = again.map(({ type, signer, view, digest }) => [type, signer, view, digest]);
    expect(brief).toEqual([
      [PREVOTE, 1, 0, V],
      [PRECOMMIT, 1, 0, V],
      [PROPOSAL, 1, 1, V],
      [PREVOTE, 1, 1, V],
      [PROPOSAL, 0, 0, V],
      [PREVOTE, 0, 0, V],
      [PREVOTE, 2, 0, V],
    ]);
  });
  test('what was decided comes with the PRECOMMITs of a quorum, and is taken with no fewer', () => {
    const donor = begun(1);
    donor.deliver(proposal(V));
    for (const signer of others(1)) donor.deliver(vote(PRECOMMIT, signer, V));
    donor.deliver(vote(TYPE.fetch, 0, NIL, { height: 1 }));
    const [decision] = donor.said(TYPE.decision) as [SignedMessage & { proof: SignedMessage[] }];
    expect(decision.proof).toHaveLength(3);
    const few = begun(3);
    few.deliver(Object.assign(Object.create(Object.getPrototypeOf(decision)), decision, { proof: decision.proof.slice(1) }), 1);
    few.deliver(Object.assign(Object.create(Object.getPrototypeOf(decision)), decision, { digest: W }), 1);
    expect(few.it.height).toBe(1);
    few.deliver(decision, 1);
    expect(few.it.height).toBe(2);
  });
});

describe('quorums and proposers', () => {
  test('the threshold is strictly more than 2/3: 3, 4, 5, 5, 6, 7, 7 of 4 to 10; two quorums share more than f', () => {
    expect([3, 4, 5, 6, 7, 8, 9, 10].map(twoThirdsQuorum)).toEqual([3, 3, 4, 5, 5, 6, 7, 7]);
    for (let n = 1; n <= 300; n++) {
      expect(2 * twoThirdsQuorum(n) - n).toBeGreaterThan(byzantineBound(n));
      expect(3 * twoThirdsQuorum(n)).toBeGreaterThan(2 * n);
      expect(3 * (twoThirdsQuorum(n) - 1)).toBeLessThanOrEqual(2 * n);
    }
  });
  test('section 2.3: weighted round robin, in which in total-power rounds each process proposes exactly its power’s number of rounds', () => {
    holds(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 9 }), fc.nat(1000), (drawn, from) => {
        const powers = drawn.map((power, i) => (i === 0 ? power + 1 : power));
        const total = powers.reduce((sum, power) => sum + power, 0);
        const proposerOf = proposerOrder(powers, powers.length);
        const turns = powers.map(() => 0);
        for (let view = from; view < from + total; view++) turns[proposerOf(view)]! += 1;
        expect(turns).toEqual(powers);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
  test('equal powers take turns by number, and turns of one with much power are spread', () => {
    const order = (powers: number[], length: number): number[] =>
      Array.from({ length }, (_, view) => proposerOrder(powers, powers.length)(view));
    expect(order([1, 1, 1], 6)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(order([5, 5, 5], 6)).toEqual([0, 1, 2, 0, 1, 2]);
    // Priorities (1, 3), (2, 2), (-1, 5), (0, 4), of which the highest pays 4 each time.
    expect(order([1, 3], 8)).toEqual([1, 0, 1, 1, 1, 0, 1, 1]);
    expect(order([3, 2, 1], 6)).toEqual([0, 1, 0, 2, 1, 0]);
  });
  test('by power: heavy validators are a quorum, and propose as often as they weigh', () => {
    const lines: string[] = [];
    const options = { nodes: 4, decisions: 16, parameters: { powers: '5,1,1,1' } };
    const { outcome } = simulate(tendermint, options, { engine: 'messages', trace: ({ text }) => lines.push(text) });
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok' });
    const of = (id: number): number => lines.filter((text) => text.startsWith(`<- validator ${id}  PROPOSAL`)).length / 3;
    expect([0, 1, 2, 3].map(of)).toEqual([10, 2, 2, 2]);
    // Without the heavy one no quorum is left; without a light one 7 of 8 are.
    const down = (node: number) => simulate(tendermint, { ...options, fault: { kind: 'crash', nodes: [node] } }).outcome;
    expect(down(0)).toMatchObject({ state: 'stalled', liveness: 'violated' });
    expect(down(0).reason).toContain('power 3 of 8 are left for good, less than a quorum of 6');
    expect(down(3)).toMatchObject({ state: 'done' });
  });
});

describe('counts and times', () => {
  const run = (options: CellOptions) => simulate(tendermint, { network: fixed(100), decisions: 10, ...options }).outcome;

  test('T1 Tendermint n = 4, 7, 10, 13, 16: (n - 1)(2n + 1) = 27, 90, 189, 324, 495 messages', () => {
    for (const [nodes, messages] of [
      [4, 27],
      [7, 90],
      [10, 189],
      [13, 324],
      [16, 495],
    ] as const)
      expect(run({ nodes }).counts.messages).toBe(10 * messages);
  });
  test('3δ from the proposal to the decision; 5δ for the client', () => {
    const { replicaLatencies_us, latencies_us } = run({ nodes: 7 });
    expect(new Set(replicaLatencies_us)).toEqual(new Set([300_000]));
    expect(new Set(latencies_us)).toEqual(new Set([500_000]));
  });
  test('T2 silent proposers k = 1..5 in a row cost 4, 9, 15, 22, 30 s of timeouts and 2δ a skipped round (n = 16)', () => {
    const timeouts_s = [4, 9, 15, 22, 30];
    timeouts_s.forEach((timeout_s, i) => {
      const k = i + 1;
      const outcome = run({ nodes: 16, decisions: 1, fault: { kind: 'silent-leader', count: k } });
      expect(outcome).toMatchObject({ state: 'done', viewChanges: k, latencies_us: [timeout_s * 1e6 + 2 * k * 100_000 + 500_000] });
    });
  });
  test('with silent proposers each height has its own turn: rounds that were skipped at one are not the next one’s', () => {
    // Nodes 0 and 1 of 7 are silent: heights begin with proposers 0, 1, 2, …, 6, 0.
    const { latencies_us } = run({ nodes: 7, decisions: 8, fault: { kind: 'silent-leader', count: 2 } });
    const skips = [2, 1, 0, 0, 0, 0, 0, 2];
    expect(latencies_us).toEqual(skips.map((k) => [0, 4.2, 9.4][k]! * 1e6 + 500_000));
  });
  test('signatures, checks, votes and bytes of a decision', () => {
    const [n, q, batch] = [7, 5, 125_000];
    const { counts } = run({ nodes: n, node: SERVER, network: WAN });
    expect({ ...counts, batches: undefined }).toEqual({
      messages: 10 * (n - 1) * (2 * n + 1),
      bytes: 10 * ((n - 1) * (117 + 13 + batch) + 2 * n * (n - 1) * 113),
      signs: 10 * (3 * n + 1),
      verifies: 10 * (n - 1 + 2 * n * (q - 1)),
      verifies_single: 10 * (n - 1),
      batches: undefined,
      votes: 10 * 2 * n * (n - 1),
      digest_bytes: 10 * n * batch,
    });
    expect([...counts.batches!]).toEqual([[q - 1, 10 * 2 * n]]);
  });
  test('f silent validators that do not propose: (n - 1)(1 + 2(n - f)) messages, no later', () => {
    const { counts, latencies_us } = run({ nodes: 10, decisions: 7, fault: { kind: 'crash', count: 3 } });
    expect(counts.messages).toBe(7 * 9 * (1 + 2 * 7));
    expect(new Set(latencies_us)).toEqual(new Set([500_000]));
  });
  test('a wait for the proposal that is too short and does not grow: ten view changes in a row show a standstill', () => {
    const parameters = { timeout_propose_ms: 1, timeout_propose_delta_ms: 0 };
    for (const decisions of [3, 100])
      expect(run({ node: SERVER, network: WAN, decisions, parameters })).toMatchObject({
        state: 'stalled',
        reason: `0 of ${decisions} decisions: 10 view changes in a row brought none`,
        liveness: 'violated',
      });
    expect(run({ node: SERVER, network: WAN, parameters: { ...parameters, timeout_propose_delta_ms: 1 } })).toMatchObject({
      liveness: 'ok',
    });
  });
  test('timeouts that hardly grow: thousands of rounds until they are long enough, in CPU time that grows with the rounds and not with their square', () => {
    const rounds = (delta_ms: number): { view_changes: number; cpu_us: number } => {
      const before = process.cpuUsage();
      const parameters = {
        timeout_propose_ms: 1,
        timeout_propose_delta_ms: delta_ms,
        timeout_prevote_ms: 1,
        timeout_prevote_delta_ms: delta_ms,
        timeout_precommit_ms: 1,
        timeout_precommit_delta_ms: delta_ms,
      };
      const { state, viewChanges: view_changes } = run({ decisions: 1, parameters });
      const { user, system } = process.cpuUsage(before);
      expect(state).toBe('done');
      return { view_changes: view_changes!, cpu_us: user + system };
    };
    rounds(1);
    const few = rounds(0.1);
    const many = rounds(0.0125);
    expect(few.view_changes).toBeGreaterThan(900);
    expect(many.view_changes / few.view_changes).toBeCloseTo(8, 0);
    // Eight times if anything; 64 times by the square.
    expect(many.cpu_us / few.cpu_us).toBeLessThan(24);
  });
  test("timeout_commit_ms of CometBFT's default: heights a second apart", () => {
    const { elapsed_us, latencies_us } = run({ parameters: { timeout_commit_ms: 1000 } });
    // PROPOSAL to PRECOMMIT 3δ, then the rest: the client's next request waits for the end of it.
    expect(latencies_us.slice(1)).toEqual(new Array(9).fill(1_300_000));
    expect(elapsed_us).toBe(500_000 + 9 * 1_300_000);
  });
  test('one and two validators decide', () => {
    expect(run({ nodes: 1 })).toMatchObject({ state: 'done', counts: { messages: 0, verifies: 0 }, safety: 'unknown' });
    expect(run({ nodes: 2 }).counts.messages).toBe(10 * 5);
  });
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string =>
    transcriptOf((trace) => simulate(tendermint, options, { trace }), { name_chars: 11 });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one decision of four validators', async () => {
    await expect(transcript({ node: FREE, decisions: 1 })).toMatchFileSnapshot('../../golden/tendermint-normal-case.txt');
  });
  test('a silent proposer: one round of timeouts', async () => {
    await expect(transcript({ decisions: 1, fault: { kind: 'silent-leader', count: 1 } })).toMatchFileSnapshot(
      '../../golden/tendermint-leader-failure.txt',
    );
  });
  test('an equivocating proposer of four: half of the others decide, the last one asks', async () => {
    await expect(transcript({ decisions: 4, fault: { kind: 'equivocate', count: 1 } })).toMatchFileSnapshot(
      '../../golden/tendermint-equivocation.txt',
    );
  });
});
