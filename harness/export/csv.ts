// Rows to CSV text. Pure; harness/export/export.ts writes the files.
import { Parser } from '@json2csv/plainjs';
import type { KernelMeasurement } from '../measure/costs.ts';
import { BOTTLENECKS } from '../model/load.ts';
import type { Column } from '../record/column.ts';
import { METRICS, RECORD_COLUMNS } from '../record/columns.ts';
import { NO_EXTRAS, parameterFields, recordExtraColumns, summaryExtraColumns, type ExtraColumns } from '../record/extra-columns.ts';
import { SUMMARY_COLUMNS, SUMMARY_KEYS } from '../record/summary-columns.ts';
import { KERNEL_COLUMNS, SAMPLE_COLUMNS } from '../record/kernel-columns.ts';
import { CURVE_COLUMNS } from '../record/load-columns.ts';
import type { CellRecord, TimingSample } from '../model/record.ts';
import type { MeanSummary } from '../analysis/statistics.ts';
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

/** Rows of records.csv, with the fields of a run's extra columns (withExtras). */
export const recordsCsvOf = (extras: ExtraColumns): CsvWriter<CellRecord> =>
  csvWriter<CellRecord>([...RECORD_COLUMNS, ...recordExtraColumns(extras)]);
export const recordsCsv = recordsCsvOf(NO_EXTRAS);
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

function mostFrequent(bottlenecks: Summary['bottlenecks']): string | null {
  const seen = BOTTLENECKS.filter((one) => bottlenecks[one] !== undefined);
  return seen.length === 0 ? null : seen.reduce((a, b) => (bottlenecks[b]! > bottlenecks[a]! ? b : a));
}

function summaryRow(summary: Summary, extras: ExtraColumns): Record<string, string | number | null> {
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
    bottleneck: mostFrequent(summary.bottlenecks),
    offered_tps: summary.load.kind === 'open' ? summary.load.rate_tps : null,
  };
  for (const key of SUMMARY_KEYS) row[key] = summary.keys[key];
  for (const property of ['safety', 'liveness', 'durability'] as const) {
    const share = summary[property];
    row[`${property}_violated_share`] = share?.share ?? null;
    row[`${property}_violated_ci95_low`] = share?.ci95.low ?? null;
    row[`${property}_violated_ci95_high`] = share?.ci95.high ?? null;
  }
  const mean = (name: string, value: MeanSummary | null | undefined): void => {
    row[`${name}_mean`] = value?.mean ?? null;
    row[`${name}_ci95_low`] = value?.ci95?.low ?? null;
    row[`${name}_ci95_high`] = value?.ci95?.high ?? null;
  };
  for (const metric of METRICS) mean(metric, summary.metrics[metric]);
  for (const { name } of extras.observations) mean(`o_${name}`, summary.observations[name]);
  return { ...row, ...parameterFields(extras, summary.parameters) };
}

export function summaryCsvOf(extras: ExtraColumns): CsvWriter<Summary> {
  const writer = csvWriter<Record<string, string | number | null>>([...SUMMARY_COLUMNS, ...summaryExtraColumns(extras)]);
  return { header: writer.header, rows: (summaries) => writer.rows(summaries.map((summary) => summaryRow(summary, extras))) };
}
export const summaryCsv = summaryCsvOf(NO_EXTRAS);
