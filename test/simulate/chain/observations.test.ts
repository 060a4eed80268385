// Columns that all chains can have.
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { runChainMessages } from '../../../harness/simulate/chain/messages.ts';
import type { ChainHistory } from '../../../harness/simulate/chain/spec.ts';
import type { NetworkSpec } from '../../../harness/model/cell.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { fixed } from '../../cells.ts';
import { chainSetup, type Wanted } from '../chain-setup.ts';

/** The outcome, which both engines agree on, and the blocks of the run. */
function run(wanted: Wanted) {
  const setup = chainSetup(pow, { ...wanted, collect: true });
  let history: ChainHistory | undefined;
  const spec = { ...powSpec(setup), operations: (found: ChainHistory) => ((history = found), []) };
  const outcome = runChain(setup, spec);
  expect({ ...runChainMessages(setup, spec), events: 0 }).toEqual({ ...outcome, events: 0 });
  return { outcome, history: history!, observed: outcome.observations! };
}

describe('orphans: blocks that come before their parents', () => {
  // One node a region. What node 0 finds is with node 1 at once and with node 2 late, to whom node 1 is near.
  const one_way_ms = [
    [1, 10, 3000],
    [10, 1, 10],
    [3000, 10, 1],
  ];
  const network: NetworkSpec = {
    kind: 'matrix',
    name: 'triangle',
    origin: 'made up',
    one_way_ms,
    jitter: 0,
    bandwidth_mbps: 1000,
    loss: 0,
    rto_ms: 200,
  };

  test('as many as the delays say, block by block', () => {
    const { history, observed } = run({
      nodes: 3,
      decisions: 400,
      network,
      transactions: { bytes: 1, per_decision: 1 },
      parameters: { relay: 'direct', block_interval_s: 2 },
    });
    // 24 + 80 + 1 + 1 bytes on half of an uplink of 1 Gbit/s.
    const UPLOAD_us = 2;
    const accepted_us = [[0, 0, 0]];
    let orphans = 0;
    let stale = 0;
    const main = new Set(history.main);
    for (const { number, parent, miner, found_us } of history.blocks.slice(1)) {
      accepted_us[number] = [0, 1, 2].map((node) => {
        if (node === miner) return found_us;
        const arrived_us = found_us + UPLOAD_us + 1000 * one_way_ms[miner]![node]!;
        if (arrived_us < accepted_us[parent]![node]!) orphans += 1;
        return Math.max(arrived_us, accepted_us[parent]![node]!);
      });
      if (!main.has(number)) stale += 1;
    }
    expect(observed['orphan_arrivals']).toBe(orphans);
    expect(orphans).toBeGreaterThan(50);
    // An orphan need not go stale, nor a stale block be an orphan.
    expect(stale).toBeGreaterThan(50);
    expect(stale).not.toBe(orphans);
  });

  test('where nothing overtakes there are none, though blocks go stale', () => {
    const { outcome, observed } = run({
      nodes: 3,
      decisions: 200,
      network: fixed(1000),
      parameters: { relay: 'direct', block_interval_s: 2 },
    });
    expect(outcome.stale!.stale).toBeGreaterThan(20);
    expect(observed).toEqual({ orphan_arrivals: 0 });
  });
});

test("an adversary's revenue: its share of the final chain's blocks, and how many of them come in a mean gap", () => {
  const { outcome, history, observed } = run({
    nodes: 3,
    decisions: 300,
    network: fixed(100),
    parameters: { block_interval_s: 20, merchant_confirmations: 2 },
    fault: { kind: 'double-spend', ratio: 0.3 },
  });
  // The history of a measured cell ends with what is counted; here that is all of the final chain.
  const own = history.main.slice(1).filter((number) => history.blocks[number]!.miner === 3).length;
  expect(history.main.length - 1).toBe(outcome.divisor);
  expect(observed['adversary_revenue_relative']).toBeCloseTo(own / outcome.divisor, 12);
  expect(observed['adversary_revenue_relative']).toBeCloseTo(1 - outcome.chainQuality!, 12);
  const end_us = outcome.finalities_us.reduce(
    (most, finality, i) => Math.max(most, finality + outcome.latencies_us.slice(0, i).reduce((sum, x) => sum + x, 0)),
    0,
  );
  expect(observed['adversary_revenue_absolute']! / ((own * 20e6) / end_us)).toBeCloseTo(1, 2);
});
