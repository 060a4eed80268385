// Selfish mining as a strategy in the same network as everybody, against the closed forms of Eyal and Sirer (test/support/eyal-sirer.ts).
import { describe, expect, test } from 'vitest';
import { SELFISH, type AdversaryDesk } from '../../harness/simulate/chain/adversary.ts';
import type { ChainSpec } from '../../harness/simulate/chain/spec.ts';
import type { NetworkSpec } from '../../harness/model/cell.ts';
import type { Outcome } from '../../harness/model/outcome.ts';
import pow from '../../workloads/pow.ts';
import { WAN, fixed, simulate, type CellOptions } from '../cells.ts';
import { chainSetup, type Wanted } from '../simulate/chain-setup.ts';
import { inFull } from '../support/full.ts';
import { growth, relativeRevenue, tied } from '../support/eyal-sirer.ts';
import { transcriptOf } from '../support/transcript.ts';

/** Difficulty is never adjusted within a test's run. */
const CONSTANT = { retarget_interval_blocks: 1_000_000 };

const run = (wanted: Wanted): Outcome => pow.engines.chain!(chainSetup(pow, wanted));

interface Sample {
  readonly mean: number;
  /** Standard deviations of the mean between it and what is expected, by the spread of the batches. */
  z(expected: number): number;
}
function sampleOf(values: readonly number[]): Sample {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1) / values.length);
  return { mean, z: (expected) => (mean - expected) / deviation };
}

const BATCHES = 20;
const BATCH_BLOCKS = inFull(10_000, 4000);

/** Blocks of a run are not independent: what is known of each mean comes from batches. */
function mine(
  alpha: number,
  wanted: Wanted,
): { relative: Sample; absolute: Sample; main: Sample; gamma: Sample; blocks: number; races: number } {
  const outcomes = Array.from({ length: BATCHES }, (_, seed) =>
    run({ seed, nodes: 4, decisions: BATCH_BLOCKS, ...wanted, fault: { kind: 'selfish', ratio: alpha } }),
  );
  return {
    relative: sampleOf(outcomes.map(({ observations }) => observations!['adversary_revenue_relative']!)),
    absolute: sampleOf(outcomes.map(({ observations }) => observations!['adversary_revenue_absolute']!)),
    main: sampleOf(outcomes.map(({ stale }) => 1 - stale!.stale / stale!.blocks)),
    gamma: sampleOf(outcomes.map(({ observations }) => observations!['selfish_gamma_measured']!)),
    races: outcomes.reduce((sum, { observations }) => sum + observations!['selfish_races']!, 0),
    blocks: outcomes.reduce((sum, { stale }) => sum + stale!.blocks, 0),
  };
}

describe('the closed forms', () => {
  test.each([
    [0.1, 0.035641, 0.072418, 0.109194, 0.9158],
    [0.25, 0.195122, 0.25, 0.304878, 0.82],
    [0.3, 0.273126, 0.326874, 0.380622, 0.788184],
    [1 / 3, 0.333333, 0.384615, 0.435897, 0.764706],
    [0.4, 0.483721, 0.525581, 0.567442, 0.704918],
    [0.45, 0.651773, 0.680598, 0.709423, 0.634318],
  ])('alpha = %d', (alpha, none, half, all, blocks) => {
    for (const [gamma, revenue] of [
      [0, none],
      [0.5, half],
      [1, all],
    ] as const)
      expect(relativeRevenue(alpha, gamma)).toBeCloseTo(revenue, 6);
    expect(growth(alpha)).toBeCloseTo(blocks, 6);
    // No more than honest mining brings while difficulty stays: the same where all follow in a tie (C. Grunspan, R. Perez-Marco, arXiv 1805.08281).
    for (const gamma of [0, 0.5, 0.99]) expect(relativeRevenue(alpha, gamma) * growth(alpha)).toBeLessThan(alpha);
    expect(relativeRevenue(alpha, 1) * growth(alpha)).toBeCloseTo(alpha, 12);
  });

  test('it pays from (1 - gamma)/(3 - 2 gamma) of the power on', () => {
    for (const [gamma, threshold] of [
      [0, 1 / 3],
      [0.25, 0.3],
      [0.5, 1 / 4],
      [0.75, 1 / 6],
    ] as const) {
      expect(relativeRevenue(threshold - 0.001, gamma)).toBeLessThan(threshold - 0.001);
      expect(relativeRevenue(threshold + 0.001, gamma)).toBeGreaterThan(threshold + 0.001);
    }
  });
});

