// The command that would measure what an answer does not know: of the suite in the run's folder, with what it lacks. Pure.
import type { Workload } from '../simulate/core/contract.ts';
import type { FaultKind } from '../model/fault.ts';
import type { LoadKind } from '../model/load.ts';

/** What a suite lacks for an answer. */
export interface Lacking {
  readonly nodes: number;
  readonly load?: { readonly kind: Exclude<LoadKind, 'closed'>; readonly rate_tps?: number };
  /** So many faulty nodes of each of these kinds. */
  readonly faults?: { readonly kinds: readonly FaultKind[]; readonly count: number };
  /** More than it has, where they did not decide. */
  readonly replicates?: number;
}

const flow = (pairs: readonly (readonly [string, string | number])[]): string =>
  `{ ${pairs.map(([key, value]) => `${key}: ${value}`).join(', ')} }`;
const flag = (name: string, value: string): string => `--${name} '${value}'`;

/** '' where the mechanism does not take what is lacking: so many nodes, such a load or such a fault, or has not so many nodes to be faulty. */
export function commandFor(workload: Workload | undefined, { nodes, load, faults, replicates }: Lacking): string {
  if (workload === undefined || nodes < workload.nodes.min || nodes > workload.nodes.max) return '';
  if (load !== undefined && workload.loads?.includes(load.kind) !== true) return '';
  if (faults !== undefined && (faults.kinds.length === 0 || faults.count >= nodes)) return '';
  const axes = (faults?.kinds ?? []).map((kind) =>
    flow([['kind', kind], workload.exactKinds.includes(kind) ? ['ratio', `${faults!.count}/${nodes}`] : ['count', faults!.count]]),
  );
  return [
    `npx consensus-bench run suite.yaml --workload ${workload.id} --nodes ${nodes}`,
    // Cells that execute for real take no load.
    ...(load === undefined
      ? []
      : [
          flag('load', flow([['kind', load.kind], ...(load.rate_tps === undefined ? [] : [['rate_tps', load.rate_tps] as const])])),
          '--crypto modelled',
        ]),
    ...(faults === undefined ? [] : [flag('fault', axes.length === 1 ? axes[0] : `[${axes.join(', ')}]`)]),
    ...(replicates === undefined ? [] : [`--replicates ${replicates}`]),
  ].join(' ');
}
