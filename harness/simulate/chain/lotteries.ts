// The lotteries of the fast engine: who may make the next block, and when.
import { ln } from '../../../assembly/portable/math.ts';
import { PURPOSE, draw32, drawKey, drawUnit, threshold32, type DrawKey } from '../core/draws.ts';
import { inSpan } from './rules.ts';
import { firstAbove } from '../core/select.ts';
import type { Kernels } from '../../model/kernels.ts';
import type { ChainSpec, Lottery, Span } from './spec.ts';

/** The mean time between blocks with all power or stake live, where nothing is stale and difficulty is 1. */
export function fullGap_us({ lottery, completes = 1 }: Pick<ChainSpec, 'lottery' | 'completes'>): number {
  if (lottery.kind !== 'slots') return lottery.interval_us / completes;
  if (lottery.leadersOf !== undefined) return lottery.slot_us / completes;
  let none = 1;
  for (const chance of lottery.chance) none *= 1 - chance;
  return lottery.slot_us / ((1 - none) * completes);
}

/** When time has passed that is `left_us` long at full power, of which `live` is left within the span: it takes longer there. Infinity: never. */
export function passed_us(from_us: number, left_us: number, span: Span, live: number): number {
  let now_us = from_us;
  for (;;) {
    const rate = inSpan(span, now_us) ? live : 1;
    const change_us = now_us < span.from_us ? span.from_us : now_us < span.until_us ? span.until_us : Infinity;
    const end_us = rate === 0 ? Infinity : now_us + Math.floor(left_us / rate);
    if (end_us < change_us || change_us === Infinity) return end_us;
    left_us -= (change_us - now_us) * rate;
    now_us = change_us;
  }
}

/** The Poisson clock. Where branches differ in difficulty it runs at the lowest, and candidates of higher ones are thinned. */
export class Clock {
  winner = 0;
  candidate = 0;
  private now_us = 0;
  private difficulty = 1;
  private uniform = true;
  private readonly gapKey: DrawKey;
  private readonly winnerKey: DrawKey;
  private readonly thinningKey: DrawKey;
  private readonly upTo: Float64Array;
  private readonly total: number;
  private readonly interval_us: number;
  private readonly blocksPerCandidate: number;
  private readonly live: number;
  private readonly span: Span;

  constructor(seed: number, lottery: Extract<Lottery, { kind: 'clock' }>, span: Span) {
    this.live = lottery.live;
    this.span = span;
    this.gapKey = drawKey(seed, { purpose: PURPOSE.blockGap });
    this.winnerKey = drawKey(seed, { purpose: PURPOSE.blockWinner });
    this.thinningKey = drawKey(seed, { purpose: PURPOSE.thinning });
    this.interval_us = lottery.interval_us;
    this.blocksPerCandidate = lottery.blocksPerCandidate ?? 1;
    this.upTo = new Float64Array(lottery.power.length);
    let total = 0;
    for (let node = 0; node < lottery.power.length; node++) this.upTo[node] = total += lottery.power[node];
    this.total = total;
  }

  /** When the next candidate comes; Infinity: never. Sets its winner. */
  next(): number {
    const { upTo, total } = this;
    if (total === 0) return Infinity;
    const candidate = ++this.candidate;
    const gap_us = -ln(drawUnit(this.gapKey, candidate)) * ((this.interval_us * this.blocksPerCandidate * this.difficulty) / total);
    if (this.live === 1) this.now_us += Math.floor(gap_us);
    else this.now_us = passed_us(this.now_us, gap_us, this.span, this.live);
    this.winner = firstAbove(upTo, drawUnit(this.winnerKey, candidate) * total);
    return this.now_us;
  }

  /** Is the candidate a block at the difficulty that its winner mines at, of which it holds the `eligible` part? */
  accepts(difficulty: number, eligible: number): boolean {
    if (difficulty === this.difficulty && eligible === 1) return true;
    return draw32(this.thinningKey, this.candidate) < threshold32((this.difficulty / difficulty) * eligible);
  }

  /** A block was found whose children have this difficulty: must all difficulties be looked at? */
  rebase(difficulty: number): boolean {
    return !this.uniform || difficulty !== this.difficulty;
  }

