import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PUBLISH } from '../../../harness/simulate/chain/adversary.ts';
import { powReversal } from '../../../harness/simulate/chain/confirmations.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { historyView } from '../../../harness/simulate/chain/history.ts';
import type { BlockInfo, ChainHistory, ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import workload from '../../../workloads/pos-coin-age/index.ts';
import type { CoinAgeChain, CoinAgeState } from '../../../workloads/pos-coin-age/chain.ts';
import { coinAgeSpec, raceOf, steadyState } from '../../../workloads/pos-coin-age/mechanism.ts';
import { isModifierDue } from '../../../workloads/pos-coin-age/modifier.ts';
import { weighedReversal } from '../../../workloads/parts/weighed-race.ts';
import { COIN, DAY_s, MAX_AGE_s, MIN_AGE_s, coinDayWeight, kernelChance, nextTarget } from '../../../workloads/pos-coin-age/rules.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate } from '../../cells.ts';
import { both, chainFaults, result } from '../../simulate/chain/drawn.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../../simulate/chain-setup.ts';
import { enough, holds } from '../../support/property.ts';
import { inFull } from '../../support/full.ts';
import { transcriptOf } from '../../support/transcript.ts';

interface Run {
  readonly outcome: Outcome;
  readonly history: ChainHistory;
  readonly chain: CoinAgeChain;
  /** The final chain, and what it says at each of its blocks. */
  readonly main: readonly BlockInfo[];
  readonly states: readonly CoinAgeState[];
}

function runWith(wanted: Wanted, hooks: Partial<ChainSpec> = {}): Run {
  const setup = chainSetup(workload, { ...wanted, collect: true });
  let history: ChainHistory | undefined;
  const spec = coinAgeSpec(setup);
  const outcome = runChain(setup, { ...spec, ...hooks, operations: (found) => ((history = found), []) });
  expect(outcome.state).toBe('done');
  const main = history!.main.map((number) => history!.blocks[number]!);
  const view = historyView(history!);
  return { outcome, history: history!, chain: spec.chain, main, states: main.map(({ number }) => spec.chain.state(view, number)) };
}

describe('a run of outputs that mint and begin anew', () => {
  const stakes = '4,2,1,1';
  const run = runWith({ nodes: 4, decisions: 2000, parameters: { stakes, adversary_share: 0, peer_degree: 'all' } });
  const blocks = run.main.slice(1);

  test('a block comes every 600 s', () => {
    const n = blocks.length;
    expect(1.96 / Math.sqrt(n)).toBeLessThan(0.05);
    expect(Math.abs(blocks.at(-1)!.found_us / 600e6 - n) / Math.sqrt(n)).toBeLessThan(4);
  });
  test('1% of the coins make 1% of the blocks: by stake', () => {
    for (const [node, share] of [0.5, 0.25, 0.125, 0.125].entries())
      expect(Math.abs(zScore(blocks.filter(({ miner }) => miner === node).length, blocks.length, share))).toBeLessThan(4);
  });
  test('an output mints at an age of 30 days or more, in the mean once in outputs × 600 s, and begins anew', () => {
    const { outputs } = workload.parameters.parse({}) as { outputs: number };
    const ages = run.states.slice(1).map(({ kernel }) => kernel!.age_s);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(MIN_AGE_s);
    const mean_days = ages.reduce((sum, age_s) => sum + age_s, 0) / ages.length / DAY_s;
    expect(run.outcome.observations!['kernel_age_days']).toBeCloseTo(mean_days, 9);
    const cycle_days = (outputs * 600) / DAY_s;
    const sd_days = Math.sqrt(ages.reduce((sum, age_s) => sum + (age_s / DAY_s - mean_days) ** 2, 0) / ages.length);
    expect(Math.abs(mean_days - cycle_days) / (sd_days / Math.sqrt(ages.length))).toBeLessThan(4);
    // In 14 days no output can mint twice.
    expect(blocks.at(-1)!.found_us / 1e6).toBeLessThan(MIN_AGE_s);
    const spent = run.states.slice(1).map(({ kernel }, i) => `${blocks[i]!.miner} ${kernel!.output}`);
    expect(new Set(spent).size).toBe(spent.length);
  });
  test('a try a second: block times are whole seconds, each after the one before', () => {
    for (const [i, { found_us }] of run.main.entries()) {
      expect(found_us % 1e6).toBe(0);
      if (i > 0) expect(found_us).toBeGreaterThan(run.main[i - 1]!.found_us);
    }
  });
  test('after each block the target is that of the rule, and its chain weighs the expected hashes more', () => {
    for (let i = 1; i < run.states.length; i++) {
      const before = run.states[i - 1]!;
      expect(run.states[i]!.target).toBe(nextTarget(before.target, run.states[i]!.time_s - before.time_s));
    }
  });
  test('modifiers change at the second block of each six hours', () => {
    let last = run.states[0]!;
    let changes = 0;
    for (const [i, state] of run.states.entries()) {
      if (i === 0) continue;
      const due = isModifierDue({ last_s: last.modifier.time_s, parent_s: last.time_s, block_s: state.time_s });
      expect(state.modifier === last.modifier).toBe(!due);
      if (due) {
        changes += 1;
        expect(state.modifier.time_s).toBe(state.time_s);
      }
      last = state;
    }
    expect(Math.abs(changes - last.time_s / 21_600)).toBeLessThan(3);
  });
});

describe('an adversary that has let its coins lie for 90 days', () => {
  const share = 0.3;
  const outputs = 40_000;
  const wanted: Wanted = {
    nodes: 3,
    decisions: inFull(4200, 3950),
    risk: 0.5,
    fault: { kind: 'double-spend', ratio: share },
    parameters: { outputs, peer_degree: 'all' },
  };
  // It publishes what it mints: a run of blocks, as long as its age lasts.
  const run = runWith(wanted, { strategy: PUBLISH });
  const own = share * outputs;
  const value_units = (5_000_000 / outputs) * COIN;

  test('the burst: of its outputs a part 1 - exp(-Σ target × 60 days ÷ 2^256) has minted', () => {
    const weight = coinDayWeight(value_units, MAX_AGE_s);
    let sum = 0;
    for (let i = 1; i < run.states.length; i++)
      sum += (run.states[i]!.time_s - run.states[i - 1]!.time_s) * kernelChance(run.states[i - 1]!.target, weight);
    const part = 1 - Math.exp(-sum);
    const minted = run.main.slice(1).filter(({ miner }) => miner === 3).length;
    expect(relativeHalfWidth(own, part)).toBeLessThan(0.05);
    expect(Math.abs(zScore(minted, own, part))).toBeLessThan(4);
    // Which is far more than its coins.
    expect(minted / (run.main.length - 1)).toBeGreaterThan(share + 0.05);
  });
  test('it begins at 60 s ÷ (60 s + (1 - s) × mean weight) of all kernels', () => {
    const { race } = raceOf(chainSetup(workload, wanted));
    const { slope } = steadyState(0.7 * outputs, value_units);
    const mean_days = run.states[0]!;
    let weight = 0n;
    for (let output = 0; output < 0.7 * outputs; output++)
      weight += coinDayWeight(value_units, mean_days.time_s - mean_days.births.at_s(output));
    const drawn_days = Number(weight) / (value_units / COIN) / (0.7 * outputs);
    // Drawn ages, of which whole coin-days count, against the closed form.
    expect(drawn_days / (1 / (slope * ((0.7 * outputs * 600) / DAY_s)))).toBeCloseTo(1, 1);
    expect(race.q).toBeCloseTo((60 * share) / (60 * share + (1 - share) * drawn_days), 2);
    // Half of what it spends meanwhile is missing in the mean.
    const first = run.main.slice(1, 1201).filter(({ miner }) => miner === 3).length;
    expect(Math.abs(zScore(first, 1200, race.q * (1 - first / 2 / own)))).toBeLessThan(4);
  });
  test('its chance a second is target × weight ÷ 2^256, so that gaps times the sum of all chances are 1 in the mean', () => {
    // All outputs are 365 days old, and in less than 30 days none counts again: what has weight is known.
    const all = runWith({ nodes: 2, decisions: 1600, parameters: { coin_age_days: 365, adversary_share: 0, peer_degree: 'all' } });
    const weight = coinDayWeight(value_units, MAX_AGE_s);
    let sum = 0;
    for (let i = 1; i < all.states.length; i++) {
      const { target, time_s } = all.states[i - 1]!;
      sum += (all.states[i]!.time_s - time_s) * (outputs - (i - 1)) * kernelChance(target, weight);
    }
    const n = all.states.length - 1;
    expect(1.96 / Math.sqrt(n)).toBeLessThan(0.05);
    expect(Math.abs(sum - n) / Math.sqrt(n)).toBeLessThan(4);
  });
  test('three weeks on, kernels use modifiers that the run itself has made', () => {
    const past_s = 30 * DAY_s - 761_920;
    const late = run.states.filter(({ time_s, kernel }) => kernel !== null && time_s > past_s + 21_600 * 2);
    expect(late.length).toBeGreaterThan(100);
    for (const { time_s, kernel } of late) {
      const made = run.states.filter(({ modifier }) => modifier.before !== null && modifier.time_s <= time_s - past_s);
      expect(kernel!.modifier).toBe(made.at(-1)!.modifier.value());
    }
    expect(new Set(run.states.slice(1).map(({ kernel }) => kernel!.modifier)).size).toBeGreaterThan(80);
  });
  test('coins of 20 days make no block for ten days', () => {
    const { outcome } = simulate(workload, { nodes: 2, decisions: 1, parameters: { coin_age_days: 20 } });
    expect(outcome.state).toBe('done');
    expect(outcome.latencies_us[0]! / 1e6 / DAY_s).toBeGreaterThan(10);
  });
  test('where the last block is 21.2 days old no kernel has a modifier', () => {
    const { chain, history } = runWith({
      nodes: 1,
      decisions: 1,
      parameters: { coin_age_days: 365, coins: 30_000_000, adversary_share: 0 },
    });
    const view = historyView(history);
    // Of seconds in which some output is drawn whose hash is low enough for the largest target.
    const won = (from_s: number): number =>
      Array.from({ length: 2000 }, (_, i) => chain.wins(view, 0, 0, (from_s + i) * 1e6)).filter((one) => one).length;
    expect(won(1)).toBeGreaterThan(5);
    expect(won(30 * DAY_s - 761_920 - 2000)).toBeGreaterThan(5);
    expect(won(30 * DAY_s - 761_920)).toBe(0);
  });
});

describe('a node that comes back after 90 days in which it minted nothing (idle_days)', () => {
  const share = 0.3;
  const outputs = 10_000;
  const own = share * outputs;
  const value_units = (5_000_000 / outputs) * COIN;
  const parameters = { outputs, stakes: '4,3,3', idle_days: 90, adversary_share: 0, peer_degree: 'all' };
  const returned = 2;
  const part = (blocks: readonly BlockInfo[]): number => blocks.filter(({ miner }) => miner === returned).length;

  test('the burst: of its outputs a part 1 - exp(-Σ target × 60 days ÷ 2^256) has minted', () => {
    const run = runWith({ nodes: 3, decisions: 1400, parameters });
    const weight = coinDayWeight(value_units, MAX_AGE_s);
    let sum = 0;
    for (let i = 1; i < run.states.length; i++)
      sum += (run.states[i]!.time_s - run.states[i - 1]!.time_s) * kernelChance(run.states[i - 1]!.target, weight);
    const expected = 1 - Math.exp(-sum);
    const minted = part(run.main.slice(1));
    expect(relativeHalfWidth(own, expected)).toBeLessThan(0.05);
    expect(Math.abs(zScore(minted, own, expected))).toBeLessThan(4);
    expect(run.outcome.observations!['returned_share']).toBe(part(run.main.slice(1, 145)) / 144);
    // As many outputs make this part of the blocks where nobody has saved age.
    expect(minted / (run.main.length - 1)).toBeGreaterThan(2 * share);
  });
  test('it begins at 60 s ÷ (60 s + (1 - s) w) of all blocks, w = days that count of the others, who make a block every 600 s', () => {
    const others = outputs - own;
    const { slope } = steadyState(others, value_units);
    const w_days = 1 / (slope * ((others * 600) / DAY_s));
    const seeds = [1, 2, 3, 4];
    const wins = seeds.map((seed) => part(runWith({ nodes: 3, seed, decisions: 144, parameters }).main.slice(1)));
    const all = wins.reduce((sum, one) => sum + one, 0);
    const blocks = 144 * seeds.length;
    // Half of what it spends meanwhile is missing in the mean.
    const left = 60 * share * (1 - all / seeds.length / 2 / own);
    const expected = left / (left + (1 - share) * w_days);
    expect(relativeHalfWidth(blocks, expected)).toBeLessThan(0.05);
    expect(Math.abs(zScore(all, blocks, expected))).toBeLessThan(4);
  });
  test('with no idle days there is no such column, and it makes what its coins say', () => {
    const run = runWith({ nodes: 3, decisions: 600, parameters: { ...parameters, idle_days: 0 } });
    expect(run.outcome.observations).not.toHaveProperty('returned_share');
    expect(Math.abs(zScore(part(run.main.slice(1)), 600, share))).toBeLessThan(4);
  });
});

describe('chain equals messages', () => {
  // With 0.4 of the coins thousands of blocks confirm a payment.
  const faults = chainFaults(0.2).filter(([, { kind, ratio }]) => kind !== 'double-spend' || ratio !== 0.4);
  test.each(faults)('%s', (_, fault) => {
    for (const [seed, network, relay] of [
      [1, WAN, 'direct'],
      [2, { kind: 'normal', mean_ms: 60_000, sd_ms: 30_000, ...LINK, loss: 0.1 }, 'announce'],
    ] as const) {
      const parameters = { relay, peer_degree: 3 };
      const wanted: Wanted = { nodes: 9, seed, network, node: SERVER, decisions: inFull(20, 5), risk: 0.5, fault, parameters };
      const { chain, messages } = both(workload, coinAgeSpec, wanted);
      expect(result(chain)).toEqual(result(messages));
    }
  });
  test('drawn cells', () => {
    const wanted = fc.record({
      seed: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
      nodes: fc.integer({ min: 1, max: 14 }),
      network: fc.constantFrom<Wanted['network']>(WAN, fixed(0), fixed(200_000), {
        kind: 'normal',
        mean_ms: 90_000,
        sd_ms: 80_000,
        ...LINK,
        loss: 0.2,
      }),
      node: fc.constantFrom(FREE, SERVER),
      decisions: fc.integer({ min: 1, max: 5 }),
      fault: fc.constantFrom(...faults.map(([, fault]) => fault)),
      parameters: fc.record({
        relay: fc.constantFrom('announce', 'compact', 'direct'),
        peer_degree: fc.constantFrom(2, 8, 'all'),
        // Few and many tries in a second, and outputs of different value.
        coins: fc.constantFrom(2_000_000, 30_000_000),
        outputs: fc.constantFrom(15_000, 40_000),
        coin_age_days: fc.constantFrom('steady', 29.99, 45, 365),
        adversary_coin_age: fc.constantFrom('saved', 'steady'),
        idle_days: fc.constantFrom(0, 40.5),
        merchant_confirmations: fc.constantFrom(1, 2),
      }),
    });
    const blocks: number[] = [];
    holds(
      fc.property(wanted, (drawn) => {
        const { chain, messages } = both(workload, coinAgeSpec, { ...drawn, risk: 0.9 } as Wanted);
        expect(result(chain)).toEqual(result(messages));
        blocks.push(chain.stale?.blocks ?? 0);
      }),
      { numRuns: inFull(60, 6), seed: 7 },
    );
    expect(Math.max(...blocks)).toBeGreaterThan(enough(3));
  });
  test('several leaders of one second fork, and the tie is settled alike', () => {
    const parameters = { coins: 30_000_000, outputs: 200, coin_age_days: 90, adversary_share: 0, relay: 'direct' };
    const { chain, messages } = both(workload, coinAgeSpec, { nodes: 20, network: fixed(300_000), decisions: 30, parameters });
    expect(result(chain)).toEqual(result(messages));
    expect(chain.stale!.stale).toBeGreaterThan(3);
  });
});

describe('double spends: more often than in a race of block counts, and no more often than where each tie is won', () => {
  const q = 0.2;
  test.each([
    { adversary_coin_age: 'saved', z: 2 },
    { adversary_coin_age: 'steady', z: 2 },
    { adversary_coin_age: 'steady', z: 4 },
  ])('$adversary_coin_age age, $z confirmations', ({ adversary_coin_age, z }) => {
    const attacks = inFull(1500, 150);
    const parameters = { adversary_coin_age, merchant_confirmations: z, attacks, peer_degree: 'all' };
    const setup = chainSetup(workload, { nodes: 3, decisions: 20, fault: { kind: 'double-spend', ratio: q }, parameters });
    const outcome = workload.engines.chain!(setup);
    const { race } = raceOf(setup);
    const share = outcome.reversals! / outcome.attacks!;
    const sd = Math.sqrt((share * (1 - share)) / outcome.attacks!);
    expect(outcome.attacks).toBeGreaterThanOrEqual(attacks);
    expect(share).toBeLessThan(weighedReversal(race, z)[z]! + 4 * sd);
    expect(share).toBeGreaterThan(powReversal(race.q, z)[z]! - 4 * sd);
    // Saved up, its stake alone would reverse less than that.
    if (adversary_coin_age === 'saved') expect(share).toBeGreaterThan(powReversal(q, z)[z]! + 2 * sd);
  });
});

test('golden transcript: two blocks of four nodes', async () => {
  const text = transcriptOf(
    (trace) =>
      workload.engines.chain!(chainSetup(workload, { nodes: 4, decisions: 2, network: WAN, parameters: { adversary_share: 0 }, trace })),
    { name_chars: 6, unit: 's' },
  );
  await expect(text).toMatchFileSnapshot('../../golden/pos-coin-age-two-blocks.txt');
});
