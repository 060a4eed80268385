// Rate and latency under load: the throughput–latency curves of a run and their knees. Pure; docs/load.md says what each load is.
import { BOTTLENECKS, isDefaultLoad, type Bottleneck, type LoadSpec } from '../model/load.ts';
import type { MeanSummary } from './statistics.ts';
import type { Summary } from './summarize.ts';

/** One offered rate and what came of it; latencies in ms, per transaction from submission to acceptance. */
export interface RatePoint {
  readonly offered_tps: number;
  readonly achieved_tps: MeanSummary;
  /** Null where the rank falls on a transaction that was still waiting when the run ended: it counts as infinite. */
  readonly latency_ms_p50: MeanSummary | null;
  readonly latency_ms_p99: MeanSummary | null;
  /** A condition of open load, or a rate that a saturation search tried. */
  readonly from: 'open' | 'saturate';
}

/**
 * Where a curve turns up. `capacity`: what a saturation search found. `within`: without one, the largest offered rate below the first
 * whose p99 is above 5 × the p99 of the lowest rate. `beyond`: no rate's is, so the knee lies at or beyond the largest that was offered.
 */
export interface Knee {
  readonly kind: 'capacity' | 'within' | 'beyond';
  /** What was offered there; of a capacity null. */
  readonly offered_tps: number | null;
  readonly rate_tps: MeanSummary;
  /** At that rate. */
  readonly latency_ms_p99: MeanSummary | null;
  /** The bound of the 99th percentile, ms: as the suite asks; null where it is 5 × that at a low rate. */
  readonly bound_ms: number | null;
  /** What limits it there; '' where nothing was found. */
  readonly limit: string;
}

export interface Curve {
  /** The mechanism's variant, without its load. */
  readonly label: string;
  readonly workload: string;
  readonly nodes: number;
  /** Ascending in the offered rate. */
  readonly points: readonly RatePoint[];
  readonly knees: readonly Knee[];
}

/** A p99 within so many times that of the lowest rate is before the knee; the same bound as a saturation search takes by itself. */
const KNEE_FACTOR = 5;

const NAMES: Readonly<Record<Bottleneck, string>> = {
  cpu: 'CPU',
  disk: 'disk',
  uplink: 'uplink',
  downlink: 'downlink',
  'block-space': 'block space',
  window: 'the protocol’s window',
  latency: 'latency',
};

/** `uplink`; `uplink (4 of 5), CPU (1 of 5)` where replicates differ; '' where none says. */
export function bottleneckText({ bottlenecks }: Pick<Summary, 'bottlenecks'>): string {
  const seen = BOTTLENECKS.flatMap((one) => ((bottlenecks[one] ?? 0) > 0 ? [{ name: NAMES[one], count: bottlenecks[one]! }] : []));
  const all = seen.reduce((sum, { count }) => sum + count, 0);
  return seen
    .sort((a, b) => b.count - a.count)
    .map(({ name, count }) => (count === all ? name : `${name} (${count} of ${all})`))
    .join(', ');
}

/** What a rate is of, beside it in every table: only a saturation search's is a capacity. */
export function rateMeaning({ load }: Pick<Summary, 'load'>): string {
  if (load.kind === 'saturate') return 'capacity';
  if (load.kind === 'open') return 'under the offered rate';
  return load.in_flight === 1 ? 'latency-bound' : `with ${load.in_flight} in flight`;
}

/** The rates of an open condition, or of a saturation search, as points. */
function pointsOf(summary: Summary): RatePoint[] {
  const { load, metrics, curve } = summary;
  if (load.kind === 'saturate') return curve.map((point) => ({ ...point, from: 'saturate' as const }));
  const achieved = metrics.throughput_tps;
  if (load.kind !== 'open' || achieved === null) return [];
  return [
    {
      offered_tps: load.rate_tps,
      achieved_tps: achieved,
      latency_ms_p50: metrics.latency_ms_p50,
      latency_ms_p99: metrics.latency_ms_p99,
      from: 'open',
    },
  ];
}

