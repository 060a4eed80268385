// Tendermint message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { lastingFaults } from '../../harness/simulate/core/faults.ts';
import { AGGREGATE_COUNTS, OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from '../parts/contents.ts';
import { requestsOf, type SignedMessage } from '../parts/messages.ts';
import { anyRecovers } from '../parts/write-ahead.ts';
import { broken } from './invariants.ts';
import { filterOf } from './liars.ts';
import { Proposal, TYPE, TYPE_NAME, roundOf } from './messages.ts';
import type { TendermintParameters } from './parameters.ts';
import { bound_tps, missingQuorum, rulesOf } from './rules.ts';
import type { Run } from './state.ts';
import { Validator } from './validator.ts';

export function tendermintMechanism(setup: Setup<TendermintParameters>, rules = rulesOf(setup)): Mechanism<Validator, SignedMessage> {
  const { faults } = setup;
  const contents = setup.collect ? new Contents(setup) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const run: Run = { setup, rules, log, contents, persists: anyRecovers(faults), keepsDecisions: faults.count > 0 };
  const lasting = lastingFaults(faults);
  return {
    roles: [{ id: 'validator', count: setup.nodes, counted: true, cores: setup.cell.node.cores, region: 'spread', faultable: true }],
    log,
    ...(rules.powers === null ? {} : { weights: rules.powers }),
    commitQuorum: rules.quorum,
    counts: ['signs', 'verifies', 'batches', 'votes', 'digest_bytes', ...(rules.form === 'aggregate' ? AGGREGATE_COUNTS : [])],
    bound_tps: bound_tps(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: rules.oneCorrect,
      leaderOf: rules.proposerOf,
      asks: 'gossip',
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => new Validator(context, run),
    step: (validator, input, out) => validator.next(input, out),
    filterOf: (node, entry) => filterOf(run, node, entry),
    broken,
    hopeless: () => missingQuorum(setup, rules),
    lastly: (validators) => {
      let viewChanges = 0;
      for (const { id, roundsSkipped } of validators) if (lasting[id] === 0) viewChanges = Math.max(viewChanges, roundsSkipped);
      return { viewChanges, adversaryShare: rules.bound / rules.total };
    },
    describe,
    nameOf: (participant) => `validator ${participant}`,
  };
}

function describe(message: SignedMessage): string {
  const { type, sequence, digest } = message;
  const name = (TYPE_NAME.get(type) ?? '').padEnd(10);
  if (type === TYPE.request || type === TYPE.reply) return `${name} ${sequence}`;
  const at = `${name} height ${sequence}`;
  if (type === TYPE.fetch) return at;
  const valid = message instanceof Proposal && message.validRound >= 0 ? `  valid in round ${message.validRound}` : '';
  return `${at}  round ${roundOf(message)}  ${digest === 0 ? 'nil' : `value ${digest}`}${valid}`;
}
