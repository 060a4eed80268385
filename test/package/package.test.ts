// What a program that installs the package finds; test/long/package-declarations.test.ts compiles one.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install, manifest, root, run } from '../support/package.ts';

let folder: string;
let packed: string;
let files: ReadonlySet<string>;
beforeAll(async () => {
  ({ folder, packed, files } = await install());
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

test('no script of the package is one that npm runs, or warns of, where it is installed', () => {
  // `prepare` counts there too, for a tarball or a git address.
  for (const script of ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'])
    expect(manifest.scripts).not.toHaveProperty(script);
  expect(manifest.scripts).toMatchObject({ dependencies: 'node scripts/build.mjs', prepack: 'node scripts/build.mjs' });
});
test.each(['README.md', 'README.zh-CN.md'])('%s ships, and what it points to', (name) => {
  expect([...files]).toContain(name);
  const page = readFileSync(path.join(root, name), 'utf8');
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, link]) => link!.replace(/#.*/, ''));
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
