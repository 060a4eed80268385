// Bitcoin's integer rules of difficulty in both engines.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Blocks } from '../../../harness/simulate/chain/blocks.ts';
import { MAIN_LIMIT, REGTEST_LIMIT, bitcoinRules } from '../../../harness/simulate/chain/difficulty.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { GENESIS, child, type Block } from '../../../harness/simulate/chain/messages-lotteries.ts';
import type { ChainHistory, Lottery } from '../../../harness/simulate/chain/spec.ts';
import { EngineLimit } from '../../../harness/simulate/core/contract.ts';
import { compactOf, targetOfCompact, workOfCompact } from '../../../harness/simulate/core/target.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { chainSetup } from '../chain-setup.ts';

interface Case {
  readonly t_first: number;
  readonly t_last: number;
  readonly bits: string;
  readonly new_bits: string;
}
const { retarget } = JSON.parse(readFileSync(new URL('../../vectors/lottery.json', import.meta.url), 'utf8')) as { retarget: Case[] };

const DAY_s = 24 * 3600;
const clockOf = (rules: ReturnType<typeof bitcoinRules>, blocks: number): Lottery => ({
  kind: 'clock',
  interval_us: 600e6,
  retarget_blocks: blocks,
  difficulty: rules,
  power: new Float64Array([1]),
  live: 1,
});

describe("the cases of Bitcoin's own test (src/test/pow_tests.cpp), on a chain", () => {
  // A first period of exactly two weeks changes nothing; the second begins at t_first and ends at t_last.
  test.each(retarget)('$bits from $t_first to $t_last: $new_bits', ({ t_first, t_last, bits, new_bits }) => {
    const N = 2016;
    const rules = bitcoinRules({ interval_s: 600, blocks: N, first: parseInt(bits, 16), limit: MAIN_LIMIT });
    const lottery = clockOf(rules, N);
    const base_s = t_first - 14 * DAY_s;
    // Times from the genesis block, of which there is more than one in a second.
    const times_us = Array.from({ length: 2 * N - 1 }, (_, i) => {
      const height = i + 1;
      if (height === 2 * N - 1) return (t_last - base_s) * 1e6 + 999_999;
      if (height >= N) return (t_first - base_s) * 1e6 + (height - N);
      return height === N - 1 ? 14 * DAY_s * 1e6 : height;
    });
    const blocks = new Blocks(8, { lottery });
    let tip: Block = GENESIS;
    times_us.forEach((found_us, i) => {
      blocks.add(i, 0, found_us);
      tip = child(tip, { number: i + 1, miner: 0, found_us }, { lottery, blocks: blocks.view });
    });
    expect(blocks.target[2 * N - 1]!.toString(16)).toBe(new_bits);
    expect(tip.target.toString(16)).toBe(new_bits);
    // The last block is of the period before.
    expect(blocks.target[2 * N - 2]!.toString(16)).toBe(bits);
    const part = Number(((targetOfCompact(parseInt(bits, 16)) + 1n) << 64n) / (targetOfCompact(parseInt(new_bits, 16)) + 1n)) / 2 ** 64;
    expect([blocks.next[2 * N - 1], tip.next]).toEqual([part, part]);
  });
});

test('a chain weighs the expected hashes of its blocks, as integers: from a run, every block found again', () => {
  const N = 8;
  const setup = chainSetup(pow, {
    nodes: 3,
    decisions: 2000,
    parameters: { difficulty_rules: 'bitcoin', block_interval_s: 10, retarget_interval_blocks: N },
    collect: true,
  });
  let blocks: ChainHistory['blocks'] = [];
  const spec = powSpec(setup);
  runChain(setup, { ...spec, operations: (history) => ((blocks = history.blocks), []) });
  // By the rule's text: multiply, then divide, cut to the compact form; work as a big integer.
  const bits = [0x1d00ffff];
  const work = [0n];
  const first_s = [0];
  const columns = new Blocks(8, spec);
  for (const { number, parent, height, miner, found_us } of blocks.slice(1)) {
    const second = Math.floor(found_us / 1e6);
    work[number] = work[parent]! + workOfCompact(bits[parent]!);
    first_s[number] = height % N === 0 ? second : first_s[parent]!;
    bits[number] = bits[parent]!;
    if ((height + 1) % N === 0) {
      const timespan = Math.min(Math.max(second - first_s[number], 20), 320);
      const target = (targetOfCompact(bits[parent]!) * BigInt(timespan)) / 80n;
      bits[number] = compactOf(target < REGTEST_LIMIT ? target : REGTEST_LIMIT);
    }
    columns.add(parent, miner, found_us);
    expect(columns.target[number]).toBe(bits[number]);
    expect(BigInt(columns.weight[number]!)).toBe(work[number]);
  }
  expect(new Set(bits).size).toBeGreaterThan(100);
});

test('cut to whole seconds and to the compact form the long-run mean gap is the same, N T / (N - 2)', () => {
  const N = 32;
  const means = Array.from({ length: 20 }, (_, seed) => {
    const decisions = 10_000;
    const parameters = { difficulty_rules: 'bitcoin', retarget_interval_blocks: N };
    return pow.engines.chain!(chainSetup(pow, { nodes: 1, seed, decisions, parameters })).elapsed_us / decisions / 600e6;
  });
  const mean = means.reduce((sum, x) => sum + x, 0) / means.length;
  const deviation = Math.sqrt(means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (means.length - 1) / means.length);
  expect(Math.abs(mean - N / (N - 2)) / deviation).toBeLessThan(4);
  expect((N / (N - 2) - 1) / deviation).toBeGreaterThan(8);
});

test('difficulty does not fall below the limit, and stays with the last bits in between', () => {
  const rules = bitcoinRules({ interval_s: 600, blocks: 2016, limit: MAIN_LIMIT });
  const period = { first_us: 0, last_us: 28 * DAY_s * 1e6 };
  expect(rules.adjusted(0x1d00ffff, period)).toBe(0x1d00ffff);
  expect(bitcoinRules({ interval_s: 600, blocks: 2016 }).adjusted(0x1d00ffff, period)).toBe(0x1d01fffe);
});

test('a weight beyond 2^53 is no exact integer any more: the run says so', () => {
  const rules = bitcoinRules({ interval_s: 600, blocks: 2016 });
  const one = rules.heavier(0, 0x1d00ffff);
  expect(one).toBe(4295032833);
  const most = Number.MAX_SAFE_INTEGER - one;
  expect(rules.heavier(most, 0x1d00ffff)).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => rules.heavier(most + 1, 0x1d00ffff)).toThrow(EngineLimit);
});

test('times of less than a second are refused, and quarters of a period that are', () => {
  const problems = (parameters: object): readonly unknown[] => {
    const { cell, ...setup } = chainSetup(pow, { parameters: { difficulty_rules: 'bitcoin', ...parameters } as Record<string, unknown> });
    return pow.problems!({ ...setup, ...cell, parameters: setup.parameters });
  };
  const accepts = 'continuous, or a block_interval_s of whole seconds with at least 4 s in each retarget_interval_blocks, like 600';
  expect(problems({ block_interval_s: 0.5 })).toEqual([{ parameter: 'difficulty_rules', accepts }]);
  expect(problems({ block_interval_s: 1, retarget_interval_blocks: 3 })).toEqual([{ parameter: 'difficulty_rules', accepts }]);
  expect(problems({ block_interval_s: 1, retarget_interval_blocks: 4 })).toEqual([]);
  expect(problems({ block_interval_s: 0.5, difficulty_rules: 'continuous' })).toEqual([]);
});
