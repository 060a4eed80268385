// What a validator must not do, and what it costs: `is_slashable_attestation_data` and penalties of the consensus specifications.

/** Epochs of an attestation, and what it is on. */
export interface AttestationData {
  readonly source: number;
  readonly target: number;
  /** Equal where all data are equal. */
  readonly root: string;
}

/** Two different votes for one target epoch, or one that surrounds the other. */
export function isSlashable(first: AttestationData, second: AttestationData): boolean {
  const isDouble = first.root !== second.root && first.target === second.target;
  const surrounds = first.source < second.source && second.target < first.target;
  return isDouble || surrounds;
}

/** Two votes of one validator that prove it guilty, of all that it has made; null: there are none. */
export function slashablePair(votes: readonly AttestationData[]): readonly [AttestationData, AttestationData] | null {
  const firstOf = new Map<number, AttestationData>();
  // Of the votes from sources before this one's the one that reaches farthest: what surrounds anything at all surrounds by that.
  let farthest: AttestationData | null = null;
  let ofSource: AttestationData | null = null;
  for (const vote of [...votes].sort((x, y) => x.source - y.source)) {
    if (ofSource !== null && ofSource.source < vote.source) {
      if (farthest === null || ofSource.target > farthest.target) farthest = ofSource;
      ofSource = null;
    }
    if (ofSource === null || vote.target > ofSource.target) ofSource = vote;
    const first = firstOf.get(vote.target);
    if (first === undefined) firstOf.set(vote.target, vote);
    for (const other of [first, farthest]) if (other && isSlashable(other, vote)) return [other, vote];
  }
  return null;
}

export type Fork = 'phase0' | 'altair' | 'bellatrix' | 'electra';
const MIN_SLASHING_PENALTY_QUOTIENT: Readonly<Record<Fork, bigint>> = { phase0: 128n, altair: 64n, bellatrix: 32n, electra: 4096n };
const PROPORTIONAL_SLASHING_MULTIPLIER: Readonly<Record<Fork, bigint>> = { phase0: 1n, altair: 2n, bellatrix: 3n, electra: 3n };

/** Taken at once; in the unit of the balance. */
export function initialPenalty(effectiveBalance: bigint, fork: Fork): bigint {
  return effectiveBalance / MIN_SLASHING_PENALTY_QUOTIENT[fork];
}

/** Taken half of 8192 epochs later, by all that was slashed with it: everything from a third (Bellatrix) on. Before the rounding to whole increments. */
export function correlationPenalty(effectiveBalance: bigint, slashed: bigint, total: bigint, fork: Fork): bigint {
  const adjusted = slashed * PROPORTIONAL_SLASHING_MULTIPLIER[fork];
  return (effectiveBalance * (adjusted < total ? adjusted : total)) / total;
}
