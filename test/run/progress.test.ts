import { expect, test } from 'vitest';
import { Progress, duration, progressLine, type ProgressState } from '../../harness/run/progress.ts';

function screen(terminal: boolean) {
  const written: string[] = [];
  return { style: terminal ? ('terminal' as const) : ('plain' as const), width: 80, written, write: (text: string) => written.push(text) };
}

const state = (changes: Partial<ProgressState>): ProgressState => ({
  total: 480,
  done: 120,
  left: { modelled: 360, measured: 0 },
  finished: { modelled: 120, measured: 0 },
  elapsed_s: 10,
  modelled_s: 10,
  ...changes,
});

test('done, total, rate, time left', () => {
  expect(progressLine(state({}))).toBe('120 of 480 cells (25%), 12 cells/s, 30 s left');
  expect(
    progressLine(state({ done: 479, left: { modelled: 1, measured: 0 }, finished: { modelled: 400, measured: 0 }, elapsed_s: 1 })),
  ).toBe('479 of 480 cells (99%), 400 cells/s, 0.003 s left');
  const nothing = { modelled: 0, measured: 0 };
  expect(progressLine(state({ total: 10, done: 10, left: nothing, finished: { modelled: 10, measured: 0 }, elapsed_s: 20 }))).toBe(
    '10 of 10 cells (100%), 0.50 cells/s, 20 s',
  );
  expect(progressLine(state({ total: 10, done: 4, finished: nothing, elapsed_s: 0 }))).toBe('4 of 10 cells (40%)');
  expect(progressLine(state({ total: 1, done: 1, left: nothing, finished: { modelled: 1, measured: 0 }, elapsed_s: 2 }))).toBe(
    '1 of 1 cell (100%), 0.50 cells/s, 2 s',
  );
});

test('the time left weighs cells by what they cost: measured ones come last (it said 6 s with 31 s to go)', () => {
  // 100 modelled cells took 20 s, 20 are left, and 8 measured ones have not begun: 4 s and 8 cells of about 3.2 s.
  const before = state({
    total: 128,
    done: 100,
    left: { modelled: 20, measured: 8 },
    finished: { modelled: 100, measured: 0 },
    elapsed_s: 20,
  });
  expect(progressLine(before)).toMatch(/, 30 s left$/);
  // All modelled ones done after 24 s; two measured ones took 10 s: the other 6 take 30.
  const after = state({
    total: 128,
    done: 122,
    left: { modelled: 0, measured: 6 },
    finished: { modelled: 120, measured: 2 },
    elapsed_s: 34,
    modelled_s: 24,
  });
  expect(progressLine(after)).toMatch(/, 30 s left$/);
});

test('the rate is that of this session: cells of an earlier one are not in it', () => {
  let now_ms = 0;
  const out = screen(false);
  const progress = new Progress(out, () => now_ms);
  progress.start(100, 50, { modelled: 50, measured: 0 });
  now_ms = 5000;
  progress.step('modelled');
  expect(out.written).toEqual(['50 of 100 cells (50%)\n', '51 of 100 cells (51%), 0.20 cells/s, 4 min 5 s left\n']);
});

test('no terminal: a plain line every five seconds and one at the end', () => {
  let now_ms = 0;
  const out = screen(false);
  const progress = new Progress(out, () => now_ms);
  progress.start(12, 0, { modelled: 12, measured: 0 });
  for (let cell = 0; cell < 12; cell++) {
    now_ms += 1000;
    progress.step('modelled');
  }
  progress.end();
  expect(out.written.map((text) => text.split(',')[0])).toEqual(['5 of 12 cells (41%)', '10 of 12 cells (83%)', '12 of 12 cells (100%)']);
  for (const text of out.written) expect(text).toMatch(/^[\x20-\x7e]+\n$/);
});

test('a terminal: one line that is drawn over, at most ten times a second, and messages above it', () => {
  let now_ms = 0;
  const out = screen(true);
  const progress = new Progress(out, () => now_ms);
  progress.start(1000, 0, { modelled: 1000, measured: 0 });
  for (let cell = 0; cell < 500; cell++) {
    now_ms += 2;
    progress.step('modelled');
  }
  expect(out.written.filter((text) => text.includes('cells')).length).toBeLessThanOrEqual(11);
  progress.say('a message');
  expect(out.written.at(-2)).toBe('a message\n');
  expect(out.written.at(-3)).toBe('\r\u001b[2K');
  progress.end();
  expect(out.written.at(-1)).toBe('\n');
});

test('a long cell: the terminal line goes on, plain lines come every half minute', () => {
  let now_ms = 0;
  const [plain, terminal] = [screen(false), screen(true)];
  const both = [plain, terminal].map((out) => new Progress(out, () => now_ms));
  for (const progress of both) progress.start(2, 0, { modelled: 2, measured: 0 });
  now_ms = 10;
  for (const progress of both) progress.step('modelled');
  for (; now_ms < 70_000; now_ms += 1000) for (const progress of both) progress.tick();
  expect(plain.written).toHaveLength(3);
  expect(terminal.written.filter((text) => text.includes('cells')).length).toBeGreaterThan(60);
});

test('durations for people', () => {
  expect([0.004, 0.4, 8.2, 59.4, 125, 12_000].map(duration)).toEqual(['0.004 s', '0.4 s', '8 s', '59 s', '2 min 5 s', '3 h 20 min']);
});
