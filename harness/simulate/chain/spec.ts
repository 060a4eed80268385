// What a chain mechanism hands to its engines, and what they find: plain types. engine.ts (fast) and messages.ts (message by
// message) share these, the peer graph, the adversaries and the draw function, nothing else. The rules themselves: docs/chains.md.
import type { Stop } from '../check/liveness.ts';
import type { Counts, Operation } from '../../model/outcome.ts';
import type { FaultEntry } from '../core/faults.ts';
import type { Strategy } from './adversary.ts';

/** Who may make a block, and when. */
export type Lottery =
  | {
      /** One global Poisson clock: a candidate's gap and winner are draws keyed by its number. */
      readonly kind: 'clock';
      /** Mean gap at difficulty 1 with all power live. */
      readonly interval_us: number;
      /** Blocks between adjustments of difficulty; Infinity: it never changes. */
      readonly retarget_blocks: number;
      /** Power of each participant; 1 is all power that difficulty 1 was set for. */
      readonly power: Float64Array;
      /** The share of everyone's power that is left during the fault's span. */
      readonly live: number;
    }
  | {
      /** Slots of equal length; each participant leads a slot independently of the others. Slot s begins at s * slot_us. */
      readonly kind: 'slots';
      readonly slot_us: number;
      /** The chance of each participant in each slot, and in a slot that begins in the fault's span. */
      readonly chance: Float64Array;
      readonly chanceInSpan: Float64Array;
    };

/** From `from_us` on, before `until_us`. */
export interface Span {
  readonly from_us: number;
  readonly until_us: number;
}

/** The blocks of a run by number, as rules that depend on a chain's past may look at them; 0 is the genesis block. */
export interface BlockView {
  parent(block: number): number;
  height(block: number): number;
  /** Who found it; of no meaning for the genesis block. */
  miner(block: number): number;
  found_us(block: number): number;
}

/** A block beside its parent, as a fork choice weighs it. */
export interface WeighedBlock {
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  readonly difficulty: number;
}

export interface BlockSize {
  /** Without its message header. */
  readonly bytes: number;
  readonly validate_ns: number;
  /** Hashed by its finder, mining left out, and by each that checks it. */
  readonly madeDigest_bytes: number;
  readonly checkedDigest_bytes: number;
}

