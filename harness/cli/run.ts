// consensus-bench run [suite.yaml]: flags → suite, run, progress, summary. Also --dry-run, --cell and --trace.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { EXIT, UserError } from '../errors.ts';
import { loadKernels, wasmBackend } from '../kernels/backend.ts';
import type { Backend } from '../model/kernels.ts';
import { warningText } from '../measure/costs.ts';
import { executeCell, type EngineChoice } from '../run/cell.ts';
import { readEnvironment } from '../run/environment.ts';
import type { Range } from '../run/estimate.ts';
import { findCell, readPlan, requireRunFolder } from '../folder/plan-file.ts';
import { Progress, duration } from '../run/progress.ts';
import {
  KERNEL_BUDGET_S,
  DEFAULT_CELL_TIMEOUT_S,
  RETRY_STATES,
  measureTable,
  readCosts,
  resumeRun,
  runSuite,
  type RetryState,
  type RunEvent,
  type RunResult,
} from '../run/run.ts';
import type { JournalLine } from '../model/record.ts';
import { simulateCell } from '../simulate/core/simulate.ts';
import type { TraceLine } from '../model/outcome.ts';
import { SUITES_FOLDER, loadSuite, suiteOf, type SuiteOverrides } from '../suite/load.ts';
import { planCells } from '../suite/plan.ts';
import type { Cell, CryptoMode } from '../model/cell.ts';
import type { Suite } from '../suite/types.ts';
import { workloads } from '../workloads.ts';
import { terminalStyle } from '../run/terminal-style.ts';
import { plural } from '../words.ts';
import { integerFlag, listFlag, nodesFlag, numberFlag } from './flags.ts';

interface RunFlags {
  readonly quick?: boolean;
  readonly out?: string;
  readonly resume?: string;
  readonly retry?: readonly RetryState[];
  readonly threads?: number;
  readonly seed?: number;
  readonly crypto?: CryptoMode;
  readonly costs?: string;
  readonly backend?: 'wasm' | 'reference';
  readonly engine?: EngineChoice;
  readonly workload?: readonly string[];
  readonly nodes?: readonly number[];
  readonly wattsPerCore?: number;
  readonly cellTimeout?: number;
  readonly dryRun?: boolean;
  readonly cell?: string;
  readonly trace?: boolean;
  readonly json?: boolean;
}

/** What --quick leaves of a suite that is given. */
const QUICK = { replicates: 2, decisions: 20 } as const;
/** Node counts of a workload that is run without a suite. */
const AD_HOC_NODES = [4, 7, 10, 16] as const;
const ESTIMATE_BUDGET_S = 5;

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .argument('[suite]', 'a suite file (YAML or JSON); without one: PoW vs PoS vs PBFT over node counts and fault ratios')
    .description('run a suite: measure the kernels, run every cell, write records, summary and report')
    .option(
      '--quick',
      `without a suite: a small one; with one: at most ${QUICK.replicates} replicates and ${QUICK.decisions} decisions, kernels in ${KERNEL_BUDGET_S.quick} s`,
    )
    .option('--out <dir>', 'the folder to write; must not exist (default: results/NAME, NAME-2, …)')
    .option('--resume <dir>', 'go on with the run in this folder: suite, seed, costs and flags come from it')
    .option('--retry <states>', `with --resume: run cells of these states again (${RETRY_STATES.join(',')})`, listFlag(RETRY_STATES))
    .option('--threads <n>', `worker threads (default: all usable cores, here ${availableParallelism()})`, integerFlag(1, 1024))
    .option('--seed <n>', 'replaces the seed of the suite', integerFlag(0, Number.MAX_SAFE_INTEGER))
    .addOption(new Option('--crypto <mode>', 'replaces the crypto mode of the suite').choices(['modelled', 'measured']))
    .option('--costs <file>', 'a cost table (costs.json of a run, or of kernels --cost-table) instead of measuring')
    .addOption(new Option('--backend <name>', 'the kernels to use (default: wasm)').choices(['wasm', 'reference']))
    .addOption(new Option('--engine <name>', 'the simulation engine (default: auto)').choices(['auto', 'messages', 'waves', 'chain']))
    .option('--workload <id...>', 'only these workloads; without a suite: a suite of them with default settings')
    .option('--nodes <n...>', 'replaces the numbers of nodes of the suite; 4..64 and 4..64:x2 are ranges', nodesFlag)
    .option('--watts-per-core <w>', 'watts of a busy core, instead of RAPL or the default', numberFlag(0.001, 10_000, 'watts'))
    .option('--cell-timeout <s>', `wall-clock net of a cell (default: ${DEFAULT_CELL_TIMEOUT_S})`, numberFlag(0.01, 1e6, 'seconds'))
    .option('--dry-run', 'print the number of cells and the estimated time, and run nothing')
    .option('--cell <id>', 'replay one cell of the suite (or of --resume DIR) and print its record')
    .option('--trace', 'run one cell and print its message sequence')
    .option('--json', 'print the result as JSON')
    .action(run);
}

