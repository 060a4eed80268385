// What a suite asks of its workloads, against what they declare: existence, nodes, faults, parameters, engines.
import { isDefaultLoad, loadLabel, type LoadSpec } from '../model/load.ts';
import { LEAST_SIGNED_BYTES } from '../model/transactions.ts';
import type { PlannedCell, Workload } from '../simulate/core/contract.ts';
import type { EngineId } from '../model/outcome.ts';
import { outlineFaults } from '../simulate/core/faults.ts';
import { enginesFor, excessEvents } from '../simulate/core/simulate.ts';
import { workloads } from '../workloads.ts';
import { parametersOf, whatToWrite } from './accepted.ts';
import { didYouMean } from './near.ts';
import { pick } from './omit.ts';
import { membersOf, needsMessages, placementProblem } from './placement.ts';
import { SETTING_KEYS } from './schema.ts';
import { FAULT_KINDS, faultText, scheduleText, type FaultSpec, type SingleFault } from '../model/fault.ts';
import type { Entry, FaultAxis, FaultCount, Suite } from './types.ts';
import type { Cell, ParameterValue } from '../model/cell.ts';
import { writtenIndex } from './ranges.ts';
import { itemPath, writtenAt, type Path, type Problem, type Source } from './source.ts';

/** Appends to `problems`; gives the suite with its workloads' parameter defaults written out. */
export function checkSuite(suite: Suite, source: Source, problems: Problem[], engine: EngineId | undefined): Suite {
  const checked: Record<string, readonly Entry[]> = {};
  checkTransactions(suite.transactions, [], problems);
  for (const [id, entries] of Object.entries(suite.workloads)) {
    const workload = workloads.get(id);
    if (workload === undefined) {
      const known = [...workloads.keys()];
      const message = `unknown workload${didYouMean(id, known)}; accepted: ${known.join(', ')}`;
      problems.push({ path: ['workloads', id], message, kind: 'sentence' });
      continue;
    }
    if (engine !== undefined && workload.engines[engine] === undefined) {
      const message = `received ${engine}, which ${id} does not run on; accepted: ${Object.keys(workload.engines).join(', ')}, auto`;
      source.replaced.set('engine', '--engine');
      problems.push({ path: ['engine'], message, kind: 'sentence' });
    }
    checked[id] = entries.map((entry, index) => {
      const place = itemPath(source, ['workloads', id], index);
      const context: Context = { workload, source, problems, engine };
      const before = problems.length;
      const nodes = entry.nodes ?? suite.sweep.nodes;
      checkNodes(nodes, entry.nodes === undefined ? ['sweep', 'nodes'] : [...place, 'nodes'], context);
      const faults = entry.fault ?? suite.sweep.fault;
      const faultPlace: Path = entry.fault === undefined ? ['sweep', 'fault'] : [...place, 'fault'];
      checkFaults(faults, faultPlace, nodes, context);
      const placeOf = (key: 'load' | 'crypto'): Path => (entry[key] === undefined ? [key] : [...place, key]);
      checkLoads({ ...suite, ...entry }, placeOf, context);
      if (entry.transactions !== undefined) checkTransactions(entry.transactions, place, problems);
      const parameters = checkParameters(entry, place, context);
      if (parameters === null) return entry;
      const { transactions, network, crypto, load } = { ...suite, ...entry };
      const settings = network.flatMap((net) =>
        load.flatMap((one) => crypto.map((mode) => ({ transactions, load: one, network: net, crypto: mode }))),
      );
      const { decisions, node, placement } = { ...suite, ...entry };
      const grid = {
        parameters,
        written: pick(parameters, Object.keys(entry.parameters)) as Entry['parameters'],
        nodes,
        faults,
        settings,
        decisions,
        node,
        placement,
      };
      checkNames({ ...suite, ...entry }.names, nodes, entry, place, context);
      const fits = checkPlacement(grid, entry.placement === undefined ? [] : place, context);
      checkAcross(grid, place, faultPlace, context);
      // Of an entry that is wrong already nothing more is said.
      if (fits && problems.length === before)
        checkEngines(grid, place, entry.nodes === undefined ? ['sweep', 'nodes'] : [...place, 'nodes'], context);
      return { ...entry, parameters };
    });
  }
  checkRequirements(suite, problems);
  return { ...suite, workloads: checked };
}

