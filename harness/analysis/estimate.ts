// What was estimated, as text: a mean with the digits that its interval carries and the interval itself, and the evidence of a
// verdict. Tables, figures, findings, the terminal and the README's tables all print through here.
import type { MeanSummary } from './statistics.ts';
import type { Summary } from './summarize.ts';
import type { Evidence, Property } from './verdict.ts';
import type { Metric } from '../record/columns.ts';
import { duration, durationUnit, number, percentage, plainNumber, plural, prefixed } from './format.ts';

/** How values of a metric are written. */
export interface Form {
  /** With so many significant digits; without a number as exact as people read it. */
  readonly show: (value: number, digits?: number) => string;
  /** From the record's unit to the shown one. */
  readonly scale: number;
  /** The unit in which a value is shown: minutes are 60 (s). */
  readonly unit: (value: number) => number;
  /** The interval as its two ends, and not in percent of the mean: for what is a percentage itself. */
  readonly ends: boolean;
}
const plain = { scale: 1, unit: () => 1, ends: false } as const;

export const NUMBER: Form = { ...plain, show: number };
export const SECONDS: Form = { ...plain, show: duration, unit: durationUnit };
export const MILLISECONDS: Form = { ...SECONDS, scale: 1e-3 };
export const SHARE: Form = { ...plain, show: percentage, ends: true };
export const RATE: Form = { ...NUMBER, show: (value, digits) => `${number(value, digits)}\u00a0tx/s` };
export const WATTS: Form = { ...NUMBER, show: (value, digits) => prefixed(value, 'W', digits) };
/** For a terminal: no special characters. */
export const PLAIN: Form = { ...plain, show: plainNumber };
export const PLAIN_SHARE: Form = { ...SHARE, show: (value, digits) => `${plainNumber(value * 100, digits)}%` };
export const PLAIN_MILLISECONDS: Form = {
  ...MILLISECONDS,
  show: (seconds, digits) => duration(seconds, digits).replaceAll('\u00a0', ' ').replace('µ', 'u'),
};

export interface Estimate {
  readonly value: string;
  /** `±3.1%`, or `(20 min – 1.5 h)` where an interval is as wide as half its mean; '' where it is narrower than what is shown. */
  readonly interval: string;
  /** `(10 of 12)` where not all replicates have a value; else ''. */
  readonly survivors: string;
  /** Of what it is, where that is not what its row is of. */
  readonly note?: string;
}

/** Half-widths below this do not show in three digits. */
const UNSEEN = 0.0005;
/** Half-widths from this on are no symmetric matter, and an interval is written with its ends. */
const WIDE = 0.5;
/** Significant digits of a mean: down to the place of its half-width's first digit, from two to three. One alone would make 4333 s 1 h. */
export function digitsCarried(mean: number, halfWidth: number): number {
  const place = (value: number): number => Math.floor(Math.log10(value));
  return Math.min(3, Math.max(2, place(mean) - place(halfWidth) + 1));
}

/** So many digits as every one of these means carries, from two to three: for a column that has one number of them. */
export function digitsOf(means: readonly MeanSummary[]): number {
  const carried = means.flatMap(({ mean, ci95 }) => {
    const half = ci95 === null ? 0 : Math.max(ci95.high - mean, mean - ci95.low);
    return mean <= 0 || half / mean < UNSEEN ? [] : [digitsCarried(mean, half)];
  });
  return Math.max(2, Math.min(3, ...carried));
}

/** `replicates`: of how many the mean would be if all had a value. `digits`: of the value, where its interval does not decide them. */
export function estimateOf(
  { mean, count, ci95 }: MeanSummary,
  replicates: number,
  { show, scale, unit, ends }: Form,
  digits?: number,
): Estimate {
  const survivors = count < replicates ? `(${count} of ${replicates})` : '';
  const shown = mean * scale;
  if (ci95 === null || ci95.high === ci95.low) return { value: show(shown, digits), interval: '', survivors };
  const range = `(${show(ci95.low * scale, 2)} – ${show(ci95.high * scale, 2)})`;
  if (mean === 0) return { value: show(0), interval: range, survivors };
  const half = Math.max(ci95.high - mean, mean - ci95.low) / mean;
  if (half < UNSEEN) return { value: show(shown, digits), interval: '', survivors };
  const percent = half * 100;
  return {
    value: show(shown, digits ?? digitsCarried(shown / unit(shown), (shown * half) / unit(shown))),
    interval: ends || half >= WIDE ? range : `±${percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)}%`,
    survivors,
  };
}

/** The mean of a metric; null where no mean stands. */
export function meanOf(summary: Summary | undefined, metric: Metric): MeanSummary | null {
  return summary === undefined ? null : summary.metrics[metric];
}

/** The mean of a metric with its interval; null where no mean stands. */
export function estimate(summary: Summary | undefined, metric: Metric, as: Form): Estimate | null {
  const mean = meanOf(summary, metric);
  return summary === undefined || mean === null ? null : estimateOf(mean, summary.replicates, as);
}

/** What stands beside a value: `±3.1% (10 of 12)`. */
export const besideText = ({ interval, survivors, note = '' }: Omit<Estimate, 'value'>): string =>
  [interval, survivors, note === '' ? '' : `(${note})`].filter((part) => part !== '').join(' ');

/** `56 min ±3.1% (10 of 12)` */
export const joined = ({ value, ...rest }: Estimate): string => [value, besideText(rest)].filter((part) => part !== '').join(' ');

export function estimateText(summary: Summary | undefined, metric: Metric, as: Form): string | null {
  const found = estimate(summary, metric, as);
  return found === null ? null : joined(found);
}

/** A bound of a rate: two digits, below 1% three. */
const bound = (rate: number): string => percentage(rate, rate < 0.01 ? 3 : 2);

/** `677 of 677 attacks, at least 99.6%`: what a verdict rests on, with its exact 95% bound. */
export function evidenceText({ verdict, counted, hits, trials, unknown, atLeast, atMost }: Evidence): string {
  const of = counted === 'attacks' ? `${hits} of ${plural(trials, 'attack')}` : `${hits} of ${trials}`;
  if (verdict === 'broken') return `${of}, at least ${bound(atLeast)}`;
  if (counted === 'attacks') return `${of}, at most ${bound(atMost)}`;
  const held = `${trials - hits} of ${trials}, at most ${bound(atMost)} could fail`;
  if (verdict === 'holds') return held;
  return trials === 0 ? `no verdict of ${plural(unknown, 'replicate')}` : `${held}; ${unknown} without a verdict`;
}

export const PROPERTY_NAMES: Readonly<Record<Property, string>> = {
  safety: 'safety violated',
  durability: 'durability violated',
  liveness: 'liveness violated',
  finality: 'no finality at the risk',
};

/** The evidence for what became of a property; '' where a closed form says it and nothing was counted. */
export function propertyEvidence(property: Property, evidence: Evidence): string {
  return property === 'finality' ? '' : evidenceText(evidence);
}

/** `holds (5 of 5, at most 45% could fail)`, `liveness violated (5 of 5, at least 55%)`, `undecided (2 of 3000 attacks, at most 0.21%)`. */
export function verdictText({ verdict }: Summary): string {
  const said = verdict.verdict === 'broken' ? PROPERTY_NAMES[verdict.property!] : verdict.verdict;
  const evidence = verdict.property === null ? evidenceText(verdict) : propertyEvidence(verdict.property, verdict);
  return evidence === '' ? said : `${said} (${evidence})`;
}
