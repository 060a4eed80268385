// A mechanism's common path as a list of phases: what its figure shows, as data. phase-waves.ts evaluates it arrow by arrow, for large n;
// a mechanism's own messages, or those of workloads/phases, are its twin.
import {
  authenticator_bytes,
  certificate_bytes,
  checkCertificate_ns,
  checkSignatures_ns,
  aggregateShares_ns,
  type CertificateForm,
} from '../../harness/simulate/core/certificates.ts';
import type { NodeProfile } from '../../harness/model/cell.ts';
import type { Weights } from '../../harness/simulate/core/weights.ts';
import type { Phase } from '../../harness/simulate/waves/phase.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES } from './messages.ts';

/** `others`: all but the leader. */
export type Who = 'leader' | 'others' | 'all';

/** One arrow of the figure. */
export interface Step {
  /** For transcripts, as the source calls it. */
  readonly name: string;
  /** The message type, a part of every draw key. */
  readonly type: number;
  readonly from: Who;
  /** Nobody sends to itself: of `all` a sender that is alone receives nothing. */
  readonly to: Who;
  readonly bytes: number;
  /** It carries the batch, which its receivers hash. One step of a path does. */
  readonly hasBatch: boolean;
  /** Messages that a receiver waits for, its own among them where it is a sender. */
  readonly need: number;
  readonly check: Phase['check'];
  readonly certificate?: NonNullable<Phase['certificate']>;
  readonly isSigned: boolean;
  /** Senders write what they say to their disks before they send it. One's own message counts when that write has ended, too; others need not wait for it. */
  readonly persists: boolean;
  readonly isVote: boolean;
  /** What a receiver does then: checks, hashes the batch, signs what it sends next; by messages checked and the batch's size. Clients' signatures are not in it. */
  work_ns(checked: number, batch_bytes: number): number;
}

export interface PhaseProgram {
  readonly steps: readonly Step[];
  /** Who is through with this step has decided, and executes in the order of sequence numbers. */
  readonly decides: number;
  /** Who is through with this one would still know the decision after a crash; where it persists, who has written. */
  readonly holds: number;
  readonly leaderOf: (view: number) => number;
  readonly viewOf: (sequence: number) => number;
  /** A node takes part in a decision once it has executed the one before. */
  readonly inOrder: boolean;
  /** Messages are signed, and batches hashed for that. */
  readonly signs: boolean;
  /** What each node's vote weighs; then needs of votes and replies are weights, and so is `commitQuorum`. */
  readonly weights: Weights;
  readonly request: { readonly type: number; readonly bytes: number; readonly to: 'leader' | 'all' };
  readonly reply: { readonly type: number; readonly bytes: number; readonly from: Who; readonly need: number };
  readonly batch_bytes: number;
  /** What the leader does with a batch of so many bytes before it proposes it; without its clients' signatures. */
  propose_ns(batch_bytes: number): number;
  /** Nodes that hold a decision before it is reported. */
  readonly commitQuorum: number;
}

/** What a step is in a figure; the rest follows. */
export interface StepShape {
  readonly name: string;
  readonly from: Who;
  readonly to: Who;
  readonly hasBatch?: boolean;
  readonly need: number;
  readonly check: Phase['check'];
  /** False: without an authenticator of its own, as where a certificate says all; `check` is `none` then. */
  readonly signed?: boolean;
  /** Signers of the certificate that it carries; absent: none. */
  readonly carries?: number;
  /** Bytes beside batch and certificate; absent: a header, and if it is signed a signature or a share of one. */
  readonly bytes?: number;
  /** Absent: senders write nothing. */
  readonly persists?: boolean;
}

