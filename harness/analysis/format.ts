// Numbers as people read them. The exact ones are in the CSV files.
import { plural as pluralOf } from '../words.ts';

const SUPERSCRIPTS = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

export function superscript(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return exponent < 0 ? `⁻${digits}` : digits;
}

/** 12345.6 → `12 346` with a no-break space. */
function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u00a0') : whole;
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

/**
 * With this many significant digits, as a decimal or with a power of ten. Without a number of digits: three, but whole numbers
 * below a million in full.
 */
export function number(value: number, digits?: number): string {
  if (value === 0) return '0';
  if (digits === undefined && Number.isInteger(value) && Math.abs(value) < 1e6) return grouped(String(value));
  const kept = digits ?? 3;
  const [mantissa = '', exponent = ''] = value.toExponential(kept - 1).split('e');
  const power = Number(exponent);
  if (power >= -3 && power < 6) return grouped(Number(value.toPrecision(kept)).toFixed(Math.max(0, kept - 1 - power)));
  return `${mantissa}\u00a0×\u00a010${superscript(power)}`;
}

/** So many significant digits in the shortest form without special characters, for a terminal. */
export function plainNumber(value: number, digits = 3): string {
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size >= 1e-3 && size < 1e6) return String(rounded);
  return rounded.toExponential().replace('e+', 'e');
}

/** For a terminal: without characters that it may not have. */
export function plainText(text: string): string {
  return text
    .replaceAll('\u00a0', ' ')
    .replaceAll('µ', 'u')
    .replaceAll('₂', '2')
    .replace(
      / × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g,
      (_all, power: string) => `e${[...power].map((digit) => (digit === '⁻' ? '-' : SUPERSCRIPTS.indexOf(digit))).join('')}`,
    );
}

/** A share in percent. */
export function percentage(share: number, digits?: number): string {
  return `${number(share * 100, digits)}%`;
}

interface Step {
  readonly from: number;
  readonly unit: string;
}
const TIME_STEPS: readonly Step[] = [
  { from: 86_400, unit: 'days' },
  { from: 3600, unit: 'h' },
  { from: 60, unit: 'min' },
  { from: 1, unit: 's' },
  { from: 1e-3, unit: 'ms' },
  { from: 1e-6, unit: 'µs' },
  { from: 1e-9, unit: 'ns' },
];
/** Energy and money have prefixes only downwards; CPU time is not given in hours, so that costs compare. */
const SI_STEPS: readonly Step[] = [
  { from: 1e12, unit: 'T' },
  { from: 1e9, unit: 'G' },
  { from: 1e6, unit: 'M' },
  { from: 1e3, unit: 'k' },
  { from: 1, unit: '' },
  { from: 1e-3, unit: 'm' },
  { from: 1e-6, unit: 'µ' },
  { from: 1e-9, unit: 'n' },
];

/** Without a number of digits: three, trailing zeros dropped. */
function scaled(value: number, steps: readonly Step[], digits?: number): { text: string; unit: string } {
  const kept = digits ?? 3;
  // A value that rounds up to the next step is one of it: 999.7 ms is 1 s, 59.96 s is 1 min.
  const step = steps.find(({ from }) => Number(value.toPrecision(kept)) >= from);
  const { from, unit } = step ?? steps.at(-1)!;
  const shown = Number((value / from).toPrecision(kept));
  const whole = step === undefined ? shown : Math.max(1, shown);
  const decimals = Math.max(0, kept - 1 - Math.floor(Math.log10(whole)));
  return { text: grouped(digits === undefined ? String(whole) : whole.toFixed(decimals)), unit };
}

/** The seconds of the unit in which a duration is shown. */
export function durationUnit(seconds: number): number {
  return (TIME_STEPS.find(({ from }) => Number(seconds.toPrecision(3)) >= from) ?? TIME_STEPS.at(-1)!).from;
}

/** `412 ms`, `59.6 min`. */
export function duration(seconds: number, digits?: number): string {
  if (seconds === 0) return '0 s';
  const { text, unit } = scaled(seconds, TIME_STEPS, digits);
  return `${text}\u00a0${text === '1' && unit === 'days' ? 'day' : unit}`;
}

/** `3.1 µJ`. */
export function prefixed(value: number, unit: string, digits?: number): string {
  if (value === 0) return `0\u00a0${unit}`;
  const { text, unit: prefix } = scaled(value, SI_STEPS, digits);
  return `${text}\u00a0${prefix}${unit}`;
}

/** How many times, in words that need no second look: `3.2 times`, `about 4 million times`. */
export function times(ratio: number): string {
  if (ratio < 10) return `${Number(ratio.toPrecision(2))} times`;
  const words: readonly [number, string][] = [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
  ];
  for (const [from, word] of words) if (ratio >= from) return `${Number((ratio / from).toPrecision(2))} ${word} times`;
  return `${grouped(String(Number(ratio.toPrecision(2))))} times`;
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;
}

/** A share of a count: `3 of 5`. */
export function share(part: number, whole: number): string {
  return `${part} of ${whole}`;
}

export function plural(count: number, noun: string, many?: string): string {
  return pluralOf(count, noun, { shown: grouped(String(count)), ...(many === undefined ? {} : { many }) });
}
