// Two or more runs held against the first of them: matched conditions and kernels, how many times as much, with an interval and a test
// that suits the data, and a verdict. Pure; docs/method.md says what each figure means.
import type { KernelMeasurement } from '../measure/costs.ts';
import type { RunDoubts } from './doubts.ts';
import type { MetricKind } from '../model/record.ts';
import { METRIC_KINDS, type Metric } from '../record/columns.ts';
import { adjusted, binomialAtMost, fisherExact, studentT, studentTail, type Interval, type MeanSummary } from './statistics.ts';
import type { Summary } from './summarize.ts';
import { PROPERTIES, type Evidence } from './verdict.ts';

/** Adjusted p up to which a change is one. */
const LEVEL = 0.05;
/** 97.5% quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** What a metric's figures depend on: draws alone; draws and a cost table; a clock. */
export type Basis = 'simulated' | 'priced' | 'timed';

interface ComparedMetric {
  readonly metric: Metric;
  /** Which way is better. */
  readonly better: 'less' | 'more';
  readonly basis: Basis;
}

/** What is compared, in the order of tables. The others are parts of these, or settings. */
export const COMPARED: readonly ComparedMetric[] = [
  { metric: 'throughput_tps', better: 'more', basis: 'simulated' },
  { metric: 'latency_ms_p50', better: 'less', basis: 'simulated' },
  { metric: 'latency_ms_p95', better: 'less', basis: 'simulated' },
  { metric: 'latency_ms_p99', better: 'less', basis: 'simulated' },
  { metric: 'finality_ms', better: 'less', basis: 'simulated' },
  { metric: 'messages_per_decision', better: 'less', basis: 'simulated' },
  { metric: 'bytes_per_decision', better: 'less', basis: 'simulated' },
  { metric: 'view_changes', better: 'less', basis: 'simulated' },
  { metric: 'stale_rate', better: 'less', basis: 'simulated' },
  { metric: 'chain_quality', better: 'more', basis: 'simulated' },
  { metric: 'hashes_per_decision', better: 'less', basis: 'priced' },
  { metric: 'cpu_s_per_tx', better: 'less', basis: 'priced' },
  { metric: 'cpu_s_per_tx_provisioned', better: 'less', basis: 'priced' },
  { metric: 'joules_per_tx', better: 'less', basis: 'priced' },
  { metric: 'joules_per_tx_provisioned', better: 'less', basis: 'priced' },
  { metric: 'usd_per_1000_tx', better: 'less', basis: 'priced' },
  { metric: 'usd_per_1000_tx_provisioned', better: 'less', basis: 'priced' },
  { metric: 'cpu_s_per_decision_measured', better: 'less', basis: 'timed' },
];

/** A replicate as it is compared. */
export interface Replicate {
  readonly seed: number;
  /** By the place of the metric in COMPARED; null where it has none. */
  readonly values: readonly (number | null)[];
  /** Something that must hold was violated. */
  readonly violated: boolean;
}

export interface RunCondition {
  /** Equal in two runs for the same condition, whatever the suite's seed and the version. */
  readonly key: string;
  readonly summary: Summary;
  readonly replicates: readonly Replicate[];
}

/** A run as it is compared. */
export interface ComparedRun {
  readonly dir: string;
  readonly suite: string;
  readonly seed: number;
  /** What it was made on: equal for one machine, different for two that are not alike. */
  readonly host: string;
  /** What its cost table was measured on, and its contents. */
  readonly costs: { readonly host: string; readonly contents: string; readonly doubt: string | null };
  readonly doubts: RunDoubts;
  readonly kernels: readonly KernelMeasurement[];
  readonly conditions: readonly RunCondition[];
  /** For tables: version, commit, Node, start. */
  readonly version: string;
  readonly commit: string | null;
  readonly node: string;
  readonly taken_at: string;
}

/** `paired`: by the same seeds; `unpaired`: Welch; `medians`: of timing samples; `exact`: of counts. */
export type TestKind = 'paired' | 'unpaired' | 'medians' | 'exact';
export type ChangeVerdict = 'same' | 'better' | 'worse' | 'undecided' | 'not judged';

/** A figure of one run against that of the first. */
export interface Change {
  readonly verdict: ChangeVerdict;
  /** B ÷ A; null where one of them is 0. */
  readonly ratio: number | null;
  /** 95%; null: nothing to make one of. */
  readonly interval: Interval | null;
  readonly test: TestKind | null;
  /** Pairs, or the smaller number of values. */
  readonly values: number;
  readonly p: number | null;
  /** Of all tests of the comparison together. */
  readonly p_adjusted: number | null;
  /** Why it is not judged or undecided; '' where nothing need be said. */
  readonly why: string;
}

