// report.html: one self-contained file. Nothing is loaded, no script runs; every number in it comes from the records, the
// cost table or the environment of the run.
import { minesApart, unitRate_hs } from '../record/price.ts';
import { DEFAULT_PRICES, PRICE_LABELS, type Prices } from '../model/prices.ts';
import { RECORD_COLUMNS } from '../record/columns.ts';
import type { RunDigest } from '../analysis/digest.ts';
import type { Fate, Summary } from '../analysis/summarize.ts';
import type { Property } from '../analysis/verdict.ts';
import { warningText } from '../measure/costs.ts';
import { workloads } from '../workloads.ts';
import { BASES_NOTE, adversaryEstimate, filledColumns } from '../analysis/costs.ts';
import { MILLISECONDS, NUMBER, SECONDS, SHARE, estimate, estimateOf, verdictText, type Estimate } from '../analysis/estimate.ts';
import { costFigures, drawnSeries, fatePanels, finalityPanels, shownNodes, type Panel } from './figures.ts';
import {
  THRESHOLD_TITLES,
  boundClaim,
  costDoubt,
  deviation,
  findings,
  notices,
  retriedText,
  thresholdTable,
  type ThresholdRow,
} from '../analysis/findings.ts';
import { duration, number, plural, share } from '../analysis/format.ts';
import { faultFreeRows, faultLabel, hardwareOf, modelOf, type Model, type Series } from '../analysis/model.ts';
import { FATE_NAMES, SERIES_COLOURS, SERIES_DASHES, SERIES_SHAPES, STACKED } from './plots.ts';
import { STYLE } from './style.ts';

/** Rows of the table of all conditions, a mechanism; summary.csv has the rest. */
const MAX_ROWS = 150;
/** Characters of the suite that are shown. */
const MAX_SUITE = 20_000;

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const code = (text: string): string => `<code>${escape(text)}</code>`;
const EMPTY = '<span class="ci">–</span>';

interface Cell {
  readonly html: string;
  readonly numeric?: boolean;
  readonly header?: boolean;
  /** Its text may be broken into lines: a sentence, or a verdict with its evidence. */
  readonly wraps?: 'prose' | 'evidence';
  /** Rows that it spans. */
  readonly rows?: number;
}
const words = (text: string): Cell => ({ html: escape(text) });
const prose = (text: string): Cell => ({ html: escape(text), wraps: 'prose' });
const name = (text: string): Cell => ({ html: escape(text), header: true });
const figure = (text: string): Cell => ({ html: escape(text), numeric: true });

/** A mean, its interval, and of how many replicates it is where not of all. */
function estimateCell(found: Estimate | null): Cell {
  if (found === null) return { html: EMPTY, numeric: true };
  const beside = [found.interval, found.survivors].filter((part) => part !== '').join(' ');
  return { html: `${escape(found.value)}${beside === '' ? '' : ` <span class="ci">${escape(beside)}</span>`}`, numeric: true };
}

