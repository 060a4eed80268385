import { sha256 } from '@noble/hashes/sha2.js';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { powReversal } from '../../../harness/simulate/chain/confirmations.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import type { BlockView, ChainHistory } from '../../../harness/simulate/chain/spec.ts';
import { compactOf, targetOfCompact } from '../../../harness/simulate/core/target.ts';
import type { EngineId, Outcome } from '../../../harness/model/outcome.ts';
import workload from '../../../workloads/proof-of-burn/index.ts';
import { BurnChain, balancedTarget } from '../../../workloads/proof-of-burn/chain.ts';
import * as counterparty from '../../../workloads/proof-of-burn/counterparty.ts';
import { burnSpec } from '../../../workloads/proof-of-burn/mechanism.ts';
import { burnReversal } from '../../../workloads/proof-of-burn/race.ts';
import {
  BURN_TARGET_LIMIT,
  COIN,
  Coins,
  WORK_TARGET_LIMIT,
  burnChance,
  burnHash,
  burnMultiplier,
  coinsLeft,
  effectiveCoins,
  nextBurnTarget,
  oldBurnTarget,
  reward,
  splitChance,
} from '../../../workloads/proof-of-burn/slimcoin.ts';
import { SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { both, chainFaults, result } from '../../simulate/chain/drawn.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../../simulate/chain-setup.ts';
import { transcriptOf } from '../../support/transcript.ts';

const vectors = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../vectors/lottery.json'), 'utf8')) as {
  burn_addresses: readonly { addr: string; version: number; hash160: string }[];
};
const ALL = (1n << 256n) - 1n;

