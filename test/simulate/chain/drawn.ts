// Cells and parameters that properties of both chain engines are drawn over, and the two engines side by side.
import fc from 'fast-check';
import type { ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import type { BlockTree } from '../../../harness/model/block-tree.ts';
import type { Setup, Workload } from '../../../harness/simulate/core/contract.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import { FREE, LINK, SERVER, WAN, fixed } from '../../cells.ts';
import { chainSetup, type Wanted } from '../chain-setup.ts';

/** All fields of an Outcome but the engine's own measure of its work. */
export function result(outcome: Outcome): Outcome {
  return { ...outcome, events: 0 };
}

export function both<P extends Setup['parameters']>(
  workload: Workload<P>,
  specOf: (setup: Setup<P>) => ChainSpec,
  wanted: Wanted,
): { chain: Outcome; messages: Outcome } {
  const setup = chainSetup(workload, { ...wanted, collect: true });
  // Beside each outcome, and compared with it: the tree of the run's blocks.
  const withTree = (run: (setup: Setup<P>, spec: ChainSpec) => Outcome): Outcome => {
    let tree: BlockTree | undefined;
    const outcome = run({ ...setup, tree: (found) => (tree = found) }, spec);
    return Object.assign(outcome, { tree });
  };
  // In the place of operations stands what they are made of.
  const spec = { ...specOf(setup), operations: (history: unknown) => [[history]] } as unknown as ChainSpec;
  return { chain: withTree(runChain), messages: withTree(runChainMessages) };
}

const networks: readonly NetworkSpec[] = [
  WAN,
  { kind: 'wan-5-regions', bandwidth_mbps: 20, loss: 0.05, rto_ms: 200 },
  // All ties.
  fixed(0),
  fixed(100),
  fixed(1000),
  // A tenth of the delays is 0 before the floor of a hop.
  { kind: 'normal', mean_ms: 50, sd_ms: 40, ...LINK },
  { kind: 'normal', mean_ms: 3000, sd_ms: 2000, ...LINK, loss: 0.1 },
  // Ties between announcers whose bodies then take different times.
  {
    kind: 'matrix',
    name: 'halves',
    origin: 'made up',
    one_way_ms: [
      [5, 50],
      [50, 5],
    ],
    jitter: 0,
    bandwidth_mbps: 100,
    loss: 0.2,
    rto_ms: 30,
  },
];

const placed = fc.constantFrom('worst', 'random');
const lateness = fc.oneof(
  fc.record({
    kind: fc.constant('partition'),
    ratio: fc.constantFrom(0.3, 0.5),
    placement: placed,
    from_s: fc.constantFrom(0, 5, 60),
    until_s: fc.constantFrom(61, 200, 3000),
  }),
  fc.record({
    kind: fc.constant('delay'),
    ratio: fc.constantFrom(0.3, 1),
    placement: placed,
    delay_ms: fc.constantFrom(1, 700, 20_000),
    from_s: fc.constantFrom(0, 50),
    until_s: fc.constantFrom(100, 1000),
  }),
);

export const cells = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
  nodes: fc.integer({ min: 1, max: 32 }),
  network: fc.constantFrom(...networks),
  node: fc.constantFrom(FREE, SERVER),
  decisions: fc.integer({ min: 1, max: 25 }),
  transactions: fc.constantFrom({ bytes: 250, per_decision: 500 }, { bytes: 1, per_decision: 1 }),
  fault: fc.oneof(
    fc.record({ kind: fc.constantFrom('crash', 'power-loss', 'eclipse', 'partition'), ratio: fc.constantFrom(0, 0.1, 0.3, 0.5, 0.8, 1) }),
    fc.record({ kind: fc.constant('double-spend'), ratio: fc.constantFrom(0, 0.1, 0.3, 0.45, 0.6, 1) }),
    fc.record({
      kind: fc.constantFrom('power-loss', 'double-spend'),
      ratio: fc.constantFrom(0.3, 1),
      from_s: fc.constantFrom(0, 5, 100),
      until_s: fc.constantFrom(200, 1000),
    }),
    // What goes on all the time or only makes messages late: the rest is for messages alone.
    lateness,
    fc.record({
      kind: fc.constant('schedule'),
      schedule: fc.array(
        fc.oneof(lateness, fc.record({ kind: fc.constant('crash'), ratio: fc.constantFrom(0.2, 0.5), placement: placed })),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
    }),
  ) as fc.Arbitrary<Partial<FaultSpec>>,
});

/** Faults of nodes, which a relay network bears beside it. */
export const nodeFaults = fc.record({
  kind: fc.constantFrom('crash', 'power-loss', 'double-spend'),
  ratio: fc.constantFrom(0, 0.1, 0.3, 0.45, 0.6, 1),
}) as fc.Arbitrary<Partial<FaultSpec>>;

export const shared = {
  relay: fc.constantFrom('announce', 'compact', 'direct'),
  peer_degree: fc.constantFrom(2, 3, 8, 'all'),
  merchant_confirmations: fc.constantFrom('auto', 1, 2, 3),
  give_up_deficit_blocks: fc.constantFrom('auto', 0, 3),
  adversary_share: fc.constantFrom(0, 0.1, 0.25, 0.5),
  attacks: fc.constantFrom('auto', 1, 3),
};

/** A list of shares for the cell's nodes, where they are at least three: some hold nothing, and one of them half. */
export function sharesOf(nodes: number, shares: boolean): string {
  if (!shares || nodes < 3) return 'equal';
  return Array.from({ length: nodes }, (_, node) => (node === 1 ? nodes : node % 3 === 0 ? 0 : 1.5)).join();
}

/** Faults of every kind under which both engines are compared, named: for the whole run and for a while. `share`: an adversary's below one half. */
export function chainFaults(share: number): [string, Partial<FaultSpec>][] {
  const faults: readonly Partial<FaultSpec>[] = [
    { kind: 'crash', ratio: 0 },
    { kind: 'crash', ratio: 0.3 },
    { kind: 'eclipse', ratio: 0.2 },
    { kind: 'partition', ratio: 0.4 },
    { kind: 'partition', ratio: 0.4, from_s: 50, until_s: 200 },
    { kind: 'delay', ratio: 0.5, delay_ms: 2000, from_s: 20, until_s: 500 },
    { kind: 'power-loss', ratio: 0.3, from_s: 50, until_s: 400 },
    { kind: 'double-spend', ratio: share },
    { kind: 'double-spend', ratio: 0.6 },
    { kind: 'double-spend', ratio: 0.4, from_s: 100, until_s: 900 },
  ];
  return faults.map((fault) => [`${fault.kind} ${fault.ratio} from ${fault.from_s ?? 0} s`, fault]);
}
