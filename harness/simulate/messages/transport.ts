// How messages get from one participant to another: uplinks, delays, losses, cuts; and what is counted of them.
import { drawPrefix, drawWords, PURPOSE, senderKeyA, senderKeyB, type DrawKey, type Purpose } from '../core/draws.ts';
import { departOffset_us, quantile_us, upload_ns } from '../core/network.ts';
import { QUANTILE_SHIFT, type Network } from '../../model/network.ts';
import type { Setup } from '../core/contract.ts';
import type { Conditions } from './conditions.ts';
import type { Message, Protocol } from './protocol.ts';
import { MESSAGE, SEQUENCE_LIMIT, TYPE_LIMIT, VIEW_LIMIT, type EventQueue } from './queue.ts';
import type { Resources } from './resources.ts';
import type { Participants, Range } from './participants.ts';

export const isBelow = (value: number, limit: number): boolean => Number.isInteger(value) && value >= 0 && value < limit;

/** Draw prefixes that are kept of each type: where many decisions are under way their phases come in turns. A power of two. */
const PREFIXES_KEPT = 64;

/** The draw prefixes of a message: what the sends of one phase share. */
interface Prefixes {
  readonly view: number;
  readonly sequence: number;
  readonly delay: DrawKey;
  readonly loss: DrawKey;
  readonly fault: DrawKey;
}

const NO_KEY: DrawKey = { a: 0, b: 0 };

/** A message that has passed a busy downlink. */
export class Received<M extends Message> {
  readonly message: M | Traced<M>;
  constructor(message: M | Traced<M>) {
    this.message = message;
  }
}

/** A message on its way while a transcript is made. */
export class Traced<M extends Message> {
  readonly message: M;
  readonly sent_us: number;
  readonly cause: number;
  constructor(message: M, sent: { at_us: number; cause: number }) {
    this.message = message;
    this.sent_us = sent.at_us;
    this.cause = sent.cause;
  }
}

export class Transport<M extends Message> {
  /** Between nodes: sends, every try counted. */
  messages = 0;
  bytes = 0;
  /** Lines of the transcript up to what makes its participant send, where one is made. */
  cause = 0;
  /** The same by the sender's role. */
  readonly messagesByRole: Float64Array;
  readonly bytesByRole: Float64Array;
  private readonly protocol: Pick<Protocol<unknown, M>, 'counted' | 'describe' | 'keepsOrder'>;
  private readonly seed: number;
  private readonly network: Network;
  private readonly queue: EventQueue;
  private readonly conditions: Conditions;
  private readonly resources: Resources | null;
  private readonly participants: Participants;
  private readonly nodes: number;
  private readonly traces: boolean;
  private readonly uplinkFree_us: Float64Array;
  /** Where links keep their order, by sender: when the last message to each node arrives. */
  private readonly last_us: (Float64Array | undefined)[] | null;
  /** Of each type by the last digits of the sequence number. */
  private readonly prefixes: (Prefixes | undefined)[] = new Array<Prefixes | undefined>(TYPE_LIMIT * PREFIXES_KEPT).fill(undefined);
  // The keys of the send under way; that of its delay in two words, since every message has one.
  private delayKeyA = 0;
  private delayKeyB = 0;
  private readonly tryKeys: { loss: DrawKey; fault: DrawKey } = { loss: NO_KEY, fault: NO_KEY };

  constructor(
    protocol: Pick<Protocol<unknown, M>, 'counted' | 'describe' | 'keepsOrder'>,
    { cell, network, trace }: Setup,
    parts: { queue: EventQueue; conditions: Conditions; resources: Resources | null; participants: Participants },
  ) {
    this.protocol = protocol;
    this.seed = cell.seed;
    this.network = network;
    this.queue = parts.queue;
    this.conditions = parts.conditions;
    this.resources = parts.resources;
    this.participants = parts.participants;
    this.nodes = parts.participants.nodes;
    this.traces = trace !== undefined;
    this.uplinkFree_us = new Float64Array(parts.participants.count);
    this.last_us = protocol.keepsOrder === true ? new Array<Float64Array | undefined>(this.nodes).fill(undefined) : null;
    this.messagesByRole = new Float64Array(parts.participants.roles.length);
    this.bytesByRole = new Float64Array(parts.participants.roles.length);
  }

