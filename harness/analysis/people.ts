// Units for people: money of a million transactions, energy with kilowatt-hours beside, power, a year's energy, carbon, rates.
import type { Form } from './estimate.ts';
import { number, prefixed } from './format.ts';

const plain = { scale: 1, unit: () => 1, ends: false } as const;

/** Joules of a kilowatt-hour, and from where on it stands beside them: a thousandth. */
const KWH_J = 3.6e6;
const KWH_SHOWN_J = KWH_J / 1000;

/** `$0.31`, `$12 300`, `$4.1 million`, `$0.0016`; below a thousandth of a dollar `164 µ$`, below a hundred-millionth `3.1 n$`. */
export function money(usd: number, digits?: number): string {
  if (usd === 0) return '$0';
  if (usd < 1e-8) return `${number(usd * 1e9, digits)}\u00a0n$`;
  if (usd < 0.001) return `${number(usd * 1e6, digits)}\u00a0µ$`;
  const large = (
    [
      [1e12, 'trillion'],
      [1e9, 'billion'],
      [1e6, 'million'],
    ] as const
  ).find(([from]) => usd >= from);
  return large === undefined ? `$${number(usd, digits)}` : `$${number(usd / large[0], digits)}\u00a0${large[1]}`;
}

/** `3.1 mJ`; from 3.6 kJ on with kilowatt-hours: `1.2 GJ (333 kWh)`. */
export function energy(joules: number, digits?: number): string {
  const text = prefixed(joules, 'J', digits);
  return joules < KWH_SHOWN_J ? text : `${text} (${number(joules / KWH_J, digits)}\u00a0kWh)`;
}

const si = (unit: string): Form => ({ ...plain, show: (value, digits) => prefixed(value, unit, digits) });

/** Of usd_per_1000_tx: a million transactions. */
export const MILLION_TX: Form = { ...plain, show: money, scale: 1000 };
export const MONEY: Form = { ...plain, show: money };
export const ENERGY: Form = { ...plain, show: energy };
export const POWER: Form = si('W');
/** Of energy_twh_per_year. */
export const YEARLY_ENERGY: Form = { ...si('Wh'), scale: 1e12 };
/** Of kilograms: grams with a prefix up to kilograms, then tonnes. */
export const CARBON: Form = {
  ...plain,
  scale: 1000,
  show: (grams, digits) => (grams < 1e6 ? prefixed(grams, 'g', digits) : prefixed(grams / 1e6, 't', digits)),
};
/** CPU-seconds; not in hours, so that they compare. */
export const CPU_TIME: Form = si('s');
export const BYTES: Form = si('B');
