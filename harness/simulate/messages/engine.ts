// The message engine: a protocol is a pure `step(state, input, out)` (the shape of etcd's raft); messages, timers and work
// come out as data and the engine performs them. General, and the twin of the waves and chain engines. queue.ts has the order of events.
import { lastChange_us } from '../core/faults.ts';
import type { Stop } from '../check/liveness.ts';
import { draw32, drawPrefix, PURPOSE, senderKeyA, senderKeyB, type DrawKey } from '../core/draws.ts';
import { departOffset_us, regionOf, tries, upload_ns } from '../core/network.ts';
import { QUANTILE_SHIFT, QUANTILES } from '../../model/network.ts';
import { EVENT_BUDGET, type Setup } from '../core/contract.ts';
import { Outbox, type Action } from './outbox.ts';
import type { Input, Message, Protocol } from './protocol.ts';
import {
  BucketQueue,
  EXTERNAL,
  MESSAGE,
  PARTICIPANT_LIMIT,
  SEQUENCE_LIMIT,
  TIMER,
  TYPE_LIMIT,
  VIEW_LIMIT,
  WORK,
  type EventClass,
  type EventQueue,
} from './queue.ts';

export { EVENT_BUDGET } from '../core/contract.ts';
export { Outbox } from './outbox.ts';
export type { External, Input, Message, Protocol } from './protocol.ts';

export interface MessageRun<S> {
  readonly states: readonly S[];
  readonly now_us: number;
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  /** `done` only where everything that the last decision caused has been handled: a budget that ends before that is `budget`. */
  readonly stopped: Stop;
  /** Why, where `stopped` is `idle`; '' else. */
  readonly standstill: string;
  readonly eventBudget: number;
}

const isBelow = (value: number, limit: number): boolean => Number.isInteger(value) && value >= 0 && value < limit;

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
 */
export function runMessages<S, M extends Message>(protocol: Protocol<S, M>, setup: Setup, options: MessageOptions = {}): MessageRun<S> {
  if (!isBelow(protocol.participants - 1, PARTICIPANT_LIMIT))
    throw new RangeError(`received ${protocol.participants} participants; accepted: from 1 to ${PARTICIPANT_LIMIT}`);
  return new Engine(protocol, setup, options).run();
}

/** A timer that was set: the queue has it, and the participant's table too until it is replaced or cancelled. */
interface Timer {
  readonly id: string;
}

/** The draw prefixes of the last message of each type: what the sends of one phase share. */
interface Prefixes {
  view: number;
  sequence: number;
  delay: DrawKey;
  loss: DrawKey;
}

const NO_KEY: DrawKey = { a: 0, b: 0 };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Of<M extends Message, K extends Input<M>['kind']> = Mutable<Extract<Input<M>, { kind: K }>>;

class Engine<S, M extends Message> {
  private readonly protocol: Protocol<S, M>;
  private readonly setup: Setup;
  private readonly nodes: number;
  private readonly queue: EventQueue;
  private readonly states: S[];
  private readonly uplinkFree_us: Float64Array;
  private readonly timers: Map<string, Timer>[];
  private readonly regions: Int32Array;
  private readonly out = new Outbox<M>();
  private now_us = 0;
  private messages = 0;
  private bytes = 0;
  private readonly changes_us: number;
  // What nodes did among nodes, and the same when a client last found nothing else under way; whether it asked all of them since.
  private acts = 0;
  private actsBefore = -1;
  private askedAll = false;
  private vain = 0;
  /** Faulty nodes are down in the fault's window. */
  private readonly mute: boolean;
  /** Every message leaves and arrives as the network says. */
  private readonly plainLinks: boolean;
  private readonly prefixes: (Prefixes | undefined)[] = new Array<Prefixes | undefined>(TYPE_LIMIT).fill(undefined);
  // The keys of the send under way.
  private delayKey: DrawKey = NO_KEY;
  private lossKey: DrawKey = NO_KEY;
  private readonly onMessage: Of<M, 'message'> = { kind: 'message', now_us: 0, from: 0, message: undefined as never };
  private readonly onWork: Of<M, 'work'> = { kind: 'work', now_us: 0, token: null };
  private readonly onExternal: Of<M, 'external'> = { kind: 'external', now_us: 0, payload: null };
  private readonly onTimer: Of<M, 'timer'> = { kind: 'timer', now_us: 0, id: '' };

  constructor(protocol: Protocol<S, M>, setup: Setup, options: MessageOptions) {
    const { participants, nodes } = protocol;
    const { network, faults } = setup;
    this.protocol = protocol;
    this.setup = setup;
    this.nodes = nodes;
    this.queue = options.queue?.(participants) ?? new BucketQueue(participants);
    this.states = Array.from({ length: participants }, (_, participant) => protocol.init(participant));
    this.uplinkFree_us = new Float64Array(participants);
    this.timers = this.states.map(() => new Map<string, Timer>());
    this.regions = Int32Array.from({ length: participants }, (_, participant) =>
      participant < nodes ? regionOf(network, participant) : (protocol.regionOf?.(participant) ?? 0),
    );
    this.changes_us = lastChange_us(faults);
    this.mute = faults.kind === 'crash' || faults.kind === 'silent-leader';
    this.plainLinks = network.lossThreshold === 0 && faults.kind !== 'delay' && faults.kind !== 'partition';
  }

