// The figure beside the answer: what a million transactions cost, a line a variant, on one logarithmic axis. Names stand beside their
// points, so that any number of mechanisms is told apart.
import { standingOf, type Answer, type AnswerRow } from '../analysis/answer.ts';
import { estimateOf, joined } from '../analysis/estimate.ts';
import { MILLION_TX, money } from '../analysis/people.ts';
import { GRID, INK, MUTED } from './colours.ts';
import { filled, marker, rowsHeight, svgElement, text, textWidth } from './drawing.ts';
import { bandAxis, beyondRemarks, logAxis, type Line, type Panel, type Spread } from './chart.ts';
import type { Plot } from './figure.ts';
import { lookOf, type Look } from './marks.ts';
import { escape } from './table.ts';

/** Of a line with a name beside its point, and of one with its name above it. */
const ROW = 20;
const TALL_ROW = 32;
const TOP = 8;
const BOTTOM = 40;
const SIDE = 12;
const RADIUS = 4;
const GAP = 10;
const TICK_SIZE = 11;
/** Between two labels of the axis. */
const TICK_GAP = 6;
const WIDTHS = { wide: 470, narrow: 340 } as const;

const TITLE = 'USD of a million transactions, provisioned';

interface Point {
  readonly row: AnswerRow;
  /** USD of a million transactions. */
  readonly usd: number;
  readonly low: number;
  readonly high: number;
}

function pointsOf({ rows }: Answer): Point[] {
  return rows.flatMap((row) => {
    if (row.cost === null || row.cost.usd_per_1000_tx.mean <= 0) return [];
    const { mean, ci95 } = row.cost.usd_per_1000_tx;
    const { scale } = MILLION_TX;
    return [{ row, usd: mean * scale, low: (ci95?.low ?? mean) * scale, high: (ci95?.high ?? mean) * scale }];
  });
}

/** Of so many dollars, a power of ten; plain down to a hundredth of a cent, since dollars stand beside it. */
const tickLabel = (power: number): string => (power < 0 && power >= -4 ? `$${(10 ** power).toFixed(-power)}` : money(10 ** power, 1));

/** Variants of a mechanism are counted in the order of the rows. */
function looksOf(points: readonly Point[]): Look[] {
  const variants = new Map<string, number>();
  return points.map(({ row: { workload } }) => {
    const variant = variants.get(workload) ?? 0;
    variants.set(workload, variant + 1);
    return lookOf(workload, variant);
  });
}

function textOf({ row: { label, cost } }: Point): string {
  return `${label}: ${joined(estimateOf(cost!.usd_per_1000_tx, cost!.summary.replicates, MILLION_TX))} a million transactions`;
}

/** The most that is asked, USD of a million transactions; 0 where nothing is. */
const limitOf = ({ asked }: Answer): number =>
  (asked.find(({ requirement }) => requirement === 'usd_per_1000_tx')?.wanted ?? 0) * MILLION_TX.scale;
const limitText = (limit: number): string => `what is asked: at most ${money(limit)}`;

interface Tick {
  readonly power: number;
  readonly label: string;
  /** Absent: it begins there. */
  readonly anchor?: 'middle' | 'end';
}

/** Powers of ten with labels that are apart: all, every second, every third … */
function ticksOf(from: number, to: number, x: (power: number) => number, step = 1): Tick[] {
  const ticks: Tick[] = [];
  let free = -Infinity;
  for (let power = from; power <= to; power += step) {
    const label = tickLabel(power);
    const wide = textWidth(label, TICK_SIZE);
    const anchor = power === from ? undefined : power === to ? 'end' : 'middle';
    const begins = x(power) - (anchor === undefined ? 0 : anchor === 'end' ? wide : wide / 2);
    if (begins < free && step < to - from) return ticksOf(from, to, x, step + 1);
    free = begins + wide + TICK_GAP;
    ticks.push({ power, label, ...(anchor === undefined ? {} : { anchor }) });
  }
  return ticks;
}

