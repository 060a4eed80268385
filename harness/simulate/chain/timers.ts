// The lottery of timers in the fast engine: everybody waits on its own tip. A tip is known when a timer runs out, so those that
// run on a block which is nobody's tip any more are found and passed over then. Its twin: `wait` of messages-protocol.ts.
import { PURPOSE, draw32, drawKey, threshold32 } from '../core/draws.ts';
import type { BlockView, Lottery } from './spec.ts';

/** When everybody's timer on one block runs out; Infinity: never, or it has. */
interface Running {
  block: number;
  readonly ends_us: Float64Array;
  /** The first of them, and whose it is (the lowest number of several). */
  first_us: number;
  first: number;
}

/** At the earliest one microsecond after its participant took the tip: nothing that happens then depends on the order of nodes. */
function timerEnd_us(
  { at_us }: Extract<Lottery, { kind: 'timers' }>,
  blocks: BlockView,
  tip: number,
  { participant, since_us }: { participant: number; since_us: number },
): number {
  return Math.max(since_us + 1, at_us(blocks, tip, participant, since_us));
}

export class Timers {
  /** Whose timer runs out next, and the block that it runs on. */
  winner = 0;
  tip = 0;
  private readonly seed: number;
  private readonly lottery: Extract<Lottery, { kind: 'timers' }>;
  private readonly blocks: BlockView;
  private readonly adversary: number | null;
  private readonly waits: (node: number) => boolean;
  private running: Running[] = [];
  private readonly pool: Running[] = [];
  private adversaryTip = -1;
  private adversary_us = Infinity;

  /** `waits`: is the node there at all? An adversary's tip is told by `adversaryTakes`. */
  constructor(
    seed: number,
    lottery: Extract<Lottery, { kind: 'timers' }>,
    blocks: BlockView,
    who: { readonly adversary: number | null; readonly waits: (node: number) => boolean },
  ) {
    this.seed = seed;
    this.lottery = lottery;
    this.blocks = blocks;
    this.adversary = who.adversary;
    this.waits = who.waits;
  }

  /** Participants accept a block at these times (Infinity: never); it becomes the tip of some. */
  start(block: number, accepted_us: Float64Array): void {
    const one = this.pool.pop() ?? { block, ends_us: new Float64Array(accepted_us.length), first_us: Infinity, first: 0 };
    one.block = block;
    for (let participant = 0; participant < accepted_us.length; participant++) {
      const since_us = accepted_us[participant];
      const runs = since_us < Infinity && participant !== this.adversary && this.waits(participant);
      one.ends_us[participant] = runs ? timerEnd_us(this.lottery, this.blocks, block, { participant, since_us }) : Infinity;
    }
    findFirst(one);
    this.running.push(one);
  }

  /** The adversary mines on this block from now on, if it has not already. */
  adversaryTakes(tip: number, since_us: number): void {
    if (tip === this.adversaryTip) return;
    this.adversaryTip = tip;
    this.adversary_us = timerEnd_us(this.lottery, this.blocks, tip, { participant: this.adversary!, since_us });
  }

  /** Blocks that are nobody's tip any more need no timers. */
  keep(isTip: (block: number) => boolean): void {
    if (this.running.every(({ block }) => isTip(block))) return;
    for (const one of this.running) if (!isTip(one.block)) this.pool.push(one);
    this.running = this.running.filter(({ block }) => isTip(block));
  }

  /** When the next timer runs out; Infinity: none does. Sets `winner` and `tip`. */
  next(): number {
    let first_us = Infinity;
    for (const { block, first_us: one_us, first } of this.running) {
      if (one_us > first_us || (one_us === first_us && first >= this.winner)) continue;
      first_us = one_us;
      this.winner = first;
      this.tip = block;
    }
    // Adversaries have the highest number.
    if (this.adversary_us >= first_us) return first_us;
    this.winner = this.adversary!;
    this.tip = this.adversaryTip;
    return this.adversary_us;
  }

  /** The timer that `next` told of has run out. */
  take(): void {
    if (this.winner === this.adversary) {
      this.adversary_us = Infinity;
      return;
    }
    const one = this.running.find(({ block }) => block === this.tip)!;
    one.ends_us[this.winner] = Infinity;
    findFirst(one);
  }

  accepts(_difficulty: number, eligible: number): boolean {
    if (eligible === 1) return true;
    return draw32(drawKey(this.seed, { purpose: PURPOSE.thinning, sequence: this.tip }), this.winner) < threshold32(eligible);
  }
  rebase(): boolean {
    return false;
  }
  mixed(): void {}
}

function findFirst(one: Running): void {
  const { ends_us } = one;
  one.first_us = Infinity;
  for (let node = 0; node < ends_us.length; node++)
    if (ends_us[node] < one.first_us) {
      one.first_us = ends_us[node];
      one.first = node;
    }
}
