// Orders and deliveries under way between the merchant and its false customer, in the fast engine.
import { CLIENT } from './client.ts';
import { CHAIN_TYPE, NOTICE_BYTES } from './rules.ts';
import type { Spread } from './spread.ts';

export interface Notice {
  readonly at_us: number;
  readonly kind: 'payment' | 'delivery';
  readonly attack: number;
  /** Payment: when it was submitted. */
  readonly paid_us: number;
  /** Delivery: the work of the chain that confirms it. */
  readonly work: number;
}

export class Notices {
  /** When the next one arrives. */
  next_us = Infinity;
  private readonly list: Notice[] = [];
  private readonly spread: Spread;
  private readonly adversary: number | null;
  private readonly payment_bytes: number;

  constructor(spread: Spread, { adversary, payment_bytes }: { readonly adversary: number | null; readonly payment_bytes: number }) {
    this.spread = spread;
    this.adversary = adversary;
    this.payment_bytes = payment_bytes;
  }

  /** The adversary's payment goes to the client's node, through the wallet. */
  pay(attack: number, now_us: number): void {
    const { spread, payment_bytes: bytes } = this;
    const { wallet } = spread;
    let at_us = now_us + spread.hop({ type: CHAIN_TYPE.instruction, sequence: attack, from: this.adversary!, to: wallet, bytes });
    at_us += spread.hop({ type: CHAIN_TYPE.payment, sequence: attack, from: wallet, to: CLIENT, bytes });
    this.add({ at_us, kind: 'payment', attack, paid_us: now_us, work: 0 });
  }

  /** What was paid goes to the adversary, through the wallet. */
  deliver({ attack, paid_us, work }: Pick<Notice, 'attack' | 'paid_us' | 'work'>, now_us: number): void {
    const { spread } = this;
    const { wallet } = spread;
    const bytes = NOTICE_BYTES;
    let at_us = now_us + spread.hop({ type: CHAIN_TYPE.receipt, sequence: attack, from: CLIENT, to: wallet, bytes });
    at_us += spread.hop({ type: CHAIN_TYPE.delivery, sequence: attack, from: wallet, to: this.adversary!, bytes });
    this.add({ at_us, kind: 'delivery', attack, paid_us, work });
  }

  private add(notice: Notice): void {
    this.list.push(notice);
    if (notice.at_us < this.next_us) this.next_us = notice.at_us;
  }

  /** Takes the notice of a kind that arrives now; of several the one of the latest attack. */
  take(kind: Notice['kind'], at_us: number): Notice | null {
    let latest: Notice | null = null;
    for (let i = this.list.length - 1; i >= 0; i--) {
      const notice = this.list[i];
      if (notice.at_us !== at_us || notice.kind !== kind) continue;
      this.list.splice(i, 1);
      if (latest === null || notice.attack > latest.attack) latest = notice;
    }
    return latest;
  }

  /** All that arrives now has been taken. */
  passed(): void {
    this.next_us = this.list.reduce((least, notice) => Math.min(least, notice.at_us), Infinity);
  }
}
