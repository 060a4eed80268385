// The main job: suite → folder, plan, costs → cells → journal → exports. Prints nothing: what happens comes out as events.
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { UserError, errorCode, readError } from '../errors.ts';
import { wasmBackend } from '../kernels/index.ts';
import type { Backend } from '../kernels/interface.ts';
import { parseCostTable, type CostTable } from '../measure/costs.ts';
import { captureEnvironment, type Environment } from '../measure/environment.ts';
import { pricesOf } from '../record/price.ts';
import type { TimingSample } from '../record/schema.ts';
import { IdSet, idNumber } from '../suite/id-set.ts';
import { loadSuite, suiteYaml } from '../suite/load.ts';
import type { Cell, Suite } from '../suite/schema.ts';
import type { CellContext, EngineChoice, FinishedCell } from './cell.ts';
import { inlineExecutor, threadExecutor, type Executor } from './executors.ts';
import { makeRunFolder, writeWhole } from './files.ts';
import { Journal, recoverJournal, type RecordState } from './journal.ts';
import { lockFolder } from './lock.ts';
import { readPlan, requireRunFolder, verifyPlan, writePlan, type PlanSize } from './plan-file.ts';

/** Kernels are measured for at most this long before a run. */
export const KERNEL_BUDGET_S = { quick: 8, full: 25 } as const;
export const DEFAULT_CELL_TIMEOUT_S = 600;
const ROUNDS = 8;

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
export type ResumeOptions = Pick<RunOptions, 'threads' | 'cell_timeout_s' | 'signal' | 'onEvent'>;

export type RunEvent =
  | { readonly kind: 'folder'; readonly dir: string }
  | { readonly kind: 'plan'; readonly size: PlanSize; readonly threads: number }
  | { readonly kind: 'torn line'; readonly bytes: number }
  | { readonly kind: 'kernels'; readonly budget_s: number }
  /** What makes the measured costs doubtful. */
  | { readonly kind: 'noise'; readonly warnings: readonly string[] }
  | { readonly kind: 'cells'; readonly total: number; readonly done: number }
  | { readonly kind: 'cell'; readonly id: string; readonly state: RecordState; readonly reason: string }
  | { readonly kind: 'retry'; readonly id: string; readonly reason: string }
  | { readonly kind: 'exports' };

export interface RunResult {
  readonly dir: string;
  /** True: the signal came; the folder can be resumed and has no exports yet. */
  readonly interrupted: boolean;
  readonly cells: number;
  /** Finished cells by state, those of earlier sessions included. */
  readonly states: Readonly<Record<RecordState, number>>;
  readonly cells_wall_s: number;
}

/** The flags of a run that its results depend on, and those it was run with; kept in environment.json for --resume. */
export interface RunSettings {
  readonly backend: Backend;
  readonly engine: EngineChoice;
  readonly quick: boolean;
  readonly threads: number;
  readonly cell_timeout_s: number;
  readonly watts_per_core: number | null;
}

/** environment.json */
export interface RunEnvironment extends Environment {
  readonly run: RunSettings;
  /** Wall-clock seconds of the cells of the last session alone: no kernels, no exports. null until it has finished. */
  readonly cells_wall_s: number | null;
}

/** Runs a suite in a new folder. */
export async function runSuite(suite: Suite, options: RunOptions = {}): Promise<RunResult> {
  const settings: RunSettings = {
    backend: options.backend ?? wasmBackend(),
    engine: options.engine ?? 'auto',
    quick: options.quick ?? false,
    threads: options.threads === 'inline' ? 1 : (options.threads ?? availableParallelism()),
    cell_timeout_s: options.cell_timeout_s ?? DEFAULT_CELL_TIMEOUT_S,
    watts_per_core: options.watts_per_core ?? null,
  };
  const dir = makeRunFolder(suite.name, options.out);
  options.onEvent?.({ kind: 'folder', dir });
  write(dir, 'suite.yaml', suiteYaml(suite));
  return execute({ dir, suite, settings, options, ...(options.costs === undefined ? {} : { costs: options.costs }) });
}

