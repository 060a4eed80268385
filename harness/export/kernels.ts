// Kernel measurements as text: the command's tables, input of github-action-benchmark, hyperfine's form, a line of the history.
import type { FormChoice } from '../model/kernels.ts';
import type { TimingSample } from '../model/record.ts';
import type { KernelMeasurement } from '../measure/costs.ts';
import type { Environment } from '../measure/environment.ts';
import type { Scaling } from '../measure/threads.ts';
import { ascending, median } from '../measure/statistics.ts';
import { inertJson } from './json.ts';
import { fitting, wrapped } from './layout.ts';

/** Three significant digits with a power of ten in words: 7.83 M. */
export function rateText(value: number): string {
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

/** A share with one decimal. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** In the order shown; where the width is short those of the highest rank go first. */
const COLUMNS = [
  { title: 'median', wide: 9, rank: 0 },
  { title: '95% interval', wide: 19, rank: 4 },
  { title: 'MAD', wide: 7, rank: 5 },
  { title: 'n', wide: 5, rank: 6 },
  { title: '× crypto', wide: 9, rank: 2 },
  { title: '× peer', wide: 8, rank: 3 },
] as const;
const BACKEND_WIDTH = 23;

/** The rows of one thread as a table that fits the width, one block a kernel. */
export function kernelTable(rows: readonly KernelMeasurement[], environment: Environment, width = 80): string {
  const { cpu_model, cores_usable, cores_present, node, v8, os, arch, wasm_simd } = environment;
  const kept = fitting(COLUMNS, width - BACKEND_WIDTH);
  const line = (backend: string, texts: readonly string[]): string =>
    `${backend.padEnd(BACKEND_WIDTH)}${kept.map((index) => texts[index].padStart(COLUMNS[index].wide)).join('')}`.trimEnd();
  const machine = `${cores_usable} of ${cores_present} cores usable, one used; Node ${node} (V8 ${v8}), ${os} ${arch}`;
  const lines = [
    ...wrapped(cpu_model, width),
    ...wrapped(machine, width),
    ...(wasm_simd ? [] : wrapped('no WASM SIMD in this JavaScript engine: the scalar build is used', width)),
    '',
    line(
      '',
      COLUMNS.map(({ title }) => title),
    ),
  ];
  let kernel = '';
  for (const row of rows) {
    if (row.threads !== 1) continue;
    if (row.kernel !== kernel) lines.push(...wrapped(`${row.kernel}  (${row.unit})`, width));
    kernel = row.kernel;
    lines.push(
      line(`  ${row.backend}`, [
        rateText(row.rate_median),
        `${rateText(row.rate_ci95_low)} - ${rateText(row.rate_ci95_high)}`,
        percent(row.rate_mad / row.rate_median),
        String(row.samples),
        ratio(row.ratio_to_node_crypto),
        ratio(row.ratio_to_best_peer),
      ]),
    );
  }
  return lines.join('\n');
}

const ratio = (value: number | null): string => (value === null ? '-' : value.toFixed(2));

const SCALING_COLUMNS = [
  { title: 'threads', wide: 7, rank: 0 },
  { title: 'median', wide: 10, rank: 0 },
  { title: '× alone', wide: 9, rank: 0 },
  { title: 'a thread', wide: 9, rank: 1 },
  { title: 'dispatch', wide: 9, rank: 2 },
] as const;
/** Of the longest kernel's name. */
const NAME_WIDTH = 36;

/** Lines that fit the width: a kernel on 1, 2 … threads against one thread without a pool; below 80 columns its name has a line of its own. */
export function scalingTable(
  { rows, cold_pool_ms, dispatch_us }: Pick<Scaling, 'rows' | 'cold_pool_ms' | 'dispatch_us'>,
  width = 80,
): string {
  const beside = width >= NAME_WIDTH + SCALING_COLUMNS.reduce((sum, { wide }) => sum + wide, 0);
  const kept = fitting(SCALING_COLUMNS, beside ? width - NAME_WIDTH : width);
  const line = (name: string, texts: readonly string[]): string =>
    (beside ? name.padEnd(NAME_WIDTH) : '') + kept.map((index) => texts[index].padStart(SCALING_COLUMNS[index].wide)).join('');
  const title = 'over threads, dispatch included';
  const lines = [
    ...(beside ? [] : [title]),
    line(
      title,
      SCALING_COLUMNS.map((column) => column.title),
    ),
  ];
  let kernel = '';
  for (const row of rows) {
    const { threads, rate_median, speedup, efficiency, dispatch_share } = row;
    const name = row.kernel === kernel ? '' : row.kernel;
    kernel = row.kernel;
    if (!beside && name !== '') lines.push(name);
    lines.push(line(name, [String(threads), rateText(rate_median), speedup.toFixed(2), efficiency.toFixed(2), percent(dispatch_share)]));
  }
  const cold = cold_pool_ms.map((value) => value.toFixed(0)).join(', ');
  lines.push('', ...wrapped(`an empty task there and back: ${dispatch_us.toFixed(0)} µs; first result of a cold pool: ${cold} ms`, width));
  return lines.join('\n');
}

/** Lines that fit the width, for each kernel that had several forms to choose from. */
export function formLines(forms: readonly FormChoice[], width = 80): string[] {
  return forms.flatMap(({ kernel, form, rates }) => {
    const others = Object.entries(rates).filter(([name]) => name !== form);
    return wrapped(`${kernel}: ${form}; ${others.map(([name, rate]) => `${name} × ${(rate / rates[form]).toFixed(2)}`).join(', ')}`, width);
  });
}

/** What a kernel measurement is called outside its table. */
function nameOf({ kernel, backend, threads }: KernelMeasurement): string {
  return threads === 1 ? `${kernel}/${backend}` : `${kernel}/${backend}/threads-${threads}`;
}

/** Of input of github-action-benchmark: what is followed over time. */
export interface BenchmarkEntry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range?: string;
  readonly extra: string;
}

