// The modules of a build that the hunt runs on: that of the project, or one with a planted bug.
import { pathToFileURL } from 'node:url';
import path from 'node:path';

export async function toolOf(folder) {
  const load = (file) => import(pathToFileURL(path.join(folder, file)).href);
  const [{ workloads }, { suiteOf }, { planCells }, { setupOf }, contract, { createKernels }, { isDefaultLoad }, { UserError }] =
    await Promise.all([
      load('harness/workloads.js'),
      load('harness/suite/load.js'),
      load('harness/suite/plan.js'),
      load('harness/simulate/core/simulate.js'),
      load('harness/simulate/core/contract.js'),
      load('harness/kernels/index.js'),
      load('harness/model/load.js'),
      load('harness/errors.js'),
    ]);
  const { NeedsMessages, EngineLimit } = contract;
  return {
    workloads,
    suiteOf,
    planCells,
    setupOf,
    NeedsMessages,
    EngineLimit,
    isDefaultLoad,
    UserError,
    kernels: createKernels('reference'),
  };
}

/** The one cell of a configuration, with its mechanism and its adversary; null: its parts do not fit together. */
export function caseOf(tool, data) {
  try {
    const [cell] = tool.planCells(tool.suiteOf(data));
    return {
      cell,
      workload: tool.workloads.get(cell.workload),
      adversary: data['x-adversary'] ?? null,
      safetyAlone: data['x-safety-alone'] === true,
    };
  } catch (error) {
    if (error instanceof tool.UserError) return null;
    throw error;
  }
}