interface Table {
  /** Unique in the page. */
  readonly id: string;
  readonly caption: string;
  readonly head: readonly { readonly title: string; readonly numeric?: boolean }[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that begin a group. */
  readonly first?: (index: number) => boolean;
}

function table({ id, caption, head, rows, first }: Table): string {
  const headCells = head
    .map(({ title, numeric }) => `<th scope="col"${numeric === true ? ' class="n"' : ''}>${escape(title)}</th>`)
    .join('');
  const body = rows
    .map((cells, index) => {
      const texts = cells.map(({ html, numeric, header, wraps, rows: spanned = 1 }) => {
        const span = spanned > 1 ? ` rowspan="${spanned}"` : '';
        if (header === true) return `<th scope="${spanned > 1 ? 'rowgroup' : 'row'}"${span}>${html}</th>`;
        const kind = numeric === true ? ' class="n"' : wraps === undefined ? '' : ` class="${wraps}"`;
        return `<td${kind}${span}>${html}</td>`;
      });
      return `<tr${first?.(index) === true ? ' class="first"' : ''}>${texts.join('')}</tr>`;
    })
    .join('\n');
  return `<p class="caption" id="${id}">${escape(caption)}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}"><table aria-labelledby="${id}"><thead><tr>${headCells}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

const MARKERS: Readonly<Record<(typeof SERIES_SHAPES)[number], string>> = {
  circle: '<circle cx="16" cy="7" r="4"/>',
  square: '<path d="M12.5 3.5h7v7h-7z"/>',
  'triangle-up': '<path d="M16 2.5 20.5 10.5h-9z"/>',
  diamond: '<path d="M16 2 20 7 16 12 12 7z"/>',
  cross: '<path d="M14.6 2.6h2.8v3h3v2.8h-3v3h-2.8v-3h-3V5.6h3z"/>',
  'triangle-down': '<path d="M16 11.5 20.5 3.5h-9z"/>',
  'triangle-right': '<path d="M20.5 7 12.5 2.5v9z"/>',
  'triangle-left': '<path d="M11.5 7 19.5 2.5v9z"/>',
};

function seriesLegend(series: readonly Series[], shown: (one: Series) => boolean = () => true): string {
  const items = series.flatMap((one, index) => {
    if (!shown(one)) return [];
    const colour = SERIES_COLOURS[index];
    const dash = SERIES_DASHES[index].join(' ');
    const line = `<path d="M0 7H32" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`;
    return `<li><svg width="32" height="14" viewBox="0 0 32 14" aria-hidden="true">${line}<g fill="${colour}">${MARKERS[SERIES_SHAPES[index]]}</g></svg>${escape(one.label)}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** Those of the fates that occur, and what the dashed line is. */
function fateLegend(model: Model): string {
  const seen = STACKED.filter((fate) => model.faultRows.some(({ conditions }) => conditions.some(({ fates }) => fates[fate] > 0)));
  return `<ul class="legend">${seen.map((fate) => `<li class="fate ${fate}">${FATE_NAMES[fate]}</li>`).join('')}<li>┆ past it, more nodes are faulty than the mechanism's paper claims to bear</li></ul>`;
}

function panels(list: readonly Panel[]): string {
  return `<div class="panels">${list
    .map(({ title, note, svg }) => `<div class="panel"><h4>${escape(title)}</h4><p>${escape(note)}</p>${svg}</div>`)
    .join('\n')}</div>`;
}

/** Beside every figure that the cost table prices, where its measurement is doubtful. */
function doubtNote(digest: RunDigest): string {
  const doubt = costDoubt(digest);
  return doubt === null ? '' : `<p class="warning">${escape(doubt)}</p>\n`;
}

/** The metric is chosen with radio buttons and the style sheet alone. */
async function costSection(model: Model, digest: RunDigest): Promise<string> {
  const figures = await costFigures(model);
  if (figures.length === 0) return '<p>No fault-free condition finished, so there is no cost to plot.</p>';
  const choices = figures
    .map(
      ({ name: title }, index) =>
        `<input type="radio" name="metric" id="metric-${index}"${index === 0 ? ' checked' : ''}><label for="metric-${index}">${escape(title)}</label>`,
    )
    .join('');
  const shown = figures.map((_, index) => `figure:has(#metric-${index}:checked) .variant-${index}`).join(',');
  const drawings = figures
    .map(
      ({ wide, narrow }, index) =>
        `<div class="variant variant-${index}"><div class="wide">${wide}</div><div class="narrow">${narrow}</div></div>`,
    )
    .join('\n');
  const hidden = model.series.length - drawnSeries(model).length;
  const apart = drawnSeries(model).flatMap(({ label, conditions }) => (minesApart(hardwareOf(conditions[0])) ? [label] : []));
  return `<style>${shown}{display:block}</style>
${doubtNote(digest)}<figure><fieldset class="choice"><legend>What is compared</legend>${choices}</fieldset>
${seriesLegend(drawnSeries(model))}
${drawings}
<figcaption><b>Figure 1.</b> Cost against the number of nodes, without faults; both axes are logarithmic. Points are means over replicates, bars
their 95% intervals (often smaller than the point). CPU time, energy and money are of all nodes together. ${escape(BASES_NOTE)}${
    apart.length > 0 ? ` Under CPU time there is no line for ${escape(apart.join(', '))}: hardware that is no CPU mines.` : ''
  }${hidden > 0 ? ` ${plural(hidden, 'more variant')} not drawn; the tables have them.` : ''}${
    shownNodes(model).length < model.nodes.length
      ? ` Of ${model.nodes.length} numbers of nodes, ${shownNodes(model).length} are shown here and in table 1.`
      : ''
  }</figcaption></figure>
${table(costTable(model))}`;
}

function costTable(model: Model): Table {
  const shown = faultFreeRows(model.series, shownNodes(model)).slice(0, MAX_ROWS);
  const columns = filledColumns(shown.map(({ summary }) => summary));
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

const FATE_OF: Readonly<Record<Property, Fate>> = {
  safety: 'unsafe',
  durability: 'undurable',
  liveness: 'unlive',
  finality: 'unfinal',
};

function thresholdCell({ property, text }: ThresholdRow['thresholds'][number]): Cell {
  return { html: text === null ? EMPTY : `<span class="fate ${FATE_OF[property]}">${escape(text)}</span>`, wraps: 'evidence' };
}

/** A condition's verdict, by the same rule as every other place that says whether something holds. */
function verdictCell(summary: Summary): Cell {
  const { fates, replicates } = summary;
  const { verdict, property } = summary.verdict;
  const fate: Fate = verdict === 'holds' ? 'ok' : verdict === 'undecided' ? 'unknown' : FATE_OF[property!];
  // Where replicates fared unlike; the verdict is of all of them.
  const mixed = STACKED.filter((one) => fates[one] > 0 && fates[one] < replicates).map(
    (one) => `<br><span class="fate ${one}">${FATE_NAMES[one]} ${share(fates[one], replicates)}</span>`,
  );
  return { html: `<span class="fate ${fate}">${escape(verdictText(summary))}</span>${mixed.join('')}`, wraps: 'evidence' };
}

async function faultSection(model: Model): Promise<string> {
  const fates = await fatePanels(model);
  if (fates.length === 0) return '<p>The suite sweeps no faults.</p>';
  const finality = await finalityPanels(model);
  const { properties, rows } = thresholdTable(model, { brief: false });
  const claims = [...new Set(model.faultRows.map(({ series }) => series.workload))].flatMap((workload) => {
    const claim = boundClaim(workload);
    return claim === null ? [] : [`<li><b>${escape(workload)}</b>: ${escape(claim)}</li>`];
  });
  return `<figure>${fateLegend(model)}
${panels(fates)}
<figcaption><b>Figure 2.</b> What became of the replicates at each fault ratio, one panel a mechanism and kind of fault. Liveness is violated where nothing under way could make
progress, or users’ transactions stayed out of the chain. A violated liveness or
safety past the claimed bound is what the paper predicts; before it, it contradicts the claim. Under attack, the attacks of all replicates together decide what became
of them: against the accepted risk, at 95%.</figcaption></figure>
${claims.length === 0 ? '' : `<h3>Claimed bounds</h3><ul>${claims.join('')}</ul>`}
${
  finality.length === 0
    ? ''
    : `<figure>${seriesLegend(drawnSeries(model), (one) => model.faultRows.some(({ series }) => series === one))}
${panels(finality)}
<figcaption><b>Figure 3.</b> Time until a transaction may be relied on, against the fault ratio, at the same risk of reversal for every mechanism. A line
ends where nothing becomes final: liveness is violated, or no finite number of confirmations gives the risk.</figcaption></figure>`
}
${table({
  id: 'table-breaking',
  caption:
    'Table 2. Where each mechanism broke: the first fault ratio (or count) of the sweep at which it happened, with the number of faulty nodes, in how many replicates, and the exact 95% bound of how often it happens. Under attack, all replicates’ attacks together against the accepted risk; undecided where they are too few to tell.',
  head: [
    { title: 'mechanism' },
    { title: 'fault' },
    { title: 'n' },
    { title: 'holds up to' },
    ...properties.map((property) => ({ title: THRESHOLD_TITLES[property] })),
  ],
  rows: rows
    .slice(0, MAX_ROWS)
    .map(({ label, kind, nodes, holds, thresholds }) => [
      name(label),
      words(kind),
      words(nodes),
      { html: escape(holds ?? '–'), wraps: 'evidence' },
      ...thresholds.map(thresholdCell),
    ]),
})}`;
}

const COSTS = [
  'cpu_s_per_tx',
  'cpu_s_per_tx_provisioned',
  'joules_per_tx',
  'joules_per_tx_provisioned',
  'usd_per_1000_tx',
  'usd_per_1000_tx_provisioned',
] as const;

function conditionTables(model: Model): string {
  return model.series
    .map((series, index) => {
      const rows = series.conditions.slice(0, MAX_ROWS).map((summary): Cell[] => {
        const { keys, faulty_nodes } = summary;
        return [
          figure(String(keys.nodes)),
          words(keys.fault_kind),
          words(faultLabel(summary)),
          faulty_nodes === null ? { html: EMPTY, numeric: true } : figure(String(faulty_nodes)),
          verdictCell(summary),
          estimateCell(estimate(summary, 'latency_ms_p50', MILLISECONDS)),
          estimateCell(estimate(summary, 'finality_ms', MILLISECONDS)),
          estimateCell(adversaryEstimate(summary)),
          ...(['messages_per_decision', ...COSTS] as const).map((metric) => estimateCell(estimate(summary, metric, NUMBER))),
          estimateCell(estimate(summary, 'stale_rate', SHARE)),
          estimateCell(estimate(summary, 'view_changes', NUMBER)),
        ];
      });
      const { keys } = series.conditions[0];
      const more = series.conditions.length - rows.length;
      return `<details><summary>${escape(series.label)} <span>(${plural(series.conditions.length, 'condition')})</span></summary>
<p class="lead">${escape([keys.network, `${plural(keys.tx_per_decision, 'transaction')} a decision`, `risk ${keys.risk}`, keys.parameters].filter((part) => part !== '').join('; '))}</p>
${table({
  id: `table-conditions-${index}`,
  caption: `${series.label}: every condition${more > 0 ? `, the first ${rows.length} of ${series.conditions.length}; summary.csv has all` : ''}`,
  head: [
    { title: 'n', numeric: true },
    { title: 'fault' },
    { title: 'φ or count' },
    { title: 'faulty nodes', numeric: true },
    { title: 'verdict' },
    { title: 'latency p50', numeric: true },
    { title: 'finality', numeric: true },
    { title: 'adversary', numeric: true },
    { title: 'messages', numeric: true },
    { title: 'CPU-s per tx, marginal', numeric: true },
    { title: 'provisioned', numeric: true },
    { title: 'J per tx, marginal', numeric: true },
    { title: 'provisioned', numeric: true },
    { title: 'USD per 1000 tx, marginal', numeric: true },
    { title: 'provisioned', numeric: true },
    { title: 'stale', numeric: true },
    { title: 'view changes', numeric: true },
  ],
  rows,
})}</details>`;
    })
    .join('\n');
}

function comparisonSection(model: Model, digest: RunDigest): string {
  if (model.comparisons.length === 0) return '<p>The suite has no measured cells (<code>crypto: measured</code>).</p>';
  const rows = model.comparisons
    .slice(0, MAX_ROWS)
    .map(({ label, summary, predicted, measured, ratio }) => [
      name(label),
      figure(String(summary.keys.nodes)),
      words(`${summary.keys.fault_kind} ${faultLabel(summary)}`),
      estimateCell(estimateOf(predicted, summary.replicates, SECONDS)),
      estimateCell(estimateOf(measured, summary.replicates, SECONDS)),
      words(deviation(ratio)),
    ]);
  return `<p>Predicted: the counts of the simulation priced with the cost table. Measured: the operations of the same cells done for real on this machine, with real keys,
signatures and headers. Of mining a part is done (measured_hashes_per_block trials a block), and its cost a hash is applied to all hashes that are predicted.${
    digest.run.environment['cpu_model'] === digest.run.costs.machine
      ? ''
      : ` The cost table is of another machine (${escape(digest.run.costs.machine)}): the ratio compares machines too.`
  }</p>
${doubtNote(digest)}${table({
    id: 'table-measured',
    caption: 'Table 3. CPU time per decision, all nodes together.',
    head: [
      { title: 'mechanism' },
      { title: 'n', numeric: true },
      { title: 'fault' },
      { title: 'predicted', numeric: true },
      { title: 'measured', numeric: true },
      { title: 'the measurement is' },
    ],
    rows,
  })}`;
}

function priceSection(model: Model, { run }: RunDigest): string {
  const { costs } = run;
  const prices: Prices = costs.prices ?? DEFAULT_PRICES;
  const rows = Object.entries(PRICE_LABELS).map(([key, label]) => {
    const price = prices[key as keyof Prices];
    return [
      name(label.name),
      figure(String(price.value)),
      words(label.unit),
      prose(price.source + (price.year === null ? '' : ` (${price.year})`)),
    ];
  });
  rows.push([name('power of a busy core'), figure(number(costs.watts_per_core)), words('W'), prose(costs.watts_source)]);
  const hardware = new Map<string, Cell[]>();
  for (const { conditions, workload } of model.series) {
    const unit = hardwareOf(conditions[0]);
    if (unit === undefined) continue;
    hardware.set(`${workload} ${unit.name}`, [
      name(workload),
      words(unit.name),
      figure(number(unitRate_hs(unit, costs))),
      unit.joules_per_hash === null ? words('CPU-seconds × watts per core') : words(`${number(unit.joules_per_hash * 1e12)} J/TH`),
      unit.network_hash_rate_hs === null ? figure(String(unit.cores_per_node)) : words('as the network’s hash rate asks for'),
    ]);
  }
  return `${table({
    id: 'table-prices',
    caption:
      'Table 4. What money and energy are counted with. A suite can replace the prices (prices), the command line the power (--watts-per-core).',
    head: [{ title: 'constant' }, { title: 'value', numeric: true }, { title: 'unit' }, { title: 'source' }],
    rows,
  })}
${
  hardware.size === 0
    ? ''
    : table({
        id: 'table-hardware',
        caption:
          'Table 5. Mining hardware. Its energy is in both bases; its price over its life in the provisioned one, for hardware that is no CPU.',
        head: [
          { title: 'mechanism' },
          { title: 'hardware' },
          { title: 'hashes per second', numeric: true },
          { title: 'energy' },
          { title: 'units per mining node', numeric: true },
        ],
        rows: [...hardware.values()],
      })
}`;
}

function kernelSection({ run }: RunDigest): string {
  // Those of single rows stand in the rows.
  const general = run.warnings
    .filter(({ figure: of }) => of === null)
    .map((warning) => `<p class="warning">${escape(warningText(warning))}</p>`);
  const doubted = run.costs.kernels.some(({ warning }) => warning !== null);
  const { kernels, seconds, machine, node, backend } = run.costs;
  const said = `<p>Cost table of ${escape(machine)}, Node ${escape(node)}, backend ${code(backend)}: ${[
    ['double SHA-256 of a header', seconds.sha256d_nonce],
    ['signature', seconds.ed25519_sign],
    ['verification', seconds.ed25519_verify],
    ['MAC', seconds.hmac_sha256],
    ['eligibility evaluation', seconds.sha512_evaluation],
    ['vote counted', seconds.tally_vote],
  ]
    .map(([what, value]) => `${what as string} ${escape(duration(value as number))}`)
    .join(
      ', ',
    )}; a batch of ${seconds.ed25519_batch.map(({ size, seconds: time }) => `${size} signatures ${escape(duration(time))}`).join(', ')}.</p>`;
  if (kernels.length === 0) return `${general.join('')}${said}`;
  return `${general.join('')}${said}
${table({
  id: 'table-kernels',
  caption: 'Table 6. The kernels on this machine: median rate and its 95% interval.',
  head: [
    { title: 'kernel' },
    { title: 'backend' },
    { title: 'median rate', numeric: true },
    { title: '95% interval', numeric: true },
    { title: 'unit' },
    { title: '× node:crypto', numeric: true },
    { title: 'samples', numeric: true },
    ...(doubted ? [{ title: 'doubtful' }] : []),
  ],
  rows: kernels.map((kernel) => [
    name(kernel.kernel),
    words(kernel.backend),
    figure(number(kernel.rate_median)),
    figure(`${number(kernel.rate_ci95_low)} – ${number(kernel.rate_ci95_high)}`),
    words(kernel.unit),
    kernel.ratio_to_node_crypto === null ? { html: EMPTY, numeric: true } : figure(number(kernel.ratio_to_node_crypto)),
    figure(String(kernel.samples)),
    ...(doubted ? [prose(kernel.warning ?? '')] : []),
  ]),
})}`;
}

/** `a.b.c` and its value, for every leaf of environment.json. */
function leaves(value: unknown, path: string): [string, string][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.length === 0 ? [] : [[path, value.map((item) => JSON.stringify(item)).join('; ')]];
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, member]) => leaves(member, path === '' ? key : `${path}.${key}`));
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}