  run(): MessageRun<S> {
    const { protocol, queue, states } = this;
    const { horizon_us } = this.setup;
    const eventBudget = this.setup.eventBudget ?? EVENT_BUDGET;
    for (let participant = 0; participant < states.length; participant++) {
      if (this.isDead(participant)) continue;
      protocol.step(states[participant], { kind: 'start', now_us: 0 }, this.out);
      this.perform(participant);
    }
    this.nextExternal();

    let events = 0;
    let stopped: Stop = 'idle';
    let standstill = '';
    while (queue.pop()) {
      const { time_us, eventClass, receiver } = queue;
      const draining = protocol.done() || (time_us > horizon_us && protocol.atHorizon?.() === true);
      if (draining && (eventClass === TIMER || eventClass === EXTERNAL)) continue;
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
        const timer = queue.item as Timer;
        if (this.timers[receiver].get(timer.id) !== timer) continue;
        this.timers[receiver].delete(timer.id);
        if (receiver >= this.nodes && this.isInVain()) break;
      }
      events += 1;
      if (this.mute && this.isDead(receiver)) {
        if (eventClass === EXTERNAL) this.nextExternal();
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
      if (protocol.done()) stopped = 'done';
      else standstill ||= 'nothing under way can make progress';
    }
    const { now_us, messages, bytes } = this;
    return { states, now_us, events, messages, bytes, stopped, standstill, eventBudget };
  }

  private deliver(eventClass: EventClass, receiver: number): void {
    const { protocol, queue, now_us, out } = this;
    const { trace } = this.setup;
    const state = this.states[receiver];
    switch (eventClass) {
      case MESSAGE: {
        const input = this.onMessage;
        input.now_us = now_us;
        input.from = queue.sender;
        input.message = queue.item as M;
        if (trace !== undefined) {
          const text = protocol.describe?.(input.message) ?? `type ${input.message.type}`;
          trace({ at_us: now_us, node: this.nameOf(receiver), text: `<- ${this.nameOf(input.from)}  ${text}` });
        }
        protocol.step(state, input, out);
        break;
      }
      case WORK:
        this.onWork.now_us = now_us;
        this.onWork.token = queue.item;
        protocol.step(state, this.onWork, out);
        break;
      case EXTERNAL:
        this.onExternal.now_us = now_us;
        this.onExternal.payload = queue.item;
        protocol.step(state, this.onExternal, out);
        break;
      case TIMER:
        this.onTimer.now_us = now_us;
        this.onTimer.id = (queue.item as Timer).id;
        trace?.({ at_us: now_us, node: this.nameOf(receiver), text: `timer ${this.onTimer.id} expires` });
        protocol.step(state, this.onTimer, out);
        break;
    }
  }

  private nameOf(participant: number): string {
    return this.protocol.nameOf?.(participant) ?? `node ${participant}`;
  }
  private isFaulty(participant: number): boolean {
    return participant < this.nodes && this.setup.faults.faulty[participant] === 1;
  }
  private inWindow(at_us: number): boolean {
    return at_us >= this.setup.faults.from_us && at_us < this.setup.faults.until_us;
  }
  private isDead(participant: number): boolean {
    return this.mute && this.isFaulty(participant) && this.inWindow(this.now_us);
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
    const isNode = participant < this.nodes;
    for (let i = 0; i < actions.length; i++) {
      const action = actions[i];
      // What a node sends to a client changes no node.
      if (isNode && action.kind !== 'cancel' && !(action.kind === 'send' && action.to >= this.nodes)) this.acts += 1;
      else if (!isNode && action.kind === 'multicast') this.askedAll = true;
      switch (action.kind) {
        case 'send':
          this.send(participant, action);
          break;
        case 'multicast':
          this.multicast(participant, action.message);
          break;
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
          this.schedule(this.now_us + Math.ceil(action.cost_ns / 1000), WORK, participant, action.token);
          break;
      }
    }
    actions.length = 0;
  }

  private send(from: number, { to, message, connections }: Extract<Action<M>, { kind: 'send' }>): void {
    const { queue } = this;
    this.assertSendable(from, message);
    if (!isBelow(to, this.states.length)) {
      const accepted = `participants from 0 to ${this.states.length - 1}`;
      throw new RangeError(`${this.nameOf(from)} sends ${this.namedMessage(message)} to ${to}; accepted: ${accepted}`);
    }
    this.setKeys(from, message);
    const each_ns = upload_ns(this.setup.network, message.bytes);
    let depart_us;
    if (connections > 0) depart_us = this.now_us + departOffset_us(each_ns * connections, 0);
    else depart_us = this.uplinkFree_us[from] = Math.max(this.now_us, this.uplinkFree_us[from]) + departOffset_us(each_ns, 0);
    const entry = queue.open(from, message.view, message.sequence, message.type, message);
    this.post(entry, from, to, message, depart_us);
    queue.close(entry);
  }

