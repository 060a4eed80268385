// consensus-bench kernels: the kernels against their twins and node:crypto, on this machine.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import type { KernelMeasurement } from '../measure/costs.ts';
import type { Environment } from '../measure/environment.ts';

interface KernelFlags {
  readonly quick?: boolean;
  readonly out?: string;
  readonly costTable?: string;
  readonly json?: boolean;
}

/** Seconds of measuring; start-up comes on top. */
const BUDGET_S = { quick: 14, full: 25 } as const;
const MOST_WARNINGS_SHOWN = 8;
const ADVICE = 'Free some space or choose another place.';

export function addKernelsCommand(program: Command): void {
  program
    .command('kernels')
    .description('measure the kernels against their twins and node:crypto, on this machine')
    .option('--quick', `about ${BUDGET_S.quick} s instead of ${BUDGET_S.full}: fewer samples, large batches of the reference left out`)
    .option('--out <dir>', 'write kernels.csv, samples.csv and environment.json there; must not exist')
    .option('--cost-table <file>', 'write the cost table that run --costs reads')
    .option('--json', 'print machine, rows, cost table and warnings as JSON')
    .action(kernels);
}

async function kernels(flags: KernelFlags): Promise<void> {
  checkPlaces(flags);
  const { measureKernels, costTable } = await import('../measure/kernels.ts');
  const { captureEnvironment } = await import('../measure/environment.ts');
  const { corePower } = await import('../measure/energy.ts');
  const { wasmBackend } = await import('../kernels/index.ts');

  const quick = flags.quick === true;
  const environment = captureEnvironment();
  const backend = wasmBackend();
  const wasm = backend === 'wasm-simd' ? (['wasm-simd', 'wasm'] as const) : (['wasm'] as const);
  if (backend === 'wasm') process.stderr.write('this JavaScript engine has no WASM SIMD: the scalar build is measured alone\n');
  const budget_s = quick ? BUDGET_S.quick : BUDGET_S.full;
  process.stderr.write(`measuring for about ${budget_s} s; other load on the machine makes it worse\n`);
  const power = await corePower();
  const report = await measureKernels({ quick, budget_s, backends: [...wasm, 'reference', 'node-crypto'] });
  const table = costTable(backend, report.rows, power);

  const { writeWhole } = await import('../run/files.ts');
  if (flags.out !== undefined) {
    const { kernelsCsv, samplesCsv } = await import('../export/csv.ts');
    const { guarded } = await import('../run/files.ts');
    const dir = flags.out;
    guarded(dir, ADVICE, () => mkdirSync(dir, { recursive: true }));
    writeWhole(path.join(dir, 'kernels.csv'), [kernelsCsv.header, kernelsCsv.rows(report.rows)], ADVICE);
    writeWhole(path.join(dir, 'samples.csv'), [samplesCsv.header, samplesCsv.rows(report.samples)], ADVICE);
    writeWhole(path.join(dir, 'environment.json'), [`${JSON.stringify(environment, null, 2)}\n`], ADVICE);
  }
  if (flags.costTable !== undefined) writeWhole(flags.costTable, [`${JSON.stringify(table, null, 2)}\n`], ADVICE);

  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ environment, kernels: report.rows, cost_table: table, warnings: report.warnings })}\n`);
    return;
  }
  process.stdout.write(`${kernelTable(report.rows, environment)}\n`);
  for (const warning of report.warnings.slice(0, MOST_WARNINGS_SHOWN)) process.stderr.write(`warning: ${warning}\n`);
  const more = report.warnings.length - MOST_WARNINGS_SHOWN;
  if (more > 0) process.stderr.write(`warning: … and ${more} more like these; --json has all\n`);
  if (flags.out !== undefined) process.stdout.write(`raw samples: ${path.join(flags.out, 'samples.csv')}\n`);
}

/** Before any measuring: where results cannot go, nobody should wait for them. */
function checkPlaces({ out, costTable }: KernelFlags): void {
  if (out !== undefined && existsSync(out)) throw new UserError(`--out ${out}: exists already; accepted: a new folder`);
  if (costTable === undefined) return;
  const folder = path.dirname(costTable);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UserError(`--cost-table ${costTable}: there is no folder ${folder}; accepted: a file in a folder that exists`);
  if (existsSync(costTable) && !statSync(costTable).isFile())
    throw new UserError(`--cost-table ${costTable}: is no file; accepted: a new file, or one to be replaced`);
}

/** Three significant digits with a power of ten in words: 7.83 M. */
function rate(value: number): string {
  const steps: readonly [number, string][] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  for (const [size, letter] of steps) if (value >= 0.9995 * size) return `${digits(value / size)} ${letter}`;
  return `${digits(value)}  `;
}

function digits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** The rows as a table of at most 80 columns, one block a kernel. */
export function kernelTable(rows: readonly KernelMeasurement[], environment: Environment): string {
  const { cpu_model, cores_usable, cores_present, node, v8, os, arch } = environment;
  const lines = [
    cpu_model.slice(0, 80),
    `${cores_usable} of ${cores_present} cores usable, one used; Node ${node} (V8 ${v8}), ${os} ${arch}`.slice(0, 80),
    '',
    line('', 'median', '95% interval', 'MAD', 'samples', '× node:crypto'),
  ];
  let kernel = '';
  for (const row of rows) {
    if (row.kernel !== kernel) lines.push(`${row.kernel}  (${row.unit})`);
    kernel = row.kernel;
    lines.push(
      line(
        `  ${row.backend}`,
        rate(row.rate_median),
        `${rate(row.rate_ci95_low)} - ${rate(row.rate_ci95_high)}`,
        percent(row.rate_mad / row.rate_median),
        String(row.samples),
        row.ratio_to_node_crypto === null ? '-' : row.ratio_to_node_crypto.toFixed(2),
      ),
    );
  }
  return lines.join('\n');
}

function line(backend: string, median: string, interval: string, mad: string, samples: string, ratio: string): string {
  return `${backend.padEnd(14)}${median.padStart(10)}${interval.padStart(22)}${mad.padStart(9)}${samples.padStart(9)}${ratio.padStart(15)}`.trimEnd();
}
