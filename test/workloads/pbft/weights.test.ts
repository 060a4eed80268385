// Votes that weigh: quorums, replies and view changes by weight.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byzantineBound } from '../../../harness/simulate/core/quorum.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import type { Outcome } from '../../../harness/model/outcome.ts';
import { parseSuite } from '../../../harness/suite/load.ts';
import { weightedByzantine } from '../../../workloads/parts/quorum-systems.ts';
import pbft from '../../../workloads/pbft/index.ts';
import type { PbftParameters } from '../../../workloads/pbft/parameters.ts';
import { rulesOf } from '../../../workloads/pbft/rules.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { enough, holds } from '../../support/property.ts';
import { setup } from '../../simulate/messages/scripted.ts';
import { semantic } from '../../support/semantic.ts';

const weighing = (weights: readonly number[], options: CellOptions = {}): CellOptions => ({
  nodes: weights.length,
  decisions: 3,
  ...options,
  parameters: { ...options.parameters, weights: weights.join(',') },
});

const MOST = 12;
const drawn = fc
  .record({
    nodes: fc.integer({ min: 1, max: MOST }),
    network: fc.constantFrom(
      fixed(0),
      fixed(50),
      WAN,
      { ...WAN, loss: 0.02 },
      { ...WAN, bandwidth_mbps: 50 },
      {
        kind: 'normal' as const,
        mean_ms: 50,
        sd_ms: 15,
        ...LINK,
      },
    ),
    node: fc.constantFrom(FREE, SERVER),
    kind: fc.constantFrom('crash' as const, 'crash' as const, 'crash' as const, 'silent-leader' as const),
    crashed: fc.nat(),
    decisions: fc.integer({ min: 1, max: 5 }),
    checkpoint_interval: fc.constantFrom(2, 3, 128),
    authentication: fc.constantFrom('signature', 'mac'),
    seed: fc.nat(),
    weights: fc.array(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.constant(30)), {
      minLength: MOST,
      maxLength: MOST,
    }),
  })
  .map(({ nodes, kind, crashed, checkpoint_interval, authentication, weights, ...rest }) => {
    const own: number[] = weights.slice(0, nodes);
    if (!own.some((weight) => weight > 0)) own[0] = 1;
    return {
      ...rest,
      nodes,
      transactions: { bytes: 20, per_decision: 100 },
      fault: { kind, placement: crashed % 3 === 0 ? ('random' as const) : ('worst' as const), count: Math.min(nodes - 1, crashed % 3) },
      parameters: { checkpoint_interval, log_window: 2 * checkpoint_interval, authentication, weights: own.join(',') },
    };
  });

