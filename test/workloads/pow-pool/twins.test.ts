import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import workload from '../../../workloads/pow-pool/index.ts';
import { poolSpec } from '../../../workloads/pow-pool/mechanism.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec } from '../../../workloads/parts/proof-of-work.ts';
import { WAN } from '../../cells.ts';
import { both, cells, chainFaults, result, shared, sharesOf } from '../../simulate/chain/drawn.ts';
import { chainSetup } from '../../simulate/chain-setup.ts';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import { inFull } from '../../support/full.ts';
import { holds } from '../../support/property.ts';

describe('chain equals messages', () => {
  const poolParameters = fc.record({
    ...shared,
    // Longer than a share and a job take: else no difficulty is low enough for a height in that time.
    block_interval_s: fc.constantFrom(60, 600),
    // Jobs of different difficulty side by side.
    retarget_interval_blocks: fc.constantFrom(3, 4, 7, 2016),
    pool_share: fc.constantFrom(0, 0.3, 0.5, 1),
    share_difficulty_ratio: fc.constantFrom(0.1, 0.3, 1),
    pplns_window_blocks: fc.constantFrom(0.5, 2),
    hopping_threshold: fc.constantFrom(0, 0.434818, 2),
  });
  const guests = fc.record({
    kind: fc.constantFrom('pool-hopping', 'block-withholding', 'selfish'),
    ratio: fc.constantFrom(0, 0.1, 0.3, 0.6),
    from_s: fc.constantFrom(0, 50),
  });
  test('all fields of the outcome, every share and every job, over drawn cells', () => {
    holds(
      fc.property(cells, poolParameters, fc.boolean(), fc.option(guests), (cell, drawn, shares, guest) => {
        const parameters = { ...drawn, hash_shares: sharesOf(cell.nodes, shares) };
        const fault = guest ?? cell.fault;
        const wanted = { ...cell, fault, parameters, horizon_us: 3e8 * parameters.block_interval_s, risk: 0.05 };
        const { chain, messages } = both(workload, poolSpec, wanted);
        expect(result(chain)).toEqual(result(messages));
      }),
      { seed: 1, numRuns: inFull(150, 20) },
    );
  });

  test.each(chainFaults(0.3))('%s', (_, fault) => {
    const { chain, messages } = both(workload, poolSpec, {
      nodes: 12,
      network: WAN,
      decisions: 12,
      fault,
      parameters: { block_interval_s: 2, share_difficulty_ratio: 0.1 },
      horizon_us: 3e9,
      risk: 0.05,
    });
    expect(result(chain)).toEqual(result(messages));
    if (fault.kind === 'crash') expect(chain.observations!['pool_shares']).toBeGreaterThan(20);
  });
});

test('where nobody mines in a pool the run is that of pow', () => {
  for (const fault of [{ kind: 'crash', ratio: 0.2 } as const, { kind: 'double-spend', ratio: 0.3 } as const]) {
    const wanted = { nodes: 8, network: WAN, decisions: 60, fault };
    const pooled = chainSetup(workload, { ...wanted, parameters: { pool_share: 0 } });
    const own = runChain(pooled, poolSpec(pooled));
    const setup = chainSetup(pow, wanted);
    const { observations, ...others } = runChain(setup, powSpec(setup));
    expect(own).toMatchObject(others);
    expect(own.observations).toMatchObject(observations!);
  }
});
