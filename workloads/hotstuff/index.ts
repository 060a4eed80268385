// HotStuff: M. Yin, D. Malkhi, M. K. Reiter, G. Golan Gueta, I. Abraham, "HotStuff: BFT consensus with linearity and responsiveness", PODC 2019.
//
// Two variants message by message (basic.ts, chained.ts) over what they share (replica.ts, pacemaker.ts, history.ts); waves.ts is the common path of the basic
// one as data, for large n. They agree to the bit: test/workloads/hotstuff/waves.test.ts.
import type { Cell } from '../../harness/model/cell.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import type { PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import { departOffset_us, meanDelay_us, upload_ns } from '../../harness/simulate/core/network.ts';
import { byzantineBound, byzantineQuorum } from '../../harness/simulate/core/quorum.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { hotStuffMechanism } from './mechanism.ts';
import { parameters, type HotStuffParameters } from './parameters.ts';
import { STEP, bound_tps, horizonOf, rulesOf } from './rules.ts';
import { waves } from './waves.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';

/** Messages that follow each other: a request, seven between replicas (of chained four proposals and the votes on three), and a reply. */
const HOPS = 9;

function expectedEvents(cell: PlannedCell<HotStuffParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p, load } = cell;
  const setup = { cell, nodes, parameters: p, network: plannedNetwork(cell.network, nodes) };
  const rules = rulesOf(setup);
  const upload_us = departOffset_us(upload_ns(setup.network, rules.program.steps[STEP.proposal].bytes, 0), Math.max(0, nodes - 2));
  const decision_us = Math.max(1, HOPS * meanDelay_us(setup.network) + upload_us);
  const { transactions, batches } = expectedWork(cell, { decision_us, bound_tps: bound_tps(setup, rules) });
  // Eight messages and four pieces of work of each replica, its reply, its request, and its timers.
  const events = batches * 16 * nodes;
  if (load.kind === 'closed') return events;
  // Every transaction comes by itself to every replica; every client that has some in a batch gets replies.
  const clients = Math.min(setup.network.regions, transactions / batches);
  return events + transactions * (nodes + 1) + batches * nodes * (clients - 1);
}

const hotstuff: Workload<HotStuffParameters> = {
  id: 'hotstuff',
  mark: 3,
  revision: 2,
  title: 'HotStuff',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: {
    authors: 'M. Yin, D. Malkhi, M. K. Reiter, G. Golan Gueta, I. Abraham',
    title: 'HotStuff: BFT consensus with linearity and responsiveness',
    venue: 'PODC',
    year: 2019,
    section: 'Algorithms 1 to 3',
  },
  parameters,
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: {
    claim: 'safe and live with at most f = floor((n - 1) / 3) faulty replicas',
    faults: byzantineBound,
  },
  exactKinds: [],
  aggregates: ({ parameters: { certificates } }) => certificates === 'aggregate',
  commitQuorum: (nodes) => byzantineQuorum(nodes),
  loads: ['closed', 'open', 'saturate'],
  expectedEvents,
  persists: nodesComeBack,
  engines: { waves, messages: (setup) => runVoting(setup as never, (one) => hotStuffMechanism(one as never)) },
  horizon_us: horizonOf,
  horizon:
    "for each decision and one more, four times over: views until their timers do not grow any more, and of as many leaders as can be faulty in a row and two more, with all their timers; twice the client's wait; all together at least the views that show a standstill; after eight times the end of the last fault",
};
export default hotstuff;
