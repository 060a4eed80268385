// The short table for a terminal: what each mechanism costs, and where it broke. Pure; fits the width, reads without colour.
import { answerOf, type Answer } from '../analysis/answer.ts';
import { answerCommands, answerTable } from '../analysis/answer-table.ts';
import { plainText } from '../analysis/format.ts';
import { comparisonTable, type ComparisonTable } from '../analysis/comparison-table.ts';
import { COST_COLUMNS, filledColumns } from '../analysis/costs.ts';
import { joined, type Estimate } from '../analysis/estimate.ts';
import { costDoubt, notices, omittedText, retriedText, thresholdTable } from '../analysis/findings.ts';
import { askedRank, headlineRank } from '../analysis/load.ts';
import { headlines, modelOf, type Model } from '../analysis/model.ts';
import { unnamedText } from '../analysis/series.ts';
import type { RunDigest } from '../analysis/digest.ts';
import { fitting, wrapped } from './layout.ts';
import { plural } from '../words.ts';
import { isDefaultLoad } from '../model/load.ts';
import type { Property } from '../analysis/verdict.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns; below 60 the tables are as narrow as they get. */
  readonly width: number;
}

/** Variants and rows that a terminal is shown; a line says how many are left to summary.md. */
const MAX_VARIANTS = 12;
const MAX_BREAKINGS = 16;
const MAX_COMMANDS = 3;

const BRIEF_TITLES: Readonly<Record<Property, string>> = {
  liveness: 'not live from',
  safety: 'unsafe from',
  durability: 'lost from',
  finality: 'not final from',
};

interface Heading {
  readonly title: string;
  /** Text to the left, numbers to the right. */
  readonly left?: boolean;
  /** Where the width is short, columns of the highest rank are left out first; those of rank 0 never. */
  readonly rank: number;
}

interface Columns {
  readonly lines: string[];
  /** Titles of the columns that did not fit. */
  readonly left: string[];
}

/**
 * Columns as wide as their content, the first a name. Where the width is short names get lines of their own, so that none is cut;
 * if that is not enough the columns of the highest rank go, and are given as left out.
 */
function columns(headings: readonly Heading[], rows: readonly (readonly string[])[], options: TerminalOptions): Columns {
  const widths = headings.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index].length)));
  const beside = widths.reduce((sum, width) => sum + width + 2, -2) <= options.width;
  const indent = beside ? '' : '  ';
  const from = beside ? 0 : 1;
  const kept = fitting(
    headings.slice(from).map(({ rank }, index) => ({ wide: widths[index + from] + 2, rank })),
    // The gap before the first column is the indent, or none.
    options.width + (beside ? 2 : 0),
  ).map((index) => index + from);
  const line = (cells: readonly string[]): string =>
    `${indent}${kept
      .map((index) => (headings[index].left === true ? cells[index].padEnd(widths[index]) : cells[index].padStart(widths[index])))
      .join('  ')}`.trimEnd();
  const bold = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[22m` : text);
  const lines = [bold(line(headings.map(({ title }) => title)))];
  let name = '';
  for (const row of rows) {
    if (!beside && row[0] !== name) lines.push(...wrapped(row[0], options.width));
    name = row[0];
    lines.push(line(row));
  }
  return { lines, left: headings.slice(from).flatMap(({ title }, index) => (kept.includes(index + from) ? [] : [title])) };
}

/** What a table leaves out, and where it stands; nothing is left out without a word. */
function leftOut(parts: readonly (string | false)[], options: TerminalOptions): string[] {
  const said = parts.filter((part) => part !== false);
  return said.length === 0 ? [] : wrapped(`Not shown: ${said.join('; ')} (in summary.md)`, options.width);
}

/** The smallest, the common and the largest number of nodes. */
function nodesShown(model: Model): number[] {
  const { nodes, referenceNodes } = model;
  if (nodes.length <= 3) return [...nodes];
  return [...new Set([nodes[0], referenceNodes!, nodes.at(-1)!])].sort((a, b) => a - b);
}

/** The question, its answer, and with requirements who meets which; what costs what without them stands in the table of costs. */
function answerBlocks(answer: Answer, options: TerminalOptions): string[][] {
  const bold = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[22m` : text);
  const say = (text: string): string[] => wrapped(plainText(text), options.width);
  const blocks = [[...say(answer.question).map(bold), ...answer.sentences.flatMap(say)]];
  if (answer.kind === 'ranking' || answer.rows.length === 0) return blocks;
  const { head, rows } = answerTable(answer, { brief: true });
  const { lines, left } = columns(
    head.map((title, index) => ({ title: plainText(title), left: true, rank: index })),
    rows.slice(0, MAX_VARIANTS).map((cells) => cells.map(plainText)),
    options,
  );
  const more = rows.length - MAX_VARIANTS;
  blocks.push([...lines, ...leftOut([more > 0 && plural(more, 'more variant'), left.length > 0 && left.join(', ')], options)]);
  const commands = answerCommands(answer);
  if (commands.length > 0)
    blocks.push([
      ...say("Not measured, and what would measure it in the run's folder:"),
      // Whole, so that they can be copied.
      ...commands.slice(0, MAX_COMMANDS).flatMap(({ what, command }) => [...say(what), `  ${command}`]),
      ...leftOut([commands.length > MAX_COMMANDS && plural(commands.length - MAX_COMMANDS, 'more command')], options),
    ]);
  return blocks;
}

interface ValueColumn {
  readonly short: string;
  /** Absent: not on a terminal. */
  readonly rank?: number;
  readonly words?: boolean;
}

