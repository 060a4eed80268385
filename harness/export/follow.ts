// The figures of a run that tools follow from commit to commit: input of github-action-benchmark. Pure.
import { COST_METRICS } from '../analysis/costs.ts';
import { estimateOf, NUMBER } from '../analysis/estimate.ts';
import { faultFreeRows, modelOf, type Model } from '../analysis/model.ts';
import type { RunDigest } from '../analysis/digest.ts';
import { RECORD_COLUMNS, type Metric } from '../record/columns.ts';
import { benchmarkJson, kernelEntries, type BenchmarkEntry } from './kernels.ts';

/** Of these less is better. */
const COSTS: readonly Metric[] = [
  ...COST_METRICS,
  'messages_per_decision',
  'bytes_per_decision',
  'latency_ms_p50',
  'latency_ms_p99',
  'finality_ms',
];

/** Of every condition without faults, those of these metrics that have a mean. Names stay as long as the suite does. */
function entries({ series, nodes }: Model, metrics: readonly Metric[]): BenchmarkEntry[] {
  return faultFreeRows(series, nodes).flatMap(({ series: { label }, nodes: n, summary }) =>
    metrics.flatMap((metric): BenchmarkEntry[] => {
      const value = summary.metrics[metric];
      if (value === null) return [];
      const { interval } = estimateOf(value, summary.replicates, NUMBER);
      const { ci95 } = value;
      return [
        {
          name: `${label}, n = ${n}: ${metric}`,
          unit: RECORD_COLUMNS.find(({ name }) => name === metric)!.unit,
          value: value.mean,
          ...(interval.startsWith('±') ? { range: interval.replace('±', '± ') } : {}),
          extra: `${ci95 === null ? 'no interval' : `95% interval ${ci95.low} to ${ci95.high}`}, ${value.count} of ${summary.replicates} replicates`,
        },
      ];
    }),
  );
}

/** For the tool `customSmallerIsBetter`. */
export const costsBenchmark = (digest: RunDigest, model = modelOf(digest)): string => benchmarkJson(entries(model, COSTS));

/** For the tool `customBiggerIsBetter`: the kernels' rates, and what each condition committed a second. */
export const ratesBenchmark = (digest: RunDigest, model = modelOf(digest)): string =>
  benchmarkJson([...kernelEntries(digest.run.costs.kernels), ...entries(model, ['throughput_tps'])]);
