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
 * How many cases a property must have met to say anything: `least` with the fixed seeds, by which it was set, and half of that with seeds that nobody
 * has tried, which meet more or fewer by chance.
 */
export const enough = (least: number): number => (fresh() === null ? least : least / 2);