/** Goes on with a run that was interrupted or killed: its suite, seed, costs and flags come from its folder. */
export async function resumeRun(dir: string, options: ResumeOptions = {}): Promise<RunResult> {
  requireRunFolder(dir, '--resume');
  const suite = loadSuite(path.join(dir, 'suite.yaml'));
  const before = readSettings(dir);
  const settings: RunSettings = {
    ...before,
    threads: options.threads === 'inline' ? 1 : (options.threads ?? before.threads),
    cell_timeout_s: options.cell_timeout_s ?? before.cell_timeout_s,
  };
  options.onEvent?.({ kind: 'folder', dir });
  return execute({ dir, suite, settings, options });
}

/** The settings that a run's folder was made with. */
export function readSettings(dir: string): RunSettings {
  const file = path.join(dir, 'environment.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw readError('the environment of the run', file, error);
  }
  try {
    const { run } = JSON.parse(text) as RunEnvironment;
    if (typeof run.backend === 'string' && typeof run.engine === 'string') return run;
  } catch {
    // The message below says what is wrong with it.
  }
  throw new UserError(`${file}: not the environment.json of a run; accepted: the file as the run wrote it`);
}

/** The cost table in a run's folder. */
export function readCosts(file: string): CostTable {
  try {
    return parseCostTable(readFileSync(file, 'utf8'), file);
  } catch (error) {
    throw error instanceof UserError || errorCode(error) === undefined ? error : readError('cost table', file, error);
  }
}

interface Execution {
  readonly dir: string;
  readonly suite: Suite;
  readonly settings: RunSettings;
  readonly options: RunOptions | ResumeOptions;
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
  const { dir, settings, options } = execution;
  const environment: RunEnvironment = { ...captureEnvironment(), run: settings, cells_wall_s: null };
  write(dir, 'environment.json', json(environment));

  const states: Record<RecordState, number> = { done: 0, stalled: 0, timeout: 0, failed: 0 };
  const { size, finished } = readyPlan(execution, states);
  options.onEvent?.({ kind: 'plan', size, threads: settings.threads });

  const result = { dir, cells: size.cells, states };
  const costs = await readyCosts(execution);
  if (costs === null) return { ...result, interrupted: true, cells_wall_s: 0 };

  options.onEvent?.({ kind: 'cells', total: size.cells, done: finished.size });
  const started = performance.now();
  if (finished.size < size.cells) await runCells({ execution, costs, size, finished, states });
  const cells_wall_s = (performance.now() - started) / 1000;
  if (options.signal?.aborted === true) return { ...result, interrupted: true, cells_wall_s };

  write(dir, 'environment.json', json({ ...environment, cells_wall_s }));
  options.onEvent?.({ kind: 'exports' });
  // Loaded now: the report brings the plot library, which no worker and no failed start should wait for.
  const { exportRun } = await import('../export/export.ts');
  await exportRun(dir);
  return { ...result, interrupted: false, cells_wall_s };
}

/** The plan on the disk, and which of its cells the journal holds already. */
function readyPlan({ dir, suite, options }: Execution, states: Record<RecordState, number>): { size: PlanSize; finished: IdSet } {
  const planFile = path.join(dir, 'plan.json');
  const journalFile = path.join(dir, 'records.ndjson');
  const finished = new IdSet();
  const lines = new IdSet();
  const { torn_bytes } = recoverJournal(journalFile, (record, line) => {
    const id = idNumber(record.cell);
    if (id < 0 || !lines.add(id, line)) {
      const what =
        id < 0 ? `${record.cell} is no cell id` : `cell ${record.cell} stands here for the second time (first: line ${lines.get(id)})`;
      throw new UserError(`${journalFile}:${line}: ${what}; accepted: one line for each finished cell of the plan`);
    }
    finished.add(id, record.seed);
    states[record.state] += 1;
  });
  if (torn_bytes > 0) options.onEvent?.({ kind: 'torn line', bytes: torn_bytes });
  if (!existsSync(planFile)) {
    if (finished.size > 0)
      throw new UserError(`${planFile}: no such file, but records.ndjson has ${finished.size} records; accepted: the folder of a run`);
    return { size: writePlan(planFile, suite), finished };
  }
  const known = new IdSet();
  const size = verifyPlan(planFile, suite, (cell) => {
    if (finished.get(idNumber(cell.id)) === cell.seed) known.add(idNumber(cell.id));
  });
  if (known.size < finished.size) {
    const stranger = finished.firstNotIn(known)!;
    throw new UserError(
      `${journalFile}:${lines.get(stranger)}: the cell of this record is not in plan.json (or has another seed there): the journal belongs to another plan; ` +
        `accepted: the records.ndjson of this run`,
    );
  }
  return { size, finished };
}

