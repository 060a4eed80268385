// A figure: panels with a title and a caption. It becomes a part of the page (figureHtml), a file of its own (figureSvg), a Vega-Lite
// specification with its data (vega-lite.ts) and a table of its data (figure-data.ts).
import { warningsOf, type Basis, type RunDoubts } from '../analysis/doubts.ts';
import { groupBy } from '../analysis/group-by.ts';
import type { Fate } from '../analysis/summarize.ts';
import {
  drawPanel,
  labelsWidth,
  legendKey,
  svgElement,
  text,
  textWidth,
  wrapText,
  FONT_SIZE,
  type Drawing,
  type PanelDrawing,
  type Size,
} from './drawing.ts';
import { max, type Line, type Panel } from './chart.ts';
import { FATE_COLOURS, FATE_NAMES, INK, MUTED, PAPER, STACKED } from './colours.ts';
import { escape } from './table.ts';

/** How every figure shows what its means are worth. */
export const SPREAD_NOTE =
  'Points are means over replicates; bands and bars are their 95% intervals, and an arrow, with a sentence beneath, says where one goes beyond the panel. Of two replicates both are points, and there is no band.';

/** Figures of one group share a number; the order is that of the page. */
export const FIGURE_GROUPS = ['cost', 'energy', 'growth', 'rates', 'latency', 'faults', 'measured'] as const;
export type FigureGroup = (typeof FIGURE_GROUPS)[number];

export interface Plot {
  /** kebab-case, of no other figure: the name of its files. */
  readonly id: string;
  readonly group: FigureGroup;
  /** On its button, where a group has several. */
  readonly name: string;
  readonly title: string;
  readonly basis: Basis;
  readonly caption: string;
  readonly panels: readonly Panel[];
  /** Of one panel: in a page, in a narrow one, and in a file. */
  readonly size: { readonly wide: Size; readonly narrow: Size };
  /** What x and y are in its data: names of columns. */
  readonly columns: { readonly x: string; readonly y: string };
  /** Its data are a table with a row for each x and a column for each series, as plots of functions take them. */
  readonly byX: boolean;
  /** Of several panels: their lines are named above them and not at their ends. */
  readonly legend?: true;
}

export interface Figure extends Plot {
  /** What makes it doubtful, in a line under its title; '': nothing is known. */
  readonly warning: string;
}

export function warned(plot: Plot, doubts: RunDoubts): Figure {
  const means = plot.panels.flatMap(({ lines }) => lines.flatMap(({ dots }) => dots.flatMap(({ over }) => over ?? [])));
  return { ...plot, warning: warningsOf(means, plot.basis, doubts) };
}

/** The number of each group that is there: `Figure 3`. */
export function figureNumber(figures: readonly Figure[], group: FigureGroup): number {
  return FIGURE_GROUPS.filter((one) => figures.some((figure) => figure.group === one)).indexOf(group) + 1;
}

/** The lines of a figure by their names, where one panel has several, or panels have the same. */
function named({ panels, legend: above }: Figure): readonly Line[] {
  if (panels.length > 1 && above !== true) return [];
  const lines = new Map(panels.flatMap((panel) => panel.lines.filter(({ name }) => name !== '').map((line) => [line.name, line] as const)));
  return lines.size > 1 && panels[0].y.kind !== 'band' ? [...lines.values()] : [];
}

const fatesOf = ({ panels }: Figure): readonly Fate[] =>
  STACKED.filter((fate) => panels.some(({ bars }) => bars.some(({ parts }) => parts.some((part) => part.fate === fate))));

const hasBound = ({ panels }: Figure): boolean => panels.some(({ bars, rules }) => bars.length > 0 && rules.length > 0);
const BOUND = 'past the dashed line more nodes are faulty than the mechanism’s paper claims to bear';

/** Of figures that stand together once. */
function legend(figures: readonly Figure[]): string {
  const lines = new Map(figures.flatMap(named).map((line) => [line.name, line]));
  const keys = [...lines.values()].map(
    ({ name, look }) =>
      `<li><svg width="32" height="14" viewBox="0 0 32 14" aria-hidden="true">${legendKey(look)}</svg>${escape(name)}</li>`,
  );
  const fates = STACKED.filter((fate) => figures.some((figure) => fatesOf(figure).includes(fate))).map(
    (fate) => `<li class="fate ${fate}">${FATE_NAMES[fate]}</li>`,
  );
  const items = [...keys, ...fates, ...(figures.some(hasBound) ? [`<li>┆ ${BOUND}</li>`] : [])];
  return items.length === 0 ? '' : `<ul class="legend">${items.join('')}</ul>\n`;
}

