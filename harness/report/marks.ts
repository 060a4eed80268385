// How a mechanism looks in every figure and legend: a colour, a shape and a dash, by its id alone, so that it looks the same in every
// report ever made. Mechanisms of the project declare a number (`mark` of the contract); of any other id it is made of the id's letters.
import { workloads } from '../workloads.ts';

/** Okabe and Ito's colour-blind-safe palette (2008) without its yellow and black; style.ts maps each to the theme. */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#7a7a7a', '#8a5a44'] as const;
export const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right', 'triangle-left'] as const;
export type Shape = (typeof SHAPES)[number];
export const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [8, 3, 2, 3], [4, 2], [12, 3], [1, 3], [10, 3, 2, 3, 2, 3]];

/** How a line and its points are drawn. */
export interface Look {
  readonly colour: string;
  readonly shape: Shape;
  /** Lengths of strokes and gaps in pixels; empty: a whole line. */
  readonly dash: readonly number[];
  /** Its points are outlines. */
  readonly hollow: boolean;
}

const KINDS = COLOURS.length;
/** Below this no two marks share colour and shape, or colour and dash; below half of it no two share shape and dash either. */
export const DECLARED_MARKS = KINDS * KINDS;
const ALL_MARKS = DECLARED_MARKS * KINDS;

/** FNV-1a of the id's UTF-16 units, onto the marks that no mechanism of the project can declare. */
function hashedMark(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return DECLARED_MARKS + ((hash >>> 0) % (ALL_MARKS - DECLARED_MARKS));
}

export const markOf = (id: string): number => workloads.get(id)?.mark ?? hashedMark(id);

/**
 * A mechanism's look; `variant` counts its variants in a figure from 0. All have its colour and shape, every other one is hollow, and
 * each has another dash: up to eight are told apart without their labels.
 */
export function lookOf(id: string, variant = 0): Look {
  const mark = markOf(id);
  const colour = mark % KINDS;
  const round = Math.floor(mark / KINDS);
  const beyond = Math.floor(mark / DECLARED_MARKS);
  return {
    colour: COLOURS[colour],
    shape: SHAPES[(colour + round) % KINDS],
    dash: DASHES[(colour + 3 * round + beyond + variant) % KINDS],
    hollow: variant % 2 === 1,
  };
}