/** A question that no cell can answer. */
function checkRequirements({ requirements, sweep, workloads: asked }: Suite, problems: Problem[]): void {
  if (requirements === undefined) return;
  const swept = new Set(Object.values(asked).flatMap((entries) => entries.flatMap(({ nodes }) => nodes ?? sweep.nodes)));
  const { nodes } = requirements;
  if (nodes !== undefined && !swept.has(nodes)) {
    const message = `a number of nodes that the suite sweeps (${countsText([...swept])})`;
    problems.push({ path: ['requirements', 'nodes'], received: nodes, message, kind: 'value' });
  }
  if (nodes !== undefined) return;
  const most = Math.max(...swept);
  for (const key of ['byzantine_nodes', 'crash_nodes'] as const) {
    const faulty = requirements[key];
    if (faulty === undefined || faulty < most) continue;
    const message = `fewer than the most nodes that the suite sweeps (${most})`;
    problems.push({ path: ['requirements', key], received: faulty, message, kind: 'value' });
  }
}

/** `4, 7, 10`; of many the first and the last. */
function countsText(counts: number[]): string {
  const rising = counts.sort((a, b) => a - b);
  return rising.length <= MOST_COUNTS ? rising.join(', ') : `${rising.slice(0, MOST_COUNTS - 1).join(', ')}, … ${rising.at(-1)}`;
}
const MOST_COUNTS = 8;

interface Context {
  readonly workload: Workload;
  readonly source: Source;
  readonly problems: Problem[];
  readonly engine: EngineId | undefined;
}

/** A signed transaction has room for its signature. */
function checkTransactions({ bytes, signed }: Suite['transactions'], place: Path, problems: Problem[]): void {
  if (signed !== true || bytes >= LEAST_SIGNED_BYTES) return;
  const message = `at least ${LEAST_SIGNED_BYTES} bytes where transactions are signed: the client's number and its signature are in them`;
  problems.push({ path: [...place, 'transactions', 'bytes'], received: bytes, message, kind: 'value' });
}

function checkNodes(nodes: readonly number[], place: Path, { workload, source, problems }: Context): void {
  const { min, max } = workload.nodes;
  nodes.forEach((count, index) => {
    if (count >= min && count <= max) return;
    const message = `from ${min} to ${max} nodes, as ${workload.id} takes`;
    problems.push({ path: nodesPath(source, place, index), received: count, message, kind: 'value' });
  });
}

/** The path of number `index` of a list of numbers of nodes, some of which may stand there as a range. */
function nodesPath(source: Source, place: Path, index: number): Path {
  const written = writtenAt(source, place);
  return Array.isArray(written) ? [...place, writtenIndex(written, index)] : place;
}

function checkFaults(axes: readonly FaultAxis[], place: Path, nodes: readonly number[], context: Context): void {
  axes.forEach((axis, index) => {
    const axisPlace = itemPath(context.source, place, index);
    const { schedule } = axis;
    if (schedule === undefined) checkFault(axis, axisPlace, nodes, context);
    else if (!context.workload.faultKinds.includes('schedule')) {
      const message = `a single fault: ${context.workload.id} has no schedules`;
      context.problems.push({ path: [...axisPlace, 'schedule'], received: schedule, message, kind: 'value' });
    } else
      schedule.forEach(({ count, ratio, ...fault }, entry) =>
        checkFault(
          { ...fault, ...(count === undefined ? {} : { count: [count] }), ...(ratio === undefined ? {} : { ratio: [ratio] }) },
          [...axisPlace, 'schedule', entry],
          nodes,
          context,
        ),
      );
  });
}

/** One fault, alone or in a schedule. */
function checkFault(axis: FaultAxis, place: Path, nodes: readonly number[], { workload, source, problems }: Context): void {
  const { id, faultKinds, exactKinds, bound } = workload;
  const refuse = (path: Path, received: unknown, message: string, known?: readonly string[]): void => {
    problems.push({ path: [...place, ...path], received, message, kind: 'value', ...(known === undefined ? {} : { known }) });
  };
  if (!faultKinds.includes(axis.kind)) {
    const known = FAULT_KINDS.filter((kind) => kind !== 'schedule' && faultKinds.includes(kind));
    refuse(['kind'], axis.kind, `a fault kind that ${id} has: ${known.join(', ')}`, known);
  }
  if (exactKinds.includes(axis.kind) && axis.ratio === undefined) {
    const key = axis.count !== undefined ? 'count' : axis.nodes !== undefined ? 'nodes' : 'groups';
    const received = axis[key];
    const message = `ratio, since a fault of ${id} is an exact share of its power or stake, not a number of nodes`;
    refuse([key], received?.length === 1 ? received[0] : received, message);
    return;
  }
  axis.count?.forEach((count, position) => {
    const tooMany = nodes.find((n) => resolveCount(count, bound.faults(n)) >= n);
    if (tooMany === undefined) return;
    problems.push({
      path: itemPath(source, [...place, 'count'], position),
      received: count,
      message: `fewer faulty nodes than nodes (${tooMany})`,
      kind: 'value',
    });
  });
  const fewest = Math.min(...nodes);
  for (const key of ['nodes', 'toward', 'groups'] as const) {
    const beyond = axis[key]?.flat().find((node) => node >= fewest);
    if (beyond !== undefined) refuse([key], beyond, `nodes from 0 to ${fewest - 1}, as there are ${fewest}`);
  }
  if ((axis.nodes?.length ?? 0) >= fewest) refuse(['nodes'], axis.nodes, `fewer faulty nodes than nodes (${fewest})`);
}

