// Federated signing message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from '../parts/contents.ts';
import { requestsOf } from '../parts/messages.ts';
import { Turncoat } from './equivocator.ts';
import { Generator } from './generator.ts';
import { broken, type SeenSigned } from './invariants.ts';
import { filterOf } from './liars.ts';
import { GENERATOR, TYPE, TYPE_NAME } from './messages.ts';
import type { FederatedParameters } from './parameters.ts';
import { bound_tps, missingQuorum, rulesOf } from './rules.ts';
import { Signer, type Note, type Run } from './signer.ts';

export type FederatedState = Signer | Turncoat;

export function federatedMechanism(setup: Setup<FederatedParameters>, rules = rulesOf(setup)): Mechanism<FederatedState, Note> {
  const { faults, nodes, cell } = setup;
  const contents = setup.collect ? new Contents(setup) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const run: Run = { setup, rules, log, contents, certificates: new WeakMap() };
  const seen: SeenSigned = new Map();
  return {
    roles: [{ id: 'signer', count: nodes, counted: true, cores: cell.node.cores, region: 'spread', faultable: true }],
    log,
    commitQuorum: rules.quorum,
    counts: ['signs', 'verifies', 'batches', 'votes', 'digest_bytes'],
    bound_tps: bound_tps(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: 1,
      leaderOf: () => GENERATOR,
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => {
      const equivocates = faults.entries.find(({ kind, faulty }) => kind === 'equivocate' && faulty[context.id] === 1);
      if (equivocates !== undefined) return new Turncoat(context, run, equivocates);
      return context.id === GENERATOR ? new Generator(context, run) : new Signer(context, run);
    },
    step: (state, input, out) => state.step(input, out),
    filterOf: (_, entry) => filterOf(run, entry),
    broken: (states) => broken(states, seen),
    hopeless: () => missingQuorum(setup, rules),
    lastly: () => ({ viewChanges: 0, adversaryShare: rules.bound / nodes }),
    describe: (message) => {
      const { type, sequence, digest } = message;
      const name = (TYPE_NAME[type] ?? '').padEnd(13);
      if (type === TYPE.request || type === TYPE.reply) return `${name} batch ${sequence}`;
      return type === TYPE.fetch ? `${name} height ${sequence}` : `${name} height ${sequence}  block ${digest}`;
    },
    nameOf: (node) => (node === GENERATOR ? 'generator' : `signer ${node}`),
  };
}
