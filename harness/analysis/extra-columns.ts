// Which columns a run has beside the fixed ones: one pass over its plan, and what the workloads in it declare.
import path from 'node:path';
import type { ParameterValue } from '../model/cell.ts';
import { readPlan } from '../folder/plan-file.ts';
import type { RunFolder } from '../folder/read.ts';
import { extraColumns, roleObservations, type ExtraColumns, type Swept } from '../record/extra-columns.ts';
import { settingsOf } from '../record/settings.ts';
import type { Observation, Workload } from '../simulate/core/contract.ts';
import { workloads } from '../workloads.ts';

/** Finds the names that have several values within a mechanism. Memory grows with the names, not with the cells. */
class Sweep {
  readonly #first = new Map<string, Map<string, ParameterValue | undefined>>();
  readonly #swept = new Set<string>();
  readonly #texts = new Set<string>();

  add(workload: string, entries: readonly (readonly [name: string, value: ParameterValue])[]): void {
    const seen = this.#first.get(workload);
    if (seen === undefined) this.#first.set(workload, new Map(entries));
    else {
      const own = new Map(entries);
      for (const name of new Set([...seen.keys(), ...own.keys()])) if (seen.get(name) !== own.get(name)) this.#swept.add(name);
    }
    for (const [name, value] of entries) if (typeof value !== 'number') this.#texts.add(name);
  }

  result(): Swept[] {
    return [...this.#swept].map((name) => ({ name, isNumeric: !this.#texts.has(name) }));
  }
}

/** Memory grows with the parameters of the workloads, not with the cells. */
export function extrasOf({ dir }: Pick<RunFolder, 'dir'>, known: ReadonlyMap<string, Workload> = workloads): ExtraColumns {
  const parameters = new Sweep();
  const settings = new Sweep();
  const present = new Set<string>();
  const roles = new Set<string>();
  for (const cell of readPlan(path.join(dir, 'plan.json'))) {
    present.add(cell.workload);
    parameters.add(cell.workload, Object.entries(cell.parameters));
    settings.add(cell.workload, settingsOf(cell));
    const counted =
      known
        .get(cell.workload)
        ?.roles?.(cell)
        .filter(({ counted }) => counted) ?? [];
    if (counted.length > 1) for (const { id } of counted) roles.add(id);
  }
  const declared = [...present].sort().flatMap((id): readonly Observation[] => known.get(id)?.observations ?? []);
  return extraColumns({
    parameters: parameters.result(),
    settings: settings.result(),
    observations: [...declared, ...[...roles].flatMap(roleObservations)],
  });
}
