// Faults of a cell, resolved to nodes and times.
import type { Cell } from '../../model/cell.ts';
import { entriesOf, type FaultKind, type SingleFault, type SingleFaultKind } from '../../model/fault.ts';
import { exactRatio } from '../../model/ratio.ts';
import { PURPOSE, draw32, drawKey, threshold32 } from './draws.ts';

/** One fault, resolved. */
export interface FaultEntry {
  readonly kind: SingleFaultKind;
  /** Faulty nodes; 0 for an exact share. */
  readonly count: number;
  /** The exact share of power or stake; 0 for counts. */
  readonly ratio: number;
  /** 1 where the node is faulty. Length: nodes. */
  readonly faulty: Uint8Array;
  readonly from_us: number;
  /** Infinity: for good. */
  readonly until_us: number;
  readonly delay_us: number;
  /** Kind loss: a try is lost where its draw is below. */
  readonly lossThreshold: number;
  /** Kinds delay and loss: 1 where the node is a receiver of the links; null: all are. */
  readonly toward: Uint8Array | null;
  /** Kind partition: the group of each node. */
  readonly group: Int32Array;
  readonly holds: boolean;
}

/** What a fault is, whichever nodes are faulty. */
export type FaultOutline = Pick<FaultEntry, 'kind' | 'count' | 'ratio' | 'from_us' | 'until_us' | 'delay_us' | 'holds'>;

/** The faults of a cell: of one fault its own fields, of a schedule the union of its entries. */
export interface Faults extends Pick<FaultEntry, 'count' | 'ratio' | 'faulty' | 'from_us' | 'until_us' | 'delay_us'> {
  readonly kind: FaultKind;
  readonly entries: readonly FaultEntry[];
}

/** floor(ratio * nodes) in integer arithmetic: 0.34 of 100 is 34, whatever 0.34 * 100 is in floating point, and 1/3 of 3 is 1. */
export function faultCount(ratio: number, nodes: number): number {
  const { numerator, denominator } = exactRatio(ratio);
  return Number((numerator * BigInt(nodes)) / denominator);
}

/** Kinds whose faulty nodes say what is not so: their word counts for nothing. Those of other kinds are late, cut off or down. */
export const LYING_KINDS: ReadonlySet<FaultKind> = new Set<FaultKind>(['equivocate', 'wrong-vote', 'bad-signature', 'replay']);

/**
 * 1 where a node is faulty for good or has lied: of the others each was down, late or cut off at times, and what it says holds. All
 * of a cell's verdicts are about those.
 */
export function lastingFaults({ entries, faulty }: Pick<Faults, 'entries' | 'faulty'>): Uint8Array {
  const passing = (entry: FaultEntry): boolean => entry.until_us < Infinity && !LYING_KINDS.has(entry.kind);
  return faulty.map((_, node) => (entries.some((entry) => entry.faulty[node] === 1 && !passing(entry)) ? 1 : 0));
}

/** The last moment at which a fault of the cell begins or ends, 0 without one: the world changes no more after it. */
export function lastChange_us({ entries }: Pick<Faults, 'entries'>): number {
  let last_us = 0;
  for (const { count, ratio, from_us, until_us } of entries)
    if (count > 0 || ratio > 0) last_us = Math.max(last_us, until_us === Infinity ? from_us : until_us);
  return last_us;
}

/** Faults whose nodes take no part for as long as they hold. */
export const ABSENT_KINDS: ReadonlySet<FaultKind> = new Set<FaultKind>(['crash', 'silent-leader', 'partition']);

/** As long as `horizon_s` may be; times stay exact integers far above it. */
const LONGEST_HORIZON_US = 1e15;

/**
 * A horizon for what takes at most `us` when nothing is faulty any more. Waits that doubled during faults are at most as long as those took
 * and may double twice more: eight times the end of the last fault comes before.
 */
export function horizonAfter_us(faults: Pick<Faults, 'entries'>, us: number): number {
  return Math.min(LONGEST_HORIZON_US, 8 * lastChange_us(faults) + us);
}

