import { describe, expect, test } from 'vitest';
import {
  COMPARED,
  compareRuns,
  counted,
  pairedRatio,
  unpairedRatio,
  type ComparedRun,
  type RunCondition,
} from '../../harness/analysis/compare.ts';
import { adjusted, fisherExact, studentT, studentTail } from '../../harness/analysis/statistics.ts';
import type { Summary } from '../../harness/analysis/summarize.ts';
import { verdictOf } from '../../harness/analysis/verdict.ts';
import { METRICS } from '../../harness/record/columns.ts';
import { MeanAccumulator } from '../../harness/analysis/statistics.ts';
import { costs } from '../export/synthetic.ts';

/** Seeded draws: this test may not fail by chance. */
function noise(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('statistics of comparisons', () => {
  test('the tail of Student’s t is 5% at its 97.5% quantile, and known elsewhere', () => {
    for (const v of [1, 2, 3, 5, 10, 30, 100]) expect(studentTail(studentT(v), v)).toBeCloseTo(0.05, 6);
    // t with one degree of freedom is Cauchy's: P(|T| > 1) = 1/2; with two, P(|T| > t) = 1 - t / sqrt(2 + t^2).
    expect(studentTail(1, 1)).toBeCloseTo(0.5, 12);
    expect(studentTail(-3, 2)).toBeCloseTo(1 - 3 / Math.sqrt(11), 12);
    expect(studentTail(0, 7)).toBe(1);
    expect(() => studentTail(1, 0)).toThrow(RangeError);
  });

  test('Fisher’s exact test: the tea-tasting lady, and equal shares', () => {
    // 3 of 4 against 1 of 4: (16 + 1 + 16 + 1) / 70.
    expect(fisherExact(3, 4, 1, 4)).toBeCloseTo(34 / 70, 10);
    expect(fisherExact(5, 10, 5, 10)).toBeCloseTo(1, 10);
    expect(fisherExact(0, 3000, 30, 3000)).toBeLessThan(1e-8);
    expect(() => fisherExact(5, 4, 0, 1)).toThrow(RangeError);
  });

  test('Benjamini and Hochberg’s example of 1995: four of fifteen at 5%', () => {
    const ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1];
    const out = adjusted(ps);
    expect(out.filter((p) => p <= 0.05)).toHaveLength(4);
    expect(out[0]).toBeCloseTo(0.0015, 10);
    expect(adjusted([...ps].reverse())).toEqual([...out].reverse());
  });

  test('95% intervals of ratios hold the true ratio in 93 to 97 of 100, paired and not', () => {
    const draw = noise(7);
    let [paired, unpaired] = [0, 0];
    const trials = 2000;
    for (let trial = 0; trial < trials; trial++) {
      const a = Array.from({ length: 5 }, () => 100 * (1 + 0.1 * draw()));
      const b = a.map((value) => 1.2 * value * (1 + 0.02 * draw()));
      const other = Array.from({ length: 6 }, () => 120 * (1 + 0.05 * draw()));
      const holds = ({ interval }: ReturnType<typeof pairedRatio>): boolean => interval!.low <= 1.2 && interval!.high >= 1.2;
      if (holds(pairedRatio(a.map((value, i) => [value, b[i]!])))) paired += 1;
      if (holds(unpairedRatio(a, other, 'positive'))) unpaired += 1;
    }
    for (const held of [paired, unpaired]) {
      expect(held / trials).toBeGreaterThan(0.93);
      expect(held / trials).toBeLessThan(0.975);
    }
  });

  test('pairs see through noise that seeds share', () => {
    const pairs = [100, 150, 80, 120].map((value) => [value, value * 1.1 + 0.1] as const);
    const paired = pairedRatio(pairs);
    expect(paired.ratio).toBeCloseTo(1.1009, 4);
    expect(paired.interval!.high - paired.interval!.low).toBeLessThan(0.002);
    const unpaired = unpairedRatio(
      pairs.map(([a]) => a),
      pairs.map(([, b]) => b),
      'positive',
    );
    expect(unpaired.interval!.high - unpaired.interval!.low).toBeGreaterThan(0.5);
  });

  test('what has no noise, no second value or no ratio says so', () => {
    expect(
      pairedRatio([
        [3, 3],
        [5, 5],
      ]),
    ).toMatchObject({ ratio: 1, p: 1, test: 'paired', why: '' });
    expect(
      pairedRatio([
        [3, 6],
        [5, 10],
      ]),
    ).toMatchObject({ ratio: 2, p: 0, interval: { low: 2, high: 2 } });
    expect(pairedRatio([[3, 4]])).toMatchObject({ interval: null, test: null, why: 'one pair has no interval: more replicates would' });
    expect(
      pairedRatio([
        [0, 4],
        [0, 5],
      ]),
    ).toMatchObject({ ratio: null, interval: null, test: 'paired' });
    expect(unpairedRatio([24, 24], [30, 30], 'positive')).toMatchObject({ ratio: 1.25, p: 0 });
    // Two replicates without a stale block are no proof that there are none.
    expect(unpairedRatio([0, 0], [0.04, 0.04], 'share')).toMatchObject({ test: null, p: null });
  });
});

