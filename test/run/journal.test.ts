import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { writeWhole } from '../../harness/folder/files.ts';
import { Journal, recoverJournal } from '../../harness/run/journal.ts';
import { readLines } from '../../harness/folder/lines.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'records.ndjson');
const line = (cell: string): string => JSON.stringify({ record: { cell, state: 'done' }, samples: [] });

function recovered(text: string): { cells: string[]; torn_bytes: number; left: string } {
  writeFileSync(file, text);
  const cells: string[] = [];
  const { torn_bytes } = recoverJournal(file, (record) => cells.push(record.cell));
  return { cells, torn_bytes, left: readFileSync(file, 'utf8') };
}

test('a whole journal is left alone; a missing one is empty', () => {
  const text = `${line('a')}\n${line('b')}\n`;
  expect(recovered(text)).toEqual({ cells: ['a', 'b'], torn_bytes: 0, left: text });
  expect(recovered('')).toEqual({ cells: [], torn_bytes: 0, left: '' });
  expect(recoverJournal(path.join(folder, 'none'), () => {})).toEqual({ records: 0, torn_bytes: 0 });
});

test('torn at any byte of its last line: that line is cut, the others stand', () => {
  const whole = `${line('a')}\n${line('ü')}\n`;
  const last = Buffer.from(`${line('c')}\n`);
  for (let length = 1; length < last.length; length++) {
    writeFileSync(file, Buffer.concat([Buffer.from(whole), last.subarray(0, length)]));
    const cells: string[] = [];
    expect(recoverJournal(file, (record) => cells.push(record.cell))).toEqual({ records: 2, torn_bytes: length });
    expect(cells).toEqual(['a', 'ü']);
    expect(readFileSync(file, 'utf8')).toBe(whole);
  }
});

test('zeros at the end, which a power cut leaves, are cut too', () => {
  expect(recovered(`${line('a')}\n\0\0\0\n`)).toEqual({ cells: ['a'], torn_bytes: 4, left: `${line('a')}\n` });
});

test('a bad line before the last is an error that names it', () => {
  expect(() => recovered(`${line('a')}\nnonsense\n${line('b')}\n`)).toThrow(
    /records\.ndjson:2: not a journal line; accepted: one JSON record a line/,
  );
});

test('each line is in the file when its append resolves, in order, however many wait', async () => {
  rmSync(file);
  const journal = new Journal(file, { folder });
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await journal.append(line(String(index)));
      expect(readFileSync(file, 'utf8')).toContain(line(String(index)));
    }),
  );
  await journal.close();
  expect([...readLines(file)].map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, index) => line(String(index))));
});

test.skipIf(process.platform !== 'linux')('a full disk is one message that says how to go on', async () => {
  const journal = new Journal('/dev/full', { folder: 'results/x' });
  const failure = journal.append(line('a'));
  await expect(failure).rejects.toThrow(UserError);
  await expect(failure).rejects.toThrow(
    'cannot write /dev/full: the disk is full. Free some space and go on (finished cells are kept) with: npx consensus-bench run --resume results/x',
  );
  await journal.close();
});

test('lines longer than a chunk and without an end are read whole', () => {
  const long = 'x'.repeat(700_000);
  writeFileSync(file, `a\n\n${long}\nü`);
  expect([...readLines(file)].map(({ text, number, offset, bytes, ended }) => [text.length, number, offset, bytes, ended])).toEqual([
    [1, 1, 0, 2, true],
    [0, 2, 2, 1, true],
    [700_000, 3, 3, 700_001, true],
    [1, 4, 700_004, 2, false],
  ]);
});

test('text of any length and any characters reaches the file whole', () => {
  const text = `${'a'.repeat(21_844)}😀${'ü€'.repeat(50_000)}😀`;
  writeWhole(file, [text, '', 'b\n', text], {});
  expect(readFileSync(file, 'utf8')).toBe(`${text}b\n${text}`);
});