describe("Slimcoin's rules", () => {
  test('new burn target = the last × (27 + 2n) ÷ 33 after n proof-of-work blocks', () => {
    const last = targetOfCompact(compactOf(1n << 220n));
    const factors = [1, 2, 3, 4, 5, 6].map((n) => Number((nextBurnTarget(last, n) * 1_000_000n) / last) / 1_000_000);
    for (const [i, factor] of [0.8788, 0.9394, 1.0, 1.0606, 1.1212, 1.1818].entries())
      expect(Math.abs(factors[i]! - factor)).toBeLessThan(1e-4);
    expect(nextBurnTarget(last, 3)).toBe(last);
    expect(nextBurnTarget(last, 0)).toBe(last);
    // Multiplied first, cut to the compact form, and never easier than 2^240.
    expect(nextBurnTarget(33n, 1)).toBe(29n);
    expect(nextBurnTarget(BURN_TARGET_LIMIT, 6)).toBe(targetOfCompact(compactOf(BURN_TARGET_LIMIT)));
  });
  test('the multiplier (c/b) 2^((n - 6)/350000): of 50 SLM 2e-6 at first, twice that 350 000 blocks later', () => {
    expect(burnMultiplier(50 * COIN, 6)).toBeCloseTo(2e-6, 18);
    expect(burnMultiplier(50 * COIN, 350_006)).toBeCloseTo(4e-6, 17);
  });
  test('a burn hash: 18 digits of the multiplier, the compact form, and one more; none before six blocks', () => {
    expect(burnHash(ALL, 50 * COIN, 5)).toBe(null);
    const ten18 = 1_000_000_000_000_000_000n;
    const exact = (ALL / ten18) * 2_000_000_000_000n;
    expect(burnHash(ALL, 50 * COIN, 6)).toBe(targetOfCompact(compactOf(exact)) + 1n);
    // Below the constant of 100 units it would be harder than a plain hash: beyond 256 bits nothing is valid.
    expect(burnHash(ALL, 50, 6)).toBe(null);
    expect(burnHash(12_345n * ten18, 100, 6)).toBe(targetOfCompact(compactOf(12_345n * ten18)) + 1n);
    // What the compact form cuts off does not help: one more than the target misses it.
    const target = targetOfCompact(compactOf(exact));
    expect(burnHash(ALL, 50 * COIN, 6)! > target).toBe(true);
  });
  test('effective coins: ÷ 1.00000198 on proof-of-work blocks alone, whole units', () => {
    let coins = 1000 * COIN;
    const at: Record<number, number> = {};
    for (let block = 1; block <= 350_000; block++) {
      coins = effectiveCoins(coins, { isWork: true, burnt: 0 });
      if (block === 7200 || block === 350_000) at[block] = coins;
    }
    // A header's coins are cut to whole units each block; of one burn they are worked out at once.
    expect(at).toEqual({ 7200: 985_841_579, 350_000: 499_947_699 });
    expect(coinsLeft(1000 * COIN, 7200)).toBe(985_845_149);
    expect(coinsLeft(1000 * COIN, 350_000)).toBe(500_073_938);
    expect(effectiveCoins(1000 * COIN, { isWork: false, burnt: 7 })).toBe(1000 * COIN + 7);
    expect(effectiveCoins(1000 * COIN, { isWork: true, burnt: 7 })).toBe(Math.trunc(1e9 / 1.00000198 + 7));
  });
  test('before August 2014: half of what the effective coins would win with certainty', () => {
    const effective = 1_000_000 * COIN;
    expect(Number(oldBurnTarget(effective)) / (2 ** 256 * 0.5 * (100 / effective))).toBeCloseTo(1, 4);
  });
  test('rewards: at most 250 by burning and 50 by work, over the fourth root of the difficulty', () => {
    for (const [difficulty, burn, work] of [
      [1n, 250, 50],
      [16n, 125, 25],
      [256n, 62.5, 12.5],
    ] as const) {
      expect(reward(targetOfCompact(compactOf(BURN_TARGET_LIMIT)) / difficulty, true) / COIN).toBeCloseTo(burn, 1);
      expect(reward(targetOfCompact(compactOf(WORK_TARGET_LIMIT)) / difficulty, false) / COIN).toBeCloseTo(work, 1);
    }
  });
  test('the chance is linear in what was burnt while it is small, and k parts never win more often', () => {
    const target = balancedTarget(1_000_000 * COIN);
    const one = burnChance(target, 1000 * COIN, 6);
    expect(burnChance(target, 2000 * COIN, 6) / one).toBeCloseTo(2, 12);
    expect(burnChance(target, 1_000_000 * COIN, 6)).toBeCloseTo(1 / 3, 4);
    expect(burnChance(target, 1000 * COIN, 350_006) / one).toBeCloseTo(0.5, 9);
    expect(burnChance(target, 1000 * COIN, 5)).toBe(0);
    for (const p of [0.001, 0.1, 1 / 3, 0.9, 1]) {
      let before = p;
      for (const parts of [2, 3, 10, 100]) {
        const now = splitChance(p, parts);
        expect(now).toBeLessThan(before);
        expect(now).toBeGreaterThan(1 - Math.exp(-p) - 1e-12);
        before = now;
      }
      expect(splitChance(p, 1)).toBeCloseTo(p, 12);
    }
  });
  test('that is how often a uniform hash is a winner', () => {
    const target = balancedTarget(100 * COIN);
    const chance = burnChance(target, 100 * COIN, 6);
    let won = 0;
    const tries = 6000;
    for (let i = 0; i < tries; i++) {
      const bytes = sha256(sha256(Uint8Array.of(i & 255, i >> 8)));
      const internal = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
      if (burnHash(internal, 100 * COIN, 6)! <= target) won += 1;
    }
    expect(relativeHalfWidth(tries, chance)).toBeLessThan(0.05);
    expect(Math.abs(zScore(won, tries, chance))).toBeLessThan(4);
  });
  test('supply + burnt = minted, and burnt coins are spent', () => {
    const coins = new Coins();
    let target = targetOfCompact(compactOf(BURN_TARGET_LIMIT / 16n));
    for (let block = 1; block <= 300; block++) {
      target = nextBurnTarget(target, (block * 7) % 6);
      coins.mint(block % 5, reward(target, block % 4 === 0));
      if (block % 3 === 0) coins.burn(block % 5, COIN);
      expect(coins.supply + coins.burnt).toBe(coins.minted);
    }
    expect(coins.burnt).toBe(100 * COIN);
    expect(() => coins.burn(0, coins.minted)).toThrow(RangeError);
    expect(() => coins.burn(9, 1)).toThrow('owner 9 burns 1 units of 0; accepted: more than 0, at most that');
  });
});

