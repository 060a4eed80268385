// Measured cells do what is counted: the operations of an outcome, summed kind by kind, are its counts.
import type { TimestampProvider } from 'tinybench';
import { expect } from 'vitest';
import type { Search } from '../../harness/model/jobs.ts';
import { OPERATIONS, countsOf } from '../../harness/model/operations.ts';
import type { Outcome } from '../../harness/model/outcome.ts';

/** Every time that it is asked a second has passed: of `executeOperations` samples are long enough at once, and one pass is made. */
export function steppingClock(): TimestampProvider {
  let now = 0;
  return { name: 'stepping', fn: () => (now += 1e9), toMs: (value) => Number(value) / 1e6, fromMs: (value) => value * 1e6 };
}

export function expectCounted({ counts, operations, stale, observations }: Outcome): void {
  const all = operations!.flat();
  const done = countsOf(all);
  for (const { id, counts: names } of OPERATIONS) {
    // Mining is counted as time: there every block that was found is mined.
    if (id === 'search') continue;
    for (const name of names) {
      if (name === 'batches') expect(new Map(done.batches as Map<number, number>)).toEqual(new Map(counts.batches ?? []));
      else expect({ [name]: done[name] ?? 0 }).toEqual({ [name]: counts[name] ?? 0 });
    }
  }
  const mined = all.filter((operation): operation is Search => operation.kind === 'search');
  // Shares of a pool that are no blocks are searched for, and have numbers below 0.
  const searches = mined.filter(({ block }) => block > 0).length;
  // Of proof of burn some blocks are made without mining.
  if (observations?.['burn_blocks_share'] === undefined) expect(searches).toBe(counts.mining_node_s === undefined ? 0 : stale!.blocks);
  else expect(searches).toBeLessThanOrEqual(stale!.blocks);
}
