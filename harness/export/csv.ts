// Rows to CSV text. Pure; harness/export/export.ts writes the files.
import { Parser } from '@json2csv/plainjs';
import type { KernelMeasurement } from '../measure/costs.ts';
import type { Column } from '../record/column.ts';
import { KERNEL_COLUMNS, SAMPLE_COLUMNS } from '../record/kernel-columns.ts';
import { CURVE_COLUMNS } from '../record/load-columns.ts';
import type { CellRecord, TimingSample } from '../model/record.ts';
import { visible } from '../words.ts';

/**
 * Text of a field. A spreadsheet takes text that begins with = + - @ tab or return for a formula, so a leading apostrophe
 * neutralises it (OWASP, CSV Injection); what cannot be seen stands as \u202e; quotes as RFC 4180 has them, only where needed.
 */
function text(value: string): string {
  const seen = visible(value);
  const safe = /^[=+\-@\t\r]/.test(seen) ? `'${seen}` : seen;
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

export function csvWriter<Row extends object>(columns: readonly Column[]): CsvWriter<Row> {
  const fields = columns.map(({ name }) => name);
  const parser = new Parser<Row, Row>({ fields, header: false, eol: '\n', formatters });
  return {
    header: `${fields.join(',')}\n`,
    rows: (rows) => (rows.length === 0 ? '' : `${parser.parse([...rows])}\n`),
  };
}

export const kernelsCsv = csvWriter<KernelMeasurement>(KERNEL_COLUMNS);
export const samplesCsv = csvWriter<TimingSample>(SAMPLE_COLUMNS);

const curveRows = csvWriter<Record<(typeof CURVE_COLUMNS)[number]['name'], string | number | null>>(CURVE_COLUMNS);
const ms = (us: number | null): number | null => (us === null ? null : us / 1000);

/** Rows of curves.csv: the rates that records' searches for saturation tried. */
export const curvesCsv: CsvWriter<CellRecord> = {
  header: curveRows.header,
  rows: (records) =>
    curveRows.rows(
      records.flatMap((record) =>
        record.state !== 'done' || record.curve === undefined
          ? []
          : record.curve.map(({ offered_tps, achieved_tps, latency_us_p50, latency_us_p99, passed }) => ({
              cell: record.cell,
              workload: record.workload,
              nodes: record.nodes,
              network: record.network,
              replicate: record.replicate,
              offered_tps,
              achieved_tps,
              latency_ms_p50: ms(latency_us_p50),
              latency_ms_p99: ms(latency_us_p99),
              passed: passed ? 'yes' : 'no',
            })),
      ),
    ),
};
