import { expect, it } from 'vitest';
import { atRandomDepth } from '../../harness/measure/stack-depth.ts';

it('calls the work once, with no word of the stack that it stands on', () => {
  let calls = 0;
  for (let i = 0; i < 1000; i++) {
    atRandomDepth(function (this: unknown, ...given: unknown[]) {
      expect(given).toEqual([]);
      calls += 1;
    });
  }
  expect(calls).toBe(1000);
});

it('throws what the work throws', () => {
  expect(() =>
    atRandomDepth(() => {
      throw new RangeError('as it is');
    }),
  ).toThrow(new RangeError('as it is'));
});

it('stands at many places: the deeper, the fewer further calls fit the stack', () => {
  const left = (): number => {
    try {
      return 1 + left();
    } catch {
      return 0;
    }
  };
  left();
  const room: number[] = [];
  for (let i = 0; i < 200; i++) atRandomDepth(() => room.push(left()));
  // A frame of `left` is under 200 bytes: 4 kB are more than 20 frames.
  expect(Math.max(...room) - Math.min(...room)).toBeGreaterThan(15);
  expect(new Set(room).size).toBeGreaterThan(8);
});
