// The message engine: a protocol is a pure `step(state, input, out)` (the shape of etcd's raft); messages, timers, work and writes
// come out as data and the engine performs them. General, and the twin of the waves and chain engines. queue.ts has the order of events.
import { lastChange_us } from '../core/faults.ts';
import type { TracedMessage } from '../../model/outcome.ts';
import type { Stop } from '../check/liveness.ts';
import { EVENT_BUDGET, type Setup } from '../core/contract.ts';
import { inTurn, type OutboxFilter } from './byzantine.ts';
import { Conditions } from './conditions.ts';
import { inputOf } from './inputs.ts';
import { Outbox, Write, type Action } from './outbox.ts';
import { Participants } from './participants.ts';
import type { Input, Message, Protocol } from './protocol.ts';
import { BucketQueue, EXTERNAL, MESSAGE, TIMER, WORK, type EventClass, type EventQueue } from './queue.ts';
import { Job, Resources, type ResourceUse } from './resources.ts';
import { Received, Traced, Transport } from './transport.ts';

export { EVENT_BUDGET } from '../core/contract.ts';
export { Outbox } from './outbox.ts';
export type { External, Input, Message, Protocol } from './protocol.ts';

export interface MessageRun<S> {
  readonly states: readonly S[];
  readonly now_us: number;
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  /** What each counted role sent to nodes. */
  readonly byRole: readonly { readonly role: string; readonly messages: number; readonly bytes: number }[];
  /** Where the setup asks for resources. */
  readonly use?: ResourceUse;
  /** `done` only where everything that the last decision caused has been handled: a budget that ends before that is `budget`. */
  readonly stopped: Stop;
  /** Why, where `stopped` is `idle`; '' else. */
  readonly standstill: string;
  readonly eventBudget: number;
}

const NOBODY: readonly number[] = [];

/** How often in a row clients ask all nodes in vain before the protocol is said to stand still. */
const VAIN_REQUESTS = 2;

export interface MessageOptions {
  /** Another queue for so many participants: a twin, in tests. */
  readonly queue?: (participants: number) => EventQueue;
}

/**
 * Delivers, delays and counts what a protocol sends. Stops where the protocol stands still: when nothing is left to happen, or when
 * all that is left is one timer of a client which has asked every node twice, with no node doing anything among nodes (their states are
 * then the same as before, and so they stay), and no fault begins or ends any more.
 * @throws RangeError where the protocol sends what the order of events or the draws cannot hold
 */
export function runMessages<S, M extends Message>(protocol: Protocol<S, M>, setup: Setup, options: MessageOptions = {}): MessageRun<S> {
  return new Engine(protocol, setup, options).run();
}

/** A timer that was set: the queue has it, and the participant's table too until it is replaced or cancelled. */
interface Timer {
  readonly id: string;
}

/** A participant that is up again: before all that it receives at that moment, since no message has this view. */
const RECOVERY = Symbol('recovery');
const RECOVERY_VIEW = -1;

/** A filter, and when it applies. */
interface Lie<M extends Message> {
  readonly filter: OutboxFilter<M>;
  readonly from_us: number;
  readonly until_us: number;
}

class Engine<S, M extends Message> {
  private readonly protocol: Protocol<S, M>;
  private readonly setup: Setup;
  private readonly nodes: number;
  private readonly participants: Participants;
  private readonly conditions: Conditions;
  private readonly resources: Resources | null;
  private readonly queue: EventQueue;
  private readonly transport: Transport<M>;
  private readonly states: S[];
  private readonly timers: Map<string, Timer>[];
  private readonly out = new Outbox<M>();
  private now_us = 0;
  private readonly changes_us: number;
  // What nodes did among nodes, and the same when a client last found nothing else under way; whether it asked all of them since.
  private acts = 0;
  private actsBefore = -1;
  private askedAll = false;
  private vain = 0;
  /** Of those that recover: how often each went down so far; null where none does. */
  private readonly lives: Int32Array | null = null;
  private readonly started: Uint8Array;
  /** By participant that recovers: what it has persisted. */
  private readonly persisted = new Map<number, unknown[]>();
  /** Lines of the transcript. */
  private traced = 0;
  /** Of work and writes under way while a transcript is made: its lines up to what they were asked for on. */
  private readonly causes: WeakMap<object, number> | null;
  private readonly lies: (readonly Lie<M>[] | undefined)[] | null;
  private readonly onMessage = inputOf<Input<M>, 'message'>('message');
  private readonly onWork = inputOf<Input<M>, 'work'>('work');
  private readonly onExternal = inputOf<Input<M>, 'external'>('external');
  private readonly onTimer = inputOf<Input<M>, 'timer'>('timer');
  private readonly onPersisted = inputOf<Input<M>, 'persisted'>('persisted');

