// What holds of correct replicas at any moment: what the paper's proofs of safety (section 4.2, appendix B) rest on.
import type { Block } from './blocks.ts';
import type { Replica } from './replica.ts';

/** Remembers what replicas have done since they came up, where somebody looks at it. */
export class Watch {
  /** The first thing that does not hold; '': all does. */
  found = '';
  /** null: nobody looks. */
  readonly #nodes: { voted: Map<string, Block>; locked: number }[] | null;

  constructor(nodes: number | null) {
    this.#nodes = nodes === null ? null : Array.from({ length: nodes }, () => ({ voted: new Map<string, Block>(), locked: -1 }));
  }

  /** A correct replica votes. */
  voted(node: number, type: number, block: Block): void {
    if (this.#nodes === null) return;
    const { voted } = this.#nodes[node];
    const key = `${type} ${block.view}`;
    const before = voted.get(key) ?? block;
    if (before !== block) this.found ||= `replica ${node} votes twice in a phase of view ${block.view}`;
    voted.set(key, before);
  }
  /** It is up again: what was under way, it has not said. */
  recovered(node: number): void {
    if (this.#nodes !== null) this.#nodes[node] = { voted: new Map(), locked: -1 };
  }
  /** It locks a block. */
  locked(node: number, { view }: Block): void {
    if (this.#nodes === null) return;
    const of = this.#nodes[node];
    if (view < of.locked) this.found ||= `replica ${node} is locked on a block of view ${view} after one of view ${of.locked}`;
    of.locked = view;
  }
}

/** What does not hold of these replicas; '' where all does. */
export function broken(replicas: readonly Replica[]): string {
  const certified = new Map<number, Block>();
  const decided = new Map<number, Block>();
  for (const { id, high, locked, executed, decisions, run } of replicas) {
    if (run.watch.found !== '') return run.watch.found;
    for (const block of [high.block, locked]) {
      if ((certified.get(block.view) ?? block) !== block) return `two blocks of view ${block.view} have certificates`;
      certified.set(block.view, block);
    }
    if (locked.view > high.view) return `replica ${id} is locked on a block above the highest certificate that it knows`;
    if (executed.height > 0 && !high.block.extends(executed) && high.view > executed.view)
      return `the block of view ${high.view} has a certificate and is not on the branch of what replica ${id} has executed`;
    for (const { block } of decisions.all()) {
      const { height } = block;
      if ((decided.get(height) ?? block) !== block) return `two blocks are decided at height ${height}`;
      decided.set(height, block);
    }
  }
  return '';
}
