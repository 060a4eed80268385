// Faults over which properties of Byzantine mechanisms are drawn.
import fc from 'fast-check';
import type { FaultSpec, SingleFault } from '../../harness/model/fault.ts';
import { LYING_KINDS } from '../../harness/simulate/core/faults.ts';
import { byzantineBound } from '../../harness/simulate/core/quorum.ts';
import { LINK, WAN, fixed } from '../cells.ts';

export const GOOD = { state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' };

const KINDS = ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition'] as const;
export const kind = fc.constantFrom(...KINDS);
export const networks = fc.constantFrom(
  fixed(100),
  WAN,
  { ...WAN, loss: 0.05 },
  { kind: 'normal' as const, mean_ms: 80, sd_ms: 30, ...LINK },
);
export const placement = fc.constantFrom('worst' as const, 'worst' as const, 'random' as const);
export const seed = fc.integer({ min: 0, max: 2 ** 52 });
/** What a kind needs beside its nodes. */
export const MORE: Partial<Record<string, object>> = { delay: { delay_ms: 700 }, loss: { loss: 0.6 } };

/** When a fault holds: for good, from some moment on, or for a while. */
export const span = {
  from_ms: fc.integer({ min: 0, max: 4000 }),
  until_s: fc.integer({ min: 5, max: 20 }),
  window: fc.constantFrom('none', 'from', 'both'),
};
interface Drawn {
  readonly kind: (typeof KINDS)[number];
  readonly placement: 'worst' | 'random';
  readonly from_ms: number;
  readonly until_s: number;
  readonly window: string;
}
/** Of f nodes. A partition heals. */
export function faultOfBound({ kind: one, placement: where, from_ms, until_s, window }: Drawn, nodes: number): Partial<FaultSpec> {
  return {
    kind: one,
    placement: where,
    count: byzantineBound(nodes),
    ...MORE[one],
    ...(window === 'none' ? {} : { from_s: from_ms / 1000 }),
    ...(window === 'both' || one === 'partition' ? { until_s } : {}),
  };
}

/** A part of a schedule: f nodes or more, for a while. */
export const entry = fc.record({
  kind,
  from_ms: fc.integer({ min: 0, max: 8000 }),
  length_ms: fc.integer({ min: 100, max: 12_000 }),
  beyond: fc.constantFrom(0, 0, 1, 3, 99),
  crossing: fc.constantFrom('hold' as const, 'lose' as const),
  placement,
});
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;
/** One group of f liars at most, and the others lie to nobody. */
export function scheduleOf(entries: readonly Entry[], nodes: number): FaultSpec {
  const f = byzantineBound(nodes);
  let liars = 0;
  const schedule = entries.map(({ kind: drawn, from_ms, length_ms, beyond, crossing, placement: where }): SingleFault => {
    const one = LYING_KINDS.has(drawn) && liars++ > 0 ? 'crash' : drawn;
    const lies = LYING_KINDS.has(one);
    return {
      kind: one,
      placement: lies ? 'worst' : where,
      count: lies ? f : Math.min(nodes - (one === 'partition' ? 1 : 0), f + beyond),
      from_s: from_ms / 1000,
      until_s: (from_ms + length_ms) / 1000,
      ...MORE[one],
      ...(one === 'partition' ? { crossing } : {}),
    } as SingleFault;
  });
  return { kind: 'schedule', placement: 'worst', schedule };
}