  constructor(protocol: Protocol<S, M>, setup: Setup, options: MessageOptions) {
    this.protocol = protocol;
    this.setup = setup;
    this.nodes = protocol.nodes;
    const participants = (this.participants = new Participants(protocol, setup));
    const conditions = (this.conditions = new Conditions(setup, participants.faultable));
    const resources = setup.resources === undefined ? null : new Resources(setup.network, participants.cores, setup.resources);
    this.resources = resources;
    const queue = (this.queue = options.queue?.(participants.count) ?? new BucketQueue(participants.count));
    this.transport = new Transport(protocol, setup, { queue, conditions, resources, participants });
    this.states = Array.from({ length: participants.count }, (_, participant) => protocol.init(participant));
    this.timers = this.states.map(() => new Map<string, Timer>());
    this.started = new Uint8Array(participants.count);
    this.changes_us = lastChange_us(setup.faults);
    this.causes = setup.trace === undefined ? null : new WeakMap();
    this.lies = this.liesOf();
    if (protocol.recovers === true && !conditions.allUp) this.lives = this.scheduleRecoveries();
  }

  private liesOf(): Engine<S, M>['lies'] {
    const { protocol, setup, participants } = this;
    if (protocol.filterOf === undefined) return null;
    const lies = new Array<Lie<M>[] | undefined>(participants.count).fill(undefined);
    for (const entry of setup.faults.entries)
      for (let node = 0; node < this.nodes; node++) {
        if (entry.faulty[node] !== 1 || participants.faultable?.[node] === 0) continue;
        const filter = protocol.filterOf(node, entry);
        if (filter !== null) (lies[node] ??= []).push({ filter, from_us: entry.from_us, until_us: entry.until_us });
      }
    return lies.some((list) => list !== undefined) ? lies : null;
  }

  private scheduleRecoveries(): Int32Array {
    for (let node = 0; node < this.nodes; node++)
      for (const { until_us } of this.conditions.downtimes(node)) {
        if (until_us === Infinity) continue;
        this.persisted.set(node, []);
        const entry = this.queue.open(node, RECOVERY_VIEW, 0, 0, RECOVERY);
        this.queue.add(entry, until_us, MESSAGE, node);
        this.queue.close(entry);
      }
    return new Int32Array(this.participants.count);
  }

  run(): MessageRun<S> {
    const { protocol, queue, states, conditions, transport } = this;
    const { horizon_us } = this.setup;
    const eventBudget = this.setup.eventBudget ?? EVENT_BUDGET;
    for (let participant = 0; participant < states.length; participant++)
      if (conditions.allUp || !conditions.isDown(participant, 0)) this.start(participant);
    this.nextExternal();

    let events = 0;
    let stopped: Stop = 'idle';
    let standstill = '';
    while (queue.pop()) {
      const { time_us, eventClass, receiver } = queue;
      // A timer that was replaced or cancelled is nothing that goes on, neither before the horizon nor behind it.
      if (eventClass === TIMER && this.timers[receiver].get((queue.item as Timer).id) !== queue.item) continue;
      const draining = protocol.done() || (time_us > horizon_us && protocol.atHorizon?.() === true);
      if (draining && (eventClass === TIMER || eventClass === EXTERNAL || queue.item === RECOVERY)) continue;
      if (time_us > horizon_us && !draining) {
        stopped = 'horizon';
        break;
      }
      if (events >= eventBudget) {
        stopped = 'budget';
        break;
      }
      this.now_us = time_us;
      if (eventClass === TIMER) {
        this.timers[receiver].delete((queue.item as Timer).id);
        if (receiver >= this.nodes && this.isInVain()) break;
      }
      if (this.resources !== null && eventClass === MESSAGE && this.waitsForDownlink()) continue;
      events += 1;
      if (!conditions.allUp && conditions.isDown(receiver, time_us)) {
        if (eventClass === EXTERNAL) this.nextExternal();
        if (queue.item instanceof Traced) this.traceMessage(queue.item as Traced<M>, { from: queue.sender, to: receiver, isLost: true });
        continue;
      }
      this.deliver(eventClass, receiver);
      if (this.out.actions.length > 0) this.perform(receiver);
      if (eventClass === EXTERNAL) this.nextExternal();
      if (eventClass === TIMER) {
        standstill = protocol.standstill?.() ?? '';
        if (standstill !== '') break;
      }
    }
    if (stopped === 'idle') {
      if (protocol.done() || protocol.atHorizon?.() === true) stopped = 'done';
      else standstill ||= 'nothing under way can make progress';
    }
    const { now_us, resources } = this;
    const { messages, bytes } = transport;
    const byRole = this.participants.roles.flatMap(({ id, counted }, role) =>
      counted ? [{ role: id, messages: transport.messagesByRole[role], bytes: transport.bytesByRole[role] }] : [],
    );
    const use = resources === null ? {} : { use: resources.use(now_us) };
    return { states, now_us, events, messages, bytes, byRole, ...use, stopped, standstill, eventBudget };
  }

