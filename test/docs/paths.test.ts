// Paths that pages, scripts and comments name are there: what moves is found.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const filesOf = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(md|ts|mjs)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));

const SPEAKING = [
  'README.md',
  'README.zh-CN.md',
  '.ci/run',
  ...['docs', 'scripts', 'bench', 'assembly/lib', 'assembly/portable', 'harness/kernels', 'harness/measure', 'harness/run'].flatMap(
    filesOf,
  ),
];
/** A file of the sources, tests or pages by its path from the root; those of examples that a reader writes are left out. */
const PATH = /(?<![\w./-])(?:harness|test|scripts|assembly|docs|bench|suites)\/[\w./-]*\.(?:ts|mjs|md|yaml|json|sh)\b/g;

test('the pattern finds what it is for', () => {
  expect('as in `harness/run/run.ts` and docs/method.md, not a/harness/x.ts'.match(PATH)).toEqual(['harness/run/run.ts', 'docs/method.md']);
});

test.each(SPEAKING)('%s names files that exist', (file) => {
  const named = readFileSync(path.join(root, file), 'utf8').match(PATH) ?? [];
  expect(named.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
});

test('pictures that pages show are there, each smaller than 250 kB, and none is there that no page shows', () => {
  const pages = SPEAKING.filter((file) => file.endsWith('.md'));
  const shown = pages.flatMap((file) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+\.png)\)/g)].map(([, link]) =>
      path.join(path.dirname(file), link!),
    ),
  );
  expect(shown.length).toBeGreaterThan(3);
  for (const picture of shown) expect(statSync(path.join(root, picture)).size, picture).toBeLessThan(250_000);
  expect([...new Set(shown)].sort()).toEqual(
    readdirSync(path.join(root, 'docs/images'))
      .map((name) => `docs/images/${name}`)
      .sort(),
  );
});
