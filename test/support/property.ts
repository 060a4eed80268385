// Property tests: each has a fixed seed, so that `npm test` is the same every time; `npm run test:fresh` runs them all with seeds
// that nobody has tried, and prints the command that replays them.
import fc from 'fast-check';

/** The variable that `scripts/test-fresh.mjs` sets: an integer that every fixed seed is mixed with. */
export const FRESH_SEED = 'CONSENSUS_BENCH_FRESH_SEED';

function fresh(): number | null {
  const text = process.env[FRESH_SEED];
  return text === undefined || text === '' ? null : Number(text) | 0;
}

/** `fc.assert` with a fixed seed, or in a fresh run one that depends on it and on the run's. */
export function holds<T>(property: fc.IRawProperty<T>, options: fc.Parameters<T> & { readonly seed: number }): void {
  const mixedWith = fresh();
  if (mixedWith === null) {
    fc.assert(property, options);
    return;
  }
  // An odd multiplier keeps distinct seeds distinct.
  const seed = (Math.imul(options.seed, 0x9e3779b1) ^ mixedWith) | 0;
  fc.assert(property, { ...options, seed });
}

/**
 * A property must have met more than this many cases to say anything: `least` with the fixed seeds, by which it was set. Seeds that nobody has tried
 * meet more or fewer by chance, so there it is half of that, and no more than four standard deviations of a Poisson count below it.
 */
export function enough(least: number): number {
  const met = least + 1;
  return fresh() === null ? least : Math.min(least / 2, met - 4 * Math.sqrt(met) - 1);
}
