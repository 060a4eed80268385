// A suite file → a Suite: parsed, checked against the schema and against what its workloads take, defaults filled in.
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { Document, isScalar, isSeq, visit } from 'yaml';
import { UserError } from '../errors.ts';
import type { EngineId } from '../model/outcome.ts';
import { workloads } from '../workloads.ts';
import { parametersOf, whatToWrite } from './accepted.ts';
import { checkSuite } from './check.ts';
import { filterSuite } from './filter.ts';
import { NODE_NAME, nodeNamesText } from './leaves.ts';
import { didYouMean } from './near.ts';
import { loadData, loadSpecs } from './load-schema.ts';
import { networkData, resolveNetwork } from './networks.ts';
import { given, omit, withoutUndefined } from './omit.ts';
import { SETTING_KEYS, suiteSchema, type EntryInput, type NetworkInput, type NodeInput, type SuiteInput } from './schema.ts';
import { NODE_PROFILES, profileOf, type CryptoMode, type NetworkSpec, type NodeProfile, type ParameterValue } from '../model/cell.ts';
import type { LoadSpec } from '../model/load.ts';
import { ratioText } from '../model/ratio.ts';
import { weightsOf, type Weights } from './weights.ts';
import type { Entry, FaultAxis, Suite, SuiteData } from './types.ts';
import { dataSource, itemPath, parseSource, parseWith, problemsError, readSource, type Path, type Problem, type Source } from './source.ts';

/** What flags replace in a suite before it is checked. */
export interface SuiteOverrides {
  readonly seed?: number;
  readonly crypto?: readonly CryptoMode[];
  readonly nodes?: readonly number[];
  /** Only these workloads. */
  readonly workloads?: readonly string[];
  /** In place of those of the suite and of its entries. */
  readonly replicates?: number;
  readonly load?: readonly LoadSpec[];
  readonly fault?: readonly FaultAxis[];
  /** Only the conditions that match all of these (filterSuite). */
  readonly filter?: readonly string[];
  /** At most this many of each. */
  readonly replicatesAtMost?: number;
  readonly decisionsAtMost?: number;
  /** An engine that every workload must have. */
  readonly engine?: EngineId;
}

/** The folder of the suites that ship with the package. */
export const SUITES_FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../suites/' : '../../../suites/', import.meta.url),
);

/**
 * Reads a suite file. Errors: UserError with file, line, key, value received and what is accepted.
 */
export function loadSuite(file: string, overrides: SuiteOverrides = {}): Suite {
  return resolveSuite(readSource('suite', file), path.dirname(file), overrides);
}

/** A suite from text (YAML or JSON); `name` stands in messages for the file, `folder` is what file names in it are relative to. */
export function parseSuite(text: string, options: { name?: string; folder?: string; overrides?: SuiteOverrides } = {}): Suite {
  return resolveSuite(parseSource('suite', options.name ?? 'suite', text), options.folder ?? '.', options.overrides ?? {});
}

/** A suite from data, as a program or flags give it; an editor completes it. Errors: UserError, as for a file. */
export function suiteOf(data: SuiteData, options: { name?: string; folder?: string; overrides?: SuiteOverrides } = {}): Suite {
  return resolveSuite(dataSource(options.name ?? 'suite', data), options.folder ?? '.', options.overrides ?? {});
}

function resolveSuite(source: Source, folder: string, overrides: SuiteOverrides): Suite {
  const input = parseWith(suiteSchema, withoutNotes(source), reworded);
  const problems: Problem[] = [];
  const filled = fill(input, { folder, source, overrides, problems });
  // What was read from files is checked no further where some of it could not be read.
  if (problems.length > 0) throw problemsError(source, problems);
  const suite = checkSuite(filled, source, problems, overrides.engine);
  if (problems.length > 0) throw problemsError(source, problems);
  return overrides.filter === undefined ? suite : filterSuite(suite, overrides.filter);
}

/** Keys x-… at the top are notes: people anchor there what a suite says more than once. */
function withoutNotes(source: Source): Source {
  const { data } = source;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return source;
  return { ...source, data: Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith('x-'))) };
}

/** A known key at the wrong place; null: it is none. */
function belongsOf({ path: [section, key], path: { length }, kind }: Problem): string | null {
  if (kind !== 'unknown key') return null;
  if (length === 1 && (section === 'nodes' || section === 'fault')) return "under sweep, or in a workload's entry";
  if (length === 1 && workloads.has(String(section))) return 'under workloads';
  if (length === 2 && section === 'sweep' && SETTING_KEYS.has(String(key))) return "at the top of the suite, or in a workload's entry";
  return null;
}

/**
 * A known key at the wrong place, with where it belongs. A value that no parameter takes, a list in a list or an object: what the parameter
 * of that name takes is said instead.
 */
