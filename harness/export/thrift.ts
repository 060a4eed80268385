// Values in Thrift's compact protocol, as far as Parquet's metadata needs them. Pure.

/** A value, encoded, with its type's number in the protocol. */
export interface Encoded {
  readonly type: number;
  readonly bytes: Buffer;
}

/** A whole number of at least 0, seven bits a byte, the lowest first. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** Of whole numbers of at least 0, the only ones that Parquet's metadata has; signed ones are doubled by the protocol. */
export const i32 = (value: number): Encoded => ({ type: 5, bytes: varint(2 * value) });
export const i64 = (value: number): Encoded => ({ type: 6, bytes: varint(2 * value) });

export function text(value: string): Encoded {
  const bytes = Buffer.from(value);
  return { type: 8, bytes: Buffer.concat([varint(bytes.length), bytes]) };
}

/** Of values of one type; at least one. */
export function list(items: readonly Encoded[]): Encoded {
  const [{ type }] = items;
  const head =
    items.length < 15 ? Buffer.from([(items.length << 4) | type]) : Buffer.concat([Buffer.from([0xf0 | type]), varint(items.length)]);
  return { type: 9, bytes: Buffer.concat([head, ...items.map(({ bytes }) => bytes)]) };
}

/** Fields by their numbers, which rise by at most 15. */
export function struct(fields: readonly (readonly [number: number, value: Encoded])[]): Encoded {
  let last = 0;
  const parts = fields.flatMap(([number, { type, bytes }]) => {
    const head = Buffer.from([((number - last) << 4) | type]);
    last = number;
    return [head, bytes];
  });
  return { type: 12, bytes: Buffer.concat([...parts, Buffer.from([0])]) };
}
