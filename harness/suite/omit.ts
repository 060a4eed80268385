/** An object without some of its keys. */
export function omit<T extends object, const K extends readonly (keyof T)[]>(value: T, keys: K): Omit<T, K[number]> {
  const left: Partial<T> = { ...value };
  for (const key of keys) delete left[key];
  return left as Omit<T, K[number]>;
}
