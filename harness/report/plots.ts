// Figures: Vega-Lite specifications, compiled and drawn to SVG in Node. No script runs in the report: hovering shows an SVG
// <title>, a screen reader reads ARIA labels, and the page's style sheet turns the colours below into those of the theme.
import type { TopLevelSpec } from 'vega-lite';
import { FATES, type Fate } from '../analysis/summarize.ts';
import { superscript } from '../analysis/format.ts';
import { draw, titleFrom } from './drawing.ts';
import { COLOURS, DASHES, SHAPES } from './marks.ts';

/** Light to dark from harmless to harmful, so that order is seen in greyscale; style.ts hatches lost liveness. */
export const FATE_COLOURS: Readonly<Record<Fate, string>> = {
  ok: '#cfe3ee',
  unknown: '#b9bec4',
  unfinal: '#a890c8',
  unlive: '#e0a458',
  undurable: '#b5523f',
  unsafe: '#7a1f3d',
  broken: '#fefefe',
};
export const INK = '#1a1a1a';
export const MUTED = '#5a5a5a';
export const GRID = '#dedede';
export const PAPER = '#ffffff';

/** Series in one drawing: as many as the palette tells apart; more take several drawings. */
export const MAX_SERIES = COLOURS.length;

const FONT_SIZE = 12;
export const config: NonNullable<TopLevelSpec['config']> = {
  background: 'transparent',
  font: 'inherit',
  axis: {
    // Its label would read out the scale's ends, which are no data; the figure's own name says what the axes are.
    aria: false,
    labelColor: MUTED,
    titleColor: INK,
    gridColor: GRID,
    domainColor: MUTED,
    tickColor: MUTED,
    labelFontSize: FONT_SIZE,
    titleFontSize: FONT_SIZE,
    titleFontWeight: 'normal',
    labelLimit: 120,
    titlePadding: 6,
  },
  view: { stroke: null },
  title: { color: INK, fontSize: FONT_SIZE, fontWeight: 'bold', anchor: 'start' },
};

export interface Point {
  /** Index of its series. */
  readonly series: number;
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
  /** What hovering and a screen reader say. */
  readonly text: string;
}
export interface LinePlot {
  /** What the figure shows, for a screen reader. */
  readonly description: string;
  readonly series: readonly string[];
  readonly points: readonly Point[];
  readonly x: { readonly title: string; readonly log: boolean; readonly values: readonly number[] };
  readonly yTitle: string;
  /** Least and largest y, where drawings share a scale; absent: those of the points. */
  readonly range?: readonly [number, number];
  readonly width: number;
  readonly height: number;
  /** Names at the right end of the lines. */
  readonly endLabels: boolean;
}

const log10 = (value: number): number => Math.log10(value);

/** Ticks of a logarithmic axis: powers of ten, or 1, 2, 5 below two decades. */
export function logTicks(low: number, high: number): number[] {
  const first = Math.floor(log10(low));
  const last = Math.ceil(log10(high));
  const decades = log10(high) - log10(low);
  const stride = Math.max(1, Math.ceil(decades / 9));
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    if (power % stride !== 0) continue;
    for (const step of decades < 2 ? [1, 2, 5] : [1]) ticks.push(Number(`${step}e${power}`));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function tickLabel(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -2 && power < 4) return String(value);
  return mantissa === '1' ? `10${superscript(power)}` : `${mantissa}×10${superscript(power)}`;
}

/** The label of each tick. */
const labelsOf = (ticks: readonly number[]): Record<string, string> =>
  Object.fromEntries(ticks.map((tick) => [String(tick), tickLabel(tick)]));

/** A Vega expression that labels each tick. */
export const tickLabels = (ticks: readonly number[]): string => `(${JSON.stringify(labelsOf(ticks))})[datum.value]`;

/** Moves labels apart to at least `gap`, within [0, height], keeping their order. Positions in pixels from the top. */
export function spread(positions: readonly number[], gap: number, height: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a] - positions[b] || a - b);
  const placed = [...positions];
  let least = -Infinity;
  for (const index of order) {
    placed[index] = Math.max(placed[index], least);
    least = placed[index] + gap;
  }
  let most = height;
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index], most);
    most = placed[index] - gap;
  }
  return placed;
}

