// Safety first, then liveness: any kind of fault in at most f replicas, and any that ends in more, on any network; and what breaks past f.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome, SignatureOf } from '../../../harness/model/outcome.ts';
import { createKernels } from '../../../harness/kernels/index.ts';
import { byzantineBound } from '../../../harness/simulate/core/quorum.ts';
import hotstuff from '../../../workloads/hotstuff/index.ts';
import { FREE, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { GOOD, MORE, entry, faultOfBound, kind, networks, placement, scheduleOf, seed, span } from '../../support/byzantine-faults.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';

const run = (options: CellOptions): Outcome => simulate(hotstuff, options, { engine: 'messages' }).outcome;

const variant = fc.constantFrom('basic', 'chained');
const certificates = fc.constantFrom('list', 'list', 'aggregate');

test('drawn cells with f faulty replicas, for good or for a while', () => {
  const cells = fc.record({
    nodes: fc.integer({ min: 4, max: 14 }),
    network: networks,
    node: fc.constantFrom(FREE, SERVER),
    kind,
    placement,
    seed,
    variant,
    certificates,
    views_per_leader: fc.constantFrom('auto', 'auto', 5),
    ...span,
  });
  holds(
    fc.property(
      cells,
      ({ kind: one, placement: where, variant: its, certificates: form, views_per_leader, from_ms, until_s, window, nodes, ...rest }) => {
        const fault = faultOfBound({ kind: one, placement: where, from_ms, until_s, window }, nodes);
        expect(
          run({ ...rest, nodes, decisions: 15, fault, parameters: { variant: its, certificates: form, views_per_leader } }),
        ).toMatchObject(GOOD);
      },
    ),
    { numRuns: inFull(1000, 150), seed: 51 },
  );
});

test('crash and recovery: whoever goes down, f or all, comes back with what it has said; cuts that lose, liars beside', () => {
  const cells = fc.record({
    nodes: fc.integer({ min: 4, max: 10 }),
    network: networks,
    node: fc.constantFrom(FREE, SERVER),
    seed,
    entries: fc.array(entry, { minLength: 1, maxLength: 4 }),
    variant,
    view_timeout_ms: fc.constantFrom('auto', 'auto', 300),
  });
  holds(
    fc.property(cells, ({ entries, variant: its, view_timeout_ms, nodes, ...rest }) => {
      const fault = scheduleOf(entries, nodes);
      const outcome = run({ ...rest, nodes, decisions: 12, fault, parameters: { variant: its, view_timeout_ms } });
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok' });
      // With all or all but one down at some time nothing is left to compare.
      expect(outcome.safety).not.toBe('violated');
      expect(outcome.durability).not.toBe('violated');
    }),
    { numRuns: inFull(600, 150), seed: 52 },
  );
});

describe.each(['basic', 'chained'])('equivocation, %s', (its) => {
  const outcomes = (nodes: number, count: number): Outcome[] =>
    Array.from({ length: 10 }, (_, i) =>
      run({
        nodes,
        seed: i,
        decisions: 4,
        network: WAN,
        node: SERVER,
        horizon_s: 1000,
        fault: { kind: 'equivocate', count },
        parameters: { variant: its },
      }),
    );

  test.each([4, 7, 10])('n = %i: leaders who show each half another block, and voters for both, fork nothing with f of them', (nodes) => {
    for (const outcome of outcomes(nodes, byzantineBound(nodes))) expect(outcome).toMatchObject(GOOD);
  });
  test.each([4, 7, 10])('n = %i: with f + 1, a faulty leader among them, they fork every time', (nodes) => {
    for (const outcome of outcomes(nodes, byzantineBound(nodes) + 1)) expect(outcome.safety).toBe('violated');
  });
  test.each([
    [5, 3],
    [8, 4],
  ])('n = %i: it takes as many as two quorums share, 2q - n = %i', (nodes, count) => {
    for (const outcome of outcomes(nodes, count - 1)) expect(outcome.safety).toBe('ok');
    for (const outcome of outcomes(nodes, count)) expect(outcome.safety).toBe('violated');
  });
  test('f + 1 that are merely silent stop it, and fork nothing', () => {
    for (const nodes of [4, 7, 10])
      expect(run({ nodes, fault: { kind: 'crash', count: byzantineBound(nodes) + 1 }, parameters: { variant: its } })).toMatchObject({
        state: 'stalled',
        safety: 'ok',
        liveness: 'violated',
        decisions: 0,
      });
  });
});

test('measured cells: whatever is checked was signed, under every fault', () => {
  const kernels = createKernels('reference');
  let checked = 0;
  const cells = fc.record({
    nodes: fc.integer({ min: 4, max: 7 }),
    kind,
    seed,
    network: fc.constantFrom(fixed(100), WAN),
    beyond: fc.constantFrom(0, 1),
    variant,
    certificates,
  });
  holds(
    fc.property(cells, ({ kind: one, beyond, variant: its, certificates: form, ...rest }) => {
      const count = byzantineBound(rest.nodes) + beyond;
      const fault = { kind: one, count, from_s: 0.3, until_s: 3, ...MORE[one] };
      const cell: CellOptions = {
        ...rest,
        crypto: 'measured',
        decisions: 5,
        horizon_s: 100,
        parameters: { variant: its, certificates: form },
        transactions: { bytes: 20, per_decision: 5 },
        fault,
      };
      const { outcome } = simulate(hotstuff, cell, { kernels });
      const name = ({ signer, message }: SignatureOf): string => `${signer} ${Buffer.from(message).toString('latin1')}`;
      const signed = new Set<string>();
      for (const operation of outcome.operations!.flat()) if (operation.kind === 'sign') signed.add(name(operation));
      for (const operation of outcome.operations!.flat()) {
        if (operation.kind !== 'verify') continue;
        checked += operation.items.length;
        for (const item of operation.items) expect(signed.has(name(item)), `${item.signer}`).toBe(true);
      }
    }),
    { numRuns: inFull(60, 20), seed: 53 },
  );
  expect(checked).toBeGreaterThan(enough(1000));
});
