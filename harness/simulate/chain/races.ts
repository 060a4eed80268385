// Ties that a selfish miner calls, and how much of the others' power is on its block then: gamma as it comes out of a network. Both engines.
import type { ChainSpec, RaceTotals } from './spec.ts';

export class Races implements RaceTotals {
  count = 0;
  joined = 0;
  private last: number | null = null;
  private readonly shares: Float64Array;
  private readonly adversary: number | null;
  private readonly honest: number;

  constructor({ shares, adversary }: Pick<ChainSpec, 'shares' | 'adversary'>) {
    this.shares = shares;
    this.adversary = adversary;
    this.honest = shares.reduce((sum, share, node) => (node === adversary ? sum : sum + share), 0);
  }

  /**
   * Somebody is about to find a block. `race`: the adversary's block in a tie, or null; `parentOf`: what a participant mines on. A race is looked
   * at once: what is found first settles it, or comes too late for others to hear of it.
   */
  beforeBlock(race: number | null, parentOf: (node: number) => number): void {
    if (race === null || race === this.last || this.honest <= 0) return;
    this.last = race;
    let on = 0;
    for (let node = 0; node < this.shares.length; node++)
      if (node !== this.adversary && this.shares[node] > 0 && parentOf(node) === race) on += this.shares[node];
    this.count += 1;
    this.joined += on / this.honest;
  }
}
