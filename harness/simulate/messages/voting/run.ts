// A run of a mechanism on messages: nodes and clients under a load, watched by the checkers, and what came of it.
import { AgreementChecker } from '../../check/agreement.ts';
import { DurabilityChecker } from '../../check/durability.ts';
import { ViewChangeCount, endingOf } from '../../check/liveness.ts';
import { ReplicaLatencies } from '../../check/replica-latency.ts';
import { isDefaultLoad, type LoadSpec } from '../../../model/load.ts';
import type { Counts, Operation, Outcome } from '../../../model/outcome.ts';
import type { Role } from '../../../model/role.ts';
import { EVENT_BUDGET, EngineLimit, type Adversary, type Setup } from '../../core/contract.ts';
import { grown } from '../../core/grown.ts';
import { Arrivals } from '../../core/load/arrivals.ts';
import { lastingFaults } from '../../core/faults.ts';
import type { LoggedCounts } from '../../core/operations.ts';
import { Items, REJECTED, type Batch } from '../../core/load/items.ts';
import type { LoadSchedule } from '../../core/load/schedule.ts';
import { LoadWindow } from '../../core/load/window.ts';
import { runMessages, type External, type Input, type Message, type MessageRun, type Outbox, type Protocol } from '../engine.ts';
import type { OutboxFilter } from '../byzantine.ts';
import { inputOf } from '../inputs.ts';
import { utilisationOf } from '../resources.ts';
import { ClientSignatures } from './client-signatures.ts';
import { Client, type ClientRun } from './clients.ts';
import type { Mechanism, NodeInput, Request } from './mechanism.ts';
import { Pool, type Batches, type CutRules } from './pool.ts';
import { Seat, type SeatRun } from './seat.ts';

export type { Seat } from './seat.ts';

/** An audit each so many steps of nodes. */
const AUDITED_STEPS = 50;
const CUT_TIMER = 'harness: cut a batch';
/** Under a closed load: numbers of sets of several items, beyond those of items. */
const SETS_FROM = 0x400000;

export interface VotingRunResult {
  readonly outcome: Outcome;
  /** Time averages of the waiting transactions in the first and the second half of the window. */
  readonly queueMeans: readonly [first: number, second: number];
}

/** One run, of any load but `saturate`. */
export class VotingRun<S, M extends Message> implements Protocol<Seat<S, M> | Client<M>, M>, SeatRun {
  readonly nodes: number;
  readonly participants: number;
  readonly roles: readonly Role[];
  readonly recovers?: boolean;
  readonly keepsOrder?: boolean;
  readonly filterOf?: NonNullable<Protocol<unknown, M>['filterOf']>;
  private readonly setup: Setup;
  private readonly adversary: Adversary | null;
  private readonly mechanism: Mechanism<S, M>;
  private readonly load: LoadSpec;
  private readonly schedule: LoadSchedule;
  private readonly isDefault: boolean;
  readonly clients: number;
  private readonly inFlight: number;
  readonly items: Items;
  /** What all pools share. */
  private readonly cuts: Batches;
  readonly batches: Batch[] = [];
  /** Batches that were made as sets, by a hash of their items. */
  private readonly sets = new Map<number, Batch[]>();
  /** By batch: 1 where a node has executed it. */
  private executed = new Uint8Array(1024);
  readonly signatures: ClientSignatures;
  private readonly arrivals: Arrivals | null;
  readonly window: LoadWindow;
  /** 1: the node's word counts for nothing, or it is faulty for good. */
  readonly faulty: Uint8Array;
  private readonly correct: number;
  readonly agreement: AgreementChecker;
  readonly durability: DurabilityChecker;
  readonly replicaLatencies: ReplicaLatencies;
  readonly viewChanges: ViewChangeCount;
  private readonly observations = new Map<string, number>();
  private readonly seats: Seat<S, M>[] = [];
  now_us = 0;
  private readonly onSubmit = inputOf<NodeInput<M>, 'submit'>('submit');
  private readonly onReady = inputOf<NodeInput<M>, 'ready'>('ready');
  private readonly rejected: number[] = [];
  /** By batch: the clients that have items in it, ascending. */
  private readonly askers: (readonly number[] | undefined)[] = [];
  // Of the default load.
  readonly latencies_us: number[] = [];
  private readonly decided: number[] = [];
  private lastAccepted_us = 0;
  private isAnyAccepted = false;

