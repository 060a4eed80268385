// What a report says, computed from the conditions of a run. Pure and generic: nothing here knows a mechanism by name.
import type { Metric } from '../record/columns.ts';
import type { RunDigest } from './digest.ts';
import type { MeanSummary } from './statistics.ts';
import type { Summary } from './summarize.ts';
import { PROPERTIES, attackEvidence, type Attacks, type Evidence, type Property } from './verdict.ts';
import type { MiningHardware } from '../model/mining.ts';
import { FAULT_KINDS, scheduleText, type FaultKind } from '../model/fault.ts';
import { workloads } from '../workloads.ts';
import { meanOf } from './estimate.ts';
import { curveOf, curveRules, headlineRank, unloadedRank, type Curve, type LoadRank } from './load.ts';
import { doubtsOf, type RunDoubts } from './doubts.ts';
import { groupBy } from './group-by.ts';
import { seriesOf, type Series } from './series.ts';
import { loadLabel, loadRules } from '../model/load.ts';

/** A mechanism under one kind of fault, over fault ratios, at one number of nodes. */
export interface FaultRow {
  readonly series: Series;
  readonly kind: FaultKind;
  readonly nodes: number;
  /** Ascending in the share of faulty nodes. */
  readonly conditions: readonly Summary[];
}

/** How many nodes a fault makes faulty, of how many. */
export interface Faulty {
  readonly faulty: number;
  readonly nodes: number;
}

/** The first fault of a sweep at which a property was broken. */
export interface Threshold {
  /** `0.34`, `f+1` */
  readonly fault: string;
  /** At each number of nodes that is joined; empty where the fault takes an exact share of power or stake. */
  readonly faulty: readonly Faulty[];
  /** Replicates: equal at all numbers of nodes that are joined; attacks: pooled over them. */
  readonly evidence: Evidence;
}

/** A part of a sweep, up to its largest fault. */
export interface Stretch {
  readonly fault: string;
  readonly faulty: readonly Faulty[];
  /**
   * The weakest evidence under faults: with the largest rate of failure that it leaves possible; attacks at one fault are pooled over
   * numbers of nodes. Null where none is with faults.
   */
  readonly evidence: Evidence | null;
}

/** Where a mechanism broke under one kind of fault. */
export interface Breaking {
  readonly series: Series;
  readonly kind: FaultKind;
  /** Numbers of nodes for which all of this holds. */
  readonly nodes: readonly number[];
  /** Up to where every condition holds; null where already the first does not. */
  readonly holds: Stretch | null;
  /** Beyond that up to where none is broken, though the run does not decide at one at the least; null where there is nothing between. */
  readonly undecided: Stretch | null;
  readonly thresholds: Readonly<Partial<Record<Property, Threshold>>>;
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
  readonly doubts: RunDoubts;
  readonly series: readonly Series[];
  /** Conditions at several rates: throughput and latency. */
  readonly curves: readonly Curve[];
  /** All numbers of nodes with a fault-free condition, ascending. */
  readonly nodes: readonly number[];
  /** The number of nodes at which most variants can be compared (the largest of those); null without a fault-free condition. */
  readonly referenceNodes: number | null;
  readonly faultRows: readonly FaultRow[];
  /** Sweeps of the same at other numbers of nodes, which are not among the fault rows; breakings are of all. */
  readonly otherSizes: number;
  readonly breakings: readonly Breaking[];
  readonly comparisons: readonly Comparison[];
  /** Without a fault, and yet broken or without a verdict. */
  readonly troubles: readonly { readonly label: string; readonly summary: Summary }[];
}

/** The value of a metric; null where no mean stands. */
export function mean(summary: Summary | undefined, metric: Metric): number | null {
  return meanOf(summary, metric)?.mean ?? null;
}

/** What an adversary tried in these conditions together; null where none has attacks. */
export function attacksOf(conditions: readonly Summary[]): Attacks | null {
  const tried = conditions.flatMap(({ attacks }) => attacks ?? []);
  if (tried.length === 0) return null;
  return {
    attacks: tried.reduce((sum, { attacks }) => sum + attacks, 0),
    reversals: tried.reduce((sum, { reversals }) => sum + reversals, 0),
  };
}

/** The share of faulty nodes or power. Of a schedule those of all its faults together; it is never without one, though it may take links alone. */
export function faultShare({ keys, faulty_nodes }: Summary): number {
  if (keys.fault_kind === 'schedule') return Math.max(faulty_nodes ?? 1, 1) / keys.nodes;
  return keys.fault_ratio ?? (keys.fault_count ?? 0) / keys.nodes;
}

/** How many faulty nodes the mechanism's paper claims to bear, where faults are counted in nodes. */
export function claimedFaults({ keys }: Summary): number | null {
  const workload = workloads.get(keys.workload);
  return workload === undefined || workload.exactKinds.includes(keys.fault_kind) ? null : workload.bound.faults(keys.nodes);
}

