// What transactions cost without faults: figure 1 and table 1.
import { BASES_NOTE, COST_COLUMNS, filledColumns } from '../analysis/costs.ts';
import type { RunDigest } from '../analysis/digest.ts';
import { costDoubt } from '../analysis/findings.ts';
import { plural } from '../analysis/format.ts';
import { faultFreeRows, hardwareOf, sweptRates, type Model } from '../analysis/model.ts';
import { unnamedText } from '../analysis/series.ts';
import { minesApart } from '../record/price.ts';
import { costFigures, drawnSeries, shownNodes } from './figures.ts';
import { groupHeading, seriesLegend } from './legends.ts';
import { escape, estimateCell, figure, name, table, type Table } from './table.ts';

/** Beside every figure that the cost table prices, where its measurement is doubtful. */
export function doubtNote(digest: RunDigest): string {
  const doubt = costDoubt(digest);
  return doubt === null ? '' : `<p class="warning">${escape(doubt)}</p>\n`;
}

/** What the labels of the report's tables and figures leave out. */
function unnamedNote({ series }: Model): string {
  const unnamed = unnamedText(series);
  return unnamed === null ? '' : `\n<p>${escape(unnamed)}</p>`;
}

/** The metric is chosen with radio buttons and the style sheet alone. */
export async function costSection(model: Model, digest: RunDigest): Promise<string> {
  const figures = await costFigures(model);
  if (figures.length === 0) return `<p>No fault-free condition finished, so there is no cost to plot.</p>${unnamedNote(model)}`;
  const choices = figures
    .map(
      ({ name: title }, index) =>
        `<input type="radio" name="metric" id="metric-${index}"${index === 0 ? ' checked' : ''}><label for="metric-${index}">${escape(title)}</label>`,
    )
    .join('');
  const shown = figures.map((_, index) => `figure:has(#metric-${index}:checked) .variant-${index}`).join(',');
  const groups = drawnSeries(model);
  const drawn = groups.flat();
  // Every drawing of a group under that group's legend; the chosen metric's is shown.
  const drawings = groups.map((series, group) => {
    const variants = figures.map(({ drawings: of, name: metric }, index) => {
      const drawing = of[group];
      const html =
        drawing === null
          ? `<p>${escape(metric)}: no value above zero for these.</p>`
          : `<div class="wide">${drawing.wide}</div><div class="narrow">${drawing.narrow}</div>`;
      return `<div class="variant variant-${index}">${html}</div>`;
    });
    return `${groupHeading(groups, group)}${seriesLegend(series)}\n${variants.join('\n')}`;
  });
  const apart = drawn.flatMap(({ label, conditions }) => (minesApart(hardwareOf(conditions[0])) ? [label] : []));
  const nodes = shownNodes(model);
  const swept = sweptRates(model).size;
  const zeros = figures.flatMap(({ name: metric, zeros: count }) => (count > 0 ? [`${metric.toLowerCase()}: ${count}`] : []));
  const left = [
    apart.length > 0 ? ` Under CPU time there is no line for ${apart.join(', ')}: hardware that is no CPU mines.` : '',
    groups.length > 1 ? ' All drawings have the same scales.' : '',
    swept > 0
      ? ` ${plural(swept, 'variant')} at one of several offered rates ${swept === 1 ? 'is' : 'are'} in figure 2 and in table 1.`
      : '',
    drawn.length < model.series.length - swept
      ? ` ${drawn.length} of ${plural(model.series.length - swept, swept > 0 ? 'other variant' : 'variant')} are drawn; table 1 has all.`
      : '',
    nodes.length < model.nodes.length
      ? ` ${nodes.length} of ${model.nodes.length} numbers of nodes are drawn, evenly; table 1 has all.`
      : '',
    zeros.length > 0 ? ` Means of zero have no place on a logarithmic axis and are not drawn (${zeros.join('; ')}); table 1 has them.` : '',
  ];
  return `<style>${shown}{display:block}</style>
${doubtNote(digest)}<figure><fieldset class="choice"><legend>What is compared</legend>${choices}</fieldset>
${drawings.join('\n')}
<figcaption><b>Figure 1.</b> Cost against the number of nodes, without faults; both axes are logarithmic. Points are means over replicates, bars
their 95% intervals (often smaller than the point). CPU time, energy and money are of all nodes together. ${escape(`${BASES_NOTE}${left.join('')}`)}</figcaption></figure>
${table(costTable(model))}${unnamedNote(model)}`;
}

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
