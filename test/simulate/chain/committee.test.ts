// Committee votes over a chain: both engines alike, and what votes do by closed forms.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import { runChainUnderLoad } from '../../../harness/simulate/chain/run.ts';
import { PURPOSE, draw32, drawKey } from '../../../harness/simulate/core/draws.ts';
import { peerGraph } from '../../../harness/simulate/chain/peers.ts';
import type { ChainHistory, ChainSpec, Committee } from '../../../harness/simulate/chain/spec.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import { LOAD_RULES } from '../../../harness/model/load.ts';
import praos, { praosSpec } from '../../../workloads/pos-praos.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { FREE, fixed } from '../../cells.ts';
import { holds } from '../../support/property.ts';
import { chainSetup, type Wanted } from '../chain-setup.ts';
import { both, cells, nodeFaults, result, shared, sharesOf } from './drawn.ts';

/** Every `every`th height is voted on, by all with the given weights. */
const checkpoints = (every: number, weights: ArrayLike<number>, weigh?: Committee['weigh']): Committee => ({
  target: (blocks, tip) => {
    let block = tip;
    while (blocks.height(block) % every !== 0) block = blocks.parent(block);
    return block;
  },
  weights: () => weights,
  voteBytes: 100,
  verify_ns: 50_000,
  ...(weigh === undefined ? {} : { weigh }),
});

/** Every block is voted on, by about a part of all, drawn for its slot, which is the round. */
const drawn = (seed: number, participants: number, part: number, slot_us: number): Committee => ({
  target: (_blocks, tip) => tip,
  round: (blocks, block) => blocks.found_us(block) / slot_us,
  weights: (blocks, block) => {
    const key = drawKey(seed, { purpose: PURPOSE.eligibility, type: 7, sequence: blocks.found_us(block) / slot_us });
    return Array.from({ length: participants }, (_, node) => (draw32(key, node) < part * 0x100000000 ? 1 + (node % 3) : 0));
  },
  voteBytes: 80,
  verify_ns: 0,
});

/** The chain with the highest final block wins, whatever the others weigh. */
const finalFirst: Committee['weigh'] = (weight, finalHeight) => 1e9 * finalHeight + weight;

const withVotes = <S extends { participants: number }>(spec: S, committee: Committee): S => ({
  ...spec,
  confirmations: 1,
  merchantConfirmations: 1,
  committee,
});

describe('chain equals messages', () => {
  const votes = fc.record({ every: fc.constantFrom(1, 2, 5), say: fc.boolean(), uneven: fc.boolean() });
  test('pow with checkpoints: all fields of the outcome, over drawn cells', () => {
    const parameters = fc.record({
      ...shared,
      block_interval_s: fc.constantFrom(0.2, 1, 10),
      retarget_interval_blocks: fc.constantFrom(3, 2016),
    });
    holds(
      fc.property(cells, parameters, votes, fc.option(nodeFaults), (cell, p, { every, say, uneven }, relayed) => {
        const { fault, relay } = relayed === null ? { fault: cell.fault, relay: p.relay } : { fault: relayed, relay: 'relay-network' };
        const nodes = Math.min(cell.nodes, 12);
        const wanted = { ...cell, nodes, fault, parameters: { ...p, relay }, horizon_us: 1.5e8 * p.block_interval_s, risk: 0.05 };
        const { chain, messages } = both(
          pow,
          (setup) => {
            const spec = powSpec(setup);
            const weights = Array.from({ length: spec.participants }, (_, node) => (uneven ? (node * 5) % 4 : 1));
            const lottery = { ...spec.lottery, ...(say ? { retarget_blocks: Infinity } : {}) } as ChainSpec['lottery'];
            return withVotes({ ...spec, lottery }, checkpoints(every, weights, say ? finalFirst : undefined));
          },
          wanted,
        );
        expect(result(chain)).toEqual(result(messages));
      }),
      { seed: 5, numRuns: 15 },
    );
  });
  test('pos-praos with committees drawn by slot: all fields of the outcome, over drawn cells', () => {
    const parameters = fc.record({ ...shared, slot_s: fc.constantFrom(0.1, 1), active_slot_coefficient: fc.constantFrom(0.05, 0.5) });
    holds(
      fc.property(cells, parameters, fc.boolean(), fc.boolean(), (cell, p, shares, staged) => {
        const nodes = Math.min(cell.nodes, 12);
        const wanted = { ...cell, nodes, parameters: { ...p, stakes: sharesOf(nodes, shares) }, horizon_us: 1e8, risk: 0.05 };
        const { chain, messages } = both(
          praos,
          (setup) => {
            const spec = praosSpec(setup);
            const stages: ChainSpec['stages'] = (blocks, block) => ({ at_us: blocks.found_us(block) + 30_000, messages: 3, bytes: 9 });
            const committee = drawn(cell.seed, spec.participants, 0.6, p.slot_s * 1e6);
            return { ...withVotes(spec, committee), ...(staged ? { stages } : {}) };
          },
          wanted,
        );
        expect(result(chain)).toEqual(result(messages));
      }),
      { seed: 6, numRuns: 15 },
    );
  });
});

