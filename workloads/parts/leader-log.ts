// What mechanisms share in which an elected leader puts batches into a log that others write to their disks: times, sizes, the work and the
// writes of one server, and what it tells clients.
import type { Cell } from '../../harness/model/cell.ts';
import type { Network } from '../../harness/model/network.ts';
import type { PlannedCell, Setup } from '../../harness/simulate/core/contract.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import {
  departOffset_us,
  longestLink_us,
  meanDelay_us,
  slowestUpload_ns,
  uplink_bps,
  upload_ns,
} from '../../harness/simulate/core/network.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';
import type { NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import type { Contents } from './contents.ts';
import { GroupCommit } from './group-commit.ts';
import { InOrder } from './in-order.ts';
import { HEADER_BYTES, Reply, digestOf } from './messages.ts';

/** It leads when a run begins. */
export const FIRST_LEADER = 0;

/** What times and rates depend on. */
export interface Sized {
  readonly cell: Pick<Cell, 'transactions' | 'node'>;
  readonly nodes: number;
  readonly network: Network;
}

/** There and back, the upload of a full batch to all and its write with it; a link as slow as one in `1 / rarer` is. */
export function broadcast_us({ cell, nodes, network }: Sized, proposal_bytes: number, rarer: number): number {
  const upload_us = departOffset_us(slowestUpload_ns(network, proposal_bytes), Math.max(0, nodes - 2));
  return 2 * longestLink_us(network, rarer) + upload_us + Math.ceil((cell.node.persist_ns + 2 * checkFull_ns(cell)) / 1000);
}

/**
 * Transactions a second that the leader's uplink, the disks and the check of clients' signatures do not exceed; `sent_bytes`: what the leader
 * sends for a full batch. About: a search for the capacity begins at a tenth of it.
 */
export function leaderBound_tps({ cell, network }: Sized, sent_bytes: number, groupCommit: boolean): number {
  const { node, transactions } = cell;
  const perDecision_s = [checkFull_ns(cell) / 1e9 / node.cores];
  if (network.bandwidth_bps > 0) perDecision_s.push((sent_bytes * 8) / uplink_bps(network, FIRST_LEADER));
  if (!groupCommit) perDecision_s.push(node.persist_ns / 1e9);
  const slowest_s = Math.max(...perDecision_s);
  return slowest_s > 0 ? transactions.per_decision / slowest_s : 1e6;
}

/** Messages that follow each other from a client's request to its reply. */
const HOPS = 4;

/** Events of a run; `perBatch`: those that a batch causes between nodes, its writes and its client's request and reply among them. */
export function leaderEvents(
  cell: PlannedCell<unknown> & Pick<Cell, 'decisions' | 'node'>,
  { network }: Pick<Setup, 'network'>,
  { proposal_bytes, bound_tps, perBatch }: { readonly proposal_bytes: number; readonly bound_tps: number; readonly perBatch: number },
): number {
  const { nodes, load, node } = cell;
  const upload_us = departOffset_us(upload_ns(network, proposal_bytes, FIRST_LEADER), Math.max(0, nodes - 2));
  const decision_us = HOPS * meanDelay_us(network) + upload_us + node.persist_ns / 1000;
  const { transactions, batches } = expectedWork(cell, { decision_us: Math.max(1, decision_us), bound_tps });
  const events = batches * perBatch;
  if (load.kind === 'closed') return events;
  return events + 2 * transactions + batches * (Math.min(network.regions, transactions / batches) - 1);
}

/** Who is told of what it has written. A method of the node: a function for each node would be one more thing to fetch at every write. */
export interface Writer<M extends Message, R> {
  onWritten(record: R, out: Outbox<M>): void;
}

/** The disk of a server, written in the order of its work: each record alone, or those that come meanwhile together. */
export class LogDisk<M extends Message, R> {
  readonly #groups: GroupCommit<R> | null;
  /** Where clients sign: null where they do not. */
  readonly #checks: InOrder<M> | null;

  private constructor(groupCommit: boolean, signed: boolean) {
    this.#groups = groupCommit ? new GroupCommit() : null;
    this.#checks = signed ? new InOrder() : null;
  }

  static readonly #plain = new LogDisk<Message, unknown>(false, false);

  /** That of a server. Where each record is written alone and nothing is checked it keeps nothing, and all servers have the same. */
  static of<M extends Message, R>({ groupCommit, signed }: { readonly groupCommit: boolean; readonly signed: boolean }): LogDisk<M, R> {
    return groupCommit || signed ? new LogDisk<M, R>(groupCommit, signed) : (LogDisk.#plain as LogDisk<M, R>);
  }

  /** Clients' signatures are checked here. */
  get checks(): boolean {
    return this.#checks !== null;
  }

  /** Goes on at once where clients do not sign, else when `cost_ns()` of work is done, in the order in which it was begun. */
  after(cost_ns: () => number, out: Outbox<M>, then: (out: Outbox<M>) => void): void {
    if (this.#checks === null) then(out);
    else this.#checks.begin(cost_ns(), out, then);
  }
  worked(token: unknown, out: Outbox<M>): void {
    this.#checks!.ended(token, out);
  }

  /** Writes a record of so many bytes, after `cost_ns` of work. */
  write(record: R, bytes: number, cost_ns: number, out: Outbox<M>): void {
    // Without a closure where nothing is waited for: it is every message of a follower.
    if (this.#checks === null) this.#write(record, bytes, out);
    else this.#checks.begin(cost_ns, out, (later) => this.#write(record, bytes, later));
  }
  #write(record: R, bytes: number, out: Outbox<M>): void {
    if (this.#groups === null) out.persist(record, bytes, record);
    else this.#groups.write(record, bytes, out);
  }
  /** A write has ended: `writer` is told of its records in order. */
  written(token: unknown, out: Outbox<M>, writer: Writer<M, R>): void {
    if (this.#groups === null) writer.onWritten(token as R, out);
    else for (const record of this.#groups.ended(token, out)) writer.onWritten(record, out);
  }

  /** What was written last; undefined: nothing. */
  static last<R>(persisted: readonly unknown[]): R | undefined {
    return (persisted as readonly (R | readonly R[])[]).flat().at(-1) as R | undefined;
  }
}

/** What a leader and its clients have to do with each other. */
export class LeadersClients<M extends Message> {
  readonly #context: NodeContext<M>;
  readonly #contents: Contents | null;
  readonly #type: number;

  /** `type`: of replies. */
  constructor(context: NodeContext<M>, contents: Contents | null, type: number) {
    this.#context = context;
    this.#contents = contents;
    this.#type = type;
  }

  /** The clients' signatures of a batch, nanoseconds. */
  check(batch: Batch): number {
    return this.#context.checkClients(batch, () => this.#contents!.batch(digestOf(batch.id)));
  }

  /** The leader of a view has executed the batch. */
  reply(batch: Batch, view: number, out: Outbox<M>): void {
    const { id } = this.#context;
    const digest = digestOf(batch.id);
    const fields = { type: this.#type, view, timestamp: batch.id, signer: id, leader: id, bytes: HEADER_BYTES };
    this.#context.reply(batch, new Reply({ ...fields, result: digest, decided: digest }) as unknown as M & Reply, out);
  }

  /** A request that may have come before: what of it is executed is told again. */
  answer(items: readonly number[], fresh: boolean, view: number, out: Outbox<M>): void {
    if (fresh && items.length === 1) return;
    const executed = items.filter((item) => this.#context.isExecuted(item));
    for (const batch of new Set(executed.map((item) => this.#context.batchOf(item)))) this.reply(batch, view, out);
  }
}
