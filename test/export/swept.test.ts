// What a plan sweeps is a column of its own, parameters and other settings alike, and no text to be taken apart.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { extrasOf } from '../../harness/analysis/extra-columns.ts';
import { ConditionSummary } from '../../harness/analysis/summarize.ts';
import { recordColumns, recordRow, summaryColumns, summaryRow } from '../../harness/export/rows.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { LOAD_RULES, type LoadSpec } from '../../harness/model/load.ts';
import { RECORD_COLUMNS } from '../../harness/record/columns.ts';
import { makeRecord } from '../../harness/record/make.ts';
import { cell, costs, done, voting } from '../record/fixtures.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'swept-'));
afterAll(() => rmSync(dir, { recursive: true }));

const saturate = (p99_ms: number | 'auto'): LoadSpec => ({ kind: 'saturate', p99_ms, arrivals: 'poisson', ...LOAD_RULES });
const variant = (changes: Partial<Cell>): Cell => ({ ...cell, ...changes });
const CELLS = [
  variant({ parameters: { ...cell.parameters, window: 256 }, load: saturate('auto') }),
  variant({ parameters: { ...cell.parameters, window: 512 }, load: saturate(500) }),
  variant({ parameters: { ...cell.parameters, window: 512, auth: 'mac' }, node: { ...cell.node, name: 'laptop' } }),
  // Another mechanism: what it alone has is not swept.
  variant({ workload: 'other', parameters: { alone: 1 }, transactions: { ...cell.transactions, bytes: 500 } }),
];

test('parameters and settings with several values within a mechanism are columns, of numbers where all are numbers', () => {
  writeFileSync(
    path.join(dir, 'plan.json'),
    `{"version":2,"suite":"swept","seed":1,"cells":[\n${CELLS.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`,
  );
  const extras = extrasOf({ dir }, new Map());
  expect(extras).toEqual({
    parameters: [
      { name: 'auth', isNumeric: false },
      { name: 'window', isNumeric: true },
    ],
    settings: [
      { name: 'cell.node', isNumeric: false },
      { name: 'load.p99_ms', isNumeric: true },
    ],
    observations: [],
  });
  const names = ['p_auth', 'p_window', 's_cell_node', 's_load_p99_ms'];
  const types = ['text', 'number', 'text', 'number'];
  for (const columns of [recordColumns(extras), summaryColumns(extras)])
    expect(columns.slice(-4).map(({ name, type }) => [name, type])).toEqual(names.map((name, index) => [name, types[index]]));
  expect(recordColumns(extras)).toHaveLength(RECORD_COLUMNS.length + 4);

  const values = CELLS.map((one) => {
    const record = makeRecord(one, voting, { outcome: done, engine: 'messages' }, costs, null);
    const row = recordRow(record, one, extras);
    expect(names.map((name) => summaryRow(new ConditionSummary(one, record).summary(), one, extras)[name])).toEqual(
      names.map((name) => row[name]),
    );
    return names.map((name) => row[name]);
  });
  const { auth = null } = cell.parameters;
  expect(values).toEqual([
    [auth, 256, null, null],
    [auth, 512, null, 500],
    ['mac', 512, 'laptop', null],
    [null, null, null, null],
  ]);
});
