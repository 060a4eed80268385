// Section 2: the comparison table.
import { COMPARISON_NOTE, comparisonTable, type ComparisonTable } from '../analysis/comparison-table.ts';
import type { RunDigest } from '../analysis/digest.ts';
import type { Model } from '../analysis/model.ts';
import { EMPTY, escape, estimateCell, figure, name, table, words } from './table.ts';

/** The rows under those of the columns that are chosen. */
function columnsTable({ columns, rows }: ComparisonTable, id: string, caption: string, apart: boolean): string {
  const shown = columns.flatMap((column, index) => ((column.apart === true) === apart ? [{ ...column, index }] : []));
  const filled = rows.filter(({ cells }) => shown.some(({ index }) => cells[index] !== null));
  if (filled.length === 0) return '';
  return table({
    id,
    caption,
    head: [
      { title: 'mechanism' },
      { title: 'n', numeric: true },
      ...shown.map(({ title, words: text }) => ({ title, numeric: text !== true })),
    ],
    rows: filled.map(({ label, nodes, cells }) => [
      name(label),
      figure(String(nodes)),
      ...shown.map(({ index, words: text }) => {
        const value = cells[index];
        if (text !== true) return estimateCell(value);
        return value === null ? { html: EMPTY } : words(value.value);
      }),
    ]),
  });
}

export function comparisonTableSection(model: Model, digest: RunDigest): string {
  const compared = comparisonTable(model, digest);
  if (compared.rows.length === 0) return '<p>No condition without faults finished, so there is nothing to compare.</p>';
  const caption = 'Comparison: one row a mechanism and variant; one number of digits a column, intervals of 95%.';
  return `${columnsTable(compared, 'table-comparison', caption, false)}
${columnsTable(compared, 'table-public', 'Public networks: power, energy and carbon of all nodes together, provisioned.', true)}
<p>${escape(COMPARISON_NOTE)}</p>`;
}
