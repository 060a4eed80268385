// The answer to what the suite asks: which mechanism meets which requirement, and which of those that meet all costs least; without
// requirements, what each costs at equal risk. Pure, and with no number but those of the records; docs/method.md ("The answer") has the rules.
import { MAX_REPLICATES } from '../model/cell.ts';
import { BYZANTINE_KINDS } from '../model/fault.ts';
import type { Requirements } from '../model/requirements.ts';
import { workloads } from '../workloads.ts';
import { commandFor, type Lacking } from './answer-command.ts';
import type { RunDigest } from './digest.ts';
import { MILLISECONDS, NUMBER, RATE, estimateOf, estimateText, evidenceText, joined, meanOf, verdictText, type Form } from './estimate.ts';
import { listed, percentage, plural, times } from './format.ts';
import { askedRank, headlineRank, rateMeaning, unloadedRank, type LoadRank } from './load.ts';
import { faultFree, faultLabel, variantsOf, type Model, type Variant } from './model.ts';
import { MILLION_TX, POWER, YEARLY_ENERGY } from './people.ts';
import type { Series } from './series.ts';
import type { Interval, MeanSummary } from './statistics.ts';
import type { Summary } from './summarize.ts';
import { CRASH_KINDS, faultyNodes, survival } from './survival.ts';
import { timesAsManyAttacks } from './verdict.ts';

export type Requirement = Exclude<keyof Requirements, 'nodes'>;
export type RequirementVerdict = 'met' | 'not met' | 'not measured';

/** A mechanism against one requirement. */
export interface AnswerCell {
  readonly requirement: Requirement;
  readonly verdict: RequirementVerdict;
  /** In the requirement's unit; null where nothing was measured, and for settings. */
  readonly value: number | null;
  readonly interval: Interval | null;
  /** Positive on the good side: a share of what is asked, of numbers of nodes the difference; null without a value. */
  readonly margin: number | null;
  /** The value with its interval as people read it, or why there is none. */
  readonly text: string;
  /** `23% to spare`, `1 node short`; '' without a value. */
  readonly marginText: string;
  /** What the value is of; '' where nothing is to be said. */
  readonly note: string;
  /** What would measure it; '' where it is measured, and where the mechanism takes nothing that would. */
  readonly command: string;
}

/** A mechanism in one variant. */
export interface AnswerRow {
  /** The series of the condition whose cost it is; without one the variant's first. */
  readonly series: Series;
  readonly label: string;
  readonly workload: string;
  readonly cells: readonly AnswerCell[];
  /** Without faults, at the asked rate or without a queue, where the run has that; undefined where nothing finished. */
  readonly calm: Summary | undefined;
  /** Provisioned USD of 1000 transactions, and under which load; null where the run has none. */
  readonly cost: { readonly usd_per_1000_tx: MeanSummary; readonly summary: Summary; readonly load: string } | null;
}

/** What is asked, in the order of the matrix: `at least 1000 tx/s`. */
export interface Asked {
  readonly requirement: Requirement;
  readonly title: string;
  /** On a terminal. */
  readonly short: string;
  readonly text: string;
  /** In the requirement's unit; null for settings. */
  readonly wanted: number | null;
}

export interface Answer {
  readonly kind: 'requirements' | 'ranking';
  readonly question: string;
  /** Three at most. */
  readonly sentences: readonly string[];
  /** Empty without requirements. */
  readonly asked: readonly Asked[];
  /** At which all of it holds; null without a condition that finished. */
  readonly nodes: number | null;
  /** With requirements those that meet all first, then those of which that is not known; in each part by cost, and where that ties by work. */
  readonly rows: readonly AnswerRow[];
}

/** Of the transactions that an open load offers. */
const COMMITTED_SHARE = 0.99;
/** Replicates that a command asks for where those of the run did not decide: so many times as many. */
const MORE_REPLICATES = 4;

type Direction = 'at least' | 'at most';

/** Does all of a mean's interval lie on the good side? Null: it lies on both. */
function within({ mean, ci95 }: MeanSummary, asked: number, direction: Direction): boolean | null {
  const { low, high } = ci95 ?? { low: mean, high: mean };
  if (direction === 'at most') return high <= asked ? true : low > asked ? false : null;
  return low >= asked ? true : high < asked ? false : null;
}

/** What was found of one requirement, before it is put into words. */
interface Found {
  readonly verdict: RequirementVerdict;
  readonly mean?: MeanSummary;
  /** What the margin is of, where that is not the mean: a rate that is carried. */
  readonly reached?: number;
  readonly summary?: Summary;
  readonly note?: string;
  readonly lacking?: Lacking;
}