const ascending = (points: readonly RatePoint[]): RatePoint[] => [...points].sort((a, b) => a.offered_tps - b.offered_tps);

/** The knee of rates that were offered, by the rule of Knee; null with fewer than two rates, or where the lowest has no p99. */
export function kneeOf(points: readonly RatePoint[], limitAt: (point: RatePoint) => string = () => ''): Knee | null {
  const rates = ascending(points);
  const calm = rates[0]?.latency_ms_p99 ?? null;
  if (rates.length < 2 || calm === null) return null;
  const failing = rates.findIndex(({ latency_ms_p99: p99 }) => p99 === null || p99.mean > KNEE_FACTOR * calm.mean);
  const last = rates[(failing === -1 ? rates.length : failing) - 1];
  return {
    kind: failing === -1 ? 'beyond' : 'within',
    offered_tps: last.offered_tps,
    rate_tps: last.achieved_tps,
    latency_ms_p99: last.latency_ms_p99,
    bound_ms: null,
    limit: limitAt(failing === -1 ? last : rates[failing]),
  };
}

/** The capacity that a saturation search found; null where it found none. */
function capacityOf(summary: Summary): Knee | null {
  const { load, metrics } = summary;
  if (load.kind !== 'saturate' || metrics.throughput_tps === null) return null;
  return {
    kind: 'capacity',
    offered_tps: null,
    rate_tps: metrics.throughput_tps,
    latency_ms_p99: metrics.latency_ms_p99,
    bound_ms: load.p99_ms === 'auto' ? null : load.p99_ms,
    limit: bottleneckText(summary),
  };
}

/**
 * The curve of conditions that differ in their rate alone: of open loads, and what saturation searches of the same tried. Null where
 * there are fewer than two rates and no capacity.
 */
export function curveOf(conditions: readonly Summary[], place: Pick<Curve, 'label' | 'workload' | 'nodes'>): Curve | null {
  const points = ascending(conditions.flatMap(pointsOf));
  const found = conditions.flatMap((summary) => capacityOf(summary) ?? []);
  const open = conditions.filter(({ load }) => load.kind === 'open');
  const limitAt = ({ offered_tps }: RatePoint): string => {
    const summary = open.find(({ load }) => load.kind === 'open' && load.rate_tps === offered_tps);
    return summary === undefined ? '' : bottleneckText(summary);
  };
  const knee = found.length > 0 ? null : kneeOf(open.flatMap(pointsOf), limitAt);
  const knees = knee === null ? found : [knee];
  return points.length < 2 && knees.length === 0 ? null : { ...place, points, knees };
}

/** What one curve's loads have in common. */
export function curveRules(load: LoadSpec): string | null {
  if (load.kind === 'closed') return null;
  const { batch_bytes, batch_timeout_ms, mempool_tx, warmup_s, window_s, arrivals } = load;
  return JSON.stringify({ batch_bytes, batch_timeout_ms, mempool_tx, warmup_s, window_s, arrivals });
}

/** Which of a variant's loads stands for it: the lowest. */
export type LoadRank = (of: Pick<Summary, 'load'>) => number;

/** Headlines take what a mechanism can do at the most, then what was offered; one decision after another is latency-bound. */
export const headlineRank: LoadRank = ({ load }) => {
  if (load.kind === 'saturate') return 0;
  if (load.kind === 'open') return 1;
  return isDefaultLoad(load) ? 2 : 3;
};

/** Without a queue a mechanism is under the default load, and never at its capacity: that comes last. */
export const unloadedRank: LoadRank = (of) => (isDefaultLoad(of.load) ? -1 : of.load.kind === 'saturate' ? 4 : headlineRank(of));

/** First of all the rate that the suite asks for, so that costs and finality are of one load. */
export const askedRank =
  (rate_tps: number | undefined, otherwise: LoadRank): LoadRank =>
  (of) =>
    of.load.kind === 'open' && of.load.rate_tps === rate_tps ? -2 : otherwise(of);
