// Rules of a pool that both engines of chains apply. docs/chains.md states them.
import { inSpan } from './rules.ts';
import type { ChainSpec, Pool } from './spec.ts';

/** All members but the operator, ascending. */
export function othersOf({ members, guest }: Pick<Pool, 'members' | 'guest'>): number[] {
  const others: number[] = [];
  for (let node = 1; node < members.length; node++) if (members[node] === 1 || node === guest?.participant) others.push(node);
  return others;
}

/** Does a participant mine in the pool, whose round has so many shares? */
export function minesInPool(
  { members, guest }: Pick<Pool, 'members' | 'guest'>,
  span: ChainSpec['faultSpan'],
  { node, at_us, round }: { node: number; at_us: number; round: number },
): boolean {
  if (node !== guest?.participant) return members[node] === 1;
  return !inSpan(span, at_us) || guest.mines(round);
}

export function withholds({ guest }: Pick<Pool, 'guest'>, span: ChainSpec['faultSpan'], { node, at_us }: { node: number; at_us: number }) {
  return node === guest?.participant && guest.withholds && inSpan(span, at_us);
}
