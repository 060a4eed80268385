// Who proposes: candidates come in shuffled order and are taken with a chance in proportion to their balance (`compute_proposer_index`).
import type { Sha256 } from './shuffle.ts';

/** Balances in whole ether. `random`: by the bytes of a hash that make one draw. */
const SAMPLING = {
  phase0: { max_eth: 32n, random: 0xffn, bytes: 1 },
  electra: { max_eth: 2048n, random: 0xffffn, bytes: 2 },
} as const;
export type Sampling = keyof typeof SAMPLING;

/** effective_balance * MAX_RANDOM >= MAX_EFFECTIVE_BALANCE * draw */
export function isTaken(balance_eth: bigint, draw: bigint, sampling: Sampling): boolean {
  const { max_eth, random } = SAMPLING[sampling];
  return balance_eth * random >= max_eth * draw;
}

/** Of all draws those by which a candidate is taken, as a fraction. */
export function takenDraws(balance_eth: bigint, sampling: Sampling): { readonly draws: bigint; readonly of: bigint } {
  const { max_eth, random } = SAMPLING[sampling];
  const draws = (balance_eth * random) / max_eth + 1n;
  const of = random + 1n;
  return { draws: draws < of ? draws : of, of };
}

/** The proposer among candidates in their shuffled order, over and over. `seed`: 32 bytes. */
export function proposerOf(
  {
    seed,
    balance_eth,
    candidates,
    sampling,
  }: { seed: Uint8Array; balance_eth: (validator: number) => bigint; candidates: ArrayLike<number>; sampling: Sampling },
  sha256: Sha256,
): number {
  const { bytes } = SAMPLING[sampling];
  const perHash = 32 / bytes;
  const message = new Uint8Array(40);
  message.set(seed);
  const view = new DataView(message.buffer);
  let hash = new Uint8Array(0);
  for (let i = 0; ; i++) {
    if (i % perHash === 0) {
      view.setBigUint64(32, BigInt(i / perHash), true);
      hash = new Uint8Array(sha256(message));
    }
    const offset = (i % perHash) * bytes;
    const draw = bytes === 1 ? hash[offset] : new DataView(hash.buffer).getUint16(offset, true);
    const candidate = candidates[i % candidates.length];
    if (isTaken(balance_eth(candidate), BigInt(draw), sampling)) return candidate;
  }
}