  constructor(setup: Setup, mechanism: Mechanism<S, M>, schedule: LoadSchedule) {
    this.setup = setup;
    this.mechanism = mechanism;
    this.schedule = schedule;
    const { cell, network, faults, nodes } = setup;
    const { load, transactions, node } = cell;
    this.load = load;
    this.isDefault = isDefaultLoad(load);
    this.nodes = nodes;
    this.clients = this.isDefault ? 1 : network.regions;
    this.participants = nodes + this.clients;
    const counted = mechanism.roles ?? [{ id: 'node', count: nodes, counted: true, cores: node.cores, region: 'spread', faultable: true }];
    const client = { id: 'client', count: this.clients, counted: false, cores: 0, faultable: false } as const;
    // One client a region, in the order of regions; of the default load the one beside node 0.
    this.roles = [...counted, { ...client, region: this.isDefault ? 0 : 'spread' }];
    if (mechanism.recovers !== undefined) this.recovers = mechanism.recovers;
    if (mechanism.keepsOrder !== undefined) this.keepsOrder = mechanism.keepsOrder;
    const adversary = (this.adversary = setup.adversary?.() ?? null);
    if (mechanism.filterOf !== undefined)
      this.filterOf = (node, entry) =>
        (adversary?.filterOf(node, entry) as OutboxFilter<M> | null | undefined) ?? mechanism.filterOf!(node, entry);
    const closed = load.kind === 'closed';
    this.inFlight = load.kind === 'closed' ? load.in_flight : 0;
    const { per_decision, bytes } = transactions;
    this.items = new Items(closed ? per_decision : 1);
    this.signatures = new ClientSignatures(cell, this.items, mechanism.log);
    const rules: CutRules = closed
      ? { items: 1, timeout_us: 0, limit: Math.max(1, Math.floor(load.mempool_tx / per_decision)) }
      : {
          items: Math.max(1, Math.min(per_decision, Math.floor(load.batch_bytes / bytes))),
          timeout_us: Math.ceil(load.batch_timeout_ms * 1000),
          limit: load.mempool_tx,
        };
    this.cuts = {
      items: this.items,
      rules,
      make: (items) => this.makeBatch(items),
      ofSet: (items) => this.batchOfSet(items),
      changed: false,
    };
    this.arrivals =
      load.kind === 'closed'
        ? null
        : new Arrivals({ seed: cell.seed, clients: this.clients, rate_tps: schedule.rate_tps!, arrivals: load.arrivals });
    this.window = new LoadWindow(schedule, this.items);
    this.faulty = lastingFaults(faults);
    this.correct = this.faulty.reduce((sum, one) => sum + 1 - one, 0);
    this.agreement = new AgreementChecker(this);
    this.durability = new DurabilityChecker(faults, mechanism.commitQuorum, mechanism.weights);
    this.replicaLatencies = new ReplicaLatencies(mechanism.commitQuorum, mechanism.weights);
    this.viewChanges = new ViewChangeCount(faults);
  }

  // --- the protocol that the engine runs

  init(participant: number): Seat<S, M> | Client<M> {
    if (participant >= this.nodes) return new Client(participant - this.nodes, participant, this.clientRun());
    const seat = this.seatOf(participant);
    this.seats[participant] = seat;
    return seat;
  }

  private seatOf(id: number): Seat<S, M> {
    const seat = new Seat<S, M>(id, new Pool(this.cuts), this);
    seat.state = this.mechanism.init(seat);
    return seat;
  }

  executedFirst({ id, items }: Batch, sequence: number): void {
    if (id >= this.executed.length) this.executed = grown(this.executed, 2 * id);
    if (this.executed[id] === 1) return;
    this.executed[id] = 1;
    const { executedAt, batch } = this.items;
    for (const item of items) {
      if (executedAt[item] !== 0) continue;
      executedAt[item] = sequence;
      batch[item] = id;
    }
  }

  private makeBatch(items: readonly number[]): Batch {
    // Of a closed load a batch is its item.
    const id = this.load.kind === 'closed' ? items[0] : this.batches.length || 1;
    for (const item of items) this.items.cut[item] = id;
    return this.batchAt(id, items);
  }
  private batchAt(id: number, items: readonly number[]): Batch {
    const transactions = items.length * this.items.transactions;
    return (this.batches[id] ??= { id, items, transactions, bytes: transactions * this.setup.cell.transactions.bytes });
  }

