import { expect, test } from 'vitest';
import { Progress, duration, progressLine } from '../../harness/run/progress.ts';

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, written, write: (text: string) => written.push(text) };
}

test('done, total, rate, time left', () => {
  expect(progressLine({ total: 480, done: 120, since: 120, elapsed_s: 10 })).toBe('120 of 480 cells (25%), 12 cells/s, 30 s left');
  expect(progressLine({ total: 480, done: 479, since: 400, elapsed_s: 1 })).toBe('479 of 480 cells (99%), 400 cells/s, 0.003 s left');
  expect(progressLine({ total: 10, done: 10, since: 10, elapsed_s: 20 })).toBe('10 of 10 cells (100%), 0.50 cells/s, 20 s');
  expect(progressLine({ total: 10, done: 4, since: 0, elapsed_s: 0 })).toBe('4 of 10 cells (40%)');
});

test('the rate is that of this session: cells of an earlier one are not in it', () => {
  let now_ms = 0;
  const out = screen(false);
  const progress = new Progress(out, () => now_ms);
  progress.start(100, 50);
  now_ms = 5000;
  progress.step();
  expect(out.written).toEqual(['50 of 100 cells (50%)\n', '51 of 100 cells (51%), 0.20 cells/s, 4 min 5 s left\n']);
});

test('no terminal: a plain line every five seconds and one at the end', () => {
  let now_ms = 0;
  const out = screen(false);
  const progress = new Progress(out, () => now_ms);
  progress.start(12, 0);
  for (let cell = 0; cell < 12; cell++) {
    now_ms += 1000;
    progress.step();
  }
  progress.end();
  expect(out.written.map((text) => text.split(',')[0])).toEqual(['5 of 12 cells (41%)', '10 of 12 cells (83%)', '12 of 12 cells (100%)']);
  for (const text of out.written) expect(text).toMatch(/^[\x20-\x7e]+\n$/);
});

test('a terminal: one line that is drawn over, at most ten times a second, and messages above it', () => {
  let now_ms = 0;
  const out = screen(true);
  const progress = new Progress(out, () => now_ms);
  progress.start(1000, 0);
  for (let cell = 0; cell < 500; cell++) {
    now_ms += 2;
    progress.step();
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
  for (const progress of both) progress.start(2, 0);
  now_ms = 10;
  for (const progress of both) progress.step();
  for (; now_ms < 70_000; now_ms += 1000) for (const progress of both) progress.tick();
  expect(plain.written).toHaveLength(3);
  expect(terminal.written.filter((text) => text.includes('cells')).length).toBeGreaterThan(60);
});

test('durations for people', () => {
  expect([0.004, 0.4, 8.2, 59.4, 125, 12_000].map(duration)).toEqual(['0.004 s', '0.4 s', '8 s', '59 s', '2 min 5 s', '3 h 20 min']);
});
