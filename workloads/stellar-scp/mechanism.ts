// SCP message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { LYING_KINDS, lastingFaults } from '../../harness/simulate/core/faults.ts';
import { BitSet } from '../../harness/simulate/core/bit-set.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { requestsOf } from '../parts/messages.ts';
import { anyRecovers } from '../parts/write-ahead.ts';
import { Contents } from './contents.ts';
import { intersectDespite } from './intersection.ts';
import { broken } from './invariants.ts';
import { Leaders } from './leaders.ts';
import { filterOf } from './liars.ts';
import { ScpNode, type Note, type Run } from './node.ts';
import type { ScpParameters } from './parameters.ts';
import { bound_tps, missingQuorum, rulesOf, type Rules } from './rules.ts';
import { Statement, TYPE, type Ballot, type Pledges } from './statements.ts';

export function scpMechanism(setup: Setup<ScpParameters>, rules = rulesOf(setup)): Mechanism<ScpNode, Note> {
  const { faults, nodes } = setup;
  const { slices } = rules.system;
  const contents = setup.collect ? new Contents(setup, slices) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const leaders = new Leaders(setup, slices, rules.leaders);
  const run: Run = { setup, rules, log, contents, leaders, persists: anyRecovers(faults) };
  const lasting = lastingFaults(faults);
  return {
    roles: [{ id: 'node', count: nodes, counted: true, cores: setup.cell.node.cores, region: 'spread', faultable: true }],
    recovers: true,
    keepsOrder: true,
    log,
    commitQuorum: rules.quorum,
    counts: ['signs', 'verifies', 'batches', 'votes', 'digest_bytes'],
    bound_tps: bound_tps(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: rules.replies,
      leaderOf: (view) => leaders.first(view + 1),
      asks: rules.floods ? 'all' : 'leader',
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    init: (context) => new ScpNode(context, run),
    step: (state, input, out) => state.step(input, out),
    filterOf: (_, entry) => filterOf(log, entry),
    hopeless: () => missingQuorum(setup, rules),
    broken,
    lastly: (states) => ({
      viewChanges: states.reduce((most, { id, attempts }) => (lasting[id] === 0 ? Math.max(most, attempts) : most), 0),
      observations: observationsOf(setup, rules),
    }),
    describe,
    nameOf: (participant) => `node ${participant}`,
  };
}

/** What the cell's quorum sets bear. */
export function observationsOf(
  { faults }: Pick<Setup, 'faults'>,
  { quorum, blocking, system }: Pick<Rules, 'quorum' | 'blocking' | 'system'>,
) {
  const lies = (node: number): boolean => faults.entries.some(({ kind, faulty }) => LYING_KINDS.has(kind) && faulty[node] === 1);
  const intersect = intersectDespite(system, BitSet.of([...faults.faulty.keys()].filter(lies)));
  return {
    quorum_nodes: quorum,
    blocking_nodes: blocking,
    ...(intersect === null ? {} : { quorum_intersection: intersect ? 1 : 0 }),
  };
}

const NAME = new Map<number, string>(Object.entries(TYPE).map(([name, type]) => [type, name]));

function describe(message: Note): string {
  const { type, sequence, digest } = message;
  if (message instanceof Statement) return `${textOf(message.pledges)}  slot ${sequence}${message.body === null ? '' : '  with the batch'}`;
  const name = (NAME.get(type) ?? '').toUpperCase();
  return `${name.padEnd(11)}  ${type === TYPE.request || type === TYPE.reply ? `sequence ${sequence}` : `slot ${sequence}`}${type === TYPE.decision ? `  digest ${digest}` : ''}`;
}
function textOf(pledges: Pledges): string {
  const ballot = (one: Ballot | null): string => (one === null ? '-' : `<${one.counter}, ${one.value}>`);
  switch (pledges.kind) {
    case 'nominate':
      return `NOMINATE     voted {${pledges.voted.join(', ')}}  accepted {${pledges.accepted.join(', ')}}`;
    case 'prepare':
      return `PREPARE      b ${ballot(pledges.ballot)}  p ${ballot(pledges.prepared)}  p' ${ballot(pledges.preparedPrime)}  h ${pledges.hCounter}  c ${pledges.cCounter}`;
    case 'commit':
      return `COMMIT       b ${ballot(pledges.ballot)}  p ${pledges.preparedCounter}  h ${pledges.hCounter}  c ${pledges.cCounter}`;
    case 'externalize':
      return `EXTERNALIZE  c ${ballot(pledges.commit)}  h ${pledges.hCounter}`;
  }
}
