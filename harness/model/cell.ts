// A cell: everything that one simulation depends on, as plain data, and the profiles and defaults that fill it in.
import type { FaultSpec } from './fault.ts';
import type { LoadSpec } from './load.ts';

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
      /** Names of the regions. */
      readonly regions?: readonly string[];
      /** [from region][to region]; nodes take regions round robin. */
      readonly one_way_ms: readonly (readonly number[])[];
      /** Scale of the proportional jitter table; 0 is none. */
      readonly jitter: number;
    } & LinkSpec);
/**
 * Mbit/s of each node's link: one number for all; a list that nodes take in turn; a number by region, in order; or a distribution from
 * which each node draws once, for both directions alike.
 */
export type Bandwidth = number | readonly number[] | { readonly regions: readonly number[] } | BandwidthDistribution;
export type BandwidthDistribution =
  | { readonly kind: 'uniform'; readonly min_mbps: number; readonly max_mbps: number }
  /** The logarithm has the standard deviation `sigma`. */
  | { readonly kind: 'lognormal'; readonly median_mbps: number; readonly sigma: number }
  /** Evenly spaced, from the least to the largest; between them as the crow flies. */
  | { readonly kind: 'quantiles'; readonly mbps: readonly number[] };

export interface LinkSpec {
  readonly bandwidth_mbps: Bandwidth;
  readonly loss: number;
  readonly rto_ms: number;
  /** Of a node's downlink, where links queue; absent: bandwidth_mbps. */
  readonly downlink_mbps?: Bandwidth;
}
/** Processing times; integer nanoseconds an operation. `free` is all zero. */
export interface NodeProfile {
  /** `server` and `free` have the values of that profile; any other name comes with `profile`. */
  readonly name: string;
  /** Of a node of one's own: the profile that gave what the suite left open. */
  readonly profile?: ProfileName;
  readonly sign_ns: number;
  readonly verify_ns: number;
  /** A signature in a batch. */
  readonly verify_batched_ns: number;
  readonly mac_ns: number;
  readonly hash_ns_per_byte: number;
  /** A share of an aggregate signature, made. */
  readonly sign_share_ns: number;
  /** A share that came decoded, and found to be in its group. */
  readonly decode_share_ns: number;
  /** A decoded share added to an aggregate signature, or a signer's key to the key that checks it. */
  readonly aggregate_ns: number;
  /** An aggregate signature decoded, and checked with the key of all its signers. */
  readonly verify_aggregate_ns: number;
  /** A write that must survive a crash (fsync). */
  readonly persist_ns: number;
  /** Cores that its owner pays for; they queue under any load but the default one. */
  readonly cores: number;
}

export const PROFILE_NAMES = ['free', 'server'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export type CryptoMode = 'modelled' | 'measured';
export type ParameterValue = number | string | boolean;

export interface TransactionSpec {
  readonly bytes: number;
  readonly per_decision: number;
  /** Clients sign them, and nodes check that; absent: false. */
  readonly signed?: boolean;
}

/** How many in each region, in order (the first ones in region 0); or the region of each. */
export type PlacedAs = readonly number[] | { readonly nodes: readonly number[] };
export type CellPlacement = PlacedAs | { readonly roles: Readonly<Record<string, PlacedAs>> };

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
  readonly transactions: TransactionSpec;
  readonly load: LoadSpec;
  /** Where nodes are, or the members of some roles; absent: round robin. */
  readonly placement?: CellPlacement;
  /** Names of the nodes, for transcripts; they are in no id and no result. */
  readonly names?: readonly string[];
  readonly risk: number;
  readonly decisions: number;
  readonly crypto: CryptoMode;
  readonly replicate: number;
  /** The simulated horizon; absent: the workload's own. */
  readonly horizon_s?: number;
}

/** What a constant is, its unit, and where its default comes from: as the report prints it. */
export interface ConstantLabel {
  readonly name: string;
  readonly unit: string;
  readonly source: string;
}

const KERNELS = "a typical time of one server core with this project's WASM kernels, rounded";
const NATIVE = 'BLS signatures in G1 of BLS12-381 with native code';
const HERUMI = `${NATIVE}: herumi's library on a core that checked Ed25519 in 130 µs (torao, sample.bls-signature-aggregation)`;
const BLST = `${NATIVE}: blst (Cardano's cost model of Plutus, builtinCostModelC.json)`;

/**
 * The times of the profile `server`, in the order of tables. Aggregate signatures are those of native code since no kernel here makes them:
 * @noble/curves, at whose speed they are priced, takes 10 to 40 times as long.
 */
