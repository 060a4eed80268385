// The lottery of timers, which proofs of elapsed time and Nxt's stake share: everybody waits on its own tip.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ln } from '../../../assembly/portable/math.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import type { ChainHistory, ChainSpec } from '../../../harness/simulate/chain/spec.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { EngineLimit } from '../../../harness/simulate/core/contract.ts';
import { PURPOSE, draw32, drawKey, drawUnit } from '../../../harness/simulate/core/draws.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec, type PowParameters } from '../../../workloads/parts/proof-of-work.ts';
import { WAN, fixed } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { holds } from '../../support/property.ts';
import { chainSetup, relativeHalfWidth, zScore, type Wanted } from '../chain-setup.ts';
import { both, cells, result, shared, sharesOf } from './drawn.ts';

const draws = (seed: number, tip: number) => drawKey(seed, { purpose: PURPOSE.eligibility, type: 1, sequence: tip });

/** pow's cell with exponential timers of the same mean gap in the place of its clock; `step_us` puts them on a grid, with ties. */
function timed(setup: Setup<PowParameters>, { step_us = 1, hooks = {} as Partial<ChainSpec> } = {}): ChainSpec {
  const spec = powSpec(setup);
  const interval_us = setup.parameters.block_interval_s * 1e6;
  return {
    ...spec,
    lottery: {
      kind: 'timers',
      interval_us,
      at_us: (_blocks, tip, participant, since_us) => {
        const wait_us = (-ln(drawUnit(draws(setup.cell.seed, tip), participant)) * interval_us) / spec.shares[participant];
        return Math.ceil((since_us + wait_us) / step_us) * step_us;
      },
    },
    ...hooks,
  };
}

describe('chain equals messages', () => {
  const parameters = fc.record({ ...shared, block_interval_s: fc.constantFrom(0.2, 1, 10, 600) });
  const rules = fc.record({
    step_us: fc.constantFrom(1, 100_000, 1_000_000),
    ranks: fc.boolean(),
    weights: fc.boolean(),
    stages: fc.boolean(),
    eligible: fc.boolean(),
  });
  test('all fields of the outcome, over drawn cells and rules', () => {
    holds(
      fc.property(cells, parameters, fc.boolean(), rules, (cell, drawn, shares, rule) => {
        const wanted = {
          ...cell,
          fault: cell.fault.kind === 'power-loss' ? { kind: 'crash' as const, ratio: cell.fault.ratio! } : cell.fault,
          parameters: { ...drawn, hash_shares: sharesOf(cell.nodes, shares) },
          horizon_us: 3e8 * drawn.block_interval_s,
          risk: 0.05,
        };
        const specOf = (setup: Setup<PowParameters>): ChainSpec => {
          const rank = (block: number): number => draw32(draws(setup.cell.seed, block), 1000);
          return timed(setup, {
            step_us: rule.step_us,
            hooks: {
              ...(rule.ranks ? { rank: (_blocks, block) => rank(block) } : {}),
              ...(rule.weights
                ? { weigh: (before, { parent, miner }, blocks) => before + 1 + ((miner + blocks.height(parent)) % 3 === 0 ? 1 : 0) }
                : {}),
              ...(rule.stages
                ? {
                    stages: (blocks, block) => ({
                      at_us: block % 7 === 0 ? Infinity : blocks.found_us(block) + 150_000,
                      messages: 3,
                      bytes: 100,
                    }),
                  }
                : {}),
              ...(rule.eligible ? { eligible: (blocks, tip, miner) => (tip === 0 || blocks.miner(tip) !== miner ? 1 : 0.5) } : {}),
            },
          });
        };
        const { chain, messages } = both(pow, specOf, wanted);
        // Where all timers ran out in vain (for nobody may make a block, or for one that is never whole) and something is on its way beyond the
        // horizon, only messages know of that.
        if ((rule.eligible || rule.stages) && chain.state === 'stalled') expect(messages.state).toBe('stalled');
        else expect(result(chain)).toEqual(result(messages));
      }),
      { seed: 5, numRuns: inFull(400, 150) },
    );
  });
});

