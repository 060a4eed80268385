// Energy of public networks, against the figures that are published of them.
import { describe, expect, test } from 'vitest';
import { runChain } from '../../../harness/simulate/chain/engine.ts';
import pow from '../../../workloads/pow.ts';
import { powSpec, type PowParameters } from '../../../workloads/parts/proof-of-work.ts';
import { fixed } from '../../cells.ts';
import { refusalOf } from '../../suite/refusal.ts';
import { chainSetup } from '../chain-setup.ts';

const observed = (parameters: Partial<PowParameters>): Readonly<Record<string, number>> => {
  const setup = chainSetup(pow, { nodes: 4, decisions: 3, network: fixed(100), parameters });
  return runChain(setup, powSpec(setup)).observations!;
};

describe('bitcoin-2024', () => {
  test('138 TWh a year, 2.62 GWh a block, 801 kWh a transaction (of the rounded 138 TWh; 800 of hash rate and joules)', () => {
    const { public_energy_mwh_per_block: block, public_energy_kwh_per_tx: transaction } = observed({ public_network: 'bitcoin-2024' });
    expect((block! * 6 * 8766) / 1e6).toBeCloseTo(137.7, 1);
    expect(block!).toBeCloseTo(2618, 0);
    expect(transaction!).toBeCloseTo((block! * 1000) / (600 * 5.456), 6);
    expect(Math.abs(transaction! - 801)).toBeLessThan(2);
  });
  test('the hardware says the assumptions with their sources and years', () => {
    const hardware = pow.miningHardware!(pow.parameters.parse({ public_network: 'bitcoin-2024' }), 16);
    expect(hardware).toMatchObject({ network_hash_rate_hs: 557e18, joules_per_hash: 28.2e-12, miners: 16 });
    expect(hardware.name).toBe('bitcoin-2024');
    expect(hardware.source).toMatch(/^557 EH\/s at 28\.2 J\/TH \(2024: .*Cambridge.*5\.456 transactions a second \(September 2025/);
    const replaced = pow.parameters.parse({ public_network: 'bitcoin-2024', joules_per_terahash: 20 });
    expect(pow.miningHardware!(replaced, 16).source).toMatch(/; its energy is set by the suite$/);
  });
});

test.each([
  [9.5, 76],
  [13.5, 108],
  [17.5, 140],
  [20, 160],
  [28.2, 226],
])('bitcoin-2026, 912.3 EH/s: at %s J/TH %s TWh a year', (joules_per_terahash, twh) => {
  const { public_energy_mwh_per_block: block } = observed({ public_network: 'bitcoin-2026', joules_per_terahash });
  expect(Math.round((block! * 6 * 8766) / 1e6)).toBe(twh);
});

test('without a public network there are no such columns', () => {
  expect(Object.keys(observed({}))).toEqual(['orphan_arrivals']);
});

test.each([
  ['network_hash_rate_hs: 1e18', 'network_hash_rate_hs', 'auto'],
  ["target_nbits: '0x1d00ffff'", 'target_nbits', 'none'],
])('%s beside it is said twice', (parameter, name, accepts) => {
  const refusal = refusalOf(`name: x\nsweep: { nodes: 4 }\nworkloads:\n  pow: { public_network: bitcoin-2024, ${parameter} }\n`);
  expect(refusal).toContain(`workloads.pow.${name}`);
  expect(refusal).toContain(`accepted: ${accepts} beside public_network: bitcoin-2024`);
});