const place = COMPARED.findIndex(({ metric }) => metric === 'finality_ms');
const priced = COMPARED.findIndex(({ metric }) => metric === 'usd_per_1000_tx');
const timed = COMPARED.findIndex(({ metric }) => metric === 'cpu_s_per_decision_measured');

/** A condition whose replicates have these values at one place, and ones of seed `seed`, `seed + 1` … */
function condition(key: string, values: readonly number[], { seed = 1, at = place, broken = false } = {}): RunCondition {
  const replicates = values.map((value, index) => ({
    seed: seed + index,
    values: COMPARED.map((_, metric) => (metric === at ? value : null)),
    violated: broken,
  }));
  const mean = new MeanAccumulator();
  for (const value of values) mean.add(value);
  const { length } = values;
  const metrics = Object.fromEntries(METRICS.map((metric) => [metric, metric === COMPARED[at]!.metric ? mean.result('positive') : null]));
  const tally = { violated: broken ? length : 0, known: length };
  const ok = { violated: 0, known: length };
  return {
    key,
    replicates,
    summary: {
      replicates: length,
      states: { done: length, stalled: 0, timeout: 0, failed: 0 },
      metrics,
      verdict: verdictOf({ replicates: length, risk: 0.001, safety: tally, durability: null, liveness: ok, finality: ok, attacks: null }),
    } as unknown as Summary,
  };
}

function run(conditions: readonly RunCondition[], rest: Partial<ComparedRun> = {}): ComparedRun {
  return {
    dir: 'x',
    suite: 'x',
    seed: 1,
    host: 'one',
    costs: { host: 'one', contents: 'table', doubt: null },
    doubts: { noisy: 0, hosts: 1, borrowed: false },
    kernels: [],
    conditions,
    version: '1',
    commit: null,
    node: '20',
    taken_at: '',
    ...rest,
  };
}
const verdictsOf = (a: ComparedRun, b: ComparedRun, threshold = 0.05) => {
  const comparison = compareRuns([a, b], { threshold });
  return { regression: comparison.regression, ...comparison.others[0]! };
};
const base = [100, 104, 96, 101, 99];

describe('the verdict on a figure', () => {
  test.each([
    ['the same bytes', base, 1, 'same'],
    ['a fifth more of what should be little', base.map((value, i) => value * 1.2 + 0.01 * i), 1, 'worse'],
    ['a fifth less', base.map((value, i) => value * 0.8 + 0.01 * i), 1, 'better'],
    ['more, but within the threshold', base.map((value, i) => value * 1.01 + 0.01 * i), 1, 'same'],
    ['a fifth more by other seeds', base.map((value, i) => value * 1.2 + 0.01 * i), 100, 'worse'],
    ['noise by other seeds', [90, 115, 99, 120, 85], 100, 'undecided'],
  ] as const)('%s: %#', (_what, values, seed, verdict) => {
    const { metrics, regression } = verdictsOf(run([condition('k', base)]), run([condition('k', values, { seed })]));
    expect(metrics.map((change) => change.verdict)).toEqual([verdict]);
    expect(metrics[0]!.test).toBe(seed === 1 ? 'paired' : 'unpaired');
    expect(regression).toBe(verdict === 'worse');
  });

  test('the threshold is what matters', () => {
    const values = base.map((value, i) => value * 1.2 + 0.01 * i);
    expect(verdictsOf(run([condition('k', base)]), run([condition('k', values)]), 0.25).metrics[0]!.verdict).toBe('same');
  });

  test('of 200 conditions in which nothing changed none is called worse, however often chance alone would', () => {
    const draw = noise(3);
    const sample = (): number[] => Array.from({ length: 5 }, () => 100 * (1 + 0.3 * draw()));
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
    const { metrics } = verdictsOf(
      run(keys.map((key) => condition(key, sample()))),
      run(keys.map((key) => condition(key, sample(), { seed: 100 }))),
    );
    expect(metrics.filter(({ p }) => p! <= 0.05).length).toBeGreaterThan(3);
    expect(counted(metrics)).toMatchObject({ worse: 0, better: 0 });
  });

  test('one replicate of the same seed that differs is undecided, with the reason', () => {
    const { metrics } = verdictsOf(run([condition('k', [100])]), run([condition('k', [150])]));
    expect(metrics[0]).toMatchObject({ verdict: 'undecided', ratio: 1.5, why: 'one pair has no interval: more replicates would' });
  });

  test('conditions of one run alone are named and not compared', () => {
    const { matched, only } = verdictsOf(
      run([condition('k', base), condition('a', base)]),
      run([condition('k', base), condition('b', base)]),
    );
    expect([matched, only.a.length, only.b.length]).toEqual([1, 1, 1]);
  });
});

