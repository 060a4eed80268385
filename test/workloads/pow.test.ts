import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { retargeted } from '../../harness/simulate/chain/difficulty.ts';
import type { ChainHistory } from '../../harness/simulate/chain/spec.ts';
import { runChain } from '../../harness/simulate/chain/engine.ts';
import { autoGiveUpDeficit } from '../../harness/simulate/chain/shares.ts';
import type { EngineId, Operation, Outcome } from '../../harness/model/outcome.ts';
import pow from '../../workloads/pow.ts';
import { powSpec } from '../../workloads/parts/proof-of-work.ts';
import { WAN, fixed, simulate, type CellOptions } from '../cells.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../simulate/chain-setup.ts';
import { inFull } from '../support/full.ts';
import { transcriptOf } from '../support/transcript.ts';

const run = (wanted: Wanted): Outcome => pow.engines.chain!(chainSetup(pow, wanted));

/** Difficulty is never adjusted within a test's run. */
const CONSTANT = { retarget_interval_blocks: 1_000_000 };

describe('forks', () => {
  // The finder knows its own block at once: of n equal miners only n - 1 can fork it, (1 - 1/n) of the limit.
  test.each([0.05, 0.2, 0.5])(
    '1 000 equal miners, every block at everyone after exactly D: stale / all = lambda D / (1 + lambda D), lambda D = %d',
    (lambdaD) => {
      const nodes = 1000;
      const decisions = inFull(100_000, 25_000);
      const outcome = run({
        nodes,
        decisions,
        parameters: { ...CONSTANT, relay: 'direct', block_interval_s: 10 },
        network: fixed(10_000 * lambdaD),
      });
      const { stale, blocks } = outcome.stale!;
      const x = lambdaD * (1 - 1 / nodes);
      const p = x / (1 + x);
      // Growth is a renewal process: block gaps at the tip are D + Exp, so the variance of the main-chain count is smaller
      // than a binomial's. The binomial deviation is the safe side for |z| < 4.
      expect(blocks).toBeGreaterThanOrEqual(decisions);
      expect(Math.abs(stale - blocks * p) / Math.sqrt(blocks * p * (1 - p))).toBeLessThan(4);
    },
  );
});

describe('power-loss', () => {
  test("each node's power falls to (1 - phi)/n with the difficulty set before: gaps are exactly 1/(1 - phi) as long", () => {
    // One confirmation everywhere: else the runs would go on for longer where more power is lost.
    const parameters = { adversary_share: 0 };
    const base = run({ nodes: 10, decisions: 200, parameters });
    for (const ratio of [0.1, 0.3, 0.5]) {
      const outcome = run({ nodes: 10, decisions: 200, parameters, fault: { kind: 'power-loss', ratio } });
      expect(outcome.elapsed_us / base.elapsed_us).toBeCloseTo(1 / (1 - ratio), 6);
      expect(outcome.counts.mining_node_s! / base.counts.mining_node_s!).toBeCloseTo(1, 6);
    }
  });
});

