// Votes over a chain in the fast engine: what they have made final at the client's node, and what was sent for them.
import { GENESIS, type Blocks } from './blocks.ts';
import type { Spread } from './spread.ts';
import type { ChainTotals, VoteInfo } from './spec.ts';

type Counted = Pick<ChainTotals, 'votes' | 'voteReceptions' | 'voteWeight' | 'voteWeightReceptions'>;
export const NO_VOTES: Counted = { votes: 0, voteReceptions: 0, voteWeight: 0, voteWeightReceptions: 0 };

export class Overlay {
  /** Votes, where they came, both by weight too, and what was sent for them: what is counted. */
  readonly counted: { -readonly [K in keyof Counted]: Counted[K] } = { ...NO_VOTES };
  messages = 0;
  bytes = 0;
  /** The last block that is final at the client's node. */
  final = GENESIS;
  /** When each height of the final block's chain became final at the client's node. */
  readonly final_us: number[] = [0];
  protected readonly blocks: Blocks;
  protected readonly spread: Spread;
  private readonly infos: VoteInfo[] = [];

  constructor(blocks: Blocks, spread: Spread) {
    this.blocks = blocks;
    this.spread = spread;
  }

  /** The vote that `spread` has just carried. */
  protected cast(vote: Omit<VoteInfo, 'receivers'>, weight: number, isCounted: boolean): void {
    const { spread } = this;
    const receivers = spread.reached(vote.voter) - 1;
    this.infos.push({ ...vote, receivers: isCounted ? receivers : 0 });
    if (!isCounted) return;
    const { counted } = this;
    counted.votes += 1;
    counted.voteReceptions += receivers;
    counted.voteWeight += weight;
    counted.voteWeightReceptions += weight * receivers;
    this.messages += spread.messages;
    this.bytes += spread.bytes;
  }

  /** Of a measured cell, by (round, voter). */
  listed(): VoteInfo[] {
    return this.infos.sort((x, y) => x.round - y.round || x.voter - y.voter);
  }

  /** Is `block` on the chain that ends with `tip`? */
  isOn(tip: number, block: number): boolean {
    const { height, parent } = this.blocks;
    let at = tip;
    while (height[at] > height[block]) at = parent[at];
    return at === block;
  }

  /** A block is final with all before it. False where that contradicts what was final. */
  finalise(block: number, at_us: number): boolean {
    const { final_us, blocks } = this;
    if (this.isOn(this.final, block)) return true;
    const follows = this.isOn(block, this.final);
    // The higher of two that contradict each other goes on.
    if (!follows && blocks.height[block] <= blocks.height[this.final]) return false;
    while (!this.isOn(block, this.final)) this.final = blocks.parent[this.final];
    final_us.length = blocks.height[this.final] + 1;
    this.final = block;
    while (final_us.length <= blocks.height[block]) final_us.push(at_us);
    return follows;
  }

  /** The highest final block of the client's chain. */
  finalHeight(tip: number): number {
    return this.isOn(tip, this.final) ? this.blocks.height[this.final] : 0;
  }
}
