// The short table for a terminal: what each mechanism costs, and where it broke. Pure; fits the width, reads without colour.
import { plainNumber } from '../report/format.ts';
import { faultFree, mean, modelOf, type Model } from '../report/model.ts';
import { sweptNodes, thresholdText } from '../report/findings.ts';
import type { RunDigest } from './digest.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns; below 60 the tables are as narrow as they get. */
  readonly width: number;
}

/** Rows a mechanism: the smallest, the common and the largest number of nodes. */
const MAX_SERIES = 12;
const MAX_BREAKINGS = 16;

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const steps: readonly [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  for (const [from, unit] of steps) if (seconds >= from) return `${plainNumber(seconds / from)} ${unit}`;
  return `${plainNumber(milliseconds)} ms`;
}

const orDash = (value: number | null, show: (value: number) => string): string => (value === null ? '-' : show(value));

/** Columns as wide as their content; the first gives way where the width is short. Numbers to the right. */
function columns(head: readonly string[], rows: readonly (readonly string[])[], options: TerminalOptions & { left: number }): string[] {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index].length)));
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  widths[0] = Math.max(8, Math.min(widths[0], options.width - others));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, index) => {
        const width = widths[index];
        const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
        return index < options.left ? cut.padEnd(width) : cut.padStart(width);
      })
      .join('  ')
      .trimEnd();
  const bold = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[22m` : text);
  return [bold(line(head)), ...rows.map(line)];
}

function nodesShown(model: Model): number[] {
  const { nodes, referenceNodes } = model;
  if (nodes.length <= 3) return [...nodes];
  return [...new Set([nodes[0], referenceNodes!, nodes.at(-1)!])].sort((a, b) => a - b);
}

export function terminalTable(digest: RunDigest, options: TerminalOptions): string {
  const model = modelOf(digest);
  const blocks: string[][] = [];
  const shown = nodesShown(model);
  const costs = model.series.slice(0, MAX_SERIES).flatMap((series) =>
    shown.flatMap((nodes) => {
      const summary = faultFree(series, nodes);
      if (summary === undefined || summary.states.done === 0) return [];
      return [
        [
          series.short,
          String(nodes),
          orDash(mean(summary, 'cpu_s_per_tx'), plainNumber),
          orDash(mean(summary, 'joules_per_tx'), plainNumber),
          orDash(mean(summary, 'usd_per_1000_tx'), plainNumber),
          orDash(mean(summary, 'messages_per_decision'), plainNumber),
          orDash(mean(summary, 'finality_ms'), duration),
        ],
      ];
    }),
  );
  if (costs.length > 0) {
    const risks = [...new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.risk)))];
    blocks.push([
      `Cost without faults; finality at a risk of reversal of ${risks.join(', ')}`,
      ...columns(['mechanism', 'n', 'CPU-s/tx', 'J/tx', 'USD/1000tx', 'msgs/dec', 'finality'], costs, { ...options, left: 1 }),
    ]);
  }
  if (model.breakings.length > 0) {
    const rows = model.breakings
      .slice(0, MAX_BREAKINGS)
      .map(({ series, kind, nodes, holds, stalls, unsafe }) => [
        series.short,
        kind,
        sweptNodes(model, nodes),
        holds ?? '-',
        thresholdText(stalls, { attacks: '' }) ?? '-',
        thresholdText(unsafe, { attacks: '' }) ?? '-',
      ]);
    const more = model.breakings.length - rows.length;
    blocks.push([
      'Where it broke: fault ratio or count (replicates; under attack, attempts)',
      ...columns(['mechanism', 'fault', 'n', 'holds to', 'stalls from', 'unsafe from'], rows, { ...options, left: 6 }),
      ...(more > 0 ? [`... and ${more} more in the report`] : []),
    ]);
  }
  const unfinished = digest.planned - digest.finished;
  if (unfinished > 0) blocks.push([`Not finished: ${unfinished} of ${digest.planned} cells`]);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
