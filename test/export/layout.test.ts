import { describe, expect, test } from 'vitest';
import { formLines, kernelTable, scalingTable } from '../../harness/export/kernels.ts';
import { fitting, wrapped } from '../../harness/export/layout.ts';
import { captureEnvironment } from '../../harness/measure/environment.ts';
import { rowOf } from '../../harness/measure/kernels.ts';

test('columns of the highest rank go first, those of rank 0 never', () => {
  const columns = [0, 2, 1, 0].map((rank) => ({ wide: 10, rank }));
  expect([40, 39, 30, 29, 5].map((width) => fitting(columns, width))).toEqual([
    [0, 1, 2, 3],
    [0, 2, 3],
    [0, 2, 3],
    [0, 3],
    [0, 3],
  ]);
});

test('text breaks between words', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
});

describe('the tables of `kernels` at 40, 60, 80 and 120 columns: no row wraps and no name is cut', () => {
  const kernel = 'ed25519-verify-batch-1024-known-keys';
  const rows = (['wasm-simd', 'libsodium-wrappers'] as const).map((backend) => ({
    ...rowOf({ kernel, backend, unit: 'signatures' }, [1e-5, 1.1e-5, 1.2e-5]),
    ratio_to_node_crypto: 2.5,
    ratio_to_best_peer: 2.1,
  }));
  const scaling = [1, 2].map((threads) => ({
    kernel,
    threads,
    unit: 'signatures/s',
    rate_median: 9e4,
    speedup: 1.9,
    efficiency: 0.95,
    task_ms: 10,
    dispatch_share: 0.01,
  }));
  test.each([40, 60, 80, 120])('%i', (width) => {
    const text = [
      kernelTable(rows, captureEnvironment(), width),
      ...formLines([{ kernel, form: 'a-form-of-it', rates: { 'a-form-of-it': 2, 'another-form': 1, 'a-third-form': 1 } }], width),
      scalingTable({ rows: scaling, cold_pool_ms: [100, 90, 95], dispatch_us: 40 }, width),
    ].join('\n');
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
    for (const name of [kernel, 'libsodium-wrappers', 'median', '× alone']) expect(text).toContain(name);
    expect(text).not.toContain('…');
    expect(text.includes('MAD')).toBe(width >= 80);
  });
});
