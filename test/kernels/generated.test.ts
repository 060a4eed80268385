// The unrolled sources of the kernels: what the generators write, when, and what the page shows of it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const GENERATED = path.join(root, 'assembly/generated');
const NAMES = ['ed25519-field.ts', 'sha256-compress.ts', 'sha256-passes-simd-chain.ts', 'sha256-passes-simd-tree.ts', 'sha256-passes.ts'];

describe('in a fresh clone', () => {
  let clone: string;
  const generated = (): string => path.join(clone, 'assembly/generated');
  const generate = (): void => void execFileSync(process.execPath, ['scripts/generate.mjs'], { cwd: clone });
  const sources = (): string[] => readdirSync(generated()).filter((name) => name.endsWith('.ts'));
  const written = (): number[] => NAMES.map((name) => statSync(path.join(generated(), name)).mtimeMs);
  beforeAll(() => {
    clone = mkdtempSync(path.join(tmpdir(), 'generated-'));
    mkdirSync(path.join(clone, 'assembly'));
    for (const name of ['generate', 'make-sha256', 'make-ed25519-field'])
      cpSync(path.join(root, `scripts/${name}.mjs`), path.join(clone, `scripts/${name}.mjs`));
    generate();
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  test('the generators write all that the kernels import, and what the build compiled is that text', () => {
    expect(sources()).toEqual(NAMES);
    for (const name of NAMES)
      expect(readFileSync(path.join(generated(), name), 'utf8')).toBe(readFileSync(path.join(GENERATED, name), 'utf8'));
    const imported = readdirSync(path.join(root, 'assembly/lib')).flatMap((file) =>
      [...readFileSync(path.join(root, 'assembly/lib', file), 'utf8').matchAll(/from '\.\.\/generated\/([^']+)'/g)].map(
        ([, name]) => `${name}.ts`,
      ),
    );
    expect([...new Set(imported)].sort()).toEqual(NAMES);
  });
  test('nothing is written again while generators and files are as they were', () => {
    const before = written();
    generate();
    expect(written()).toEqual(before);
  });
  test('a file that is gone comes back, and one that no generator writes goes', () => {
    const file = path.join(generated(), 'sha256-compress.ts');
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    writeFileSync(path.join(generated(), 'sha256-passes-simd-wide.ts'), '');
    generate();
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(sources()).toEqual(NAMES);
  });
  test('a changed generator writes its files anew', () => {
    const script = path.join(clone, 'scripts/make-sha256.mjs');
    writeFileSync(script, readFileSync(script, 'utf8').replace('any block', 'any block at all').replace('unrolled.', 'unrolled, again.'));
    generate();
    expect(readFileSync(path.join(generated(), 'sha256-compress.ts'), 'utf8')).toContain('unrolled, again.');
  });
});

test('neither git nor prettier is bothered with it', () => {
  for (const list of ['.gitignore', '.prettierignore'])
    expect(readFileSync(path.join(root, list), 'utf8').split('\n')).toContain('assembly/generated/');
});

test('the excerpts of docs/kernels.md are lines of what is generated', () => {
  const page = readFileSync(path.join(root, 'docs/kernels.md'), 'utf8');
  const excerpts = [...page.matchAll(/^```assemblyscript (\S+)\n([\s\S]*?)^```/gm)];
  expect(excerpts.map(([, name]) => name)).toEqual(['sha256-passes.ts', 'ed25519-field.ts']);
  for (const [, name, excerpt] of excerpts) {
    const lines = readFileSync(path.join(GENERATED, name!), 'utf8').replace(/^ +/gm, '');
    expect(lines, name).toContain(`\n${excerpt}`);
  }
});