describe("Counterparty's burn", () => {
  test('XCP for a bitcoin, by height', () => {
    for (const [height, xcp] of [
      [278_310, 1500],
      [279_000, 1437.2727],
      [281_060, 1250],
      [283_809, 1000.0909],
      [283_810, 1000],
    ] as const)
      expect(counterparty.burnMultiplier(height)).toBeCloseTo(xcp, 4);
    expect(counterparty.burnMultiplier(278_309)).toBe(null);
    expect(counterparty.burnMultiplier(283_811)).toBe(null);
  });
  test('at most one bitcoin an address', () => {
    const burns = new counterparty.Burns();
    expect(burns.burn('a', 60_000_000, 278_310)).toBe(900 * counterparty.UNIT);
    expect(burns.burn('a', 60_000_000, 281_060)).toBe(500 * counterparty.UNIT);
    expect(burns.burn('a', 1, 281_060)).toBe(0);
    expect(burns.burn('b', 1, 279_000)).toBe(1437);
    expect(burns.burn('b', 100, 283_811)).toBe(0);
    expect(burns.burnt).toBe(counterparty.UNIT + 1);
  });
  test.each(vectors.burn_addresses.map(({ addr, version, hash160 }) => [addr, version, hash160] as const))(
    'the burn address %s: its check sum and the hash that nobody knows a key of',
    (address, version, hash160) => {
      const decoded = counterparty.decodeAddress(address, sha256);
      expect(decoded.version).toBe(version);
      expect(Buffer.from(decoded.hash160).toString('hex')).toBe(hash160);
      expect(() => counterparty.decodeAddress(address.replace('X', 'Y').replace('MC', 'MD'), sha256)).toThrow('check sum');
    },
  );
  test('is the one of the rules', () => {
    expect(vectors.burn_addresses.map(({ addr }) => addr)).toContain(counterparty.BURN_ADDRESS);
  });
});

describe('the race', () => {
  test('without burn blocks it is that of proof of work', () => {
    for (const q of [0.1, 0.3]) {
      const own = burnReversal({ q, honest: 0, adversary: 0 }, 12);
      const theirs = powReversal(q, 12);
      for (let z = 1; z <= 12; z++) expect(Math.abs(own[z]! - theirs[z]!)).toBeLessThan(1e-9);
    }
  });
  test('pairs of blocks: against a simple walk', () => {
    const race = { q: 0.3, honest: 0.25, adversary: 0.1 };
    const expected = burnReversal(race, 3);
    let state = 12345;
    const draw = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    for (const z of [1, 2, 3]) {
      let reversed = 0;
      const tries = 8000;
      for (let i = 0; i < tries; i++) {
        let [own, others] = [1, 0];
        while (!(others >= z && own > others) && others - own < 60) {
          if (draw() < race.q) own += draw() < race.adversary ? 2 : 1;
          else others += draw() < race.honest ? 2 : 1;
        }
        if (own > others) reversed += 1;
      }
      expect(relativeHalfWidth(tries, expected[z]!)).toBeLessThan(0.05);
      expect(Math.abs(zScore(reversed, tries, expected[z]!))).toBeLessThan(4);
    }
  });
});

