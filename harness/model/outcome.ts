// What a simulation finds, as plain data.
import type { LoadOutcome } from './load.ts';
import type { CountName, Operation } from './operations.ts';

export type { SignatureOf } from './jobs.ts';
export type { Operation } from './operations.ts';

export type EngineId = 'messages' | 'waves' | 'chain';
export type Family = 'lottery' | 'voting' | 'federated' | 'platform';
export type Verdict = 'ok' | 'violated' | 'unknown';

/** One line of a transcript. `text` says what happened without the time. */
export interface TraceLine {
  readonly at_us: number;
  readonly node: string;
  readonly text: string;
  /** Of a message that was received, or lost on a participant that was down. */
  readonly message?: TracedMessage;
}

/** Participants by number: nodes first, then clients. */
export interface TracedMessage {
  readonly from: number;
  readonly to: number;
  readonly sender: string;
  /** Of its type, as its mechanism calls it. */
  readonly name: string;
  readonly view: number;
  readonly sequence: number;
  readonly sent_us: number;
  /** Lines of the transcript up to what made its sender send it: a message, a timer, or what the work was begun on that had ended; 0: the start. */
  readonly cause: number;
  readonly isLost: boolean;
}

/**
 * Counts over a whole run, under any load but the default one over its window, all nodes together; divided by decisions when the
 * record is made. Absent: not applicable. Those of operations come from their ledger (operations.ts).
 */
export type Counts = {
  messages: number;
  bytes: number;
  /** Batch calls by number of signatures. */
  batches?: Map<number, number>;
} & { [Name in CountName]?: number };

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
  /** From the first submission to the last acceptance; under any load but the default one the window's length. */
  readonly elapsed_us: number;
  /** Virtual time at which those `elapsed_us` begin: the window's start, after a warm-up. Absent: 0. */
  readonly from_us?: number;
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
  /** The workload's own columns, by name, over the whole run or the window; those that it leaves out are empty. */
  readonly observations?: Readonly<Record<string, number>>;
  /** Events handled (the engine's own measure of work, not a result). */
  readonly events: number;
  /** crypto: measured: the operations of the whole run, which `counts` count, by decision (chains: by main-chain block). */
  readonly operations?: readonly (readonly Operation[])[];
}
