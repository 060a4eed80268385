// Stages between finding and publishing, beside what else goes on: faults of every kind, and loads.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOAD_RULES, type LoadSpec } from '../../../harness/model/load.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import { Links } from '../../../harness/simulate/chain/outages.ts';
import { peerGraph } from '../../../harness/simulate/chain/peers.ts';
import { runChainUnderLoad } from '../../../harness/simulate/chain/run.ts';
import type { BlockInfo, ChainHistory, ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import type { BlockTree } from '../../../harness/model/block-tree.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import type { FaultSpec } from '../../../harness/model/fault.ts';
import praos, { praosSpec } from '../../../workloads/pos-praos.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { FREE, WAN, fixed } from '../../cells.ts';
import { holds } from '../../support/property.ts';
import { chainSetup } from '../chain-setup.ts';
import { both, cells, result, shared, sharesOf } from './drawn.ts';

/** Signed by others for a time that its number gives, every `never`th block never. */
const signed =
  (most_us: number, never: number): NonNullable<ChainSpec['stages']> =>
  (blocks, block) =>
    block % never === 0
      ? { at_us: Infinity, messages: 2, bytes: 200, counts: { signs: 1 } }
      : {
          at_us: blocks.found_us(block) + ((block * 7919) % most_us),
          messages: 4,
          bytes: 400,
          counts: { signs: 3 },
          receiverCounts: { verifies: block % 4 },
        };

/** The same, and whoever's turn it is publishes, if the finder reaches it: of an adversary's blocks others too, and the adversary of others'. */
const handedOn = (stages: NonNullable<ChainSpec['stages']>, spec: ChainSpec, seed: number): NonNullable<ChainSpec['stages']> => {
  const { participants, faults, relay, peerDegree } = spec;
  const { neighbours } = peerGraph({ seed, nodes: participants, degree: relay === 'direct' ? Infinity : peerDegree });
  const { part } = new Links(faults, participants, (node) => neighbours[node]!);
  return (blocks, block) => {
    const publisher = (block * 31) % participants;
    return { ...stages(blocks, block), ...(part[publisher] === part[blocks.miner(block)] ? { publisher } : {}) };
  };
};

describe('chain equals messages', () => {
  // Parts of the mean gap. Of longer ones difficulty would fall without end: the chain grows no faster for it.
  const stages = fc.record({ longest: fc.constantFrom(0, 0.1, 0.7), never: fc.constantFrom(3, 5, 1_000_000), handed: fc.boolean() });
  const withStages = (spec: ChainSpec, seed: number, most_us: number, { never, handed }: { never: number; handed: boolean }): ChainSpec => {
    const own = signed(most_us, never);
    return {
      ...spec,
      stages: handed ? handedOn(own, spec, seed) : own,
      observe: (_, { totals: { complete, staged } }) => ({ complete, ...staged }),
    };
  };
  test('pow with stages: all fields of the outcome, over drawn cells with every kind of fault', () => {
    const parameters = fc.record({
      ...shared,
      block_interval_s: fc.constantFrom(0.2, 1, 10),
      // Three times in a run at most: where stages and delays limit the growth, each fourth part of the difficulty is four times the candidates.
      retarget_interval_blocks: fc.constantFrom(7, 12, 2016),
    });
    holds(
      fc.property(cells, parameters, stages, (cell, drawn, { longest, ...rest }) => {
        const most_us = 1 + Math.round(longest * drawn.block_interval_s * 1e6);
        const wanted = { ...cell, parameters: drawn, horizon_us: 1e8 * drawn.block_interval_s, risk: 0.05 };
        const { chain, messages } = both(pow, (setup) => withStages(powSpec(setup), cell.seed, most_us, rest), wanted);
        expect(result(chain)).toEqual(result(messages));
      }),
      { seed: 3, numRuns: 25 },
    );
  });
  test('pos-praos with stages: all fields of the outcome, over drawn cells with every kind of fault', () => {
    const parameters = fc.record({
      ...shared,
      slot_s: fc.constantFrom(0.1, 1),
      active_slot_coefficient: fc.constantFrom(0.05, 0.5, 0.9),
    });
    holds(
      fc.property(cells, parameters, fc.boolean(), stages, (cell, drawn, shares, { longest, ...rest }) => {
        const most_us = 1 + Math.round(longest * drawn.slot_s * 20e6);
        const wanted = { ...cell, parameters: { ...drawn, stakes: sharesOf(cell.nodes, shares) }, horizon_us: 2e8, risk: 0.05 };
        const { chain, messages } = both(praos, (setup) => withStages(praosSpec(setup), cell.seed, most_us, rest), wanted);
        expect(result(chain)).toEqual(result(messages));
      }),
      { seed: 4, numRuns: 25 },
    );
  });
  test('an adversary whose stages outlast its attack never publishes what is built on blocks that it gave up', () => {
    const wanted = {
      nodes: 1,
      seed: 0,
      decisions: 1,
      network: WAN,
      node: FREE,
      parameters: { slot_s: 0.1, active_slot_coefficient: 0.9, merchant_confirmations: 3 },
      fault: { kind: 'double-spend', ratio: 0.45 },
      horizon_us: 2e8,
      risk: 0.05,
    } as const;
    const rest = { never: 3, handed: false };
    const { chain, messages } = both(praos, (setup) => withStages(praosSpec(setup), 0, 1_400_001, rest), wanted);
    expect(result(chain)).toEqual(result(messages));
    const { blocks } = (chain as unknown as { tree: BlockTree }).tree;
    const seen = blocks.filter(({ parent, first_seen_us }) => parent !== null && first_seen_us[0] !== null);
    expect(seen.length).toBeGreaterThan(500);
    for (const { parent, first_seen_us } of seen) {
      expect(blocks[parent!].first_seen_us[0]).not.toBeNull();
      expect(blocks[parent!].first_seen_us[0]).toBeLessThanOrEqual(first_seen_us[0]!);
    }
  });
});

const open = (rate_tps: number, mempool_tx: number): LoadSpec => ({
  ...LOAD_RULES,
  kind: 'open',
  rate_tps,
  arrivals: 'poisson',
  warmup_s: 100,
  window_s: 900,
  mempool_tx,
});
const FAULTS: readonly Partial<FaultSpec>[] = [
  { kind: 'crash', ratio: 0 },
  { kind: 'crash', ratio: 0.3 },
  { kind: 'eclipse', ratio: 0.2 },
  { kind: 'delay', ratio: 0.5, delay_ms: 3000, from_s: 200, until_s: 600 },
  { kind: 'partition', ratio: 0.3, from_s: 200, until_s: 500 },
  { kind: 'power-loss', ratio: 0.3 },
  { kind: 'double-spend', ratio: 0.3 },
];
const finders = [
  ['pow', pow, powSpec, { block_interval_s: 10 }],
  ['pos-praos', praos, praosSpec, { slot_s: 0.5, active_slot_coefficient: 0.1 }],
] as const;

describe.each(finders)('%s with stages under a load', (_, workload, specOf, parameters) => {
  const run = (load: LoadSpec, fault: Partial<FaultSpec>): { outcome: Outcome; history: ChainHistory } => {
    const wanted = { nodes: 9, network: WAN, parameters, fault, load, transactions: { bytes: 250, per_decision: 100 } };
    const setup = chainSetup(workload as typeof pow, { ...wanted, collect: true });
    let history: ChainHistory | undefined;
    const stages = signed(4_000_000, 5);
    const spec: ChainSpec = { ...(specOf as typeof powSpec)(setup), stages, operations: (found) => ((history = found), []) };
    return { outcome: runChainUnderLoad(setup, spec), history: history! };
  };
  test.each(FAULTS.map((fault) => [`${fault.kind} ${fault.ratio}`, fault] as const))(
    'submitted = committed + rejected + waiting, also where a mempool is full (%s)',
    (_name, fault) => {
      const [light, heavy] = [run(open(3, 100_000), fault), run(open(40, 500), fault)].map(({ outcome }) => outcome.load!);
      for (const { submitted, committed, rejected, waiting } of [light!, heavy!]) expect(committed + rejected + waiting).toBe(submitted);
      expect(light!.committed).toBe(light!.submitted);
      expect(heavy!.rejected).toBeGreaterThan(0);
    },
  );
  test('no block is built on one that is not published, and none takes a transaction that only a lost block has', () => {
    const { outcome, history } = run(open(3, 100_000), FAULTS[0]!);
    for (const { number, parent, receivers } of history.blocks.slice(1)) {
      expect(parent === 0 || parent % 5 !== 0).toBe(true);
      if (number % 5 === 0) expect(receivers).toBe(0);
    }
    // A fifth of the blocks is lost, and what they carried is committed by later ones.
    expect(outcome.stale!.stale / outcome.stale!.blocks).toBeGreaterThan(0.15);
    expect(outcome.load!.committed).toBe(outcome.load!.submitted);
  });
});

const findingOf = ({ number, parent, miner, found_us }: BlockInfo): number[] => [number, parent, miner, found_us];

test.each(finders)(
  '%s: where sizes take no time, the blocks under a load are those that the twin finds without one',
  (_, workload, specOf, p) => {
    const run = (load: LoadSpec | null): ChainHistory => {
      const wanted = { nodes: 9, network: fixed(700), parameters: p, decisions: 100, collect: true, ...(load === null ? {} : { load }) };
      const setup = chainSetup(workload as typeof pow, wanted);
      let history: ChainHistory | undefined;
      const operations = (found: ChainHistory): [] => ((history = found), []);
      const spec: ChainSpec = { ...(specOf as typeof powSpec)(setup), stages: signed(4_000_000, 5), operations };
      if (load === null) runChainMessages(setup, spec);
      else runChainUnderLoad(setup, spec);
      return history!;
    };
    const plain = run(null).blocks.map(findingOf);
    const loaded = run(open(30, 1000)).blocks.map(findingOf);
    const alike = Math.min(plain.length, loaded.length);
    expect(alike).toBeGreaterThan(80);
    expect(loaded.slice(0, alike)).toEqual(plain.slice(0, alike));
  },
);