  clientsOf({ id, items }: Batch): readonly number[] {
    const { client } = this.items;
    return (this.askers[id] ??= [...new Set(items.map((item) => client[item]))].sort((x, y) => x - y));
  }

  private batchOfSet(items: readonly number[]): Batch {
    const isClosed = this.load.kind === 'closed';
    if (isClosed && items.length === 1) return this.batchAt(items[0], items);
    let hash = items.length;
    for (const item of items) hash = (Math.imul(hash, 31) + item) | 0;
    let alike = this.sets.get(hash);
    if (alike === undefined) this.sets.set(hash, (alike = []));
    const found = alike.find((one) => one.items.length === items.length && one.items.every((item, i) => item === items[i]));
    if (found !== undefined) return found;
    // Of a closed load single items have the numbers below.
    const made = this.batchAt(isClosed ? Math.max(SETS_FROM, this.batches.length) : this.batches.length || 1, items);
    alike.push(made);
    return made;
  }

  step(state: Seat<S, M> | Client<M>, input: Input<M>, out: Outbox<M>): void {
    this.now_us = input.now_us;
    if (state instanceof Client) {
      if (input.kind === 'external') this.onExternal(state, input.payload as ExternalPayload, out);
      else state.step(input, out, this.inFlightOf(state.number));
      return;
    }
    const { mechanism } = this;
    const { pool } = state;
    if (input.kind === 'message') this.adversary?.hears(input.message);
    if (input.kind === 'message' && input.from >= this.nodes) {
      const request = input.message as M & Request;
      const { onSubmit, rejected } = this;
      onSubmit.now_us = input.now_us;
      onSubmit.from = input.from;
      onSubmit.request = request;
      onSubmit.fresh = pool.add(request.items, input.now_us, rejected);
      // Only whom the client asked first turns an item away for good.
      if (rejected.length > 0) {
        if (request.items.length === 1 || this.load.kind === 'closed')
          for (const item of rejected) if (this.isTurnedAway(item, state.id)) this.reject(item);
        rejected.length = 0;
      }
      mechanism.step(state.state, onSubmit, out);
      if (!this.isDefault) this.window.watchPool(pool.largest * this.items.transactions);
    } else if (input.kind === 'timer' && input.id === CUT_TIMER) {
      state.cutAt_us = Infinity;
      this.cuts.changed = true;
      this.onReady.now_us = input.now_us;
      mechanism.step(state.state, this.onReady, out);
    } else {
      mechanism.step(state.state, input, out);
    }
    if (this.cuts.changed) {
      this.cuts.changed = false;
      this.setCutTimer(state, out);
    }
    if (this.setup.audit !== undefined && ++this.steps % AUDITED_STEPS === 0) this.audit();
  }

  private setCutTimer(seat: Seat<S, M>, out: Outbox<M>): void {
    const { ready_us } = seat.pool;
    if (!(ready_us > this.now_us && ready_us < seat.cutAt_us)) return;
    seat.cutAt_us = ready_us;
    out.setTimer(CUT_TIMER, ready_us - this.now_us);
  }

  private steps = 0;
  private audit(): void {
    if (this.setup.audit === undefined) return;
    const correct = this.seats.filter(({ id }) => this.faulty[id] === 0).map(({ state }) => state);
    const broken = this.mechanism.broken?.(correct) ?? '';
    if (broken !== '') this.setup.audit(broken);
  }

  /** Items that a client has under way: the batches of a closed load are dealt out, those of region 0 first. */
  private inFlightOf(client: number): number {
    return Math.ceil((this.inFlight - client) / this.clients);
  }

  /** A node's pool is full. Where clients ask all nodes an item is lost when no correct one had room for it. */
  private isTurnedAway(item: number, node: number): boolean {
    if ((this.mechanism.client.asks ?? 'leader') === 'leader') return true;
    if (this.faulty[node] === 1) return false;
    let by = this.refusals.get(item);
    if (by === undefined) this.refusals.set(item, (by = new Set()));
    if (by.add(node).size < this.correct) return false;
    this.refusals.delete(item);
    return true;
  }
  private readonly refusals = new Map<number, Set<number>>();

  private reject(item: number): void {
    if (!this.items.isWaiting(item)) return;
    this.items.accepted_us[item] = REJECTED;
    this.window.left(this.now_us);
  }

