import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { IdSet, idNumber } from '../../harness/suite/id-set.ts';
import { parseSuite } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import type { Cell } from '../../harness/model/cell.ts';

const suite = (sweep: string, rest = ''): Cell[] => [
  ...planCells(parseSuite(`name: x\nreplicates: 2\n${rest}sweep: ${sweep}\nworkloads: { pbft: { checkpoint_interval: [64, 128] } }\n`)),
];

test('order: parameters, nodes, network, fault, crypto, replicate innermost', () => {
  const cells = suite(
    '{ nodes: [4, 7], fault: { kind: crash, count: [0, f] } }',
    'crypto: [modelled, measured]\nnetwork: [wan-5-regions, { kind: fixed, delay_ms: 1 }]\n',
  );
  expect(cells).toHaveLength(2 * 2 * 2 * 2 * 2 * 2);
  const keys = cells.map((cell) => [
    cell.parameters['checkpoint_interval'],
    cell.nodes,
    cell.network.kind === 'fixed' ? 1 : 0,
    cell.fault.count,
    cell.crypto === 'measured' ? 1 : 0,
    cell.replicate,
  ]);
  expect(keys.slice(0, 5)).toEqual([
    [64, 4, 0, 0, 0, 0],
    [64, 4, 0, 0, 0, 1],
    [64, 4, 0, 0, 1, 0],
    [64, 4, 0, 0, 1, 1],
    [64, 4, 0, 1, 0, 0],
  ]);
  const sorted = [...keys].sort((x, y) => {
    const at = x.findIndex((value, index) => value !== y[index]);
    return at < 0 ? 0 : Number(x[at]) - Number(y[at]);
  });
  expect(keys).toEqual(sorted);
});

test('DESIGN: adding an axis leaves other cells alone', () => {
  const before = suite('{ nodes: 4 }');
  const after = new Map(
    suite(
      '{ nodes: [4, 7], fault: [{ kind: crash, ratio: [0, 0.3] }, { kind: equivocate, count: f }] }',
      'crypto: [modelled, measured]\n',
    ).map((cell) => [cell.id, cell]),
  );
  expect(after.size).toBeGreaterThan(before.length);
  for (const cell of before) expect(after.get(cell.id)).toEqual(cell);
});

test('a measured cell has the seed of its modelled twin, and another id', () => {
  const [modelled, measured] = suite('{ nodes: 4 }', 'crypto: [modelled, measured]\n').filter((cell) => cell.replicate === 0);
  expect(measured!.seed).toBe(modelled!.seed);
  expect(measured!.id).not.toBe(modelled!.id);
});

test('f and f+1 become numbers at each n, and a cell that two values or entries share comes once', () => {
  const cells = suite('{ nodes: [4, 7], fault: { kind: crash, count: [f, 1, 2, f+1] } }').filter(
    (cell) => cell.replicate === 0 && cell.parameters['checkpoint_interval'] === 64,
  );
  expect(cells.map((cell) => [cell.nodes, cell.fault.count])).toEqual([
    [4, 1],
    [4, 2],
    [7, 2],
    [7, 1],
    [7, 3],
  ]);
  const twice = parseSuite('name: x\nsweep: { nodes: 4 }\nworkloads: { pbft: [{}, { nodes: [4, 7] }] }\n');
  expect([...planCells(twice)]).toHaveLength(10);
});

test('an entry replaces the suite settings for its own grid', () => {
  const cells = [
    ...planCells(
      parseSuite(`name: x
sweep: { nodes: [4, 7] }
workloads:
  pbft:
    - { replicates: 1 }
    - { nodes: 10, crypto: measured, decisions: 3, replicates: 2, network: { kind: fixed, delay_ms: 5 }, node: free, risk: 0.1, horizon_s: 9, transactions: { bytes: 1 } }
`),
    ),
  ];
  expect(cells.map((cell) => [cell.nodes, cell.crypto, cell.replicate])).toEqual([
    [4, 'modelled', 0],
    [7, 'modelled', 0],
    [10, 'measured', 0],
    [10, 'measured', 1],
  ]);
  expect(cells[2]).toMatchObject({
    decisions: 3,
    network: { kind: 'fixed', delay_ms: 5 },
    node: { name: 'free' },
    risk: 0.1,
    horizon_s: 9,
    transactions: { bytes: 1, per_decision: 500 },
  });
  expect(cells[0]).not.toHaveProperty('horizon_s');
});

test('the set of ids equals a Map over 20 000 ids with neighbours', () => {
  const set = new IdSet();
  const map = new Map<number, number>();
  for (let i = 0; i < 20_000; i++) {
    const id =
      i % 3 === 0
        ? i
        : idNumber(
            `c${createHash('sha256')
              .update(String(i % 15_000))
              .digest('hex')
              .slice(0, 12)}`,
          );
    expect(set.add(id, i)).toBe(!map.has(id));
    if (!map.has(id)) map.set(id, i);
  }
  expect(set.size).toBe(map.size);
  for (const [id, value] of map) expect(set.get(id)).toBe(value);
  expect(set.get(2 ** 48 - 1)).toBeUndefined();
  expect([idNumber('c00000000000a'), idNumber('x00000000000a'), idNumber('c0')]).toEqual([10, -1, -1]);
});
