// Conditions under load with invented results: latency grows as in a queue, and ends at the capacity.
import { ConditionSummary, type Summary } from '../../harness/analysis/summarize.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { DEFAULT_LOAD, LOAD_RULES, type Bottleneck, type LoadPoint, type LoadSpec } from '../../harness/model/load.ts';
import type { DoneRecord } from '../../harness/model/record.ts';
import { makeRecord } from '../../harness/record/make.ts';
import { workloads } from '../../harness/workloads.ts';
import { cell, costs, done, lottery, voting } from '../record/fixtures.ts';

export const open = (rate_tps: number): LoadSpec => ({ kind: 'open', rate_tps, arrivals: 'poisson', ...LOAD_RULES });
export const saturate = (p99_ms: number | 'auto' = 'auto'): LoadSpec => ({ kind: 'saturate', p99_ms, arrivals: 'poisson', ...LOAD_RULES });
export { DEFAULT_LOAD };

export type Replicate = Partial<DoneRecord>;

/** A condition without faults, with columns of its replicates' records set by hand. */
export function condition(at: Partial<Cell>, replicates: readonly Replicate[]): Summary {
  const whole: Cell = { ...cell, fault: { kind: 'crash', ratio: 0, placement: 'worst' }, ...at };
  const workload = { ...(workloads.get(whole.workload)?.family === 'lottery' ? lottery : voting), id: whole.workload };
  const records = replicates.map((columns) => ({
    ...(makeRecord(whole, workload, { outcome: done, engine: 'messages' }, costs, null) as DoneRecord),
    ...columns,
  }));
  const summary = new ConditionSummary(whole, records[0]!);
  for (const record of records) summary.add(record);
  return summary.summary();
}

/** Milliseconds of the median and the 99th percentile at a rate below a capacity; null above it. */
const latencyAt = (rate: number, capacity: number, base_ms: number): readonly [number, number] | null =>
  rate >= capacity ? null : [base_ms * (1 + 0.3 / (1 - rate / capacity)), base_ms * (1.2 + 1 / (1 - rate / capacity))];

export interface Queue {
  readonly capacity: number;
  readonly base_ms: number;
  readonly limit: Bottleneck;
  readonly replicates?: number;
}

/** An open load at a rate; replicates differ by some percent. */
export function openAt(at: Partial<Cell>, rate: number, { capacity, base_ms, limit, replicates = 3 }: Queue): Summary {
  return condition(
    { ...at, load: open(rate) },
    Array.from({ length: replicates }, (_, index) => {
      const off = 1 + 0.04 * (index - 1);
      const latency = latencyAt(rate, capacity, base_ms * off);
      return {
        throughput_tps: Math.min(rate, capacity) * (1 + 0.01 * (index - 1)),
        latency_ms_p50: latency?.[0] ?? null,
        latency_ms_p99: latency?.[1] ?? null,
        bottleneck: rate > 0.8 * capacity ? limit : 'latency',
      };
    }),
  );
}

/** What a search for saturation tried and found: doubling from a tenth of the capacity, then halving. */
export function saturated(
  at: Partial<Cell>,
  { capacity, base_ms, limit, replicates = 1 }: Queue,
  p99_ms: number | 'auto' = 'auto',
): Summary {
  const bound = p99_ms === 'auto' ? 5 * latencyAt(0.1 * capacity, capacity, base_ms)![1] : p99_ms;
  const tried = [0.1, 0.2, 0.4, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1.2].map((share): LoadPoint => {
    const latency = latencyAt(share * capacity, capacity, base_ms);
    return {
      offered_tps: share * capacity,
      achieved_tps: Math.min(share, 1) * capacity,
      latency_us_p50: latency === null ? null : latency[0] * 1000,
      latency_us_p99: latency === null ? null : latency[1] * 1000,
      passed: latency !== null && latency[1] <= bound,
    };
  });
  const last = tried.filter(({ passed }) => passed).at(-1)!;
  return condition(
    { ...at, load: saturate(p99_ms) },
    Array.from({ length: replicates }, () => ({
      throughput_tps: last.achieved_tps,
      latency_ms_p50: last.latency_us_p50! / 1000,
      latency_ms_p99: last.latency_us_p99! / 1000,
      bottleneck: limit,
      curve: tried,
    })),
  );
}
