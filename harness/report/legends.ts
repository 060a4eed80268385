// Legends, and figures in panels.
import type { Model } from '../analysis/model.ts';
import type { Series } from '../analysis/series.ts';
import type { Panel } from './figures.ts';
import { COLOURS, DASHES, SHAPES } from './marks.ts';
import { FATE_NAMES, STACKED } from './plots.ts';
import { escape } from './table.ts';

const MARKERS: Readonly<Record<(typeof SHAPES)[number], string>> = {
  circle: '<circle cx="16" cy="7" r="4"/>',
  square: '<path d="M12.5 3.5h7v7h-7z"/>',
  'triangle-up': '<path d="M16 2.5 20.5 10.5h-9z"/>',
  diamond: '<path d="M16 2 20 7 16 12 12 7z"/>',
  cross: '<path d="M14.6 2.6h2.8v3h3v2.8h-3v3h-2.8v-3h-3V5.6h3z"/>',
  'triangle-down': '<path d="M16 11.5 20.5 3.5h-9z"/>',
  'triangle-right': '<path d="M20.5 7 12.5 2.5v9z"/>',
  'triangle-left': '<path d="M11.5 7 19.5 2.5v9z"/>',
};

/** Line and marker of each name, by its place; null: not in the legend. */
export function markerLegend(names: readonly (string | null)[]): string {
  const items = names.flatMap((label, index) => {
    if (label === null) return [];
    const colour = COLOURS[index];
    const dash = DASHES[index].join(' ');
    const line = `<path d="M0 7H32" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`;
    return `<li><svg width="32" height="14" viewBox="0 0 32 14" aria-hidden="true">${line}<g fill="${colour}">${MARKERS[SHAPES[index]]}</g></svg>${escape(label)}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

export function seriesLegend(series: readonly Series[], shown: (one: Series) => boolean = () => true): string {
  return markerLegend(series.map((one) => (shown(one) ? one.label : null)));
}

/** Over each of several drawings of one figure: which variants it has. */
export function groupHeading(groups: readonly (readonly Series[])[], group: number): string {
  if (groups.length < 2) return '';
  const before = groups.slice(0, group).reduce((sum, { length }) => sum + length, 0);
  return `<h4>Variants ${before + 1} to ${before + groups[group].length}</h4>\n`;
}

/** Those of the fates that occur, and what the dashed line is. */
export function fateLegend(model: Model): string {
  const seen = STACKED.filter((fate) => model.faultRows.some(({ conditions }) => conditions.some(({ fates }) => fates[fate] > 0)));
  return `<ul class="legend">${seen.map((fate) => `<li class="fate ${fate}">${FATE_NAMES[fate]}</li>`).join('')}<li>┆ past it, more nodes are faulty than the mechanism's paper claims to bear</li></ul>`;
}

export function panels(list: readonly Panel[]): string {
  return `<div class="panels">${list
    .map(({ title, note, svg }) => `<div class="panel"><h4>${escape(title)}</h4><p>${escape(note)}</p>${svg}</div>`)
    .join('\n')}</div>`;
}
