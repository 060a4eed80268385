// Faults of chains that take nodes or links away: crash, partition, delay, eclipse, and schedules of them.
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import { Outages } from '../../../harness/simulate/chain/outages.ts';
import type { ChainHistory } from '../../../harness/simulate/chain/spec.ts';
import { resolveFaults } from '../../../harness/simulate/core/faults.ts';
import type { FaultSpec, SingleFault } from '../../../harness/model/fault.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import praos, { praosSpec } from '../../../workloads/pos-praos.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { WAN, fixed, makeCell, simulate } from '../../cells.ts';
import { chainSetup, type Wanted } from '../chain-setup.ts';

const BLOCKS = { block_interval_s: 10, adversary_share: 0 };
const crash = (fault: Partial<FaultSpec>): Partial<FaultSpec> => ({ kind: 'crash', ...fault });

function run(wanted: Wanted, engine: typeof runChain = runChainMessages): Outcome & { history: ChainHistory } {
  const setup = chainSetup(pow, { network: WAN, parameters: BLOCKS, ...wanted, collect: true });
  let history: ChainHistory | undefined;
  const outcome = engine(setup, { ...powSpec(setup), operations: (found) => ((history = found), []) });
  return { ...outcome, history: history! };
}
const miners = ({ history }: { history: ChainHistory }): number[] => history.main.slice(1).map((number) => history.blocks[number]!.miner);

describe('crash: the highest-numbered nodes are offline', () => {
  test('they find nothing and get nothing; the others take longer, at the difficulty set before', () => {
    const base = run({ nodes: 10, decisions: 300, fault: crash({ count: 0 }) }, runChain);
    const outcome = run({ nodes: 10, decisions: 300, fault: crash({ ratio: 0.35 }) }, runChain);
    expect(Math.max(...outcome.history.blocks.slice(1).map(({ miner }) => miner))).toBe(6);
    expect(outcome.history.blocks.slice(1).every(({ receivers }) => receivers <= 6)).toBe(true);
    const counted = outcome.history.blocks.filter(({ receivers }) => receivers > 0).length;
    expect(outcome.history.totals.receptions).toBe(6 * counted);
    // 3 of 10 are down: 10/7 as long, but for what 300 blocks scatter.
    expect(outcome.elapsed_us / base.elapsed_us).toBeGreaterThan(1.25);
    expect(outcome.elapsed_us / base.elapsed_us).toBeLessThan(1.65);
    expect(outcome.counts.mining_node_s! / (7 * outcome.elapsed_us)).toBeCloseTo(1e-6, 12);
  });
  test('what is sent to them is counted: with all neighbours in each other, a block costs announcements to the dead too', () => {
    const parameters = { ...BLOCKS, peer_degree: 'all' };
    const outcome = run({ nodes: 4, decisions: 50, parameters, network: fixed(10), fault: crash({ count: 1 }) }, runChain);
    // Of 3 live nodes the finder announces to 3, each other to 2; 2 requests, 2 bodies.
    const published = outcome.history.blocks.filter(({ receivers }) => receivers > 0).length;
    expect(outcome.counts.messages).toBe(published * (3 + 2 + 2 + 2 + 2));
  });
  test('with everybody down nobody makes a block: idle, liveness violated, on both engines', () => {
    for (const engine of ['chain', 'messages'] as const)
      for (const workload of [pow, praos])
        expect(simulate(workload, { fault: { kind: 'crash', ratio: 1 } }, { engine }).outcome).toMatchObject({
          state: 'stalled',
          liveness: 'violated',
          decisions: 0,
        });
  });
  test('a crash that begins or ends runs on messages; a named chain engine says why it does not take it', () => {
    const options = { nodes: 6, network: WAN, fault: crash({ count: 2, until_s: 5000 }) };
    expect(simulate(pow, options).engine).toBe('messages');
    expect(() => simulate(pow, options, { engine: 'chain' })).toThrow(/cannot represent this cell/);
    expect(simulate(pow, { ...options, fault: crash({ count: 2 }) }).engine).toBe('chain');
  });
  test.each([1, 2, 3, 4, 5])('who comes back gets what it missed and mines on it (seed %i)', (seed) => {
    const outcome = run({ seed, nodes: 8, decisions: 120, fault: crash({ count: 4, from_s: 100, until_s: 600 }) });
    expect(outcome).toMatchObject({ state: 'done', liveness: 'ok' });
    const found = outcome.history.blocks.slice(1);
    const down = found.filter(({ found_us }) => found_us >= 100e6 && found_us < 600e6);
    expect(down.length).toBeGreaterThan(10);
    expect(down.every(({ miner }) => miner < 4)).toBe(true);
    // Its later blocks stand on the chain of the others.
    const later = found.filter(({ found_us, miner }) => found_us > 660e6 && miner >= 4);
    expect(later.length).toBeGreaterThan(5);
    const main = new Set(outcome.history.main);
    expect(later.filter(({ number }) => main.has(number)).length / later.length).toBeGreaterThan(0.8);
    // Everybody has every block of the chain in the end, whoever was away when it was found.
    expect(found.filter(({ number, receivers }) => main.has(number) && receivers > 0).every(({ receivers }) => receivers === 7)).toBe(true);
  });
  test('node 0 itself is away for a while: its chain goes on when it is back', () => {
    const fault = { kind: 'crash', nodes: [0], from_s: 50, until_s: 400, placement: 'worst' } as const;
    const outcome = run({ nodes: 5, decisions: 80, fault });
    expect(outcome.state).toBe('done');
    expect(new Set(miners(outcome)).size).toBe(5);
  });
});