function drawing(answer: Answer, points: readonly Point[], size: keyof typeof WIDTHS): string {
  const width = WIDTHS[size];
  const limit = limitOf(answer);
  const limits = limit > 0 ? [limit] : [];
  const from = Math.floor(Math.log10(Math.min(...points.map(({ low }) => low), ...limits)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...points.map(({ high }) => high), ...limits))));
  const x = (usd: number): number => SIDE + ((Math.log10(usd) - from) / (to - from)) * (width - 2 * SIDE);
  const sides = points.map(({ row: { label }, low, high }) => {
    const wide = GAP + textWidth(label);
    return x(high) + wide <= width ? 'right' : x(low) - wide >= 0 ? 'left' : null;
  });
  const above = sides.includes(null);
  const rowHeight = above ? TALL_ROW : ROW;
  const height = TOP + points.length * rowHeight + BOTTOM;
  const floor = height - BOTTOM;
  const rule = (usd: number, attributes: string, title = ''): string =>
    `<path d="M${x(usd).toFixed(1)} ${TOP}V${floor}" ${attributes}>${title === '' ? '' : `<title>${escape(title)}</title>`}</path>`;

  const axis = ticksOf(from, to, (power) => x(10 ** power)).map(
    ({ power, label, ...anchor }) =>
      rule(10 ** power, `stroke="${GRID}"`) + text(label, x(10 ** power), floor + 14, { ...anchor, size: TICK_SIZE, colour: MUTED }),
  );
  const looks = looksOf(points);
  const rows = points.map((of, index) => {
    const { row, usd, low, high } = of;
    const look = looks[index];
    const y = TOP + index * rowHeight + (above ? 22 : ROW / 2);
    const bold = answer.kind === 'requirements' && standingOf(row) === 'meets all';
    const name = above
      ? text(row.label, SIDE, y - 9, { bold })
      : sides[index] === 'right'
        ? text(row.label, x(high) + GAP, y + 4, { bold })
        : text(row.label, x(low) - GAP, y + 4, { bold, anchor: 'end' });
    const bar = `<path d="M${x(low).toFixed(1)} ${y}H${x(high).toFixed(1)}" stroke="${look.colour}" stroke-width="2"/>`;
    const point = marker(look.shape, x(usd), y, RADIUS, textOf(of));
    return `${bar}<g ${filled(look)}>${point}</g>${name}`;
  });
  const asked = limit > 0 ? rule(limit, `stroke="${INK}" stroke-dasharray="4 3"`, limitText(limit)) : '';
  const content = `${axis.join('')}${asked}${rows.join('')}${text(TITLE, width / 2, height - 6, { anchor: 'middle' })}`;
  return svgElement({ content, width, height }, `${TITLE}, of ${points.map(({ row }) => row.label).join(', ')}`);
}

/** The same as a figure of its own, for files; null where no variant has a cost above zero. */
export function answerFigure(answer: Answer): Plot | null {
  const points = pointsOf(answer);
  const spreadOf = ({ row, low, high }: Point): Spread | null =>
    row.cost!.usd_per_1000_tx.ci95 === null ? null : { kind: 'interval', low, high };
  const limit = limitOf(answer);
  const x = logAxis(
    TITLE,
    [...points.map((point) => ({ mean: point.usd, spread: spreadOf(point) })), ...(limit > 0 ? [{ mean: limit, spread: null }] : [])],
    (usd) => money(usd, 1),
  );
  if (points.length === 0 || x === null) return null;
  const looks = looksOf(points);
  const lines = points.map((point, place): Line => {
    const { usd_per_1000_tx, summary } = point.row.cost!;
    const over = { count: usd_per_1000_tx.count, replicates: summary.replicates };
    const dot = {
      x: point.usd,
      y: place,
      xSpread: spreadOf(point),
      ySpread: null,
      text: textOf(point),
      keys: { basis: 'provisioned' },
      over,
    };
    return { name: point.row.label, label: '', look: looks[place], dots: [dot], joined: false };
  });
  const panel: Panel = {
    title: '',
    note: '',
    remarks: beyondRemarks(lines, 'x', x),
    description: `${TITLE}: ${points.map(textOf).join('; ')}`,
    x,
    y: bandAxis(
      '',
      points.map(({ row }) => row.label),
    ),
    lines,
    rules: limit > 0 ? [{ kind: 'x', value: limit, text: limitText(limit) }] : [],
    bars: [],
    range: [],
  };
  const of = (width: number) => ({ width, height: rowsHeight(panel, width) });
  return {
    id: 'answer',
    group: 'cost',
    name: 'Answer',
    basis: 'priced',
    title: TITLE,
    caption: `${answer.question} ${TITLE}${panel.rules.length > 0 ? '; the dashed line is the most that is asked' : ''}.`,
    panels: [panel],
    size: { wide: of(720), narrow: of(350) },
    columns: { x: 'usd_per_million_tx', y: 'row' },
    byX: false,
  };
}

/** Null where no variant has a cost above zero. */
export function answerPlot(answer: Answer): { readonly wide: string; readonly narrow: string } | null {
  const points = pointsOf(answer);
  if (points.length === 0) return null;
  return { wide: drawing(answer, points, 'wide'), narrow: drawing(answer, points, 'narrow') };
}
