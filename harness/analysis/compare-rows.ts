// A comparison as rows of text, which Markdown and the report share. Pure.
import type { MetricKind } from '../model/record.ts';
import { METRIC_KINDS, type Metric } from '../record/columns.ts';
import { COMPARED, type Change, type ChangeVerdict, type Comparison, type RunComparison } from './compare.ts';
import { MILLISECONDS, NUMBER, SHARE, estimateOf, joined, verdictText, type Form } from './estimate.ts';
import { number, plural } from './format.ts';
import { faultPhrase, faultShare } from './model.ts';
import { seriesOf } from './series.ts';
import type { MeanSummary } from './statistics.ts';
import type { Summary } from './summarize.ts';

/** What a row is of: a condition's metric, its verdict, or a kernel. */
export interface ComparedRow {
  /** The run that is held against A: `B`. */
  readonly run: string;
  readonly subject: string;
  /** The mechanism, for its colour; '' for a kernel. */
  readonly workload: string;
  readonly metric: string;
  readonly a: string;
  readonly b: string;
  readonly ratio: string;
  /** As numbers, for a figure. */
  readonly change: Pick<Change, 'ratio' | 'interval'> | null;
  readonly test: string;
  readonly verdict: ChangeVerdict;
  readonly why: string;
}

/** A, B, C …: what runs are called where they are compared. */
export const letter = (index: number): string => String.fromCharCode(65 + index);
export const MOST_RUNS = 26;

const formOf = (metric: Metric): Form => {
  const kind: MetricKind = METRIC_KINDS[metric];
  return /_ms(_|$)/.test(metric) ? MILLISECONDS : kind === 'share' ? SHARE : NUMBER;
};
const meanText = (mean: MeanSummary, { replicates }: Summary, metric: Metric): string =>
  joined(estimateOf(mean, replicates, formOf(metric)));

/** Three decimals where a ratio is near 1, since that is where they count. */
const ratioNumber = (ratio: number): string => (ratio >= 0.1 && ratio < 10 ? ratio.toFixed(3) : number(ratio, 3));

export function ratioText({ ratio, interval }: Pick<Change, 'ratio' | 'interval'>): string {
  if (ratio === null) return '–';
  if (interval === null || interval.low === interval.high) return ratioNumber(ratio);
  return `${ratioNumber(ratio)} (${ratioNumber(interval.low)} – ${ratioNumber(interval.high)})`;
}

