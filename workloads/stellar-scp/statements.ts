// What nodes say: the four statements of draft-mazieres-dinrg-scp-05 (sections 3.4 to 3.8), their sizes, and which federated votes each stands for.
//
// Encoding: the header of ../parts/messages.ts, with the hash of the sender's quorum set in place of a digest; then what is pledged, and the
// signature. As in XDR a number, the length of a list and the mark before an optional field take 4 bytes; a value is the SHA-256 digest of a batch.
//   NOMINATE     length | values voted for | length | values accepted
//   PREPARE      ballot | mark, p | mark, p' | h.counter | c.counter          a ballot: counter | value
//   COMMIT       ballot | p.counter | h.counter | c.counter
//   EXTERNALIZE  ballot | h.counter
// A node that introduces a value, or is asked for it again, sends the batch after its NOMINATE: request header and transactions.
import { concat } from '../../harness/simulate/core/bytes.ts';
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import {
  DIGEST_BYTES,
  HEADER_BYTES,
  NULL_DIGEST,
  SIGNATURE_BYTES,
  SignedMessage,
  encodeHeader,
  type DigestKind,
} from '../parts/messages.ts';

export const TYPE = {
  request: 1,
  introduce: 2,
  nominate: 3,
  accept: 4,
  prepare: 5,
  prepared: 6,
  confirmed: 7,
  commit: 8,
  externalize: 9,
  reply: 10,
  fetch: 11,
  decision: 12,
} as const;

/** Values are digests: the order of their numbers is that of the values. */
export interface Ballot {
  readonly counter: number;
  readonly value: number;
}
export const compareBallots = (x: Ballot, y: Ballot): number => x.counter - y.counter || x.value - y.value;
export const sameBallot = (x: Ballot | null, y: Ballot | null): boolean => x?.counter === y?.counter && x?.value === y?.value;
/** Whoever says prepare(higher) says prepare(lower): it aborts no ballot that the other does not. */
export const covers = (higher: Ballot | null, lower: Ballot): boolean =>
  higher !== null && higher.value === lower.value && higher.counter >= lower.counter;

export interface Nominate {
  readonly kind: 'nominate';
  readonly voted: readonly number[];
  readonly accepted: readonly number[];
}
export interface Prepare {
  readonly kind: 'prepare';
  readonly ballot: Ballot;
  readonly prepared: Ballot | null;
  readonly preparedPrime: Ballot | null;
  readonly hCounter: number;
  readonly cCounter: number;
}
export interface Commit {
  readonly kind: 'commit';
  readonly ballot: Ballot;
  readonly preparedCounter: number;
  readonly hCounter: number;
  readonly cCounter: number;
}
export interface Externalize {
  readonly kind: 'externalize';
  readonly commit: Ballot;
  readonly hCounter: number;
}
export type BallotPledges = Prepare | Commit | Externalize;
export type Pledges = Nominate | BallotPledges;

/** What an invariant of the draft refuses; '' where the statement may stand. */
export function flawOf(pledges: Pledges): string {
  switch (pledges.kind) {
    case 'nominate':
      if (pledges.voted.length + pledges.accepted.length === 0) return 'it nominates nothing';
      return pledges.voted.some((value) => pledges.accepted.includes(value)) ? 'a value is voted for and accepted' : '';
    case 'prepare': {
      const { ballot, prepared, preparedPrime, hCounter, cCounter } = pledges;
      if (ballot.counter < 1) return 'a ballot of counter 0';
      if (prepared !== null && compareBallots(prepared, ballot) > 0) return 'prepared > ballot';
      if (preparedPrime !== null && (prepared === null || compareBallots(preparedPrime, prepared) >= 0)) return "prepared' >= prepared";
      if (preparedPrime !== null && preparedPrime.value === prepared?.value) return "prepared' has the value of prepared";
      return cCounter <= hCounter && hCounter <= ballot.counter ? '' : 'not c <= h <= ballot.counter';
    }
    case 'commit': {
      const { ballot, hCounter, cCounter } = pledges;
      return cCounter >= 1 && cCounter <= hCounter && hCounter <= ballot.counter ? '' : 'not 1 <= c <= h <= ballot.counter';
    }
    case 'externalize':
      return pledges.commit.counter >= 1 && pledges.commit.counter <= pledges.hCounter ? '' : 'not 1 <= c <= h';
  }
}

const COUNT_BYTES = 4;
const BALLOT_BYTES = COUNT_BYTES + DIGEST_BYTES;

/** Header, pledges and signature. */
export function statement_bytes(pledges: Pledges): number {
  return HEADER_BYTES + pledges_bytes(pledges) + SIGNATURE_BYTES;
}
function pledges_bytes(pledges: Pledges): number {
  switch (pledges.kind) {
    case 'nominate':
      return 2 * COUNT_BYTES + DIGEST_BYTES * (pledges.voted.length + pledges.accepted.length);
    case 'prepare': {
      const optional = [pledges.prepared, pledges.preparedPrime].filter((ballot) => ballot !== null).length;
      return BALLOT_BYTES + 2 * COUNT_BYTES + optional * BALLOT_BYTES + 2 * COUNT_BYTES;
    }
    case 'commit':
      return BALLOT_BYTES + 3 * COUNT_BYTES;
    case 'externalize':
      return BALLOT_BYTES + COUNT_BYTES;
  }
}

export class Statement extends SignedMessage {
  readonly pledges: Pledges;
  /** Of the batch that comes with it; null: none does. */
  readonly body: number | null;

