// Where cells run: in worker threads, or inline.
import { loadKernels } from '../kernels/backend.ts';
import type { Cell } from '../model/cell.ts';
import { EXIT, UserError, messageOf } from '../errors.ts';
import { ThreadPool, ThreadStartError, workerModule } from '../measure/thread-pool.ts';
import { loadWorkload } from '../mechanisms.ts';
import { broken, executeCell, type CellContext, type FinishedCell } from './cell.ts';

export interface Executor {
  /** Cells at a time. */
  readonly width: number;
  /** Resolves for whatever becomes of the cell; rejects only when no cell can run. */
  run(cell: Cell): Promise<FinishedCell>;
  /** Ends at once; cells that still run are abandoned. */
  close(): Promise<void>;
}

/** In this thread, without the wall-clock net. For programs that bring their own threads, and for tests. */
export function inlineExecutor(context: CellContext): Executor {
  const kernels = loadKernels(context.backend);
  kernels.catch(() => {}); // Seen where it is awaited.
  return { width: 1, run: async (cell) => executeCell(cell, context, await kernels), close: async () => {} };
}

export interface ThreadOptions {
  readonly threads: number;
  /** A cell that takes longer is ended, and its row becomes `timeout`. */
  readonly cell_timeout_s: number;
  /** A worker died and its cell is tried once again. */
  readonly onRetry?: (cell: Cell, reason: string) => void;
}

/**
 * Worker threads, one cell a task and one task a thread. Also for one thread: only a thread can be ended from outside when its cell
 * outlives the wall-clock net.
 */
export function threadExecutor(context: CellContext, options: ThreadOptions): Executor {
  const pool = new ThreadPool<Cell, FinishedCell>({
    module: workerModule('./worker', import.meta.url),
    data: context,
    threads: options.threads,
  });
  let closed = false;
  const attempt = async (cell: Cell): Promise<FinishedCell | { died: string }> => {
    const net = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    try {
      return await pool.run(cell, () => {
        timer = setTimeout(() => net.abort(), options.cell_timeout_s * 1000);
        return net.signal;
      });
    } catch (error) {
      if (net.signal.aborted) {
        return broken(
          cell,
          await loadWorkload(cell.workload),
          'timeout',
          `no result within ${options.cell_timeout_s} s of wall-clock time (--cell-timeout)`,
        );
      }
      if (error instanceof ThreadStartError)
        throw new UserError(`worker threads cannot start: ${error.message}`, { exitStatus: EXIT.failed, cause: error });
      return { died: messageOf(error) };
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    width: options.threads,
    async run(cell) {
      const first = await attempt(cell);
      if (!('died' in first)) return first;
      if (closed) throw new Error('the executor is closed');
      options.onRetry?.(cell, first.died);
      const second = await attempt(cell);
      if (!('died' in second)) return second;
      return broken(cell, await loadWorkload(cell.workload), 'failed', `its worker thread died twice: ${second.died}`);
    },
    close: () => {
      closed = true;
      return pool.close();
    },
  };
}
