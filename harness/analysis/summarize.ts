// Joins the replicates of a condition: everything equal but the replicate. Replicates are innermost in the plan, so one
// group at a time is enough whatever the size of the run.
import { METRICS, METRIC_KINDS, type Metric } from '../record/columns.ts';
import { perYear } from '../record/price.ts';
import { SUMMARY_KEYS } from '../record/summary-columns.ts';
import type { CellRecord, MetricKind, RecordKeys, RecordState } from '../model/record.ts';
import type { FaultSpec } from '../model/fault.ts';
import type { Verdict } from '../model/outcome.ts';
import type { Cell } from '../model/cell.ts';
import type { Observation } from '../simulate/core/contract.ts';
import { DEFAULT_LOAD, type Bottleneck, type LoadPoint, type LoadSpec } from '../model/load.ts';
import { MeanAccumulator, wilson, type Interval, type MeanSummary } from './statistics.ts';
import { verdictOf, type Attacks, type ConditionVerdict } from './verdict.ts';

export interface Share {
  readonly violated: number;
  /** Replicates whose verdict is known. */
  readonly known: number;
  readonly share: number;
  /** Wilson. */
  readonly ci95: Interval;
}

/** What became of a replicate, the gravest first; `unknown` is neither ok nor violated. */
export const FATES = ['broken', 'unsafe', 'undurable', 'unlive', 'unfinal', 'unknown', 'ok'] as const;
export type Fate = (typeof FATES)[number];

/**
 * `attacked`: an adversary tried, and nothing else happened. What became of such a replicate is not its own to say: a reversal
 * now and then is what the accepted risk stands for, so the condition's attacks together decide.
 */
function fateOf(record: CellRecord): Fate | 'attacked' {
  if (record.state === 'timeout' || record.state === 'failed') return 'broken';
  if (violatesSafety(record)) return 'unsafe';
  if (record.durability === 'violated') return 'undurable';
  if (record.liveness === 'violated') return 'unlive';
  if (record.state === 'done' && (record.attacks ?? 0) > 0) return 'attacked';
  if (record.state === 'done' && record.confirmations === null) return 'unfinal';
  return record.safety === 'unknown' || record.liveness === 'unknown' || record.durability === 'unknown' ? 'unknown' : 'ok';
}

/** By other means than an attack that came through. */
const violatesSafety = (record: CellRecord): boolean =>
  record.safety === 'violated' && !(record.state === 'done' && (record.reversals ?? 0) > 0);

/** A row of summary.csv. */
export interface Summary {
  readonly keys: Pick<RecordKeys, (typeof SUMMARY_KEYS)[number]>;
  /** The first cell of the condition, and the parameters that all of them have. */
  readonly first_cell: string;
  readonly parameters: Cell['parameters'];
  readonly load: LoadSpec;
  /** As the suite asks: those of a run under another load than the default one come with its window. */
  readonly decisions: number;
  readonly fault: FaultSpec;
  readonly replicates: number;
  readonly states: Readonly<Record<RecordState, number>>;
  readonly fates: Readonly<Record<Fate, number>>;
  /** As the checkers found them; null where no verdict is known. */
  readonly safety: Share | null;
  readonly liveness: Share | null;
  readonly durability: Share | null;
  /** Pooled over the done replicates; null where nobody attacks. */
  readonly attacks: Attacks | null;
  readonly verdict: ConditionVerdict;
  /** Why a replicate stalled or has no verdict: the first reason given; '' where there is none. */
  readonly reason: string;
  /** Null where a fault takes an exact share of power or stake. */
  readonly faulty_nodes: number | null;
  /** Against which finality stands; null where no replicate is done. */
  readonly adversary_share: number | null;
  /**
   * Null where no done replicate has the metric, and where survival depends on the value: a replicate that stalled would have
   * had a long one, so the mean of the others says nothing of all.
   */
  readonly metrics: Readonly<Record<Metric, MeanSummary | null>>;
  /** What stands ready, over a year, in USD: of each replicate before the mean, so that neither its rate nor its length counts. Null as metrics are. */
  readonly usd_per_year_provisioned: MeanSummary | null;
  /** Of the run's observations and counts by role, by name; null as metrics are. */
  readonly observations: Readonly<Record<string, MeanSummary | null>>;
  /** What limited the rate, by done replicates; empty under the default load. */
  readonly bottlenecks: Readonly<Partial<Record<Bottleneck, number>>>;
  /** The rates that saturation searches tried, ascending: those that several replicates tried are joined. Else empty. */
  readonly curve: readonly CurvePoint[];
}