describe('what a machine had a part in', () => {
  const worse = base.map((value) => value * 1.5);
  test('prices are judged with one cost table, and else shown', () => {
    const [a, b] = [condition('k', base, { at: priced }), condition('k', worse, { at: priced })];
    expect(verdictsOf(run([a]), run([b])).metrics[0]!.verdict).toBe('worse');
    const other = verdictsOf(run([a]), run([b], { costs: { host: 'one', contents: 'another', doubt: null } }));
    expect(other.metrics[0]).toMatchObject({ verdict: 'not judged', why: expect.stringContaining('another cost table') });
    expect(other.regression).toBe(false);
  });

  test('what a clock measured is judged on one host, unpaired, and else shown with a word', () => {
    const [a, b] = [condition('k', base, { at: timed }), condition('k', worse, { at: timed })];
    expect(verdictsOf(run([a]), run([b])).metrics[0]).toMatchObject({ verdict: 'worse', test: 'unpaired' });
    const other = verdictsOf(run([a]), run([b], { host: 'two' }));
    expect(other.metrics[0]).toMatchObject({ verdict: 'not judged', why: 'timed on different hosts' });
    expect(other.notes[0]).toContain('hosts differ');
  });

  const kernels = (factor: number, { control = 1, warning = null as string | null } = {}) =>
    costs.kernels.map((row) => {
      const times = row.backend === 'node-crypto' ? control : factor;
      const scaled = Object.fromEntries(
        (['rate_median', 'rate_ci95_low', 'rate_ci95_high'] as const).map((key) => [key, row[key] * times]),
      ) as Pick<typeof row, 'rate_median' | 'rate_ci95_low' | 'rate_ci95_high'>;
      return { ...row, ...scaled, warning };
    });
  const withKernels = (rows: ComparedRun['kernels'], contents: string, host = 'one'): ComparedRun =>
    run([], { kernels: rows, costs: { host, contents, doubt: null } });
  const verdicts = (b: ComparedRun): Set<string> =>
    new Set(
      verdictsOf(withKernels(kernels(1), 'a'), b).kernels.flatMap(({ a, verdict }) => (a.backend === 'node-crypto' ? [] : [verdict])),
    );

  test('kernels by their medians: slower ones are worse, on one host, without noise, while the machine stayed as it was', () => {
    expect(verdicts(withKernels(kernels(0.8), 'b'))).toEqual(new Set(['worse']));
    expect(verdicts(withKernels(kernels(1.3), 'b'))).toEqual(new Set(['better']));
    expect(verdicts(withKernels(kernels(1.001), 'b'))).toEqual(new Set(['same']));
    expect(verdicts(withKernels(kernels(0.8), 'b', 'two'))).toEqual(new Set(['not judged']));
    expect(verdicts(withKernels(kernels(0.8, { warning: 'noisy, ±9%' }), 'b'))).toEqual(new Set(['undecided']));
    expect(verdicts(withKernels(kernels(0.8, { control: 0.8 }), 'b'))).toEqual(new Set(['undecided']));
    expect(verdictsOf(withKernels(kernels(1), 'a'), withKernels(kernels(0.8), 'a')).kernels).toEqual([]);
  });
});

describe('verdicts on conditions', () => {
  test('one that held and is broken is worse, whatever the metrics say; the other way it is better', () => {
    const [holds, broken] = [condition('k', base), condition('k', base, { broken: true })];
    expect(verdictsOf(run([holds]), run([broken]))).toMatchObject({ regression: true, fates: [{ verdict: 'worse', p: 0.0625 }] });
    expect(verdictsOf(run([broken]), run([holds]))).toMatchObject({ regression: false, fates: [{ verdict: 'better' }] });
    expect(verdictsOf(run([holds]), run([holds])).fates).toEqual([]);
  });
  test('a cell without a result is worse', () => {
    const lost = condition('k', base);
    const summary = { ...lost.summary, states: { done: 4, stalled: 0, timeout: 1, failed: 0 } };
    expect(verdictsOf(run([condition('k', base)]), run([{ ...lost, summary }])).fates).toMatchObject([
      { verdict: 'worse', why: '1 of 5 cells timed out or failed' },
    ]);
  });
});
