// What a run costs beside its cells and kernels: the command line's start, the plan, a worker, the exports and the report.
//   npm run build && node bench/fixed-cost.mjs [TIMES] [CLI …]
// Each command runs TIMES times (default 7), one after the other in turn, for every CLI (default: this checkout's dist/harness/cli/main.js).
// CPU seconds are user and system time of all threads, wall seconds those of a machine that should do nothing else; both are medians.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [times = '7', ...given] = process.argv.slice(2);
const programs = given.length > 0 ? given : [path.join(root, 'dist/harness/cli/main.js')];

const folder = mkdtempSync(path.join(tmpdir(), 'fixed-cost-'));
const suite = path.join(folder, 'one-cell.yaml');
const out = path.join(folder, 'run');
writeFileSync(suite, 'name: one-cell\nreplicates: 1\nsweep: { nodes: [4] }\nworkloads: { pbft: {} }\n');
/** Each checkout has its own cost table. */
const costsOf = new Map(
  programs.map((cli, index) => {
    const file = path.join(folder, `costs-${index}.json`);
    writeFileSync(file, spawnSync(process.execPath, [path.resolve(cli, '../../../../scripts/make-fixed-costs.mjs')]).stdout);
    return [cli, file];
  }),
);

// A process knows the CPU time of all its threads; it says it to file descriptor 3 at its end.
const hook = `import { isMainThread } from 'node:worker_threads'; import { writeSync } from 'node:fs';
if (isMainThread) process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(3, String((user + system) / 1e6)); });`;
const hooked = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];

/** Seconds of CPU and of wall time of a process, and when it first and last wrote to its standard error. */
function timed(args) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const since = () => (performance.now() - started) / 1000;
    const child = spawn(process.execPath, [...hooked, ...args], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    const result = { cpu_s: NaN, wall_s: NaN, first_s: NaN, last_s: NaN };
    let said = '';
    child.stderr.on('data', (chunk) => {
      result.last_s = since();
      if (said === '') result.first_s = result.last_s;
      said += chunk;
    });
    child.stdio[3].on('data', (chunk) => (result.cpu_s = Number(chunk)));
    child.on('error', reject);
    child.on('close', (status) => {
      result.wall_s = since();
      if (status === 0) resolve(result);
      else reject(new Error(`${args.join(' ')} ended with ${status}: ${said}`));
    });
  });
}

const commands = {
  'node, nothing': () => timed(['--eval', '0']),
  list: (cli) => timed([cli, 'list']),
  'run --dry-run': (cli) => timed([cli, 'run', suite, '--dry-run', '--costs', costsOf.get(cli)]),
  'run, one cell': (cli) => {
    rmSync(out, { recursive: true, force: true });
    return timed([cli, 'run', suite, '--costs', costsOf.get(cli), '--out', out]);
  },
};

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const results = new Map();
try {
  for (let round = 0; round < Number(times); round++)
    for (const cli of programs)
      for (const [name, run] of Object.entries(commands)) {
        const key = `${programs.length > 1 ? `${cli}: ` : ''}${name}`;
        if (!results.has(key)) results.set(key, []);
        results.get(key).push(await run(cli));
      }
} finally {
  rmSync(folder, { recursive: true });
}
const seconds = (value) => value.toFixed(2).padStart(8);
for (const [name, all] of results) {
  const of = (field) => median(all.map((one) => one[field]));
  console.log(`${seconds(of('cpu_s'))} s CPU ${seconds(of('wall_s'))} s wall  ${name}`);
  // The first line of a run stands when its plan does, the last one when its cells are done.
  if (name.endsWith('one cell'))
    console.log(
      `${' '.repeat(15)}${seconds(of('first_s'))} s until its plan stands, ${seconds(of('last_s')).trim()} s until its cell is done`,
    );
}
