// A panel → SVG. Everything is an element with plain attributes: no script, no id, no style sheet, so that a page's style sheet may map
// the colours to its theme, and a file of its own needs nothing else.
import { FATE_COLOURS, GRID, INK, MUTED, PAPER } from './colours.ts';
import { max, type Axis, type Bar, type Dot, type Line, type Panel, type Rule, type Spread } from './chart.ts';
import type { Look, Shape } from './marks.ts';
import { escape } from './table.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}
/** Content of so many pixels, to be placed somewhere. */
export interface Drawing extends Size {
  readonly content: string;
}

export const FONT_SIZE = 12;
const LINE_HEIGHT = 14;
const LABEL_SIZE = 11;
const LABEL_HEIGHT = 13;
/** Of a letter, in the widest of the fonts that a page may have. */
const LETTER = 0.6;
export const textWidth = (text: string, size = FONT_SIZE): number => [...text].length * size * LETTER;

/** Lines of at most so many pixels, broken between words, and within a longer word after underscores and equals signs. */
export function wrapText(text: string, pixels: number, size = FONT_SIZE): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const pieces = textWidth(word, size) > pixels ? (word.match(/[^_=]*[_=]+|[^_=]+/g) ?? [word]) : [word];
    for (const [index, piece] of pieces.entries()) {
      const longer = line === '' ? piece : `${line}${index === 0 ? ' ' : ''}${piece}`;
      if (line !== '' && textWidth(longer, size) > pixels) {
        lines.push(line);
        line = piece;
      } else line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** To a tenth of a pixel. */
const px = (value: number): string => String(Math.round(value * 10) / 10);

interface TextOptions {
  readonly anchor?: 'middle' | 'end';
  readonly size?: number;
  readonly colour?: string;
  readonly bold?: boolean;
}
export function text(words: string, x: number, y: number, { anchor, size, colour, bold }: TextOptions = {}): string {
  const attributes = [
    ...(anchor === undefined ? [] : [`text-anchor="${anchor}"`]),
    ...(size === undefined ? [] : [`font-size="${size}"`]),
    ...(colour === undefined ? [] : [`fill="${colour}"`]),
    ...(bold === true ? ['font-weight="bold"'] : []),
  ];
  return `<text x="${px(x)}" y="${px(y)}"${attributes.map((one) => ` ${one}`).join('')}>${escape(words)}</text>`;
}

/** Outlines around (0, 0) of some equal area. */
const OUTLINES: Readonly<Record<Exclude<Shape, 'circle'>, readonly (readonly [number, number])[]>> = {
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  'triangle-up': [
    [0, -1.2],
    [1.2, 0.9],
    [-1.2, 0.9],
  ],
  'triangle-down': [
    [0, 1.2],
    [1.2, -0.9],
    [-1.2, -0.9],
  ],
  'triangle-right': [
    [1.2, 0],
    [-0.9, 1.2],
    [-0.9, -1.2],
  ],
  'triangle-left': [
    [-1.2, 0],
    [0.9, 1.2],
    [0.9, -1.2],
  ],
  diamond: [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  cross: [
    [-0.4, -1.2],
    [0.4, -1.2],
    [0.4, -0.4],
    [1.2, -0.4],
    [1.2, 0.4],
    [0.4, 0.4],
    [0.4, 1.2],
    [-0.4, 1.2],
    [-0.4, 0.4],
    [-1.2, 0.4],
    [-1.2, -0.4],
    [-0.4, -0.4],
  ],
};

export function marker(shape: Shape, x: number, y: number, radius: number, title = ''): string {
  const inside = title === '' ? '/>' : `><title>${escape(title)}</title></`;
  if (shape === 'circle') return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius)}"${inside}${title === '' ? '' : 'circle>'}`;
  return `<path d="${outlined(OUTLINES[shape], x, y, radius)}"${inside}${title === '' ? '' : 'path>'}`;
}

/** A path around an outline, in steps from its first corner. */
function outlined(outline: readonly (readonly [number, number])[], x: number, y: number, radius: number): string {
  const [[firstX, firstY], ...others] = outline;
  const steps = others.map(([toX, toY], index) => {
    const [dx, dy] = [px((toX - outline[index][0]) * radius), px((toY - outline[index][1]) * radius)];
    return dy === '0' ? `h${dx}` : dx === '0' ? `v${dy}` : `l${dx} ${dy}`;
  });
  return `M${px(x + firstX * radius)} ${px(y + firstY * radius)}${steps.join('').replaceAll(' -', '-')}z`;
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly title: string;
}

