// Objects with some of their keys.

/** An object without some of its keys. */
export function omit<T extends object, const K extends readonly (keyof T)[]>(value: T, keys: K): Omit<T, K[number]> {
  const left: Partial<T> = { ...value };
  for (const key of keys) delete left[key];
  return left as Omit<T, K[number]>;
}

/** An object with some of its keys, in the order of those. */
export function pick<T extends object>(value: T, keys: readonly (keyof T)[]): Partial<T> {
  const some: Partial<T> = {};
  for (const key of keys) some[key] = value[key];
  return some;
}

/** `{ key: value }`, or nothing where the value is undefined. */
export function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

/** An object without the keys whose values are undefined. */
export function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
