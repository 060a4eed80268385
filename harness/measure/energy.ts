// Watts of one busy core: measured with RAPL where the kernel lets us read it, else a documented default.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sink } from './meter.ts';

export interface CorePower {
  readonly watts_per_core: number;
  /** How the number came about, in words that a report prints. */
  readonly source: string;
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

/**
 * Power of the package with one core busy, less that with it idle. null where RAPL cannot be read, or where other load
 * hid the difference (it must be between 0.5 and 200 W to be believed).
 */
export async function measureRapl(options: RaplOptions = {}): Promise<CorePower | null> {
  const { folder = '/sys/class/powercap', window_s = 0.25, busy = spin, now = () => performance.now() / 1000 } = options;
  const idle = options.idle ?? ((seconds: number) => sleep(seconds * 1000));
  const domains = packageDomains(folder);
  if (domains.length === 0) return null;
  const idle_w = await wattsDuring(domains, now, () => idle(window_s));
  const busy_w = await wattsDuring(domains, now, () => busy(window_s));
  const watts = busy_w - idle_w;
  if (!(watts >= 0.5 && watts <= 200)) return null;
  return {
    watts_per_core: Math.round(watts * 100) / 100,
    source: `RAPL: package power with one core busy (${busy_w.toFixed(1)} W) less idle (${idle_w.toFixed(1)} W)`,
  };
}

/** `given` (--watts-per-core) first, then RAPL, then the default. */
export async function corePower(given?: number, rapl: RaplOptions = {}): Promise<CorePower> {
  if (given !== undefined) return { watts_per_core: given, source: 'given by --watts-per-core' };
  return (await measureRapl(rapl)) ?? DEFAULT_CORE_POWER;
}
