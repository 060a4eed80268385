// summary.md: the short account of a run. Pure.
import { answerOf } from '../analysis/answer.ts';
import { answerCommands, answerTable } from '../analysis/answer-table.ts';
import { COMPARISON_NOTE, comparisonTable } from '../analysis/comparison-table.ts';
import { BASES_NOTE, COST_COLUMNS, RATES_NOTE, RATE_COLUMNS, filledColumns, type CostColumn } from '../analysis/costs.ts';
import { SECONDS, estimateOf, joined } from '../analysis/estimate.ts';
import {
  THRESHOLD_TITLES,
  costDoubt,
  deviation,
  findings,
  notices,
  omittedText,
  retriedText,
  thresholdTable,
  unlistedText,
} from '../analysis/findings.ts';
import { kneeTexts } from '../analysis/load-texts.ts';
import { faultFreeRows, modelOf } from '../analysis/model.ts';
import { unnamedText } from '../analysis/series.ts';
import { observationRows } from '../analysis/observations.ts';
import { plural, visible } from '../words.ts';
import type { RunDigest } from '../analysis/digest.ts';

/**
 * Text as Markdown shows it, whatever it holds: no markup, no HTML, no link, on one line. Underscores within a word mean nothing, so that
 * names stay as they are.
 */
export function inert(text: string): string {
  return visible(text)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\\`*[\]|~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:(?=\/\/)|@|(?<=\bwww)\./giu, '\\$&')
    .replace(/&(?=#|\w+;)/g, '&amp;')
    .replaceAll('<', '&lt;');
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(inert).join(' | ')} |`;
  // Text to the left, everything after the names to the right.
  return [line(head), `|${head.map((_, index) => (index === 0 ? ' --- |' : ' ---: |')).join('')}`, ...rows.map(line)].join('\n');
}

export function summaryMarkdown(digest: RunDigest, model = modelOf(digest)): string {
  const { run, states } = digest;
  const parts: string[] = [
    `# ${inert(run.suite.name)}`,
    `${digest.finished} of ${plural(digest.planned, 'cell')} finished: ${states.done} done, ${states.stalled} stalled, ${states.timeout} timed out, ${states.failed} failed. ` +
      `Suite seed ${run.suite.seed}. Costs measured on ${inert(run.costs.machine)}, Node ${inert(run.costs.node)}, backend ${run.costs.backend}. ` +
      'The exact numbers with intervals are in `summary.csv` and `records.csv`; figures are in `report.html`.',
  ];
  const retried = retriedText(digest);
  if (retried !== null) parts.push(retried);
  for (const warning of [...digest.warnings, ...notices(model), omittedText(digest) ?? []].flat()) parts.push(`> ${inert(warning)}`);
  const answer = answerOf(model, digest);
  parts.push(`## ${inert(answer.question)}`, inert(answer.sentences.join(' ')));
  if (answer.rows.length > 0) {
    const { head, rows: answered } = answerTable(answer, { brief: false });
    parts.push(markdownTable(head, answered));
  }
  const commands = answerCommands(answer);
  if (commands.length > 0)
    parts.push(
      "What was not measured, and the command in this run's folder that would measure it:",
      commands.map(({ what, command }) => `- ${inert(what)}: \`${visible(command).replaceAll('`', '')}\``).join('\n'),
    );
  const compared = comparisonTable(model, digest);
  if (compared.rows.length > 0)
    parts.push(
      '## Comparison',
      COMPARISON_NOTE,
      markdownTable(
        ['mechanism', 'n', ...compared.columns.map(({ title }) => title)],
        compared.rows.map(({ label, nodes, cells }) => [
          label,
          String(nodes),
          ...cells.map((value) => (value === null ? '–' : joined(value))),
        ]),
      ),
    );
  const doubt = costDoubt(digest);
  const doubts = doubt === null ? [] : [`> ${inert(doubt)}`];
  const found = findings(model, digest);
  if (found.length > 0) parts.push('## Findings', found.map((finding) => `- ${inert(finding)}`).join('\n'));

  const rows = faultFreeRows(model.series, model.nodes);
  const valueTable = (columns: readonly CostColumn[]): string =>
    markdownTable(
      ['mechanism', 'n', ...columns.map(({ title }) => title)],
      rows.map(({ series, nodes, summary }) => [
        series.label,
        String(nodes),
        ...columns.map((column) => {
          const value = column.estimate(summary, { plain: false });
          return value === null ? '–' : joined(value);
        }),
      ]),
    );
  const columnsOf = (all: readonly CostColumn[]): CostColumn[] =>
    filledColumns(
      rows.map(({ summary }) => summary),
      all,
    );
  const costs = columnsOf(COST_COLUMNS);
  if (costs.length > 0) parts.push('## Cost without faults', BASES_NOTE, ...doubts, valueTable(costs));
  const rates = columnsOf(RATE_COLUMNS);
  if (rates.length > 0) parts.push('## Rate and latency without faults', RATES_NOTE, valueTable(rates));
  const unnamed = unnamedText(model.series);
  if (unnamed !== null) parts.push(inert(unnamed));
  if (model.curves.length > 0)
    parts.push(
      '## Knees of the curves of throughput and latency',
      model.curves
        .flatMap(kneeTexts)
        .map((text) => `- ${inert(text)}`)
        .join('\n'),
    );
  if (model.breakings.length > 0) {
    const { properties, rows } = thresholdTable(model, { brief: false });
    parts.push(
      '## Where it broke',
      markdownTable(
        ['mechanism', 'fault', 'n', 'holds up to', ...properties.map((property) => THRESHOLD_TITLES[property])],
        rows.map(({ label, kind, nodes, holds, thresholds }) => [
          label,
          kind,
          nodes,
          holds ?? '–',
          ...thresholds.map(({ text }) => text ?? '–'),
        ]),
      ),
    );
  }
  if (model.comparisons.length > 0)
    parts.push(
      '## Predicted and measured CPU time per decision',
      ...doubts,
      markdownTable(
        ['mechanism', 'n', 'predicted', 'measured', 'measured is'],
        model.comparisons.map(({ label, summary, predicted, measured, ratio }) => [
          label,
          String(summary.keys.nodes),
          joined(estimateOf(predicted, summary.replicates, SECONDS)),
          joined(estimateOf(measured, summary.replicates, SECONDS)),
          deviation(ratio),
        ]),
      ),
    );
  const observed = observationRows(model, digest);
  if (observed.length > 0)
    parts.push(
      '## What mechanisms observe',
      markdownTable(
        ['observation', 'mechanism', 'n', 'fault', 'mean', 'unit', 'what it is'],
        observed.map(({ observation, label, nodes, fault, value }) => [
          observation.name,
          label,
          String(nodes),
          fault,
          joined(value),
          observation.unit,
          observation.description,
        ]),
      ),
    );
  const unlisted = unlistedText(digest);
  if (digest.broken.length > 0)
    parts.push(
      '## Cells without a result',
      digest.broken
        .map(
          ({ cell: id, state, state_reason }) =>
            `- ${id} ${state}: ${inert(state_reason)} (\`npx consensus-bench run suite.yaml --cell ${id}\`)`,
        )
        .concat(unlisted === null ? [] : [`- ${unlisted}`])
        .join('\n'),
    );
  return `${parts.join('\n\n')}\n`;
}
