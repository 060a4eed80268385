// What a step wants done.
import type { Message } from './protocol.ts';

export type Action<M> =
  | { readonly kind: 'send'; readonly to: number; readonly message: M; readonly connections: number }
  /** `role`: null is all nodes. */
  | { readonly kind: 'multicast'; readonly message: M; readonly role: string | null }
  | { readonly kind: 'timer'; readonly id: string; readonly delay_us: number }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'work'; readonly cost_ns: number; readonly token: unknown }
  | { readonly kind: 'persist'; readonly record: unknown; readonly bytes: number; readonly token: unknown; readonly snapshot: boolean };

/** What a step wants done, as data, in order. */
export class Outbox<M extends Message> {
  readonly actions: Action<M>[] = [];
  /** With `connections` k the message does not queue: it takes one of k equal shares of the uplink. */
  send(to: number, message: M, options?: { connections?: number }): void {
    this.actions.push({ kind: 'send', to, message, connections: options?.connections ?? 0 });
  }
  /** To all nodes but the sender, or to those of one role, in receiver order, one after another on the uplink. */
  multicast(message: M, role: string | null = null): void {
    this.actions.push({ kind: 'multicast', message, role });
  }
  /** Sets or replaces the participant's timer `id`. */
  setTimer(id: string, delay_us: number): void {
    this.actions.push({ kind: 'timer', id, delay_us });
  }
  cancelTimer(id: string): void {
    this.actions.push({ kind: 'cancel', id });
  }
  /** Comes back as a `work` input after `cost_ns` (rounded up to microseconds) on a core. */
  work(cost_ns: number, token: unknown): void {
    this.actions.push({ kind: 'work', cost_ns, token });
  }
  /**
   * Writes a record of so many bytes that survives a crash, which takes the node profile's `persist_ns`, and comes back as a `persisted`
   * input. A `recover` input has the records whose writes had ended, in that order, from the last `snapshot` on.
   */
  persist(record: unknown, bytes: number, token: unknown = null, options?: { snapshot?: boolean }): void {
    this.actions.push({ kind: 'persist', record, bytes, token, snapshot: options?.snapshot ?? false });
  }
}
