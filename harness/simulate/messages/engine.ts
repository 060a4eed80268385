// The message engine: a protocol is a pure `step(state, input, out)` (the shape of etcd's raft); messages, timers and work
// come out as data and the engine performs them. General, and the twin of the waves and chain engines.
//
// Events sort by (time, class, receiver, view, sequence, type, sender), insertion number last; classes in the order
// message < work < external < timer, so that a deadline that falls on an arrival is met.
import { lastChange_us } from '../core/faults.ts';
import type { Stop } from '../check/liveness.ts';
import { delay_us, departOffset_us, regionOf, sendKeys, tries, upload_ns } from '../core/network.ts';
import type { Setup } from '../core/contract.ts';

/** What the engine must know of a message; protocols add their fields. */
export interface Message {
  /** 1..15, the protocol's own numbering: a part of the draw key and of the event order. */
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  /** Size in the protocol's documented encoding. */
  readonly bytes: number;
}

export type Input<M extends Message> =
  | { readonly kind: 'start'; readonly now_us: number }
  | { readonly kind: 'message'; readonly now_us: number; readonly from: number; readonly message: M }
  | { readonly kind: 'work'; readonly now_us: number; readonly token: unknown }
  | { readonly kind: 'external'; readonly now_us: number; readonly payload: unknown }
  | { readonly kind: 'timer'; readonly now_us: number; readonly id: string };

export interface External {
  readonly at_us: number;
  readonly node: number;
  readonly payload: unknown;
}

export interface Protocol<S, M extends Message> {
  /** Nodes first, then participants that are no nodes (clients): what those send or receive is not counted. */
  readonly participants: number;
  readonly nodes: number;
  init(participant: number): S;
  step(state: S, input: Input<M>, out: Outbox<M>): void;
  /** The region of a participant that is no node; nodes are placed by the network. */
  regionOf?(participant: number): number;
  /** Events from outside, in time order: asked at the start and again after each one was handled. */
  external?(states: readonly S[], now_us: number): External | null;
  /** True once the asked decisions are reached: from then on timers and externals are dropped and messages drain. */
  done(): boolean;
  /** Why the protocol stands still though something is under way, or ''; asked after each timer. */
  standstill?(): string;
  /** Asked where the horizon comes before that: true where the asked decisions are there nevertheless, and messages drain. */
  atHorizon?(): boolean;
  /** Does this message between nodes count? Absent: all do. */
  counted?(message: M): boolean;
  describe?(message: M): string;
  nameOf?(participant: number): string;
}

type Action<M> =
  | { readonly kind: 'send'; readonly to: number; readonly message: M; readonly connections: number }
  | { readonly kind: 'multicast'; readonly message: M }
  | { readonly kind: 'timer'; readonly id: string; readonly delay_us: number }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'work'; readonly cost_ns: number; readonly token: unknown };

/** What a step wants done, as data, in order. */
export class Outbox<M extends Message> {
  readonly actions: Action<M>[] = [];
  /** With `connections` k the message does not queue: it takes one of k equal shares of the uplink. */
  send(to: number, message: M, options: { connections?: number } = {}): void {
    this.actions.push({ kind: 'send', to, message, connections: options.connections ?? 0 });
  }
  /** To all nodes but the sender, in receiver order, one after another on the uplink. */
  multicast(message: M): void {
    this.actions.push({ kind: 'multicast', message });
  }
  /** Sets or replaces the participant's timer `id`. */
  setTimer(id: string, delay_us: number): void {
    this.actions.push({ kind: 'timer', id, delay_us });
  }
  cancelTimer(id: string): void {
    this.actions.push({ kind: 'cancel', id });
  }
  /** Comes back as a `work` input after `cost_ns` (rounded up to microseconds). */
  work(cost_ns: number, token: unknown): void {
    this.actions.push({ kind: 'work', cost_ns, token });
  }
}

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

/** Events after which a cell is stalled, unless its setup says otherwise. */
export const EVENT_BUDGET = 200_000_000;

