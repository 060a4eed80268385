// The data of figures in files: tables for pgfplots and gnuplot, and those within Vega-Lite specifications.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../harness/analysis/answer.ts';
import { modelOf, type Model } from '../../harness/analysis/model.ts';
import type { Interval } from '../../harness/analysis/statistics.ts';
import type { Metric } from '../../harness/record/columns.ts';
import { answerFigure } from '../../harness/report/answer-plot.ts';
import { figureData } from '../../harness/report/figure-data.ts';
import type { Figure } from '../../harness/report/figure.ts';
import { reportFigures } from '../../harness/report/figures.ts';
import { vegaLiteOf } from '../../harness/report/vega-lite.ts';
import { openAt, saturated } from '../analysis/loaded.ts';
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
    for (const row of rowsOf(drawn(model, 'cost-throughput-tps')))
      closeTo(row, 'pbft', interval(model, Number(row['nodes']), 'throughput_tps'));
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

describe('data of figures', () => {
  const many = synthetic([4, 7], 3);
  const single = synthetic([7], 3);
  const queue = { capacity: 10_000, base_ms: 400, limit: 'uplink' } as const;
  const loaded = modelOf(digestOf([4, 16].flatMap((nodes) => [openAt({ nodes }, 1000, queue), saturated({ nodes }, queue)])));
  const measured = modelOf(syntheticDigest({ nodes: [4, 7], replicates: 3 }));

  it('say of every cost whether it is marginal or provisioned, and in which unit', () => {
    const { metrics } = summaryOf(single, 'pbft', 7);
    const rows = rowsOf(drawn(single, 'cost')).filter(({ series }) => series === 'pbft');
    expect(rows.map(({ panel, basis, unit }) => [panel, basis, unit])).toEqual([
      ['CPU-time', 'marginal', 'core-s/tx'],
      ['CPU-time', 'provisioned', 'core-s/tx'],
      ['Money', 'marginal', 'USD/1000-tx'],
      ['Money', 'provisioned', 'USD/1000-tx'],
      ['Finality', 'none', 's'],
      ['Latency', 'none', 's'],
      ['Throughput', 'none', 'tx/s'],
      ['Messages', 'none', 'messages/decision'],
      ['Bytes', 'none', 'B/decision'],
    ]);
    expect(rows[1]!['value']).toBe(String(metrics.cpu_s_per_tx_provisioned!.mean));
    const energy = rowsOf(drawn(single, 'energy')).filter(({ series }) => series === 'pbft');
    expect(energy.map(({ basis, unit, joules_per_tx }) => [basis, unit, Number(joules_per_tx)])).toEqual([
      ['marginal', 'J/tx', metrics.joules_per_tx!.mean],
      ['provisioned', 'J/tx', metrics.joules_per_tx_provisioned!.mean],
    ]);
    for (const id of ['cost', 'energy']) {
      const told = dataOf(drawn(single, id)).flatMap(({ series, basis, unit, x }) => (series === 'pbft' ? [[basis, unit, String(x)]] : []));
      const table = rowsOf(drawn(single, id)).filter(({ series }) => series === 'pbft');
      expect(told, id).toEqual(table.map((row) => [row['basis'], row['unit'], row[id === 'cost' ? 'value' : 'joules_per_tx']]));
    }
  });

  it('tell every row of a series from the others', () => {
    for (const model of [single, many, loaded, measured])
      for (const figure of reportFigures(model)) {
        const { x, y } = figure.columns;
        if (figure.byX || figure.id === 'throughput-latency') continue;
        const keys = rowsOf(figure).map((row) =>
          Object.entries(row)
            .flatMap(([name, value]) => ([x, y].some((one) => name.startsWith(one)) ? [] : [value]))
            .join(' '),
        );
        if (figure.panels.every(({ bars }) => bars.length === 0)) expect(new Set(keys).size, figure.id).toBe(keys.length);
      }
    const rates = rowsOf(drawn(loaded, 'throughput-latency')).filter(({ series }) => series !== 'knee');
    expect(new Set(rates.map(({ nodes, statistic }) => `${nodes} ${statistic}`))).toEqual(new Set(['4 p50', '4 p99', '16 p50', '16 p99']));
    const ranks = rowsOf(drawn(many, 'latency-distribution')).filter(({ series }) => series === 'pbft');
    expect(ranks.map(({ statistic }) => statistic)).toEqual(['p50', 'p95', 'p99']);
  });

  it('hold durations in the unit that the name of the file says', () => {
    for (const [id, metric] of [
      ['cost-finality-s', 'finality_ms'],
      ['cost-latency-s-p50', 'latency_ms_p50'],
    ] as const)
      for (const row of rowsOf(drawn(many, id)))
        expect(Number(row['pbft'])).toBeCloseTo(summaryOf(many, 'pbft', Number(row['nodes'])).metrics[metric]!.mean / 1000, 12);
    for (const model of [single, many, loaded, measured])
      for (const figure of reportFigures(model)) {
        const names = [figure.id, ...rowsOf(figure).flatMap((row) => Object.keys(row))];
        expect(names.filter((name) => /[-_]ms([-_]|$)/.test(name))).toEqual([]);
      }
  });

  it('have every file, column and unit in docs/figures.md', () => {
    const page = readFileSync(new URL('../../docs/figures.md', import.meta.url), 'utf8');
    const answered = syntheticDigest({ nodes: [7], replicates: 3, measured: false });
    const answer = answerFigure(answerOf(single, answered))!;
    for (const figure of [...[single, many, loaded, measured].flatMap(reportFigures), { ...answer, warning: '' }]) {
      const line = page.split('\n').find((one) => one.startsWith(`| \`${figure.id}.dat\``));
      expect(line, figure.id).toBeDefined();
      const columns = figure.byX ? ['nodes', 'SERIES', 'SERIES_low', 'SERIES_high'] : Object.keys(rowsOf(figure)[0]!);
      for (const column of columns) {
        const shown = column.startsWith('share_') ? 'share_FATE' : column;
        expect(
          [...line!.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
          `${figure.id} ${column}`,
        ).toContain(shown);
      }
      for (const { keys } of figure.panels.flatMap(({ lines }) => lines.flatMap(({ dots }) => dots)))
        if (keys?.['unit'] !== undefined) expect(line, figure.id).toContain(keys['unit']);
    }
  });
});
