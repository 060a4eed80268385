// Typed columns that grow.

type Column = Float64Array | Int32Array | Uint16Array | Uint8Array;

/** A copy with room for `length` values, by default twice as many; the new ones are 0. */
export function grown<T extends Column>(column: T, length = 2 * column.length): T {
  const longer = new (column.constructor as new (length: number) => T)(length);
  longer.set(column);
  return longer;
}
