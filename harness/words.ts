// Words that depend on a number.

/** `1 cell`, `2 cells`. `many`: another plural than with an s. `shown`: the number as it is to be written. */
export function plural(
  count: number,
  noun: string,
  { many = `${noun}s`, shown = String(count) }: { many?: string; shown?: string } = {},
): string {
  return `${shown} ${count === 1 ? noun : many}`;
}
