// The client's node in the fast engine: its chain, what it takes for final, and the payment that it watches as a merchant.
import { GENESIS, type Blocks } from './blocks.ts';
import type { ChainLoad } from './load.ts';
import type { Overlay } from './overlay.ts';
import type { ChainSpec } from './spec.ts';
import type { Tips } from './tips.ts';

export const CLIENT = 0;

export class ClientNode {
  tip = GENESIS;
  /** Reorganisations that removed what it takes for final; and those of them onto a branch of the adversary's. */
  finalRemoved = 0;
  reversals = 0;
  /** The last payment that it was told of, and when that was submitted: blocks found later confirm it. */
  payment = 0;
  paid_us = Infinity;
  paymentConfirmations = 0;
  delivered = true;
  private readonly spec: ChainSpec;
  private readonly blocks: Blocks;
  private readonly tips: Tips;
  private readonly overlay: Overlay | null;
  private readonly load: ChainLoad | null;
  private readonly note: (at_us: number, text: string) => void;

  constructor(
    spec: ChainSpec,
    parts: { blocks: Blocks; tips: Tips; overlay: Overlay | null; load: ChainLoad | null; note: (at_us: number, text: string) => void },
  ) {
    this.spec = spec;
    this.blocks = parts.blocks;
    this.tips = parts.tips;
    this.overlay = parts.overlay;
    this.load = parts.load;
    this.note = parts.note;
  }

  isPaid(payment: number, paid_us: number): void {
    if (payment <= this.payment) return;
    this.payment = payment;
    this.paid_us = paid_us;
    this.delivered = false;
    this.paymentConfirmations = this.countConfirmations();
  }

  /** It has blocks, a parent before its child: most work, then rank, then first seen. */
  choose(come: readonly number[], at_us: number): void {
    const { tips } = this;
    if (tips.votes !== null) this.adopt(tips.heaviest(CLIENT, at_us), at_us);
    else for (const block of come) if (tips.isBetter(block, this.tip, CLIENT)) this.adopt(block, at_us);
  }

  adopt(block: number, at_us: number): void {
    const { blocks, overlay } = this;
    const old = this.tip;
    if (block === old) return;
    this.load?.adopt(block, at_us);
    this.tip = block;
    if (blocks.parent[block] === old) {
      if (blocks.found_us[block] > this.paid_us) this.paymentConfirmations += 1;
      return;
    }
    let x = old;
    let y = block;
    let branch = block;
    while (x !== y) {
      if (blocks.height[x] >= blocks.height[y]) {
        x = blocks.parent[x]!;
      } else {
        branch = y;
        y = blocks.parent[y]!;
      }
    }
    const removed = blocks.height[old] - blocks.height[x];
    this.note(at_us, `reorganises from block ${old} to ${block}: ${removed} removed`);
    // The lowest removed block had `removed` confirmations.
    const wasFinal = overlay === null ? removed >= this.spec.merchantConfirmations : overlay.finalHeight(old) > blocks.height[x];
    if (wasFinal) {
      this.finalRemoved += 1;
      if (blocks.miner[branch] === this.spec.adversary) this.reversals += 1;
    }
    this.paymentConfirmations = this.countConfirmations();
  }

  /** Blocks at the end of its chain that were found after the payment: the first of them contains it. */
  private countConfirmations(): number {
    let count = 0;
    for (let block = this.tip; this.blocks.found_us[block] > this.paid_us; block = this.blocks.parent[block]!) count += 1;
    return count;
  }

  get isPaymentFinal(): boolean {
    const { overlay, paymentConfirmations, tip } = this;
    if (overlay === null) return paymentConfirmations >= this.spec.merchantConfirmations;
    const height = this.blocks.height[tip] - paymentConfirmations + 1;
    return paymentConfirmations > 0 && overlay.finalHeight(tip) >= height;
  }
}