/** The least and the largest y with its interval, for a logarithmic axis; null where no point is above zero. */
export function rangeOf(all: readonly Point[]): readonly [number, number] | null {
  const points = all.filter(({ y }) => y > 0);
  if (points.length === 0) return null;
  const least = points.reduce((value, { y, low }) => Math.min(value, low !== null && low > 0 ? low : y), Infinity);
  return [least, points.reduce((value, { y, high }) => Math.max(value, high ?? y), 0)];
}

/** Lines over a linear or logarithmic x and a logarithmic y, with intervals; null where nothing can be drawn. */
export async function linePlot(plot: LinePlot): Promise<string | null> {
  // A logarithmic axis has no place for zero.
  const points = plot.points.filter(({ y }) => y > 0);
  if (points.length === 0) return null;
  const [least, most] = plot.range ?? rangeOf(points)!;
  const margin = Math.max(1.25, (most / least) ** 0.04);
  const domain = [least / margin, most * margin] as const;
  const ticks = logTicks(...domain);
  const colour = {
    field: 'series',
    type: 'nominal' as const,
    scale: { domain: plot.series.map((_, index) => index), range: plot.series.map((_, index) => COLOURS[index]) },
    legend: null,
  };
  const byIndex = <T>(range: readonly T[]) => ({
    ...colour,
    scale: { domain: colour.scale.domain, range: colour.scale.domain.map((i) => range[i]) },
  });
  const values = points.map((point) => ({
    ...point,
    low: point.low === null ? point.y : Math.max(point.low, domain[0]),
    high: point.high ?? point.y,
  }));
  const y = {
    field: 'y',
    type: 'quantitative' as const,
    title: titleFrom('yTitle'),
    scale: { type: 'log' as const, domainMin: { expr: 'least' }, domainMax: { expr: 'most' }, nice: false },
    axis: { values: { expr: 'ticks' }, labelExpr: 'tickLabels[datum.value]', tickSize: 4 },
  };
  const xDomain = [Math.min(...plot.x.values), Math.max(...plot.x.values)];
  const x = {
    field: 'x',
    type: 'quantitative' as const,
    title: plot.x.title,
    scale: plot.x.log
      ? { type: 'log' as const, domain: xDomain, nice: false, padding: 12 }
      : { domain: xDomain, nice: false, zero: false, padding: 12 },
    axis: { values: [...plot.x.values], labelExpr: 'datum.value', grid: false, labelOverlap: 'greedy' as const },
  };
  const pixel = (value: number): number => plot.height * (1 - log10(value / domain[0]) / log10(domain[1] / domain[0]));
  const last = plot.series.flatMap((name, series) => {
    const own = points.filter((point) => point.series === series);
    return own.length === 0 ? [] : [{ name, series, at: pixel(own.reduce((a, b) => (b.x > a.x ? b : a)).y) }];
  });
  const places = spread(
    last.map(({ at }) => at),
    FONT_SIZE + 3,
    plot.height,
  );
  const value = (place: number): number => domain[0] * (domain[1] / domain[0]) ** (1 - place / plot.height);
  const labels = last.map(({ name, series }, index) => ({ name, series, y: value(places[index]) }));

  return draw(
    {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      width: plot.width,
      height: plot.height,
      config,
      params: ['yTitle', 'least', 'most', 'ticks', 'tickLabels'].map((name) => ({ name, value: null })),
      layer: [
        {
          data: { name: 'points' },
          mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.55, aria: false },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color: colour },
        },
        {
          data: { name: 'points' },
          mark: { type: 'line', strokeWidth: 2, aria: false },
          encoding: {
            x,
            y,
            color: colour,
            strokeDash: byIndex(DASHES.map((dash) => [...dash])),
            detail: { field: 'series' },
          },
        },
        {
          data: { name: 'points' },
          mark: { type: 'point', filled: true, size: 64, opacity: 1, stroke: PAPER, strokeWidth: 1 },
          encoding: { x, y, color: colour, shape: byIndex(SHAPES), description: { field: 'text' } },
        },
        ...(plot.endLabels
          ? [
              {
                data: { name: 'labels' },
                mark: {
                  type: 'text' as const,
                  align: 'left' as const,
                  baseline: 'middle' as const,
                  dx: 8,
                  fontSize: FONT_SIZE,
                  fontWeight: 'bold' as const,
                  aria: false,
                },
                encoding: {
                  x: { value: plot.width },
                  y,
                  text: { field: 'name' },
                  color: colour,
                },
              },
            ]
          : []),
      ],
    },
    {
      data: { points: values, ...(plot.endLabels ? { labels } : {}) },
      parameters: { yTitle: plot.yTitle, least: domain[0], most: domain[1], ticks, tickLabels: labelsOf(ticks) },
    },
    plot.description,
  );
}

