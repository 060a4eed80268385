import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { columnsMarkdown } from '../../harness/export/columns.ts';
import { RECORD_COLUMNS } from '../../harness/record/columns.ts';
import { SUMMARY_COLUMNS } from '../../harness/record/summary-columns.ts';
import { CURVE_COLUMNS } from '../../harness/record/load-columns.ts';
import { KERNEL_COLUMNS, SAMPLE_COLUMNS } from '../../harness/record/kernel-columns.ts';

describe('columns', () => {
  it('docs/columns.md is what the schema says (else: npm run build && node scripts/make-columns.mjs)', () => {
    expect(readFileSync(new URL('../../docs/columns.md', import.meta.url), 'utf8')).toBe(columnsMarkdown());
  });

  it.each([
    ['records.csv', RECORD_COLUMNS],
    ['summary.csv', SUMMARY_COLUMNS],
    ['curves.csv', CURVE_COLUMNS],
    ['kernels.csv', KERNEL_COLUMNS],
    ['samples.csv', SAMPLE_COLUMNS],
  ])('%s has no name twice, and every column is described', (_file, columns) => {
    const names = columns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { description } of columns) expect(description).toMatch(/^.{6,}\.$/s);
  });

  it('kernels.csv keeps the order that the design fixes', () => {
    expect(KERNEL_COLUMNS.map(({ name }) => name).join(', ')).toBe(
      'kernel, backend, threads, unit, rate_median, rate_ci95_low, rate_ci95_high, rate_mad, p99_ms, samples, ratio_to_node_crypto, ratio_to_best_peer, warning',
    );
  });
});
