// What a validator keeps of a round, and what all validators of a run share.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import { weightOf, type Weights } from '../../harness/simulate/core/weights.ts';
import type { Contents } from '../parts/contents.ts';
import type { SignedMessage } from '../parts/messages.ts';
import { Ballots } from './ballots.ts';
import type { Proposal } from './messages.ts';
import type { TendermintParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

export interface Run {
  readonly setup: Setup<TendermintParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  /** Measured cells only. */
  readonly contents: Contents | null;
  /** Validators go down and come back: they write what must survive that. */
  readonly persists: boolean;
  /** Somebody may miss messages: all decisions are kept to be asked for. */
  readonly keepsDecisions: boolean;
}

/** A PROPOSAL of the round's proposer. Correct ones make one a round. */
export interface Candidate {
  readonly message: Proposal;
  /** Its signature is good; and the batch is what it names, and valid. */
  isSigned: boolean;
  isValid: boolean;
}

/** Proposals of one round that are kept: one, another that a liar makes, and bad copies of them. */
const MOST_CANDIDATES = 4;

/** A timeout of a round: scheduled once; what it does then depends on the step. */
export type Timeout = 'none' | 'runs' | 'over';

/** The messages of one round of the height that a validator is at. */
export class Round {
  readonly number: number;
  candidates: readonly Candidate[] = [];
  readonly prevotes: Ballots;
  readonly precommits: Ballots;
  /** What this validator has said in it: the same messages are sent again to who lacks them. */
  readonly own: SignedMessage[] = [];
  /** Its proposer has begun to make the PROPOSAL. */
  proposes = false;
  /** Lines 36 and 44 are met for the first time. */
  hasPolka = false;
  hasNilPolka = false;
  propose: Timeout = 'none';
  prevote: Timeout = 'none';
  precommit: Timeout = 'none';

  constructor(number: number, powers: Weights) {
    this.number = number;
    this.prevotes = new Ballots(powers);
    this.precommits = new Ballots(powers);
  }

  /** False: nothing new. */
  addProposal(message: Proposal): boolean {
    const { digest, validRound, valid } = message;
    const isKnown = ({ message: its }: Candidate): boolean => its.digest === digest && its.validRound === validRound && its.valid === valid;
    if (this.candidates.length >= MOST_CANDIDATES || this.candidates.some(isKnown)) return false;
    this.candidates = [...this.candidates, { message, isSigned: false, isValid: false }];
    return true;
  }
  drop(candidate: Candidate): void {
    this.candidates = this.candidates.filter((one) => one !== candidate);
  }

  /** Of all that have said anything in it, checked or not. */
  power(powers: Weights, nodes: number): number {
    const voters = new BitSet();
    this.prevotes.addVotersTo(voters);
    this.precommits.addVotersTo(voters);
    for (const { message } of this.candidates) voters.add(message.signer);
    let power = 0;
    for (let node = 0; node < nodes; node++) if (voters.has(node)) power += weightOf(powers, node);
    return power;
  }
}

/** The value that a validator is locked on, or the last one that it knows to have had a quorum's PREVOTEs. */
export interface RoundValue {
  readonly round: number;
  readonly digest: number;
}

/** What was decided, in which round, and who signed the PRECOMMITs that decided it. */
export interface Decision {
  readonly round: number;
  readonly digest: number;
  readonly signers: readonly number[];
}

/** A job on a core: what it is for. Only one is under way at a time; the rules wait for its end. */
export type Job =
  | { readonly kind: 'propose'; readonly digest: number; readonly validRound: number }
  | { readonly kind: 'check'; readonly candidate: Candidate }
  | { readonly kind: 'prevote'; readonly digest: number }
  | { readonly kind: 'polka'; readonly candidate: Candidate }
  | { readonly kind: 'nil polka' | 'prevote timeout' | 'precommit timeout' }
  | { readonly kind: 'decide'; readonly decision: Decision }
  | { readonly kind: 'skip'; readonly to: number };
