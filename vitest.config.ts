import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;

// Tests run what users run, the modules of dist/: built here, in a fraction of a second where nothing has changed.
const { status } = spawnSync(process.execPath, ['scripts/build.mjs', '--debug'], { cwd: root, stdio: ['ignore', 2, 2] });
if (status !== 0) process.exit(1);

const files = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => ({ file: `test/${file}`, text: readFileSync(path.join(root, 'test', file), 'utf8') }));
type TestFile = (typeof files)[number];

const isLong = ({ file }: TestFile): boolean => file.startsWith('test/long/');
/** `npm run test:long`: the folder test/long/, and every file that makes fewer runs, or smaller ones, in `npm test`. */
const inFull = (one: TestFile): boolean => isLong(one) || /from '[./]*support\/full\.ts'/.test(one.text);
/** `npm run test:browser`: the folder test/browser/. */
const inBrowser = ({ file }: TestFile): boolean => file.startsWith('test/browser/');

/** Those that replace modules, which takes the sources. */
const replacing = files.filter(({ text }) => /\bvi\.mock\(/.test(text));
/** Those that replace globals (they import `vi`), and those that measure, have a process each. */
const own = files.filter(
  (one) => !replacing.includes(one) && (/import \{[^}]*\bvi\b[^}]*\} from 'vitest'/.test(one.text) || one.file.startsWith('test/measure/')),
);
/** All others share two processes, and so the modules that they import, which take longer to load than many a test to run. */
const shared = files.filter((one) => !replacing.includes(one) && !own.includes(one));

/**
 * What tests import of the sources comes from dist/, as modules of Node's. Modules that Vite has rewritten call whatever they import through
 * a getter, which simulations take a fifth longer for, and have to be rewritten first.
 */
const built = {
  name: 'built',
  enforce: 'pre' as const,
  resolveId(source: string, importer: string | undefined) {
    if (importer === undefined || !source.startsWith('.') || !source.endsWith('.ts')) return null;
    const from = path.relative(root, path.resolve(path.dirname(importer), source));
    return /^(harness|workloads|assembly)\//.test(from)
      ? { id: path.join(root, 'dist', from.replace(/\.ts$/, '.js')), external: true as const }
      : null;
  },
};

export default defineConfig(({ mode }) => {
  const long = mode === 'long';
  const asked = (one: TestFile): boolean => (mode === 'browser' ? inBrowser(one) : !inBrowser(one) && (long ? inFull(one) : !isLong(one)));
  const project = (name: string, some: readonly TestFile[], isolate: boolean, plugins: (typeof built)[]) => ({
    extends: true as const,
    plugins,
    test: {
      name,
      isolate,
      // Here, since a project reads the configuration again in a mode of its own.
      testTimeout: long ? 1_200_000 : 120_000,
      env: { CONSENSUS_BENCH_FULL: long ? '1' : '' },
      include: some.filter(asked).map(({ file }) => file),
    },
  });
  return {
    test: {
      hookTimeout: 120_000,
      maxWorkers: 2,
      projects: [project('shared', shared, false, [built]), project('own', own, true, [built]), project('replacing', replacing, true, [])],
    },
  };
});
