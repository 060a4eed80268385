// What workloads observe of their own, by condition.
import type { RunDigest } from '../analysis/digest.ts';
import type { Model } from '../analysis/model.ts';
import { observationRows } from '../analysis/observations.ts';
import { code, escape, estimateCell, figure, name, table, words } from './table.ts';

/** null where no condition has any. */
export function observationSection(model: Model, digest: RunDigest): string | null {
  const rows = observationRows(model, digest);
  if (rows.length === 0) return null;
  const described = new Map(rows.map(({ observation }) => [observation.name, observation]));
  const list = [...described.values()].map(
    ({ name: id, unit, description }) => `<li>${code(`o_${id}`)}${unit === '' ? '' : ` (${escape(unit)})`}: ${escape(description)}</li>`,
  );
  return `<p>Columns that mechanisms declare of their own, and counts by role.</p>
<ul>${list.join('')}</ul>
${table({
  id: 'table-observations',
  caption: 'What mechanisms observe: means over done replicates.',
  head: [
    { title: 'observation' },
    { title: 'mechanism' },
    { title: 'n', numeric: true },
    { title: 'fault' },
    { title: 'mean', numeric: true },
    { title: 'unit' },
  ],
  rows: rows.map(({ observation, label, nodes, fault, value }) => [
    name(observation.name),
    words(label),
    figure(String(nodes)),
    words(fault),
    estimateCell(value),
    words(observation.unit),
  ]),
  first: (index) => index > 0 && rows[index].observation !== rows[index - 1].observation,
})}`;
}
