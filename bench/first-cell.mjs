// CPU time of a chain cell that is the first of its process, and of the same cell again: start of the process and loading of modules excluded.
//   npm run build && node bench/first-cell.mjs [TIMES] [NODES] [BLOCKS] [DIST …]
// Each process is a new one; TIMES of them (default 11) in turn, for every DIST (default: this checkout's dist) and kind of relay. Medians of
// user and system time of all threads of the process, and its memory at most.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const file = fileURLToPath(import.meta.url);
const [times = '11', nodes = '6000', blocks = '100', ...given] = process.argv.slice(2);
const dists = given.length > 0 ? given : [path.join(path.dirname(file), '../dist')];

/** In a process of its own: seconds of the cell, and of the same again, on standard output. */
async function measure(dist, relay) {
  const load = (module) => import(pathToFileURL(path.resolve(dist, 'harness', module)).href);
  const { createKernels } = await load('kernels/index.js');
  const { simulateCell } = await load('simulate/core/simulate.js');
  const { suiteOf } = await load('suite/load.js');
  const { planCells } = await load('suite/plan.js');
  const { workloads } = await load('workloads.js');
  const sweep = { nodes: [Number(nodes)] };
  const suite = { name: 'first-cell', decisions: Number(blocks), replicates: 1, sweep, workloads: { pow: { relay } } };
  const [cell] = planCells(suiteOf(suite));
  const workload = workloads.get('pow');
  const kernels = createKernels('wasm-simd');
  const once = () => {
    const before = process.cpuUsage();
    simulateCell(cell, workload, { engine: 'chain', kernels });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  console.log(JSON.stringify({ first_s: once(), peak_mb: process.resourceUsage().maxRSS / 1024, again_s: once() }));
}

const median = (values) => values.toSorted((x, y) => x - y)[values.length >> 1];

if (process.env.FIRST_CELL_OF !== undefined) {
  await measure(process.env.FIRST_CELL_OF, process.env.FIRST_CELL_RELAY);
} else {
  const rows = dists.flatMap((dist) => ['announce', 'compact'].map((relay) => ({ dist, relay, samples: [] })));
  for (let time = 0; time < Number(times); time++)
    for (const { dist, relay, samples } of rows) {
      const env = { ...process.env, FIRST_CELL_OF: dist, FIRST_CELL_RELAY: relay };
      const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, file, times, nodes, blocks], {
        env,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      samples.push(JSON.parse(stdout));
    }
  for (const { dist, relay, samples } of rows) {
    const of = (field, digits) => median(samples.map((sample) => sample[field])).toFixed(digits);
    const least = Math.min(...samples.map(({ first_s }) => first_s)).toFixed(3);
    console.log(
      `${relay.padEnd(8)} first ${of('first_s', 3)} s (least ${least})  again ${of('again_s', 3)} s  ${of('peak_mb', 0)} MB  ${dist}`,
    );
  }
}
