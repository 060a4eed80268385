// What a report says, computed from the conditions of a run. Pure and generic: nothing here knows a mechanism by name.
import type { Metric } from '../record/schema.ts';
import type { RunDigest } from '../export/digest.ts';
import { binomialTail, type MeanSummary } from '../export/statistics.ts';
import type { Summary } from '../export/summarize.ts';
import { FAULT_KINDS, type FaultKind } from '../suite/schema.ts';
import { workloads } from '../workloads.ts';

/** A mechanism in one variant: same parameters, network, batch size and risk. */
export interface Series {
  /** The workload, and what tells its variants apart where there are several. */
  readonly label: string;
  /** The same without the names of what differs, where there is little room. */
  readonly short: string;
  readonly workload: string;
  readonly conditions: readonly Summary[];
}

/** A mechanism under one kind of fault, over fault ratios, at one number of nodes. */
export interface FaultRow {
  readonly series: Series;
  readonly kind: FaultKind;
  readonly nodes: number;
  /** Ascending in the share of faulty nodes. */
  readonly conditions: readonly Summary[];
}

/** Attempts of an adversary, over all done replicates of some conditions. */
export interface Attacks {
  readonly attacks: number;
  readonly reversals: number;
}

/** The first fault of a sweep at which something happened. */
export interface Threshold {
  /** `0.34`, `f+1` */
  readonly fault: string;
  /** Replicates in which it happened, of how many; equal for all numbers of nodes that are joined. */
  readonly hit: number;
  readonly replicates: number;
  /** Null where nobody attacks. */
  readonly attacks: Attacks | null;
}

/** Where a mechanism broke under one kind of fault. */
export interface Breaking {
  readonly series: Series;
  readonly kind: FaultKind;
  /** Numbers of nodes for which all of this holds. */
  readonly nodes: readonly number[];
  /** The largest fault up to which it held; null where it never did. */
  readonly holds: string | null;
  readonly stalls: Threshold | null;
  readonly unsafe: Threshold | null;
}

export interface Comparison {
  readonly summary: Summary;
  readonly label: string;
  readonly predicted: MeanSummary;
  readonly measured: MeanSummary;
  /** measured / predicted */
  readonly ratio: number;
}

export interface Model {
  readonly series: readonly Series[];
  /** All numbers of nodes with a fault-free condition, ascending. */
  readonly nodes: readonly number[];
  /** The number of nodes at which most series can be compared (the largest of those); null without a fault-free condition. */
  readonly referenceNodes: number | null;
  readonly faultRows: readonly FaultRow[];
  readonly breakings: readonly Breaking[];
  readonly comparisons: readonly Comparison[];
}

/** The value of a metric; null where no done replicate has it. */
export function mean(summary: Summary | undefined, metric: Metric): number | null {
  return summary?.metrics[metric]?.mean ?? null;
}

/** What an adversary tried in these conditions; null where none has attacks. */
export function attacksOf(conditions: readonly Summary[]): Attacks | null {
  let attacks = 0;
  let reversals = 0;
  for (const { metrics, states } of conditions) {
    attacks += Math.round((metrics.attacks?.mean ?? 0) * states.done);
    reversals += Math.round((metrics.reversals?.mean ?? 0) * states.done);
  }
  return attacks === 0 ? null : { attacks, reversals };
}

/** A chance below which what happened is not put down to chance: small, since a suite has hundreds of conditions. */
const SIGNIFICANCE = 0.001;

/**
 * Was safety violated more than the accepted risk allows? Without attacks one violation is too many. Under attack a reversal
 * now and then is what the risk stands for; what counts is that so many would not come by chance.
 */
export function isUnsafe(condition: Summary): boolean {
  if (condition.fates.unsafe === 0) return false;
  const tried = attacksOf([condition]);
  return tried === null || binomialTail(tried.reversals, tried.attacks, condition.keys.risk) < SIGNIFICANCE;
}

/** The share of faulty nodes or power. */
export function faultShare({ keys }: Summary): number {
  return keys.fault_ratio ?? (keys.fault_count ?? 0) / keys.nodes;
}

/** How many faulty nodes the mechanism's paper claims to bear, where faults are counted in nodes. */
export function claimedFaults({ keys }: Summary): number | null {
  const workload = workloads.get(keys.workload);
  return workload === undefined || workload.exactRatio ? null : workload.bound.faults(keys.nodes);
}