  mixed(difficulties: readonly number[]): void {
    let least = Infinity;
    let most = 0;
    for (const difficulty of difficulties) {
      least = Math.min(least, difficulty);
      most = Math.max(most, difficulty);
    }
    this.difficulty = least;
    this.uniform = least === most;
  }
}

/** The slots: each participant's draw against its chance, to 2^-64, or who is said to lead. Leaders of one slot come in the order of another draw. */
export class Slots {
  winner = 0;
  private slot = 0;
  private readonly seed: number;
  private readonly slot_us: number;
  private readonly span: Span;
  private readonly outside: Thresholds;
  private readonly inside: Thresholds;
  private leaders: readonly number[] = [];
  /** Those that draws made leaders: one list for all slots, most of which have none. */
  private readonly drawnLeaders: number[] = [];
  private readonly drawnAtMost: Kernels['drawnAtMost'];
  /** Whose draw is at most the largest limit of the slot. */
  private readonly drawn: Int32Array;
  private position = 0;
  private readonly leadersOf: ((slot: number) => readonly number[]) | undefined;

  constructor(seed: number, lottery: Extract<Lottery, { kind: 'slots' }>, span: Span, { drawnAtMost }: Kernels) {
    this.seed = seed;
    this.drawnAtMost = drawnAtMost;
    this.drawn = new Int32Array(lottery.chance.length);
    this.slot_us = lottery.slot_us;
    this.leadersOf = lottery.leadersOf;
    this.span = span;
    this.outside = thresholds(lottery.chance);
    this.inside = thresholds(lottery.chanceInSpan);
  }

  next(horizon_us: number): number {
    const { slot_us, leadersOf } = this;
    while (this.position === this.leaders.length) {
      this.slot += 1;
      const at_us = this.slot * slot_us;
      if (leadersOf !== undefined) {
        if (at_us > horizon_us) return at_us;
        this.leaders = leadersOf(this.slot);
        this.position = 0;
        continue;
      }
      const { high, low, most, none } = inSpan(this.span, at_us) ? this.inside : this.outside;
      if (none && this.span.until_us === Infinity) return Infinity;
      if (at_us > horizon_us) return at_us;
      const leaders = this.drawnLeaders;
      leaders.length = 0;
      this.position = 0;
      const key = drawKey(this.seed, { purpose: PURPOSE.eligibility, sequence: this.slot });
      const { drawn } = this;
      const count = this.drawnAtMost({ keyA: key.a, keyB: key.b, receivers: drawn.length, most }, drawn);
      for (let i = 0; i < count; i++) {
        const node = drawn[i];
        const draw = draw32(key, node);
        if (draw < high[node] || (draw === high[node] && draw32(key, node, 1) < low[node])) leaders.push(node);
      }
      // Blocks of one slot are numbered, and so preferred where they arrive together, by a draw that knows no stake.
      if (leaders.length > 1) leaders.sort((x, y) => draw32(key, x, 2) - draw32(key, y, 2) || x - y);
      this.leaders = leaders;
    }
    this.winner = this.leaders[this.position++]!;
    return this.slot * slot_us;
  }

  accepts(_difficulty: number, eligible: number): boolean {
    if (eligible === 1) return true;
    return draw32(drawKey(this.seed, { purpose: PURPOSE.thinning, sequence: this.slot }), this.winner) < threshold32(eligible);
  }
  rebase(): boolean {
    return false;
  }
  mixed(): void {}
}

interface Thresholds {
  readonly high: Float64Array;
  readonly low: Float64Array;
  /** The largest of `high`, or of draws where that is none. */
  readonly most: number;
  readonly none: boolean;
}

/** A chance as two 32-bit digits; a chance of 1 is 2^32 in the first, which no draw reaches. */
function thresholds(chance: Float64Array): Thresholds {
  const scaled = chance.map((p) => p * 0x100000000);
  const high = scaled.map(Math.floor);
  return {
    high,
    low: scaled.map((x, node) => Math.floor((x - high[node]) * 0x100000000)),
    most: Math.min(
      0xffffffff,
      high.reduce((most, limit) => Math.max(most, limit), 0),
    ),
    none: chance.every((p) => p === 0),
  };
}
