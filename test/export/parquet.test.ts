// Parquet files as another program reads them (the package hyparquet): same rows as in CSV, nulls where there is no value.
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects, type FileMetaData } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import { exportRun } from '../../harness/export/export.ts';
import { ParquetTable } from '../../harness/export/parquet.ts';
import type { Row } from '../../harness/export/rows.ts';
import type { Column } from '../../harness/record/column.ts';
import { csvTable } from './csv-table.ts';
import { syntheticRun } from './synthetic.ts';

const compressors = { GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)) };
const arrayBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const metadata = (bytes: Uint8Array): FileMetaData => parquetMetadata(arrayBuffer(bytes));
const objects = (bytes: Uint8Array): Promise<Record<string, unknown>[]> => parquetReadObjects({ file: arrayBuffer(bytes), compressors });

const COLUMNS: readonly Column[] = [
  { name: 'text', unit: '', type: 'text', description: 'A text.', empty: '' },
  { name: 'whole', unit: 'nodes', type: 'integer', description: 'A whole number.', empty: '' },
  { name: 'real', unit: 's', type: 'number', description: 'A number.', empty: '' },
];
function written(rows: Iterable<Row>, columns = COLUMNS): Buffer {
  const parts: Buffer[] = [];
  const table = new ParquetTable(columns, { suite: 'σ', seed: 7 }, (bytes) => parts.push(Buffer.from(bytes)));
  for (const row of rows) table.add(row);
  table.end();
  return Buffer.concat(parts);
}

describe('a Parquet table', () => {
  it('has whole numbers to 2^53, doubles to the bit, text of any kind, and nulls', async () => {
    const rows = [
      { text: 'π "=1+1" \u202e\n', whole: Number.MAX_SAFE_INTEGER, real: 0.1 + 0.2 },
      { text: null, whole: null, real: null },
      { text: '𝄞', whole: -5, real: -0 },
      { text: '', whole: Number.MIN_SAFE_INTEGER, real: 5e-324 },
      { text: 'x', whole: 2 ** 32 },
      { whole: 0, real: 1e300 },
    ];
    expect(await objects(written(rows))).toEqual([
      { text: 'π "=1+1" \u202e\n', whole: BigInt(Number.MAX_SAFE_INTEGER), real: 0.1 + 0.2 },
      { text: null, whole: null, real: null },
      { text: '𝄞', whole: -5n, real: -0 },
      { text: null, whole: BigInt(Number.MIN_SAFE_INTEGER), real: 5e-324 },
      { text: 'x', whole: 2n ** 32n, real: null },
      { text: null, whole: 0n, real: 1e300 },
    ]);
  });

  it('describes itself: suite, seed, and each column with its unit', () => {
    const pairs = new Map(metadata(written([])).key_value_metadata!.map(({ key, value }) => [key, value]));
    expect(pairs.get('suite')).toBe('σ');
    expect(pairs.get('seed')).toBe('7');
    expect(JSON.parse(pairs.get('columns')!)).toMatchObject({ whole: { unit: 'nodes', description: 'A whole number.' } });
  });

  it('without rows has its columns all the same', async () => {
    expect(await objects(written([]))).toEqual([]);
    expect(metadata(written([])).schema.map(({ name }) => name)).toEqual(['row', 'text', 'whole', 'real']);
  });

  it('goes on in another row group after 8192 rows, and after 8 MiB of text', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      text: `row ${index}`,
      whole: index % 3 === 0 ? null : index,
      real: index / 7,
    }));
    const bytes = written(many);
    expect(metadata(bytes).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([8192, 8192, 3616]);
    expect(await objects(bytes)).toEqual(many.map(({ whole, ...row }) => ({ ...row, whole: whole === null ? null : BigInt(whole) })));
    const long = Array.from({ length: 10 }, () => ({ text: 'x'.repeat(3 << 20) }));
    expect(metadata(written(long)).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([3, 3, 3, 1]);
  });

  it('compresses pages from 1 kB on', () => {
    const codecs = (rows: number): string[] =>
      metadata(written(Array.from({ length: rows }, () => ({ real: 1 })))).row_groups[0]!.columns.map(({ meta_data }) => meta_data!.codec);
    expect(codecs(10)).toEqual(['UNCOMPRESSED', 'UNCOMPRESSED', 'UNCOMPRESSED']);
    expect(codecs(1000)).toEqual(['UNCOMPRESSED', 'UNCOMPRESSED', 'GZIP']);
  });

  it('refuses a value of another type than its column', () => {
    expect(() => written([{ whole: 1.5 }])).toThrow(new TypeError('a column of type integer received 1.5'));
    expect(() => written([{ real: 'x' }])).toThrow(new TypeError('a column of type number received "x"'));
  });
});

describe('of a run', () => {
  const dir = syntheticRun({ mechanisms: ['pow', 'pbft'], nodes: [4, 7], replicates: 2, variants: 2 });
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each(['records', 'summary'])('%s.parquet has the rows of the CSV file', async (table) => {
    await exportRun(dir);
    const { names, rows } = csvTable(readFileSync(path.join(dir, `${table}.csv`), 'utf8'));
    const read = await objects(readFileSync(path.join(dir, `${table}.parquet`)));
    const text = (value: unknown): string => (value === null ? '' : String(value as string | number | bigint));
    expect(read.map((row) => names.map((name) => text(row[name])))).toEqual(rows);
    expect(typeof read[0]!['p_variant']).toBe('number');
  });
});
