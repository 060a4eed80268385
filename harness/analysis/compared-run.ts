// A run's folder → what a comparison needs of it: each condition with its replicates. Memory: some 20 numbers a cell.
import { DEFAULT_LOAD } from '../model/load.ts';
import type { Cell } from '../model/cell.ts';
import type { CellRecord } from '../model/record.ts';
import { openRun, type RunFolder } from '../folder/read.ts';
import { warningText } from '../measure/costs.ts';
import { identify } from '../suite/identity.ts';
import { workloads } from '../workloads.ts';
import { COMPARED, type ComparedRun, type Replicate, type RunCondition } from './compare.ts';
import { doubtsOf, processorsOf } from './doubts.ts';
import { digestRun } from './digest.ts';
import { conditionOf, type Summary } from './summarize.ts';

/**
 * Equal for one condition in any two runs: by what is said beside the defaults, as in a cell's id, but without the suite's seed. So a
 * parameter that one of them does not know yet, and that the other leaves at its default, parts nothing.
 */
function keyOf(cell: Cell): string {
  const workload = workloads.get(cell.workload);
  const parameters = workload?.parameters.safeParse(cell.parameters);
  if (workload === undefined || parameters?.success !== true) return conditionOf(cell);
  // A plan of version 0.2 has no other load.
  const data = { ...cell, load: cell.load ?? DEFAULT_LOAD, parameters: parameters.data as Cell['parameters'], replicate: 0 };
  return identify(data, workload, 0).id;
}

function replicateOf(record: CellRecord): Replicate {
  const done = record.state === 'done' ? record : null;
  return {
    seed: record.seed,
    // A run from before a count was kept has no such key.
    values: COMPARED.map(({ metric }) => done?.[metric] ?? null),
    violated: record.safety === 'violated' || record.liveness === 'violated' || record.durability === 'violated',
  };
}

const GIB = 2 ** 30;
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '?');

/** What tells machines apart without naming them. */
function hostOf({ environment }: RunFolder): string {
  const { cores_present, memory_bytes, os, arch } = environment;
  const memory = typeof memory_bytes === 'number' ? `${Math.round(memory_bytes / GIB)} GiB` : '?';
  const processors = processorsOf(environment);
  return [...(processors.length === 0 ? ['?'] : processors), `${text(cores_present)} cores`, memory, text(os), text(arch)].join(', ');
}

/** @throws UserError for a folder that is no run's, and for a journal that cannot be read */
export function comparedRun(dir: string, warn: (message: string) => void): ComparedRun {
  const run = openRun(dir);
  const conditions: RunCondition[] = [];
  // The line of a new condition comes before the summary of the one before it.
  const pending: { readonly cell: Cell; readonly replicate: Replicate }[] = [];
  const { warnings } = digestRun(run, {
    line: ({ record }, cell) => pending.push({ cell, replicate: replicateOf(record) }),
    summary: (summary: Summary) => {
      const own = pending.splice(0, summary.replicates);
      conditions.push({ key: keyOf(own[0].cell), summary, replicates: own.map(({ replicate }) => replicate) });
    },
  });
  for (const warning of warnings) warn(warning);
  const { environment, costs, suite } = run;
  const host = hostOf(run);
  const { kernels, machine, warnings: doubts = [], ...prices } = costs;
  const general = doubts.find(({ figure }) => figure === null);
  return {
    dir,
    suite: suite.name,
    seed: suite.seed,
    host,
    costs: {
      // A table that was given may be of another machine than the run.
      host: machine === environment['cpu_model'] ? host : machine,
      contents: JSON.stringify({ ...prices, kernels }),
      doubt: general === undefined ? null : warningText(general),
    },
    doubts: doubtsOf(run),
    kernels,
    conditions,
    version: text(environment['package_version']),
    commit: typeof environment['git_commit'] === 'string' ? environment['git_commit'] : null,
    node: text(environment['node']),
    taken_at: text(environment['taken_at']),
  };
}
