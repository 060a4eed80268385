// How a run of PBFT ends: done, standing still, or cut off.
import { describe, expect, test } from 'vitest';
import { FUTILE_VIEW_CHANGES, ViewChangeCount, endingOf } from '../../../harness/simulate/check/liveness.ts';
import { resolveFaults } from '../../../harness/simulate/core/faults.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';

const run = (options: CellOptions) => simulate(pbft, { node: SERVER, ...options }).outcome;
const horizon_s = (options: CellOptions): number => setupOf(makeCell(pbft, options), pbft, { kernels: simulationKernels }).horizon_us / 1e6;

describe('the default horizon says violated nowhere where nothing is wrong', () => {
  test('decisions: 10, network: { kind: fixed, delay_ms: 50 }, nodes: 4, view_change_timeout_ms: 20 is done, 10 of 10', () => {
    expect(run({ decisions: 10, network: fixed(50), nodes: 4, parameters: { view_change_timeout_ms: 20 } })).toMatchObject({
      state: 'done',
      decisions: 10,
      liveness: 'ok',
      safety: 'ok',
    });
  });
  test('{ kind: wan-5-regions, loss: 0.9, rto_ms: 1000 }, all timers automatic, n = 7 is done', () => {
    for (const seed of [1, 2])
      expect(run({ decisions: 20, network: { ...WAN, loss: 0.9, rto_ms: 1000 } as never, nodes: 7, seed })).toMatchObject({
        state: 'done',
        decisions: 20,
        liveness: 'ok',
      });
  });
  test('a partition of 2 of 4 nodes from 0.2 to 600 s, 40 decisions, is done after it heals', () => {
    for (const network of [WAN, fixed(100)]) {
      const outcome = run({ decisions: 40, network, fault: { kind: 'partition', count: 2, from_s: 0.2, until_s: 600 } });
      expect(outcome).toMatchObject({ state: 'done', decisions: 40, liveness: 'ok', safety: 'ok' });
      expect(outcome.elapsed_us).toBeGreaterThan(600e6);
    }
  });
  test('a horizon lies beyond the end of every fault and grows with delays, retries, timers and decisions', () => {
    const usual = horizon_s({ network: WAN });
    expect(horizon_s({ network: WAN, fault: { kind: 'partition', count: 2, until_s: 1e6 } })).toBeGreaterThan(usual + 4e6);
    expect(horizon_s({ network: { ...WAN, loss: 0.5 } as never })).toBeGreaterThan(usual);
    expect(horizon_s({ network: WAN, parameters: { view_change_timeout_ms: 60_000 } })).toBeGreaterThan(1000 * 60);
    expect(horizon_s({ network: WAN, decisions: 1000 })).toBeGreaterThan(50 * usual);
    expect(horizon_s({ network: WAN, decisions: 1e8, parameters: { view_change_timeout_ms: 86_400_000 } })).toBe(1e9);
  });
});

describe('violated is said only where the protocol stands still', () => {
  test.each([
    [{ kind: 'crash', count: 2 }, 0],
    [{ kind: 'silent-leader', count: 2 }, 0],
    [{ kind: 'partition', count: 2 }, 0],
    [{ kind: 'crash', count: 2, from_s: 1 }, 3],
    [{ kind: 'partition', count: 3, from_s: 1 }, 3],
  ] as const)('%o for good: no quorum is left', (fault, decisions) => {
    const outcome = run({ decisions: 100, network: WAN, fault });
    expect(outcome).toMatchObject({ state: 'stalled', liveness: 'violated', decisions });
    expect(outcome.reason).toBe(
      `${decisions} of 100 decisions: ${4 - fault.count} of 4 replicas are left for good, fewer than a quorum of 3`,
    );
    // A client that asks for ever does not use up the events.
    expect(outcome.events).toBeLessThan(300);
  });

  test('ten view changes in a row without a decision, those that never came to a new view included', () => {
    const outcome = run({ network: WAN, nodes: 7, fault: { kind: 'wrong-vote', count: 3 } });
    expect(outcome).toMatchObject({
      state: 'stalled',
      liveness: 'violated',
      reason: '0 of 10 decisions: 10 view changes in a row brought none',
    });
    // Ten silent leaders in a row are f of 31: the tenth view change brings a decision.
    const silent = (count: number) =>
      run({
        nodes: 31,
        decisions: 2,
        network: fixed(10),
        transactions: { bytes: 1, per_decision: 1 },
        fault: { kind: 'silent-leader', count },
      });
    expect(silent(10)).toMatchObject({ state: 'done', viewChanges: 10 });
  });

  test('nobody can do anything: replicas ask each other in vain', () => {
    expect(run({ network: WAN, fault: { kind: 'bad-signature', count: 2 } })).toMatchObject({
      state: 'stalled',
      liveness: 'violated',
      reason: '0 of 10 decisions: a replica has asked all others 10 times in a row for what none has',
    });
  });

  test('f + 1 crashed that come back: not violated while they may', () => {
    const fault = { kind: 'crash' as const, count: 2, from_s: 1, until_s: 5 };
    const outcome = run({ decisions: 100, network: WAN, fault });
    expect([outcome.liveness, outcome.state]).toEqual(['ok', 'done']);
    expect(run({ decisions: 100, network: WAN, fault, horizon_s: 3 })).toMatchObject({ state: 'stalled', liveness: 'unknown' });
  });
});

