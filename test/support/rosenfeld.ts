// Double spends in the event loop against Rosenfeld's closed form: test/workloads/pow-double-spend.test.ts has the cases that need few
// attempts, test/long/pow-double-spend.test.ts all of them.
import pow from '../../workloads/pow.ts';
import { chainSetup, relativeHalfWidth } from '../simulate/chain-setup.ts';
import { inFull } from './full.ts';

/**
 * M. Rosenfeld, arXiv 1402.2009, section 5: r = 1 - sum over m = 0..z of C(m + z - 1, m) (p^z q^m - p^m q^z): the attacker
 * has one block when the payment is submitted and needs strictly more than the public chain.
 */
export function rosenfeld(q: number, z: number): number {
  const p = 1 - q;
  let choose = 1;
  let sum = 0;
  for (let m = 0; m <= z; m++) {
    if (m > 0) choose = (choose * (m + z - 1)) / m;
    sum += choose * (p ** z * q ** m - p ** m * q ** z);
  }
  return 1 - sum;
}

/** M. Rosenfeld's table (section 5), in percent, by q: for 1 to 6, 8 and 10 confirmations. */
export const ROSENFELD_CONFIRMATIONS = [1, 2, 3, 4, 5, 6, 8, 10] as const;
export const ROSENFELD_PERCENT: readonly (readonly [q: number, ...percent: string[]])[] = [
  [0.02, '4.000', '0.237', '0.016', '0.001'],
  [0.1, '20.000', '5.600', '1.712', '0.546', '0.178', '0.059', '0.007', '0.001'],
  [0.2, '40.000', '20.800', '11.584', '6.669', '3.916', '2.331', '0.848', '0.316'],
  [0.3, '60.000', '43.200', '32.616', '25.207', '19.762', '15.645', '10.003', '6.511'],
  [0.4, '80.000', '70.400', '63.488', '57.958', '53.314', '49.300', '42.621', '37.218'],
  [0.46, '92.000', '88.026', '85.064', '82.612', '80.480', '78.573', '75.234', '72.342'],
];

/**
 * S. Nakamoto, "Bitcoin: a peer-to-peer electronic cash system", 2008, section 11: an approximation, which takes the attacker's progress
 * while z blocks are found for Poisson with the mean zq/p. It is negative binomial: the exact chance,
 * above, is larger where it is small.
 */
export function nakamoto(q: number, z: number): number {
  const lambda = (z * q) / (1 - q);
  let poisson = Math.exp(-lambda);
  let sum = 1;
  for (let k = 0; k <= z; k++) {
    if (k > 0) poisson *= lambda / k;
    sum -= poisson * (1 - (q / (1 - q)) ** (z - k));
  }
  return sum;
}

/** Simulates attempts until the closed form's share is known to w = 5% (`npm test`: 10%) of itself: 3.84 (1 - p) / (w² p) of them. */
export function attemptsAgainst({ q, z }: { q: number; z: number }): { attacks: number; reversals: number; expected: number } {
  const expected = rosenfeld(q, z);
  let attacks = 0;
  let reversals = 0;
  for (let seed = 1; attacks === 0 || relativeHalfWidth(attacks, expected) > inFull(0.05, 0.1); seed++) {
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
  return { attacks, reversals, expected };
}