export interface MetricChange extends Change {
  readonly key: string;
  readonly metric: Metric;
  readonly better: 'less' | 'more';
  readonly basis: Basis;
  readonly a: MeanSummary;
  readonly b: MeanSummary;
}

export interface KernelChange extends Change {
  readonly a: KernelMeasurement;
  readonly b: KernelMeasurement;
}

/** What became of a condition, in the words of its verdict. */
export interface FateChange {
  readonly key: string;
  readonly a: Summary;
  readonly b: Summary;
  readonly verdict: ChangeVerdict;
  /** Exact, two-sided: McNemar's where seeds match, else Fisher's. Null where nothing was counted. */
  readonly p: number | null;
  readonly why: string;
}

/** A run against the first. */
export interface RunComparison {
  readonly run: ComparedRun;
  readonly metrics: readonly MetricChange[];
  readonly kernels: readonly KernelChange[];
  /** Those that differ. */
  readonly fates: readonly FateChange[];
  readonly matched: number;
  /** Conditions of one of the two alone. */
  readonly only: { readonly a: readonly Summary[]; readonly b: readonly Summary[] };
  /** What is to be known of the pair: other hosts, other cost tables, a machine that drifted. */
  readonly notes: readonly string[];
}

export interface Comparison {
  readonly threshold: number;
  readonly base: ComparedRun;
  readonly others: readonly RunComparison[];
  /** Something is worse: what a gate fails on. */
  readonly regression: boolean;
}

/** The first run against each of the others. `threshold`: a change up to this share is none that matters. */
export function compareRuns(runs: readonly ComparedRun[], { threshold }: { threshold: number }): Comparison {
  const [base, ...rest] = runs;
  const others = rest.map((run) => compareTwo(base, run, threshold));
  const worse = ({ verdict }: { verdict: ChangeVerdict }): boolean => verdict === 'worse';
  return {
    threshold,
    base,
    others,
    regression: others.some(({ metrics, kernels, fates }) => metrics.some(worse) || kernels.some(worse) || fates.some(worse)),
  };
}

/** Before tests that stand together are adjusted: no verdict yet. */
type Untold<T> = Omit<T, 'p_adjusted' | 'verdict'> & { readonly better: 'less' | 'more'; readonly barred: boolean };

function compareTwo(a: ComparedRun, b: ComparedRun, threshold: number): RunComparison {
  const others = new Map(b.conditions.map((condition) => [condition.key, condition]));
  const pairs = a.conditions.flatMap((one) => {
    const other = others.get(one.key);
    return other === undefined ? [] : [{ a: one, b: other }];
  });
  const known = new Set(pairs.map(({ a: { key } }) => key));
  const sameHost = a.host === b.host;
  const sameTable = a.costs.contents === b.costs.contents;
  const sameCostHost = a.costs.host === b.costs.host;
  const drift = sameTable ? null : driftOf(a.kernels, b.kernels);
  const metrics = pairs.flatMap((pair) =>
    COMPARED.flatMap((compared, place) => {
      const { basis } = compared;
      const barred =
        basis === 'priced' && !sameTable
          ? 'priced with another cost table: its counts and the kernels are judged'
          : basis === 'timed' && !sameHost
            ? 'timed on different hosts'
            : '';
      return metricChange(pair, compared, place, barred) ?? [];
    }),
  );
  const kernels = sameTable
    ? []
    : a.kernels.flatMap((row) => {
        const other = b.kernels.find(
          ({ kernel, backend, threads }) => kernel === row.kernel && backend === row.backend && threads === row.threads,
        );
        if (other === undefined) return [];
        const doubts = [a.costs.doubt, b.costs.doubt, row.warning, other.warning].filter((doubt) => doubt !== null);
        const why = !sameCostHost
          ? { text: 'timed on different hosts', barred: true }
          : CONTROLS.has(row.backend)
            ? { text: 'no code of this project: a yardstick of the machine', barred: true }
            : drift !== null && Math.abs(drift - 1) > threshold
              ? { text: 'the machine drifted', barred: false }
              : { text: doubts[0] ?? '', barred: false };
        return [kernelChange(row, other, why)];
      });
  return {
    run: b,
    metrics: told(metrics, threshold),
    kernels: told(kernels, threshold),
    fates: pairs.flatMap((pair) => fateChange(pair) ?? []),
    matched: pairs.length,
    only: {
      a: a.conditions.filter(({ key }) => !known.has(key)).map(({ summary }) => summary),
      b: b.conditions.filter(({ key }) => !known.has(key)).map(({ summary }) => summary),
    },
    notes: [
      ...(sameHost ? [] : ['The hosts differ: what a clock measured is shown and not judged.']),
      ...(sameTable
        ? ['Both are priced with the same cost table: costs differ by their counts alone, and there are no kernels to compare.']
        : [
            'The cost tables differ, so prices are shown and not judged: counts are, and the kernels behind the prices.' +
              (sameCostHost ? '' : ' The tables are of different hosts.'),
          ]),
      ...(drift === null || !sameCostHost || Math.abs(drift - 1) <= threshold
        ? []
        : [`The machine itself ran ${drift.toFixed(2)} times as fast by node:crypto, which is not of this project: no kernel is judged.`]),
    ],
  };
}

