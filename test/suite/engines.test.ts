// Cells that no engine takes which may run them are refused with their plan, by what the engines declare.
import { describe, expect, test } from 'vitest';
import type { EngineId } from '../../harness/model/outcome.ts';
import { refusalOf } from './refusal.ts';

const OPEN = 'load: { kind: open, rate_tps: 5, window_s: 100 }';
const WINDOW = 'fault: { kind: crash, count: 1, until_s: 5 }';

function suite(id: string, entry: string, ...more: readonly string[]): string {
  return [
    'name: engines',
    'replicates: 1',
    'decisions: 2',
    ...more,
    'sweep: { nodes: [4, 5] }',
    `workloads: { ${id}: { ${entry} } }`,
    '',
  ].join('\n');
}
const of = (text: string, engine?: EngineId, crypto?: 'measured'): string =>
  refusalOf(text, { overrides: { ...(engine && { engine }), ...(crypto && { crypto: [crypto] }) } });

describe('an engine that is named and cannot represent a cell', () => {
  const named = (engine: string, what: string, id: string, others: string): string =>
    `--engine: received ${engine}, which cannot represent ${what} (${id}); accepted: auto, ${others}`;
  test.each<[string, string, EngineId, string, string]>([
    ['pow', OPEN, 'messages', 'a load that is not closed', 'chain'],
    ['pow', WINDOW, 'chain', 'faults that lose messages for a time', 'messages'],
    [
      'pow',
      'fault: { schedule: [{ kind: delay, count: 1, delay_ms: 5 }, { kind: eclipse, count: 1, from_s: 3 }] }',
      'chain',
      'faults that lose messages for a time',
      'messages',
    ],
    ['pos-gasper', WINDOW, 'chain', 'faults that lose messages for a time', 'messages'],
    ['pbft', 'fault: { kind: equivocate, ratio: [0, 0.25] }', 'waves', 'fault kind equivocate', 'messages'],
    ['pbft', WINDOW, 'waves', 'faults that begin or end', 'messages'],
    ['pbft', 'crypto: [modelled, measured]', 'waves', 'measured cells', 'messages'],
    ['pbft', 'requests: [read-write, read-only]', 'waves', 'requests that are not agreed on', 'messages'],
    ['pbft', OPEN, 'waves', 'loads that queue', 'messages'],
    ['hotstuff', 'variant: chained', 'waves', 'blocks that several views decide', 'messages'],
    ['raft', 'group_commit: true', 'waves', 'group commit', 'messages'],
    ['zab', 'observers: [0, 1]', 'waves', 'observers', 'messages'],
    ['zab', 'first_counter: 4294967294', 'waves', 'zxids whose counter ends', 'messages'],
    ['stellar-scp', 'network: { kind: wan-5-regions, loss: 0.01 }', 'waves', 'links that lose messages and keep their order', 'messages'],
    [
      'tendermint',
      "nodes: 4, powers: '4,1,1,1', network: { kind: fixed, delay_ms: 0 }",
      'waves',
      'votes by weight without delay',
      'messages',
    ],
    ['pos-algorand', 'network: { kind: fixed, delay_ms: 0 }', 'waves', 'votes by weight without delay', 'messages'],
    ['phases', 'fault: { kind: partition, count: 1 }', 'waves', 'fault kind partition', 'messages'],
  ])('%s with %s on %s', (id, entry, engine, what, others) => {
    expect(of(suite(id, entry), engine)).toBe(named(engine, what, id, others));
    expect(of(suite(id, entry))).toBe('');
    expect(of(suite(id, entry), others as EngineId)).toBe('');
  });
  test('--crypto measured beside --engine waves', () => {
    expect(of(suite('tendermint', ''), 'waves', 'measured')).toBe(named('waves', 'measured cells', 'tendermint', 'messages'));
    expect(of(suite('pow', ''), 'chain', 'measured')).toBe('');
  });
  test('what it can represent it takes: faults that have no nodes, that last, or only slow messages down', () => {
    for (const fault of ['count: 0, until_s: 5', 'count: 1', 'count: 1, from_s: 0'])
      expect(of(suite('pow', `fault: { kind: crash, ${fault} }`), 'chain')).toBe('');
    expect(of(suite('pow', 'fault: { kind: delay, count: 1, delay_ms: 9, until_s: 9 }'), 'chain')).toBe('');
    expect(of(suite('pow', 'fault: { kind: partition, count: 1, from_s: 1, until_s: 9 }'), 'chain')).toBe('');
    expect(of(suite('pbft', 'fault: [{ kind: crash, count: 0, until_s: 5 }, { kind: silent-leader, count: 1 }]'), 'waves')).toBe('');
  });
});

describe('a cell that none of its engines takes', () => {
  const NONE =
    's.yaml:5: workloads.pow: received crash count=1 until_s=5 under open(5/s) window_s=100 with 4 nodes, which no engine of pow can represent; ' +
    'accepted: without faults that lose messages for a time (engine chain), or without a load that is not closed (engine messages)';
  test('is refused whatever engine is named', () => {
    const text = suite('pow', `${OPEN}, ${WINDOW}`);
    expect(of(text)).toBe(NONE);
    expect(of(text, 'chain')).toBe(NONE);
    expect(of(text, 'messages')).toBe(NONE);
  });
  test('… and in one line for each entry', () => {
    const entries = `[{ ${OPEN}, ${WINDOW}, block_interval_s: [1, 2] }, { ${OPEN} }, { fault: { schedule: [{ kind: crash, count: 1, from_s: 2 }] }, load: { kind: saturate } }]`;
    const text = `name: engines\nsweep: { nodes: [4, 5] }\nworkloads:\n  pow: ${entries}\n`;
    expect(
      of(text)
        .split('\n')
        .map((line) => line.slice(0, 80)),
    ).toEqual([
      's.yaml:4: workloads.pow[0]: received crash count=1 until_s=5 under open(5/s) win',
      's.yaml:4: workloads.pow[2]: received the schedule crash count=1 from_s=2 under s',
    ]);
  });
});

test('cells that leave their fast engine for messages, and would not end there, are refused', () => {
  const text = suite('pbft', 'nodes: [10, 10000], fault: { kind: equivocate, count: 1 }');
  expect(of(text)).toMatch(
    /^s\.yaml:5: workloads\.pbft\.nodes\[1\]: received 10000; accepted: numbers of nodes whose cells the messages engine can finish \(\d{9} events expected on messages, budget 200000000\)$/,
  );
  expect(of(text.replace('equivocate', 'crash'))).toBe('');
});