describe('partition: groups of nodes that hear nothing of each other', () => {
  const fault = { kind: 'partition', ratio: 0.4, from_s: 200, until_s: 800 } as const;
  test.each([runChain, runChainMessages])('each side goes on, and when it heals the smaller side gives its blocks up', (engine) => {
    const outcome = run({ nodes: 10, decisions: 200, fault }, engine);
    expect(outcome.state).toBe('done');
    const main = new Set(outcome.history.main);
    const during = outcome.history.blocks.filter(({ found_us }) => found_us >= 210e6 && found_us < 790e6);
    const sides = [during.filter(({ miner }) => miner < 6), during.filter(({ miner }) => miner >= 6)];
    const kept = sides.map((side) => side.filter(({ number }) => main.has(number)).length / side.length);
    expect(sides[1]!.length).toBeGreaterThan(10);
    expect(Math.max(...kept)).toBeGreaterThan(0.9);
    expect(Math.min(...kept)).toBeLessThan(0.1);
    // What is behind the cut arrives late.
    expect(outcome.propagation_us!.p99).toBeLessThan(600e6);
    expect(outcome.stale!.stale).toBeGreaterThan(10);
  });
  test('for good: node 0 sees the blocks of its own side alone', () => {
    const outcome = run({ nodes: 10, decisions: 100, fault: { kind: 'partition', ratio: 0.3 } }, runChain);
    expect(outcome.state).toBe('done');
    expect(Math.max(...miners(outcome))).toBeLessThan(7);
    expect(outcome.history.blocks.some(({ miner }) => miner >= 7)).toBe(true);
  });
  test('crossing messages that are lost are asked for again', () => {
    const lose = { ...fault, crossing: 'lose' } as const;
    const outcome = run({ nodes: 10, decisions: 200, fault: lose });
    expect(outcome.state).toBe('done');
    const main = new Set(outcome.history.main);
    const late = outcome.history.blocks.filter(({ found_us, number }) => found_us > 1000e6 && main.has(number));
    expect(late.some(({ miner }) => miner >= 6)).toBe(true);
    expect(late.some(({ miner }) => miner < 6)).toBe(true);
  });
});

describe('eclipse: its nodes hear nothing, and nobody hears them', () => {
  test('they mine alone, and none of their blocks is on the chain', () => {
    const outcome = run({ nodes: 10, decisions: 100, fault: { kind: 'eclipse', count: 3 } }, runChain);
    expect(outcome.state).toBe('done');
    expect(Math.max(...miners(outcome))).toBeLessThan(7);
    const alone = outcome.history.blocks.filter(({ miner, number }) => miner >= 7 && number > 0);
    expect(alone.length).toBeGreaterThan(20);
    expect(alone.every(({ receivers }) => receivers === 0)).toBe(true);
    expect(outcome.stale!.stale).toBeGreaterThanOrEqual(alone.length);
  });
  test('when it ends they take the chain of the others, and mine on it', () => {
    const outcome = run({ nodes: 8, decisions: 150, fault: { kind: 'eclipse', count: 2, from_s: 50, until_s: 600 } });
    expect(outcome.state).toBe('done');
    const main = new Set(outcome.history.main);
    const own = outcome.history.blocks.filter(({ miner }) => miner >= 6);
    expect(own.filter(({ found_us, number }) => found_us > 60e6 && found_us < 590e6 && main.has(number))).toEqual([]);
    expect(own.filter(({ found_us, number }) => found_us > 700e6 && main.has(number)).length).toBeGreaterThan(3);
  });
});

