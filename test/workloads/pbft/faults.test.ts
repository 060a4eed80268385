// Safety first, then liveness: any kind of fault in at most f replicas, on any network, leaves PBFT safe and live.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byzantineBound } from '../../../harness/simulate/core/quorum.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate } from '../../cells.ts';
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
  until_s: fc.integer({ min: 1, max: 20 }),
  checkpoint_interval: fc.constantFrom(4, 128),
});

test('400 drawn cells with f faulty replicas', () => {
  holds(
    fc.property(cells, ({ kind, placement, until_s, checkpoint_interval, ...cell }) => {
      const count = byzantineBound(cell.nodes);
      const { outcome } = simulate(
        pbft,
        {
          ...cell,
          decisions: 15,
          fault: { kind, placement, count, ...(kind === 'partition' ? { until_s } : {}), ...(kind === 'delay' ? { delay_ms: 700 } : {}) },
          parameters: { checkpoint_interval, log_window: 2 * checkpoint_interval },
        },
        { engine: 'messages' },
      );
      expect(outcome.safety).toBe('ok');
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok' });
    }),
    { numRuns: 400, seed: 41 },
  );
});
