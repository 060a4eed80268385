// What a write that survives a crash takes of a CPU: one small record appended to a file, and its sync. The wait for the disk is not in it.
import type { TimestampProvider } from 'tinybench';
import { CPU_CLOCK, CPU_CLOCK_STEP_S } from './cpu-clock.ts';
import { ScratchFile } from './scratch-file.ts';

/** About what a protocol persists of a vote or a term: a header, a digest and a signature or two. */
export const RECORD_BYTES = 256;
/** Writes a sample: 27 us of CPU each or more (measured), so that a sample is over a thousand steps of the clock. */
const WRITES = 64;
/** Writes before the first sample. */
const WARM_WRITES = 16;
const MOST_SAMPLES = 30;

export interface PersistSamples {
  /** CPU-seconds a write, one value a sample, in the order taken. */
  readonly seconds: readonly number[];
  /** Of a typical sample. */
  readonly sample_s: number;
  readonly clock_s: number;
  /** The temporary folder is in memory. */
  readonly isMemory: boolean;
}

/**
 * Times writes by their CPU time for about `budget_s` seconds of waiting, at least one sample.
 * @throws what the file system says where the temporary folder cannot be written
 */
export function samplePersist(budget_s: number, clock: TimestampProvider = CPU_CLOCK): PersistSamples {
  const file = new ScratchFile();
  try {
    const append = file.appender(RECORD_BYTES);
    const until = performance.now() + budget_s * 1000;
    for (let i = 0; i < WARM_WRITES; i++) append();
    const seconds: number[] = [];
    do {
      const before = Number(clock.fn());
      for (let i = 0; i < WRITES; i++) append();
      // A clock that stood still says less than one step.
      const took = Math.max((clock.toMs(Number(clock.fn())) - clock.toMs(before)) / 1000, CPU_CLOCK_STEP_S);
      seconds.push(took / WRITES);
    } while (seconds.length < MOST_SAMPLES && performance.now() < until);
    const sample_s = (seconds.reduce((sum, value) => sum + value, 0) / seconds.length) * WRITES;
    return { seconds, sample_s, clock_s: CPU_CLOCK_STEP_S, isMemory: file.isMemory };
  } finally {
    file.close();
  }
}
