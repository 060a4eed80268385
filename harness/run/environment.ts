// environment.json of a run: the machine and the versions that its first start saw, which no later one replaces, and an entry for
// each start.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError, readError } from '../errors.ts';
import type { Backend } from '../model/kernels.ts';
import type { CostWarning } from '../measure/costs.ts';
import { diagnose, factsOf, type Fitness, type Noise } from '../measure/doctor.ts';
import { captureEnvironment, type Environment } from '../measure/environment.ts';
import type { EngineChoice } from './cell.ts';

/** The flags of a run that its results depend on, and those that it began with; kept for --resume. */
export interface RunSettings {
  readonly backend: Backend;
  readonly engine: EngineChoice;
  readonly quick: boolean;
  readonly threads: number;
  readonly cell_timeout_s: number;
  readonly watts_per_core: number | null;
}

/** What may be another machine, version or load at each start. */
const START_KEYS = [
  'taken_at',
  'load_average',
  'cpu_model',
  'cores_usable',
  'package_version',
  'git_commit',
  'git_dirty',
  'kernels_sha256',
  'node',
  'v8',
] as const satisfies readonly (keyof Environment)[];

/** One start: a new run, or --resume. */
export interface RunStart extends Pick<Environment, (typeof START_KEYS)[number]> {
  readonly threads: number;
  readonly cell_timeout_s: number;
  /** Wall-clock seconds of its cells alone: no kernels, no exports. null while it runs, and for ever where it was killed. */
  readonly cells_wall_s: number | null;
  /** null while it runs, and for ever where it was killed or failed. */
  readonly ended: 'finished' | 'interrupted' | null;
}

/** environment.json */
export interface RunEnvironment extends Environment {
  readonly run: RunSettings;
  /** Wall-clock seconds of the cells of all starts whose time is known; null until the run has finished. */
  readonly cells_wall_s: number | null;
  readonly starts: readonly RunStart[];
  /** What makes the measured costs doubtful; also in costs.json. */
  readonly warnings: readonly CostWarning[];
  /** What `doctor` says of the machine when the run began, with the noise of its kernels where they were measured; absent before version 0.4. */
  readonly fitness?: Fitness;
}

function startOf(environment: Environment, { threads, cell_timeout_s }: RunSettings): RunStart {
  const seen = Object.fromEntries(START_KEYS.map((key) => [key, environment[key]])) as Pick<Environment, (typeof START_KEYS)[number]>;
  return { ...seen, threads, cell_timeout_s, cells_wall_s: null, ended: null };
}

/** With the start that begins now. */
export function withStart(before: RunEnvironment | null, settings: RunSettings): RunEnvironment {
  const now = captureEnvironment();
  const start = startOf(now, settings);
  if (before === null)
    return { ...now, run: settings, cells_wall_s: null, starts: [start], warnings: [], fitness: diagnose(factsOf(now), null) };
  return { ...before, cells_wall_s: null, starts: [...before.starts, start] };
}

/** With what the kernels that were just measured tell of the machine's noise. */
export function withNoise(environment: RunEnvironment, noise: Noise | null): RunEnvironment {
  return noise === null ? environment : { ...environment, fitness: diagnose(factsOf(environment), noise) };
}

/** With how the start that runs went. */
export function withEnd(environment: RunEnvironment, end: Pick<RunStart, 'cells_wall_s' | 'ended'>): RunEnvironment {
  const starts = [...environment.starts.slice(0, -1), { ...environment.starts.at(-1)!, ...end }];
  const cells_wall_s = end.ended === 'interrupted' ? null : starts.reduce((sum, start) => sum + (start.cells_wall_s ?? 0), 0);
  return { ...environment, cells_wall_s, starts };
}

/** Reads a run's environment.json. UserError where it is missing or none. */
export function readEnvironment(dir: string): RunEnvironment {
  const file = path.join(dir, 'environment.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw readError('the environment of the run', file, error);
  }
  try {
    const environment = JSON.parse(text) as RunEnvironment & Partial<Pick<RunEnvironment, 'starts' | 'warnings'>>;
    const { run, cells_wall_s } = environment;
    if (typeof run.backend === 'string' && typeof run.engine === 'string') {
      // A run of version 0.1.0 knew one start alone.
      const only = { ...startOf(environment, run), cells_wall_s, ended: cells_wall_s === null ? null : ('finished' as const) };
      return { ...environment, starts: environment.starts ?? [only], warnings: environment.warnings ?? [] };
    }
  } catch {
    // The message below says what is wrong with it.
  }
  throw new UserError(`${file}: not the environment.json of a run; accepted: the file as the run wrote it`);
}
