// What a step wants done.
import type { Message } from './protocol.ts';

export type Action<M> =
  | { readonly kind: 'send'; readonly to: number; readonly message: M; readonly connections: number }
  /** `role`: null is all nodes. `except`: participants that get nothing; absent: none but the sender. */
  | { readonly kind: 'multicast'; readonly message: M; readonly role: string | null; readonly except?: readonly number[] }
  | { readonly kind: 'timer'; readonly id: string; readonly delay_us: number }
  | { readonly kind: 'cancel'; readonly id: string }
  /** `at`: the participant at which it ends; null: where it began. */
  | { readonly kind: 'work'; readonly cost_ns: number; readonly token: unknown; readonly at: number | null }
  | Write;

/** A record to be written; from then on the engine has it as the write that is under way. */
export class Write {
  readonly kind = 'persist';
  readonly record: unknown;
  readonly bytes: number;
  readonly token: unknown;
  readonly snapshot: boolean;
  /** The engine's: how often its participant had gone down when it began. */
  life = 0;

  constructor(record: unknown, bytes: number, token: unknown, snapshot: boolean) {
    this.record = record;
    this.bytes = bytes;
    this.token = token;
    this.snapshot = snapshot;
  }
}

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
  /** The same to all nodes but the sender and those of a short list. */
  multicastExcept(message: M, except: readonly number[]): void {
    this.actions.push({ kind: 'multicast', message, role: null, except });
  }
  /** Sets or replaces the participant's timer `id`. */
  setTimer(id: string, delay_us: number): void {
    this.actions.push({ kind: 'timer', id, delay_us });
  }
  cancelTimer(id: string): void {
    this.actions.push({ kind: 'cancel', id });
  }
  /** Comes back as a `work` input after `cost_ns` (rounded up to microseconds) on a core; where `at` says so, to another participant. */
  work(cost_ns: number, token: unknown, at: number | null = null): void {
    this.actions.push({ kind: 'work', cost_ns, token, at });
  }
  /**
   * Writes a record of so many bytes that survives a crash, which takes the node profile's `persist_ns`, and comes back as a `persisted`
   * input. A `recover` input has the records whose writes had ended, in that order, from the last `snapshot` on.
   */
  persist(record: unknown, bytes: number, token: unknown = null, options?: { snapshot?: boolean }): void {
    this.actions.push(new Write(record, bytes, token, options?.snapshot === true));
  }
}
