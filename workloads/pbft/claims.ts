// View changes where messages carry MACs, which prove nothing to third parties: a VIEW-CHANGE claims what was prepared, pre-prepared and
// checkpointed at its sender, and what enough of them claim is chosen (M. Castro, "Practical Byzantine Fault Tolerance", MIT thesis, 2001,
// section 3.2.4, figure 3-3).
//
// Encoded after the VIEW-CHANGE's header, each list with its count u32: C as sequence number u64 | digest 32 bytes; P as sequence number u64 |
// digest 32 bytes | view u32; Q the same.
import { concat } from '../../harness/simulate/core/bytes.ts';
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import { signersWeight, type Weights } from '../../harness/simulate/core/weights.ts';
import { NO_DIGEST, NULL_DIGEST } from '../parts/messages.ts';
import type { Proposal, ViewChange } from './messages.ts';

/** A digest at a sequence number in a view. */
export interface Claim extends Proposal {
  readonly view: number;
}

export interface Claims {
  /** C: checkpoints that the sender has taken, from the stable one on; `digest` names a state. */
  readonly checkpoints: readonly Proposal[];
  /** P: what prepared here, in the highest view in which something did. */
  readonly prepared: readonly Claim[];
  /** Q: what was pre-prepared here, each digest in the highest view. */
  readonly prePrepared: readonly Claim[];
}

const CHECKPOINT_BYTES = 8 + 32;
const CLAIM_BYTES = 8 + 32 + 4;

/** Beside the header and the signature. Lists that are all empty are left out. */
export function claims_bytes({ checkpoints, prepared, prePrepared }: Claims): number {
  const claims = prepared.length + prePrepared.length;
  if (checkpoints.length + claims === 0) return 0;
  return 3 * 4 + CHECKPOINT_BYTES * checkpoints.length + CLAIM_BYTES * claims;
}

export function encodeClaims({ checkpoints, prepared, prePrepared }: Claims, digestOf: DigestOf): Uint8Array {
  const encoded = (list: readonly Proposal[], kind: 'batch' | 'state'): Uint8Array => {
    const parts = [word(list.length)];
    for (const one of list) {
      const number = new Uint8Array(8);
      new DataView(number.buffer).setBigUint64(0, BigInt(one.sequence));
      parts.push(number, kind === 'batch' && one.digest === NULL_DIGEST ? NO_DIGEST : digestOf(kind, one.digest));
      if (kind === 'batch') parts.push(word((one as Claim).view));
    }
    return concat(parts);
  };
  if (checkpoints.length + prepared.length + prePrepared.length === 0) return new Uint8Array(0);
  return concat([encoded(checkpoints, 'state'), encoded(prepared, 'batch'), encoded(prePrepared, 'batch')]);
}

function word(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

/** What correct replicas claim: above their low watermark and in their window, in views before the one that they ask for. */
export function areSane({ view, stable, claims }: ViewChange, window: number): boolean {
  const { checkpoints, prepared, prePrepared } = claims!;
  const fits = ({ sequence }: Proposal): boolean => sequence > stable && sequence <= stable + window;
  if (![...prepared, ...prePrepared].every((claim) => fits(claim) && claim.view < view)) return false;
  if (new Set(prepared.map(({ sequence }) => sequence)).size < prepared.length) return false;
  return checkpoints.every(({ sequence }) => sequence >= stable && sequence <= stable + window);
}

export interface Needs {
  readonly quorum: number;
  readonly bound: number;
  readonly weights: Weights;
}

/** What a new view begins with. */
export interface Choice {
  /** The checkpoint, and the digest of its state. */
  readonly minS: number;
  readonly state: number;
  /** Who has that state. */
  readonly source: readonly number[];
  readonly proposals: Proposal[];
}

/** The decision procedure of figure 3-3; null: more VIEW-CHANGEs are needed. */
export function select(all: readonly ViewChange[], { quorum, bound, weights }: Needs): Choice | null {
  const weigh = (holds: (one: ViewChange) => boolean): number => signersWeight(all.filter(holds), weights);
  // The checkpoint: the highest that one correct replica has, and a quorum has nothing beyond. All have begun with 0.
  let minS = 0;
  let state = NULL_DIGEST;
  let source: readonly number[] = [];
  for (const { sequence, digest } of all.flatMap(({ claims }) => claims!.checkpoints)) {
    if (sequence <= minS) continue;
    const claims = (one: ViewChange): boolean =>
      one.claims!.checkpoints.some((other) => other.sequence === sequence && other.digest === digest);
    if (weigh(claims) <= bound || weigh(({ stable }) => stable <= sequence) < quorum) continue;
    minS = sequence;
    state = digest;
    source = all.filter(claims).map(({ signer }) => signer);
  }
  if (weigh(({ stable }) => stable <= minS) < quorum) return null;
  let maxS = minS;
  for (const { claims } of all) for (const { sequence } of claims!.prepared) maxS = Math.max(maxS, sequence);
  const proposals: Proposal[] = [];
  for (let sequence = minS + 1; sequence <= maxS; sequence++) {
    const digest = selectAt(sequence);
    if (digest === null) return null;
    proposals.push({ sequence, digest });
  }
  // What nobody proves to have been prepared beyond the last that was is not proposed.
  while (proposals.at(-1)?.digest === NULL_DIGEST) proposals.pop();
  return { minS, state, source, proposals };

  function selectAt(sequence: number): number | null {
    const at = (claims: readonly Claim[]): readonly Claim[] => claims.filter((claim) => claim.sequence === sequence);
    for (const { claims } of all)
      for (const { digest, view } of at(claims!.prepared)) {
        // A1: a quorum has prepared nothing else in this view or a later one.
        const agrees = ({ stable, claims: its }: ViewChange): boolean =>
          stable < sequence && at(its!.prepared).every((other) => other.view < view || (other.view === view && other.digest === digest));
        // A2: one correct replica has pre-prepared it in this view or a later one.
        const vouches = ({ claims: its }: ViewChange): boolean =>
          at(its!.prePrepared).some((other) => other.digest === digest && other.view >= view);
        if (weigh(agrees) >= quorum && weigh(vouches) > bound) return digest;
      }
    // B: a quorum has prepared nothing.
    const none = ({ stable, claims }: ViewChange): boolean => stable < sequence && at(claims!.prepared).length === 0;
    return weigh(none) >= quorum ? NULL_DIGEST : null;
  }
}
