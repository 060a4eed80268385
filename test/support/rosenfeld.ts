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