export interface Place {
  readonly variant: Variant;
  readonly nodes: number;
  /** That is asked for. */
  readonly rate_tps: number | undefined;
}

/** The fault-free conditions of a variant, one a load. */
const calm = ({ variant, nodes }: Place): Summary[] => variant.series.flatMap((series) => faultFree(series, nodes) ?? []);

const offered = ({ load }: Summary): number | null => (load.kind === 'open' ? load.rate_tps : null);

/** What share of the submitted transactions was committed; null where the condition does not say. */
function committedShare({ metrics }: Summary): number | null {
  const { transactions_committed: committed, transactions_submitted: submitted } = metrics;
  return committed === null || submitted === null || submitted.mean === 0 ? null : committed.mean / submitted.mean;
}

const more = ({ nodes }: Place, { replicates }: Summary): Lacking => ({ nodes, replicates: replicates * MORE_REPLICATES });

function throughput(place: Place, asked: number): Found {
  const conditions = calm(place);
  for (const summary of conditions.filter(({ load }) => load.kind === 'saturate')) {
    const mean = meanOf(summary, 'throughput_tps');
    if (mean !== null) {
      const reaches = within(mean, asked, 'at least');
      const found = { mean, summary };
      if (reaches === null) return { ...found, verdict: 'not measured', lacking: { ...more(place, summary), load: { kind: 'saturate' } } };
      return { ...found, verdict: reaches ? 'met' : 'not met' };
    }
    if (summary.states.stalled > 0) return { verdict: 'not met', summary, note: summary.reason };
  }
  const rates = conditions.flatMap((summary) => {
    const rate = offered(summary);
    const share = committedShare(summary);
    const mean = meanOf(summary, 'throughput_tps');
    return rate === null || share === null || mean === null ? [] : [{ rate, share, mean, summary }];
  });
  const note = ({ rate, share }: (typeof rates)[number]): string => `${percentage(share, 3)} of ${rate} tx/s committed`;
  const carried = rates.filter(({ rate, share }) => rate >= asked && share >= COMMITTED_SHARE).sort((a, b) => b.rate - a.rate)[0];
  if (carried !== undefined)
    return { verdict: 'met', mean: carried.mean, reached: carried.rate, summary: carried.summary, note: note(carried) };
  const failed = rates.filter(({ rate, share }) => rate <= asked && share < COMMITTED_SHARE).sort((a, b) => b.rate - a.rate)[0];
  if (failed !== undefined) return { verdict: 'not met', mean: failed.mean, summary: failed.summary, note: note(failed) };
  return { verdict: 'not measured', lacking: { nodes: place.nodes, load: { kind: 'saturate' } } };
}

/** The 95th percentile of the time to finality, ms. A run of an earlier version has it where acceptance is final. */
export function finalityP95(summary: Summary): MeanSummary | null {
  const { finality_ms_p95: own, finality_ms: median, latency_ms_p50: accepted, latency_ms_p95 } = summary.metrics;
  return own ?? (median !== null && median.mean === accepted?.mean ? latency_ms_p95 : null);
}

/** Why a value that has no mean, or whose interval decides nothing, is above what is asked all the same, with what is known of it. */
interface Beyond {
  readonly mean?: MeanSummary;
  readonly note: string;
}

/** The 95th percentile is late where the median is, and where it falls on transactions that are not final: infinite. */
function lateP95(summary: Summary, asked: number): Beyond | null {
  const { finality_ms: median, throughput_tps: rate } = summary.metrics;
  const decides = summary.states.done > 0 && rate !== null && rate.mean > 0;
  const endless = finalityP95(summary) === null && summary.load.kind === 'open' && decides;
  const late = median !== null && within(median, asked, 'at most') === false;
  if (!endless && !late) return null;
  const known = median === null ? {} : { mean: median };
  const parts = [median === null ? '' : 'median', endless ? 'p95 is not reached' : ''];
  return { ...known, note: parts.filter((part) => part !== '').join('; ') };
}

interface Ceiling {
  readonly valueOf: (summary: Summary) => MeanSummary | null;
  /** Asked where `valueOf` does not decide. */
  readonly beyond?: (summary: Summary, asked: number) => Beyond | null;
  /** Which load stands for the variant where no rate is asked for. */
  readonly rank: LoadRank;
  /** How values go with the rate: latencies rise, provisioned costs fall. So at another rate one is a bound of that at the asked one. */
  readonly withRate: 'rises' | 'falls';
}

/** A condition against a ceiling: null where its interval decides nothing. */
interface Seen {
  readonly summary: Summary;
  readonly rate: number;
  readonly passes: boolean | null;
  readonly says: Pick<Found, 'mean' | 'note'>;
}