/** `0.34`, or for a count its relation to the claimed bound: `f = 33`. */
export function faultLabel(summary: Summary): string {
  const { fault_ratio, fault_count } = summary.keys;
  if (fault_ratio !== null) return String(fault_ratio);
  const count = fault_count ?? 0;
  const claimed = claimedFaults(summary);
  if (count === 0 || claimed === null) return String(count);
  const beyond = count - claimed;
  return `f${beyond === 0 ? '' : beyond > 0 ? `+${beyond}` : `−${-beyond}`} = ${count}`;
}

/** `φ = 0.34` or `f+1 = 34 faulty nodes`: as a sentence names it. */
export function faultPhrase(summary: Summary): string {
  return summary.keys.fault_ratio === null ? `${faultLabel(summary)} faulty nodes` : `φ = ${faultLabel(summary)}`;
}

const variantOf = ({ keys }: Summary): string => JSON.stringify([keys.parameters, keys.network, keys.tx_per_decision, keys.risk]);

/** What a variant's label may name, in this order. */
function traits({ keys }: Summary): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of keys.parameters.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0) found.set(pair.slice(0, at), pair.slice(at + 1));
  }
  found.set('network', keys.network);
  found.set('tx', String(keys.tx_per_decision));
  found.set('risk', String(keys.risk));
  return found;
}

function seriesOf(conditions: readonly Summary[]): Series[] {
  const byWorkload = new Map<string, Map<string, Summary[]>>();
  for (const condition of conditions) {
    const { workload } = condition.keys;
    const variants = byWorkload.get(workload) ?? new Map<string, Summary[]>();
    byWorkload.set(workload, variants);
    const key = variantOf(condition);
    const members = variants.get(key);
    if (members === undefined) variants.set(key, [condition]);
    else members.push(condition);
  }
  const series: Series[] = [];
  for (const [workload, variants] of byWorkload) {
    const traitsOf = [...variants.values()].map(([first]) => traits(first));
    const names = [...new Set(traitsOf.flatMap((found) => [...found.keys()]))];
    const differing = names.filter((name) => traitsOf.some((found) => found.get(name) !== traitsOf[0].get(name)));
    for (const [index, members] of [...variants.values()].entries()) {
      const own = differing.flatMap((name) => {
        const value = traitsOf[index].get(name);
        return value === undefined ? [] : [{ value, named: name === 'network' ? value : `${name}=${value}` }];
      });
      series.push({
        label: [workload, ...own.map(({ named }) => named)].join(' '),
        short: [workload, ...own.map(({ value }) => value)].join(' '),
        workload,
        conditions: members,
      });
    }
  }
  return series;
}

const kindRank = (kind: FaultKind): number => FAULT_KINDS.indexOf(kind);

/** The fault-free condition of a series at n nodes; of several, that of the kind which every mechanism has. */
export function faultFree(series: Series, nodes: number): Summary | undefined {
  return series.conditions
    .filter((condition) => condition.keys.nodes === nodes && faultShare(condition) === 0)
    .sort((a, b) => kindRank(a.keys.fault_kind) - kindRank(b.keys.fault_kind))[0];
}