const MESSAGE = 0;
const WORK = 1;
const EXTERNAL = 2;
const TIMER = 3;

/** What the packed keys hold: larger values would sort events in a wrong order without a word. */
const PARTICIPANT_LIMIT = 0x40000;
const SEQUENCE_LIMIT = 0x80000000;
const VIEW_LIMIT = 0x80000000;
const TYPE_LIMIT = 16;
const isBelow = (value: number, limit: number): boolean => Number.isInteger(value) && value >= 0 && value < limit;

interface Event<M> {
  readonly time_us: number;
  /** (class, receiver, view) and (sequence, type, sender) packed into exact integers below 2^53. */
  readonly key1: number;
  readonly key2: number;
  readonly insertion: number;
  readonly receiver: number;
  readonly sender: number;
  readonly message: M | null;
  /** Work token, timer id or external payload. */
  readonly payload: unknown;
}

function before<M>(x: Event<M>, y: Event<M>): boolean {
  if (x.time_us !== y.time_us) return x.time_us < y.time_us;
  if (x.key1 !== y.key1) return x.key1 < y.key1;
  if (x.key2 !== y.key2) return x.key2 < y.key2;
  return x.insertion < y.insertion;
}

/** A binary heap of events. */
class EventQueue<M> {
  private readonly heap: Event<M>[] = [];
  private inserted = 0;

  get size(): number {
    return this.heap.length;
  }

