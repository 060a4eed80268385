// Raft's messages and records.
//
// The header is that of workloads/parts/messages.ts, 49 bytes, without an authenticator: nodes crash and do not lie. Since no message
// names a digest, the 32 bytes of one hold the fields below. `view` is the term. Of AppendEntries with entries `sequence` is the index
// of the first of them, so that prevLogIndex is one less; each entry is term u32 | request header | transactions. An AppendEntries
// without entries, which is a heartbeat, has a type and numbers of its own, since both are parts of draw keys.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';
import { HEADER_BYTES, NULL_DIGEST, REQUEST_HEADER_BYTES, type Reply, type Request } from '../parts/messages.ts';
import type { Entries } from '../parts/replicated-log.ts';

export const TYPE = {
  request: 1,
  append: 2,
  appended: 3,
  reply: 4,
  requestVote: 5,
  vote: 6,
  heartbeat: 7,
  heard: 8,
} as const;

/** The term of an entry. */
export const ENTRY_BYTES = 4;
export const entryBytes = (batch: Batch | null): number => ENTRY_BYTES + (batch === null ? 0 : REQUEST_HEADER_BYTES + batch.bytes);
/** Of the entries after `before` up to `end`. */
export function entriesBytes(log: Entries, before: number, end: number): number {
  let bytes = 0;
  for (let index = before + 1; index <= end; index++) bytes += entryBytes(log[index].batch);
  return bytes;
}
/** Who says something. */
interface Sender {
  readonly id: number;
  readonly term: number;
  readonly log: { readonly entries: Entries; readonly committed: number };
}

/** currentTerm u32 | votedFor u32: beside the entries of a write. */
export const STATE_BYTES = 8;

/**
 * AppendEntries of Figure 2: of a leader's log the entries after `before` up to `end`. In the digest's place: prevLogTerm u32 |
 * leaderCommit u64.
 */
export class AppendEntries implements Message {
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly signer: number;
  readonly bytes: number;
  readonly log: Entries;
  readonly before: number;
  readonly end: number;
  readonly committed: number;

  /** `beat`: the number of a heartbeat; 0 where there are entries. */
  constructor({ id, term, log }: Sender, before: number, end: number, beat = 0) {
    this.type = beat === 0 ? TYPE.append : TYPE.heartbeat;
    this.view = term;
    this.sequence = beat === 0 ? before + 1 : beat;
    this.signer = id;
    this.bytes = HEADER_BYTES + entriesBytes(log.entries, before, end);
    this.log = log.entries;
    this.before = before;
    this.end = end;
    this.committed = log.committed;
  }

  get beforeTerm(): number {
    return this.log[this.before].term;
  }
}

/** What RPCs are answered with, and RequestVote: 49 bytes. */
abstract class Short implements Message {
  readonly view: number;
  readonly signer: number;
  readonly bytes = HEADER_BYTES;
  readonly digest = NULL_DIGEST;
  abstract readonly type: number;
  abstract readonly sequence: number;

  constructor(from: Pick<Sender, 'id' | 'term'>) {
    this.view = from.term;
    this.signer = from.id;
  }
}

/**
 * The answer to AppendEntries. In the digest's place: success u8 | index u64. Where it agrees, its log is the leader's up to `index`, and on
 * its disk; else it might be up to there (section 5.3: one index less for each term that conflicts, not for each entry).
 */
export class Appended extends Short {
  readonly type: number;
  readonly sequence: number;
  readonly agrees: boolean;
  readonly index: number;

  constructor(from: Pick<Sender, 'id' | 'term'>, index: number, agrees: boolean, beat = 0) {
    super(from);
    this.type = beat === 0 ? TYPE.appended : TYPE.heard;
    this.sequence = beat === 0 ? index : beat;
    this.agrees = agrees;
    this.index = index;
  }
}

/**
 * RequestVote and its answer: `sequence` is lastLogIndex, and in the digest's place stand lastLogTerm u32 | voteGranted u8. The answer says of
 * which log it was given: a candidate that was down meanwhile may have lost the end of its log, and stand again in the same term.
 */
export class Ballot extends Short {
  readonly type: number;
  readonly sequence: number;
  readonly lastTerm: number;
  readonly granted: boolean;

  constructor(
    type: number,
    from: Pick<Sender, 'id' | 'term'>,
    log: { readonly sequence: number; readonly lastTerm: number },
    granted: boolean,
  ) {
    super(from);
    this.type = type;
    this.sequence = log.sequence;
    this.lastTerm = log.lastTerm;
    this.granted = granted;
  }
}

export type RaftMessage = AppendEntries | Appended | Ballot | Request | Reply;

const NAME: Readonly<Record<number, string>> = {
  [TYPE.request]: 'REQUEST',
  [TYPE.append]: 'APPEND',
  [TYPE.appended]: 'APPENDED',
  [TYPE.reply]: 'REPLY',
  [TYPE.requestVote]: 'REQUEST-VOTE',
  [TYPE.vote]: 'VOTE',
  [TYPE.heartbeat]: 'HEARTBEAT',
  [TYPE.heard]: 'HEARD',
};

export function describe(message: RaftMessage): string {
  const name = `${NAME[message.type].padEnd(12)}  term ${message.view}`;
  if (message instanceof AppendEntries) {
    const { before, beforeTerm, end, committed } = message;
    const what = end === before ? '' : `  entries ${before + 1}${end === before + 1 ? '' : ` to ${end}`}`;
    return `${name}${what}  after ${before} of term ${beforeTerm}  committed ${committed}`;
  }
  if (message instanceof Appended) return `${name}  ${message.agrees ? 'up to' : 'refused, at most'} ${message.index}`;
  if (message instanceof Ballot)
    return `${name}${message.type === TYPE.vote && !message.granted ? '  refused' : ''}  log ${message.sequence} of term ${message.lastTerm}`;
  return name;
}
