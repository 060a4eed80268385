// What survives a crash: what a step has to write is one write, and all that is sent from then on waits until it has ended, so that nobody
// hears of what a crash could still undo.
import { Outbox, type Action } from '../../harness/simulate/messages/outbox.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';
import type { NodeContext, NodeInput } from '../../harness/simulate/messages/voting/mechanism.ts';
import type { PlannedCell } from '../../harness/simulate/core/contract.ts';
import { outlineFaults, type FaultOutline } from '../../harness/simulate/core/faults.ts';

/** Nodes go down and come back: they write what must survive that. */
export const anyRecovers = ({ entries }: { readonly entries: readonly FaultOutline[] }): boolean =>
  entries.some(({ kind, count, until_us }) => (kind === 'crash' || kind === 'silent-leader') && count > 0 && until_us < Infinity);

/** The same of a voting cell, before it runs. */
export const nodesComeBack = (cell: Pick<PlannedCell, 'fault' | 'nodes'>): boolean => anyRecovers({ entries: outlineFaults(cell, []) });

/** A write under way: what waits for its end. */
interface UnderWay<M extends Message> {
  readonly sends: Action<M>[];
  readonly holds: readonly number[];
}

export interface WriteOptions<R> {
  /** Decisions that the node would still know after a crash once the write has ended. */
  readonly holds?: readonly number[];
  /** All that is still needed: it takes the place of every write before it. */
  readonly snapshot?: () => R[];
}

export class WriteAhead<M extends Message, R> {
  readonly #context: Pick<NodeContext<M>, 'holds'>;
  readonly #persists: boolean;
  readonly #own = new Outbox<M>();
  #records: R[] = [];
  #bytes = 0;
  #holds: number[] = [];
  #snapshot: (() => R[]) | null = null;
  /** The last write that something must wait for; null: none is under way. */
  #last: UnderWay<M> | null = null;

  /** `persists`: false where no node ever comes back; then nothing is written, and `holds` is told at once. */
  constructor(context: Pick<NodeContext<M>, 'holds'>, persists: boolean) {
    this.#context = context;
    this.#persists = persists;
  }

  /** Within a step: `bytes` of a record are a part of the step's write. */
  write(record: R, bytes: number, { holds = [], snapshot }: WriteOptions<R> = {}): void {
    if (!this.#persists) {
      for (const decision of holds) this.#context.holds(decision);
      return;
    }
    this.#records.push(record);
    this.#bytes += bytes;
    this.#holds.push(...holds);
    if (snapshot !== undefined) this.#snapshot = snapshot;
  }

  /** A node's step, by what it does with an input that is not the end of a write. */
  step(input: NodeInput<M>, out: Outbox<M>, handle: (input: NodeInput<M>, out: Outbox<M>) => void): void {
    if (!this.#persists) {
      handle(input, out);
      return;
    }
    if (input.kind === 'persisted') {
      const ended = input.token as UnderWay<M>;
      for (const decision of ended.holds) this.#context.holds(decision);
      out.actions.push(...ended.sends);
      if (this.#last === ended) this.#last = null;
      return;
    }
    handle(input, this.#own);
    if (this.#records.length > 0) this.#begin(out);
    for (const action of this.#own.actions) {
      const waits = this.#last !== null && (action.kind === 'send' || action.kind === 'multicast');
      (waits ? this.#last!.sends : out.actions).push(action);
    }
    this.#own.actions.length = 0;
  }

  #begin(out: Outbox<M>): void {
    const snapshot = this.#snapshot?.() ?? null;
    this.#last = { sends: [], holds: this.#holds };
    out.persist(snapshot ?? this.#records, this.#bytes, this.#last, { snapshot: snapshot !== null });
    this.#records = [];
    this.#bytes = 0;
    this.#holds = [];
    this.#snapshot = null;
  }
}
