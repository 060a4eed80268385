// The main job: suite → folder, plan, costs → cells → journal → exports. Prints nothing: what happens comes out as events.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { UserError } from '../errors.ts';
import { wasmBackend } from '../kernels/backend.ts';
import type { ExportedRun } from '../export/export.ts';
import type { Backend } from '../model/kernels.ts';
import type { CostTable, CostWarning } from '../measure/costs.ts';
import { noiseOfKernels } from '../measure/doctor.ts';
import { pricesOf } from '../model/prices.ts';
import type { RecordState, TimingSample } from '../model/record.ts';
import { IdSet, idNumber } from '../suite/id-set.ts';
import { loadSuite, suiteYaml } from '../suite/load.ts';
import type { Cell, CryptoMode } from '../model/cell.ts';
import { needingWorkload } from '../suite/plan.ts';
import type { Suite } from '../suite/types.ts';
import { NOTHING_NEEDED, withNeedsOf, type Needing } from '../workloads.ts';
import type { CellContext, EngineChoice, FinishedCell } from './cell.ts';
import { measureTable, readCosts, requirePrices } from './costs.ts';
import { readEnvironment, withEnd, withNoise, withStart, type RunEnvironment, type RunSettings } from './environment.ts';
import { inlineExecutor, threadExecutor, type Executor } from './executors.ts';
import { OTHER_FOLDER, makeRunFolder, writeWhole } from '../folder/files.ts';
import { Journal, recoverJournal } from './journal.ts';
import { lockFolder } from './lock.ts';
import { readPlan, requireRunFolder, verifyPlan, writePlan, type PlanSize } from '../folder/plan-file.ts';
import { DEFAULT_CELL_TIMEOUT_S, KERNEL_BUDGET_S, RETRY_STATES, type RetryState } from './settings.ts';

const ROUNDS = 8;
/** Up to so many cells the plot library loads while they run: it takes as long as a small run. In a large one its heap would be in the way. */
const SMALL_RUN_CELLS = 1000;