describe('the clock', () => {
  test('gaps are exponential: the shares beyond 1, 10, 20 and 30 minutes', () => {
    const decisions = 40_000;
    const { latencies_us } = run({ nodes: 1, decisions, parameters: CONSTANT });
    for (const [minutes, p] of [
      [1, 0.904837418],
      [10, 0.367879441],
      [20, 0.135335283],
      [30, 0.049787068],
    ] as const) {
      const beyond = latencies_us.filter((latency) => latency > minutes * 60e6).length;
      expect(relativeHalfWidth(decisions, p)).toBeLessThanOrEqual(0.05);
      expect(Math.abs(zScore(beyond, decisions, p))).toBeLessThan(4);
    }
  });

  test('a node wins blocks in proportion to its hash share', () => {
    const decisions = 30_000;
    const setup = chainSetup(pow, { nodes: 4, decisions, collect: true, parameters: { ...CONSTANT, hash_shares: '4,2,1,1' } });
    const won = [0, 0, 0, 0];
    runChain(setup, {
      ...powSpec(setup),
      operations: ({ blocks }) => {
        for (const { miner } of blocks.slice(1)) won[miner]! += 1;
        return [];
      },
    });
    const total = won.reduce((sum, count) => sum + count, 0);
    for (const [node, p] of [0.5, 0.25, 0.125, 0.125].entries()) expect(Math.abs(zScore(won[node]!, total, p))).toBeLessThan(4);
  });

  test('a miner that is divided into two finds exactly the blocks that it found whole', () => {
    /** Whether each block is of one of these. */
    const foundBy = (hash_shares: string, owners: readonly number[]): boolean[] => {
      const nodes = hash_shares.split(',').length;
      const setup = chainSetup(pow, { nodes, decisions: 2000, network: fixed(0), collect: true, parameters: { ...CONSTANT, hash_shares } });
      let found: boolean[] = [];
      runChain(setup, { ...powSpec(setup), operations: ({ blocks }) => ((found = blocks.map(({ miner }) => owners.includes(miner))), []) });
      return found.slice(1, 2000);
    };
    const whole = foundBy('4,3,1', [0]);
    expect(whole).toContain(true);
    for (const parts of ['1,3,3,1', '2,2,3,1']) expect(foundBy(parts, [0, 1])).toEqual(whole);
  });

  test('a list of shares must have one a node', () => {
    expect(() => run({ nodes: 3, parameters: { hash_shares: '1,1' } })).toThrow(
      'shares: received 1,1; accepted: equal, or one weight for each of 3 nodes, like 4,2,1 (received 2)',
    );
  });
});