  private multicast(from: number, message: M): void {
    const { queue, nodes, regions } = this;
    const { network } = this.setup;
    this.assertSendable(from, message);
    this.setKeys(from, message);
    const each_ns = upload_ns(network, message.bytes);
    const start_us = Math.max(this.now_us, this.uplinkFree_us[from]);
    const entry = queue.open(from, message.view, message.sequence, message.type, message);
    let position = 0;
    if (this.plainLinks) {
      const { quantiles_us } = network;
      const row = regions[from] * network.regions;
      const key = this.delayKey;
      for (let to = 0; to < nodes; to++) {
        if (to === from) continue;
        const depart_us = start_us + departOffset_us(each_ns, position++);
        const delay_us = quantiles_us[(row + regions[to]) * QUANTILES + (draw32(key, to) >>> QUANTILE_SHIFT)];
        queue.add(entry, depart_us + delay_us, MESSAGE, to);
      }
      if (from < nodes) this.count(message, position);
    } else {
      for (let to = 0; to < nodes; to++)
        if (to !== from) this.post(entry, from, to, message, start_us + departOffset_us(each_ns, position++));
    }
    queue.close(entry);
    this.uplinkFree_us[from] = position === 0 ? start_us : start_us + departOffset_us(each_ns, position - 1);
  }

  /** One message on its way, with what loss and faults do to it. */
  private post(entry: number, from: number, to: number, message: M, depart_us: number): void {
    const { network, faults } = this.setup;
    const count = tries(network, this.lossKey, to);
    if (from < this.nodes && to < this.nodes) this.count(message, count);
    let leave_us = depart_us;
    if (faults.kind === 'delay' && this.isFaulty(from) && this.inWindow(depart_us)) leave_us += faults.delay_us;
    if (faults.kind === 'partition' && this.isFaulty(from) !== this.isFaulty(to) && this.inWindow(depart_us)) leave_us = faults.until_us;
    if (leave_us === Infinity) return;
    const pair = this.regions[from] * network.regions + this.regions[to];
    const delay_us = network.quantiles_us[pair * QUANTILES + (draw32(this.delayKey, to) >>> QUANTILE_SHIFT)];
    this.queue.add(entry, leave_us + (count - 1) * network.rto_us + delay_us, MESSAGE, to);
  }

  private count(message: M, times: number): void {
    if (this.protocol.counted !== undefined && !this.protocol.counted(message)) return;
    this.messages += times;
    this.bytes += times * message.bytes;
  }

  private setKeys(from: number, { type, view, sequence }: M): void {
    const lossy = this.setup.network.lossThreshold !== 0;
    let prefixes = this.prefixes[type];
    if (prefixes === undefined || prefixes.view !== view || prefixes.sequence !== sequence) {
      const { seed } = this.setup.cell;
      const delay = drawPrefix(seed, { purpose: PURPOSE.delay, type, view, sequence });
      const loss = lossy ? drawPrefix(seed, { purpose: PURPOSE.loss, type, view, sequence }) : NO_KEY;
      this.prefixes[type] = prefixes = { view, sequence, delay, loss };
    }
    this.delayKey = { a: senderKeyA(prefixes.delay, from), b: senderKeyB(prefixes.delay, from) };
    if (lossy) this.lossKey = { a: senderKeyA(prefixes.loss, from), b: senderKeyB(prefixes.loss, from) };
  }

  /** What the order of events and the draws rest on, once a send. */
  private assertSendable(from: number, message: M): void {
    const { type, view, sequence, bytes } = message;
    if (!isBelow(type, TYPE_LIMIT) || type === 0) this.refuse(from, message, `type ${type}`, `integers from 1 to ${TYPE_LIMIT - 1}`);
    if (!isBelow(view, VIEW_LIMIT)) this.refuse(from, message, `view ${view}`, `integers from 0 to ${VIEW_LIMIT - 1}`);
    if (!isBelow(sequence, SEQUENCE_LIMIT)) this.refuse(from, message, `sequence ${sequence}`, `integers from 0 to ${SEQUENCE_LIMIT - 1}`);
    if (!Number.isSafeInteger(bytes) || bytes < 0) this.refuse(from, message, `bytes ${bytes}`, 'integers from 0');
  }
  private refuse(from: number, message: M, received: string, accepted: string): never {
    throw new RangeError(`${this.nameOf(from)} sends ${this.namedMessage(message)} with ${received}; accepted: ${accepted}`);
  }
  private namedMessage(message: M): string {
    return this.protocol.describe?.(message).trim() || `message of type ${message.type}`;
  }
}
