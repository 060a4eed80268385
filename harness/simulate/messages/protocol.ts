// What a protocol is to the message engine: plain types.
import type { Role } from '../../model/role.ts';
import type { FaultEntry } from '../core/faults.ts';
import type { OutboxFilter } from './byzantine.ts';
import type { Outbox } from './outbox.ts';

/** What the engine must know of a message; protocols add their fields. */
export interface Message {
  /** 1..15, the protocol's own numbering: a part of the draw key and of the event order. */
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  /** Size in the protocol's documented encoding. */
  readonly bytes: number;
}

/** What happens to a participant. The engine fills one object of each kind again and again: a protocol may keep what is in it, never it. */
export type Input<M extends Message> =
  | { readonly kind: 'start'; readonly now_us: number }
  | { readonly kind: 'message'; readonly now_us: number; readonly from: number; readonly message: M }
  | { readonly kind: 'work'; readonly now_us: number; readonly token: unknown }
  | { readonly kind: 'external'; readonly now_us: number; readonly payload: unknown }
  | { readonly kind: 'timer'; readonly now_us: number; readonly id: string }
  /** A write has ended. */
  | { readonly kind: 'persisted'; readonly now_us: number; readonly token: unknown }
  /** It is up again after a crash, with a new state: timers, work and writes that were under way are gone. */
  | { readonly kind: 'recover'; readonly now_us: number; readonly persisted: readonly unknown[] };

export interface External {
  readonly at_us: number;
  readonly node: number;
  readonly payload: unknown;
}

export interface Protocol<S, M extends Message> {
  /** Nodes first, then participants that are no nodes (clients): what those send or receive is not counted. */
  readonly participants: number;
  readonly nodes: number;
  /**
   * The participants as roles, numbered in a row: the counted ones, which are the nodes, then the others. Absent: `nodes` of one role,
   * and the rest.
   */
  readonly roles?: readonly Role[];
  /** Also called when a participant recovers: what it knew is gone. */
  init(participant: number): S;
  step(state: S, input: Input<M>, out: Outbox<M>): void;
  /**
   * True: who is down when the run starts gets `start` when its fault ends, and who goes down later `init` and `recover` then. Absent: who
   * is down neither receives nor acts, and goes on with all its state when the fault ends.
   */
  readonly recovers?: boolean;
  /** True: what a node sends another comes in the order in which it was sent, as over one connection. Absent: each message by itself. */
  readonly keepsOrder?: boolean;
  /** How a participant that an entry makes faulty lies while that holds; null: as its state does. Asked once. */
  filterOf?(participant: number, entry: FaultEntry): OutboxFilter<M> | null;
  /** The region of a participant that is no node, where there are no roles; nodes are placed by the network. */
  regionOf?(participant: number): number;
  /** Events from outside, in time order: asked at the start and again after each one was handled. */
  external?(states: readonly S[], now_us: number): External | null;
  /** True once the asked decisions are reached: from then on timers, externals and recoveries are dropped and messages drain. */
  done(): boolean;
  /** Why the protocol stands still though something is under way, or ''; asked after each timer. */
  standstill?(): string;
  /** Asked where the horizon comes before that, or nothing is left to happen: true where the asked decisions are there nevertheless, and messages drain. */
  atHorizon?(): boolean;
  /** Does this message between nodes count? Absent: all do. */
  counted?(message: M): boolean;
  /** A node begins to write a record of so many bytes that is to survive a crash. */
  writes?(bytes: number): void;
  /** The name of its type; then, behind two spaces at least, what else is to be said. */
  describe?(message: M): string;
  nameOf?(participant: number): string;
}