const warningHtml = ({ warning }: Figure): string => (warning === '' ? '' : `<p class="doubt">${escape(warning)}</p>\n`);

const remarksHtml = ({ remarks }: Panel): string =>
  remarks.length === 0 ? '' : `<ul class="remarks">${remarks.map((remark) => `<li>${escape(remark)}</li>`).join('')}</ul>`;

/** Points of more panels than this say nothing on hovering: of thirty mechanisms that would be half of the page. The tables have their values. */
const MOST_TITLED = 12;

/** For a narrow drawing, which has no room for them beside its lines. */
function detailsHtml({ lines }: Panel): string {
  const items = lines.flatMap(({ name, detail }) => (detail === undefined ? [] : [`<li>${escape(name)} ${escape(detail)}</li>`]));
  return items.length === 0 ? '' : `<ul class="remarks">${items.join('')}</ul>`;
}

/** The panels of a figure, of which all have as much room for labels. */
function drawnPanels({ panels, size }: Figure, titles: (panel: Panel) => boolean = () => true): PanelDrawing[] {
  const labelsWide = max(panels.map((panel) => labelsWidth(panel, size.wide.width)));
  return panels.map((panel) => drawPanel(panel, size.wide, { labelsWide, titles: titles(panel) }));
}

/** Axes that several panels have are there once, and used again by the others. */
function withSharedAxes(drawn: readonly PanelDrawing[], id: string): Drawing[] {
  const uses = groupBy(drawn, ({ axes }) => axes);
  const ids = new Map([...uses].filter(([, panels]) => panels.length > 1).map(([axes], index) => [axes, `axes-${id}-${index}`]));
  return drawn.map((panel) => {
    const own = ids.get(panel.axes);
    if (own === undefined) return panel;
    const isFirst = uses.get(panel.axes)![0] === panel;
    return { ...panel, content: `${isFirst ? `<g id="${own}">${panel.axes}</g>` : `<use href="#${own}"/>`}${panel.marks}` };
  });
}

/** Panels, without legend and caption. */
export function panelsHtml(figure: Figure): string {
  const { panels, size } = figure;
  const noteOf = ({ note }: Panel): string => (note === '' ? '' : `<p>${escape(note)}</p>`);
  const drawn = drawnPanels(figure, ({ bars }) => panels.length <= MOST_TITLED || bars.length > 0);
  if (panels.length > 1) {
    const shared = withSharedAxes(drawn, figure.id);
    const all = panels.map(
      (panel, index) =>
        `<div class="panel"><h3>${escape(panel.title)}</h3>${noteOf(panel)}${svgElement(shared[index], panel.description)}${remarksHtml(panel)}</div>`,
    );
    return `<div class="panels">${all.join('\n')}</div>`;
  }
  return panels
    .map((panel, index) => {
      const wide = svgElement(drawn[index], panel.description);
      const narrow = svgElement(drawPanel(panel, size.narrow, { labels: false }), panel.description);
      return `<div class="single">${noteOf(panel)}<div class="wide">${wide}</div><div class="narrow">${narrow}${detailsHtml(panel)}</div>${remarksHtml(panel)}</div>`;
    })
    .join('');
}

/** The figures of a group: the chosen one on a screen, all of them on paper. Chosen with radio buttons and the style sheet alone. */
export function groupHtml(figures: readonly Figure[], group: FigureGroup, caption: string): string {
  const own = figures.filter((figure) => figure.group === group);
  if (own.length === 0) return '';
  const label = `<figcaption><b>Figure ${figureNumber(figures, group)}.</b> ${caption}</figcaption>`;
  if (own.length === 1)
    return `<figure id="figure-${own[0].id}">${warningHtml(own[0])}${legend(own)}${panelsHtml(own[0])}\n${label}</figure>`;
  const choices = own
    .map(
      ({ id, name }, index) =>
        `<input type="radio" name="choice-${group}" id="choose-${id}"${index === 0 ? ' checked' : ''}><label for="choose-${id}">${escape(name)}</label>`,
    )
    .join('');
  const shown = own.map(({ id }) => `figure:has(#choose-${id}:checked) #figure-${id}`).join(',');
  const variants = own.map(
    (figure) =>
      `<div class="variant${figure.panels.length > 1 ? ' many' : ''}" id="figure-${figure.id}"><h3>${escape(figure.title)}</h3>${warningHtml(figure)}${panelsHtml(figure)}</div>`,
  );
  return `<style>@media screen{${shown}{display:block}}</style>
<figure><fieldset class="choice"><legend>What is compared</legend>${choices}</fieldset>
${legend(own)}<div class="variants">${variants.join('\n')}</div>
${label}</figure>`;
}

