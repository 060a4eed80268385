// Ages of outputs: when each was made, along a chain; and how they are spread where outputs mint and begin anew, for ever.
//
// An output of age 30 + x days mints at a rate c · min(x, 60) a day, c in proportion to its value and the target. So its cycle, from one
// block of its own to the next, lasts 30 + ∫ S days in the mean, with S(x) = exp(-c x²/2) up to 60 days and falling by exp(-60 c) a day
// then; and of the age at any moment the density is 1, then S, over that.
import { exp, ln } from '../../assembly/portable/math.ts';
import { DAY_s } from './rules.ts';

const MIN_days = 30;
/** Days that count at most. */
export const MOST_days = 60;
/** Of the integral's grid. */
const STEPS = 480;

const left = (slope: number, days: number): number => exp((-slope * days * days) / 2);

/** By grid point, days that S has up to there. */
function integral(slope: number): Float64Array {
  const step = MOST_days / STEPS;
  const sums = new Float64Array(STEPS + 1);
  for (let i = 1; i <= STEPS; i++) {
    const to = i * step;
    sums[i] = sums[i - 1] + (step / 6) * (left(slope, to - step) + 4 * left(slope, to - step / 2) + left(slope, to));
  }
  return sums;
}

/** Mean days from one block of an output to its next, at a rate of `slope` a day and day of age beyond 30. */
export function cycle_days(slope: number): number {
  return MIN_days + integral(slope)[STEPS] + left(slope, MOST_days) / (MOST_days * slope);
}

/** The slope at which a cycle lasts so many days in the mean; at most `most`, where cycles are as short as they get. */
export function slopeOfCycle(days: number, most: number): number {
  if (cycle_days(most) >= days) return most;
  let [low, high] = [1e-12, most];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (cycle_days(middle) > days) low = middle;
    else high = middle;
  }
  return high;
}

/** The days that count of an output, in the mean over outputs: each mints once a cycle. */
export function meanWeight_days(slope: number): number {
  return 1 / (slope * cycle_days(slope));
}

/** The part of the outputs that is 30 days old or more. */
export function matureShare(slope: number): number {
  return 1 - MIN_days / cycle_days(slope);
}

/** The age, in whole seconds, below which a part `unit` (from 0 to 1, less than 1) of the outputs is. */
export function steadyAges(slope: number): (unit: number) => number {
  const sums = integral(slope);
  const all_days = cycle_days(slope);
  const step = MOST_days / STEPS;
  return (unit) => {
    const days = unit * all_days;
    if (days < MIN_days) return Math.floor(days * DAY_s);
    const beyond = days - MIN_days;
    if (beyond >= sums[STEPS]) {
      const rest = 1 - ((beyond - sums[STEPS]) * MOST_days * slope) / left(slope, MOST_days);
      return Math.floor((MIN_days + MOST_days - ln(Math.max(rest, 1e-15)) / (MOST_days * slope)) * DAY_s);
    }
    let [low, high] = [0, STEPS];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (sums[middle] <= beyond) low = middle;
      else high = middle;
    }
    return Math.floor((MIN_days + (low + (beyond - sums[low]) / (sums[high] - sums[low])) * step) * DAY_s);
  };
}

/** A block copies one chunk, and the list of them. */
const CHUNK = 256;

/** When each output was made, in seconds of the chain. Never changed: what mints makes another one, which shares the rest. */
export class Births {
  private readonly chunks: readonly Int32Array[];

  private constructor(chunks: readonly Int32Array[]) {
    this.chunks = chunks;
  }

  static of(outputs: number, birth_s: (output: number) => number): Births {
    const chunks: Int32Array[] = [];
    for (let first = 0; first < outputs; first += CHUNK)
      chunks.push(Int32Array.from({ length: Math.min(CHUNK, outputs - first) }, (_, i) => birth_s(first + i)));
    return new Births(chunks);
  }

  at_s(output: number): number {
    return this.chunks[Math.floor(output / CHUNK)][output % CHUNK];
  }

  with(output: number, birth_s: number): Births {
    const chunks = [...this.chunks];
    const chunk = chunks[Math.floor(output / CHUNK)].slice();
    chunk[output % CHUNK] = birth_s;
    chunks[Math.floor(output / CHUNK)] = chunk;
    return new Births(chunks);
  }
}