/** Loads that the workload or the crypto mode does not take. */
function checkLoads(
  { load, crypto }: Pick<Suite, 'load' | 'crypto'>,
  placeOf: (key: 'load' | 'crypto') => Path,
  { workload, source, problems }: Context,
): void {
  const other = load.filter((one) => !isDefaultLoad(one));
  const [first] = other;
  if (first === undefined) return;
  const refused = other.find((one) => refusalOf(one, workload) !== '');
  if (refused !== undefined)
    problems.push({
      path: placeOf('load'),
      message: `received ${loadLabel(refused)}; accepted: ${refusalOf(refused, workload)}`,
      kind: 'sentence',
    });
  const measured = crypto.indexOf('measured');
  if (measured >= 0) {
    const message = `modelled beside a load other than { kind: closed, in_flight: 1 } (${loadLabel(first)}); an entry of its own may be measured under that one`;
    problems.push({ path: itemPath(source, placeOf('crypto'), measured), received: 'measured', message, kind: 'value' });
  }
}

/** Names that no number of nodes has a use for. */
function checkNames(names: Suite['names'], nodes: readonly number[], entry: Entry, place: Path, { problems }: Context): void {
  if (names === undefined || nodes.includes(names.length)) return;
  const message = `one name for each node, ${nodes.join(' or ')} (these are ${names.length})`;
  problems.push({ path: [...(entry.names === undefined ? [] : place), 'names'], received: names, message, kind: 'value' });
}

/** Placements that do not fit a cell, and nodes where an engine that is named has none: the first alone. False where there is one. */
function checkPlacement(grid: Grid, place: Path, { workload, source, problems, engine }: Context): boolean {
  const { placement } = grid;
  for (const cell of plannedCells(grid, workload)) {
    const members = membersOf(workload, cell);
    const problem = placement === undefined ? null : placementProblem(placement, cell.network, members);
    if (problem !== null) {
      const { path, isKey = false, ...rest } = problem;
      problems.push({ ...rest, path: [...place, 'placement', ...path], kind: isKey ? 'unknown key' : 'value' });
      return false;
    }
    const needs = engine === 'waves' ? needsMessages(placement, cell.network, members) : '';
    if (needs === '') continue;
    source.replaced.set('engine', '--engine');
    problems.push({ path: ['engine'], message: `received waves, which cannot have ${needs}; accepted: messages, auto`, kind: 'sentence' });
    return false;
  }
  return true;
}

/** What placements may depend on, one cell for each: the parameters, where roles have places, and numbers of nodes, loads and networks. */
function* plannedCells({ parameters, nodes, faults, settings, placement }: Grid, workload: Workload): Generator<PlannedCell> {
  const byRole = typeof placement === 'object' && placement.roles !== undefined;
  for (const values of combinations(parameters)) {
    for (const count of nodes) {
      if (count < workload.nodes.min || count > workload.nodes.max) continue;
      const [fault] = faultSpecs(faults, count, workload);
      for (const setting of settings) yield { parameters: values, nodes: count, fault, ...setting };
    }
    if (!byRole) return;
  }
}

/** What to write instead of a load that the workload does not take; '' where it does. */
function refusalOf(load: LoadSpec, { id, family, loads = [] }: Workload): string {
  if (!loads.includes(load.kind)) {
    const kinds = loads.length === 0 ? 'only the load' : `loads of the kinds ${loads.join(', ')}, or`;
    return `{ kind: closed, in_flight: 1 } (${id} takes ${kinds} closed with one batch in flight)`;
  }
  if (family === 'lottery' && load.kind === 'closed' && load.in_flight > 1)
    return `in_flight: 1 for ${id}: a chain under a closed load has its blocks always full`;
  return '';
}

/** `f` and `f+1` at a claimed bound of `bound` faulty nodes. */
function resolveCount(count: FaultCount, bound: number): number {
  return count === 'f' ? bound : count === 'f+1' ? bound + 1 : count;
}

