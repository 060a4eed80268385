import { describe, expect, test } from 'vitest';
import { powReversal } from '../../../harness/simulate/chain/confirmations.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import type { BlockView, ChainHistory, ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import nxt, { nxtSpec, type NxtParameters } from '../../../workloads/pos-nxt/index.ts';
import { meanFirstHit, rateShare } from '../../../workloads/pos-nxt/race.ts';
import {
  GENESIS_STATE,
  INITIAL_BASE_TARGET,
  MAX_BASE_TARGET,
  MIN_BASE_TARGET,
  adjustedBaseTarget,
  difficultyOf,
  following,
  hitTime_s,
} from '../../../workloads/pos-nxt/rules.ts';
import { LINK, WAN, fixed } from '../../cells.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../../simulate/chain-setup.ts';
import { both, result } from '../../simulate/chain/drawn.ts';
import { transcriptOf } from '../../support/transcript.ts';

function historyOf(wanted: Wanted, hooks: Partial<ChainSpec> = {}): { history: ChainHistory; spec: ChainSpec } {
  const setup = chainSetup(nxt, { ...wanted, collect: true });
  const spec = { ...nxtSpec(setup), ...hooks };
  let history: ChainHistory | undefined;
  expect(runChain(setup, { ...spec, operations: (found) => ((history = found), []) }).state).toBe('done');
  return { history: history!, spec };
}
const mainOf = ({ history }: { history: ChainHistory }) => history.main.slice(1).map((number) => history.blocks[number]!);

const viewOf = ({ blocks }: ChainHistory): BlockView => ({
  parent: (block) => blocks[block]!.parent,
  height: (block) => blocks[block]!.height,
  miner: (block) => blocks[block]!.miner,
  found_us: (block) => blocks[block]!.found_us,
});

describe('base targets, BlockImpl.calculateBaseTarget', () => {
  test('the first is floor(2^63 / (60 * 10^9)), the bounds are 50 and 0.9 times that', () => {
    expect(BigInt(INITIAL_BASE_TARGET)).toBe(0x8000000000000000n / 60_000_000_000n);
    expect([MIN_BASE_TARGET, MAX_BASE_TARGET]).toEqual([138_350_580, 7_686_143_350]);
  });
  test.each([
    // Above 60 s: times min(mean, 67)/60, cut off; at most 11.67% more.
    [61, Math.floor((153_722_867 * 61) / 60)],
    [67, 171_657_201],
    [500, 171_657_201],
    // Below: less 64 * (60 - max(mean, 53))/6000; at most 7.467% less, here past the bound of 0.9.
    [60, 153_722_867],
    [59, 153_722_867 - 1_639_710],
    [53, 153_722_867 - 11_477_974],
    [1, 153_722_867 - 11_477_974],
  ])('after a mean gap of %i s it is %i', (mean_s, target) => {
    expect(adjustedBaseTarget(INITIAL_BASE_TARGET, mean_s)).toBe(target);
  });
  test('and stays within the bounds', () => {
    expect(adjustedBaseTarget(MIN_BASE_TARGET, 1)).toBe(MIN_BASE_TARGET);
    expect(adjustedBaseTarget(MAX_BASE_TARGET, 100)).toBe(MAX_BASE_TARGET);
  });
  test('every second block adjusts it, from the fifth on, by the whole seconds of the mean of three gaps', () => {
    let state = GENESIS_STATE;
    const targets: number[] = [];
    for (const elapsed_s of [200, 200, 200, 200, 62, 62, 62, 62]) {
      state = following(state, elapsed_s, true);
      targets.push(state.baseTarget);
    }
    const fifth = Math.floor((INITIAL_BASE_TARGET * 67) / 60);
    // The mean that the seventh sees is (62 + 62 + 62)/3.
    const seventh = Math.floor((fifth * 62) / 60);
    expect(targets).toEqual([...Array(4).fill(INITIAL_BASE_TARGET), fifth, fifth, seventh, seventh]);
  });
  test('a block adds floor(2^64 / target) to the cumulative difficulty', () => {
    expect(difficultyOf(INITIAL_BASE_TARGET)).toBe(Number(0x10000000000000000n / 153_722_867n));
  });
});

test('a hit is valid from the first whole second on in which it is below target * balance * elapsed', () => {
  const each = 153_722_867n * 1000n;
  expect([0n, each - 1n, each, 7n * each - 1n, 7n * each].map((hit) => hitTime_s(hit, INITIAL_BASE_TARGET, 1000))).toEqual([1, 1, 2, 7, 8]);
  // Generator: an effective balance of less than 1 000 NXT forges nothing.
  expect(hitTime_s(0n, INITIAL_BASE_TARGET, 999)).toBe(Infinity);
});

