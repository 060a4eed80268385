// Who is in which committee: swap-or-not (V. T. Hoang, B. Morris, P. Rogaway, CRYPTO 2012) as the consensus specifications of Ethereum use it,
// `compute_shuffled_index` and `get_beacon_committee` of phase0/beacon-chain.md.

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export const SHUFFLE_ROUND_COUNT = 90;
export const TARGET_COMMITTEE_SIZE = 128;
export const MAX_COMMITTEES_PER_SLOT = 64;
/** Positions whose bits one hash has. */
const POSITIONS_A_HASH = 256;

/** The first 8 bytes, little-endian, modulo a count below 2^53. */
function below(count: number, hash: Uint8Array): number {
  return Number(new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true) % BigInt(count));
}

function rounds(backwards: boolean): number[] {
  const ascending = Array.from({ length: SHUFFLE_ROUND_COUNT }, (_, round) => round);
  return backwards ? ascending.reverse() : ascending;
}

/** Where each of `count` positions goes. `backwards`: where it came from, which is the same with the rounds reversed. `seed`: 32 bytes. */
export function shuffled(count: number, seed: Uint8Array, sha256: Sha256, backwards = false): Uint32Array {
  const at = Uint32Array.from({ length: count }, (_, position) => position);
  if (count < 2) return at;
  const message = new Uint8Array(37);
  message.set(seed);
  const view = new DataView(message.buffer);
  const bits = new Uint8Array(32 * Math.ceil(count / POSITIONS_A_HASH));
  for (const round of rounds(backwards)) {
    message[32] = round;
    const pivot = below(count, sha256(message.subarray(0, 33)));
    for (let block = 0; block * POSITIONS_A_HASH < count; block++) {
      view.setUint32(33, block, true);
      bits.set(sha256(message), 32 * block);
    }
    for (let i = 0; i < count; i++) {
      const index = at[i];
      const flip = (pivot + count - index) % count;
      const position = Math.max(index, flip);
      if (((bits[position >> 3] >> (position & 7)) & 1) === 1) at[i] = flip;
    }
  }
  return at;
}

/** `get_committee_count_per_slot`. */
export function committeesPerSlot(validators: number, slots_per_epoch: number): number {
  const count = Math.floor(Math.floor(validators / slots_per_epoch) / TARGET_COMMITTEE_SIZE);
  return Math.max(1, Math.min(MAX_COMMITTEES_PER_SLOT, count));
}

/** The first position of committee `index` of `count`: `compute_committee`. */
export function committeeStart(validators: number, index: number, count: number): number {
  return Math.floor((validators * index) / count);
}
