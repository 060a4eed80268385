// What rules that look at the past keep of a chain, block by block, instead of walking back each time.
import type { BlockView } from './spec.ts';

/**
 * The state of the chain up to a block, made from that up to its parent (`first`: of the genesis block). Each run's states are worked out
 * once, and kept as long as its blocks are.
 */
export function alongChain<S>(first: S, next: (before: S, block: number, blocks: BlockView) => S): (blocks: BlockView, block: number) => S {
  const runs = new WeakMap<BlockView, S[]>();
  return (blocks, block) => {
    let states = runs.get(blocks);
    if (states === undefined) runs.set(blocks, (states = [first]));
    const missing: number[] = [];
    for (let at = block; states[at] === undefined; at = blocks.parent(at)) missing.push(at);
    for (let i = missing.length - 1; i >= 0; i--) states[missing[i]] = next(states[blocks.parent(missing[i])], missing[i], blocks);
    return states[block];
  };
}
