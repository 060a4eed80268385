// The figure beside the answer: what a million transactions cost, a line a variant, on one logarithmic axis. Names stand beside their
// points, so that any number of mechanisms is told apart.
import { standingOf, type Answer, type AnswerRow } from '../analysis/answer.ts';
import { estimateOf, joined } from '../analysis/estimate.ts';
import { MILLION_TX, money } from '../analysis/people.ts';
import { GRID, INK, MUTED } from './colours.ts';
import { filled, marker, svgElement, text, textWidth } from './drawing.ts';
import { lookOf } from './marks.ts';
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
/** Powers of ten with a label, at the most. */
const MOST_TICKS = { wide: 7, narrow: 5 } as const;
const WIDTHS = { wide: 470, narrow: 340 } as const;

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

function drawing(answer: Answer, points: readonly Point[], size: keyof typeof WIDTHS): string {
  const width = WIDTHS[size];
  const limit = (answer.asked.find(({ requirement }) => requirement === 'usd_per_1000_tx')?.wanted ?? 0) * MILLION_TX.scale;
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

  const step = Math.ceil((to - from) / (MOST_TICKS[size] - 1));
  const axis: string[] = [];
  for (let power = from; power <= to; power += step) {
    const first = power === from;
    const last = power + step > to;
    const anchor = first ? {} : { anchor: last ? ('end' as const) : ('middle' as const) };
    axis.push(
      rule(10 ** power, `stroke="${GRID}"`),
      text(tickLabel(power), x(10 ** power), floor + 14, { ...anchor, size: TICK_SIZE, colour: MUTED }),
    );
  }
  const variants = new Map<string, number>();
  const rows = points.map(({ row, usd, low, high }, index) => {
    const variant = variants.get(row.workload) ?? 0;
    variants.set(row.workload, variant + 1);
    const look = lookOf(row.workload, variant);
    const y = TOP + index * rowHeight + (above ? 22 : ROW / 2);
    const cost = joined(estimateOf(row.cost!.usd_per_1000_tx, row.cost!.summary.replicates, MILLION_TX));
    const bold = answer.kind === 'requirements' && standingOf(row) === 'meets all';
    const name = above
      ? text(row.label, SIDE, y - 9, { bold })
      : sides[index] === 'right'
        ? text(row.label, x(high) + GAP, y + 4, { bold })
        : text(row.label, x(low) - GAP, y + 4, { bold, anchor: 'end' });
    const bar = `<path d="M${x(low).toFixed(1)} ${y}H${x(high).toFixed(1)}" stroke="${look.colour}" stroke-width="2"/>`;
    const point = marker(look.shape, x(usd), y, RADIUS, `${row.label}: ${cost} a million transactions`);
    return `${bar}<g ${filled(look)}>${point}</g>${name}`;
  });
  const asked = limit > 0 ? rule(limit, `stroke="${INK}" stroke-dasharray="4 3"`, `what is asked: at most ${money(limit)}`) : '';
  const title = 'USD of a million transactions, provisioned';
  const content = `${axis.join('')}${asked}${rows.join('')}${text(title, width / 2, height - 6, { anchor: 'middle' })}`;
  return svgElement({ content, width, height }, `${title}, of ${points.map(({ row }) => row.label).join(', ')}`);
}

/** Null where no variant has a cost above zero. */
export function answerPlot(answer: Answer): { readonly wide: string; readonly narrow: string } | null {
  const points = pointsOf(answer);
  if (points.length === 0) return null;
  return { wide: drawing(answer, points, 'wide'), narrow: drawing(answer, points, 'narrow') };
}