  /** With `connections` k the message does not queue: it takes one of k equal shares of the uplink. */
  send(from: number, to: number, message: M, connections: number, now_us: number): void {
    const { queue } = this;
    // Read once: messages are of many shapes.
    const { type, view, sequence, bytes } = message;
    this.assertSendable(from, message, type, view, sequence, bytes);
    if (!isBelow(to, this.participants.count)) {
      const accepted = `participants from 0 to ${this.participants.count - 1}`;
      throw new RangeError(`${this.participants.nameOf(from)} sends ${this.named(message)} to ${to}; accepted: ${accepted}`);
    }
    this.setKeys(from, type, view, sequence);
    const each_ns = upload_ns(this.network, bytes, from);
    let depart_us;
    if (this.resources !== null) {
      depart_us = now_us;
      if (from < this.nodes && to < this.nodes) depart_us = Math.ceil((this.resources.send_ns(from, now_us, bytes, 1) + each_ns) / 1000);
    } else if (connections > 0) depart_us = now_us + departOffset_us(each_ns * connections, 0);
    else depart_us = this.uplinkFree_us[from] = Math.max(now_us, this.uplinkFree_us[from]) + departOffset_us(each_ns, 0);
    const entry = queue.open(from, view, sequence, type, this.traces ? new Traced(message, { at_us: now_us, cause: this.cause }) : message);
    this.post(entry, from, to, message, bytes, depart_us);
    queue.close(entry);
  }

  /** To all of the range but the sender and `except`, in order. */
  multicast(from: number, message: M, { first, end }: Range, now_us: number, except: readonly number[]): void {
    const { queue, resources } = this;
    const { type, view, sequence, bytes } = message;
    this.assertSendable(from, message, type, view, sequence, bytes);
    this.setKeys(from, type, view, sequence);
    let receivers = end - first - (from >= first && from < end ? 1 : 0);
    for (const one of except) if (one !== from && one >= first && one < end) receivers -= 1;
    const excepts = except.length > 0;
    // What a client sends takes no uplink where resources are watched, and no message to one either.
    const isFree = resources !== null && (from >= this.nodes || first >= this.nodes);
    const each_ns = isFree ? 0 : upload_ns(this.network, bytes, from);
    const start_us = resources === null ? Math.max(now_us, this.uplinkFree_us[from]) : now_us;
    // Under the default load the first bit leaves at a whole microsecond.
    const start_ns = resources === null || isFree ? 0 : resources.send_ns(from, now_us, bytes, receivers) - now_us * 1000;
    const entry = queue.open(from, view, sequence, type, this.traces ? new Traced(message, { at_us: now_us, cause: this.cause }) : message);
    let sent_ns = start_ns;
    if (this.conditions.plainLinks && this.last_us === null) {
      const { regions } = this.participants;
      const { network } = this;
      const row = regions[from] * this.network.regions;
      const { delayKeyA, delayKeyB } = this;
      for (let to = first; to < end; to++) {
        if (to === from || (excepts && except.includes(to))) continue;
        sent_ns += each_ns;
        const delay_us = quantile_us(network, row + regions[to], drawWords(delayKeyA, delayKeyB, to, 0) >>> QUANTILE_SHIFT);
        queue.add(entry, start_us + Math.ceil(sent_ns / 1000) + delay_us, MESSAGE, to);
      }
      if (from < this.nodes && first < this.nodes) this.count(from, message, bytes, receivers);
    } else {
      for (let to = first; to < end; to++) {
        if (to === from || (excepts && except.includes(to))) continue;
        sent_ns += each_ns;
        this.post(entry, from, to, message, bytes, start_us + Math.ceil(sent_ns / 1000));
      }
    }
    queue.close(entry);
    if (resources === null) this.uplinkFree_us[from] = start_us + Math.ceil(sent_ns / 1000);
  }

