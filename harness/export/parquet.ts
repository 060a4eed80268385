// Rows to Apache Parquet: flat tables, every column optional, one page a column and row group, plain encoding, gzip where it pays.
// Written here, since values go from a row straight into buffers outside the heap: a library that takes arrays of values held 36 MB of
// heap for 20 000 rows of 130 columns and took 90 ms to load (docs/decisions/exports.md). The format: github.com/apache/parquet-format,
// file src/main/thrift/parquet.thrift, whose names stand here.
import { gzipSync } from 'node:zlib';
import type { Column } from '../record/column.ts';
import { present } from './json.ts';
import type { About, Row } from './rows.ts';
import { i32, i64, list, struct, text, varint, type Encoded } from './thrift.ts';

/** Rows of a row group. */
const GROUP_ROWS = 8192;
/** Or so many bytes of text in one column of it. */
const GROUP_TEXT_BYTES = 1 << 23;
/** Below this a page is not compressed: what zlib takes to start costs more. */
const COMPRESSED_BYTES = 1024;
const MAGIC = Buffer.from('PAR1');

const TYPE = { INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 } as const;
const ENCODING = { PLAIN: 0, RLE: 3 } as const;
const CODEC = { UNCOMPRESSED: 0, GZIP: 2 } as const;
const OPTIONAL = 1;
const UTF8 = 0;
const DATA_PAGE = 0;

const TYPES: Readonly<Record<Column['type'], number>> = { text: TYPE.BYTE_ARRAY, integer: TYPE.INT64, number: TYPE.DOUBLE };

/** The values of one column of a row group. */
class Values {
  readonly #type: Column['type'];
  #bytes = Buffer.alloc(256);
  #size = 0;
  /** 1 where the row has a value. */
  readonly #levels = Buffer.alloc(GROUP_ROWS);
  #rows = 0;

  constructor(type: Column['type']) {
    this.#type = type;
  }

  get textBytes(): number {
    return this.#type === 'text' ? this.#size : 0;
  }