function ceiling(place: Place, asked: number, { valueOf, beyond, rank, withRate }: Ceiling): Found {
  const { nodes, rate_tps } = place;
  const conditions = calm(place).flatMap((summary): Seen[] => {
    const mean = valueOf(summary);
    const rate = offered(summary) ?? meanOf(summary, 'throughput_tps')?.mean ?? null;
    if (rate === null) return [];
    const passes = mean === null ? null : within(mean, asked, 'at most');
    const late = passes === null ? (beyond?.(summary, asked) ?? null) : null;
    if (late !== null) return [{ summary, rate, passes: false, says: late }];
    return mean === null ? [] : [{ summary, rate, passes, says: { mean } }];
  });
  const found = ({ summary, passes, says }: Seen): Found =>
    passes === null
      ? { verdict: 'not measured', ...says, summary, lacking: more(place, summary) }
      : { verdict: passes ? 'met' : 'not met', ...says, summary };
  if (rate_tps === undefined) {
    const best = [...conditions].sort((a, b) => rank(a.summary) - rank(b.summary))[0];
    return best === undefined ? { verdict: 'not measured', lacking: { nodes } } : found(best);
  }
  const load = { kind: 'open', rate_tps } as const;
  const exact = conditions.find(({ summary }) => offered(summary) === rate_tps);
  if (exact !== undefined) {
    const said = found(exact);
    return said.lacking === undefined ? said : { ...said, lacking: { ...said.lacking, load } };
  }
  const above = (rate: number): boolean => (withRate === 'rises' ? rate >= rate_tps : rate <= rate_tps);
  const below = (rate: number): boolean => (withRate === 'rises' ? rate <= rate_tps : rate >= rate_tps);
  const nearest = [...conditions].sort((a, b) => Math.abs(Math.log(a.rate / rate_tps)) - Math.abs(Math.log(b.rate / rate_tps)));
  const bound = nearest.find(({ rate, passes }) => (above(rate) && passes === true) || (below(rate) && passes === false));
  return bound === undefined ? { verdict: 'not measured', lacking: { nodes, load } } : found(bound);
}

function finality(place: Place, asked: number): Found {
  const endless = calm(place).find(({ verdict }) => verdict.evidence.finality?.verdict === 'broken');
  if (endless !== undefined)
    return { verdict: 'not met', note: `no finite number of confirmations gives the risk of ${endless.keys.risk}` };
  return ceiling(place, asked, { valueOf: finalityP95, beyond: lateP95, rank: unloadedRank, withRate: 'rises' });
}

const COSTS = { rank: headlineRank, withRate: 'falls' } as const;

/** The load under which something was seen, where that is not the asked rate. */
export function loadText(summary: Summary, rate_tps: number | undefined): string {
  const rate = offered(summary);
  if (rate !== null) return rate === rate_tps ? '' : `at ${rate} tx/s`;
  return summary.load.kind === 'saturate' ? 'at capacity' : rateMeaning(summary);
}

/** What a network takes, whatever it commits: `18 GW ±1%, 160 TWh ±1% a year`. */
function powerText(summary: Summary): string {
  const parts = [
    ['power_w', POWER, ''],
    ['energy_twh_per_year', YEARLY_ENERGY, ' a year'],
  ] as const;
  const said = parts.flatMap(([metric, form, behind]) => {
    const mean = meanOf(summary, metric);
    return mean === null ? [] : [joined(estimateOf(mean, summary.replicates, form)) + behind];
  });
  return said.join(', ');
}

const FAULTS = {
  byzantine_nodes: { kinds: BYZANTINE_KINDS, what: 'nodes that do not keep to the rules' },
  crash_nodes: { kinds: CRASH_KINDS, what: 'nodes down' },
} as const;

const plainMean = (value: number): MeanSummary => ({ mean: value, count: 1, ci95: null });

/** Who is asked to bear no faulty node: what the conditions without any say. */
function withoutFaults(place: Place): Found {
  const conditions = calm(place);
  const at = (wanted: Summary['verdict']['verdict']): Summary | undefined => conditions.find(({ verdict }) => verdict.verdict === wanted);
  const broken = at('broken');
  if (broken !== undefined) return { verdict: 'not met', summary: broken, note: `without faults: ${verdictText(broken)}` };
  const held = at('holds');
  if (held !== undefined) return { verdict: 'met', mean: plainMean(0), note: `without faults (${evidenceText(held.verdict)})` };
  const [seen] = conditions;
  return {
    verdict: 'not measured',
    note: seen === undefined ? '' : `without faults: ${verdictText(seen)}`,
    lacking: { nodes: place.nodes },
  };
}

