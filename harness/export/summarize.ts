// Joins the replicates of a condition: everything equal but the replicate. Replicates are innermost in the plan, so one
// group at a time is enough whatever the size of the run.
import { METRICS, SUMMARY_KEYS, type CellRecord, type Metric, type RecordKeys } from '../record/schema.ts';
import type { Verdict } from '../simulate/types.ts';
import type { Cell } from '../suite/schema.ts';
import { MeanAccumulator, wilson, type Interval, type MeanSummary } from './statistics.ts';

export interface Share {
  readonly violated: number;
  /** Replicates whose verdict is known. */
  readonly known: number;
  readonly share: number;
  /** Wilson. */
  readonly ci95: Interval;
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
  readonly metrics: Readonly<Record<Metric, MeanSummary | null>>;
}

interface Verdicts {
  violated: number;
  known: number;
}

function shareOf({ violated, known }: Verdicts): Share | null {
  return known === 0 ? null : { violated, known, share: violated / known, ci95: wilson(violated, known) };
}

function count(verdicts: Verdicts, verdict: Verdict): void {
  if (verdict === 'unknown') return;
  verdicts.known += 1;
  if (verdict === 'violated') verdicts.violated += 1;
}

/** Joins the records of one condition, in memory that does not grow with them. */
export class ConditionSummary {
  readonly #cell: Cell;
  readonly #keys: Summary['keys'];
  readonly #states = { done: 0, stalled: 0, timeout: 0, failed: 0 };
  readonly #fates = { unsafe: 0, stalled: 0, ok: 0, broken: 0 };
  readonly #safety: Verdicts = { violated: 0, known: 0 };
  readonly #liveness: Verdicts = { violated: 0, known: 0 };
  readonly #means = METRICS.map(() => new MeanAccumulator());
  #replicates = 0;

  /** The first cell of the condition, and its record (which is not added). */
  constructor(cell: Cell, record: CellRecord) {
    this.#cell = cell;
    this.#keys = Object.fromEntries(SUMMARY_KEYS.map((key) => [key, record[key]])) as Summary['keys'];
  }

  add(record: CellRecord): void {
    this.#replicates += 1;
    this.#states[record.state] += 1;
    this.#fates[fateOf(record)] += 1;
    count(this.#safety, record.safety);
    count(this.#liveness, record.liveness);
    if (record.state !== 'done') return;
    for (let i = 0; i < METRICS.length; i++) {
      const value = record[METRICS[i]];
      if (value !== null) this.#means[i].add(value);
    }
  }

  summary(): Summary {
    return {
      keys: this.#keys,
      first_cell: this.#cell.id,
      parameters: this.#cell.parameters,
      replicates: this.#replicates,
      states: this.#states,
      fates: this.#fates,
      safety: shareOf(this.#safety),
      liveness: shareOf(this.#liveness),
      metrics: Object.fromEntries(METRICS.map((metric, i) => [metric, this.#means[i].result()])) as Summary['metrics'],
    };
  }
}

/** Equal for the replicates of a condition and for nothing else. */
export function conditionOf(cell: Cell): string {
  return JSON.stringify({ ...cell, id: '', seed: 0, replicate: 0 });
}
