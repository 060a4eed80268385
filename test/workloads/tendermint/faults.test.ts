// Safety first, then liveness: any kind of fault in at most f validators, and any that ends in more, on any network; and what breaks past f.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome, SignatureOf } from '../../../harness/model/outcome.ts';
import { createKernels } from '../../../harness/kernels/index.ts';
import { byzantineBound } from '../../../harness/simulate/core/quorum.ts';
import tendermint from '../../../workloads/tendermint/index.ts';
import { FREE, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { expectCounted } from '../../support/counted.ts';
import { GOOD, MORE, entry, faultOfBound, kind, networks, placement, scheduleOf, seed, span } from '../../support/byzantine-faults.ts';
import { inFull } from '../../support/full.ts';
import { enough, holds } from '../../support/property.ts';

const run = (options: CellOptions): Outcome => simulate(tendermint, options, { engine: 'messages' }).outcome;

const certificates = fc.constantFrom('list', 'aggregate');
/** Some with powers that differ so little that f validators never have more than f of it. */
const powersOf = (nodes: number, drawn: number): Record<string, string> =>
  drawn % 3 === 0 ? { powers: Array.from({ length: nodes }, (_, node) => 20 + ((drawn >> node) & 1)).join(',') } : {};

test('drawn cells with f faulty validators, for good or for a while', () => {
  const cells = fc.record({
    nodes: fc.integer({ min: 4, max: 14 }),
    network: networks,
    node: fc.constantFrom(FREE, SERVER),
    kind,
    placement,
    seed,
    powers: fc.nat(1 << 20),
    ...span,
    certificates,
  });
  holds(
    fc.property(cells, ({ kind: one, placement: where, powers, certificates: form, from_ms, until_s, window, nodes, ...rest }) => {
      const fault = faultOfBound({ kind: one, placement: where, from_ms, until_s, window }, nodes);
      expect(run({ ...rest, nodes, decisions: 15, fault, parameters: { certificates: form, ...powersOf(nodes, powers) } })).toMatchObject(
        GOOD,
      );
    }),
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
    timeout_commit_ms: fc.constantFrom(0, 0, 1000),
    certificates,
  });
  holds(
    fc.property(cells, ({ entries, timeout_commit_ms, certificates: form, nodes, ...rest }) => {
      const fault = scheduleOf(entries, nodes);
      const outcome = run({ ...rest, nodes, decisions: 12, fault, parameters: { timeout_commit_ms, certificates: form } });
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok' });
      // With all or all but one down at some time nothing is left to compare.
      expect(outcome.safety).not.toBe('violated');
      expect(outcome.durability).not.toBe('violated');
    }),
    { numRuns: inFull(600, 150), seed: 52 },
  );
});

describe('equivocation', () => {
  const outcomes = (nodes: number, count: number): Outcome[] =>
    Array.from({ length: 10 }, (_, i) =>
      run({ nodes, seed: i, decisions: 10, network: WAN, node: SERVER, fault: { kind: 'equivocate', count } }),
    );

  test.each([4, 7, 10])('n = %i: proposers and voters who show each half another value fork nothing with f of them', (nodes) => {
    for (const outcome of outcomes(nodes, byzantineBound(nodes))) expect(outcome).toMatchObject(GOOD);
  });
  test.each([4, 7, 10])('n = %i: with f + 1, a faulty proposer among them, they fork every time', (nodes) => {
    for (const outcome of outcomes(nodes, byzantineBound(nodes) + 1)) expect(outcome.safety).toBe('violated');
  });
  test.each([
    [5, 3],
    [8, 4],
  ])('n = %i: quorums of more than 2/3 share more than f, and it takes 2q - n = %i of them', (nodes, count) => {
    for (const outcome of outcomes(nodes, count - 1)) expect(outcome.safety).toBe('ok');
    for (const outcome of outcomes(nodes, count)) expect(outcome.safety).toBe('violated');
  });
  test('f + 1 that are merely silent stop it, and fork nothing', () => {
    for (const nodes of [4, 7, 10])
      expect(run({ nodes, fault: { kind: 'crash', count: byzantineBound(nodes) + 1 } })).toMatchObject({
        state: 'stalled',
        safety: 'ok',
        liveness: 'violated',
        decisions: 0,
      });
  });
});

