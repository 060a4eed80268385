// The package as npm packs it, in an empty folder: what a program that installs it finds. Its dependencies are linked, not fetched.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const root = path.join(import.meta.dirname, '../..');
export const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
};

interface Packed {
  readonly files: readonly { readonly path: string }[];
}
export interface Installed {
  /** The consumer's folder: test/consumer, the documented examples (.ts and .mjs), node_modules. */
  readonly folder: string;
  /** The package in it. */
  readonly packed: string;
  /** Files of the package. */
  readonly files: ReadonlySet<string>;
}

export async function install(): Promise<Installed> {
  const folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-package-'));
  const packed = path.join(folder, 'node_modules/consensus-bench');
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, timeout: 60_000 });
  // npm 11 gives an array, later ones an object by name.
  const [{ files: list }] = Object.values(JSON.parse(stdout) as Record<string, Packed>) as [Packed];
  const files = new Set(list.map((file) => file.path));
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
  return { folder, packed, files };
}

/** What tsc says of the consumer and of the documented examples, strict and with `skipLibCheck: false`. */
export async function compile(folder: string, resolution: 'nodenext' | 'bundler'): Promise<string> {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [tsc, '-p', `tsconfig.${resolution}.json`, '--preserveSymlinks'];
  const done = run(process.execPath, args, { cwd: folder, timeout: 100_000 });
  const { stdout } = await done.catch((error: unknown) => error as { stdout: string });
  return stdout;
}
