// The load of a cell, as plain data (docs/load.md).

/** What cuts a batch or a block, and what a run looks at; the same for every kind of load. */
export interface LoadRules {
  /** CPU, uplinks and downlinks queue although the load is closed with one batch in flight. Any other load implies it. */
  readonly queues: boolean;
  /** A batch is cut at `per_decision` transactions, at so many bytes, or when its oldest transaction has waited for so long. */
  readonly batch_bytes: number;
  readonly batch_timeout_ms: number;
  /** Transactions that a mempool holds: what comes beyond is rejected. */
  readonly mempool_tx: number;
  /** Virtual time before the window; auto: 20 mean decision times of the unloaded cell. */
  readonly warmup_s: number | 'auto';
  /** Virtual time that is looked at; auto: the larger of 200 of those and 20 000 transactions ÷ rate. */
  readonly window_s: number | 'auto';
}

export type LoadSpec =
  | ({ readonly kind: 'closed'; readonly in_flight: number } & LoadRules)
  | ({ readonly kind: 'open'; readonly rate_tps: number; readonly arrivals: 'poisson' | 'constant' } & LoadRules)
  /** auto: 5 × p99 at a tenth of the analytic bound. */
  | ({ readonly kind: 'saturate'; readonly p99_ms: number | 'auto'; readonly arrivals: 'poisson' | 'constant' } & LoadRules);
export type LoadKind = LoadSpec['kind'];

export const LOAD_RULES: LoadRules = {
  queues: false,
  batch_bytes: 1_000_000,
  batch_timeout_ms: 50,
  mempool_tx: 100_000,
  warmup_s: 'auto',
  window_s: 'auto',
};
/** One decision after another: the client submits a full batch when the last one is accepted. */
export const DEFAULT_LOAD: LoadSpec = { kind: 'closed', in_flight: 1, ...LOAD_RULES };

/** One decision after another, and nothing queues but uplinks: waves and chain engines apply, and no resource is watched. */
export function isDefaultLoad(load: LoadSpec): boolean {
  return load.kind === 'closed' && load.in_flight === 1 && !load.queues;
}

/** The rules that differ from the defaults: what cuts batches and how long a run looks. */
function unusualRules(load: LoadSpec): (keyof LoadRules)[] {
  return (Object.keys(LOAD_RULES) as (keyof LoadRules)[]).filter((key) => load[key] !== LOAD_RULES[key]);
}

/** What differs from the defaults beside the kind, the rate and the decisions in flight, by name. */
export function loadSettings(load: LoadSpec): [name: string, value: string | number | boolean][] {
  const settings = unusualRules(load).map((key): [string, string | number | boolean] => [key, load[key]]);
  if (load.kind !== 'closed' && load.arrivals !== 'poisson') settings.push(['arrivals', load.arrivals]);
  if (load.kind === 'saturate' && load.p99_ms !== 'auto') settings.push(['p99_ms', load.p99_ms]);
  return settings;
}

/** Kind, rate and queues: `closed(1) queues`, `open(1000/s)`, `saturate`, `saturate(p99=500ms)`. */
export function loadName(load: LoadSpec): string {
  if (load.kind === 'closed') return `closed(${load.in_flight})${load.queues ? ' queues' : ''}`;
  if (load.kind === 'open') return `open(${load.rate_tps}/s)`;
  return load.p99_ms === 'auto' ? 'saturate' : `saturate(p99=${load.p99_ms}ms)`;
}

/** Settings that its name does not have, as `key=value`. */
export function loadRules(load: LoadSpec): string[] {
  return loadSettings(load).flatMap(([name, value]) => (name === 'p99_ms' || name === 'queues' ? [] : [`${name}=${value}`]));
}

/** The name, then the rules that differ from the defaults: `open(1000/s) batch_timeout_ms=100`. */
export const loadLabel = (load: LoadSpec): string => [loadName(load), ...loadRules(load)].join(' ');

/** What is busiest, or waited for. */
export const BOTTLENECKS = ['cpu', 'disk', 'uplink', 'downlink', 'block-space', 'window', 'latency'] as const;
export type Bottleneck = (typeof BOTTLENECKS)[number];

/** What a run under a load found, over its window. */
export interface LoadOutcome {
  /** What was offered; of a closed load null, of saturation the largest rate that passed. */
  readonly offered_tps: number | null;
  /** submitted = committed + rejected + waiting, of the transactions submitted in the window. */
  readonly submitted: number;
  readonly committed: number;
  readonly rejected: number;
  readonly waiting: number;
  /** Committed a second, and the mean from submission to acceptance over the committed ones. */
  readonly achieved_tps: number;
  readonly latency_us_mean: number | null;
  /** Of all submitted ones, those that wait counting as infinite; null where a rank falls on one. Ranks .5, .95, .99. */
  readonly latency_us: readonly [p50: number | null, p95: number | null, p99: number | null];
  /** The largest mempool, transactions. */
  readonly queue_tx_max: number;
  /** At the busiest node; null where the engine has no such resource. */
  readonly cpu_utilisation: number | null;
  readonly uplink_utilisation: number | null;
  readonly downlink_utilisation: number | null;
  readonly disk_utilisation: number | null;
  readonly bottleneck: Bottleneck;
  /** A rate tried by a saturation search, ascending: what the throughput–latency curve is drawn from. */
  readonly curve?: readonly LoadPoint[];
}
export interface LoadPoint {
  readonly offered_tps: number;
  readonly achieved_tps: number;
  readonly latency_us_p50: number | null;
  readonly latency_us_p99: number | null;
  readonly passed: boolean;
}
