// Pooled mining against the closed forms of M. Rosenfeld, "Analysis of Bitcoin pooled mining reward systems", arXiv 1112.4980, 2011.
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import type { ChainRun } from '../../../harness/simulate/chain/spec.ts';
import { trialsOfCompact } from '../../../harness/simulate/core/target.ts';
import type { EngineId, Outcome } from '../../../harness/model/outcome.ts';
import workload from '../../../workloads/pow-pool/index.ts';
import { ANSWER_BYTES, JOB_BYTES, SHARE_BYTES, payoutRules, poolSpec } from '../../../workloads/pow-pool/mechanism.ts';
import { SCHEMES, payShares, type Scheme } from '../../../workloads/pow-pool/payouts.ts';
import { WAN, fixed, simulate } from '../../cells.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../../simulate/chain-setup.ts';
import { hoppingGain, hoppingGainOf, leavingPoint } from '../../support/hopping.ts';
import { inFull } from '../../support/full.ts';
import { transcriptOf } from '../../support/transcript.ts';

/** Constant difficulty, everybody in the pool, no fee; who finds a block sends it to everybody itself. */
const PLAIN = { retarget_interval_blocks: 1_000_000, relay: 'direct', pool_share: 1, pool_fee: 0, adversary_share: 0 };

function run(wanted: Wanted): { outcome: Outcome; run: ChainRun; seen: Record<string, number> } {
  const setup = chainSetup(workload, wanted);
  const spec = poolSpec(setup);
  let found: ChainRun | undefined;
  const outcome = runChain(setup, { ...spec, observe: (own, chain) => ((found = chain), spec.observe!(own, chain)) });
  return { outcome, run: found!, seen: { ...outcome.observations } };
}

interface Sample {
  readonly mean: number;
  /** Standard deviations of the mean between it and what is expected, by the spread of the batches. */
  z(expected: number): number;
  /** Half of the 95% interval, relative to the mean. */
  readonly halfWidth: number;
}
function sampleOf(values: readonly number[]): Sample {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1) / values.length);
  return { mean, z: (expected) => (mean - expected) / deviation, halfWidth: (1.96 * deviation) / mean };
}
const BATCHES = 20;
function batches(wanted: Wanted): (name: string) => Sample {
  const all = Array.from({ length: BATCHES }, (_, seed) => run({ ...wanted, seed: seed + 1 }).seen);
  return (name) => sampleOf(all.map((seen) => seen[name]!));
}
function expectMean(sample: Sample, expected: number): void {
  expect(Math.abs(sample.z(expected))).toBeLessThan(4);
  expect(sample.halfWidth).toBeLessThan(0.05);
}

describe('solo mining (section 1)', () => {
  test('a hash is a block with chance (2^16 - 1)/(2^48 D); at 0x1702355e 270 TH/s find one in 64.24 years and 200 TH/s in 86.73', () => {
    expect((trialsOfCompact(0x1d00ffff) * (2 ** 16 - 1)) / 2 ** 48).toBeCloseTo(1, 12);
    const years = (hash_rate_hs: number): number => trialsOfCompact(0x1702355e) / hash_rate_hs / (86_400 * 365.25);
    expect(Math.abs(years(270e12) - 64.24)).toBeLessThan(0.01);
    expect(Math.abs(years(200e12) - 86.73)).toBeLessThan(0.01);
    // Blocks of a year are Poisson.
    expect(1 - Math.exp(-1 / years(270e12))).toBeCloseTo(0.01544, 5);
  });
});

