// Rate and latency: the throughput–latency curves with their knees, and the table of rates.
import { RATES_NOTE, RATE_COLUMNS, filledColumns } from '../analysis/costs.ts';
import { plural } from '../analysis/format.ts';
import type { Curve, RatePoint } from '../analysis/load.ts';
import { kneeText, latencyText, rateText } from '../analysis/load-texts.ts';
import { faultFreeRows, type Model } from '../analysis/model.ts';
import type { MeanSummary } from '../analysis/statistics.ts';
import { markerLegend } from './legends.ts';
import { MAX_SERIES } from './plots.ts';
import { ratePlot, type KneeMark, type RateMark } from './rate-plot.ts';
import { EMPTY, escape, estimateCell, figure, name, table, words, type Cell } from './table.ts';

const ends = ({ mean, ci95 }: MeanSummary): [low: number, high: number] => (ci95 === null ? [mean, mean] : [ci95.low, ci95.high]);

function marksOf(series: number, curve: Curve, { offered_tps, achieved_tps, latency_ms_p50, latency_ms_p99, from }: RatePoint): RateMark[] {
  return (
    [
      ['p50', latency_ms_p50, 'median'],
      ['p99', latency_ms_p99, '99th percentile'],
    ] as const
  ).flatMap(([rank, latency, said]) => {
    if (latency === null || achieved_tps.mean <= 0 || latency.mean <= 0) return [];
    const [xLow, xHigh] = ends(achieved_tps);
    const [yLow, yHigh] = ends(latency).map((value) => value / 1000);
    const tried = from === 'saturate' ? ', tried by the search' : '';
    return [
      {
        series,
        order: offered_tps,
        x: achieved_tps.mean,
        xLow,
        xHigh,
        y: latency.mean / 1000,
        yLow,
        yHigh,
        rank,
        text: `${curve.label}, n = ${curve.nodes}: ${said} ${latencyText(latency)} at ${rateText(achieved_tps)}; ${plural(achieved_tps.count, 'replicate')}${tried}`,
      },
    ];
  });
}

interface CurvePanel {
  readonly title: string;
  readonly legend: string;
  /** Null where no rate has a latency. */
  readonly svg: string | null;
  readonly knees: readonly string[];
}

/** A panel a variant, its curves by number of nodes; more than can be told apart take several. */
async function curvePanels({ curves }: Model): Promise<CurvePanel[]> {
  const panels: CurvePanel[] = [];
  for (const label of new Set(curves.map((curve) => curve.label))) {
    const all = curves.filter((curve) => curve.label === label).sort((a, b) => a.nodes - b.nodes);
    for (let from = 0; from < all.length; from += MAX_SERIES) {
      const own = all.slice(from, from + MAX_SERIES);
      const names = own.map(({ nodes }) => `n = ${nodes}`);
      const svg = await ratePlot({
        description: `Latency against throughput: ${label}, ${names.join(', ')}`,
        series: names,
        marks: own.flatMap((curve, series) => curve.points.flatMap((point) => marksOf(series, curve, point))),
        knees: own.flatMap((curve, series) =>
          curve.knees.map((knee): KneeMark => ({
            series,
            x: knee.rate_tps.mean,
            y: knee.latency_ms_p99 === null ? null : knee.latency_ms_p99.mean / 1000,
            text: `${label}, ${names[series]}: ${kneeText(knee)}`,
          })),
        ),
        width: 250,
        height: 210,
      });
      panels.push({
        title: label,
        legend: markerLegend(names),
        svg,
        knees: own.flatMap(({ knees }, series) =>
          knees.length === 0
            ? [`${names[series]}: no knee, for want of two rates`]
            : knees.map((knee) => `${names[series]}: ${kneeText(knee)}`),
        ),
      });
    }
  }
  return panels;
}

/** What no logarithmic or finite axis has a place for. */
function unplaced({ curves }: Model): string {
  const points = curves.flatMap((curve) => curve.points);
  const endless = points.filter(({ latency_ms_p99: p99 }) => p99 === null).length;
  return endless === 0
    ? ''
    : ` Of ${plural(points.length, 'rate')} ${endless} ${endless === 1 ? 'has' : 'have'} no point of the 99th percentile: it falls on transactions that were still waiting, or rejected, at the end.`;
}

export async function rateSection(model: Model): Promise<string> {
  const panels = await curvePanels(model);
  const rows = faultFreeRows(model.series, model.nodes);
  const columns = filledColumns(
    rows.map(({ summary }) => summary),
    RATE_COLUMNS,
  );
  const begins = (index: number): boolean => rows[index].series !== rows[index - 1]?.series;
  const drawn =
    panels.length === 0
      ? `<p>Nothing was offered at several rates and no capacity was looked for, so there is no curve of throughput and latency. A suite asks for one
with <code>load: { kind: open, rate_tps: [100, 1000] }</code> or <code>load: { kind: saturate }</code>.</p>`
      : `<figure><div class="panels">${panels
          .map(
            ({ title, legend, svg, knees }) =>
              `<div class="panel"><h4>${escape(title)}</h4>${legend}${svg ?? '<p>No rate with a latency.</p>'}<ul class="knees">${knees.map((knee) => `<li>${escape(knee)}</li>`).join('')}</ul></div>`,
          )
          .join('\n')}</div>
<figcaption><b>Figure 2.</b> Throughput and latency, one panel a mechanism, one line a number of nodes, in the order of the rates that were offered. Filled points on thick lines: the
99th percentile; hollow points on thin lines: the median; bars: 95% intervals over replicates. The dotted line and the ring mark the knee: the capacity that the search for
saturation found, with what limits it; without one, the largest rate before the 99th percentile exceeds 5 times that at the lowest rate. Axes are
logarithmic where values span a factor of ten.${escape(unplaced(model))}</figcaption></figure>`;
  return `<p>${escape(RATES_NOTE)}</p>
${drawn}
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
