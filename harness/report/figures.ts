// All figures of a report, in the order of their numbers. Pure; what they hold comes from the conditions of the run.
import type { Model } from '../analysis/model.ts';
import { costFigures } from './cost-figures.ts';
import { faultFigure } from './fault-figure.ts';
import { FIGURE_GROUPS, warned, type Figure } from './figure.ts';
import { measuredFigure } from './measured-figure.ts';
import { rateFigure } from './rate-figure.ts';

export function reportFigures(model: Model): readonly Figure[] {
  const all = [...costFigures(model), rateFigure(model), faultFigure(model), measuredFigure(model)].filter((figure) => figure !== null);
  const figures = all.map((plot) => warned(plot, model.doubts));
  return figures.sort((a, b) => FIGURE_GROUPS.indexOf(a.group) - FIGURE_GROUPS.indexOf(b.group));
}
