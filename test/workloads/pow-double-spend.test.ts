import { describe, expect, test } from 'vitest';
import { powReversal } from '../../harness/simulate/chain/confirmations.ts';
import pow from '../../workloads/pow.ts';
import { SERVER, WAN } from '../cells.ts';
import { chainSetup, relativeHalfWidth, zScore } from '../simulate/chain-setup.ts';
import { inFull } from '../support/full.ts';
import { attemptsAgainst, rosenfeld } from '../support/rosenfeld.ts';

describe('Rosenfeld, "Analysis of hashrate-based double-spending"', () => {
  test('the formula gives his table', () => {
    const percent = (q: number): string[] => [1, 2, 3, 4, 5, 6].map((z) => (100 * rosenfeld(q, z)).toFixed(3));
    expect(percent(0.1)).toEqual(['20.000', '5.600', '1.712', '0.546', '0.178', '0.059']);
    expect(percent(0.2)).toEqual(['40.000', '20.800', '11.584', '6.669', '3.916', '2.331']);
    expect(percent(0.3)).toEqual(['60.000', '43.200', '32.616', '25.207', '19.762', '15.645']);
  });

  test('the series behind `confirmations` is the same function', () => {
    for (const q of [0.02, 0.1, 0.3, 0.45]) {
      const series = powReversal(q, 10);
      for (let z = 1; z <= 10; z++) expect(Math.abs(series[z]! - rosenfeld(q, z))).toBeLessThan(1e-12);
    }
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
