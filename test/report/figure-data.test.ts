// The data of figures in files: tables for pgfplots and gnuplot, and those within Vega-Lite specifications.
import { describe, expect, it } from 'vitest';
import { modelOf, type Model } from '../../harness/analysis/model.ts';
import type { Interval } from '../../harness/analysis/statistics.ts';
import type { Metric } from '../../harness/record/columns.ts';
import { figureData } from '../../harness/report/figure-data.ts';
import type { Figure } from '../../harness/report/figure.ts';
import { reportFigures } from '../../harness/report/figures.ts';
import { vegaLiteOf } from '../../harness/report/vega-lite.ts';
import { openAt } from '../analysis/loaded.ts';
import { digestOf } from '../export/digest-of.ts';
import { syntheticDigest } from '../export/synthetic-digest.ts';

type Row = Readonly<Record<string, string>>;

/** A table's rows, by the names in its head. */
function rowsOf(figure: Figure): Row[] {
  const [head, ...rows] = figureData(figure)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
  expect(new Set(head).size, figure.id).toBe(head!.length);
  return rows.map((row) => {
    expect(row, figure.id).toHaveLength(head!.length);
    return Object.fromEntries(head!.map((name, index) => [name, row[index]!]));
  });
}

type Datum = Readonly<Record<string, unknown>>;
interface View {
  readonly data?: { readonly values: readonly Datum[] };
  readonly concat?: readonly View[];
}
/** What a specification's panels hold. */
function dataOf(figure: Figure): Datum[] {
  const all = ({ data, concat }: View): Datum[] => [...(data?.values ?? []), ...(concat ?? []).flatMap(all)];
  return all(vegaLiteOf(figure) as View);
}

const drawn = (model: Model, id: string): Figure => reportFigures(model).find((one) => one.id === id)!;
const synthetic = (nodes: readonly number[], replicates: number): Model => modelOf(syntheticDigest({ nodes, replicates, measured: false }));
const summaryOf = ({ series }: Model, label: string, nodes: number) =>
  series
    .find((one) => one.label === label)!
    .conditions.find(({ keys }) => keys.nodes === nodes && (keys.fault_ratio === 0 || keys.fault_count === 0))!;

describe('with two replicates', () => {
  const interval = (model: Model, nodes: number, metric: Metric): Interval => summaryOf(model, 'pbft', nodes).metrics[metric]!.ci95!;
  const closeTo = (row: Row, name: string, { low, high }: Interval): void => {
    expect(Number(row[`${name}_low`]) / low, name).toBeCloseTo(1, 9);
    expect(Number(row[`${name}_high`]) / high, name).toBeCloseTo(1, 9);
    expect(high).toBeGreaterThan(low);
  };

  it('_low and _high are the ends of the 95% interval of the records over the number of nodes', () => {
    const model = synthetic([4, 7], 2);
    for (const row of rowsOf(drawn(model, 'cost-cpu-s-per-tx')))
      closeTo(row, 'pbft', interval(model, Number(row['nodes']), 'cpu_s_per_tx'));
  });

  it('_low and _high are the ends of the 95% interval of the records in rows by mechanism', () => {
    const model = synthetic([7], 2);
    const cost = drawn(model, 'cost');
    const row = rowsOf(cost).find(({ panel, series }) => panel === 'Throughput' && series === 'pbft')!;
    closeTo(row, 'value', interval(model, 7, 'throughput_tps'));
    const { x_low, x_high, x_drawn } = dataOf(cost).find(({ x, series }) => String(x) === row['value'] && series === 'pbft')!;
    expect([String(x_low), String(x_high), x_drawn]).toEqual([row['value_low'], row['value_high'], 'both']);
  });

  it('_low and _high are the ends of the 95% interval of the records under load, where the picture shows none', () => {
    const queue = { capacity: 10_000, base_ms: 400, limit: 'uplink', replicates: 2 } as const;
    const model = modelOf(digestOf([1000, 8000].map((tps) => openAt({ nodes: 4 }, tps, queue))));
    const figure = drawn(model, 'throughput-latency');
    const [{ points }] = model.curves as [Model['curves'][number]];
    for (const { achieved_tps } of points)
      closeTo(
        rowsOf(figure).find((row) => row['achieved_tps'] === String(achieved_tps.mean))!,
        'achieved_tps',
        achieved_tps.ci95!,
      );
    expect(new Set(dataOf(figure).flatMap(({ x_drawn }) => x_drawn ?? []))).toEqual(new Set(['hidden']));
  });
});
