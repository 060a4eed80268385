import { describe, expect, it } from 'vitest';
import { bill, co2Of, hashesOf, kwhOf, miningSeconds, provisionedBill, twhPerYear, unitsPerMiner } from '../../harness/record/price.ts';
import { MissingPrice, batchSeconds } from '../../harness/model/operations.ts';
import { DEFAULT_PRICES, PRICE_LABELS, pricesOf } from '../../harness/model/prices.ts';
import type { MiningHardware } from '../../harness/model/mining.ts';
import { omit } from '../../harness/suite/omit.ts';
import { costs } from './fixtures.ts';

const none = { messages: 0, bytes: 0 };
const cpu: MiningHardware = {
  name: 'CPU',
  hash_rate_hs: null,
  joules_per_hash: null,
  cores_per_node: 2,
  network_hash_rate_hs: null,
  miners: 3,
  pue: null,
};
const asic: MiningHardware = { ...cpu, name: 'ASIC', hash_rate_hs: 2e14, joules_per_hash: 17.5e-12, cores_per_node: 1, miners: 2 };

describe('batchSeconds', () => {
  it.each([
    [1, 1e-4, 'a single verification'],
    [2, 1.5e-4, 'a measured size'],
    [3, 2e-4, 'half-way between 2 and 4'],
    [6, 3.25e-4, 'half-way between 4 and 8'],
    [8, 4e-4, 'the largest measured size'],
    [16, 7e-4, 'beyond it, the slope of the last segment'],
  ])('%i signatures cost %f s: %s', (size, seconds) => {
    expect(batchSeconds(size, costs.seconds)).toBeCloseTo(seconds, 12);
  });

  it('batches above 4096 are priced as the calls that the kernel makes, not as one', () => {
    const at4096 = batchSeconds(4096, costs.seconds);
    expect(batchSeconds(4097, costs.seconds)).toBeCloseTo(at4096 + 1e-4, 12);
    expect(batchSeconds(10_000, costs.seconds)).toBeCloseTo(2 * at4096 + batchSeconds(1808, costs.seconds), 12);
  });

  it('refuses a size below one', () => {
    expect(() => batchSeconds(0, costs.seconds)).toThrow(/1 or more signatures, got 0/);
  });

  it('without measured batches every signature costs a single verification', () => {
    expect(batchSeconds(5, { ...costs.seconds, ed25519_batch: [] })).toBeCloseTo(5e-4, 12);
  });
});

describe('bill', () => {
  it('prices each operation at the cost table', () => {
    expect(bill({ ...none, signs: 3 }, undefined, costs).cpu_s).toBeCloseTo(6e-5, 12);
    expect(bill({ ...none, macs: 3 }, undefined, costs).cpu_s).toBeCloseTo(6e-6, 12);
    expect(bill({ ...none, evaluations: 1000 }, undefined, costs).cpu_s).toBeCloseTo(3e-3, 12);
    expect(bill({ ...none, votes: 100 }, undefined, costs).cpu_s).toBeCloseTo(1e-6, 12);
    expect(bill({ ...none, digest_bytes: 1000 }, undefined, costs).cpu_s).toBeCloseTo(1e-6, 12);
    expect(bill({ ...none, verifies: 5, verifies_single: 5 }, undefined, costs).cpu_s).toBeCloseTo(5e-4, 12);
  });

  it('a write is priced at the CPU time of its call; how long the disk takes is no cost', () => {
    expect(bill({ ...none, persists: 1000 }, undefined, costs).cpu_s).toBeCloseTo(0.03, 12);
    expect(bill({ ...none, persists: 1000 }, undefined, costs).joules).toBeCloseTo(0.3, 12);
  });

  it('a table without the price of writes prices a run without writes, and no other', () => {
    const old = { ...costs, seconds: omit(costs.seconds, ['persist']) };
    expect(bill({ ...none, signs: 3, persists: 0 }, undefined, old).cpu_s).toBeCloseTo(6e-5, 12);
    const write = (): unknown => bill({ ...none, signs: 3, persists: 1 }, undefined, old);
    expect(write).toThrow(MissingPrice);
    expect(write).toThrow(/no price `persist`.*`npx consensus-bench kernels --cost-table FILE`/);
  });

  it('prices batches by size, and what no batch covers singly', () => {
    const counts = {
      ...none,
      verifies: 11,
      batches: new Map([
        [8, 1],
        [2, 1],
      ]),
    };
    expect(bill(counts, undefined, costs).cpu_s).toBeCloseTo(4e-4 + 1.5e-4 + 1e-4, 12);
    expect(() => bill({ ...none, verifies: 1, batches: new Map([[2, 1]]) }, undefined, costs)).toThrow(
      /batches hold 2 signatures but only 1/,
    );
  });

  it('a core that mines is busy for as long as it mines', () => {
    expect(hashesOf(10, cpu, costs)).toBeCloseTo(2e7, 3);
    expect(bill({ ...none, mining_node_s: 10 }, cpu, costs)).toMatchObject({ cpu_s: 20, joules: 200 });
  });

  it('an ASIC costs joules by the hash and no CPU time', () => {
    expect(hashesOf(10, asic, costs)).toBe(2e15);
    const { cpu_s, joules } = bill({ ...none, mining_node_s: 10 }, asic, costs);
    expect(cpu_s).toBe(0);
    expect(joules).toBeCloseTo(35_000, 6);
  });

  it('dollars are energy, CPU time and traffic', () => {
    const prices = pricesOf({ usd_per_kwh: 0.36, usd_per_cpu_hour: 3.6, usd_per_gb: 2 });
    const { usd } = bill({ messages: 0, bytes: 5e8, mining_node_s: 1000 }, undefined, { ...costs, prices });
    // 10 000 J at 1e-7 USD, 1000 CPU-s at 1e-3 USD, half a gigabyte at 2 USD.
    expect(usd).toBeCloseTo(0.001 + 1 + 1, 12);
  });
});

