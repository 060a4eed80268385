// A node of a run: its own state, and what the harness keeps for it and hears from it. One object with methods: a thousand nodes with a
// function each for everything that they may tell were too much for a cache (a run of Raft at n = 1 000 took 1.5 times as long).
import type { AgreementChecker } from '../../check/agreement.ts';
import type { DurabilityChecker } from '../../check/durability.ts';
import type { ViewChangeCount } from '../../check/liveness.ts';
import type { ProposalAt, ReplicaLatencies } from '../../check/replica-latency.ts';
import type { Batch, Items } from '../../core/load/items.ts';
import type { LoadWindow } from '../../core/load/window.ts';
import type { Outbox } from '../outbox.ts';
import type { Message } from '../protocol.ts';
import type { ClientSignatures } from './client-signatures.ts';
import type { NodeContext, Reply } from './mechanism.ts';
import type { Pool } from './pool.ts';

/** What nodes have to do with of their run. */
export interface SeatRun {
  readonly now_us: number;
  readonly nodes: number;
  readonly clients: number;
  /** 1: the node's word counts for nothing, or it is faulty for good. */
  readonly faulty: Uint8Array;
  readonly items: Items;
  /** By number. */
  readonly batches: readonly Batch[];
  readonly signatures: ClientSignatures;
  readonly agreement: AgreementChecker;
  readonly durability: DurabilityChecker;
  readonly replicaLatencies: ReplicaLatencies;
  readonly viewChanges: ViewChangeCount;
  readonly window: LoadWindow;
  /** Those that have an item in the batch, ascending. */
  clientsOf(batch: Batch): readonly number[];
  executedFirst(batch: Batch, sequence: number): void;
  observe(name: string, value: number): void;
}

export class Seat<S, M extends Message> implements NodeContext<M> {
  readonly id: number;
  readonly pool: Pool;
  state: S = undefined as never;
  /** When the timer of its cutter expires; Infinity: none runs. */
  cutAt_us = Infinity;
  readonly #run: SeatRun;
  /** Since when it is blocked; NaN: it is not. */
  #blockedFrom_us = NaN;

  constructor(id: number, pool: Pool, run: SeatRun) {
    this.id = id;
    this.pool = pool;
    this.#run = run;
  }

  batch(number: number): Batch {
    return this.#run.batches[number];
  }
  isExecuted(item: number): boolean {
    return this.pool.isExecuted(item);
  }
  batchOf(item: number): Batch {
    return this.#run.batches[this.#run.items.batch[item]];
  }

  decide({ sequence, digest, batch }: { readonly sequence: number; readonly digest: number; readonly batch: Batch | null }): void {
    const run = this.#run;
    run.agreement.executed(this.id, sequence, digest);
    if (batch === null) return;
    this.pool.executed(batch, sequence);
    if (run.faulty[this.id] === 0) run.executedFirst(batch, sequence);
  }

  checkClients(batch: Batch, transactions: () => Uint8Array): number {
    return this.#run.signatures.check(this.id, batch, transactions);
  }

  reply(batch: Batch, message: M & Reply, out: Outbox<M>): void {
    const { clients, nodes } = this.#run;
    if (clients === 1) out.send(nodes, message);
    else for (const client of this.#run.clientsOf(batch)) out.send(nodes + client, message);
  }

  holds(decision: number): void {
    this.#run.durability.persisted(this.id, decision);
  }
  proposed(proposal: ProposalAt): void {
    this.#run.replicaLatencies.proposed(proposal, this.#run.now_us);
  }
  committed(proposal: ProposalAt): void {
    this.#run.replicaLatencies.committed(this.id, proposal, this.#run.now_us);
  }
  asksFor(view: number): void {
    if (this.#run.faulty[this.id] === 0) this.#run.viewChanges.asked(view, this.#run.now_us);
  }
  asksAgain(inVain: boolean): void {
    if (this.#run.faulty[this.id] === 0) this.#run.viewChanges.askedAgain(this.id, inVain, this.#run.now_us);
  }
  blocked(is: boolean): void {
    if (is === !Number.isNaN(this.#blockedFrom_us)) return;
    const { window, now_us } = this.#run;
    if (!is) window.blocked(this.id, this.#blockedFrom_us, now_us);
    this.#blockedFrom_us = is ? now_us : NaN;
  }
  observe(name: string, value: number): void {
    this.#run.observe(name, value);
  }
}