describe('PBFT by weight', () => {
  test('as waves equals it message by message, bit for bit', () => {
    let onWaves = 0;
    let done = 0;
    holds(
      fc.property(drawn, (cell) => {
        const waves = simulate(pbft, cell);
        const messages = simulate(pbft, cell, { engine: 'messages' });
        if (waves.engine === 'waves') onWaves += 1;
        if (waves.outcome.state === 'done') done += 1;
        expect(waves.outcome.durability).toBe('ok');
        expect(waves.outcome.safety).not.toBe('violated');
        expect(semantic(waves.outcome)).toEqual(semantic(messages.outcome));
      }),
      { numRuns: 120, seed: 20261160 },
    );
    expect(onWaves).toBeGreaterThan(enough(60));
    expect(done).toBeGreaterThan(enough(70));
  });

  test('one replica that is a quorum by itself goes on without the others, and runs message by message', () => {
    const cell = {
      seed: 98422338,
      nodes: 2,
      decisions: 4,
      node: FREE,
      network: { ...WAN, bandwidth_mbps: 50 },
      transactions: { bytes: 20, per_decision: 100 },
      parameters: { checkpoint_interval: 2, log_window: 4, weights: '30,0' },
    };
    const { engine, outcome } = simulate(pbft, cell);
    expect([engine, outcome.state]).toEqual(['messages', 'done']);
    expect(semantic(outcome)).toEqual(semantic(simulate(pbft, cell, { engine: 'messages' }).outcome));
  });

  test('its quorum and its bound are those of weighted Byzantine quorum systems', () => {
    holds(
      fc.property(drawn, ({ nodes, parameters }) => {
        const { quorum, bound, replies } = rulesOf(setup({ nodes, parameters }) as Setup<PbftParameters>);
        const weights = parameters.weights.split(',').map(Number);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        expect(quorum).toBe(weightedByzantine(weights).quorum);
        expect([bound, replies]).toEqual([byzantineBound(total), byzantineBound(total) + 1]);
        // The smallest of which two share more than f.
        expect(2 * quorum - total).toBeGreaterThan(bound);
        expect(2 * (quorum - 1) - total).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 100, seed: 20261161 },
    );
  });

  test.each(['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay'] as const)(
    'equal weights give what no weights give: %s',
    (kind) => {
      for (const nodes of [1, 4, 5, 6, 7, 9])
        for (const weight of [1, 2, 5, 100])
          for (const engine of ['auto', 'messages'] as const) {
            const options: CellOptions = { nodes, network: WAN, node: SERVER, fault: { kind, count: byzantineBound(nodes) }, decisions: 3 };
            const parameters = { checkpoint_interval: 2, log_window: 4 };
            const none = simulate(pbft, { ...options, parameters }, { engine });
            const equal = simulate(pbft, weighing(new Array<number>(nodes).fill(weight), { ...options, parameters }), { engine });
            const { adversaryShare, ...found } = { ...equal.outcome, events: null };
            expect(semantic(found as unknown as Outcome)).toEqual(
              semantic({ ...none.outcome, adversaryShare: undefined } as unknown as Outcome),
            );
            expect(adversaryShare).toBe(byzantineBound(nodes * weight) / (nodes * weight));
          }
    },
  );

  test('equal weights give what no weights give where replicas go down and come back, and messages are lost', () => {
    const crash = { kind: 'crash' as const, placement: 'worst' as const, count: 3, from_s: 0.3, until_s: 2 };
    const fault = { kind: 'schedule' as const, schedule: [crash, { ...crash, kind: 'loss' as const, loss: 0.5, from_s: 2, until_s: 4 }] };
    const options: CellOptions = { nodes: 7, network: WAN, node: SERVER, fault, decisions: 12 };
    const parameters = { checkpoint_interval: 2, log_window: 4 };
    const none = simulate(pbft, { ...options, parameters }).outcome;
    const equal = simulate(pbft, weighing(new Array<number>(7).fill(9), { ...options, parameters })).outcome;
    expect(none.state).toBe('done');
    expect(semantic(equal)).toEqual(semantic({ ...none, adversaryShare: byzantineBound(63) / 63 } as Outcome));
  });

  test('the crash of a heavy replica stalls where the rest has less than a quorum, and that of as many light ones does not', () => {
    // W = 6, f = 1, q = 4.
    for (const engine of ['auto', 'messages'] as const) {
      const heavy = simulate(pbft, weighing([1, 1, 1, 3], { fault: { count: 1 } }), { engine }).outcome;
      expect(heavy).toMatchObject({ state: 'stalled', decisions: 0, liveness: 'violated' });
      expect(heavy.reason).toContain('replicas of weight 3 of 6 are left for good, less than a quorum of 4');
      expect(simulate(pbft, weighing([3, 1, 1, 1], { fault: { count: 1 } }), { engine }).outcome.state).toBe('done');
      // More than a third of the replicas, a third of the weight.
      expect(simulate(pbft, weighing([3, 1, 1, 1], { fault: { count: 2 } }), { engine }).outcome.state).toBe('done');
      expect(simulate(pbft, weighing([3, 1, 1, 1], { fault: { count: 3 } }), { engine }).outcome.state).toBe('stalled');
    }
  });

  test('the client takes the reply of one replica that weighs more than f', () => {
    // W = 7, f = 2, q = 5: replica 0 (weight 4) and one other are a quorum. Replica 1 is 10 ms away, and prepared when it accepts.
    const one_way_ms = [
      [1, 10, 50, 90],
      [10, 1, 100, 100],
      [50, 100, 1, 100],
      [90, 100, 100, 1],
    ];
    const network = { kind: 'matrix' as const, name: 'star', origin: 'made up', one_way_ms, jitter: 0, ...LINK };
    const transactions = { bytes: 1, per_decision: 1 };
    for (const engine of ['auto', 'messages'] as const) {
      const { outcome } = simulate(pbft, weighing([4, 1, 1, 1], { network, transactions, decisions: 1 }), { engine });
      // Request 1 ms, PRE-PREPARE 10, COMMIT back 10, reply 1; a second reply would come after 41.
      expect(outcome.latencies_us[0] / 1000).toBeCloseTo(22, 1);
    }
  });

  test('views change by weight: past a silent leader of weight f, and not past a heavier one', () => {
    const silent: CellOptions = { fault: { kind: 'silent-leader', count: 1 } };
    // W = 10, f = 3, q = 7.
    expect(simulate(pbft, weighing([3, 3, 2, 2], silent)).outcome).toMatchObject({ state: 'done', viewChanges: 1, safety: 'ok' });
    expect(simulate(pbft, weighing([4, 2, 2, 2], silent)).outcome).toMatchObject({ state: 'stalled', liveness: 'violated' });
  });

  test('an equivocator that weighs more than f splits what one of weight f cannot', () => {
    const equivocate: CellOptions = { fault: { kind: 'equivocate', count: 1 } };
    expect(simulate(pbft, weighing([3, 1, 1, 1], equivocate)).outcome.safety).toBe('violated');
    expect(simulate(pbft, weighing([1, 1, 1, 3], equivocate)).outcome.safety).toBe('ok');
  });
});

describe('weights in suites', () => {
  const suite = (weights: string): string => `name: x\nsweep: { nodes: 4 }\nworkloads:\n  pbft: { weights: ${weights} }\n`;
  const cells = (weights: string): unknown[] => [...parseSuite(suite(weights)).workloads['pbft']![0]!.parameters['weights']!];

  test('are a text, a list in a list, or an object, and sweep', () => {
    expect(new Set<unknown>(cells("['4,2,1,1', [1, 1, 2, 2], { values: [3, 1, 1, 1] }]"))).toEqual(
      new Set(['4,2,1,1', '1,1,2,2', '3,1,1,1']),
    );
  });

  test.each([
    ['too few', "'1,2'", /weights: received "1,2"; accepted: equal, or one weight for each of 4 nodes, like 4,2,1,1 \(received 2\)/],
    ['all 0', "'0,0,0,0'", /accepted: equal, or weights that are not all 0/],
    ['fractions', "'1.5,1,1,1'", /accepted: equal, or one integer of at least 0 a replica/],
    ['too large', "'9007199254740991,1,1,1'", /accepted: equal, or weights whose sum is below 2\^53/],
  ])('%s are refused', (_name, weights, message) => {
    expect(() => cells(weights)).toThrow(message);
  });
});
