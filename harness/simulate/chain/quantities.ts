// Hash rates and energies as data sheets write them: `557 EH/s`, `28.2 J/TH`. Plain numbers are hashes a second and joules a terahash.
import { z } from 'zod';

/** Powers of ten of the prefixes. */
const PREFIXES = { '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18, Z: 21 } as const;
type Prefix = keyof typeof PREFIXES;
const NUMBER = String.raw`(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?`;
const HASH_RATE = new RegExp(String.raw`^\s*${NUMBER}\s*([kMGTPEZ]?)H\/s\s*$`);
const ENERGY = new RegExp(String.raw`^\s*${NUMBER}\s*(k?)J\/([kMGTPEZ]?)H\s*$`);

/** Digits times a power of ten, rounded once: `557 EH/s` is the number that 557e18 is. */
const scaled = (digits: string, exponent: string | undefined, power: number): number =>
  Number(`${digits}e${Number(exponent ?? 0) + power}`);

/** Hashes a second; NaN where the text is no such rate. */
export function hashRate_hs(text: string): number {
  const [, digits, exponent, prefix] = HASH_RATE.exec(text) ?? [];
  return digits === undefined ? NaN : scaled(digits, exponent, PREFIXES[prefix as Prefix]);
}

/** Joules a terahash; NaN where the text is no such energy. */
export function joulesPerTerahash(text: string): number {
  const [, digits, exponent, energy, hashes] = ENERGY.exec(text) ?? [];
  return digits === undefined ? NaN : scaled(digits, exponent, PREFIXES[energy as Prefix] + PREFIXES.T - PREFIXES[hashes as Prefix]);
}

/** `auto`, a number above 0 and at most `most`, or a text with a unit, which becomes that number. */
function quantity(read: (text: string) => number, { most, unit, like }: { most: number; unit: string; like: string }) {
  const accepts = `auto, or a number above 0 and at most ${most} (${unit}), or with its unit, like ${like}`;
  return z
    .union([z.literal('auto'), z.number().positive().max(most), z.string()])
    .transform((value, context): number | 'auto' => {
      if (typeof value === 'number' || value === 'auto') return value;
      const number = read(value);
      if (number > 0 && number <= most) return number;
      context.addIssue({ code: 'custom', message: accepts, input: value });
      return z.NEVER;
    })
    .default('auto')
    .meta({ accepts });
}

export const MAX_HASH_RATE_HS = 1e30;
export const hashRate = (like: string) => quantity(hashRate_hs, { most: MAX_HASH_RATE_HS, unit: 'hashes a second', like });
export const energyOfHashes = (like: string) => quantity(joulesPerTerahash, { most: 1e12, unit: 'joules a terahash', like });
