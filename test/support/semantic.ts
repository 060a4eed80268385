// All of an outcome that a record is made of, in one order: what twins have to agree on.
import type { Outcome } from '../../harness/model/outcome.ts';

export function semantic(outcome: Outcome): unknown {
  const { counts, ...rest } = { ...outcome, events: null };
  if (outcome.state === 'stalled') return { ...rest, latencies_us: outcome.latencies_us };
  return { ...rest, counts: { ...counts, batches: [...(counts.batches ?? [])].sort(([x], [y]) => x - y) } };
}