describe('a share and a block come of the same hash', () => {
  const { run: chain, seen } = run({ nodes: 4, decisions: 3000, parameters: { ...PLAIN, share_difficulty_ratio: 0.05 } });
  const { shares } = chain.pool!;
  const blocks = Array.from({ length: shares.count }, (_, at) => shares.block(at)).filter((block) => block !== 0);

  test('a share is a block with chance d/D', () => {
    expect(relativeHalfWidth(shares.count, 0.05)).toBeLessThan(0.05);
    expect(Math.abs(zScore(blocks.length, shares.count, 0.05))).toBeLessThan(4);
  });
  test("each of the pool's blocks is one share, and credited as one", () => {
    expect(new Set(blocks).size).toBe(blocks.length);
    const all = new Set(blocks);
    expect(chain.main.slice(1).every((block) => all.has(block))).toBe(true);
    for (let at = 0; at < shares.count; at++) if (shares.block(at) !== 0) expect(shares.isStale(at)).toBe(false);
    expect(seen['pool_blocks']).toBe(3000);
  });
  test('shares of a member come in proportion to its power', () => {
    const weighted = run({ nodes: 3, decisions: 400, parameters: { ...PLAIN, hash_shares: '5,3,2', share_difficulty_ratio: 0.05 } });
    const log = weighted.run.pool!.shares;
    const won = [0, 0, 0];
    for (let at = 0; at < log.count; at++) won[log.member(at)]! += 1;
    for (const [member, p] of [0.5, 0.3, 0.2].entries()) expect(Math.abs(zScore(won[member]!, log.count, p))).toBeLessThan(4);
  });
});

describe('income of a member and its variance over periods of T, of ten members with a tenth each', () => {
  const p = 0.05;
  const q = 0.1;
  const of = batches({ nodes: 10, decisions: inFull(4000, 1000), parameters: { ...PLAIN, share_difficulty_ratio: p } });

  test('all ways bring the same', () => {
    for (const way of ['solo', ...SCHEMES]) {
      const { mean, z } = of(`income_mean_${way}_blocks`);
      expect(mean).toBeCloseTo(q, 2);
      if (way !== 'pplns') expect(Math.abs(z(q))).toBeLessThan(4);
    }
  });
  test('solo: blocks are Poisson', () => expectMean(of('income_variance_solo_blocks2'), q));
  test('PPS: d/D of the variance of solo mining', () => expectMean(of('income_variance_pps_blocks2'), p * q));
  test('proportional: h/H of the variance of solo mining, and what comes of counting few shares', () => {
    // Given N shares a member has a binomial part of them, and 1/N has the mean p ln(1/p)/(1 - p).
    const inverse = (p * Math.log(1 / p)) / (1 - p);
    expectMean(of('income_variance_proportional_blocks2'), q * (q + (1 - q) * inverse));
  });
  test('PPLNS: blocks that come irregularly, and binomial parts of windows that overlap', () => {
    // Of two blocks of a period, a part u of T apart, windows of X blocks have a part 1 - u/X in common: 1 - 1/(3X) of all in the mean.
    const X = 2;
    expectMean(of('income_variance_pplns_blocks2'), q * q + q * (1 - q) * (p / X) * (2 - 1 / (3 * X)));
  });
  test('a fee f takes f of what is paid, and leaves (1 - f)^2 of its variance', () => {
    const wanted = { nodes: 10, decisions: 100 };
    const paid = (pool_fee: number) => run({ ...wanted, parameters: { ...PLAIN, share_difficulty_ratio: p, pool_fee } }).seen;
    const [whole, less] = [paid(0), paid(0.02)];
    for (const way of ['solo', ...SCHEMES]) {
      const part = way === 'solo' ? 1 : 0.98;
      expect(less[`income_mean_${way}_blocks`]! / whole[`income_mean_${way}_blocks`]!).toBeCloseTo(part, 9);
      expect(less[`income_variance_${way}_blocks2`]! / whole[`income_variance_${way}_blocks2`]!).toBeCloseTo(part * part, 9);
    }
  });
  test('PPLNS: less than proportional over a block, since a share is paid by several', () => {
    expect(of('income_variance_pplns_blocks2').mean).toBeLessThan(of('income_variance_proportional_blocks2').mean);
  });
});