async function run(file: string | undefined, flags: RunFlags): Promise<void> {
  if (flags.retry !== undefined && flags.resume === undefined)
    throw new UserError(
      `--retry: received ${flags.retry.join(',')} without --resume; accepted: --resume DIR --retry ${flags.retry.join(',')}`,
    );
  if (flags.dryRun === true) return dryRun(file, flags);
  if (flags.cell !== undefined || flags.trace === true) return replay(file, flags);
  if (flags.resume !== undefined) checkResume(file, flags);

  const { style, width } = terminalStyle(process.stderr, process.env);
  const progress = new Progress({ style, width, write: (text) => process.stderr.write(text) });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const ticking = setInterval(() => progress.tick(), 1000).unref();
  let dir = '';
  let broken = 0;
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'folder') dir = event.dir;
    else if (event.kind === 'cell' && (event.state === 'timeout' || event.state === 'failed')) broken += 1;
    report(event, { progress, dir, broken });
  };
  const common = {
    signal: stop.signal,
    onEvent,
    ...optional('threads', flags.threads),
    ...optional('cell_timeout_s', flags.cellTimeout),
  };
  let result: RunResult;
  try {
    result =
      flags.resume !== undefined
        ? await resumeRun(flags.resume, { ...common, ...optional('retry', flags.retry) })
        : await runSuite(suiteFor(file, flags), {
            ...common,
            backend: backendOf(flags),
            engine: flags.engine ?? 'auto',
            quick: flags.quick ?? false,
            ...optional('out', flags.out),
            ...optional('watts_per_core', flags.wattsPerCore),
            ...optional('costs', flags.costs === undefined ? undefined : readCosts(flags.costs)),
          });
  } finally {
    clearInterval(ticking);
    progress.end();
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
  if (result.interrupted) {
    const { done, stalled, timeout, failed } = result.states;
    process.stderr.write(
      `interrupted: ${done + stalled + timeout + failed} of ${plural(result.cells, 'cell')} ${result.cells === 1 ? 'is' : 'are'} kept; go on with: npx consensus-bench run --resume ${result.dir}\n`,
    );
    // The kernel measurement has no switch: it would go on for seconds.
    process.exit(EXIT.interrupted);
  }
  await printResult(result, flags.json === true);
  if (result.states.timeout + result.states.failed > 0) process.exitCode = EXIT.failed;
}

const MOST_BROKEN_SHOWN = 10;

