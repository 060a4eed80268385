// The price of a write that survives a crash: CPU time, in a file that is deleted.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TimestampProvider } from 'tinybench';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { CPU_CLOCK } from '../../harness/measure/cpu-clock.ts';
import { samplePersist } from '../../harness/measure/persist.ts';
import { MOST_BYTES, ScratchFile } from '../../harness/measure/scratch-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** Each reading is so many microseconds after the one before. */
const stepping = (step_us: number): TimestampProvider => {
  let now_us = 0;
  return { ...CPU_CLOCK, fn: () => (now_us += step_us) };
};

test('without time there is one sample, of 64 writes: where it takes 640 us of CPU a write takes 10', () => {
  vi.stubEnv('TMPDIR', folder);
  const { seconds, sample_s, clock_s } = samplePersist(0, stepping(640));
  expect(seconds).toEqual([1e-5]);
  expect(sample_s).toBeCloseTo(640e-6, 12);
  expect(clock_s).toBe(1e-6);
  expect(readdirSync(folder)).toEqual([]);
});

test('a temporary folder that cannot be written is an error with its code', () => {
  vi.stubEnv('TMPDIR', path.join(folder, 'nowhere'));
  expect(() => samplePersist(0)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test('the CPU clock stands still while a thread waits, and moves while it works', () => {
  const spent_ms = (work: () => void): number => {
    const before = Number(CPU_CLOCK.fn());
    work();
    return CPU_CLOCK.toMs(Number(CPU_CLOCK.fn()) - before);
  };
  const until = (ms: number): number => performance.now() + ms;
  const waiting = (): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  expect(spent_ms(() => void waiting())).toBeLessThan(150);
  // However little of its core other load leaves it.
  expect(
    spent_ms(() => {
      const begun = Number(CPU_CLOCK.fn());
      for (const end = until(30_000); performance.now() < end && CPU_CLOCK.toMs(Number(CPU_CLOCK.fn()) - begun) < 50;);
    }),
  ).toBeGreaterThan(20);
});

test('records are appended, and the file begins anew rather than grow without end', () => {
  const file = new ScratchFile();
  const size = (): number => statSync(path.join(file.folder, 'records')).size;
  try {
    const small = file.appender(100);
    expect([small(), small()]).toEqual([100, 100]);
    expect(size()).toBe(200);
    const half = MOST_BYTES / 2;
    const large = file.appender(half);
    large();
    expect(size()).toBe(200 + half);
    large();
    expect(size()).toBe(half);
    small();
    expect(size()).toBe(half + 100);
  } finally {
    file.close();
  }
  expect(() => statSync(file.folder)).toThrow(/ENOENT/);
});