describe('what is paid is what came in', () => {
  const parameters = { pool_fee: 0.03, share_difficulty_ratio: 0.1, block_interval_s: 20 };
  const wanted = { nodes: 9, network: WAN, decisions: 300, parameters };
  const { run: chain, seen } = run(wanted);
  const main = new Set(chain.main);
  const paid = { pps: 0, proportional: 0, pplns: 0 } satisfies Record<Scheme, number>;
  const books = payShares(chain.pool!.shares, payoutRules(workload.parameters.parse(parameters)), {
    participants: 9,
    isRewarded: (block) => main.has(block),
    pay: ({ scheme, amount }) => (paid[scheme] += amount),
  });

  test('proportional: payouts and fee are the rewards of the blocks', () => {
    expect(books.rewarded).toBeGreaterThan(80);
    expect(paid.proportional + 0.03 * books.rewarded).toBeCloseTo(books.rewarded, 9);
  });
  test('PPLNS: the same after its window has filled', () => {
    expect(paid.pplns + 0.03 * books.rewarded + books.unallotted).toBeCloseTo(books.rewarded, 9);
    expect(books.unallotted).toBeLessThan(2);
    expect(seen['pplns_unallotted_blocks']).toBe(books.unallotted);
  });
  test('PPS: p B (1 - f) a share, and what is left is the balance of the operator', () => {
    expect(paid.pps).toBeCloseTo(books.credited * 0.1 * 0.97, 9);
    expect(books.balance).toBeCloseTo(books.rewarded - paid.pps, 9);
  });
  test('stale shares come where the network has delays, and are not paid', () => {
    expect(books.stale).toBeGreaterThan(0);
    expect(seen['share_stale_rate']).toBe(books.stale / (books.stale + books.credited));
  });
});

test('an account that is split gets what it got before, to the last share', () => {
  const whole = run({ nodes: 4, decisions: 200, parameters: { ...PLAIN, hash_shares: '1,4,1,2' } });
  const split = run({ nodes: 5, decisions: 200, parameters: { ...PLAIN, hash_shares: '1,1,3,1,2' } });
  const incomes = ({ run: chain }: typeof whole, participants: number, accounts: readonly number[]): Record<Scheme, number> => {
    const sum = { pps: 0, proportional: 0, pplns: 0 };
    const pay = ({ scheme, member, amount }: { scheme: Scheme; member: number; amount: number }): void => {
      if (accounts.includes(member)) sum[scheme] += amount;
    };
    payShares(chain.pool!.shares, payoutRules(workload.parameters.parse(PLAIN)), { participants, isRewarded: () => true, pay });
    return sum;
  };
  const before = incomes(whole, 4, [1]);
  const after = incomes(split, 5, [1, 2]);
  for (const scheme of SCHEMES) {
    expect(after[scheme]).toBeCloseTo(before[scheme], 9);
    expect(before[scheme]).toBeGreaterThan(60);
  }
});

describe('pool hopping (section 3.1)', () => {
  test('a hopper leaves a proportional pool at 0.434818 of the difficulty and earns 1.281494 of what it would honestly', () => {
    expect(leavingPoint()).toBeCloseTo(0.434818, 6);
    expect(hoppingGain(leavingPoint())).toBeCloseTo(1.281494, 6);
    // Easy shares and little power: the sums of the discrete pool are near these integrals.
    expect(hoppingGainOf({ blocksPerShare: 0.0005, threshold_shares: leavingPoint() / 0.0005, share: 1e-9 })).toBeCloseTo(1.2815, 3);
  });
  const share = 0.05;
  const ratio = 0.05;
  const of = batches({
    nodes: 4,
    decisions: inFull(4000, 1500),
    fault: { kind: 'pool-hopping', ratio: share },
    parameters: { ...PLAIN, share_difficulty_ratio: ratio },
  });
  test('in the event loop: what it gains of a proportional pool', () => {
    const gain = hoppingGainOf({ blocksPerShare: ratio, threshold_shares: 0.434818 / ratio, share });
    expect(gain).toBeGreaterThan(1.2);
    expectMean(of('adversary_income_proportional'), gain);
    expect(of('adversary_income_proportional').z(1)).toBeGreaterThan(8);
  });
  test('it gains nothing of PPS and PPLNS', () => {
    expectMean(of('adversary_income_pps'), 1);
    expectMean(of('adversary_income_pplns'), 1);
  });
});

