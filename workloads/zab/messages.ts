// Zab's messages.
//
// The header is that of workloads/parts/messages.ts, 49 bytes, without an authenticator: nodes crash and do not lie. Since no message
// names a digest, the 32 bytes of one hold zxids, epochs and ids below. `view` is the epoch (of notifications the round of the election).
// `sequence` is the place of a transaction in the history, from 1 on, which every history that has its zxid has it at; of what is said
// outside broadcasts it is a number of the sender's, so that each has a draw of its own. A transaction is zxid u64 | request header |
// transactions.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';
import { HEADER_BYTES, NULL_DIGEST, REQUEST_HEADER_BYTES, type Reply, type Request } from '../parts/messages.ts';
import type { Entries, Entry } from '../parts/replicated-log.ts';
import { counterOf, epochOf } from './zxid.ts';

export const TYPE = {
  request: 1,
  propose: 2,
  ack: 3,
  commit: 4,
  reply: 5,
  inform: 6,
  notification: 7,
  cepoch: 8,
  newEpoch: 9,
  ackEpoch: 10,
  newLeader: 11,
  ackLeader: 12,
  commitLeader: 13,
  ping: 14,
  pong: 15,
} as const;

/** `term` is the epoch of the zxid. */
export interface Transaction extends Entry {
  readonly zxid: number;
  readonly batch: Batch | null;
}
export type History = Entries<Transaction>;

export const ZXID_BYTES = 8;
/** f.p u32 | f.a u32: beside the transactions of a write. */
export const STATE_BYTES = 8;
/** Of the last zxid that a history has of one epoch. */
const EPOCH_END_BYTES = 8;

/** Of the transactions after `before` up to `end`. */
export function transactionsBytes(history: History, before: number, end: number): number {
  let bytes = 0;
  for (let at = before + 1; at <= end; at++) bytes += ZXID_BYTES + REQUEST_HEADER_BYTES + (history[at].batch?.bytes ?? 0);
  return bytes;
}

/** What has a header and no more. */
export class Short implements Message {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly signer: number;
  readonly bytes: number = HEADER_BYTES;
  readonly digest = NULL_DIGEST;

  constructor(type: number, view: number, sequence: number, signer: number) {
    this.type = type;
    this.view = view;
    this.sequence = sequence;
    this.signer = signer;
  }
}

/** PROPOSE and INFORM: one transaction; NEWLEADER: what the follower's history lacks of the leader's, which has `before` in common with it. */
export class Transactions implements Message {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly signer: number;
  readonly bytes: number;
  readonly history: History;
  readonly before: number;
  readonly end: number;

  constructor(type: number, at: { view: number; sequence: number; signer: number }, history: History, before: number, end: number) {
    this.type = type;
    this.view = at.view;
    this.sequence = at.sequence;
    this.signer = at.signer;
    this.bytes = HEADER_BYTES + transactionsBytes(history, before, end);
    this.history = history;
    this.before = before;
    this.end = end;
  }
}

/** ACK-E: f.a, and of f's history the last zxid of each epoch. `counts`: f.p became this epoch by the NEWEPOCH that it answers. */
export class AckEpoch extends Short {
  override readonly bytes: number;
  readonly current: number;
  readonly history: History;
  readonly end: number;
  readonly counts: boolean;

  constructor(
    at: { view: number; sequence: number; signer: number },
    { current, history, end, counts }: { current: number; history: History; end: number; counts: boolean },
  ) {
    super(TYPE.ackEpoch, at.view, at.sequence, at.signer);
    let epochs = 0;
    for (let i = 1; i <= end; i++) if (i === end || history[i].term !== history[i + 1].term) epochs += 1;
    this.bytes = HEADER_BYTES + EPOCH_END_BYTES * epochs;
    this.current = current;
    this.history = history;
    this.end = end;
    this.counts = counts;
  }
  get zxid(): number {
    return this.history[this.end].zxid;
  }
}

/** ACK-LD, COMMIT-LD, PING, PONG: up to where. ACK-LD and PONG: on the disk; COMMIT-LD: decided; PING: decided, and `last` is proposed. */
export class UpTo extends Short {
  readonly upTo: number;
  readonly last: number;

  constructor(type: number, at: { view: number; sequence: number; signer: number }, upTo: number, last = upTo) {
    super(type, at.view, at.sequence, at.signer);
    this.upTo = upTo;
    this.last = last;
  }
}

export interface Vote {
  readonly leader: number;
  readonly epoch: number;
  readonly zxid: number;
}
export type State = 'looking' | 'following' | 'leading';

/** Of fast leader election: the sender's state and vote, by the round of `view`. */
export class Notification extends Short {
  readonly state: State;
  readonly vote: Vote;

  constructor(at: { view: number; sequence: number; signer: number }, state: State, vote: Vote) {
    super(TYPE.notification, at.view, at.sequence, at.signer);
    this.state = state;
    this.vote = vote;
  }
}

export type ZabMessage = Short | Transactions | AckEpoch | UpTo | Notification | Request | Reply;

const NAME: Readonly<Record<number, string>> = {
  [TYPE.request]: 'REQUEST',
  [TYPE.propose]: 'PROPOSE',
  [TYPE.ack]: 'ACK',
  [TYPE.commit]: 'COMMIT',
  [TYPE.reply]: 'REPLY',
  [TYPE.inform]: 'INFORM',
  [TYPE.notification]: 'NOTIFICATION',
  [TYPE.cepoch]: 'CEPOCH',
  [TYPE.newEpoch]: 'NEWEPOCH',
  [TYPE.ackEpoch]: 'ACK-E',
  [TYPE.newLeader]: 'NEWLEADER',
  [TYPE.ackLeader]: 'ACK-LD',
  [TYPE.commitLeader]: 'COMMIT-LD',
  [TYPE.ping]: 'PING',
  [TYPE.pong]: 'PONG',
};

const zxidText = (zxid: number): string => `${epochOf(zxid)}:${counterOf(zxid)}`;

export function describe(message: ZabMessage): string {
  const { type, view } = message;
  const name = NAME[type].padEnd(13);
  if (message instanceof Notification) {
    const { state, vote } = message;
    return `${name} round ${view}  ${state}  for ${vote.leader}  (${vote.epoch}, ${zxidText(vote.zxid)})`;
  }
  const text = `${name} epoch ${view}`;
  if (message instanceof Transactions) {
    const { history, before, end } = message;
    if (type !== TYPE.newLeader) return `${text}  ${zxidText(history[end].zxid)}`;
    return `${text}  history up to ${zxidText(history[end].zxid)}, in common up to ${zxidText(history[before].zxid)}`;
  }
  if (message instanceof AckEpoch) return `${text}  (${message.current}, ${zxidText(message.zxid)})`;
  if (message instanceof UpTo) return `${text}  up to ${message.upTo}${type === TYPE.ping ? ` of ${message.last}` : ''}`;
  return type === TYPE.ack || type === TYPE.commit ? `${text}  ${message.sequence}` : text;
}
