// Is this machine fit to measure on? What is known of it → checks, each with what was found and what to do, and a verdict. `diagnose` is
// pure; the probe of timing noise is the only thing here that takes time.
import { createHash } from 'node:crypto';
import { clockStep_s } from './clock.ts';
import type { KernelMeasurement } from './costs.ts';
import type { Environment } from './environment.ts';
import { ascending, median } from './statistics.ts';

/** `doubtful`: figures stand with a word of caution; `unfit`: they would mislead. */
export type State = 'good' | 'doubtful' | 'unfit';

export interface Check {
  readonly id: 'cores' | 'quota' | 'memory' | 'load' | 'governor' | 'smt' | 'virtual machine' | 'clock' | 'simd' | 'node' | 'noise';
  readonly state: State;
  /** What was found, in words. */
  readonly found: string;
  /** What to do about it; '' where it is good. */
  readonly advice: string;
}

export interface Fitness {
  /** The worst of its checks. */
  readonly verdict: State;
  readonly checks: readonly Check[];
}

/** What chance alone makes of the same work, measured twice. */
export interface Noise {
  /** Two measurements differ by less than this share in 19 of 20 cases. */
  readonly difference: number;
  /** `8 blocks of one piece of work`, `41 kernels`. */
  readonly of: string;
}

export interface Facts extends Pick<
  Environment,
  | 'cores_present'
  | 'cores_usable'
  | 'cpu_quota'
  | 'memory_bytes'
  | 'memory_limit_bytes'
  | 'load_average'
  | 'cpu_governor'
  | 'smt'
  | 'virtual_machine'
  | 'container'
  | 'node'
  | 'v8'
  | 'wasm_simd'
> {
  /** The smallest step of the clock, seconds. */
  readonly clock_s: number;
}

/** What a comparison is asked to tell apart, by default (`compare --threshold`). */
const COMPARISON_NEEDS = 0.05;
/** Samples of kernels take 3 ms and more, and need 1 000 steps of the clock. */
const CLOCK_NEEDS_S = 3e-6;
/** A run of the suites that ship takes less than this. */
const MEMORY_NEEDS = 2 ** 30;
/** Other tasks that want to run, a usable core. */
const BUSY = { doubtful: 0.25, unfit: 1 } as const;
const OLDEST_NODE = [20, 19] as const;
/** 97.5% quantile of Student's t with 7 degrees of freedom: of the deviation of eight blocks. */
const T7 = 2.364624252;
const BLOCKS = 8;
/** Two medians, each with an interval of this half-width, differ by root two of it. */
const TWO = Math.SQRT2;

/** The facts of an environment, with the step of this machine's clock. */
export function factsOf(environment: Environment): Facts {
  return { ...environment, clock_s: clockStep_s() };
}

const GIB = 2 ** 30;
const percent = (share: number): string => `${Number((share * 100).toPrecision(2))}%`;
const gib = (bytes: number): string => `${Number((bytes / GIB).toPrecision(3))} GiB`;

