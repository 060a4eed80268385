// PBFT message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { lastingFaults } from '../../harness/simulate/core/faults.ts';
import { uplink_bps } from '../../harness/simulate/core/network.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from './contents.ts';
import { TYPE, TYPE_NAME, type PbftMessage } from './messages.ts';
import { requestsOf } from '../parts/messages.ts';
import { broken } from './invariants.ts';
import type { PbftParameters } from './parameters.ts';
import { Turncoat, filterOf } from './liars.ts';
import { anyRecovers } from '../parts/write-ahead.ts';
import { Replica } from './replica.ts';
import { missingQuorum, rulesOf, type Rules, type Sized } from './rules.ts';
import type { Run } from './state.ts';

export type PbftState = Replica | Turncoat;

export function pbftMechanism(setup: Setup<PbftParameters>, rules = rulesOf(setup)): Mechanism<PbftState, PbftMessage> {
  const { faults } = setup;
  const contents = setup.collect ? new Contents(setup) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const run: Run = { setup, rules, log, contents, persists: anyRecovers(faults) };
  const lasting = lastingFaults(faults);
  return {
    roles: [{ id: 'replica', count: setup.nodes, counted: true, cores: setup.cell.node.cores, region: 'spread', faultable: true }],
    log,
    ...(rules.weights === null ? {} : { weights: rules.weights }),
    commitQuorum: rules.commitQuorum,
    counts: ['signs', 'verifies', 'batches', 'votes', 'digest_bytes', ...(rules.mac ? (['macs'] as const) : [])],
    bound_tps: bound_tps(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: rules.replies,
      // Section 5.1: what a quorum tells survives every view change.
      ...(rules.isTentative || rules.isReadOnly ? { tentativeReplies: rules.quorum } : {}),
      leaderOf: (view) => view % rules.nodes,
      ...(rules.isReadOnly ? { asks: 'all' } : {}),
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => {
      const equivocates = faults.entries.find(({ kind, faulty }) => kind === 'equivocate' && faulty[context.id] === 1);
      return equivocates === undefined ? new Replica(context, run) : new Turncoat(context, run, equivocates);
    },
    step: (state, input, out) => state.step(input, out),
    filterOf: (_, entry) => filterOf(run, entry),
    hopeless: () => missingQuorum(setup, rules),
    broken,
    lastly: (states) => {
      let viewChanges = 0;
      for (const state of states)
        if (state instanceof Replica && lasting[state.id] === 0) viewChanges = Math.max(viewChanges, state.installedView);
      return { viewChanges, adversaryShare: rules.bound / rules.total };
    },
    describe: ({ type, view, sequence, digest }) =>
      `${(TYPE_NAME.get(type) ?? '').padEnd(11)}  view ${view}${sequence > 0 ? `  sequence ${sequence}` : ''}${type === TYPE.prePrepare || type === TYPE.prepare || type === TYPE.commit ? `  digest ${digest}` : ''}`,
    nameOf: (participant) => `replica ${participant}`,
  };
}

/**
 * Transactions a second that the primary cannot exceed: a full PRE-PREPARE and its two votes to each other replica on its uplink, its
 * work on its cores, and the log's window in the time of five messages. About: a search for the capacity begins at a tenth of it.
 */
export function bound_tps({ cell, network, nodes }: Sized, rules: Rules): number {
  const { per_decision } = cell.transactions;
  const perDecision_s = [(5 * network.maxDelay_us) / 1e6 / rules.window];
  const sent_bytes = (nodes - 1) * (rules.prePrepare_bytes + rules.vote_bytes);
  if (network.bandwidth_bps > 0) perDecision_s.push((sent_bytes * 8) / uplink_bps(network, 0));
  perDecision_s.push((rules.propose_ns + 2 * rules.quorumEvent_ns(rules.quorumVotes)) / 1e9 / cell.node.cores);
  const slowest_s = Math.max(...perDecision_s);
  return slowest_s > 0 ? per_decision / slowest_s : 1e6;
}
