// The tree of blocks (the paper's nodes), and the certificates that say so many replicas have voted for one.
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import { NULL_DIGEST } from '../parts/messages.ts';
import type { Statement, Vote } from './messages.ts';

/**
 * A block of a view extends the block that its proposal's certificate is of. The paper fills views without a block with dummy nodes, so that
 * a node's parent is of the view before: `follows` says that of the real ones.
 */
export class Block {
  readonly view: number;
  /** Blocks from the genesis block to this one: its sequence number, once it is decided. */
  readonly height: number;
  /** null: the genesis block. */
  readonly parent: Block | null;
  /** Of its batch; NULL_DIGEST: an empty block. */
  readonly digest: number;
  /** All blocks of a run are numbered in a row. */
  readonly number: number;

  constructor(view: number, parent: Block | null, digest: number, number: number) {
    this.view = view;
    this.parent = parent;
    this.height = parent === null ? 0 : parent.height + 1;
    this.digest = digest;
    this.number = number;
  }

  /** Its parent is of the view before. */
  get follows(): boolean {
    return this.parent !== null && this.parent.view === this.view - 1;
  }
  /** It is `other`, or comes after it. */
  extends(other: Block): boolean {
    return this.ancestorAt(other.height) === other;
  }
  ancestorAt(height: number): Block | null {
    // One step down at a time: what is asked for is near.
    let block: Block | null = this.height < height ? null : this;
    while (block !== null && block.height > height) block = block.parent;
    return block;
  }
}

/** Before the first view. */
export const GENESIS_VIEW = -1;

/** All blocks of a run: one for the same view, parent and batch, whoever hears of it. What a replica has of them it knows itself. */
export class Blocks {
  readonly genesis = new Block(GENESIS_VIEW, null, NULL_DIGEST, 0);
  #count = 1;
  readonly #byView = new Map<number, Block[]>();

  of(view: number, parent: Block, digest: number): Block {
    const alike = this.#byView.get(view) ?? [];
    const known = alike.find((block) => block.parent === parent && block.digest === digest);
    if (known !== undefined) return known;
    const block = new Block(view, parent, digest, this.#count++);
    alike.push(block);
    this.#byView.set(view, alike);
    return block;
  }
  /** What a message names; null: nobody has proposed that. */
  find({ view, digest, parent }: Pick<Statement, 'view' | 'digest' | 'parent'>): Block | null {
    const is = (block: Block): boolean => block.digest === digest && block.parent!.view === parent;
    return this.#byView.get(view)?.find(is) ?? null;
  }
}

/** A block that is decided, and the certificate that decided it: of itself, or of one that extends it. */
export interface Decision {
  readonly block: Block;
  readonly by: Certificate;
}

/** Decisions by height, from 1 on: the last so many. */
export class Decisions {
  readonly #kept: number;
  readonly #rows: Decision[] = [];

  constructor(kept: number) {
    this.#kept = kept;
  }
  #rowOf(height: number): number {
    return this.#kept === Infinity ? height - 1 : height % this.#kept;
  }
  /** Of the height after the last one. */
  add(decision: Decision): void {
    this.#rows[this.#rowOf(decision.block.height)] = decision;
  }
  at(height: number): Decision | undefined {
    const decision = this.#rows.at(this.#rowOf(height));
    return decision?.block.height === height ? decision : undefined;
  }
  all(): Decision[] {
    return this.#rows.filter(() => true).sort((x, y) => x.block.height - y.block.height);
  }
}

/** The votes of a quorum for one block in one phase (QC). */
export class Certificate {
  /** Of the votes. */
  readonly type: number;
  readonly block: Block;
  /** Of the genesis block none: all have it from the beginning. */
  readonly votes: readonly Vote[];
  /** What it decides, block by block: one object for all replicas. */
  readonly #decisions: Decision[] = [];
  #isComplete: boolean | null = null;
  #isGood: boolean | null = null;

  constructor(type: number, block: Block, votes: readonly Vote[]) {
    this.type = type;
    this.block = block;
    this.votes = votes;
  }

  get view(): number {
    return this.block.view;
  }
  /** It has the votes of so many for what it says; their signatures apart. Looked at once, however many receive it. */
  isComplete(quorum: number): boolean {
    this.#isComplete ??= this.block.parent === null || this.#has(quorum);
    return this.#isComplete;
  }
  #has(quorum: number): boolean {
    const voters = new BitSet();
    let count = 0;
    for (const vote of this.votes) {
      if (vote.type !== this.type || !vote.isFor(this.block) || voters.has(vote.signer)) return false;
      voters.add(vote.signer);
      count += 1;
    }
    return count >= quorum;
  }
  /** A block that it decides: its own, or one before that. */
  decides(block: Block): Decision {
    for (const decision of this.#decisions) if (decision.block === block) return decision;
    const decision = { block, by: this };
    this.#decisions.push(decision);
    return decision;
  }
  /** All signatures are good. */
  get isGood(): boolean {
    return (this.#isGood ??= this.votes.every(({ valid }) => valid));
  }
}
