// What an adversary does with the blocks that it finds. Both engines tell one of these what happens and do what it asks for; blocks
// are numbers. The rules in words: docs/chains.md.
import { inSpan } from './rules.ts';
import type { ChainSpec } from './spec.ts';

/** What an adversary knows, and what it can have done. */
export interface AdversaryDesk {
  /** The best public block that it knows. */
  readonly publicTip: number;
  work(block: number): number;
  height(block: number): number;
  parent(block: number): number;
  /** Sends blocks that it found to its peers, a parent before its child. */
  publish(blocks: readonly number[], at_us: number): void;
  /** Submits a payment to the merchant, through a wallet in its region. */
  pay(attack: number, at_us: number): void;
  /** Calls `alarm` then, after everything else in that microsecond. */
  setAlarm(at_us: number): void;
  /** One more attack has ended. */
  attackEnded(at_us: number): void;
  /** A line of the transcript. */
  note(at_us: number, text: string): void;
}

/** An adversary in a run. It handles each event in no time. */
export interface Adversary {
  /** The block that it mines on; null: the public tip. */
  readonly branch: number | null;
  /** The public block that its withheld branch begins at; null where it has no branch of its own. */
  readonly base: number | null;
  /** A block of its own that is public and level with one of others, while it races; null or absent: none. */
  readonly race?: number | null;
  /** It has a block whole that it has found on what was then `branch` or, without one, the public tip. */
  found(block: number, at_us: number): void;
  /** Blocks came (the public tip may have changed), or a delivery. */
  heard(at_us: number): void;
  /** The merchant delivers what was paid in this attack; `work` is that of the chain that confirms it. Then `heard` is called. */
  delivered(attack: number, work: number): void;
  alarm(at_us: number): void;
}

export interface Strategy {
  /** What it comes to where the merchant waits for ever, as the end of a sentence about the merchant. */
  readonly withoutDelivery: string;
  /** It pays nobody: attacks and reversals do not apply. */
  readonly paysNobody?: true;
  start(desk: AdversaryDesk, spec: ChainSpec): Adversary;
}

/** It publishes what it finds. */
export const PUBLISH: Strategy = {
  withoutDelivery: ', and the adversary attacks nobody',
  start: (desk) => ({
    branch: null,
    base: null,
    found: (block, at_us) => desk.publish([block], at_us),
    heard: nothing,
    delivered: nothing,
    alarm: nothing,
  }),
};

/** It pays a merchant and withholds a branch that reverses the payment. */
export const DOUBLE_SPEND: Strategy = { withoutDelivery: '', start: (desk, spec) => new DoubleSpend(desk, spec) };

/** It never builds on an honest block, and publishes its own branch whenever that has the most work. */
export const EXCLUDE: Strategy = {
  withoutDelivery: ', and the adversary keeps the blocks of others out',
  start: (desk, spec) => new Exclusion(desk, spec),
};

/**
 * I. Eyal, E. G. Sirer, "Majority is not enough: Bitcoin mining is vulnerable", 2014, algorithm 1. With half of the power and more its lead
 * would grow for ever, and all of it stay unpublished: it keeps the blocks of others out instead.
 */
export const SELFISH: Strategy = {
  withoutDelivery: ', and the adversary mines selfishly',
  paysNobody: true,
  start: (desk, spec) => (spec.adversaryShare < 0.5 ? new Selfish(desk, spec) : new Exclusion(desk, spec)),
};

function nothing(): void {}

/** A branch that nobody has seen the end of. */
abstract class Withholding {
  branch: number | null = null;
  base: number | null = null;
  /** The withheld blocks. */
  protected secret: number[] = [];
  /** Blocks that it will never publish: nothing that is built on one counts. */
  private readonly dropped = new Set<number>();
  protected readonly desk: AdversaryDesk;
  protected readonly spec: ChainSpec;

  constructor(desk: AdversaryDesk, spec: ChainSpec) {
    this.desk = desk;
    this.spec = spec;
  }

  found(block: number, at_us: number): void {
    const first = this.branch === null;
    // Its stages took so long that it mines on another by now, or gave up what it is built on.
    if (first ? this.dropped.has(this.desk.parent(block)) : this.desk.parent(block) !== this.branch) {
      this.dropped.add(block);
      return;
    }
    // Outside the fault's span it begins nothing.
    if (first && !inSpan(this.spec.faultSpan, at_us)) {
      this.desk.publish([block], at_us);
      return;
    }
    if (first) {
      this.base = this.desk.parent(block);
      this.secret = [];
    }
    this.secret.push(block);
    this.branch = block;
    if (first) this.began(at_us);
    else this.heard(at_us);
  }

  abstract heard(at_us: number): void;
  protected abstract began(at_us: number): void;

  protected get lead(): number {
    return this.desk.work(this.branch!) - this.desk.work(this.desk.publicTip);
  }

