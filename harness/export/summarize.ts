// Joins the replicates of a condition: everything equal but the replicate. Replicates are innermost in the plan, so one
// group at a time is enough whatever the size of the run.
import { METRICS, SUMMARY_KEYS, type CellRecord, type Metric, type RecordKeys } from '../record/schema.ts';
import type { Verdict } from '../simulate/types.ts';
import type { Cell } from '../suite/schema.ts';
import { meanInterval, wilson, type Interval } from './statistics.ts';

export interface Share {
  readonly violated: number;
  /** Replicates whose verdict is known. */
  readonly known: number;
  readonly share: number;
  /** Wilson. */
  readonly ci95: Interval;
}
export interface MetricSummary {
  readonly mean: number;
  /** Student t; null for one value. */
  readonly ci95: Interval | null;
}

/** What became of a replicate, the worst first: a fork outweighs a stall. */
export type Fate = 'unsafe' | 'stalled' | 'ok' | 'broken';

function fateOf(record: CellRecord): Fate {
  if (record.state === 'timeout' || record.state === 'failed') return 'broken';
  if (record.safety === 'violated') return 'unsafe';
  return record.liveness === 'violated' ? 'stalled' : 'ok';
}

/** A row of summary.csv. */
export interface Summary {
  readonly keys: Pick<RecordKeys, (typeof SUMMARY_KEYS)[number]>;
  /** The first cell of the condition, and the parameters that all of them have. */
  readonly first_cell: string;
  readonly parameters: Cell['parameters'];
  readonly replicates: number;
  readonly states: Readonly<Record<CellRecord['state'], number>>;
  readonly fates: Readonly<Record<Fate, number>>;
  /** Null where no verdict is known. */
  readonly safety: Share | null;
  readonly liveness: Share | null;
  /** Null where no done replicate has the metric. */
  readonly metrics: Readonly<Record<Metric, MetricSummary | null>>;
}

function shareOf(verdicts: readonly Verdict[]): Share | null {
  const known = verdicts.filter((verdict) => verdict !== 'unknown').length;
  if (known === 0) return null;
  const violated = verdicts.filter((verdict) => verdict === 'violated').length;
  return { violated, known, share: violated / known, ci95: wilson(violated, known) };
}

/** The records of one condition (at least one) joined. */
export function summarize(cell: Cell, records: readonly CellRecord[]): Summary {
  const first = records[0]!;
  const states = { done: 0, stalled: 0, timeout: 0, failed: 0 };
  const fates = { unsafe: 0, stalled: 0, ok: 0, broken: 0 };
  for (const record of records) {
    states[record.state] += 1;
    fates[fateOf(record)] += 1;
  }
  const done = records.filter((record) => record.state === 'done');
  const metrics = Object.fromEntries(
    METRICS.map((metric) => [metric, meanInterval(done.map((record) => record[metric]).filter((value) => value !== null))]),
  ) as Record<Metric, MetricSummary | null>;
  return {
    keys: Object.fromEntries(SUMMARY_KEYS.map((key) => [key, first[key]])) as Summary['keys'],
    first_cell: cell.id,
    parameters: cell.parameters,
    replicates: records.length,
    states,
    fates,
    safety: shareOf(records.map(({ safety }) => safety)),
    liveness: shareOf(records.map(({ liveness }) => liveness)),
    metrics,
  };
}

/** Equal for the replicates of a condition and for nothing else. */
export function conditionOf(cell: Cell): string {
  const { id: _id, seed: _seed, replicate: _replicate, ...condition } = cell;
  return JSON.stringify(condition);
}
