// One cell: simulate, measure where asked, make the record. Runs in a worker thread, or inline for the library and tests.
import { EngineLimit } from '../simulate/core/contract.ts';
import type { EngineId } from '../model/outcome.ts';
import { simulateCell } from '../simulate/core/simulate.ts';
import { executeOperations } from '../measure/measured.ts';
import type { CostTable } from '../measure/costs.ts';
import type { Backend, Kernels } from '../model/kernels.ts';
import { brokenRecord, makeRecord } from '../record/make.ts';
import type { JournalLine } from '../model/record.ts';
import type { Cell } from '../model/cell.ts';
import { workloads } from '../workloads.ts';
import { messageOf } from '../errors.ts';
import type { RecordState } from './journal.ts';

export type EngineChoice = 'auto' | EngineId;

/** What all cells of a run share; structured-cloneable, since workers get it as their data. */
export interface CellContext {
  readonly costs: CostTable;
  readonly backend: Backend;
  readonly engine: EngineChoice;
}

/** A finished cell as it travels from a worker: the journal's line ready made, and what progress needs. */
export interface FinishedCell {
  readonly id: string;
  readonly state: RecordState;
  readonly reason: string;
  readonly line: string;
}

export async function executeCell(cell: Cell, context: CellContext, kernels: Kernels): Promise<FinishedCell> {
  const workload = workloads.get(cell.workload);
  if (workload === undefined) throw new RangeError(`unknown workload ${cell.workload}`);
  try {
    const found = simulateCell(cell, workload, { engine: context.engine, kernels });
    const { outcome } = found;
    const measure = cell.crypto === 'measured' && outcome.state === 'done';
    const measured = measure ? await executeOperations(cell, workload, outcome, kernels) : null;
    return finished({ record: makeRecord(cell, workload, found, context.costs, measured), samples: measured?.samples ?? [] });
  } catch (error) {
    // Whatever went wrong is this cell's row; the others go on. A limit is no defect, so it comes without the error's name.
    const known = error instanceof EngineLimit || !(error instanceof Error);
    return broken(cell, 'failed', known ? messageOf(error) : `${error.name}: ${error.message} (seed ${cell.seed})`);
  }
}

/** The row of a cell that gave no result. Every such row says how to replay it. */
export function broken(cell: Cell, state: 'timeout' | 'failed', reason: string): FinishedCell {
  const workload = workloads.get(cell.workload);
  if (workload === undefined) throw new RangeError(`unknown workload ${cell.workload}`);
  const oneLine = reason.replace(/\s+/g, ' ');
  const text = `${oneLine}; replay: npx consensus-bench run suite.yaml --cell ${cell.id}`;
  const { id, line } = finished({ record: brokenRecord(cell, workload, state, text), samples: [] });
  return { id, state, reason: oneLine, line };
}

function finished(line: JournalLine): FinishedCell {
  const { cell, state, state_reason } = line.record;
  return { id: cell, state, reason: state_reason, line: JSON.stringify(line) };
}