/** The value that most lists have; of equals the largest. */
function mostShared(lists: readonly (readonly number[])[]): number | null {
  const counts = new Map<number, number>();
  for (const list of lists) for (const value of new Set(list)) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: number | null = null;
  for (const [value, count] of counts) {
    const most = best === null ? 0 : counts.get(best)!;
    if (count > most || (count === most && value > best!)) best = value;
  }
  return best;
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Every (series, kind, n) that has a condition with faults; a kind without its own fault-free condition borrows one. */
function allFaultRows(series: readonly Series[]): FaultRow[] {
  const rows: FaultRow[] = [];
  for (const one of series)
    for (const [kind, ofKind] of groupBy(one.conditions, ({ keys }) => keys.fault_kind)) {
      if (ofKind.every((condition) => faultShare(condition) === 0)) continue;
      for (const [nodes, members] of groupBy(ofKind, ({ keys }) => keys.nodes)) {
        const conditions = [...members].sort((a, b) => faultShare(a) - faultShare(b));
        if (conditions.every((condition) => faultShare(condition) === 0)) continue;
        rows.push({ series: one, kind, nodes, conditions });
      }
    }
  return rows;
}

export const firstUnsafe = (row: FaultRow): Summary | undefined => row.conditions.find(isUnsafe);
export const firstStalled = (row: FaultRow): Summary | undefined => row.conditions.find(({ fates }) => fates.stalled > 0);

const relativeLabel = (summary: Summary): string => faultLabel(summary).replace(/^(f\S*) = \d+$/, '$1');

function breakingsOf(rows: readonly FaultRow[]): Breaking[] {
  const groups = groupBy(rows, (row) => {
    const [stalled, unsafe] = [firstStalled(row), firstUnsafe(row)];
    return JSON.stringify([
      row.series.label,
      row.kind,
      holdsUpTo(row),
      stalled && [relativeLabel(stalled), stalled.fates.stalled, stalled.replicates],
      unsafe && [relativeLabel(unsafe), unsafe.fates.unsafe, unsafe.replicates],
    ]);
  });
  return [...groups.values()].map((alike) => {
    const threshold = (fate: 'stalled' | 'unsafe'): Threshold | null => {
      const conditions = alike.flatMap((row) => (fate === 'stalled' ? firstStalled(row) : firstUnsafe(row)) ?? []);
      const [first] = conditions;
      if (first === undefined) return null;
      return {
        fault: relativeLabel(first),
        hit: first.fates[fate],
        replicates: first.replicates,
        attacks: fate === 'unsafe' ? attacksOf(conditions) : null,
      };
    };
    const { series, kind } = alike[0];
    return {
      series,
      kind,
      nodes: alike.map(({ nodes }) => nodes).sort((a, b) => a - b),
      holds: holdsUpTo(alike[0]),
      stalls: threshold('stalled'),
      unsafe: threshold('unsafe'),
    };
  });
}

/** The largest fault up to which nothing stalled, failed, or violated safety more than the risk allows. */
function holdsUpTo(row: FaultRow): string | null {
  let holds: Summary | undefined;
  for (const condition of row.conditions) {
    if (condition.fates.stalled > 0 || condition.fates.broken > 0 || isUnsafe(condition)) break;
    holds = condition;
  }
  return holds === undefined ? null : relativeLabel(holds);
}

/** `n = 4 – 31, 100`: runs of neighbours in the sweep are drawn together. */
export function nodesLabel(nodes: readonly number[], swept: readonly number[]): string {
  const parts: string[] = [];
  for (let from = 0; from < nodes.length;) {
    let to = from;
    while (to + 1 < nodes.length && swept.indexOf(nodes[to + 1]) === swept.indexOf(nodes[to]) + 1) to += 1;
    parts.push(to - from >= 2 ? `${nodes[from]} – ${nodes[to]}` : nodes.slice(from, to + 1).join(', '));
    from = to + 1;
  }
  return parts.join(', ');
}

function comparisonsOf(conditions: readonly Summary[]): Comparison[] {
  const measured = conditions.filter((condition) => mean(condition, 'cpu_s_per_decision_measured') !== null);
  const labels = new Map(seriesOf(measured).flatMap(({ label, conditions: members }) => members.map((member) => [member, label] as const)));
  return measured.flatMap((summary) => {
    const predicted = summary.metrics.cpu_s_per_decision;
    const actual = summary.metrics.cpu_s_per_decision_measured;
    if (predicted === null || actual === null || predicted.mean === 0) return [];
    return [{ summary, label: labels.get(summary)!, predicted, measured: actual, ratio: actual.mean / predicted.mean }];
  });
}

export function modelOf(digest: RunDigest): Model {
  // Modelled and measured twins have the same semantic columns; one of them is enough.
  const modelled = digest.conditions.filter(({ keys }) => keys.crypto === 'modelled');
  const series = seriesOf(modelled.length > 0 ? modelled : digest.conditions);
  const faultFreeNodes = series.map(({ conditions }) =>
    conditions.filter((condition) => faultShare(condition) === 0 && condition.states.done > 0).map(({ keys }) => keys.nodes),
  );
  const rows = allFaultRows(series);
  const panels = groupBy(rows, (row) => JSON.stringify([row.series.label, row.kind]));
  const common = mostShared([...panels.values()].map((members) => members.map(({ nodes }) => nodes)));
  return {
    series,
    nodes: [...new Set(faultFreeNodes.flat())].sort((a, b) => a - b),
    referenceNodes: mostShared(faultFreeNodes),
    // One row a panel: at the number of nodes that most panels share, else at its own largest.
    faultRows: [...panels.values()].map(
      (members) => members.find(({ nodes }) => nodes === common) ?? members.reduce((a, b) => (b.nodes > a.nodes ? b : a)),
    ),
    breakings: breakingsOf(rows),
    comparisons: comparisonsOf(digest.conditions),
  };
}
