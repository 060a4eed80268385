// docs/analysis.md: every block has a program that runs it (scripts/run-analysis.mjs), and names files and columns that a run has.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RECORD_COLUMNS } from '../../harness/record/columns.ts';
import { SUMMARY_COLUMNS } from '../../harness/record/summary-columns.ts';

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, '../..', name), 'utf8');
const blocks = [...read('docs/analysis.md').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```/gm)].map(([, name, code]) => ({
  name: name!,
  code: code!,
}));
const names = new Set<string>([...RECORD_COLUMNS, ...SUMMARY_COLUMNS].map(({ name }) => name));

test.each(blocks)('$name is run, and names columns that are there', ({ name, code }) => {
  expect(read('scripts/run-analysis.mjs')).toContain(`'${name}': {`);
  for (const word of code.match(/\b[a-z]\w*_(?:mean|ci95_low|ci95_high|p50|per_decision|ratio|provisioned)\b/g) ?? [])
    expect(names.has(word) || names.has(`${word}_mean`) || word.endsWith('_ms'), `${name} names ${word}`).toBe(true);
});

test('there are blocks for Python, SQL, R, JavaScript and LaTeX', () => {
  expect(blocks.map(({ name }) => path.extname(name))).toEqual(['.py', '.py', '.sql', '.R', '.mjs', '.tex']);
});
