// The architecture as a test: each ban names its replacement.
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const filesOf = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
const sources = (folder: string): string[] => filesOf(folder).filter((file) => file.endsWith('.ts'));

/** Code without comments and strings: what is banned may be spoken of. */
function code(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, (text) => (text.includes('/') || text.startsWith("'node:") ? text : "''"));
}

const PURE = [...sources('harness/simulate'), ...sources('workloads')];
const BANNED: [RegExp, string][] = [
  [/\bDate\b/, 'the virtual time of the input'],
  [/\bperformance\b/, 'the virtual time of the input'],
  [/\bprocess\./, 'a field of the cell'],
  [/Math\.random/, 'draw32 of harness/simulate/core/draws.ts'],
  [
    /Math\.(log|log2|log10|log1p|exp|expm1|pow|sin|cos|tan|atan|cbrt|hypot|sinh|cosh|tanh)\b/,
    'ln, exp and power of assembly/portable/math.ts',
  ],
  [/\*\*/, 'power of assembly/portable/math.ts or a product'],
  [/'node:/, 'nothing: simulation does no I/O'],
  [/\bconsole\./, 'setup.trace'],
  [/\bglobalThis\b/, 'a field of the state'],
];

describe('simulation and workloads are pure', () => {
  test.each(PURE)('%s', (file) => {
    const text = code(file);
    for (const [pattern, instead] of BANNED) expect(text.match(pattern)?.[0], `${file}: use ${instead}`).toBeUndefined();
  });
});

describe('imports point one way', () => {
  /** What a file imports or re-exports, types and `await import(…)` included. */
  const importsOf = (file: string): string[] =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target]) =>
      path.relative(root, path.resolve(root, path.dirname(file), target!)),
    );
  const within = (file: string, folders: string[]): void => {
    for (const target of importsOf(file))
      expect(
        folders.some((folder) => target.startsWith(folder)),
        `${file} imports ${target}; it may import from ${folders.join(', ')}`,
      ).toBe(true);
  };

  test('sees `import type`, re-exported types and dynamic imports', () => {
    expect(importsOf('harness/suite/check.ts')).toContain('harness/simulate/core/contract.ts');
    expect(importsOf('harness/index.ts')).toContain('harness/model/record.ts');
    expect(importsOf('harness/run/run.ts')).toContain('harness/export/export.ts');
  });

  test.each(sources('harness/simulate'))('%s imports simulation, portable mathematics and plain data', (file) =>
    within(file, ['harness/simulate/', 'harness/model/', 'assembly/portable/']),
  );
  test.each(sources('workloads'))('%s imports the engines', (file) =>
    within(file, ['harness/simulate/', 'harness/model/', 'workloads/', 'assembly/portable/']),
  );
  test.each(sources('harness/kernels'))('%s knows nothing of suites and runs', (file) =>
    within(file, ['harness/kernels/', 'harness/simulate/core/', 'harness/model/']),
  );
  /** From the bottom to the top: a part imports from those before it. */
  const ORDER = [
    'errors.ts',
    'words.ts',
    'model',
    'simulate',
    'kernels',
    'mechanisms.ts',
    'workloads.ts',
    'suite',
    'measure',
    'record',
    'folder',
    'analysis',
    'report',
    'export',
    'run',
    'index.ts',
    'cli',
  ];
  const partOf = (file: string): string => file.split(path.sep)[1]!;
  test.each(sources('harness'))('%s imports from parts below its own', (file) => {
    expect(ORDER, `${file} belongs to no part of harness/ that this test knows`).toContain(partOf(file));
    for (const target of importsOf(file).filter((name) => name.startsWith('harness')))
      expect(ORDER.indexOf(partOf(target)), `${file} imports ${target}`).toBeLessThanOrEqual(ORDER.indexOf(partOf(file)));
  });
  test.each(sources('harness/model'))('%s imports nothing but plain data', (file) => within(file, ['harness/model/']));
});

test('property tests go through test/support/property.ts, so that a run with a fresh seed has them all', () => {
  for (const file of sources('test').filter((name) => name !== path.join('test', 'support', 'property.ts')))
    expect(
      /\bfc\s*\.assert\(/.test(readFileSync(path.join(root, file), 'utf8')) && !file.endsWith('architecture.test.ts'),
      `${file}: use holds()`,
    ).toBe(false);
});

test('only workloads/ knows one mechanism from another', () => {
  const ids = readdirSync(path.join(root, 'workloads'))
    .filter((name) => name !== 'parts')
    .map((name) => path.basename(name, '.ts'));
  for (const file of sources('harness')) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const id of ids) expect(text.includes(`'${id}'`), `${file} names the workload ${id}`).toBe(false);
  }
});

test('aggregate signatures are loaded where they are made, and nowhere else: their module takes a tenth of a second', () => {
  for (const file of sources('harness'))
    expect(code(file).match(/from '[^']*(kernels\/bls\.ts|bls12-381\.js)'/)?.[0], `${file}: use await import(…)`).toEqual(
      file === path.join('harness', 'kernels', 'bls.ts') ? "from '@noble/curves/bls12-381.js'" : undefined,
    );
});

test('every workload has a test', () => {
  for (const name of readdirSync(path.join(root, 'workloads')).filter((entry) => entry !== 'parts')) {
    const test = name.endsWith('.ts') ? name.replace(/\.ts$/, '.test.ts') : path.join(name, 'index.test.ts');
    expect(existsSync(path.join(root, 'test/workloads', test)), name).toBe(true);
  }
});

test('only the command line prints and sets exit codes', () => {
  for (const file of sources('harness').filter((name) => !name.startsWith('harness/cli/')))
    for (const pattern of [/\bconsole\.(log|error|warn)/, /process\.exit\b/, /process\.exitCode/, /process\.stdout/])
      expect(code(file).match(pattern)?.[0], `${file}: return or throw, and let harness/cli print`).toBeUndefined();
});

test('no file holds the marks of a merge that was left undone, comments included', () => {
  const written = ['assembly', 'bench', 'docs', 'harness', 'scripts', 'suites', 'test', 'types', 'workloads'].flatMap(filesOf);
  const top = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of [...written, ...top.map(({ name }) => name)])
    if (/\.(ts|mjs|md|json|ya?ml|js)$/.test(file))
      expect(readFileSync(path.join(root, file), 'utf8').match(/^(<{7}|\|{7}|>{7})( .*)?$/m)?.[0], file).toBeUndefined();
});