/** Points of one look; outlines that say nothing on hovering are one path. */
function markers(shape: Shape, points: readonly Point[]): string {
  if (shape === 'circle' || points.some(({ title }) => title !== ''))
    return points.map(({ x, y, radius, title }) => marker(shape, x, y, radius, title)).join('');
  return `<path d="${points.map(({ x, y, radius }) => outlined(OUTLINES[shape], x, y, radius)).join('')}"/>`;
}

const dashed = ({ dash }: Look): string => (dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`);
/** Attributes that the points of a look share. */
export const filled = ({ colour, hollow }: Look): string =>
  hollow ? `fill="${PAPER}" stroke="${colour}" stroke-width="1.5"` : `fill="${colour}" stroke="${PAPER}" stroke-width="0.75"`;

/** Line and marker of a look, 32 by 14 pixels, for a legend. */
export const legendKey = (look: Look): string =>
  `<path d="M0 7H32" fill="none" stroke="${look.colour}" stroke-width="2"${dashed(look)}/><g ${filled(look)}>${marker(look.shape, 16, 7, 4)}</g>`;

/** Moves blocks of these heights apart within [0, height], keeping their order. Positions are of their middles, in pixels from the top. */
export function spread(positions: readonly number[], heights: readonly number[], height: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a] - positions[b] || a - b);
  const placed = [...positions];
  let least = 0;
  for (const index of order) {
    const half = heights[index] / 2;
    placed[index] = Math.max(placed[index], least + half);
    least = placed[index] + half;
  }
  let most = height;
  for (const index of [...order].reverse()) {
    const half = heights[index] / 2;
    placed[index] = Math.min(placed[index], most - half);
    most = placed[index] - half;
  }
  return placed;
}

/** From a value to pixels between two ends. */
type Place = (value: number) => number;

function placeOn({ kind, domain: [low, high] }: Axis, from: number, to: number): Place {
  if (kind === 'band') return (value) => from + ((value + 0.5) / (high + 1)) * (to - from);
  if (kind === 'linear') return (value) => from + ((value - low) / (high - low)) * (to - from);
  const span = Math.log10(high / low);
  return (value) => from + (Math.log10(value / low) / span) * (to - from);
}

const within = ({ domain: [low, high] }: Axis, value: number): number => Math.min(high, Math.max(low, value));

interface Frame {
  readonly panel: Panel;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Place;
  readonly y: Place;
}

/** Ticks whose labels do not touch; of a band all, for their labels are wrapped. */
function apart(axis: Axis, place: Place): readonly Axis['ticks'][number][] {
  let free = -Infinity;
  return axis.ticks.filter(({ value, label }) => {
    const half = textWidth(label, 11) / 2;
    if (place(value) - half < free) return false;
    free = place(value) + half + 5;
    return true;
  });
}

const STRIP = { gap: 8, height: 26 };

function axesOf({ panel, left, right, top, bottom, x, y }: Frame, axisTop: number): string {
  const beside: string[] = [];
  const below: string[] = [];
  const grid: string[] = [];
  if (panel.y.kind === 'band') for (const { value } of panel.y.ticks) grid.push(`M${px(left)} ${px(y(value))}H${px(right)}`);
  else
    for (const { value, label } of panel.y.ticks) {
      grid.push(`M${px(left)} ${px(y(value))}H${px(right)}`);
      beside.push(text(label, left - 6, y(value) + 4));
    }
  const ticks: string[] = [];
  if (panel.x.kind === 'band') {
    const room = (right - left) / panel.x.ticks.length - 4;
    for (const { value, label } of panel.x.ticks)
      for (const [index, line] of wrapText(label, room, 11).entries()) below.push(text(line, x(value), axisTop + 13 + index * 12));
  } else
    for (const { value, label } of apart(panel.x, x)) {
      if (panel.y.kind === 'band') grid.push(`M${px(x(value))} ${px(top)}V${px(bottom)}`);
      else ticks.push(`M${px(x(value))} ${px(axisTop)}v4`);
      below.push(text(label, x(value), axisTop + 16));
    }
  return [
    `<path d="${grid.join('')}" fill="none" stroke="${GRID}"/>`,
    `<path d="M${px(left)} ${px(axisTop)}H${px(right)}${ticks.join('')}" fill="none" stroke="${MUTED}"/>`,
    ...(beside.length === 0 ? [] : [`<g font-size="11" fill="${MUTED}" text-anchor="end">${beside.join('')}</g>`]),
    `<g font-size="11" fill="${MUTED}" text-anchor="middle">${below.join('')}</g>`,
  ].join('');
}

/** Runs of neighbours that have an interval, where there are two at the least; the others get a bar each. */
function bandsOf(line: Line): { readonly bands: readonly (readonly Dot[])[]; readonly bars: readonly Dot[] } {
  const bands: Dot[][] = [];
  let run: Dot[] = [];
  const bars: Dot[] = [];
  const close = (): void => {
    if (run.length > 1) bands.push(run);
    else bars.push(...run);
    run = [];
  };
  for (const dot of line.dots)
    if (line.joined && dot.ySpread?.kind === 'interval' && dot.xSpread === null) run.push(dot);
    else {
      close();
      bars.push(dot);
    }
  close();
  return { bands, bars };
}

/** A bar over an interval, with an arrow where the panel cuts it. */
function intervalBar(spread: Spread | null, axis: Axis, place: Place, across: number, along: 'x' | 'y'): string {
  if (spread === null || spread.kind !== 'interval') return '';
  const [low, high] = [place(within(axis, spread.low)), place(within(axis, spread.high))];
  const at = (value: number, side = 0): string =>
    along === 'x' ? `${px(value)} ${px(across + side)}` : `${px(across + side)} ${px(value)}`;
  const arrow = (end: number, towards: number): string => {
    const back = end - 4 * Math.sign(towards);
    return `M${at(back, -3)}L${at(end)}L${at(back, 3)}`;
  };
  return [
    `M${at(low)}L${at(high)}`,
    spread.low < axis.domain[0] ? arrow(low, low - high) : '',
    spread.high > axis.domain[1] ? arrow(high, high - low) : '',
  ].join('');
}

function lineOf({ panel, x, y }: Frame, line: Line, titles: boolean): string {
  const { look, dots } = line;
  if (dots.length === 0) return '';
  const { bands, bars } = bandsOf(line);
  const parts: string[] = [];
  for (const run of bands) {
    const end = (dot: Dot, which: 'low' | 'high'): string => {
      const { ySpread } = dot;
      return `${px(x(dot.x))} ${px(y(within(panel.y, ySpread?.kind === 'interval' ? ySpread[which] : dot.y)))}`;
    };
    const outline = [...run.map((dot) => end(dot, 'high')), ...[...run].reverse().map((dot) => end(dot, 'low'))];
    parts.push(`<path d="M${outline.join('L')}z" fill="${look.colour}" fill-opacity="0.16"/>`);
  }
  const spreads = bars
    .map((dot) => intervalBar(dot.ySpread, panel.y, y, x(dot.x), 'y') + intervalBar(dot.xSpread, panel.x, x, y(dot.y), 'x'))
    .join('');
  if (spreads !== '') parts.push(`<path d="${spreads}" fill="none" stroke="${look.colour}" stroke-width="1.5" stroke-opacity="0.6"/>`);
  if (line.joined && dots.length > 1) {
    const path = dots.map((dot) => `${px(x(dot.x))} ${px(y(dot.y))}`).join('L');
    parts.push(`<path d="M${path}" fill="none" stroke="${look.colour}" stroke-width="${line.thin === true ? 1 : 2}"${dashed(look)}/>`);
  }
  // Of two replicates both, and where a line joins them its mean has no point of its own.
  const points = dots.flatMap((dot): Point[] => {
    const radius = line.thin === true ? 2.8 : 4;
    const small = radius - 0.8;
    const title = titles ? dot.text : '';
    const place = { x: x(dot.x), y: y(dot.y), radius, title };
    if (dot.ySpread?.kind === 'both' && dot.xSpread === null)
      return dot.ySpread.values.filter((value) => value > 0).map((value) => ({ ...place, y: y(within(panel.y, value)), radius: small }));
    if (dot.xSpread?.kind === 'both' && dot.ySpread === null)
      return dot.xSpread.values.filter((value) => value > 0).map((value) => ({ ...place, x: x(within(panel.x, value)), radius: small }));
    return [place];
  });
  parts.push(`<g ${filled(line.thin === true ? { ...look, hollow: true } : look)}>${markers(look.shape, points)}</g>`);
  return parts.join('');
}

function ruleOf({ panel, left, right, top, bottom, x, y }: Frame, rule: Rule): string {
  if (rule.kind === 'diagonal') {
    const at = (value: number): number => within(panel.y, value * rule.slope);
    const [low, high] = panel.x.domain;
    const from = Math.max(low, panel.y.domain[0] / rule.slope);
    const to = Math.min(high, panel.y.domain[1] / rule.slope);
    if (!(from < to)) return '';
    const end = { x: x(to), y: y(at(to)) };
    return `<path d="M${px(x(from))} ${px(y(at(from)))}L${px(end.x)} ${px(end.y)}" fill="none" stroke="${MUTED}" stroke-dasharray="4 3"/>${text(rule.label, end.x - 12, end.y + 4, { anchor: 'end', size: 11, colour: MUTED })}`;
  }
  const colour = rule.colour ?? INK;
  const path = rule.kind === 'x' ? `M${px(x(rule.value))} ${px(top - 4)}V${px(bottom)}` : `M${px(left)} ${px(y(rule.value))}H${px(right)}`;
  const title = rule.text === undefined ? '/>' : `><title>${escape(rule.text)}</title></path>`;
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-dasharray="5 3"${title}`;
}

