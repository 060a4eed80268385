// Safety first, then liveness: within the bound no seed breaks agreement, and what heals goes on; where quorums need not share a correct node, they fork.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byzantineBound } from '../../../harness/simulate/core/quorum.ts';
import scp from '../../../workloads/stellar-scp/index.ts';
import { outerThreshold } from '../../../workloads/stellar-scp/slices.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';

const run = (options: CellOptions) => simulate(scp, options, { engine: 'messages' }).outcome;
const GOOD = { state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' } as const;

const networks = fc.constantFrom(fixed(100), WAN, { ...WAN, loss: 0.05 }, { kind: 'normal' as const, mean_ms: 80, sd_ms: 30, ...LINK });
const cells = fc.record({
  nodes: fc.integer({ min: 4, max: 11 }),
  network: networks,
  node: fc.constantFrom(FREE, SERVER),
  kind: fc.constantFrom(
    'crash' as const,
    'silent-leader' as const,
    'equivocate' as const,
    'equivocate' as const,
    'wrong-vote' as const,
    'bad-signature' as const,
    'replay' as const,
    'delay' as const,
    'loss' as const,
    'partition' as const,
  ),
  placement: fc.constantFrom('worst' as const, 'random' as const),
  seed: fc.integer({ min: 0, max: 2 ** 52 }),
  from_ms: fc.constantFrom(0, 0, 700, 2500),
  timeout_ms: fc.constantFrom(1000, 2000),
});

describe('any kind of fault in at most f = floor((n - 1) / 3) of n nodes alike', () => {
  test('drawn cells are safe, live and durable', () => {
    holds(
      fc.property(cells, ({ kind, nodes, placement, from_ms, timeout_ms, ...cell }) => {
        const more = {
          ...(kind === 'partition' ? { until_s: 9 } : {}),
          ...(kind === 'delay' ? { delay_ms: 700 } : {}),
          ...(kind === 'loss' ? { loss: 0.5 } : {}),
        };
        const fault = { kind, placement, count: byzantineBound(nodes), from_s: from_ms / 1000, ...more };
        expect(run({ ...cell, nodes, decisions: 6, fault, parameters: { timeout_ms } })).toMatchObject(GOOD);
      }),
      { numRuns: inFull(300, 60), seed: 71 },
    );
  });

  test('whole organisations as far as their threshold bears it', () => {
    const kinds = ['crash', 'equivocate', 'wrong-vote', 'bad-signature'] as const;
    holds(
      fc.property(
        fc.constantFrom(4, 5, 7),
        fc.constantFrom(...kinds),
        fc.nat(),
        fc.integer({ min: 0, max: 2 ** 52 }),
        (organisations, kind, any, seed) => {
          const count = organisations - outerThreshold(organisations);
          const bad = Array.from({ length: count }, (_, i) => (any + i) % organisations);
          const fault = { kind, nodes: bad.flatMap((one) => [3 * one, 3 * one + 1, 3 * one + 2]) };
          const outcome = run({
            nodes: 3 * organisations,
            network: WAN,
            node: SERVER,
            seed,
            decisions: 3,
            fault,
            parameters: { quorum_set: 'organisations' },
          });
          expect(outcome).toMatchObject({ ...GOOD, observations: { quorum_intersection: 1 } });
        },
      ),
      { numRuns: inFull(60, 12), seed: 72 },
    );
  });
});

describe('k of n fork from 2k - n equivocators on, and not before', () => {
  const safety = (nodes: number, threshold: number, count: number): string[] =>
    Array.from(
      { length: 6 },
      (_, seed) =>
        run({ nodes, seed, network: WAN, node: SERVER, decisions: 4, fault: { kind: 'equivocate', count }, parameters: { threshold } })
          .safety,
    );
  test.each([
    [4, 3],
    [5, 4],
    [6, 5],
    [7, 5],
    [7, 4],
    [8, 5],
    [10, 7],
  ])('n = %i, k = %i', (nodes, threshold) => {
    const least = 2 * threshold - nodes;
    expect(safety(nodes, threshold, least - 1)).not.toContain('violated');
    expect(safety(nodes, threshold, least)).toContain('violated');
  });
  test('at the thresholds of the default that is more than f', () => {
    for (let nodes = 1; nodes < 100; nodes++) expect(2 * outerThreshold(nodes) - nodes).toBeGreaterThan(byzantineBound(nodes));
  });
  test('quorums that do not even meet fork where the network is cut, without a liar', () => {
    const cut = {
      kind: 'partition',
      groups: [
        [0, 1, 2],
        [3, 4, 5],
      ],
      from_s: 0.3,
      until_s: 30,
    } as const;
    const two = {
      network: fixed(50),
      nodes: 6,
      load: {
        kind: 'open',
        rate_tps: 50,
        arrivals: 'poisson',
        batch_bytes: 1_000_000,
        batch_timeout_ms: 50,
        mempool_tx: 100_000,
        queues: true,
        warmup_s: 1,
        window_s: 10,
      } as const,
    };
    expect(run({ ...two, fault: cut, parameters: { threshold: 3 } })).toMatchObject({
      safety: 'violated',
      observations: { quorum_intersection: 0 },
    });
    expect(run({ ...two, fault: cut, parameters: { threshold: 4 } })).toMatchObject({
      safety: 'ok',
      observations: { quorum_intersection: 1 },
    });
  });
});

describe('past f', () => {
  test.each([4, 7])('n = %i: f + 1 nodes that are down, or sign nothing that holds, stop it and break nothing', (nodes) => {
    for (const kind of ['crash', 'bad-signature', 'wrong-vote'] as const)
      expect(run({ nodes, network: WAN, fault: { kind, count: byzantineBound(nodes) + 1 } })).toMatchObject({
        state: 'stalled',
        safety: 'ok',
        liveness: 'violated',
      });
  });
  test('replayed statements say nothing new: any number of nodes may send theirs again', () => {
    const honest = run({ nodes: 7, network: WAN, decisions: 8 });
    const { latencies_us, counts, safety } = run({ nodes: 7, network: WAN, decisions: 8, fault: { kind: 'replay', count: 5 } });
    expect(safety).toBe('ok');
    expect(counts.messages).toBeGreaterThan(1.3 * honest.counts.messages);
    expect(Math.max(...latencies_us) / Math.max(...honest.latencies_us)).toBeLessThan(1.1);
  });
});

describe('who comes back goes on', () => {
  const matrix = [4, 7].flatMap((nodes) =>
    (['crash', 'partition'] as const).flatMap((kind) =>
      [0, 0.3, 0.6, 0.8, 1, 3].flatMap((from_s) => [5, 40].map((until_s) => ({ nodes, kind, from_s, until_s }))),
    ),
  );
  test.each(matrix)('f + 1 nodes: %o', ({ nodes, ...fault }) => {
    const crossing = fault.kind === 'partition' && fault.until_s === 5 ? { crossing: 'lose' as const } : {};
    const outcome = run({
      nodes,
      network: WAN,
      node: SERVER,
      decisions: 20,
      fault: { ...fault, ...crossing, count: byzantineBound(nodes) + 1 },
    });
    expect(outcome).toMatchObject({ ...GOOD, decisions: 20 });
  });

  /** Windows in each of which at most f + 1 nodes are down, cut off, late or not heard; all are over at the end. */
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
  const schedules = fc
    .record({
      nodes: fc.integer({ min: 4, max: 7 }),
      seed: fc.integer({ min: 0, max: 2 ** 52 }),
      network: fc.constantFrom(WAN, fixed(100), { ...WAN, loss: 0.05 }),
      node: fc.constantFrom(FREE, SERVER),
      windows: fc.array(
        fc.record({
          fault: fc.constantFrom(...KINDS),
          up_ms: fc.integer({ min: 0, max: 3000 }),
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
  test('any schedule of faults that lie to nobody and heal: safe, live and durable, and what was said before a crash is kept', () => {
    let persists = 0;
    holds(
      fc.property(schedules, ({ schedule, ...cell }) => {
        const outcome = run({ ...cell, decisions: 12, fault: { kind: 'schedule', schedule } as never });
        expect(outcome).toMatchObject({ ...GOOD, decisions: 12 });
        persists += outcome.counts.persists ?? 0;
      }),
      { numRuns: inFull(120, 30), seed: 73 },
    );
    expect(persists).toBeGreaterThan(enough(0));
  });
  test('crashes beside a liar: safe, and live when all are back', () => {
    const liars = fc.constantFrom('equivocate', 'wrong-vote', 'bad-signature') as fc.Arbitrary<'equivocate'>;
    holds(
      fc.property(
        liars,
        fc.integer({ min: 4, max: 7 }),
        fc.integer({ min: 0, max: 2 ** 52 }),
        fc.integer({ min: 1, max: 6000 }),
        (kind, nodes, seed, down_ms) => {
          const schedule = [
            { kind, placement: 'worst', nodes: [0], until_s: 12 },
            { kind: 'crash', placement: 'worst', nodes: [1, 2], from_s: 0.4, until_s: (400 + down_ms) / 1000 },
          ];
          const outcome = run({ nodes, seed, network: WAN, node: SERVER, decisions: 8, fault: { kind: 'schedule', schedule } as never });
          expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
        },
      ),
      { numRuns: inFull(100, 25), seed: 74 },
    );
  });
});
