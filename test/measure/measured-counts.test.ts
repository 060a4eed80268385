// Measured execution does what is priced: the operations of a cell, summed kind by kind, are its counts.
import fc from 'fast-check';
import type { TimestampProvider } from 'tinybench';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import { MeasuredMismatch, executeOperations } from '../../harness/measure/measured.ts';
import { OPERATIONS, countsOf } from '../../harness/model/operations.ts';
import { simulateCell } from '../../harness/simulate/core/simulate.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import type { EngineId, Outcome, SignatureOf } from '../../harness/model/outcome.ts';
import type { Cell } from '../../harness/model/cell.ts';
import type { FaultKind, FaultSpec, SingleFault } from '../../harness/model/fault.ts';
import { workloads } from '../../harness/workloads.ts';
import { FREE, LINK, SERVER, WAN, fixed, makeCell, type CellOptions } from '../cells.ts';
import { inFull } from '../support/full.ts';
import { holds } from '../support/property.ts';

const kernels = createKernels('wasm');
/** Samples last as long as the clock says: one pass. */
const clock: TimestampProvider = (() => {
  let now = 0;
  return { name: 'stepping', fn: () => (now += 1e9), toMs: (value) => Number(value) / 1e6, fromMs: (value) => value * 1e6 };
})();

const measured = (workload: Workload, options: CellOptions): Cell =>
  makeCell(workload, { crypto: 'measured', network: WAN, transactions: { bytes: 20, per_decision: 5 }, ...options });

function simulate(cell: Cell, engine: 'auto' | EngineId = 'auto'): Outcome {
  return simulateCell(cell, workloads.get(cell.workload)!, { engine, kernels }).outcome;
}

function expectEqual({ counts, operations, stale }: Outcome): void {
  const all = operations!.flat();
  const done = countsOf(all);
  for (const { id, counts: names } of OPERATIONS) {
    // Mining is counted as time: there every block that was found is mined.
    if (id === 'search') continue;
    for (const name of names) {
      if (name === 'batches') expect(new Map(done.batches as Map<number, number>)).toEqual(new Map(counts.batches ?? []));
      else expect({ [name]: done[name] ?? 0 }).toEqual({ [name]: counts[name] ?? 0 });
    }
  }
  expect(all.filter(({ kind }) => kind === 'search').length).toBe(counts.mining_node_s === undefined ? 0 : stale!.blocks);
}

/** What makes a kind of fault happen in a short cell. */
const CLOSER: Partial<Record<FaultKind, object>> = {
  partition: { from_s: 0.3, until_s: 2 },
  delay: { delay_ms: 300 },
  loss: { loss: 0.5, until_s: 2 },
};
/** Of a schedule: replicas go down, come back, and lose what they send. */
function scheduleOf(count: number): FaultSpec {
  const crash: SingleFault = { kind: 'crash', placement: 'worst', count, from_s: 0.3, until_s: 2 };
  return { kind: 'schedule', placement: 'worst', schedule: [crash, { ...crash, kind: 'loss', loss: 0.5, from_s: 2, until_s: 4 }] };
}
/** Quick searches, and slots that are mostly led; each where a workload has it. */
const QUICK = { measured_hashes_per_block: 64, active_slot_coefficient: 0.5, checkpoint_interval: 2, log_window: 4 };

const cases = [...workloads.values()].flatMap((workload) => {
  const parameters = Object.fromEntries(
    Object.entries(QUICK).filter(([key, value]) => workload.parameters.safeParse({ [key]: value }).success),
  );
  return workload.faultKinds.flatMap((kind) =>
    [4, 7].map((nodes): [string, string, number, CellOptions] => {
      const count = workload.bound.faults(nodes);
      const fault =
        kind === 'schedule'
          ? scheduleOf(count + 1)
          : { kind, ...(workload.exactKinds.includes(kind) ? { ratio: 0.25 } : { count }), ...CLOSER[kind] };
      return [workload.id, kind, nodes, { nodes, fault, parameters, decisions: 5, risk: 0.1 }];
    }),
  );
});

/** Under these its leader is down, and no other takes its place. */
const NO_OTHER_LEADER = new Set(['phases silent-leader', 'phases schedule']);

describe('Measured and counted operations of one cell must be equal, kind by kind (a test over all workloads)', () => {
  it.each(cases)('%s, %s, n = %i: equal, and done for real every check holds', async (id, kind, _nodes, options) => {
    const workload = workloads.get(id)!;
    const cell = measured(workload, options);
    const outcome = simulate(cell);
    expect(outcome.state).toBe(NO_OTHER_LEADER.has(`${id} ${kind}`) ? 'stalled' : 'done');
    expectEqual(outcome);
    await expect(executeOperations(cell, workload, outcome, kernels, { clock })).resolves.toBeDefined();
    // Collecting changes nothing of what is found.
    const modelled = simulate({ ...cell, crypto: 'modelled' }, 'messages');
    expect({ ...modelled, events: 0, operations: null }).toEqual({ ...outcome, events: 0, operations: null });
  });

  it('pbft with MACs', async () => {
    const workload = workloads.get('pbft')!;
    const cell = measured(workload, { parameters: { authentication: 'mac', checkpoint_interval: 2, log_window: 4 }, decisions: 5 });
    const outcome = simulate(cell);
    expectEqual(outcome);
    expect(outcome.counts.macs).toBeGreaterThan(0);
    await expect(executeOperations(cell, workload, outcome, kernels, { clock })).resolves.toBeDefined();
  });

  it('pbft, drawn faults with f and f + 1 faulty replicas, view changes among them: equal, and whatever is checked was signed', () => {
    const pbft = workloads.get('pbft')!;
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
        const outcome = simulate(
          measured(pbft, {
            ...rest,
            decisions: 6,
            horizon_s: 60,
            fault: kind === 'schedule' ? scheduleOf(count) : { kind, placement, count, ...CLOSER[kind] },
            parameters,
          }),
        );
        expectEqual(outcome);
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
    expect(checked).toBeGreaterThan(10_000);
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