function history(wanted: Wanted, hooks: Partial<ChainSpec> = {}, engine: typeof runChain = runChain): ChainHistory {
  const setup = chainSetup(pow, { ...wanted, collect: true });
  let found: ChainHistory | undefined;
  engine(setup, { ...timed(setup, { hooks }), operations: (one) => ((found = one), []) });
  return found!;
}

test('exponential timers without delay are a Poisson clock: mean gap, and blocks in proportion to shares', () => {
  const parameters = { block_interval_s: 20, hash_shares: '3,1,1,1,1,1', peer_degree: 'all' };
  const { blocks, main } = history({ nodes: 6, decisions: 7500, parameters });
  const made = main.slice(1).map((number) => blocks[number]!);
  const mean_us = made.at(-1)!.found_us / made.length;
  // An exponential gap's standard deviation is its mean.
  expect(1.96 / Math.sqrt(made.length)).toBeLessThan(0.05);
  expect(Math.abs((mean_us / 20e6 - 1) * Math.sqrt(made.length))).toBeLessThan(4);
  const own = made.filter(({ miner }) => miner === 0).length;
  expect(relativeHalfWidth(made.length, 3 / 8)).toBeLessThan(0.05);
  expect(Math.abs(zScore(own, made.length, 3 / 8))).toBeLessThan(4);
});

test('a participant makes one block on a tip at most, and none on what it has left', () => {
  const { blocks } = history({ nodes: 8, decisions: 200, network: WAN, parameters: { block_interval_s: 1 } });
  const made = blocks.slice(1).map(({ parent, miner }) => `${parent} ${miner}`);
  expect(new Set(made).size).toBe(made.length);
  // Others do make one on the same tip, where word has not come: the test can fail.
  expect(new Set(blocks.slice(1).map(({ parent }) => parent)).size).toBeLessThan(made.length);
});

test('who comes back after a crash begins its timer on the tip that it had anew', () => {
  const fault = { kind: 'crash', nodes: [1], placement: 'worst', from_s: 10, until_s: 1000 } as const;
  const wanted: Wanted = { nodes: 2, decisions: 1, network: fixed(1), parameters: { block_interval_s: 1e4, adversary_share: 0 }, fault };
  const { at_us } = timed(chainSetup(pow, wanted)).lottery as Extract<ChainSpec['lottery'], { kind: 'timers' }>;
  const [first] = history(wanted, {}, runChainMessages).blocks.slice(1);
  const blocks = { parent: () => 0, height: () => 0, miner: () => 0, found_us: () => 0 };
  expect(at_us(blocks, 0, 1, 0)).toBeGreaterThan(10e6);
  expect(first!.found_us).toBe(Math.min(at_us(blocks, 0, 0, 0), at_us(blocks, 0, 1, 1000e6)));
});

test('what falls at the moment in which the tip was taken comes a microsecond later', () => {
  const setup = chainSetup(pow, { nodes: 3, decisions: 3, network: fixed(1), collect: true });
  const lottery: ChainSpec['lottery'] = {
    kind: 'timers',
    interval_us: 1,
    at_us: (_blocks, _tip, node, since_us) => (node === 0 ? since_us : Infinity),
  };
  for (const engine of [runChain, runChainMessages]) {
    let found: ChainHistory | undefined;
    engine(setup, { ...powSpec(setup), lottery, operations: (one) => ((found = one), []) });
    expect(found!.blocks.map(({ found_us }) => found_us).slice(0, 3)).toEqual([0, 1, 2]);
  }
});

test('votes that bring tips back do not go with timers', () => {
  const setup = chainSetup(pow, { nodes: 4, decisions: 3 });
  const committee = { target: () => 0, weights: () => [1, 1, 1, 1], voteBytes: 1, verify_ns: 1, weigh: (weight: number) => weight };
  expect(() => runChain(setup, { ...timed(setup), committee })).toThrow(EngineLimit);
});
