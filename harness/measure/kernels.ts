// Measures the kernels on this machine: the rows of kernels.csv, the raw samples, and the cost table made of them.
import { setImmediate } from 'node:timers/promises';
import { errorCode, messageOf } from '../errors.ts';
import type { Backend, FormChoice } from '../model/kernels.ts';
import { DEFAULT_PRICES } from '../model/prices.ts';
import type { TimingSample } from '../model/record.ts';
import {
  BATCH_SIZES,
  COST_TABLE_VERSION,
  TABLE_PRICES,
  type CostTable,
  type CostWarning,
  type KernelMeasurement,
  type PricedSeconds,
} from './costs.ts';
import { corePower, type CorePower } from './energy.ts';
import { cpuModel, measuringConditions, type Environment } from './environment.ts';
import { blsTasks } from './bls-tasks.ts';
import { meter, type MeterOptions, type MeterResult } from './meter.ts';
import { PEERS, peerTasks, type PeerName } from './peers.ts';
import { samplePersist, type PersistSamples } from './persist.ts';
import { clockStep_s } from './clock.ts';
import { ascending, median, medianAbsoluteDeviation, medianInterval, quantile } from './statistics.ts';
import { TaskFactory, WAVE_SIZES, batchKernel, type KernelTask, type TaskChoice } from './tasks.ts';

export interface KernelReport {
  readonly rows: readonly KernelMeasurement[];
  /** Source `<kernel>/<backend>`; seconds a unit, so that rate_median is 1 ÷ their median. In the order taken. */
  readonly samples: readonly TimingSample[];
  /** What makes a figure doubtful: a coarse clock, noise, few samples. */
  readonly warnings: readonly CostWarning[];
  /** Of kernels that have several forms. */
  readonly forms: readonly FormChoice[];
}

/** A relative MAD, or half-width of the interval, beyond this is noise worth a word. */
const NOISY = 0.05;
/** A sample of fewer clock steps is cut too coarsely: one step is then more than 0.1%. */
const COARSE = 1000;
/** Sizes that kernels.csv is about; the others are for the cost table. */
const NAMED_BATCHES: readonly number[] = [64, 256, 1024];

function meterOptions(quick: boolean, budget_s: number): MeterOptions {
  return {
    budget_s,
    sample_s: quick ? 0.003 : 0.005,
    warm_s: quick ? 0.03 : 0.1,
    minSamples: 6,
    maxSamples: 300,
    // Signals and timers get their turn: a measurement can be interrupted.
    betweenRounds: () => setImmediate(),
  };
}

/** The statistics of one task's samples (seconds a unit, all threads together) as a row, ratios left to the others' rows. */
export function rowOf(
  task: Pick<KernelTask, 'kernel' | 'backend' | 'unit'>,
  seconds: readonly number[],
  { threads = 1, warnings = [] }: { threads?: number; warnings?: readonly CostWarning[] } = {},
): KernelMeasurement {
  const sorted = ascending(seconds);
  const interval = medianInterval(sorted);
  return {
    kernel: task.kernel,
    backend: task.backend,
    threads,
    unit: `${task.unit}/s`,
    rate_median: 1 / median(sorted),
    rate_ci95_low: 1 / interval.high,
    rate_ci95_high: 1 / interval.low,
    rate_mad: medianAbsoluteDeviation(ascending(seconds.map((value) => 1 / value))),
    p99_ms: quantile(sorted, 0.99) * 1000,
    samples: seconds.length,
    ratio_to_node_crypto: null,
    ratio_to_best_peer: null,
    warning: warnings.length === 0 ? null : warnings.map(({ text }) => text).join('; '),
  };
}

/** What makes a task's samples doubtful. */
export function warningsOf({ name, seconds, sample_s }: Omit<MeterResult, 'calls'>, clock_s: number): CostWarning[] {
  const sorted = ascending(seconds);
  const { low, high, coverage } = medianInterval(sorted);
  const spread = Math.max(medianAbsoluteDeviation(sorted), (high - low) / 2) / median(sorted);
  const warnings: string[] = [];
  if (sample_s < COARSE * clock_s)
    warnings.push(`coarse clock, a sample of ${micro(sample_s)} is under ${COARSE} steps of ${micro(clock_s)}`);
  if (coverage < 0.95) warnings.push(`${seconds.length} samples only, so the interval is their whole range`);
  if (spread > NOISY) warnings.push(`noisy, ±${Math.round(spread * 100)}% (other load, or a clock frequency that moves)`);
  return warnings.map((text) => ({ figure: name, text }));
}

