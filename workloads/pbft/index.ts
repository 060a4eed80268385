// PBFT: M. Castro, B. Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, sections 4 and 5.
//
// Two programs of one protocol. mechanism.ts is the protocol message by message; waves.ts is its common path (and the view change
// after a silent leader) as data, for large n. They share the sizes, the quorums and the parameters, and agree to the bit:
// test/workloads/pbft/waves.test.ts.
import type { ParameterProblem, PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import { departOffset_us, meanDelay_us, upload_ns } from '../../harness/simulate/core/network.ts';
import { byzantineBound, byzantineQuorum } from '../../harness/simulate/core/quorum.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { votingWeightsProblem } from '../../harness/simulate/core/weights.ts';
import { bound_tps, pbftMechanism } from './mechanism.ts';
import { parameters, type PbftParameters } from './parameters.ts';
import { horizonOf, rulesOf } from './rules.ts';
import { waves } from './waves.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';

function problems({ parameters, nodes, load }: PlannedCell<PbftParameters>): ParameterProblem[] {
  const { checkpoint_interval, log_window, weights, requests } = parameters;
  const found: ParameterProblem[] = [];
  if (requests === 'read-only' && load.kind !== 'closed')
    found.push({ parameter: 'requests', accepts: 'read-write beside a load that is not closed: who asks a single thing cuts no batch' });
  const weightsProblem = votingWeightsProblem(weights, nodes);
  if (weightsProblem !== null) found.push({ parameter: 'weights', accepts: weightsProblem });
  // Sequence numbers above the stable checkpoint + log_window are refused (section 4.2), and the next checkpoint is that of the
  // multiple of the interval: below it no request gets there, and the log never moves on. Equal is enough.
  if (log_window < checkpoint_interval) {
    const accepts = `an integer of at least checkpoint_interval (${checkpoint_interval}), like ${2 * checkpoint_interval}: the log moves on at checkpoints alone`;
    found.push({ parameter: 'log_window', accepts });
  }
  return found;
}

/** Messages that follow each other from a client's request to its replies. */
const HOPS = 5;

function expectedEvents(cell: PlannedCell<PbftParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters, load } = cell;
  const setup = { cell, nodes, parameters, network: plannedNetwork(cell.network, nodes) };
  const rules = rulesOf(setup);
  const upload_us = departOffset_us(upload_ns(setup.network, rules.prePrepare_bytes, 0), Math.max(0, nodes - 2));
  const decision_us = HOPS * meanDelay_us(setup.network) + upload_us + (rules.propose_ns + rules.acceptPrePrepare_ns) / 1000;
  const { transactions, batches } = expectedWork(cell, { decision_us: Math.max(1, decision_us), bound_tps: bound_tps(setup, rules) });
  // A PRE-PREPARE, two votes of each replica to each other, three pieces of work and a reply of each, and the checkpoints' votes.
  const events = batches * (2 * nodes * nodes + 2 * nodes + (nodes * nodes) / parameters.checkpoint_interval);
  if (load.kind === 'closed') return events;
  // Every transaction comes by itself, as an arrival and a request; every client that has some in a batch gets replies.
  const clients = Math.min(setup.network.regions, transactions / batches);
  return events + 2 * transactions + batches * nodes * (clients - 1);
}

const pbft: Workload<PbftParameters> = {
  id: 'pbft',
  mark: 0,
  revision: 3,
  title: 'Practical Byzantine fault tolerance',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: {
    authors: 'M. Castro, B. Liskov',
    title: 'Practical Byzantine Fault Tolerance',
    venue: 'OSDI',
    year: 1999,
    section: 'sections 4 and 5',
  },
  parameters,
  problems,
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: {
    claim: 'safe and live with at most f = floor((n - 1) / 3) faulty replicas (by weight where votes weigh)',
    faults: byzantineBound,
  },
  exactKinds: [],
  loads: ['closed', 'open', 'saturate'],
  expectedEvents,
  persists: nodesComeBack,
  engines: { waves, messages: (setup) => runVoting(setup, (one) => pbftMechanism(one as typeof setup)) },
  commitQuorum: (nodes) => byzantineQuorum(nodes),
  horizon_us: horizonOf,
  horizon:
    "for each decision and one more: the client's wait, ten view changes with their doubling waits (1024 T), and for the way there and each change nine messages as slow as one in 10^9 is, lost tries included; and before that eight times the end of the last fault",
};
export default pbft;
