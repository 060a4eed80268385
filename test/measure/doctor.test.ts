import { describe, expect, test } from 'vitest';
import { diagnose, noiseOfBlocks, noiseOfKernels, probeNoise, type Facts } from '../../harness/measure/doctor.ts';
import { memoryLimitOf } from '../../harness/measure/environment.ts';
import { costs } from '../export/synthetic.ts';

const GIB = 2 ** 30;
const calm: Facts = {
  cores_present: 8,
  cores_usable: 8,
  cpu_quota: null,
  memory_bytes: 16 * GIB,
  memory_limit_bytes: null,
  load_average: [0.1, 0, 0],
  cpu_governor: 'performance',
  smt: false,
  virtual_machine: false,
  container: null,
  node: '20.19.0',
  v8: '11.3',
  wasm_simd: true,
  clock_s: 5e-8,
};
const quiet = { difference: 0.01, of: 'a test' };

describe('is a machine fit to measure on?', () => {
  test('a quiet one is, and has nothing to be advised', () => {
    const { verdict, checks } = diagnose(calm, quiet);
    expect(verdict).toBe('good');
    expect(checks.map(({ id }) => id)).toEqual([
      'cores',
      'memory',
      'load',
      'governor',
      'smt',
      'virtual machine',
      'clock',
      'simd',
      'node',
      'noise',
    ]);
    expect(checks.every(({ state, advice }) => state === 'good' && advice === '')).toBe(true);
  });

  test.each([
    ['cores', { cores_usable: 1 }, 'doubtful'],
    ['quota', { cpu_quota: 1.5 }, 'doubtful'],
    ['quota', { cpu_quota: 0.5 }, 'unfit'],
    ['memory', { memory_limit_bytes: GIB / 2 }, 'doubtful'],
    ['load', { load_average: [3, 0, 0] }, 'doubtful'],
    ['load', { load_average: [9, 0, 0] }, 'unfit'],
    ['governor', { cpu_governor: 'powersave' }, 'doubtful'],
    ['smt', { smt: true }, 'doubtful'],
    ['virtual machine', { virtual_machine: true, container: 'docker' }, 'doubtful'],
    ['clock', { clock_s: 1e-5 }, 'unfit'],
    ['simd', { wasm_simd: false }, 'doubtful'],
    ['node', { node: '20.18.3' }, 'unfit'],
  ] as const)('%s: %j is %s', (id, change, state) => {
    const { verdict, checks } = diagnose({ ...calm, ...change } as Facts, quiet);
    const check = checks.find((one) => one.id === id)!;
    expect(check.state).toBe(state);
    expect(check.advice).not.toBe('');
    expect(verdict).toBe(state);
  });

  test('noise is held against what a comparison needs', () => {
    expect(diagnose(calm, { difference: 0.07, of: 'x' }).verdict).toBe('doubtful');
    expect(diagnose(calm, { difference: 0.2, of: 'x' }).verdict).toBe('unfit');
    expect(diagnose(calm, { difference: 0.07, of: 'x' }).checks.at(-1)!.found).toBe(
      'the same work twice differs by up to 7% by chance (x); a comparison at 5% needs less than that',
    );
  });

  test('what is not readable is not checked', () => {
    const { checks } = diagnose({ ...calm, cpu_governor: null, smt: null, virtual_machine: null }, null);
    expect(checks.map(({ id }) => id)).toEqual(['cores', 'memory', 'load', 'clock', 'simd', 'node']);
  });
});

describe('timing noise', () => {
  test('blocks that take the same have none; a tenth up and down is 2.36 √2 deviations of the logarithm', () => {
    expect(noiseOfBlocks([1, 1, 1, 1, 1, 1, 1, 1]).difference).toBe(0);
    const { difference } = noiseOfBlocks([0.9, 1.1, 0.9, 1.1, 0.9, 1.1, 0.9, 1.1]);
    expect(difference).toBeCloseTo(Math.expm1(2.364624252 * Math.SQRT2 * (Math.log(1.1 / 0.9) / 2) * Math.sqrt(8 / 7)), 12);
  });
  test('of kernels it is their middle interval, twice over', () => {
    // Every kernel of the table has an interval from 0.98 to 1.01 of its rate.
    expect(noiseOfKernels(costs.kernels)!.difference).toBeCloseTo(0.015 * Math.SQRT2, 10);
    expect(noiseOfKernels([])).toBeNull();
    // One sample has an interval without width, and tells of no noise.
    expect(noiseOfKernels(costs.kernels.map((row) => ({ ...row, samples: 1 })))).toBeNull();
  });
  test('the probe ends in about its time', () => {
    const from = performance.now();
    expect(probeNoise(0.2).difference).toBeGreaterThan(0);
    expect(performance.now() - from).toBeLessThan(20_000);
  });
});

test.each([
  ['max', null],
  ['536870912', 536870912],
  [null, null],
])('memory.max %j is %j', (text, expected) => expect(memoryLimitOf(text)).toBe(expected));