function faulty(place: Place, requirement: keyof typeof FAULTS, asked: number): Found {
  const { variant, nodes } = place;
  const workload = workloads.get(variant.workload);
  const { kinds } = FAULTS[requirement];
  if (requirement === 'byzantine_nodes' && workload?.bound.crashOnly === true && asked > 0)
    return { verdict: 'not met', mean: plainMean(0), note: 'its model has nodes that stop, and none that lie' };
  const { kinds: swept, holds, breaks, weakest, undecided } = survival(variant, nodes, kinds);
  if (asked === 0 && (holds === null || swept.length === 0)) return withoutFaults(place);
  const mean = holds === null ? {} : { mean: plainMean(holds) };
  const evidence = weakest === null ? '' : ` (${evidenceText(weakest.verdict)})`;
  const note = swept.length === 0 ? '' : `${swept.join(', ')}${evidence}`;
  if (breaks !== null && breaks <= asked) return { verdict: 'not met', ...mean, note: `broken by ${breaks} under ${swept.join(', ')}` };
  if (holds !== null && holds >= asked && swept.length > 0) return { verdict: 'met', ...mean, note };
  const open = swept.length > 0 ? swept : kinds.filter((kind) => workload?.faultKinds.includes(kind) === true);
  const faults = { kinds: open, count: asked };
  // Also one with more faulty nodes, or fewer, says how many attacks tell something here: take the nearest.
  const [near] = [...undecided].sort((a, b) => Math.abs(faultyNodes(a) - asked) - Math.abs(faultyNodes(b) - asked));
  if (near === undefined)
    return { verdict: 'not measured', note: open.length === 0 ? 'it has no such kind of fault here' : note, lacking: { nodes, faults } };
  const seen = { verdict: 'not measured', note: `${near.keys.fault_kind} ${faultLabel(near)}: ${verdictText(near)}` } as const;
  const { counted, hits, trials } = near.verdict;
  // The same cells again end as they did: without a verdict.
  if (counted === 'replicates') return faultyNodes(near) === asked ? seen : { ...seen, lacking: { nodes, faults } };
  const times = timesAsManyAttacks({ attacks: trials, reversals: hits }, near.keys.risk);
  const replicates = Math.min(near.replicates * (times ?? MORE_REPLICATES), MAX_REPLICATES);
  return { ...seen, lacking: { nodes, faults, replicates } };
}

function suits({ variant }: Place, asked: NonNullable<Requirements['settings']>): Found {
  const own = workloads.get(variant.workload)?.settings;
  if (own === undefined) return { verdict: 'not measured' };
  return { verdict: asked.every((kind) => own.includes(kind)) ? 'met' : 'not met', note: own.join(', ') };
}

const ORDER: readonly Requirement[] = [
  'throughput_tps',
  'finality_ms',
  'byzantine_nodes',
  'crash_nodes',
  'usd_per_1000_tx',
  'kwh_per_tx',
  'settings',
];

interface Shown {
  readonly title: string;
  readonly short: string;
  readonly direction: Direction;
  /** Null: whole numbers of nodes, and settings. */
  readonly form: Form | null;
}
const KWH: Form = { ...NUMBER, show: (value, digits) => `${NUMBER.show(value, digits)}\u00a0kWh` };
const SHOWN: Readonly<Record<Requirement, Shown>> = {
  throughput_tps: { title: 'throughput', short: 'tx/s', direction: 'at least', form: RATE },
  finality_ms: { title: 'finality, 95th percentile', short: 'final p95', direction: 'at most', form: MILLISECONDS },
  byzantine_nodes: { title: 'Byzantine nodes', short: 'Byzantine', direction: 'at least', form: null },
  crash_nodes: { title: 'nodes down', short: 'down', direction: 'at least', form: null },
  usd_per_1000_tx: { title: 'money, a million tx', short: '$/M tx', direction: 'at most', form: MILLION_TX },
  kwh_per_tx: { title: 'energy, a transaction', short: 'kWh/tx', direction: 'at most', form: KWH },
  settings: { title: 'setting', short: 'setting', direction: 'at least', form: null },
};

