// consensus-bench run [suite.yaml]: its flags, and which of its three commands they ask for. Each loads what it needs when it is called.
import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';
import { UserError } from '../errors.ts';
import type { CryptoMode } from '../model/cell.ts';
import type { EngineChoice } from '../run/cell.ts';
import { DEFAULT_CELL_TIMEOUT_S, KERNEL_BUDGET_S, RETRY_STATES, type RetryState } from '../run/settings.ts';
import { integerFlag, listFlag, nodesFlag, numberFlag } from './flags.ts';

export interface RunFlags {
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
  readonly svg?: string | true;
  readonly tree?: string;
  readonly json?: boolean;
  readonly open?: boolean;
  readonly filter?: readonly string[];
  readonly replicates?: number;
  readonly load?: string;
  readonly fault?: string;
}

/** What --quick leaves of a suite that is given. */
export const QUICK = { replicates: 2, decisions: 20 } as const;

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .argument(
      '[suite]',
      'a suite file (YAML or JSON), or - for standard input; without one: PoW vs PoS vs PBFT over node counts and fault ratios',
    )
    .description('run a suite: measure the kernels, run every cell, write records, summary and report')
    .option(
      '--quick',
      `without a suite: a small one; with one: at most ${QUICK.replicates} replicates and ${QUICK.decisions} decisions, kernels in ${KERNEL_BUDGET_S.quick} s`,
    )
    .option('-o, --out <dir>', 'the folder to write; must not exist (default: results/NAME, NAME-2, …)')
    .option('--resume <dir>', 'go on with the run in this folder: suite, seed, costs and flags come from it')
    .option('--retry <states>', `with --resume: run cells of these states again (${RETRY_STATES.join(',')})`, listFlag(RETRY_STATES))
    .option('--threads <n>', `worker threads (default: all usable cores, here ${availableParallelism()})`, integerFlag(1, 1024))
    .option('--seed <n>', 'replaces the seed of the suite', integerFlag(0, Number.MAX_SAFE_INTEGER))
    .option('--replicates <n>', 'replaces the numbers of replicates of the suite', integerFlag(1, 100_000))
    .addOption(new Option('--crypto <mode>', 'replaces the crypto mode of the suite').choices(['modelled', 'measured']))
    .option('--costs <file>', 'a cost table (costs.json of a run, or of kernels --cost-table) instead of measuring')
    .addOption(new Option('--backend <name>', 'the kernels to use (default: wasm)').choices(['wasm', 'reference']))
    .addOption(new Option('--engine <name>', 'the simulation engine (default: auto)').choices(['auto', 'messages', 'waves', 'chain']))
    .option('--workload <id...>', 'only these workloads; without a suite: a suite of them with default settings')
    .option('--nodes <n...>', 'replaces the numbers of nodes of the suite; 4..64 and 4..64:x2 are ranges', nodesFlag)
    .option('--load <yaml>', "replaces the loads of the suite: '{ kind: saturate }', '{ kind: open, rate_tps: 1000 }'")
    .option('--fault <yaml>', "replaces the faults of the suite: '{ kind: crash, count: [0, 4] }'")
    .option(
      '--filter <key=value>',
      'only the conditions that match: nodes=4,7, fault=crash, ratio=0, network=, load=, crypto=, a parameter=, or a workload alone; repeat it for more',
      (term: string, before: readonly string[] = []) => [...before, term],
    )
    .option('--watts-per-core <w>', 'watts of a busy core, instead of RAPL or the default', numberFlag(0.001, 10_000, 'watts'))
    .option('--cell-timeout <s>', `wall-clock net of a cell (default: ${DEFAULT_CELL_TIMEOUT_S})`, numberFlag(0.01, 1e6, 'seconds'))
    .option('--dry-run', 'print the number of cells and the estimated time, and run nothing')
    .option('--cell <id>', 'replay one cell of the suite (or of --resume DIR) and print its record')
    .option('--trace', 'run one cell and print its message sequence')
    .option('--svg [file]', 'with --trace: the message sequence drawn, of a chain its blocks; without FILE to standard output')
    .option('--tree <dir>', 'run one cell of a chain and write all its blocks to DIR, as tree.json and drawn as tree.svg')
    .option('--open', 'open the report when the run has finished')
    .option('--json', 'print the results as JSON')
    .action(run);
}

async function run(file: string | undefined, flags: RunFlags): Promise<void> {
  if (flags.retry !== undefined && flags.resume === undefined)
    throw new UserError(
      `--retry: received ${flags.retry.join(',')} without --resume; accepted: --resume DIR --retry ${flags.retry.join(',')}`,
    );
  if (flags.open === true)
    for (const [flag, given] of [
      ['--dry-run', flags.dryRun === true],
      ['--cell', flags.cell !== undefined],
      ['--trace', flags.trace === true],
      ['--tree', flags.tree !== undefined],
    ] as const)
      if (given) throw new UserError(`--open: received ${flag} beside it, which writes no report; accepted: --open with a run`);
  if (flags.svg !== undefined && flags.trace !== true)
    throw new UserError('--svg: received without --trace; accepted: --trace --svg [FILE], with --cell ID or one cell');
  if (flags.svg !== undefined && flags.json === true)
    throw new UserError(
      '--json: received --svg beside it, which prints a drawing; accepted: --trace --json for the events, or --trace --svg',
    );
  if (flags.dryRun === true) return (await import('./dry-run.ts')).dryRun(file, flags);
  if (flags.cell !== undefined || flags.trace === true || flags.tree !== undefined)
    return (await import('./replay.ts')).replay(file, flags);
  return (await import('./run-suite.ts')).runAll(file, flags);
}