  /** @throws TypeError for a value that is not of the column's type */
  add(value: string | number | null): void {
    this.#levels[this.#rows++] = value === null ? 0 : 1;
    if (value === null) return;
    if (this.#type === 'text') {
      const written = String(value);
      const length = Buffer.byteLength(written);
      this.#reserve(4 + length);
      this.#size = this.#bytes.writeUInt32LE(length, this.#size);
      this.#size += this.#bytes.write(written, this.#size);
      return;
    }
    if (typeof value !== 'number' || (this.#type === 'integer' && !Number.isSafeInteger(value)))
      throw new TypeError(`a column of type ${this.#type} received ${JSON.stringify(value)}`);
    this.#reserve(8);
    if (this.#type === 'number') this.#size = this.#bytes.writeDoubleLE(value, this.#size);
    else {
      this.#bytes.writeUInt32LE(value >>> 0, this.#size);
      this.#size = this.#bytes.writeInt32LE(Math.floor(value / 2 ** 32), this.#size + 4);
    }
  }

  #reserve(more: number): void {
    if (this.#size + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#size + more));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }

  /** The page of what was added, and begins anew. */
  page(): Buffer {
    const groups = Math.ceil(this.#rows / 8);
    const bits = Buffer.alloc(groups);
    for (let row = 0; row < this.#rows; row++) bits[row >> 3] |= this.#levels[row] << (row & 7);
    // One run of bit-packed definition levels, with its length before it.
    const run = Buffer.concat([varint(groups * 2 + 1), bits]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(run.length);
    const page = Buffer.concat([length, run, this.#bytes.subarray(0, this.#size)]);
    this.#rows = 0;
    this.#size = 0;
    return page;
  }
}

/** Writes a table row by row; `out` takes the bytes of the file in their order, and may keep none of the buffers. */
export class ParquetTable {
  readonly #columns: readonly Column[];
  readonly #values: readonly Values[];
  readonly #about: About;
  readonly #out: (bytes: Uint8Array) => void;
  /** Bytes written. */
  #offset = 0;
  /** In the row group that is being filled; in those before it. */
  #filled = 0;
  #written = 0;
  readonly #groups: Encoded[] = [];

  constructor(columns: readonly Column[], about: About, out: (bytes: Uint8Array) => void) {
    this.#columns = columns;
    this.#values = columns.map(({ type }) => new Values(type));
    this.#about = about;
    this.#out = out;
    this.#write(MAGIC);
  }

  #write(bytes: Uint8Array): void {
    this.#out(bytes);
    this.#offset += bytes.length;
  }

  add(row: Row): void {
    for (const [index, { name }] of this.#columns.entries()) this.#values[index].add(present(row[name]));
    this.#filled += 1;
    if (this.#filled === GROUP_ROWS || this.#values.some(({ textBytes }) => textBytes >= GROUP_TEXT_BYTES)) this.#endGroup();
  }

  #endGroup(): void {
    let plainBytes = 0;
    const rows = this.#filled;
    const chunks = this.#columns.map(({ name, type }, index) => {
      const start = this.#offset;
      const plain = this.#values[index].page();
      const isPacked = plain.length >= COMPRESSED_BYTES;
      const page = isPacked ? gzipSync(plain, { level: 1 }) : plain;
      const data = struct([
        [1, i32(rows)],
        [2, i32(ENCODING.PLAIN)],
        [3, i32(ENCODING.RLE)],
        [4, i32(ENCODING.RLE)],
      ]);
      const head = struct([
        [1, i32(DATA_PAGE)],
        [2, i32(plain.length)],
        [3, i32(page.length)],
        [5, data],
      ]).bytes;
      this.#write(head);
      this.#write(page);
      plainBytes += head.length + plain.length;
      const meta = struct([
        [1, i32(TYPES[type])],
        [2, list([i32(ENCODING.PLAIN), i32(ENCODING.RLE)])],
        [3, list([text(name)])],
        [4, i32(isPacked ? CODEC.GZIP : CODEC.UNCOMPRESSED)],
        [5, i64(rows)],
        [6, i64(head.length + plain.length)],
        [7, i64(head.length + page.length)],
        [9, i64(start)],
      ]);
      return struct([
        [2, i64(start)],
        [3, meta],
      ]);
    });
    this.#groups.push(
      struct([
        [1, list(chunks)],
        [2, i64(plainBytes)],
        [3, i64(rows)],
      ]),
    );
    this.#written += rows;
    this.#filled = 0;
  }

  end(): void {
    // A list has at least one value: an empty table has a row group without rows.
    if (this.#filled > 0 || this.#groups.length === 0) this.#endGroup();
    const root = struct([
      [4, text('row')],
      [5, i32(this.#columns.length)],
    ]);
    const leaves = this.#columns.map(({ name, type }) =>
      struct([[1, i32(TYPES[type])], [3, i32(OPTIONAL)], [4, text(name)], ...(type === 'text' ? ([[6, i32(UTF8)]] as const) : [])]),
    );
    const pair = ([key, value]: readonly [string, string]): Encoded =>
      struct([
        [1, text(key)],
        [2, text(value)],
      ]);
    const described = this.#columns.map(({ name, unit, description }) => [name, { unit, description }] as const);
    const footer = struct([
      [1, i32(1)],
      [2, list([root, ...leaves])],
      [3, i64(this.#written)],
      [4, list(this.#groups)],
      [
        5,
        list(
          [
            ['suite', this.#about.suite] as const,
            ['seed', String(this.#about.seed)] as const,
            ['columns', JSON.stringify(Object.fromEntries(described))] as const,
          ].map(pair),
        ),
      ],
      [6, text('consensus-bench')],
    ]).bytes;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    for (const bytes of [footer, length, MAGIC]) this.#write(bytes);
  }
}
