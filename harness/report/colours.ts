// Colours that are no mechanism's, and the names of what became of replicates. style.ts maps each colour to the theme.
import { FATES, type Fate } from '../analysis/summarize.ts';

export const INK = '#1a1a1a';
export const MUTED = '#5a5a5a';
export const GRID = '#dedede';
export const PAPER = '#ffffff';

/** Light to dark from harmless to harmful, so that order is seen in greyscale; style.ts hatches lost liveness. */
export const FATE_COLOURS: Readonly<Record<Fate, string>> = {
  ok: '#cfe3ee',
  unknown: '#b9bec4',
  unfinal: '#a890c8',
  unlive: '#e0a458',
  undurable: '#b5523f',
  unsafe: '#7a1f3d',
  broken: '#fefefe',
};
/** The order in which a bar is stacked, from the bottom: from harmless to grave, and what has no result on top. */
export const STACKED: readonly Fate[] = [...FATES].reverse();
export const FATE_NAMES: Readonly<Record<Fate, string>> = {
  ok: 'ok',
  unknown: 'undecided',
  unfinal: 'no finality at the risk',
  unlive: 'liveness violated',
  undurable: 'durability violated',
  unsafe: 'safety violated',
  broken: 'timed out or failed',
};