export const benchmarkJson = (entries: readonly BenchmarkEntry[]): string => `${inertJson(entries, 2)}\n`;

/** Of github-action-benchmark's tool `customBiggerIsBetter`. */
export function kernelEntries(rows: readonly KernelMeasurement[]): BenchmarkEntry[] {
  return rows.map((row) => ({
    name: nameOf(row),
    unit: row.unit,
    value: row.rate_median,
    range: `± ${percent(row.rate_mad / row.rate_median)}`,
    extra: `95% interval ${row.rate_ci95_low} to ${row.rate_ci95_high}, ${row.samples} samples`,
  }));
}

/**
 * The raw samples in the form of hyperfine's export, seconds of one unit. User and system time, which hyperfine has, were not measured
 * and are left out; so is a kernel without raw samples.
 */
export function hyperfineJson(rows: readonly KernelMeasurement[], samples: Iterable<Pick<TimingSample, 'source' | 'seconds'>>): string {
  const times = new Map<string, number[]>();
  for (const { source, seconds } of samples) {
    const known = times.get(source);
    if (known === undefined) times.set(source, [seconds]);
    else known.push(seconds);
  }
  const results = rows.flatMap((row) => {
    const { kernel, backend, threads, unit } = row;
    const own = times.get(nameOf(row));
    if (own === undefined) return [];
    const sorted = ascending(own);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const squares = own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return {
      command: nameOf(row),
      mean,
      stddev: own.length > 1 ? Math.sqrt(squares / (own.length - 1)) : null,
      median: median(sorted),
      min: sorted[0],
      max: sorted.at(-1)!,
      times: own,
      parameters: { kernel, backend, threads: String(threads), unit },
    };
  });
  return `${inertJson({ results }, 2)}\n`;
}

export interface KernelRun {
  readonly quick: boolean;
  readonly environment: Environment;
  readonly rows: readonly KernelMeasurement[];
  readonly forms: readonly FormChoice[];
  readonly cold_pool_ms: readonly number[];
}

/** One line of bench/history.ndjson: the commit, the machine, and the medians to five digits. No host name, no path. */
export function historyLine({ quick, environment, rows, forms, cold_pool_ms }: KernelRun): string {
  const { taken_at, package_version, git_commit, git_dirty, kernels_sha256 } = environment;
  const { cpu_model, cores_usable, os, arch, node, v8, load_average } = environment;
  const short = (value: number): number => Number(value.toPrecision(5));
  return `${JSON.stringify({
    taken_at,
    commit: git_commit,
    dirty: git_dirty,
    package_version,
    kernels_sha256,
    machine: { cpu_model, cores_usable, os, arch, node, v8 },
    load_average,
    quick,
    rates: Object.fromEntries(rows.map((row) => [nameOf(row), short(row.rate_median)])),
    forms: Object.fromEntries(forms.map(({ kernel, form }) => [kernel, form])),
    cold_pool_ms: cold_pool_ms.map(short),
  })}\n`;
}
