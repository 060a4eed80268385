// `transactions: { signed: true }`: each node checks each client's signature once; counted, priced, timed and done for real.
import { describe, expect, test } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import { MeasuredMismatch, executeOperations } from '../../harness/measure/measured.ts';
import type { FaultSpec } from '../../harness/model/fault.ts';
import { LOAD_RULES, type LoadSpec } from '../../harness/model/load.ts';
import { countsOf, operationSeconds } from '../../harness/model/operations.ts';
import type { EngineId, Outcome } from '../../harness/model/outcome.ts';
import { EngineLimit, type Workload } from '../../harness/simulate/core/contract.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { simulateCell } from '../../harness/simulate/core/simulate.ts';
import { workloads } from '../../harness/workloads.ts';
import pbft from '../../workloads/pbft/index.ts';
import praos from '../../workloads/pos-praos.ts';
import pow from '../../workloads/pow.ts';
import { costs } from '../record/fixtures.ts';
import { steppingClock } from '../support/counted.ts';
import { SERVER, WAN, fixed, makeCell, simulate, type CellOptions } from '../cells.ts';
import { oneServer } from './load/one-server.ts';

const TX = 6;
const unsigned = { bytes: 250, per_decision: TX };
const signed = { ...unsigned, signed: true };
const total = (batches: Outcome['counts']['batches']): number => [...(batches ?? [])].reduce((sum, [, calls]) => sum + calls, 0);
const run = (workload: Workload, options: CellOptions, engine: 'auto' | EngineId = 'auto'): Outcome =>
  simulate(workload, options, { engine }).outcome;

/** Aggregate signatures cost nothing: they are the same with and without. */
const seconds = { ...costs.seconds, bls_share: 0, bls_add: 0, bls_verify: 0, bls_add_key: 0 };

/** Slots so rarely led that none has two leaders. */
const oneLeader = ({ parameters }: Workload): Record<string, number> =>
  parameters.safeParse({ active_slot_coefficient: 0.002 }).success ? { active_slot_coefficient: 0.002 } : {};

const engines = [...workloads.values()].flatMap((workload) =>
  (Object.keys(workload.engines) as EngineId[]).flatMap((engine) =>
    [4, 7].map((nodes): [string, EngineId, number] => [workload.id, engine, nodes]),
  ),
);

describe('on nodes that take no time, without delay and so without stale blocks', () => {
  test.each(engines)(
    '%s on %s, n = %i: n × per_decision checks a decision more, n batches, at their price, and nothing else changes',
    (id, engine, nodes) => {
      // Where a signer's write and the last vote, or a vote and the one that it makes another cast, would come at one time waves leave the cell to messages.
      const network = fixed(['federated-signing', 'pos-algorand'].includes(id) && engine === 'waves' ? 10 : 0);
      const options = { nodes, network, decisions: 8, parameters: oneLeader(workloads.get(id)!) };
      const workload = workloads.get(id)!;
      const without = run(workload, { ...options, transactions: unsigned }, engine);
      const outcome = run(workload, { ...options, transactions: signed }, engine);
      expect(outcome.state).toBe('done');
      // A block that is found in the moment at which the last decision is final is counted, and not on the chain yet.
      const decisions = without.stale?.blocks ?? without.divisor;
      expect(outcome.counts.verifies! - (without.counts.verifies ?? 0)).toBe(nodes * TX * decisions);
      expect(total(outcome.counts.batches) - total(without.counts.batches)).toBe(nodes * decisions);
      // Half-way between the batches of 4 and 8.
      const batch_s = (2.5e-4 + 4e-4) / 2;
      const cost_s = operationSeconds({ ...outcome.counts }, seconds) - operationSeconds({ ...without.counts }, seconds);
      expect(cost_s).toBeCloseTo(nodes * decisions * batch_s, 12);
      const apart = { verifies: 0, verifies_single: 0, batches: 0 };
      expect({ ...outcome, counts: { ...outcome.counts, ...apart } }).toEqual({ ...without, counts: { ...without.counts, ...apart } });
    },
  );

  test.each(engines.filter(([, , nodes]) => nodes === 4))('%s on %s: signed: false is what is not said', (id, engine, nodes) => {
    const options = { nodes, network: WAN, node: SERVER, decisions: 5 };
    const said = run(workloads.get(id)!, { ...options, transactions: { ...unsigned, signed: false } }, engine);
    expect(said).toEqual(run(workloads.get(id)!, { ...options, transactions: unsigned }, engine));
  });

  test('one transaction a batch is checked singly', () => {
    const one = { bytes: 68, per_decision: 1 };
    for (const workload of [pbft, pow, praos]) {
      const options = { network: fixed(0), decisions: 5, parameters: oneLeader(workload as Workload) };
      const without = run(workload as Workload, { ...options, transactions: one });
      const { counts, divisor } = run(workload as Workload, { ...options, transactions: { ...one, signed: true } });
      expect(counts.verifies_single! - (without.counts.verifies_single ?? 0)).toBe(4 * divisor);
      expect(total(counts.batches)).toBe(total(without.counts.batches));
    }
  });
});

