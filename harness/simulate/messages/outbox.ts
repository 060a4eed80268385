// What a step wants done.
import type { Message } from './protocol.ts';

export type Action<M> =
  | { readonly kind: 'send'; readonly to: number; readonly message: M; readonly connections: number }
  | { readonly kind: 'multicast'; readonly message: M }
  | { readonly kind: 'timer'; readonly id: string; readonly delay_us: number }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'work'; readonly cost_ns: number; readonly token: unknown };

/** What a step wants done, as data, in order. */
export class Outbox<M extends Message> {
  readonly actions: Action<M>[] = [];
  /** With `connections` k the message does not queue: it takes one of k equal shares of the uplink. */
  send(to: number, message: M, options?: { connections?: number }): void {
    this.actions.push({ kind: 'send', to, message, connections: options?.connections ?? 0 });
  }
  /** To all nodes but the sender, in receiver order, one after another on the uplink. */
  multicast(message: M): void {
    this.actions.push({ kind: 'multicast', message });
  }
  /** Sets or replaces the participant's timer `id`. */
  setTimer(id: string, delay_us: number): void {
    this.actions.push({ kind: 'timer', id, delay_us });
  }
  cancelTimer(id: string): void {
    this.actions.push({ kind: 'cancel', id });
  }
  /** Comes back as a `work` input after `cost_ns` (rounded up to microseconds). */
  work(cost_ns: number, token: unknown): void {
    this.actions.push({ kind: 'work', cost_ns, token });
  }
}
