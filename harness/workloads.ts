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

/** Does the cell make or check aggregate signatures? */
export function hasAggregates(cell: Cell): boolean {
  return workloads.get(cell.workload)!.aggregates?.(cell) === true;
}