function environmentSection({ run }: RunDigest): string {
  const items = leaves(run.environment, '').map(([key, value]) => `<dt>${escape(key.replaceAll('_', ' '))}</dt><dd>${escape(value)}</dd>`);
  return `<dl>${items.join('')}</dl>`;
}

function reproduceSection({ run, broken }: RunDigest): string {
  const failures =
    broken.length === 0
      ? ''
      : `<h3>Cells without a result</h3><ul>${broken
          .map(
            ({ cell, state, state_reason }) =>
              `<li>${code(cell)} ${escape(state)}: ${escape(state_reason)}<br>${code(`npx consensus-bench run suite.yaml --cell ${cell}`)}</li>`,
          )
          .join('')}</ul>`;
  const text = run.suite.text.length > MAX_SUITE ? `${run.suite.text.slice(0, MAX_SUITE)}\n… (cut; suite.yaml has all)` : run.suite.text;
  return `<p>In this folder, the first command runs the suite again at the same costs: modelled rows come out the same to the byte. The second replays one row.</p>
<pre>npx consensus-bench run suite.yaml --costs costs.json --out again
npx consensus-bench run suite.yaml --cell ID</pre>
${failures}
<details><summary>The suite, defaults written out</summary><pre>${escape(text)}</pre></details>`;
}

