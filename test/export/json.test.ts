// records.json and summary.json: their rows are those of the CSV files, they keep to the published schemas, and their text is inert.
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { format, resolveConfig } from 'prettier';
import { afterAll, describe, expect, it, test } from 'vitest';
import { exportRun } from '../../harness/export/export.ts';
import { cellSchema, inertJson, jsonTable, recordsSchema, summarySchema } from '../../harness/export/json.ts';
import { RECORD_COLUMNS } from '../../harness/record/columns.ts';
import { SUMMARY_COLUMNS } from '../../harness/record/summary-columns.ts';
import { problemsOf } from '../support/published.ts';
import { csvTable } from './csv-table.ts';
import { syntheticRun } from './synthetic.ts';

const SCHEMAS = [
  ['records', recordsSchema()],
  ['summary', summarySchema()],
] as const;
const valid = (schema: object, data: unknown): string | null => {
  const ajv = new Ajv();
  return ajv.validate(schema, data) === true ? null : ajv.errorsText();
};

test.each([...SCHEMAS, ['cell', cellSchema()] as const])(
  'docs/schemas/%s.schema.json is what the columns give (write it again: npx vitest run test/export/json.test.ts -u)',
  async (table, schema) => {
    const file = path.join(import.meta.dirname, `../../docs/schemas/${table}.schema.json`);
    const options = { ...(await resolveConfig(file)), parser: 'json' };
    await expect(await format(JSON.stringify(schema), options)).toMatchFileSnapshot(file);
  },
);

describe('of a run with two mechanisms, a swept parameter, and cells that failed', () => {
  const dir = syntheticRun({ mechanisms: ['pow', 'pbft'], nodes: [4], replicates: 2, variants: 2, text: 'cut off' });
  afterAll(() => rmSync(dir, { recursive: true }));
  const read = (name: string): string => readFileSync(path.join(dir, name), 'utf8');

  it.each(['github-action-benchmark', 'github-action-benchmark-costs'])(
    '%s.json keeps to its schema, and no name comes twice',
    async (name) => {
      await exportRun(dir);
      const entries = JSON.parse(read(`${name}.json`)) as { name: string }[];
      expect(problemsOf('github-action-benchmark', entries)).toBe('');
      expect(new Set(entries.map((entry) => entry.name)).size).toBe(entries.length);
      expect(entries.length).toBeGreaterThan(2);
    },
  );

  it.each(SCHEMAS)('%s.json keeps to its schema, and its rows are those of the CSV file', async (table, schema) => {
    await exportRun(dir);
    const data = JSON.parse(read(`${table}.json`)) as { rows: Record<string, string | number>[] };
    expect(valid(schema, data)).toBeNull();
    expect(data).toMatchObject({ table, version: 1, suite: 'synthetic', seed: 1 });
    const { names, rows } = csvTable(read(`${table}.csv`));
    expect(data.rows).toHaveLength(rows.length);
    expect(rows.length).toBeGreaterThan(8);
    expect(names).toContain('p_variant');
    for (const [index, row] of data.rows.entries()) {
      expect(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))).toEqual(
        Object.fromEntries(names.flatMap((name, at) => (rows[index]![at] === '' ? [] : [[name, rows[index]![at]!]]))),
      );
      expect(typeof row['p_variant']).toBe('number');
    }
  });
});

it('a schema refuses what is no row', () => {
  const row = Object.fromEntries(RECORD_COLUMNS.map(({ name, type }) => [name, type === 'text' ? 'x' : 1]));
  const file = (rows: readonly object[]): object => ({ table: 'records', version: 1, suite: 'x', seed: 1, rows });
  expect(valid(recordsSchema(), file([row]))).toBeNull();
  expect(valid(recordsSchema(), file([{ ...row, nodes: 'four' }]))).toMatch(/nodes should be integer/);
  expect(valid(recordsSchema(), file([{ ...row, colour: 1 }]))).toMatch(/additional properties/);
  expect(valid(recordsSchema(), file([{ ...row, cell: undefined }]))).toMatch(/cell/);
  const summary = Object.fromEntries(SUMMARY_COLUMNS.map(({ name, type }) => [name, type === 'text' ? 'x' : 1]));
  const means = { o_x_mean: 1, o_x_ci95_low: 0.5, o_x_ci95_high: 2 };
  expect(valid(summarySchema(), { ...file([{ ...summary, ...means }]), table: 'summary' })).toBeNull();
  expect(valid(summarySchema(), { ...file([{ ...summary, o_x: 1 }]), table: 'summary' })).toMatch(/additional properties/);
});

it('a column without a value, or with an empty text, is absent; an empty table is one still', () => {
  const columns = ['a', 'b', 'c', 'd'].map((name) => ({ name, unit: '', type: 'text', description: 'x', empty: '' }) as const);
  const { head, row, foot } = jsonTable('records', columns, { suite: 's', seed: 7 });
  expect(`${head}${row({ a: 'x', b: '', c: null }, true)}${row({ d: 0 }, false)}${foot}`).toBe(
    '{"table":"records","version":1,"suite":"s","seed":7,"rows":[\n{"a":"x"},\n{"d":0}\n]}\n',
  );
  expect(JSON.parse(head + foot)).toEqual({ table: 'records', version: 1, suite: 's', seed: 7, rows: [] });
});

it('text is inert in a page and to the eye, and reads back as it was', () => {
  const hostile = '</script><b>&amp;"\'\u2028\u202ecod.exe\u2066\u200f\u0007\u0085\n';
  const written = inertJson({ [hostile]: hostile });
  expect(written).not.toMatch(/[<>&\u007f-\u009f\u2028\u202e\u2066\u200f]/);
  expect(JSON.parse(written)).toEqual({ [hostile]: hostile });
});
