// Algorand: Y. Gilad, R. Hemo, S. Micali, G. Vlachos, N. Zeldovich, "Algorand: Scaling Byzantine Agreements for Cryptocurrencies", SOSP 2017, in the
// form that runs: the Algorand Byzantine Fault Tolerance Protocol Specification (algorandfoundation/specs, dev/abft.md) and go-algorand.
//
// sortition.ts is exact; committees.ts draws by it; player.ts is the protocol in a round and node.ts what is around it, message by message. waves.ts is
// the common path as data, for large n. They share rules.ts and agree to the bit: test/workloads/pos-algorand/waves.test.ts.
import type { PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { committeeOf, STEP } from './committees.ts';
import { algorandMechanism } from './mechanism.ts';
import { parameters, stakesProblem, type AlgorandParameters } from './parameters.ts';
import { certifiers, faultBound, horizonOf, round_us, rulesOf } from './rules.ts';
import { waves } from './waves.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';

function expectedEvents(cell: PlannedCell<AlgorandParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p, load, transactions: each } = cell;
  const network = plannedNetwork(cell.network, nodes);
  const rules = rulesOf({ cell, nodes, parameters: p, network });
  const decision_us = round_us({ network }, rules);
  const bound_tps = (each.per_decision * 1e6) / decision_us;
  const work = expectedWork(cell, { decision_us, bound_tps });
  // Blocks are full where a rate is searched that fills them; else they take what has come in the time of one.
  const perBlock = load.kind === 'open' ? Math.min(each.per_decision, 1 + (load.rate_tps * decision_us) / 1e6) : each.per_decision;
  const rounds = work.transactions / perBlock;
  // Of each step those speak who are chosen at least once.
  const chosen = (step: number): number => Math.min(nodes, committeeOf(step).size);
  const messages = (chosen(STEP.propose) + chosen(STEP.soft) + chosen(STEP.cert)) * nodes;
  // Each proposal is checked; six more pieces of work, four timers and a reply of each node.
  const events = rounds * (messages + chosen(STEP.propose) * nodes + 11 * nodes);
  return events + (load.kind === 'closed' ? rounds : work.transactions) * nodes;
}

const algorand: Workload<AlgorandParameters> = {
  id: 'pos-algorand',
  mark: 9,
  revision: 1,
  title: 'Algorand',
  family: 'voting',
  settings: ['public'],
  reference: {
    authors: 'Y. Gilad, R. Hemo, S. Micali, G. Vlachos, N. Zeldovich',
    title: 'Algorand: Scaling Byzantine Agreements for Cryptocurrencies',
    venue: 'SOSP',
    year: 2017,
    section: '5; periods, steps and constants of the ABFT specification and go-algorand',
  },
  parameters,
  problems: ({ parameters: p, nodes }) => stakesProblem(p, nodes),
  faultKinds: ['crash', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: {
    claim:
      'safe and live but for small chances while four fifths of the stake are correct and online: with f = floor(n / 5) faulty nodes (by stake where they have stakes) a committee misses its threshold in 0.5% of steps; the paper claims safety with less than a third faulty for committees that are large enough',
    faults: faultBound,
  },
  exactKinds: [],
  commitQuorum: certifiers,
  loads: ['closed', 'open', 'saturate'],
  observations: [
    { name: 'rounds', unit: 'blocks', description: 'Blocks that were decided in the whole run, empty ones among them.', kind: 'count' },
    {
      name: 'empty_blocks',
      unit: 'blocks',
      description: 'Those of them without transactions: nothing had come when they were proposed.',
      kind: 'count',
    },
  ],
  expectedEvents,
  persists: nodesComeBack,
  engines: { waves, messages: (setup) => runVoting(setup, (one) => algorandMechanism(one as typeof setup)) },
  horizon_us: horizonOf,
  horizon:
    'for each decision and one more: twelve periods with six next-votes each, two fast recoveries and twice the wait of the client; after eight times the end of the last fault',
};
export default algorand;