  private start(participant: number): void {
    this.started[participant] = 1;
    this.protocol.step(this.states[participant], { kind: 'start', now_us: this.now_us }, this.out);
    this.perform(participant);
  }

  private deliver(eventClass: EventClass, receiver: number): void {
    const { protocol, queue, now_us, out } = this;
    switch (eventClass) {
      case MESSAGE: {
        if (queue.item === RECOVERY) {
          this.recover(receiver);
          return;
        }
        const input = this.onMessage;
        input.now_us = now_us;
        input.from = queue.sender;
        const item = queue.item instanceof Received ? (queue.item as Received<M>).message : (queue.item as M | Traced<M>);
        input.message = item instanceof Traced ? item.message : item;
        if (item instanceof Traced) this.traceMessage(item, { from: input.from, to: receiver, isLost: false });
        protocol.step(this.states[receiver], input, out);
        break;
      }
      case WORK:
        this.endWork(receiver, queue.item);
        break;
      case EXTERNAL:
        this.onExternal.now_us = now_us;
        this.onExternal.payload = queue.item;
        protocol.step(this.states[receiver], this.onExternal, out);
        break;
      case TIMER:
        this.onTimer.now_us = now_us;
        this.onTimer.id = (queue.item as Timer).id;
        this.trace(receiver, `timer ${this.onTimer.id} expires`);
        protocol.step(this.states[receiver], this.onTimer, out);
        break;
    }
  }

  private traceMessage({ message, sent_us, cause }: Traced<M>, way: { from: number; to: number; isLost: boolean }): void {
    const text = this.protocol.describe?.(message) ?? `type ${message.type}`;
    const { view, sequence } = message;
    const sender = this.nameOf(way.from);
    const name = text.split('  ', 1)[0];
    this.trace(way.to, `${way.isLost ? 'down, ' : ''}<- ${sender}  ${text}`, { ...way, sender, name, view, sequence, sent_us, cause });
  }

  private trace(participant: number, text: string, message?: TracedMessage): void {
    const { trace } = this.setup;
    if (trace === undefined) return;
    trace({ at_us: this.now_us, node: this.nameOf(participant), text, ...(message === undefined ? {} : { message }) });
    this.transport.cause = this.traced += 1;
  }

  /** Work or a write has ended; what was asked for before its participant went down is lost. */
  private endWork(participant: number, item: unknown): void {
    const life = this.lives?.[participant] ?? 0;
    if (this.causes !== null && typeof item === 'object' && item !== null) this.transport.cause = this.causes.get(item) ?? 0;
    if (item instanceof Write) {
      if (item.life !== life) return;
      const kept = this.persisted.get(participant);
      if (kept !== undefined) {
        if (item.snapshot) kept.length = 0;
        kept.push(item.record);
      }
      this.onPersisted.now_us = this.now_us;
      this.onPersisted.token = item.token;
      this.protocol.step(this.states[participant], this.onPersisted, this.out);
      return;
    }
    this.onWork.token = item;
    if (item instanceof Job) {
      if (item.life !== life) return;
      this.resources?.ended(participant, item);
      this.onWork.token = item.token;
    }
    this.onWork.now_us = this.now_us;
    this.protocol.step(this.states[participant], this.onWork, this.out);
  }

  /** Up again: with a new state, and what was persisted; or for the first time. */
  private recover(participant: number): void {
    this.lives![participant] += 1;
    this.timers[participant].clear();
    this.resources?.restart(participant, this.now_us);
    const isFirst = this.started[participant] === 0;
    this.trace(participant, isFirst ? 'starts' : 'recovers');
    if (isFirst) {
      this.start(participant);
      return;
    }
    this.states[participant] = this.protocol.init(participant);
    const persisted = [...this.persisted.get(participant)!];
    this.protocol.step(this.states[participant], { kind: 'recover', now_us: this.now_us, persisted }, this.out);
  }