  /**
   * It is further behind than `giveUpDeficit_blocks`: in blocks, or in work by what the public chain's blocks since its branch's base weigh. A branch
   * whose own blocks have become easy keeps up in blocks for ever. Half a block more of work: sums of equal weights may be wrong by roundings.
   */
  protected get isHopeless(): boolean {
    const { desk } = this;
    const { publicTip } = desk;
    const most = this.spec.giveUpDeficit_blocks;
    if (desk.height(publicTip) - desk.height(this.branch!) > most) return true;
    const blocks = desk.height(publicTip) - desk.height(this.base!);
    if (blocks <= 0) return false;
    const each = (desk.work(publicTip) - desk.work(this.base!)) / blocks;
    return -this.lead > (most + 0.5) * each;
  }

  protected publishBranch(at_us: number): void {
    const { desk, secret } = this;
    desk.note(at_us, `publishes its ${secret.length} blocks up to ${this.branch}`);
    this.secret = [];
    desk.publish(secret, at_us);
  }

  protected giveUp(at_us: number): void {
    this.desk.note(at_us, `gives its ${this.secret.length} blocks up`);
    this.seek();
  }

  protected seek(): void {
    for (const block of this.secret) this.dropped.add(block);
    this.secret = [];
    this.branch = null;
    this.base = null;
  }
}

/** It waits for a first block, then (in slots) for rivals of it, pays, and then waits for its branch to win. */
class DoubleSpend extends Withholding implements Adversary {
  private attacking = false;
  private attack = 0;
  private shipped = false;
  /** The public chain's work as the merchant's delivery tells, often before its last block comes. */
  private toldWork = 0;

  protected began(at_us: number): void {
    const { lottery } = this.spec;
    // A rival of the same slot is heard of before the next.
    if (lottery.kind === 'slots' && lottery.slot_us > 1) this.desk.setAlarm(at_us + lottery.slot_us - 1);
    else this.alarm(at_us);
  }

  /** Pays if the withheld block is still ahead of what it has seen. */
  alarm(at_us: number): void {
    if (this.lead <= 0) {
      this.seek();
      return;
    }
    this.attacking = true;
    this.attack += 1;
    this.shipped = false;
    this.desk.note(at_us, `holds block ${this.branch} back and submits payment ${this.attack}`);
    this.desk.pay(this.attack, at_us);
  }

  delivered(attack: number, work: number): void {
    if (attack !== this.attack || !this.attacking) return;
    this.shipped = true;
    this.toldWork = work;
  }

  heard(at_us: number): void {
    if (!this.attacking) return;
    const { desk } = this;
    if (this.shipped && desk.work(this.branch!) > Math.max(desk.work(desk.publicTip), this.toldWork)) {
      this.publishBranch(at_us);
      this.seek();
    } else if (this.isHopeless) {
      this.giveUp(at_us);
    } else {
      return;
    }
    this.attacking = false;
    desk.attackEnded(at_us);
  }
}

/** Its branch goes on after it was published, and is built on whatever the others do. */
class Exclusion extends Withholding implements Adversary {
  protected began(at_us: number): void {
    this.heard(at_us);
  }

  heard(at_us: number): void {
    if (this.branch === null) return;
    if (this.secret.length > 0 && this.lead > 0) {
      this.publishBranch(at_us);
      this.base = this.branch;
      if (!inSpan(this.spec.faultSpan, at_us)) this.seek();
    } else if (this.isHopeless) {
      this.giveUp(at_us);
    }
  }

  delivered(): void {}
  alarm(): void {}
}

/**
 * It withholds what it finds, and answers each block of others: where its branch is one ahead it publishes all and wins, where it is level
 * it publishes all and races, further ahead it publishes as much as they have.
 */
class Selfish extends Withholding implements Adversary {
  /** Its branch is public, and as heavy as that of the others. */
  private isRacing = false;
  /** The public tip that it answered last. */
  private answered = 0;

  get race(): number | null {
    return this.isRacing ? this.base : null;
  }

  protected began(): void {
    this.isRacing = false;
    this.answered = this.desk.publicTip;
  }

  heard(at_us: number): void {
    const { desk, branch, secret } = this;
    if (branch === null) return;
    if (this.lead < 0) {
      if (this.isRacing) desk.note(at_us, `loses the race of block ${branch} against ${desk.publicTip}`);
      else desk.note(at_us, `gives its ${secret.length} blocks up`);
      this.seek();
    } else if (this.isRacing) {
      if (secret.length === 0) return;
      this.publishBranch(at_us);
      this.seek();
    } else if (desk.publicTip !== this.answered) {
      this.answer(at_us);
      this.answered = desk.publicTip;
    }
  }

  private answer(at_us: number): void {
    const { desk, lead } = this;
    const theirs = desk.height(desk.publicTip);
    if (desk.height(this.branch!) > theirs + 1) {
      const matching = this.secret.filter((block) => desk.height(block) <= theirs);
      if (matching.length === 0) return;
      this.secret = this.secret.slice(matching.length);
      this.base = matching.at(-1)!;
      desk.note(at_us, `publishes its blocks up to ${this.base}`);
      desk.publish(matching, at_us);
      return;
    }
    this.publishBranch(at_us);
    this.base = this.branch;
    this.isRacing = lead === 0;
    if (!this.isRacing) this.seek();
  }

  delivered(): void {}
  alarm(): void {}
}
