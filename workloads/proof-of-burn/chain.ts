// Which blocks of a chain were made by burning, and what the next burn block must meet: Slimcoin's rules on the blocks of a run. Proof of
// work finds a block when its finder's timer runs out; who wins its one try on a proof-of-work block makes a block a little later.
import { ln } from '../../assembly/portable/math.ts';
import { alongChain } from '../../harness/simulate/chain/along.ts';
import { passed_us } from '../../harness/simulate/chain/lotteries.ts';
import type { BlockView, Span } from '../../harness/simulate/chain/spec.ts';
import { PURPOSE, drawKey, drawUnit } from '../../harness/simulate/core/draws.ts';
import { compactOf, targetOfCompact } from '../../harness/simulate/core/target.ts';
import { BURN_CONSTANT, BURN_TARGET_LIMIT, burnChance, nextBurnTarget } from './slimcoin.ts';

/** Parts of draw keys. */
const TIMER = 3;
const TRY = 4;

export interface BurnRules {
  readonly seed: number;
  /** Mean time between proof-of-work blocks at full power. */
  readonly interval_us: number;
  /** Shares of the hash power, and units burnt, by participant. */
  readonly power: Float64Array;
  readonly burnt: Float64Array;
  /** In the span of a loss of power. */
  readonly live: number;
  readonly span: Span;
  readonly age_blocks: number;
  readonly delay_us: number;
}

/** What holds for whoever makes the next block. */
export interface BurnState {
  readonly isBurn: boolean;
  /** Of the last burn block. */
  readonly lastTarget: bigint;
  /** Proof-of-work blocks since then, and since the burns. */
  readonly sinceBurnBlock: number;
  readonly between: number;
  /** The target that a burn block on it must meet. */
  readonly target: bigint;
}

/** The target at which all together win a third of their tries: where the chain of a run begins. */
export function balancedTarget(burnt: number): bigint {
  const target = ((1n << 256n) * BigInt(BURN_CONSTANT)) / (3n * BigInt(burnt));
  return targetOfCompact(compactOf(target > BURN_TARGET_LIMIT ? BURN_TARGET_LIMIT : target));
}

/** One run's chain: a pure function of its blocks. */
export class BurnChain {
  private readonly rules: BurnRules;
  /** Of the chain that ends with a block. */
  readonly state: (blocks: BlockView, tip: number) => BurnState;

  constructor(rules: BurnRules) {
    this.rules = rules;
    const lastTarget = balancedTarget(rules.burnt.reduce((sum, units) => sum + units, 0));
    const start = { isBurn: false, lastTarget, sinceBurnBlock: 1, between: rules.age_blocks, target: nextBurnTarget(lastTarget, 1) };
    this.state = alongChain<BurnState>(start, (before, block, blocks) => this.following(blocks, block, before));
  }

  /** When a participant that has a tip since then makes its block on it; Infinity: never. */
  at_us(blocks: BlockView, tip: number, participant: number, since_us: number): number {
    const work_us = this.work_us(tip, participant, since_us);
    return this.wins(blocks, tip, participant) ? Math.min(work_us, since_us + this.rules.delay_us) : work_us;
  }

  /** Does its one try on a block win? Only on proof-of-work blocks there is one. */
  wins(blocks: BlockView, tip: number, participant: number): boolean {
    const { seed, burnt } = this.rules;
    if (burnt[participant] === 0) return false;
    const { isBurn, target, between } = this.state(blocks, tip);
    if (isBurn) return false;
    const key = drawKey(seed, { purpose: PURPOSE.eligibility, type: TRY, sequence: tip });
    return drawUnit(key, participant) < burnChance(target, burnt[participant], between);
  }

  /** Time passes as fast as the power that is left; at full power its wait is exponential, of mean interval ÷ share. */
  private work_us(tip: number, participant: number, since_us: number): number {
    const { seed, interval_us, power, live, span } = this.rules;
    if (power[participant] === 0) return Infinity;
    const key = drawKey(seed, { purpose: PURPOSE.blockGap, type: TIMER, sequence: tip });
    const left_us = (-ln(drawUnit(key, participant)) * interval_us) / power[participant];
    return live === 1 ? since_us + Math.floor(left_us) : passed_us(since_us, left_us, span, live);
  }

  /** Was a block made by burning? Its maker had won, and proof of work would have taken longer. */
  isBurn(blocks: BlockView, block: number): boolean {
    return this.state(blocks, block).isBurn;
  }

  private following(blocks: BlockView, block: number, before: BurnState): BurnState {
    const parent = blocks.parent(block);
    const maker = blocks.miner(block);
    const found_us = blocks.found_us(block);
    const isBurn = this.wins(blocks, parent, maker) && this.work_us(parent, maker, found_us - this.rules.delay_us) >= found_us;
    if (isBurn) return { isBurn, lastTarget: before.target, sinceBurnBlock: 0, between: before.between, target: before.target };
    const sinceBurnBlock = before.sinceBurnBlock + 1;
    const between = before.between + 1;
    return { isBurn, lastTarget: before.lastTarget, sinceBurnBlock, between, target: nextBurnTarget(before.lastTarget, sinceBurnBlock) };
  }
}