describe('hash rates', () => {
  it('a network has its hash rate whatever the number of miners; the units follow from it', () => {
    for (const miners of [1, 4, 1000]) {
      const network = { ...asic, network_hash_rate_hs: 6e20, miners };
      // All miners for 10 s.
      expect(hashesOf(10 * miners, network, costs) / 6e21).toBeCloseTo(1, 12);
      expect(unitsPerMiner(network, costs) * miners).toBeCloseTo(3e6, 3);
    }
    // 1e-6 s a hash: a network of 12 MH/s on CPUs is 12 cores, 4 in each of 3 miners, and their CPU-seconds.
    const cores = { ...cpu, network_hash_rate_hs: 12e6, miners: 3 };
    expect(unitsPerMiner(cores, costs)).toBeCloseTo(4, 9);
    expect(miningSeconds(30, cores, costs)).toBeCloseTo(120, 9);
  });
});

describe('provisioned', () => {
  // Round figures: a core-second 0.001 USD, a joule 1e-7 USD, a terahash a second 3.15576 USD over a year of 31 557 600 s.
  const prices = pricesOf({
    idle_watts_per_core: 2,
    usd_per_cpu_hour: 3.6,
    usd_per_kwh: 0.36,
    usd_per_gb: 2,
    hardware_usd_per_ths: 3.15576,
    hardware_life_years: 1,
  });
  const table = { ...costs, prices };
  const still = { nodes: 10, cores: 4, decisions_s: 2, crashed_node_s: 0, mining_node_s: 0, share: 1 };

  it('every node pays for its cores all the time: idle watts, and the rest of a busy core’s for the active seconds', () => {
    // 10 nodes × 4 cores × 2 s = 80 core-seconds; 100 000 signatures are 2 active seconds: 80 × 2 W + 2 s × 8 W = 176 J.
    const { cpu_s, joules, usd } = provisionedBill(still, { messages: 0, bytes: 5e8, signs: 100_000 }, undefined, table);
    expect(cpu_s).toBe(80);
    expect(joules).toBeCloseTo(176, 9);
    // Electricity is in the rent: 80 × 0.001 and half a gigabyte at 2 USD.
    expect(usd).toBeCloseTo(0.08 + 1, 12);
  });

  it('crashed nodes pay rent and draw no watts', () => {
    // 3 of 10 nodes down for 2 s: 56 powered core-seconds at 2 W.
    expect(provisionedBill({ ...still, crashed_node_s: 6 }, none, undefined, table)).toMatchObject({ cpu_s: 80, joules: 112, usd: 0.08 });
  });

  it('counts of the whole run are charged by the decisions’ share of it', () => {
    // 8 decisions of which 6 are confirmations: a quarter of 8 s of signing and of 4 GB.
    const counts = { messages: 0, bytes: 4e9, signs: 400_000 };
    const { joules, usd } = provisionedBill({ ...still, share: 0.25 }, counts, undefined, table);
    expect(joules).toBeCloseTo(80 * 2 + 2 * 8, 9);
    expect(usd).toBeCloseTo(0.08 + 2, 12);
  });

  it('a CPU miner pays for the cores that mine; a node that does not mine pays for its own', () => {
    // 3 of 4 nodes mine with 2 cores each for 10 s; the fourth has 4 idle cores: 6 × 10 × 10 W + 4 × 10 × 2 W.
    const mining = { nodes: 4, cores: 4, decisions_s: 10, crashed_node_s: 0, mining_node_s: 30, share: 1 };
    const { cpu_s, joules, usd } = provisionedBill(mining, none, cpu, table);
    expect(cpu_s).toBe(100);
    expect(joules).toBeCloseTo(680, 9);
    expect(usd).toBeCloseTo(0.1, 12);
    // Half of the power is lost: the rent stays, the watts of those cores go.
    expect(provisionedBill({ ...mining, mining_node_s: 15 }, none, cpu, table)).toMatchObject({ cpu_s: 100, joules: 380 });
  });

  it('who hashes beside everything else keeps its cores, and pays for the time that it hashes', () => {
    // 4 nodes with 4 cores each; 3 of them keep two cores busy: 160 core-seconds at 2 W, and the rest of 60 at 8 W.
    const hashing = { nodes: 4, cores: 4, decisions_s: 10, crashed_node_s: 0, mining_node_s: 30, share: 1 };
    const { cpu_s, joules } = provisionedBill(hashing, none, { ...cpu, besides: true }, table);
    expect(cpu_s).toBe(160);
    expect(joules).toBeCloseTo(160 * 2 + 60 * 8, 9);
  });

  it('owned hardware: its price over its life instead of rent, and its electricity', () => {
    // 4 nodes with 4 idle cores, 2 of them mine with 200 TH/s at 17.5 J/TH (3 500 W) for 10 s.
    const mining = { nodes: 4, cores: 4, decisions_s: 10, crashed_node_s: 0, mining_node_s: 20, share: 1 };
    const { cpu_s, joules, usd } = provisionedBill(mining, none, { ...asic, pue: 1.2 }, table);
    expect(cpu_s).toBe(160);
    expect(joules).toBeCloseTo((70_000 + 160 * 2) * 1.2, 6);
    // 160 core-seconds, 400 TH/s × 3.15576 USD ÷ 31 557 600 s × 10 s, 84 000 J.
    expect(usd).toBeCloseTo(0.16 + 0.0004 + 0.0084, 12);
  });

  it('the prices’ PUE multiplies every joule, in both bases', () => {
    const site = { ...costs, prices: { ...prices, pue: { value: 1.5, source: 'a test', year: null } } };
    expect(provisionedBill(still, none, undefined, site).joules).toBeCloseTo(160 * 1.5, 9);
    expect(bill({ ...none, signs: 100_000 }, undefined, site).joules).toBeCloseTo(20 * 1.5, 9);
    expect(bill({ ...none, mining_node_s: 10 }, asic, site).joules).toBeCloseTo(35_000 * 1.5, 6);
  });

  it('an idle core never draws more than a busy one', () => {
    expect(provisionedBill(still, { ...none, signs: 100_000 }, undefined, { ...table, watts_per_core: 1 }).joules).toBeCloseTo(80, 9);
  });
});

