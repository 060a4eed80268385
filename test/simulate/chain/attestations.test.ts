// Attestations over a chain: both engines alike, under rules of the test's own, and what they promise.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import { runChainUnderLoad } from '../../../harness/simulate/chain/run.ts';
import { PURPOSE, draw32, drawKey } from '../../../harness/simulate/core/draws.ts';
import { EngineLimit, type Setup } from '../../../harness/simulate/core/contract.ts';
import type { AttestedChain, ChainHistory, ChainSpec, ForkChoice, NodeView } from '../../../harness/simulate/chain/spec.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import { LOAD_RULES } from '../../../harness/model/load.ts';
import praos, { praosSpec } from '../../../workloads/pos-praos.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { FREE, fixed } from '../../cells.ts';
import { holds } from '../../support/property.ts';
import { chainSetup, type Wanted } from '../chain-setup.ts';
import { both, cells, result, shared } from './drawn.ts';

/** The tip with the most votes on it among the highest; final is what a chain carries votes of its slot and the next for, of
 * more than half of all. */
class Simple implements ForkChoice {
  readonly #chain: AttestedChain;
  readonly #half: number;
  readonly #carries: number[][] = [[]];
  readonly ending = { contradicts: false, observed: {} };

  constructor(chain: AttestedChain, half: number) {
    this.#chain = chain;
    this.#half = half;
  }
  #ancestors(tip: number): number[] {
    const all = [tip];
    while (all.at(-1) !== 0) all.push(this.#chain.blocks.parent(all.at(-1)!));
    return all;
  }
  found(block: number, maker: NodeView): void {
    const ancestors = this.#ancestors(this.#chain.blocks.parent(block));
    const carried = new Set(ancestors.flatMap((one) => this.#carries[one]!));
    const isNew = (vote: number): boolean =>
      maker.knows(vote) && !carried.has(vote) && ancestors.includes(this.#chain.attestations[vote]!.block);
    this.#carries[block] = [...this.#chain.attestations.keys()].filter(isNew);
  }
  head(node: NodeView): number {
    let best = 0;
    let most = 0;
    for (let block = 1; block < this.#carries.length; block++) {
      if (node.accepted_us(block) === Infinity) continue;
      let votes = 100 * this.#chain.blocks.height(block);
      this.#chain.attestations.forEach((vote, number) => {
        if (vote.block === block && node.knows(number)) votes += vote.weight;
      });
      if (votes >= most) [best, most] = [block, votes];
    }
    return best;
  }
  final(tip: number): number {
    const ancestors = this.#ancestors(tip);
    const weights = new Map<number, number>();
    for (const one of ancestors)
      for (const vote of this.#carries[one]!) {
        const { block, weight, slot } = this.#chain.attestations[vote]!;
        if (slot * SLOT_us <= this.#chain.blocks.found_us(block) + SLOT_us) weights.set(block, (weights.get(block) ?? 0) + weight);
      }
    return ancestors.find((block) => (weights.get(block) ?? 0) > this.#half) ?? 0;
  }
}

const SLOT_us = 10_000_000;
const DUE_us = 3_000_000;

/** Slots of ten seconds, each with one leader; everybody votes in every slot, but for whom a draw leaves out. */
function attested(setup: Setup<never>, { part = 1 }: { part?: number } = {}): ChainSpec {
  const { lottery, ...base } = praosSpec(setup);
  const { seed } = setup.cell;
  const { participants, shares } = base;
  const draw = (type: number, slot: number, node: number): number =>
    draw32(drawKey(seed, { purpose: PURPOSE.eligibility, type, sequence: slot }), node);
  return {
    ...base,
    confirmations: 1,
    merchantConfirmations: 1,
    lottery: {
      ...lottery,
      kind: 'slots',
      slot_us: SLOT_us,
      chance: shares,
      chanceInSpan: shares,
      leadersOf: (slot) => [draw(8, slot, 0) % participants],
    },
    attestations: {
      due_us: DUE_us,
      weights: (slot) => Array.from({ length: participants }, (_, node) => (draw(9, slot, node) < part * 0x100000000 ? 1 + (node % 3) : 0)),
      voteBytes: 100,
      verify_ns: 50_000,
      start: (chain) => new Simple(chain, shares.reduce((sum, _, node) => sum + 1 + (node % 3), 0) / 2),
    },
  };
}

test('chain equals messages: all fields of the outcome and the history, over drawn cells', () => {
  const parts = fc.constantFrom(0.4, 1);
  holds(
    fc.property(cells, fc.record(shared), parts, (cell, { relay, peer_degree }, part) => {
      const fault = cell.fault.kind === 'double-spend' ? { kind: 'crash' as const, ratio: 0.3 } : cell.fault;
      const wanted: Wanted = {
        ...cell,
        fault,
        nodes: Math.min(cell.nodes, 10),
        decisions: Math.min(cell.decisions, 10),
        parameters: { relay, peer_degree },
        horizon_us: 30 * SLOT_us,
      };
      const { chain, messages } = both(praos as never, (setup) => attested(setup as never, { part }), wanted);
      expect(result(chain)).toEqual(result(messages));
    }),
    { seed: 7, numRuns: 15 },
  );
});

function run(wanted: Wanted): { outcome: Outcome; history: ChainHistory } {
  const setup = chainSetup(praos, {
    nodes: 6,
    node: FREE,
    decisions: 30,
    parameters: { relay: 'direct' },
    horizon_us: 60 * SLOT_us,
    ...wanted,
    collect: true,
  });
  const ofEngine = (engine: typeof runChain): { outcome: Outcome; history: ChainHistory } => {
    let history: ChainHistory | undefined;
    const outcome = engine(setup as never, { ...attested(setup as never), operations: (found) => ((history = found), []) });
    return { outcome: { ...outcome, events: 0 }, history: history! };
  };
  const fast = ofEngine(runChain);
  expect(fast).toEqual(ofEngine(runChainMessages));
  return fast;
}

describe('what is promised', () => {
  test('one block a slot; each votes once a slot, when votes are due, on the block of that slot where it has come', () => {
    const { history } = run({ network: fixed(1000) });
    for (const block of history.blocks.slice(1)) expect(block.found_us).toBe(block.number * SLOT_us);
    const once = new Set(history.votes.map(({ round, voter }) => `${round} ${voter}`));
    expect(once.size).toBe(history.votes.length);
    expect(history.votes.length).toBeGreaterThan(6 * 30);
    for (const { cast_us, round, block } of history.votes) {
      expect(cast_us).toBe(round * SLOT_us + DUE_us);
      expect(block).toBe(round);
    }
  });
  test('where blocks take longer than that, votes are on the block before; the finder alone has its own', () => {
    const { history } = run({ network: fixed(4000) });
    for (const { round, voter, block } of history.votes)
      if (round > 0) expect(block).toBe(history.blocks[round]!.miner === voter ? round : round - 1);
  });
  test('a block carries the votes of the slot before: what they are on is final when it comes', () => {
    const { outcome } = run({ network: fixed(100) });
    // A block is accepted after a delay where the client has not found it; the next one, which carries its votes, comes a slot later.
    outcome.finalities_us.forEach((finality, i) => {
      const lag = finality - outcome.latencies_us[i]!;
      expect([SLOT_us - 100_000, SLOT_us, SLOT_us + 100_000]).toContain(lag);
    });
    expect(outcome.finalities_us.length).toBe(30);
  });
  test('the ledger gets a tally of each vote at everyone else, and what was sent for it', () => {
    const { outcome, history } = run({ network: fixed(100) });
    const cast = history.votes.filter(({ cast_us }) => cast_us <= history.totals.stop_us);
    expect(history.totals).toMatchObject({ votes: cast.length, voteReceptions: 5 * cast.length });
    expect(history.totals.voteWeight).toBe(cast.reduce((sum, { voter }) => sum + 1 + (voter % 3), 0));
    expect(history.totals.voteWeightReceptions).toBe(5 * history.totals.voteWeight);
    expect(outcome.counts.votes).toBe(5 * cast.length);
    expect(outcome.counts.messages).toBe(5 * (cast.length + history.totals.found));
  });
  test('with half of the weight down, nothing is final', () => {
    // 1 and 2 are left of 1 + 2 + 3 + 1 + 2 + 3.
    const horizon_us = 40 * SLOT_us;
    expect(run({ network: fixed(100), horizon_us, fault: { kind: 'crash', count: 4 } }).outcome).toMatchObject({
      state: 'stalled',
      decisions: 0,
    });
    expect(run({ network: fixed(100), fault: { kind: 'crash', count: 2 } }).outcome.state).toBe('done');
  });
});

test('who was down votes again when it is back, on the chain of the others', () => {
  const setup = chainSetup(praos, {
    nodes: 6,
    node: FREE,
    network: fixed(100),
    decisions: 60,
    collect: true,
    parameters: {},
    fault: { kind: 'crash', count: 2, from_s: 55, until_s: 255 },
  });
  let history: ChainHistory | undefined;
  const outcome = runChainMessages(setup as never, { ...attested(setup as never), operations: (found) => ((history = found), []) });
  expect(outcome).toMatchObject({ state: 'done', safety: 'ok' });
  const by = (voter: number): number[] => history!.votes.filter((vote) => vote.voter === voter).map(({ round }) => round);
  expect(by(4)).toEqual(by(0).filter((slot) => slot < 6 || slot > 25));
  for (const { block, round } of history!.votes.filter(({ round }) => round > 40))
    expect(history!.blocks[block]!.found_us).toBe(round * SLOT_us);
});

test('under a load a transaction is final when its block is', () => {
  const load = { ...LOAD_RULES, kind: 'open', rate_tps: 2, arrivals: 'poisson', warmup_s: 100, window_s: 1000 } as const;
  const setup = chainSetup(praos, { nodes: 6, node: FREE, network: fixed(100), parameters: { relay: 'direct' }, load });
  const outcome = runChainUnderLoad(setup as never, attested(setup as never));
  expect(outcome).toMatchObject({ state: 'done', reason: '' });
  expect(outcome.finalities_us.length).toBe(outcome.load!.committed);
  expect(outcome.load!.committed).toBe(outcome.load!.submitted);
  expect(outcome.decisions).toBe(100);
});

test('not over a clock, nor beside an adversary', () => {
  const setup = chainSetup(pow, { nodes: 4 });
  const { attestations } = attested(chainSetup(praos, { nodes: 4 }) as never);
  const spec = { ...powSpec(setup), attestations: attestations! };
  expect(() => runChain(setup, spec)).toThrow(/lottery of kind clock; accepted: slots/);
  const attacked = chainSetup(praos, { nodes: 4, fault: { kind: 'double-spend', ratio: 0.2 } });
  expect(() => runChain(attacked as never, attested(attacked as never))).toThrow(EngineLimit);
});
