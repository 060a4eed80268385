// What a worker thread loads: its own modules, the mechanism of a cell, and no kernel that the cell does not call.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadKernels } from '../../harness/kernels/backend.ts';
import { createKernels } from '../../harness/kernels/index.ts';
import { loadWorkload, mechanismIds } from '../../harness/mechanisms.ts';
import { simulateCell } from '../../harness/simulate/core/simulate.ts';
import { suiteOf } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { workloads } from '../../harness/workloads.ts';

const root = path.join(import.meta.dirname, '../..');

/** The files that a module imports when it is loaded, itself included, and the packages: type imports and `await import(…)` left out. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, target] of text.matchAll(/^(?:import|export) (?!type\b)(?:[^'";]*? from )?'([^']+)';/gm)) {
    if (target!.startsWith('.')) loadedWith(path.join(path.dirname(file), target!), seen);
    else seen.add(target!);
  }
  return seen;
}
const packagesOf = (file: string): string[] => [...loadedWith(file)].filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));

describe('the worker', () => {
  const loaded = [...loadedWith('harness/run/worker.ts')];
  test('loads no mechanism and no package', () => {
    expect(loaded).toContain('harness/simulate/core/simulate.ts');
    expect(packagesOf('harness/run/worker.ts')).toEqual([]);
    expect(loaded.filter((name) => /^workloads|simulate\/(chain|messages|waves)\//.test(name))).toEqual([]);
  });
  test.each(mechanismIds())('loads for %s its module, engines and parameters, and no other mechanism', (id) => {
    const file = existsSync(path.join(root, `workloads/${id}.ts`)) ? `workloads/${id}.ts` : `workloads/${id}/index.ts`;
    const others = mechanismIds().filter((other) => other !== id);
    expect(packagesOf(file)).toEqual(['zod']);
    for (const other of others)
      expect(
        [...loadedWith(file)].filter((name) => name.startsWith(`workloads/${other}.`) || name.startsWith(`workloads/${other}/`)),
      ).toEqual([]);
  });
});

describe('the command line', () => {
  test('loads of the packages no other than its own before it knows the command, and no mechanism', () => {
    expect(packagesOf('harness/cli/main.ts')).toEqual(['commander']);
    expect(
      [...loadedWith('harness/cli/main.ts')].filter((name) => /^workloads|harness\/(workloads|suite\/load|run\/run)\.ts$/.test(name)),
    ).toEqual([]);
  });
  test.each([
    ['run-suite', ['commander', 'piscina', 'yaml', 'zod']],
    ['dry-run', ['commander', 'yaml', 'zod']],
    ['replay', ['commander', 'yaml', 'zod']],
  ])('loads for %s no plot library, no reference kernel and no timing before it needs them', (command, packages) => {
    expect(packagesOf(`harness/cli/${command}.ts`).sort()).toEqual(packages);
  });
});

test('a mechanism loaded alone is the one of the registry', async () => {
  expect([...workloads.keys()]).toEqual(mechanismIds());
  for (const id of mechanismIds()) expect(await loadWorkload(id)).toBe(workloads.get(id));
});

describe('WASM modules', () => {
  afterEach(() => vi.unstubAllGlobals());
  /** How often an instance is made in what follows. */
  function instances(): () => number {
    let count = 0;
    class Instance extends WebAssembly.Instance {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports);
        count += 1;
      }
    }
    vi.stubGlobal('WebAssembly', new Proxy(WebAssembly, { get: (from, key) => (key === 'Instance' ? Instance : Reflect.get(from, key)) }));
    return () => count;
  }

  test('are none for a modelled chain cell', async () => {
    const count = instances();
    const kernels = await loadKernels('wasm');
    const [cell] = [...planCells(suiteOf({ name: 'chain', replicates: 1, decisions: 2, sweep: { nodes: 4 }, workloads: { pow: {} } }))];
    expect(simulateCell(cell!, workloads.get('pow')!, { engine: 'auto', kernels }).outcome.state).toBe('done');
    expect(count()).toBe(0);
  });
  test('are made when they are first asked for, once', () => {
    const count = instances();
    const kernels = createKernels('wasm');
    expect(count()).toBe(0);
    kernels.sha256(new Uint8Array(3));
    kernels.hmacSha256(new Uint8Array(3), new Uint8Array(3));
    expect(count()).toBe(1);
    expect(kernels.ed25519).toBe(kernels.ed25519);
    expect(count()).toBe(2);
    kernels.racing('sha256d-nonce-search');
    expect(kernels.nonceSearch).toBe(kernels.nonceSearch);
    expect(count()).toBe(3);
  });
});
