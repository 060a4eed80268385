// What a chain mechanism hands to its engines, and what they find: plain types. engine.ts (fast) and messages.ts (message by
// message) share these, the peer graph, the adversaries and the draw function, nothing else. The rules themselves: docs/chains.md.
import type { Stop } from '../check/liveness.ts';
import type { Counts, Operation } from '../../model/outcome.ts';
import type { FaultEntry } from '../core/faults.ts';
import type { Strategy } from './adversary.ts';
import type { DifficultyRules } from './difficulty.ts';
import type { ShareLog } from './share-log.ts';

/** Who may make a block, and when. */
export type Lottery =
  | {
      /** One global Poisson clock: a candidate's gap and winner are draws keyed by its number. */
      readonly kind: 'clock';
      /** Mean gap at difficulty 1 with all power live. */
      readonly interval_us: number;
      /** Blocks between adjustments of difficulty; Infinity: it never changes. */
      readonly retarget_blocks: number;
      /** How it is adjusted; absent: continuousRules. */
      readonly difficulty?: DifficultyRules;
      /** Power of each participant; 1 is all power that difficulty 1 was set for. */
      readonly power: Float64Array;
      /** The share of everyone's power that is left during the fault's span. */
      readonly live: number;
      /**
       * The chance that a candidate is a block, where candidates are hashes below an easier target: `interval_us` is that of blocks. The draw
       * that stands for the hash is compared with both. Absent: 1.
       */
      readonly blocksPerCandidate?: number;
    }
  | {
      /** Slots of equal length. Slot s begins at s * slot_us. */
      readonly kind: 'slots';
      readonly slot_us: number;
      /** The chance of each participant in each slot, and in a slot that begins in the fault's span. */
      readonly chance: Float64Array;
      readonly chanceInSpan: Float64Array;
      /**
       * Who leads each slot: one, or the faces of one, by their blocks' numbers. Pure, with keyed draws. `chance` and `chanceInSpan` are the shares of
       * slots then. Absent: each participant leads a slot independently of the others.
       */
      readonly leadersOf?: (slot: number) => readonly number[];
    }
  | {
      /** Each participant's own timer on its own tip, which it starts anew when its tip changes and when it comes back after a crash. */
      readonly kind: 'timers';
      /** About the mean gap with everybody live, for warm-ups and windows. */
      readonly interval_us: number;
      /**
       * When a participant that has `tip` since then makes its block on it, if it has it still; once a tip. Infinity: never. Pure, with
       * keyed draws. A time that is not after `since_us` means: at once, which is a microsecond later.
       */
      readonly at_us: (blocks: BlockView, tip: number, participant: number, since_us: number) => number;
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
  readonly parent: number;
  readonly height: number;
  readonly miner: number;
  readonly found_us: number;
  readonly difficulty: number;
}

/**
 * How what is published gets to the others. announce: announcement, request and body over the peer graph; direct: its maker sends the body to
 * everyone; network: its maker sends it to the relay of its region, that to the relays of the others, and each relay to all of its region.
 */
export type RelayPath = 'announce' | 'direct' | 'network';

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
  /** When the block is whole and is published: a microsecond after the finding or later, of an adversary's own also at once. Infinity: never. */
  readonly at_us: number;
  /**
   * Who makes it whole and publishes it, as soon as it has the parent too (of what an adversary withholds nobody has it): somebody whom
   * the finder's blocks reach. Absent: its finder.
   */
  readonly publisher?: number;
  /** Sent for it until then; counted where the block is found. */
  readonly messages: number;
  readonly bytes: number;
  /** Operations of it, by their names in Counts; counted like that. */
  readonly counts?: StageCounts;
  /** Operations of each other that receives the block, beside those that `counts` of the spec says of any. */
  readonly receiverCounts?: StageCounts;
}

export type StageCounts = Readonly<Record<string, number>>;

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

/** A vote of a slot, on the tip that its voter had. */
export interface Attestation {
  readonly slot: number;
  readonly voter: number;
  readonly weight: number;
  readonly block: number;
}

/** What all know of a run: its blocks, and its attestations by number. What a node knows of it is a `NodeView`. */
export interface AttestedChain {
  readonly blocks: BlockView;
  readonly attestations: readonly Attestation[];
}
export interface NodeView {
  /** When it accepted a block; Infinity: it has not yet. */
  accepted_us(block: number): number;
  /** Does it know this attestation? */
  knows(attestation: number): boolean;
}

/** The rules of one run. Pure in what they are told: both engines tell it the same. */
export interface ForkChoice {
  /** Block `block` was found, by who knows this: which attestations it carries is settled here. Blocks come in the order of their numbers. */
  found(block: number, maker: NodeView): void;
  /** The tip of a node that knows this. */
  head(node: NodeView, at_us: number): number;
  /** The last final block of the chain that ends with `tip`, by what its blocks carry. */
  final(tip: number, at_us: number): number;
  /** At the end of the run. */
  readonly ending: AttestedEnding;
}

