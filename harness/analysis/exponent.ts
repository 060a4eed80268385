// How a cost grows with the number of nodes: the power law that fits its means.
import { studentT } from './statistics.ts';

export interface Exponent {
  /** Of the number of nodes: 2 where twice as many cost four times as much. */
  readonly exponent: number;
  /** Half the width of its 95% interval. */
  readonly half: number;
  /** Numbers of nodes it is of. */
  readonly points: number;
}

/**
 * Least squares of ln y on ln x over values above zero; the interval of the slope is Student's with two degrees of freedom fewer than there
 * are values, so that it is wide where no power law fits. Null with fewer than three different x.
 */
export function exponentOf(values: readonly { readonly x: number; readonly y: number }[]): Exponent | null {
  const logs = values.filter(({ x, y }) => x > 0 && y > 0).map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  if (new Set(logs.map(({ x }) => x)).size < 3) return null;
  const n = logs.length;
  const mean = (of: (log: (typeof logs)[number]) => number): number => logs.reduce((sum, log) => sum + of(log), 0) / n;
  const middle = { x: mean(({ x }) => x), y: mean(({ y }) => y) };
  const spread = logs.reduce((sum, { x }) => sum + (x - middle.x) ** 2, 0);
  const exponent = logs.reduce((sum, { x, y }) => sum + (x - middle.x) * (y - middle.y), 0) / spread;
  const left = logs.reduce((sum, { x, y }) => sum + (y - middle.y - exponent * (x - middle.x)) ** 2, 0);
  return { exponent, half: studentT(n - 2) * Math.sqrt(left / (n - 2) / spread), points: n };
}

/** `∝ n^1.98 ±0.02`, in one piece. */
export function exponentText({ exponent, half }: Exponent): string {
  const shown = Math.abs(exponent) < 0.005 ? '0' : exponent.toFixed(2).replace('-', '−');
  return `∝\u00a0n^${shown}\u00a0±${half < 0.005 ? '0.00' : half.toFixed(2)}`;
}