  /** Puts off a message between nodes until it is through its receiver's downlink. */
  private waitsForDownlink(): boolean {
    const { queue, nodes } = this;
    const { receiver, sender, item, time_us } = queue;
    if (sender >= nodes || receiver >= nodes || item === RECOVERY || item instanceof Received) return false;
    const traced = item as M | Traced<M>;
    const message = traced instanceof Traced ? traced.message : traced;
    const through_us = this.resources!.receive_us(receiver, time_us, message.bytes, sender);
    if (through_us === time_us) return false;
    const entry = queue.open(sender, message.view, message.sequence, message.type, new Received(traced));
    queue.add(entry, through_us, MESSAGE, receiver);
    queue.close(entry);
    return true;
  }

  private nameOf(participant: number): string {
    return this.participants.nameOf(participant);
  }

  /** At a client's timer. */
  private isInVain(): boolean {
    const quiet = this.queue.size === 0 && this.now_us >= this.changes_us;
    this.vain = quiet && this.askedAll && this.acts === this.actsBefore ? this.vain + 1 : 0;
    this.actsBefore = quiet ? this.acts : -1;
    this.askedAll = false;
    return this.vain >= VAIN_REQUESTS;
  }

  private nextExternal(): void {
    const next = this.protocol.external?.(this.states, this.now_us) ?? null;
    if (next !== null) this.schedule(next.at_us, EXTERNAL, next.node, next.payload);
  }

  private schedule(at_us: number, eventClass: EventClass, participant: number, item: unknown): void {
    const { queue } = this;
    const entry = queue.open(participant, 0, 0, 0, item);
    queue.add(entry, at_us, eventClass, participant);
    queue.close(entry);
  }

  // --- what a step wants done

  private perform(participant: number): void {
    const { actions } = this.out;
    const lies = this.lies?.[participant];
    const wanted = lies === undefined ? actions : this.filtered(participant, lies);
    const isNode = participant < this.nodes;
    for (let i = 0; i < wanted.length; i++) {
      const action = wanted[i];
      // What a node sends to a client changes no node.
      if (isNode && action.kind !== 'cancel' && !(action.kind === 'send' && action.to >= this.nodes)) this.acts += 1;
      else if (!isNode && action.kind === 'multicast') this.askedAll = true;
      switch (action.kind) {
        case 'send':
          this.transport.send(participant, action.to, action.message, action.connections, this.now_us);
          break;
        case 'multicast': {
          const range = action.role === null ? this.participants.allNodes : this.participants.rangeOf(action.role);
          this.transport.multicast(participant, action.message, range, this.now_us, action.except ?? NOBODY);
          break;
        }
        case 'timer': {
          const timer: Timer = { id: action.id };
          this.schedule(this.now_us + action.delay_us, TIMER, participant, timer);
          this.timers[participant].set(action.id, timer);
          break;
        }
        case 'cancel':
          this.timers[participant].delete(action.id);
          break;
        case 'work':
          this.work(action.at ?? participant, action.cost_ns, action.token);
          break;
        case 'persist':
          this.persist(participant, action);
          break;
      }
    }
    // Emptied, not cut off: the next step has its room.
    while (actions.length > 0) actions.pop();
  }

  private filtered(participant: number, lies: readonly Lie<M>[]): readonly Action<M>[] {
    const { now_us, nodes } = this;
    const now = lies.filter(({ from_us, until_us }) => now_us >= from_us && now_us < until_us).map(({ filter }) => filter);
    return inTurn(now)(this.out.actions, { participant, now_us, nodes });
  }

  private work(participant: number, cost_ns: number, token: unknown): void {
    const life = this.lives?.[participant] ?? 0;
    if (this.resources !== null) {
      const job = this.resources.work(participant, this.now_us, cost_ns, token, life);
      this.causes?.set(job, this.transport.cause);
      this.schedule(job.end_us, WORK, participant, job);
      return;
    }
    const end_us = this.now_us + Math.ceil(cost_ns / 1000);
    if (this.causes === null && !this.persisted.has(participant)) return this.schedule(end_us, WORK, participant, token);
    const job = new Job(token, life, end_us, 0);
    this.causes?.set(job, this.transport.cause);
    this.schedule(end_us, WORK, participant, job);
  }

  private persist(participant: number, write: Write): void {
    const { persist_ns } = this.setup.cell.node;
    if (participant < this.nodes) this.protocol.writes?.(write.bytes);
    const end_us = this.resources?.write(participant, this.now_us, persist_ns) ?? this.now_us + Math.ceil(persist_ns / 1000);
    if (this.lives !== null) write.life = this.lives[participant];
    this.causes?.set(write, this.transport.cause);
    this.schedule(end_us, WORK, participant, write);
  }
}