export const PROFILE_LABELS: { readonly [K in Exclude<keyof NodeProfile, 'name' | 'profile'>]: ConstantLabel } = {
  sign_ns: { name: 'Ed25519 signature made', unit: 'ns', source: KERNELS },
  verify_ns: { name: 'Ed25519 signature checked', unit: 'ns', source: KERNELS },
  verify_batched_ns: { name: 'one checked in a batch', unit: 'ns', source: `${KERNELS}; a batch of about 64` },
  mac_ns: { name: 'HMAC-SHA-256 of a short message', unit: 'ns', source: KERNELS },
  hash_ns_per_byte: { name: 'SHA-256', unit: 'ns a byte', source: KERNELS },
  sign_share_ns: { name: 'share of an aggregate signature made', unit: 'ns', source: `${HERUMI}: 233 µs` },
  decode_share_ns: { name: 'share decoded, and found to be in its group', unit: 'ns', source: `${BLST}: 53 µs` },
  aggregate_ns: { name: 'share or key added up', unit: 'ns', source: `${HERUMI}: 0.6 µs; blst adds in G1 in 1.0 µs, in G2 in 2.0 µs` },
  verify_aggregate_ns: {
    name: 'aggregate signature checked',
    unit: 'ns',
    source: `${HERUMI}: 1149 µs; blst in 0.95 ms, its parts added up`,
  },
  persist_ns: { name: 'write that survives a crash', unit: 'ns', source: 'a synced write of a data-centre SSD, rounded' },
  cores: { name: 'cores of a node', unit: '', source: 'an assumption of this project: a small server' },
};

/**
 * Built-in node profiles. The figures of `server` are constants, so that results repeat on any machine; what this machine takes is in the
 * cost table, which never enters virtual time.
 */
export const NODE_PROFILES: Readonly<Record<ProfileName, NodeProfile>> = {
  free: {
    name: 'free',
    sign_ns: 0,
    verify_ns: 0,
    verify_batched_ns: 0,
    mac_ns: 0,
    hash_ns_per_byte: 0,
    sign_share_ns: 0,
    decode_share_ns: 0,
    aggregate_ns: 0,
    verify_aggregate_ns: 0,
    persist_ns: 0,
    cores: 4,
  },
  server: {
    name: 'server',
    sign_ns: 35_000,
    verify_ns: 110_000,
    verify_batched_ns: 40_000,
    mac_ns: 1_000,
    hash_ns_per_byte: 3,
    sign_share_ns: 230_000,
    decode_share_ns: 50_000,
    aggregate_ns: 1_000,
    verify_aggregate_ns: 1_150_000,
    persist_ns: 1_000_000,
    cores: 4,
  },
};

/** A link's defaults, which no measurement decides. */
export const LINK_LABELS: { readonly [K in 'bandwidth_mbps' | 'loss' | 'rto_ms']: ConstantLabel } = {
  bandwidth_mbps: { name: 'a node sends', unit: 'Mbit/s', source: 'an assumption of this project: a gigabit link' },
  loss: { name: 'share of sends that are lost', unit: '', source: 'an assumption of this project: none' },
  rto_ms: {
    name: 'a lost send is repeated after',
    unit: 'ms',
    source: "Linux's least retransmission timeout of TCP (TCP_RTO_MIN, 200 ms)",
  },
};

/** The profile that a node has, or that gave what its suite left open. */
export function profileOf({ name, profile }: Pick<NodeProfile, 'name' | 'profile'>): ProfileName {
  return profile ?? PROFILE_NAMES.find((known) => known === name) ?? DEFAULTS.node;
}

/** What a node has that its profile has not, by key. */
export function besidesProfile(node: NodeProfile): [key: string, value: number][] {
  const usual = new Map<string, unknown>(Object.entries(NODE_PROFILES[profileOf(node)]));
  return Object.entries(node).filter(([key, value]) => key !== 'name' && key !== 'profile' && value !== usual.get(key)) as [
    string,
    number,
  ][];
}

/** What a suite need not say. A change of these changes results: see HARNESS_REVISION. */
export const DEFAULTS = {
  seed: 1,
  replicates: 5,
  decisions: 100,
  risk: 0.001,
  crypto: 'modelled',
  network: 'wan-5-regions',
  node: 'server',
  fault: { kind: 'crash', ratio: 0, placement: 'worst', from_s: 0 },
  transactions: { bytes: 250, per_decision: 500, signed: false },
  link: { bandwidth_mbps: 1000, loss: 0, rto_ms: 200 },
  matrixJitter: 1,
} as const;

/** The largest node count that any suite may ask for; workloads and engines may take fewer. */
export const MAX_NODES = 100_000;
export const MAX_REPLICATES = 100_000;
