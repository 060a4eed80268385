// All blocks of a run as a tree, as both engines find it.
import type { BlockTree } from '../../model/block-tree.ts';
import type { ChainRun } from './spec.ts';

/** `seen_us`: when a participant accepted a block; Infinity: never. */
export function blockTree(
  participants: readonly string[],
  { blocks, found, main }: Pick<ChainRun, 'blocks' | 'found' | 'main'>,
  seen_us: (block: number, participant: number) => number,
): BlockTree {
  const final = new Set(main);
  return {
    participants,
    blocks: Array.from({ length: found + 1 }, (_, number) => ({
      number,
      parent: number === 0 ? null : blocks.parent(number),
      height: blocks.height(number),
      finder: number === 0 ? null : blocks.miner(number),
      found_us: blocks.found_us(number),
      fate: number === 0 ? 'genesis' : final.has(number) ? 'main' : 'stale',
      first_seen_us: participants.map((_name, participant) => {
        const at_us = number === 0 ? 0 : seen_us(number, participant);
        return at_us === Infinity ? null : at_us;
      }),
    })),
  };
}