function run(committee: Committee, wanted: Wanted): { outcome: Outcome; history: ChainHistory } {
  const setup = chainSetup(pow, { nodes: 7, node: FREE, decisions: 60, ...wanted, collect: true });
  const ofEngine = (engine: typeof runChain): { outcome: Outcome; history: ChainHistory } => {
    let history: ChainHistory | undefined;
    const outcome = engine(setup, { ...withVotes(powSpec(setup), committee), operations: (found) => ((history = found), []) });
    return { outcome: { ...outcome, events: 0 }, history: history! };
  };
  const fast = ofEngine(runChain);
  expect(fast).toEqual(ofEngine(runChainMessages));
  return fast;
}

const equal = (participants: number): number[] => new Array<number>(participants).fill(1);
const DIRECT = { relay: 'direct', block_interval_s: 60 } as const;
/** Difficulty stays. */
const LEVEL = { ...DIRECT, retarget_interval_blocks: 1_000_000 } as const;
const DELAY_us = 100_000;

describe('finality under a fixed delay', () => {
  // Whoever finds it, somebody's vote comes one delay after a block that came one delay after it was found: two thirds are there then.
  test('direct: a block that all vote on is final two delays after its finding, the check of a vote included', () => {
    const { outcome, history } = run(checkpoints(1, equal(7)), { network: fixed(DELAY_us / 1000), parameters: DIRECT });
    const main = history.main.slice(1, 61).map((number) => history.blocks[number]!);
    // Latency and finality begin together. Of its own blocks the client has 1 vote when it finds them; the others' are there after two delays.
    const lags = outcome.finalities_us.map((finality, i) => finality - outcome.latencies_us[i]!);
    expect(outcome.finalities_us.length).toBe(60);
    main.forEach(({ miner }, i) => expect(lags[i]).toBe(50 + (miner === 0 ? 2 * DELAY_us : DELAY_us)));
  });
  test('over a ring of seven: when the fifth vote comes, by the distances of finder, voters and client', () => {
    const { outcome, history } = run(checkpoints(1, equal(7)), {
      network: fixed(DELAY_us / 1000),
      parameters: { block_interval_s: 60, peer_degree: 2 },
    });
    // A hop takes three delays: announcement, request and body.
    const hop_us = 3 * DELAY_us;
    const { neighbours } = peerGraph({ seed: 1, nodes: 7, degree: 2 });
    const hops = (from: number, to: number): number => {
      let reached = [from];
      for (let count = 0; ; count++) {
        if (reached.includes(to)) return count;
        reached = reached.flatMap((node) => [node, ...neighbours[node]!]);
      }
    };
    const seen = new Set<number>();
    history.main.slice(1, 61).forEach((number, i) => {
      const { miner } = history.blocks[number]!;
      const votes = equal(7).map((_, voter) => hops(miner, voter) + hops(voter, 0));
      const fifth = votes.sort((x, y) => x - y)[4]! - hops(miner, 0);
      // Beside it at most three checks of a vote, of 50 us each.
      const lag_us = outcome.finalities_us[i]! - outcome.latencies_us[i]!;
      expect(lag_us).toBeGreaterThanOrEqual(fifth * hop_us);
      expect(lag_us).toBeLessThanOrEqual(fifth * hop_us + 150);
      seen.add(fifth);
    });
    expect([...seen].sort()).toEqual([1, 2, 4]);
  });
  test('checkpoints every 5 heights: what lies before is final with them, (5 − 1)/2 gaps later on average', () => {
    const setup = chainSetup(pow, { nodes: 7, node: FREE, network: fixed(0), parameters: LEVEL, decisions: 5000 });
    const outcome = runChain(setup, withVotes(powSpec(setup), checkpoints(5, equal(7))));
    const lags = outcome.finalities_us.map((finality, i) => (finality - outcome.latencies_us[i]!) / 60e6);
    for (let at = 0; at < lags.length; at += 5) expect(lags[at + 4]).toBeLessThan(0.001);
    // Of every five blocks sums of 4, 3, 2, 1 and 0 gaps: a mean of 2 gaps and, of the five's mean, a variance of (1 + 4 + 9 + 16)/25.
    const mean = lags.reduce((sum, lag) => sum + lag, 0) / lags.length;
    const deviation = Math.sqrt(30 / 25 / (lags.length / 5));
    expect((1.96 * deviation) / 2).toBeLessThan(0.05);
    expect(Math.abs((mean - 2) / deviation)).toBeLessThan(4);
  });
});