describe('in the event loop, without delays', () => {
  test.each([
    { alpha: 0.3, gamma: 0 },
    { alpha: 1 / 3, gamma: 0.5 },
    { alpha: 0.4, gamma: 1 },
  ])(
    'alpha = $alpha, gamma = $gamma: relative revenue, blocks on the main chain, and no gain while difficulty stays',
    ({ alpha, gamma }) => {
      const { relative, absolute, main, blocks } = mine(alpha, { parameters: { ...CONSTANT, relay: 'direct', selfish_gamma: gamma } });
      expect(blocks).toBeGreaterThan(BATCHES * BATCH_BLOCKS);
      expect(Math.abs(relative.z(relativeRevenue(alpha, gamma)))).toBeLessThan(4);
      expect(relative.mean / relativeRevenue(alpha, gamma)).toBeCloseTo(1, 1);
      expect(Math.abs(main.z(growth(alpha)))).toBeLessThan(4);
      // Equal to alpha where gamma is 1.
      expect(Math.abs(absolute.z(relativeRevenue(alpha, gamma) * growth(alpha)))).toBeLessThan(4);
      if (gamma < 1) expect(absolute.z(alpha)).toBeLessThan(-8);
      // The test tells ties apart.
      expect(Math.abs(relative.z(relativeRevenue(alpha, gamma === 0 ? 0.5 : 0)))).toBeGreaterThan(8);
    },
  );

  test('once difficulty follows the slower chain, it gains beyond its share', () => {
    const alpha = 0.4;
    const N = 100;
    const { relative, absolute } = mine(alpha, {
      parameters: { retarget_interval_blocks: N, relay: 'direct', selfish_gamma: 0 },
    });
    // Blocks of the main chain come at their rate again, but for the N - 1 gaps that are measured for N.
    const expected = relativeRevenue(alpha, 0);
    expect(relative.mean / expected).toBeCloseTo(1, 1);
    expect(absolute.mean / expected).toBeGreaterThan(1 - 4 / N);
    expect(absolute.z(alpha)).toBeGreaterThan(8);
  });
});

describe('selfish_gamma_measured', () => {
  test.each([0, 0.25, 0.5, 1])('is the gamma that was asked for, %d', (asked) => {
    const { gamma, races, blocks } = mine(0.3, { parameters: { ...CONSTANT, relay: 'direct', selfish_gamma: asked } });
    if (asked === 0 || asked === 1) expect(gamma.mean).toBeCloseTo(asked, 9);
    else {
      expect(Math.abs(gamma.z(asked))).toBeLessThan(4);
      // A draw a node, of which there are four.
      expect(Math.abs(gamma.mean - asked)).toBeLessThan(4 * Math.sqrt((asked * (1 - asked)) / (4 * races)));
    }
    // A race comes of each block that is one ahead when another is found: p0' of the states, left with each block.
    expect(races / blocks).toBeCloseTo(tied(0.3), 2);
  });
  test('is empty where nobody mines selfishly, and where no race came', () => {
    const wanted: Wanted = { nodes: 3, decisions: 20, parameters: CONSTANT };
    expect(run(wanted).observations).not.toHaveProperty('selfish_races');
    const { observations } = run({ ...wanted, fault: { kind: 'selfish', ratio: 0 } });
    expect(observations).toMatchObject({ selfish_races: 0 });
    expect(observations).not.toHaveProperty('selfish_gamma_measured');
  });
});

