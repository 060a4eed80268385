// Faults that come while a short cell runs.
import type { FaultKind, FaultSpec, SingleFault } from '../../harness/model/fault.ts';

/** What makes a kind of fault happen in a short cell. */
export const CLOSER: Partial<Record<FaultKind, object>> = {
  partition: { from_s: 0.3, until_s: 2 },
  delay: { delay_ms: 300 },
  loss: { loss: 0.5, until_s: 2 },
};
/** Of a schedule: replicas go down, come back, and lose what they send. */
export function scheduleOf(count: number): FaultSpec {
  const crash: SingleFault = { kind: 'crash', placement: 'worst', count, from_s: 0.3, until_s: 2 };
  return { kind: 'schedule', placement: 'worst', schedule: [crash, { ...crash, kind: 'loss', loss: 0.5, from_s: 2, until_s: 4 }] };
}
