// Rate and latency: the throughput–latency curves with their knees, and the table of rates.
import { RATES_NOTE, RATE_COLUMNS, filledColumns } from '../analysis/costs.ts';
import { plural } from '../analysis/format.ts';
import { faultFreeRows, type Model } from '../analysis/model.ts';
import { SPREAD_NOTE, groupHtml, type Figure } from './figure.ts';
import { EMPTY, escape, estimateCell, figure, name, table, words, type Cell } from './table.ts';

const CURVES_NOTE =
  'Throughput and latency, one panel a mechanism, one line a number of nodes, in the order of the rates that were offered. Filled points on thick lines: the 99th percentile; hollow points on thin lines: the median; bars and bands: 95% intervals over three or more replicates. The dashed line and the ring mark the knee: the capacity that the search for saturation found, with what limits it; without one, the largest rate before the 99th percentile exceeds 5 times that at the lowest rate. All panels have the same scales, logarithmic where values span a factor of ten.';

/** What no logarithmic or finite axis has a place for. */
function unplaced({ curves }: Model): string {
  const points = curves.flatMap((curve) => curve.points);
  const endless = points.filter(({ latency_ms_p99: p99 }) => p99 === null).length;
  return endless === 0
    ? ''
    : ` Of ${plural(points.length, 'rate')} ${endless} ${endless === 1 ? 'has' : 'have'} no point of the 99th percentile: it falls on transactions that were still waiting, or rejected, at the end.`;
}

export function rateSection(model: Model, figures: readonly Figure[]): string {
  const rows = faultFreeRows(model.series, model.nodes);
  const columns = filledColumns(
    rows.map(({ summary }) => summary),
    RATE_COLUMNS,
  );
  const begins = (index: number): boolean => rows[index].series !== rows[index - 1]?.series;
  const latency = figures.find(({ group }) => group === 'latency')?.caption ?? '';
  const drawn =
    model.curves.length === 0
      ? `<p>Nothing was offered at several rates and no capacity was looked for, so there is no curve of throughput and latency. A suite asks for one
with <code>load: { kind: open, rate_tps: [100, 1000] }</code> or <code>load: { kind: saturate }</code>.</p>`
      : groupHtml(figures, 'rates', escape(`${CURVES_NOTE}${unplaced(model)}`));
  return `<p>${escape(RATES_NOTE)}</p>
${drawn}
${groupHtml(figures, 'latency', escape(`${latency} ${SPREAD_NOTE}`))}
${table({
  id: 'table-rates',
  caption: 'Table 2. Rate and latency without faults.',
  head: [
    { title: 'mechanism' },
    { title: 'n', numeric: true },
    ...columns.map(({ title, words: text }) => ({ title, numeric: text !== true })),
  ],
  rows: rows.map(({ series, nodes, summary }, index) => [
    ...(begins(index) ? [{ ...name(series.label), rows: rows.filter((row) => row.series === series).length }] : []),
    figure(String(nodes)),
    ...columns.map((column): Cell => {
      const value = column.estimate(summary, { plain: false });
      if (column.words === true) return value === null ? { html: EMPTY } : words(value.value);
      return estimateCell(value);
    }),
  ]),
  first: begins,
})}`;
}
