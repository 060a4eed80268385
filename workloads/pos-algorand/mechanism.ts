// Algorand message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { lastingFaults } from '../../harness/simulate/core/faults.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { requestsOf, type SignedMessage } from '../parts/messages.ts';
import { anyRecovers } from '../parts/write-ahead.ts';
import { Blocks, Contents } from './blocks.ts';
import { Committees, STEP } from './committees.ts';
import { broken } from './invariants.ts';
import { filterOf } from './liars.ts';
import { BOTTOM, TYPE, Vote, periodOf, stepOf } from './messages.ts';
import { Node } from './node.ts';
import type { AlgorandParameters } from './parameters.ts';
import { missingQuorum, round_us, rulesOf } from './rules.ts';
import type { Run } from './state.ts';

export function algorandMechanism(setup: Setup<AlgorandParameters>): Mechanism<Node, SignedMessage> {
  const { faults, nodes, cell } = setup;
  const rules = rulesOf(setup);
  const { stakes, total } = rules;
  const blocks = new Blocks();
  const contents = setup.collect ? new Contents(setup, blocks) : null;
  const committees = new Committees({ seed: cell.seed, stakes, nodes, total });
  const log = new OperationLog(contents?.digestOf ?? null);
  const run: Run = { setup, rules, committees, blocks, log, contents, persists: anyRecovers(faults), keepsDecisions: faults.count > 0 };
  const lasting = lastingFaults(faults);
  return {
    roles: [{ id: 'node', count: nodes, counted: true, cores: cell.node.cores, region: 'spread', faultable: true }],
    log,
    ...(stakes === null ? {} : { weights: stakes }),
    commitQuorum: rules.commitQuorum,
    counts: ['signs', 'verifies', 'batches', 'votes', 'digest_bytes', 'evaluations'],
    bound_tps: (cell.transactions.per_decision * 1e6) / round_us(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: rules.oneCorrect,
      // Nobody knows who proposes next: transactions are told to all, as relays do. Whether one is turned away node 0 says.
      leaderOf: () => 0,
      asks: 'all',
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => new Node(context, run),
    step: (node, input, out) => node.next(input, out),
    filterOf: (node, entry) => filterOf(run, node, entry),
    broken,
    hopeless: () => missingQuorum(setup, rules),
    lastly: (states) => {
      let [viewChanges, rounds, emptyBlocks] = [0, 0, 0];
      for (const node of states) {
        if (lasting[node.id] !== 0) continue;
        viewChanges = Math.max(viewChanges, node.periodsSkipped);
        if (node.rounds > rounds) [rounds, emptyBlocks] = [node.rounds, node.emptyBlocks];
      }
      const observations = { rounds, empty_blocks: emptyBlocks };
      return { viewChanges, adversaryShare: rules.bound / total, observations };
    },
    describe: (message) => describe(message, committees),
    nameOf: (participant) => `node ${participant}`,
  };
}

const STEP_NAME: ReadonlyMap<number, string> = new Map(Object.entries(STEP).map(([name, step]) => [step, name.toUpperCase()]));
const OTHERS: ReadonlyMap<number, string> = new Map([
  [TYPE.request, 'request'],
  [TYPE.reply, 'reply'],
  [TYPE.fetch, 'FETCH'],
  [TYPE.decision, 'DECISION'],
]);

function describe(message: SignedMessage, committees: Committees): string {
  const { type, sequence, digest, signer } = message;
  if (!(message instanceof Vote)) {
    const of = type === TYPE.request || type === TYPE.reply ? '' : 'round ';
    return `${(OTHERS.get(type) ?? '').padEnd(8)}  ${of}${sequence}`;
  }
  const [period, step] = [periodOf(message), stepOf(message)];
  const name = STEP_NAME.get(step) ?? `NEXT ${step - STEP.next}`;
  const weight = committees.weightOf(signer, sequence, period, step);
  const what = digest === BOTTOM ? 'bottom' : `block ${digest}`;
  return `${name.padEnd(8)}  round ${sequence}  period ${period}  ${what}  chosen ${weight} times`;
}
