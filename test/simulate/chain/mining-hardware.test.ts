import { describe, expect, it } from 'vitest';
import { parseSuite, suiteYaml } from '../../../harness/suite/load.ts';
import { planCells } from '../../../harness/suite/plan.ts';
import type { ParameterProblem } from '../../../harness/simulate/core/contract.ts';
import pow from '../../../workloads/pow.ts';
import { type PowParameters } from '../../../workloads/parts/proof-of-work.ts';
import { refusalOf } from '../../suite/refusal.ts';
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

describe('a target instead of a hash rate', () => {
  it.each([
    // Work of the headers of blocks 0 (difficulty 1), 125552, 840000 and 966500: floor(2^256 / (target + 1)).
    ['0x1d00ffff', 4295032833n],
    ['0x1a44b9f2', 1048471149936089n],
    ['0x17034219', 371041696979166003650763n],
    ['0x1702355e', 547405326421326969430430n],
  ])('nBits %s takes %s hashes a block interval', (target_nbits, work) => {
    for (const block_interval_s of [600, 60])
      expect(hardware({ target_nbits, block_interval_s }).network_hash_rate_hs! / (Number(work) / block_interval_s)).toBeCloseTo(1, 14);
  });

  it('block 966500 at 600 s is 912.3 EH/s', () => {
    expect(hardware({ target_nbits: '0x1702355e' }).network_hash_rate_hs! / 1e18).toBeCloseTo(912.3, 1);
  });

  it('is one value, as a number of YAML or as a text, of either case', () => {
    const written = ['0x1702355e', "'0x1702355e'", "'0x1702355E'", String(0x1702355e)].map((bits) => {
      const suite = parseSuite(`name: x\nreplicates: 1\nsweep: { nodes: 4 }\nworkloads: { pow: { target_nbits: ${bits} } }\n`);
      expect(parseSuite(suiteYaml(suite))).toEqual(suite);
      return [...planCells(suite)][0]!;
    });
    expect(written[0]!.parameters['target_nbits']).toBe('0x1702355e');
    for (const cell of written) expect(cell).toEqual(written[0]);
  });

  it.each([
    ['negative', '0x04923456', 76690518],
    ['zero', '0x01003456', 16790614],
    ['beyond 256 bits', '0xff123456', 4279383126],
    ['no eight digits', "'0x1d00ff'", '"0x1d00ff"'],
    ['no hex', 'difficulty-1', '"difficulty-1"'],
  ])('what is %s is refused in one line', (_what, bits, received) => {
    expect(refusalOf(`name: x\nsweep: { nodes: 4 }\nworkloads:\n  pow: { target_nbits: ${bits} }\n`)).toBe(
      `s.yaml:4: workloads.pow.target_nbits: received ${received}; accepted: none, or the eight hex digits of a header's bits, like 0x1702355e, that say a target from 1 to 2^256 - 1: neither negative (0x00800000 set), zero nor beyond 256 bits; see npx consensus-bench list pow`,
    );
  });
});

describe('hash rates and energies with their units', () => {
  it.each([
    ['557 EH/s', 557e18],
    ['100 TH/s', 100e12],
    ['0.5ZH/s', 0.5e21],
    ['94MH/s', 94e6],
    ['1.5e3 kH/s', 1.5e6],
    ['12 H/s', 12],
  ])('%s', (text, rate) => {
    expect(hardware({ network_hash_rate_hs: text as never }).network_hash_rate_hs).toBe(rate);
  });
  it.each([
    ['28.2 J/TH', 28.2],
    ['17.5J/TH', 17.5],
    ['0.3 J/GH', 300],
    ['2 kJ/TH', 2000],
  ])('%s', (text, joules) => {
    expect(parametersOf({ joules_per_terahash: text as never }).joules_per_terahash).toBe(joules);
  });

  it('are the plain numbers: the same cells, checked by the same rules', () => {
    const cellsOf = (parameters: string) => [
      ...planCells(parseSuite(`name: x\nreplicates: 1\nsweep: { nodes: 4 }\nworkloads: { pow: { miner: asic-s21, ${parameters} } }\n`)),
    ];
    expect(cellsOf('network_hash_rate_hs: [557 EH/s, 1 ZH/s], joules_per_terahash: 28.2 J/TH')).toEqual(
      cellsOf('network_hash_rate_hs: [557.0e18, 1.0e21], joules_per_terahash: 28.2'),
    );
    expect(refusalOf('name: x\nsweep: { nodes: 4 }\nworkloads:\n  pow:\n    hash_rate_hs: [1 MH/s, 6 EH/s]\n')).toMatch(
      /^s\.yaml:5: workloads\.pow\.hash_rate_hs.*: received 6000000000000000000; accepted: at most 100000000 /,
    );
  });

  it.each([
    ['network_hash_rate_hs', '557 EH', /received "557 EH"; accepted: auto, or a number above 0 .* like 557 EH\/s; see/],
    ['network_hash_rate_hs', '0 EH/s', /received "0 EH\/s"; accepted: auto/],
    ['network_hash_rate_hs', '28.2 J/TH', /received "28\.2 J\/TH"; accepted: .*like 557 EH\/s/],
    ['hash_rate_hs', '-1', /received -1; accepted: auto, or a number above 0 .* like 100 TH\/s/],
    ['joules_per_terahash', '28.2 J', /received "28\.2 J"; accepted: .* like 28\.2 J\/TH/],
  ])('%s: %s is refused in one line', (parameter, value, message) => {
    const text = refusalOf(`name: x\nsweep: { nodes: 4 }\nworkloads:\n  pow: { ${parameter}: ${value} }\n`);
    expect(text).toMatch(/^s\.yaml:4: workloads\.pow\./);
    expect(text).toMatch(message);
    expect(text).not.toContain('\n');
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
    [{ target_nbits: '0x1d00ffff', cores_per_node: 2 }, 'cores_per_node', /beside target_nbits, from which/],
    [{ target_nbits: '0x1d00ffff', network_hash_rate_hs: 6e18 }, 'target_nbits', /^none beside network_hash_rate_hs/],
    // 2^256 / 4 hashes in 600 s.
    [{ target_nbits: '0x01030000' }, 'target_nbits', /at most 1e\+30 hashes a second/],
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
