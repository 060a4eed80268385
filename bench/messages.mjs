// The message engine's deliveries a second, here and in other built checkouts, in turns in one process, so that drift cancels.
//   npm run build && node bench/messages.mjs [DIR of another built checkout …] [--nodes 4,100,512] [--rounds N]
// Prints the median events a second of CPU time, and the median ratio to the first line. Where two checkouts do not find the same, it
// says so.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
const rounds = Number(option('--rounds', '7'));
const sizes = option('--nodes', '4,100,512').split(',').map(Number);
const others = args.filter((arg, i) => !arg.startsWith('--') && !args[i - 1]?.startsWith('--'));
const EVENTS = 500_000;

async function load(dir) {
  const part = (file) => import(pathToFileURL(path.resolve(dir, 'dist', file)).href);
  const { setupOf } = await part('harness/simulate/core/simulate.js');
  const { default: pbft } = await part('workloads/pbft/index.js');
  const { createKernels } = await part('harness/kernels/index.js');
  const { NODE_PROFILES } = await part('harness/model/cell.js');
  const { DEFAULT_LOAD } = await part('harness/model/load.js').catch(() => ({}));
  const kernels = createKernels('reference');
  return (nodes) => {
    const cell = {
      ...{ id: 'c000000000000', seed: 1, workload: 'pbft', parameters: pbft.parameters.parse({}), nodes },
      fault: { kind: 'crash', count: 0, placement: 'worst' },
      network: { kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0, rto_ms: 200 },
      ...{ node: NODE_PROFILES.server, transactions: { bytes: 250, per_decision: 500 }, risk: 0.001 },
      ...{ decisions: Math.max(2, Math.round(EVENTS / (2 * nodes * nodes))), crypto: 'modelled', replicate: 0, load: DEFAULT_LOAD },
    };
    const before = process.cpuUsage();
    const outcome = pbft.engines.messages(setupOf(cell, pbft, { kernels }));
    const { user, system } = process.cpuUsage(before);
    return { rate: outcome.events / (user + system), found: JSON.stringify([outcome.latencies_us, outcome.counts.messages]) };
  };
}

const median = (values) => values.toSorted((x, y) => x - y)[values.length >> 1];
const dirs = [...others, path.join(import.meta.dirname, '..')];
const runs = [];
for (const dir of dirs) runs.push(await load(dir));
for (const nodes of sizes) {
  const rates = dirs.map(() => []);
  let same = true;
  for (let round = -1; round < rounds; round++) {
    const results = runs.map((run) => run(nodes));
    same &&= results.every(({ found }) => found === results[0].found);
    if (round >= 0) results.forEach(({ rate }, i) => rates[i].push(rate));
  }
  dirs.forEach((dir, i) => {
    const ratio = median(rates[i].map((rate, round) => rate / rates[0][round]));
    console.log(`n = ${nodes}  ${median(rates[i]).toFixed(2)} M/s  x ${ratio.toFixed(2)}  ${path.resolve(dir)}`);
  });
  if (!same) console.log(`n = ${nodes}  the checkouts do not find the same latencies and messages`);
}
