// Which columns a run has beside the fixed ones: one pass over its plan, and what the workloads in it declare.
import path from 'node:path';
import { readPlan } from '../folder/plan-file.ts';
import type { RunFolder } from '../folder/read.ts';
import { extraColumns, roleObservations, type ExtraColumns } from '../record/extra-columns.ts';
import type { Observation, Workload } from '../simulate/core/contract.ts';
import { workloads } from '../workloads.ts';

/** Memory grows with the parameters of the workloads, not with the cells. */
export function extrasOf({ dir }: Pick<RunFolder, 'dir'>, known: ReadonlyMap<string, Workload> = workloads): ExtraColumns {
  const first = new Map<string, Map<string, unknown>>();
  const swept = new Set<string>();
  const roles = new Set<string>();
  for (const cell of readPlan(path.join(dir, 'plan.json'))) {
    const values = first.get(cell.workload) ?? new Map<string, unknown>();
    first.set(cell.workload, values);
    for (const [name, value] of Object.entries(cell.parameters)) {
      if (!values.has(name)) values.set(name, value);
      else if (values.get(name) !== value) swept.add(name);
    }
    const counted =
      known
        .get(cell.workload)
        ?.roles?.(cell)
        .filter(({ counted }) => counted) ?? [];
    if (counted.length > 1) for (const { id } of counted) roles.add(id);
  }
  const declared = [...first.keys()].sort().flatMap((id): readonly Observation[] => known.get(id)?.observations ?? []);
  return extraColumns(swept, [...declared, ...[...roles].flatMap(roleObservations)]);
}