describe('gamma as it comes out of a network', () => {
  /** Two honest nodes and the adversary, each in a region of its own. */
  const triangle = (honest_ms: number, adversary_ms: number): Extract<NetworkSpec, { kind: 'matrix' }> => ({
    kind: 'matrix',
    name: 'triangle',
    origin: 'made up',
    one_way_ms: [
      [1, honest_ms, adversary_ms],
      [honest_ms, 1, adversary_ms],
      [adversary_ms, adversary_ms, 1],
    ],
    jitter: 0,
    bandwidth_mbps: 1000,
    loss: 0,
    rto_ms: 200,
  });
  const alpha = 0.4;
  const parameters = { ...CONSTANT, relay: 'direct' };

  test('an adversary between the others is first at all but the finder: with two of them gamma is 1/2', () => {
    const { relative, gamma } = mine(alpha, { nodes: 2, network: triangle(50, 10), parameters });
    expect(gamma.mean).toBeCloseTo(0.5, 2);
    expect(Math.abs(relative.z(relativeRevenue(alpha, 0.5)))).toBeLessThan(4);
    expect(Math.abs(relative.z(relativeRevenue(alpha, 0)))).toBeGreaterThan(8);
  });

  test('one that is farther away than the others are from each other comes second everywhere: gamma is 0', () => {
    const { relative, gamma } = mine(alpha, { nodes: 2, network: triangle(10, 50), parameters });
    expect(gamma.mean).toBeCloseTo(0, 2);
    expect(Math.abs(relative.z(relativeRevenue(alpha, 0)))).toBeLessThan(4);
    expect(Math.abs(relative.z(relativeRevenue(alpha, 0.5)))).toBeGreaterThan(8);
  });

  // 50 ms between honest nodes; the adversary is 10 ms from two of them and 30 ms from the others. A block of a near one: it answers
  // after 10 ms, and is first at all three others (after 20 and 40 ms). Of a far one: first at the near ones (after 40 ms), not at the
  // other far one (60 ms). So gamma is 3/4 or 2/4, and in the mean 5/8.
  test('among four nodes, nearer to two of them: between the formulas at 0 and 1, at the share that hears of its block first', () => {
    const to = [10, 10, 30, 30];
    const one_way_ms = [...to.map((own) => [50, 50, 50, 50, own]), [...to, 1]];
    const network: NetworkSpec = { ...triangle(50, 10), name: 'four and one', one_way_ms };
    const { relative, gamma } = mine(alpha, { nodes: 4, network, parameters });
    expect(Math.abs(gamma.z(5 / 8))).toBeLessThan(4);
    expect(Math.abs(relative.z(relativeRevenue(alpha, 5 / 8)))).toBeLessThan(4);
    expect(relative.z(relativeRevenue(alpha, 0))).toBeGreaterThan(8);
    expect(relative.z(relativeRevenue(alpha, 1))).toBeLessThan(-8);
  });

  // Where blocks go straight to all the way over the adversary is seldom the shorter one; over a peer graph it is for some.
  test.each([
    ['direct', 0, 0.02],
    ['announce', 0.05, 0.4],
  ])(
    'twenty nodes in five regions, %s: what comes out lies between 0 and 1 and explains the revenue by the formula',
    (relay, low, high) => {
      const { relative, gamma } = mine(alpha, { nodes: 20, network: WAN, parameters: { ...CONSTANT, relay } });
      expect(gamma.mean).toBeGreaterThan(low);
      expect(gamma.mean).toBeLessThan(high);
      expect(Math.abs(relative.z(relativeRevenue(alpha, gamma.mean)))).toBeLessThan(4);
      expect(relative.z(relativeRevenue(alpha, 0.5))).toBeLessThan(-4);
    },
  );
});

