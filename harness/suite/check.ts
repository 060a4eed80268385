// What a suite asks of its workloads, against what they declare: existence, nodes, faults, parameters, engines.
import type { EngineId, Workload } from '../simulate/types.ts';
import { MESSAGES_MAX_NODES } from '../simulate/simulate.ts';
import { workloads } from '../workloads.ts';
import { FAULT_KINDS, SETTING_KEYS, type Entry, type FaultAxis, type ParameterValue, type Suite } from './schema.ts';
import { itemPath, problemsOf, type Path, type Problem, type Source } from './source.ts';

/** Appends to `problems`; gives the suite with its workloads' parameter defaults written out. */
export function checkSuite(suite: Suite, source: Source, problems: Problem[], engine: EngineId | undefined): Suite {
  const checked: Record<string, readonly Entry[]> = {};
  for (const [id, entries] of Object.entries(suite.workloads)) {
    const workload = workloads.get(id);
    if (workload === undefined) {
      const known = [...workloads.keys()].join(', ');
      problems.push({ path: ['workloads', id], message: `unknown workload; accepted: ${known}`, kind: 'sentence' });
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
      const nodes = entry.nodes ?? suite.sweep.nodes;
      checkNodes(nodes, entry.nodes === undefined ? ['sweep', 'nodes'] : [...place, 'nodes'], context);
      checkFaults(entry.fault ?? suite.sweep.fault, entry.fault === undefined ? ['sweep', 'fault'] : [...place, 'fault'], nodes, context);
      return { ...entry, parameters: checkParameters(entry, place, context) };
    });
  }
  return { ...suite, workloads: checked };
}

interface Context {
  readonly workload: Workload;
  readonly source: Source;
  readonly problems: Problem[];
  readonly engine: EngineId | undefined;
}

function checkNodes(nodes: readonly number[], place: Path, { workload, source, problems, engine }: Context): void {
  const { min } = workload.nodes;
  const max = engine === 'messages' ? Math.min(workload.nodes.max, MESSAGES_MAX_NODES) : workload.nodes.max;
  const taker = max < workload.nodes.max ? '--engine messages' : workload.id;
  nodes.forEach((count, index) => {
    if (count >= min && count <= max) return;
    const message = `from ${min} to ${max} nodes, as ${taker} takes`;
    problems.push({ path: itemPath(source, place, index), received: count, message, kind: 'value' });
  });
}

function checkFaults(axes: readonly FaultAxis[], place: Path, nodes: readonly number[], { workload, source, problems }: Context): void {
  const { id, faultKinds, exactRatio, bound } = workload;
  axes.forEach((axis, index) => {
    const axisPlace = itemPath(source, place, index);
    if (!faultKinds.includes(axis.kind)) {
      const message = `a fault kind that ${id} has: ${FAULT_KINDS.filter((kind) => faultKinds.includes(kind)).join(', ')}`;
      problems.push({ path: [...axisPlace, 'kind'], received: axis.kind, message, kind: 'value' });
    }
    if (exactRatio && axis.count !== undefined) {
      const message = `ratio, since a fault of ${id} is an exact share of its power or stake, not a number of nodes`;
      problems.push({
        path: [...axisPlace, 'count'],
        received: axis.count.length === 1 ? axis.count[0] : axis.count,
        message,
        kind: 'value',
      });
      return;
    }
    axis.count?.forEach((count, position) => {
      const tooMany = nodes.find((n) => resolveCount(count, bound.faults(n)) >= n);
      if (tooMany === undefined) return;
      const message = `fewer faulty nodes than nodes (${tooMany})`;
      problems.push({ path: itemPath(source, [...axisPlace, 'count'], position), received: count, message, kind: 'value' });
    });
  });
}

/** `f` and `f+1` at a claimed bound of `bound` faulty nodes. */
export function resolveCount(count: number | 'f' | 'f+1', bound: number): number {
  return count === 'f' ? bound : count === 'f+1' ? bound + 1 : count;
}

function checkParameters(entry: Entry, place: Path, { workload, source, problems }: Context): Entry['parameters'] {
  const reported = new Set<string>();
  let defaults: Readonly<Record<string, ParameterValue>> = {};
  for (const values of combinations(entry.parameters)) {
    const result = workload.parameters.safeParse(values, { reportInput: true });
    if (result.success) {
      defaults = result.data as typeof defaults;
      continue;
    }
    for (const problem of problemsOf(result.error.issues)) {
      const [key] = problem.path;
      const name = String(key ?? '');
      const index = entry.parameters[name]?.indexOf(values[name]) ?? -1;
      const path = key === undefined ? place : index < 0 ? [...place, name] : itemPath(source, [...place, name], index);
      const mark = JSON.stringify([path, problem.kind]);
      if (reported.has(mark)) continue;
      reported.add(mark);
      const message =
        problem.kind === 'unknown key'
          ? `the parameters of ${workload.id} (${parameterNames(workload).join(', ')}) and ${[...SETTING_KEYS].join(', ')}`
          : `${lowerFirst(problem.message)}; see consensus-bench list ${workload.id}`;
      problems.push({ ...problem, path, message });
    }
  }
  const filled = Object.entries(defaults).filter(([key]) => !(key in entry.parameters));
  return { ...entry.parameters, ...Object.fromEntries(filled.map(([key, value]) => [key, [value]])) };
}

function parameterNames(workload: Workload): string[] {
  return Object.keys((workload.parameters as { shape?: Record<string, unknown> }).shape ?? {});
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
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