const foundOf = (place: Place, requirement: Requirement, asked: Requirements): Found => {
  switch (requirement) {
    case 'throughput_tps':
      return throughput(place, asked.throughput_tps!);
    case 'finality_ms':
      return finality(place, asked.finality_ms!);
    case 'byzantine_nodes':
    case 'crash_nodes':
      return faulty(place, requirement, asked[requirement]!);
    case 'usd_per_1000_tx':
      return ceiling(place, asked.usd_per_1000_tx!, { ...COSTS, valueOf: (of) => meanOf(of, 'usd_per_1000_tx_provisioned') });
    case 'kwh_per_tx': {
      const found = ceiling(place, asked.kwh_per_tx!, { ...COSTS, valueOf: (of) => meanOf(of, 'energy_kwh_per_tx') });
      return found.summary === undefined ? found : { ...found, note: powerText(found.summary) };
    }
    case 'settings':
      return suits(place, asked.settings!);
  }
};

/** `23% to spare`, `12% short`, `3.2 times too much`, `1 to spare`. */
function marginText(margin: number, { direction, form }: Shown): string {
  if (margin === 0) return 'just so';
  if (form === null) return `${Math.abs(margin)} ${margin > 0 ? 'to spare' : 'short'}`;
  if (margin >= 0) return `${percentage(margin, 2)} to spare`;
  if (direction === 'at least') return `${percentage(-margin, 2)} short`;
  return margin > -1 ? `${percentage(-margin, 2)} too much` : `${times(1 - margin)} as much`;
}

/** Would the command run nothing that the run does not have? */
function isThere(place: Place, { load, faults, replicates }: Lacking): boolean {
  if (faults !== undefined || replicates !== undefined) return false;
  return calm(place).some(
    (summary) => load === undefined || (summary.load.kind === load.kind && offered(summary) === (load.rate_tps ?? null)),
  );
}

function cellOf(place: Place, requirement: Requirement, asked: Requirements): AnswerCell {
  const { verdict, mean, reached = mean?.mean, summary, note = '', lacking } = foundOf(place, requirement, asked);
  const shown = SHOWN[requirement];
  const { form, direction } = shown;
  const wanted = asked[requirement];
  const margin =
    reached === undefined || typeof wanted !== 'number'
      ? null
      : form === null
        ? Math.floor(reached) - wanted
        : wanted === 0
          ? null
          : (reached / wanted - 1) * (direction === 'at least' ? 1 : -1);
  const nodes = (value: number): string => `${Math.floor(value)} (${percentage(value / place.nodes, 2)})`;
  const text =
    mean === undefined ? '' : form === null ? nodes(mean.mean) : joined(estimateOf(mean, summary?.replicates ?? mean.count, form));
  const under = summary === undefined || requirement === 'throughput_tps' ? '' : loadText(summary, place.rate_tps);
  return {
    requirement,
    verdict,
    value: mean?.mean ?? null,
    interval: mean?.ci95 ?? null,
    margin,
    text,
    marginText: margin === null ? '' : marginText(margin, shown),
    note: [note, under].filter((part) => part !== '').join('; '),
    command: lacking === undefined || isThere(place, lacking) ? '' : commandFor(workloads.get(place.variant.workload), lacking),
  };
}

/** The cost that ranks a variant: at the asked rate where the run has that, else under the load that stands for it. */
export function costOf(place: Place): AnswerRow['cost'] {
  const known = calm(place).flatMap((summary) => {
    const usd = meanOf(summary, 'usd_per_1000_tx_provisioned');
    return usd === null ? [] : [{ usd_per_1000_tx: usd, summary, load: loadText(summary, place.rate_tps) }];
  });
  const rank = askedRank(place.rate_tps, headlineRank);
  return known.sort((a, b) => rank(a.summary) - rank(b.summary))[0] ?? null;
}

/** What finished without faults under the asked rate, else under the quietest load: what finality is said of. */
export function quietOf(place: Place): Summary | undefined {
  const done = calm(place).filter(({ states }) => states.done > 0);
  const rank = askedRank(place.rate_tps, unloadedRank);
  return done.sort((a, b) => rank(a) - rank(b))[0];
}

function rowOf(variant: Variant, nodes: number | null, asked: Requirements): AnswerRow {
  const { label, workload, series } = variant;
  const place: Place | null = nodes === null ? null : { variant, nodes, rate_tps: asked.throughput_tps };
  const cost = place === null ? null : costOf(place);
  return {
    series: series.find(({ conditions }) => cost !== null && conditions.includes(cost.summary)) ?? series[0],
    label,
    workload,
    calm: place === null ? undefined : quietOf(place),
    cells: place === null ? [] : ORDER.filter((key) => asked[key] !== undefined).map((key) => cellOf(place, key, asked)),
    cost,
  };
}

/** The median time to finality at the risk. */
export const final_ms = ({ calm: quiet }: AnswerRow): MeanSummary | null => meanOf(quiet, 'finality_ms');

