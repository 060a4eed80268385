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
