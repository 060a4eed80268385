// A suite: with its defaults filled in (Suite), and as a program writes it (SuiteData).
import type {
  BandwidthDistribution,
  ProfileName,
  ParameterValue,
  NodeProfile,
  NetworkSpec,
  CryptoMode,
  TransactionSpec,
} from '../model/cell.ts';
import type { LoadSpec } from '../model/load.ts';
import type { Prices } from '../model/prices.ts';
import type { Requirements, SettingKind } from '../model/requirements.ts';
import type { PresetName } from './network-presets.ts';
import type { Placement } from './placement.ts';
import type { FaultKind, SingleFault, SingleFaultKind } from '../model/fault.ts';

/** A number of faulty nodes, or the bound that the workload claims at that number of nodes. */
export type FaultCount = number | 'f' | 'f+1';
/** A fault of a schedule. */
export interface ScheduledFault extends Omit<SingleFault, 'count'> {
  readonly count?: FaultCount;
}
/** A fault axis: the kind and its sweep (exactly one of ratio, count, nodes and groups), or a schedule and nothing else. */
export interface FaultAxis extends Omit<SingleFault, 'kind' | 'ratio' | 'count'> {
  readonly kind: FaultKind;
  readonly ratio?: readonly number[];
  readonly count?: readonly FaultCount[];
  readonly schedule?: readonly ScheduledFault[];
}

/** What a suite sets for all workloads, and an entry may replace for its own grid. */
interface Settings {
  readonly replicates: number;
  readonly decisions: number;
  readonly risk: number;
  readonly crypto: readonly CryptoMode[];
  readonly network: readonly NetworkSpec[];
  readonly node: NodeProfile;
  readonly transactions: TransactionSpec;
  readonly load: readonly LoadSpec[];
  readonly placement: Placement;
  /** Of the nodes, where there are as many. */
  readonly names: readonly string[];
  readonly horizon_s: number;
}

/** One grid of a workload: parameters and their sweeps, and the settings that it replaces. */
export interface Entry extends Partial<Settings> {
  readonly nodes?: readonly number[];
  readonly fault?: readonly FaultAxis[];
  readonly parameters: Readonly<Record<string, readonly ParameterValue[]>>;
}

/** A suite with its defaults filled in, profiles named in it resolved and matrix files read. */
export interface Suite extends Omit<Settings, 'placement' | 'names' | 'horizon_s'> {
  readonly name: string;
  readonly seed: number;
  /** Absent: round robin. */
  readonly placement?: Placement;
  readonly names?: readonly string[];
  /** Absent: each workload's own. */
  readonly horizon_s?: number;
  /** Absent: the defaults of record/price.ts. */
  readonly prices?: { readonly [K in keyof Prices]?: number };
  /** Absent: the report ranks. */
  readonly requirements?: Requirements;
  readonly sweep: { readonly nodes: readonly number[]; readonly fault: readonly FaultAxis[] };
  readonly workloads: Readonly<Record<string, readonly Entry[]>>;
}

// ---- a suite as a program writes it: what editors complete ----

type OneOrMany<T> = T | readonly T[];
type BandwidthData =
  | number
  | readonly number[]
  | { readonly regions: readonly number[] | Readonly<Record<string, number>> }
  | { readonly file: string }
  | BandwidthDistribution;
interface LinkData {
  readonly bandwidth_mbps?: BandwidthData | undefined;
  readonly downlink_mbps?: BandwidthData | undefined;
  readonly loss?: number | undefined;
  readonly rto_ms?: number | undefined;
}
/** A network: its name or an object; docs/suites.md says what each key means. */
export type NetworkData =
  | 'wan-5-regions'
  | PresetName
  | ({ readonly kind: 'wan-5-regions' } & LinkData)
  | ({
      readonly kind: PresetName;
      readonly regions?: readonly string[] | undefined;
      readonly jitter?: number | undefined;
      readonly intra_region_ms?: number | undefined;
    } & LinkData)
  | { readonly kind: 'fixed'; readonly delay_ms: number }
  | ({ readonly kind: 'normal'; readonly mean_ms: number; readonly sd_ms: number } & LinkData)
  | ({
      readonly kind: 'matrix';
      /** YAML, JSON or CSV, relative to `folder` of suiteOf. */
      readonly file?: string | undefined;
      readonly name?: string | undefined;
      readonly origin?: string | undefined;
      /** Rows of numbers, `[{ from, to, ms }]`, or `{ from: { to: ms } }`; or a text of CSV. */
      readonly one_way_ms?: readonly unknown[] | Readonly<Record<string, unknown>> | string | undefined;
      readonly jitter?: number | undefined;
      readonly rtt?: boolean | undefined;
      readonly intra_region_ms?: number | undefined;
      readonly regions?: readonly string[] | undefined;
    } & LinkData);