/** Backends that this project does not write: what they do from run to run is the machine's doing. */
const CONTROLS: ReadonlySet<string> = new Set(['node-crypto', 'node-fs']);

/** Median over node:crypto's kernels of how many times as fast they ran; null without any. */
function driftOf(a: readonly KernelMeasurement[], b: readonly KernelMeasurement[]): number | null {
  const ratios = a
    .filter(({ backend }) => backend === 'node-crypto')
    .flatMap((row) => {
      const other = b.find(({ kernel, backend, threads }) => kernel === row.kernel && backend === row.backend && threads === row.threads);
      return other === undefined ? [] : [other.rate_median / row.rate_median];
    })
    .sort((x, y) => x - y);
  return ratios.length === 0 ? null : ratios[Math.floor(ratios.length / 2)];
}

interface Pair {
  readonly a: RunCondition;
  readonly b: RunCondition;
}

/** Values of the same seeds side by side. */
function sameSeeds({ a, b }: Pair, place: number): [number, number][] {
  const bySeed = new Map(b.replicates.map(({ seed, values }) => [seed, values[place]]));
  return a.replicates.flatMap(({ seed, values }): [number, number][] => {
    const one = values[place];
    const other = bySeed.get(seed) ?? null;
    return one === null || other === null ? [] : [[one, other]];
  });
}

function metricChange(pair: Pair, { metric, better, basis }: ComparedMetric, place: number, barred: string): Untold<MetricChange> | null {
  const a = pair.a.summary.metrics[metric];
  const b = pair.b.summary.metrics[metric];
  // Where no mean stands, the fate of the condition says what there is to say.
  if (a === null || b === null) return null;
  const paired = sameSeeds(pair, place);
  const valuesOf = ({ replicates }: RunCondition): number[] => replicates.flatMap(({ values }) => values[place] ?? []);
  // What a clock measured has noise that seeds do not share.
  const compared =
    paired.length > 0 && basis !== 'timed' ? pairedRatio(paired) : unpairedRatio(valuesOf(pair.a), valuesOf(pair.b), METRIC_KINDS[metric]);
  return { key: pair.a.key, metric, better, basis, a, b, ...compared, why: barred === '' ? compared.why : barred, barred: barred !== '' };
}

type Compared = Pick<Change, 'ratio' | 'interval' | 'test' | 'values' | 'p' | 'why'>;

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Differences of sums of floats below this share of their size are rounding. */
const ROUNDING = 1e-12;

/** Without noise to make an interval of. */
const plainRatio = (ratio: number | null, values: number, test: TestKind | null, why: string): Compared => ({
  ratio,
  interval: ratio !== null && test !== null ? { low: ratio, high: ratio } : null,
  test,
  values,
  p: test === null ? null : ratio === 1 ? 1 : 0,
  why,
});

const FROM_NOTHING = 'no ratio, since one of the two is 0';

/**
 * Ratio of means of values that belong together: on the logarithm, by the delta method, the residuals of a pair being
 * b ÷ mean b − a ÷ mean a (W. G. Cochran, Sampling Techniques, 1977, section 6), with Student's t. Where one mean is 0, the t test of differences.
 */
