import { describe, expect, it } from 'vitest';
import { parseSuite } from '../../../harness/suite/load.ts';
import type { ParameterProblem } from '../../../harness/simulate/core/contract.ts';
import pow, { type PowParameters } from '../../../workloads/pow.ts';
import { chainSetup } from '../chain-setup.ts';

const parametersOf = (input: Partial<PowParameters>): PowParameters => pow.parameters.parse(input);
const hardware = (input: Partial<PowParameters>, nodes = 4) => pow.miningHardware!(parametersOf(input), nodes);
const problems = (input: Partial<PowParameters>): readonly ParameterProblem[] => {
  return pow.problems!({ ...chainSetup(pow, { nodes: 4 }).cell, parameters: parametersOf(input) });
};

describe('mining hardware', () => {
  it('is a core at the rate of the cost table, or what the data sheet of a unit says', () => {
    expect(hardware({})).toEqual({
      name: 'CPU',
      hash_rate_hs: null,
      joules_per_hash: null,
      cores_per_node: 1,
      network_hash_rate_hs: null,
      miners: 4,
      pue: null,
    });
    expect(hardware({ miner: 'asic-s21' })).toMatchObject({ hash_rate_hs: 200e12, joules_per_hash: 17.5e-12 });
    expect(hardware({ miner: 'asic-s21', joules_per_terahash: 28.2, pue: 1.1 })).toMatchObject({ joules_per_hash: 28.2e-12, pue: 1.1 });
  });

  it('nodes of share 0 are no miners', () => {
    expect(hardware({ hash_shares: '1,0,0,0' }).miners).toBe(1);
    expect(hardware({ hash_shares: '97,1,1,1' }).miners).toBe(4);
    expect(hardware({ hash_shares: 'equal' }, 6000).miners).toBe(6000);
  });

  it('a mix of efficient and old units has the mean of their joules by hash rate, and says what it is', () => {
    const mixed = hardware({ miner: 'asic-s21', hardware_mix: '0.7:17.5,0.3:34.5' });
    expect(mixed.joules_per_hash).toBeCloseTo(22.6e-12, 24);
    expect(mixed.name).toBe('mix of ASICs (0.7 at 17.5, 0.3 at 34.5 J/TH)');
  });

  it('mining of the decisions is the part of all mining that goes on until the last of them', () => {
    const setup = chainSetup(pow, { nodes: 4, decisions: 20, fault: { kind: 'power-loss', ratio: 0.5, from_s: 0, until_s: 1200 } });
    const outcome = pow.engines.chain!(setup);
    // 4 nodes, half of each for 1 200 s.
    expect(outcome.decisionsMining_node_s).toBeCloseTo((4 * outcome.elapsed_us) / 1e6 - 2 * 1200, 6);
    expect(outcome.counts.mining_node_s!).toBeGreaterThan(outcome.decisionsMining_node_s!);
  });
});

describe('rules across the parameters of hardware', () => {
  it('the plan refuses them, with file, line and key', () => {
    const plan = (text: string) => () => parseSuite(text, { name: 's.yaml' });
    expect(plan('name: x\nsweep: { nodes: 4 }\nworkloads:\n  pow: { hash_rate_hs: 6.0e18 }\n')).toThrow(
      /^s\.yaml:4: workloads\.pow\.hash_rate_hs: received 6000000000000000000; accepted: at most 100000000 /,
    );
    expect(plan('name: x\nsweep: { nodes: 4 }\nworkloads:\n  pow: { network_hash_rate_hs: 6.0e18 }\n')).not.toThrow();
  });

  it('what exists passes', () => {
    for (const input of [
      {},
      { hash_rate_hs: 2e7, cores_per_node: 16 },
      { miner: 'asic-s21', hash_rate_hs: 1e14 },
      { network_hash_rate_hs: 6e18 },
      { miner: 'asic-s21', network_hash_rate_hs: 557e18, joules_per_terahash: 28.2, pue: 1.05 },
      { miner: 'asic-s21', hardware_mix: '0.7:17.5,0.3:34.5' },
      { miner: 'asic-s21', hardware_mix: '.1:17.5,.2:20,.7:34.5' },
    ] as const)
      expect(problems(input), JSON.stringify(input)).toEqual([]);
  });

  it('a hash rate that the chosen hardware can’t reach is refused: 6.0e18 a core was 125 J a transaction', () => {
    expect(problems({ hash_rate_hs: 6e18 })).toEqual([
      {
        parameter: 'hash_rate_hs',
        accepts:
          'at most 100000000 (no core tries more; miner: asic-s21 does); the rate of all miners is network_hash_rate_hs, like network_hash_rate_hs: 6e20',
      },
    ]);
    expect(problems({ miner: 'asic-s21', hash_rate_hs: 6e18 })[0]).toMatchObject({
      parameter: 'hash_rate_hs',
      accepts: expect.stringMatching(/^at most 200000000000000 \(one Antminer S21\)/),
    });
    // The bound: 64 cycles a hash, at 6 GHz.
    expect(6e9 / 64).toBeLessThan(1e8);
  });

  it.each([
    [{ network_hash_rate_hs: 6e18, cores_per_node: 2 }, 'cores_per_node', /number of units follows/],
    [{ joules_per_terahash: 20 }, 'joules_per_terahash', /auto with miner: cpu.*miner: asic-s21/],
    [{ hardware_mix: '1:20' }, 'hardware_mix', /none with miner: cpu/],
    [{ miner: 'asic-s21', hardware_mix: '1:20', joules_per_terahash: 20 }, 'joules_per_terahash', /auto beside hardware_mix/],
    [{ miner: 'asic-s21', hardware_mix: '0.7:17.5,0.2:34.5' }, 'hardware_mix', /add up to 1 \(these add up to 0\.9\)/],
  ] as const)('%o says what to write', (input, parameter, accepts) => {
    expect(problems(input)).toEqual([{ parameter, accepts: expect.stringMatching(accepts) }]);
  });

  it.each(['17.5', '0.5:', '0.5;17.5', '0.5:17.5,', 'old', ''])('%j is no mix', (hardware_mix) => {
    expect(pow.parameters.safeParse({ hardware_mix }).success).toBe(false);
  });
});
