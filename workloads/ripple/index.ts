// Ripple: D. Schwartz, N. Youngs, A. Britto, "The Ripple Protocol Consensus Algorithm", Ripple Labs 2014, as the XRP Ledger runs it: B. Chase,
// E. MacBrough, "Analysis of the XRP Ledger Consensus Protocol", arXiv 1802.07242, and rippled.
import type { ParameterProblem, PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { ladderOf, ladderProblem } from './avalanche.ts';
import { rippleMechanism } from './mechanism.ts';
import { parameters, type RippleParameters } from './parameters.ts';
import { faultBound, horizonOf, leastLedger_us, listsOf, mostDisabled, rulesOf } from './rules.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';

function problems({ parameters: p, nodes }: PlannedCell<RippleParameters>): ParameterProblem[] {
  const found: ParameterProblem[] = [];
  const ladder = ladderProblem(ladderOf(p.avalanche));
  if (ladder !== null) found.push({ parameter: 'avalanche', accepts: ladder });
  const offsets = p.offsets_ms.split(',').length;
  if (p.offsets_ms !== 'none' && offsets !== nodes)
    found.push({ parameter: 'offsets_ms', accepts: `none, or one for each of ${nodes} validators (received ${offsets})` });
  const { lists } = listsOf({ nodes, parameters: p }).lists;
  const most = Math.min(...lists.map((list) => mostDisabled(list.length)));
  if (p.negative_unl > most)
    found.push({
      parameter: 'negative_unl',
      accepts: `at most ${most}: a quarter of a list of ${Math.min(...lists.map((list) => list.length))} validators`,
    });
  return found;
}

function expectedEvents(cell: PlannedCell<RippleParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p, load } = cell;
  const rules = rulesOf({ cell, nodes, parameters: p });
  const decision_us = leastLedger_us(rules);
  const { per_decision } = cell.transactions;
  const work = expectedWork(cell, { decision_us, bound_tps: (per_decision * 1e6) / decision_us });
  // Ledgers are full where a rate is searched that fills them; else they take what has come in the time of one.
  const perLedger = load.kind === 'open' ? Math.min(per_decision, 1 + (load.rate_tps * decision_us) / 1e6) : per_decision;
  const ledgers = work.transactions / perLedger;
  // A ledger: a proposal and a validation of each to each other, its heartbeats, four pieces of work and a reply of each.
  const events = ledgers * (2 * nodes * nodes + nodes * (5 + decision_us / rules.heartbeat_us));
  // Every request goes to all.
  return events + (load.kind === 'closed' ? ledgers : work.transactions) * nodes;
}

const ripple: Workload<RippleParameters> = {
  id: 'ripple',
  mark: 8,
  revision: 1,
  title: 'Ripple (XRP Ledger) consensus',
  family: 'voting',
  settings: ['public', 'consortium'],
  reference: {
    authors: 'D. Schwartz, N. Youngs, A. Britto',
    title: 'The Ripple Protocol Consensus Algorithm',
    venue: 'Ripple Labs',
    year: 2014,
    section: 'section 3; rules and constants of rippled',
  },
  parameters,
  problems,
  faultKinds: ['crash', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 3, max: 1000 },
  bound: {
    claim: 'correct with at most f = floor((n - 1) / 5) faulty validators on lists that are the same (2014, section 3.2)',
    faults: faultBound,
    // One validator with two faces keeps two halves apart for good: I. Amores-Sesar, C. Cachin, J. Micic, "Security analysis of Ripple
    // consensus", OPODIS 2020, section 4.3.
    safetyAlone: ['equivocate'],
  },
  exactKinds: [],
  loads: ['closed', 'open', 'saturate'],
  observations: [
    {
      name: 'position_changes',
      unit: 'positions',
      description: 'Positions of validators that changed in a round, or were said again.',
      kind: 'count',
    },
    { name: 'shared_validators', unit: 'validators', description: 'Validators that are on both lists.', kind: 'count' },
    {
      name: 'shared_validators_needed',
      unit: 'validators',
      description: 'How many Theorem 8 of Chase and MacBrough asks for, where those that a quorum can do without may all be faulty.',
      kind: 'count',
    },
  ],
  expectedEvents,
  persists: nodesComeBack,
  engines: { messages: (setup) => runVoting(setup, (one) => rippleMechanism(one as typeof setup)) },
  commitQuorum: (nodes) => Math.max(1, Math.ceil((80 * nodes) / 100)),
  horizon_us: horizonOf,
  horizon:
    'for each decision and one more: the wait of the client, and eleven ledgers, each open as long as an idle one is and then expiring; before that eight times the end of the last fault, and the time for which validations count',
};
export default ripple;