/** Every check that can be made; `noise` null: not measured. What is not readable on a system makes no check. */
export function diagnose(facts: Facts, noise: Noise | null): Fitness {
  const checks: Check[] = [];
  const check = (id: Check['id'], state: State, found: string, advice: string): void => {
    checks.push({ id, state, found, advice: state === 'good' ? '' : advice });
  };
  const { cores_present, cores_usable, cpu_quota, memory_limit_bytes, memory_bytes, load_average, cpu_governor, smt, virtual_machine } =
    facts;
  check(
    'cores',
    cores_usable < 2 ? 'doubtful' : 'good',
    `${cores_usable} of ${cores_present} usable`,
    'with one core the tool’s own work disturbs what it measures: give the process a second one',
  );
  if (cpu_quota !== null)
    check(
      'quota',
      cpu_quota < 1 ? 'unfit' : cpu_quota < cores_usable ? 'doubtful' : 'good',
      `a control group allows ${cpu_quota} CPUs on ${cores_usable} cores`,
      'it stops the process for moments: raise the quota, or limit the cores instead (cpuset)',
    );
  const memory = Math.min(memory_bytes, memory_limit_bytes ?? Infinity);
  check(
    'memory',
    memory < MEMORY_NEEDS ? 'doubtful' : 'good',
    memory_limit_bytes === null ? gib(memory_bytes) : `${gib(memory)} by a control group, of ${gib(memory_bytes)}`,
    'large suites may not fit: give it 1 GiB or more',
  );
  const load = load_average[0] ?? 0;
  check(
    'load',
    load > BUSY.unfit * cores_usable ? 'unfit' : load > BUSY.doubtful * cores_usable ? 'doubtful' : 'good',
    `${load} tasks wanted to run on ${cores_usable} cores over the last minute`,
    'end what else runs, and wait a minute',
  );
  if (cpu_governor !== null)
    check(
      'governor',
      cpu_governor === 'performance' ? 'good' : 'doubtful',
      cpu_governor,
      'the clock frequency moves: set the governor performance (cpupower frequency-set -g performance)',
    );
  if (smt !== null)
    check(
      'smt',
      smt ? 'doubtful' : 'good',
      smt ? 'threads share cores' : 'off',
      'what a neighbour on the same core does shows: measure on as many threads as there are cores, or switch it off',
    );
  if (virtual_machine !== null)
    check(
      'virtual machine',
      virtual_machine ? 'doubtful' : 'good',
      `${virtual_machine ? 'a virtual machine' : 'none'}${facts.container === null ? '' : `, in a container (${facts.container})`}`,
      'its neighbours are not seen from inside: measure twice, at different times',
    );
  check(
    'clock',
    facts.clock_s > CLOCK_NEEDS_S ? 'unfit' : 'good',
    `steps of ${Number((facts.clock_s * 1e9).toPrecision(2))} ns`,
    'samples of milliseconds are cut too coarsely: use a system with a finer clock',
  );
  check(
    'simd',
    facts.wasm_simd ? 'good' : 'doubtful',
    facts.wasm_simd ? 'there' : 'none',
    'this JavaScript engine has no WASM SIMD: the slower build runs',
  );
  const [major = 0, minor = 0] = facts.node.split('.').map(Number);
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  check('node', old ? 'unfit' : 'good', `Node ${facts.node}, V8 ${facts.v8}`, `install Node ${OLDEST_NODE.join('.')} or later`);
  if (noise !== null)
    check(
      'noise',
      noise.difference > 2 * COMPARISON_NEEDS ? 'unfit' : noise.difference > COMPARISON_NEEDS ? 'doubtful' : 'good',
      `the same work twice differs by up to ${percent(noise.difference)} by chance (${noise.of}); a comparison at ${percent(COMPARISON_NEEDS)} needs less than that`,
      'a change smaller than that cannot be told: quiet the machine, or compare with a larger --threshold',
    );
  const verdict = (['unfit', 'doubtful'] as const).find((state) => checks.some((one) => one.state === state)) ?? 'good';
  return { verdict, checks };
}

/** Below so many samples a median has no 95% interval, but their range. */
const LEAST_SAMPLES = 6;

/** From the intervals of kernels that were just measured; null where none has samples enough for one. */
export function noiseOfKernels(kernels: readonly KernelMeasurement[]): Noise | null {
  const known = kernels.filter(({ samples }) => samples >= LEAST_SAMPLES);
  const halves = known.map(({ rate_median, rate_ci95_low, rate_ci95_high }) => (rate_ci95_high - rate_ci95_low) / 2 / rate_median);
  return halves.length === 0
    ? null
    : { difference: TWO * median(ascending(halves)), of: `the middle of ${halves.length} kernels’ intervals` };
}

/** From medians of blocks of the same work: what two of them differ by in 19 of 20 cases. */
export function noiseOfBlocks(medians_s: readonly number[]): Noise {
  const logs = medians_s.map((value) => Math.log(value));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const deviation = Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (logs.length - 1));
  return { difference: Math.expm1(T7 * TWO * deviation), of: `${medians_s.length} blocks of hashing` };
}

/** Measures one piece of work again and again, in eight blocks. Takes about so many seconds. */
export function probeNoise(budget_s: number): Noise {
  const bytes = Buffer.alloc(1 << 16);
  const now_s = (): number => Number(process.hrtime.bigint()) / 1e9;
  const once = (): number => {
    const from = now_s();
    for (let i = 0; i < 16; i++) createHash('sha256').update(bytes).digest();
    return now_s() - from;
  };
  once();
  const end = now_s();
  const medians = Array.from({ length: BLOCKS }, (_, block) => {
    const samples: number[] = [];
    while (samples.length < 5 || now_s() < end + ((block + 1) * budget_s) / BLOCKS) samples.push(once());
    return median(ascending(samples));
  });
  return noiseOfBlocks(medians);
}
