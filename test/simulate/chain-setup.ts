// Setups of chain cells for tests: ideal network, free nodes, everything else as a suite would fill it in.
import { resolveFaults } from '../../harness/simulate/faults.ts';
import { buildNetwork } from '../../harness/simulate/network.ts';
import type { Setup, TraceLine, Workload } from '../../harness/simulate/types.ts';
import type { Cell, FaultSpec, NetworkSpec, NodeProfile } from '../../harness/suite/schema.ts';

export const FREE: NodeProfile = { name: 'free', sign_ns: 0, verify_ns: 0, verify_batched_ns: 0, mac_ns: 0, hash_ns_per_byte: 0 };
export const SERVER: NodeProfile = {
  name: 'server',
  sign_ns: 35_000,
  verify_ns: 110_000,
  verify_batched_ns: 40_000,
  mac_ns: 1_000,
  hash_ns_per_byte: 3,
};
export const WAN: NetworkSpec = { kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0, rto_ms: 200 };

export interface Wanted {
  readonly parameters?: Record<string, unknown>;
  readonly nodes?: number;
  readonly fault?: Partial<FaultSpec>;
  readonly network?: NetworkSpec;
  readonly node?: NodeProfile;
  readonly decisions?: number;
  readonly risk?: number;
  readonly seed?: number;
  readonly transactions?: Cell['transactions'];
  readonly horizon_us?: number;
  readonly collect?: boolean;
  readonly trace?: (line: TraceLine) => void;
}

export function chainSetup<P>(workload: Workload<P>, wanted: Wanted): Setup<P> {
  const cell: Cell = {
    id: 'c000000000000',
    seed: wanted.seed ?? 1,
    workload: workload.id,
    parameters: workload.parameters.parse(wanted.parameters ?? {}) as Cell['parameters'],
    nodes: wanted.nodes ?? 4,
    fault: { placement: 'worst', kind: 'crash', ratio: 0, ...wanted.fault },
    network: wanted.network ?? { kind: 'fixed', delay_ms: 0 },
    node: wanted.node ?? FREE,
    transactions: wanted.transactions ?? { bytes: 250, per_decision: 500 },
    risk: wanted.risk ?? 0.001,
    decisions: wanted.decisions ?? 100,
    crypto: wanted.collect === true ? 'measured' : 'modelled',
    replicate: 0,
  };
  const setup = {
    cell,
    parameters: cell.parameters as P,
    nodes: cell.nodes,
    network: buildNetwork(cell.network),
    faults: resolveFaults(cell, true),
    collect: wanted.collect ?? false,
    // Chains use no kernel in simulation.
    kernels: undefined as never,
    ...(wanted.trace === undefined ? {} : { trace: wanted.trace }),
  };
  return { ...setup, horizon_us: wanted.horizon_us ?? workload.horizon_us(setup) };
}

/** z of an observed count against a binomial expectation. */
export function zScore(observed: number, trials: number, p: number): number {
  return (observed - trials * p) / Math.sqrt(trials * p * (1 - p));
}

/** Half the width of the 95% interval, relative to the expectation. */
export function relativeHalfWidth(trials: number, p: number): number {
  return (1.96 * Math.sqrt((p * (1 - p)) / trials)) / p;
}