const FILE_FONT = 'DejaVu Sans, Verdana, sans-serif';
const PAD = 12;
const NOTE_SIZE = 11;
const MOST_COLUMNS = 4;

/** Lines of text one below the other. */
function block(
  lines: readonly string[],
  x: number,
  y: number,
  options: { readonly size: number; readonly colour?: string; readonly bold?: boolean },
): Drawing {
  const step = options.size + 3;
  return {
    content: lines.map((line, index) => text(line, x, y + options.size + index * step, options)).join(''),
    width: max([0, ...lines.map((line) => textWidth(line, options.size))]),
    height: lines.length * step,
  };
}

function fileLegend(figure: Figure, width: number, top: number): Drawing {
  const items = [
    ...named(figure).map(({ name, look }) => ({ key: legendKey(look), name })),
    ...fatesOf(figure).map((fate) => ({
      key: `<rect x="10" y="1" width="12" height="12" fill="${FATE_COLOURS[fate]}" stroke="${MUTED}"/>`,
      name: FATE_NAMES[fate],
    })),
    ...(hasBound(figure) ? [{ key: `<path d="M16 0V14" stroke="${INK}" stroke-width="1.5" stroke-dasharray="5 3"/>`, name: BOUND }] : []),
  ];
  let x = PAD;
  let y = top;
  const parts: string[] = [];
  for (const { key, name } of items) {
    const wide = 38 + textWidth(name) + 16;
    if (x > PAD && x + wide > width) {
      x = PAD;
      y += 18;
    }
    parts.push(`<g transform="translate(${x} ${y})">${key}${text(name, 38, 11)}</g>`);
    x += wide;
  }
  return { content: parts.join(''), width, height: items.length === 0 ? 0 : y + 22 - top };
}

/** The figure as a file of its own, on white, in a font that DejaVu Sans stands for. */
export function figureSvg(figure: Figure): string {
  const { panels, size } = figure;
  const columns = panels.length === 1 ? 1 : Math.min(MOST_COLUMNS, Math.ceil(Math.sqrt(panels.length)), panels.length);
  const panelWide = size.wide.width + PAD;
  const width = columns * panelWide + PAD;
  const inner = width - 2 * PAD;
  const parts: string[] = [];
  const head = block(wrapText(figure.title, inner, 14), PAD, PAD, { size: 14, bold: true });
  parts.push(head.content);
  const caution = block(wrapText(figure.warning, inner, NOTE_SIZE), PAD, PAD + head.height, { size: NOTE_SIZE, colour: MUTED });
  parts.push(caution.content);
  let top = PAD + head.height + caution.height + 8;
  const keys = fileLegend(figure, inner, top);
  parts.push(keys.content);
  top += keys.height;
  const drawn = drawnPanels(figure);
  for (let from = 0; from < panels.length; from += columns) {
    const row = panels.slice(from, from + columns).map((panel, index) => {
      const drawing = drawn[from + index];
      const x = PAD + index * panelWide;
      const title = panel.title === '' ? [] : wrapText(panel.title, size.wide.width);
      const note = panel.note === '' ? [] : wrapText(panel.note, size.wide.width, NOTE_SIZE);
      const remarks = panel.remarks.flatMap((remark) => wrapText(remark, size.wide.width, NOTE_SIZE));
      return { drawing, x, title, note, remarks };
    });
    const above = max(row.map(({ title, note }) => title.length * (FONT_SIZE + 3) + note.length * (NOTE_SIZE + 3))) + 4;
    for (const { drawing, x, title, note } of row) {
      const named = block(title, x, top, { size: FONT_SIZE, bold: true });
      parts.push(named.content, block(note, x, top + named.height, { size: NOTE_SIZE, colour: MUTED }).content);
      parts.push(`<g transform="translate(${x} ${top + above})">${drawing.content}</g>`);
    }
    const tall = max(row.map(({ drawing }) => drawing.height));
    for (const { x, remarks } of row) parts.push(block(remarks, x, top + above + tall + 2, { size: NOTE_SIZE, colour: MUTED }).content);
    top += above + tall + max(row.map(({ remarks }) => remarks.length)) * (NOTE_SIZE + 3) + PAD;
  }
  const height = Math.ceil(top);
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escape(figure.title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FILE_FONT}" font-size="${FONT_SIZE}" fill="${INK}"><rect width="${width}" height="${height}" fill="${PAPER}"/>${parts.join('')}</svg>\n`;
}