/** What lies between the finding of a block and its publication. */
export interface Stages {
  /** When its finder has the whole block and publishes it: a microsecond after the finding or later. Infinity: never. */
  readonly at_us: number;
  /** Sent for it until then; counted where the block is found. */
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Votes on blocks. A member votes when a block that it has just accepted is its tip: on the block of that chain which `target` names,
 * once a round. Votes spread like blocks, and count where their block is accepted. A block is final at a node, with all before it, where
 * votes of more than two thirds of its weight are known; confirmations make nothing final. An adversary casts none.
 */
export interface Committee {
  /** The last block, of the chain that ends with `tip`, that is voted on; 0: none yet. */
  readonly target: (blocks: BlockView, tip: number) => number;
  /** The round of the votes on a block: a positive integer that grows along a chain. Absent: its height. */
  readonly round?: (blocks: BlockView, block: number) => number;
  /** Each participant's weight in the vote on a block: an integer; 0: it is no member. Pure, with keyed draws. */
  readonly weights: (blocks: BlockView, block: number) => ArrayLike<number>;
  /** A vote without its message header. */
  readonly voteBytes: number;
  /** What a node does before it accepts a vote that it received. */
  readonly verify_ns: number;
  /**
   * Fork choice with votes: what a chain weighs at a node where the last block on it that is final there has this height. Grows with both.
   * Absent: votes have no say. Not where difficulty is adjusted, nor at an adversary.
   */
  readonly weigh?: (weight: number, finalHeight: number) => number;
}

export interface ChainSpec {
  readonly lottery: Lottery;
  /**
   * Weights that change with history: the part, from 0 to 1, of what the lottery gives to a participant that counts on the chain that
   * ends with block `tip`. A candidate of the lottery is a block with that chance. Absent: 1.
   */
  readonly eligible?: (blocks: BlockView, tip: number, miner: number, at_us: number) => number;
  /**
   * Fork choice: the weight of the chain that ends with a block, more than that of its parent's chain. The heaviest is taken; ties go
   * to what was accepted first, then to the lower number. Absent: the sum of the difficulties.
   */
  readonly weigh?: (parentWeight: number, block: WeighedBlock) => number;
  /**
   * Stages between finding and publishing: signatures of others, a second lottery. Pure, with keyed draws. Until then nobody mines on the
   * block, its finder neither, who goes on with the lottery. What an adversary finds is complete. Absent: published when found.
   */
  readonly stages?: (blocks: BlockView, block: number) => Stages;
  /** An overlay of votes, which decides what is final; `confirmations` is 1 then. Absent: none. */
  readonly committee?: Committee;
  /** Nodes, then the adversary where there is one. */
  readonly participants: number;
  /** Each participant's share of all power or stake. */
  readonly shares: Float64Array;
  /** The adversary's number, or null. */
  readonly adversary: number | null;
  readonly strategy: Strategy;
  /** When the fault holds. An adversary publishes at once what it finds outside, and ends an attack that it has begun. */
  readonly faultSpan: Span;
  /** Faults of kinds crash, partition, delay and eclipse, with their spans. */
  readonly faults: readonly FaultEntry[];
  /** announce: announcement, request and body over the peer graph; direct: the finder sends the body to everyone. */
  readonly relay: 'announce' | 'direct';
  /** Infinity: all. */
  readonly peerDegree: number;
  /** A block without its message header. */
  readonly blockBytes: number;
  /** What a node does before it accepts a block that it received. */
  readonly validate_ns: number;
  /**
   * A block of so many transactions, of which `unseen` (default: all) are in no earlier block; `blockBytes` and `validate_ns` are those of
   * a full one. Where clients sign, the signatures of the unseen ones are checked.
   */
  readonly sizeOf: (transactions: number, unseen?: number) => BlockSize;
  /** The adversary's share of what is live, which `confirmations` are chosen against. */
  readonly adversaryShare: number;
  /** z of the closed form; null where none is finite. */
  readonly confirmations: number | null;
  /** What node 0 treats as final, and its merchant waits for; Infinity: nothing ever is. */
  readonly merchantConfirmations: number;
  readonly giveUpDeficit_blocks: number;
  /** The run goes on until so many attacks have ended, within limits (see RunEnd). */
  readonly attacks: number;
  /** Counts that the mechanism adds to messages and bytes. */
  readonly counts: (totals: ChainTotals) => Partial<Counts>;
  /** crypto: measured: the operations of the whole run, by main-chain block. */
  readonly operations: (history: ChainHistory) => readonly (readonly Operation[])[];
}

/** What is counted: the run up to the last confirmation of the last decision. */
export interface ChainTotals {
  readonly participants: number;
  /** Participants that hold some power or stake and are not down from the start for good, ascending. */
  readonly holders: readonly number[];
  /** When the client's node had the last block that decisions and confirmations needed. */
  readonly stop_us: number;
  /** Slots begun by then; 0 for a clock. */
  readonly slots: number;
  /** Blocks found by then, withheld ones included. */
  readonly found: number;
  /** Blocks received: each block published by then at each participant that it reaches but its finder. */
  readonly receptions: number;
  /** Votes of a committee that were cast by then, and each at everyone but its voter whom it reaches; 0 without one. */
  readonly votes: number;
  readonly voteReceptions: number;
}

/** A vote of a committee. */
export interface VoteInfo {
  readonly block: number;
  readonly round: number;
  readonly voter: number;
  readonly cast_us: number;
  /** Others that received it, of what was cast by `stop_us`. */
  readonly receivers: number;
}

export interface BlockInfo {
  readonly number: number;
  readonly parent: number;
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  /** Others that received it, of what was published by `stop_us`, and so is counted. */
  readonly receivers: number;
}

export interface ChainHistory {
  readonly totals: ChainTotals;
  /** By number; the genesis block is 0. */
  readonly blocks: readonly BlockInfo[];
  /** The final chain's block numbers, by height. */
  readonly main: readonly number[];
  /** Votes by (round, voter). */
  readonly votes: readonly VoteInfo[];
}

/** What an engine found. */
export interface ChainRun {
  readonly stopped: Stop;
  readonly totals: ChainTotals;
  /** About blocks that were published by `stop_us`. */
  readonly messages: number;
  readonly bytes: number;
  /** Height of the client's chain at `stop_us`; 0 where the run did not come so far. */
  readonly stopHeight: number;
  /** Blocks of the whole run, withheld ones included. */
  readonly found: number;
  /** When the client's node first accepted each block of its final chain, by height (0 is the genesis block). */
  readonly accepted_us: ArrayLike<number>;
  /** With a committee: when the client's node knew each height of that chain to be final, as far as it did. */
  readonly final_us?: ArrayLike<number>;
  /** Who found each block of that chain, by height; what stands at 0 has no meaning. */
  readonly miners: ArrayLike<number>;
  /** Medians over the honest blocks of the whole run; null where there is none. */
  readonly propagation_us: Propagation | null;
  readonly attacks: number;
  /** Reorganisations at the client's node that removed what it treats as final; and those of them onto a branch of the adversary's. */
  readonly finalRemoved: number;
  readonly reversals: number;
  readonly events: number;
  readonly history?: ChainHistory;
}

/** Microseconds from a block's publication until participants with half, 90% and 99% of all power or stake had accepted it. */
export interface Propagation {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}
