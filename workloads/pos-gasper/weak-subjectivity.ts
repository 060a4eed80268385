// How old a checkpoint may be that a node begins from: `compute_weak_subjectivity_period` of phase0/weak-subjectivity.md, in whole ether.

const MIN_VALIDATOR_WITHDRAWABILITY_DELAY = 256n;
const MIN_PER_EPOCH_CHURN_LIMIT = 4n;
const CHURN_LIMIT_QUOTIENT = 65_536n;
const MAX_DEPOSITS = 16n;
const SLOTS_PER_EPOCH = 32n;
const MAX_EFFECTIVE_BALANCE_eth = 32n;
/** In percent. */
const SAFETY_DECAY = 10n;

/** Epochs, for so many active validators of an average balance. */
export function weakSubjectivityPeriod(validators: bigint, balance_eth: bigint): bigint {
  const churn = validators / CHURN_LIMIT_QUOTIENT;
  const delta = churn > MIN_PER_EPOCH_CHURN_LIMIT ? churn : MIN_PER_EPOCH_CHURN_LIMIT;
  const topUps = MAX_DEPOSITS * SLOTS_PER_EPOCH;
  const [N, t, T, D] = [validators, balance_eth, MAX_EFFECTIVE_BALANCE_eth, SAFETY_DECAY];
  if (T * (200n + 3n * D) >= t * (200n + 12n * D))
    return MIN_VALIDATOR_WITHDRAWABILITY_DELAY + (3n * N * D * t) / (200n * topUps * (T - t));
  const epochsForChurn = (N * (t * (200n + 12n * D) - T * (200n + 3n * D))) / (600n * delta * (2n * t + T));
  const epochsForTopUps = (N * (200n + 3n * D)) / (600n * topUps);
  return MIN_VALIDATOR_WITHDRAWABILITY_DELAY + (epochsForChurn > epochsForTopUps ? epochsForChurn : epochsForTopUps);
}
