// Blocks that some participant of the fast engine has as its tip, now or when they arrive.
import { GENESIS, type Active, type Arrivals, type Blocks } from './blocks.ts';
import type { Ballots } from './ballots.ts';
import type { PoolDesk } from './pool.ts';
import type { ChainSpec } from './spec.ts';
import type { Spread } from './spread.ts';

export class Tips {
  /** The votes, where they have a say in the fork choice. */
  votes: Ballots | null = null;
  pool: PoolDesk | null = null;
  private readonly active: Active[];
  private readonly blocks: Blocks;
  private readonly spread: Spread;
  private readonly rank: ChainSpec['rank'];
  /** Found blocks whose stages are under way: their parents are needed when they are published. */
  private readonly staged: Arrivals;

  constructor(blocks: Blocks, spread: Spread, staged: Arrivals, { rank }: Pick<ChainSpec, 'rank'>) {
    this.blocks = blocks;
    this.rank = rank;
    this.spread = spread;
    this.staged = staged;
    this.active = [spread.take()];
  }

  add(entry: Active): void {
    this.active.push(entry);
  }

  /** When each participant accepts a block; null where everybody has it. */
  accepted_us(block: number, at_us: number): Float64Array | null {
    for (let i = this.active.length - 1; i >= 0; i--) {
      const { block: candidate, all_us, accepted_us } = this.active[i];
      if (candidate === block) return all_us > at_us ? accepted_us : null;
    }
    return null;
  }

  /** May a block be somebody's tip still? */
  has(block: number): boolean {
    return this.active.some((entry) => entry.block === block);
  }

  /** Has a block's chain at a node more weight than that of its tip, which it accepted before, or as much and a higher rank? */
  isBetter(block: number, tip: number, node: number): boolean {
    const { blocks, rank } = this;
    const more = blocks.weight[block] - blocks.weight[tip];
    return more > 0 || (more === 0 && rank !== undefined && rank(blocks.view, block, node) > rank(blocks.view, tip, node));
  }

  /** Of what a node has accepted the chain of the most weight, ties by (rank, arrival, number). */
  heaviest(node: number, at_us: number): number {
    const { active, blocks, votes, rank } = this;
    let best = -1;
    let best_us = 0;
    let most = 0;
    let highest = 0;
    for (let i = 0; i < active.length; i++) {
      const { block, accepted_us } = active[i];
      const arrived_us = accepted_us[node];
      if (arrived_us > at_us) continue;
      const weight = votes === null ? blocks.weight[block] : votes.weight(block, node, at_us);
      if (weight < most && best >= 0) continue;
      const ranked = rank === undefined ? 0 : rank(blocks.view, block, node);
      if (best >= 0 && weight === most) {
        if (ranked < highest || (ranked === highest && (arrived_us > best_us || (arrived_us === best_us && block > best)))) continue;
      }
      most = weight;
      highest = ranked;
      best = block;
      best_us = arrived_us;
    }
    return best;
  }

  /** What a block must weigh to be somebody's tip: as much as the heaviest that everybody has whom it reaches. */
  private leastWeights(at_us: number): (block: number) => number {
    const { active, blocks, votes } = this;
    const { part, parts } = this.spread.links;
    const most = new Float64Array(parts);
    for (let i = 0; i < active.length; i++) {
      const { block, all_us } = active[i];
      if (all_us > at_us || block === GENESIS) continue;
      const reached = part[blocks.publisher[block]];
      const weight = votes === null ? blocks.weight[block] : votes.leastWeight(block, at_us);
      if (weight > most[reached]) most[reached] = weight;
    }
    // The genesis block is everywhere.
    return (block) => (block === GENESIS ? most.reduce((least, weight) => Math.min(least, weight)) : most[part[blocks.publisher[block]]]);
  }

  /**
   * Lets go of blocks that can be nobody's tip any more: everybody whom they reach has accepted one of more weight. `base`: the block that
   * a withheld branch starts from, which is needed when the branch is published; -1: there is none.
   */
  settle(at_us: number, base: number): void {
    const { active, blocks, spread, votes } = this;
    if (active.length === 1) return;
    const isStaged = (block: number): boolean =>
      this.pool?.needs(block) === true || this.staged.numbers.some((staged) => blocks.parent[staged] === block);
    const least = this.leastWeights(at_us);
    let kept = 0;
    for (let i = 0; i < active.length; i++) {
      const entry = active[i];
      const weight = votes === null ? blocks.weight[entry.block] : votes.mostWeight(entry.block);
      if (weight >= least(entry.block) || entry.block === base || isStaged(entry.block)) active[kept++] = entry;
      else spread.give(entry);
    }
    while (active.length > kept) active.pop();
  }

  /** Difficulties that somebody may mine at until the next block is found. */
  difficulties(at_us: number): number[] {
    const { active, blocks } = this;
    const all: number[] = [];
    const least = this.leastWeights(at_us);
    for (const { block } of active) if (blocks.weight[block] >= least(block)) all.push(blocks.next[block]);
    for (const block of [...this.staged.numbers, ...(this.pool?.found ?? [])])
      if (blocks.weight[block] >= least(block)) all.push(blocks.next[block]);
    return all;
  }
}
