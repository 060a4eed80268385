// The message engine's deliveries a second, here and in other built checkouts, in turns in one process, so that drift cancels.
//   npm run build && node bench/messages.mjs [DIR of another built checkout …] [--nodes 4,100,512] [--rounds N] [--open [--only ID,…]]
//   --open   not PBFT under the default load, but raft, zab, hotstuff and pbft under open ones, with queues at cores, disks and links (n = 1 000)
// Prints the median events a second of CPU time (what is delivered to nodes and clients: messages, ends of writes and of work, timers), and the
// median ratio to the first line. Where two checkouts do not find the same, it says so.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const args = process.argv.slice(2);
const open = args.includes('--open');
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
const rounds = Number(option('--rounds', open ? '5' : '7'));
const sizes = option('--nodes', open ? '1000' : '4,100,512')
  .split(',')
  .map(Number);
const only = option('--only', '').split(',').filter(Boolean);
const others = args.filter((arg, i) => !arg.startsWith('--') && !['--nodes', '--rounds', '--only'].includes(args[i - 1]));
const EVENTS = 500_000;

/** Workload, transactions a second, transactions of a batch, and parameters. */
const ALL_LOADS = [
  ['raft', 5000, 500],
  ['raft', 500, 50],
  ['raft', 500, 1],
  ['zab', 5000, 500],
  ['zab', 500, 50],
  ['zab', 500, 1],
  ['hotstuff', 500, 500],
  ['hotstuff', 5000, 500, { variant: 'chained' }],
  ['hotstuff', 20, 1, { variant: 'chained', views_per_leader: 100_000 }],
  ['pbft', 5000, 500],
];
const LOADS = ALL_LOADS.filter(([id]) => only.length === 0 || only.includes(id));
/** Events that a decision causes among so many nodes, about; and at least so many of a run, beside which compiling counts for little. */
const CAUSED = {
  raft: (nodes) => 3 * nodes,
  zab: (nodes) => 4 * nodes,
  // Every transaction comes to every replica.
  hotstuff: (nodes, per_decision) => (16 + per_decision) * nodes,
  pbft: (nodes) => 2 * nodes * nodes,
};
const OPEN_EVENTS = 3_000_000;

async function load(dir) {
  const part = (file) => import(pathToFileURL(path.resolve(dir, 'dist', file)).href);
  const { setupOf } = await part('harness/simulate/core/simulate.js');
  const { createKernels } = await part('harness/kernels/index.js');
  const { NODE_PROFILES } = await part('harness/model/cell.js');
  const { DEFAULT_LOAD, LOAD_RULES } = await part('harness/model/load.js').catch(() => ({}));
  const kernels = createKernels('reference');
  const workloadOf = async (id) => (await part(`workloads/${id}/index.js`)).default;
  const cellOf = (workload, nodes, rest) => ({
    ...{ id: 'c000000000000', seed: 1, workload: workload.id, parameters: workload.parameters.parse({}), nodes },
    fault: { kind: 'crash', count: 0, placement: 'worst' },
    network: { kind: 'wan-5-regions', bandwidth_mbps: 1000, loss: 0, rto_ms: 200 },
    ...{ node: NODE_PROFILES.server, transactions: { bytes: 250, per_decision: 500 }, risk: 0.001 },
    ...{ decisions: 1, crypto: 'modelled', replicate: 0, load: DEFAULT_LOAD, ...rest },
  });
  const timed = (run, found) => {
    const before = process.cpuUsage();
    const outcome = run();
    const { user, system } = process.cpuUsage(before);
    return { rate: outcome.events / (user + system), found: JSON.stringify(found(outcome)) };
  };
  if (!open) {
    const pbft = await workloadOf('pbft');
    return (nodes) => {
      const cell = cellOf(pbft, nodes, { decisions: Math.max(2, Math.round(EVENTS / (2 * nodes * nodes))) });
      const setup = setupOf(cell, pbft, { kernels });
      return timed(
        () => pbft.engines.messages(setup),
        ({ latencies_us, counts }) => [latencies_us, counts.messages],
      );
    };
  }
  const { VotingRun } = await part('harness/simulate/messages/voting/run.js');
  const made = new Map();
  for (const [id] of LOADS) {
    const mechanisms = Object.entries(await part(`workloads/${id}/mechanism.js`)).filter(([name]) => name.endsWith('Mechanism'));
    made.set(id, { workload: await workloadOf(id), mechanism: mechanisms[0][1] });
  }
  return (nodes, [id, rate_tps, per_decision, given = {}]) => {
    const { workload, mechanism } = made.get(id);
    // Links that none of these loads fills.
    const network = { kind: 'wan-5-regions', bandwidth_mbps: 100_000, loss: 0, rto_ms: 200 };
    const load = { ...LOAD_RULES, kind: 'open', rate_tps, arrivals: 'poisson' };
    const parameters = workload.parameters.parse(given);
    const cell = cellOf(workload, nodes, { parameters, network, load, transactions: { bytes: 250, per_decision } });
    const decisions = Math.max(2, Math.round(OPEN_EVENTS / CAUSED[id](nodes, per_decision)));
    const until_us = Math.round((decisions * per_decision * 1e6) / rate_tps);
    const setup = setupOf(cell, workload, { kernels });
    return timed(
      () => new VotingRun(setup, mechanism(setup), { from_us: 0, until_us, rate_tps }).run().outcome,
      ({ latencies_us, counts }) => [latencies_us, counts.messages],
    );
  };
}

const median = (values) => values.toSorted((x, y) => x - y)[values.length >> 1];
const dirs = [...others, path.join(import.meta.dirname, '..')];
const runs = [];
for (const dir of dirs) runs.push(await load(dir));
for (const nodes of sizes) {
  for (const one of open ? LOADS : [null]) {
    const rates = dirs.map(() => []);
    let same = true;
    for (let round = -1; round < rounds; round++) {
      const results = runs.map((run) => run(nodes, one));
      same &&= results.every(({ found }) => found === results[0].found);
      if (round >= 0) results.forEach(({ rate }, i) => rates[i].push(rate));
    }
    const what =
      one === null
        ? `n = ${nodes}`
        : `n = ${nodes}  ${one[0]}, ${one[1]} tx/s in batches of ${one[2]}${one[3] === undefined ? '' : `, ${Object.values(one[3]).join(' ')}`}`;
    dirs.forEach((dir, i) => {
      const ratio = median(rates[i].map((rate, round) => rate / rates[0][round]));
      console.log(`${what}  ${median(rates[i]).toFixed(2)} M/s  x ${ratio.toFixed(2)}  ${path.resolve(dir)}`);
    });
    if (!same) console.log(`${what}  the checkouts do not find the same latencies and messages`);
  }
}