describe('what faults cost', () => {
  test('a validator that was down for long asks for what was decided meanwhile, and votes again', () => {
    const fault = { kind: 'crash' as const, nodes: [3], from_s: 0.45, until_s: 20.2 };
    const lines: string[] = [];
    const options: CellOptions = { decisions: 60, fault };
    const { outcome } = simulate(tendermint, options, {
      engine: 'messages',
      trace: ({ at_us, node, text }) => lines.push(`${at_us / 1000} ${node} ${text}`),
    });
    expect(outcome).toMatchObject(GOOD);
    const decisions = lines.filter((line) => line.includes('validator 3 <- ') && line.includes('DECISION'));
    // Each fourth height of those 20 s took a round of timeouts, and f + 1 others answer.
    expect(decisions.length).toBeGreaterThan(2 * 12);
    // Its PREVOTEs come from the round after next on.
    const voted = lines.findIndex((line) => /validator 0 <- validator 3 {2}PREVOTE/.test(line) && Number(line.split(' ')[0]) > 20_200);
    expect(Number(lines[voted]!.split(' ')[0])).toBeLessThan(21_800);
  });
  test('writes are made where somebody comes back, and take their time before anything is said', () => {
    const fault = { kind: 'crash' as const, count: 1, from_s: 60, until_s: 61 };
    const persist_ns = 5_000_000;
    const node = { ...FREE, persist_ns };
    const without = run({ node });
    const outcome = run({ node, fault });
    expect(without.counts.persists).toBeUndefined();
    // PROPOSAL with the proposer's own PREVOTE; PREVOTE; PRECOMMIT with the lock; the decision, before the reply.
    expect(outcome.latencies_us).toEqual(without.latencies_us.map((latency_us) => latency_us + 4 * 5000));
    expect(outcome.counts.persists).toBeGreaterThan(0);
  });
  test('after a cut without a quorum on either side it goes on when the cut heals', () => {
    for (const crossing of ['hold', 'lose'] as const) {
      const fault = {
        kind: 'partition' as const,
        groups: [
          [0, 1],
          [2, 3],
        ],
        from_s: 0.75,
        until_s: 40,
        crossing,
      };
      const outcome = run({ fault, decisions: 5, node: SERVER, network: WAN });
      expect(outcome).toMatchObject({ state: 'done', liveness: 'ok', durability: 'ok' });
      expect(outcome.safety).not.toBe('violated');
    }
  });
  test('a standstill is told from silent proposers in a row: 11 of 34', () => {
    const outcome = run({ nodes: 34, decisions: 1, fault: { kind: 'silent-leader', count: 11 } });
    expect(outcome).toMatchObject({ state: 'done', viewChanges: 11 });
  });
  test('slow links: timeouts grow until a round is long enough', () => {
    // A round takes 3δ = 18 s; the proposal 6 s, and timeoutPropose 3 s + 0.5 s a round.
    const parameters = { timeout_propose_ms: 3000, timeout_precommit_ms: 1000 };
    const outcome = run({ network: fixed(6000), decisions: 2, parameters });
    expect(outcome).toMatchObject(GOOD);
    expect(outcome.viewChanges).toBeGreaterThan(0);
  });
});

test('measured cells: whatever is checked was signed, of sums every share, and all that is counted is done, under every fault', () => {
  const kernels = createKernels('reference');
  const checked = { list: 0, aggregate: 0 };
  let passedOn = 0;
  const cells = fc.record({
    nodes: fc.integer({ min: 4, max: 7 }),
    kind,
    seed,
    network: fc.constantFrom(fixed(100), WAN),
    beyond: fc.constantFrom(0, 1),
    form: fc.constantFrom('list' as const, 'aggregate' as const),
  });
  holds(
    fc.property(cells, ({ kind: one, beyond, form, ...rest }) => {
      const count = byzantineBound(rest.nodes) + beyond;
      const fault = { kind: one, count, from_s: 0.3, until_s: 3, ...MORE[one] };
      const cell: CellOptions = {
        ...rest,
        crypto: 'measured',
        decisions: 5,
        horizon_s: 100,
        transactions: { bytes: 20, per_decision: 5 },
        fault,
        parameters: { certificates: form },
      };
      const { outcome } = simulate(tendermint, cell, { kernels });
      expectCounted(outcome);
      const name = ({ signer, message }: SignatureOf): string => `${signer} ${Buffer.from(message).toString('latin1')}`;
      const operations = outcome.operations!.flat();
      const signed = new Set<string>();
      for (const operation of operations) if (operation.kind === 'sign' || operation.kind === 'share') signed.add(name(operation));
      for (const operation of operations) {
        const items = operation.kind === 'verify' ? operation.items : 'shares' in operation ? operation.shares : [];
        if (operation.kind === 'certificate') passedOn += 1;
        checked[form] += items.length;
        for (const item of items) expect(signed.has(name(item)), `${item.signer}`).toBe(true);
      }
    }),
    { numRuns: inFull(120, 60), seed: 53 },
  );
  for (const count of Object.values(checked)) expect(count).toBeGreaterThan(enough(1000));
  expect(passedOn).toBeGreaterThan(enough(20));
});