function reworded(problem: Problem): Problem {
  const belongs = belongsOf(problem);
  if (belongs !== null) return { ...problem, belongs };
  const [section, id, ...rest] = problem.path;
  const name = rest.find((step) => typeof step === 'string');
  const workload = section === 'workloads' ? workloads.get(String(id)) : undefined;
  const parameter = workload && parametersOf(workload).find((declared) => declared.name === name);
  if (parameter === undefined || problem.kind !== 'value' || SETTING_KEYS.has(String(name))) return problem;
  if (Array.isArray(problem.received) && problem.received.length === 0) return problem;
  return {
    ...problem,
    message: `${whatToWrite(parameter)}, or a list of such values (a sweep); see npx consensus-bench list ${workload!.id}`,
  };
}

interface Filling {
  readonly folder: string;
  readonly source: Source;
  readonly overrides: SuiteOverrides;
  readonly problems: Problem[];
}

const atMost = (value: number, limit: number | undefined): number => Math.min(value, limit ?? Infinity);

function fill(input: SuiteInput, filling: Filling): Suite {
  const { overrides, source } = filling;
  const replaced = <T>(flag: string, place: string, value: T | undefined, otherwise: T): T => {
    if (value === undefined) return otherwise;
    source.replaced.set(place, flag);
    return value;
  };
  const entries: Record<string, readonly Entry[]> = {};
  for (const id of overrides.workloads ?? Object.keys(input.workloads)) {
    const list = input.workloads[id];
    if (list === undefined) {
      const known = Object.keys(input.workloads).join(', ');
      throw new UserError(
        `--workload: received ${id}${didYouMean(id, Object.keys(input.workloads))}; accepted: a workload of ${source.name} (${known})`,
      );
    }
    entries[id] = list.map((entry, index) => fillEntry(entry, itemPath(source, ['workloads', id], index), input, filling));
  }
  return {
    name: input.name,
    seed: replaced('--seed', 'seed', overrides.seed, input.seed),
    replicates: replaced('--replicates', 'replicates', overrides.replicates, atMost(input.replicates, overrides.replicatesAtMost)),
    decisions: atMost(input.decisions, overrides.decisionsAtMost),
    risk: input.risk,
    crypto: replaced('--crypto', 'crypto', overrides.crypto, input.crypto),
    network: fillNetworks(input.network, ['network'], filling),
    node: nodeProfile(input.node),
    transactions: input.transactions,
    load: replaced('--load', 'load', overrides.load, loadSpecs(input.load)),
    ...given('placement', input.placement),
    ...given('names', input.names),
    ...given('horizon_s', input.horizon_s),
    ...given('prices', input.prices && withoutUndefined(input.prices)),
    ...given('requirements', input.requirements && withoutUndefined(input.requirements)),
    sweep: {
      nodes: replaced('--nodes', 'sweep.nodes', overrides.nodes, input.sweep.nodes),
      fault: replaced('--fault', 'sweep.fault', overrides.fault, input.sweep.fault.map(faultAxis)),
    },
    workloads: entries,
  };
}

function fillEntry(input: EntryInput, place: Path, suite: SuiteInput, filling: Filling): Entry {
  const { overrides } = filling;
  const parameters: Record<string, readonly ParameterValue[]> = {};
  const named: (readonly string[])[] = [];
  const nodes = overrides.nodes ?? input.nodes ?? suite.sweep.nodes;
  for (const [key, value] of Object.entries(input)) {
    if (SETTING_KEYS.has(key)) continue;
    const values = value as readonly (ParameterValue | { readonly file: string } | Pick<Weights, 'text' | 'names'>)[];
    parameters[key] = values.flatMap((one, index): ParameterValue[] => {
      if (typeof one !== 'object') return [one];
      const read = 'text' in one ? one : weightsOf(one.file, filling.folder);
      if ('text' in read) {
        if (read.names !== undefined) named.push(read.names);
        const wrong = read.names?.find((name) => !NODE_NAME.test(name));
        if (wrong !== undefined)
          filling.problems.push({
            path: itemPath(filling.source, [...place, key], index),
            received: wrong,
            message: nodeNamesText,
            kind: 'value',
          });
        return [read.text];
      }
      filling.problems.push({
        path: [...itemPath(filling.source, [...place, key], index), 'file'],
        message: read.problem,
        kind: 'sentence',
      });
      return [];
    });
  }
  return {
    ...given('nodes', overrides.nodes === undefined ? input.nodes : undefined),
    ...given('fault', overrides.fault === undefined ? input.fault?.map(faultAxis) : undefined),
    ...given(
      'replicates',
      input.replicates === undefined || overrides.replicates !== undefined
        ? undefined
        : atMost(input.replicates, overrides.replicatesAtMost),
    ),
    ...given('decisions', input.decisions === undefined ? undefined : atMost(input.decisions, overrides.decisionsAtMost)),
    ...given('risk', input.risk),
    ...given('crypto', overrides.crypto === undefined ? input.crypto : undefined),
    ...given('network', input.network && fillNetworks(input.network, [...place, 'network'], filling)),
    ...given('node', input.node && nodeProfile(input.node)),
    ...given('transactions', input.transactions && { ...suite.transactions, ...withoutUndefined(input.transactions) }),
    ...given('load', overrides.load === undefined ? input.load && loadSpecs(input.load) : undefined),
    ...given('placement', input.placement),
    ...given('names', input.names ?? (suite.names === undefined ? namesFor(named, nodes) : undefined)),
    ...given('horizon_s', input.horizon_s),
    parameters,
  };
}

