// What figures show, as data: panels of lines, points and bars on axes. drawing.ts draws it, vega-lite.ts and table-files.ts write it down.
import type { Replicates } from '../analysis/doubts.ts';
import type { Interval, MeanSummary } from '../analysis/statistics.ts';
import { bothValues } from '../analysis/statistics.ts';
import { duration, durationUnit, number, superscript } from '../analysis/format.ts';
import type { Fate } from '../analysis/summarize.ts';
import type { Look } from './marks.ts';

export interface Tick {
  readonly value: number;
  readonly label: string;
}
export interface Axis {
  readonly title: string;
  /** `band`: places 0, 1, 2 … in a row, each with its tick. */
  readonly kind: 'log' | 'linear' | 'band';
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
  /** A value of this axis in words. */
  readonly show: (value: number) => string;
}

/** How far a mean is to be trusted: its 95% interval, and whether that is drawn, or of two replicates both, or nothing. */
export type Spread = Interval &
  ({ readonly kind: 'interval' | 'hidden' } | { readonly kind: 'both'; readonly values: readonly [number, number] });

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly xSpread: Spread | null;
  readonly ySpread: Spread | null;
  /** What hovering says. */
  readonly text: string;
  /** What tells it apart from the other points of its series, and its unit, where no column's name says so: columns of its data. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Of a mean: what it is over. */
  readonly over?: Replicates;
}

export interface Line {
  /** Of a series; lines of one name share their look. */
  readonly name: string;
  /** Beside its right end; '': nothing. */
  readonly label: string;
  /** Below that. */
  readonly detail?: string;
  readonly look: Look;
  /** In the order in which they are joined. */
  readonly dots: readonly Dot[];
  readonly joined: boolean;
  /** Thin lines and small points stand back behind others. */
  readonly thin?: boolean;
}

/** A line across the panel where one coordinate has a value, or where y is `slope` times x. */
export type Rule =
  | { readonly kind: 'x' | 'y'; readonly value: number; readonly colour?: string; readonly text?: string }
  | { readonly kind: 'diagonal'; readonly slope: number; readonly label: string };

/** The replicates of a condition, by what became of them: parts of a bar from 0 to 1. */
export interface Bar {
  /** Its place on the band axis x. */
  readonly x: number;
  readonly parts: readonly { readonly fate: Fate; readonly from: number; readonly to: number; readonly text: string }[];
}

export interface Panel {
  /** '' where a figure has one panel. */
  readonly title: string;
  /** Beneath the title. */
  readonly note: string;
  /** Sentences beneath it. */
  readonly remarks: readonly string[];
  /** For a screen reader. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  readonly rules: readonly Rule[];
  /** In a strip beneath the lines; empty: no strip. */
  readonly bars: readonly Bar[];
  /** Least and largest of all series at each x, behind the lines of a few of them. */
  readonly range: readonly { readonly x: number; readonly low: number; readonly high: number }[];
}

/** A mean's spread in the unit of its axis; null for one replicate, and where the interval says nothing. */
export function spreadOf(mean: MeanSummary, scale = 1): Spread | null {
  if (mean.ci95 === null) return null;
  const interval = { low: mean.ci95.low * scale, high: mean.ci95.high * scale };
  const both = bothValues(mean);
  return both === null ? { kind: 'interval', ...interval } : { kind: 'both', values: [both[0] * scale, both[1] * scale], ...interval };
}

/** How far it is drawn. */
const endsOf = (spread: Spread | null): readonly number[] =>
  spread === null || spread.kind === 'hidden' ? [] : spread.kind === 'both' ? spread.values : [spread.low, spread.high];

/** Ticks that a power of ten, or a mantissa with one, names. */
function powerLabel(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -2 && power < 4) return String(value);
  return mantissa === '1' ? `10${superscript(power)}` : `${mantissa}×10${superscript(power)}`;
}

/** Ticks of a logarithmic axis: powers of ten, or 1, 2, 5 below two decades, or even steps where those would be fewer than two. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const stride = Math.max(1, Math.ceil(decades / 6));
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % stride !== 0) continue;
    for (const step of decades < 2 ? [1, 2, 5] : [1]) ticks.push(Number(`${step}e${power}`));
  }
  const within = ticks.filter((tick) => tick >= low && tick <= high);
  if (within.length >= 2) return within;
  const step = niceStep((high - low) / 3);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(6)));
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? 10 * power;
}

/** Seconds at which a clock has names: powers of ten, then minutes, hours and days. */
const CLOCK_S = [1, 10, 60, 600, 3600, 36_000, 86_400, 864_000, 8_640_000, 86_400_000, 864_000_000];

function durationTicks(low: number, high: number): number[] {
  // Within a few units round numbers of them; beyond, where a clock has names.
  const unit = durationUnit(high);
  if (high <= 30 || high / low < 30) return logTicks(low / unit, high / unit).map((tick) => Number((tick * unit).toPrecision(12)));
  const all = [...logTicks(low, high).filter((tick) => tick < 1), ...CLOCK_S].filter((tick) => tick >= low && tick <= high);
  const every = Math.ceil(all.length / 7);
  return all.filter((_, index) => (all.length - 1 - index) % every === 0);
}

