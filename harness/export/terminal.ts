// The short table for a terminal: what each mechanism costs, and where it broke. Pure; fits the width, reads without colour.
import { filledColumns } from '../report/costs.ts';
import { joined } from '../report/estimate.ts';
import { brokenProperties, costDoubt, holdingText, notices, retriedText, sweptNodes, thresholdText } from '../report/findings.ts';
import { faultFreeRows, modelOf, type Model } from '../report/model.ts';
import type { RunDigest } from './digest.ts';
import type { Property } from './verdict.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns; below 60 the tables are as narrow as they get. */
  readonly width: number;
}

/** Rows a mechanism: the smallest, the common and the largest number of nodes. */
const MAX_SERIES = 12;
const MAX_BREAKINGS = 16;

const BRIEF_TITLES: Readonly<Record<Property, string>> = {
  liveness: 'stalls from',
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

/** Columns as wide as their content; those of a high rank go where the width is short, and only then the first gives way. */
function columns(headings: readonly Heading[], rows: readonly (readonly string[])[], options: TerminalOptions): string[] {
  const widths = headings.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index].length)));
  const total = (kept: readonly number[]): number => kept.reduce((sum, index) => sum + widths[index] + 2, -2);
  let kept = headings.map((_, index) => index);
  while (total(kept) > options.width) {
    const most = Math.max(...kept.map((index) => headings[index].rank));
    if (most === 0) break;
    kept = kept.filter((index) => headings[index].rank < most);
  }
  widths[0] = Math.max(8, Math.min(widths[0], widths[0] + options.width - total(kept)));
  const line = (cells: readonly string[]): string =>
    kept
      .map((index) => {
        const text = cells[index];
        const width = widths[index];
        const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
        return headings[index].left === true ? cut.padEnd(width) : cut.padStart(width);
      })
      .join('  ')
      .trimEnd();
  const bold = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[22m` : text);
  return [bold(line(headings.map(({ title }) => title))), ...rows.map(line)];
}

/** Text in lines that fit, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line += `${line === '' ? '' : ' '}${word}`;
  }
  return [...lines, line];
}

function nodesShown(model: Model): number[] {
  const { nodes, referenceNodes } = model;
  if (nodes.length <= 3) return [...nodes];
  return [...new Set([nodes[0], referenceNodes!, nodes.at(-1)!])].sort((a, b) => a - b);
}

export function terminalTable(digest: RunDigest, options: TerminalOptions): string {
  const model = modelOf(digest);
  const blocks: string[][] = [];
  const said = (texts: readonly (string | null)[]): string[] =>
    texts.flatMap((text) => (text === null ? [] : wrapped(text.replaceAll('\u00a0', ' '), options.width)));
  const head = said([retriedText(digest), ...notices(model)]);
  if (head.length > 0) blocks.push(head);
  const shown = nodesShown(model);
  const rows = faultFreeRows(model.series.slice(0, MAX_SERIES), shown);
  const costColumns = filledColumns(rows.map(({ summary }) => summary)).filter(({ rank }) => rank !== undefined);
  const costs = rows.map(({ series, nodes, summary }) => {
    const values = costColumns.map((column) => column.estimate(summary, { plain: true }));
    return [series.short, String(nodes), ...values.map((value) => (value === null ? '-' : joined(value)))];
  });
  if (costColumns.length > 0) {
    const risks = [...new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.risk)))];
    blocks.push([
      ...wrapped(
        `Cost without faults; finality at a risk of reversal of ${risks.join(', ')}, against the adversary beside it`,
        options.width,
      ),
      ...columns(
        [
          { title: 'mechanism', left: true, rank: 0 },
          { title: 'n', rank: 0 },
          ...costColumns.map(({ short, rank = 0 }) => ({ title: short, rank })),
        ],
        costs,
        options,
      ),
      ...said([
        'Plain costs are marginal (active work alone); prov.: all cores of all nodes, busy or not, at one decision in flight.',
        costDoubt(digest),
      ]),
    ]);
  }
  if (model.breakings.length > 0) {
    const properties = brokenProperties(model);
    const rows = model.breakings
      .slice(0, MAX_BREAKINGS)
      .map((breaking) => [
        breaking.series.short,
        breaking.kind,
        sweptNodes(model, breaking.nodes),
        holdingText(breaking, { brief: true }) ?? '-',
        ...properties.map((property) => thresholdText(breaking, property, { brief: true }) ?? '-'),
      ]);
    const more = model.breakings.length - rows.length;
    blocks.push([
      ...wrapped('Where it broke: fault ratio or count (faulty nodes; replicates, under attack attempts)', options.width),
      ...columns(
        [
          { title: 'mechanism', left: true, rank: 0 },
          { title: 'fault', left: true, rank: 0 },
          { title: 'n', left: true, rank: 0 },
          { title: 'holds to', left: true, rank: 0 },
          ...properties.map((property, index) => ({ title: BRIEF_TITLES[property], left: true, rank: index < 2 ? 1 : 2 })),
        ],
        rows,
        options,
      ),
      ...(more > 0 ? [`... and ${more} more in the report`] : []),
    ]);
  }
  const unfinished = digest.planned - digest.finished;
  if (unfinished > 0) blocks.push([`Not finished: ${unfinished} of ${digest.planned} cells`]);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
