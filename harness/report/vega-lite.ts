// A figure → a Vega-Lite specification that holds its data: to be opened in an editor, changed and drawn again.
import type { Axis, Panel, Spread } from './chart.ts';
import { FATE_COLOURS, FATE_NAMES, STACKED } from './colours.ts';
import type { Figure } from './figure.ts';

const COLUMNS = 4;

type Json = { readonly [key: string]: unknown };

function axisOf({ title, kind, domain, ticks }: Axis, field: string): Json {
  // A place's label may stand twice; its number does not.
  const labels = Object.fromEntries(ticks.map(({ value, label }) => [String(value), label]));
  const axis = { title, values: ticks.map(({ value }) => value), labelExpr: `(${JSON.stringify(labels)})[datum.value]` };
  return kind === 'band'
    ? { field, type: 'ordinal', scale: { domain: ticks.map(({ value }) => value) }, axis: { ...axis, labelAngle: 0 } }
    : {
        field,
        type: 'quantitative',
        scale: { type: kind, domain, nice: false, clamp: true, ...(kind === 'log' ? {} : { zero: false }) },
        axis,
      };
}

const ends = (spread: Spread | null, axis: string): Json =>
  spread === null ? {} : { [`${axis}_low`]: spread.low, [`${axis}_high`]: spread.high, [`${axis}_drawn`]: spread.kind };

function viewOf(panel: Panel, figure: Figure): Json {
  const dots = panel.lines.flatMap((line) =>
    line.dots.flatMap((dot, order) => {
      const { colour, shape, dash } = line.look;
      const place = {
        series: line.name,
        ...dot.keys,
        colour,
        shape,
        dash: dash.length === 0 ? [1, 0] : dash,
        thin: line.thin === true,
        joined: line.joined,
        order,
        x: dot.x,
        y: dot.y,
        text: dot.text,
      };
      const own = { ...place, ...ends(dot.xSpread, 'x'), ...ends(dot.ySpread, 'y') };
      // Of two replicates both are points.
      if (dot.ySpread?.kind === 'both') return dot.ySpread.values.map((value) => ({ ...own, replicate: value }));
      if (dot.xSpread?.kind === 'both') return dot.xSpread.values.map((value) => ({ ...own, replicate: value }));
      return [own];
    }),
  );
  // Looks are the data's own: a scale would be shared with other panels, which have other series.
  const literal = (field: string): Json => ({ field, type: 'nominal', scale: null, legend: null });
  const color = literal('colour');
  const shape = literal('shape');
  const x = axisOf(panel.x, 'x');
  const y = axisOf(panel.y, 'y');
  const across = panel.y.kind === 'band';
  const bothField = across ? { x: { ...x, field: 'replicate' }, y } : { x, y: { ...y, field: 'replicate' } };
  const hasBoth = dots.some((dot) => 'replicate' in dot);
  const layer: Json[] = [
    {
      transform: [{ filter: "datum.y_drawn === 'interval' && datum.joined" }],
      mark: { type: 'area', opacity: 0.16, clip: true },
      encoding: { x, y: { ...y, field: 'y_low' }, y2: { field: 'y_high' }, color },
    },
    {
      transform: [{ filter: "datum.y_drawn === 'interval' && !datum.joined" }],
      mark: { type: 'rule', opacity: 0.6, clip: true },
      encoding: { x, y: { ...y, field: 'y_low' }, y2: { field: 'y_high' }, color },
    },
    {
      transform: [{ filter: "datum.x_drawn === 'interval'" }],
      mark: { type: 'rule', opacity: 0.6, clip: true },
      encoding: { x: { ...x, field: 'x_low' }, x2: { field: 'x_high' }, y, color },
    },
    {
      transform: [{ filter: 'datum.joined' }],
      mark: { type: 'line' },
      encoding: {
        x,
        y,
        color,
        strokeDash: literal('dash'),
        detail: [{ field: 'series' }, { field: 'thin' }],
        order: { field: 'order', type: 'quantitative' },
      },
    },
    {
      transform: [{ filter: '!isValid(datum.replicate)' }],
      mark: { type: 'point', filled: true, size: 60, opacity: 1 },
      encoding: { x, y, color, shape, tooltip: { field: 'text' } },
    },
    ...(hasBoth
      ? [
          {
            transform: [{ filter: 'isValid(datum.replicate)' }],
            mark: { type: 'point', filled: true, size: 40, opacity: 1 },
            encoding: { ...bothField, color, shape, tooltip: { field: 'text' } },
          },
        ]
      : []),
    ...panel.rules.flatMap((rule): Json[] =>
      rule.kind === 'diagonal'
        ? [
            {
              data: { values: panel.x.domain.map((value) => ({ x: value, y: value * rule.slope })) },
              mark: { type: 'line', color: '#5a5a5a', strokeDash: [4, 3], clip: true },
              encoding: { x, y },
            },
          ]
        : [
            {
              data: { values: [{ [rule.kind]: rule.value }] },
              mark: { type: 'rule', strokeDash: [5, 3], ...(rule.colour === undefined ? {} : { color: rule.colour }) },
              encoding: rule.kind === 'x' ? { x: panel.x.kind === 'band' ? { ...x, field: 'x' } : x } : { y },
            },
          ],
    ),
  ];
  const { width, height } = figure.size.wide;
  const view = { title: panel.title, width, height, data: { values: dots }, layer };
  if (panel.bars.length === 0) return view;
  const parts = panel.bars.flatMap((bar) => bar.parts.map((part) => ({ x: bar.x, ...part, fate: FATE_NAMES[part.fate] })));
  const bars = {
    width,
    height: 40,
    data: { values: parts },
    mark: 'bar',
    encoding: {
      x,
      y: { field: 'from', type: 'quantitative', axis: { title: 'replicates', format: '.0%', values: [0, 1] } },
      y2: { field: 'to' },
      color: {
        field: 'fate',
        type: 'nominal',
        scale: { domain: STACKED.map((fate) => FATE_NAMES[fate]), range: STACKED.map((fate) => FATE_COLOURS[fate]) },
      },
      tooltip: { field: 'text' },
    },
  };
  return dots.length === 0 ? { title: panel.title, ...bars } : { vconcat: [view, bars] };
}

/** Of version 6 of the grammar. */
export function vegaLiteOf(figure: Figure): Json {
  const views = figure.panels.map((panel) => viewOf(panel, figure));
  const whole = views.length === 1 ? views[0] : { columns: COLUMNS, concat: views };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...whole,
    title: figure.warning === '' ? figure.title : { text: figure.title, subtitle: figure.warning },
    description: figure.caption,
  };
}