function stripOf({ left, right, x }: Frame, bars: readonly Bar[], places: number, top: number): string {
  const wide = ((right - left) / places) * 0.84;
  const parts = bars.flatMap(({ x: at, parts: fates }) =>
    fates.map(
      ({ fate, from, to, text: title }) =>
        `<rect x="${px(x(at) - wide / 2)}" y="${px(top + (1 - to) * STRIP.height)}" width="${px(wide)}" height="${px((to - from) * STRIP.height)}" fill="${FATE_COLOURS[fate]}"><title>${escape(title)}</title></rect>`,
    ),
  );
  return `<g stroke="${MUTED}" stroke-width="0.75">${parts.join('')}</g>`;
}

/** The names of rows, as lines of text beside them. */
const rowNames = ({ y }: Panel, width: number): string[][] => y.ticks.map(({ label }) => wrapText(label, width * 0.42));

/** How high a panel of rows must be for their names. */
export function rowsHeight(panel: Panel, width: number): number {
  const names = rowNames(panel, width);
  return 48 + names.length * Math.max(19, max(names.map(({ length }) => length)) * LINE_HEIGHT + 5);
}

interface EndLabel {
  readonly line: Line;
  readonly lines: readonly string[];
  /** So many of its lines, from the first. */
  readonly bold: number;
}