/** What makes all figures of a measurement doubtful. */
export function machineWarnings({
  load_average,
  cores_usable,
  cpu_quota,
  wasm_simd,
}: Pick<Environment, 'load_average' | 'cores_usable' | 'cpu_quota' | 'wasm_simd'>): CostWarning[] {
  const warnings: string[] = [];
  if (!wasm_simd) warnings.push('this JavaScript engine has no WASM SIMD: the scalar build is used');
  const load = load_average[0] ?? 0;
  if (load > cores_usable) warnings.push(`other load: ${load} tasks want to run on ${cores_usable} cores (average of the last minute)`);
  if (cpu_quota !== null && cpu_quota < cores_usable)
    warnings.push(`a control group allows ${cpu_quota} CPUs on ${cores_usable} cores: it stops this process for moments`);
  return warnings.map((text) => ({ figure: null, text }));
}

const micro = (seconds: number): string => `${Number((seconds * 1e6).toPrecision(2))} µs`;

/** node:crypto and peers have no batches: they verify one by one, whatever the size. Nor do they roll versions: a header is a header. */
export function yardstick(kernel: string): string {
  if (kernel === 'sha256d-rolled-search') return 'sha256d-nonce-search';
  return kernel.startsWith('ed25519-verify-batch-') ? 'ed25519-verify' : kernel;
}

/** This project's own, and the disk, which has no peer; every other backend is a peer, node:crypto too. */
const OWN: readonly string[] = ['wasm-simd', 'wasm', 'reference', 'node-fs'];

/**
 * Adds each row's ratios to node:crypto and to the fastest peer on the same work and as many threads, and node:crypto's rows for
 * batches: its single verification.
 */
export function withRatios(rows: readonly KernelMeasurement[]): KernelMeasurement[] {
  const work = (row: KernelMeasurement, kernel = row.kernel): string => `${kernel} ${row.threads}`;
  const nodeCrypto = new Map<string, KernelMeasurement>();
  const best = new Map<string, number>();
  for (const row of rows) {
    if (OWN.includes(row.backend)) continue;
    best.set(work(row), Math.max(best.get(work(row)) ?? 0, row.rate_median));
    if (row.backend === 'node-crypto') nodeCrypto.set(work(row), row);
  }
  const completed = [...rows];
  for (const single of nodeCrypto.values()) {
    if (single.kernel !== 'ed25519-verify') continue;
    for (const size of NAMED_BATCHES)
      if (rows.some((row) => row.kernel === batchKernel(size) && row.threads === single.threads))
        completed.push({ ...single, kernel: batchKernel(size) });
  }
  return completed.map((row) => {
    const at = work(row, yardstick(row.kernel));
    const [crypto, peer] = [nodeCrypto.get(at)?.rate_median, best.get(at)];
    return {
      ...row,
      ratio_to_node_crypto: crypto === undefined ? null : row.rate_median / crypto,
      ratio_to_best_peer: peer === undefined ? null : row.rate_median / peer,
    };
  });
}

/** Rows of one kernel stand together, in this order of backends. */
const BACKEND_ORDER: readonly string[] = [...OWN, 'node-crypto', ...PEERS];

/** Rows of a kernel one after another, kernels by family and size, on more threads after those on fewer. */
export function inOrder(rows: readonly KernelMeasurement[]): KernelMeasurement[] {
  const backend = (row: KernelMeasurement): number => BACKEND_ORDER.indexOf(row.backend);
  const kernels = [...new Set(rows.map(({ kernel }) => kernel))].sort((x, y) => rank(x) - rank(y));
  const place = new Map(kernels.map((kernel, index) => [kernel, index]));
  return [...rows].sort((x, y) => place.get(x.kernel)! - place.get(y.kernel)! || x.threads - y.threads || backend(x) - backend(y));
}

