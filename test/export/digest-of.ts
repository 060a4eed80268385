import type { RunDigest } from '../../harness/analysis/digest.ts';
import type { Summary } from '../../harness/analysis/summarize.ts';
import { NO_EXTRAS } from '../../harness/record/extra-columns.ts';
import { costs } from '../record/fixtures.ts';

/** A run that has these conditions and nothing else. */
export function digestOf(conditions: readonly Summary[]): RunDigest {
  const states = { done: conditions.length, stalled: 0, timeout: 0, failed: 0 };
  const run = { dir: '', suite: { name: 'a test', seed: 1, text: '' }, costs, environment: {}, warnings: [] };
  return {
    run,
    extras: NO_EXTRAS,
    planned: 1,
    finished: 1,
    states,
    conditions,
    omitted: 0,
    broken: [],
    settings: { nodes: [], networks: [], more: 0 },
    examples: { chain: null, vote: null },
    retried: { cells: 0, tries: 0, recovered: 0 },
    warnings: [],
  };
}
