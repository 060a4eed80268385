// Worker threads for the kernels' measurement and for a run's cells: Piscina, one pool a thread.
//
// No thread is ever ended before it has said that it is ready: Node 20 aborts the whole process ("Aborted", with a `require` of the
// pool's worker script among its native frames) when a thread is terminated while it still loads its module, which hit one
// `kernels --quick` in some fifty. Piscina itself counts its first threads as ready when it has made them, gives tasks to threads
// that still load, and ends all of them on `destroy`. So each thread is a Piscina pool of at most one thread, which gets an empty
// task first: what answers it is ready. Only then does it take tasks, whose signal may end it, and `close` waits for that answer.
import { Piscina } from 'piscina';

/** A module of this program without its extension: the sources are .ts, what is built is .js. */
export function workerModule(name: string, base: string): URL {
  return new URL(`${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}

export interface ThreadPoolOptions {
  /** Its default export does a task; it also exports `ready`, which does nothing. */
  readonly module: URL;
  /** `workerData` of every thread. */
  readonly data: unknown;
  readonly threads: number;
  /** Tasks at a thread at a time. Default 1. */
  readonly atOnce?: number;
}

/** A thread could not even start: no task is to blame, and none can run. */
export class ThreadStartError extends Error {
  override name = 'ThreadStartError';
}

class Thread<Task, Result> {
  readonly #pool: Piscina<Task, Result>;
  #fail: (error: Error) => void = () => {};
  /** Of the thread that is there now; rejects where it cannot start. */
  ready: Promise<void>;
  /** Tasks that it has. */
  tasks = 0;

  constructor({ module, data, atOnce = 1 }: ThreadPoolOptions) {
    this.#pool = new Piscina<Task, Result>({
      filename: module.href,
      // None but the one that the first task asks for: Piscina replaces no lost thread before `#start` asks for one.
      minThreads: 0,
      maxThreads: 1,
      concurrentTasksPerWorker: atOnce,
      idleTimeout: Infinity,
      recordTiming: false,
      workerData: data,
    });
    // Where a thread cannot load its module no task fails: Piscina reports it here.
    this.#pool.on('error', (error: Error) => this.#fail(error));
    this.ready = this.#start();
  }

  #start(): Promise<void> {
    const answered = new Promise<void>((resolve, reject) => {
      this.#fail = (error) => reject(new ThreadStartError(error.message, { cause: error }));
      this.#pool.run(undefined as Task, { name: 'ready' }).then(() => resolve(), this.#fail);
    });
    // A thread that loads does not keep the process alive by itself; nobody may wait for it in vain.
    const { threads } = this.#pool;
    for (const thread of threads) thread.ref();
    const started = answered.finally(() => {
      for (const thread of threads) thread.unref();
    });
    started.catch(() => {}); // Seen where it is awaited.
    return started;
  }

  async run(task: Task, signal: AbortSignal | null): Promise<Result> {
    try {
      return await this.#pool.run(task, { signal });
    } catch (error) {
      // The thread may be gone: the next that Piscina makes has to answer first. One that is still there answers at once.
      this.ready = this.#start();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.ready.catch(() => {});
    await this.#pool.destroy();
  }
}

interface Waiting<Task, Result> {
  readonly take: (thread: Thread<Task, Result>) => void;
  readonly fail: (error: Error) => void;
}

export class ThreadPool<Task, Result> {
  readonly #threads: readonly Thread<Task, Result>[];
  /** A thread stands here once for each task that it can take. */
  readonly #free: Thread<Task, Result>[] = [];
  readonly #waiting: Waiting<Task, Result>[] = [];
  #unusable: Error | undefined;
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.#threads = Array.from({ length: options.threads }, () => new Thread<Task, Result>(options));
    for (const thread of this.#threads) for (let place = 0; place < (options.atOnce ?? 1); place++) this.#offer(thread);
  }

  /**
   * Runs a task on the first thread that is ready and free. `signal` is asked for when the task begins there, so that a limit of
   * time counts no waiting; it ends the thread (another takes its place) and rejects.
   * @throws ThreadStartError where threads cannot start; what the task throws; an error where its thread died or the pool is closed
   */
  async run(task: Task, signal?: () => AbortSignal): Promise<Result> {
    const thread = await this.#take();
    try {
      return await thread.run(task, signal?.() ?? null);
    } finally {
      thread.tasks -= 1;
      this.#offer(thread);
    }
  }

  #take(): Promise<Thread<Task, Result>> {
    if (this.#unusable !== undefined) return Promise.reject(this.#unusable);
    if (this.#free.length === 0) return new Promise((take, fail) => this.#waiting.push({ take, fail }));
    // The one with the least to do: where threads take several tasks, one would have two while another has none.
    let least = 0;
    for (let i = 1; i < this.#free.length; i++) if (this.#free[i].tasks < this.#free[least].tasks) least = i;
    const [thread] = this.#free.splice(least, 1);
    thread.tasks += 1;
    return Promise.resolve(thread);
  }

  #offer(thread: Thread<Task, Result>): void {
    thread.ready.then(
      () => {
        const next = this.#closed ? undefined : this.#waiting.shift();
        if (next === undefined) this.#free.push(thread);
        else {
          thread.tasks += 1;
          next.take(thread);
        }
      },
      (error: Error) => this.#give(error),
    );
  }

  /** No task that waits will run. */
  #give(error: Error): void {
    this.#unusable ??= error;
    for (const { fail } of this.#waiting.splice(0)) fail(this.#unusable);
  }

  /** Ends all threads, each as soon as it is ready; tasks that run or wait are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#give(new Error('the threads are closed'));
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
