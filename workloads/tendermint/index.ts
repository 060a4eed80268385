// Tendermint: E. Buchman, J. Kwon, Z. Milosevic, "The latest gossip on BFT consensus", arXiv:1807.04938, Algorithm 1.
//
// Two programs of one protocol. mechanism.ts is the protocol message by message; waves.ts is its common path as data, for large n. They share
// rules.ts and agree to the bit: test/workloads/tendermint/waves.test.ts.
import type { PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import { departOffset_us, meanDelay_us, upload_ns } from '../../harness/simulate/core/network.ts';
import { byzantineBound, twoThirdsQuorum } from '../../harness/simulate/core/quorum.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { tendermintMechanism } from './mechanism.ts';
import { parameters, powersProblem, type TendermintParameters } from './parameters.ts';
import { bound_tps, horizonOf, rulesOf } from './rules.ts';
import { waves } from './waves.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';

/** Messages that follow each other from a client's request to its replies. */
const HOPS = 5;

function expectedEvents(cell: PlannedCell<TendermintParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p, load } = cell;
  const setup = { cell, nodes, parameters: p, network: plannedNetwork(cell.network, nodes) };
  const rules = rulesOf(setup);
  const { program } = rules;
  const upload_us = departOffset_us(upload_ns(setup.network, program.steps[0].bytes, 0), Math.max(0, nodes - 2));
  const work_us = (program.propose_ns(program.batch_bytes) + program.steps[0].work_ns(1, program.batch_bytes)) / 1000;
  const decision_us = Math.max(1, HOPS * meanDelay_us(setup.network) + upload_us + work_us + rules.commit_us);
  const { transactions, batches } = expectedWork(cell, { decision_us, bound_tps: bound_tps(setup, rules) });
  // Requests, PROPOSALs and replies, two votes of each validator to each other, three pieces of work and two timers of each.
  const events = batches * (2 * nodes * nodes + 8 * nodes);
  if (load.kind === 'closed') return events;
  // Every transaction comes by itself to every validator; every client that has some in a batch gets replies.
  const clients = Math.min(setup.network.regions, transactions / batches);
  return events + transactions * (nodes + 1) + batches * nodes * (clients - 1);
}

const tendermint: Workload<TendermintParameters> = {
  id: 'tendermint',
  mark: 4,
  revision: 2,
  title: 'Tendermint',
  family: 'voting',
  settings: ['public', 'consortium', 'private'],
  reference: {
    authors: 'E. Buchman, J. Kwon, Z. Milosevic',
    title: 'The latest gossip on BFT consensus',
    venue: 'arXiv:1807.04938',
    year: 2018,
    section: 'Algorithm 1',
  },
  parameters,
  problems: ({ parameters: p, nodes }) => powersProblem(p, nodes),
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: {
    claim: 'safe and live with at most f = floor((n - 1) / 3) faulty validators (by power where they have powers)',
    faults: byzantineBound,
  },
  exactKinds: [],
  aggregates: ({ parameters: { certificates } }) => certificates === 'aggregate',
  commitQuorum: (nodes) => twoThirdsQuorum(nodes),
  loads: ['closed', 'open', 'saturate'],
  expectedEvents,
  persists: nodesComeBack,
  engines: { waves, messages: (setup) => runVoting(setup, (one) => tendermintMechanism(one as typeof setup)) },
  horizon_us: horizonOf,
  horizon:
    'for each decision and one more: rounds until the timeouts outlast the slowest messages (if they grow) and one more of each validator, all with all their timeouts, twice the wait of the client, and the rest before it; all together at least the rounds that show a standstill; after eight times the end of the last fault',
};
export default tendermint;
