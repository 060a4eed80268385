// Zab: F. Junqueira, B. Reed, M. Serafini, "Zab: High-performance broadcast for primary-backup systems", DSN 2011.
import type { Cell } from '../../harness/model/cell.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import type { ParameterProblem, PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import { majorityQuorum } from '../../harness/simulate/core/quorum.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { leaderEvents } from '../parts/leader-log.ts';
import { majorityBound } from '../parts/majorities.ts';
import { bound_tps, zabMechanism } from './mechanism.ts';
import { parameters, type ZabParameters } from './parameters.ts';
import { horizonOf, rulesOf } from './rules.ts';
import { waves } from './waves.ts';

function problems({ parameters: p, nodes }: PlannedCell<ZabParameters>): ParameterProblem[] {
  return p.observers < nodes ? [] : [{ parameter: 'observers', accepts: `at most ${nodes - 1} of ${nodes} nodes: one at least votes` }];
}

function expectedEvents(cell: PlannedCell<ZabParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p } = cell;
  const setup = { cell, nodes, parameters: p, network: plannedNetwork(cell.network, nodes) };
  const rules = rulesOf(setup);
  // PROPOSE, ACK and COMMIT for each other voter, INFORM for each observer, a write of each, a request and a reply.
  const perBatch = 3 * (rules.voters - 1) + (nodes - rules.voters) + nodes + 2;
  return leaderEvents(cell, setup, { proposal_bytes: rules.propose_bytes, bound_tps: bound_tps(setup, rules), perBatch });
}

const zab: Workload<ZabParameters> = {
  id: 'zab',
  mark: 6,
  revision: 1,
  title: 'Zab (ZooKeeper)',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: {
    authors: 'F. Junqueira, B. Reed, M. Serafini',
    title: 'Zab: High-performance broadcast for primary-backup systems',
    venue: 'DSN',
    year: 2011,
    section: 'sections III to V',
  },
  parameters,
  problems,
  faultKinds: ['crash', 'silent-leader', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: {
    claim: 'safe whoever crashes, live with at most f = floor((n - 1) / 2) of n voters down',
    faults: majorityBound,
    crashOnly: true,
  },
  commitQuorum: majorityQuorum,
  exactKinds: [],
  loads: ['closed', 'open', 'saturate'],
  expectedEvents,
  persists: () => true,
  engines: { waves, messages: (setup) => runVoting(setup, (one) => zabMechanism(one as typeof setup)) },
  horizon_us: horizonOf,
  horizon:
    "for each decision and one more: twice the client's wait, and twelve elections, each with its limits, waits, and broadcasts as slow as one in 10^9 is; and before that eight times the end of the last fault",
};
export default zab;