describe('block withholding (section 6.2.2)', () => {
  const ratio = 0.05;
  // Of the power 0.2 withholds, 0.4 mines honestly in the pool, and 0.4 solo.
  const of = batches({
    nodes: 4,
    decisions: inFull(3000, 800),
    fault: { kind: 'block-withholding', ratio: 0.2 },
    parameters: { ...PLAIN, pool_share: 0.5, share_difficulty_ratio: ratio },
  });
  test('who withholds is paid by PPS as before, but for the shares that were blocks', () =>
    expectMean(of('adversary_income_pps'), 1 - ratio));
  test('all members of the pool bear it where blocks are divided', () => {
    // The pool finds 0.4 blocks in T. The share that is a block is never the withholder's; of the others of a round a third are.
    const p = (0.4 * ratio) / (0.4 + 0.2 * (1 - ratio));
    const ofRound = (1 - (p * Math.log(1 / p)) / (1 - p)) / 3;
    const window = payoutRules(workload.parameters.parse({ share_difficulty_ratio: ratio })).window_shares;
    const ofWindow = ((0.2 * (1 - ratio)) / (0.4 + 0.2 * (1 - ratio))) * (1 - 1 / window);
    for (const [scheme, part] of [
      ['proportional', ofRound],
      ['pplns', ofWindow],
    ] as const) {
      expectMean(of(`adversary_income_${scheme}`), (0.4 * part) / 0.2);
      expectMean(of(`income_mean_${scheme}_blocks`), (0.4 * (1 - part)) / 2);
    }
    expectMean(of('income_mean_pps_blocks'), 0.2);
    expect(of('withheld_blocks').mean).toBeGreaterThan(100);
  });
  test('an operator that pays by PPS pays for blocks that never come', () => {
    const honest = run({ nodes: 4, decisions: 800, parameters: { ...PLAIN, pool_share: 0.5, share_difficulty_ratio: ratio } });
    expect(of('pps_reserve_blocks').mean).toBeGreaterThan(2 * honest.seen['pps_reserve_blocks']!);
  });
});

describe('messages', () => {
  test('a job to each member for each new tip, and a share up and an answer down for each share, in the sizes of Stratum V2', () => {
    expect([JOB_BYTES, SHARE_BYTES, ANSWER_BYTES]).toEqual([105, 30, 26]);
    const parameters = { relay: 'direct', share_difficulty_ratio: 0.1, pool_share: 0.5, retarget_interval_blocks: 1_000_000 };
    const wanted = { nodes: 6, network: fixed(100), decisions: 50, parameters };
    const { outcome, run: chain } = run(wanted);
    const { shares, jobs } = chain.pool!;
    let sent = 0;
    for (let at = 0; at < shares.count; at++) if (shares.info(at).counted && shares.member(at) !== 0) sent += 1;
    const counted = jobs.filter((job) => job.counted).length;
    const blocks = outcome.counts.messages - 2 * counted - 2 * sent;
    // Of every block a body to each of the five others.
    expect(blocks % 5).toBe(0);
    expect(blocks / 5).toBeGreaterThanOrEqual(50);
    const solo = run({ ...wanted, parameters: { ...parameters, pool_share: 0 } }).outcome;
    const body = solo.counts.bytes / solo.counts.messages;
    expect(outcome.counts.bytes).toBeCloseTo(blocks * body + 2 * counted * JOB_BYTES + sent * (SHARE_BYTES + ANSWER_BYTES), 3);
  });

  test('golden: a round of a pool of three, beside a solo miner', async () => {
    const transcript = transcriptOf(
      (trace) =>
        simulate(
          workload,
          {
            nodes: 4,
            network: fixed(100),
            decisions: 2,
            risk: 0.5,
            seed: 4,
            parameters: { pool_share: 0.75, share_difficulty_ratio: 0.25, relay: 'direct' },
          },
          { engine: 'messages' as EngineId, trace },
        ),
      { name_chars: 6, unit: 's' },
    );
    await expect(transcript).toMatchFileSnapshot('../../golden/pow-pool-round.txt');
  });
});
