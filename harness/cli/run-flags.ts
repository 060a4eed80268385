// What the flags of `run` mean: the suite, the kernels, and what may stand beside --resume.
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { UserError } from '../errors.ts';
import { requireRunFolder } from '../folder/plan-file.ts';
import { wasmBackend } from '../kernels/backend.ts';
import type { CostTable } from '../measure/costs.ts';
import type { Backend } from '../model/kernels.ts';
import { readCosts, requirePrices } from '../run/costs.ts';
import { readEnvironment } from '../run/environment.ts';
import { SUITES_FOLDER, loadSuite, parseSuite, suiteOf, type SuiteOverrides } from '../suite/load.ts';
import { faultsOfFlag, loadsOfFlag } from '../suite/flag-values.ts';
import { needingWorkload } from '../suite/plan.ts';
import type { Suite } from '../suite/types.ts';
import { QUICK, type RunFlags } from './run.ts';

/** Node counts of a workload that is run without a suite. */
const AD_HOC_NODES = [4, 7, 10, 16] as const;

/** In place of a suite file. */
export const STANDARD_INPUT = '-';

/** The suite that a command line means; files that one on standard input names are beside the command. */
export async function suiteFor(file: string | undefined, flags: RunFlags, more: SuiteOverrides = {}): Promise<Suite> {
  const given = file !== undefined || flags.workload !== undefined;
  const overrides: SuiteOverrides = {
    ...optional('seed', flags.seed),
    ...optional('crypto', flags.crypto === undefined ? undefined : [flags.crypto]),
    ...optional('nodes', flags.nodes),
    ...optional('replicates', flags.replicates),
    ...optional('filter', flags.filter),
    ...optional('load', flags.load === undefined ? undefined : loadsOfFlag('--load', flags.load)),
    ...optional('fault', flags.fault === undefined ? undefined : faultsOfFlag('--fault', flags.fault)),
    ...optional('engine', flags.engine === undefined || flags.engine === 'auto' ? undefined : flags.engine),
    ...(flags.quick === true && given ? { replicatesAtMost: QUICK.replicates, decisionsAtMost: QUICK.decisions } : {}),
    ...more,
  };
  if (file === STANDARD_INPUT)
    return parseSuite(await text(process.stdin), {
      name: 'standard input',
      overrides: { ...overrides, ...optional('workloads', flags.workload) },
    });
  if (file !== undefined) return loadSuite(file, { ...overrides, ...optional('workloads', flags.workload) });
  if (flags.workload === undefined)
    return loadSuite(path.join(SUITES_FOLDER, flags.quick === true ? 'quick.yaml' : 'default.yaml'), overrides);
  const ids = [...new Set(flags.workload)];
  const data = {
    name: ids.join('-'),
    sweep: { nodes: AD_HOC_NODES },
    workloads: Object.fromEntries(ids.map((id) => [id, {}])),
  };
  return suiteOf(data, { name: '--workload', overrides });
}

/**
 * The cost table of --costs.
 * @throws UserError where it lacks a price that cells of the suite need
 */
export function costsFor(suite: Suite, file: string): CostTable {
  const table = readCosts(file);
  requirePrices(table, `--costs ${file}`, (need) => needingWorkload(suite, need));
  return table;
}

export function backendOf(flags: RunFlags): Backend {
  return flags.backend === 'reference' ? 'reference' : wasmBackend();
}

/** Flags beside --resume must not contradict the folder; threads and the wall-clock net may be chosen anew. */
export function checkResume(file: string | undefined, flags: RunFlags): void {
  const dir = flags.resume!;
  requireRunFolder(dir, '--resume');
  const fixed: readonly (readonly [string, string | number | readonly (string | number)[] | undefined])[] = [
    ['a suite file', file],
    ['--out', flags.out],
    ['--workload', flags.workload],
    ['--nodes', flags.nodes],
    ['--replicates', flags.replicates],
    ['--filter', flags.filter],
    ['--load', flags.load],
    ['--fault', flags.fault],
    ['--crypto', flags.crypto],
    ['--costs', flags.costs],
  ];
  for (const [name, value] of fixed) {
    if (value === undefined) continue;
    throw new UserError(
      `--resume ${dir}: received ${name} ${value.toString()} beside it; accepted: neither, since ${dir} says what is run`,
    );
  }
  const { run: settings } = readEnvironment(dir);
  const suite = loadSuite(path.join(dir, 'suite.yaml'));
  type Value = string | number | boolean | null;
  const compared: readonly (readonly [string, Value | undefined, Value])[] = [
    ['--seed', flags.seed, suite.seed],
    ['--backend', flags.backend && backendOf(flags), settings.backend],
    ['--engine', flags.engine, settings.engine],
    ['--quick', flags.quick, settings.quick],
    ['--watts-per-core', flags.wattsPerCore, settings.watts_per_core],
  ];
  for (const [name, received, stored] of compared) {
    if (received === undefined || received === stored) continue;
    throw new UserError(
      `${name}: received ${String(received)}, which contradicts --resume ${dir}; accepted: ${String(stored ?? 'none')}, as that run began, or no ${name}`,
    );
  }
}

/** `{ key: value }`, or nothing where the value is undefined. */
export function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}