describe('a year of power', () => {
  it.each([
    ['600 EH/s at 17.5 to 35 J/TH is 92 to 184 TWh a year: the lower end', 600e18 * 17.5e-12, 92.04],
    ['600 EH/s at 17.5 to 35 J/TH is 92 to 184 TWh a year: the upper end', 600e18 * 35e-12, 184.09],
    ['557 EH/s at 28.2 J/TH is 15.7 GW and 138 TWh', 557e18 * 28.2e-12, 137.69],
  ])('%s', (_sentence, power_w, twh) => {
    expect(twhPerYear(power_w)).toBeCloseTo(twh, 2);
  });

  it('138 TWh a year with 5.456 tx/s is 801 kWh a transaction, at the default grid 379 kg of CO2', () => {
    const joules_per_tx = (138 * 3.6e15) / (5.456 * 8766 * 3600);
    expect(Math.floor(kwhOf(joules_per_tx))).toBe(801);
    expect(co2Of(joules_per_tx, costs)).toBeCloseTo(801.5 * 0.473, 1);
  });
});

describe('prices', () => {
  it('each is a number with a source and a year, a name and a unit', () => {
    expect(Object.fromEntries(Object.entries(DEFAULT_PRICES).map(([key, { value }]) => [key, value]))).toEqual({
      usd_per_kwh: 0.1,
      usd_per_cpu_hour: 0.04,
      usd_per_gb: 0,
      idle_watts_per_core: 1.48,
      pue: 1,
      grid_kg_per_kwh: 0.473,
      hardware_usd_per_ths: 16.1,
      hardware_life_years: 3,
    });
    for (const { source, year } of Object.values(DEFAULT_PRICES)) {
      expect(source.length).toBeGreaterThan(20);
      expect(year).toBeGreaterThan(2000);
    }
    expect(Object.keys(PRICE_LABELS)).toEqual(Object.keys(DEFAULT_PRICES));
    // What the sources say: the order's USD a terahash a second, two idle threads.
    expect(193.2e6 / (60_000 * 200)).toBeCloseTo(DEFAULT_PRICES.hardware_usd_per_ths.value, 6);
    expect(DEFAULT_PRICES.idle_watts_per_core.value).toBe(2 * 0.74);
  });

  it('a suite replaces one and keeps the others, those of a cost table too', () => {
    const set = { usd_per_kwh: { value: 0.2, source: 'set by the suite', year: null } };
    expect(pricesOf({ usd_per_kwh: 0.2 })).toEqual({ ...DEFAULT_PRICES, ...set });
    const measured = { ...DEFAULT_PRICES, idle_watts_per_core: { value: 7.5, source: 'RAPL', year: null } };
    expect(pricesOf({ usd_per_kwh: 0.2 }, measured)).toEqual({ ...measured, ...set });
  });
});