export function pairedRatio(pairs: readonly (readonly [number, number])[]): Compared {
  const k = pairs.length;
  if (pairs.every(([a, b]) => a === b)) return plainRatio(1, k, 'paired', '');
  const [meanA, meanB] = [meanOf(pairs.map(([a]) => a)), meanOf(pairs.map(([, b]) => b))];
  const whole = meanA !== 0 && meanB !== 0;
  const ratio = whole ? meanB / meanA : null;
  if (k < 2) return plainRatio(ratio, k, null, 'one pair has no interval: more replicates would');
  const residuals = pairs.map(([a, b]) => (whole ? b / meanB - a / meanA : b - a));
  const error = deviationOf(residuals) / Math.sqrt(k);
  const shift = whole ? Math.log(meanB / meanA) : meanB - meanA;
  if (error <= ROUNDING * (whole ? 1 : Math.abs(shift))) return plainRatio(ratio, k, 'paired', whole ? '' : FROM_NOTHING);
  return tested({ ratio, shift, error, degrees: k - 1, values: k, test: 'paired', whole });
}

/**
 * Ratio of means of two samples: on the logarithm, by the delta method, with B. L. Welch's degrees of freedom (Biometrika 34, 1947), rounded
 * down. Shares and counts that are all alike tell nothing of their noise: none seen is not none possible.
 */
export function unpairedRatio(a: readonly number[], b: readonly number[], kind: MetricKind): Compared {
  const values = Math.min(a.length, b.length);
  if (values === 0) return plainRatio(null, 0, null, 'one of the two has no value');
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  const whole = meanA !== 0 && meanB !== 0;
  const ratio = meanA === meanB ? 1 : whole ? meanB / meanA : null;
  if (values < 2) return plainRatio(ratio, values, null, 'one value has no interval: more replicates would');
  const variance = (sample: readonly number[], scale: number): number => (deviationOf(sample) / scale) ** 2 / sample.length;
  const [va, vb] = [variance(a, whole ? meanA : 1), variance(b, whole ? meanB : 1)];
  const error = Math.sqrt(va + vb);
  const shift = whole ? Math.log(meanB / meanA) : meanB - meanA;
  if (error <= ROUNDING * (whole ? 1 : Math.abs(shift))) {
    if (kind !== 'positive' && ratio !== 1)
      return plainRatio(ratio, values, null, 'values that are all alike have no interval: more replicates would');
    return plainRatio(ratio, values, 'unpaired', whole || ratio === 1 ? '' : FROM_NOTHING);
  }
  const degrees = Math.max(1, Math.floor((va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1))));
  return tested({ ratio, shift, error, degrees, values, test: 'unpaired', whole });
}

function tested(found: {
  ratio: number | null;
  shift: number;
  error: number;
  degrees: number;
  values: number;
  test: TestKind;
  whole: boolean;
}): Compared {
  const { ratio, shift, error, degrees, values, test, whole } = found;
  const half = studentT(degrees) * error;
  return {
    ratio,
    interval: whole ? { low: Math.exp(shift - half), high: Math.exp(shift + half) } : null,
    test,
    values,
    p: studentTail(shift / error, degrees),
    why: whole ? '' : FROM_NOTHING,
  };
}

/**
 * Ratio of two medians, each with an interval of its own: their logarithms' intervals joined by the distances of their ends from the medians
 * (G. Y. Zou and A. Donner, Statistics in Medicine 27, 2008). It knows the noise within each process, and none between
 * processes. Student's t of as many degrees of freedom as the smaller sample has.
 */
function kernelChange(a: KernelMeasurement, b: KernelMeasurement, doubt: { text: string; barred: boolean }): Untold<KernelChange> {
  const log = ({ rate_median, rate_ci95_low, rate_ci95_high }: KernelMeasurement) => ({
    middle: Math.log(rate_median),
    below: Math.log(rate_median / rate_ci95_low),
    above: Math.log(rate_ci95_high / rate_median),
  });
  const [x, y] = [log(a), log(b)];
  const shift = y.middle - x.middle;
  const below = Math.hypot(y.below, x.above);
  const above = Math.hypot(y.above, x.below);
  const error = (shift > 0 ? below : above) / Z;
  return {
    a,
    b,
    better: 'more',
    ratio: Math.exp(shift),
    interval: { low: Math.exp(shift - below), high: Math.exp(shift + above) },
    test: 'medians',
    values: Math.min(a.samples, b.samples),
    p: shift === 0 ? 1 : error === 0 ? 0 : studentTail(shift / error, Math.max(1, Math.min(a.samples, b.samples) - 1)),
    why: doubt.text,
    // A noisy measurement is compared and decides nothing.
    barred: doubt.barred,
  };
}