describe('twins', () => {
  const faults: [string, CellOptions][] = [
    ['no fault', {}],
    ['silent leader', { fault: { kind: 'silent-leader', count: 1 } }],
    ['crash', { fault: { kind: 'crash', count: 2 } }],
    ['MACs', { parameters: { authentication: 'mac' } }],
    ['large batches', { transactions: { bytes: 100, per_decision: 5000, signed: true } }],
  ];
  test.each(faults)('waves are messages to the bit: %s', (_name, more) => {
    const options: CellOptions = {
      nodes: 7,
      network: WAN,
      node: SERVER,
      decisions: 12,
      transactions: { ...signed, per_decision: 500 },
      ...more,
    };
    expect({ ...run(pbft, options, 'waves'), events: 0 }).toEqual({ ...run(pbft, options, 'messages'), events: 0 });
  });
  test.each([
    ['pow', 'crash', { kind: 'crash', count: 2 }],
    ['pow', 'double-spend', { kind: 'double-spend', ratio: 0.3 }],
    ['pos-praos', 'crash', { kind: 'crash', count: 2 }],
    ['pos-praos', 'double-spend', { kind: 'double-spend', ratio: 0.3 }],
  ] as const)('the chain engine is messages to the bit: %s, %s', (id, _name, fault) => {
    const parameters = id === 'pow' ? { block_interval_s: 2 } : { slot_s: 0.5 };
    const options: CellOptions = {
      nodes: 8,
      network: WAN,
      node: SERVER,
      decisions: 30,
      risk: 0.1,
      fault,
      parameters,
      transactions: { ...signed, per_decision: 500 },
    };
    const chain = run(workloads.get(id)!, options, 'chain');
    expect({ ...chain, events: 0 }).toEqual({ ...run(workloads.get(id)!, options, 'messages'), events: 0 });
    // Stale blocks are checked by all who get them, too.
    if (fault.kind === 'double-spend') expect(chain.stale!.stale).toBeGreaterThan(0);
    expect(chain.counts.verifies).toBeGreaterThan(0);
  });
});

describe('phases', () => {
  const parameters: Record<string, unknown>[] = [{}, { leader: 'rotating' }, { certificates: 'aggregate' }];
  test.each(parameters)('waves are messages to the bit: %o', (given) => {
    const phases = workloads.get('phases')!;
    const options: CellOptions = { nodes: 7, network: WAN, node: SERVER, decisions: 12, parameters: given };
    for (const fault of [{}, { fault: { kind: 'crash', count: 1 } }] as CellOptions[]) {
      if (given.leader === 'rotating' && fault.fault !== undefined) continue;
      const cell = { ...options, ...fault, transactions: { ...signed, per_decision: 500 } };
      expect({ ...run(phases, cell, 'waves'), events: 0 }).toEqual({ ...run(phases, cell, 'messages'), events: 0 });
    }
  });
});

describe('each node checks once', () => {
  // No quorum has so many: batches of that size are clients'.
  const PRIME = 101;
  const decisions = 8;
  const faults: [string, Partial<FaultSpec>, number, number][] = [
    ['a silent leader', { kind: 'silent-leader', count: 1 }, 6, 6],
    ['two down for good', { kind: 'crash', count: 2 }, 5, 5],
    [
      'leaders that go down and come back',
      {
        kind: 'schedule',
        schedule: [0, 1, 2].map((node) => ({ kind: 'crash', nodes: [node], from_s: 0.3 + node, until_s: 0.9 + node, placement: 'worst' })),
      } as Partial<FaultSpec>,
      5,
      7,
    ],
    ['late messages', { kind: 'delay', count: 2, delay_ms: 3000 }, 5, 7],
    ['lies', { kind: 'bad-signature', count: 2 }, 5, 7],
  ];
  test.each(faults)('pbft with %s: every batch at most once a node, and at every node of a quorum', (_name, fault, least, most) => {
    const transactions = { bytes: 100, per_decision: PRIME, signed: true };
    const { counts, state } = run(pbft, { nodes: 7, network: WAN, node: SERVER, decisions, fault, transactions }, 'messages');
    expect(state).toBe('done');
    const checks = counts.batches!.get(PRIME)!;
    expect(checks).toBeGreaterThanOrEqual(least * decisions);
    expect(checks).toBeLessThanOrEqual(most * decisions);
  });

  test('under an open load a transaction that a stale block had is not checked again', () => {
    const [nodes, rate_tps, window_s] = [5, 50, 2000];
    const load: LoadSpec = { kind: 'open', arrivals: 'poisson', ...LOAD_RULES, rate_tps, warmup_s: 50, window_s };
    const options: CellOptions = {
      nodes,
      network: fixed(300),
      parameters: { block_interval_s: 2 },
      load,
      transactions: { ...signed, per_decision: 1000 },
    };
    const { counts, stale } = run(pow, options);
    expect(stale!.stale / stale!.blocks).toBeGreaterThan(0.1);
    expect(Math.abs(counts.verifies! / (nodes * rate_tps * window_s) - 1)).toBeLessThan(0.02);
  });
});