describe('quorums', () => {
  test('exactly two thirds are not enough: with 2 of 6 silent nothing is final, with 1 of 6 everything is', () => {
    const silent = (count: number): Outcome =>
      run(checkpoints(1, equal(6)), {
        nodes: 6,
        decisions: 20,
        parameters: { block_interval_s: 60, peer_degree: 'all' },
        fault: { kind: 'crash', count },
        horizon_us: 60 * 60e6 * 4,
      }).outcome;
    expect(silent(1).state).toBe('done');
    expect(silent(2)).toMatchObject({ state: 'stalled', decisions: 0 });
    expect(silent(2).reason).toContain('0 of 20 decisions are final');
  });
  test('a third and more of the weight at one node stops finality when it is down, whatever the others are', () => {
    const weights = [1, 1, 1, 1, 1, 1, 3];
    const crashed = (count: number): Outcome['state'] =>
      run(checkpoints(1, weights), {
        decisions: 20,
        parameters: { ...DIRECT },
        fault: { kind: 'crash', count },
        horizon_us: 60 * 60e6 * 4,
      }).outcome.state;
    expect(crashed(0)).toBe('done');
    expect(crashed(1)).toBe('stalled');
  });
  test('an adversary casts no votes: it stops finality from a third of the weight on', () => {
    const attacked = (weight: number): Outcome['state'] =>
      run(checkpoints(1, [...equal(6), weight]), {
        nodes: 6,
        decisions: 20,
        parameters: { ...DIRECT },
        fault: { kind: 'double-spend', ratio: 0.1 },
        horizon_us: 60 * 60e6 * 4,
      }).outcome.state;
    expect(attacked(2)).toBe('done');
    expect(attacked(3)).toBe('stalled');
  });
});

test('each member votes once a round, on a block of its chain', () => {
  const { history } = run(checkpoints(2, equal(7)), { network: fixed(3000), parameters: { ...DIRECT, block_interval_s: 6 } });
  const rounds = new Set(history.votes.map(({ round, voter }) => `${round} ${voter}`));
  expect(rounds.size).toBe(history.votes.length);
  expect(history.votes.length).toBeGreaterThan(150);
  for (const { block, round } of history.votes) expect(history.blocks[block]!.height).toBe(round);
  // Forks: some vote on another block of the same round.
  const blocks = new Map<number, Set<number>>();
  for (const { block, round } of history.votes) blocks.set(round, (blocks.get(round) ?? new Set()).add(block));
  expect([...blocks.values()].some((of) => of.size > 1)).toBe(true);
});

test('the ledger: a signature a vote, a check and a tally at each other node, and its messages', () => {
  const wanted: Wanted = { network: fixed(100), parameters: DIRECT };
  const { outcome, history } = run(checkpoints(1, equal(7)), wanted);
  const setup = chainSetup(pow, { nodes: 7, node: FREE, decisions: 60, ...wanted });
  const plain = runChain(setup, { ...powSpec(setup), confirmations: 1 });
  const cast = history.votes.filter(({ cast_us }) => cast_us <= history.totals.stop_us).length;
  expect(cast).toBeGreaterThan(60 * 5);
  expect(outcome.counts).toMatchObject({ signs: cast, verifies: 6 * cast, verifies_single: 6 * cast, votes: 6 * cast });
  // The finder sends to everybody: six messages a vote of 24 + 100 bytes.
  const blocks = history.totals.found * 6;
  expect(outcome.counts.messages - 6 * cast).toBe(blocks);
  expect(plain.counts.messages).toBe(60 * 6);
  expect(outcome.counts.bytes - 6 * 124 * cast).toBe((plain.counts.bytes / plain.counts.messages) * blocks);
});

test('fork choice by votes: whom one voter has made final is never left by it, where weight alone leaves some', () => {
  const wanted: Wanted = {
    nodes: 6,
    network: fixed(2000),
    decisions: 120,
    parameters: { ...DIRECT, block_interval_s: 4, retarget_interval_blocks: 1_000_000 },
  };
  const violated = (seed: number, weigh?: Committee['weigh']): boolean => {
    const setup = chainSetup(pow, { ...wanted, seed });
    const spec = withVotes(powSpec(setup), checkpoints(1, [1, 0, 0, 0, 0, 0], weigh));
    const lottery = { ...spec.lottery, retarget_blocks: Infinity } as ChainSpec['lottery'];
    return runChain(setup, { ...spec, lottery }).safety === 'violated';
  };
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  expect(seeds.filter((seed) => violated(seed)).length).toBeGreaterThan(0);
  expect(seeds.filter((seed) => violated(seed, finalFirst))).toEqual([]);
});

test('under a load a transaction is final when its block is', () => {
  const load = { ...LOAD_RULES, kind: 'open', rate_tps: 2, arrivals: 'poisson', warmup_s: 300, window_s: 6000 } as const;
  const setup = chainSetup(pow, { nodes: 7, node: FREE, network: fixed(100), parameters: DIRECT, load });
  const outcome = runChainUnderLoad(setup, withVotes(powSpec(setup), checkpoints(1, equal(7))));
  expect(outcome.state).toBe('done');
  expect(outcome.finalities_us.length).toBe(outcome.load!.committed);
  expect(outcome.load!.committed).toBe(outcome.load!.submitted);
  const lags = new Set(outcome.finalities_us.map((finality, i) => finality - outcome.latencies_us[i]!));
  expect([...lags].sort((x, y) => x - y)).toEqual([DELAY_us + 50, 2 * DELAY_us + 50]);
  expect(outcome.counts.votes).toBeGreaterThan(0);
});