const labelRoom = (width: number): number => Math.max(width * 0.3, 104);

function endLabels({ lines: all }: Panel, width: number): EndLabel[] {
  const labelled = all.filter(({ label, detail = '', dots }) => label + detail !== '' && dots.length > 0);
  return labelled.map((line) => {
    const bold = wrapText(line.label, labelRoom(width), LABEL_SIZE);
    return { line, bold: bold.length, lines: [...bold, ...wrapText(line.detail ?? '', labelRoom(width), LABEL_SIZE)] };
  });
}

/** The room that the labels at the ends of a panel's lines take. */
export function labelsWidth(panel: Panel, width: number): number {
  const texts = endLabels(panel, width).flatMap(({ lines }) => lines);
  return texts.length === 0 ? 0 : Math.min(labelRoom(width) + 30, max(texts.map((one) => textWidth(one, LABEL_SIZE)))) + 12;
}

/** How high a panel over numbers of nodes must be for them. */
export function labelsHeight(panel: Panel, width: number): number {
  return endLabels(panel, width).reduce((sum, { lines }) => sum + lines.length * LABEL_HEIGHT, 0) + 64;
}

export interface PanelDrawing extends Drawing {
  /** The part of the content that panels with the same axes have alike: it stands first. */
  readonly axes: string;
  readonly marks: string;
}

interface PanelOptions {
  /** False: none at the ends of lines, where there is no room for them. */
  readonly labels?: boolean;
  /** Room for them: as much as every panel of the figure takes, so that axes are alike. */
  readonly labelsWide?: number;
  /** False: points say nothing on hovering. */
  readonly titles?: boolean;
}

