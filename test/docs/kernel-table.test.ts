import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { KernelMeasurement } from '../../harness/measure/costs.ts';
import { inOrder, withRatios } from '../../harness/measure/kernels.ts';
import { ascending, median } from '../../harness/measure/statistics.ts';

const root = path.join(import.meta.dirname, '../..');
const file = (name: string): string => readFileSync(path.join(root, 'bench/kernels-example', name), 'utf8');

describe('the kernels’ committed run', () => {
  const { kernels } = JSON.parse(file('kernels.json')) as { kernels: KernelMeasurement[] };

  it('is what the README’s table was written from', async () => {
    await promisify(execFile)(process.execPath, ['scripts/make-kernel-table.mjs', '--check'], { cwd: root });
  });
  it('has rates that its samples give', () => {
    const samples = new Map<string, number[]>();
    for (const line of file('samples.csv').trim().split('\n').slice(1)) {
      const [source, , seconds] = line.split(',') as [string, string, string];
      samples.set(source, [...(samples.get(source) ?? []), Number(seconds)]);
    }
    for (const { kernel, backend, threads, rate_median, samples: count } of kernels) {
      // node:crypto verifies batches one by one: those rows repeat its single verification.
      const measured = backend === 'node-crypto' ? kernel.replace(/-batch-\d+$/, '') : kernel;
      const seconds = samples.get(`${measured}/${backend}${threads === 1 ? '' : `/threads-${threads}`}`)!;
      expect(seconds, `${kernel} ${backend} ${threads}`).toHaveLength(count);
      expect(rate_median * median(ascending(seconds))).toBeCloseTo(1, 12);
    }
  });
  it('has ratios that its rates give, in the order of kernels.csv', () => {
    const measured = kernels.filter(({ kernel, backend }) => !(backend === 'node-crypto' && kernel.includes('-batch-')));
    expect(inOrder(withRatios(measured))).toEqual(kernels);
  });
  it('names no host and no path of the machine', () => {
    for (const name of ['kernels.json', 'environment.json', 'github-action-benchmark.json'])
      expect(file(name)).not.toMatch(/"\/|hostname|\/home\//);
  });
});
