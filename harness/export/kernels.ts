// A run of `consensus-bench kernels` as text: the scaling table, the file of github-action-benchmark, a line of the history.
import type { FormChoice } from '../kernels/interface.ts';
import type { KernelMeasurement } from '../measure/costs.ts';
import type { Environment } from '../measure/environment.ts';
import type { Scaling } from '../measure/threads.ts';

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

/** Lines of at most 80 columns: a kernel on 1, 2 … threads against one thread without a pool. */
export function scalingTable({ rows, cold_pool_ms, dispatch_us }: Pick<Scaling, 'rows' | 'cold_pool_ms' | 'dispatch_us'>): string {
  const line = (...[kernel, threads, rate, speedup, efficiency, dispatch]: [string, string, string, string, string, string]): string =>
    `${kernel.padEnd(36)}${threads.padStart(7)}${rate.padStart(10)}${speedup.padStart(9)}${efficiency.padStart(9)}${dispatch.padStart(9)}`;
  const lines = [line('over threads, dispatch included', 'threads', 'median', '× alone', 'a thread', 'dispatch')];
  let kernel = '';
  for (const row of rows) {
    const { threads, rate_median, speedup, efficiency, dispatch_share } = row;
    const name = row.kernel === kernel ? '' : row.kernel;
    kernel = row.kernel;
    lines.push(line(name, String(threads), rateText(rate_median), speedup.toFixed(2), efficiency.toFixed(2), percent(dispatch_share)));
  }
  const cold = cold_pool_ms.map((value) => value.toFixed(0)).join(', ');
  lines.push('', `an empty task there and back: ${dispatch_us.toFixed(0)} µs; first result of a cold pool: ${cold} ms`);
  return lines.join('\n');
}

/** A line of at most 80 columns for each kernel that had several forms to choose from. */
export function formLines(forms: readonly FormChoice[]): string[] {
  return forms.map(({ kernel, form, rates }) => {
    const others = Object.entries(rates).filter(([name]) => name !== form);
    return `${kernel}: ${form}; ${others.map(([name, rate]) => `${name} × ${(rate / rates[form]).toFixed(2)}`).join(', ')}`;
  });
}

/** What a kernel measurement is called outside its table. */
function nameOf({ kernel, backend, threads }: KernelMeasurement): string {
  return threads === 1 ? `${kernel}/${backend}` : `${kernel}/${backend}/threads-${threads}`;
}

/** Input of github-action-benchmark's tool `customBiggerIsBetter`. */
export function githubActionBenchmark(rows: readonly KernelMeasurement[]): string {
  const entries = rows.map((row) => ({
    name: nameOf(row),
    unit: row.unit,
    value: row.rate_median,
    range: `± ${percent(row.rate_mad / row.rate_median)}`,
    extra: `95% interval ${row.rate_ci95_low} to ${row.rate_ci95_high}, ${row.samples} samples`,
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
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
