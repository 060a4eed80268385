// Algorand as the harness runs it: what a round takes, faults within the bound and past it, periods, loads, transcripts.
import { describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import algorand from '../../../workloads/pos-algorand/index.ts';
import { Committees, STEP } from '../../../workloads/pos-algorand/committees.ts';
import { certifiers, faultBound } from '../../../workloads/pos-algorand/rules.ts';
import { FREE, SERVER, WAN, fixed, makeCell, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { transcriptOf } from '../../support/transcript.ts';

const run = (options: CellOptions): Outcome => simulate(algorand, options).outcome;
const VOTE = 49 + 64 + 64;
const BLOCK = 112 + 250 * 500;

/** Of each step of the first rounds: who is chosen at all. */
function chosen(nodes: number, rounds: number, step: number): number[] {
  const committees = new Committees({ seed: 1, stakes: null, nodes, total: nodes });
  return Array.from({ length: rounds }, (_, i) => committees.weights(i + 1, 0, step).filter((weight) => weight > 0).length);
}
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describe('a round', () => {
  test('filter timeout 2 lambda, then a soft vote and a cert vote: 4 s and two ways, after which a reply comes; the first one has a request before it', () => {
    const { latencies_us } = run({ decisions: 4 });
    // Rounds follow each other; the client submits a reply's way after a block is decided, and the request is there before blocks are assembled.
    expect(latencies_us).toEqual([4.3e6, 4.2e6, 4.2e6, 4.2e6]);
  });
  test.each([4, 7, 20, 60])('n = %i: who is chosen for a step speaks to the n - 1 others, once', (nodes) => {
    const decisions = 3;
    const { counts, observations } = run({ nodes, decisions });
    const [proposals, soft, cert] = [STEP.propose, STEP.soft, STEP.cert].map((step) => sum(chosen(nodes, decisions, step))) as [
      number,
      number,
      number,
    ];
    expect(counts.messages).toBe((proposals + soft + cert) * (nodes - 1));
    expect(counts.bytes).toBe((nodes - 1) * (proposals * (VOTE + BLOCK) + (soft + cert) * VOTE));
    expect(counts.votes).toBe((soft + cert) * (nodes - 1));
    // A credential a step, whether chosen or not; a signature for each message; a reply.
    expect(counts.signs).toBe(3 * nodes * decisions + proposals + soft + cert + nodes * decisions);
    expect(observations).toEqual({ rounds: decisions, empty_blocks: 0 });
  });
  test('without delay a vote comes before the timers of its microsecond, and who has a certificate by then never votes', () => {
    const [nodes, decisions] = [20, 3];
    const members = [STEP.propose, STEP.soft, STEP.cert].map((step) => sum(chosen(nodes, decisions, step)));
    const all = sum(members) * (nodes - 1);
    const messages = (delay_ms: number): number => run({ nodes, decisions, network: fixed(delay_ms) }).counts.messages;
    expect(messages(0.001)).toBe(all);
    expect(messages(0) / all).toBeGreaterThan(0.85);
    expect(messages(0) / all).toBeLessThan(0.95);
  });
  test('proposers are about 20 where there are many nodes, (1 - e^(-20/n)) n of few', () => {
    const rounds = inFull(2000, 200);
    for (const nodes of [10, 100]) {
      const mean = sum(chosen(nodes, rounds, STEP.propose)) / rounds;
      expect(mean / (nodes * (1 - Math.exp(-20 / nodes)))).toBeCloseTo(1, 1);
    }
  });
  test('what nobody has sent when blocks are assembled comes with the next one: blocks are empty meanwhile', () => {
    const { latencies_us, observations } = run({ decisions: 3, network: fixed(300), parameters: { assembly_ms: 500 } });
    expect(run({ decisions: 3, network: fixed(300) }).observations).toEqual({ rounds: 3, empty_blocks: 0 });
    // 600 ms from a block to the next request, 500 until the next one is proposed.
    expect(observations).toEqual({ rounds: 5, empty_blocks: 2 });
    expect(latencies_us).toEqual([4.9e6, 8.6e6 + 0.6e6, 8.6e6 + 0.6e6]);
  });
  test('splitting an account changes nothing: two halves of a stake are chosen as often as the whole, and decide as fast', () => {
    const whole = run({ nodes: 4, decisions: 10, parameters: { stakes: '2,1,1,1' } });
    const split = run({ nodes: 5, decisions: 10, parameters: { stakes: '1,1,1,1,1' } });
    expect(split.latencies_us).toEqual(whole.latencies_us);
  });
});

/** What makes each kind of fault felt. */
const FELT: Partial<Record<FaultSpec['kind'], Partial<FaultSpec>>> = {
  delay: { delay_ms: 700 },
  loss: { loss: 0.5, until_s: 20 },
  partition: { until_s: 30 },
};
const GOOD = { state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' };

describe('faults within the bound, a fifth', () => {
  const kinds = algorand.faultKinds.filter((kind) => kind !== 'schedule');
  test.each(kinds.flatMap((kind) => [5, 10].map((nodes): [FaultSpec['kind'], number] => [kind, nodes])))(
    '%s, n = %i: safe and live',
    (kind, nodes) => {
      const fault = { kind, count: faultBound(nodes), ...FELT[kind] };
      for (const seed of [1, 2]) expect(run({ seed, nodes, network: WAN, node: SERVER, decisions: 5, fault })).toMatchObject(GOOD);
    },
  );
  test('crashed nodes come back with what they said, and nobody says two things', () => {
    const fault = { kind: 'crash' as const, count: 4, from_s: 1, until_s: 30 };
    expect(run({ nodes: 7, network: WAN, node: SERVER, decisions: 6, fault })).toMatchObject(GOOD);
  });
  test('a network cut in two halves decides nothing meanwhile, and goes on when it heals, by next-votes and fast recovery', () => {
    for (const crossing of ['hold', 'lose'] as const) {
      const fault = {
        kind: 'partition' as const,
        groups: [
          [0, 1, 2, 3],
          [4, 5, 6, 7],
        ],
        from_s: 6,
        until_s: 400,
        crossing,
      };
      const outcome = run({ nodes: 8, network: WAN, node: SERVER, decisions: 5, fault });
      expect(outcome).toMatchObject(GOOD);
      expect(Math.max(...outcome.latencies_us)).toBeGreaterThan(390e6);
    }
  });
});

describe('past the bound', () => {
  test.each([
    [10, 3],
    [20, 6],
  ])('n = %i, %i are down: 70% of the stake reach no threshold, and nothing is decided; what is decided is safe', (nodes, count) => {
    expect(run({ nodes, network: WAN, decisions: 3, fault: { kind: 'crash', count } })).toMatchObject({ state: 'stalled', safety: 'ok' });
  });
  test('two faces: with less than 2 x 1112 / 1500 - 1 = 48% of the stake they make no two certificates of one round, with more they do', () => {
    const seeds = [1, 2, 3];
    const verdicts = (count: number): string[] =>
      seeds.map((seed) => run({ seed, nodes: 10, network: fixed(10), decisions: 2, fault: { kind: 'equivocate', count } }).safety);
    expect(new Set(verdicts(4))).toEqual(new Set(['ok']));
    expect(verdicts(6)).toContain('violated');
  });
});

describe('stakes', () => {
  test('a node without stake relays nothing, votes on nothing and draws nothing, and learns what is decided', () => {
    const with0 = run({ nodes: 5, decisions: 3, parameters: { stakes: '1,1,1,1,0' } });
    const { counts } = run({ nodes: 4, decisions: 3 });
    expect(with0).toMatchObject(GOOD);
    expect(with0.counts.signs! - counts.signs!).toBe(3);
  });
  test.each<[Record<string, unknown>, number]>([
    [{ stakes: '1,2' }, 3],
    [{ stakes: '0,0,0' }, 3],
    [{ stakes: `${2 ** 50},1,1` }, 3],
  ])('%o at n = %i is refused', (given, nodes) => {
    const cell = { ...makeCell(algorand, { nodes }), parameters: algorand.parameters.parse(given) };
    expect(algorand.problems!(cell).map(({ parameter }) => parameter)).toEqual(['stakes']);
  });
});

test('the fewest nodes that can certify are more than half of few nodes, and below the threshold of many', () => {
  expect([4, 5, 7, 10, 20, 100].map(certifiers)).toEqual([3, 4, 5, 7, 14, 65]);
  for (const nodes of [1000, 20_000]) expect(certifiers(nodes)).toBeLessThan(1112);
});

describe('loads', () => {
  const under = (load: Partial<LoadSpec>, options: CellOptions = {}): Outcome =>
    run({ nodes: 7, network: WAN, node: SERVER, load: { ...LOAD_RULES, ...load } as LoadSpec, ...options });

  test('open: what comes within a round is in the next block, half a round and a round later on average', () => {
    const { load, latencies_us, state, safety } = under({ kind: 'open', rate_tps: 20, arrivals: 'poisson', warmup_s: 10, window_s: 60 });
    expect([state, safety]).toEqual(['done', 'ok']);
    expect(load!.submitted).toBe(load!.committed + load!.rejected + load!.waiting);
    const mean_s = sum(latencies_us) / latencies_us.length / 1e6;
    expect(mean_s).toBeGreaterThan(5);
    expect(mean_s).toBeLessThan(7.5);
  });
  test('closed, several under way: blocks take one of them each', () => {
    const { decisions, elapsed_us } = under({ kind: 'closed', in_flight: 4, warmup_s: 10, window_s: 60 });
    expect(Math.abs(decisions - elapsed_us / 4.25e6)).toBeLessThan(2);
  });
  test('saturate: a full block a round', () => {
    const { load } = under(
      { kind: 'saturate', p99_ms: 60_000, arrivals: 'constant', warmup_s: 20, window_s: 200 },
      { transactions: { bytes: 250, per_decision: 20 } },
    );
    const rate_tps = load!.offered_tps!;
    expect(rate_tps / (20 / 4.25)).toBeGreaterThan(0.9);
    expect(rate_tps / (20 / 4.25)).toBeLessThan(1.05);
  });
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string => transcriptOf((trace) => simulate(algorand, options, { trace }), { name_chars: 8 });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('normal case', async () => {
    await expect(transcript({ node: FREE, decisions: 1 })).toMatchFileSnapshot('../../golden/pos-algorand-normal-case.txt');
  });
  test('the best proposer is down: the next one is best, and nothing is later', async () => {
    // Of seed 7 node 4 would have been the first.
    await expect(transcript({ seed: 7, nodes: 5, decisions: 1, fault: { kind: 'crash', count: 1 } })).toMatchFileSnapshot(
      '../../golden/pos-algorand-silent-proposer.txt',
    );
  });
  test('a best proposer with two faces: no quorum, next-votes for bottom, and a second period', async () => {
    await expect(transcript({ seed: 3, nodes: 5, decisions: 1, fault: { kind: 'equivocate', count: 1 } })).toMatchFileSnapshot(
      '../../golden/pos-algorand-two-faces.txt',
    );
  });
});
