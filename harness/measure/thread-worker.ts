// A measuring thread: the pool hands it quotas.
import { threadId, workerData } from 'node:worker_threads';
import type { Backend } from '../model/kernels.ts';
import { Workshop, type Done, type Quota } from './thread-work.ts';

const workshop = new Workshop(workerData as Backend);

export default function run(quota: Quota): Done {
  const began_ns = process.hrtime.bigint();
  workshop.fill(quota);
  return { thread: threadId, began_ns, ended_ns: process.hrtime.bigint() };
}

/** The pool's first task: to answer it the thread must have loaded. */
export function ready(): void {}
