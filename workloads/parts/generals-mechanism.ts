// Generals (generals.ts) as the harness runs them: what both of their algorithms are to it.
import type { ParameterProblem, PlannedCell, Setup, Workload } from '../../harness/simulate/core/contract.ts';
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import type { OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Campaign, General, OrderMessage, TYPE, TYPE_NAME } from './generals.ts';
import { boundOf, generalsEvents, generalsProblems, tooFewLeft, type GeneralsParameters } from './generals-rules.ts';
import { requestsOf, timestampOf, type SignedMessage } from './messages.ts';

type Counts = Mechanism<unknown, SignedMessage>['counts'];

export interface GeneralsOptions {
  /** Loyal generals that hold an order before it is reported, and the traitors that are borne. */
  readonly commitQuorum: number;
  readonly counts: Counts;
  readonly filterOf: (entry: FaultEntry) => OutboxFilter<SignedMessage> | null;
}

export function generalsMechanism<M extends OrderMessage>(
  setup: Setup<GeneralsParameters>,
  campaign: Campaign<M>,
  { commitQuorum, counts, filterOf }: GeneralsOptions,
): Mechanism<General<M>, SignedMessage> {
  const { rules, disloyal } = campaign;
  return {
    roles: [{ id: 'general', count: setup.nodes, counted: true, cores: setup.cell.node.cores, region: 'spread', faultable: true }],
    log: campaign.log,
    commitQuorum,
    counts,
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: rules.replies,
      leaderOf: () => 0,
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => new General(context, campaign),
    step: (state, input, out) => state.step(input, out),
    filterOf: (_, entry) => filterOf(entry),
    hopeless: () => tooFewLeft(setup, rules),
    lastly: (generals) => {
      let viewChanges = 0;
      for (const { id, leaderChanges } of generals) if (disloyal[id] === 0) viewChanges = Math.max(viewChanges, leaderChanges);
      return { viewChanges, adversaryShare: rules.bound / rules.nodes, observations: campaign.observations() };
    },
    describe,
    nameOf: (participant) => `general ${participant}`,
  };
}

function describe(message: SignedMessage): string {
  const name = TYPE_NAME[message.type].padEnd(8);
  const value = message.digest === 0 ? 'RETREAT' : `digest ${message.digest}`;
  if (message instanceof OrderMessage)
    return `${name} order ${message.sequence}.${message.path[0]}  path ${message.path.join('>')}  ${value}`;
  if (message.type === TYPE.request || message.type === TYPE.reply)
    return `${name} batch ${message.sequence}${message.type === TYPE.reply ? `  ${value}` : ''}`;
  return `${name} ${value} (batch ${timestampOf(message.digest)})`;
}

export const generalsObservations: NonNullable<Workload['observations']> = [
  {
    name: 'ic1_violations',
    unit: 'orders',
    description: 'Orders on which two loyal lieutenants decided differently (IC1).',
    kind: 'positive',
  },
  {
    name: 'ic2_violations',
    unit: 'orders',
    description: 'Orders of a loyal commander that a loyal lieutenant did not obey (IC2).',
    kind: 'positive',
  },
  { name: 'retreats', unit: 'orders', description: 'Orders that ended as RETREAT: the null order was decided.', kind: 'positive' },
];

/** What an algorithm declares of its cells that sends so many messages an order, with a loyal commander and at most. */
export function generalsCells({ usual, most }: Readonly<Record<'usual' | 'most', (nodes: number, m: number) => number>>): {
  readonly problems: (cell: PlannedCell<GeneralsParameters>) => readonly ParameterProblem[];
  readonly expectedEvents: NonNullable<Workload<GeneralsParameters>['expectedEvents']>;
} {
  return {
    problems: (cell) => generalsProblems(cell, most),
    expectedEvents: ({ parameters, nodes, decisions }) => {
      const m = boundOf(parameters, nodes);
      return generalsEvents({ nodes, m, decisions, messages: usual(nodes, m) });
    },
  };
}