  observe(name: string, value: number): void {
    if (this.counted()) this.observations.set(name, (this.observations.get(name) ?? 0) + value);
  }
  counted(): boolean {
    return this.isDefault || (this.now_us >= this.schedule.from_us && this.now_us < this.schedule.until_us);
  }

  writes(bytes: number): void {
    this.mechanism.log.persist(bytes);
  }

  done(): boolean {
    return this.isDefault ? this.latencies_us.length >= this.setup.cell.decisions : this.window.isOver(this.now_us);
  }

  standstill(): string {
    return this.viewChanges.standstill;
  }
  describe(message: M): string {
    return this.mechanism.describe?.(message) ?? `type ${message.type}`;
  }
  nameOf(participant: number): string {
    if (participant < this.nodes) return this.mechanism.nameOf?.(participant) ?? `node ${participant}`;
    return this.clients === 1 ? 'client' : `client ${participant - this.nodes}`;
  }

  // --- arrivals, and the window's ends

  external(): External | null {
    const { schedule } = this;
    if (this.isDefault) return null;
    if (this.pendingArrival === null && this.arrivals !== null) this.pendingArrival = this.arrivals.next();
    const arrival_us = this.pendingArrival?.at_us ?? Infinity;
    const mark_us = [schedule.from_us, schedule.until_us, 2 * schedule.until_us - schedule.from_us][this.marks] ?? Infinity;
    if (mark_us <= arrival_us) {
      if (mark_us === Infinity) return null;
      this.marks += 1;
      return { at_us: Math.max(mark_us, this.now_us), node: this.nodes, payload: this.marks === 1 ? OPEN : this.marks === 2 ? CLOSE : END };
    }
    const { at_us, client } = this.pendingArrival!;
    this.pendingArrival = null;
    return { at_us, node: this.nodes + client, payload: ARRIVAL };
  }
  private pendingArrival: { readonly at_us: number; readonly client: number } | null = null;
  private marks = 0;

  private onExternal(client: Client<M>, payload: ExternalPayload, out: Outbox<M>): void {
    if (payload === ARRIVAL) client.take(this.submit(client.number), out);
    else if (payload === OPEN) this.mechanism.log.clear();
    else if (payload === CLOSE) this.window.close(this.mechanism.log.counts({ messages: 0, bytes: 0 }));
  }

  // --- what clients ask

  private submit(client: number): number {
    const item = this.items.add(client, this.now_us);
    this.window.submitted(item, this.now_us);
    return item;
  }

  private clientRun(): ClientRun<M> {
    return {
      rules: this.mechanism.client,
      weights: this.mechanism.weights ?? null,
      nodes: this.nodes,
      hasUplink: this.isDefault,
      item_bytes: this.items.transactions * this.setup.cell.transactions.bytes,
      now: () => this.now_us,
      // Once the run is over nothing more is asked for: what is under way drains.
      submit: (client) => (this.done() ? null : this.submit(client)),
      accept: (client, batch, decided) => this.accept(client, this.batches[batch], decided),
      isWaiting: (item) => this.items.isWaiting(item),
      submitted_us: (item) => this.items.submitted_us[item],
    };
  }

  private accept(client: number, batch: Batch | undefined, decided: number): boolean {
    if (batch === undefined) return false;
    const { items, now_us } = this;
    let accepted = 0;
    for (const item of batch.items) {
      if (items.client[item] !== client || !items.isWaiting(item)) continue;
      items.accepted_us[item] = now_us;
      accepted += 1;
      if (this.isDefault) this.latencies_us.push(now_us - items.submitted_us[item]);
      else this.window.left(now_us);
    }
    if (accepted === 0) return false;
    this.isAnyAccepted = true;
    this.durability.reported(decided);
    this.viewChanges.decided();
    this.lastAccepted_us = now_us;
    if (this.isDefault) {
      this.decided.push(decided);
      this.mechanism.log.nextDecision();
    } else {
      this.window.accepted(batch.id, accepted * items.transactions, now_us);
    }
    return true;
  }

  // --- what came of it

