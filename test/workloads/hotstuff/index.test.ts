// HotStuff against the algorithms of the PODC paper, and the counts and times that follow (row H1).
import { describe, expect, test } from 'vitest';
import { LOAD_RULES } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import { certificate_bytes } from '../../../harness/simulate/core/certificates.ts';
import { byzantineBound, byzantineQuorum } from '../../../harness/simulate/core/quorum.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { Certificate } from '../../../workloads/hotstuff/blocks.ts';
import hotstuff from '../../../workloads/hotstuff/index.ts';
import { TYPE, type NewView, type Proposal } from '../../../workloads/hotstuff/messages.ts';
import type { HotStuffParameters } from '../../../workloads/hotstuff/parameters.ts';
import { rulesOf } from '../../../workloads/hotstuff/rules.ts';
import { FREE, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { transcriptOf } from '../../support/transcript.ts';
import { A, B, C, replica, sent, vote } from './stand.ts';

const run = (options: CellOptions = {}): Outcome => simulate(hotstuff, options, { engine: 'messages' }).outcome;
const CHAINED = { parameters: { variant: 'chained' } };
const rules = (options: CellOptions = {}) =>
  rulesOf(setupOf(makeCell(hotstuff, options), hotstuff, { kernels: simulationKernels }) as Setup<HotStuffParameters>);

describe('row H1: messages', () => {
  test.each([
    [4, 24],
    [7, 48],
    [10, 72],
    [13, 96],
    [100, 792],
  ])('basic, n = %i: 8(n - 1) = %i a decision', (nodes, messages) => {
    expect(run({ nodes }).counts.messages).toBe(10 * messages);
  });
  test.each([
    [4, 6],
    [7, 12],
    [10, 18],
    [100, 198],
  ])('chained, n = %i, eight batches under way: 2(n - 1) = %i a block', (nodes, messages) => {
    const load = { ...LOAD_RULES, kind: 'closed' as const, in_flight: 8, warmup_s: 5, window_s: 50 };
    const { outcome } = simulate(hotstuff, { nodes, load, ...CHAINED });
    // The window's ends cut a block in two.
    expect(Math.abs(outcome.counts.messages / outcome.decisions / messages - 1)).toBeLessThan(0.01);
    expect(outcome).toMatchObject({ state: 'done', viewChanges: 0, safety: 'ok' });
  });
  test('chained, one batch at a time: three empty blocks after it bring its decision about, and then it rests', () => {
    for (const nodes of [4, 7]) expect(run({ nodes, ...CHAINED }).counts.messages).toBe(10 * 4 * 2 * (nodes - 1));
  });
});

describe('message delays', () => {
  test('basic: it is decided everywhere 7δ after the proposal; 9δ for the client', () => {
    const { latencies_us, replicaLatencies_us } = run();
    expect(new Set(latencies_us)).toEqual(new Set([900_000]));
    expect(new Set(replicaLatencies_us)).toEqual(new Set([700_000]));
  });
  test('chained: a block, two after it, and one with the certificate of the second of these: 7δ too', () => {
    const { latencies_us, replicaLatencies_us } = run(CHAINED);
    expect(new Set(latencies_us)).toEqual(new Set([900_000]));
    expect(new Set(replicaLatencies_us)).toEqual(new Set([700_000]));
  });
  test('chained, eight batches under way: a block every 2δ, and four of them from one proposal to its decision', () => {
    const load = { ...LOAD_RULES, kind: 'closed' as const, in_flight: 8, warmup_s: 5, window_s: 50 };
    const { load: loaded } = run({ load, ...CHAINED });
    expect(Math.abs(loaded!.achieved_tps / (500 / 0.2) - 1)).toBeLessThan(0.02);
  });
  test.each(['basic', 'chained'])('%s: one silent leader costs one view timeout', (variant) => {
    const { timeout_us } = rules({ parameters: { variant } });
    // 4 (5δ + upload): the least power of the wait that has no view in it.
    const fault = { kind: 'silent-leader' as const, count: 1 };
    const { latencies_us, viewChanges } = run({ decisions: 1, fault, parameters: { variant } });
    expect(viewChanges).toBe(1);
    // Replicas hear of the request after δ; a NEW-VIEW, seven delays and the reply follow.
    expect(latencies_us[0]).toBe(100_000 + timeout_us + 9 * 100_000);
  });
});

describe('what is counted', () => {
  test('n = 4: signatures made and checked, and bytes', () => {
    const { counts } = run({ decisions: 1, transactions: { bytes: 100, per_decision: 1 } });
    const certificate = certificate_bytes('list', 3, 4);
    // NEW-VIEW 4, PREPARE 1, three votes of each, four replies.
    expect(counts.signs).toBe(4 + 1 + 12 + 4);
    // The leader checks two NEW-VIEWs and three times two votes beside its own; each other PREPARE, and three certificates of three.
    expect(counts.verifies).toBe(2 + 6 + 3 * (1 + 9));
    expect(counts.votes).toBe(3 + 9);
    const [signed, plain] = [49 + 4 + 64, 49 + 4];
    expect(counts.bytes).toBe(3 * (2 * (signed + certificate) + 13 + 100 + 3 * signed + 3 * (plain + certificate)));
  });
  test('aggregate: votes are shares, a certificate is one signature and a bit for each replica', () => {
    const options = { nodes: 10, decisions: 1, parameters: { certificates: 'aggregate' } };
    // Three votes of each, added up seven at a time by the leader; nine others check three certificates of seven.
    expect(run(options).counts).toMatchObject({ shares: 30, aggregated: 21, aggregate_verifies: 3 + 27, aggregate_keys: 21 + 27 * 7 });
    const list = run({ ...options, parameters: {} }).counts;
    expect(list.bytes - run(options).counts.bytes).toBe(9 * (3 * (64 - 48) + 5 * (7 * 68 - (48 + 2))));
  });
  test('certificates as lists grow with n, and so do bytes by its square; messages are linear', () => {
    const per = (nodes: number) => {
      const { messages, bytes } = run({ nodes, decisions: 1, transactions: { bytes: 1, per_decision: 1 } }).counts;
      return [messages / (nodes - 1), bytes / (nodes - 1) / byzantineQuorum(nodes)];
    };
    expect(per(100)[0]).toBe(per(10)[0]);
    // Five messages with a certificate of 68 bytes a signer.
    expect(per(400)[1]! / (5 * 68)).toBeCloseTo(1, 1);
  });
});

describe('Algorithm 2, as a replica', () => {
  test('a proposal is voted for once a view, and to its leader alone', () => {
    const { propose, block, genesis, said } = replica(1);
    propose(block(0, genesis, A));
    propose(block(0, genesis, B));
    propose(block(0, genesis, A));
    expect(said(TYPE.prepareVote)).toMatchObject([{ to: 0, message: { view: 0, digest: A, sequence: 1, parent: -1 } }]);
  });
  test('not one of another replica than the leader, with a bad signature, or on a certificate that is none', () => {
    const { block, genesis, propose, expire, said, deliver, it } = replica(3);
    const first = block(0, genesis, A);
    propose(first, it.run.first, { signer: 2 });
    propose(first, it.run.first, { valid: false });
    expect(said(TYPE.prepareVote)).toEqual([]);
    deliver(sent(first));
    expire();
    const votes = [0, 1, 2].map((signer) => vote(first, signer));
    const second = block(1, first, B);
    for (const bad of [votes.slice(1), [votes[0]!, votes[0]!, votes[1]!], [...votes.slice(1), vote(first, 3, TYPE.prepareVote, false)]])
      propose(second, new Certificate(TYPE.prepareVote, first, bad));
    expect(said(TYPE.prepareVote)).toEqual([]);
    propose(second, new Certificate(TYPE.prepareVote, first, votes));
    expect(said(TYPE.prepareVote)).toHaveLength(1);
  });
  test('PRE-COMMIT: it keeps prepareQC; COMMIT: it locks precommitQC; DECIDE: it executes', () => {
    const { it, propose, show, block, genesis, said } = replica(1);
    const first = block(0, genesis, A);
    propose(first);
    expect([it.high.view, it.locked.view, it.executed.height]).toEqual([-1, -1, 0]);
    show(TYPE.preCommit, first, TYPE.prepareVote);
    expect([it.high.view, it.locked.view, it.executed.height]).toEqual([0, -1, 0]);
    expect(said(TYPE.preCommitVote)).toHaveLength(1);
    show(TYPE.commit, first, TYPE.preCommitVote);
    expect([it.high.view, it.locked.view, it.executed.height]).toEqual([0, 0, 0]);
    expect(said(TYPE.commitVote)).toHaveLength(1);
    show(TYPE.decide, first, TYPE.commitVote);
    expect(it.executed).toBe(first);
    expect(said(TYPE.reply)).toHaveLength(1);
    // NEW-VIEW to the next leader is not sent after the last decision; here it leads that view itself.
    expect(it.view).toBe(1);
  });
  test('a certificate of another phase shows nothing', () => {
    const { it, propose, show, block, genesis } = replica(1);
    const first = block(0, genesis, A);
    propose(first);
    show(TYPE.decide, first, TYPE.prepareVote);
    show(TYPE.preCommit, first, TYPE.commitVote);
    expect([it.high.view, it.executed.height, it.view]).toEqual([-1, 0, 0]);
  });
  test('safeNode: a block that extends the locked one, or whose certificate is of a later view', () => {
    /** Locked on the block of view 0, and in view 2. */
    const locked = () => {
      const stand = replica(1);
      const first = stand.block(0, stand.genesis, A);
      stand.propose(first);
      stand.show(TYPE.preCommit, first, TYPE.prepareVote);
      stand.show(TYPE.commit, first, TYPE.preCommitVote);
      stand.request();
      stand.expire();
      stand.expire();
      expect([stand.it.view, stand.it.locked]).toEqual([2, first]);
      return { ...stand, first };
    };
    const conflicting = locked();
    conflicting.propose(conflicting.block(2, conflicting.genesis, B));
    expect(conflicting.said(TYPE.prepareVote)).toHaveLength(1);
    const extending = locked();
    extending.propose(extending.block(2, extending.first, B));
    expect(extending.said(TYPE.prepareVote)).toHaveLength(2);
    // A quorum has voted for a block of view 1 beside it, so the locked one was not decided.
    const later = locked();
    later.deliver(sent(later.block(1, later.genesis, C)));
    later.propose(later.block(2, later.block(1, later.genesis, C), B));
    expect(later.said(TYPE.prepareVote)).toHaveLength(2);
  });
  test('it does not vote without the blocks before, and asks f + 1 of those who have voted for them', () => {
    const { it, propose, block, genesis, request, expire, said, step, deliver } = replica(3);
    const first = block(0, genesis, A);
    request();
    expire();
    propose(block(1, first, B));
    expect(said(TYPE.prepareVote)).toEqual([]);
    step({ kind: 'timer', now_us: 2e9, id: 'fetch' });
    expect(said(TYPE.ask).map(({ to }) => to)).toEqual([0, 1]);
    deliver(sent(first));
    expect(said(TYPE.prepareVote)).toMatchObject([{ to: 1, message: { view: 1, digest: B } }]);
    expect(it.voted.view).toBe(1);
  });
  test('nextView: its timer sends it to the next leader with prepareQC; T doubles up to 64 T, and is T again after a decision', () => {
    const { it, propose, show, block, genesis, certificate, expire, newView, said, timers } = replica(3);
    const first = block(0, genesis, A);
    propose(first);
    show(TYPE.preCommit, first, TYPE.prepareVote);
    for (let view = 1; view <= 8; view++) expire();
    const { timeout_us } = rules();
    const newViews = said(TYPE.newView);
    // View 3 is its own.
    expect(newViews.map(({ message }) => message.view)).toEqual([1, 2, 4, 5, 6, 7]);
    expect((newViews[0]!.message as NewView).justify.block).toBe(first);
    expect(newViews[0]!.to).toBe(1);
    const waits = timers().flatMap(([id, us]) => (id === 'view' ? [us / timeout_us] : []));
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64]);
    // When waits do not grow any more all hear of it, and its timer begins when a quorum has come to the view, or to a later one.
    expect(newViews.at(-1)!.to).toBe(-1);
    newView(0, 7, certificate(first));
    expire();
    expect(it.view).toBe(7);
    newView(1, 8, certificate(first));
    expire();
    expect(it.view).toBe(8);
  });
});

