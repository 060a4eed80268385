// Watts of one core, busy and idle: measured with RAPL where the kernel lets us read it, else a documented default.
import { readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sink } from './meter.ts';

export interface CorePower {
  /** Of a busy core, its share of what an idle machine draws included. */
  readonly watts_per_core: number;
  /** How the number came about, in words that a report prints. */
  readonly source: string;
  /** Of an idle core, where it was measured. Absent: the documented default of the prices. */
  readonly idle?: { readonly watts_per_core: number; readonly source: string };
}

/**
 * TDP ÷ cores of a server CPU with all cores at work: Intel Xeon Platinum 8380, 270 W, 40 cores (Intel, product
 * specifications, Q2 2021). Memory, fans and power supply are not in it.
 */
export const DEFAULT_CORE_POWER: CorePower = {
  watts_per_core: 6.75,
  source: 'default: TDP 270 W ÷ 40 cores of an Intel Xeon Platinum 8380 (Intel product specifications, 2021)',
};

/** One RAPL package domain: a counter of microjoules that wraps at `range_uj`. */
interface Domain {
  readonly file: string;
  readonly range_uj: number;
}

export interface RaplOptions {
  /** Default /sys/class/powercap. */
  readonly folder?: string;
  /** Physical cores that share the packages' power; default: those that the kernel names. */
  readonly cores?: number;
  /** Seconds of each of the two windows; default 0.25. */
  readonly window_s?: number;
  /** Lets the time pass with this core idle. */
  readonly idle?: (seconds: number) => Promise<void>;
  /** Keeps this core busy. */
  readonly busy?: (seconds: number) => void;
  /** Monotonic seconds. */
  readonly now?: () => number;
}

function packageDomains(folder: string): Domain[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^intel-rapl:\d+$/.test(name))
      .sort()
      .map((name) => {
        const read = (file: string): number => Number(readFileSync(path.join(folder, name, file), 'utf8'));
        read('energy_uj');
        return { file: path.join(folder, name, 'energy_uj'), range_uj: read('max_energy_range_uj') };
      });
  } catch {
    // Absent, or readable by root only (CVE-2020-8694).
    return [];
  }
}

/** An integer loop on one core. */
function spin(seconds: number): void {
  const end = performance.now() + seconds * 1000;
  let x = 1;
  while (performance.now() < end) for (let i = 0; i < 10_000; i++) x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + i;
  sink.last = x;
}

/** Watts over a window, summed over the domains. */
async function wattsDuring(domains: readonly Domain[], now: () => number, pass: () => Promise<void> | void): Promise<number> {
  const read = (): number[] => domains.map(({ file }) => Number(readFileSync(file, 'utf8')));
  const from = read();
  const start = now();
  await pass();
  const to = read();
  const seconds = now() - start;
  let joules = 0;
  domains.forEach(({ range_uj }, i) => {
    const used = to[i] - from[i];
    joules += (used < 0 ? used + range_uj : used) / 1e6;
  });
  return joules / seconds;
}

/** Physical cores: sets of threads that share one, as /sys/devices/system/cpu lists them; else what the system calls CPUs. */
export function physicalCores(folder = '/sys/devices/system/cpu'): number {
  try {
    const cpus = readdirSync(folder).filter((name) => /^cpu\d+$/.test(name));
    const cores = new Set(cpus.map((name) => readFileSync(path.join(folder, name, 'topology/thread_siblings_list'), 'utf8')));
    if (cores.size > 0) return cores.size;
  } catch {
    // Not Linux, or a kernel without the list.
  }
  return Math.max(1, os.cpus().length);
}

/**
 * An idle core is an equal share of the packages' power without load; a busy one is that and what one busy core adds. null
 * where RAPL cannot be read, or where other load hid the difference (it must be between 0.5 and 200 W to be believed).
 */
export async function measureRapl(options: RaplOptions = {}): Promise<CorePower | null> {
  const { folder = '/sys/class/powercap', window_s = 0.25, busy = spin, now = () => performance.now() / 1000 } = options;
  const idle = options.idle ?? ((seconds: number) => sleep(seconds * 1000));
  const domains = packageDomains(folder);
  if (domains.length === 0) return null;
  const idle_w = await wattsDuring(domains, now, () => idle(window_s));
  const busy_w = await wattsDuring(domains, now, () => busy(window_s));
  const added_w = busy_w - idle_w;
  if (!(added_w >= 0.5 && added_w <= 200)) return null;
  const cores = options.cores ?? physicalCores();
  const share_w = idle_w / cores;
  const shareText = `idle package power (${idle_w.toFixed(1)} W) ÷ ${cores} cores`;
  return {
    watts_per_core: round(share_w + added_w),
    source: `RAPL: ${shareText}, and what one busy core adds (${added_w.toFixed(1)} W)`,
    idle: { watts_per_core: round(share_w), source: `RAPL: ${shareText}` },
  };
}

const round = (watts: number): number => Math.round(watts * 100) / 100;

/** `given` (--watts-per-core) first, then RAPL, then the default. */
export async function corePower(given?: number, rapl: RaplOptions = {}): Promise<CorePower> {
  if (given !== undefined) return { watts_per_core: given, source: 'given by --watts-per-core' };
  return (await measureRapl(rapl)) ?? DEFAULT_CORE_POWER;
}
