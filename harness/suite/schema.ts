// The suite file's schema, and the plain data that a cell is made of.
import { z } from 'zod';

export const FAULT_KINDS = [
  'crash',
  'silent-leader',
  'equivocate',
  'wrong-vote',
  'bad-signature',
  'replay',
  'delay',
  'partition',
  'double-spend',
  'selfish',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A network as a cell carries it: every default filled in, no file name left. */
export type NetworkSpec =
  | { readonly kind: 'fixed'; readonly delay_ms: number }
  | ({ readonly kind: 'normal'; readonly mean_ms: number; readonly sd_ms: number } & LinkSpec)
  | ({ readonly kind: 'wan-5-regions' } & LinkSpec)
  | ({
      readonly kind: 'matrix';
      /** A short name for the `network` column. */
      readonly name: string;
      /** Where the data comes from, as the matrix file says. */
      readonly origin: string;
      /** [from region][to region]; nodes take regions round robin. */
      readonly one_way_ms: readonly (readonly number[])[];
      /** Scale of the proportional jitter table; 0 is none. */
      readonly jitter: number;
    } & LinkSpec);
export interface LinkSpec {
  readonly bandwidth_mbps: number;
  readonly loss: number;
  readonly rto_ms: number;
}

/** The fault of a cell. Exactly one of ratio and count; `f` and `f+1` are resolved to numbers by the plan. */
export interface FaultSpec {
  readonly kind: FaultKind;
  readonly ratio?: number;
  readonly count?: number;
  readonly placement: 'worst' | 'random';
  readonly from_s?: number;
  readonly until_s?: number;
  /** Only for kind delay: how much later everything a faulty node sends leaves. */
  readonly delay_ms?: number;
}

/** Processing times; integer nanoseconds an operation. `free` is all zero. */
export interface NodeProfile {
  readonly name: string;
  readonly sign_ns: number;
  readonly verify_ns: number;
  /** A signature in a batch. */
  readonly verify_batched_ns: number;
  readonly mac_ns: number;
  readonly hash_ns_per_byte: number;
}

export type CryptoMode = 'modelled' | 'measured';
export type ParameterValue = number | string | boolean;

/** One cell: everything that its result depends on, but for the cost table. Plain data. */
export interface Cell {
  readonly id: string;
  readonly seed: number;
  readonly workload: string;
  /** The workload's parameters, defaults filled in. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly nodes: number;
  readonly fault: FaultSpec;
  readonly network: NetworkSpec;
  readonly node: NodeProfile;
  readonly transactions: { readonly bytes: number; readonly per_decision: number };
  readonly risk: number;
  readonly decisions: number;
  readonly crypto: CryptoMode;
  readonly replicate: number;
  /** The simulated horizon; absent: the workload's own. */
  readonly horizon_s?: number;
}

/** Placeholder for z so that the suite schema (load.ts, plan.ts) builds on one import. */
export { z };