describe('the strategy, move by move (algorithm 1)', () => {
  /** Blocks by number with their heights; each weighs 1. What is published is public at once. */
  function play() {
    const heights = [0];
    const parents = [0];
    const published: number[][] = [];
    let publicTip = 0;
    const desk: AdversaryDesk = {
      get publicTip() {
        return publicTip;
      },
      work: (block) => heights[block]!,
      height: (block) => heights[block]!,
      parent: (block) => parents[block]!,
      publish(blocks) {
        published.push([...blocks]);
        for (const block of blocks) if (heights[block]! > heights[publicTip]!) publicTip = block;
      },
      pay: () => expect.unreachable(),
      setAlarm: () => expect.unreachable(),
      attackEnded: () => expect.unreachable(),
      note: () => {},
    };
    const spec = { faultSpan: { from_us: 0, until_us: 1e6 }, adversaryShare: 0.4 } as ChainSpec;
    const pool = SELFISH.start(desk, spec);
    const find = (parent: number): number => {
      parents.push(parent);
      return heights.push(heights[parent]! + 1) - 1;
    };
    return {
      published,
      pool,
      /** The pool finds one, at a time. */
      own(at_us = 1): number {
        const block = find(pool.branch ?? publicTip);
        pool.found(block, at_us);
        return block;
      },
      /** Others find one, on the best block of theirs. */
      others(parent = publicTip, at_us = 1): number {
        const block = find(parent);
        if (heights[block]! > heights[publicTip]!) publicTip = block;
        pool.heard(at_us);
        return block;
      },
    };
  }

  test('a first block is withheld', () => {
    const { own, pool, published } = play();
    const first = own();
    expect(published).toEqual([]);
    expect([pool.branch, pool.base]).toEqual([first, 0]);
  });
  test('one ahead: published when others find one; the race is won by its own next block, published at once', () => {
    const { own, others, pool, published } = play();
    const first = own();
    others();
    expect(published).toEqual([[first]]);
    expect(pool.branch).toBe(first);
    const second = own();
    expect(published).toEqual([[first], [second]]);
    expect(pool.branch).toBe(null);
  });
  test('the race is lost, or won for it, by the next block of others: it mines on that', () => {
    for (const side of ['theirs', 'own'] as const) {
      const { own, others, pool, published } = play();
      const first = own();
      const rival = others();
      others(side === 'own' ? first : rival);
      expect(pool.branch).toBe(null);
      expect(published).toEqual([[first]]);
    }
  });
  test('two ahead: all is published when others find one, and wins', () => {
    const { own, others, pool, published } = play();
    const blocks = [own(), own()];
    others();
    expect(published).toEqual([blocks]);
    expect(pool.branch).toBe(null);
  });
  test('further ahead: a block for each of theirs, then all', () => {
    const { own, others, pool, published } = play();
    const [a, b, c, d] = [own(), own(), own(), own()];
    let theirs = others();
    expect(published).toEqual([[a]]);
    expect([pool.branch, pool.base]).toEqual([d, a]);
    theirs = others(theirs);
    expect(published).toEqual([[a], [b]]);
    others(theirs);
    expect(published).toEqual([[a], [b], [c, d]]);
    expect(pool.branch).toBe(null);
  });
  test('what it hears of twice, or too late, it does not answer again', () => {
    const { own, others, pool, published } = play();
    const blocks = [own(), own(), own()];
    others(0);
    others(0);
    pool.heard(1);
    expect(published).toEqual([[blocks[0]]]);
  });
  test('two of theirs at once: level, and it races with all that it has', () => {
    const { own, others, pool, published } = play();
    const blocks = [own(), own()];
    // The first was not heard of before the second, which is as high as its branch.
    const heardOfFirst = pool.heard.bind(pool);
    pool.heard = () => {};
    const one = others();
    pool.heard = heardOfFirst;
    others(one);
    expect(published).toEqual([blocks]);
    expect(pool.branch).toBe(blocks[1]);
  });
  test('outside the fault it publishes what it finds', () => {
    const { own, pool, published } = play();
    const block = own(1e6);
    expect(published).toEqual([[block]]);
    expect(pool.branch).toBe(null);
  });
});

describe('cells', () => {
  test('phi is exact, nobody is attacked, and confirmations are those of its share', () => {
    const { outcome } = simulate(pow, { nodes: 3, decisions: 50, network: fixed(10), fault: { kind: 'selfish', ratio: 0.3 } });
    expect(outcome).toMatchObject({ state: 'done', adversaryShare: 0.3, confirmations: 32, safety: 'ok', liveness: 'ok' });
    expect(outcome.attacks).toBe(undefined);
    expect(outcome.reversals).toBe(undefined);
    expect(outcome.chainQuality).toBeCloseTo(1 - outcome.observations!['adversary_revenue_relative']!, 12);
  });
  test('with half of the power it keeps the blocks of others out', () => {
    const outcome = run({ nodes: 3, decisions: 3000, parameters: CONSTANT, fault: { kind: 'selfish', ratio: 0.55 } });
    expect(outcome.observations!['adversary_revenue_relative']).toBeGreaterThan(0.95);
    expect(outcome).toMatchObject({ safety: 'unknown', liveness: 'violated' });
    expect(outcome.reason).toContain('the merchant delivers nothing, and the adversary mines selfishly');
  });
  test('with nothing it changes nothing', () => {
    const wanted: Wanted = { nodes: 3, decisions: 200, network: fixed(10), parameters: { relay: 'direct' } };
    const { observations } = run({ ...wanted, fault: { kind: 'selfish', ratio: 0 } });
    expect(observations).toMatchObject({ adversary_revenue_relative: 0, adversary_revenue_absolute: 0 });
  });
  test('gamma is a share', () => {
    for (const selfish_gamma of [-0.1, 1.1, 'half', NaN]) expect(() => simulate(pow, { parameters: { selfish_gamma } })).toThrow();
  });
  test('a transcript: a race, a lead of two', async () => {
    const options: CellOptions = {
      nodes: 2,
      decisions: 12,
      risk: 0.5,
      parameters: { selfish_gamma: 0.5 },
      fault: { kind: 'selfish', ratio: 0.4 },
    };
    const transcript = transcriptOf((trace) => simulate(pow, options, { engine: 'chain', trace }), { name_chars: 9 });
    await expect(transcript).toMatchFileSnapshot('../golden/pow-selfish.txt');
  });
});
