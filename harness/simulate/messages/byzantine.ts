// Byzantine behaviour as filters on what a faulty participant sends: the protocol's own code stays that of a correct one. What a filter
// cannot know of messages (how a vote for something else reads, what a bad signature is) the protocol gives it.
import type { Message } from './protocol.ts';
import type { Action } from './outbox.ts';

/** What its participant's step wants done → what is done instead. Called for each step while the fault holds. */
export type OutboxFilter<M extends Message> = (actions: readonly Action<M>[], step: FilteredStep) => Action<M>[];

export interface FilteredStep {
  readonly participant: number;
  readonly now_us: number;
  /** All nodes are 0 to nodes - 1. */
  readonly nodes: number;
}

const sends = <M extends Message>(action: Action<M>): action is Extract<Action<M>, { message: M }> =>
  action.kind === 'send' || action.kind === 'multicast';

/** Sends nothing; timers, work and writes go on. */
export function silent<M extends Message>(): OutboxFilter<M> {
  return (actions) => actions.filter((action) => !sends(action));
}

/** Drops what `drops` says. */
export function dropping<M extends Message>(drops: (message: M) => boolean): OutboxFilter<M> {
  return (actions) => actions.filter((action) => !sends(action) || !drops(action.message));
}

/** The message with other fields, of the same class. */
export function altered<M extends object>(message: M, fields: Partial<M>): M {
  return Object.assign(Object.create(Object.getPrototypeOf(message) as object) as M, message, fields);
}

/** Every signature is bad. */
export function forging<M extends Message & { readonly valid: boolean }>(): OutboxFilter<M> {
  return changing((message) => altered(message, { valid: false } as Partial<M>));
}

/** Sends each message that `replays` says (default: all) twice, and then once more the one of its type before it. */
export function replaying<M extends Message>(replays: (message: M) => boolean = () => true): OutboxFilter<M> {
  const before = new Map<number, M>();
  return (actions) =>
    actions.flatMap((action): Action<M>[] => {
      if (!sends(action) || !replays(action.message)) return [action];
      const old = before.get(action.message.type);
      before.set(action.message.type, action.message);
      return old === undefined ? [action, action] : [action, action, { ...action, message: old }];
    });
}

/** Says something else: each message as `change` gives it, or nothing where that is null. */
export function changing<M extends Message>(change: (message: M) => M | null): OutboxFilter<M> {
  return (actions) =>
    actions.flatMap((action): Action<M>[] => {
      if (!sends(action)) return [action];
      const message = change(action.message);
      return message === null ? [] : [{ ...action, message }];
    });
}

/** What a message is to each half of the nodes; null: nothing is said to that half. */
export type Variant<M extends Message> = (message: M, half: 0 | 1) => M | null;

/**
 * Equivocates: multicasts go to the two halves one after another, each as `variant` makes it; single sends as their receiver's half
 * has it. Nodes of neither half (other faulty ones) get what half 0 gets, clients too.
 */
export function forking<M extends Message>(variant: Variant<M>, halfOf: (node: number) => 0 | 1): OutboxFilter<M> {
  return (actions, { participant, nodes }) =>
    actions.flatMap((action): Action<M>[] => {
      if (action.kind === 'send') {
        const message = variant(action.message, action.to < nodes ? halfOf(action.to) : 0);
        return message === null ? [] : [{ ...action, message }];
      }
      if (action.kind !== 'multicast') return [action];
      const out: Action<M>[] = [];
      for (const half of [0, 1] as const) {
        const message = variant(action.message, half);
        if (message === null) continue;
        for (let to = 0; to < nodes; to++)
          if (to !== participant && halfOf(to) === half && action.except?.includes(to) !== true)
            out.push({ kind: 'send', to, message, connections: 0 });
      }
      return out;
    });
}

/** Two halves of the correct nodes, the first the larger by one at most; faulty ones are of half 0. */
export function halvesOf(faulty: Uint8Array): (node: number) => 0 | 1 {
  const half = new Uint8Array(faulty.length);
  const correct = faulty.reduce((sum, one) => sum + 1 - one, 0);
  const middle = Math.ceil(correct / 2);
  let seen = 0;
  faulty.forEach((one, node) => {
    if (one === 0) half[node] = seen++ < middle ? 0 : 1;
  });
  return (node) => (half[node] === 1 ? 1 : 0);
}

/** The filters one after another. */
export function inTurn<M extends Message>(filters: readonly OutboxFilter<M>[]): OutboxFilter<M> {
  return (actions, step) => filters.reduce<Action<M>[]>((left, filter) => filter(left, step), [...actions]);
}