/** What blocks and attestations of a run come to, whoever knows them. */
export interface AttestedEnding {
  /** Two chains have final blocks that contradict each other. */
  readonly contradicts: boolean;
  /** For the mechanism's `observe`. */
  readonly observed: Readonly<Record<string, number>>;
}

/**
 * Votes at set times, over a lottery of slots. In each slot whoever has a weight votes for its tip, `due_us` after the slot's begin. These attestations
 * spread like blocks, and wait for the block that they are on. Blocks carry them, and what a chain carries says what is final on it. A node chooses its
 * tip when it accepts blocks, at the begin of each slot and when votes are due. `confirmations` is 1. Without an adversary.
 */
export interface Attestations {
  /** Above 0, below a slot. */
  readonly due_us: number;
  /** Each participant's weight in a slot: an integer; 0: it has no vote. Pure, with keyed draws. */
  readonly weights: (slot: number) => ArrayLike<number>;
  /** A vote without its message header. */
  readonly voteBytes: number;
  /** What a node does before it accepts a vote that it received. */
  readonly verify_ns: number;
  readonly start: (chain: AttestedChain) => ForkChoice;
}

/**
 * Participants that mine for node 0, the operator: on the jobs that it sends them whenever its tip changes. A candidate of the clock that they
 * find is a share, which they send it; one that is a block too it publishes. What they earn by that is for `observe` to say.
 */
export interface Pool {
  /** 1 where a participant mines in the pool; node 0 on its own tip, and its shares are there at once. */
  readonly members: Uint8Array;
  /** One more member, with a strategy; null: none. */
  readonly guest: PoolGuest | null;
  /** Whole messages: a job, a share, and the operator's answer to a share. */
  readonly jobBytes: number;
  readonly shareBytes: number;
  readonly answerBytes: number;
  /** Operations of the operator by their names in Counts: for a job, of all who get it; for a share that comes. */
  readonly jobCounts: StageCounts;
  readonly shareCounts: StageCounts;
}

/** A member that is after others' income. Outside the fault's span it is like any other. */
export interface PoolGuest {
  readonly participant: number;
  readonly name: string;
  /** Does it mine in the pool where so many shares were credited since the pool's last block? Else for itself, on its own tip. Pure. */
  mines(roundShares: number): boolean;
  /** Does it keep a share that is a block, and the block? */
  readonly withholds: boolean;
}

/** A share that came to the operator. */
export interface ShareInfo {
  /** That of the candidate. */
  readonly number: number;
  readonly member: number;
  /** The number of the job, and of the block that it builds on. */
  readonly job: number;
  readonly tip: number;
  /** The block that it is; 0: none. */
  readonly block: number;
  readonly found_us: number;
  readonly arrived_us: number;
  /** It is no block, and the operator's tip was another by then: nothing is paid for it. */
  readonly stale: boolean;
  /** It was found in the time that is counted. */
  readonly counted: boolean;
}

/** A job: number 0, on the genesis block, everybody has from the start. */
export interface JobInfo {
  readonly number: number;
  readonly tip: number;
  readonly at_us: number;
  readonly counted: boolean;
}

/** What came of a pool in a run. */
export interface PoolRun {
  /** In the order in which the operator had them. */
  readonly shares: ShareLog;
  readonly jobs: readonly JobInfo[];
  /** Blocks that the guest kept. */
  readonly withheld: number;
}

