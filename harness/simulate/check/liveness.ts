// Liveness, and with it how a run ended: the same rules for every engine.
import { lastChange_us, type Faults } from '../core/faults.ts';
import type { Outcome } from '../../model/outcome.ts';

/**
 * Why an engine stopped. `done`: the asked decisions are reached and all that they caused was handled; `horizon`: virtual time ran out;
 * `budget`: events did; `idle`: nothing under way can make progress.
 */
export type Stop = 'done' | 'horizon' | 'budget' | 'idle';

/** View changes (or rounds, terms) in a row without a decision after which a protocol stands still. */
export const FUTILE_VIEW_CHANGES = 10;

/** The same of a replica's questions for what it lacks, each after twice the wait of the one before it. */
const FUTILE_REQUESTS = 10;

/** Counts the view changes since the last decision, those that never came to a new view included. */
export class ViewChangeCount {
  readonly #changes_us: number;
  #highest = 0;
  #inARow = 0;
  readonly #inVain = new Map<number, number>();
  #mostInVain = 0;

  constructor(faults: Pick<Faults, 'entries'>) {
    this.#changes_us = lastChange_us(faults);
  }

  /** A correct replica asks for `view`. What happens before a fault begins or ends for the last time says nothing of what comes after. */
  asked(view: number, now_us: number): void {
    if (view <= this.#highest) return;
    this.#highest = view;
    if (now_us >= this.#changes_us) this.#inARow += 1;
  }
  /** A correct replica asks others again for what it lacks. */
  askedAgain(replica: number, inVain: boolean, now_us: number): void {
    const times = inVain && now_us >= this.#changes_us ? (this.#inVain.get(replica) ?? 0) + 1 : 0;
    this.#inVain.set(replica, times);
    this.#mostInVain = Math.max(this.#mostInVain, times);
  }
  decided(): void {
    this.#inARow = 0;
    this.#mostInVain = 0;
    this.#inVain.clear();
  }
  /** Why the protocol stands still: one more was begun, so the ten before it are over. '' where it does not. */
  get standstill(): string {
    if (this.#inARow > FUTILE_VIEW_CHANGES) return `${FUTILE_VIEW_CHANGES} view changes in a row brought none`;
    return this.#mostInVain > FUTILE_REQUESTS ? `a replica has asked all others ${FUTILE_REQUESTS} times in a row for what none has` : '';
  }
}

export interface Ending {
  readonly reached: number;
  readonly asked: number;
  readonly stopped: Stop;
  /** Why nothing can make progress, where that is known; '' else. */
  readonly standstill: string;
  readonly horizon_us: number;
  readonly eventBudget: number;
}

/**
 * `done` needs all decisions and whole counts. Liveness is `ok` if the asked decisions came and `violated` only where the protocol stands still;
 * a run that merely ended first is `unknown`.
 */
export function endingOf(ending: Ending): Pick<Outcome, 'state' | 'reason' | 'liveness'> {
  const { reached, asked, stopped, standstill, horizon_us, eventBudget } = ending;
  if (reached >= asked) {
    if (stopped !== 'budget') return { state: 'done', reason: '', liveness: 'ok' };
    const reason = `${reached} of ${asked} decisions, but the budget of ${eventBudget} events ended before all that they caused was handled`;
    return { state: 'stalled', reason, liveness: 'ok' };
  }
  const some = `${reached} of ${asked} decisions`;
  if (standstill !== '' || stopped === 'idle')
    return { state: 'stalled', reason: `${some}: ${standstill || 'nothing under way can make progress'}`, liveness: 'violated' };
  const first = stopped === 'budget' ? `budget of ${eventBudget} events` : `horizon of ${horizon_us / 1e6} s`;
  return { state: 'stalled', reason: `${some} before the ${first}`, liveness: 'unknown' };
}
