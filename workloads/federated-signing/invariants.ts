// What holds of correct nodes at any moment.
import { isSameBlock, type BlockMessage } from './messages.ts';
import type { FederatedState } from './mechanism.ts';
import { Signer } from './signer.ts';

/** Blocks below the last one that are looked at each time: a chain grows by fewer between two audits, and each block names the one before. */
const LOOKED_AT = 64;

/** By signer the SIGNATURE of the highest block that it was seen to have signed: whatever becomes of it, it signs no other at that height. */
export type SeenSigned = Map<number, BlockMessage>;

/** Specification, "Sign block": the height is greater than that of the last block that it has signed, before a crash, too. */
function signsTwice({ id, signed }: Pick<Signer, 'id' | 'signed'>, seen: SeenSigned): string {
  const before = seen.get(id);
  if (before !== undefined) {
    if (signed === null || signed.sequence < before.sequence)
      return `signer ${id} has signed height ${before.sequence}, and does not know of it any more`;
    if (signed.sequence === before.sequence && !isSameBlock(signed, before))
      return `signer ${id} has signed two blocks at height ${signed.sequence}`;
  }
  if (signed !== null) seen.set(id, signed);
  return '';
}

/** The rule of the specification that does not hold of these nodes; '' where all do. `seen` is kept from one audit of a run to the next. */
export function broken(states: readonly FederatedState[], seen: SeenSigned): string {
  const signers = states.filter((state) => state instanceof Signer);
  const longest = signers.reduce((chain, { chain: other }) => (other.length > chain.length ? other : chain), signers[0]?.chain ?? []);
  for (const signer of signers) {
    const { id, chain, signed, stopped, run } = signer;
    const twice = signsTwice(signer, seen);
    if (twice !== '') return twice;
    if (stopped) return `signer ${id} has seen two signed blocks at one height`;
    if (signed !== null && signed.sequence > chain.length + 1)
      return `signer ${id} has signed height ${signed.sequence} and has not executed the one before`;
    for (let index = Math.max(0, chain.length - LOOKED_AT); index < chain.length; index++) {
      const block = chain[index];
      const before = chain[index - 1] as (typeof chain)[number] | undefined;
      if (!isSameBlock(longest[index], block)) return `two blocks are executed at height ${index + 1}`;
      if (block.sequence !== index + 1) return `signer ${id} has the block of height ${block.sequence} at ${index + 1}`;
      if (before !== undefined && block.block.time_ms <= before.block.time_ms)
        return `the block of height ${index + 1} is not later than the one before`;
      if (new Set(block.proof.map(({ signer }) => signer)).size < (before?.block.quorum ?? run.rules.quorum))
        return `the block of height ${index + 1} has fewer signatures than the one before says`;
    }
  }
  return '';
}