  /** The message's fields are below their limits (asserted where it is sent). */
  push(time_us: number, eventClass: number, receiver: number, sender: number, message: M | null, payload: unknown): number {
    if (!Number.isSafeInteger(time_us) || time_us < 0)
      throw new RangeError(`an event of participant ${receiver} at ${time_us} us: accepted are integers from 0 below 2^53`);
    const { view, sequence, type } = (message as Message | null) ?? { view: 0, sequence: 0, type: 0 };
    const event: Event<M> = {
      time_us,
      key1: (eventClass * PARTICIPANT_LIMIT + receiver) * VIEW_LIMIT + view,
      key2: (sequence * TYPE_LIMIT + type) * PARTICIPANT_LIMIT + sender,
      insertion: this.inserted++,
      receiver,
      sender,
      message,
      payload,
    };
    const heap = this.heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent])) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
    return event.insertion;
  }

  pop(): Event<M> | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    const size = heap.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1], heap[child])) child += 1;
      if (!before(heap[child], last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

/** How often in a row clients ask all nodes in vain before the protocol is said to stand still. */
const VAIN_REQUESTS = 2;

/**
 * Delivers, delays and counts what a protocol sends. Stops where the protocol stands still: when nothing is left to happen, or when
 * all that is left is one timer of a client which has asked every node twice, with no node doing anything among nodes (their states are
 * then the same as before, and so they stay), and no fault begins or ends any more.
 */
export function runMessages<S, M extends Message>(protocol: Protocol<S, M>, setup: Setup): MessageRun<S> {
  const { network, faults, cell, horizon_us, trace } = setup;
  const { participants, nodes } = protocol;
  if (!isBelow(participants - 1, PARTICIPANT_LIMIT))
    throw new RangeError(`received ${participants} participants; accepted: from 1 to ${PARTICIPANT_LIMIT}`);
  const queue = new EventQueue<M>();
  const states = Array.from({ length: participants }, (_, participant) => protocol.init(participant));
  const uplinkFree_us = new Float64Array(participants);
  const timers = states.map(() => new Map<string, number>());
  const regions = Array.from({ length: participants }, (_, participant) =>
    participant < nodes ? regionOf(network, participant) : (protocol.regionOf?.(participant) ?? 0),
  );
  const nameOf = (participant: number): string => protocol.nameOf?.(participant) ?? `node ${participant}`;
  const out = new Outbox<M>();
  let now_us = 0;
  let events = 0;
  let messages = 0;
  let bytes = 0;
  const eventBudget = setup.eventBudget ?? EVENT_BUDGET;
  const changes_us = lastChange_us(faults);
  // What nodes did among nodes, and the same when a client last found nothing else under way; whether it asked all of them since.
  let acts = 0;
  let actsBefore = -1;
  let askedAll = false;
  let vain = 0;

  const isFaulty = (participant: number): boolean => participant < nodes && faults.faulty[participant] === 1;
  const inWindow = (at_us: number): boolean => at_us >= faults.from_us && at_us < faults.until_us;
  const mute = faults.kind === 'crash' || faults.kind === 'silent-leader';
  const isDead = (participant: number): boolean => mute && isFaulty(participant) && inWindow(now_us);

  const namedMessage = (message: M): string => protocol.describe?.(message).trim() || `message of type ${message.type}`;
  /** What the order of events and the draws rest on, once a send. */
  function assertSendable(from: number, message: M): void {
    const { type, view, sequence, bytes } = message;
    if (!isBelow(type, TYPE_LIMIT) || type === 0) refuse(from, message, `type ${type}`, `integers from 1 to ${TYPE_LIMIT - 1}`);
    if (!isBelow(view, VIEW_LIMIT)) refuse(from, message, `view ${view}`, `integers from 0 to ${VIEW_LIMIT - 1}`);
    if (!isBelow(sequence, SEQUENCE_LIMIT)) refuse(from, message, `sequence ${sequence}`, `integers from 0 to ${SEQUENCE_LIMIT - 1}`);
    if (!Number.isSafeInteger(bytes) || bytes < 0) refuse(from, message, `bytes ${bytes}`, 'integers from 0');
  }
  function refuse(from: number, message: M, received: string, accepted: string): never {
    throw new RangeError(`${nameOf(from)} sends ${namedMessage(message)} with ${received}; accepted: ${accepted}`);
  }

  function post(from: number, to: number, message: M, depart_us: number, keys: ReturnType<typeof sendKeys>): void {
    const count = tries(network, keys.loss, to);
    if (from < nodes && to < nodes && (protocol.counted === undefined || protocol.counted(message))) {
      messages += count;
      bytes += count * message.bytes;
    }
    let leave_us = depart_us;
    if (faults.kind === 'delay' && isFaulty(from) && inWindow(depart_us)) leave_us += faults.delay_us;
    if (faults.kind === 'partition' && isFaulty(from) !== isFaulty(to) && inWindow(depart_us)) leave_us = faults.until_us;
    if (leave_us === Infinity) return;
    const arrive_us = leave_us + (count - 1) * network.rto_us + delay_us(network, keys.delay, regions[from], regions[to], to);
    queue.push(arrive_us, MESSAGE, to, from, message, undefined);
  }

  function perform(participant: number): void {
    const isNode = participant < nodes;
    for (const action of out.actions) {
      // What a node sends to a client changes no node.
      if (isNode && action.kind !== 'cancel' && !(action.kind === 'send' && action.to >= nodes)) acts += 1;
      else if (!isNode && action.kind === 'multicast') askedAll = true;
      switch (action.kind) {
        case 'send':
        case 'multicast': {
          const { message } = action;
          assertSendable(participant, message);
          if (action.kind === 'send' && !isBelow(action.to, participants))
            throw new RangeError(
              `${nameOf(participant)} sends ${namedMessage(message)} to ${action.to}; accepted: participants from 0 to ${participants - 1}`,
            );
          const keys = sendKeys(cell.seed, { type: message.type, view: message.view, sequence: message.sequence, sender: participant });
          const each_ns = upload_ns(network, message.bytes);
          if (action.kind === 'send' && action.connections > 0) {
            post(participant, action.to, message, now_us + departOffset_us(each_ns * action.connections, 0), keys);
            break;
          }
          const start_us = Math.max(now_us, uplinkFree_us[participant]);
          let position = 0;
          if (action.kind === 'send') {
            post(participant, action.to, message, start_us + departOffset_us(each_ns, position++), keys);
          } else {
            for (let to = 0; to < nodes; to++)
              if (to !== participant) post(participant, to, message, start_us + departOffset_us(each_ns, position++), keys);
          }
          uplinkFree_us[participant] = position === 0 ? start_us : start_us + departOffset_us(each_ns, position - 1);
          break;
        }
        case 'timer': {
          const insertion = queue.push(now_us + action.delay_us, TIMER, participant, participant, null, action.id);
          timers[participant].set(action.id, insertion);
          break;
        }
        case 'cancel':
          timers[participant].delete(action.id);
          break;
        case 'work':
          queue.push(now_us + Math.ceil(action.cost_ns / 1000), WORK, participant, participant, null, action.token);
          break;
      }
    }
    out.actions.length = 0;
  }

  function nextExternal(): void {
    const next = protocol.external?.(states, now_us) ?? null;
    if (next !== null) queue.push(next.at_us, EXTERNAL, next.node, next.node, null, next.payload);
  }

  for (let participant = 0; participant < participants; participant++) {
    if (isDead(participant)) continue;
    protocol.step(states[participant], { kind: 'start', now_us }, out);
    perform(participant);
  }
  nextExternal();

  /** At a client's timer. */
  function isInVain(): boolean {
    const quiet = queue.size === 0 && now_us >= changes_us;
    vain = quiet && askedAll && acts === actsBefore ? vain + 1 : 0;
    actsBefore = quiet ? acts : -1;
    askedAll = false;
    return vain >= VAIN_REQUESTS;
  }

  let stopped: Stop = 'idle';
  let standstill = '';
  for (;;) {
    const event = queue.pop();
    if (event === undefined) break;
    const eventClass = Math.floor(event.key1 / (PARTICIPANT_LIMIT * VIEW_LIMIT));
    const draining = protocol.done() || (event.time_us > horizon_us && protocol.atHorizon?.() === true);
    if (draining && (eventClass === TIMER || eventClass === EXTERNAL)) continue;
    if (event.time_us > horizon_us && !draining) {
      stopped = 'horizon';
      break;
    }
    if (events >= eventBudget) {
      stopped = 'budget';
      break;
    }
    now_us = event.time_us;
    const { receiver } = event;
    if (eventClass === TIMER) {
      const id = event.payload as string;
      if (timers[receiver].get(id) !== event.insertion) continue;
      timers[receiver].delete(id);
      if (receiver >= nodes && isInVain()) break;
    }
    events += 1;
    if (isDead(receiver)) {
      if (eventClass === EXTERNAL) nextExternal();
      continue;
    }
    const state = states[receiver];
    switch (eventClass) {
      case MESSAGE: {
        const message = event.message!;
        trace?.({
          at_us: now_us,
          node: nameOf(receiver),
          text: `<- ${nameOf(event.sender)}  ${protocol.describe?.(message) ?? `type ${message.type}`}`,
        });
        protocol.step(state, { kind: 'message', now_us, from: event.sender, message }, out);
        break;
      }
      case WORK:
        protocol.step(state, { kind: 'work', now_us, token: event.payload }, out);
        break;
      case EXTERNAL:
        protocol.step(state, { kind: 'external', now_us, payload: event.payload }, out);
        break;
      case TIMER:
        trace?.({ at_us: now_us, node: nameOf(receiver), text: `timer ${event.payload as string} expires` });
        protocol.step(state, { kind: 'timer', now_us, id: event.payload as string }, out);
        break;
    }
    perform(receiver);
    if (eventClass === EXTERNAL) nextExternal();
    if (eventClass === TIMER) {
      standstill = protocol.standstill?.() ?? '';
      if (standstill !== '') break;
    }
  }
  if (stopped === 'idle') {
    if (protocol.done()) stopped = 'done';
    else standstill ||= 'nothing under way can make progress';
  }
  return { states, now_us, events, messages, bytes, stopped, standstill, eventBudget };
}
