// What a run was priced with and made on, and how to make it again.
import type { RunDigest } from '../analysis/digest.ts';
import { unlistedText } from '../analysis/findings.ts';
import { duration, number, plainNumber } from '../analysis/format.ts';
import { POWER_COLUMNS, filledColumns } from '../analysis/costs.ts';
import { faultFreeRows, hardwareOf, type Model } from '../analysis/model.ts';
import { warningText } from '../measure/costs.ts';
import type { Fitness } from '../measure/doctor.ts';
import { BLS_BACKEND } from '../model/kernels.ts';
import { DEFAULT_PRICES, PRICE_LABELS, type Prices } from '../model/prices.ts';
import { unitRate_hs } from '../record/price.ts';
import { nodeTable, networkTables } from './settings.ts';
import { EMPTY, code, escape, estimateCell, figure, name, prose, table, words, type Cell } from './table.ts';

/** Characters of the suite that are shown. */
const MAX_SUITE = 20_000;

/** The real quantities: all on the provisioned basis, so that idle hardware counts. */
function powerTable(model: Model, { grid_kg_per_kwh: grid }: Prices): string {
  const rows = faultFreeRows(model.series, model.nodes);
  const columns = filledColumns(
    rows.map(({ summary }) => summary),
    POWER_COLUMNS,
  );
  if (columns.length === 0) return '';
  const source = `${grid.source}${grid.year === null ? '' : ` (${grid.year})`}`;
  return table({
    id: 'table-power',
    caption: `Table 7. Power, energy and carbon without faults, of all nodes together and provisioned: what stands ready counts, busy or not. A year has 8766 h; carbon at ${grid.value} kg CO₂ equivalent a kWh: ${source}. Per transaction, a load that is not named is one decision in flight: bound by latency.`,
    head: [{ title: 'mechanism' }, { title: 'n', numeric: true }, ...columns.map(({ title }) => ({ title, numeric: true }))],
    rows: rows.map(({ series, nodes, summary }) => [
      name(series.label),
      figure(String(nodes)),
      ...columns.map((column) => estimateCell(column.estimate(summary, { plain: false }))),
    ]),
  });
}

/** Every constant that the run was made with, with its source. */
export function methodSection(model: Model, digest: RunDigest): string {
  const { settings } = digest;
  return `<p>What was simulated, and what it was priced with. What this machine takes for an operation is in the section on kernels; it never enters virtual time.</p>
${nodeTable(settings)}
${networkTables(settings)}
${priceTables(model, digest)}`;
}

function priceTables(model: Model, { run }: RunDigest): string {
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
      prose(unit.source ?? (unit.hash_rate_hs === null ? 'the cost table: measured' : 'set by the suite')),
    ]);
  }
  return `${table({
    id: 'table-prices',
    caption:
      'Table 5. What money and energy are counted with. A suite can replace the prices (prices), the command line the power (--watts-per-core).',
    head: [{ title: 'constant' }, { title: 'value', numeric: true }, { title: 'unit' }, { title: 'source' }],
    rows,
  })}
${
  hardware.size === 0
    ? ''
    : table({
        id: 'table-hardware',
        caption:
          'Table 6. Mining hardware. Its energy is in both bases; its price over its life in the provisioned one, for hardware that is no CPU.',
        head: [
          { title: 'mechanism' },
          { title: 'hardware' },
          { title: 'hashes per second', numeric: true },
          { title: 'energy' },
          { title: 'units per mining node', numeric: true },
          { title: 'source' },
        ],
        rows: [...hardware.values()],
      })
}
${powerTable(model, prices)}`;
}

/** None of them is the speed of a kernel of this project: each says so. */
const AGGREGATE_SECONDS = [
  [`share of an aggregate signature (${BLS_BACKEND})`, 'bls_share'],
  [`share decoded and added up (${BLS_BACKEND})`, 'bls_add'],
  [`aggregate signature checked (${BLS_BACKEND})`, 'bls_verify'],
  [`key added up for that (${BLS_BACKEND})`, 'bls_add_key'],
] as const;

export function kernelSection({ run }: RunDigest): string {
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
    ...(seconds.persist === undefined ? [] : [['write that survives a crash (CPU, not the wait)', seconds.persist]]),
    ...AGGREGATE_SECONDS.flatMap(([what, price]) => (seconds[price] === undefined ? [] : [[what, seconds[price]]])),
  ]
    .map(([what, value]) => `${what as string} ${escape(duration(value as number))}`)
    .join(
      ', ',
    )}; a batch of ${seconds.ed25519_batch.map(({ size, seconds: time }) => `${size} signatures ${escape(duration(time))}`).join(', ')}.</p>`;
  if (kernels.length === 0) return `${general.join('')}${said}`;
  return `${general.join('')}${said}