/** `0.34`; a count, `5`; at the claimed bound and one beyond it by name: `f = 33`, `f+1 = 34`. */
export function faultLabel(summary: Summary): string {
  if (summary.fault.schedule !== undefined) return scheduleText(summary.fault);
  const { fault_ratio, fault_count } = summary.keys;
  if (fault_ratio !== null) return String(fault_ratio);
  const count = fault_count ?? 0;
  const claimed = claimedFaults(summary);
  if (count === 0 || claimed === null) return String(count);
  // A suite has words for these two; any other is the number that it says.
  if (count === claimed) return `f = ${count}`;
  return count === claimed + 1 ? `f+1 = ${count}` : String(count);
}

/** `φ = 0.34` or `f+1 = 34 faulty nodes`: as a sentence names it. */
export function faultPhrase(summary: Summary): string {
  if (summary.fault.schedule !== undefined) return `the schedule ${faultLabel(summary)}`;
  return summary.keys.fault_ratio === null ? `${faultLabel(summary)} faulty nodes` : `φ = ${faultLabel(summary)}`;
}

/** What a condition's nodes mine with. Parameters that a run of an earlier version does not have take their defaults. */
export function hardwareOf({ keys, parameters }: Pick<Summary, 'keys' | 'parameters'>): MiningHardware | undefined {
  const workload = workloads.get(keys.workload);
  const known = workload?.parameters.safeParse(parameters);
  return known?.success === true ? workload?.miningHardware?.(known.data, keys.nodes) : undefined;
}

const kindRank = (kind: FaultKind): number => FAULT_KINDS.indexOf(kind);

/** The fault-free condition of a series at n nodes; of several, that of the kind which every mechanism has. */
export function faultFree(series: Series, nodes: number): Summary | undefined {
  return series.conditions
    .filter((condition) => condition.keys.nodes === nodes && faultShare(condition) === 0)
    .sort((a, b) => kindRank(a.keys.fault_kind) - kindRank(b.keys.fault_kind))[0];
}

/** The fault-free conditions of a run, series by series, at some numbers of nodes. */
export function faultFreeRows(
  series: readonly Series[],
  nodes: readonly number[],
): { readonly series: Series; readonly nodes: number; readonly summary: Summary }[] {
  return series.flatMap((one) =>
    nodes.flatMap((n) => {
      const summary = faultFree(one, n);
      return summary === undefined ? [] : [{ series: one, nodes: n, summary }];
    }),
  );
}

/** A mechanism in one variant, under each of its loads. */
export interface Variant {
  readonly label: string;
  readonly workload: string;
  readonly series: readonly Series[];
}

/** In plan order. */
export function variantsOf({ series }: Pick<Model, 'series'>): Variant[] {
  return [...groupBy(series, ({ variant }) => variant)].map(([label, members]) => ({
    label,
    workload: members[0].workload,
    series: members,
  }));
}

/** Of each variant the fault-free condition at n nodes that stands for it, of the lowest rank: of several asked rates the one at the knee. */
export function headlines(
  model: Model,
  nodes: number,
  rank: LoadRank = headlineRank,
): { readonly series: Series; readonly summary: Summary }[] {
  return variantsOf(model).flatMap(({ series: members }) => {
    const known = members.flatMap((series) => {
      const summary = faultFree(series, nodes);
      return summary === undefined || summary.states.done === 0 ? [] : [{ series, summary }];
    });
    const best = Math.min(...known.map(({ summary }) => rank(summary)));
    const candidates = known.filter(({ summary }) => rank(summary) === best);
    if (candidates.length < 2) return candidates;
    const knees = curvesOf(candidates.map(({ series, summary }) => ({ ...series, conditions: [summary] }))).flatMap((curve) => curve.knees);
    const atKnee = candidates.find(({ summary: { load } }) => load.kind === 'open' && knees[0]?.offered_tps === load.rate_tps);
    return [atKnee ?? candidates[0]];
  });
}

/** Of each variant the series of its quietest load: the default one where there is one. */
export function quietest(model: Pick<Model, 'series'>): Series[] {
  return variantsOf(model).map(({ series: members }) => members.reduce((a, b) => (unloadedRank(b) < unloadedRank(a) ? b : a)));
}

/** Series of open load that differ in nothing but their rate: curves, not lines over the number of nodes. */
export function sweptRates({ series }: Pick<Model, 'series'>): ReadonlySet<Series> {
  const open = series.filter(({ load }) => load.kind === 'open');
  const groups = groupBy(open, ({ variant, load }) => JSON.stringify([variant, curveRules(load)]));
  return new Set([...groups.values()].filter(({ length }) => length > 1).flat());
}

