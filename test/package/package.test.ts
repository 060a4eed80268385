// The package as npm packs it, in an empty folder: what a program that installs it finds. Its dependencies are linked, not fetched.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-package-'));
const packed = path.join(folder, 'node_modules/consensus-bench');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
};

interface Packed {
  readonly files: readonly { readonly path: string }[];
}
let files: ReadonlySet<string>;

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, timeout: 60_000 });
  // npm 11 gives an array, later ones an object by name.
  const [{ files: list }] = Object.values(JSON.parse(stdout) as Record<string, Packed>) as [Packed];
  files = new Set(list.map((file) => file.path));
  for (const file of files) cpSync(path.join(root, file), path.join(packed, file), { recursive: true });
  for (const name of [...Object.keys(manifest.dependencies), '@types/node', 'undici-types']) {
    const link = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), link);
  }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  cpSync(path.join(root, 'test/consumer'), folder, { recursive: true });
  for (const [page, name, as] of [
    ['docs/kernels.md', 'kernels.mjs', 'kernels'],
    ['README.md', 'example.mjs', 'example'],
  ] as const) {
    const { stdout: code } = await run(process.execPath, ['scripts/extract-code.mjs', page, name], { cwd: root });
    writeFileSync(path.join(folder, `${as}.ts`), code);
    writeFileSync(path.join(folder, `${as}.mjs`), code);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program in the consumer's folder prints and how it ends. */
async function node(code: string, type: 'module' | 'commonjs' = 'module'): Promise<{ stdout: string; stderr: string; code: number }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [`--input-type=${type}`, '-e', code], { cwd: folder, timeout: 60_000 });
    return { stdout, stderr, code: 0 };
  } catch (error) {
    return error as { stdout: string; stderr: string; code: number };
  }
}

describe('the published declarations compile with `skipLibCheck: false`, strict, and so do the documented examples', () => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  test.each(['nodenext', 'bundler'])('under %s', async (resolution) => {
    const args = [tsc, '-p', `tsconfig.${resolution}.json`, '--preserveSymlinks'];
    const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 100_000 }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe('');
  });
});

test('no script of the package is one that npm runs, or warns of, where it is installed', () => {
  // `prepare` counts there too, for a tarball or a git address.
  for (const script of ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'])
    expect(manifest.scripts).not.toHaveProperty(script);
  expect(manifest.scripts).toMatchObject({ dependencies: 'node scripts/build.mjs', prepack: 'node scripts/build.mjs' });
});
test('docs/ ships, to which README and report point', () => {
  const page = readFileSync(path.join(root, 'README.md'), 'utf8');
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(8);
  // Committed runs stay in the repository.
  for (const link of links.filter((at) => !/^(results|bench)\//.test(at)))
    expect(
      [...files].some((file) => file === link || file.startsWith(link)),
      link,
    ).toBe(true);
  for (const name of ['docs/columns.md', 'docs/method.md']) expect(files).toContain(name);
  for (const file of files) expect(file).not.toMatch(/^(test|results|bench|assembly|node_modules)\/|\.stamp$|wasm\/debug/);
});
test('require() says in one line that the package is ESM, and import() works from CommonJS', async () => {
  const required = await node(`try { require('consensus-bench') } catch (error) { console.log(error.message) }`, 'commonjs');
  expect(required.stdout).toMatch(/^consensus-bench is an ES module: use import .*, or await import\('consensus-bench'\)\n$/);
  const imported = await node(`import('consensus-bench').then(({ workloads }) => console.log(workloads.size > 2))`, 'commonjs');
  expect(imported.stdout).toBe('true\n');
});
test('`{ debug: true }` in the package, which ships no debug build, is a clear error', async () => {
  const { stdout } = await node(`import { createKernels } from 'consensus-bench';
    try { createKernels('wasm', { debug: true }) } catch (error) { console.log(error.message) }`);
  expect(stdout).toBe(
    'debug: the debug build of the kernels is not here; the package ships none, a checkout makes it with: node scripts/build.mjs --debug\n',
  );
});
test('the example of docs/kernels.md prints what its comments say', async () => {
  const { stdout } = await run(process.execPath, ['kernels.mjs'], { cwd: folder, timeout: 60_000 });
  expect(stdout.split('\n')).toEqual([
    'nonce 3475 after 3476 hashes',
    '{ ok: false, bad: [ 2 ], calls: 4 }',
    'quorums from 84.043 to 145.852 ms',
    '',
  ]);
});
test('the command of the package is there and runs', async () => {
  expect(manifest.bin).toEqual({ 'consensus-bench': 'dist/harness/cli/main.js' });
  const bin = path.join(packed, manifest.bin['consensus-bench']!);
  expect(existsSync(bin) && readFileSync(bin, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
  expect(statSync(bin).size).toBeGreaterThan(0);
  const { stdout } = await run(process.execPath, [bin, 'list', 'pbft'], { cwd: folder, timeout: 60_000 });
  expect(stdout).toContain('Practical Byzantine fault tolerance');
});
