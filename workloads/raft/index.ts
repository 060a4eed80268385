// Raft: D. Ongaro, J. Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, sections 5 and 8.
import type { Cell } from '../../harness/model/cell.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import type { ParameterProblem, PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import { majorityQuorum } from '../../harness/simulate/core/quorum.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { leaderEvents } from '../parts/leader-log.ts';
import { majorityBound } from '../parts/majorities.ts';
import { bound_tps, raftMechanism } from './mechanism.ts';
import { parameters, type RaftParameters } from './parameters.ts';
import { horizonOf, rulesOf } from './rules.ts';
import { waves } from './waves.ts';

function problems({ parameters: p }: PlannedCell<RaftParameters>): ParameterProblem[] {
  const { election_timeout_min_ms: min, election_timeout_max_ms: max, heartbeat_ms: heartbeat } = p;
  const found: ParameterProblem[] = [];
  if (min !== 'auto' && max !== 'auto' && max < min)
    found.push({
      parameter: 'election_timeout_max_ms',
      accepts: `auto, or a number of at least election_timeout_min_ms (${min}), like ${2 * min}`,
    });
  if (min !== 'auto' && heartbeat !== 'auto' && heartbeat >= min)
    found.push({ parameter: 'heartbeat_ms', accepts: `auto, or a number below election_timeout_min_ms (${min}), like ${min / 2}` });
  return found;
}

function expectedEvents(cell: PlannedCell<RaftParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p } = cell;
  const setup = { cell, nodes, parameters: p, network: plannedNetwork(cell.network, nodes) };
  const rules = rulesOf(setup);
  // An AppendEntries and its answer for each other node, a write of each, a request and a reply.
  const perBatch = 2 * (nodes - 1) + nodes + 2;
  return leaderEvents(cell, setup, { proposal_bytes: rules.append_bytes, bound_tps: bound_tps(setup, rules), perBatch });
}

const raft: Workload<RaftParameters> = {
  id: 'raft',
  mark: 5,
  revision: 1,
  title: 'Raft',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: {
    authors: 'D. Ongaro, J. Ousterhout',
    title: 'In search of an understandable consensus algorithm',
    venue: 'USENIX ATC',
    year: 2014,
    section: 'sections 5 and 8',
  },
  parameters,
  problems,
  faultKinds: ['crash', 'silent-leader', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: { claim: 'safe whoever crashes, live with at most f = floor((n - 1) / 2) nodes down', faults: majorityBound, crashOnly: true },
  commitQuorum: majorityQuorum,
  exactKinds: [],
  observations: [
    {
      name: 'downtime_ms',
      unit: 'ms',
      description: 'From the crash of a leader to the election of the next one; of several crashes the sum.',
      kind: 'positive',
    },
  ],
  loads: ['closed', 'open', 'saturate'],
  expectedEvents,
  persists: () => true,
  engines: { waves, messages: (setup) => runVoting(setup, (one) => raftMechanism(one as typeof setup)) },
  horizon_us: horizonOf,
  horizon:
    "for each decision and one more: twice the client's wait, and twelve election timeouts, each with two broadcasts as slow as one in 10^9 is; and before that eight times the end of the last fault",
};
export default raft;