/** Verdicts, by the p values of all tests together. Figures that are equal or without noise are no tests. */
function told<T extends Change>(changes: readonly Untold<T>[], threshold: number): T[] {
  const isTest = ({ p, barred, interval }: Untold<Change>): boolean =>
    !barred && p !== null && p > 0 && (interval === null || interval.low < interval.high);
  const ps = adjusted((changes as readonly Untold<Change>[]).filter(isTest).map(({ p }) => p!));
  let next = 0;
  return (changes as readonly Untold<Change>[]).map(({ barred, ...change }) => {
    const p_adjusted = isTest({ ...change, barred }) ? ps[next++] : change.p;
    return { ...change, p_adjusted, verdict: barred ? 'not judged' : verdictOf({ ...change, p_adjusted }, threshold) } as unknown as T;
  });
}

/**
 * Worse (or better): by more than the threshold, and not by chance. Same: the whole interval within the threshold. Else undecided.
 */
function verdictOf(change: Omit<Change, 'verdict'> & { readonly better: 'less' | 'more' }, threshold: number): ChangeVerdict {
  const { ratio, interval, p_adjusted, test, better, why } = change;
  if (ratio === 1 && interval !== null && interval.low === interval.high) return 'same';
  if (test === null || (test === 'medians' && why !== '')) return 'undecided';
  const significant = p_adjusted !== null && p_adjusted <= LEVEL;
  if (ratio === null) {
    // From nothing, or to nothing: more than any threshold.
    const grew = (change as MetricChange).b.mean > (change as MetricChange).a.mean;
    return significant ? (grew === (better === 'more') ? 'better' : 'worse') : 'undecided';
  }
  if (significant && Math.abs(ratio - 1) > threshold) return ratio > 1 === (better === 'more') ? 'better' : 'worse';
  return interval !== null && interval.low >= 1 - threshold && interval.high <= 1 + threshold ? 'same' : 'undecided';
}

const gravity = ({ verdict }: Summary): number =>
  verdict.verdict === 'holds' ? 0 : verdict.verdict === 'undecided' ? 1 : 2 + PROPERTIES.length - PROPERTIES.indexOf(verdict.property!);

const lost = ({ states }: Summary): number => states.timeout + states.failed;

/** Null where both came to the same. */
function fateChange(pair: Pair): FateChange | null {
  const { a, b } = { a: pair.a.summary, b: pair.b.summary };
  const [before, after] = [gravity(a), gravity(b)];
  const base = { key: pair.a.key, a, b, p: fateTest(pair) };
  if (lost(a) === 0 && lost(b) > 0) return { ...base, verdict: 'worse', why: `${lost(b)} of ${b.replicates} cells timed out or failed` };
  if (lost(a) > 0 && lost(b) === 0)
    return { ...base, verdict: 'better', why: `${lost(a)} of ${a.replicates} cells had timed out or failed` };
  if (before === after) return null;
  // A verdict that is open on either side tells of no change.
  if (before === 1 || after === 1) return { ...base, verdict: 'undecided', why: 'one of the two decides nothing' };
  return { ...base, verdict: after > before ? 'worse' : 'better', why: '' };
}

/** Chance of so different counts, or more different ones, from one rate. */
function fateTest({ a, b }: Pair): number | null {
  const hits = ({ hits: of, trials }: Evidence): [number, number] => [of, trials];
  const { verdict: va } = a.summary;
  const { verdict: vb } = b.summary;
  if (va.counted === 'attacks' && vb.counted === 'attacks') return fisherExact(...hits(va), ...hits(vb));
  const bySeed = new Map(b.replicates.map(({ seed, violated }) => [seed, violated]));
  const paired = a.replicates.flatMap(({ seed, violated }) => (bySeed.has(seed) ? [[violated, bySeed.get(seed)!] as const] : []));
  if (paired.length > 0) {
    const came = paired.filter(([before, after]) => !before && after).length;
    const went = paired.filter(([before, after]) => before && !after).length;
    // McNemar's test in its exact form: of the pairs that differ half would go each way.
    return came + went === 0 ? 1 : Math.min(1, 2 * binomialAtMost(Math.min(came, went), came + went, 0.5));
  }
  const count = ({ replicates }: RunCondition): [number, number] => [
    replicates.filter(({ violated }) => violated).length,
    replicates.length,
  ];
  return a.replicates.length === 0 || b.replicates.length === 0 ? null : fisherExact(...count(a), ...count(b));
}

/** How many of each verdict. */
export function counted(changes: readonly { readonly verdict: ChangeVerdict }[]): Readonly<Record<ChangeVerdict, number>> {
  const counts = { same: 0, better: 0, worse: 0, undecided: 0, 'not judged': 0 };
  for (const { verdict } of changes) counts[verdict] += 1;
  return counts;
}
