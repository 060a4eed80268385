// Builds dist/: the WASM kernels (asc; their unrolled sources first) and the harness (tsc). Only what changed is built again.
//   node scripts/build.mjs [--debug] [--quiet] [--only NAME]
//   --debug   also the debug WASM (assertions on), which the tests run
//   --only    one WASM module, and no TypeScript
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { generate } from './generate.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const require = createRequire(import.meta.url);
const args = process.argv.slice(2);
const flag = (name) => args.includes(name);
const only = flag('--only') ? args[args.indexOf('--only') + 1] : undefined;
const say = (text) => flag('--quiet') || process.stderr.write(`${text}\n`);

/** A source `x.ts` is built as module `x`; a source `x-simd.ts` with SIMD enabled. */
const modules = readdirSync('assembly')
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3));

/** The source file and every assembly file it imports, in a fixed order. */
function closure(entry, seen = new Set()) {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const [, spec] of readFileSync(entry, 'utf8').matchAll(/from\s+["'](\.[^"']+)["']/g)) {
    const base = path.join(path.dirname(entry), spec);
    closure(existsSync(base) ? base : `${base}.ts`, seen);
  }
  return seen;
}

/**
 * Modules that asc writes down as they are, without Binaryen's optimiser: V8 13.6 emits operations in the order of the module, and
 * what the optimiser leaves of the order of their sources is slower there, by 11 to 18% for the nonce search. V8 11.3 makes its own
 * order. Quorums with SIMD gain 0 to 9% on both (scalar tallies 6 to 17%, scalar waves lose up to 6). The others need what the
 * optimiser inlines.
 */
const VERBATIM = ['nonce-search', 'nonce-search-simd', 'quorum', 'quorum-simd'];

const ascVersion = require('assemblyscript/package.json').version;
let asc;
async function buildWasm(name, target) {
  const entry = `assembly/${name}.ts`;
  const out = target === 'release' ? `dist/wasm/${name}.wasm` : `dist/wasm/debug/${name}.wasm`;
  const options = target === 'release' && VERBATIM.includes(name) ? 'verbatim' : target;
  const hash = createHash('sha256').update(`${ascVersion} ${options} ${readFileSync('asconfig.json')}`);
  for (const file of closure(entry)) hash.update(`${file}\0`).update(readFileSync(file));
  const stamp = hash.digest('hex');
  const stampFile = `${out}.stamp`;
  if (existsSync(out) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  mkdirSync(path.dirname(out), { recursive: true });
  asc ??= (await import('assemblyscript/asc')).default;
  say(`asc ${name} (${target})`);
  const simd = name.endsWith('-simd') ? ['--enable', 'simd'] : [];
  const { error, stdout, stderr } = await asc.main([entry, '--config', 'asconfig.json', '--target', options, '--outFile', out, ...simd]);
  if (error) {
    process.stderr.write(`${stdout}${stderr}`);
    throw new Error(`asc failed on ${entry}`);
  }
  writeFileSync(stampFile, stamp);
}

/** Output of sources that are gone must not be found by the workload registry. */
function removeOrphans(dir) {
  for (const entry of readdirSync(`dist/${dir}`, { withFileTypes: true })) {
    const file = `${dir}/${entry.name}`;
    if (entry.isDirectory()) {
      if (existsSync(file)) removeOrphans(file);
      else rmSync(`dist/${file}`, { recursive: true });
    } else {
      const source = file.replace(/\.d\.(c?)ts$|\.(c?)js$/, (_, types = '', code = '') => `.${types}${code}ts`);
      if (!existsSync(source)) rmSync(`dist/${file}`);
    }
  }
}

/** The hash of what tsc reads: by content, since a copy's files are younger than what was built of others. */
function sourcesHash() {
  const hash = createHash('sha256').update(require('typescript/package.json').version);
  const files = ['harness', 'workloads', 'assembly/portable', 'types'].flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true, recursive: true }).flatMap((entry) =>
      entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [],
    ),
  );
  for (const file of ['tsconfig.json', ...files.sort()])
    hash.update(`${file}\0`).update(createHash('sha256').update(readFileSync(file)).digest());
  return hash.digest('hex');
}

for (const name of await generate()) say(`assembly/generated/${name}`);

// The hash of the kernels in results is over all modules that are there.
for (const file of existsSync('dist/wasm') ? readdirSync('dist/wasm', { recursive: true }) : [])
  if (/\.wasm(\.stamp)?$/.test(file) && !modules.includes(path.basename(file).replace(/\.wasm.*/, ''))) rmSync(`dist/wasm/${file}`);

for (const name of only ? [only] : modules) {
  await buildWasm(name, 'release');
  if (flag('--debug')) await buildWasm(name, 'debug');
}
if (!only) {
  const stamp = 'dist/.built';
  const sources = sourcesHash();
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) {
    say('tsc');
    const { status } = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', '.'], { stdio: ['ignore', 2, 2] });
    if (status !== 0) process.exit(1);
    for (const dir of ['harness', 'workloads']) removeOrphans(dir);
    // npm makes what it links executable only where it is there already.
    chmodSync('dist/harness/cli/main.js', 0o755);
    writeFileSync(stamp, sources);
  }
}
