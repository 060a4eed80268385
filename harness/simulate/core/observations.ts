// Columns of workloads' own, by name: what shares a name is one column.
import type { Observation } from './contract.ts';

/** @throws TypeError where two of a name are not the same column */
export function observationsByName(observations: Iterable<Observation>): Map<string, Observation> {
  const named = new Map<string, Observation>();
  for (const observation of observations) {
    const first = named.get(observation.name);
    if (first === undefined) named.set(observation.name, observation);
    else
      for (const key of ['unit', 'kind', 'description'] as const)
        if (first[key] !== observation[key])
          throw new TypeError(
            `observation ${observation.name}: received the ${key} ${JSON.stringify(observation[key])} where another workload declares ${JSON.stringify(first[key])}; accepted: one unit, kind and description for a name, or another name`,
          );
  }
  return named;
}