describe('difficulty', () => {
  // N - 1 gaps over N targets; E[1 / Gamma(N - 1)] = 1/(N - 2).
  test('Bitcoin measures N - 1 gaps and asks for N: the long-run mean gap is N T / (N - 2)', () => {
    const N = 32;
    const means = Array.from({ length: 25 }, (_, seed) => {
      const decisions = inFull(20_000, 5000);
      return run({ nodes: 1, seed, decisions, parameters: { retarget_interval_blocks: N } }).elapsed_us / decisions / 600e6;
    });
    const mean = means.reduce((sum, x) => sum + x, 0) / means.length;
    const deviation = Math.sqrt(means.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (means.length - 1) / means.length);
    const expected = N / (N - 2);
    expect((1.96 * deviation) / expected).toBeLessThan(0.05);
    // Far enough from 1 to tell the off-by-one.
    expect((expected - 1) / deviation).toBeGreaterThan(8);
    expect(Math.abs(mean - expected) / deviation).toBeLessThan(4);
  });

  // Reconstructed from the blocks alone: what each of two miners was mining on, and for how long.
  test('where branches differ in difficulty each miner finds blocks at the rate of its own branch (thinning)', () => {
    const [N, T_us, delay_us] = [8, 1_000_000, 500_000];
    const setup = chainSetup(pow, {
      nodes: 2,
      decisions: inFull(100_000, 40_000),
      network: fixed(500),
      parameters: { relay: 'direct', block_interval_s: 1, retarget_interval_blocks: N },
      collect: true,
    });
    let blocks: ChainHistory['blocks'] = [];
    runChain(setup, { ...powSpec(setup), operations: (history) => ((blocks = history.blocks), []) });

    const difficulty = [1];
    const work = [0];
    const period_us = [0];
    const accepted_us = [[0], [0]];
    const events: { at_us: number; node: number; block: number; found: boolean }[] = [];
    for (const { number, parent, height, miner, found_us } of blocks.slice(1)) {
      work[number] = work[parent]! + difficulty[parent]!;
      period_us[number] = height % N === 0 ? found_us : period_us[parent]!;
      const factor = (N * T_us) / Math.min(Math.max(found_us - period_us[number], (N * T_us) / 4), 4 * N * T_us);
      difficulty[number] = difficulty[parent]! * ((height + 1) % N === 0 ? factor : 1);
      for (const node of [0, 1]) {
        const at_us = node === miner ? found_us : Math.max(found_us + delay_us, accepted_us[node]![parent]!);
        accepted_us[node]![number] = at_us;
        events.push({ at_us, node, block: number, found: node === miner });
      }
    }
    events.sort((x, y) => x.at_us - y.at_us || x.block - y.block);

    const tip = [0, 0];
    const found = { easier: 0, harder: 0 };
    const expected = { easier: 0, harder: 0 };
    let now_us = 0;
    for (const { at_us, node, block, found: own } of events) {
      const [x, y] = tip.map((number) => difficulty[number]!) as [number, number];
      if (Math.abs(x / y - 1) > 1e-9) {
        expected.easier += ((at_us - now_us) * 0.5) / (T_us * Math.min(x, y));
        expected.harder += ((at_us - now_us) * 0.5) / (T_us * Math.max(x, y));
        if (own) found[node === (x < y ? 0 : 1) ? 'easier' : 'harder'] += 1;
      }
      now_us = at_us;
      if (work[block]! > work[tip[node]!]!) tip[node] = block;
    }
    // Blocks found less their compensator: a martingale whose variance is the compensator.
    for (const side of ['easier', 'harder'] as const) {
      expect(1.96 / Math.sqrt(expected[side])).toBeLessThan(0.05);
      expect(Math.abs(found[side] - expected[side]) / Math.sqrt(expected[side])).toBeLessThan(4);
    }
    expect((expected.easier - expected.harder) / Math.sqrt(expected.harder)).toBeGreaterThan(8);
  });

  test('an adjustment is clamped to a factor of 4', () => {
    expect(retargeted({ difficulty: 8, timespan_us: 1, interval_us: 10, blocks: 2016 })).toBe(32);
    expect(retargeted({ difficulty: 8, timespan_us: 1e9, interval_us: 10, blocks: 2016 })).toBe(2);
    expect(retargeted({ difficulty: 8, timespan_us: 10 * 2016, interval_us: 10, blocks: 2016 })).toBe(8);
  });

  test('after a loss of half the power gaps are twice as long until the next adjustment, then as before', () => {
    const N = 500;
    const { latencies_us } = run({ nodes: 4, decisions: 2 * N - 1, fault: { ratio: 0.5 }, parameters: { retarget_interval_blocks: N } });
    const mean = (from: number, to: number): number => latencies_us.slice(from, to).reduce((sum, x) => sum + x, 0) / (to - from) / 600e6;
    // Heights 1 to N - 1 at the old difficulty, N to 2N - 1 at the new one; half-widths of 9%, which 1.5 is far outside of.
    expect(Math.abs(mean(0, N - 1) - 2)).toBeLessThan(2 * 4 * (1 / Math.sqrt(N)));
    expect(Math.abs(mean(N - 1, 2 * N - 1) - 1)).toBeLessThan(4 * Math.sqrt(2 / N));
    expect(mean(0, N - 1) / mean(N - 1, 2 * N - 1)).toBeGreaterThan(1.6);
  });
});

describe('finality', () => {
  test('confirmations: the smallest z with a reversal chance below the risk (Rosenfeld, at 0.1%)', () => {
    const z = (adversary_share: number): number | null => run({ nodes: 1, decisions: 1, parameters: { adversary_share } }).confirmations;
    expect([0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45].map(z)).toEqual([6, 9, 13, 20, 32, 58, 133, 539]);
    expect(z(0.5)).toBe(null);
  });

  test('finality of decision i: from the acceptance of i - 1 to that of i + z - 1 at the client node', () => {
    const { latencies_us, finalities_us, confirmations } = run({ nodes: 10, decisions: 30, network: WAN });
    expect(confirmations).toBe(6);
    expect(finalities_us.length).toBe(30);
    for (let i = 0; i + 6 <= 30; i++) expect(finalities_us[i]).toBe(latencies_us.slice(i, i + 6).reduce((sum, x) => sum + x, 0));
  });
});