/** Rows of a mechanism at a number of nodes under these columns, as far as they fit, and what is not shown of them. */
function valueTable(
  all: readonly ValueColumn[],
  rows: readonly { readonly label: string; readonly nodes: number; readonly values: readonly (Estimate | null)[] }[],
  options: TerminalOptions,
): { readonly lines: string[]; readonly hidden: string[] } {
  const kept = all.flatMap(({ short, rank, words = false }, index) =>
    rank === undefined ? [] : [{ title: short, rank, left: words, index }],
  );
  const { lines, left } = columns(
    [{ title: 'mechanism', left: true, rank: 0 }, { title: 'n', rank: 0 }, ...kept],
    rows.map(({ label, nodes, values }) => [
      plainText(label),
      String(nodes),
      ...kept.map(({ index }) => {
        const value = values[index];
        return value === null ? '-' : plainText(joined(value));
      }),
    ]),
    options,
  );
  return { lines, hidden: [...left, ...all.flatMap(({ short, rank }) => (rank === undefined ? [short] : []))] };
}

/** A row a mechanism and variant, as the report's second section has it. */
function comparisonBlock({ columns: all, rows }: ComparisonTable, options: TerminalOptions): string[][] {
  if (rows.length === 0) return [];
  const { lines, hidden } = valueTable(
    all,
    rows.slice(0, MAX_VARIANTS).map(({ label, nodes, cells }) => ({ label, nodes, values: cells })),
    options,
  );
  const more = rows.length - MAX_VARIANTS;
  return [
    [
      ...wrapped(
        'Comparison without faults; prov.: all cores of all nodes, busy or not, under the asked rate or at capacity where the run has one, else latency-bound; down, Byzantine: faulty nodes that are survived',
        options.width,
      ),
      ...lines,
      ...leftOut([more > 0 && plural(more, 'more variant'), hidden.length > 0 && hidden.join(', ')], options),
    ],
  ];
}

/** The short table that `run` and `report` print: what each mechanism costs and where it broke. */
export function terminalTable(digest: RunDigest, options: TerminalOptions, model: Model = modelOf(digest)): string {
  const blocks: string[][] = [];
  const said = (texts: readonly (string | null)[]): string[] =>
    texts.flatMap((text) => (text === null ? [] : wrapped(plainText(text), options.width)));
  const head = said([retriedText(digest), ...notices(model), omittedText(digest)]);
  if (head.length > 0) blocks.push(head);
  blocks.push(...answerBlocks(answerOf(model, digest), options));
  blocks.push(...comparisonBlock(comparisonTable(model, digest), options));
  const shown = nodesShown(model);
  const headline = shown.flatMap((nodes) =>
    headlines(model, nodes, askedRank(digest.run.suite.requirements?.throughput_tps, headlineRank)),
  );
  const named = [...new Set(model.series.map(({ variant }) => variant))];
  const rows = model.series
    .filter(({ variant }) => named.indexOf(variant) < MAX_VARIANTS)
    .flatMap((series) => headline.filter((row) => row.series === series));
  const filled = filledColumns(
    rows.map(({ summary }) => summary),
    COST_COLUMNS,
  );
  const otherLoads = model.series.filter((one) => rows.every(({ series }) => series !== one)).length;
  const others = model.nodes.filter((n) => !shown.includes(n));
  const otherRows = [
    otherLoads > 0 && plural(otherLoads, 'more variant or load', { many: 'more variants or loads' }),
    others.length > 0 && (others.length <= 8 ? `n = ${others.join(', ')}` : `${others.length} more numbers of nodes`),
  ];
  const loaded = rows.some(({ series }) => !isDefaultLoad(series.load));
  if (filled.some(({ rank }) => rank !== undefined)) {
    const costs = valueTable(
      filled,
      rows.map(({ series: { label }, summary }) => ({
        label,
        nodes: summary.keys.nodes,
        values: filled.map((column) => column.estimate(summary, { plain: true })),
      })),
      options,
    );
    const risks = [...new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.risk)))];
    blocks.push([
      ...wrapped(
        `Cost without faults; finality at a risk of reversal of ${risks.join(', ')}, against the adversary beside it`,
        options.width,
      ),
      ...costs.lines,
      ...said([
        `Plain costs are marginal (active work alone); prov.: all cores of all nodes, busy or not, at ${loaded ? 'the load that is named, else at ' : ''}one decision in flight.`,
        costDoubt(digest),
      ]),
      ...leftOut([...otherRows, costs.hidden.length > 0 && costs.hidden.join(', ')], options),
    ]);
  }
  const unnamed = said([unnamedText(model.series)]);
  if (unnamed.length > 0) blocks.push(unnamed);
  if (model.breakings.length > 0) {
    const { properties, rows: all } = thresholdTable(model, { brief: true });
    const { lines, left } = columns(
      [
        { title: 'mechanism', left: true, rank: 0 },
        { title: 'fault', left: true, rank: 0 },
        { title: 'n', left: true, rank: 0 },
        { title: 'holds to', left: true, rank: 0 },
        ...properties.map((property, index) => ({ title: BRIEF_TITLES[property], left: true, rank: index < 2 ? 1 : 2 })),
      ],
      all
        .slice(0, MAX_BREAKINGS)
        .map(({ label, kind, nodes, holds, thresholds }) => [
          label,
          kind,
          nodes,
          holds ?? '-',
          ...thresholds.map(({ text }) => text ?? '-'),
        ]),
      options,
    );
    const more = all.length - MAX_BREAKINGS;
    blocks.push([
      ...wrapped('Where it broke: fault ratio or count (faulty nodes; replicates, under attack attempts)', options.width),
      ...lines,
      ...leftOut([more > 0 && plural(more, 'more row'), left.length > 0 && left.join(', ')], options),
    ]);
  }
  const unfinished = digest.planned - digest.finished;
  if (unfinished > 0) blocks.push([`Not finished: ${unfinished} of ${plural(digest.planned, 'cell')}`]);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