  /** One message on its way, with what loss and faults do to it. */
  private post(entry: number, from: number, to: number, message: M, bytes: number, depart_us: number): void {
    const { network, conditions } = this;
    const { regions } = this.participants;
    const leave_us = conditions.plainLinks ? depart_us : conditions.leaves_us(from, to, depart_us);
    const tries = conditions.plainLinks ? 1 : conditions.tries(from, to, leave_us, this.tryKeys);
    if (from < this.nodes && to < this.nodes) this.count(from, message, bytes, Math.max(1, tries));
    if (leave_us === Infinity || tries === 0) return;
    const pair = regions[from] * network.regions + regions[to];
    const delay_us = quantile_us(network, pair, drawWords(this.delayKeyA, this.delayKeyB, to, 0) >>> QUANTILE_SHIFT);
    this.queue.add(entry, this.inOrder_us(from, to, leave_us + conditions.retrying_us(tries) + delay_us), MESSAGE, to);
  }

  /** When a message that would come at `at_us` does, where none overtakes another between two nodes. */
  private inOrder_us(from: number, to: number, at_us: number): number {
    if (this.last_us === null || from >= this.nodes || to >= this.nodes) return at_us;
    const last_us = (this.last_us[from] ??= new Float64Array(this.nodes));
    return (last_us[to] = Math.max(last_us[to], at_us));
  }

  private count(from: number, message: M, bytes: number, times: number): void {
    if (this.protocol.counted !== undefined && !this.protocol.counted(message)) return;
    this.messages += times;
    this.bytes += times * bytes;
    const role = this.participants.roleOf[from];
    this.messagesByRole[role] += times;
    this.bytesByRole[role] += times * bytes;
  }

  private setKeys(from: number, type: number, view: number, sequence: number): void {
    const loses = this.network.lossThreshold !== 0;
    const { lossy } = this.conditions;
    const at = type * PREFIXES_KEPT + (sequence & (PREFIXES_KEPT - 1));
    let prefixes = this.prefixes[at];
    if (prefixes === undefined || prefixes.view !== view || prefixes.sequence !== sequence) {
      const prefix = (purpose: Purpose): DrawKey => drawPrefix(this.seed, { purpose, type, view, sequence });
      const loss = loses ? prefix(PURPOSE.loss) : NO_KEY;
      const fault = lossy ? prefix(PURPOSE.faultLoss) : NO_KEY;
      this.prefixes[at] = prefixes = { view, sequence, delay: prefix(PURPOSE.delay), loss, fault };
    }
    this.delayKeyA = senderKeyA(prefixes.delay, from);
    this.delayKeyB = senderKeyB(prefixes.delay, from);
    if (loses) this.tryKeys.loss = { a: senderKeyA(prefixes.loss, from), b: senderKeyB(prefixes.loss, from) };
    if (lossy) this.tryKeys.fault = { a: senderKeyA(prefixes.fault, from), b: senderKeyB(prefixes.fault, from) };
  }

  /** What the order of events and the draws rest on, once a send. */
  private assertSendable(from: number, message: M, type: number, view: number, sequence: number, bytes: number): void {
    if (!isBelow(type, TYPE_LIMIT) || type === 0) this.refuse(from, message, `type ${type}`, `integers from 1 to ${TYPE_LIMIT - 1}`);
    if (!isBelow(view, VIEW_LIMIT)) this.refuse(from, message, `view ${view}`, `integers from 0 to ${VIEW_LIMIT - 1}`);
    if (!isBelow(sequence, SEQUENCE_LIMIT)) this.refuse(from, message, `sequence ${sequence}`, `integers from 0 to ${SEQUENCE_LIMIT - 1}`);
    if (!Number.isSafeInteger(bytes) || bytes < 0) this.refuse(from, message, `bytes ${bytes}`, 'integers from 0');
  }
  private refuse(from: number, message: M, received: string, accepted: string): never {
    throw new RangeError(`${this.participants.nameOf(from)} sends ${this.named(message)} with ${received}; accepted: ${accepted}`);
  }
  private named(message: M): string {
    return this.protocol.describe?.(message).trim() || `message of type ${message.type}`;
  }
}
