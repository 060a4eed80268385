// Written paths with aggregate signatures: what they count, on both engines; what they cost; and that measured cells do it for real.
import { describe, expect, test } from 'vitest';
import type { CostTable } from '../../../harness/measure/costs.ts';
import { MeasuredMismatch, executeOperations, type MeasuredOptions } from '../../../harness/measure/measured.ts';
import { AGGREGATE_SIGNATURE_BYTES } from '../../../harness/model/kernels.ts';
import { jobKind } from '../../../harness/model/operations.ts';
import type { Operation, Outcome } from '../../../harness/model/outcome.ts';
import type { JournalLine } from '../../../harness/model/record.ts';
import { executeCell } from '../../../harness/run/cell.ts';
import { suiteOf } from '../../../harness/suite/load.ts';
import { planCells } from '../../../harness/suite/plan.ts';
import { needsPrice } from '../../../harness/workloads.ts';
import phases from '../../../workloads/phases/index.ts';
import { LINK, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { costs } from '../../record/fixtures.ts';
import { expectCounted, steppingClock } from '../../support/counted.ts';

const ROUND = { phases: 'leader>all batch; all>leader quorum; leader>all carries:quorum', certificates: 'aggregate' };
const LIST = { phases: 'leader>all batch; all>leader quorum; leader>all carries:quorum', certificates: 'list' };
const ALL_TO_ALL = { phases: 'leader>all batch; all>all quorum check:aggregate; all>all quorum check:aggregate' };
const run = (options: CellOptions, engine: 'waves' | 'messages' = 'messages'): Outcome => simulate(phases, options, { engine }).outcome;

describe('one decision at n = 10, where a quorum is 7', () => {
  const once = (parameters: object, engine: 'waves' | 'messages') =>
    run({ nodes: 10, decisions: 1, parameters: { ...parameters }, network: fixed(10) }, engine).counts;

  test.each(['waves', 'messages'] as const)(
    'votes collected by the leader (%s): 10 shares, one sum of 7, ten checks of 7 keys',
    (engine) => {
      // Signed: the proposal, the certificate and ten replies. Checked singly: the proposal and the certificate at nine nodes.
      expect(once(ROUND, engine)).toMatchObject({
        signs: 12,
        verifies: 18,
        shares: 10,
        aggregated: 7,
        aggregate_verifies: 1 + 9,
        aggregate_keys: 7 + 9 * 7,
      });
    },
  );

  test.each(['waves', 'messages'] as const)('all to all twice (%s): each adds up its own share and six others', (engine) => {
    expect(once(ALL_TO_ALL, engine)).toMatchObject({
      shares: 20,
      aggregated: 2 * 10 * 7,
      aggregate_verifies: 2 * 10,
      aggregate_keys: 2 * 10 * 7,
    });
  });

  test('bytes: a vote is 16 smaller than with a signature, a certificate 48 and a bit for each node instead of 7 signatures', () => {
    const [aggregate, list] = [once(ROUND, 'waves'), once(LIST, 'waves')];
    expect(list.bytes - aggregate.bytes).toBe(9 * (64 - AGGREGATE_SIGNATURE_BYTES) + 9 * (7 * (4 + 64) - (AGGREGATE_SIGNATURE_BYTES + 2)));
  });
});

describe('what is refused', () => {
  test.each([
    [
      { ...ROUND, phases: 'leader>all batch; all>leader quorum check:batch; leader>all carries:quorum' },
      'check:aggregate for the votes that phase 3 carries',
    ],
    [
      { phases: 'leader>all batch; all>leader quorum check:aggregate; leader>all carries:quorum' },
      'aggregate, since the votes that phase 3 carries are shares',
    ],
    [
      { ...ROUND, phases: 'leader>all batch; all>leader quorum; leader>all carries:2' },
      'a certificate of the 3 votes that are waited for (phase 3 carries 2)',
    ],
  ])('%j: %s', (parameters, says) => {
    const suite = { name: 's', sweep: { nodes: [4] }, workloads: { phases: parameters } };
    expect(() => [...planCells(suiteOf(suite))]).toThrow(says);
  });
});

describe('a price', () => {
  const priced: CostTable = {
    ...costs,
    seconds: { ...costs.seconds, bls_share: 4e-3, bls_add: 1e-3, bls_verify: 2e-2, bls_add_key: 2e-5 },
  };
  const record = async (parameters: object, table: CostTable) => {
    const cell = makeCell(phases, { nodes: 10, decisions: 4, parameters: { ...parameters } });
    const { line } = await executeCell(cell, { costs: table, backend: 'reference', engine: 'auto' }, simulationKernels);
    return (JSON.parse(line) as JournalLine).record;
  };

  test('shares, additions, checks and keys are in the CPU time of a decision', async () => {
    const [with_, free] = [
      await record(ROUND, priced),
      await record(ROUND, {
        ...priced,
        seconds: { ...priced.seconds, bls_share: 1e-30, bls_add: 1e-30, bls_verify: 1e-30, bls_add_key: 1e-30 },
      }),
    ];
    if (with_.state !== 'done' || free.state !== 'done') throw new Error(with_.state_reason);
    expect(with_.cpu_s_per_decision! - free.cpu_s_per_decision!).toBeCloseTo(10 * 4e-3 + 7 * 1e-3 + 10 * 2e-2 + 70 * 2e-5, 12);
    // What they take of virtual time is the node profile's.
    expect(with_.latency_ms_p50).toBe(free.latency_ms_p50);
  });

  test('without it in the table the cell fails and says what to do; a list of signatures needs none', async () => {
    expect(await record(ROUND, costs)).toMatchObject({
      state: 'failed',
      state_reason: expect.stringMatching(
        /^the cost table has no price `bls_share`, and such work was counted: make a new table with `npx consensus-bench kernels --cost-table FILE`; replay, in the run's folder: /,
      ) as string,
    });
    expect(await record(LIST, costs)).toMatchObject({ state: 'done' });
  });

  test('the plan knows which cells need it', () => {
    const needs = (parameters: object): boolean => needsPrice(makeCell(phases, { parameters: { ...parameters } }), 'aggregates');
    expect([ROUND, ALL_TO_ALL, LIST, {}].map(needs)).toEqual([true, true, false, false]);
  });
});

describe('measured: the work that is counted is done', () => {
  const clock = steppingClock();
  const options = (fault?: CellOptions['fault'], parameters: object = ROUND): CellOptions => ({
    crypto: 'measured',
    nodes: 4,
    decisions: 2,
    network: WAN,
    node: SERVER,
    transactions: { bytes: 20, per_decision: 5 },
    parameters: { ...parameters },
    ...(fault === undefined ? {} : { fault }),
  });
  const execute = (cell: CellOptions, outcome: Outcome, how: MeasuredOptions = {}) =>
    executeOperations(makeCell(phases, cell), phases, outcome, simulationKernels, { clock, ...how });
  const kindsOf = (outcome: Outcome): Set<string> => new Set(outcome.operations!.flat().map(({ kind }) => kind));

  test.each<[string, CellOptions['fault']]>([
    ['nobody faulty', undefined],
    ['crash', { kind: 'crash', count: 1 }],
    ['bad-signature', { kind: 'bad-signature', count: 1 }],
    ['wrong-vote', { kind: 'wrong-vote', count: 1 }],
    ['equivocate', { kind: 'equivocate', count: 1 }],
    ['replay', { kind: 'replay', count: 1 }],
    ['loss', { kind: 'loss', count: 1, loss: 0.5, until_s: 2 }],
    ['partition', { kind: 'partition', count: 1, from_s: 0.2, until_s: 1 }],
  ])('%s: counts equal, and every check holds', async (_, fault) => {
    const cell = options(fault);
    const outcome = run(cell);
    expectCounted(outcome);
    expect([...kindsOf(outcome)]).toEqual(expect.arrayContaining(['share', 'aggregate']));
    await expect(execute(cell, outcome)).resolves.toMatchObject({ samples: expect.any(Array) as unknown[] });
    // Collecting changes nothing of what is found.
    const modelled = run({ ...cell, crypto: 'modelled' });
    expect({ ...modelled, events: 0, operations: null }).toEqual({ ...outcome, events: 0, operations: null });
  });

  test('forged shares are found by halving and paid for', async () => {
    const cell = { ...options({ kind: 'bad-signature', count: 2 }, ALL_TO_ALL), nodes: 7, decisions: 1 };
    const outcome = run(cell);
    expectCounted(outcome);
    const sums = outcome.operations!.flat().filter((operation) => operation.kind === 'aggregate');
    const bad = sums.filter(({ shares }) => shares.some(({ forged }) => forged));
    expect(bad.length).toBeGreaterThan(0);
    for (const operation of bad) expect(jobKind('aggregate').count(operation).aggregate_verifies).toBeGreaterThan(1);
    await expect(execute(cell, outcome)).resolves.toBeDefined();
  });

  test('one flipped bit in a share, in an aggregate signature, or in what they are of, and the cell fails', async () => {
    const cell = options();
    const outcome = run(cell);
    /** Shares are made, and this is the first thing that is checked. */
    const only = (kind: Operation['kind']): Outcome => ({
      ...outcome,
      operations: outcome.operations!.map((list) => list.filter((operation) => operation.kind === 'share' || operation.kind === kind)),
    });
    for (const kind of ['aggregate', 'certificate'] as const) {
      await expect(execute(cell, only(kind))).resolves.toBeDefined();
      for (const flipBit of ['signature', 'message'] as const)
        await expect(execute(cell, only(kind), { flipBit }), `${kind} ${flipBit}`).rejects.toBeInstanceOf(MeasuredMismatch);
    }
  });

  test('a share that nobody made cannot be added up', async () => {
    const cell = options();
    const outcome = run(cell);
    const operations = outcome.operations!.map((list) => list.filter(({ kind }) => kind !== 'share'));
    await expect(execute(cell, { ...outcome, operations })).rejects.toThrow('never signed is to be checked');
  });

  test('a row has both figures', async () => {
    const table = { ...costs, seconds: { ...costs.seconds, bls_share: 4e-3, bls_add: 1e-3, bls_verify: 2e-2, bls_add_key: 2e-5 } };
    const cell = makeCell(phases, { ...options(), decisions: 1, network: { kind: 'normal', mean_ms: 20, sd_ms: 5, ...LINK } });
    const { line } = await executeCell(cell, { costs: table, backend: 'reference', engine: 'auto' }, simulationKernels);
    const { record } = JSON.parse(line) as JournalLine;
    if (record.state !== 'done') throw new Error(record.state_reason);
    // Four shares, three additions and four checks take longer than all else together.
    expect(record.cpu_s_per_decision!).toBeGreaterThan(4 * 4e-3 + 3e-3 + 4 * 2e-2);
    expect(record.cpu_s_per_decision_measured!).toBeGreaterThan(0.02);
  });
});
