// All mechanisms, loaded. A worker of a run loads only its cell's: mechanisms.ts.
import { loadWorkload, mechanismIds } from './mechanisms.ts';
import type { Cell } from './model/cell.ts';
import { observationsByName } from './simulate/core/observations.ts';
import type { Workload } from './simulate/core/contract.ts';

const loaded = new Map<string, Workload>();
for (const id of mechanismIds()) loaded.set(id, await loadWorkload(id));
observationsByName([...loaded.values()].flatMap(({ observations = [] }) => observations));

/** All workloads by id, in the order of their ids. */
export const workloads: ReadonlyMap<string, Workload> = loaded;

/** What only some cells need a price for, and their workload says so before they run. */
export type PriceNeed = 'aggregates' | 'persists';
export const PRICE_NEEDS: readonly PriceNeed[] = ['aggregates', 'persists'];

/** Does the cell make or check aggregate signatures, or write what survives a crash? */
export function needsPrice(cell: Cell, need: PriceNeed): boolean {
  return workloads.get(cell.workload)![need]?.(cell) === true;
}

/** For each need the first workload that has it; null: none. */
export type Needing = Readonly<Record<PriceNeed, string | null>>;
export const NOTHING_NEEDED: Needing = { aggregates: null, persists: null };

/** Beside what cells before had. */
export function withNeedsOf(cell: Cell, before: Needing): Needing {
  const own = (need: PriceNeed): string | null => before[need] ?? (needsPrice(cell, need) ? cell.workload : null);
  return { aggregates: own('aggregates'), persists: own('persists') };
}