describe('giving up', () => {
  test('auto: the first deficit g with (q/p)^(g + 2) below 1e-6, at most 1 000', () => {
    expect([0.1, 0.2, 0.3, 0.4, 0.5, 0.9].map((q) => autoGiveUpDeficit(q / (1 - q)))).toEqual([5, 8, 15, 33, 1000, 1000]);
    expect((3 / 7) ** (15 + 2)).toBeLessThan(1e-6);
    expect((3 / 7) ** (14 + 2)).toBeGreaterThan(1e-6);
  });
});

describe('a run', () => {
  test('nobody left to mine: stalled, liveness violated, safety not shown by anything, nothing silently zero', () => {
    const outcome = run({ fault: { ratio: 1 } });
    expect(outcome).toMatchObject({ state: 'stalled', decisions: 0, safety: 'unknown', liveness: 'violated' });
    expect(outcome.reason).toContain('nobody is left to make a block');
  });

  test('an adversary that holds everything has nobody to cheat: stalled at once', () => {
    const outcome = run({ fault: { kind: 'double-spend', ratio: 1 } });
    expect(outcome).toMatchObject({ state: 'stalled', decisions: 0, safety: 'unknown', liveness: 'violated', events: 0 });
  });

  test('the simulated horizon comes first: stalled with the decisions reached', () => {
    const outcome = run({ decisions: 100, horizon_us: 600e6 * 20 });
    expect(outcome).toMatchObject({ state: 'stalled', liveness: 'unknown' });
    expect(outcome.reason).toMatch(/^\d+ of 100 decisions before the horizon of 12000 s$/);
    expect(outcome.decisions).toBeGreaterThan(5);
    expect(outcome.decisions).toBeLessThan(40);
  });

  test('a majority adversary reverses what the client node had reported final: safety violated', () => {
    const fault = { kind: 'double-spend', ratio: 0.5 } as const;
    const outcome = run({ nodes: 10, decisions: 100, network: WAN, fault, parameters: { merchant_confirmations: 6 } });
    expect(outcome.reversals).toBeGreaterThan(0);
    expect(outcome.safety).toBe('violated');
  });

  test('a loss of power from one time until another slows the blocks of that time only', () => {
    const fault = { kind: 'power-loss', ratio: 0.5, from_s: 600 * 100, until_s: 600 * 300 } as const;
    const base = run({ nodes: 4, decisions: 400, parameters: CONSTANT });
    const outcome = run({ nodes: 4, decisions: 400, parameters: CONSTANT, fault });
    // 200 intervals of time at half power are 100 intervals of work.
    expect((outcome.elapsed_us - base.elapsed_us) / 600e6).toBeCloseTo(100, 3);
    const seconds = (4 * (outcome.elapsed_us + lateOf(outcome) - 0.5 * 200 * 600e6)) / 1e6;
    expect(outcome.counts.mining_node_s! / seconds).toBeCloseTo(1, 6);
  });

  test('the trace says who finds, accepts and reorganises what, in the order of time', () => {
    const lines: string[] = [];
    const times: number[] = [];
    run({
      nodes: 4,
      decisions: 20,
      parameters: { block_interval_s: 1, merchant_confirmations: 2 },
      network: WAN,
      fault: { kind: 'double-spend', ratio: 0.4 },
      trace: ({ at_us, node, text }) => {
        times.push(at_us);
        lines.push(`${node}: ${text}`);
      },
    });
    expect(times).toEqual([...times].sort((x, y) => x - y));
    for (const pattern of [
      /^node \d: finds block/,
      /^node \d: accepts block/,
      /^node 0: reorganises/,
      /^adversary: holds block/,
      /^node 0: payment/,
      /^adversary: (publishes|gives)/,
    ])
      expect(lines.some((line) => pattern.test(line))).toBe(true);
  });
});

/** Time from the last decision to the last confirmation that the run waited for. */
function lateOf(outcome: Outcome): number {
  const { finalities_us, latencies_us } = outcome;
  return finalities_us.at(-1)! - latencies_us.at(-1)!;
}