interface FaultRestData {
  readonly nodes?: readonly number[] | undefined;
  readonly placement?: 'worst' | 'random' | undefined;
  readonly from_s?: number | undefined;
  readonly until_s?: number | undefined;
  readonly delay_ms?: number | undefined;
  readonly loss?: number | undefined;
  readonly toward?: readonly number[] | undefined;
  readonly groups?: readonly (readonly number[])[] | undefined;
  readonly crossing?: 'hold' | 'lose' | undefined;
}
/** A condition and its sweep: exactly one of ratio (a number, `33%`, `1/3`), count, nodes and groups; or a schedule of several faults. */
export interface FaultData extends FaultRestData {
  readonly kind?: FaultKind | undefined;
  readonly ratio?: OneOrMany<number | string> | undefined;
  readonly count?: OneOrMany<FaultCount> | undefined;
  readonly schedule?:
    | readonly (FaultRestData & {
        readonly kind: SingleFaultKind;
        readonly ratio?: number | string | undefined;
        readonly count?: FaultCount | undefined;
      })[]
    | undefined;
}
/** A profile, or what differs from one. */
export type NodeData =
  | ProfileName
  | ({ readonly [K in Exclude<keyof NodeProfile, 'name' | 'profile'>]?: number | undefined } & {
      readonly name?: string | undefined;
      readonly profile?: ProfileName | undefined;
    });
interface LoadRulesData {
  readonly queues?: boolean | undefined;
  readonly batch_bytes?: number | undefined;
  readonly batch_timeout_ms?: number | undefined;
  readonly mempool_tx?: number | undefined;
  readonly warmup_s?: number | 'auto' | undefined;
  readonly window_s?: number | 'auto' | undefined;
}
/** A load; lists in it are swept. */
export type LoadData =
  | ({ readonly kind: 'closed'; readonly in_flight?: OneOrMany<number> | undefined } & LoadRulesData)
  | ({
      readonly kind: 'open';
      readonly rate_tps: OneOrMany<number>;
      readonly arrivals?: 'poisson' | 'constant' | undefined;
    } & LoadRulesData)
  | ({
      readonly kind: 'saturate';
      readonly p99_ms?: OneOrMany<number | 'auto'> | undefined;
      readonly arrivals?: 'poisson' | 'constant' | undefined;
    } & LoadRulesData);
interface SettingsData {
  readonly replicates?: number | undefined;
  readonly decisions?: number | undefined;
  readonly risk?: number | undefined;
  readonly crypto?: OneOrMany<CryptoMode> | undefined;
  readonly network?: OneOrMany<NetworkData> | undefined;
  readonly node?: NodeData | undefined;
  readonly transactions?:
    { readonly bytes?: number | undefined; readonly per_decision?: number | undefined; readonly signed?: boolean | undefined } | undefined;
  readonly load?: OneOrMany<LoadData> | undefined;
  readonly placement?: Placement | undefined;
  readonly names?: readonly string[] | undefined;
  readonly horizon_s?: number | undefined;
}
interface EntrySettingsData extends SettingsData {
  readonly nodes?: OneOrMany<number | string> | undefined;
  readonly fault?: OneOrMany<FaultData> | undefined;
}
/** Weights of nodes for a parameter that takes them as a text: a list in a list, an object, or a file beside the suite. */
type WeightsData =
  readonly number[] | { readonly values: readonly number[] | Readonly<Record<string, number>> } | { readonly file: string };
/** One grid of a workload: settings that it replaces, and its parameters (`list ID`); a list of values sweeps a parameter. */
export interface EntryData extends EntrySettingsData {
  readonly [parameter: string]:
    | OneOrMany<ParameterValue | WeightsData | FaultData | LoadData | Exclude<NetworkData, string>>
    | Exclude<NodeData, string>
    | Exclude<Placement, string>
    | SettingsData['names']
    | SettingsData['transactions'];
}
type RequirementsData = { readonly [K in Exclude<keyof Requirements, 'settings'>]?: Requirements[K] | undefined } & {
  readonly settings?: OneOrMany<SettingKind> | undefined;
};
/** What suiteOf takes: a suite file as data. */
export interface SuiteData extends SettingsData {
  readonly name: string;
  readonly seed?: number | undefined;
  readonly prices?: { readonly [K in keyof Prices]?: number | undefined } | undefined;
  readonly requirements?: RequirementsData | undefined;
  readonly sweep: { readonly nodes: OneOrMany<number | string>; readonly fault?: OneOrMany<FaultData> | undefined };
  readonly workloads: Readonly<Record<string, OneOrMany<EntryData>>>;
}
