// Attestations message by message: the readable twin of attesting.ts. Every node has a timer for the begin of a slot, and for when its votes are
// due. The rules: docs/chains.md.
import { slotDuties } from './rules.ts';
import type { Block, Participant } from './messages-lotteries.ts';
import { VoteRelay, keyOf, makeFinal, type VoteDesk, type VoteMessage } from './messages-vote-relay.ts';
import type { Attestation, Attestations, AttestedEnding, ChainSpec, ForkChoice, NodeView } from './spec.ts';
import type { Outbox } from '../messages/engine.ts';

const CLIENT = 0;
const TIMER = 'duty';

export class AttestingVotes extends VoteRelay {
  private readonly attesting: Attestations;
  private readonly attestations: Attestation[] = [];
  private readonly choice: ForkChoice;

  constructor(spec: ChainSpec, rules: Attestations, desk: VoteDesk, asksAgain_us: number | null) {
    super(spec, rules, desk, asksAgain_us);
    this.attesting = rules;
    this.choice = rules.start({ blocks: desk.view, attestations: this.attestations });
  }

  /** Votes count from the next slot on: nothing is chosen by one that comes. */
  protected override came(): void {}

  private viewOf(self: Participant): NodeView {
    return {
      accepted_us: (block) => self.accepted.get(block)?.at_us ?? Infinity,
      knows: (attestation) => {
        const { slot, voter } = this.attestations[attestation];
        return self.votes.accepted.has(keyOf(slot, voter));
      },
    };
  }

  get ending(): AttestedEnding {
    return this.choice.ending;
  }

  found(self: Participant, block: Block): void {
    this.choice.found(block.number, this.viewOf(self));
  }
  head(self: Participant, now_us: number): Block {
    return this.desk.block(this.choice.head(this.viewOf(self), now_us));
  }
  /** What its chain says is final, at the client's node. */
  finalise(self: Participant, now_us: number): void {
    if (self.id === CLIENT) makeFinal(self, this.desk.block(this.choice.final(self.tip.number, now_us)), now_us);
  }

  awaitDuty(now_us: number, out: Outbox<VoteMessage>): void {
    for (const { at_us } of slotDuties(this.spec, this.attesting)) {
      if (at_us <= now_us) continue;
      out.setTimer(TIMER, at_us - now_us);
      return;
    }
  }
  isDuty(timer: string): boolean {
    return timer === TIMER;
  }

  /** It votes on its tip if that is due, and if it has a vote. */
  vote(self: Participant, now_us: number): void {
    const { lottery } = this.spec;
    if (lottery.kind !== 'slots') return;
    const slot = Math.floor(now_us / lottery.slot_us);
    if (now_us !== slot * lottery.slot_us + this.attesting.due_us) return;
    const weight = this.attesting.weights(slot)[self.id] ?? 0;
    if (weight === 0) return;
    const block = this.head(self, now_us);
    this.attestations.push({ slot, voter: self.id, weight, block: block.number });
    this.send(self, { block, round: slot, voter: self.id, weight, cast_us: now_us });
  }
}
