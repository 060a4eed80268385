/** A column of a CSV file. */
export interface Column<Name extends string = string> {
  readonly name: Name;
  /** Empty for text and plain numbers. */
  readonly unit: string;
  readonly type: 'text' | 'integer' | 'number';
  readonly description: string;
  /** When the field is empty; '' where it never is. */
  readonly empty: string;
}

const RANKS = { 50: 'Median', 95: '95th percentile', 99: '99th percentile' } as const;
type Rank = keyof typeof RANKS;

/** Percentiles of a latency, in records.csv and in curves.csv; `over`: of what. */
export function latencyColumn<R extends Rank>(rank: R, over: string, empty: string): Column<`latency_ms_p${R}`> {
  return {
    name: `latency_ms_p${rank}`,
    unit: 'ms',
    type: 'number',
    description: `${RANKS[rank]} (nearest rank) over ${over} of the virtual time from submission to acceptance.`,
    empty,
  };
}
