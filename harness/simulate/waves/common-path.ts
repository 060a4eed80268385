// What runs of a common path on waves have in common: what they leave to messages, and what came of them.
import { isDefaultLoad } from '../../model/load.ts';
import type { Outcome } from '../../model/outcome.ts';
import { endingOf } from '../check/liveness.ts';
import { EVENT_BUDGET, NeedsMessages, type Setup } from '../core/contract.ts';

/** @throws NeedsMessages for what is no common path: traces, measured cells, loads, faults that begin or end, or whose nodes are not merely down */
export function requireCommonPath({ cell, faults, collect, trace }: Setup): void {
  if (collect || trace !== undefined) throw new NeedsMessages('measured cells and traces');
  if (!isDefaultLoad(cell.load)) throw new NeedsMessages('loads that queue');
  if (faults.kind !== 'crash' && faults.kind !== 'silent-leader') throw new NeedsMessages(`fault kind ${faults.kind}`);
  if (faults.count > 0 && (faults.from_us > 0 || faults.until_us !== Infinity)) throw new NeedsMessages('faults that begin or end');
}

type Found = Pick<Outcome, 'latencies_us' | 'elapsed_us' | 'events'> & {
  /** Why nothing can be decided any more; '' where it can. */
  readonly standstill: string;
};

/** An outcome but for its counts and verdicts: of decisions one after another, final once they are accepted. */
export function pathOutcome(
  { cell, horizon_us, eventBudget = EVENT_BUDGET }: Setup,
  { latencies_us, elapsed_us, events, standstill }: Found,
): Omit<Outcome, 'counts' | 'safety'> {
  const reached = latencies_us.length;
  return {
    ...endingOf({ reached, asked: cell.decisions, stopped: 'done', standstill, horizon_us, eventBudget }),
    decisions: reached,
    divisor: reached,
    latencies_us,
    finalities_us: latencies_us,
    elapsed_us,
    confirmations: 1,
    events,
  };
}
