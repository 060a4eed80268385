// What a further chain mechanism brings with it and no engine knows of: weights that change with history, a fork choice,
// stages between finding and publishing, an adversary.
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../../harness/simulate/chain/adversary.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import type { ChainHistory, ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import type { Workload } from '../../../harness/simulate/core/contract.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import praos, { praosSpec } from '../../../workloads/pos-praos.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
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

describe('ties', () => {
  const wanted: Wanted = { nodes: 5, decisions: 150, network: fixed(1000), parameters: { block_interval_s: 5, peer_degree: 'all' } };
  const staleOf = (node: number, { history }: { history: ChainHistory }): number => {
    const main = new Set(history.main);
    return history.blocks.filter((block) => block.number > 0 && block.miner === node && !main.has(block.number)).length;
  };
  test('where blocks of node 0 rank above those of others, fewer of them go stale', () => {
    const ranked = run(pow, powSpec, wanted, { rank: (blocks, block) => (blocks.miner(block) === 0 ? 1 : 0) });
    expect(staleOf(0, ranked)).toBeLessThan(staleOf(0, run(pow, powSpec, wanted, {})));
  });
  test('equal ranks change nothing', () => {
    expect(run(pow, powSpec, wanted, { rank: () => 7 })).toEqual(run(pow, powSpec, wanted, {}));
  });
  test('ranks differ by node: who prefers later blocks leaves its tip in a tie', () => {
    const later = run(pow, powSpec, wanted, { rank: (_blocks, block, node) => (node === 0 ? block : 0) });
    // Node 0 builds on blocks that came second.
    const tied = ({ history: { blocks } }: { history: ChainHistory }): number =>
      blocks.filter(
        ({ number, miner, parent }) =>
          number > 0 && miner === 0 && blocks.some((rival) => rival.height === blocks[parent]!.height && rival.number < parent),
      ).length;
    expect(tied(later)).toBeGreaterThan(tied(run(pow, powSpec, wanted, {})));
  });
});

describe('stages between finding and publishing', () => {
  /** Three others sign one after another, 0.2 s each; of every fifth block the second is offline, and it never is complete. */
  const signed: ChainSpec['stages'] = (blocks, block) =>
    block % 5 === 0 ? { at_us: Infinity, messages: 2, bytes: 200 } : { at_us: blocks.found_us(block) + 600_000, messages: 4, bytes: 400 };
  const finders = [
    ['a clock', pow, powSpec, { block_interval_s: 5 }],
    ['a clock with adjustments of difficulty', pow, powSpec, { block_interval_s: 5, retarget_interval_blocks: 8 }],
    ['slots', praos, praosSpec, { active_slot_coefficient: 0.3 }],
  ] as const;
  test.each(finders)(
    '%s: nobody builds on a block before it is signed, and never on one that is not',
    (_, workload, specOf, parameters) => {
      const wanted: Wanted = { nodes: 6, decisions: 80, network: WAN, parameters };
      const { outcome, history } = run(workload, specOf, wanted, { stages: signed });
      const plain = run(workload, specOf, wanted, {});
      for (const { number, parent, found_us, receivers } of history.blocks.slice(1)) {
        expect(parent === 0 || parent % 5 !== 0).toBe(true);
        if (parent !== 0) expect(found_us).toBeGreaterThanOrEqual(history.blocks[parent]!.found_us + 600_000);
        if (number % 5 === 0) expect(receivers).toBe(0);
      }
      // What is lost for want of a signature is stale, and some more lose the race in the meantime.
      const { stale, blocks } = outcome.stale!;
      expect(stale / blocks).toBeGreaterThan(0.2);
      expect(stale / blocks).toBeGreaterThan(plain.outcome.stale!.stale / plain.outcome.stale!.blocks);
    },
  );
  test('their messages and bytes are counted where the block is found', () => {
    const wanted: Wanted = { nodes: 6, decisions: 80, network: WAN, parameters: { block_interval_s: 5 } };
    const silent = run(pow, powSpec, wanted, { stages: (...found) => ({ ...signed(...found), messages: 0, bytes: 0 }) });
    const { outcome, history } = run(pow, powSpec, wanted, { stages: signed });
    const counted = history.blocks.slice(1).filter(({ found_us }) => found_us <= history.totals.stop_us);
    const messages = counted.reduce((sum, { number }) => sum + (number % 5 === 0 ? 2 : 4), 0);
    expect(outcome.counts.messages - silent.outcome.counts.messages).toBe(messages);
    expect(outcome.counts.bytes - silent.outcome.counts.bytes).toBe(100 * messages);
  });
  test('beside a double spender, whose blocks have stages too, more blocks go stale', () => {
    const wanted: Wanted = {
      nodes: 6,
      decisions: 80,
      network: WAN,
      parameters: { block_interval_s: 2, merchant_confirmations: 2, attacks: 20 },
      fault: { kind: 'double-spend', ratio: 0.3 },
    };
    const slow = run(pow, powSpec, wanted, { stages: signed });
    expect(slow.outcome.stale!.stale).toBeGreaterThan(run(pow, powSpec, wanted, {}).outcome.stale!.stale);
  });
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
