import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { powReversal, slotReversal, smallestConfirmations } from '../../harness/simulate/chain/confirmations.ts';
import { executeCell } from '../../harness/run/cell.ts';
import { parseCostTable } from '../../harness/measure/costs.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { suiteOf } from '../../harness/suite/load.ts';
import type { DoneRecord } from '../../harness/model/record.ts';
import type { SuiteData } from '../../harness/suite/types.ts';
import { leadingChance } from '../../workloads/pos-praos.ts';
import pow from '../../workloads/pow.ts';
import { SERVER, WAN, simulationKernels } from '../cells.ts';
import { chainSetup, relativeHalfWidth, zScore } from '../simulate/chain-setup.ts';
import { inFull } from '../support/full.ts';
import { ROSENFELD_CONFIRMATIONS, ROSENFELD_PERCENT, attemptsAgainst, nakamoto, rosenfeld } from '../support/rosenfeld.ts';

const costs = parseCostTable(readFileSync(new URL('../support/costs.json', import.meta.url), 'utf8'), 'costs.json');

describe('Rosenfeld, "Analysis of hashrate-based double-spending"', () => {
  test.each(ROSENFELD_PERCENT.map(([q, ...percent]) => ({ q, percent })))('the formula gives his table, q = $q', ({ q, percent }) => {
    expect(percent.map((_, at) => (100 * rosenfeld(q, ROSENFELD_CONFIRMATIONS[at]!)).toFixed(3))).toEqual(percent);
    const series = powReversal(q, 10);
    expect(percent.map((_, at) => (100 * series[ROSENFELD_CONFIRMATIONS[at]!]!).toFixed(3))).toEqual(percent);
  });

  test('one confirmation is reversed with the chance 2q', () => {
    for (const q of [0.02, 0.1, 0.25, 0.46]) expect(rosenfeld(q, 1)).toBeCloseTo(2 * q, 12);
  });

  test('the series behind `confirmations` is the same function', () => {
    for (const q of [0.02, 0.1, 0.3, 0.45]) {
      const series = powReversal(q, 10);
      for (let z = 1; z <= 10; z++) expect(Math.abs(series[z]! - rosenfeld(q, z))).toBeLessThan(1e-12);
    }
  });
});

describe('Nakamoto, section 11: an approximation, beside the exact chance', () => {
  test('his tables', () => {
    const chances = (q: number, list: readonly number[]): string[] => list.map((z) => nakamoto(q, z).toFixed(7));
    const tenth = [
      '0.2045873',
      '0.0509779',
      '0.0131722',
      '0.0034552',
      '0.0009137',
      '0.0002428',
      '0.0000647',
      '0.0000173',
      '0.0000046',
      '0.0000012',
    ];
    expect(chances(0.1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual(tenth);
    const three = [
      '0.1773523',
      '0.0416605',
      '0.0101008',
      '0.0024804',
      '0.0006132',
      '0.0001522',
      '0.0000379',
      '0.0000095',
      '0.0000024',
      '0.0000006',
    ];
    expect(chances(0.3, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50])).toEqual(three);
  });
  test('the fewest confirmations for 0.1%: his, and by the exact chance', () => {
    const fewest = (q: number, chance: (q: number, z: number) => number): number => {
      let z = 1;
      while (chance(q, z) >= 0.001) z += 1;
      return z;
    };
    const shares = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45];
    expect(shares.map((q) => fewest(q, nakamoto))).toEqual([5, 8, 11, 15, 24, 41, 89, 340]);
    expect(shares.map((q) => smallestConfirmations(0.001, (most) => powReversal(q, most)))).toEqual([6, 9, 13, 20, 32, 58, 133, 539]);
  });
  test('from two confirmations on his chance is below the exact one where that is below 10%; at first it is above', () => {
    let below = 0;
    for (const q of [0.02, 0.1, 0.2, 0.3, 0.4])
      for (let z = 2; z <= 60; z++) {
        const exact = rosenfeld(q, z);
        if (exact > 0.1 || exact < 1e-9) continue;
        expect(nakamoto(q, z)).toBeLessThan(exact);
        below += 1;
      }
    expect(below).toBeGreaterThan(100);
    for (const [q, z] of [
      [0.1, 1],
      [0.3, 2],
    ] as const)
      expect(nakamoto(q, z)).toBeGreaterThan(rosenfeld(q, z));
  });
});

// Those whose share is above 10%; the whole table is test/long/pow-double-spend.test.ts.
describe('double spends in the event loop: the share of attempts that reverse, against Rosenfeld', () => {
  const cases = [0.1, 0.2, 0.3].flatMap((q) => [1, 2, 3, 4, 5, 6].map((z) => ({ q, z }))).filter(({ q, z }) => rosenfeld(q, z) > 0.1);
  test.each(cases)('q = $q, z = $z', (at) => {
    const { attacks, reversals, expected } = attemptsAgainst(at);
    expect(Math.abs(zScore(reversals, attacks, expected))).toBeLessThan(4);
  });
});

describe('with ten-minute blocks the delays of a WAN make no difference that can be seen', () => {
  test.each([
    { q: 0.3, z: 1 },
    { q: 0.3, z: 2 },
    { q: 0.2, z: 2 },
  ])('q = $q, z = $z, eight nodes in five regions', ({ q, z }) => {
    const p = rosenfeld(q, z);
    const outcome = pow.engines.chain!(
      chainSetup(pow, {
        nodes: 8,
        network: WAN,
        node: SERVER,
        decisions: inFull(100_000, 25_000),
        parameters: { merchant_confirmations: z, retarget_interval_blocks: 1_000_000 },
        fault: { kind: 'double-spend', ratio: q },
      }),
    );
    expect(relativeHalfWidth(outcome.attacks!, p)).toBeLessThan(inFull(0.05, 0.1));
    expect(Math.abs(zScore(outcome.reversals!, outcome.attacks!, p))).toBeLessThan(4);
  });
});

describe('reversal_rate_measured is the closed form where there is a race', () => {
  const [q, z, attacks] = [0.3, 3, 3000];
  const f = 0.05;
  test.each([
    ['pow', { retarget_interval_blocks: 1_000_000 }, rosenfeld(q, z)],
    ['pos-praos', {}, slotReversal({ honest: leadingChance(f, 1 - q), adversary: leadingChance(f, q) }, z)[z]!],
  ] as const)('%s', async (id, more, expected) => {
    const suite = suiteOf({
      name: 'races',
      replicates: 1,
      decisions: 100,
      network: { kind: 'fixed', delay_ms: 0 },
      sweep: { nodes: [2], fault: { kind: 'double-spend', ratio: q } },
      workloads: { [id]: { merchant_confirmations: z, attacks, ...more } },
    } as SuiteData);
    const [cell] = [...planCells(suite)];
    const { line } = await executeCell(cell!, { costs, backend: 'reference', engine: 'auto' }, simulationKernels);
    const { record } = JSON.parse(line) as { record: DoneRecord };
    expect(record.attacks).toBeGreaterThanOrEqual(attacks);
    expect(record.reversal_rate_measured).toBe(record.reversals! / record.attacks!);
    expect(relativeHalfWidth(record.attacks!, expected)).toBeLessThan(0.06);
    expect(Math.abs(zScore(record.reversals!, record.attacks!, expected))).toBeLessThan(4);
  });
});
