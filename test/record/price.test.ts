import { describe, expect, it } from 'vitest';
import { DEFAULT_PRICES, batchSeconds, bill, hashesOf, pricesOf } from '../../harness/record/price.ts';
import { costs } from './fixtures.ts';

const none = { messages: 0, bytes: 0 };
const asic = { name: 'ASIC', hash_rate_hs: 2e14, joules_per_hash: 17.5e-12, cores_per_node: 1 };

describe('batchSeconds', () => {
  it.each([
    [1, 1e-4, 'a single verification'],
    [2, 1.5e-4, 'a measured size'],
    [3, 2e-4, 'half-way between 2 and 4'],
    [6, 3.25e-4, 'half-way between 4 and 8'],
    [8, 4e-4, 'the largest measured size'],
    [16, 7e-4, 'beyond it, the slope of the last segment'],
  ])('%i signatures cost %f s: %s', (size, seconds) => {
    expect(batchSeconds(size, costs)).toBeCloseTo(seconds, 12);
  });

  it('refuses a size below one', () => {
    expect(() => batchSeconds(0, costs)).toThrow(/1 or more signatures, got 0/);
  });

  it('without measured batches every signature costs a single verification', () => {
    expect(batchSeconds(5, { ...costs, seconds: { ...costs.seconds, ed25519_batch: [] } })).toBeCloseTo(5e-4, 12);
  });
});

describe('bill', () => {
  it('prices each operation at the cost table', () => {
    expect(bill({ ...none, signs: 3 }, undefined, costs).cpu_s).toBeCloseTo(6e-5, 12);
    expect(bill({ ...none, macs: 3 }, undefined, costs).cpu_s).toBeCloseTo(6e-6, 12);
    expect(bill({ ...none, votes: 100 }, undefined, costs).cpu_s).toBeCloseTo(1e-6, 12);
    expect(bill({ ...none, digest_bytes: 1000 }, undefined, costs).cpu_s).toBeCloseTo(1e-6, 12);
    expect(bill({ ...none, verifies: 5, verifies_single: 5 }, undefined, costs).cpu_s).toBeCloseTo(5e-4, 12);
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
    const cpu = { name: 'CPU', hash_rate_hs: null, joules_per_hash: null, cores_per_node: 2 };
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

describe('prices', () => {
  it('are the documented defaults: 0.10 USD/kWh, 0.04 USD a CPU-hour, traffic free', () => {
    expect(Object.values(DEFAULT_PRICES).map(({ value }) => value)).toEqual([0.1, 0.04, 0]);
    for (const { source, year } of Object.values(DEFAULT_PRICES)) {
      expect(source.length).toBeGreaterThan(20);
      expect(year).toBeGreaterThan(2000);
    }
  });

  it('a suite replaces one and keeps the others', () => {
    expect(pricesOf({ usd_per_kwh: 0.2 })).toEqual({
      ...DEFAULT_PRICES,
      usd_per_kwh: { value: 0.2, source: 'set by the suite', year: null },
    });
  });
});