describe('time', () => {
  const big = { bytes: 250, per_decision: 500 };
  test('pbft, unloaded: the primary and then a backup take 500 × 40 µs each longer', () => {
    const options = { node: SERVER, decisions: 3 };
    const before = run(pbft, { ...options, transactions: big }).latencies_us;
    const after = run(pbft, { ...options, transactions: { ...big, signed: true } }).latencies_us;
    expect(after).toEqual(before.map((latency_us) => latency_us + 2 * 500 * 40));
  });
  test.each([
    ['pow', pow],
    ['pos-praos', praos],
  ])('%s: who receives a block has it 500 × 40 µs later', (_id, workload) => {
    const options = { node: SERVER, decisions: 5, parameters: { peer_degree: 'all' } };
    const before = run(workload as Workload, { ...options, transactions: big }).propagation_us!;
    const after = run(workload as Workload, { ...options, transactions: { ...big, signed: true } }).propagation_us!;
    expect(after.p50 - before.p50).toBe(500 * 40);
  });

  const saturate: LoadSpec = { kind: 'saturate', arrivals: 'poisson', ...LOAD_RULES, p99_ms: 400, warmup_s: 1, window_s: 8 };
  test('pbft, saturated, on one core: CPU-bound at 1 ÷ the time of a transaction, within a tenth', () => {
    // 1 ms a signature. The primary checks 20 of clients, 2 of PREPAREs and 2 of COMMITs a batch; the rest of its work is nothing to that.
    const node = { ...SERVER, name: 'slow', profile: 'server' as const, verify_ns: 1_000_000, verify_batched_ns: 1_000_000, cores: 1 };
    const { load } = run(pbft, { network: fixed(1), node, load: saturate, transactions: { ...big, per_decision: 20, signed: true } });
    expect(load!.bottleneck).toBe('cpu');
    const bound_tps = (1000 * 20) / (20 + 2 + 2);
    expect(load!.achieved_tps).toBeLessThan(1.02 * bound_tps);
    expect(load!.achieved_tps).toBeGreaterThan(0.9 * bound_tps);
  });
});

describe('measured', () => {
  const kernels = createKernels('wasm');
  const clock = steppingClock();
  const quick: Readonly<Record<string, Record<string, number>>> = {
    pow: { measured_hashes_per_block: 64 },
    'pow-pool': { measured_hashes_per_block: 64 },
    'proof-of-activity': { measured_hashes_per_block: 64 },
    'proof-of-burn': { measured_hashes_per_block: 64 },
    'pos-gasper': { validators: 1, slots_per_epoch: 1 },
  };
  const cellOf = (workload: Workload, per_decision: number) =>
    makeCell(workload, {
      crypto: 'measured',
      network: WAN,
      decisions: 3,
      risk: 0.1,
      parameters: quick[workload.id] ?? {},
      transactions: { bytes: 100, per_decision, signed: true },
    });
  const cases = [...workloads.keys()].flatMap((id) => [1, TX].map((count): [string, number] => [id, count]));
  test.each(cases)(
    '%s, %i a batch: what is executed is what is counted, really checked, and one flipped bit fails it',
    async (id, per_decision) => {
      const workload = workloads.get(id)!;
      const cell = cellOf(workload, per_decision);
      const { outcome } = simulateCell(cell, workload, { engine: 'auto', kernels });
      const done = countsOf(outcome.operations!.flat());
      const { verifies, verifies_single, batches } = outcome.counts;
      expect(done).toMatchObject({ verifies, verifies_single });
      expect(new Map(done.batches as Map<number, number>)).toEqual(batches);
      await expect(executeOperations(cell, workload, outcome, kernels, { clock })).resolves.toBeDefined();
      const checks = outcome.operations!.map((list) => list.filter(({ kind }) => kind === 'transactions'));
      expect(checks.flat().length).toBeGreaterThan(0);
      for (const flipBit of ['signature', 'message'] as const) {
        const execution = executeOperations(cell, workload, { ...outcome, operations: checks }, kernels, { clock, flipBit });
        await expect(execution).rejects.toThrow(MeasuredMismatch);
        await expect(executeOperations(cell, workload, { ...outcome, operations: checks }, kernels, { clock })).resolves.toBeDefined();
      }
    },
  );
});

test('a mechanism that does not check clients says so instead of counting nothing', () => {
  const cell = { ...makeCell(pbft, { nodes: 1, network: fixed(0), transactions: signed }), workload: 'one-server' };
  const workload: Workload = {
    ...pbft,
    id: 'one-server',
    nodes: { min: 1, max: 1 },
    engines: { messages: (setup) => runVoting(setup, () => oneServer(10)) },
  };
  expect(() => simulateCell(cell, workload, { engine: 'messages', kernels: createKernels('reference') })).toThrow(
    new EngineLimit("one-server does not check clients' signatures; accepted: transactions without signed: true"),
  );
});
