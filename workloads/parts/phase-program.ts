// A mechanism's common path as a list of phases: what its figure shows, as data. phase-waves.ts evaluates it arrow by arrow, for large n;
// a mechanism's own messages, or those of workloads/phases, are its twin.
import {
  certificate_bytes,
  checkCertificate_ns,
  checkSignatures_ns,
  aggregateShares_ns,
  type CertificateForm,
} from '../../harness/simulate/core/certificates.ts';
import type { NodeProfile } from '../../harness/model/cell.ts';
import type { Phase } from '../../harness/simulate/waves/phase.ts';
import { HEADER_BYTES, REQUEST_HEADER_BYTES, SIGNATURE_BYTES } from './messages.ts';

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
  readonly isVote: boolean;
  /** What a receiver does then: checks, hashes the batch, signs what it sends next; by messages checked and the batch's size. Clients' signatures are not in it. */
  work_ns(checked: number, batch_bytes: number): number;
}

export interface PhaseProgram {
  readonly steps: readonly Step[];
  /** Who is through with this step has decided, and executes in the order of sequence numbers. */
  readonly decides: number;
  /** Who is through with this one would still know the decision after a crash. */
  readonly holds: number;
  readonly leaderOf: (view: number) => number;
  readonly viewOf: (sequence: number) => number;
  readonly request: { readonly type: number; readonly bytes: number };
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
  /** Signers of the certificate that it carries; absent: none. */
  readonly carries?: number;
  /** Bytes beside batch and certificate; absent: a header and a signature. */
  readonly bytes?: number;
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
  /** The leader of view v is v mod n; rotating: each decision has a view of its own. */
  readonly rotates: boolean;
}

const REQUEST_TYPE = 1;
const FIRST_TYPE = 2;

/** Types are numbered in the order of the figure: the request 1, the steps from 2 on, then the reply. */
export function programOf(shape: PathShape): PhaseProgram {
  const { nodes, node, batch_bytes, steps, form, replies, rotates } = shape;
  const { sign_ns, verify_ns, hash_ns_per_byte } = node;
  const request_bytes = REQUEST_HEADER_BYTES + batch_bytes;
  const check_ns = (check: Phase['check'], count: number): number => {
    if (check === 'none' || count === 0) return 0;
    if (check === 'aggregate') return aggregateShares_ns(count, node);
    return check === 'single' ? count * verify_ns : checkSignatures_ns(node, count);
  };
  /** Does somebody who receives step k send something after it? */
  const sendsAfter = (k: number): boolean => {
    const meets = (who: Who): boolean => steps[k].to === 'all' || who === 'all' || who === steps[k].to;
    return steps.slice(k + 1).some(({ from }) => meets(from)) || (k === shape.decides && meets(replies.from));
  };
  return {
    steps: steps.map(({ name, from, to, hasBatch = false, need, check, carries = 0, bytes = HEADER_BYTES + SIGNATURE_BYTES }, k) => {
      const certificate = carries === 0 ? {} : { certificate: { form, signers: carries } };
      const certificate_ns = checkCertificate_ns(form, carries, node);
      const next_ns = sendsAfter(k) ? (steps[k + 1]?.check === 'aggregate' ? node.sign_share_ns : sign_ns) : 0;
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
        isVote: from !== 'leader',
        work_ns: (checked, batch) =>
          check_ns(check, checked) + checked * certificate_ns + (hasBatch ? hash_ns_per_byte * batch : 0) + next_ns,
      };
    }),
    decides: shape.decides,
    holds: shape.holds,
    leaderOf: (view) => view % nodes,
    viewOf: (sequence) => (rotates ? sequence - 1 : 0),
    request: { type: REQUEST_TYPE, bytes: request_bytes },
    reply: { type: FIRST_TYPE + steps.length, bytes: HEADER_BYTES + SIGNATURE_BYTES, ...replies },
    batch_bytes,
    propose_ns: (batch) => hash_ns_per_byte * batch + sign_ns,
    commitQuorum: shape.commitQuorum,
  };
}

/** A sender of a step. */
export const takesPart = (who: Who, node: number, leader: number): boolean =>
  who === 'all' || (who === 'leader' ? node === leader : node !== leader);
