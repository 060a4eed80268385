// Safety first, then liveness: any kind of fault in at most f replicas, on any network, leaves PBFT safe and live.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LYING_KINDS } from '../../../harness/simulate/core/faults.ts';
import { byzantineBound } from '../../../harness/simulate/core/quorum.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { inFull } from '../../support/full.ts';
import { holds } from '../../support/property.ts';

const cells = fc.record({
  nodes: fc.integer({ min: 4, max: 14 }),
  network: fc.constantFrom(fixed(100), WAN, { ...WAN, loss: 0.05 }, { kind: 'normal' as const, mean_ms: 80, sd_ms: 30, ...LINK }),
  node: fc.constantFrom(FREE, SERVER),
  kind: fc.constantFrom(
    'crash' as const,
    'silent-leader' as const,
    'equivocate' as const,
    'wrong-vote' as const,
    'bad-signature' as const,
    'replay' as const,
    'delay' as const,
    'partition' as const,
  ),
  placement: fc.constantFrom('worst' as const, 'worst' as const, 'random' as const),
  seed: fc.integer({ min: 0, max: 2 ** 52 }),
  from_ms: fc.integer({ min: 0, max: 4000 }),
  until_s: fc.integer({ min: 5, max: 20 }),
  checkpoint_interval: fc.constantFrom(4, 128),
  authentication: fc.constantFrom('signature', 'mac'),
  execution: fc.constantFrom('committed', 'tentative'),
});

type Drawn = typeof cells extends fc.Arbitrary<infer T> ? T : never;

test('drawn cells with f faulty replicas', () => {
  holds(
    fc.property(cells, ({ kind, placement, nodes, network, node, seed, until_s, checkpoint_interval, authentication, execution }) => {
      const count = byzantineBound(nodes);
      const { outcome } = simulate(
        pbft,
        {
          nodes,
          network,
          node,
          seed,
          decisions: 15,
          fault: { kind, placement, count, ...(kind === 'partition' ? { until_s } : {}), ...(kind === 'delay' ? { delay_ms: 700 } : {}) },
          parameters: { checkpoint_interval, log_window: 2 * checkpoint_interval, authentication, execution },
        },
        { engine: 'messages' },
      );
      expect(outcome.safety).toBe('ok');
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok' });
    }),
    { numRuns: inFull(400, 140), seed: 41 },
  );
});

/** Runs a drawn cell whose f faulty replicas are so from a moment on, and where `ends` until another one. */
const windowed = ({ kind, placement, from_ms, until_s, checkpoint_interval, authentication, execution, ...cell }: Drawn, ends: boolean) =>
  simulate(
    pbft,
    {
      ...cell,
      decisions: 15,
      fault: { kind, placement, count: byzantineBound(cell.nodes), from_s: from_ms / 1000, ...(ends ? { until_s } : {}) },
      parameters: { checkpoint_interval, log_window: 2 * checkpoint_interval, authentication, execution },
    },
    { engine: 'messages' },
  ).outcome;

test('drawn cells with f replicas that lie from some moment on, half of them until another one', () => {
  const lying = cells.filter(({ kind }) => LYING_KINDS.has(kind));
  holds(
    fc.property(lying, fc.boolean(), (cell, ends) => {
      expect(windowed(cell, ends)).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
    }),
    { numRuns: inFull(200, 80), seed: 42 },
  );
});

test('a lie is told in its window alone', () => {
  const votes = (fault: NonNullable<CellOptions['fault']>): string[] => {
    const lines: string[] = [];
    simulate(pbft, { nodes: 4, network: fixed(100), decisions: 4, fault }, { engine: 'messages', trace: ({ text }) => lines.push(text) });
    return lines;
  };
  // A decision takes 0.5 s: request, PRE-PREPARE, PREPARE, COMMIT and reply of 0.1 s each.
  const honest = votes({ kind: 'wrong-vote', count: 0 });
  const lied = votes({ kind: 'wrong-vote', count: 1, from_s: 0.5, until_s: 1 });
  const differs = honest.flatMap((line, i) => (line === lied[i] ? [] : [line]));
  expect(lied).toHaveLength(honest.length);
  // Of replica 3 alone, and of the second decision: a PREPARE and a COMMIT to each other replica.
  expect(differs).toHaveLength(6);
});