describe('uniform times to hit: big stakes win more than their share', () => {
  const N = 10_000;
  const equal = (count: number): string => Array.from({ length: count }, () => 1).join();
  test.each([
    // b * integral of the chance that none of the others has hit.
    ['9,1', 0, 0.94444],
    ['6,2,2', 0, 0.7037],
    [`5,${Array.from({ length: 10 }, () => 0.5).join()}`, 0, 0.6238],
  ])('stakes %s', (stakes, node, p) => {
    const made = mainOf(
      historyOf({ nodes: stakes.split(',').length, decisions: N, parameters: { stakes, base_target: 'fixed', peer_degree: 'all' } }),
    );
    expect(relativeHalfWidth(made.length, p)).toBeLessThan(0.05);
    expect(Math.abs(zScore(made.filter(({ miner }) => miner === node).length, made.length, p))).toBeLessThan(4);
  });
  // Uniform on (0, 120 s), rounded up to whole seconds; the least of a hundred uniform times on (0, 12 000 s).
  test.each([
    [1, 60 + 0.5, 120 / Math.sqrt(12)],
    [100, 12_000 / 101 + 0.5, 12_000 / 101],
  ])('%i equal accounts with 10^9 NXT: a gap of %d s', (nodes, mean_s, sd_s) => {
    const made = mainOf(
      historyOf({ nodes, decisions: 3000, parameters: { stakes: equal(nodes), base_target: 'fixed', peer_degree: 'all' } }),
    );
    const gap_s = made.at(-1)!.found_us / 1e6 / made.length;
    expect((1.96 * sd_s) / Math.sqrt(made.length) / mean_s).toBeLessThan(0.05);
    expect(Math.abs(gap_s - mean_s) / (sd_s / Math.sqrt(made.length))).toBeLessThan(4);
  });
  test('splitting a stake loses: a half in one account makes 0.6238 of the blocks, in ten accounts of many equal ones a half', () => {
    const stakes = equal(20);
    const parameters = { stakes, base_target: 'fixed', peer_degree: 'all' };
    const made = mainOf(historyOf({ nodes: 20, decisions: N, parameters }));
    const own = made.filter(({ miner }) => miner < 10).length;
    expect(Math.abs(zScore(own, made.length, 0.5))).toBeLessThan(4);
    expect(0.6238 - 4 * Math.sqrt(0.25 / N)).toBeGreaterThan(own / made.length);
  });
  test('closed forms: mean first hits of .9/.1, of equal ones, and of a hundred in pieces as at once', () => {
    // Integral of (1 - .9t)(1 - .1t) from 0 to 1/.9.
    expect(meanFirstHit([0.9, 0.1])).toBeCloseTo(0.55556 - 0.1 / (6 * 0.81), 4);
    expect(meanFirstHit([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(0.8, 12);
    expect(meanFirstHit([...Array<number>(99).fill(0.01), 0.01 - 1e-12])).toBeCloseTo(100 / 101, 6);
    expect(rateShare(0.1, Array<number>(100_000).fill(0.9 / 100_000))).toBeCloseTo(0.2 / 1.1, 4);
  });
});

test('transparent forging: who makes the next block is known from the last one', () => {
  const { history, spec } = historyOf({ nodes: 8, decisions: 200, network: fixed(0), parameters: { peer_degree: 'all' } });
  const { at_us } = spec.lottery as Extract<ChainSpec['lottery'], { kind: 'timers' }>;
  const { blocks } = history;
  const view = viewOf(history);
  for (const [height, number] of history.main.slice(0, -1).entries()) {
    // Two of the same second part the others: each makes its own next block.
    if (blocks.some((other) => other.height === height && other.number !== number)) continue;
    const times_us = Array.from({ length: 8 }, (_, node) => at_us(view, number, node, 0));
    const next = blocks[history.main[height + 1]!]!;
    expect(times_us[next.miner]).toBe(Math.min(...times_us));
  }
});

test('of two blocks on one parent that of the earlier timestamp is taken, also where it comes second', () => {
  const network = { kind: 'normal', mean_ms: 5000, sd_ms: 2000, ...LINK } as const;
  /** Of heights at which the chain's block has siblings, those where it is the earliest. */
  const earliest = (hooks: Partial<ChainSpec>): number => {
    const { history, spec } = historyOf({ nodes: 12, decisions: 400, network, parameters: { peer_degree: 'all' } }, hooks);
    const { blocks, main } = history;
    const view = viewOf(history);
    const { at_us } = spec.lottery as Extract<ChainSpec['lottery'], { kind: 'timers' }>;
    const timestamp_us = (number: number): number => at_us(view, blocks[number]!.parent, blocks[number]!.miner, 0);
    const cases = main.slice(1).flatMap((number) => {
      const siblings = blocks.slice(1).filter((one) => one.parent === blocks[number]!.parent && one.number !== number);
      return siblings.length === 0 ? [] : [siblings.every((one) => timestamp_us(number) <= timestamp_us(one.number))];
    });
    expect(cases.length).toBeGreaterThan(50);
    return cases.filter((one) => one).length / cases.length;
  };
  // Where word of a sibling comes after a child it is too late.
  expect(earliest({})).toBeGreaterThan(0.9);
  expect(earliest({ rank: () => 0 })).toBeLessThan(0.9);
});

describe('chain equals messages', () => {
  const faults = [
    ['none', undefined],
    ['crash', { kind: 'crash', ratio: 0.3 }],
    ['delay', { kind: 'delay', ratio: 0.3, delay_ms: 20_000 }],
    ['partition', { kind: 'partition', ratio: 0.3, until_s: 700 }],
    ['eclipse', { kind: 'eclipse', ratio: 0.3 }],
    ['double-spend', { kind: 'double-spend', ratio: 0.3 }],
    ['double-spend of half', { kind: 'double-spend', ratio: 0.5 }],
  ] as const;
  test.each(faults)('%s', (_, fault) => {
    for (const [seed, network] of [
      [1, WAN],
      [2, { kind: 'normal', mean_ms: 3000, sd_ms: 2000, ...LINK, loss: 0.1 }],
    ] as const) {
      const wanted: Wanted = { nodes: 9, seed, network, decisions: 25, risk: 0.05, ...(fault === undefined ? {} : { fault }) };
      const { chain, messages } = both<NxtParameters>(nxt, nxtSpec as (setup: Setup<NxtParameters>) => ChainSpec, wanted);
      expect(result(chain)).toEqual(result(messages));
    }
  });
});

describe('double spends: no more often than the race of constant rates says, and more often than the stake would', () => {
  test.each([
    { q: 0.1, z: 2, base_target: 'adjusted' },
    { q: 0.2, z: 2, base_target: 'fixed' },
    { q: 0.2, z: 4, base_target: 'adjusted' },
    { q: 0.3, z: 6, base_target: 'adjusted' },
  ])('q = $q, base target $base_target, $z confirmations', ({ q, z, base_target }) => {
    const parameters = { base_target, merchant_confirmations: z, attacks: 500, peer_degree: 'all' };
    const { attacks, reversals, stale } = nxt.engines.chain!(
      chainSetup(nxt, { nodes: 10, decisions: 20, fault: { kind: 'double-spend', ratio: q }, parameters }),
    );
    const share = reversals! / attacks!;
    const sd = Math.sqrt((share * (1 - share)) / attacks!);
    expect(attacks).toBeGreaterThanOrEqual(500);
    expect(share).toBeLessThan(powReversal(rateShare(q, Array<number>(10).fill((1 - q) / 10)), z)[z]! + 4 * sd);
    expect(share).toBeGreaterThan(powReversal(q, z)[z]! + 2 * sd);
    // A branch of one account comes to make blocks as fast as the chain, and weighs less: it is given up all the same.
    expect(stale!.blocks / attacks!).toBeLessThan(400);
  });
  test('at the risk that was asked for', () => {
    const risk = 0.1;
    const { attacks, reversals, confirmations } = nxt.engines.chain!(
      chainSetup(nxt, { nodes: 10, decisions: 20, risk, fault: { kind: 'double-spend', ratio: 0.1 }, parameters: { attacks: 1000 } }),
    );
    expect(confirmations).toBe(3);
    expect(reversals! / attacks!).toBeLessThan(risk);
  });
});

test('golden transcript: two blocks of four nodes', async () => {
  const setup = (trace: Wanted['trace']): Setup<NxtParameters> =>
    chainSetup(nxt, { nodes: 4, decisions: 2, network: WAN, parameters: { adversary_share: 0 }, trace: trace! });
  const text = transcriptOf((trace) => nxt.engines.chain!(setup(trace)), { name_chars: 6 });
  await expect(text).toMatchFileSnapshot('../../golden/pos-nxt-two-blocks.txt');
});
