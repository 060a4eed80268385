// How text fits a width: columns are left out before a name is cut, and nothing wraps by itself.

/** Of columns so wide (gaps included), the indices of those that fit: the highest rank goes first, rank 0 never. */
export function fitting(columns: readonly { readonly wide: number; readonly rank: number }[], width: number): number[] {
  let kept = columns.map((_, index) => index);
  while (kept.reduce((sum, index) => sum + columns[index].wide, 0) > width) {
    const most = Math.max(...kept.map((index) => columns[index].rank));
    if (most === 0) break;
    kept = kept.filter((index) => columns[index].rank < most);
  }
  return kept;
}

/** Text in lines that fit, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line += `${line === '' ? '' : ' '}${word}`;
  }
  return [...lines, line];
}