describe('Algorithm 2, as a leader', () => {
  test('it proposes after n - f NEW-VIEWs, its own among them, on the highest certificate in them', () => {
    const { it, newView, request, certificate, block, genesis, said, deliver, step } = replica(2);
    const first = block(0, genesis, A);
    request(3);
    newView(0, 2, it.run.first);
    newView(0, 2, it.run.first);
    newView(1, 2, certificate(first));
    expect(said(TYPE.prepare)).toEqual([]);
    // It follows f + 1 others, when what ends its own view has had time to come.
    expect(it.view).toBe(0);
    step({ kind: 'timer', now_us: 1e6, id: 'follow' });
    expect(it.view).toBe(2);
    deliver(sent(first));
    expect(said(TYPE.prepare)).toMatchObject([{ to: -1, message: { view: 2, sequence: 2, parent: 0, digest: C } }]);
    expect((said(TYPE.prepare)[0]!.message as Proposal).proof.map(({ signer }) => signer).sort()).toEqual([0, 1, 2]);
  });
  test('votes of distinct replicas for its block make a certificate: duplicates, others’ and bad ones do not', () => {
    const { request, newView, said, deliver, run: its, block, genesis } = replica(0);
    request();
    for (const signer of [1, 2, 3]) newView(signer, 0, its.first);
    const own = block(0, genesis, A);
    deliver(vote(own, 1));
    deliver(vote(own, 1));
    deliver(vote(block(0, genesis, B), 2));
    deliver(vote(own, 3), 2);
    expect(said(TYPE.preCommit)).toEqual([]);
    deliver(vote(own, 2, TYPE.prepareVote, false));
    expect(said(TYPE.preCommit)).toEqual([]);
    deliver(vote(own, 3));
    expect(said(TYPE.preCommit)).toHaveLength(1);
    expect(said(TYPE.commit)).toEqual([]);
  });
});

