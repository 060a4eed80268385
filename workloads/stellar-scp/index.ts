// Stellar consensus: D. Mazieres, "The Stellar Consensus Protocol: A Federated Model for Internet-level Consensus", 2015, as
// draft-mazieres-dinrg-scp-05 (N. Barry, G. Losa, D. Mazieres, J. McCaleb, S. Polu, 2018) specifies it.
import type { Cell } from '../../harness/model/cell.ts';
import type { Observation, PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import { departOffset_us, meanDelay_us, upload_ns } from '../../harness/simulate/core/network.ts';
import { byzantineBound } from '../../harness/simulate/core/quorum.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { scpMechanism } from './mechanism.ts';
import { parameters, problems, type ScpParameters } from './parameters.ts';
import { STATEMENTS, bound_tps, horizonOf, pathBytes, rulesOf } from './rules.ts';
import { outerThreshold } from './slices.ts';
import { waves } from './waves.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';

function expectedEvents(cell: PlannedCell<ScpParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p, load } = cell;
  const setup = { cell, nodes, parameters: p, network: plannedNetwork(cell.network, nodes) };
  const rules = rulesOf(setup);
  const [proposal_bytes] = pathBytes(rules);
  const upload_us = departOffset_us(upload_ns(setup.network, proposal_bytes, 0), Math.max(0, nodes - 2));
  const work_us = (rules.propose_ns + STATEMENTS * rules.work_ns(rules.quorum, 1)) / 1000;
  const slot_us = Math.max(1, STATEMENTS * meanDelay_us(setup.network) + upload_us + work_us + rules.interval_us);
  const most_tps = Math.min(bound_tps(setup, rules), (cell.transactions.per_decision * 1e6) / slot_us);
  const work = expectedWork(cell, { decision_us: slot_us + 2 * meanDelay_us(setup.network), bound_tps: most_tps });
  // One slot follows the other: what waits meanwhile goes into one batch.
  const slots = load.kind === 'open' ? (work.transactions / load.rate_tps) * (1e6 / slot_us) : Infinity;
  const batches = Math.min(work.batches, slots);
  // Each statement of each node to each other one, a piece of work for each, and replies.
  const events = batches * (STATEMENTS * nodes * nodes + nodes);
  if (load.kind === 'closed') return events;
  const clients = Math.min(setup.network.regions, work.transactions / batches);
  return events + (1 + nodes) * work.transactions + batches * nodes * (clients - 1);
}

const observations: readonly Observation[] = [
  {
    name: 'quorum_nodes',
    unit: 'nodes',
    description: 'The fewest nodes that a quorum has (of written quorum sets: at least).',
    kind: 'count',
  },
  { name: 'blocking_nodes', unit: 'nodes', description: 'The fewest nodes that are blocking for some node.', kind: 'count' },
  {
    name: 'quorum_intersection',
    unit: '',
    description: 'Any two quorums intersect despite the nodes that lie: 1 yes, 0 no; empty where that takes too long to find out.',
    kind: 'share',
  },
];

const workload: Workload<ScpParameters> = {
  id: 'stellar-scp',
  mark: 7,
  revision: 1,
  title: 'Stellar consensus protocol',
  family: 'federated',
  settings: ['public', 'consortium'],
  reference: {
    authors: 'D. Mazieres',
    title: 'The Stellar Consensus Protocol: A Federated Model for Internet-level Consensus',
    venue: 'Stellar Development Foundation',
    year: 2015,
    section: 'sections 3 to 6, and draft-mazieres-dinrg-scp-05',
  },
  parameters,
  problems,
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: {
    claim:
      'safe where quorums intersect despite the faulty nodes, live where the others hold a quorum; of n nodes alike up to floor((n - 1) / 3), of organisations whole ones',
    faults: byzantineBound,
  },
  exactKinds: [],
  commitQuorum: outerThreshold,
  loads: ['closed', 'open', 'saturate'],
  observations,
  expectedEvents,
  persists: nodesComeBack,
  engines: { waves, messages: (setup) => runVoting(setup, (one) => scpMechanism(one as typeof setup)) },
  horizon_us: horizonOf,
  horizon:
    "for each decision and one more: the client's wait and the interval between slots, ten timeouts, the waits of who is behind, and eleven messages as slow as one in 10^9 is, for each of these; and before that eight times the end of the last fault",
};
export default workload;
