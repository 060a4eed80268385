// What a simulation finds, as plain data.
import type { LoadOutcome } from './load.ts';

export type EngineId = 'messages' | 'waves' | 'chain';
export type Family = 'lottery' | 'voting' | 'federated' | 'platform';
export type Verdict = 'ok' | 'violated' | 'unknown';

/** One line of a transcript. `text` says what happened without the time. */
export interface TraceLine {
  readonly at_us: number;
  readonly node: string;
  readonly text: string;
}

/** A signature: of whom, over what. `forged`: made with a key that is not the signer's. */
export interface SignatureOf {
  readonly signer: number;
  readonly message: Uint8Array;
  readonly forged?: true;
}

/** Work that a measured cell does for real: everything that its counts count. */
export type Operation =
  | ({ readonly kind: 'sign' } & SignatureOf)
  /** One item is checked singly, several as a batch. `calls`: batch equations and single checks, bisection included. */
  | { readonly kind: 'verify'; readonly items: readonly SignatureOf[]; readonly calls: number }
  | { readonly kind: 'mac'; readonly message: Uint8Array; readonly count: number }
  | { readonly kind: 'digest'; readonly bytes: Uint8Array }
  /** The votes of one (view, sequence, phase) that one replica received; `expected`: by digest, distinct senders that named it first. */
  | {
      readonly kind: 'tally';
      readonly view: number;
      readonly sequence: number;
      readonly phase: number;
      readonly senders: readonly number[];
      /** Numbered from 0 as they come. */
      readonly digests: readonly number[];
      readonly expected: readonly number[];
    }
  /**
   * The header of a block, to be mined to the target that its `bits` say. Its previous hash is that of the mined header of block
   * `parent`, filled in then; null: it stands there.
   */
  | { readonly kind: 'search'; readonly block: number; readonly parent: number | null; readonly header: Uint8Array }
  /** A receiver checks the mined header of a block: its double SHA-256 is at most the target. */
  | { readonly kind: 'header'; readonly block: number }
  /** The Merkle root of transactions of `transaction_bytes` each, one after another. */
  | { readonly kind: 'merkle'; readonly transactions: Uint8Array; readonly transaction_bytes: number; readonly root: Uint8Array }
  /** SHA-512 of a signature, compared with a threshold (Praos eligibility). */
  | { readonly kind: 'evaluate'; readonly signer: number; readonly message: Uint8Array };

/** Counts over a whole run, all nodes together; divided by decisions when the record is made. Absent: not applicable. */
export interface Counts {
  messages: number;
  bytes: number;
  /** Proof of work: node-seconds of mining (live share included); times hash rate gives hashes. */
  mining_node_s?: number;
  signs?: number;
  /** Signatures checked, singly or in a batch. */
  verifies?: number;
  /** Signatures checked singly (a part of verifies), for pricing. */
  verifies_single?: number;
  /** Batch calls by number of signatures. */
  batches?: Map<number, number>;
  macs?: number;
  votes?: number;
  digest_bytes?: number;
  /** Eligibility evaluations (Praos: SHA-512 of a signature, compared with a threshold). */
  evaluations?: number;
  /** Writes that were made to survive a crash. */
  persists?: number;
}

/** What an engine found. */
export interface Outcome {
  /** `stalled`: the horizon or the event budget came before the asked decisions. */
  readonly state: 'done' | 'stalled';
  readonly reason: string;
  /** Decisions reached. */
  readonly decisions: number;
  /** What `counts` are divided by: decisions, or for chains the main-chain blocks of the run. */
  readonly divisor: number;
  readonly counts: Counts;
  /** Each decision's latency in microseconds, in order. */
  readonly latencies_us: readonly number[];
  /** Each decision's time to finality in microseconds; empty where no finite number of confirmations gives the risk. */
  readonly finalities_us: readonly number[];
  /** From the first submission to the last acceptance. */
  readonly elapsed_us: number;
  /** null where no finite number gives the asked risk. */
  readonly confirmations: number | null;
  readonly stale?: { readonly stale: number; readonly blocks: number };
  readonly viewChanges?: number;
  readonly attacks?: number;
  readonly reversals?: number;
  readonly safety: Verdict;
  readonly liveness: Verdict;
  /** Voting: enough correct replicas held each decision when it was reported. Absent: not applicable. */
  readonly durability?: Verdict;
  /** Voting: of each decision, microseconds from the leader's proposal to the moment when the commit quorum's last replica had committed it. */
  readonly replicaLatencies_us?: readonly number[];
  /** Lotteries: the adversary's share of all power or stake against which confirmations were chosen. */
  readonly adversaryShare?: number;
  /** Lotteries: blocks of honest miners ÷ blocks, on the final chain. */
  readonly chainQuality?: number;
  /** Lotteries: those of `decisions` and of `divisor` that carry users' transactions; an adversary's blocks carry none. Absent: all. */
  readonly users?: { readonly decisions: number; readonly divisor: number };
  /** Lotteries: from publication until half, 90% and 99% of all power or stake had accepted a block; medians over blocks. */
  readonly propagation_us?: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Lotteries: Gini coefficient of the final chain's blocks by miner. */
  readonly giniBlocks?: number;
  /** Proof of work: the part of counts.mining_node_s from the first submission to the last decision. Absent: counts' share of the decisions. */
  readonly decisionsMining_node_s?: number;
  /** Under any load but the default one. */
  readonly load?: LoadOutcome;
  /** What each counted role sent to nodes, over the whole run or the window; absent: one role is counted. */
  readonly roles?: readonly { readonly role: string; readonly messages: number; readonly bytes: number }[];
  /** The workload's own columns, by name; those that it leaves out are empty. */
  readonly observations?: Readonly<Record<string, number>>;
  /** Events handled (the engine's own measure of work, not a result). */
  readonly events: number;
  /** crypto: measured: the operations of the whole run, which `counts` count, by decision (chains: by main-chain block). */
  readonly operations?: readonly (readonly Operation[])[];
}
