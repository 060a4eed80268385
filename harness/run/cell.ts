// One cell: simulate, measure where asked, make the record. Runs in a worker thread, or inline for the library and tests.
import { EngineLimit, type Workload } from '../simulate/core/contract.ts';
import type { EngineId } from '../model/outcome.ts';
import { MissingPrice } from '../model/operations.ts';
import { simulateCell } from '../simulate/core/simulate.ts';
import type { CostTable } from '../measure/costs.ts';
import type { Backend, Kernels } from '../model/kernels.ts';
import { brokenRecord, makeRecord } from '../record/make.ts';
import type { JournalLine, RecordState } from '../model/record.ts';
import type { Cell } from '../model/cell.ts';
import { loadWorkload } from '../mechanisms.ts';
import { messageOf } from '../errors.ts';

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

/** Loads no more than the cell needs: its mechanism, and the modules of real work where there is any. */
export async function executeCell(cell: Cell, context: CellContext, kernels: Kernels): Promise<FinishedCell> {
  const workload = await loadWorkload(cell.workload);
  try {
    const found = simulateCell(cell, workload, { engine: context.engine, kernels });
    const { outcome } = found;
    const measure = cell.crypto === 'measured' && outcome.state === 'done';
    const measured = measure ? await (await import('../measure/measured.ts')).executeOperations(cell, workload, outcome, kernels) : null;
    return finished({ record: makeRecord(cell, workload, found, context.costs, measured), samples: measured?.samples ?? [] });
  } catch (error) {
    // Whatever went wrong is this cell's row; the others go on. A limit, or an old cost table, is no defect: it comes without the error's name.
    const known = error instanceof EngineLimit || error instanceof MissingPrice || !(error instanceof Error);
    return broken(cell, workload, 'failed', known ? messageOf(error) : `${error.name}: ${error.message} (seed ${cell.seed})`);
  }
}

/** The row of a cell that gave no result. Every such row says how to replay it. */
export function broken(cell: Cell, workload: Workload, state: 'timeout' | 'failed', reason: string): FinishedCell {
  const oneLine = reason.replace(/\s+/g, ' ');
  const text = `${oneLine}; replay, in the run's folder: npx consensus-bench run suite.yaml --cell ${cell.id}`;
  const { id, line } = finished({ record: brokenRecord(cell, workload, state, text), samples: [] });
  return { id, state, reason: oneLine, line };
}

function finished(line: JournalLine): FinishedCell {
  const { cell, state, state_reason } = line.record;
  return { id: cell, state, reason: state_reason, line: JSON.stringify(line) };
}