/** A panel of this size, axis titles and labels included; without its title and note. */
export function drawPanel(panel: Panel, { width, height }: Size, options: PanelOptions = {}): PanelDrawing {
  const labels = options.labels === false ? [] : endLabels(panel, width);
  const labelsWide = options.labels === false ? 0 : (options.labelsWide ?? labelsWidth(panel, width));
  const isRows = panel.y.kind === 'band';
  const names = isRows ? rowNames(panel, width) : [];
  const leftWide = isRows
    ? Math.min(width * 0.44, max(names.flat().map((one) => textWidth(one)))) + 10
    : max(panel.y.ticks.map(({ label }) => textWidth(label, 11))) + 10;
  const xLabelLines =
    panel.x.kind === 'band'
      ? max(panel.x.ticks.map(({ label }) => wrapText(label, (width - leftWide) / panel.x.ticks.length - 4, 11).length))
      : 1;
  const left = leftWide;
  const right = width - Math.max(12, labelsWide, panel.x.kind === 'band' ? 4 : 0);
  const yTitle = isRows ? [] : wrapText(panel.y.title, width, 11);
  const top = isRows ? 6 : yTitle.length * 13 + 7;
  const axisTop = height - 20 - xLabelLines * 12 - 4;
  const bottom = panel.bars.length > 0 ? axisTop - STRIP.height - STRIP.gap : axisTop;
  // Room for the points at the ends.
  const inset = panel.x.kind === 'band' ? 0 : 8;
  const x = placeOn(panel.x, left + inset, right - inset);
  const y = isRows ? placeOn(panel.y, top, bottom) : placeOn(panel.y, bottom - 3, top + 3);
  const frame: Frame = { panel, left, right, top, bottom, x, y };
  const axes = [axesOf(frame, axisTop)];
  axes.push(
    `<g font-size="11" fill="${INK}">${yTitle.map((line, index) => text(line, 0, 10 + index * 13)).join('')}${text(panel.x.title, (left + right) / 2, height - 4, { anchor: 'middle' })}</g>`,
  );
  if (isRows) {
    const texts = names.flatMap((lines, index) =>
      lines.map((line, place) => text(line, left - 8, y(index) + 4 + (place - (lines.length - 1) / 2) * LINE_HEIGHT)),
    );
    axes.push(`<g text-anchor="end">${texts.join('')}</g>`);
  }
  if (panel.range.length > 1) {
    const outline = [
      ...panel.range.map((one) => `${px(x(one.x))} ${px(y(within(panel.y, one.high)))}`),
      ...[...panel.range].reverse().map((one) => `${px(x(one.x))} ${px(y(within(panel.y, one.low)))}`),
    ];
    axes.push(`<path d="M${outline.join('L')}z" fill="${MUTED}" fill-opacity="0.1"/>`);
  }
  const parts: string[] = [];
  for (const rule of panel.rules) parts.push(ruleOf(frame, rule));
  for (const line of panel.lines) parts.push(lineOf(frame, line, options.titles !== false));
  if (panel.bars.length > 0) parts.push(stripOf(frame, panel.bars, panel.x.ticks.length, bottom + STRIP.gap));
  const ends = labels.map(({ line }) => {
    const last = line.dots.reduce((a, b) => (b.x > a.x ? b : a));
    return y(last.y) - top;
  });
  const places = spread(
    ends,
    labels.map(({ lines }) => lines.length * LABEL_HEIGHT),
    bottom - top,
  );
  for (const [index, { line, lines, bold }] of labels.entries()) {
    const first = top + places[index] + 4 - ((lines.length - 1) / 2) * LABEL_HEIGHT;
    const texts = lines.map((one, at) => text(one, right + 4, first + at * LABEL_HEIGHT, at < bold ? { bold: true } : {}));
    parts.push(`<g font-size="${LABEL_SIZE}" fill="${line.look.colour}">${texts.join('')}</g>`);
  }
  const [around, marks] = [axes.join(''), parts.join('')];
  return { axes: around, marks, content: around + marks, width, height };
}

/** As an element that stands alone in a page. */
export function svgElement({ content, width, height }: Drawing, description: string): string {
  return `<svg role="img" aria-label="${escape(description)}" viewBox="0 0 ${px(width)} ${px(height)}" width="${px(width)}" height="${px(height)}" font-size="${FONT_SIZE}" fill="${INK}">${content}</svg>`;
}