async function measure(tasks: readonly KernelTask[], options: MeterOptions): Promise<Omit<KernelReport, 'forms'>> {
  const clock_s = clockStep_s();
  const results = await meter(tasks, options);
  const warnings = results.map((result) => warningsOf(result, clock_s));
  return {
    rows: inOrder(withRatios(tasks.map((task, i) => rowOf(task, results[i].seconds, { warnings: warnings[i] })))),
    samples: results.flatMap(({ name, seconds }) => seconds.map((value, index) => ({ source: name, index, seconds: value }))),
    warnings: warnings.flat(),
  };
}

/** Hashing, signatures, batches by size, aggregates, quorums, writes: the order of the families in tasks.ts; batches by size within theirs. */
const FAMILIES = [
  'sha256',
  'hmac',
  'sha512',
  'ed25519-key',
  'ed25519-sign',
  'ed25519-verify',
  'bls-share',
  'bls-aggregate',
  'bls-aggregate-keys',
  'bls-verify',
  'quorum',
  'persist',
  'simulate',
];
function rank(kernel: string): number {
  const family = FAMILIES.findLastIndex((prefix) => kernel.startsWith(prefix));
  const size = /batch-(\d+)/.exec(kernel)?.[1];
  return family * 10_000 + (size === undefined ? 0 : Number(size));
}

/** A task list, made within the budget: inputs take their time too. */
async function measureChoices(
  choices: ReadonlyMap<Backend, TaskChoice>,
  { quick, budget_s, peers, more = [] }: { quick: boolean; budget_s: number; peers: readonly PeerName[]; more?: readonly KernelTask[] },
): Promise<KernelReport> {
  const started = performance.now();
  const factory = new TaskFactory();
  const tasks: KernelTask[] = [];
  for (const [backend, choice] of choices) tasks.push(...factory.backend(backend, choice));
  tasks.push(...factory.nodeCrypto());
  for (const peer of peers) tasks.push(...(await peerTasks(peer, factory)));
  tasks.push(...more);
  for (const { settle } of tasks) settle?.();
  const persist = measurePersist(PERSIST_SHARE * budget_s);
  const left_s = budget_s - (performance.now() - started) / 1000;
  const kernels = await measure(tasks, meterOptions(quick, Math.max(0, left_s)));
  return {
    rows: inOrder([...kernels.rows, ...persist.rows]),
    samples: [...kernels.samples, ...persist.samples],
    warnings: [...kernels.warnings, ...persist.warnings],
    forms: factory.forms(),
  };
}

/** Of the budget, for writes: most of it is waiting. */
const PERSIST_SHARE = 0.1;
const PERSIST = { kernel: 'persist', backend: 'node-fs', unit: 'writes' } as const;

/** Writes that survive a crash, by their CPU time. Without a temporary folder that can be written there is a warning and no row. */
function measurePersist(budget_s: number): Omit<KernelReport, 'forms'> {
  const name = `${PERSIST.kernel}/${PERSIST.backend}`;
  let measured: PersistSamples;
  try {
    measured = samplePersist(budget_s);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const text = `not measured (${messageOf(error)}): cells that persist cannot be priced (TMPDIR chooses another folder)`;
    return { rows: [], samples: [], warnings: [{ figure: name, text }] };
  }
  const { seconds, sample_s, clock_s, isMemory } = measured;
  const inMemory: CostWarning = {
    figure: name,
    text: 'the temporary folder is in memory, where a sync has nothing to do (TMPDIR chooses another)',
  };
  const warnings = [...warningsOf({ name, seconds, sample_s }, clock_s), ...(isMemory ? [inMemory] : [])];
  return {
    rows: [{ ...rowOf(PERSIST, seconds, { warnings }), unit: 'writes/CPU-s' }],
    samples: seconds.map((value, index) => ({ source: name, index, seconds: value })),
    warnings,
  };
}

const NOTHING_MORE: TaskChoice = { batches: [], knownKeys: false, rolled: false, waves: [], tally: false };
const EVERYTHING: TaskChoice = { batches: BATCH_SIZES, knownKeys: true, rolled: true, waves: WAVE_SIZES, tally: true };
const NAMED: TaskChoice = { ...EVERYTHING, batches: NAMED_BATCHES };
const NEEDED: TaskChoice = { batches: BATCH_SIZES, knownKeys: false, rolled: false, waves: [], tally: true };
/** The reference takes a millisecond a signature: large batches are left out where time is short. */
const READABLE: TaskChoice = { batches: [64], knownKeys: false, rolled: true, waves: WAVE_SIZES, tally: true };

