// The rows of a run's tables: the same fields in CSV, JSON and Parquet. Pure.
import type { MeanSummary } from '../analysis/statistics.ts';
import type { Summary } from '../analysis/summarize.ts';
import type { Cell } from '../model/cell.ts';
import { BOTTLENECKS } from '../model/load.ts';
import type { CellRecord, DoneRecord } from '../model/record.ts';
import type { Column } from '../record/column.ts';
import { METRICS, RECORD_COLUMNS } from '../record/columns.ts';
import { recordExtraColumns, summaryExtraColumns, sweptFields, type ExtraColumns } from '../record/extra-columns.ts';
import { SUMMARY_COLUMNS, SUMMARY_KEYS } from '../record/summary-columns.ts';
import { omit } from '../suite/omit.ts';

/** A row by the names of its columns; null and absent: no value. */
export type Row = Readonly<Record<string, string | number | null>>;

/** What a file of a table says beside its rows. */
export interface About {
  /** Of the suite. */
  readonly suite: string;
  readonly seed: number;
}

export const recordColumns = (extras: ExtraColumns): readonly Column[] => [...RECORD_COLUMNS, ...recordExtraColumns(extras)];
export const summaryColumns = (extras: ExtraColumns): readonly Column[] => [...SUMMARY_COLUMNS, ...summaryExtraColumns(extras)];

/** A row of the records: those of its fields that have a column. */
export function recordRow(record: CellRecord, cell: Cell, extras: ExtraColumns): Row {
  const observed = record.state === 'done' ? record.observations : undefined;
  return {
    ...omit(record as DoneRecord, ['curve', 'observations']),
    ...sweptFields(extras, cell),
    ...Object.fromEntries(extras.observations.map(({ name }) => [`o_${name}`, observed?.[name] ?? null])),
  };
}

function mostFrequent(bottlenecks: Summary['bottlenecks']): string | null {
  const seen = BOTTLENECKS.filter((one) => bottlenecks[one] !== undefined);
  return seen.length === 0 ? null : seen.reduce((a, b) => (bottlenecks[b]! > bottlenecks[a]! ? b : a));
}

/** A row of the summary; `first`: the first cell of the condition. */
export function summaryRow(summary: Summary, first: Cell, extras: ExtraColumns): Row {
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
  return { ...row, ...sweptFields(extras, first) };
}