/** An offered rate and what came of it over the replicates that tried it. */
export interface CurvePoint {
  readonly offered_tps: number;
  readonly achieved_tps: MeanSummary;
  /** Null where a replicate has none: the rank falls on a transaction that was still waiting. */
  readonly latency_ms_p50: MeanSummary | null;
  readonly latency_ms_p99: MeanSummary | null;
}

interface Verdicts {
  violated: number;
  known: number;
}

function shareOf({ violated, known }: Verdicts): Share | null {
  return known === 0 ? null : { violated, known, share: violated / known, ci95: wilson(violated, known) };
}

function count(verdicts: Verdicts, verdict: Verdict): void {
  if (verdict === 'unknown') return;
  verdicts.known += 1;
  if (verdict === 'violated') verdicts.violated += 1;
}

const none = (): Verdicts => ({ violated: 0, known: 0 });

/** Joins what replicates found at the same offered rate. */
class RateCurve {
  readonly #rates = new Map<number, Record<'achieved' | 'p50' | 'p99', MeanAccumulator>>();

  add(curve: readonly LoadPoint[]): void {
    for (const { offered_tps, achieved_tps, latency_us_p50, latency_us_p99 } of curve) {
      const rate = this.#rates.get(offered_tps) ?? {
        achieved: new MeanAccumulator(),
        p50: new MeanAccumulator(),
        p99: new MeanAccumulator(),
      };
      this.#rates.set(offered_tps, rate);
      rate.achieved.add(achieved_tps);
      if (latency_us_p50 !== null) rate.p50.add(latency_us_p50 / 1000);
      if (latency_us_p99 !== null) rate.p99.add(latency_us_p99 / 1000);
    }
  }

  points(): CurvePoint[] {
    const points = [...this.#rates].map(([offered_tps, { achieved, p50, p99 }]) => {
      const latency = (of: MeanAccumulator) => (of.count < achieved.count ? null : of.result('positive'));
      return { offered_tps, achieved_tps: achieved.result('positive')!, latency_ms_p50: latency(p50), latency_ms_p99: latency(p99) };
    });
    return points.sort((a, b) => a.offered_tps - b.offered_tps);
  }
}

/** Joins the records of one condition, in memory that does not grow with them. */
export class ConditionSummary {
  readonly #cell: Cell;
  readonly #keys: Summary['keys'];
  readonly #faultyNodes: number | null;
  readonly #states = { done: 0, stalled: 0, timeout: 0, failed: 0 };
  readonly #fates = { broken: 0, unsafe: 0, undurable: 0, unlive: 0, unfinal: 0, unknown: 0, ok: 0, attacked: 0 };
  readonly #safety = none();
  readonly #liveness = none();
  readonly #durability = none();
  readonly #finality = none();
  /** Violations of safety that no attack explains. */
  #unexplained = 0;
  #durabilityApplies = false;
  #attacks = 0;
  #reversals = 0;
  #reason = '';
  #adversaryShare: number | null = null;
  readonly #means = METRICS.map(() => new MeanAccumulator());
  readonly #observed: readonly { readonly of: Observation; readonly mean: MeanAccumulator }[];
  readonly #yearly = new MeanAccumulator();
  readonly #bottlenecks: Partial<Record<Bottleneck, number>> = {};
  readonly #curve = new RateCurve();
  #replicates = 0;

  /** The first cell of the condition, its record (which is not added), and what the run's workloads observe. */
  constructor(cell: Cell, record: CellRecord, observations: readonly Observation[] = []) {
    this.#observed = observations.map((of) => ({ of, mean: new MeanAccumulator() }));
    this.#cell = cell;
    this.#keys = Object.fromEntries(SUMMARY_KEYS.map((key) => [key, record[key]])) as Summary['keys'];
    this.#faultyNodes = record.faulty_nodes;
  }