export interface PathShape {
  readonly nodes: number;
  readonly node: NodeProfile;
  readonly batch_bytes: number;
  readonly steps: readonly StepShape[];
  readonly decides: number;
  readonly holds: number;
  readonly form: CertificateForm;
  readonly replies: { readonly from: Who; readonly need: number };
  readonly commitQuorum: number;
  /** Each decision has a view of its own. */
  readonly rotates: boolean;
  /** Of all decisions where it does not rotate; absent: 0. */
  readonly view?: number;
  /** False: nodes crash and do not lie, messages carry no authenticator and nothing is hashed. Absent: they are signed. */
  readonly signs?: boolean;
  /** Absent: the leader of view v is v mod n. */
  readonly leaderOf?: (view: number) => number;
  /** Absent: nodes take part in several decisions at a time. */
  readonly inOrder?: boolean;
  readonly weights?: Weights;
  /** Whom clients send requests to; absent: the leader. */
  readonly requestsTo?: 'leader' | 'all';
}

const REQUEST_TYPE = 1;
const FIRST_TYPE = 2;

const messageBytes = (check: Phase['check'], signed: boolean): number =>
  HEADER_BYTES + (signed ? authenticator_bytes(check === 'aggregate' ? 'aggregate' : 'list') : 0);

/** Types are numbered in the order of the figure: the request 1, the steps from 2 on, then the reply. */
export function programOf(shape: PathShape): PhaseProgram {
  const { nodes, node, batch_bytes, steps, form, replies, rotates, view = 0, signs = true } = shape;
  const { verify_ns } = node;
  const { sign_ns, hash_ns_per_byte } = signs ? node : { sign_ns: 0, hash_ns_per_byte: 0 };
  const request_bytes = REQUEST_HEADER_BYTES + batch_bytes;
  const check_ns = (check: Phase['check'], count: number): number => {
    if (check === 'none' || count === 0) return 0;
    if (check === 'aggregate') return aggregateShares_ns(count, node);
    return check === 'single' ? count * verify_ns : checkSignatures_ns(node, count);
  };
  /** Does somebody who receives step k sign something after it? */
  const signsAfter = (k: number): boolean => {
    const meets = (who: Who): boolean => steps[k].to === 'all' || who === 'all' || who === steps[k].to;
    return steps.slice(k + 1).some(({ from, signed = signs }) => signed && meets(from)) || (k === shape.decides && meets(replies.from));
  };
  return {
    steps: steps.map((step, k) => {
      const { name, from, to, hasBatch = false, need, check, signed = signs, carries = 0, persists = false } = step;
      const { bytes = messageBytes(check, signed) } = step;
      const certificate = carries === 0 ? {} : { certificate: { form, signers: carries } };
      const certificate_ns = checkCertificate_ns(form, carries, node);
      const next_ns = signsAfter(k) ? (steps[k + 1]?.check === 'aggregate' ? node.sign_share_ns : sign_ns) : 0;
      return {
        name,
        type: FIRST_TYPE + k,
        from,
        to,
        bytes: bytes + (hasBatch ? request_bytes : 0) + (carries === 0 ? 0 : certificate_bytes(form, carries, nodes)),
        hasBatch,
        need,
        check,
        ...certificate,
        isSigned: signed,
        persists,
        isVote: from !== 'leader',
        work_ns: (checked, batch) =>
          check_ns(check, checked) + checked * certificate_ns + (hasBatch ? hash_ns_per_byte * batch : 0) + next_ns,
      };
    }),
    decides: shape.decides,
    holds: shape.holds,
    leaderOf: shape.leaderOf ?? ((view) => view % nodes),
    viewOf: (sequence) => (rotates ? sequence - 1 : view),
    inOrder: shape.inOrder ?? false,
    signs,
    weights: shape.weights ?? null,
    request: { type: REQUEST_TYPE, bytes: request_bytes, to: shape.requestsTo ?? 'leader' },
    reply: { type: FIRST_TYPE + steps.length, bytes: messageBytes('single', signs), ...replies },
    batch_bytes,
    propose_ns: (batch) => hash_ns_per_byte * batch + sign_ns,
    commitQuorum: shape.commitQuorum,
  };
}

/** A sender of a step. */
export const takesPart = (who: Who, node: number, leader: number): boolean =>
  who === 'all' || (who === 'leader' ? node === leader : node !== leader);
