// What a mechanism on messages says of itself; run.ts does what all of them have: clients, batches, counts, verdicts, the outcome.
import type { ProposalAt } from '../../check/replica-latency.ts';
import type { Batch } from '../../core/load/items.ts';
import type { LoggedCounts, OperationLog } from '../../core/operations.ts';
import type { Outcome } from '../../../model/outcome.ts';
import type { Role } from '../../../model/role.ts';
import type { FaultEntry } from '../../core/faults.ts';
import type { OutboxFilter } from '../byzantine.ts';
import type { Outbox } from '../outbox.ts';
import type { Input, Message } from '../protocol.ts';
import type { Pool } from './pool.ts';

/** What a client sends: items (numbers from 1 on) to be agreed on. */
export interface Request extends Message {
  readonly items: readonly number[];
}

/** What a node tells a client of a batch that it has executed. */
export interface Reply extends Message {
  readonly signer: number;
  /** Replies match where these are equal. */
  readonly result: number;
  /** What was decided, as `holds` names it. */
  readonly decided: number;
  readonly valid: boolean;
  /** Whom the client asks from now on, where leaders are elected; absent: the leader of the reply's view. */
  readonly leader?: number;
  /** What it tells may be undone. */
  readonly tentative?: boolean;
}

/** What happens to a node: the message engine's inputs, and two of the harness's. */
export type NodeInput<M extends Message> =
  | Input<M>
  /** A client's request has come; its items are in the pool. `fresh`: one of them is new there. */
  | { readonly kind: 'submit'; readonly now_us: number; readonly from: number; readonly request: M & Request; readonly fresh: boolean }
  /** A batch can be cut that could not before: its oldest item has waited for long enough. */
  | { readonly kind: 'ready'; readonly now_us: number };

/** A node as the harness sees it. What is told here changes nothing of what happens. */
export interface NodeContext<M extends Message> {
  readonly id: number;
  readonly pool: Pool;
  /** A batch that was cut, by its number. */
  batch(id: number): Batch;
  /** Has this node executed the item? */
  isExecuted(item: number): boolean;
  /** The batch in which an executed item was executed. */
  batchOf(item: number): Batch;
  /** Executed at this node: `digest` names what, and differs for conflicting proposals; `batch`: null for none. */
  decide(decided: { readonly sequence: number; readonly digest: number; readonly batch: Batch | null }): void;
  /**
   * Before a node proposes or accepts a batch: checks the clients' signatures that it has not checked yet, together, and counts that.
   * Returns how long it takes, nanoseconds, for the work that follows: 0 where clients do not sign. `transactions`: the batch as measured
   * cells encode it.
   */
  checkClients(batch: Batch, transactions: () => Uint8Array): number;
  /** Sends the reply to every client that has an item in the batch. */
  reply(batch: Batch, message: M & Reply, out: Outbox<M>): void;
  /** The node would still know `decision` after a crash. */
  holds(decision: number): void;
  /** The leader multicasts its proposal; the node has committed it. */
  proposed(proposal: ProposalAt): void;
  committed(proposal: ProposalAt): void;
  /** The node asks for a view (round, term) after the one it is in. */
  asksFor(view: number): void;
  /** The node asks others again for what it lacks; `inVain`: it has got nothing since it asked before. */
  asksAgain(inVain: boolean): void;
  /** It could propose but for a limit of the protocol's own, such as a log window; or can again. */
  blocked(is: boolean): void;
  /** Adds to an observation that the workload declares; under any load but the default one what is told in the window alone. */
  observe(name: string, value: number): void;
}

export interface ClientRules<M extends Message> {
  /** Message types: parts of draw keys. */
  readonly types: { readonly request: number; readonly reply: number };
  /** Matching replies of distinct nodes that a client accepts, tentative ones not counted. */
  readonly replies: number;
  /** Or so many, tentative ones among them; absent: there are none. */
  readonly tentativeReplies?: number;
  /** Whom a client asks that has heard of this view and was told of no other leader. */
  leaderOf(view: number): number;
  /**
   * `all`: the client sends each request to every node. `gossip`: to the leader, and the others hear of it beside, by mempools that tell each
   * other and are in nobody's way: where leaders take turns whoever is next must have it. Absent: the leader alone has it.
   */
  readonly asks?: 'leader' | 'all' | 'gossip';
  /** After which it asks all nodes. */
  readonly timeout_us: number;
  /** Of a request with so many bytes of transactions. */
  requestBytes(transactions_bytes: number): number;
  request(fields: {
    readonly view: number;
    readonly sequence: number;
    readonly signer: number;
    readonly items: readonly number[];
    readonly bytes: number;
  }): M & Request;
}

export interface Mechanism<S, M extends Message> {
  /** The nodes; clients are the harness's. Absent: one role, `node`. */
  readonly roles?: readonly Role[];
  readonly recovers?: boolean;
  /** Nodes are connected, and no message between two of them overtakes another (Protocol). */
  readonly keepsOrder?: boolean;
  readonly log: OperationLog;
  readonly client: ClientRules<M>;
  /** What each node's vote weighs; absent: one each. Then `commitQuorum` and `client.replies` are weights. */
  readonly weights?: readonly number[];
  /** How many correct nodes must hold a decision before it is reported (less the faulty ones). */
  readonly commitQuorum: number;
  /** Also called when a node recovers: what it knew is gone. */
  init(context: NodeContext<M>): S;
  step(state: S, input: NodeInput<M>, out: Outbox<M>): void;
  filterOf?(node: number, entry: FaultEntry): OutboxFilter<M> | null;
  /** Why no quorum can come about any more, where that is known beforehand; '' else. */
  hopeless?(): string;
  /** Transactions a second that it cannot exceed, where that can be told; a search for its capacity begins at a tenth of it. */
  readonly bound_tps?: number;
  /** Which of the source's invariants does not hold of these nodes, all correct so far; '' where all do. Asked in hunts for bugs alone. */
  broken?(states: readonly S[]): string;
  /** What it adds to the outcome. */
  lastly?(states: readonly S[]): Partial<Outcome>;
  /** Counts that it does not have are left out. */
  readonly counts: readonly Exclude<keyof LoggedCounts, 'messages' | 'bytes' | 'verifies_single' | 'persists'>[];
  describe?(message: M): string;
  nameOf?(node: number): string;
}