${table({
  id: 'table-kernels',
  caption: 'Table 8. The kernels on this machine: median rate and its 95% interval.',
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

/** What stands elsewhere in the page: doubts beside what they concern. */
const ELSEWHERE = new Set(['warnings']);
const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):[\d.]+Z$/;

/** A leaf of environment.json as people read it: its unit, which stands last in its name, beside its value. */
function leaf(name: string, value: string | number | boolean): [name: string, text: string] {
  if (typeof value === 'boolean') return [name, value ? 'yes' : 'no'];
  if (typeof value === 'string') return [name, value.replace(INSTANT, '$1 $2 UTC')];
  if (name.endsWith('_bytes')) return [name.slice(0, -'_bytes'.length), `${number(value / 2 ** 30)} GiB`];
  if (name.endsWith('_s')) return [name.slice(0, -'_s'.length), duration(value)];
  return [name, Number.isInteger(value) ? number(value) : plainNumber(value)];
}

/** `a.b.c` and its text, for every leaf that says something. */
function leaves(value: unknown, path: readonly string[]): [name: string, text: string][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) {
    const plain = value.every((item) => typeof item !== 'object');
    if (plain) return value.length === 0 ? [] : [[path.join('.'), value.map((item) => leaf('', item as string | number)[1]).join(', ')]];
    // One start is what the machine and the versions above are of.
    return value.length === 1 ? [] : value.flatMap((item, index) => leaves(item, [...path, String(index + 1)]));
  }
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, member]) => (ELSEWHERE.has(key) ? [] : leaves(member, [...path, key])));
  const [name, text] = leaf(path.at(-1)!, value as string | number | boolean);
  return [[[...path.slice(0, -1), name].join('.'), text]];
}

/** What `doctor` said when the run began; '' for a run from before it was asked. */
function fitnessTable(fitness: Fitness | undefined): string {
  if (fitness === undefined) return '';
  return table({
    id: 'table-fitness',
    caption: `Was the machine fit to measure on? ${{ good: 'Yes.', doubtful: 'With the cautions below.', unfit: 'No: what a clock measured here misleads.' }[fitness.verdict]} Simulated figures are the same anywhere.`,
    head: [{ title: 'check' }, { title: 'state' }, { title: 'found' }, { title: 'what to do' }],
    rows: fitness.checks.map(({ id, state, found, advice }) => [name(id), words(state), prose(found), prose(advice)]),
  });
}

export function environmentSection({ run }: RunDigest): string {
  const { fitness, ...rest } = run.environment as { readonly fitness?: Fitness };
  const items = leaves(rest, []).map(([key, text]) => `<dt>${escape(key.replaceAll('_', ' '))}</dt><dd>${escape(text)}</dd>`);
  return `${fitnessTable(fitness)}\n<dl>${items.join('')}</dl>`;
}

export function reproduceSection(digest: RunDigest): string {
  const { run, broken } = digest;
  const unlisted = unlistedText(digest);
  const failures =
    broken.length === 0
      ? ''
      : `<h3>Cells without a result</h3><ul>${broken
          .map(
            ({ cell, state, state_reason }) =>
              `<li>${code(cell)} ${escape(state)}: ${escape(state_reason)}<br>${code(`npx consensus-bench run suite.yaml --cell ${cell}`)}</li>`,
          )
          .join('')}${unlisted === null ? '' : `<li>${escape(unlisted)}</li>`}</ul>`;
  const text =
    run.suite.text.length > MAX_SUITE
      ? `${run.suite.text.slice(0, MAX_SUITE)}\n… (the first ${MAX_SUITE} of ${run.suite.text.length} characters; suite.yaml has all)`
      : run.suite.text;
  return `<p>In this folder, the first command runs the suite again at the same costs: modelled rows come out the same to the byte. The second replays one row.</p>
<pre tabindex="0">npx consensus-bench run suite.yaml --costs costs.json --out again
npx consensus-bench run suite.yaml --cell ID</pre>
${failures}
<details><summary>The suite, defaults written out</summary><pre tabindex="0">${escape(text)}</pre></details>`;
}