function report(event: RunEvent, { progress, dir, broken }: { progress: Progress; dir: string; broken: number }): void {
  const seconds = (value: number): string => `${value} s`;
  switch (event.kind) {
    case 'folder':
      return;
    case 'plan': {
      const { cells } = event.size;
      return progress.say(`${plural(cells, 'cell')} on ${plural(event.threads, 'thread')}, into ${dir}`);
    }
    case 'torn line':
      return progress.say(`the last line of ${dir}/records.ndjson was torn (${event.bytes} bytes): cut off, its cell runs again`);
    case 'kernels':
      return progress.say(`measuring the kernels on this machine (at most ${seconds(event.budget_s)})`);
    case 'finished':
      return progress.say(
        `${dir} is finished (its last start was at ${event.taken_at}) and is left as it is; to write its exports again: npx consensus-bench report ${dir}`,
      );
    case 'noise': {
      // The first says the most: other load comes before single kernels.
      const [first, ...others] = event.warnings;
      return progress.say(
        `the measured costs are doubtful: ${warningText(first)}${others.length > 0 ? ` (and ${others.length} more like it)` : ''}`,
      );
    }
    case 'cells':
      return progress.start(event.total, event.done, event.left);
    case 'retry':
      return progress.say(`the worker of cell ${event.id} died (${event.reason}); the cell is tried once again`);
    case 'cell':
      if (event.state === 'timeout' || event.state === 'failed') {
        if (broken <= MOST_BROKEN_SHOWN)
          progress.say(`cell ${event.id} ${event.state}: ${event.reason}; replay: ${replayCommand(dir, event.id)}`);
        else if (broken === MOST_BROKEN_SHOWN + 1) progress.say('more cells timed out or failed: see state_reason in records.csv');
      }
      return progress.step(event.crypto);
    case 'exports':
      progress.end();
      return;
  }
}

function replayCommand(dir: string, id: string): string {
  return `npx consensus-bench run ${path.join(dir, 'suite.yaml')} --cell ${id}`;
}

