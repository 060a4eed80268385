// The registry: every file of workloads/, and every folder with an index, is a mechanism; its default export is a Workload. Nothing
// else to register.
import { existsSync, readdirSync } from 'node:fs';
import type { Workload } from './simulate/core/contract.ts';

const folder = new URL('../workloads/', import.meta.url);
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
/** Machines that several mechanisms share. */
const PARTS = 'parts';

/** The module of each mechanism, by its id. */
function modules(): [id: string, module: string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    if (entry.isDirectory()) {
      const index = `${entry.name}/index${extension}`;
      return entry.name !== PARTS && existsSync(new URL(index, folder)) ? [[entry.name, index]] : [];
    }
    if (!entry.name.endsWith(extension) || entry.name.endsWith('.d.ts')) return [];
    return [[entry.name.slice(0, -extension.length), entry.name]];
  });
}

const loaded = new Map<string, Workload>();
for (const [id, module] of modules().sort(([x], [y]) => (x < y ? -1 : 1))) {
  const { default: workload } = (await import(new URL(module, folder).href)) as { default: Workload };
  if (workload.id !== id) throw new Error(`workloads/${module} exports a workload with id ${workload.id}`);
  loaded.set(id, workload);
}

/** All workloads by id, in the order of their ids. */
export const workloads: ReadonlyMap<string, Workload> = loaded;
