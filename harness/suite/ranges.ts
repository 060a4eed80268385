// Numbers of nodes: a number, or a range like 4..64, 4..64:+4 or 4..64:x2.
import { MAX_NODES } from '../model/cell.ts';

export const RANGE_ERROR = `an integer from 1 to ${MAX_NODES}, or a range like 4..64, 4..64:+4 (steps of 4) or 4..64:x2 (doubling)`;

/** The numbers of a range in ascending order, its first among them and none above its last; null: no such range. */
export function numbersOf(text: string): number[] | null {
  const [, first, last, by = '+', step = '1'] = /^\s*(\d{1,6})\s*\.\.\s*(\d{1,6})\s*(?::\s*([x+])\s*(\d{1,6})\s*)?$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return null;
  const [from, to, size] = [first, last, step].map(Number);
  if (from < 1 || to > MAX_NODES || from > to || size < (by === 'x' ? 2 : 1)) return null;
  const numbers: number[] = [];
  for (let n = from; n <= to; n = by === 'x' ? n * size : n + size) numbers.push(n);
  return numbers;
}

/** Which item of a list as it was written gave number `index` of the numbers that it stands for. */
export function writtenIndex(list: readonly unknown[], index: number): number {
  let left = index;
  return Math.max(
    0,
    list.findIndex((item) => {
      left -= typeof item === 'string' ? (numbersOf(item)?.length ?? 1) : 1;
      return left < 0;
    }),
  );
}
