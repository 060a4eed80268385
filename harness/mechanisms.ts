// Which modules are mechanisms: every file of workloads/, and every folder with an index; its default export is a Workload. Nothing
// else to register.
import { existsSync, readdirSync } from 'node:fs';
import type { Workload } from './simulate/core/contract.ts';

const folder = new URL('../workloads/', import.meta.url);
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
/** Machines that several mechanisms share. */
const PARTS = 'parts';

const isThere = (module: string): boolean => existsSync(new URL(module, folder));
const indexOf = (id: string): string => `${id}/index${extension}`;

/** The ids of all mechanisms, in order. */
export function mechanismIds(): string[] {
  const ids = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name !== PARTS && isThere(indexOf(entry.name)) ? [entry.name] : [];
    if (!entry.name.endsWith(extension) || entry.name.endsWith('.d.ts')) return [];
    return [entry.name.slice(0, -extension.length)];
  });
  return ids.sort();
}

/** One mechanism, without the others' modules. */
export async function loadWorkload(id: string): Promise<Workload> {
  const module = isThere(indexOf(id)) ? indexOf(id) : `${id}${extension}`;
  const { default: workload } = (await import(new URL(module, folder).href)) as { default: Workload };
  if (workload.id !== id) throw new Error(`workloads/${module} exports a workload with id ${workload.id}`);
  return workload;
}
