// Members of a pool that are after the income of others.
import type { PoolGuest } from '../../harness/simulate/chain/spec.ts';
import type { FaultKind } from '../../harness/model/fault.ts';

/** By fault kind; null: such a kind brings none. `threshold_shares`: where a hopper leaves. */
export function guestOf(kind: FaultKind, participant: number, threshold_shares: number): PoolGuest | null {
  if (kind === 'pool-hopping')
    return { participant, name: 'hopper', mines: (roundShares) => roundShares < threshold_shares, withholds: false };
  if (kind === 'block-withholding') return { participant, name: 'withholder', mines: () => true, withholds: true };
  return null;
}
