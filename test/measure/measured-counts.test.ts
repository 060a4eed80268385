// Measured execution does what is priced: the operations of a cell, summed kind by kind, are its counts.
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import { MeasuredMismatch, executeOperations } from '../../harness/measure/measured.ts';
import { countsOf } from '../../harness/model/operations.ts';
import { simulateCell } from '../../harness/simulate/core/simulate.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import type { EngineId, Outcome } from '../../harness/model/outcome.ts';
import type { Cell } from '../../harness/model/cell.ts';
import { workloads } from '../../harness/workloads.ts';
import { WAN, fixed, makeCell, type CellOptions } from '../cells.ts';
import { CLOSER, scheduleOf } from '../support/closer-faults.ts';
import { expectCounted, steppingClock } from '../support/counted.ts';

const kernels = createKernels('wasm');
const clock = steppingClock();

const measured = (workload: Workload, options: CellOptions): Cell =>
  makeCell(workload, { crypto: 'measured', network: WAN, transactions: { bytes: 20, per_decision: 5 }, ...options });

function simulate(cell: Cell, engine: 'auto' | EngineId = 'auto'): Outcome {
  return simulateCell(cell, workloads.get(cell.workload)!, { engine, kernels }).outcome;
}

/** Quick searches, slots that are mostly led, and short epochs of few votes; each where a workload has it. */
const QUICK = {
  measured_hashes_per_block: 64,
  active_slot_coefficient: 0.5,
  checkpoint_interval: 2,
  log_window: 4,
  slots_per_epoch: 1,
  validators: 3,
};

const cases = [...workloads.values()].flatMap((workload) => {
  const parameters = Object.fromEntries(
    Object.entries(QUICK).filter(([key, value]) => workload.parameters.safeParse({ [key]: value }).success),
  );
  // A pairing takes fifty milliseconds, and each check is made for real.
  const aggregates = workload.aggregates?.(measured(workload, { parameters })) === true;
  const [sizes, decisions] = aggregates ? [[4], 2] : [[4, 7], 5];
  return workload.faultKinds.flatMap((kind) =>
    sizes.map((nodes): [string, string, number, CellOptions] => {
      const count = workload.bound.faults(nodes);
      const fault =
        kind === 'schedule'
          ? scheduleOf(count + 1)
          : { kind, ...(workload.exactKinds.includes(kind) ? { ratio: 0.25 } : { count }), ...CLOSER[kind] };
      return [workload.id, kind, nodes, { nodes, fault, parameters, decisions, risk: 0.1 }];
    }),
  );
});

/** Under these its leader is down, and no other takes its place. */
const NO_OTHER_LEADER = new Set(['federated-signing silent-leader', 'phases silent-leader', 'phases schedule']);

describe('Measured and counted operations of one cell must be equal, kind by kind (a test over all workloads)', () => {
  it.each(cases)('%s, %s, n = %i: equal, and done for real every check holds', async (id, kind, _nodes, options) => {
    const workload = workloads.get(id)!;
    const cell = measured(workload, options);
    const outcome = simulate(cell);
    expect(outcome.state).toBe(NO_OTHER_LEADER.has(`${id} ${kind}`) ? 'stalled' : 'done');
    expectCounted(outcome);
    // Else no run would measure what they cost, or refuse a table that does not say it.
    const { shares = 0, aggregate_verifies = 0, persists = 0 } = outcome.counts;
    if (shares + aggregate_verifies > 0) expect(workload.aggregates?.(cell)).toBe(true);
    if (persists > 0) expect(workload.persists?.(cell)).toBe(true);
    await expect(executeOperations(cell, workload, outcome, kernels, { clock })).resolves.toBeDefined();
    // Collecting changes nothing of what is found.
    const modelled = simulate({ ...cell, crypto: 'modelled' }, 'messages');
    expect({ ...modelled, events: 0, operations: null }).toEqual({ ...outcome, events: 0, operations: null });
  });

  it('pbft with MACs', async () => {
    const workload = workloads.get('pbft')!;
    const cell = measured(workload, { parameters: { authentication: 'mac', checkpoint_interval: 2, log_window: 4 }, decisions: 5 });
    const outcome = simulate(cell);
    expectCounted(outcome);
    expect(outcome.counts.macs).toBeGreaterThan(0);
    await expect(executeOperations(cell, workload, outcome, kernels, { clock })).resolves.toBeDefined();
  });

  it.each(['chain', 'messages'] as const)('%s: the engines of chains collect the same', (engine) => {
    for (const id of ['pow', 'pos-praos']) {
      const cell = measured(workloads.get(id)!, { fault: { kind: 'double-spend', ratio: 0.3 }, parameters: {}, decisions: 4, risk: 0.2 });
      expect(simulate(cell, engine).operations).toEqual(simulate(cell).operations);
    }
  });

  it('at n = 31, 25 420 votes tallied against 36 600 counted: all 36 600 are tallied', () => {
    const outcome = simulate(measured(workloads.get('pbft')!, { nodes: 31, decisions: 20 }));
    expect(outcome.counts.votes).toBe(36_600);
    expect(countsOf(outcome.operations!.flat()).votes).toBe(36_600);
  });

  it('forged signatures are made, found out by bisection and paid for', () => {
    const outcome = simulate(measured(workloads.get('pbft')!, { nodes: 7, fault: { kind: 'bad-signature', count: 2 }, decisions: 3 }));
    const checked = outcome.operations!.flat().filter((operation) => operation.kind === 'verify');
    const bisected = checked.filter(({ items }) => items.length > 1 && items.some(({ forged }) => forged));
    expect(bisected.length).toBeGreaterThan(0);
    for (const { calls } of bisected) expect(calls).toBeGreaterThan(1);
  });
});

it('a chain too long to be executed for real is refused with what to ask for instead', () => {
  const cell = measured(workloads.get('pow')!, { decisions: 2001, network: fixed(0), fault: { kind: 'crash', ratio: 0 } });
  expect(() => simulate(cell)).toThrow(
    /^a measured cell takes at most 2000 blocks and this one has 20\d\d: ask for fewer decisions, or for fewer confirmations with a larger risk$/,
  );
  const slots = {
    decisions: 100,
    parameters: { active_slot_coefficient: 0.001 },
    network: fixed(0),
    fault: { kind: 'crash', ratio: 0 },
  } as const;
  expect(() => simulate(measured(workloads.get('pos-praos')!, { ...slots, nodes: 20 }))).toThrow(
    /^a measured cell takes at most 1000000 evaluations of slots and this one has \d+/,
  );
});

describe('one flipped bit in what a workload really sends', () => {
  it.each([...workloads.keys()])('%s fails', async (id) => {
    const workload = workloads.get(id)!;
    const [, , , options] = cases.find(([name]) => name === id)!;
    const cell = measured(workload, options);
    const outcome = simulate(cell);
    const kinds = new Set(outcome.operations!.flat().map(({ kind }) => kind));
    for (const [flipBit, needs] of [
      ['signature', 'verify'],
      ['header', 'search'],
      ['message', 'digest'],
      ['message', 'merkle'],
    ] as const)
      if (kinds.has(needs))
        await expect(executeOperations(cell, workload, outcome, kernels, { clock, flipBit })).rejects.toBeInstanceOf(MeasuredMismatch);
  });
});
