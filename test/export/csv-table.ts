/** CSV as RFC 4180 has it, by a reader that shares nothing with the writer: fields in quotes, doubled quotes, lines in fields. */
export function csvTable(text: string): { readonly names: string[]; readonly rows: string[][] } {
  const all: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === ',') continue;
    all.push(row);
    row = [];
  }
  const [names, ...rows] = all;
  return { names: names!, rows };
}
