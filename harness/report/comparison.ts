// Section 2: the comparison table.
import { COMPARISON_NOTE, comparisonTable } from '../analysis/comparison-table.ts';
import type { RunDigest } from '../analysis/digest.ts';
import type { Model } from '../analysis/model.ts';
import { EMPTY, escape, estimateCell, figure, name, table, words } from './table.ts';

export function comparisonTableSection(model: Model, digest: RunDigest): string {
  const { columns, rows } = comparisonTable(model, digest);
  if (rows.length === 0) return '<p>No condition without faults finished, so there is nothing to compare.</p>';
  return `${table({
    id: 'table-comparison',
    caption: 'Comparison: one row a mechanism and variant; one number of digits a column, intervals of 95%.',
    head: [
      { title: 'mechanism' },
      { title: 'n', numeric: true },
      ...columns.map(({ title, words: text }) => ({ title, numeric: text !== true })),
    ],
    rows: rows.map(({ label, nodes, cells }) => [
      name(label),
      figure(String(nodes)),
      ...cells.map((value, index) => {
        if (columns[index].words !== true) return estimateCell(value);
        return value === null ? { html: EMPTY } : words(value.value);
      }),
    ]),
  })}
<p>${escape(COMPARISON_NOTE)}</p>`;
}
