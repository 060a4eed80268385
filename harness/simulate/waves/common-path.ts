// What runs of a common path on waves have in common: what they leave to messages, and what came of them.
import { isDefaultLoad } from '../../model/load.ts';
import type { NetworkSpec } from '../../model/cell.ts';
import type { Outcome } from '../../model/outcome.ts';
import { endingOf } from '../check/liveness.ts';
import { EVENT_BUDGET, NeedsMessages, limitedEngine, type Engine, type KnownSetup, type Setup } from '../core/contract.ts';

/** What is no common path: measured cells, loads, faults that begin or end, or whose nodes are not merely down. '' where it is one. */
function offPath({ cell, faults }: KnownSetup<unknown>): string {
  if (cell.crypto === 'measured') return 'measured cells';
  if (!isDefaultLoad(cell.load)) return 'loads that queue';
  if (faults.kind !== 'crash' && faults.kind !== 'silent-leader') return `fault kind ${faults.kind}`;
  const passes = faults.entries.some(({ count, from_us, until_us }) => count > 0 && (from_us > 0 || until_us !== Infinity));
  return passes ? 'faults that begin or end' : '';
}

/** Votes by weight that come at one time are counted in an order of their own on messages. */
export const VOTES_WITHOUT_DELAY = 'votes by weight without delay';

/** That, where a network has no delays at all; '' where it has some. */
export function withoutDelay(network: NetworkSpec): string {
  return network.kind === 'fixed' && Math.round(network.delay_ms * 1000) === 0 ? VOTES_WITHOUT_DELAY : '';
}

/** A workload's common path as an engine. `cannot`: what its cells may have beside that which no common path has. */
export function waveEngine<P>(run: (setup: Setup<P>) => Outcome, cannot: (setup: KnownSetup<P>) => string = () => ''): Engine<P> {
  const untraced = (setup: Setup<P>): Outcome => {
    if (setup.trace !== undefined) throw new NeedsMessages('traces');
    return run(setup);
  };
  return limitedEngine(untraced, (setup) => offPath(setup) || cannot(setup));
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
