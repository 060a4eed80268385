// The registry: every file of workloads/ is a mechanism, its default export a Workload. Nothing else to register.
import { readdirSync } from 'node:fs';
import type { Workload } from './simulate/types.ts';

const folder = new URL('../workloads/', import.meta.url);
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

const loaded = new Map<string, Workload>();
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith(extension) || file.endsWith('.d.ts')) continue;
  const { default: workload } = (await import(new URL(file, folder).href)) as { default: Workload };
  if (`${workload.id}${extension}` !== file) throw new Error(`workloads/${file} exports a workload with id ${workload.id}`);
  loaded.set(workload.id, workload);
}

/** All workloads by id, in the order of their file names. */
export const workloads: ReadonlyMap<string, Workload> = loaded;