  constructor(fields: {
    type: number;
    view: number;
    sequence: number;
    signer: number;
    pledges: Pledges;
    body?: number | null;
    /** Of the batch with its header. */
    body_bytes?: number;
  }) {
    const { type, view, sequence, signer, pledges, body = null, body_bytes = 0 } = fields;
    super({ type, view, sequence, signer, digest: valueOf(pledges), bytes: statement_bytes(pledges) + body_bytes });
    this.pledges = pledges;
    this.body = body;
  }
  override get names(): DigestKind {
    return 'batch';
  }

  /** What is signed: header and pledges. The batch is what a value in them is the digest of. */
  override encode(digest: DigestOf): Uint8Array {
    return concat([encodeHeader(this, digest(QUORUM_SET, this.signer)), encodePledges(this.pledges, digest)]);
  }
}

/** The kind of digest that a quorum set has, by its owner. */
export const QUORUM_SET = 'quorum set';

/** The value that a tally and a transcript name. */
export function valueOf(pledges: Pledges): number {
  switch (pledges.kind) {
    case 'nominate':
      return pledges.accepted[0] ?? pledges.voted[0] ?? NULL_DIGEST;
    case 'externalize':
      return pledges.commit.value;
    default:
      return pledges.ballot.value;
  }
}

function encodePledges(pledges: Pledges, digest: DigestOf): Uint8Array {
  const count = (value: number): Uint8Array => {
    const out = new Uint8Array(COUNT_BYTES);
    new DataView(out.buffer).setUint32(0, value);
    return out;
  };
  const ballot = ({ counter, value }: Ballot): Uint8Array => concat([count(counter), digest('batch', value)]);
  const optional = (one: Ballot | null): Uint8Array => (one === null ? count(0) : concat([count(1), ballot(one)]));
  const values = (list: readonly number[]): Uint8Array => concat([count(list.length), ...list.map((value) => digest('batch', value))]);
  switch (pledges.kind) {
    case 'nominate':
      return concat([values(pledges.voted), values(pledges.accepted)]);
    case 'prepare':
      return concat([
        ballot(pledges.ballot),
        optional(pledges.prepared),
        optional(pledges.preparedPrime),
        count(pledges.hCounter),
        count(pledges.cCounter),
      ]);
    case 'commit':
      return concat([ballot(pledges.ballot), count(pledges.preparedCounter), count(pledges.hCounter), count(pledges.cCounter)]);
    case 'externalize':
      return concat([ballot(pledges.commit), count(pledges.hCounter)]);
  }
}

// --- the federated votes that a ballot statement stands for

/** Does it vote for prepare(ballot), or accept it? */
export function votesPrepare(pledges: BallotPledges, ballot: Ballot): boolean {
  switch (pledges.kind) {
    case 'prepare':
      return covers(pledges.ballot, ballot) || acceptsPrepare(pledges, ballot);
    case 'commit':
      return pledges.ballot.value === ballot.value;
    case 'externalize':
      return pledges.commit.value === ballot.value;
  }
}
export function acceptsPrepare(pledges: BallotPledges, ballot: Ballot): boolean {
  switch (pledges.kind) {
    case 'prepare': {
      const { prepared, preparedPrime, hCounter } = pledges;
      if (covers(prepared, ballot) || covers(preparedPrime, ballot)) return true;
      return pledges.ballot.value === ballot.value && ballot.counter <= hCounter;
    }
    case 'commit':
      return pledges.ballot.value === ballot.value && ballot.counter <= Math.max(pledges.preparedCounter, pledges.hCounter);
    case 'externalize':
      return pledges.commit.value === ballot.value;
  }
}
/** The same of commit(ballot). */
export function votesCommit(pledges: BallotPledges, { counter, value }: Ballot): boolean {
  switch (pledges.kind) {
    case 'prepare':
      return pledges.ballot.value === value && pledges.cCounter > 0 && counter >= pledges.cCounter && counter <= pledges.hCounter;
    case 'commit':
      return pledges.ballot.value === value && counter >= pledges.cCounter;
    case 'externalize':
      return pledges.commit.value === value && counter >= pledges.commit.counter;
  }
}
export function acceptsCommit(pledges: BallotPledges, { counter, value }: Ballot): boolean {
  switch (pledges.kind) {
    case 'prepare':
      return false;
    case 'commit':
      return pledges.ballot.value === value && counter >= pledges.cCounter && counter <= pledges.hCounter;
    case 'externalize':
      return pledges.commit.value === value && counter >= pledges.commit.counter;
  }
}
/** The ballot counter that it tells others of, for them to keep up. */
export const counterOf = (pledges: BallotPledges): number => (pledges.kind === 'externalize' ? Infinity : pledges.ballot.counter);

/** The ballots that it says are prepared, or wants to be. */
export function ballotsIn(pledges: BallotPledges): Ballot[] {
  switch (pledges.kind) {
    case 'prepare':
      return [pledges.ballot, pledges.prepared, pledges.preparedPrime].filter(
        (ballot) => ballot !== null && ballot.counter > 0,
      ) as Ballot[];
    case 'commit':
      return [{ counter: Math.max(pledges.preparedCounter, pledges.hCounter), value: pledges.ballot.value }];
    case 'externalize':
      return [{ counter: pledges.hCounter, value: pledges.commit.value }];
  }
}
/** The counters between which it votes for commit, or accepts it; null: it does not. */
export function commitsIn(pledges: BallotPledges): { readonly value: number; readonly from: number; readonly to: number } | null {
  if (pledges.kind === 'externalize') return { value: pledges.commit.value, from: pledges.commit.counter, to: pledges.hCounter };
  return pledges.cCounter === 0 ? null : { value: pledges.ballot.value, from: pledges.cCounter, to: pledges.hCounter };
}
