// summary.md: the short account of a run. Pure.
import { deviation, findings, sweptNodes, thresholdText } from '../report/findings.ts';
import { duration, number } from '../report/format.ts';
import { faultFree, mean, modelOf } from '../report/model.ts';
import type { RunDigest } from './digest.ts';

const ATTACKS = { attacks: ' attacks' };

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  // Text to the left, everything after the names to the right.
  return [line(head), `|${head.map((_, index) => (index === 0 ? ' --- |' : ' ---: |')).join('')}`, ...rows.map(line)].join('\n');
}

const orDash = (value: number | null, show: (value: number) => string = number): string => (value === null ? '–' : show(value));

export function summaryMarkdown(digest: RunDigest): string {
  const model = modelOf(digest);
  const { run, states } = digest;
  const parts: string[] = [
    `# ${run.suite.name}`,
    `${digest.finished} of ${digest.planned} cells finished: ${states.done} done, ${states.stalled} stalled, ${states.timeout} timed out, ${states.failed} failed. ` +
      `Suite seed ${run.suite.seed}. Costs measured on ${run.costs.machine}, Node ${run.costs.node}, backend ${run.costs.backend}. ` +
      'The exact numbers with intervals are in `summary.csv` and `records.csv`; figures are in `report.html`.',
  ];
  for (const warning of digest.warnings) parts.push(`> ${warning}`);
  const found = findings(model, digest);
  if (found.length > 0) parts.push('## Findings', found.map((finding) => `- ${finding}`).join('\n'));

  const costs = model.series.flatMap((series) =>
    model.nodes.flatMap((nodes) => {
      const summary = faultFree(series, nodes);
      if (summary === undefined || summary.states.done === 0) return [];
      return [
        [
          series.label,
          String(nodes),
          orDash(mean(summary, 'cpu_s_per_tx')),
          orDash(mean(summary, 'joules_per_tx')),
          orDash(mean(summary, 'usd_per_1000_tx')),
          orDash(mean(summary, 'messages_per_decision')),
          orDash(mean(summary, 'finality_ms'), (value) => duration(value / 1000)),
        ],
      ];
    }),
  );
  if (costs.length > 0)
    parts.push(
      '## Cost without faults',
      table(['mechanism', 'n', 'CPU-s per tx', 'J per tx', 'USD per 1000 tx', 'messages per decision', 'finality'], costs),
    );
  if (model.breakings.length > 0)
    parts.push(
      '## Where it broke',
      table(
        ['mechanism', 'fault', 'n', 'holds up to', 'stalls from', 'safety violated from'],
        model.breakings.map(({ series, kind, nodes, holds, stalls, unsafe }) => [
          series.label,
          kind,
          sweptNodes(model, nodes),
          holds ?? '–',
          thresholdText(stalls, ATTACKS) ?? '–',
          thresholdText(unsafe, ATTACKS) ?? '–',
        ]),
      ),
    );
  if (model.comparisons.length > 0)
    parts.push(
      '## Predicted and measured CPU time per decision',
      table(
        ['mechanism', 'n', 'predicted', 'measured', 'measured is'],
        model.comparisons.map(({ label, summary, predicted, measured, ratio }) => [
          label,
          String(summary.keys.nodes),
          duration(predicted.mean),
          duration(measured.mean),
          deviation(ratio),
        ]),
      ),
    );
  if (digest.broken.length > 0)
    parts.push(
      '## Cells without a result',
      digest.broken
        .map(
          ({ cell: id, state, state_reason }) =>
            `- ${id} ${state}: ${state_reason.replaceAll('\n', ' ')} (\`consensus-bench run suite.yaml --cell ${id}\`)`,
        )
        .join('\n'),
    );
  if (digest.omitted > 0) parts.push(`${digest.omitted} more conditions are in \`summary.csv\`.`);
  return `${parts.join('\n\n')}\n`;
}
