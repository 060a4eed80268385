import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyInChunks } from '../../../harness/kernels/ed25519-border.ts';
import { OperationLog, type Signed } from '../../../harness/simulate/core/operations.ts';
import type { Operation } from '../../../harness/model/outcome.ts';
import { VoteBook, type Vote } from '../../../harness/simulate/core/votes.ts';
import { holds } from '../../support/property.ts';

const noDigest = (): Uint8Array => new Uint8Array(32);
const signed = (signer: number, valid: boolean): Signed => ({ signer, valid, encode: () => Uint8Array.of(signer) });

test('a batch that fails is bisected, with the calls of the kernels', () => {
  holds(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (flags) => {
      const log = new OperationLog(noDigest);
      const valid = log.verify(flags.map((flag, i) => signed(i, flag)));
      expect(valid.map(({ signer }) => signer)).toEqual([...flags.keys()].filter((i) => flags[i]));
      const kernel = verifyInChunks(flags.length, () => ({
        holds: (from, to) => flags.slice(from, to).every(Boolean),
        valid: (index) => flags[index]!,
      }));
      const batches = [...log.batches.values()].reduce((sum, calls) => sum + calls, 0);
      expect(batches + log.verifies_single).toBe(kernel.calls);
      const [operation] = log.operations![0]!;
      expect(operation === undefined ? 0 : (operation as Extract<Operation, { kind: 'verify' }>).calls).toBe(kernel.calls);
      expect(log.verifies).toBe(flags.length);
    }),
    { seed: 9, numRuns: 500 },
  );
});

test('operations are collected by decision, and only where asked', () => {
  const log = new OperationLog(noDigest);
  log.sign(signed(1, true));
  log.nextDecision();
  log.verify([signed(1, true), signed(2, false), signed(3, true)]);
  expect(log.operations).toEqual([
    [{ kind: 'sign', signer: 1, message: Uint8Array.of(1) }],
    [
      {
        kind: 'verify',
        items: [
          { signer: 1, message: Uint8Array.of(1) },
          { signer: 2, message: Uint8Array.of(2), forged: true },
          { signer: 3, message: Uint8Array.of(3) },
        ],
        // Three together, the good first, the other two (known to be bad, so not asked), the bad, the good.
        calls: 4,
      },
    ],
  ]);
  expect(new OperationLog(null).operations).toBeUndefined();
});

describe('batches above 4096 are counted as the calls that the kernel makes', () => {
  const count = (size: number): { batches: [number, number][]; single: number } => {
    const log = new OperationLog(null);
    log.verify(Array.from({ length: size }, (_, i) => signed(i, true)));
    const counted = new OperationLog(null);
    counted.countVerifies(size, 3);
    // Both ways of counting agree.
    expect([...counted.batches].map(([part, calls]) => [part, calls / 3])).toEqual([...log.batches]);
    expect(counted.verifies_single / 3).toBe(log.verifies_single);
    return { batches: [...log.batches], single: log.verifies_single };
  };
  test.each([
    [4096, [[4096, 1]], 0],
    [4097, [[4096, 1]], 1],
    [
      4098,
      [
        [4096, 1],
        [2, 1],
      ],
      0,
    ],
    [
      10_000,
      [
        [4096, 2],
        [1808, 1],
      ],
      0,
    ],
  ])('%i signatures', (size, batches, single) => {
    expect(count(size)).toEqual({ batches, single });
    const kernel = verifyInChunks(size, () => ({ holds: () => true, valid: () => true }));
    expect(kernel.calls).toBe(batches.reduce((sum, [, calls]) => sum + calls!, 0) + single);
  });
  test('a forged one is found in its own part', () => {
    const log = new OperationLog(null);
    log.verify(Array.from({ length: 4099 }, (_, i) => signed(i, i !== 4098)));
    // 3 left over: 3 together, then 1 and the 2 that are known to hold it, singly.
    expect([...log.batches]).toEqual([
      [4096, 1],
      [3, 1],
    ]);
    expect(log.verifies_single).toBe(3);
  });
});

test('all votes that a replica received are tallied: late, double and conflicting ones; a sender counts for its first', () => {
  const log = new OperationLog(noDigest);
  const ballot = (signer: number, digest: number, sequence = 5) => ({ type: 3, view: 1, sequence, signer, digest });
  for (const vote of [ballot(0, -7), ballot(1, -7), ballot(1, -7), ballot(1, 9), ballot(2, 9)]) log.vote(4, vote);
  log.nextDecision();
  log.vote(4, ballot(3, -7));
  log.vote(2, ballot(3, -7));
  log.vote(4, ballot(3, -7, 6));
  const tally = { kind: 'tally', view: 1, phase: 3 };
  expect(log.votes).toBe(8);
  expect(log.operations).toEqual([
    [{ ...tally, sequence: 5, senders: [0, 1, 1, 1, 2, 3], digests: [0, 0, 0, 1, 1, 0], expected: [3, 1] }],
    [
      { ...tally, sequence: 5, senders: [3], digests: [0], expected: [1] },
      { ...tally, sequence: 6, senders: [3], digests: [0], expected: [1] },
    ],
  ]);
});

test('votes: distinct senders, just as many verified as the quorum needs, earliest first', () => {
  const vote = (signer: number, digest: number, valid = true): Vote => ({ ...signed(signer, valid), digest });
  const book = new VoteBook<Vote>();
  const asked: number[][] = [];
  const verify = (items: readonly Vote[]): Vote[] => {
    asked.push(items.map(({ signer }) => signer));
    return items.filter(({ valid }) => valid);
  };
  expect([vote(1, 7), vote(1, 7), vote(1, 8), vote(2, 7, false), vote(3, 9)].map((v) => book.add(v))).toEqual([
    'accepted',
    'duplicate',
    'conflicting',
    'accepted',
    'accepted',
  ]);
  book.addOwn(vote(0, 7));
  expect(book.complete(7, 3, verify)).toBe(false);
  expect(asked).toEqual([[1, 2]]);
  for (const signer of [4, 5]) book.add(vote(signer, 7));
  expect(book.complete(7, 3, verify)).toBe(true);
  // Replica 2's forgery was found out; one more was needed, and replica 5's was not looked at.
  expect(asked).toEqual([[1, 2], [4]]);
});

test('votes that a certificate proves count once, whether they had come by themselves, unchecked or checked', () => {
  const vote = (signer: number): Vote => ({ ...signed(signer, true), digest: 7 });
  const book = new VoteBook<Vote>([1, 2, 4, 8, 16]);
  for (const signer of [1, 2]) book.add(vote(signer));
  book.addOwn(vote(0));
  book.addProven([0, 1, 3].map(vote));
  expect(book.verified.map(({ signer }) => signer)).toEqual([0, 1, 3]);
  expect(book.weight).toBe(1 + 2 + 4 + 8);
  expect(book.add(vote(3))).toBe('duplicate');
  // What is left to check is replica 2's.
  expect([book.mayComplete(7, 15), book.mayComplete(7, 16)]).toEqual([true, false]);
  const asked: number[] = [];
  expect(
    book.complete(7, 15, (items) => {
      asked.push(...items.map(({ signer }) => signer));
      return items;
    }),
  ).toBe(true);
  expect(asked).toEqual([2]);
});