/**
 * Conditions that differ in their rate alone, a curve for each. It has the name of its series, or where it is of several that of their
 * variant; and rules of its load only where another curve would have the same name at the same n.
 */
function curvesOf(series: readonly Series[]): Curve[] {
  const curved = series.flatMap((of) =>
    of.conditions.filter(({ load }) => curveRules(load) !== null).map((condition) => ({ of, condition })),
  );
  return [...groupBy(curved, ({ of }) => of.variant)].flatMap(([variant, all]) => {
    const alike = groupBy(all, ({ condition }) => {
      const fault = faultShare(condition) === 0 ? null : [condition.keys.fault_kind, faultLabel(condition)];
      return JSON.stringify([fault, curveRules(condition.load)]);
    });
    const families = [...alike.values()].map((members) => {
      const [{ of, condition }] = members;
      const name = members.every((member) => member.of === of) ? of.label : variant;
      const faulty = faultShare(condition) === 0 ? [] : [condition.keys.fault_kind, faultPhrase(condition)];
      const byNodes = groupBy(
        members.map((member) => member.condition),
        ({ keys }) => keys.nodes,
      );
      return { name: [name, ...faulty].join(' '), rules: loadRules(condition.load), byNodes };
    });
    return families.flatMap(({ name, rules, byNodes }) => {
      const rivals = families.filter((other) => other.name === name && [...other.byNodes.keys()].some((nodes) => byNodes.has(nodes)));
      const own = rules.filter((rule) => !rivals.every((rival) => rival.rules.includes(rule)));
      const label = [name, ...own].join(' ');
      return [...byNodes].flatMap(([nodes, conditions]) => {
        // Fault-free twins of several kinds of fault are one condition told twice.
        const once = [...groupBy(conditions, ({ load }) => loadLabel(load)).values()].map(([one]) => one);
        return curveOf(once, { label, workload: conditions[0].keys.workload, nodes }) ?? [];
      });
    });
  });
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

/** The first condition of a sweep in which a property is broken. */
export const firstBroken = (row: FaultRow, property: Property): Summary | undefined =>
  row.conditions.find(({ verdict }) => verdict.evidence[property]?.verdict === 'broken');

const relativeLabel = (summary: Summary): string => faultLabel(summary).replace(/^(f\S*) = \d+$/, '$1');

const faultyOf = (conditions: readonly Summary[]): Faulty[] =>
  conditions.flatMap(({ faulty_nodes, keys }) => (faulty_nodes === null ? [] : [{ faulty: faulty_nodes, nodes: keys.nodes }]));

/** A row's conditions up to the first that does not hold, and from there up to the first that is broken. */
function partsOf({ conditions }: FaultRow): { holds: readonly Summary[]; undecided: readonly Summary[] } {
  const before = (from: number, stops: (verdict: Evidence['verdict']) => boolean): number => {
    const at = conditions.findIndex(({ verdict }, index) => index >= from && stops(verdict.verdict));
    return at === -1 ? conditions.length : at;
  };
  const held = before(0, (verdict) => verdict !== 'holds');
  return {
    holds: conditions.slice(0, held),
    undecided: conditions.slice(
      held,
      before(held, (verdict) => verdict === 'broken'),
    ),
  };
}

/** What conditions at one fault say together. */
function pooled(conditions: readonly Summary[]): Evidence {
  const weakest = (list: readonly Evidence[]): Evidence => list.reduce((a, b) => (b.atMost > a.atMost ? b : a));
  const attacked = conditions.filter(({ verdict }) => verdict.counted === 'attacks');
  const others = conditions.filter(({ verdict }) => verdict.counted !== 'attacks').map(({ verdict }): Evidence => verdict);
  return weakest([...others, ...(attacked.length === 0 ? [] : [attackEvidence(attacksOf(attacked)!, attacked[0].keys.risk)])]);
}

/** The same part of several rows. */
function stretchOf(parts: readonly (readonly Summary[])[]): Stretch | null {
  const last = parts.flatMap((conditions) => conditions.at(-1) ?? []);
  if (last.length === 0) return null;
  const faults = groupBy(
    parts.flat().filter((condition) => faultShare(condition) > 0),
    relativeLabel,
  );
  const evidence = [...faults.values()].map(pooled);
  return {
    fault: relativeLabel(last[0]),
    faulty: faultyOf(last),
    evidence: evidence.length === 0 ? null : evidence.reduce((a, b) => (b.atMost > a.atMost ? b : a)),
  };
}

function thresholdOf(rows: readonly FaultRow[], property: Property): Threshold | null {
  const conditions = rows.flatMap((row) => firstBroken(row, property) ?? []);
  const [first] = conditions;
  if (first === undefined) return null;
  const own = first.verdict.evidence[property]!;
  return {
    fault: relativeLabel(first),
    faulty: faultyOf(conditions),
    evidence: own.counted === 'replicates' ? own : attackEvidence(attacksOf(conditions)!, first.keys.risk),
  };
}

function breakingsOf(rows: readonly FaultRow[]): Breaking[] {
  // Numbers of nodes that broke alike share a row: at the same faults, in the same shares of replicates. Attacks are pooled.
  const groups = groupBy(rows, (row) =>
    JSON.stringify([
      row.series.label,
      row.kind,
      stretchOf([partsOf(row).holds])?.fault,
      stretchOf([partsOf(row).undecided])?.fault,
      ...PROPERTIES.map((property) => {
        const found = firstBroken(row, property);
        const evidence = found?.verdict.evidence[property];
        if (found === undefined || evidence === undefined) return null;
        return [relativeLabel(found), ...(evidence.counted === 'replicates' ? [evidence.hits, evidence.trials] : [])];
      }),
    ]),
  );
  return [...groups.values()].map((group) => {
    const alike = [...group].sort((a, b) => a.nodes - b.nodes);
    const { series, kind } = alike[0];
    const thresholds: Partial<Record<Property, Threshold>> = {};
    for (const property of PROPERTIES) {
      const threshold = thresholdOf(alike, property);
      if (threshold !== null) thresholds[property] = threshold;
    }
    const parts = alike.map(partsOf);
    return {
      series,
      kind,
      nodes: alike.map(({ nodes }) => nodes),
      holds: stretchOf(parts.map(({ holds }) => holds)),
      undecided: stretchOf(parts.map(({ undecided }) => undecided)),
      thresholds,
    };
  });
}

/** Conditions without faults in which something is not as it should be: they stand at the head of what is printed. */
function faultFreeTroubles(conditions: readonly Summary[]): Summary[] {
  return conditions.filter(
    (condition) =>
      (faultShare(condition) === 0 || (condition.faulty_nodes === 0 && condition.fault.schedule === undefined)) &&
      (condition.verdict.verdict === 'broken' || condition.fates.unknown > 0),
  );
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

/** Each of some conditions with the label of its series among all. */
function labelled(some: readonly Summary[], all: readonly Summary[]): { label: string; summary: Summary }[] {
  const labels = new Map(seriesOf(all).flatMap(({ label, conditions }) => conditions.map((member) => [member, label] as const)));
  return some.map((summary) => ({ label: labels.get(summary)!, summary }));
}

function comparisonsOf(conditions: readonly Summary[]): Comparison[] {
  const measured = conditions.filter((condition) => mean(condition, 'cpu_s_per_decision_measured') !== null);
  return labelled(measured, measured).flatMap(({ label, summary }) => {
    const predicted = meanOf(summary, 'cpu_s_per_decision');
    const actual = meanOf(summary, 'cpu_s_per_decision_measured');
    if (predicted === null || actual === null || predicted.mean === 0) return [];
    return [{ summary, label, predicted, measured: actual, ratio: actual.mean / predicted.mean }];
  });
}

export const modelOf = (digest: RunDigest): Model => modelOfConditions(digest.conditions, doubtsOf(digest.run));

export function modelOfConditions(conditions: readonly Summary[], doubts: RunDoubts): Model {
  // Modelled and measured twins have the same semantic columns; one of them is enough.
  const placeOf = ({ keys, fault }: Summary): string => JSON.stringify({ ...keys, crypto: '', fault });
  const modelled = new Set(conditions.flatMap((one) => (one.keys.crypto === 'modelled' ? [placeOf(one)] : [])));
  const series = seriesOf(conditions.filter((one) => one.keys.crypto === 'modelled' || !modelled.has(placeOf(one))));
  const faultFreeNodes = [...groupBy(series, ({ variant }) => variant).values()].map((members) =>
    members
      .flatMap(({ conditions }) => conditions)
      .filter((condition) => faultShare(condition) === 0 && condition.states.done > 0)
      .map(({ keys }) => keys.nodes),
  );
  const rows = allFaultRows(series);
  const panels = groupBy(rows, (row) => JSON.stringify([row.series.label, row.kind]));
  const common = mostShared([...panels.values()].map((members) => members.map(({ nodes }) => nodes)));
  return {
    doubts,
    series,
    curves: curvesOf(series),
    nodes: [...new Set(faultFreeNodes.flat())].sort((a, b) => a - b),
    referenceNodes: mostShared(faultFreeNodes),
    // One row a panel: at the number of nodes that most panels share, else at its own largest.
    faultRows: [...panels.values()].map(
      (members) => members.find(({ nodes }) => nodes === common) ?? members.reduce((a, b) => (b.nodes > a.nodes ? b : a)),
    ),
    otherSizes: rows.length - panels.size,
    breakings: breakingsOf(rows),
    comparisons: comparisonsOf(conditions),
    troubles: labelled(faultFreeTroubles(conditions), conditions),
  };
}
