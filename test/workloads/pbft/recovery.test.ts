// PBFT goes on when those that were down are back (M. Castro's thesis, section 5.2: status messages and what is sent again for them).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byzantineBound } from '../../../harness/simulate/core/quorum.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { enough, holds } from '../../support/property.ts';

const run = (options: CellOptions) => simulate(pbft, { node: SERVER, network: WAN, ...options }, { engine: 'messages' }).outcome;

describe('f + 1 replicas that come back let the protocol go on, in every phase', () => {
  const matrix = [4, 7].flatMap((nodes) =>
    (['crash', 'silent-leader'] as const).flatMap((kind) =>
      [0, 0.5, 1, 1.5, 2, 3, 5].flatMap((from_s) => [10, 20, 60].map((until_s) => ({ nodes, kind, from_s, until_s }))),
    ),
  );
  test.each(matrix)('%o', ({ nodes, ...fault }) => {
    const outcome = run({ nodes, decisions: 50, fault: { ...fault, count: nodes === 4 ? 2 : 3 } });
    expect(outcome).toMatchObject({ state: 'done', decisions: 50, safety: 'ok', liveness: 'ok', durability: 'ok' });
  });
});

/** What can happen to replicas for a while: crashes twice as often as anything else. */
const KINDS = [
  { kind: 'crash' },
  { kind: 'crash' },
  { kind: 'silent-leader' },
  { kind: 'partition', crossing: 'lose' },
  { kind: 'partition' },
  { kind: 'loss', loss: 1 },
  { kind: 'loss', loss: 0.5 },
  { kind: 'delay', delay_ms: 2000 },
] as const;

/** Windows in each of which at most f + 1 replicas are down, cut off, late or not heard, and none overlaps another; all are over at the end. */
const schedules = fc
  .record({
    nodes: fc.integer({ min: 4, max: 7 }),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    network: fc.constantFrom(WAN, fixed(100), { ...WAN, loss: 0.05 }),
    node: fc.constantFrom(FREE, SERVER),
    checkpoint_interval: fc.constantFrom(2, 4, 128),
    windows: fc.array(
      fc.record({
        fault: fc.constantFrom(...KINDS),
        up_ms: fc.integer({ min: 0, max: 4000 }),
        down_ms: fc.integer({ min: 1, max: 8000 }),
        order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }),
        size: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ windows, ...cell }) => {
    let at_ms = 0;
    const schedule = windows.map(({ fault, up_ms, down_ms, order, size }) => {
      const from_s = (at_ms += up_ms) / 1000;
      const until_s = (at_ms += down_ms) / 1000;
      const nodes = order.filter((node) => node < cell.nodes).slice(0, Math.min(size, byzantineBound(cell.nodes) + 1));
      return { ...fault, placement: 'worst' as const, nodes, from_s, until_s };
    });
    return { ...cell, schedule };
  });

test('any schedule of faults of at most f + 1 at a time that lie to nobody, all healed at the end, is safe, live and durable', () => {
  let persists = 0;
  holds(
    fc.property(schedules, ({ schedule, checkpoint_interval, ...cell }) => {
      const outcome = run({
        ...cell,
        decisions: 30,
        fault: { kind: 'schedule', schedule } as never,
        parameters: { checkpoint_interval, log_window: 2 * checkpoint_interval },
      });
      expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
      persists += outcome.counts.persists ?? 0;
    }),
    { numRuns: 60, seed: 43 },
  );
  expect(persists).toBeGreaterThan(enough(0));
});
