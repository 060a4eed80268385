// What faulty participants say instead of what a correct one says.
import { describe, expect, test } from 'vitest';
import {
  changing,
  dropping,
  forking,
  halvesOf,
  inTurn,
  replaying,
  silent,
  type OutboxFilter,
} from '../../../harness/simulate/messages/byzantine.ts';
import type { Message } from '../../../harness/simulate/messages/engine.ts';
import { fixed, type CellOptions } from '../../cells.ts';
import { message, script, type Step } from './scripted.ts';

const cell: CellOptions = { nodes: 5, network: fixed(10), fault: { kind: 'wrong-vote', nodes: [0, 4], from_s: 0, until_s: 1 } };
/** Node 0 sends all a message, and node 1 another, at 0 and at 2 s; its timers go on. */
const step: Step = (id, input, out) => {
  if (id !== 0) return;
  if (input.kind === 'start') out.setTimer('again', 2_000_000);
  if (input.kind !== 'start' && input.kind !== 'timer') return;
  const sequence = input.kind === 'start' ? 0 : 1;
  out.multicast(message({ sequence }));
  out.send(1, message({ type: 2, sequence }));
};
const said = (filter: OutboxFilter<Message>): string[] => script(step, cell, { filterOf: (node) => (node === 0 ? filter : null) }).log;
const honest = ['1', '2', '3', '4'].map((id) => `${id} 0:1.0.`);

describe('filters apply to faulty participants, while their fault holds', () => {
  const late = [...honest.slice(0, 1), '1 0:2.0.', ...honest.slice(1)].map((what) => `2010000 ${what}1`);
  const early = (...what: string[]): string[] => [...what.map((one) => `10000 ${one}`), '2000000 0 timer again', ...late];

  test('silent', () => expect(said(silent())).toEqual(early()));
  test('dropping', () => expect(said(dropping(({ type }) => type === 1))).toEqual(early('1 0:2.0.0')));
  test('replaying', () => {
    const twice = (id: number, type: number): string[] => [`${id} 0:${type}.0.0`, `${id} 0:${type}.0.0`];
    expect(said(replaying())).toEqual(early(...twice(1, 1), ...twice(1, 2), ...twice(2, 1), ...twice(3, 1), ...twice(4, 1)));
  });
  test('replaying says the one before again', () => {
    const often: Step = (id, input, out) => {
      if (id === 0 && input.kind === 'start') for (const sequence of [1, 2, 3]) out.send(1, message({ sequence }));
    };
    const { log } = script(often, cell, { filterOf: () => replaying() });
    expect(log.map((line) => line.split('.').at(-1))).toEqual(['1', '1', '1', '2', '2', '2', '3', '3']);
  });
  test('changing, such as to a bad signature, or to nothing', () => {
    const changed = changing<Message>((old) => (old.type === 2 ? null : { ...old, view: 7 }));
    expect(said(changed)).toEqual(early(...['1', '2', '3', '4'].map((id) => `${id} 0:1.7.0`)));
  });
  test('forking: each half hears something else, in one voice', () => {
    // Of 0 to 4 with 0 and 4 faulty: 1 and 2 are half 0, 3 is half 1, the other faulty one hears what half 0 does.
    const halfOf = halvesOf(Uint8Array.of(1, 0, 0, 0, 1));
    const fork = forking<Message>((old, half) => (half === 0 ? old : { ...old, view: 7 }), halfOf);
    expect(said(fork)).toEqual(early('1 0:1.0.0', '1 0:2.0.0', '2 0:1.0.0', '3 0:1.7.0', '4 0:1.0.0'));
  });
  test('forking leaves out whom the multicast leaves out', () => {
    const some: Step = (id, input, out) => {
      if (id === 0 && input.kind === 'start') out.multicastExcept(message(), [0, 2]);
    };
    const fork = forking<Message>((old, half) => (half === 0 ? old : { ...old, view: 7 }), halvesOf(Uint8Array.of(1, 0, 0, 0, 1)));
    const { log } = script(some, cell, { filterOf: (node) => (node === 0 ? fork : null) });
    expect(log).toEqual(['10000 1 0:1.0.0', '10000 3 0:1.7.0', '10000 4 0:1.0.0']);
  });
  test('in turn', () => {
    const both = inTurn<Message>([dropping(({ type }) => type === 2), changing((old) => ({ ...old, view: 7 }))]);
    expect(said(both)).toEqual(early(...['1', '2', '3', '4'].map((id) => `${id} 0:1.7.0`)));
  });
});

test('what is said is counted, not what a correct one would have said', () => {
  expect(script(step, cell, { filterOf: () => silent() }).run.messages).toBe(5);
});
