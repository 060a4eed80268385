// Knees of curves in words.
import { MILLISECONDS, RATE, estimateOf, joined } from './estimate.ts';
import { duration } from './format.ts';
import type { Curve, Knee } from './load.ts';
import type { MeanSummary } from './statistics.ts';

/** Every value that was found counts: knees have no replicates that are missing. */
export const rateText = (rate: MeanSummary): string => joined(estimateOf(rate, rate.count, RATE));
export const latencyText = (latency: MeanSummary): string => joined(estimateOf(latency, latency.count, MILLISECONDS));

/** How a knee's kind is said: its rate, and what limits it. */
const KINDS: Readonly<Record<Knee['kind'], { readonly rate: string; readonly limit: string }>> = {
  capacity: { rate: 'capacity', limit: 'limited by' },
  within: { rate: 'knee at', limit: 'beyond it limited by' },
  beyond: { rate: 'no knee up to', limit: 'busiest there:' },
};

/** `capacity 12 300 tx/s, limited by uplink (99th percentile 240 ms, bound 500 ms)`. */
export function kneeText({ kind, rate_tps, latency_ms_p99, bound_ms, limit }: Knee): string {
  const said = KINDS[kind];
  const aside = [
    ...(latency_ms_p99 === null ? [] : [`99th percentile ${latencyText(latency_ms_p99)}`]),
    ...(bound_ms === null ? [] : [`bound ${duration(bound_ms / 1000)}`]),
  ];
  const by = limit === '' ? '' : `, ${said.limit} ${limit}`;
  return `${said.rate} ${rateText(rate_tps)}${by}${aside.length === 0 ? '' : ` (${aside.join(', ')})`}`;
}

/** One line a knee, with its curve's label and n. */
export function kneeTexts({ label, nodes, knees }: Curve): string[] {
  return knees.length === 0
    ? [`${label}, n = ${nodes}: no knee, for want of two rates with a 99th percentile`]
    : knees.map((knee) => `${label}, n = ${nodes}: ${kneeText(knee)}`);
}
