// CPU time of one decision on waves, by mechanism whose common path is phases, with default parameters.
//   npm run build && node bench/large-n.mjs [NODES] [TIMES]
// Each runs TIMES times (default 5) after one that is not counted, all in turn; medians of user and system time of this process.
import { createKernels } from '../dist/harness/kernels/index.js';
import { simulateCell } from '../dist/harness/simulate/core/simulate.js';
import { suiteOf } from '../dist/harness/suite/load.js';
import { planCells } from '../dist/harness/suite/plan.js';
import { workloads } from '../dist/harness/workloads.js';

const [nodes = '10000', times = '5'] = process.argv.slice(2);
const kernels = createKernels('wasm');
const mechanisms = [
  ['pbft', {}],
  ['tendermint', {}],
  ['tendermint', { certificates: 'aggregate' }],
  ['stellar-scp', {}],
  ['zab', {}],
  ['raft', {}],
  ['federated-signing', {}],
  ['phases', {}],
];
const rows = ['wan-5-regions', 'lan'].flatMap((network) =>
  mechanisms.map(([id, parameters]) => {
    const suite = {
      name: 'large-n',
      decisions: 1,
      replicates: 1,
      network,
      sweep: { nodes: [Number(nodes)] },
      workloads: { [id]: parameters },
    };
    const [cell] = planCells(suiteOf(suite));
    return { network, id, parameters, cell, cpu_s: [], outcome: null };
  }),
);
for (let time = 0; time <= Number(times); time++)
  for (const row of rows) {
    const before = process.cpuUsage();
    row.outcome = simulateCell(row.cell, workloads.get(row.id), { engine: 'waves', kernels }).outcome;
    const { user, system } = process.cpuUsage(before);
    if (time > 0) row.cpu_s.push((user + system) / 1e6);
  }
for (const { network, id, parameters, cpu_s, outcome } of rows) {
  const median = cpu_s.sort((x, y) => x - y)[cpu_s.length >> 1];
  const name = [id, ...Object.values(parameters)].join(' ');
  console.log(
    `${network.padEnd(14)} ${name.padEnd(22)} ${median.toFixed(2).padStart(6)} s  ${String(outcome.counts.messages).padStart(10)} messages`,
  );
}
