// View changes with MACs, whose claims nobody can prove: M. Castro, "Practical Byzantine Fault Tolerance", MIT thesis, 2001, section 3.2.4.
import { describe, expect, test } from 'vitest';
import { claims_bytes, encodeClaims, select, type Claim, type Claims } from '../../../workloads/pbft/claims.ts';
import { ViewChange } from '../../../workloads/pbft/messages.ts';
import { NULL_DIGEST, digestOf } from '../../../workloads/parts/messages.ts';

const NEEDS = { quorum: 3, bound: 1, weights: null };
const [a, b] = [digestOf(1), digestOf(2)];
const at = (digest: number, view: number, sequence = 1): Claim => ({ sequence, digest, view });
function claims(signer: number, { stable = 0, ...said }: Partial<Claims> & { stable?: number } = {}): ViewChange {
  const all: Claims = { checkpoints: [], prepared: [], prePrepared: [], ...said };
  return new ViewChange({ view: 9, signer, stable, checkpointProof: [], prepared: [], claims: all, authenticator_bytes: 30 });
}

describe('the decision procedure of figure 3-3', () => {
  test('A: what prepared at one correct replica is chosen: a quorum has prepared nothing later, and f + 1 have pre-prepared it', () => {
    const prepared = claims(0, { prepared: [at(a, 2)], prePrepared: [at(a, 2)] });
    const prePrepared = claims(1, { prePrepared: [at(a, 2)] });
    expect(select([prepared, prePrepared, claims(2)], NEEDS)).toMatchObject({ minS: 0, proposals: [{ sequence: 1, digest: a }] });
  });

  test('A2: what a liar alone claims to have prepared is not chosen, and null takes its place once a quorum has nothing there', () => {
    const liar = claims(0, { prepared: [at(b, 8)], prePrepared: [at(b, 8)] });
    expect(select([liar, claims(1), claims(2)], NEEDS)).toBeNull();
    expect(select([liar, claims(1), claims(2), claims(3)], NEEDS)).toMatchObject({ proposals: [] });
  });

  test('A1: of two that prepared in different views the later one is chosen', () => {
    const all = [
      claims(0, { prepared: [at(a, 1)], prePrepared: [at(a, 1), at(b, 3)] }),
      claims(1, { prepared: [at(b, 3)], prePrepared: [at(b, 3)] }),
      claims(2, { prePrepared: [at(a, 1)] }),
    ];
    expect(select(all, NEEDS)).toMatchObject({ proposals: [{ sequence: 1, digest: b }] });
  });

  test('B: a gap below something prepared becomes the null request', () => {
    const all = [claims(0, { prepared: [at(a, 1, 2)], prePrepared: [at(a, 1, 2)] }), claims(1, { prePrepared: [at(a, 1, 2)] }), claims(2)];
    expect(select(all, NEEDS)!.proposals).toEqual([
      { sequence: 1, digest: NULL_DIGEST },
      { sequence: 2, digest: a },
    ]);
  });

  test('the checkpoint is the highest that f + 1 claim and a quorum is not beyond', () => {
    const state = { sequence: 4, digest: 77 };
    const both = [claims(0, { checkpoints: [state] }), claims(1, { checkpoints: [state] }), claims(2)];
    expect(select(both, NEEDS)).toMatchObject({ minS: 4, state: 77, source: [0, 1] });
    const liar = [claims(0, { checkpoints: [{ sequence: 8, digest: 5 }] }), claims(1), claims(2)];
    expect(select(liar, NEEDS)).toMatchObject({ minS: 0, source: [] });
  });
});

test('the encoding has the size that is counted', () => {
  const all: Claims = {
    checkpoints: [{ sequence: 4, digest: 77 }],
    prepared: [at(a, 1, 5)],
    prePrepared: [at(a, 1, 5), at(NULL_DIGEST, 2, 6)],
  };
  expect(encodeClaims(all, () => new Uint8Array(32))).toHaveLength(claims_bytes(all));
});