/** Each value against its parameter; gives the parameters with their defaults, or null where one is wrong. */
function checkParameters(entry: Entry, place: Path, { workload, source, problems }: Context): Entry['parameters'] | null {
  const declared = new Map(parametersOf(workload).map((parameter) => [parameter.name, parameter]));
  const see = `see npx consensus-bench list ${workload.id}`;
  const names = [...declared.keys()];
  const reported = new Set<string>();
  const report = (problem: Problem): void => {
    const mark = JSON.stringify([problem.path, problem.message]);
    if (!reported.has(mark)) problems.push(problem);
    reported.add(mark);
  };
  let wrong = false;
  let defaults: Readonly<Record<string, ParameterValue>> = {};
  /** What the schema makes of a value: `557 EH/s` is a number. */
  const meant = new Map(Object.keys(entry.parameters).map((name) => [name, new Map<ParameterValue, ParameterValue>()]));
  for (const values of combinations(entry.parameters)) {
    const result = workload.parameters.safeParse(values, { reportInput: true });
    if (result.success) {
      defaults = result.data as typeof defaults;
      for (const [name, value] of Object.entries(values)) meant.get(name)!.set(value, defaults[name]);
      continue;
    }
    wrong = true;
    for (const issue of result.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        const message = `the parameters of ${workload.id} (${names.join(', ')}) and ${[...SETTING_KEYS].join(', ')}; ${see}`;
        for (const key of issue.keys) report({ path: [...place, key], message, kind: 'unknown key', known: [...names, ...SETTING_KEYS] });
        continue;
      }
      const name = String(issue.path[0] ?? '');
      const parameter = declared.get(name);
      // A rule that a workload wrote has its own words; what a validator says of a value is said in the parameter's.
      const accepted = issue.code === 'custom' || parameter === undefined ? issue.message : whatToWrite(parameter);
      report({
        path: valuePath(source, place, entry.parameters, name, values[name]),
        received: values[name],
        message: `${accepted}; ${see}`,
        kind: 'value',
        known: parameter?.words ?? [],
      });
    }
  }
  if (wrong) return null;
  const filled = Object.entries(defaults).filter(([key]) => !(key in entry.parameters));
  const written = Object.entries(entry.parameters).map(([key, values]) => [key, values.map((value) => meant.get(key)!.get(value)!)]);
  return { ...(Object.fromEntries(written) as Entry['parameters']), ...Object.fromEntries(filled.map(([key, value]) => [key, [value]])) };
}

/** Where a value of a parameter stands: in the entry, else the entry itself. */
function valuePath(source: Source, place: Path, written: Entry['parameters'], name: string, value: ParameterValue | undefined): Path {
  const index = value === undefined ? -1 : (written[name]?.indexOf(value) ?? -1);
  if (name === '') return place;
  return index < 0 ? [...place, name] : itemPath(source, [...place, name], index);
}

interface Grid {
  readonly parameters: Entry['parameters'];
  /** Those that the suite says. */
  readonly written: Entry['parameters'];
  readonly nodes: readonly number[];
  readonly faults: readonly FaultAxis[];
  /** What else rules may look at: of each combination of the entry's settings. */
  readonly settings: readonly Pick<PlannedCell, 'transactions' | 'load' | 'network' | 'crypto'>[];
  readonly decisions: number;
  readonly node: Cell['node'];
  readonly placement: Suite['placement'];
}

/**
 * Cells that no engine takes which may run them, the first alone; and cells that run on messages and would not end there, one entry for
 * each number of nodes.
 */
function checkEngines(grid: Grid, place: Path, nodesPlace: Path, context: Context): void {
  const { parameters, nodes, faults, settings, decisions, node, placement } = grid;
  const { workload, source, problems, engine } = context;
  const tried = enginesFor(workload, engine ?? 'auto').filter((id): id is EngineId => id !== undefined && id in workload.engines);
  // The workload does not run on the engine that was named, which is said once for all its cells.
  if (tried.length === 0) return;
  if (workload.expectedEvents === undefined && tried.every((id) => workload.engines[id]!.cannot === undefined)) return;
  const crowded = new Set<number>();
  for (const [index, count] of nodes.entries()) {
    if (count < workload.nodes.min || count > workload.nodes.max) continue;
    for (const fault of faultSpecs(faults, count, workload)) {
      const outline = { kind: fault.kind, entries: outlineFaults({ fault, nodes: count }, workload.exactKinds) };
      for (const values of combinations(parameters))
        for (const setting of settings) {
          const cell = { parameters: values, nodes: count, fault, decisions, node, ...setting };
          const cannot = (id: EngineId): string => workload.engines[id]?.cannot?.({ cell, parameters: values, faults: outline }) ?? '';
          const taker = tried.find((id) => cannot(id) === '');
          if (taker === undefined) {
            problems.push(refusedByAll(cell, place, cannot, context));
            return;
          }
          const leaves = (): boolean => needsMessages(placement, setting.network, membersOf(workload, cell)) !== '';
          if (crowded.has(index) || (taker !== 'messages' && (taker !== 'waves' || !leaves()))) continue;
          const excess = excessEvents(workload, cell);
          if (excess === '') continue;
          crowded.add(index);
          const under = isDefaultLoad(setting.load) ? '' : ` under ${loadLabel(setting.load)}`;
          const message = `numbers of nodes whose cells the messages engine can finish${under} (${excess})`;
          problems.push({ path: nodesPath(source, nodesPlace, index), received: count, message, kind: 'value' });
        }
    }
  }
}