/** Each finding begins with its subject and a colon. */
function findingsList(found: readonly string[]): string {
  const items = found.map((finding) => {
    const colon = finding.indexOf(':');
    return colon === -1 ? escape(finding) : `<b>${escape(finding.slice(0, colon))}</b>${escape(finding.slice(colon))}`;
  });
  return `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}

const LIMITS: readonly string[] = [
  'Latency, finality, throughput, messages and verdicts are simulated: virtual time on a modelled network. CPU time, energy and money are counts of operations priced with costs measured on one machine. A simulator’s own running time appears nowhere.',
  'Throughput is that of decisions run one after another (one in flight). It is no saturation figure, and pipelining would raise it.',
  'CPU time holds the cryptography, vote counting and hashing that the protocol needs. Execution of transactions, their clients’ signatures, storage, serialisation and the operating system are not in it, for any mechanism.',
  'Costs stand on two bases. Marginal: active CPU time at the power of a busy core, and its rent. Provisioned: every node’s cores for as long as the decisions take, busy or not. Cooling, networks, staff and the return that stakers ask are in neither.',
  'Intervals show the spread over seeds of the model, and no error of the model itself.',
  'A fault ratio that held in every replicate held in these replicates. It is no proof: the bound beside each verdict says how often it could still fail, at 95%.',
];

/** Where the records' own columns explain themselves. */
const latencyColumn = RECORD_COLUMNS.find(({ name: column }) => column === 'finality_ms')!;

export async function reportHtml(digest: RunDigest): Promise<string> {
  const model = modelOf(digest);
  const { run, states } = digest;
  const { suite } = run;
  const mechanisms = [...new Set(model.series.map(({ workload }) => workload))];
  const described = mechanisms.flatMap((id) => {
    const workload = workloads.get(id);
    if (workload === undefined) return [];
    const { authors, title, venue, year, section } = workload.reference;
    const place = /^\d/.test(section) ? `section ${section}` : section;
    return [`<li><b>${escape(id)}</b>: ${escape(workload.title)}. ${escape(`${authors}, ${title}, ${venue} ${year}, ${place}`)}</li>`];
  });
  const counted = (['done', 'stalled', 'timeout', 'failed'] as const).flatMap((state) =>
    states[state] > 0 ? [`${states[state]} ${state}`] : [],
  );
  const unfinished = digest.planned - digest.finished;
  if (unfinished > 0) counted.push(`${unfinished} not finished`);
  const found = findings(model, digest);
  const retried = retriedText(digest);
  const sections: readonly { id: string; title: string; html: string }[] = [
    {
      id: 'findings',
      title: 'Findings',
      html: found.length === 0 ? '<p>No cell finished.</p>' : findingsList(found),
    },
    ...(described.length === 0 ? [] : [{ id: 'mechanisms', title: 'Mechanisms', html: `<ul>${described.join('')}</ul>` }]),
    { id: 'cost', title: 'What it costs', html: await costSection(model, digest) },
    { id: 'faults', title: 'What faults do', html: await faultSection(model) },
    { id: 'measured', title: 'Predicted and measured', html: comparisonSection(model, digest) },
    {
      id: 'conditions',
      title: 'All conditions',
      html: `<p>Means over done replicates; where not all are done, the number of those that are stands beside the mean, and where one stalled there is no mean: it would be of the
quick ones alone. <i>Finality</i>: ${escape(latencyColumn.description)} The CSV files have every column, every interval and every single cell.</p>
${conditionTables(model)}${digest.omitted > 0 ? `<p>${plural(digest.omitted, 'more condition')} in <code>summary.csv</code>.</p>` : ''}`,
    },
    { id: 'prices', title: 'Prices and energy', html: priceSection(model, digest) },
    { id: 'kernels', title: 'Kernels', html: kernelSection(digest) },
    { id: 'limits', title: 'Limits', html: `<ul>${LIMITS.map((limit) => `<li>${escape(limit)}</li>`).join('')}</ul>` },
    { id: 'run', title: 'Run it again', html: reproduceSection(digest) },
    { id: 'environment', title: 'Environment', html: environmentSection(digest) },
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="consensus-bench">
<title>${escape(suite.name)}: what consensus costs</title>
<style>${STYLE}</style>
</head>
<body>
<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" style="fill:var(--stalled)"/><rect width="1.6" height="5" style="fill:var(--stalled-line)"/></pattern></defs></svg>
<header>
<h1>${escape(suite.name)}: what consensus costs</h1>
<p class="lead">${plural(digest.planned, 'cell')}: ${counted.join(', ')}. Suite seed ${suite.seed}. Costs of ${escape(run.costs.machine)}, Node ${escape(run.costs.node)}.${retried === null ? '' : ` ${escape(retried)}`}</p>
${[...digest.warnings, ...notices(model)].map((warning) => `<p class="warning">${escape(warning)}</p>`).join('')}
<nav aria-label="Sections">${sections.map(({ id, title }) => `<a href="#${id}">${escape(title)}</a>`).join('')}</nav>
</header>
<main>
${sections.map(({ id, title, html }) => `<section id="${id}"><h2>${escape(title)}</h2>\n${html}\n</section>`).join('\n')}
</main>
<footer>Made by consensus-bench from the records in this folder. Columns and statistics are explained in docs/columns.md and docs/method.md of the project.</footer>
</body>
</html>
`;
}
