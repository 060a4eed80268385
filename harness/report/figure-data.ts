// The data of a figure as a table for pgfplots and gnuplot: columns apart by spaces, a head, `nan` where there is nothing.
import type { Axis, Spread } from './chart.ts';
import { STACKED } from './colours.ts';
import type { Figure } from './figure.ts';

/** In a table a name is one word of letters, digits and marks that mean nothing to TeX. */
export const tableName = (name: string): string => name.replace(/[^A-Za-z0-9=.:+()-]+/g, '-').replace(/^-+|-+$/g, '') || '-';

/** Units have a slash, which means nothing to TeX either. */
const keyWord = (value: string): string => value.split('/').map(tableName).join('/');

/** Each name once: those that are alike as words get a number. */
function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map(tableName).map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}:${count}`;
  });
}

const ends = (spread: Spread | null): readonly (number | null)[] => (spread === null ? [null, null] : [spread.low, spread.high]);

function tableText(head: readonly string[], rows: readonly (readonly (number | string | null)[])[]): string {
  return [head, ...rows].map((row) => row.map((value) => (value === null ? 'nan' : String(value))).join(' ')).join('\n') + '\n';
}

/** A row for each x, and of each series its value and the ends of its 95% interval. */
function byX({ panels, columns }: Figure): string {
  const lines = panels.flatMap((panel) => panel.lines);
  const names = distinct(lines.map(({ name }) => name));
  const xs = [...new Set(lines.flatMap(({ dots }) => dots.map(({ x }) => x)))].sort((a, b) => a - b);
  return tableText(
    [columns.x, ...names.flatMap((name) => [name, `${name}_low`, `${name}_high`])],
    xs.map((x) => [
      x,
      ...lines.flatMap(({ dots }) => {
        const dot = dots.find((one) => one.x === x);
        return dot === undefined ? [null, null, null] : [dot.y, ...ends(dot.ySpread)];
      }),
    ]),
  );
}

/** A row for each point, with what tells it apart. A place on an axis is numbered from 0, and stands beside its label. */
function byPoint({ panels, columns }: Figure): string {
  const lines = panels.flatMap((panel) => panel.lines);
  const series = [...new Set(lines.map(({ name }) => name))];
  const words = distinct(series);
  const titles = distinct(panels.map(({ title }) => title));
  const keys = [...new Set(lines.flatMap(({ dots }) => dots.flatMap((dot) => Object.keys(dot.keys ?? {}))))];
  const isBand = (axis: 'x' | 'y'): boolean => panels.some((panel) => panel[axis].kind === 'band');
  const heads = (['x', 'y'] as const).flatMap((axis) => {
    const column = columns[axis];
    return isBand(axis) ? [column, `${column}_label`] : [column, `${column}_low`, `${column}_high`];
  });
  const cells = (axis: Axis, value: number, spread: Spread | null): readonly (number | string | null)[] =>
    axis.kind === 'band' ? [value, tableName(axis.ticks[value]?.label ?? '')] : [value, ...ends(spread)];
  return tableText(
    ['panel', 'series', ...keys, ...heads],
    panels.flatMap((panel, index) =>
      panel.lines.flatMap((line) =>
        line.dots.map((dot) => [
          titles[index],
          words[series.indexOf(line.name)],
          ...keys.map((key) => keyWord(dot.keys?.[key] ?? 'none')),
          ...cells(panel.x, dot.x, dot.xSpread),
          ...cells(panel.y, dot.y, dot.ySpread),
        ]),
      ),
    ),
  );
}

/** A row for each bar: the value above it, where there is one, and the shares of what became of the replicates. */
function byBar({ panels, columns: { x, y } }: Figure): string {
  const titles = distinct(panels.map(({ title }) => title));
  const fates = STACKED.filter((fate) => panels.some(({ bars }) => bars.some(({ parts }) => parts.some((part) => part.fate === fate))));
  return tableText(
    ['panel', 'place', x, y, `${y}_low`, `${y}_high`, ...fates.map((fate) => `share_${fate}`)],
    panels.flatMap(({ bars, lines, x: axis }, index) =>
      bars.map((bar) => {
        const dot = lines.flatMap(({ dots }) => dots).find((one) => one.x === bar.x);
        const shares = fates.map((fate) => {
          const part = bar.parts.find((one) => one.fate === fate);
          return part === undefined ? 0 : part.to - part.from;
        });
        return [titles[index], bar.x, tableName(axis.ticks[bar.x].label), dot?.y ?? null, ...ends(dot?.ySpread ?? null), ...shares];
      }),
    ),
  );
}

export function figureData(figure: Figure): string {
  if (figure.panels.some(({ bars }) => bars.length > 0)) return byBar(figure);
  return figure.byX ? byX(figure) : byPoint(figure);
}