const pText = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toPrecision(2)}`);

/** `paired, 5 seeds, p < 0.001` */
function testText({ test, values, p_adjusted, interval }: Change): string {
  if (test === null) return 'none';
  const what =
    test === 'paired'
      ? `paired, ${plural(values, 'seed')}`
      : test === 'unpaired'
        ? `unpaired, ${plural(values, 'value')}`
        : `medians, ${plural(values, 'sample')}`;
  // Without noise there is nothing to test.
  return test !== 'medians' && interval !== null && interval.low === interval.high
    ? `${what}, exact`
    : p_adjusted === null
      ? what
      : `${what}, ${pText(p_adjusted)}`;
}

/** What conditions are called in one run, by condition. */
export function conditionNames(conditions: readonly Summary[]): ReadonlyMap<Summary, string> {
  const names = new Map<Summary, string>();
  for (const { label, conditions: members } of seriesOf(conditions))
    for (const summary of members) {
      const { nodes, fault_kind, crypto } = summary.keys;
      const free = faultShare(summary) === 0 && fault_kind === 'crash';
      names.set(
        summary,
        [
          label,
          `n = ${nodes}`,
          ...(free ? [] : [`${fault_kind} ${faultPhrase(summary)}`]),
          ...(crypto === 'measured' ? ['measured'] : []),
        ].join(', '),
      );
    }
  return names;
}

/** Every row of a comparison: verdicts, then metrics, then kernels, each in the order of A, and of one figure run by run. */
export function comparedRows({ base, others }: Comparison): ComparedRow[] {
  const names = conditionNames(base.conditions.map(({ summary }) => summary));
  const places = new Map(base.conditions.map(({ key, summary }, place) => [key, { name: names.get(summary)!, summary, place }]));
  const rows: { readonly order: readonly [number, number, number]; readonly row: ComparedRow }[] = [];
  for (const [index, { fates, metrics, kernels, run }] of others.entries()) {
    const own = letter(index + 1);
    const theirs = new Map(run.conditions.map(({ key, summary }) => [key, summary]));
    for (const fate of fates) {
      const { name, summary, place } = places.get(fate.key)!;
      rows.push({
        order: [0, place, 0],
        row: {
          run: own,
          subject: name,
          workload: summary.keys.workload,
          metric: 'verdict',
          a: verdictText(fate.a),
          b: verdictText(fate.b),
          ratio: '–',
          change: null,
          test: fate.p === null ? 'none' : `exact, ${pText(fate.p)}`,
          verdict: fate.verdict,
          why: fate.why,
        },
      });
    }
    for (const change of metrics) {
      const { name, summary, place } = places.get(change.key)!;
      rows.push({
        order: [1, place, COMPARED.findIndex(({ metric }) => metric === change.metric)],
        row: {
          ...changeText(change, own),
          subject: name,
          workload: summary.keys.workload,
          metric: change.metric,
          a: meanText(change.a, summary, change.metric),
          b: meanText(change.b, theirs.get(change.key)!, change.metric),
        },
      });
    }
    for (const change of kernels) {
      const { kernel, backend, threads, unit } = change.a;
      rows.push({
        order: [2, base.kernels.indexOf(change.a), 0],
        row: {
          ...changeText(change, own),
          subject: `${kernel}, ${backend}${threads > 1 ? `, ${threads} threads` : ''}`,
          workload: '',
          metric: unit,
          a: number(change.a.rate_median, 3),
          b: number(change.b.rate_median, 3),
        },
      });
    }
  }
  rows.sort(({ order: x }, { order: y }) => x[0] - y[0] || x[1] - y[1] || x[2] - y[2]);
  return rows.map(({ row }) => row);
}

const changeText = (change: Change, run: string): Pick<ComparedRow, 'run' | 'ratio' | 'change' | 'test' | 'verdict' | 'why'> => ({
  run,
  ratio: ratioText(change),
  change,
  test: testText(change),
  verdict: change.verdict,
  why: change.why,
});

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;

/** The verdict of all in a sentence or three. */
export function comparisonSentences({ base, others, threshold, regression }: Comparison, rows: readonly ComparedRow[]): string[] {
  const count = (verdict: ChangeVerdict): number => rows.filter((row) => row.verdict === verdict).length;
  const runs = others.map((_, index) => letter(index + 1)).join(', ');
  const judged = rows.length - count('not judged');
  const what = `${plural(judged, 'figure')} of ${runs} against A, at a threshold of ${percent(threshold)}`;
  const counts = `${count('worse')} worse, ${count('better')} better, ${count('same')} the same, ${count('undecided')} undecided`;
  const matched = others.map(({ matched: pairs }, index) => `${letter(index + 1)} ${pairs}`).join(', ');
  return [
    regression ? `Regression: ${counts} (${what}).` : `No regression: ${counts} (${what}).`,
    `Conditions in common with the ${base.conditions.length} of A: ${matched}.${count('not judged') > 0 ? ` ${plural(count('not judged'), 'figure')} are shown and not judged.` : ''}`,
  ];
}

/** What is to be known of each run against A, and which conditions have no partner. */
export function comparisonNotes({ others }: Comparison): string[] {
  return others.flatMap((other, index) => {
    const own = letter(index + 1);
    return [...other.notes.map((note) => `${own}: ${note}`), ...unmatched(other, own), ...untested(other, own)];
  });
}

function unmatched({ only }: RunComparison, own: string): string[] {
  const named = (summaries: readonly Summary[]): string => {
    const names = [...conditionNames(summaries).values()];
    return names.length <= 3 ? names.join('; ') : `${names.slice(0, 3).join('; ')} and ${names.length - 3} more`;
  };
  return [
    ...(only.a.length === 0 ? [] : [`${own}: ${plural(only.a.length, 'condition')} of A not in it: ${named(only.a)}.`]),
    ...(only.b.length === 0 ? [] : [`${own}: ${plural(only.b.length, 'condition')} not in A: ${named(only.b)}.`]),
  ];
}

function untested({ metrics }: RunComparison, own: string): string[] {
  const single = metrics.filter(({ test, verdict }) => test === null && verdict === 'undecided');
  return single.length === 0
    ? []
    : [
        `${own}: ${plural(single.length, 'figure')} differ and cannot be tested, since there are too few replicates: run both with --replicates 5 or more.`,
      ];
}

/** The metrics that some row has, in the order of COMPARED. */
export function metricsIn(rows: readonly ComparedRow[]): string[] {
  const seen = new Set(rows.map(({ metric }) => metric));
  return COMPARED.map(({ metric }): string => metric).filter((metric) => seen.has(metric));
}
