// The throughput–latency curve: achieved rate against latency, with the knee. Axes are logarithmic where values span a decade.
import type { TopLevelSpec } from 'vega-lite';
import { draw } from './drawing.ts';
import { COLOURS, DASHES, SHAPES } from './marks.ts';
import { INK, MAX_SERIES, PAPER, config, logTicks, tickLabels } from './plots.ts';

export interface RateMark {
  /** Index of its series. */
  readonly series: number;
  /** Offered transactions a second: the order along a line. */
  readonly order: number;
  /** Achieved transactions a second, and its interval where there is one. */
  readonly x: number;
  readonly xLow: number;
  readonly xHigh: number;
  /** Latency in seconds, and its interval. */
  readonly y: number;
  readonly yLow: number;
  readonly yHigh: number;
  readonly rank: 'p50' | 'p99';
  /** What hovering and a screen reader say. */
  readonly text: string;
}
export interface KneeMark {
  readonly series: number;
  readonly x: number;
  /** p99 in seconds there; null where there is none. */
  readonly y: number | null;
  readonly text: string;
}
export interface RatePlot {
  readonly description: string;
  /** At most MAX_SERIES. */
  readonly series: readonly string[];
  readonly marks: readonly RateMark[];
  readonly knees: readonly KneeMark[];
  readonly width: number;
  readonly height: number;
}

/** Round ticks from 0 on, five at the most. */
function linearTicks(high: number): number[] {
  const raw = high / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!;
  return Array.from({ length: Math.floor(high / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

/** Scale and axis for positive values: logarithmic from a span of ten on, else linear from 0. Each label takes so many pixels. */
function axisFor(values: readonly number[], pixels: number, labelPixels: number) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (most / least < 10) {
    const domain = [0, most * 1.08];
    const ticks = linearTicks(domain[1]);
    return { scale: { type: 'linear' as const, domain, nice: false }, axis: { values: ticks, labelExpr: tickLabels(ticks), tickSize: 4 } };
  }
  const domain = [least / 1.3, most * 1.3];
  const ticks = logTicks(domain[0], domain[1]);
  const every = Math.max(1, Math.ceil((ticks.length * labelPixels) / pixels));
  const kept = ticks.filter((_, index) => index % every === 0);
  return { scale: { type: 'log' as const, domain, nice: false }, axis: { values: kept, labelExpr: tickLabels(kept), tickSize: 4 } };
}

/** Null where there is neither a rate with a latency nor a knee. */
export async function ratePlot(plot: RatePlot): Promise<string | null> {
  if (plot.series.length > MAX_SERIES) throw new RangeError(`at most ${MAX_SERIES} series in a drawing, got ${plot.series.length}`);
  const { marks } = plot;
  const placed = plot.knees.filter((knee): knee is KneeMark & { readonly y: number } => knee.y !== null);
  const xs = [...marks.flatMap(({ x, xLow, xHigh }) => [x, xLow, xHigh]), ...plot.knees.map(({ x }) => x)].filter((value) => value > 0);
  const ys = [...marks.flatMap(({ y, yLow, yHigh }) => [y, yLow, yHigh]), ...placed.map(({ y }) => y)].filter((value) => value > 0);
  if (xs.length === 0 || ys.length === 0) return null;
  const of = (field: 'series', range: readonly unknown[]) => ({
    field,
    type: 'nominal' as const,
    scale: { domain: plot.series.map((_, index) => index), range: plot.series.map((_, index) => range[index]) as string[] },
    legend: null,
  });
  const colour = of('series', COLOURS);
  const dash = of('series', DASHES);
  const shape = of('series', SHAPES);
  const x = { field: 'x', type: 'quantitative' as const, title: 'transactions per second', ...axisFor(xs, plot.width, 45) };
  const y = { field: 'y', type: 'quantitative' as const, title: 'latency in seconds', ...axisFor(ys, plot.height, 25) };
  const byRank = (rank: RateMark['rank']) => ({ values: marks.filter((mark) => mark.rank === rank).map((mark) => ({ ...mark })) });
  const line = (rank: RateMark['rank'], strokeWidth: number) => ({
    data: byRank(rank),
    mark: { type: 'line' as const, strokeWidth, aria: false },
    encoding: {
      x,
      y,
      color: colour,
      strokeDash: dash,
      detail: { field: 'series' },
      order: { field: 'order', type: 'quantitative' as const },
    },
  });
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: plot.width,
    height: plot.height,
    config,
    layer: [
      {
        data: byRank('p99'),
        mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.55, aria: false },
        encoding: { x, y: { ...y, field: 'yLow' }, y2: { field: 'yHigh' }, color: colour },
      },
      {
        data: byRank('p99'),
        mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.55, aria: false },
        encoding: { x: { ...x, field: 'xLow' }, x2: { field: 'xHigh' }, y, color: colour },
      },
      line('p50', 1),
      line('p99', 2),
      {
        data: { values: plot.knees.map((knee) => ({ ...knee })) },
        mark: { type: 'rule', strokeWidth: 1.5, strokeDash: [2, 3], aria: false },
        encoding: { x, y: { value: 0 }, y2: { value: plot.height }, color: colour },
      },
      {
        data: { values: placed.map((knee) => ({ ...knee })) },
        mark: { type: 'point', filled: false, shape: 'circle', size: 220, strokeWidth: 2, color: INK, opacity: 1 },
        encoding: { x, y, description: { field: 'text' } },
      },
      {
        data: byRank('p50'),
        mark: { type: 'point', filled: true, fill: PAPER, size: 36, strokeWidth: 1.25, opacity: 1 },
        encoding: { x, y, stroke: colour, shape, description: { field: 'text' } },
      },
      {
        data: byRank('p99'),
        mark: { type: 'point', filled: true, size: 56, opacity: 1, stroke: PAPER, strokeWidth: 1 },
        encoding: { x, y, color: colour, shape, description: { field: 'text' } },
      },
    ],
  };
  return draw(spec, {}, plot.description);
}
