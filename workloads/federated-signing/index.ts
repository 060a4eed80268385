// Federated signing: the consensus of Chain Core (Chain Protocol 1, "Federated Consensus" and "Federated Consensus Protocol", 2017). One
// generator makes each block, and M of N block signers sign it.
//
// Two programs of one protocol. mechanism.ts is the protocol message by message; waves.ts is its common path as data, for large n. They share
// rules.ts and agree to the bit: test/workloads/federated-signing/waves.test.ts.
import type { PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { plannedNetwork } from '../../harness/simulate/core/bandwidth.ts';
import { expectedWork } from '../../harness/simulate/core/load/expected.ts';
import { departOffset_us, meanDelay_us, upload_ns } from '../../harness/simulate/core/network.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { GENERATOR } from './messages.ts';
import { federatedMechanism } from './mechanism.ts';
import { defaultQuorum, faultsBorne, parameters, quorumProblems, type FederatedParameters } from './parameters.ts';
import { HORIZON, bound_tps, horizonOf, rulesOf } from './rules.ts';
import { waves } from './waves.ts';

/** Messages that follow each other from a client's request to its reply. */
const HOPS = 4;

function expectedEvents(cell: PlannedCell<FederatedParameters> & Pick<Cell, 'decisions' | 'node'>): number {
  const { nodes, parameters: p, load } = cell;
  const setup = { cell, nodes, parameters: p, network: plannedNetwork(cell.network, nodes) };
  const rules = rulesOf(setup);
  const upload_us = departOffset_us(upload_ns(setup.network, rules.signRequest.bytes, GENERATOR), Math.max(0, nodes - 2));
  const decision_us = Math.max(1, rules.period_us, HOPS * meanDelay_us(setup.network) + upload_us);
  const { transactions, batches } = expectedWork(cell, { decision_us, bound_tps: bound_tps(setup, rules) });
  // Three messages and two pieces of work a signer.
  const events = batches * (5 * nodes + 4);
  return load.kind === 'closed' ? events : events + 2 * transactions;
}

const federatedSigning: Workload<FederatedParameters> = {
  id: 'federated-signing',
  mark: 16,
  revision: 1,
  title: 'Federated consensus: a generator and M of N block signers',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: {
    authors: 'Chain Inc.',
    title: 'Federated Consensus',
    venue: 'Chain Protocol papers and specifications, release 1.2',
    year: 2017,
    section: 'federated-consensus.md, consensus.md',
  },
  parameters,
  problems: ({ parameters: p, nodes }) => quorumProblems(p, nodes),
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 1, max: 20_000 },
  bound: {
    claim:
      'safe while at most 2M - N - 1 of N signers equivocate together with the generator; live while the generator is correct and at most N - M signers are faulty; f is the smaller number, floor((N - 1) / 3) at M = ceil(2N / 3)',
    faults: faultsBorne,
    // The generator may be who lies: then it can use up a height, and the source leaves the rest to administrators.
    safetyAlone: ['equivocate', 'wrong-vote', 'bad-signature', 'replay'],
  },
  exactKinds: [],
  commitQuorum: defaultQuorum,
  loads: ['closed', 'open', 'saturate'],
  expectedEvents,
  persists: () => true,
  engines: { waves, messages: (setup) => runVoting(setup, (one) => federatedMechanism(one as typeof setup)) },
  horizon_us: horizonOf,
  horizon: HORIZON,
};
export default federatedSigning;
