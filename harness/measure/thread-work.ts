// What a measuring thread does: calls of one kernel, one quota a task. Imports little, since a cold pool waits for it.
import type { Backend } from '../model/kernels.ts';
import { atRandomDepth } from './stack-depth.ts';
import { TaskFactory, WAVE_SIZES, type KernelTask } from './tasks.ts';

/** So many calls of a kernel. */
export interface Quota {
  readonly kernel: string;
  /** 0: nothing but the way there and back. */
  readonly calls: number;
  /** First has the kernel choose its form, if it has several. */
  readonly settle?: boolean;
}

export interface Done {
  readonly thread: number;
  /** process.hrtime: one clock for all threads of a process. */
  readonly began_ns: bigint;
  readonly ended_ns: bigint;
}

/** Sizes of batches that are measured on threads. */
const BATCHES = [64, 256, 1024] as const;

/** One thread's tasks, each made when it is first asked for: its kernels, and their memories, belong to the thread. */
export class Workshop {
  readonly #makers: ReadonlyMap<string, () => KernelTask>;
  readonly #made = new Map<string, KernelTask>();
  /** Where results go, so that no engine may drop the work. */
  last: unknown;

  constructor(backend: Backend) {
    this.#makers = new TaskFactory().makers(backend, { batches: BATCHES, knownKeys: true, rolled: true, waves: WAVE_SIZES, tally: true });
  }

  /** RangeError where there is no such kernel. */
  task(kernel: string): KernelTask {
    let task = this.#made.get(kernel);
    if (task === undefined) {
      const make = this.#makers.get(kernel);
      if (make === undefined) throw new RangeError(`kernel must be one of ${[...this.#makers.keys()].join(', ')}, got ${kernel}`);
      this.#made.set(kernel, (task = make()));
    }
    return task;
  }

  fill({ kernel, calls, settle: settles }: Quota): void {
    if (calls === 0) return;
    const { run, settle } = this.task(kernel);
    if (settles === true) settle?.();
    atRandomDepth(() => {
      for (let i = 0; i < calls; i++) this.last = run();
    });
  }
}
