// Zab message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from '../parts/contents.ts';
import { FIRST_LEADER, leaderBound_tps } from '../parts/leader-log.ts';
import { missingMajority } from '../parts/majorities.ts';
import { HEADER_BYTES, requestsOf } from '../parts/messages.ts';
import { broken } from './invariants.ts';
import { TYPE, describe, type ZabMessage } from './messages.ts';
import { ZabNode } from './node.ts';
import type { ZabParameters } from './parameters.ts';
import { rulesOf, type Rules, type Sized } from './rules.ts';
import type { Run } from './server.ts';

export function zabMechanism(setup: Setup<ZabParameters>, rules = rulesOf(setup)): Mechanism<ZabNode, ZabMessage> {
  const contents = setup.collect ? new Contents(setup) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const observers = Array.from({ length: setup.nodes - rules.voters }, (_, i) => rules.voters + i);
  let viewChanges = 0;
  const run: Run = { setup, rules, log, contents, now_us: 0, established: () => (viewChanges += 1) };
  return {
    roles: [{ id: 'node', count: setup.nodes, counted: true, cores: setup.cell.node.cores, region: 'spread', faultable: true }],
    log,
    commitQuorum: rules.majority,
    counts: ['votes'],
    bound_tps: bound_tps(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: 1,
      leaderOf: () => FIRST_LEADER,
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => new ZabNode(context, run, observers),
    step: (state, input, out) => state.step(input, out),
    hopeless: () => missingMajority(setup, rules.voters, rules.clientTimeout_us + rules.syncLimit_us),
    broken,
    lastly: () => ({ viewChanges }),
    describe,
  };
}

/** PROPOSE and COMMIT to each other voter, INFORM to each observer. */
export function bound_tps(setup: Sized, { voters, propose_bytes, groupCommit }: Rules): number {
  const sent_bytes = (voters - 1) * (propose_bytes + HEADER_BYTES) + (setup.nodes - voters) * propose_bytes;
  return leaderBound_tps(setup, sent_bytes, groupCommit);
}
