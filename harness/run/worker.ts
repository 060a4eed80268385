// A worker thread: one Kernels object (its memories belong to the thread), one cell a task.
import { workerData } from 'node:worker_threads';
import { loadKernels } from '../kernels/backend.ts';
import type { Cell } from '../model/cell.ts';
import { executeCell, type CellContext, type FinishedCell } from './cell.ts';

const context = workerData as CellContext;
const kernels = await loadKernels(context.backend);

export default function run(cell: Cell): Promise<FinishedCell> {
  return executeCell(cell, context, kernels);
}

/** The pool's first task: to answer it the thread must have loaded. */
export function ready(): void {}
