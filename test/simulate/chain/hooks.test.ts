// What a further chain mechanism brings with it and no engine knows of: weights that change with history, a fork choice, an adversary.
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../../harness/simulate/chain/adversary.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import type { ChainHistory, ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import type { Workload } from '../../../harness/simulate/core/contract.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import praos, { praosSpec } from '../../../workloads/pos-praos.ts';
import pow, { powSpec } from '../../../workloads/pow.ts';
import { WAN, fixed } from '../../cells.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../chain-setup.ts';

function run(workload: Workload, specOf: (setup: any) => ChainSpec, wanted: Wanted, hooks: Partial<ChainSpec>) {
  const setup = chainSetup(workload, { ...wanted, collect: true });
  const ofEngine = (engine: typeof runChain): { outcome: Outcome; history: ChainHistory } => {
    let history: ChainHistory | undefined;
    const outcome = engine(setup, { ...specOf(setup), ...hooks, operations: (found) => ((history = found), []) });
    return { outcome: { ...outcome, events: 0 }, history: history! };
  };
  const fast = ofEngine(runChain);
  const twin = ofEngine(runChainMessages);
  expect(fast).toEqual(twin);
  return fast;
}

describe('weights that change with history', () => {
  /** Who has found one of the last two blocks of its chain finds none. */
  const rests: ChainSpec['eligible'] = (blocks, tip, miner) => {
    for (let block = tip, i = 0; i < 2 && block !== 0; i++, block = blocks.parent(block)) if (blocks.miner(block) === miner) return 0;
    return 1;
  };
  test.each([
    ['a clock', pow, powSpec, { block_interval_s: 10 }],
    ['slots', praos, praosSpec, { active_slot_coefficient: 0.3 }],
  ] as const)('%s: nobody finds two of three blocks in a row of a chain', (_, workload, specOf, parameters) => {
    const { history } = run(workload, specOf, { nodes: 6, decisions: 60, network: WAN, parameters }, { eligible: rests });
    const miners = history.main.slice(1).map((number) => history.blocks[number]!.miner);
    for (let at = 2; at < miners.length; at++) expect(new Set(miners.slice(at - 2, at + 1)).size).toBe(3);
    // Without the rule it happens: the test can fail.
    const free = run(workload, specOf, { nodes: 6, decisions: 60, network: WAN, parameters }, {}).history;
    const all = free.main.slice(1).map((number) => free.blocks[number]!.miner);
    expect(all.some((miner, at) => at > 0 && miner === all[at - 1])).toBe(true);
  });
  test('half of the weight of a node takes half of its blocks', () => {
    const setup = chainSetup(pow, { nodes: 2, decisions: 8000, network: fixed(0), parameters: { peer_degree: 'all' }, collect: true });
    let miners: number[] = [];
    const spec: ChainSpec = {
      ...powSpec(setup),
      eligible: (_blocks, _tip, miner) => (miner === 0 ? 0.5 : 1),
      operations: ({ blocks }) => ((miners = blocks.slice(1).map((block) => block.miner)), []),
    };
    runChain(setup, spec);
    const own = miners.filter((miner) => miner === 0).length;
    expect(relativeHalfWidth(miners.length, 1 / 3)).toBeLessThan(0.05);
    expect(Math.abs(zScore(own, miners.length, 1 / 3))).toBeLessThan(4);
  });
});

test('fork choice: where blocks of node 0 weigh double, fewer of them go stale', () => {
  const wanted: Wanted = { nodes: 5, decisions: 150, network: fixed(1000), parameters: { block_interval_s: 5, peer_degree: 'all' } };
  const staleOf = ({ history }: { history: ChainHistory }): number => {
    const main = new Set(history.main);
    return history.blocks.filter((block) => block.number > 0 && block.miner === 0 && !main.has(block.number)).length;
  };
  const weighted = run(pow, powSpec, wanted, {
    weigh: (before, { miner, difficulty }) => before + difficulty * (miner === 0 ? 2 : 1),
  });
  expect(staleOf(weighted)).toBeLessThan(staleOf(run(pow, powSpec, wanted, {})));
});

test('a further strategy: it publishes every second of its blocks, with the one before', () => {
  const pairs: Strategy = {
    withoutDelivery: '',
    start: (desk) => {
      let held: number | null = null;
      return {
        get branch() {
          return held;
        },
        get base() {
          return held === null ? null : desk.publicTip;
        },
        found(block, at_us) {
          if (held === null) {
            held = block;
            return;
          }
          desk.publish([held, block], at_us);
          held = null;
        },
        heard() {
          if (held !== null && desk.work(desk.publicTip) >= desk.work(held)) held = null;
        },
        delivered() {},
        alarm() {},
      };
    },
  };
  const { history } = run(
    pow,
    powSpec,
    { nodes: 4, decisions: 80, network: WAN, fault: { kind: 'double-spend', ratio: 0.4 } },
    { strategy: pairs },
  );
  const own = history.main.slice(1).map((number) => history.blocks[number]!.miner === 4);
  // Runs of its blocks on the chain are of even length.
  const lengths = own
    .map((mine) => (mine ? 'a' : '.'))
    .join('')
    .match(/a+/g)!
    .map((text) => text.length % 2);
  expect(lengths.length).toBeGreaterThan(3);
  expect(lengths.slice(0, -1).every((odd) => odd === 0)).toBe(true);
});
