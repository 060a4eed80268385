// summary.tex, and the figures of a run that tools follow.
import { describe, expect, it } from 'vitest';
import { costsBenchmark, ratesBenchmark } from '../../harness/export/follow.ts';
import { summaryTex } from '../../harness/export/latex.ts';
import type { BenchmarkEntry } from '../../harness/export/kernels.ts';
import { METRICS } from '../../harness/record/columns.ts';
import { syntheticDigest } from './synthetic-digest.ts';

const digest = syntheticDigest({ nodes: [4, 10], replicates: 2, mechanisms: ['pos-praos', 'pbft'], measured: false });
const tables = summaryTex(digest).split('\\begin{table}').slice(1);
const table = (label: string): string => tables.find((one) => one.includes(`\\label{tab:consensus-bench-${label}}`))!;

describe('summary.tex', () => {
  it('has a table each of costs on both bases, messages, rates, energy and thresholds', () => {
    for (const label of ['cost-marginal', 'cost-provisioned', 'messages', 'rate', 'energy', 'thresholds'])
      expect(table(label)).toBeDefined();
  });
  it('gives numbers as siunitx reads them, in columns of their size, with intervals beside them', () => {
    expect(table('messages')).toMatchInlineSnapshot(`
      "
        \\centering\\small\\setlength{\\tabcolsep}{3pt}
        \\caption{Messages, bytes and time to finality of one decision without faults.}
        \\label{tab:consensus-bench-messages}
        \\begin{tabular}{@{}>{\\raggedright\\arraybackslash}p{0.24\\linewidth}rS[table-format=3.1]@{\\,}>{\\footnotesize}lS[table-format=1.2e1]@{\\,}>{\\footnotesize}lS[table-format=3.2]@{\\,}>{\\footnotesize}l@{}}
          \\toprule
          mechanism & {$n$} & \\multicolumn{2}{c}{messages} & \\multicolumn{2}{c}{bytes} & \\multicolumn{2}{c}{finality} \\\\
           & & \\multicolumn{2}{c}{} & \\multicolumn{2}{c}{} & \\multicolumn{2}{c}{\\si{\\second}} \\\\
          \\midrule
          pos-praos & 4 & 32.0 &  & 5.04e5 &  & 150 & $\\pm$45\\% \\\\
           & 10 & 80.0 &  & 1.26e6 &  & 180 & $\\pm$18\\% \\\\
          \\addlinespace
          pbft & 4 & 24.0 &  & 5.10e5 &  & 0.41 & $\\pm$4.7\\% \\\\
           & 10 & 180 &  & 1.30e6 &  & 0.42 & $\\pm$4.3\\% \\\\
          \\bottomrule
        \\end{tabular}
      \\end{table}

      "
    `);
  });
  it('fits the page of an article: an interval that is written by its ends stands on two lines', () => {
    const wide = tables.flatMap((one) => one.match(/\[\\num\{[^\]]*\]/g) ?? []);
    const few = syntheticDigest({ nodes: [4], replicates: 2, mechanisms: ['pos-praos'], measured: false });
    const ends = [...wide, ...(summaryTex(few).match(/\[\\num\{[^\]]*\]/g) ?? [])];
    expect(ends.length).toBeGreaterThan(0);
    for (const one of ends) expect(one).toMatch(/^\[\\num\{[^}]+\},\\\\\\num\{[^}]+\}\]$/);
  });
  it('tells a long table in several of at most 30 rows, whose names begin anew', () => {
    const long = summaryTex(
      syntheticDigest({ nodes: Array.from({ length: 35 }, (_, index) => index + 4), replicates: 2, mechanisms: ['pbft'], measured: false }),
    );
    expect(long.match(/\\label\{tab:consensus-bench-rate(-2)?\}/g)).toEqual([
      '\\label{tab:consensus-bench-rate}',
      '\\label{tab:consensus-bench-rate-2}',
    ]);
    const [first, second] = long.split('\\begin{table}').filter((one) => one.includes('consensus-bench-rate'));
    for (const part of [first!, second!]) expect(part).toMatch(/\\midrule\n {4}pbft & /);
    expect(first!.match(/\\\\$/gm)).toHaveLength(2 + 30);
    expect(second!.match(/\\\\$/gm)).toHaveLength(2 + 5);
  });
});

describe('github-action-benchmark of a run', () => {
  const costs = JSON.parse(costsBenchmark(digest)) as BenchmarkEntry[];
  const rates = JSON.parse(ratesBenchmark(digest)) as BenchmarkEntry[];
  it('has costs and latencies without faults, and rates apart, as the records have them', () => {
    const summary = digest.conditions.find(({ keys }) => keys.workload === 'pbft' && keys.nodes === 4)!;
    const { mean, ci95 } = summary.metrics.joules_per_tx_provisioned!;
    expect(costs.find(({ name }) => name === 'pbft, n = 4: joules_per_tx_provisioned')).toEqual({
      name: 'pbft, n = 4: joules_per_tx_provisioned',
      unit: 'J',
      value: mean,
      range: expect.stringMatching(/^± \d+(\.\d)?%$/) as string,
      extra: `95% interval ${ci95!.low} to ${ci95!.high}, 2 of 2 replicates`,
    });
    expect(rates.map(({ name }) => name)).toEqual(expect.arrayContaining(['ed25519-verify/wasm-simd', 'pbft, n = 10: throughput_tps']));
  });
  it('names everything once, and each metric is one that a summary has', () => {
    for (const entries of [costs, rates]) expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
    for (const { name } of costs) expect(METRICS).toContain(name.split(': ')[1]);
  });
});
