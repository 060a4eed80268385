// Ripple message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { lastingFaults } from '../../harness/simulate/core/faults.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { requestsOf } from '../parts/messages.ts';
import { anyRecovers } from '../parts/write-ahead.ts';
import { EPOCH_S } from './close-time.ts';
import { Contents } from './contents.ts';
import { broken } from './invariants.ts';
import { Ledgers } from './ledgers.ts';
import { Turncoat, filterOf } from './liars.ts';
import { LEAVES, TYPE, TYPE_NAME, type RippleMessage } from './messages.ts';
import type { RippleParameters } from './parameters.ts';
import { faultBound, leastLedger_us, missingQuorum, overlapNeeded, rulesOf } from './rules.ts';
import { Validator, type Run } from './validator.ts';

export type RippleState = Validator | Turncoat;

const VOTES: ReadonlySet<number> = new Set([TYPE.proposal, TYPE.validation]);

export function rippleMechanism(setup: Setup<RippleParameters>): Mechanism<RippleState, RippleMessage> {
  const { faults, nodes, cell } = setup;
  const rules = rulesOf(setup);
  const ledgers = new Ledgers({ close_s: EPOCH_S, agrees: true, resolution_s: rules.closeResolution_s });
  const contents = setup.collect ? new Contents(setup, ledgers) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const run: Run = { setup, rules, log, contents, ledgers, members: new Map(), persists: anyRecovers(faults) };
  const lasting = lastingFaults(faults);
  const { lists, quorums } = rules;
  return {
    roles: [{ id: 'validator', count: nodes, counted: true, cores: cell.node.cores, region: 'spread', faultable: true }],
    log,
    commitQuorum: rules.leastQuorum,
    counts: ['signs', 'verifies', 'batches', 'votes', 'digest_bytes'],
    bound_tps: (cell.transactions.per_decision * 1e6) / leastLedger_us(rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: faultBound(nodes) + 1,
      // Nobody leads: a client sends its transactions to all, as the overlay relays them. Whether one is turned away validator 0 says.
      leaderOf: () => 0,
      asks: 'all',
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => {
      const equivocates = faults.entries.find(({ kind, faulty }) => kind === 'equivocate' && faulty[context.id] === 1);
      return equivocates === undefined ? new Validator(context, run) : new Turncoat(context, run, equivocates);
    },
    step: (state, input, out) => state.step(input, out),
    filterOf: (_, entry) => filterOf(run, entry),
    hopeless: () => missingQuorum(setup, rules),
    broken: (states) =>
      broken(
        states.filter((state) => state instanceof Validator),
        rules.round.votes.ladder,
      ),
    lastly: (states) => {
      let viewChanges = 0;
      for (const state of states)
        if (state instanceof Validator && lasting[state.id] === 0) viewChanges = Math.max(viewChanges, state.branchSwitches);
      const observations = { shared_validators: lists.shared, shared_validators_needed: overlapNeeded(lists, quorums) };
      return { viewChanges, adversaryShare: faultBound(nodes) / nodes, observations };
    },
    describe: ({ type, view, sequence, digest }) => {
      const position = type === TYPE.proposal ? (view === LEAVES ? '  leaves' : `  position ${view}`) : '';
      const of = type === TYPE.request || type === TYPE.reply ? 'sequence' : 'ledger';
      return `${(TYPE_NAME.get(type) ?? '').padEnd(12)} ${of} ${sequence}${position}${VOTES.has(type) ? `  digest ${digest}` : ''}`;
    },
    nameOf: (participant) => `validator ${participant}`,
  };
}