export type Standing = 'meets all' | 'not known' | 'misses';
export function standingOf({ cells }: Pick<AnswerRow, 'cells'>): Standing {
  if (cells.some(({ verdict }) => verdict === 'not met')) return 'misses';
  return cells.length > 0 && cells.every(({ verdict }) => verdict === 'met') ? 'meets all' : 'not known';
}

const standing = (rows: readonly AnswerRow[], as: Standing): AnswerRow[] => rows.filter((row) => standingOf(row) === as);
const STANDINGS: readonly Standing[] = ['meets all', 'not known', 'misses'];
const byCost = (a: AnswerRow, b: AnswerRow): number =>
  (a.cost?.usd_per_1000_tx.mean ?? Infinity) - (b.cost?.usd_per_1000_tx.mean ?? Infinity) || 0;

/** From this ratio on one is more than the other; below it they are about as much. */
export const MORE_FROM = 1.05;

/** Which of two is less is not known, or is of no account. */
function tied(a: MeanSummary, b: MeanSummary): boolean {
  const [less, greater] = a.mean <= b.mean ? [a, b] : [b, a];
  return greater.mean < less.mean * MORE_FROM || (greater.ci95?.low ?? greater.mean) <= (less.ci95?.high ?? less.mean);
}

/** What a variant's transactions cost in work, under the load of its provisioned cost. */
const activeUsd = ({ cost }: AnswerRow): MeanSummary | null => meanOf(cost?.summary, 'usd_per_1000_tx');

/** Of rows by cost, the first and those that cost about as much. */
function tieOf(rows: readonly AnswerRow[]): AnswerRow[] {
  const least = rows[0]?.cost?.usd_per_1000_tx;
  if (least === undefined) return rows.slice(0, 1);
  return rows.filter(({ cost }) => cost !== null && tied(least, cost.usd_per_1000_tx));
}

/** By provisioned cost; those that tie by what their work costs. */
function ranked(rows: readonly AnswerRow[]): AnswerRow[] {
  const out: AnswerRow[] = [];
  let rest = [...rows].sort(byCost);
  while (rest.length > 0) {
    const tie = tieOf(rest);
    rest = rest.filter((row) => !tie.includes(row));
    out.push(...tie.sort((a, b) => (activeUsd(a)?.mean ?? Infinity) - (activeUsd(b)?.mean ?? Infinity) || 0));
  }
  return out;
}

/** How far a mechanism misses what is asked, from 0 to 1: what it lacks of it, or what it has beyond it. */
function shortfall({ requirement, margin, verdict }: AnswerCell, asked: Requirements): number {
  if (verdict !== 'not met') return 0;
  if (margin === null) return 1;
  const { direction, form } = SHOWN[requirement];
  if (form === null) return Math.min(1, -margin / (asked[requirement] as number));
  return direction === 'at least' ? -margin : 1 - 1 / (1 - margin);
}

/** Fewest requirements missed first, then by the largest miss. */
const nearness =
  (asked: Requirements) =>
  (a: AnswerRow, b: AnswerRow): number => {
    const missed = ({ cells }: AnswerRow): number => cells.filter(({ verdict }) => verdict === 'not met').length;
    const worst = ({ cells }: AnswerRow): number => Math.max(...cells.map((cell) => shortfall(cell, asked)));
    return missed(a) - missed(b) || worst(a) - worst(b) || byCost(a, b);
  };

const costText = ({ cost }: AnswerRow): string =>
  cost === null
    ? 'at a cost that the run does not know'
    : `${joined(estimateOf(cost.usd_per_1000_tx, cost.summary.replicates, MILLION_TX))} a million transactions${cost.load === '' ? '' : ` (${cost.load})`}`;

/** `finality, 95th percentile 3.1 s (56% too much)` */
const missText = (cell: AnswerCell): string => {
  const said = [cell.text, cell.marginText === '' ? '' : `(${cell.marginText})`, cell.text === '' ? cell.note : ''];
  return [SHOWN[cell.requirement].title, ...said.filter((part) => part !== '')].join(' ');
};

function askedText(requirement: Requirement, asked: Requirements): string {
  const { direction, form } = SHOWN[requirement];
  if (requirement === 'settings') return listed(asked.settings!);
  const wanted = asked[requirement]!;
  return `${direction} ${form === null ? String(wanted) : form.show(wanted * form.scale)}`;
}

const PHRASES: { readonly [R in Requirement]: (text: string, asked: Requirements) => string } = {
  throughput_tps: (text) => `commits ${text}`,
  finality_ms: (text) => `makes 95% final after ${text}`,
  byzantine_nodes: (_text, { byzantine_nodes }) => `holds with ${plural(byzantine_nodes!, 'Byzantine node')}`,
  crash_nodes: (_text, { crash_nodes }) => `holds with ${plural(crash_nodes!, 'node')} down`,
  usd_per_1000_tx: (text) => `costs ${text} a million transactions`,
  kwh_per_tx: (text) => `takes ${text} a transaction`,
  settings: (text) => `is made for ${text} use`,
};