export interface CostOptions {
  /** Only what the cost table needs, and the cheap rows beside it. */
  readonly quick: boolean;
  /** The kernels that the run uses, and that its costs are measured on. */
  readonly backend: Backend;
  readonly budget_s: number;
  /** Also what aggregate signatures take; default false. */
  readonly aggregates?: boolean;
  /** Goes before RAPL and the default. */
  readonly watts_per_core?: number;
}

/** The cost table of a run, measured on this machine within the budget, with all its raw samples. */
export async function measureCosts(options: CostOptions): Promise<{ table: CostTable; samples: readonly TimingSample[] }> {
  const started = performance.now();
  const { quick, backend, aggregates = false, watts_per_core } = options;
  const power = await corePower(watts_per_core);
  const more = aggregates ? await blsTasks() : [];
  const choices = new Map<Backend, TaskChoice>([[backend, quick ? NEEDED : EVERYTHING]]);
  if (!quick && backend === 'wasm-simd') choices.set('wasm', READABLE);
  if (backend !== 'reference') choices.set('reference', quick ? NOTHING_MORE : READABLE);
  const budget_s = options.budget_s - (performance.now() - started) / 1000;
  const report = await measureChoices(choices, { quick, budget_s, peers: [], more });
  const warnings = [...machineWarnings(measuringConditions()), ...report.warnings];
  return { table: costTable(backend, { ...report, warnings }, power), samples: report.samples };
}

export interface KernelOptions {
  readonly quick: boolean;
  readonly budget_s: number;
  /** The first is measured with all batch sizes, for the cost table. */
  readonly backends: readonly Backend[];
  /** Measured where they are installed. */
  readonly peers: readonly PeerName[];
  /** Other tasks, taken in turn with the kernels. */
  readonly more?: readonly KernelTask[];
}

/** All kernels on several backends, node:crypto and peers, interleaved: the rows of kernels.csv. */
export async function measureKernels({ quick, budget_s, backends, peers, more = [] }: KernelOptions): Promise<KernelReport> {
  const choices = new Map(
    backends.map((backend, index): [Backend, TaskChoice] => [
      backend,
      index === 0 ? EVERYTHING : backend === 'reference' && quick ? READABLE : NAMED,
    ]),
  );
  return measureChoices(choices, { quick, budget_s, peers, more });
}

/**
 * Prices of single operations on one backend, from the medians of its rows, and of those that their ledger names another backend of.
 * RangeError where a row is missing but for prices that a table may lack.
 */
export function costTable(
  backend: Backend,
  { rows, forms, warnings }: Pick<KernelReport, 'rows' | 'forms' | 'warnings'>,
  power: CorePower,
): CostTable {
  const rowFor = (kernel: string, of: string): KernelMeasurement | undefined =>
    rows.find((row) => row.kernel === kernel && row.backend === of);
  const seconds = (kernel: string, of: string = backend): number => {
    const row = rowFor(kernel, of);
    if (row === undefined) throw new RangeError(`no measurement of ${kernel} on ${of} for the cost table`);
    return 1 / row.rate_median;
  };
  return {
    version: COST_TABLE_VERSION,
    backend,
    machine: cpuModel(),
    node: process.versions.node,
    watts_per_core: power.watts_per_core,
    watts_source: power.source,
    ...(power.idle === undefined
      ? {}
      : {
          prices: { ...DEFAULT_PRICES, idle_watts_per_core: { value: power.idle.watts_per_core, source: power.idle.source, year: null } },
        }),
    seconds: {
      ...(Object.fromEntries(
        TABLE_PRICES.filter(({ kernel, of = backend, optional }) => !optional || rowFor(kernel, of) !== undefined).map(
          ({ name, kernel, of }) => [name, seconds(kernel, of)],
        ),
      ) as PricedSeconds),
      ed25519_key: seconds('ed25519-key'),
      ed25519_batch: BATCH_SIZES.map((size) => ({ size, seconds: size * seconds(batchKernel(size)) })),
    },
    kernels: rows,
    forms,
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}
