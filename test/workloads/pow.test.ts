import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../harness/simulate/types.ts';
import pow from '../../workloads/pow.ts';
import { WAN, chainSetup, type Wanted } from '../simulate/chain-setup.ts';

const run = (wanted: Wanted): Outcome => pow.engines.chain!(chainSetup(pow, wanted));

/** Difficulty is never adjusted within a test's run. */
const CONSTANT = { retarget_interval_blocks: 1_000_000 };

describe('forks', () => {
  // The finder knows its own block at once: of n equal miners only n - 1 can fork it, (1 - 1/n) of the limit.
  test.each([0.05, 0.2, 0.5])(
    '1 000 equal miners, every block at everyone after exactly D: stale / all = lambda D / (1 + lambda D), lambda D = %d',
    (lambdaD) => {
      const nodes = 1000;
      const outcome = run({
        nodes,
        decisions: 100_000,
        parameters: { ...CONSTANT, relay: 'direct', block_interval_s: 10 },
        network: { kind: 'fixed', delay_ms: 10_000 * lambdaD },
      });
      const { stale, blocks } = outcome.stale!;
      const x = lambdaD * (1 - 1 / nodes);
      const p = x / (1 + x);
      // Growth is a renewal process: block gaps at the tip are D + Exp, so the variance of the main-chain count is smaller
      // than a binomial's. The binomial deviation is the safe side for |z| < 4.
      expect(blocks).toBeGreaterThanOrEqual(100_000);
      expect(Math.abs(stale - blocks * p) / Math.sqrt(blocks * p * (1 - p))).toBeLessThan(4);
    },
  );
});

describe('crash', () => {
  test("each node's power falls to (1 - phi)/n with the difficulty set before: gaps are exactly 1/(1 - phi) as long", () => {
    const base = run({ nodes: 10, decisions: 200 });
    for (const ratio of [0.1, 0.3, 0.5]) {
      const outcome = run({ nodes: 10, decisions: 200, fault: { ratio } });
      expect(outcome.elapsed_us / base.elapsed_us).toBeCloseTo(1 / (1 - ratio), 6);
      expect(outcome.counts.mining_node_s! / base.counts.mining_node_s!).toBeCloseTo(1, 6);
    }
  });
});

describe('counting', () => {
  test('a block costs an announcement an edge end but at its receivers, and a request and a body a receiver', () => {
    const nodes = 100;
    const outcome = run({ nodes, decisions: 50, network: WAN });
    const blocks = outcome.stale!.blocks;
    expect(outcome.counts.messages).toBe(blocks * (nodes * 8 - (nodes - 1) + 2 * (nodes - 1)));
    expect(outcome.counts.digest_bytes).toBe(blocks * (nodes - 1) * (80 + 3 + 500 * 250));
  });
});