/** `$0.67 a million transactions`, of those that tie. */
function tieText(tie: readonly AnswerRow[]): string {
  const usd = tie.map(({ cost }) => cost!.usd_per_1000_tx.mean * MILLION_TX.scale);
  const ends = [Math.min(...usd), Math.max(...usd)].map((value) => MILLION_TX.show(value, 2));
  const loads = new Set(tie.map(({ cost }) => cost!.load));
  const [load] = loads;
  return `${[...new Set(ends)].join(' to ')} a million transactions${loads.size === 1 && load !== '' ? ` (${load})` : ''}`;
}

/** So many in a sentence, and how many more. */
const NAMED = 6;
const named = (rows: readonly AnswerRow[]): string => {
  const labels = rows.map(({ label }) => label);
  return listed(labels.length <= NAMED ? labels : [...labels.slice(0, NAMED - 1), `${labels.length - NAMED + 1} more`]);
};

/** Of those that tie who does the least work; '' where the run does not know. */
function leastWork(tie: readonly AnswerRow[]): string {
  const known = tie.flatMap((row) => {
    const usd = activeUsd(row);
    return usd === null ? [] : [{ row, usd }];
  });
  if (known.length < 2) return '';
  const [least] = known.sort((a, b) => a.usd.mean - b.usd.mean);
  const alike = known.flatMap(({ row, usd }) => (tied(least.usd, usd) ? [row] : []));
  if (alike.length === tie.length) return '; they do about as much work';
  const text = joined(estimateOf(least.usd, least.row.cost!.summary.replicates, MILLION_TX));
  return `; of these ${named(alike)} ${alike.length === 1 ? 'does' : 'do'} the least work: ${text} active`;
}

/** At the asked rate it is time of machines ÷ rate, whatever the mechanism: all that differs is how many arrived in the window. */
const isRent = ({ cost }: AnswerRow, asked: Requirements): boolean =>
  cost !== null && offered(cost.summary) === asked.throughput_tps && cost.summary.metrics.cpu_s_per_tx_provisioned !== null;

/** The first sentence: who meets all at the least cost, or by how much the nearest misses. */
function verdictSentence(rows: readonly AnswerRow[], asked: Requirements): string {
  const [full, unknown] = [standing(rows, 'meets all'), standing(rows, 'not known')];
  const count = ORDER.filter((key) => asked[key] !== undefined).length;
  const all = count === 1 ? 'the requirement' : count === 2 ? 'both requirements' : `all ${count} requirements`;
  const [best, next] = full;
  if (best !== undefined) {
    const tie = full.slice(0, tieOf([...full].sort(byCost)).length);
    if (tie.length > 1) {
      const rent = tie.every((row) => isRent(row, asked)) ? ': at the asked rate it is the rent of the machines' : '';
      return `${named(tie)} meet ${all} at about the same provisioned cost, ${tieText(tie)}${rent}${leastWork(tie)}.`;
    }
    const beside = next?.cost && best.cost ? next.cost.usd_per_1000_tx.mean / best.cost.usd_per_1000_tx.mean : null;
    const then = beside === null ? '' : `; next is ${next.label}, at ${times(beside)} as much`;
    return `${best.label} meets ${all}${full.length > 1 ? ' at the least cost' : ', it alone'}: ${costText(best)}, provisioned${then}.`;
  }
  if (unknown.length > 0) {
    const met = ({ cells }: AnswerRow): number => cells.filter(({ verdict }) => verdict === 'met').length;
    const first = [...unknown].sort((a, b) => met(b) - met(a) || byCost(a, b))[0];
    const open = first.cells.filter(({ verdict }) => verdict === 'not measured').map(({ requirement }) => SHOWN[requirement].title);
    return `None is known to meet ${all}: ${first.label} meets ${met(first)} of them, and was not measured for ${listed(open)}.`;
  }
  const nearest = [...rows].sort(nearness(asked))[0];
  if (nearest === undefined) return 'No cell finished, so nothing is known.';
  const missed = nearest.cells.filter(({ verdict }) => verdict === 'not met').map(missText);
  return `None meets ${all}: the nearest is ${nearest.label}, which misses ${listed(missed)}.`;
}

const standingText = (count: number, one: string, many: string): string[] => (count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]);