  add(record: CellRecord): void {
    this.#replicates += 1;
    this.#states[record.state] += 1;
    const fate = fateOf(record);
    this.#fates[fate] += 1;
    count(this.#safety, record.safety);
    count(this.#liveness, record.liveness);
    if (record.durability !== null) {
      this.#durabilityApplies = true;
      count(this.#durability, record.durability);
    }
    if (violatesSafety(record)) this.#unexplained += 1;
    if (this.#reason === '' && (fate === 'unlive' || fate === 'unknown' || fate === 'unfinal')) this.#reason = record.state_reason;
    if (record.state !== 'done') return;
    count(this.#finality, record.confirmations === null ? 'violated' : 'ok');
    this.#attacks += record.attacks ?? 0;
    this.#reversals += record.reversals ?? 0;
    this.#adversaryShare ??= record.adversary_share;
    const { bottleneck, curve } = record;
    if (bottleneck != null) this.#bottlenecks[bottleneck] = (this.#bottlenecks[bottleneck] ?? 0) + 1;
    if (curve !== undefined) this.#curve.add(curve);
    for (let i = 0; i < METRICS.length; i++) {
      // A run from before a kind of operation was counted has no such key.
      const value = (record[METRICS[i]] as number | null | undefined) ?? null;
      if (value !== null) this.#means[i].add(value);
    }
    const { usd_per_1000_tx_provisioned: usd, throughput_tps: rate } = record;
    if (usd !== null && rate !== null) this.#yearly.add(perYear((usd / 1000) * rate));
    for (const { of, mean } of this.#observed) {
      const value = record.observations?.[of.name] ?? null;
      if (value !== null) mean.add(value);
    }
  }

  /** What became of attacked replicates in which nothing else happened: the gravest of what their condition's verdict says. */
  #underAttack({ evidence }: ConditionVerdict): Fate {
    if (evidence.safety!.verdict === 'broken') return 'unsafe';
    if (this.#finality.violated > 0) return 'unfinal';
    return evidence.safety!.verdict === 'holds' ? 'ok' : 'unknown';
  }

  summary(): Summary {
    const { done, stalled } = this.#states;
    const attacks = this.#attacks === 0 ? null : { attacks: this.#attacks, reversals: this.#reversals };
    const verdict = verdictOf({
      replicates: this.#replicates,
      risk: this.#keys.risk,
      safety: { ...this.#safety, violated: this.#unexplained },
      durability: this.#durabilityApplies ? this.#durability : null,
      liveness: this.#liveness,
      finality: this.#finality,
      attacks,
    });
    const { attacked, ...fates } = this.#fates;
    if (attacked > 0) fates[this.#underAttack(verdict)] += attacked;
    const meanOf = (mean: MeanAccumulator, kind: MetricKind): MeanSummary | null =>
      stalled > 0 || mean.count < done ? null : mean.result(kind);
    return {
      keys: this.#keys,
      first_cell: this.#cell.id,
      parameters: this.#cell.parameters,
      // A plan of version 0.2 has no other load.
      load: this.#cell.load ?? DEFAULT_LOAD,
      decisions: this.#cell.decisions,
      fault: this.#cell.fault,
      replicates: this.#replicates,
      states: this.#states,
      fates,
      safety: shareOf(this.#safety),
      liveness: shareOf(this.#liveness),
      durability: shareOf(this.#durability),
      attacks,
      verdict,
      reason: this.#reason,
      faulty_nodes: this.#faultyNodes,
      adversary_share: this.#adversaryShare,
      metrics: Object.fromEntries(METRICS.map((metric, i) => [metric, meanOf(this.#means[i], METRIC_KINDS[metric])])) as Summary['metrics'],
      usd_per_year_provisioned: meanOf(this.#yearly, 'positive'),
      observations: Object.fromEntries(this.#observed.map(({ of, mean }) => [of.name, meanOf(mean, of.kind)])),
      bottlenecks: this.#bottlenecks,
      curve: this.#curve.points(),
    };
  }
}

/** Equal for the replicates of a condition and for nothing else. */
export function conditionOf(cell: Cell): string {
  return JSON.stringify({ ...cell, id: '', seed: 0, replicate: 0 });
}
