import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { digestRun, type RunDigest } from '../../harness/analysis/digest.ts';
import { openRun } from '../../harness/folder/read.ts';
import { syntheticRun, type SyntheticOptions } from './synthetic.ts';

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

/** The digest of an invented run, whose folder goes when the tests of the file are done. */
export function syntheticDigest(options: SyntheticOptions): RunDigest {
  const dir = syntheticRun(options);
  made.push(dir);
  return digestRun(openRun(dir));
}

/** An invented run of so many mechanisms, in turn a chain and a vote, in so many variants each. */
export function crowdedDigest(mechanisms: number, options: SyntheticOptions): RunDigest {
  const digest = syntheticDigest({ ...options, mechanisms: ['pos-praos', 'pbft'] });
  const conditions = Array.from({ length: mechanisms }, (_, index) =>
    digest.conditions
      .filter(({ keys }) => keys.workload === (index % 2 === 0 ? 'pos-praos' : 'pbft'))
      .map((one) => ({ ...one, keys: { ...one.keys, workload: `mechanism-${index}` } })),
  ).flat();
  return { ...digest, conditions };
}
