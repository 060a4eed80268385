// Casper FFG on a chain: what `process_justification_and_finalization` of phase0/beacon-chain.md makes of the attestations that its blocks carry.

/** An epoch, and the last block of a chain that is not after its first slot. */
export interface Checkpoint {
  readonly epoch: number;
  readonly block: number;
}

/** Of a chain in an epoch. */
export interface Finality {
  readonly epoch: number;
  /** Which of the last four epochs were justified when this one began, the one before it first. */
  readonly bits: readonly boolean[];
  readonly previous: Checkpoint;
  readonly current: Checkpoint;
  readonly finalized: Checkpoint;
  /** Weight of the attestations that it carries for the checkpoint of this epoch, and of the one before. */
  readonly target: number;
  readonly previousTarget: number;
}

/**
 * Runs begin where the network has long been running: all epochs before the first one were justified, by the genesis block. So the first blocks
 * wait for finality as long as all others.
 */
export const BEFORE_FIRST: Finality = {
  epoch: 0,
  bits: [true, true, true, true],
  previous: { epoch: -2, block: 0 },
  current: { epoch: -1, block: 0 },
  finalized: { epoch: -2, block: 0 },
  target: 0,
  previousTarget: 0,
};

/** At least two thirds: exactly two thirds justify. */
export function justifies(target: number, total: number): boolean {
  return 3 * target >= 2 * total;
}

/** The epoch ends. `checkpointOf`: the chain's checkpoint of an epoch. */
export function nextEpoch(state: Finality, total: number, checkpointOf: (epoch: number) => Checkpoint): Finality {
  const { epoch, previous, current, target, previousTarget } = state;
  const bits = [false, ...state.bits.slice(0, 3)];
  let justified = current;
  let { finalized } = state;
  if (justifies(previousTarget, total)) {
    justified = checkpointOf(epoch - 1);
    bits[1] = true;
  }
  if (justifies(target, total)) {
    justified = checkpointOf(epoch);
    bits[0] = true;
  }
  const all = (from: number, to: number): boolean => bits.slice(from, to).every(Boolean);
  // The second, third and fourth most recent epochs are justified, the second with the fourth as its source; and so on.
  if (all(1, 4) && previous.epoch + 3 === epoch) finalized = previous;
  if (all(1, 3) && previous.epoch + 2 === epoch) finalized = previous;
  if (all(0, 3) && current.epoch + 2 === epoch) finalized = current;
  if (all(0, 2) && current.epoch + 1 === epoch) finalized = current;
  return { epoch: epoch + 1, bits, previous: current, current: justified, finalized, target: 0, previousTarget: target };
}
