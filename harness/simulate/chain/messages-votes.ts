// Votes of a committee message by message: the readable twin of ballots.ts. The rules: docs/chains.md.
import { voteRound } from './rules.ts';
import { GENESIS, type Block, type Participant } from './messages-lotteries.ts';
import { VoteRelay, makeFinal, type VoteDesk } from './messages-vote-relay.ts';
import type { ChainSpec, Committee } from './spec.ts';

const CLIENT = 0;

export class Votes extends VoteRelay {
  private readonly committee: Committee;

  constructor(spec: ChainSpec, committee: Committee, desk: VoteDesk, asksAgain_us: number | null) {
    super(spec, committee, desk, asksAgain_us);
    this.committee = committee;
  }

  protected override came(self: Participant): void {
    this.desk.chooseLater(self);
  }

  private targetOf(tip: Block): Block {
    return this.desk.block(this.committee.target(this.desk.view, tip.number));
  }

  /** It has just accepted its tip: it votes on the target if it is a member, once a round. */
  look(self: Participant, now_us: number): void {
    const { committee, desk } = this;
    const block = this.targetOf(self.tip);
    if (block === GENESIS || self.id === this.spec.adversary) return;
    const weight = committee.weights(desk.view, block.number)[self.id] ?? 0;
    const round = voteRound(committee, desk.view, block.number);
    if (weight === 0 || self.votes.lastRound >= round) return;
    self.votes.lastRound = round;
    this.send(self, { block, round, voter: self.id, weight, cast_us: now_us });
  }

  private hasQuorum(self: Participant, block: Block): boolean {
    const weights = Array.from(this.committee.weights(this.desk.view, block.number));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return 3 * (self.votes.weights.get(block.number) ?? 0) > 2 * total;
  }

  /** The tip by votes: the height of the last block with a quorum here counts. */
  best(self: Participant): Block {
    const ranked = [...self.accepted.values()].map(({ block, at_us }) => {
      let target = this.targetOf(block);
      while (target !== GENESIS && !this.hasQuorum(self, target)) target = this.targetOf(target.parent!);
      return { block, at_us, weight: this.committee.weigh!(block.weight, target.height) };
    });
    const rank = (block: Block): number => this.spec.rank?.(this.desk.view, block.number, self.id) ?? 0;
    ranked.sort((x, y) => y.weight - x.weight || rank(y.block) - rank(x.block) || x.at_us - y.at_us || x.block.number - y.block.number);
    return ranked[0].block;
  }

  /** At the client's node: blocks that have a quorum by now are final. */
  finalise(self: Participant, now_us: number): void {
    if (self.id !== CLIENT) return;
    const { client, votes } = self;
    const reached = [...votes.weights.keys()]
      .filter((number) => !client.quorums.has(number))
      .map((number) => self.accepted.get(number)!.block)
      .filter((block) => this.hasQuorum(self, block))
      .sort((x, y) => x.number - y.number);
    for (const block of reached) {
      client.quorums.add(block.number);
      makeFinal(self, block, now_us);
    }
  }
}
