// Where cells run: in worker threads, or inline.
import { Piscina } from 'piscina';
import { createKernels } from '../kernels/index.ts';
import type { Cell } from '../suite/schema.ts';
import { EXIT, UserError, messageOf } from '../errors.ts';
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
  const kernels = createKernels(context.backend);
  return { width: 1, run: (cell) => executeCell(cell, context, kernels), close: async () => {} };
}

export interface ThreadOptions {
  readonly threads: number;
  /** A cell that takes longer is ended, and its row becomes `timeout`. */
  readonly cell_timeout_s: number;
  /** A worker died and its cell is tried once again. */
  readonly onRetry?: (cell: Cell, reason: string) => void;
}

/**
 * Piscina worker threads, one cell a task and one task a worker. Also for one thread: only a worker can be ended from outside
 * when its cell outlives the wall-clock net.
 */
export function threadExecutor(context: CellContext, options: ThreadOptions): Executor {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const pool = new Piscina({
    filename: new URL(`./worker${extension}`, import.meta.url).href,
    minThreads: options.threads,
    maxThreads: options.threads,
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    workerData: context,
  });
  // Piscina reports here what no task can be blamed for: a worker that cannot even start. (A set of those who wait, since racing
  // each task against one long-lived promise would keep something of every cell until the end.)
  const waiting = new Set<(error: Error) => void>();
  let unusable: UserError | undefined;
  pool.on('error', (error: Error) => {
    unusable = new UserError(`worker threads cannot start: ${error.message}`, { exitStatus: EXIT.failed, cause: error });
    for (const fail of waiting) fail(unusable);
  });
  const runTask = (cell: Cell, signal: AbortSignal): Promise<FinishedCell> =>
    new Promise((resolve, reject) => {
      waiting.add(reject);
      void (pool.run(cell, { signal }) as Promise<FinishedCell>).then(resolve, reject).finally(() => waiting.delete(reject));
    });

  let closed = false;
  const attempt = async (cell: Cell): Promise<FinishedCell | { died: string }> => {
    const net = new AbortController();
    const timer = setTimeout(() => net.abort(), options.cell_timeout_s * 1000);
    try {
      return await runTask(cell, net.signal);
    } catch (error) {
      if (net.signal.aborted) {
        return broken(cell, 'timeout', `no result within ${options.cell_timeout_s} s of wall-clock time (--cell-timeout)`);
      }
      if (unusable !== undefined) throw unusable;
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
      return 'died' in second ? broken(cell, 'failed', `its worker thread died twice: ${second.died}`) : second;
    },
    close: () => {
      closed = true;
      return pool.destroy();
    },
  };
}