function countSentence(rows: readonly AnswerRow[]): string {
  const count = (as: Standing): number => standing(rows, as).length;
  const unknown = count('not known');
  const costs = (as: Standing): MeanSummary[] => standing(rows, as).flatMap(({ cost }) => cost?.usd_per_1000_tx ?? []);
  const [cheapest] = costs('meets all').sort((a, b) => a.mean - b.mean);
  const cheaper = cheapest === undefined ? 0 : costs('not known').filter((usd) => usd.mean < cheapest.mean && !tied(usd, cheapest)).length;
  const maybe = cheaper > 0 ? ` (${cheaper} of them cheaper)` : '';
  const parts = [
    standingText(count('meets all'), 'meets all', 'meet all'),
    standingText(count('misses'), 'misses at least one', 'miss at least one'),
    unknown === 0 ? [] : [`${unknown} ${unknown === 1 ? 'was' : 'were'} not measured far enough to know${maybe}`],
  ];
  return `Of ${plural(rows.length, 'variant')} ${listed(parts.flat())}.`;
}

/** What stands in full beside the figures that the cost table prices. */
function doubts({ run: { warnings } }: RunDigest): string[] {
  return warnings.length === 0 ? [] : [`The measured costs are doubtful (${plural(warnings.length, 'warning')}, at the table of costs).`];
}

function matrix(model: Model, digest: RunDigest, asked: Requirements): Answer {
  const nodes = asked.nodes ?? model.referenceNodes;
  const all = variantsOf(model).map((variant) => rowOf(variant, nodes, asked));
  const rows = STANDINGS.flatMap((as) => ranked(standing(all, as)));
  const wanted = ORDER.filter((key) => asked[key] !== undefined).map((requirement) => {
    const wantedValue = asked[requirement];
    const text = askedText(requirement, asked);
    return {
      requirement,
      title: SHOWN[requirement].title,
      short: SHOWN[requirement].short,
      text,
      wanted: typeof wantedValue === 'number' ? wantedValue : null,
    };
  });
  const phrases = wanted.map(({ requirement, text }) => PHRASES[requirement](text, asked));
  return {
    kind: 'requirements',
    question: `With ${nodes === null ? 'any number of nodes' : plural(nodes, 'node')}, which mechanism ${phrases.length === 0 ? 'finishes' : listed(phrases)}?`,
    sentences: [verdictSentence(rows, asked), ...(rows.length === 0 ? [] : [countSentence(rows)]), ...doubts(digest)],
    asked: wanted,
    nodes,
    rows,
  };
}

function ranking(model: Model, digest: RunDigest): Answer {
  const nodes = model.referenceNodes;
  const rows = nodes === null ? [] : variantsOf(model).map((variant) => rowOf(variant, nodes, {}));
  rows.sort(byCost);
  const known = rows.filter(({ cost }) => cost !== null);
  const [least, most] = [known[0], known.at(-1)];
  const risks = [...new Set(model.series.flatMap(({ conditions }) => conditions.map(({ keys }) => keys.risk)))];
  const question = `With ${nodes === null ? 'any number of nodes' : plural(nodes, 'node')} and no faults, what does a committed transaction cost, at a risk of reversal of ${listed(risks.map(String))}?`;
  if (least === undefined)
    return {
      kind: 'ranking',
      question,
      sentences: ['No condition without faults finished, so there is nothing to rank.'],
      asked: [],
      nodes,
      rows,
    };
  const finalText = ({ label, calm: quiet }: AnswerRow): string[] => {
    const text = estimateText(quiet, 'finality_ms', MILLISECONDS);
    return text === null ? [] : [`${text} under ${label}`];
  };
  const finals = (least === most ? [least] : [least, most!]).flatMap(finalText);
  const ratio = most!.cost!.usd_per_1000_tx.mean / least.cost!.usd_per_1000_tx.mean;
  const dearest =
    least === most ? '' : `; ${most!.label} costs most, ${costText(most!)}${ratio >= MORE_FROM ? `, ${times(ratio)} as much` : ''}`;
  return {
    kind: 'ranking',
    question,
    sentences: [
      `${least.label} costs least, ${costText(least)}${dearest} (provisioned: all cores of all nodes, busy or not).`,
      ...(finals.length === 0 ? [] : [`A transaction is final after ${listed(finals)}.`]),
      ...doubts(digest),
    ],
    asked: [],
    nodes,
    rows,
  };
}

/** What the suite asks, answered; without requirements the variants by cost. */
export function answerOf(model: Model, digest: RunDigest): Answer {
  const { requirements } = digest.run.suite;
  return requirements === undefined ? ranking(model, digest) : matrix(model, digest, requirements);
}
