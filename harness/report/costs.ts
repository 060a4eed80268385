// What transactions cost without faults: cost, energy and growth, and table 1.
import { BASES_NOTE, COST_COLUMNS, filledColumns } from '../analysis/costs.ts';
import { plural } from '../analysis/format.ts';
import { faultFreeRows, hardwareOf, type Model } from '../analysis/model.ts';
import { unnamedText } from '../analysis/series.ts';
import { minesApart } from '../record/price.ts';
import { MAX_IN_PANEL, drawnSeries, shownNodes, zeroMeans } from './cost-figures.ts';
import { SPREAD_NOTE, figureNumber, groupHtml, type Figure, type FigureGroup } from './figure.ts';
import { escape, estimateCell, figure, name, table, type Table } from './table.ts';

/** What the labels of the report's tables and figures leave out. */
function unnamedNote({ series }: Model): string {
  const unnamed = unnamedText(series);
  return unnamed === null ? '' : `\n<p>${escape(unnamed)}</p>`;
}

export function costSection(model: Model, figures: readonly Figure[]): string {
  if (model.referenceNodes === null) return `<p>No fault-free condition finished, so there is no cost to plot.</p>${unnamedNote(model)}`;
  const drawn = drawnSeries(model);
  const apart = drawn.flatMap(({ label, conditions }) => (minesApart(hardwareOf(conditions[0])) ? [label] : []));
  const nodes = shownNodes(model);
  const swept = model.series.length - drawn.length;
  const zeros = zeroMeans(model).map(({ name: metric, count }) => `${metric.toLowerCase()}: ${count}`);
  const left = [
    apart.length > 0 ? ` Under CPU time there is nothing for ${apart.join(', ')}: hardware that is no CPU mines.` : '',
    drawn.length > MAX_IN_PANEL && model.nodes.length > 1
      ? ' All panels of a figure have the same scales; the grey area is the range of all mechanisms.'
      : '',
    swept > 0
      ? ` ${plural(swept, 'variant')} at one of several offered rates ${swept === 1 ? 'is' : 'are'} in figure ${figureNumber(figures, 'rates')} and in table 1.`
      : '',
    nodes.length < model.nodes.length
      ? ` ${nodes.length} of ${model.nodes.length} numbers of nodes are drawn, evenly; table 1 has all.`
      : '',
    zeros.length > 0 ? ` Means of zero have no place on a logarithmic axis and are not drawn (${zeros.join('; ')}); table 1 has them.` : '',
  ].join('');
  const basis = `CPU time, energy and money are of all nodes together. ${BASES_NOTE}${left}`;
  const how =
    model.nodes.length > 1
      ? `Cost against the number of nodes, without faults; both axes are logarithmic. ${SPREAD_NOTE} ${EXPONENT_NOTE}`
      : `Cost by mechanism at n = ${model.nodes[0]}, without faults, smallest first; axes are logarithmic. ${SPREAD_NOTE}`;
  const of = (group: FigureGroup): string => figures.find((figure) => figure.group === group)?.caption ?? '';
  return [
    groupHtml(figures, 'cost', escape(`${how} ${basis}`)),
    table(costTable(model)),
    unnamedNote(model),
    groupHtml(figures, 'energy', escape(`${of('energy')} ${SPREAD_NOTE}`)),
    groupHtml(
      figures,
      'growth',
      escape(`Messages and bytes of one decision against the number of nodes, without faults. ${SPREAD_NOTE} ${EXPONENT_NOTE}`),
    ),
  ].join('\n');
}

const EXPONENT_NOTE =
  'Beside a line stands the exponent of the power law that fits its means best (least squares on logarithms, three numbers of nodes at the least), with half its 95% interval.';

function costTable(model: Model): Table {
  const shown = faultFreeRows(model.series, model.nodes);
  const columns = filledColumns(
    shown.map(({ summary }) => summary),
    COST_COLUMNS,
  );
  const begins = (index: number): boolean => shown[index].series !== shown[index - 1]?.series;
  return {
    id: 'table-costs',
    caption: 'Table 1. Cost without faults: means with the digits that their intervals carry; the bases are those of figure 1.',
    head: [{ title: 'mechanism' }, { title: 'n', numeric: true }, ...columns.map(({ title }) => ({ title, numeric: true }))],
    rows: shown.map(({ series, nodes, summary }, index) => [
      ...(begins(index) ? [{ ...name(series.label), rows: shown.filter((row) => row.series === series).length }] : []),
      figure(String(nodes)),
      ...columns.map((column) => estimateCell(column.estimate(summary, { plain: false }))),
    ]),
    first: begins,
  };
}