describe('Algorithm 3: chained', () => {
  /** A replica that has got blocks of these views, each on the one before. */
  const chained = (views: readonly number[], id = 19) => {
    const stand = replica(id, { nodes: 20, parameters: { variant: 'chained', views_per_leader: 1 } });
    let tip = stand.genesis;
    const blocks = views.map((view) => (tip = stand.block(view, tip, view < 3 ? 2 * (view + 1) : 0)));
    blocks.forEach((block, k) => {
      // By its timer, or with the others.
      if (stand.it.view < block.view) stand.request(5);
      while (stand.it.view < block.view) stand.expire();
      stand.propose(block, stand.certificate(k === 0 ? stand.genesis : blocks[k - 1]!));
    });
    return { ...stand, blocks };
  };

  test('each proposal is voted for once, to the leader of the next view', () => {
    const { said, propose, blocks } = chained([0, 1, 2]);
    expect(said(TYPE.prepareVote).map(({ to, message }) => [to, message.view])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    propose(blocks[1]!);
    propose(blocks[2]!);
    expect(said(TYPE.prepareVote)).toHaveLength(3);
  });
  test('one-chain: genericQC; two-chain: it locks its head; three-chain: it decides the first', () => {
    const state = (views: readonly number[]) => {
      const { it } = chained(views);
      return [it.high.view, it.locked.view, it.executed.view];
    };
    expect(state([0])).toEqual([-1, -1, -1]);
    expect(state([0, 1])).toEqual([0, -1, -1]);
    expect(state([0, 1, 2])).toEqual([1, 0, -1]);
    expect(state([0, 1, 2, 3])).toEqual([2, 1, 0]);
    expect(state([0, 1, 2, 3, 4])).toEqual([3, 2, 1]);
  });
  test('a three-chain has direct parents: a view between them without a block, and nothing is decided before three follow each other', () => {
    const executed = (views: readonly number[]) => chained(views).it.executed.view;
    expect(executed([0, 1, 3, 4])).toBe(-1);
    expect(executed([0, 2, 3, 4])).toBe(-1);
    expect(executed([0, 2, 3, 4, 5])).toBe(2);
    // What the certificate of the third is shown by need not follow.
    expect(executed([0, 1, 2, 6])).toBe(0);
  });
  test('safeNode: locked on the head of a two-chain', () => {
    // Locked on the block of view 1.
    const conflicting = chained([0, 1, 2, 3]);
    conflicting.propose(conflicting.block(4, conflicting.blocks[0]!, 0), conflicting.certificate(conflicting.blocks[0]!));
    expect(conflicting.said(TYPE.prepareVote)).toHaveLength(4);
    const later = chained([0, 1, 2, 3]);
    later.propose(later.block(4, later.blocks[2]!, 0));
    expect(later.said(TYPE.prepareVote)).toHaveLength(5);
  });
  test('rotating each view, one silent replica of four stops it: no four leaders in a row collect votes; with four views each none does', () => {
    const fault = { kind: 'crash' as const, count: 1 };
    const at = (views_per_leader: number | 'auto') => run({ fault, decisions: 5, parameters: { variant: 'chained', views_per_leader } });
    expect(at(1)).toMatchObject({ state: 'stalled', safety: 'ok', liveness: 'violated', decisions: 0 });
    expect(at('auto')).toMatchObject({ state: 'done', liveness: 'ok', safety: 'ok', decisions: 5 });
    // Replicas come to its view with their votes and wait there for a quorum: each says that it has come.
    for (const decisions of [1, 3])
      expect(
        run({
          network: WAN,
          node: SERVER,
          decisions,
          fault: { kind: 'silent-leader', count: 1 },
          parameters: { variant: 'chained', views_per_leader: 1 },
        }),
      ).toMatchObject({
        state: 'stalled',
        reason: `0 of ${decisions} decisions: 10 view changes in a row brought none`,
        liveness: 'violated',
      });
    // Of seven replicas six are left, five in a row.
    expect(run({ nodes: 7, fault, decisions: 10, parameters: { variant: 'chained', views_per_leader: 1 } })).toMatchObject({
      state: 'done',
    });
  });
});

describe('parameters', () => {
  test('a quorum has ceil((n + f + 1) / 2): n - f where n = 3f + 1', () => {
    for (let nodes = 1; nodes <= 40; nodes++) {
      const { quorum, bound } = rules({ nodes });
      expect(quorum).toBe(Math.ceil((nodes + byzantineBound(nodes) + 1) / 2));
      if (nodes === 3 * bound + 1) expect(quorum).toBe(nodes - bound);
    }
  });
  test.each([
    [{ timeout_growth: 1, timeout_growths: 0 }, 'violated'],
    [{ timeout_growth: 1, timeout_growths: 6 }, 'violated'],
    [{ timeout_growth: 2, timeout_growths: 0 }, 'ok'],
    [{ timeout_growth: 1.5 }, 'ok'],
  ])('a T of 1 ms with %o: what does not grow stays too short for the network, and shows that it stands still', (growth, liveness) => {
    for (const variant of ['basic', 'chained'])
      for (const decisions of [1, 3])
        expect(run({ network: WAN, node: SERVER, decisions, parameters: { variant, view_timeout_ms: 1, ...growth } })).toMatchObject({
          liveness,
        });
  });
  test('auto: T is 4 (upload + 5 longest links), under a load its batch timeout more', () => {
    const options: CellOptions = { network: fixed(100), nodes: 10 };
    expect(rules(options).timeout_us).toBe(4 * 5 * 100_000);
    const load = { ...LOAD_RULES, kind: 'open' as const, rate_tps: 10, arrivals: 'poisson' as const, batch_timeout_ms: 3000 };
    expect(rules({ ...options, load }).timeout_us).toBe(4 * 5 * 100_000 + 3_000_000);
    expect(rules({ ...options, parameters: { view_timeout_ms: 123 } }).timeout_us).toBe(123_000);
  });
  test.each(['basic', 'chained'])('%s: a leader that waits for a batch is not taken for a silent one', (variant) => {
    const load = {
      ...LOAD_RULES,
      kind: 'open' as const,
      rate_tps: 2,
      arrivals: 'poisson' as const,
      batch_timeout_ms: 5000,
      window_s: 100,
      warmup_s: 5,
    };
    expect(run({ load, parameters: { variant } })).toMatchObject({ viewChanges: 0, liveness: 'ok' });
  });
  test('a timeout that is too short grows until a view is long enough', () => {
    for (const variant of ['basic', 'chained'])
      for (const view_timeout_ms of [5, 100, 500]) {
        const outcome = run({ network: WAN, node: SERVER, parameters: { variant, view_timeout_ms } });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
        if (view_timeout_ms < 500) expect(outcome.viewChanges).toBeGreaterThan(0);
      }
  });
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string => transcriptOf((trace) => simulate(hotstuff, options, { trace }), { name_chars: 11 });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one decision of four replicas', async () => {
    await expect(transcript({ node: FREE, decisions: 1 })).toMatchFileSnapshot('../../golden/hotstuff-normal-case.txt');
  });
  test('a silent leader: one view timeout, and NEW-VIEWs to the next leader', async () => {
    const fault = { kind: 'silent-leader' as const, count: 1 };
    await expect(transcript({ decisions: 1, fault })).toMatchFileSnapshot('../../golden/hotstuff-leader-failure.txt');
  });
  test('chained: one decision, and the three views after its own', async () => {
    await expect(transcript({ decisions: 1, ...CHAINED })).toMatchFileSnapshot('../../golden/hotstuff-chained.txt');
  });
});