async function printResult(result: RunResult, json: boolean): Promise<void> {
  const reportFile = path.join(result.dir, 'report.html');
  if (json) {
    const { dir, cells, states, cells_wall_s } = result;
    process.stdout.write(`${JSON.stringify({ dir, cells, states, cells_wall_s, report: reportFile })}\n`);
    return;
  }
  const { terminalSummary } = await import('../export/export.ts');
  const text = await terminalSummary(result.dir, terminalStyle(process.stdout, process.env));
  process.stdout.write(`${text.trimEnd()}\n`);
  const { done, stalled, timeout, failed } = result.states;
  const counts = [
    `${done} done`,
    `${stalled} stalled`,
    ...(timeout > 0 ? [`${timeout} timed out`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  process.stdout.write(`\n${plural(result.cells, 'cell')}: ${counts.join(', ')}\nreport: ${reportFile}\n`);
}

/** The suite that a command line means. */
function suiteFor(file: string | undefined, flags: RunFlags, more: SuiteOverrides = {}): Suite {
  const given = file !== undefined || flags.workload !== undefined;
  const overrides: SuiteOverrides = {
    ...optional('seed', flags.seed),
    ...optional('crypto', flags.crypto === undefined ? undefined : [flags.crypto]),
    ...optional('nodes', flags.nodes),
    ...optional('engine', flags.engine === undefined || flags.engine === 'auto' ? undefined : flags.engine),
    ...(flags.quick === true && given ? { replicatesAtMost: QUICK.replicates, decisionsAtMost: QUICK.decisions } : {}),
    ...more,
  };
  if (file !== undefined) return loadSuite(file, { ...overrides, ...optional('workloads', flags.workload) });
  if (flags.workload === undefined)
    return loadSuite(path.join(SUITES_FOLDER, flags.quick === true ? 'quick.yaml' : 'default.yaml'), overrides);
  const ids = [...new Set(flags.workload)];
  const data = {
    name: ids.join('-'),
    sweep: { nodes: AD_HOC_NODES },
    workloads: Object.fromEntries(ids.map((id) => [id, {}])),
  };
  return suiteOf(data, { name: '--workload', overrides });
}

function backendOf(flags: RunFlags): Backend {
  return flags.backend === 'reference' ? 'reference' : wasmBackend();
}

/** Flags beside --resume must not contradict the folder; threads and the wall-clock net may be chosen anew. */
function checkResume(file: string | undefined, flags: RunFlags): void {
  const dir = flags.resume!;
  requireRunFolder(dir, '--resume');
  const fixed: readonly (readonly [string, string | readonly (string | number)[] | undefined])[] = [
    ['a suite file', file],
    ['--out', flags.out],
    ['--workload', flags.workload],
    ['--nodes', flags.nodes],
    ['--crypto', flags.crypto],
    ['--costs', flags.costs],
  ];
  for (const [name, value] of fixed) {
    if (value === undefined) continue;
    throw new UserError(
      `--resume ${dir}: received ${name} ${value.toString()} beside it; accepted: neither, since ${dir} says what is run`,
    );
  }
  const { run: settings } = readEnvironment(dir);
  const suite = loadSuite(path.join(dir, 'suite.yaml'));
  type Value = string | number | boolean | null;
  const compared: readonly (readonly [string, Value | undefined, Value])[] = [
    ['--seed', flags.seed, suite.seed],
    ['--backend', flags.backend && backendOf(flags), settings.backend],
    ['--engine', flags.engine, settings.engine],
    ['--quick', flags.quick, settings.quick],
    ['--watts-per-core', flags.wattsPerCore, settings.watts_per_core],
  ];
  for (const [name, received, stored] of compared) {
    if (received === undefined || received === stored) continue;
    throw new UserError(
      `${name}: received ${String(received)}, which contradicts --resume ${dir}; accepted: ${String(stored ?? 'none')}, as that run began, or no ${name}`,
    );
  }
}

/** Cells of a run's folder that have a record; none where it has no plan yet. */
async function finishedCells(dir: string): Promise<number> {
  if (!existsSync(path.join(dir, 'plan.json')) || !existsSync(path.join(dir, 'records.ndjson'))) return 0;
  const { cellsOf } = await import('../folder/read.ts');
  let finished = 0;
  for (const { line } of cellsOf({ dir })) if (line !== null) finished += 1;
  return finished;
}

async function dryRun(file: string | undefined, flags: RunFlags): Promise<void> {
  for (const [flag, given] of [
    ['--cell', flags.cell !== undefined],
    ['--trace', flags.trace === true],
  ] as const)
    if (given) throw new UserError(`--dry-run: received ${flag} beside it; accepted: --dry-run, or ${flag} to run that one cell`);
  if (flags.resume !== undefined) checkResume(file, flags);
  if (flags.costs !== undefined) readCosts(flags.costs);
  const suite = flags.resume === undefined ? suiteFor(file, flags) : loadSuite(path.join(flags.resume, 'suite.yaml'));
  const threads = flags.threads ?? availableParallelism();
  const { estimateRun } = await import('../run/estimate.ts');
  const estimate = await estimateRun(suite, {
    threads,
    backend: backendOf(flags),
    engine: flags.engine ?? 'auto',
    budget_s: ESTIMATE_BUDGET_S,
  });
  const priced = flags.costs !== undefined || (flags.resume !== undefined && existsSync(path.join(flags.resume, 'costs.json')));
  const kernels_s = priced ? 0 : flags.quick === true ? KERNEL_BUDGET_S.quick : KERNEL_BUDGET_S.full;
  const { cells, exact, perWorkload, sampled } = estimate;
  const finished = flags.resume === undefined ? 0 : await finishedCells(flags.resume);
  const share = cells === 0 ? 0 : (cells - finished) / cells;
  const cells_s = { low: estimate.cells_s.low * share, high: estimate.cells_s.high * share };
  if (flags.json === true) {
    process.stdout.write(
      `${JSON.stringify({ suite: suite.name, cells, exact, finished, perWorkload, threads, kernels_s, cells_s, sampled })}\n`,
    );
    return;
  }
  const atMost = exact ? '' : 'at most ';
  const digits = Math.max(7, String(cells).length);
  const width = Math.max(...Object.keys(perWorkload).map((id) => id.length), finished > 0 ? 8 : 5);
  const lines = Object.entries(perWorkload).map(
    ([id, count]) => `${id.padEnd(width)}  ${atMost}${plural(count, 'cell', { shown: String(count).padStart(digits) })}`,
  );
  lines.push(`${'total'.padEnd(width)}  ${atMost}${plural(cells, 'cell', { shown: String(cells).padStart(digits) })}`);
  if (finished > 0) lines.push(`${'finished'.padEnd(width)}  ${plural(finished, 'cell', { shown: String(finished).padStart(digits) })}`);
  const range = ({ low, high }: Range): string =>
    duration(low) === duration(high) ? duration(low) : `${duration(low)} to ${duration(high)}`;
  const all = { low: kernels_s + cells_s.low, high: kernels_s + cells_s.high };
  lines.push(
    '',
    `${range(all)} on ${plural(threads, 'thread')} (kernels ${duration(kernels_s)}, cells ${range(cells_s)}; from ${plural(sampled, 'cell')} timed now)`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** --cell and --trace: one cell, in this thread. */
async function replay(file: string | undefined, flags: RunFlags): Promise<void> {
  const trace = flags.trace === true;
  if (flags.resume !== undefined) checkResume(file, flags);
  // A suite in a run's folder stands for that run: its plan, its cost table, its flags.
  const folder =
    flags.resume ?? (file !== undefined && existsSync(path.join(path.dirname(file), 'plan.json')) ? path.dirname(file) : undefined);
  if (folder !== undefined) requireRunFolder(folder, '--cell');
  const fromFolder = flags.resume !== undefined;
  const suite = fromFolder
    ? undefined
    : suiteFor(
        file,
        flags,
        trace && file === undefined && flags.workload !== undefined && flags.cell === undefined
          ? { replicatesAtMost: 1, decisionsAtMost: 1 }
          : {},
      );
  const cells = (): Iterable<Cell> => (suite === undefined ? readPlan(path.join(flags.resume!, 'plan.json')) : planCells(suite));
  const where = flags.resume ?? suite!.name;
  const cell = flags.cell === undefined ? onlyCell(cells(), where) : findCell(cells(), flags.cell, where);
  const settings = folder === undefined ? undefined : readEnvironment(folder).run;
  const backend = flags.backend === undefined && settings !== undefined ? settings.backend : backendOf(flags);
  const engine = flags.engine ?? settings?.engine ?? 'auto';
  const kernels = await loadKernels(backend);
  if (trace) {
    const print = flags.json === true ? (line: TraceLine) => JSON.stringify(line) : transcriptLine;
    const { outcome, engine: used } = simulateCell(cell, workloads.get(cell.workload)!, {
      engine,
      kernels,
      trace: (line) => process.stdout.write(`${print(line)}\n`),
    });
    const { state, reason, decisions, safety, liveness } = outcome;
    process.stderr.write(
      `cell ${cell.id}, seed ${cell.seed}, engine ${used}: ${state}${reason === '' ? '' : ` (${reason})`}, ${decisions} decisions, safety ${safety}, liveness ${liveness}\n`,
    );
    return;
  }
  const costsFile =
    flags.costs ?? (folder !== undefined && existsSync(path.join(folder, 'costs.json')) ? path.join(folder, 'costs.json') : undefined);
  if (costsFile === undefined)
    process.stderr.write(`measuring the kernels on this machine (at most ${KERNEL_BUDGET_S.quick} s; --costs FILE spares it)\n`);
  const costs =
    costsFile === undefined
      ? (await measureTable({ quick: true, backend, budget_s: KERNEL_BUDGET_S.quick, watts_per_core: flags.wattsPerCore ?? null })).table
      : readCosts(costsFile);
  const finished = await executeCell(cell, { costs, backend, engine }, kernels);
  const { record } = JSON.parse(finished.line) as JournalLine;
  process.stdout.write(flags.json === true ? `${JSON.stringify(record)}\n` : recordText(record));
  if (finished.state === 'failed') process.exitCode = EXIT.failed;
}

function onlyCell(cells: Iterable<Cell>, where: string): Cell {
  let only: Cell | undefined;
  for (const cell of cells) {
    if (only !== undefined)
      throw new UserError(`--trace: ${where} has more than one cell; accepted: --cell ID, or --workload ID --nodes N for a single one`);
    only = cell;
  }
  return only!; // A suite has at least one cell.
}

/** `   12.345 ms  replica 0  sends …` */
function transcriptLine({ at_us, node, text }: TraceLine): string {
  return `${(at_us / 1000).toFixed(3).padStart(12)} ms  ${node.padEnd(10)}  ${text}`;
}

function recordText(record: object): string {
  const members = Object.entries(record).filter(([key]) => key !== 'version');
  const width = Math.max(...members.map(([key]) => key.length));
  return members.map(([key, value]) => `${key.padEnd(width)}  ${value === null ? '' : String(value)}`.trimEnd() + '\n').join('');
}

/** `{ key: value }`, or nothing where the value is undefined. */
function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}
