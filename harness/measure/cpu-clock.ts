// The clock of work that waits: CPU time of the calling thread, user and system. What a kernel thread or a disk does for it is not in it.
import type { TimestampProvider } from 'tinybench';

/** Node 24 tells threads apart; before it this is the time of the whole process, whose other threads should be idle. */
type ThreadUsage = { threadCpuUsage?: () => NodeJS.CpuUsage };
const usage = (process as ThreadUsage).threadCpuUsage?.bind(process) ?? process.cpuUsage.bind(process);

/** In whole microseconds. */
export const CPU_CLOCK: TimestampProvider = {
  name: 'cpuUsage',
  fn: () => {
    const { user, system } = usage();
    return user + system;
  },
  toMs: (us) => Number(us) / 1000,
  fromMs: (ms) => ms * 1000,
};

/** The smallest step of that clock, seconds. */
export const CPU_CLOCK_STEP_S = 1e-6;
