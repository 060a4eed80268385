import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyInChunks } from '../../harness/kernels/ed25519-border.ts';
import { OperationLog, type Signed } from '../../harness/simulate/operations.ts';
import { VoteBook, type Vote } from '../../harness/simulate/votes.ts';
import { holds } from '../support/property.ts';

const signed = (signer: number, valid: boolean): Signed => ({ signer, valid, encode: () => Uint8Array.of(signer) });

test('a batch that fails is bisected, with the calls of the kernels', () => {
  holds(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (flags) => {
      const log = new OperationLog(false);
      const valid = log.verify(flags.map((flag, i) => signed(i, flag)));
      expect(valid.map(({ signer }) => signer)).toEqual([...flags.keys()].filter((i) => flags[i]));
      const kernel = verifyInChunks(flags.length, () => ({
        holds: (from, to) => flags.slice(from, to).every(Boolean),
        valid: (index) => flags[index]!,
      }));
      const batches = [...log.batches.values()].reduce((sum, calls) => sum + calls, 0);
      expect(batches + log.verifies_single).toBe(kernel.calls);
      expect(log.verifies).toBe(flags.length);
    }),
    { seed: 9, numRuns: 500 },
  );
});

test('operations are collected by decision, and only where asked', () => {
  const log = new OperationLog(true);
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
          { signer: 3, message: Uint8Array.of(3) },
        ],
        batch: true,
      },
    ],
  ]);
  expect(new OperationLog(false).operations).toBeUndefined();
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
