import { expect, test } from 'vitest';
import { terminalStyle } from '../../harness/run/terminal-style.ts';

const terminal = { isTTY: true, columns: 100 };

test.each([
  ['a terminal', terminal, {}, { color: true, style: 'terminal', width: 100 }],
  ['no terminal', {}, {}, { color: false, style: 'plain', width: 80 }],
  ['TERM=dumb gets no escape codes', terminal, { TERM: 'dumb' }, { color: false, style: 'plain', width: 100 }],
  ['TERM=dumb, forced', terminal, { TERM: 'dumb', FORCE_COLOR: '1' }, { color: false, style: 'plain', width: 100 }],
  ['NO_COLOR', terminal, { NO_COLOR: '1' }, { color: false, style: 'terminal', width: 100 }],
  ['an empty NO_COLOR says nothing', terminal, { NO_COLOR: '' }, { color: true, style: 'terminal', width: 100 }],
  ['FORCE_COLOR without a terminal', {}, { FORCE_COLOR: '1' }, { color: true, style: 'plain', width: 80 }],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, { color: false, style: 'terminal', width: 100 }],
  ['a pseudo-terminal of 0 columns loses no characters', { isTTY: true, columns: 0 }, {}, { color: true, style: 'terminal', width: 80 }],
  ['a terminal of 5 columns', { isTTY: true, columns: 5 }, {}, { color: true, style: 'terminal', width: 20 }],
] as const)('%s', (_what, stream, environment, expected) => {
  expect(terminalStyle(stream, environment)).toEqual(expected);
});
