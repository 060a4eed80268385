// Rows to CSV text. Pure; harness/export/export.ts writes the files.
import { Parser } from '@json2csv/plainjs';
import type { KernelMeasurement } from '../measure/costs.ts';
import { KERNEL_COLUMNS, METRICS, RECORD_COLUMNS, SAMPLE_COLUMNS, SUMMARY_COLUMNS, SUMMARY_KEYS, type Column } from '../record/columns.ts';
import type { CellRecord, TimingSample } from '../model/record.ts';
import type { Summary } from '../analysis/summarize.ts';

/**
 * Text of a field. A spreadsheet takes text that begins with = + - @ tab or return for a formula, so a leading apostrophe
 * neutralises it (OWASP, CSV Injection); quotes as RFC 4180 has them, only where needed.
 */
function text(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Numbers as JavaScript prints them: the shortest text that reads back as the same number. Not by String(value): V8 keeps
 * what that makes in a cache whose strings outlive each collection of young garbage, which let the heap of an export of
 * 400 000 cells grow to 104 MB instead of 45. JSON's writer has no cache and prints finite numbers alike.
 */
function number(value: number): string {
  return JSON.stringify([value]).slice(1, -1);
}

const formatters = { string: text, number };

export interface CsvWriter<Row> {
  readonly header: string;
  /** One line a row, each ended by a newline; absent and null fields are empty. */
  rows(rows: readonly Row[]): string;
}

function csvWriter<Row extends object>(columns: readonly Column[]): CsvWriter<Row> {
  const fields = columns.map(({ name }) => name);
  const parser = new Parser<Row, Row>({ fields, header: false, eol: '\n', formatters });
  return {
    header: `${fields.join(',')}\n`,
    rows: (rows) => (rows.length === 0 ? '' : `${parser.parse([...rows])}\n`),
  };
}

export const recordsCsv = csvWriter<CellRecord>(RECORD_COLUMNS);
export const kernelsCsv = csvWriter<KernelMeasurement>(KERNEL_COLUMNS);
export const samplesCsv = csvWriter<TimingSample>(SAMPLE_COLUMNS);

const summaryRows = csvWriter<Record<string, string | number | null>>(SUMMARY_COLUMNS);

function summaryRow(summary: Summary): Record<string, string | number | null> {
  const row: Record<string, string | number | null> = {
    replicates: summary.replicates,
    replicates_done: summary.states.done,
    first_cell: summary.first_cell,
    faulty_nodes: summary.faulty_nodes,
    adversary_share: summary.adversary_share,
    verdict: summary.verdict.verdict,
    verdict_property: summary.verdict.property,
    verdict_counts: summary.verdict.counted,
    verdict_hits: summary.verdict.hits,
    verdict_trials: summary.verdict.trials,
    verdict_rate_at_least: summary.verdict.atLeast,
    verdict_rate_at_most: summary.verdict.atMost,
  };
  for (const key of SUMMARY_KEYS) row[key] = summary.keys[key];
  for (const property of ['safety', 'liveness', 'durability'] as const) {
    const share = summary[property];
    row[`${property}_violated_share`] = share?.share ?? null;
    row[`${property}_violated_ci95_low`] = share?.ci95.low ?? null;
    row[`${property}_violated_ci95_high`] = share?.ci95.high ?? null;
  }
  for (const metric of METRICS) {
    const value = summary.metrics[metric];
    row[`${metric}_mean`] = value?.mean ?? null;
    row[`${metric}_ci95_low`] = value?.ci95?.low ?? null;
    row[`${metric}_ci95_high`] = value?.ci95?.high ?? null;
  }
  return row;
}

export const summaryCsv: CsvWriter<Summary> = {
  header: summaryRows.header,
  rows: (summaries) => summaryRows.rows(summaries.map(summaryRow)),
};