/** The names that all weights with names have; undefined where they differ, or no number of nodes is theirs. */
function namesFor(named: readonly (readonly string[])[], nodes: readonly number[]): readonly string[] | undefined {
  const [first] = named;
  if (first === undefined || !nodes.includes(first.length)) return undefined;
  return named.every((names) => names.join('\n') === first.join('\n')) ? first : undefined;
}

function fillNetworks(inputs: readonly NetworkInput[], place: Path, filling: Filling): NetworkSpec[] {
  const out: NetworkSpec[] = [];
  inputs.forEach((input, index) => {
    const result = resolveNetwork(input, filling.folder);
    if ('message' in result) filling.problems.push({ ...result, path: [...itemPath(filling.source, place, index), ...result.path] });
    else out.push(result);
  });
  return out;
}

type FaultInput = SuiteInput['sweep']['fault'][number];

/** A fault as the schema has it, in its shortest form. */
export function faultAxis({ schedule, kind = 'schedule', ...rest }: FaultInput): FaultAxis {
  if (schedule === undefined) return { kind, ...faultRest(rest) };
  return { kind: 'schedule', placement: 'worst', schedule: schedule.map(faultRest) };
}

/** Sets of nodes in ascending order, and without what goes without saying. */
function faultRest<T extends Omit<FaultInput, 'kind' | 'schedule' | 'ratio' | 'count'>>({ nodes, toward, groups, crossing, ...rest }: T) {
  const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);
  return {
    ...withoutUndefined(rest),
    ...given('nodes', nodes && sorted(nodes)),
    ...given('toward', toward && sorted(toward)),
    ...given('groups', groups?.map(sorted)),
    ...given('crossing', crossing === 'hold' ? undefined : crossing),
  };
}

/** A profile, or a node of one's own over one; where that says nothing of its own it is the profile. */
function nodeProfile(input: NodeInput): NodeProfile {
  if (typeof input === 'string') return NODE_PROFILES[input];
  const { name = 'custom' } = input;
  const values = omit(input, ['name', 'profile']);
  const profile = profileOf({ name, ...given('profile', input.profile) });
  const usual = NODE_PROFILES[profile];
  const said = withoutUndefined(values);
  if (Object.entries(said).every(([key, value]) => value === usual[key as keyof typeof values])) return usual;
  return { ...usual, ...said, name, profile };
}

/** A ratio as a number, where that says it whole. */
function ratioData(ratio: number): number | string {
  const text = ratioText(ratio);
  return text.includes('/') ? text : ratio;
}

/** A suite as a file with every default written out; loading it gives the same suite. */
export function suiteYaml(suite: Suite): string {
  const single = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0] : list);
  const faults = (axes: readonly FaultAxis[]) =>
    single(
      axes.map(({ ratio, count, schedule, ...axis }) =>
        schedule !== undefined
          ? {
              schedule: schedule.map((fault) => ({
                ...fault,
                ...given('ratio', fault.ratio === undefined ? undefined : ratioData(fault.ratio)),
              })),
            }
          : { ...axis, ...given('ratio', ratio && single(ratio.map(ratioData))), ...given('count', count && single(count)) },
      ),
    );
  const entryOf = ({ parameters, nodes, fault, crypto, network, load, transactions, ...rest }: Entry) => ({
    ...given('nodes', nodes && single(nodes)),
    ...given('fault', fault && faults(fault)),
    ...given('crypto', crypto && single(crypto)),
    ...given('network', network && single(network.map(networkData))),
    ...given('load', load && single(load.map(loadData))),
    // What an entry leaves out of its transactions is the suite's.
    ...given('transactions', transactions),
    ...rest,
    ...Object.fromEntries(Object.entries(parameters).map(([key, values]) => [key, single(values)])),
  });
  const { name, seed, replicates, decisions, risk, crypto, network, load, sweep, workloads, ...rest } = suite;
  const document = new Document({
    ...{ name, seed, replicates, decisions, risk },
    crypto: single(crypto),
    network: single(network.map(networkData)),
    load: single(load.map(loadData)),
    ...rest,
    sweep: { nodes: single(sweep.nodes), fault: faults(sweep.fault) },
    workloads: Object.fromEntries(Object.entries(workloads).map(([id, entries]) => [id, single(entries.map(entryOf))])),
  });
  visit(document, {
    Seq(_key, node) {
      if (node.items.every((item) => isScalar(item) || (isSeq(item) && item.flow === true))) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 140, blockQuote: 'literal' });
}
