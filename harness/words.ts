// Words that depend on a number, and text that came from elsewhere.

/** `1 cell`, `2 cells`. `many`: another plural than with an s. `shown`: the number as it is to be written. */
export function plural(
  count: number,
  noun: string,
  { many = `${noun}s`, shown = String(count) }: { many?: string; shown?: string } = {},
): string {
  return `${shown} ${count === 1 ? noun : many}`;
}

/** Controls but line ends and tabs, characters without width, separators of lines, and marks that turn the direction of text. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A character as JSON and JavaScript write it: `\u202e`. */
export const escaped = (character: string): string =>
  character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Text in which what cannot be seen stands as `\u202e`: it neither hides anything nor turns or colours what stands beside it. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** The same on one line, for names. */
export const oneLine = (text: string): string => visible(text).replace(/[\t\n\r]/g, escaped);
