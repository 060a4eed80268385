// Throughput against latency, with the knee: a panel a variant, a line a number of nodes, all on the same scales.
import { plural } from '../analysis/format.ts';
import type { Curve, RatePoint } from '../analysis/load.ts';
import { kneeText, latencyText, rateText } from '../analysis/load-texts.ts';
import type { Model } from '../analysis/model.ts';
import { beyondText, spanAxis, spreadOf, type Axis, type Dot, type Line, type Panel, type Rule, type Spread } from './chart.ts';
import { INK } from './colours.ts';
import type { Plot } from './figure.ts';
import { DASHES, lookOf, type Look } from './marks.ts';

const RANKS = [
  { latency: 'latency_ms_p50', statistic: 'p50', said: 'median', thin: true },
  { latency: 'latency_ms_p99', statistic: 'p99', said: '99th percentile', thin: false },
] as const;

function dotOf(curve: Curve, point: RatePoint, { latency, said, statistic }: (typeof RANKS)[number]): Dot | null {
  const { achieved_tps, from } = point;
  const value = point[latency];
  if (value === null || achieved_tps.mean <= 0 || value.mean <= 0) return null;
  const tried = from === 'saturate' ? ', tried by the search' : '';
  // Two replicates that differ in both coordinates are two points off both lines: their mean stands for them.
  const drawn = (spread: Spread | null): Spread | null => (spread?.kind === 'both' ? { ...spread, kind: 'hidden' } : spread);
  return {
    keys: { nodes: String(curve.nodes), statistic },
    x: achieved_tps.mean,
    y: value.mean / 1000,
    xSpread: drawn(spreadOf(achieved_tps)),
    ySpread: drawn(spreadOf(value, 1e-3)),
    over: { count: value.count, replicates: achieved_tps.count },
    text: `${curve.label}, n = ${curve.nodes}: ${said} ${latencyText(value)} at ${rateText(achieved_tps)}; ${plural(achieved_tps.count, 'replicate')}${tried}`,
  };
}

const RING: Look = { colour: INK, shape: 'circle', dash: [], hollow: true };

/** What stands in the panel of one variant's curves. */
function marksOf(label: string, curves: readonly Curve[]) {
  const [{ workload }] = curves;
  const { colour, shape } = lookOf(workload);
  const named = curves.map((curve, index) => ({
    curve,
    name: `n = ${curve.nodes}`,
    look: { colour, shape, dash: DASHES[index % DASHES.length], hollow: false },
  }));
  const lines = RANKS.flatMap((rank) =>
    named.map(({ curve, name, look }): Line => ({
      name,
      label: rank.thin ? '' : name,
      look,
      dots: curve.points.flatMap((point) => dotOf(curve, point, rank) ?? []),
      joined: true,
      thin: rank.thin,
    })),
  );
  const knees = named.flatMap(({ curve, name }) =>
    curve.knees.map((knee) => ({ knee, nodes: curve.nodes, text: `${label}, ${name}: ${kneeText(knee)}` })),
  );
  const rings = knees.flatMap(({ knee, nodes, text }): Dot[] =>
    knee.latency_ms_p99 === null || knee.rate_tps.mean <= 0
      ? []
      : [
          {
            x: knee.rate_tps.mean,
            y: knee.latency_ms_p99.mean / 1000,
            xSpread: null,
            ySpread: null,
            text,
            keys: { nodes: String(nodes), statistic: 'p99' },
          },
        ],
  );
  return { label, colour, named, lines, knees, rings };
}
type Marks = ReturnType<typeof marksOf>;

interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

/** Of all panels; null without a rate that has a latency. */
function axesOf(all: readonly Marks[]): Axes | null {
  const dots = all.flatMap(({ lines, rings }) => [...lines.flatMap((line) => line.dots), ...rings]);
  const kneeRates = all.flatMap(({ knees }) => knees.map(({ knee }) => ({ mean: knee.rate_tps.mean, spread: null })));
  const x = spanAxis('transactions per second', [...dots.map((dot) => ({ mean: dot.x, spread: dot.xSpread })), ...kneeRates]);
  const y = spanAxis(
    'latency',
    dots.map((dot) => ({ mean: dot.y, spread: dot.ySpread })),
    'duration',
  );
  return x === null || y === null ? null : { x, y };
}

function panelOf({ label, colour, named, lines, knees, rings }: Marks, axes: Axes | null): Panel {
  const remarks = named.flatMap(({ curve, name }) =>
    curve.knees.length === 0 ? [`${name}: no knee, for want of two rates`] : curve.knees.map((knee) => `${name}: ${kneeText(knee)}`),
  );
  const place = {
    title: label,
    note: '',
    description: `Latency against throughput: ${label}, ${named.map(({ name }) => name).join(', ')}`,
  };
  const dots = lines.flatMap((line) => line.dots);
  if (axes === null || dots.length + rings.length === 0)
    return { ...place, note: 'No rate with a latency.', remarks, x: NOWHERE, y: NOWHERE, lines: [], rules: [], bars: [], range: [] };
  const { x, y } = axes;
  return {
    ...place,
    remarks: [...remarks, beyondText(dots, 'x', x), beyondText(dots, 'y', y)].filter((one) => one !== ''),
    x,
    y,
    lines: [...lines, { name: 'knee', label: '', look: RING, dots: rings, joined: false }],
    rules: knees.map(({ knee, text }): Rule => ({ kind: 'x', value: knee.rate_tps.mean, colour, text })),
    bars: [],
    range: [],
  };
}

/** For a panel that has nothing to place. */
export const NOWHERE = { title: '', kind: 'linear', domain: [0, 1], ticks: [], show: String } as const;

/** Null where no rates were offered. */
export function rateFigure({ curves }: Model): Plot | null {
  const labels = [...new Set(curves.map(({ label }) => label))];
  if (labels.length === 0) return null;
  const marks = labels.map((label) =>
    marksOf(
      label,
      curves.filter((curve) => curve.label === label).sort((a, b) => a.nodes - b.nodes),
    ),
  );
  const axes = axesOf(marks);
  const panels = marks.map((one) => panelOf(one, axes));
  const size = { width: 290, height: 240 };
  return {
    id: 'throughput-latency',
    group: 'rates',
    name: 'Throughput and latency',
    basis: 'simulated',
    title: 'Latency against throughput',
    caption: 'Latency against throughput, with the knee: thick lines are the 99th percentile, thin ones the median.',
    panels,
    size: { wide: panels.length > 1 ? size : { width: 600, height: 340 }, narrow: { width: 350, height: 300 } },
    columns: { x: 'achieved_tps', y: 'latency_s' },
    byX: false,
  };
}