/** The cost table on the disk before the first cell; null: interrupted while measuring. */
async function readyCosts({ dir, suite, settings, options, costs }: Execution): Promise<CostTable | null> {
  const file = path.join(dir, 'costs.json');
  if (existsSync(file)) return readCosts(file);
  let table = costs;
  let samples: readonly TimingSample[] = [];
  if (table === undefined) {
    const budget_s = settings.quick ? KERNEL_BUDGET_S.quick : KERNEL_BUDGET_S.full;
    options.onEvent?.({ kind: 'kernels', budget_s });
    const measured = await unlessAborted(
      measureTable({ quick: settings.quick, backend: settings.backend, budget_s, watts_per_core: settings.watts_per_core }),
      options.signal,
    );
    if (measured === null) return null;
    ({ table, samples } = measured);
    if (measured.warnings.length > 0) options.onEvent?.({ kind: 'noise', warnings: measured.warnings });
  } else if (settings.watts_per_core !== null) {
    table = { ...table, watts_per_core: settings.watts_per_core, watts_source: '--watts-per-core' };
  }
  if (suite.prices !== undefined) table = { ...table, prices: pricesOf(suite.prices) };
  write(dir, 'samples.ndjson', samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
  write(dir, 'costs.json', json(table));
  return table;
}

/** Measures a cost table on this machine. */
export async function measureTable(how: {
  quick: boolean;
  backend: Backend;
  budget_s: number;
  watts_per_core: number | null;
}): Promise<{ table: CostTable; samples: readonly TimingSample[]; warnings: readonly string[] }> {
  const { measureCosts } = await import('../measure/kernels.ts');
  const { watts_per_core, ...rest } = how;
  return measureCosts({ ...rest, ...(watts_per_core === null ? {} : { watts_per_core }) });
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
  readonly states: Record<RecordState, number>;
}

async function runCells({ execution, costs, size, finished, states }: Running): Promise<void> {
  const { dir, settings, options } = execution;
  const context: CellContext = { costs, backend: settings.backend, engine: settings.engine };
  const left = size.cells - finished.size;
  const executor =
    options.threads === 'inline'
      ? inlineExecutor(context)
      : threadExecutor(context, {
          threads: Math.min(settings.threads, left),
          cell_timeout_s: settings.cell_timeout_s,
          onRetry: (cell, reason) => options.onEvent?.({ kind: 'retry', id: cell.id, reason }),
        });
  const journal = new Journal(path.join(dir, 'records.ndjson'), { folder: dir });
  const onFinished = async (cell: FinishedCell): Promise<void> => {
    await journal.append(cell.line);
    states[cell.state] += 1;
    options.onEvent?.({ kind: 'cell', id: cell.id, state: cell.state, reason: cell.reason });
  };
  const planFile = path.join(dir, 'plan.json');
  // Every eighth cell, eight times over: each round crosses the whole grid, so that the time left is known early and what an
  // interrupted run has finished is spread over it. (Plan order would keep the largest cells for the end.)
  function* todo(crypto: Cell['crypto']): Generator<Cell> {
    for (let round = 0; round < ROUNDS; round++) {
      for (const cell of readPlan(planFile, { every: ROUNDS, from: round })) {
        if (cell.crypto === crypto && finished.get(idNumber(cell.id)) === undefined) yield cell;
      }
    }
  }
  const { signal } = options;
  try {
    await dispatch(todo('modelled'), { executor, width: executor.width, onFinished, signal });
    // Timed cells come last and alone: beside others they would share caches, memory bandwidth and the clock of the package.
    if (size.perCrypto.measured > 0) await dispatch(todo('measured'), { executor, width: 1, onFinished, signal });
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
  writeWhole(path.join(dir, name), [text], 'Free some space or choose another folder with --out.');
}