describe('delay', () => {
  test('blocks that leave late go stale more often, and the more the later', () => {
    const staleOf = (delay_ms: number): number => {
      const { stale } = run({ nodes: 8, decisions: 400, fault: { kind: 'delay', ratio: 0.5, delay_ms } }, runChain);
      return stale!.stale / stale!.blocks;
    };
    const rates = [0, 1000, 8000].map(staleOf);
    expect(rates[1]!).toBeGreaterThan(rates[0]!);
    expect(rates[2]!).toBeGreaterThan(rates[1]!);
  });
});

test('a schedule: a crash, a partition and a delay after each other, on messages', () => {
  const schedule: SingleFault[] = [
    { kind: 'crash', count: 2, placement: 'worst', from_s: 50, until_s: 150 },
    { kind: 'partition', ratio: 0.5, placement: 'worst', from_s: 200, until_s: 400 },
    { kind: 'delay', ratio: 0.3, placement: 'worst', delay_ms: 500, from_s: 450, until_s: 600 },
  ];
  const { outcome, engine } = simulate(pow, {
    nodes: 8,
    network: WAN,
    decisions: 80,
    parameters: BLOCKS,
    fault: { kind: 'schedule', schedule },
  });
  expect(engine).toBe('messages');
  expect(outcome).toMatchObject({ state: 'done', liveness: 'ok' });
  const again = simulate(praos, {
    nodes: 8,
    network: WAN,
    decisions: 30,
    parameters: { adversary_share: 0 },
    fault: { kind: 'schedule', schedule: schedule.slice(1) },
  });
  expect(again.engine).toBe('chain');
  expect(again.outcome.state).toBe('done');
});

test('a schedule of what concerns who holds what is refused at plan time', () => {
  const fault: FaultSpec = { kind: 'schedule', placement: 'worst', schedule: [{ kind: 'double-spend', ratio: 0.3, placement: 'worst' }] };
  const { load, network, crypto, transactions } = makeCell(pow);
  const parameters = pow.parameters.parse({});
  expect(pow.problems!({ parameters, nodes: 4, fault, load, network, crypto, transactions })).toEqual([
    { parameter: 'fault', accepts: 'a schedule of crash, partition, delay, eclipse; double-spend only by itself' },
  ]);
});

test('pos-praos: nobody evaluates slots while it is down, and one who is up evaluates each', () => {
  const setup = chainSetup(praos, { nodes: 5, decisions: 40, fault: { kind: 'crash', count: 2, from_s: 100.5, until_s: 300 } });
  const outcome = runChainMessages(setup, praosSpec(setup));
  const slots = Math.floor(outcome.elapsed_us / 1e6);
  expect(outcome.counts.signs! - outcome.stale!.blocks).toBeGreaterThan(5 * slots - 2 * 199 - 1);
});

describe('when a node is down', () => {
  const outages = new Outages(
    resolveFaults(
      makeCell(pow, {
        nodes: 4,
        fault: {
          kind: 'schedule',
          schedule: [
            { kind: 'crash', nodes: [1], placement: 'worst', from_s: 10, until_s: 20 },
            { kind: 'crash', nodes: [1, 2], placement: 'worst', from_s: 15, until_s: 30 },
            { kind: 'crash', nodes: [3], placement: 'worst', from_s: 40 },
          ],
        },
      }),
      [],
    ).entries,
  );
  test('overlapping times count once', () => {
    expect([0, 1, 2, 3].map((node) => outages.down_us(node, 100e6))).toEqual([0, 20e6, 15e6, 60e6]);
    expect(outages.down_us(1, 12e6)).toBe(2e6);
  });
  test('slots that begin at the very end of a fault are led again', () => {
    for (const node of [0, 1, 2, 3])
      for (const slots of [5, 10, 19, 29, 30, 60]) {
        let down = 0;
        for (let slot = 1; slot <= slots; slot++) if (outages.isDown(node, slot * 1e6)) down += 1;
        expect(outages.downSlots(node, 1e6, slots)).toBe(down);
      }
  });
  test('for good', () => {
    expect([0, 1, 2, 3].map((node) => outages.lost_us(node))).toEqual([Infinity, Infinity, Infinity, 40e6]);
  });
});
