// The property tests with a seed that nobody has tried, printed first: as many runs of each as in `npm test`.
// It comes from the contents of what is tested: each change has one of its own, and all who test the same change have the same.
//   npm run test:fresh [-- --seed N|random] [--full]
//   --seed     another one
//   --full     those that make more runs in the long tests, with as many as there
import { createHash, randomInt } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const at = args.indexOf('--seed');
const given = at < 0 ? undefined : args[at + 1];
if (at >= 0 && !/^(\d{1,9}|random)$/.test(given ?? '')) {
  process.stderr.write(`--seed: received ${given ?? 'nothing'}; accepted: an integer from 0 to 999999999, or random\n`);
  process.exit(2);
}

function seedOfSources() {
  const hash = createHash('sha256');
  for (const folder of ['assembly', 'harness', 'test', 'workloads']) {
    const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    for (const file of files.sort()) hash.update(file).update(readFileSync(path.join(root, folder, file)));
  }
  return hash.digest().readUInt32LE() % 1_000_000_000;
}
const seed = given === undefined ? String(seedOfSources()) : given === 'random' ? String(randomInt(1_000_000_000)) : given;
const full = args.includes('--full');
const replay = `npm run test:fresh -- --seed ${seed}${full ? ' --full' : ''}`;
process.stdout.write(`property tests with the fresh seed ${seed}; replay: ${replay}\n`);

const files = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => path.join('test', file))
  .filter((file) => /from '[./]*support\/property\.ts'/.test(readFileSync(path.join(root, file), 'utf8')));
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...(full ? ['--mode', 'long'] : []), ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, CONSENSUS_BENCH_FRESH_SEED: seed },
});
if (status !== 0) process.stderr.write(`failed with the fresh seed ${seed}; replay: ${replay}\n`);
process.exit(status ?? 1);