export interface RunOptions {
  /** Where to write; must not exist. Default: results/<name>, -2, -3 … */
  readonly out?: string;
  /** Worker threads (default: all usable cores), or 'inline': in this thread, without the wall-clock net. */
  readonly threads?: number | 'inline';
  readonly backend?: Backend;
  readonly engine?: EngineChoice;
  /** A cost table; absent: measured on this machine first. */
  readonly costs?: CostTable;
  /** Shorter kernel measurements. */
  readonly quick?: boolean;
  readonly watts_per_core?: number;
  /** Wall-clock net of a cell. */
  readonly cell_timeout_s?: number;
  /** Ends the run; what is finished is kept. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/** What a resumed run may be given anew: nothing that its results depend on. */
export interface ResumeOptions extends Pick<RunOptions, 'threads' | 'cell_timeout_s' | 'signal' | 'onEvent'> {
  /** Cells of these states run again; the journal keeps both lines, and the later one counts. */
  readonly retry?: readonly RetryState[];
}

export type RunEvent =
  | { readonly kind: 'folder'; readonly dir: string }
  | { readonly kind: 'plan'; readonly size: PlanSize; readonly threads: number }
  | { readonly kind: 'torn line'; readonly bytes: number }
  | { readonly kind: 'kernels'; readonly budget_s: number }
  /** Every cell has its record, and nothing was asked again: the folder is left as it is. */
  | { readonly kind: 'finished'; readonly taken_at: string }
  /** What makes the measured costs doubtful. */
  | { readonly kind: 'noise'; readonly warnings: readonly CostWarning[] }
  | { readonly kind: 'cells'; readonly total: number; readonly done: number; readonly left: Readonly<Record<CryptoMode, number>> }
  | { readonly kind: 'cell'; readonly id: string; readonly crypto: CryptoMode; readonly state: RecordState; readonly reason: string }
  | { readonly kind: 'retry'; readonly id: string; readonly reason: string }
  | { readonly kind: 'exports' }
  /** They are written, from this. */
  | ({ readonly kind: 'exported' } & ExportedRun);

export interface RunResult {
  readonly dir: string;
  /** True: the signal came; the folder can be resumed and has no exports yet. */
  readonly interrupted: boolean;
  readonly cells: number;
  /** Finished cells by state, those of earlier sessions included. */
  readonly states: Readonly<Record<RecordState, number>>;
  readonly cells_wall_s: number;
}

/**
 * Runs a suite in a new folder.
 * @throws UserError before anything is written, where the cost table that was given cannot price a cell
 */
export async function runSuite(suite: Suite, options: RunOptions = {}): Promise<RunResult> {
  const settings: RunSettings = {
    backend: options.backend ?? wasmBackend(),
    engine: options.engine ?? 'auto',
    quick: options.quick ?? false,
    threads: options.threads === 'inline' ? 1 : (options.threads ?? availableParallelism()),
    cell_timeout_s: options.cell_timeout_s ?? DEFAULT_CELL_TIMEOUT_S,
    watts_per_core: options.watts_per_core ?? null,
  };
  if (options.costs !== undefined) requirePrices(options.costs, 'costs', (need) => needingWorkload(suite, need));
  const dir = makeRunFolder(suite.name, options.out);
  options.onEvent?.({ kind: 'folder', dir });
  write(dir, 'suite.yaml', suiteYaml(suite));
  return execute({
    dir,
    suite,
    settings,
    options,
    resumed: false,
    retry: [],
    ...(options.costs === undefined ? {} : { costs: options.costs }),
  });
}

/**
 * Goes on with a run that was interrupted or killed: its suite, seed, costs and flags come from its folder. A finished run is left
 * as it is, unless cells of its are asked to be tried again.
 */
export async function resumeRun(dir: string, options: ResumeOptions = {}): Promise<RunResult> {
  requireRunFolder(dir, '--resume');
  const suite = loadSuite(path.join(dir, 'suite.yaml'));
  const { run, starts } = readEnvironment(dir);
  const last = starts.at(-1) ?? run;
  const settings: RunSettings = {
    ...run,
    threads: options.threads === 'inline' ? 1 : (options.threads ?? last.threads),
    cell_timeout_s: options.cell_timeout_s ?? last.cell_timeout_s,
  };
  options.onEvent?.({ kind: 'folder', dir });
  return execute({ dir, suite, settings, options, resumed: true, retry: options.retry ?? [] });
}

interface Execution {
  readonly dir: string;
  readonly suite: Suite;
  readonly settings: RunSettings;
  readonly options: RunOptions | ResumeOptions;
  readonly resumed: boolean;
  readonly retry: readonly RetryState[];
  readonly costs?: CostTable;
}

async function execute(execution: Execution): Promise<RunResult> {
  const unlock = await lockFolder(execution.dir);
  try {
    return await executeLocked(execution);
  } finally {
    unlock();
  }
}

async function executeLocked(execution: Execution): Promise<RunResult> {
  const { dir, settings, options, resumed } = execution;
  let environment: RunEnvironment;
  const keep = (changed: RunEnvironment): void => {
    environment = changed;
    write(dir, 'environment.json', json(changed));
  };
  const before = resumed ? readEnvironment(dir) : null;
  if (before === null) {
    // A table that was given is kept first: whatever stops the run from here on, it resumes with that one.
    if (execution.costs !== undefined) writeCosts(execution, { table: execution.costs, samples: [] });
    keep(withStart(null, settings));
  }

  const states: Record<RecordState, number> = { done: 0, stalled: 0, timeout: 0, failed: 0 };
  const { size, finished, again, perCrypto, needing } = readyPlan(execution, states);
  const result = { dir, cells: size.cells, states };
  const left = size.cells - finished.size + again.size;
  if (before !== null) {
    const last = before.starts.at(-1);
    if (left === 0 && last?.ended === 'finished' && existsSync(path.join(dir, 'report.html'))) {
      options.onEvent?.({ kind: 'finished', taken_at: last.taken_at });
      return { ...result, interrupted: false, cells_wall_s: before.cells_wall_s ?? 0 };
    }
    const costsFile = path.join(dir, 'costs.json');
    if (existsSync(costsFile)) requirePrices(readCosts(costsFile), costsFile, (need) => needing[need]);
    keep(withStart(before, settings));
  }
  options.onEvent?.({ kind: 'plan', size, threads: settings.threads });

  const costs = await readyCosts(execution, size, ({ warnings = [], kernels }, measured) =>
    keep({ ...(measured ? withNoise(environment, noiseOfKernels(kernels)) : environment), warnings }),
  );
  if (costs === null) {
    keep(withEnd(environment!, { cells_wall_s: 0, ended: 'interrupted' }));
    return { ...result, interrupted: true, cells_wall_s: 0 };
  }

  options.onEvent?.({ kind: 'cells', total: size.cells, done: size.cells - left, left: perCrypto });
  const started = performance.now();
  if (left > 0) {
    const cells = runCells({ execution, costs, size, finished, again, states });
    if (left <= SMALL_RUN_CELLS && options.threads !== 'inline') Promise.all([loadExports(), loadReport()]).catch(() => {}); // Seen where they are used.
    await cells;
  }
  const cells_wall_s = (performance.now() - started) / 1000;
  if (options.signal?.aborted === true) {
    keep(withEnd(environment!, { cells_wall_s, ended: 'interrupted' }));
    return { ...result, interrupted: true, cells_wall_s };
  }

  keep(withEnd(environment!, { cells_wall_s, ended: null }));
  options.onEvent?.({ kind: 'exports' });
  const { exportRun } = await loadExports();
  const exported = await exportRun(dir);
  keep(withEnd(environment!, { cells_wall_s, ended: 'finished' }));
  options.onEvent?.({ kind: 'exported', ...exported });
  return { ...result, interrupted: false, cells_wall_s };
}

// Loaded late: the report and the exports bring modules that no worker and no failed start should wait for.
const loadExports = (): Promise<typeof import('../export/export.ts')> => import('../export/export.ts');
const loadReport = (): Promise<unknown> => import('../report/html.ts');

interface ReadyPlan {
  readonly size: PlanSize;
  /** Cells with a line in the journal, each with its seed. */
  readonly finished: IdSet;
  /** Of those, the cells that run once more, each with its state so far. */
  readonly again: ReadonlyMap<number, RetryState>;
  /** Cells that will run. */
  readonly perCrypto: Readonly<Record<CryptoMode, number>>;
  /** Of those, in a plan that was there before. */
  readonly needing: Needing;
}

const isRetryState = (state: RecordState): state is RetryState => (RETRY_STATES as readonly RecordState[]).includes(state);

/** The plan on the disk, and which of its cells the journal holds already. */
function readyPlan({ dir, suite, options, retry }: Execution, states: Record<RecordState, number>): ReadyPlan {
  const planFile = path.join(dir, 'plan.json');
  const journalFile = path.join(dir, 'records.ndjson');
  const finished = new IdSet();
  const lines = new IdSet();
  /** Cells without a result: they alone may come again. */
  const broken = new Map<number, RetryState>();
  const { torn_bytes } = recoverJournal(journalFile, (record, line) => {
    const id = idNumber(record.cell);
    const first = id >= 0 && lines.add(id, line);
    const earlier = broken.get(id);
    if (!first && earlier === undefined) {
      const what =
        id < 0 ? `${record.cell} is no cell id` : `cell ${record.cell} stands here for the second time (first: line ${lines.get(id)})`;
      throw new UserError(
        `${journalFile}:${line}: ${what}; accepted: one line for each finished cell of the plan, and more for one that failed or timed out before`,
      );
    }
    if (earlier !== undefined) states[earlier] -= 1;
    states[record.state] += 1;
    if (isRetryState(record.state)) broken.set(id, record.state);
    else broken.delete(id);
    finished.add(id, record.seed);
  });
  const again = new Map([...broken].filter(([, state]) => retry.includes(state)));
  if (torn_bytes > 0) options.onEvent?.({ kind: 'torn line', bytes: torn_bytes });
  if (!existsSync(planFile)) {
    if (finished.size > 0)
      throw new UserError(`${planFile}: no such file, but records.ndjson has ${finished.size} records; accepted: the folder of a run`);
    const size = writePlan(planFile, suite);
    return { size, finished, again, perCrypto: size.perCrypto, needing: NOTHING_NEEDED };
  }
  const known = new IdSet();
  const perCrypto: Record<CryptoMode, number> = { modelled: 0, measured: 0 };
  let needing = NOTHING_NEEDED;
  const size = verifyPlan(planFile, suite, (cell) => {
    const id = idNumber(cell.id);
    const seed = finished.get(id);
    if (seed === cell.seed) known.add(id);
    if (seed !== undefined && !again.has(id)) return;
    perCrypto[cell.crypto] += 1;
    needing = withNeedsOf(cell, needing);
  });
  if (known.size < finished.size) {
    const stranger = finished.firstNotIn(known)!;
    throw new UserError(
      `${journalFile}:${lines.get(stranger)}: the cell of this record is not in plan.json (or has another seed there): the journal belongs to another plan; ` +
        `accepted: the records.ndjson of this run`,
    );
  }
  return { size, finished, again, perCrypto, needing };
}

/** The cost table on the disk before the first cell; null: interrupted while measuring. */
async function readyCosts(
  execution: Execution,
  { needing }: PlanSize,
  onTable: (table: CostTable, measured: boolean) => void,
): Promise<CostTable | null> {
  const { dir, settings, options } = execution;
  const file = path.join(dir, 'costs.json');
  const isNew = !existsSync(file);
  if (isNew) {
    const budget_s = settings.quick ? KERNEL_BUDGET_S.quick : KERNEL_BUDGET_S.full;
    options.onEvent?.({ kind: 'kernels', budget_s });
    const measured = await unlessAborted(
      measureTable({
        quick: settings.quick,
        backend: settings.backend,
        budget_s,
        aggregates: needing.aggregates !== null,
        watts_per_core: settings.watts_per_core,
      }),
      options.signal,
    );
    if (measured === null) return null;
    // Not kept: when the reason is mended, --resume measures again.
    requirePrices(measured.table, 'the costs measured now', (need) => needing[need]);
    writeCosts(execution, measured);
  }
  const table = readCosts(file);
  const { warnings = [] } = table;
  if (isNew || warnings.length > 0) onTable(table, isNew);
  if (warnings.length > 0) {
    options.onEvent?.({ kind: 'noise', warnings });
  }
  return table;
}

/** Writes costs.json, in the suite's prices and with the watts that were asked for, and the raw samples behind it. */
function writeCosts({ dir, suite, settings }: Execution, { table, samples }: { table: CostTable; samples: readonly TimingSample[] }): void {
  const watts =
    settings.watts_per_core === null ? {} : { watts_per_core: settings.watts_per_core, watts_source: 'given by --watts-per-core' };
  const prices = pricesOf(suite.prices ?? {}, table.prices);
  write(dir, 'samples.ndjson', samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
  write(dir, 'costs.json', json({ ...table, ...watts, prices }));
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return promise;
  let stop!: () => void;
  const aborted = new Promise<null>((resolve) => {
    stop = () => resolve(null);
  });
  signal.addEventListener('abort', stop);
  try {
    return signal.aborted ? null : await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface Running {
  readonly execution: Execution;
  readonly costs: CostTable;
  readonly size: PlanSize;
  readonly finished: IdSet;
  readonly again: ReadonlyMap<number, RetryState>;
  readonly states: Record<RecordState, number>;
}

async function runCells({ execution, costs, size, finished, again, states }: Running): Promise<void> {
  const { dir, settings, options } = execution;
  const context: CellContext = { costs, backend: settings.backend, engine: settings.engine };
  const left = size.cells - finished.size + again.size;
  const executor =
    options.threads === 'inline'
      ? inlineExecutor(context)
      : threadExecutor(context, {
          threads: Math.min(settings.threads, left),
          cell_timeout_s: settings.cell_timeout_s,
          onRetry: (cell, reason) => options.onEvent?.({ kind: 'retry', id: cell.id, reason }),
        });
  const journal = new Journal(path.join(dir, 'records.ndjson'), { folder: dir });
  const keep =
    (crypto: CryptoMode) =>
    async (cell: FinishedCell): Promise<void> => {
      await journal.append(cell.line);
      const earlier = again.get(idNumber(cell.id));
      if (earlier !== undefined) states[earlier] -= 1;
      states[cell.state] += 1;
      options.onEvent?.({ kind: 'cell', id: cell.id, crypto, state: cell.state, reason: cell.reason });
    };
  const planFile = path.join(dir, 'plan.json');
  // Every eighth cell, eight times over: each round crosses the whole grid, so that the time left is known early and what an
  // interrupted run has finished is spread over it. (Plan order would keep the largest cells for the end.)
  function* todo(crypto: Cell['crypto']): Generator<Cell> {
    for (let round = 0; round < ROUNDS; round++) {
      for (const cell of readPlan(planFile, { every: ROUNDS, from: round })) {
        const id = idNumber(cell.id);
        if (cell.crypto === crypto && (finished.get(id) === undefined || again.has(id))) yield cell;
      }
    }
  }
  const { signal } = options;
  try {
    await dispatch(todo('modelled'), { executor, width: executor.width, onFinished: keep('modelled'), signal });
    // Timed cells come last and alone: beside others they would share caches, memory bandwidth and the clock of the package.
    if (size.perCrypto.measured > 0) await dispatch(todo('measured'), { executor, width: 1, onFinished: keep('measured'), signal });
  } finally {
    await executor.close();
    await journal.close();
  }
}

interface Dispatch {
  readonly executor: Executor;
  readonly width: number;
  /** Resolves when the result is on the disk. */
  readonly onFinished: (cell: FinishedCell) => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/** Runs cells `width` at a time. Returns early, leaving the cells that run, when the signal comes or a result cannot be kept. */
async function dispatch(cells: Generator<Cell>, { executor, width, onFinished, signal }: Dispatch): Promise<void> {
  let over = false;
  const next = (): Promise<FinishedCell> | null => {
    if (over || signal?.aborted === true) return null;
    const cell = cells.next();
    if (cell.done === true) return null;
    const running = executor.run(cell.value);
    running.catch(() => {}); // Seen where it is awaited; a lane that ended early leaves it behind.
    return running;
  };
  const lane = async (): Promise<void> => {
    let running = next();
    while (running !== null) {
      const result = await running;
      if (over || signal?.aborted === true) return;
      // The worker gets its next cell first, so that it works while this result goes to the disk; its answer is not awaited before.
      running = next();
      await onFinished(result);
    }
  };
  const aborted = new Promise<void>((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([Promise.all(Array.from({ length: width }, lane)), aborted]);
  } finally {
    over = true;
    cells.return(undefined);
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function write(dir: string, name: string, text: string): void {
  writeWhole(path.join(dir, name), [text], OTHER_FOLDER);
}