function runWith(wanted: Wanted): { outcome: Outcome; history: ChainHistory; chain: BurnChain; view: BlockView } {
  const setup = chainSetup(workload, { ...wanted, collect: true });
  let history: ChainHistory | undefined;
  const spec = burnSpec(setup);
  const outcome = runChain(setup, { ...spec, operations: (found) => ((history = found), []) });
  const { blocks } = history!;
  const view: BlockView = {
    parent: (block) => blocks[block]!.parent,
    height: (block) => blocks[block]!.height,
    miner: (block) => blocks[block]!.miner,
    found_us: (block) => blocks[block]!.found_us,
  };
  return { outcome, history: history!, chain: spec.chain, view };
}

describe('a run', () => {
  const long = runWith({
    nodes: 5,
    decisions: 6000,
    parameters: { burn_shares: '4,2,1,1,0', hash_shares: '1,1,1,1,4', adversary_share: 0 },
  });
  const isBurn = (number: number): boolean => number > 0 && long.chain.isBurn(long.view, number);
  const main = long.history.main.slice(1);

  test('a burn block follows a proof-of-work block alone, its delay after that', () => {
    let burns = 0;
    for (const number of main) {
      if (!isBurn(number)) continue;
      burns += 1;
      const { parent, found_us } = long.history.blocks[number]!;
      expect(isBurn(parent)).toBe(false);
      expect(found_us - long.history.blocks[parent]!.found_us).toBeLessThanOrEqual(100_010);
    }
    expect(burns).toBeGreaterThan(1000);
    expect(long.outcome.observations!['burn_blocks_share']).toBe(burns / main.length);
  });
  test('one comes for about three of proof of work, whatever was burnt', () => {
    const share = long.outcome.observations!['burn_blocks_share']!;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.03);
    const more = runWith({ nodes: 5, decisions: 3000, parameters: { burnt_coins: 50, adversary_share: 0 } });
    expect(Math.abs(more.outcome.observations!['burn_blocks_share']! - 0.25)).toBeLessThan(0.03);
  });
  test('burn blocks in proportion to what was burnt, the others to the power; who burnt nothing makes none', () => {
    const won = { burn: [0, 0, 0, 0, 0], work: [0, 0, 0, 0, 0] };
    for (const number of main) won[isBurn(number) ? 'burn' : 'work'][long.history.blocks[number]!.miner]! += 1;
    const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
    for (const [node, share] of [0.5, 0.25, 0.125, 0.125].entries())
      expect(Math.abs(zScore(won.burn[node]!, total(won.burn), share))).toBeLessThan(4);
    expect(won.burn[4]).toBe(0);
    for (const [node, share] of [0.125, 0.125, 0.125, 0.125, 0.5].entries())
      expect(Math.abs(zScore(won.work[node]!, total(won.work), share))).toBeLessThan(4);
  });
  test('proof-of-work blocks come every T', () => {
    const work = main.filter((number) => !isBurn(number)).length;
    const last = long.history.blocks[main.at(-1)!]!;
    expect(Math.abs(last.found_us / 120e6 - work) / Math.sqrt(work)).toBeLessThan(4);
  });
  test('the target is that of the last burn block × (27 + 2n) ÷ 33, and each burn block had won at it', () => {
    for (const number of main.slice(0, 500)) {
      const state = long.chain.state(long.view, number);
      expect(state.target).toBe(nextBurnTarget(state.lastTarget, state.sinceBurnBlock));
      if (isBurn(number)) {
        const { parent, miner } = long.history.blocks[number]!;
        expect(long.chain.wins(long.view, parent, miner)).toBe(true);
        expect(state.lastTarget).toBe(long.chain.state(long.view, parent).target);
      }
    }
  });
  test('coins that were burnt less than six proof-of-work blocks ago make no block', () => {
    const { history, chain, view } = runWith({ nodes: 3, decisions: 40, parameters: { burn_age_blocks: 0, adversary_share: 0 } });
    let between = 0;
    let burns = 0;
    for (const number of history.main.slice(1)) {
      if (chain.isBurn(view, number)) {
        expect(between).toBeGreaterThanOrEqual(6);
        burns += 1;
      } else {
        between += 1;
      }
    }
    expect(burns).toBeGreaterThan(3);
  });
  test('old coins make as many blocks: the target makes up for what all of them lose', () => {
    const { outcome } = runWith({ nodes: 3, decisions: 4000, parameters: { burn_age_blocks: 350_006, adversary_share: 0 } });
    expect(Math.abs(outcome.observations!['burn_blocks_share']! - 0.25)).toBeLessThan(0.03);
  });
});