export interface FateBar {
  /** Its place on the axis: a fault ratio or count. */
  readonly label: string;
  readonly fates: Readonly<Record<Fate, number>>;
  /** More faulty nodes than the mechanism's paper claims to bear. */
  readonly pastBound: boolean;
  readonly text: string;
}
export interface FatePlot {
  readonly description: string;
  readonly xTitle: string;
  readonly bars: readonly FateBar[];
  readonly width: number;
  readonly height: number;
}

/** The order in which a bar is stacked, from the bottom: from harmless to grave, and what has no result on top. */
export const STACKED: readonly Fate[] = [...FATES].reverse();
export const FATE_NAMES: Readonly<Record<Fate, string>> = {
  ok: 'ok',
  unknown: 'undecided',
  unfinal: 'no finality at the risk',
  unlive: 'liveness violated',
  undurable: 'durability violated',
  unsafe: 'safety violated',
  broken: 'timed out or failed',
};

/** A bar a fault ratio: the share of replicates that was ok, violated liveness, violated safety, and so on. */
export async function fatePlot(plot: FatePlot): Promise<string> {
  const step = plot.width / plot.bars.length;
  const order = plot.bars.map(({ label }) => label);
  const values = plot.bars.flatMap(({ label, fates, text }) => {
    const total = STACKED.reduce((sum, fate) => sum + fates[fate], 0);
    let from = 0;
    return STACKED.flatMap((fate) => {
      if (fates[fate] === 0) return [];
      const to = from + fates[fate] / total;
      const part = { label, fate, from, to, text: `${text}: ${fates[fate]} of ${total} ${FATE_NAMES[fate]}` };
      from = to;
      return [part];
    });
  });
  const x = {
    field: 'label',
    type: 'ordinal' as const,
    scale: { domain: order, paddingInner: 0.12, paddingOuter: 0.06 },
    axis: { title: plot.xTitle, labelAngle: 0, ticks: false, domain: false, labelOverlap: false },
  };
  const firstPast = plot.bars.find(({ pastBound }) => pastBound);
  return draw(
    {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      width: plot.width,
      height: plot.height,
      config,
      layer: [
        {
          data: { name: 'parts' },
          mark: { type: 'bar', stroke: MUTED, strokeWidth: 0.75 },
          encoding: {
            x,
            y: {
              field: 'from',
              type: 'quantitative',
              scale: { domain: [0, 1] },
              axis: { title: 'replicates', values: [0, 0.5, 1], format: '.0%', grid: false },
            },
            y2: { field: 'to' },
            color: {
              field: 'fate',
              type: 'nominal',
              scale: { domain: [...STACKED], range: STACKED.map((fate) => FATE_COLOURS[fate]) },
              legend: null,
            },
            description: { field: 'text' },
          },
        },
        ...(firstPast === undefined
          ? []
          : [
              {
                data: { name: 'bound' },
                mark: { type: 'rule' as const, strokeDash: [5, 3], strokeWidth: 1.5, color: INK, xOffset: -step / 2, aria: false },
                encoding: { x, y: { value: -6 }, y2: { value: plot.height } },
              },
            ]),
      ],
    },
    { data: { parts: values, ...(firstPast === undefined ? {} : { bound: [{ label: firstPast.label }] }) } },
    plot.description,
  );
}