/** The faults of a cell in outline. */
export function outlineFaults({ fault, nodes }: Pick<Cell, 'fault' | 'nodes'>, exactKinds: readonly FaultKind[]): FaultOutline[] {
  return entriesOf(fault).map((entry) => outlineOf(entry, nodes, exactKinds));
}

function outlineOf(fault: SingleFault, nodes: number, exactKinds: readonly FaultKind[]): FaultOutline {
  const exact = exactKinds.includes(fault.kind);
  const named = namedNodes(fault);
  return {
    kind: fault.kind,
    count: named !== undefined ? new Set(named).size : exact ? 0 : (fault.count ?? faultCount(fault.ratio ?? 0, nodes)),
    ratio: exact ? (fault.ratio ?? 0) : 0,
    from_us: Math.round((fault.from_s ?? 0) * 1e6),
    until_us: fault.until_s === undefined ? Infinity : Math.round(fault.until_s * 1e6),
    delay_us: Math.round((fault.delay_ms ?? 0) * 1000),
    holds: fault.crossing !== 'lose',
  };
}

/** The faulty nodes where the fault says them: by name, or all groups but the first. */
function namedNodes({ nodes, groups }: SingleFault): readonly number[] | undefined {
  return nodes ?? groups?.slice(1).flat();
}

/** @throws RangeError where a node is named that the cell does not have */
export function resolveFaults(cell: Cell, exactKinds: readonly FaultKind[]): Faults {
  const entries = entriesOf(cell.fault).map((fault, index) => resolve(fault, cell, exactKinds, index));
  const [first] = entries;
  if (cell.fault.kind !== 'schedule') return { ...first, kind: cell.fault.kind, entries };
  const faulty = Uint8Array.from({ length: cell.nodes }, (_, node) => (entries.some((entry) => entry.faulty[node] === 1) ? 1 : 0));
  return {
    kind: 'schedule',
    count: faulty.reduce((sum, one) => sum + one, 0),
    ratio: 0,
    faulty,
    from_us: Math.min(...entries.map(({ from_us }) => from_us)),
    until_us: Math.max(...entries.map(({ until_us }) => until_us)),
    delay_us: Math.max(...entries.map(({ delay_us }) => delay_us)),
    entries,
  };
}

function resolve(fault: SingleFault, { nodes, seed }: Cell, exactKinds: readonly FaultKind[], index: number): FaultEntry {
  const outline = outlineOf(fault, nodes, exactKinds);
  const { groups } = fault;
  const named = namedNodes(fault);
  const flags = (list: readonly number[]): Uint8Array => {
    const out = new Uint8Array(nodes);
    for (const node of list) {
      if (!(Number.isInteger(node) && node >= 0 && node < nodes))
        throw new RangeError(`fault: received node ${node}; accepted: nodes from 0 to ${nodes - 1}`);
      out[node] = 1;
    }
    return out;
  };
  const faulty = flags(named ?? []);
  if (named === undefined) {
    const { count } = outline;
    if (fault.placement === 'random') {
      // The count nodes with the smallest draws; ties by number.
      const key = drawKey(seed, { purpose: PURPOSE.placement, sequence: index });
      const order = Array.from({ length: nodes }, (_, node) => ({ node, draw: draw32(key, node) }));
      order.sort((x, y) => x.draw - y.draw || x.node - y.node);
      for (const { node } of order.slice(0, count)) faulty[node] = 1;
    } else {
      // The worst for a protocol: silent leaders come one after another; equivocators need the leader and somebody to back it.
      const first = fault.kind === 'silent-leader' ? count : fault.kind === 'equivocate' ? Math.min(1, count) : 0;
      faulty.fill(1, 0, first);
      faulty.fill(1, nodes - (count - first));
    }
  }
  const group = Int32Array.from(faulty);
  groups?.forEach((members, number) => {
    flags(members);
    for (const node of members) group[node] = number + 1;
  });
  if (groups !== undefined) for (let node = 0; node < nodes; node++) if (!groups.some((members) => members.includes(node))) group[node] = 0;
  return {
    ...outline,
    faulty,
    lossThreshold: threshold32(fault.loss ?? 0),
    toward: fault.toward === undefined ? null : flags(fault.toward),
    group,
  };
}