/** A cell that none of the engines takes which may run it: the one that was named, or any. */
function refusedByAll(
  { nodes, fault, load }: PlannedCell,
  place: Path,
  cannot: (id: EngineId) => string,
  { workload: { id, engines }, source, engine }: Context,
): Problem {
  const own = Object.keys(engines) as EngineId[];
  const others = own.filter((other) => cannot(other) === '');
  if (engine !== undefined && others.length > 0) {
    source.replaced.set('engine', '--engine');
    const message = `received ${engine}, which cannot represent ${cannot(engine)} (${id}); accepted: ${['auto', ...others].join(', ')}`;
    return { path: ['engine'], message, kind: 'sentence' };
  }
  const without = own.map((each) => `without ${cannot(each)} (engine ${each})`).join(', or ');
  const message = `received ${faultLabel(fault)} under ${loadLabel(load)} with ${nodes} nodes, which no engine of ${id} can represent; accepted: ${without}`;
  return { path: place, message, kind: 'sentence' };
}

/** The workload's own rules across fields, for every combination; each broken rule of a value once, at the first that breaks it. */
function checkAcross(
  { parameters, written, nodes, faults, settings: combined }: Grid,
  place: Path,
  faultPlace: Path,
  { workload, source, problems }: Context,
): void {
  if (workload.problems === undefined) return;
  const reported = new Set<string>();
  for (const values of combinations(parameters))
    for (const count of nodes) {
      if (count < workload.nodes.min || count > workload.nodes.max) continue;
      for (const fault of faultSpecs(faults, count, workload))
        for (const settings of combined)
          for (const { parameter, accepts } of workload.problems({ parameters: values, nodes: count, fault, ...settings })) {
            const isFault = parameter === 'fault';
            const value = isFault ? faultLabel(fault) : values[parameter];
            const mark = JSON.stringify([parameter, value]);
            if (reported.has(mark)) continue;
            reported.add(mark);
            problems.push({
              path: isFault ? faultPlace : valuePath(source, place, written, parameter, value),
              received: value,
              message: accepts,
              kind: 'value',
              ...(isFault || parameter in written ? {} : { origin: 'the default' }),
            });
          }
    }
}

function faultLabel(fault: FaultSpec): string {
  return fault.kind === 'schedule' ? `the schedule ${scheduleText(fault)}` : faultText(fault as SingleFault);
}

/** The faults of a grid at so many nodes. */
export function* faultSpecs(axes: readonly FaultAxis[], nodes: number, { bound }: Pick<Workload, 'bound'>): Generator<FaultSpec> {
  for (const { ratio, count, schedule, ...axis } of axes) {
    if (schedule !== undefined)
      yield {
        ...axis,
        schedule: schedule.map(({ count: faults, ...fault }) =>
          faults === undefined ? fault : { ...fault, count: resolveCount(faults, bound.faults(nodes)) },
        ),
      };
    else if (ratio === undefined && count === undefined) yield axis;
    for (const value of ratio ?? []) yield { ...axis, ratio: value };
    for (const value of count ?? []) yield { ...axis, count: resolveCount(value, bound.faults(nodes)) };
  }
}

/** Every choice of one value a parameter, the last parameter varying fastest. */
export function* combinations(
  axes: Readonly<Record<string, readonly ParameterValue[]>>,
): Generator<Readonly<Record<string, ParameterValue>>> {
  const keys = Object.keys(axes);
  const at = keys.map(() => 0);
  for (;;) {
    yield Object.fromEntries(keys.map((key, index) => [key, axes[key][at[index]]]));
    let position = keys.length - 1;
    while (position >= 0 && at[position] === axes[keys[position]].length - 1) at[position--] = 0;
    if (position < 0) return;
    at[position] += 1;
  }
}
