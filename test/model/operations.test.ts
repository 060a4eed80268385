// The ledger of operations: an operation that is registered by one entry is counted, priced, shown in a column and done for real.
import { expect, test } from 'vitest';
import { createKernels } from '../../harness/kernels/index.ts';
import { MeasuredMismatch, executeOperations } from '../../harness/measure/measured.ts';
import { equalBytes, type Job, type JobContext } from '../../harness/model/jobs.ts';
import {
  OPERATIONS,
  countColumns,
  countsOf,
  each,
  jobKind,
  operationSeconds,
  type Amounts,
  type OperationKind,
} from '../../harness/model/operations.ts';
import type { Operation, Outcome } from '../../harness/model/outcome.ts';
import { METRIC_KINDS, RECORD_COLUMNS, countColumnsOf } from '../../harness/record/columns.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import { workloads } from '../../harness/workloads.ts';
import { makeCell } from '../cells.ts';
import { costs } from '../record/fixtures.ts';
import { steppingClock } from '../support/counted.ts';

const clock = steppingClock();

/** A chain of hashes, as a delay function has: link by link, none in parallel. */
interface Chain {
  readonly kind: 'chain';
  readonly seed: Uint8Array;
  readonly links: number;
  readonly end: Uint8Array;
}
const chained = (sha256: (bytes: Uint8Array) => Uint8Array, seed: Uint8Array, links: number): Uint8Array => {
  let end = seed;
  for (let link = 0; link < links; link++) end = sha256(end);
  return end;
};
const CHAIN: OperationKind = {
  id: 'chain',
  unit: 'links',
  counts: ['links'],
  prices: [{ name: 'chain_link', kernel: 'chain-link' }],
  terms: each('links', 'chain_link'),
  column: { name: 'links_per_decision', description: 'Links of hash chains.', empty: 'for mechanisms without' },
  jobs: {
    chain: {
      count: ({ links }: Chain): Amounts => ({ links }),
      prepare({ seed, links, end }: Chain, context: JobContext): Job {
        return () => {
          if (!equalBytes(chained(context.kernels.sha256, seed, links), end)) context.fail('a chain ends elsewhere');
        };
      },
    },
  },
};
const ledger = [...OPERATIONS, CHAIN];

test('another operation is one entry: counted, priced, measured, in a column', async () => {
  const kernels = createKernels('wasm');
  const cell = makeCell(workloads.get('pbft')!, { crypto: 'measured' });
  const log = new OperationLog(() => new Uint8Array(32), ledger);
  const seed = Uint8Array.of(1, 2, 3);
  const chain = (links: number): Chain => ({ kind: 'chain', seed, links, end: chained(kernels.sha256, seed, links) });
  log.perform(chain(3));
  log.perform(chain(4));
  log.sign({ signer: 0, valid: true, encode: () => seed });
  const counts = log.counts({ messages: 1, bytes: 2 });
  expect(counts).toMatchObject({ links: 7, signs: 1 });
  expect(countsOf(log.operations!.flat(), ledger)).toEqual({ links: 7, signs: 1 });

  const prices = { ...costs.seconds, chain_link: 0.25 };
  expect(operationSeconds(counts, prices, ledger)).toBe(costs.seconds.ed25519_sign + 7 * 0.25);
  expect(countColumns(counts, 2, ledger).links_per_decision).toBe(3.5);
  expect(countColumnsOf(ledger).at(-1)).toMatchObject({ name: 'links_per_decision', unit: 'links', type: 'number' });

  const outcome = (operations: readonly (readonly Operation[])[]): Outcome => ({ divisor: 1, operations }) as unknown as Outcome;
  const run = (operations: readonly (readonly Operation[])[]): ReturnType<typeof executeOperations> =>
    executeOperations(cell, workloads.get('pbft')!, outcome(operations), kernels, { clock, operations: ledger });
  expect((await run(log.operations!)).cpu_s_per_decision).toBeGreaterThan(0);
  const wrong = { ...chain(3), links: 4 } as unknown as Operation;
  await expect(run([[wrong]])).rejects.toBeInstanceOf(MeasuredMismatch);

  log.clear();
  expect(log.counts({ messages: 0, bytes: 0 })).not.toHaveProperty('links');
});

test('an operation that no entry does is refused', () => {
  expect(() => jobKind('chain')).toThrow("no entry of the ledger of operations does 'chain'");
});

test('a write that writes less than its record fails', () => {
  const context = {
    appender: (bytes: number) => () => bytes - 1,
    fail: (what: string): never => {
      throw new Error(what);
    },
  };
  const write = jobKind('persist').prepare({ kind: 'persist', bytes: 40 } as { kind: string }, context as unknown as JobContext)!;
  expect(write).toThrow('of a record of 40 bytes 39 were written');
});

test('every entry has a unit, counts of its own, and its column among those of records and of summaries', () => {
  const counts = OPERATIONS.flatMap((kind) => [...kind.counts]);
  expect(new Set(counts).size).toBe(counts.length);
  const jobs = OPERATIONS.flatMap((kind) => Object.keys(kind.jobs));
  expect(new Set(jobs).size).toBe(jobs.length);
  for (const { unit, column } of OPERATIONS) {
    expect(unit).not.toBe('');
    if (column === null) continue;
    expect(RECORD_COLUMNS.filter(({ name }) => name === column.name)).toHaveLength(1);
    expect(METRIC_KINDS).toHaveProperty(column.name, 'positive');
  }
});
