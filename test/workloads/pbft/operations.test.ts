// Operations of measured cells: over drawn faults they are what is counted.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKernels } from '../../../harness/kernels/index.ts';
import type { SignatureOf } from '../../../harness/model/outcome.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { FREE, LINK, SERVER, WAN, fixed, simulate } from '../../cells.ts';
import { CLOSER, scheduleOf } from '../../support/closer-faults.ts';
import { expectCounted } from '../../support/counted.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';

const kernels = createKernels('wasm');

test('drawn faults with f and f + 1 faulty replicas, view changes among them: measured and counted operations are equal, and whatever is checked was signed', () => {
  const cells = fc.record({
    nodes: fc.integer({ min: 4, max: 10 }),
    network: fc.constantFrom(fixed(100), WAN, { ...WAN, loss: 0.05 }, { kind: 'normal' as const, mean_ms: 80, sd_ms: 30, ...LINK }),
    node: fc.constantFrom(FREE, SERVER),
    kind: fc.constantFrom(...pbft.faultKinds),
    placement: fc.constantFrom('worst' as const, 'random' as const),
    seed: fc.integer({ min: 0, max: 2 ** 52 }),
    beyond: fc.constantFrom(0, 1),
    checkpoint_interval: fc.constantFrom(4, 128),
    view_change_timeout_ms: fc.constantFrom('auto', 300),
  });
  let checked = 0;
  holds(
    fc.property(cells, ({ kind, placement, beyond, checkpoint_interval, view_change_timeout_ms, ...rest }) => {
      const count = pbft.bound.faults(rest.nodes) + beyond;
      const parameters = { checkpoint_interval, log_window: 2 * checkpoint_interval, view_change_timeout_ms };
      const { outcome } = simulate(
        pbft,
        {
          crypto: 'measured',
          transactions: { bytes: 20, per_decision: 5 },
          ...rest,
          decisions: 6,
          horizon_s: 60,
          fault: kind === 'schedule' ? scheduleOf(count) : { kind, placement, count, ...CLOSER[kind] },
          parameters,
        },
        { kernels },
      );
      expectCounted(outcome);
      // Of a bad signature the signer has made a good one, which it keeps to itself.
      const name = ({ signer, message }: SignatureOf): string => `${signer} ${Buffer.from(message).toString('latin1')}`;
      const signed = new Set<string>();
      for (const operation of outcome.operations!.flat()) if (operation.kind === 'sign') signed.add(name(operation));
      for (const operation of outcome.operations!.flat()) {
        if (operation.kind !== 'verify') continue;
        checked += operation.items.length;
        for (const item of operation.items) if (!signed.has(name(item))) expect.fail(`nobody signed what ${item.signer} is to have sent`);
      }
    }),
    { numRuns: inFull(60, 30), seed: 5 },
  );
  expect(checked).toBeGreaterThan(enough(10_000));
});
