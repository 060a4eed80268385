// How many faulty nodes a mechanism survives: what the swept conditions of some kinds of fault say together. Pure.
import type { FaultKind } from '../model/fault.ts';
import type { Variant } from './model.ts';
import type { Summary } from './summarize.ts';

export const CRASH_KINDS: readonly FaultKind[] = ['crash'];

/** What the sweeps of some kinds say at one number of nodes. Schedules and faults that end by themselves are not among them. */
export interface Survival {
  /** Swept with faults, in the order of FAULT_KINDS; none: nothing is known. */
  readonly kinds: readonly FaultKind[];
  /** Faulty nodes up to which every condition of every swept kind holds; null where none with faults does and none without was run. */
  readonly holds: number | null;
  /** The least that broke it; null where nothing did. */
  readonly breaks: number | null;
  /** Of an exact share of power or stake: the share that holds stands for so many nodes. */
  readonly exact: boolean;
  /** The condition at `holds` with the weakest evidence; null where it has none. */
  readonly weakest: Summary | null;
  /** Conditions with faults that neither hold nor are broken. */
  readonly undecided: readonly Summary[];
}

/** Faulty nodes; of an exact share of power or stake as many as have that share, where each has as much. */
export function faultyNodes({ faulty_nodes, keys }: Summary): number {
  return faulty_nodes ?? (keys.fault_ratio ?? 0) * keys.nodes;
}

/** Up to which number every condition of a sweep holds, and from which one is broken. */
function sweep(conditions: readonly Summary[]): { held: Summary | null; broken: Summary | null } {
  const rising = [...conditions].sort((a, b) => faultyNodes(a) - faultyNodes(b));
  const broken = rising.find(({ verdict }) => verdict.verdict === 'broken') ?? null;
  const end = rising.findIndex(({ verdict }) => verdict.verdict !== 'holds');
  return { held: rising.slice(0, end === -1 ? rising.length : end).at(-1) ?? null, broken };
}

export function survival({ series }: Variant, nodes: number, kinds: readonly FaultKind[]): Survival {
  const swept = kinds.flatMap((kind) => {
    const conditions = series
      .flatMap((one) => one.conditions)
      .filter(({ keys, fault }) => keys.nodes === nodes && keys.fault_kind === kind && fault.until_s === undefined);
    return conditions.some((condition) => faultyNodes(condition) > 0) ? [{ kind, conditions, ...sweep(conditions) }] : [];
  });
  const least = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values));
  const helds = swept.flatMap(({ held }) => held ?? []);
  const holds = helds.length < swept.length ? null : least(helds.map(faultyNodes));
  return {
    kinds: swept.map(({ kind }) => kind),
    holds,
    breaks: least(swept.flatMap(({ broken }) => (broken === null ? [] : [faultyNodes(broken)]))),
    exact: helds.some(({ faulty_nodes }) => faulty_nodes === null),
    undecided: swept.flatMap(({ conditions }) =>
      conditions.filter((condition) => condition.verdict.verdict === 'undecided' && faultyNodes(condition) > 0),
    ),
    weakest: helds.filter((held) => faultyNodes(held) === holds).sort((a, b) => b.verdict.atMost - a.verdict.atMost)[0] ?? null,
  };
}