  run(): VotingRunResult {
    const setup = this.isDefault ? this.setup : { ...this.setup, resources: this.schedule };
    const run = runMessages<Seat<S, M> | Client<M>, M>(this, setup);
    const states = this.seats.map(({ state }) => state);
    for (const seat of this.seats) seat.blocked(false);
    this.audit();
    if (setup.cell.transactions.signed === true && !this.signatures.used && this.isAnyAccepted)
      throw new EngineLimit(`${setup.cell.workload} does not check clients' signatures; accepted: transactions without signed: true`);
    const outcome = this.isDefault ? this.defaultOutcome(run) : this.loadOutcome(run);
    const lastly = this.mechanism.lastly?.(states) ?? {};
    const observations = { ...Object.fromEntries(this.observations), ...lastly.observations };
    const observed = Object.keys(observations).length === 0 ? {} : { observations };
    return { outcome: { ...outcome, ...lastly, ...observed }, queueMeans: this.window.queueMeans };
  }

  private common(run: MessageRun<unknown>): Pick<Outcome, 'confirmations' | 'safety' | 'durability' | 'roles' | 'events'> {
    const roles = run.byRole.length > 1 ? { roles: run.byRole } : {};
    return { confirmations: 1, safety: this.agreement.verdict, durability: this.durability.verdict, ...roles, events: run.events };
  }

  private countsOf(all: LoggedCounts): Counts {
    const counts: Counts = { messages: all.messages, bytes: all.bytes };
    const { signed } = this.setup.cell.transactions;
    for (const name of new Set([...this.mechanism.counts, ...(signed === true ? (['verifies', 'batches'] as const) : [])])) {
      if (name === 'batches') counts.batches = all.batches;
      else counts[name] = all[name] ?? 0;
      if (name === 'verifies') counts.verifies_single = all.verifies_single;
    }
    return all.persists === undefined ? counts : { ...counts, persists: all.persists };
  }

  private defaultOutcome(run: MessageRun<unknown>): Outcome {
    const { setup, mechanism, latencies_us } = this;
    const reached = latencies_us.length;
    const replicaLatencies_us = this.replicaLatencies.of(this.decided);
    const { operations } = mechanism.log;
    return {
      ...endingOf({
        ...run,
        standstill: (mechanism.hopeless?.() ?? '') || run.standstill,
        reached,
        asked: setup.cell.decisions,
        horizon_us: setup.horizon_us,
        eventBudget: setup.eventBudget ?? EVENT_BUDGET,
      }),
      decisions: reached,
      divisor: reached,
      counts: this.countsOf(mechanism.log.counts(run)),
      latencies_us,
      finalities_us: latencies_us,
      elapsed_us: this.lastAccepted_us,
      ...this.common(run),
      ...(replicaLatencies_us === undefined ? {} : { replicaLatencies_us }),
      ...(operations === undefined ? {} : { operations: foldTail(operations) }),
    };
  }

  private loadOutcome(run: MessageRun<unknown>): Outcome {
    const { window, schedule, setup, mechanism } = this;
    const load = window.outcome(schedule.rate_tps, run.use === undefined ? null : utilisationOf(run.use));
    const latencies_us = window.latencies_us();
    const decisions = window.decisions;
    const ending = endingOf({
      ...run,
      standstill: (mechanism.hopeless?.() ?? '') || run.standstill,
      reached: window.isOver(run.now_us) ? decisions : 0,
      asked: 1,
      horizon_us: setup.horizon_us,
      eventBudget: setup.eventBudget ?? EVENT_BUDGET,
    });
    const counts = window.counts ?? mechanism.log.counts(run);
    return {
      ...ending,
      decisions,
      divisor: Math.max(1, decisions),
      counts: this.countsOf({ ...counts, messages: run.messages, bytes: run.bytes }),
      latencies_us,
      finalities_us: latencies_us,
      from_us: schedule.from_us,
      elapsed_us: schedule.until_us - schedule.from_us,
      ...this.common(run),
      load,
    };
  }
}

type ExternalPayload = typeof ARRIVAL | typeof OPEN | typeof CLOSE | typeof END;
const ARRIVAL = 'arrival';
const OPEN = 'open';
const CLOSE = 'close';
const END = 'end';

/** What happens after the last acceptance belongs to the last decision. */
function foldTail(operations: readonly (readonly Operation[])[]): (readonly Operation[])[] {
  const out = operations.slice(0, -1);
  const tail = operations[operations.length - 1];
  if (out.length === 0) return [tail];
  out[out.length - 1] = [...out[out.length - 1], ...tail];
  return out;
}