/** How values of an axis are written: numbers by powers of ten, seconds as durations, or with a unit and its prefixes. */
export type Writing = 'number' | 'duration' | ((value: number) => string);

function axisOf(
  title: string,
  kind: 'log' | 'linear',
  domain: readonly [number, number],
  ticks: readonly number[],
  writing: Writing,
): Axis {
  const label = writing === 'number' ? powerLabel : writing === 'duration' ? (value: number) => duration(value) : writing;
  const show = writing === 'number' ? (value: number) => number(value) : label;
  return { title, kind, domain, show, ticks: ticks.map((value) => ({ value, label: label(value) })) };
}

/** Intervals lengthen an axis by at most so much of what the means span, and by at most so many decades where they span less. */
const LENGTHENED = { share: 0.5, decades: 0.5 };

/**
 * A logarithmic axis for means and what is known of their spread; null where no mean is above zero. It holds all means; intervals that
 * are much wider than what the means span go beyond it, which beyondText says.
 */
export function logAxis(
  title: string,
  values: readonly { readonly mean: number; readonly spread: Spread | null }[],
  writing: Writing = 'number',
): Axis | null {
  const positive = values.filter(({ mean }) => mean > 0);
  if (positive.length === 0) return null;
  const logs = positive.map(({ mean }) => Math.log10(mean));
  const [least, most] = [min(logs), max(logs)];
  const room = Math.max(LENGTHENED.decades, (most - least) * LENGTHENED.share);
  const ends = positive.flatMap(({ spread }) => endsOf(spread).filter((end) => end > 0)).map((end) => Math.log10(end));
  const low = Math.max(least - room, min([least, ...ends]));
  const high = Math.min(most + room, max([most, ...ends]));
  const margin = Math.max(0.06, (high - low) * 0.05);
  const domain = [10 ** (low - margin), 10 ** (high + margin)] as const;
  const ticks = writing === 'duration' ? durationTicks(...domain) : logTicks(...domain);
  return axisOf(title, 'log', domain, ticks, writing);
}

/** Logarithmic from a span of ten on, else linear from 0; null without a value above zero. */
export function spanAxis(
  title: string,
  values: readonly { readonly mean: number; readonly spread: Spread | null }[],
  writing: Writing = 'number',
): Axis | null {
  const positive = values.map(({ mean }) => mean).filter((mean) => mean > 0);
  if (positive.length === 0) return null;
  if (max(positive) / min(positive) >= 10) return logAxis(title, values, writing);
  const most = max(positive);
  const high = Math.min(most * 1.5, max([most, ...values.flatMap(({ spread }) => endsOf(spread))])) * 1.08;
  const step = niceStep(high / 5);
  const ticks = Array.from({ length: Math.floor(high / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
  return axisOf(title, 'linear', [0, high], ticks, writing);
}

/** The numbers of nodes of a sweep, each a tick. */
export function nodesAxis(nodes: readonly number[]): Axis {
  const [low, high] = [min(nodes), max(nodes)];
  const domain = low === high ? ([low / 2, high * 2] as const) : ([low, high] as const);
  return { title: 'nodes', kind: 'log', domain, show: String, ticks: nodes.map((value) => ({ value, label: String(value) })) };
}

/** Places in a row. */
export function bandAxis(title: string, labels: readonly string[]): Axis {
  const ticks = labels.map((label, value) => ({ value, label }));
  return { title, kind: 'band', domain: [0, labels.length - 1], show: (value) => labels[value] ?? '', ticks };
}

/** Which of these intervals an axis does not hold, in a sentence for the panel's note; '' where it holds all. */
export function beyondText(dots: readonly Dot[], along: 'x' | 'y', axis: Axis): string {
  const [low, high] = axis.domain;
  const beyond = dots.flatMap((dot) => {
    const spread = along === 'x' ? dot.xSpread : dot.ySpread;
    return spread?.kind === 'interval' && (spread.high > high || spread.low < low) ? [spread] : [];
  });
  if (beyond.length === 0) return '';
  const widest = beyond.reduce((a, b) => (b.high / b.low > a.high / a.low ? b : a));
  const range = `${axis.show(Number(widest.low.toPrecision(2)))} – ${axis.show(Number(widest.high.toPrecision(2)))}`;
  return beyond.length === 1
    ? `One interval goes beyond the panel: ${range}.`
    : `${beyond.length} intervals go beyond the panel, the widest: ${range}.`;
}

/** What stands as remarks of a panel with these lines. */
export function beyondRemarks(lines: readonly Line[], along: 'x' | 'y', axis: Axis): string[] {
  const text = beyondText(
    lines.flatMap(({ dots }) => dots),
    along,
    axis,
  );
  return text === '' ? [] : [text];
}

export const min = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
export const max = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
