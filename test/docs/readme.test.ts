import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const { chinese } = (await import(path.join(root, 'scripts/chinese.mjs'))) as { chinese: (text: string) => string };

test('the tables of both READMEs are those of the committed example run', () => {
  expect(() => execFileSync(process.execPath, ['scripts/make-readme-table.mjs', '--check'], { cwd: root, stdio: 'pipe' })).not.toThrow();
});

describe('README.zh-CN.md says what README.md says', () => {
  const [english, translated] = ['README.md', 'README.zh-CN.md'].map((file) => readFileSync(path.join(root, file), 'utf8')) as [
    string,
    string,
  ];
  /** Lines of shell blocks without their comments. */
  const commandsOf = (page: string): string[] =>
    [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
      block!
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/\s+#.*$/, '')),
    );
  const tablesOf = (page: string): string[][] =>
    [...page.matchAll(/<!-- (table|kernels): begin[\s\S]*?<!-- \1: end -->/g)].map(([section]) =>
      section.split('\n').filter((line) => line.startsWith('|')),
    );

  test('the two commands at its head, and no command that the other has not', () => {
    const commands = commandsOf(english);
    expect(commandsOf(translated).slice(0, 2)).toEqual(['npm ci && npm start', 'npm start -- --quick']);
    expect(commands.slice(0, 2)).toEqual(commandsOf(translated).slice(0, 2));
    for (const command of commandsOf(translated)) expect(commands).toContain(command);
  });

  test('the same tables: as many rows and columns, the same mechanisms, and the same numbers in every cell', () => {
    const [ours, theirs] = [tablesOf(english), tablesOf(translated)];
    expect(ours.map((rows) => rows.length > 10)).toEqual([true, true]);
    expect(theirs.map((rows) => rows.length)).toEqual(ours.map((rows) => rows.length));
    const cells = (row: string): string[] => row.split('|').slice(1, -1);
    const numbers = (cell: string): string[] => [...cell.matchAll(/[\d.⁰¹²³⁴-⁹⁻]+/g)].map(([number]) => number).sort();
    for (const [index, rows] of ours.entries())
      for (const [at, row] of rows.entries()) {
        const other = cells(theirs[index]![at]!);
        expect(other.map(numbers)).toEqual(cells(row).map(numbers));
        if (!/^(mechanism|kernel)/.test(cells(row)[0]!.trim())) expect(other[0]!.trim()).toBe(cells(row)[0]!.trim());
      }
  });

  test('each links to the other', () => {
    expect(english).toContain('(README.zh-CN.md)');
    expect(translated).toContain('(README.md)');
  });
});

describe('the dictionary of tables', () => {
  test.each([
    ['0.4 (4 nodes of 10 to 25 of 64; 5 of 5, at least 55%)', '0.4（10 个节点中 4 个至 64 中 25；5 中 5，至少 55%）'],
    ['0; undecided to 0.4 (6 of 3000 attacks, at most 0.394%)', '0；未定至 0.4（3000 次攻击中 6 次，至多 0.394%）'],
    ['26.0 (block space)', '26.0（区块空间）'],
    ['node:crypto', 'node:crypto'],
    ['1.04 × 10⁻⁷ ±1.1%', '1.04 × 10⁻⁷ ±1.1%'],
  ])('%s', (text, expected) => {
    expect(chinese(text)).toBe(expected);
  });
  test('a word that it does not have is an error that names it', () => {
    expect(() => chinese('kilograms per tx')).toThrow('scripts/chinese.mjs has no Chinese for "kilograms per" of "kilograms per tx"');
  });
});
