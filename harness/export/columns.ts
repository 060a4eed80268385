// docs/columns.md from the schema. Pure; scripts/make-columns.mjs writes the file, a test holds it current.
import type { MetricKind } from '../model/record.ts';
import type { Column } from '../record/column.ts';
import { CURVE_COLUMNS } from '../record/load-columns.ts';
import { METRICS, METRIC_KINDS, RECORD_COLUMNS } from '../record/columns.ts';
import { SUMMARY_COLUMNS } from '../record/summary-columns.ts';
import { KERNEL_COLUMNS, SAMPLE_COLUMNS } from '../record/kernel-columns.ts';

/** Lists, since tables of long sentences are unreadable as text. */
function list(columns: readonly Column[]): string {
  return columns
    .map(({ name, unit, type, description, empty }) => {
      const kind = unit === '' ? type : `${type}, ${unit}`;
      const absent = empty === '' ? '' : empty.startsWith('never') ? ` Never empty: ${empty.slice(7)}.` : ` Empty ${empty}.`;
      return `- \`${name}\` (${kind}): ${description}${absent}`;
    })
    .join('\n');
}

export function columnsMarkdown(): string {
  const metricNames = new Set(METRICS.flatMap((metric) => [`${metric}_mean`, `${metric}_ci95_low`, `${metric}_ci95_high`]));
  const firstMetric = SUMMARY_COLUMNS.findIndex(({ name }) => metricNames.has(name));
  const before = SUMMARY_COLUMNS.slice(0, firstMetric);
  const after = SUMMARY_COLUMNS.slice(firstMetric).filter(({ name }) => !metricNames.has(name));
  const exampleOf = (suffix: string): Column => ({
    ...SUMMARY_COLUMNS.find(({ name }) => name === `${METRICS[0]}${suffix}`)!,
    name: `m${suffix}`,
    unit: 'of m',
  });
  const named = (kind: MetricKind): string =>
    METRICS.filter((metric) => METRIC_KINDS[metric] === kind)
      .map((metric) => `\`${metric}\``)
      .join(', ');
  const generic = ['_mean', '_ci95_low', '_ci95_high']
    .map(exampleOf)
    .map((column) => ({ ...column, description: column.description.replace(METRICS[0], 'm').replace(/ \(.*\)\./, '.') }));
  return `# Columns

Made from \`harness/record/columns.ts\` by \`node scripts/make-columns.mjs\`; do not edit. What the statistics mean is in [method.md](method.md).

Numbers are as JavaScript prints them: the shortest text that reads back as the same double. An empty field is a value that does not exist, never a zero.
Text that begins with \`=\`, \`+\`, \`-\`, \`@\`, tab or return has an apostrophe before it, so that no spreadsheet takes it for a formula; numbers are not touched.
What cannot be seen (controls, marks that turn the direction of text) stands in it as \`\\u202e\`. Lines end with a line feed; the encoding is UTF-8. New columns are added at the end.

\`records.parquet\` and \`summary.parquet\` have the same columns and rows as the CSV files, with their types (integer: INT64, number: DOUBLE, text: UTF-8 without apostrophes) and null for what is empty; units and
descriptions are in their metadata under the key \`columns\`. \`records.json\` and \`summary.json\` have them in \`rows\`, where a property that has no value is absent; [schemas/records.schema.json](schemas/records.schema.json)
and [schemas/summary.schema.json](schemas/summary.schema.json) are their JSON Schemas. [analysis.md](analysis.md) shows how to read them.

## records.csv

One row a finished cell, in plan order.

${list(RECORD_COLUMNS)}

Then, sorted by name, a column \`p_x\` for every parameter x of which the plan has more than one value within a workload (empty for workloads without it),
a column \`s_x\` for every other setting of which it has and that has no column above (\`s_load_p99_ms\` for \`load.p99_ms\` of the column \`parameters\`; empty where it is the default),
and a column \`o_x\` for everything that a workload of the plan observes of its own (\`npx consensus-bench list ID\` says what, with its unit; empty unless
state is done, for other workloads, and where a run did not observe it). Where a mechanism has more than one counted role r, \`o_messages_r_per_decision\` and
\`o_bytes_r_per_decision\` are what participants of that role sent to nodes.

## summary.csv

One row a condition: cells that differ in nothing but the replicate. In plan order.

${list(before)}

Then, for every metric m of ${METRICS.map((metric) => `\`${metric}\``).join(', ')}:

${list(generic)}

The interval is Student's t on the logarithm; for ${named('share')} Wilson's score, empty also where all are 0 or all 1; for ${named('count')} the score
of a count, Garwood's where all are 0.

Then

${list(after)}

Then what the plan sweeps, \`p_x\` and \`s_x\`, and of every \`o_x\` of \`records.csv\` \`o_x_mean\`, \`o_x_ci95_low\` and \`o_x_ci95_high\`, as for a metric: a workload says with
each whether its values are positive, shares or counts.

## curves.csv

The curves of throughput and latency that searches for saturation tried; \`load: { kind: saturate }\`. Open loads have a row in \`records.csv\` for every rate.

${list(CURVE_COLUMNS)}

## kernels.csv

One row a kernel and backend. \`npx consensus-bench kernels\` writes the same.

${list(KERNEL_COLUMNS)}

## samples.csv

The raw timing samples behind \`kernels.csv\` and \`cpu_s_per_decision_measured\`.

${list(SAMPLE_COLUMNS)}
`;
}