export interface ChainSpec {
  readonly lottery: Lottery;
  /**
   * Weights that change with history: the part, from 0 to 1, of what the lottery gives to a participant that counts on the chain that
   * ends with block `tip`. A candidate of the lottery (or a timer that runs out) is a block with that chance. Absent: 1.
   */
  readonly eligible?: (blocks: BlockView, tip: number, miner: number, at_us: number) => number;
  /**
   * Fork choice: the weight of the chain that ends with a block, more than that of its parent's chain. The heaviest is taken; ties go
   * to what was accepted first, then to the lower number. Absent: the sum of the difficulties.
   */
  readonly weigh?: (parentWeight: number, block: WeighedBlock, blocks: BlockView) => number;
  /**
   * Ties: of chains of the same weight a node takes the one whose last block has the highest rank there, and of equal ranks as without
   * this. Pure, with keyed draws; an adversary has no use for it. Absent: all ranks are equal.
   */
  readonly rank?: (blocks: BlockView, block: number, node: number) => number;
  /**
   * Stages between finding and publishing: signatures of others, a second lottery. Pure, with keyed draws. Until then nobody mines on the
   * block, its finder neither, who goes on with the lottery. Of a block that an adversary finds and publishes itself they say when it has
   * that whole, to do with it what it likes. Absent: published when found.
   */
  readonly stages?: (blocks: BlockView, block: number) => Stages;
  /** The part of the lottery's candidates that become whole blocks where no fault takes anything away: of what `eligible` lets through, and `stages` complete. Absent: all. */
  readonly completes?: number;
  /** An overlay of votes, which decides what is final; `confirmations` is 1 then. Absent: none. */
  readonly committee?: Committee;
  /** An overlay of votes at set times, which decides the fork choice and what is final. Not beside a committee. Absent: none. */
  readonly attestations?: Attestations;
  /** Mining in a pool; over a clock alone. Absent: everybody mines for itself. */
  readonly pool?: Pool;
  /** Nodes, then the adversary or a pool's guest where there is one. */
  readonly participants: number;
  /** What participants are called in transcripts and trees that are more than the nodes, an adversary or a guest; null: as usual. Absent: there are none. */
  readonly nameOf?: (participant: number) => string | null;
  /** Each participant's share of all power or stake. */
  readonly shares: Float64Array;
  /** The adversary's number, or null. */
  readonly adversary: number | null;
  readonly strategy: Strategy;
  /** When the fault holds. An adversary publishes at once what it finds outside, and ends an attack that it has begun. */
  readonly faultSpan: Span;
  /** Faults of kinds crash, partition, delay and eclipse, with their spans. */
  readonly faults: readonly FaultEntry[];
  readonly relay: RelayPath;
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
  /** Counts that the mechanism adds to messages and bytes; what `stages` count comes on top. */
  readonly counts: (totals: ChainTotals) => Partial<Counts>;
  /** Columns of the mechanism's own, which its workload declares (observations.ts has those that all chains can have). Absent: none. */
  readonly observe?: (spec: ChainSpec, run: ChainRun) => Readonly<Record<string, number>>;
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
  /** Those of them whose stages come to an end, then or later; without stages all. */
  readonly complete: number;
  /** What `stages` count of those found and received. */
  readonly staged: StageCounts;
  /** Blocks received: each block published by then at each participant that it reaches but its publisher. */
  readonly receptions: number;
  /** Votes of a committee, or attestations, that were cast by then, and each at everyone but its voter whom it reaches; 0 without one. */
  readonly votes: number;
  readonly voteReceptions: number;
  /** The same by weight, of attestations. */
  readonly voteWeight: number;
  readonly voteWeightReceptions: number;
}

/** A vote of a committee; an attestation, whose round is its slot. */
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
  /** Who publishes it, or would: an adversary may keep it; null: its stages never end. */
  readonly publisher: number | null;
  readonly found_us: number;
  /** Others than its publisher that received it, of what was published by `stop_us`, and so is counted. */
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
  /** Of a pool, those that are counted. */
  readonly pool?: { readonly shares: readonly ShareInfo[]; readonly jobs: readonly JobInfo[] };
}

/** Ties that an adversary called, those after which a block was found. */
export interface RaceTotals {
  readonly count: number;
  /** The sum over them of the part of all honest power that mined on the adversary's block when that next one was found. */
  readonly joined: number;
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
  /** Blocks of the whole run, withheld ones included; and they themselves, by number. */
  readonly found: number;
  readonly blocks: BlockView;
  /** When the client's node first accepted each block of its final chain, by height (0 is the genesis block). */
  readonly accepted_us: ArrayLike<number>;
  /** With a committee or attestations: when the client's node knew each height of that chain to be final, as far as it did. */
  readonly final_us?: ArrayLike<number>;
  /** With attestations. */
  readonly attested?: AttestedEnding;
  /** The numbers of the blocks of that chain, by height. */
  readonly main: readonly number[];
  /** Who found each block of that chain, by height; what stands at 0 has no meaning. */
  readonly miners: ArrayLike<number>;
  /** Medians over the honest blocks of the whole run; null where there is none. */
  readonly propagation_us: Propagation | null;
  /** Times that a block came to a participant, and was checked, before its parent was accepted there; of the whole run. */
  readonly orphanArrivals: number;
  /** Of the whole run. */
  readonly races: RaceTotals;
  readonly attacks: number;
  /** Reorganisations at the client's node that removed what it treats as final; and those of them onto a branch of the adversary's. */
  readonly finalRemoved: number;
  readonly reversals: number;
  readonly events: number;
  readonly pool?: PoolRun;
  readonly history?: ChainHistory;
}

/** Microseconds from a block's publication until participants with half, 90% and 99% of all power or stake had accepted it. */
export interface Propagation {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}
