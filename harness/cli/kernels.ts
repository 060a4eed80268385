// consensus-bench kernels: the kernels against their twins, node:crypto and peers, over threads, on this machine.
import { appendFileSync, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { terminalStyle } from '../run/terminal-style.ts';

interface KernelFlags {
  readonly quick?: boolean;
  readonly out?: string;
  readonly costTable?: string;
  readonly keep?: string | true;
  readonly json?: boolean;
}

/** Seconds of the command: of all, and thereof of the kernels in one thread; what is left is the threads'. */
const BUDGETS = {
  quick: { all_s: 13.5, kernels_s: 9.3, threads: { window_s: 0.015, coldPools: 3 } },
  full: { all_s: 120, kernels_s: 60, threads: { window_s: 0.03, coldPools: 5 } },
} as const;
const MOST_WARNINGS_SHOWN = 8;
const ADVICE = { elsewhere: 'choose another place' };
const HISTORY = 'bench/history.ndjson';

export function addKernelsCommand(program: Command): void {
  program
    .command('kernels')
    .description('measure the kernels against their twins, node:crypto and installed peers, over threads, and the simulator')
    .option('--quick', `at most 15 s instead of ${BUDGETS.full.all_s}: fewer samples, one kernel of each kind over threads`)
    .option(
      '--out <dir>',
      'write kernels.csv, samples.csv, kernels.json, github-action-benchmark.json, hyperfine.json, environment.json; must not exist',
    )
    .option('--cost-table <file>', 'write the cost table that run --costs reads')
    .option('--keep [file]', `add a line with commit, machine and rates to a history (${HISTORY})`)
    .option('--json', 'print machine, rows, threads, cost table and warnings as JSON')
    .action(kernels);
}

async function kernels(flags: KernelFlags): Promise<void> {
  const started = performance.now();
  checkPlaces(flags);
  const { costTable, inOrder, machineWarnings, measureKernels } = await import('../measure/kernels.ts');
  const { warningText } = await import('../measure/costs.ts');
  const { captureEnvironment } = await import('../measure/environment.ts');
  const { corePower } = await import('../measure/energy.ts');
  const { PEERS } = await import('../measure/peers.ts');
  const { simulationTasks } = await import('../measure/simulations.ts');
  const { THREAD_KERNELS, measureThreads, usableThreads } = await import('../measure/threads.ts');
  const { wasmBackend } = await import('../kernels/backend.ts');
  const { workloads } = await import('../workloads.ts');

  const quick = flags.quick === true;
  const size = quick ? 'quick' : 'full';
  const { all_s, kernels_s, threads } = BUDGETS[size];
  const environment = captureEnvironment();
  const backend = wasmBackend();
  const own = backend === 'wasm-simd' ? (['wasm-simd', 'wasm', 'reference'] as const) : (['wasm', 'reference'] as const);
  process.stderr.write(`measuring for about ${all_s} s; other load on the machine makes it worse\n`);
  const power = await corePower();
  const more = simulationTasks(workloads.values(), backend);
  const single = await measureKernels({ quick, budget_s: kernels_s, backends: own, peers: PEERS, more });
  const scaling = await measureThreads({
    backend,
    threads: usableThreads(environment),
    kernels: THREAD_KERNELS[size],
    budget_s: all_s - (performance.now() - started) / 1000,
    ...threads,
  });
  const { measurements, samples, ...threadResults } = scaling;
  const rows = inOrder([...single.rows, ...measurements]);
  const general = machineWarnings(environment);
  const warnings = [...general, ...threadResults.warnings, ...single.warnings];
  const table = costTable(backend, { ...single, warnings: [...general, ...single.warnings] }, power);
  const result = { environment, kernels: rows, threads: threadResults, cost_table: table, warnings };

  const { benchmarkJson, formLines, historyLine, hyperfineJson, kernelEntries, kernelTable, scalingTable } =
    await import('../export/kernels.ts');
  const { guarded, makeFolder, writeWhole } = await import('../folder/files.ts');
  if (flags.out !== undefined) {
    const { kernelsCsv, samplesCsv } = await import('../export/csv.ts');
    const dir = flags.out;
    makeFolder(dir, ADVICE);
    const write = (file: string, ...parts: string[]): void => writeWhole(path.join(dir, file), parts, ADVICE);
    write('kernels.csv', kernelsCsv.header, kernelsCsv.rows(rows));
    write('samples.csv', samplesCsv.header, samplesCsv.rows([...single.samples, ...samples]));
    write('kernels.json', `${JSON.stringify(result, null, 2)}\n`);
    write('github-action-benchmark.json', benchmarkJson(kernelEntries(rows)));
    write('hyperfine.json', hyperfineJson(rows, [...single.samples, ...samples]));
    write('environment.json', `${JSON.stringify(environment, null, 2)}\n`);
  }
  if (flags.costTable !== undefined) writeWhole(flags.costTable, [`${JSON.stringify(table, null, 2)}\n`], ADVICE);
  const history = historyFile(flags);
  if (history !== undefined)
    guarded(history, ADVICE, () =>
      appendFileSync(history, historyLine({ quick, environment, rows, forms: single.forms, cold_pool_ms: scaling.cold_pool_ms })),
    );

  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { width } = terminalStyle(process.stdout, process.env);
  const tables = [kernelTable(rows, environment, width), ...formLines(single.forms, width), '', scalingTable(threadResults, width)];
  process.stdout.write(`${tables.join('\n')}\n`);
  for (const warning of warnings.slice(0, MOST_WARNINGS_SHOWN)) process.stderr.write(`warning: ${warningText(warning)}\n`);
  const left = warnings.length - MOST_WARNINGS_SHOWN;
  if (left > 0) process.stderr.write(`warning: … and ${left} more like these; --json has all\n`);
  if (flags.out !== undefined) process.stdout.write(`raw samples: ${path.join(flags.out, 'samples.csv')}\n`);
}

function historyFile({ keep }: KernelFlags): string | undefined {
  return keep === true ? HISTORY : keep;
}

/** Before any measuring: where results cannot go, nobody should wait for them. */
function checkPlaces(flags: KernelFlags): void {
  const { out, costTable } = flags;
  if (out === '') throw new UserError('--out: received an empty name; accepted: a new folder');
  if (out !== undefined && existsSync(out)) throw new UserError(`--out ${out}: exists already; accepted: a new folder`);
  if (costTable !== undefined) checkFile('--cost-table', costTable, 'to be replaced');
  const history = historyFile(flags);
  if (history !== undefined) checkFile('--keep', history, 'to be added to');
}

function checkFile(option: string, file: string, fate: string): void {
  if (file === '') throw new UserError(`${option}: received an empty name; accepted: a file in a folder that exists`);
  const folder = path.dirname(file);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UserError(`${option} ${file}: there is no folder ${folder}; accepted: a file in a folder that exists`);
  if (existsSync(file) && !statSync(file).isFile())
    throw new UserError(`${option} ${file}: is no file; accepted: a new file, or one ${fate}`);
}
