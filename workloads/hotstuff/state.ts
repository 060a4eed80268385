// What a replica keeps of a view, what it writes to its disk, and what all replicas of a run share.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import { VoteBook } from '../../harness/simulate/core/votes.ts';
import type { Contents } from '../parts/contents.ts';
import type { Block, Blocks, Certificate, Decision } from './blocks.ts';
import type { Watch } from './invariants.ts';
import type { NewView, Proposal, Proven, Vote } from './messages.ts';
import type { HotStuffParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

export interface Run {
  readonly setup: Setup<HotStuffParameters>;
  readonly rules: Rules;
  readonly log: OperationLog;
  readonly blocks: Blocks;
  /** Of the genesis block. */
  readonly first: Certificate;
  /** Measured cells only. */
  readonly contents: Contents | null;
  /** Replicas go down and come back: they write what must survive that. */
  readonly persists: boolean;
  /** Somebody may miss messages: all decisions are kept to be asked for. */
  readonly keepsDecisions: boolean;
  /** Decisions after which no replica says that it is ready for another one; Infinity under a load. */
  readonly asked: number;
  readonly watch: Watch;
}

/** Votes for one block. */
export interface Candidate {
  readonly block: Block;
  readonly book: VoteBook<Vote>;
}

/** What a replica has of one view. */
export class Slot {
  readonly view: number;
  proposal: Proposal | null = null;
  /** Its signature was checked. */
  isSigned = false;
  /** A job is under way. */
  works = false;
  /** Somebody proves that the view has begun; that is being checked. */
  jumps = false;

  // Of a leader.
  newViews: VoteBook<NewView> | null = null;
  /** A quorum has come to the view. */
  isReady = false;
  proposes = false;

  // Of basic: PRE-COMMIT, COMMIT, DECIDE; votes of each phase for what this leader has proposed; and phases that are over.
  readonly proven: (Proven | null)[] = [null, null, null];
  books: readonly VoteBook<Vote>[] | null = null;
  step = 0;
  /** What decides is acted on without what comes before it. */
  rushes = false;

  // Of chained: votes by what they name. Mostly all are for one block.
  #candidates: Candidate[] | null = null;
  #voted: BitSet | null = null;

  constructor(view: number) {
    this.view = view;
  }

  /** Of one voter the first vote counts. null: it does not. */
  add(vote: Vote): Candidate | null {
    const voted = (this.#voted ??= new BitSet());
    if (voted.has(vote.signer) || !vote.isFor(vote.block)) return null;
    voted.add(vote.signer);
    const candidate = this.#candidateOf(vote.block);
    candidate.book.add(vote);
    return candidate;
  }
  addOwn(vote: Vote): Candidate {
    (this.#voted ??= new BitSet()).add(vote.signer);
    const candidate = this.#candidateOf(vote.block);
    candidate.book.addOwn(vote);
    return candidate;
  }
  #candidateOf(block: Block): Candidate {
    const candidates = (this.#candidates ??= []);
    for (const candidate of candidates) if (candidate.block === block) return candidate;
    const candidate = { block, book: new VoteBook<Vote>() };
    candidates.push(candidate);
    return candidate;
  }
}

/** What was promised: the block voted for last, the highest certificate and the lock; and what was decided. */
export type Record =
  | { readonly kind: 'promise'; readonly voted: Block; readonly high: Certificate; readonly locked: Block }
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** Voted for before. */
  | { readonly kind: 'block'; readonly block: Block };

/** A job on a core: what it is for. */
export type Job =
  | { readonly kind: 'new views' | 'jump'; readonly view: number }
  | { readonly kind: 'propose'; readonly view: number; readonly parent: Certificate; readonly digest: number }
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'votes'; readonly view: number; readonly phase: number; readonly certificate: Certificate }
  | { readonly kind: 'proven'; readonly view: number; readonly phase: number; readonly certificate: Certificate }
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'fetched'; readonly block: Block; readonly decision: Decision };
