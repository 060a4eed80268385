import { describe, expect, test } from 'vitest';
import { powReversal } from '../../harness/simulate/confirmations.ts';
import pow from '../../workloads/pow.ts';
import { SERVER, WAN } from '../cells.ts';
import { chainSetup, relativeHalfWidth, zScore } from '../simulate/chain-setup.ts';

/**
 * M. Rosenfeld, arXiv 1402.2009, section 5: r = 1 - sum over m = 0..z of C(m + z - 1, m) (p^z q^m - p^m q^z): the attacker
 * has one block when the payment is submitted and needs strictly more than the public chain.
 */
function rosenfeld(q: number, z: number): number {
  const p = 1 - q;
  let choose = 1;
  let sum = 0;
  for (let m = 0; m <= z; m++) {
    if (m > 0) choose = (choose * (m + z - 1)) / m;
    sum += choose * (p ** z * q ** m - p ** m * q ** z);
  }
  return 1 - sum;
}

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

// The longest test of the chain: 0.059% to within 5% takes 2.6 million attempts, about 50 million blocks.
describe('double spends in the event loop: the share of attempts that reverse, against Rosenfeld', () => {
  const cases = [0.1, 0.2, 0.3].flatMap((q) => [1, 2, 3, 4, 5, 6].map((z) => ({ q, z })));
  test.each(cases)('q = $q, z = $z', ({ q, z }) => {
    const p = rosenfeld(q, z);
    let attacks = 0;
    let reversals = 0;
    for (let seed = 1; attacks === 0 || relativeHalfWidth(attacks, p) > 0.05; seed++) {
      const outcome = pow.engines.chain!(
        chainSetup(pow, {
          nodes: 1,
          seed: 1000 * z + seed,
          decisions: 20_000,
          // Difficulty stays: a period that ends in the middle of a race would favour one branch.
          parameters: { relay: 'direct', merchant_confirmations: z, retarget_interval_blocks: 1_000_000 },
          fault: { kind: 'double-spend', ratio: q },
        }),
      );
      attacks += outcome.attacks!;
      reversals += outcome.reversals!;
    }
    expect(Math.abs(zScore(reversals, attacks, p))).toBeLessThan(4);
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
        decisions: 100_000,
        parameters: { merchant_confirmations: z, retarget_interval_blocks: 1_000_000 },
        fault: { kind: 'double-spend', ratio: q },
      }),
    );
    expect(relativeHalfWidth(outcome.attacks!, p)).toBeLessThan(0.05);
    expect(Math.abs(zScore(outcome.reversals!, outcome.attacks!, p))).toBeLessThan(4);
  });
});
