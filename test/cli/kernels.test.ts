import { kernelTable } from '../../harness/export/kernels.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addKernelsCommand } from '../../harness/cli/kernels.ts';
import { UserError } from '../../harness/errors.ts';
import { rowOf } from '../../harness/measure/kernels.ts';
import { captureEnvironment } from '../../harness/measure/environment.ts';

describe('consensus-bench kernels refuses a place that results cannot go to, before it measures', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'kernels-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const messageOf = async (...args: string[]): Promise<string> => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    addKernelsCommand(program);
    const said = vi.spyOn(process.stderr, 'write');
    const error: unknown = await program.parseAsync(['kernels', ...args], { from: 'user' }).catch((reason: unknown) => reason);
    // It says so when it begins to measure.
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };

  it('an --out that exists', async () => {
    expect(await messageOf('--out', folder)).toBe(`--out ${folder}: exists already; accepted: a new folder`);
  });
  it('a --cost-table in a folder that does not exist', async () => {
    const file = path.join(folder, 'no', 'costs.json');
    expect(await messageOf('--cost-table', file)).toBe(
      `--cost-table ${file}: there is no folder ${path.dirname(file)}; accepted: a file in a folder that exists`,
    );
    writeFileSync(path.join(folder, 'no'), '');
    expect(await messageOf('--cost-table', file)).toMatch(/there is no folder/);
  });
  it('a --keep in a folder that does not exist, or that is a folder', async () => {
    const file = path.join(folder, 'no', 'history.ndjson');
    expect(await messageOf('--keep', file)).toBe(
      `--keep ${file}: there is no folder ${path.dirname(file)}; accepted: a file in a folder that exists`,
    );
    expect(await messageOf('--keep', folder)).toBe(`--keep ${folder}: is no file; accepted: a new file, or one to be added to`);
  });
  it('an empty name', async () => {
    expect(await messageOf('--cost-table', '')).toBe('--cost-table: received an empty name; accepted: a file in a folder that exists');
    expect(await messageOf('--out', '')).toBe('--out: received an empty name; accepted: a new folder');
  });
  it('a --cost-table that is a folder', async () => {
    expect(await messageOf('--cost-table', folder)).toBe(`--cost-table ${folder}: is no file; accepted: a new file, or one to be replaced`);
  });
});

describe('the table for a person', () => {
  const environment = {
    ...captureEnvironment(),
    cpu_model: 'A CPU',
    cores_usable: 2,
    cores_present: 4,
    node: '20.20.2',
    v8: '11.3',
    os: 'linux',
    arch: 'x64',
    wasm_simd: true,
  };

  it('has one block a kernel, three digits a rate, and a dash where node:crypto has no such work', () => {
    const steady = (value: number): number[] => [0.99, 1, 1, 1, 1, 1, 1.01].map((factor) => value * factor);
    const rows = [
      { ...rowOf({ kernel: 'sha256d-nonce-search', backend: 'wasm-simd', unit: 'hashes' }, steady(1.28e-7)), ratio_to_node_crypto: 9.0341 },
      { ...rowOf({ kernel: 'sha256d-nonce-search', backend: 'node-crypto', unit: 'hashes' }, steady(1.15e-6)), ratio_to_node_crypto: 1 },
      rowOf({ kernel: 'quorum-waves-1000', backend: 'wasm-simd', unit: 'votes' }, steady(6.2e-10)),
      rowOf({ kernel: 'quorum-waves-1000', backend: 'reference', unit: 'votes' }, steady(1.05e-3)),
    ];
    expect(kernelTable(rows, environment)).toMatchInlineSnapshot(`
      "A CPU
      2 of 4 cores usable, one used; Node 20.20.2 (V8 11.3), linux x64

                                median       95% interval    MAD    n × crypto  × peer
      sha256d-nonce-search  (hashes/s)
        wasm-simd               7.81 M    7.74 M - 7.89 M   0.0%    7     9.03       -
        node-crypto              870 k      861 k - 878 k   0.0%    7     1.00       -
      quorum-waves-1000  (votes/s)
        wasm-simd               1.61 G    1.60 G - 1.63 G   0.0%    7        -       -
        reference                952        943   - 962     0.0%    7        -       -"
    `);
  });
});