describe('both engines', () => {
  test.each(chainFaults(0.3))('%s: the same outcome', (_, fault) => {
    for (const relay of ['announce', 'direct'] as const) {
      const parameters = { block_interval_s: 5, peer_degree: 3, relay, burn_delay_ms: 40 };
      const wanted: Wanted = { nodes: 9, network: WAN, node: SERVER, decisions: 25, parameters, fault, risk: 0.1, horizon_us: 2e10 };
      const { chain, messages } = both(workload, burnSpec, wanted);
      expect(result(chain)).toEqual(result(messages));
    }
  });
  test('ties: all hear of a block at once, and several win', () => {
    const parameters = { block_interval_s: 2, relay: 'direct', burn_delay_ms: 0.001 };
    const { chain, messages } = both(workload, burnSpec, { nodes: 20, network: fixed(100), decisions: 60, parameters, risk: 0.1 });
    expect(result(chain)).toEqual(result(messages));
    expect(chain.stale!.stale).toBeGreaterThan(3);
  });
});

test('double spends after two confirmations, in the event loop: at most as many as the race at balanced targets says', () => {
  const q = 0.3;
  const { outcome } = runWith({
    nodes: 4,
    decisions: 20_000,
    parameters: { merchant_confirmations: 2 },
    fault: { kind: 'double-spend', ratio: q },
  });
  const { attacks, reversals } = outcome;
  const expected = burnReversal({ q, honest: (1 - q) / 3, adversary: q / 3 }, 2)[2]!;
  expect(relativeHalfWidth(attacks!, expected)).toBeLessThan(0.1);
  expect(Math.abs(reversals! / attacks! / expected - 1)).toBeLessThan(0.2);
});

describe('counting', () => {
  test.each([
    ['no fault', {}],
    ['double-spend', { kind: 'double-spend', ratio: 0.3 }],
  ] as const)('measured: operations add up to counts (%s)', (_, fault) => {
    const setup = chainSetup(workload, {
      nodes: 5,
      decisions: 12,
      collect: true,
      fault,
      risk: 0.3,
      transactions: { bytes: 10, per_decision: 3 },
      parameters: { measured_hashes_per_block: 16, merchant_confirmations: 1 },
    });
    const outcome = workload.engines.chain!(setup);
    const all = outcome.operations!.flat();
    const sum = (kind: string, of: (operation: any) => number): number =>
      all.filter((operation) => operation.kind === kind).reduce((total, operation) => total + of(operation), 0);
    expect(sum('sign', () => 1)).toBe(outcome.counts.signs);
    expect(sum('verify', () => 1)).toBe(outcome.counts.verifies);
    const merkle = 3 * (10 + 32) + 3 * (64 + 32);
    expect(sum('digest', ({ bytes }) => bytes.length) + 112 * sum('header', () => 1) + merkle * sum('merkle', () => 1)).toBe(
      outcome.counts.digest_bytes,
    );
    // Burn blocks are not mined.
    expect(sum('search', () => 1)).toBeLessThan(outcome.counts.signs!);
  });
});

describe('transcripts', () => {
  const transcript = (engine: EngineId, options: CellOptions): string =>
    transcriptOf((trace) => simulate(workload, options, { engine, trace }), { name_chars: 9, unit: 's' });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('blocks of proof of work, and burn blocks on some', async () => {
    const options = { nodes: 4, decisions: 6, risk: 0.5, network: WAN } as const;
    await expect(transcript('chain', options)).toMatchFileSnapshot('../../golden/proof-of-burn-blocks.txt');
  });
});