describe('a run that is cut off is unknown, with a reason', () => {
  test('at the horizon', () => {
    for (const engine of ['auto', 'messages'] as const)
      expect(simulate(pbft, { network: fixed(100), horizon_s: 2.2 }, { engine }).outcome).toMatchObject({
        state: 'stalled',
        liveness: 'unknown',
        decisions: 4,
        reason: '4 of 10 decisions before the horizon of 2.2 s',
      });
  });
  const budgeted = (eventBudget: number) => {
    const setup = setupOf(makeCell(pbft, { decisions: 2 }), pbft, { kernels: simulationKernels });
    return pbft.engines.messages!({ ...setup, eventBudget } as never);
  };
  test('at the event budget', () => {
    expect(budgeted(20)).toMatchObject({
      state: 'stalled',
      liveness: 'unknown',
      reason: '0 of 2 decisions before the budget of 20 events',
    });
  });
  test('an event budget that ends while the run drains gives stalled, not done with counts cut short', () => {
    const whole = budgeted(1_000_000);
    expect(whole).toMatchObject({ state: 'done', reason: '' });
    expect(budgeted(whole.events)).toMatchObject({ state: 'done', counts: { messages: 48 } });
    expect(budgeted(whole.events - 1)).toMatchObject({
      state: 'stalled',
      decisions: 2,
      liveness: 'ok',
      reason: `2 of 2 decisions, but the budget of ${whole.events - 1} events ended before all that they caused was handled`,
    });
  });
});

test('the rules as a table', () => {
  const ending = { reached: 3, asked: 5, stopped: 'horizon', standstill: '', horizon_us: 1e6, eventBudget: 9 } as const;
  expect(endingOf(ending)).toEqual({ state: 'stalled', liveness: 'unknown', reason: '3 of 5 decisions before the horizon of 1 s' });
  expect(endingOf({ ...ending, standstill: 'so' })).toEqual({ state: 'stalled', liveness: 'violated', reason: '3 of 5 decisions: so' });
  expect(endingOf({ ...ending, stopped: 'idle' }).liveness).toBe('violated');
  expect(endingOf({ ...ending, stopped: 'budget' }).reason).toBe('3 of 5 decisions before the budget of 9 events');
  expect(endingOf({ ...ending, reached: 5 })).toEqual({ state: 'done', liveness: 'ok', reason: '' });
  expect(endingOf({ ...ending, reached: 5, stopped: 'budget' })).toMatchObject({ state: 'stalled', liveness: 'ok' });
});

test('view changes are counted by view, from the last decision and the last change of the faults on', () => {
  const faults = resolveFaults(makeCell(pbft, { fault: { kind: 'crash', count: 1, until_s: 0.0001 } }), []);
  const count = new ViewChangeCount(faults);
  for (let view = 1; view <= 50; view++) count.asked(view, 99);
  expect(count.standstill).toBe('');
  for (let view = 51; view <= 50 + FUTILE_VIEW_CHANGES; view++) for (let replica = 0; replica < 4; replica++) count.asked(view, 100);
  expect(count.standstill).toBe('');
  count.asked(61, 200);
  expect(count.standstill).toBe('10 view changes in a row brought none');
  count.decided();
  expect(count.standstill).toBe('');
});
