import { problemsOf } from '../support/published.ts';
import { describe, expect, it } from 'vitest';
import {
  benchmarkJson,
  formLines,
  historyLine,
  hyperfineJson,
  kernelEntries,
  rateText,
  scalingTable,
} from '../../harness/export/kernels.ts';
import { captureEnvironment } from '../../harness/measure/environment.ts';
import { rowOf } from '../../harness/measure/kernels.ts';

const search = { kernel: 'sha256d-nonce-search', backend: 'wasm-simd', unit: 'hashes' } as const;
const rows = [rowOf(search, [1.25e-7, 1.25e-7, 1.25e-7, 1.3e-7]), rowOf(search, [6.5e-8], { threads: 2 })];

const forms = [{ kernel: 'sha256d-nonce-search', form: 'chain', rates: { chain: 9e6, tree: 8e6, 'chain-deep': 9e6, 'tree-deep': 7.9e6 } }];

describe('the choice among forms', () => {
  it('is a line of at most 80 columns, with what the others reached', () => {
    const [line] = formLines(forms);
    expect(line).toBe('sha256d-nonce-search: chain; tree × 0.89, chain-deep × 1.00, tree-deep × 0.88');
    expect(line!.length).toBeLessThanOrEqual(80);
    expect(formLines([])).toEqual([]);
  });
});

describe('rates for a person', () => {
  it('have three digits', () => {
    expect([952.4, 999.6, 87_654, 7.83e6, 1.613e9].map(rateText)).toEqual(['952  ', '1.00 k', '87.7 k', '7.83 M', '1.61 G']);
  });
});

describe('the scaling table', () => {
  const row = (threads: number, rate_median: number, speedup: number, kernel: string = search.kernel) => ({
    kernel,
    threads,
    unit: 'hashes/s',
    rate_median,
    speedup,
    efficiency: speedup / threads,
    task_ms: 2.5,
    dispatch_share: 0.0061,
  });
  it('has a kernel on 1, 2 … threads in at most 80 columns', () => {
    const longest = 'ed25519-verify-batch-1024-known-keys';
    const text = scalingTable({
      rows: [row(1, 7.95e6, 0.9951), row(2, 15.8e6, 1.978), row(1, 50_400, 1, longest), row(2, 99_000, 1.96, longest)],
      cold_pool_ms: [88.4, 71.2],
      dispatch_us: 21.4,
    });
    expect(text).toMatchInlineSnapshot(`
      "over threads, dispatch included     threads    median  × alone a thread dispatch
      sha256d-nonce-search                      1    7.95 M     1.00     1.00     0.6%
                                                2    15.8 M     1.98     0.99     0.6%
      ed25519-verify-batch-1024-known-keys      1    50.4 k     1.00     1.00     0.6%
                                                2    99.0 k     1.96     0.98     0.6%

      an empty task there and back: 21 µs; first result of a cold pool: 88, 71 ms"
    `);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('github-action-benchmark (tool customBiggerIsBetter)', () => {
  it('has a name, unit and value for every row, names without doubles', () => {
    const entries: unknown = JSON.parse(benchmarkJson(kernelEntries(rows)));
    expect(problemsOf('github-action-benchmark', entries)).toBe('');
    expect(entries).toMatchInlineSnapshot(`
      [
        {
          "extra": "95% interval 7692307.692307692 to 8000000, 4 samples",
          "name": "sha256d-nonce-search/wasm-simd",
          "range": "± 0.0%",
          "unit": "hashes/s",
          "value": 8000000,
        },
        {
          "extra": "95% interval 15384615.384615384 to 15384615.384615384, 1 samples",
          "name": "sha256d-nonce-search/wasm-simd/threads-2",
          "range": "± 0.0%",
          "unit": "hashes/s",
          "value": 15384615.384615384,
        },
      ]
    `);
  });
});

describe('hyperfine', () => {
  const source = 'sha256d-nonce-search/wasm-simd';
  it('has the raw samples of each row with their statistics, by the names of hyperfine', () => {
    const samples = [2e-7, 1e-7, 3e-7, 2e-7].map((seconds) => ({ source, seconds }));
    const written = JSON.parse(hyperfineJson(rows, [...samples, { source: 'c0123456789ab', seconds: 1 }])) as { results: object[] };
    expect(problemsOf('hyperfine', written)).toBe('');
    const { results } = written;
    // The second row has no samples; a cell's are no kernel's.
    expect(results).toEqual([
      {
        command: source,
        mean: 2e-7,
        stddev: expect.closeTo(Math.sqrt(2e-14 / 3), 15) as number,
        median: 2e-7,
        min: 1e-7,
        max: 3e-7,
        times: [2e-7, 1e-7, 3e-7, 2e-7],
        parameters: { kernel: 'sha256d-nonce-search', backend: 'wasm-simd', threads: '1', unit: 'hashes/s' },
      },
    ]);
  });
  it('has no deviation of one sample', () => {
    expect(JSON.parse(hyperfineJson(rows, [{ source: `${source}/threads-2`, seconds: 1e-7 }]))).toMatchObject({
      results: [{ command: `${source}/threads-2`, stddev: null, times: [1e-7] }],
    });
  });
});

describe('a line of the history', () => {
  const environment = { ...captureEnvironment(), git_commit: 'abc', git_dirty: false, node: '20.20.2', cpu_model: 'A CPU' };
  const line = historyLine({ quick: true, environment, rows, forms, cold_pool_ms: [88.4123456] });
  it('is one line of JSON with commit, machine and rates', () => {
    expect(line).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(line)).toMatchObject({
      commit: 'abc',
      dirty: false,
      machine: { cpu_model: 'A CPU', node: '20.20.2' },
      quick: true,
      rates: { 'sha256d-nonce-search/wasm-simd': 8e6, 'sha256d-nonce-search/wasm-simd/threads-2': 15385000 },
      forms: { 'sha256d-nonce-search': 'chain' },
      cold_pool_ms: [88.412],
    });
  });
  it('names no host and no path', async () => {
    const { default: os } = await import('node:os');
    expect(line).not.toContain(os.hostname());
    expect(line).not.toContain(process.cwd());
  });
});
