// HotStuff message by message, as the harness runs it.
import { isDefaultLoad } from '../../harness/model/load.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { lastingFaults } from '../../harness/simulate/core/faults.ts';
import { AGGREGATE_COUNTS, OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism, NodeContext } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from '../parts/contents.ts';
import { requestsOf, type SignedMessage } from '../parts/messages.ts';
import { anyRecovers } from '../parts/write-ahead.ts';
import { BasicReplica } from './basic.ts';
import { Blocks, Certificate } from './blocks.ts';
import { ChainedReplica } from './chained.ts';
import { Watch, broken } from './invariants.ts';
import { filterOf } from './liars.ts';
import { TYPE, Statement } from './messages.ts';
import type { HotStuffParameters } from './parameters.ts';
import { Replica } from './replica.ts';
import { bound_tps, missingQuorum, rulesOf } from './rules.ts';
import type { Run } from './state.ts';
import { Turncoat } from './turncoat.ts';

export type HotStuffState = Replica | Turncoat;

export function hotStuffMechanism(setup: Setup<HotStuffParameters>, rules = rulesOf(setup)): Mechanism<HotStuffState, SignedMessage> {
  const { faults, cell, nodes } = setup;
  const contents = setup.collect ? new Contents(setup) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const blocks = new Blocks();
  const run: Run = {
    setup,
    rules,
    log,
    blocks,
    first: new Certificate(TYPE.prepareVote, blocks.genesis, []),
    contents,
    persists: anyRecovers(faults),
    keepsDecisions: faults.count > 0,
    asked: isDefaultLoad(cell.load) ? cell.decisions : Infinity,
    watch: new Watch(setup.audit === undefined ? null : nodes),
  };
  const lasting = lastingFaults(faults);
  const make = (context: NodeContext<SignedMessage>): Replica =>
    rules.variant === 'basic' ? new BasicReplica(context, run) : new ChainedReplica(context, run);
  return {
    roles: [{ id: 'replica', count: nodes, counted: true, cores: cell.node.cores, region: 'spread', faultable: true }],
    log,
    commitQuorum: rules.quorum,
    counts: ['signs', 'verifies', 'batches', 'votes', 'digest_bytes', ...(rules.form === 'aggregate' ? AGGREGATE_COUNTS : [])],
    bound_tps: bound_tps(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: rules.bound + 1,
      leaderOf: rules.leaderOf,
      asks: 'gossip',
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => {
      const lies = faults.entries.find(({ kind, faulty }) => kind === 'equivocate' && faulty[context.id] === 1);
      return lies === undefined ? make(context) : new Turncoat(make(context), run, lies);
    },
    step: (state, input, out) => state.step(input, out),
    filterOf: (node, entry) => filterOf(run, node, entry),
    hopeless: () => missingQuorum(setup, rules),
    broken: (states) => broken(states.filter((state) => state instanceof Replica)),
    lastly: (states) => {
      let viewChanges = 0;
      // Without a quorum nobody comes to a view but alone.
      if (missingQuorum(setup, rules) !== '') states = [];
      for (const state of states)
        if (state instanceof Replica && lasting[state.id] === 0) viewChanges = Math.max(viewChanges, state.viewChanges);
      return { viewChanges, adversaryShare: rules.bound / nodes };
    },
    describe: (message) => describe(message, rules.variant === 'basic'),
    nameOf: (participant) => `replica ${participant}`,
  };
}

const NAMES: Readonly<Record<number, string>> = {
  [TYPE.request]: 'request',
  [TYPE.newView]: 'NEW-VIEW',
  [TYPE.prepare]: 'PREPARE',
  [TYPE.prepareVote]: 'prepare vote',
  [TYPE.preCommit]: 'PRE-COMMIT',
  [TYPE.preCommitVote]: 'pre-commit vote',
  [TYPE.commit]: 'COMMIT',
  [TYPE.commitVote]: 'commit vote',
  [TYPE.decide]: 'DECIDE',
  [TYPE.reply]: 'reply',
  [TYPE.fetch]: 'FETCH',
  [TYPE.decision]: 'DECISION',
  [TYPE.ask]: 'FETCH block',
  [TYPE.block]: 'BLOCK',
};
const CHAINED_NAMES: typeof NAMES = { ...NAMES, [TYPE.prepare]: 'GENERIC', [TYPE.prepareVote]: 'vote' };

function describe(message: SignedMessage, isBasic: boolean): string {
  const { type, view, sequence, digest } = message;
  const name = ((isBasic ? NAMES : CHAINED_NAMES)[type] ?? '').padEnd(16);
  if (type === TYPE.request || type === TYPE.reply) return `${name} ${sequence}`;
  if (!(message instanceof Statement)) return `${name} height ${sequence}`;
  const certificate = message.parent < 0 ? 'the genesis block' : `view ${message.parent}`;
  if (type === TYPE.newView) return `${name} view ${view}  certificate of ${certificate}`;
  return `${name} view ${view}  height ${sequence}  ${digest === 0 ? 'empty' : `batch ${digest}`}  after ${certificate}`;
}