describe('counting', () => {
  test('a block costs an announcement an edge end but at its receivers, and a request and a body a receiver', () => {
    const nodes = 100;
    const outcome = run({ nodes, decisions: 50, network: WAN });
    const blocks = outcome.stale!.blocks;
    expect(outcome.counts.messages).toBe(blocks * (nodes * 8 - (nodes - 1) + 2 * (nodes - 1)));
    // The double SHA-256 of the header, and the Merkle tree: 500 leaves, then 250, 125, 63, 32, 16, 8, 4, 2 and 1 nodes.
    const tree = 500 * (250 + 32) + 501 * (64 + 32);
    expect(outcome.counts.digest_bytes).toBe(blocks * ((nodes - 1) * (80 + 32 + tree) + tree));
  });

  test('measured: every block that was found is mined, and every digest in a header is the digest of what it names', () => {
    const outcome = run({
      nodes: 3,
      decisions: 5,
      collect: true,
      transactions: { bytes: 10, per_decision: 3 },
      parameters: { measured_hashes_per_block: 64 },
      fault: { kind: 'double-spend', ratio: 0.3 },
    });
    expect(outcome.operations!.length).toBe(outcome.divisor);
    const all = outcome.operations!.flat();
    const searches = all.filter((operation): operation is Extract<Operation, { kind: 'search' }> => operation.kind === 'search');
    expect(searches.map(({ block }) => block)).toEqual(Array.from({ length: outcome.stale!.blocks }, (_, i) => i + 1));
    const twice = (bytes: Uint8Array): Uint8Array => sha256(sha256(bytes));
    for (const { block, parent, header } of searches) {
      expect(header.length).toBe(80);
      const at = all.findIndex((operation) => operation.kind === 'search' && operation.block === block);
      const { transactions } = all[at - 1] as Extract<Operation, { kind: 'merkle' }>;
      // Three leaves: the third is paired with itself.
      const [a, b, c] = [0, 10, 20].map((from) => twice(transactions.subarray(from, from + 10)));
      const root = twice(Uint8Array.of(...twice(Uint8Array.of(...a!, ...b!)), ...twice(Uint8Array.of(...c!, ...c!))));
      expect(header.subarray(36, 68)).toEqual(root);
      // 2^256 ÷ 64 - 1 is 0x03ffff.. of 32 bytes.
      expect(new DataView(header.buffer).getUint32(72, true)).toBe(0x2003ffff);
      // The genesis block: all zero but version and bits. Other parents are hashed when they are mined.
      const genesis = new Uint8Array(80);
      genesis.set(header.subarray(0, 4));
      genesis.set(header.subarray(72, 76), 72);
      expect(header.subarray(4, 36)).toEqual(parent === null ? twice(genesis) : new Uint8Array(32));
    }
    expect(searches.filter(({ parent }) => parent === null).length).toBeGreaterThan(0);
  });

  test('measured: transactions of one byte are soon equal side by side, and no block holds such', () => {
    const wanted = { nodes: 2, decisions: 5, collect: true, parameters: { measured_hashes_per_block: 4 } } as const;
    expect(() => run({ ...wanted, transactions: { bytes: 1, per_decision: 500 } })).toThrow(
      'a measured cell whose blocks hold equal transactions side by side, which makes them invalid: ask for more than 1 bytes a transaction',
    );
    expect(run({ ...wanted, transactions: { bytes: 8, per_decision: 500 } }).state).toBe('done');
  });
});

describe('transcripts', () => {
  const transcript = (engine: EngineId, options: CellOptions): string =>
    transcriptOf((trace) => simulate(pow, options, { engine, trace }), { name_chars: 9, unit: 's' });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one block among four nodes, message by message', async () => {
    await expect(transcript('messages', { decisions: 1, risk: 0.5 })).toMatchFileSnapshot('../golden/pow-one-block.txt');
  });
  test('double spends against two confirmations', async () => {
    const options = {
      nodes: 2,
      decisions: 12,
      parameters: { merchant_confirmations: 2 },
      fault: { kind: 'double-spend', ratio: 0.4 },
    } as const;
    await expect(transcript('chain', options)).toMatchFileSnapshot('../golden/pow-double-spend.txt');
  });
});
